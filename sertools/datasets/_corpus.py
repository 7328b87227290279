"""Corpus: recordings with what is known about them, ready for ``fit``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sertools._validation import Clips
from sertools.datasets._augment import with_copies
from sertools.datasets._check import examine
from sertools.datasets._clips import distinct_clips
from sertools.datasets._labels import translation
from sertools.datasets._listen import listen, refuse_unreadable
from sertools.datasets._report import CorpusReport, finding_table, survivors
from sertools.datasets._rows import fingerprint, matching, positions
from sertools.datasets._table import as_words, clip_table, counts_by, rejection_table
from sertools.datasets.specs import CorpusSpec

__all__ = ["Corpus"]


class Corpus:
    """Recordings with what is known about them: X for fit, y, groups, and one table row per clip.

    A corpus does not change: `select` and `map_labels` return new ones, and the properties give
    out copies. There are two exceptions. Waveforms are not copied, so do not write to the arrays
    that were given or are handed out. And the column ``recording_id`` of the frame is filled in
    when `check` or `recording_ids` has listened to the clips.

    Parameters
    ----------
    X : list of str or path-like, or list of ndarray of shape (n_times,)
        Paths of audio files, or waveforms; each clip once.
    y : array-like of shape (n_clips,), optional
        Emotion labels, kept as strings. Give either `y` or `frame`.
    groups : array-like of shape (n_clips,), optional
        Speakers, kept as strings, the empty string for an unknown one; goes with `y`.
    frame : DataFrame of n_clips rows, optional
        What is known about the clips, at least in the columns ``emotion`` and ``speaker``. The
        other columns of ``COLUMNS`` are filled with the empty string where they are missing;
        columns of your own are kept. The column ``path`` follows `X` if that holds paths.
    name : str, default="corpus"
        Name of the corpus, and the namespace of its speakers in `concat_corpora`.
    sr : int, optional
        Sample rate of waveforms in Hz, unless `X` carries it. Files carry their own.
    spec : CorpusSpec or mapping of corpus name to CorpusSpec, optional
        The declarations whose published counts `check` expects of a whole corpus.
    rejected : DataFrame, optional
        Files that were found and left out: columns ``path`` and ``reason``.

    Examples
    --------
    >>> from sertools.datasets import Corpus
    >>> corpus = Corpus(["a.wav", "b.wav", "c.wav"], ["sad", "angry", "sad"], ["ann", "ben", "ben"])
    >>> corpus
    Corpus('corpus': 3 clips, 2 speakers, 2 emotions)
    >>> corpus.select(emotion="sad").X
    ['a.wav', 'c.wav']
    """

    def __init__(
        self,
        X: Iterable[Any],
        y: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        *,
        frame: pd.DataFrame | None = None,
        name: str = "corpus",
        sr: int | None = None,
        spec: CorpusSpec | Mapping[str, CorpusSpec] | None = None,
        rejected: pd.DataFrame | None = None,
    ) -> None:
        if not isinstance(name, str) or not name:
            raise TypeError(f"name={name!r}: give a word, which tells corpora apart when joined.")
        self._X = distinct_clips(X, sr)
        if y is not None and frame is None:
            frame = pd.DataFrame({"emotion": as_words(y)})
            frame["speaker"] = "" if groups is None else as_words(groups)
        elif y is not None or groups is not None or frame is None:
            raise ValueError(
                "Give either y (one label per clip) and perhaps groups (one speaker per clip), or "
                "frame (one row per clip, with the columns emotion and speaker)."
            )
        self._frame = clip_table(frame, self._X, name)
        self._name = name
        self._specs = {name: spec} if isinstance(spec, CorpusSpec) else dict(spec or {})
        self._rejected = rejection_table([]) if rejected is None else rejected.copy()

    @property
    def X(self) -> list[Any]:  # noqa: N802 - scikit-learn's name for what goes into fit
        """What goes into ``fit``: a list of paths, or ``Clips`` of waveforms."""
        return Clips(self._X, self._X.sr) if isinstance(self._X, Clips) else list(self._X)

    @property
    def y(self) -> NDArray[np.str_]:
        """Emotions, ``(n_clips,)``."""
        return self._frame["emotion"].to_numpy(dtype=str)

    @property
    def groups(self) -> NDArray[np.str_] | None:
        """Speakers ``(n_clips,)``, an unknown one as empty string; None if all are unknown.

        A grouped split takes all clips of unknown speakers for those of one person: they stay on
        the same side.
        """
        speakers = self._frame["speaker"].to_numpy(dtype=str)
        return speakers if speakers.any() else None

    @property
    def paths(self) -> list[str] | None:
        """Paths of the files, or None for a corpus of waveforms."""
        return None if isinstance(self._X, Clips) else list(self._X)

    @property
    def frame(self) -> pd.DataFrame:
        """What is known about the clips, one row each."""
        return self._frame.copy()

    @property
    def name(self) -> str:
        """Name of the corpus."""
        return self._name

    @property
    def sr(self) -> int | None:
        """Sample rate of the waveforms in Hz; None for paths, and where it is not known."""
        return self._X.sr if isinstance(self._X, Clips) else None

    @property
    def specs(self) -> dict[str, CorpusSpec]:
        """Declarations of the corpora that are whole here, by name."""
        return dict(self._specs)

    @property
    def rejected(self) -> pd.DataFrame:
        """Files that were found and left out, with the reason."""
        return self._rejected.copy()

    def __len__(self) -> int:
        return len(self._X)

    def __repr__(self) -> str:
        counts = {
            "clip": len(self),
            "speaker": len(set(self._frame["speaker"]) - {""}),
            "emotion": len(set(self._frame["emotion"])),
        }
        words = [f"{number} {noun}{'s' * (number != 1)}" for noun, number in counts.items()]
        return f"Corpus({self._name!r}: {', '.join(words)})"

    def select(
        self,
        rows: ArrayLike | Callable[[pd.DataFrame], ArrayLike] | CorpusReport | None = None,
        /,
        **columns: Any,
    ) -> Corpus:
        """The clips that are asked for, as a corpus.

        Parameters
        ----------
        rows : array-like, callable or CorpusReport, optional
            A boolean mask ``(n_clips,)``, positions, a slice, a function that makes one of these
            from the frame, or the report of `check`: then the clips it wants dropped are left
            out. A Series of booleans goes by its index.
        **columns : value or list of values
            For a column of the frame the value or values to keep.

        Returns
        -------
        Corpus
            The clips for which all conditions hold, in the order of `rows`. Only what a report
            alone has left is still held to the published counts.

        Raises
        ------
        ValueError
            If no clip is left, or no clip has the column or value that is asked for.

        Examples
        --------
        >>> from sertools.datasets import make_corpus
        >>> corpus = make_corpus(n_speakers=2, n_per_speaker=6)
        >>> corpus.select(emotion=["angry", "sad"], gender="female")
        Corpus('synthetic': 2 clips, 1 speaker, 2 emotions)
        >>> corpus.select(lambda frame: frame["take"] == "1")
        Corpus('synthetic': 12 clips, 2 speakers, 6 emotions)
        """
        if rows is None:
            kept = np.arange(len(self))
        elif isinstance(rows, CorpusReport):
            kept = survivors(rows, self._fingerprint(), repr(self))
        else:
            kept = positions(rows, self._frame)
        kept = kept[matching(self._frame, columns)[kept]]
        if not len(kept):
            raise ValueError(f"No clip of {self!r} is left: ask for less at once.")
        is_repaired = isinstance(rows, CorpusReport) and not columns
        return self._taken(kept, self._frame.iloc[kept], self._specs if is_repaired else None)

    def map_labels(
        self, mapping: str | Mapping[str, str | None] | pd.Series[Any] = "canonical"
    ) -> Corpus:
        """The corpus under other labels; ``emotion_raw`` keeps the old ones.

        Parameters
        ----------
        mapping : "canonical", dict or Series, default="canonical"
            From old labels to new ones; None drops the clips, and labels that are not named stay.
            A key may be any word for a label: ``"anger"`` finds ``"angry"``. ``"canonical"``
            puts every label into the common vocabulary.

        Returns
        -------
        Corpus
            The relabelled clips.

        Raises
        ------
        ValueError
            If a key is neither a label of the corpus nor any known emotion, or no clip is left.

        Examples
        --------
        >>> from sertools.datasets import Corpus
        >>> corpus = Corpus(["a.wav", "b.wav", "c.wav"], ["joy", "calm", "anger"])
        >>> corpus.map_labels("canonical").map_labels({"calm": "neutral", "angry": None}).y
        array(['happy', 'neutral'], dtype='<U7')
        """
        becomes = translation(mapping, set(self._frame["emotion"]))
        emotions = self._frame["emotion"].map(becomes)
        kept = np.flatnonzero(emotions.notna())
        if not len(kept):
            raise ValueError(f"mapping={mapping!r} drops every clip of {self!r}: keep a label.")
        return self._taken(kept, self._frame.assign(emotion=emotions).iloc[kept])

    def augment(self, augmenter: Any, n: int = 1) -> Corpus:
        """The clips and augmented copies of them, every copy marked with its parent.

        Train with :class:`AugmentedClassifier` where you can: it makes copies of what it trains on,
        and of nothing else. Copies as data are for looking at, listening to and handing on; split
        them by speaker or by ``parent_id``, or a copy lands on the other side than its clip.

        Parameters
        ----------
        augmenter : Augmenter
            What perturbs the copies.
        n : int, default=1
            Copies of each clip.

        Returns
        -------
        Corpus
            Waveforms, read at the rate of the augmenter if these are paths: first the clips, then
            the copies. The frame has three more columns: ``parent_id``, the ``recording_id`` of
            the recording that a clip is or was made from; ``copy``, 0 for a recording and the
            number of the copy for the others; ``augmentation``, what was done to it.

        Raises
        ------
        OSError
            If a file cannot be read; one error names the first ten of many.

        Examples
        --------
        >>> from sertools import Augmenter, Gain, make_corpus
        >>> corpus = make_corpus(n_speakers=2, n_per_speaker=6)
        >>> grown = corpus.augment(Augmenter([Gain((-6, 6))], p=1, random_state=0), n=2)
        >>> grown
        Corpus('synthetic': 36 clips, 2 speakers, 6 emotions)
        >>> grown.frame.loc[[0, 12], ["copy", "augmentation"]]
            copy             augmentation
        0      0
        12     1  Gain(decibels=-4.05569)
        >>> bool(grown.frame["parent_id"][0] == grown.frame["parent_id"][12])
        True
        """
        clips, frame = with_copies(self._X, self._frame, self.recording_ids(), augmenter, n)
        return Corpus(clips, frame=frame, name=self._name, rejected=self._rejected)

    def describe(self, by: str = "emotion") -> pd.DataFrame:
        """Per emotion: clips, their share, speakers, and the clips of women and of men.

        Parameters
        ----------
        by : str, default="emotion"
            The column of the frame to count by, such as ``"corpus"`` or ``"speaker"``.

        Returns
        -------
        DataFrame
            One row per emotion, the columns ``clips``, ``share``, ``speakers``, ``female`` and
            ``male``. Speakers and genders that are not known are not counted.

        Examples
        --------
        >>> from sertools.datasets import make_corpus
        >>> make_corpus(n_speakers=3, n_per_speaker=4, emotions=("angry", "sad")).describe()
                 clips  share  speakers  female  male
        emotion
        angry        6    0.5         3       2     4
        sad          6    0.5         3       2     4
        """
        return counts_by(by, self._frame)

    def check(
        self, audio: bool = True, n_jobs: int | None = None, verbose: int = 0
    ) -> CorpusReport:
        """What is wrong with the clips, one finding per clip and defect, and what to do.

        Every file is read once. The defects are ``count`` (more or fewer clips than were
        published), ``nested-copy`` (the same recording under another path), ``misnamed`` (name and
        folder disagree on the emotion), ``lfs-stub``, ``unreadable``, ``not-finite``, ``silent``,
        ``contradiction`` (identical samples under different labels or speakers), ``identical``
        (identical samples, equally labelled; the first is kept), ``stereo``, ``sample-rate``
        (another than was published, or than is usual for the speaker) and ``clipped``.

        Parameters
        ----------
        audio : bool, default=True
            Whether to listen; False looks at the table only.
        n_jobs : int or None, default=None
            Threads that read; None is 1, -1 is one for each processor.
        verbose : int, default=0
            Show a progress bar if above 0.

        Returns
        -------
        CorpusReport
            The findings. ``corpus.select(report)`` leaves out the clips to drop.

        Examples
        --------
        >>> import numpy as np
        >>> from sertools.datasets import Corpus
        >>> corpus = Corpus([np.sin(np.arange(800.0)), np.zeros(800)], ["sad", "sad"], sr=16000)
        >>> corpus.select(corpus.check())
        Corpus('corpus': 1 clip, 0 speakers, 1 emotion)
        """
        heard = None
        if audio:
            heard = listen(self._X, n_jobs, verbose)
            self._frame["recording_id"] = [facts.recording_id for facts in heard]
        findings = finding_table(examine(self._frame, self._specs, heard), self._frame)
        return CorpusReport(self._name, len(self), findings, self._fingerprint())

    def recording_ids(self, n_jobs: int | None = None) -> NDArray[np.str_]:
        """A hash of each clip's samples ``(n_clips,)``, equal for the same sound in another file.

        Parameters
        ----------
        n_jobs : int or None, default=None
            Threads that read. Only clips whose hash is not known yet are read.

        Returns
        -------
        ndarray of str, shape (n_clips,)
            The column ``recording_id`` of the frame, from now on.

        Raises
        ------
        OSError
            If a file cannot be read; one error names the first ten of many, and its ``failures``
            are the errors of all.

        Examples
        --------
        >>> import numpy as np
        >>> from sertools.datasets import Corpus
        >>> tone = np.sin(np.arange(800.0))
        >>> corpus = Corpus([tone, tone.copy(), 0.5 * tone], ["sad"] * 3, sr=16000)
        >>> first, twin, other = corpus.recording_ids()
        >>> first == twin, first == other
        (True, False)
        """
        ids = self._frame["recording_id"].to_numpy(dtype=object)
        unknown = np.flatnonzero(ids == "")
        heard = listen(self._clips(unknown), n_jobs, verbose=0)
        refuse_unreadable(heard)
        ids[unknown] = [facts.recording_id for facts in heard]
        self._frame["recording_id"] = as_words(ids)
        return ids.astype(str)

    def _fingerprint(self) -> str:
        """A hash of which clips these are, in which order."""
        return fingerprint(self.recording_ids() if isinstance(self._X, Clips) else self._X)

    def _clips(self, rows: NDArray[np.intp]) -> list[Any]:
        """The clips at `rows`, waveforms with their sample rate."""
        clips = [self._X[row] for row in rows]
        return Clips(clips, self._X.sr) if isinstance(self._X, Clips) else clips

    def _taken(
        self,
        rows: NDArray[np.intp],
        frame: pd.DataFrame,
        specs: Mapping[str, CorpusSpec] | None = None,
    ) -> Corpus:
        """The clips at `rows` with their table; a part is not held to the published counts."""
        return Corpus(
            self._clips(rows), frame=frame, name=self._name, spec=specs, rejected=self._rejected
        )
