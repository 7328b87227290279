"""Corpus: recordings with what is known about them, ready for ``fit``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sertools._validation import Clips
from sertools.datasets._check import CorpusReport, examine
from sertools.datasets._clips import distinct_clips
from sertools.datasets._labels import translation
from sertools.datasets._listen import Heard, listen
from sertools.datasets._rows import matching, positions
from sertools.datasets._table import as_words, clip_table, rejection_table
from sertools.datasets.specs import CorpusSpec

__all__ = ["Corpus"]


class Corpus:
    """Recordings with what is known about them: X for fit, y, groups, and one table row per clip.

    A corpus does not change: `select` and `map_labels` return new ones, and the properties give
    out copies.

    Parameters
    ----------
    X : list of str or path-like, or list of ndarray of shape (n_times,)
        Paths of audio files, or waveforms; each clip once.
    y : array-like of shape (n_clips,), optional
        Emotion labels, kept as strings. Give either `y` or `frame`.
    groups : array-like of shape (n_clips,), optional
        Speakers, kept as strings; goes with `y`.
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
        """Speakers ``(n_clips,)``, an unknown one as empty string; None if all are unknown."""
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
        counts = (
            _count(len(self), "clip"),
            _count(len(set(self._frame["speaker"]) - {""}), "speaker"),
            _count(len(set(self._frame["emotion"])), "emotion"),
        )
        return f"Corpus({self._name!r}: {', '.join(counts)})"

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
            A boolean mask ``(n_clips,)``, positions, a function that makes one of these from the
            frame, or the report of `check`: then the clips it wants dropped are left out.
        **columns : value or list of values
            For a column of the frame the value or values to keep.

        Returns
        -------
        Corpus
            The clips for which all conditions hold, in the order of `rows`.

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
            kept = np.setdiff1d(np.arange(len(self)), self._drops(rows))
        else:
            kept = positions(rows, self._frame)
        kept = kept[matching(self._frame, columns)[kept]]
        if not len(kept):
            raise ValueError(f"No clip of {self!r} is left: ask for less at once.")
        return self._taken(kept, self._frame.iloc[kept])

    def map_labels(self, mapping: str | Mapping[str, str | None] = "canonical") -> Corpus:
        """The corpus under other labels; ``emotion_raw`` keeps the old ones.

        Parameters
        ----------
        mapping : "canonical" or dict, default="canonical"
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

    def describe(self) -> pd.DataFrame:
        """Per emotion: clips, their share, speakers, and the clips of women and of men.

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
        frame = self._frame
        by_emotion = frame.groupby("emotion")
        clips = by_emotion.size()
        return pd.DataFrame(
            {
                "clips": clips,
                "share": clips / len(frame),
                "speakers": by_emotion["speaker"].agg(lambda names: len(set(names) - {""})),
                "female": (frame["gender"] == "female").groupby(frame["emotion"]).sum(),
                "male": (frame["gender"] == "male").groupby(frame["emotion"]).sum(),
            }
        )

    def check(
        self, audio: bool = True, n_jobs: int | None = None, verbose: int = 0
    ) -> CorpusReport:
        """What is wrong with the clips, one finding per clip and defect, and what to do.

        Every file is read once. The defects are ``count`` (more or fewer clips than were
        published), ``nested-copy`` (the same recording in another folder), ``misnamed`` (name and
        folder disagree on the emotion), ``lfs-stub``, ``unreadable``, ``not-finite``, ``silent``,
        ``contradiction`` (identical samples under different labels or speakers), ``identical``
        (identical samples, equally labelled; the first is kept), ``stereo``, ``sample-rate``
        (differs from most of the speaker's clips) and ``clipped``.

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
        >>> clips = [np.sin(np.arange(800.0)), np.zeros(800)]
        >>> corpus = Corpus(clips, ["sad", "sad"], sr=16000)
        >>> report = corpus.check()
        >>> report.findings[["defect", "row", "action"]]
           defect  row action
        0  silent    1   drop
        >>> corpus.select(report)
        Corpus('corpus': 1 clip, 0 speakers, 1 emotion)
        """
        heard = self._listen(n_jobs, verbose) if audio else None
        return examine(self._name, self._frame, self._specs, heard)

    def recording_ids(self, n_jobs: int | None = None) -> NDArray[np.str_]:
        """A hash of each clip's samples ``(n_clips,)``, equal for the same sound in another file.

        Parameters
        ----------
        n_jobs : int or None, default=None
            Threads that read. The clips are read once; the corpus remembers.

        Returns
        -------
        ndarray of str, shape (n_clips,)
            The column ``recording_id`` of the frame, from now on.

        Raises
        ------
        OSError
            If a file cannot be read.

        Examples
        --------
        >>> import numpy as np
        >>> from sertools.datasets import Corpus
        >>> tone = np.sin(np.arange(800.0))
        >>> first, twin, other = Corpus(
        ...     [tone, tone.copy(), 0.5 * tone], ["sad", "sad", "sad"], sr=16000
        ... ).recording_ids()
        >>> first == twin, first == other
        (True, False)
        """
        if (self._frame["recording_id"] == "").any():
            for facts in self._listen(n_jobs, verbose=0):
                if facts.error is not None:
                    raise facts.error
        return self._frame["recording_id"].to_numpy(dtype=str)

    def _listen(self, n_jobs: int | None, verbose: int) -> list[Heard]:
        """What is heard of every clip; the hashes are remembered."""
        heard = listen(self._X, n_jobs, verbose)
        self._frame["recording_id"] = [facts.recording_id for facts in heard]
        return heard

    def _drops(self, report: CorpusReport) -> NDArray[np.intp]:
        """Rows that a report on this corpus wants dropped."""
        about = report.findings[report.findings["row"] >= 0]
        if report.n_clips != len(self) or (
            about["path"].to_list() != self._frame["path"].iloc[about["row"].to_numpy()].to_list()
        ):
            raise ValueError(
                f"The report is about another corpus ({report.name!r}, {report.n_clips} clips) "
                f"than {self!r}: check() the corpus that you select from."
            )
        return report.drops

    def _taken(self, rows: NDArray[np.intp], frame: pd.DataFrame) -> Corpus:
        """The clips at `rows` with their table; a part is not held to the published counts."""
        clips = [self._X[row] for row in rows]
        X = Clips(clips, self._X.sr) if isinstance(self._X, Clips) else clips
        return Corpus(X, frame=frame, name=self._name, rejected=self._rejected)


def _count(number: int, noun: str) -> str:
    """A number and its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
