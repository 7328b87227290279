"""Writing a corpus as WAV files under the names of a known one."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from sertools import audio
from sertools._validation import name_some
from sertools.datasets._corpus import Corpus
from sertools.datasets._listen import listen, refuse_unreadable
from sertools.datasets.specs import SPECS, CorpusSpec, find_spec

__all__ = ["write_corpus"]


def write_corpus(
    corpus: Corpus,
    root: str | os.PathLike[str],
    layout: str = "ravdess",
    overwrite: bool = False,
) -> list[str]:
    """Write every clip as a 16-bit WAV file, in the folders and under the names of a known corpus.

    ``load_corpus(layout, root)`` gives back the same emotions, genders and samples (to 16 bits).
    Speakers become speakers of the layout of the same gender. Text, take and intensity only
    number the clips of a speaker and an emotion: they mean nothing. What `make_corpus` makes by
    default fits into ravdess, crema-d, asvp-esd and emo-db; the other layouts have too few
    speakers or emotions. Nothing is written unless every clip can be.

    Parameters
    ----------
    corpus : Corpus
        Of waveforms or of paths; its labels are among those that the layout can name.
    root : str or path-like
        The folder to write into; made if it does not exist.
    layout : str, default="ravdess"
        A known corpus, in any usual spelling.
    overwrite : bool, default=False
        Whether files that exist may be replaced.

    Returns
    -------
    list of str
        The paths of the clips, in the order of `corpus`.

    Raises
    ------
    ValueError
        If the layout cannot name so many speakers, clips or emotions, the rate is not known, or
        clips pass full scale.
    FileExistsError
        If a file is there already, or is one of the clips to be written.
    OSError
        If a clip cannot be read, or a file not be written.

    Examples
    --------
    >>> import os, tempfile
    >>> from sertools.datasets import make_corpus, write_corpus
    >>> corpus = make_corpus(n_speakers=2, n_per_speaker=6)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paths = write_corpus(corpus, folder)
    ...     print(os.path.relpath(paths[0], folder))
    Actor_01/03-01-01-01-01-01-01.wav
    """
    spec = find_spec(layout)
    if corpus.paths is None and corpus.sr is None:
        raise ValueError("The sample rate of the waveforms is not known: Corpus(..., sr=16000).")
    if "copy" in corpus.frame and (corpus.frame["copy"] > 0).any():
        raise ValueError(
            f"{corpus!r} holds augmented copies, and the names of a corpus cannot say so: who "
            "reads the files would take copies for recordings, and split them from their clips. "
            "Write corpus.select(copy=0), or each copy by sertools.audio.write."
        )
    root = os.fspath(root)
    targets = [os.path.join(root, name) for name in _file_names(corpus, spec)]
    _refuse_harm(root, targets, corpus.paths or [], overwrite)
    _refuse_unwritable(corpus)
    for row, (clip, target) in enumerate(zip(corpus.X, targets, strict=True)):
        samples, sr = audio.read(clip) if corpus.sr is None else (clip, corpus.sr)
        try:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            audio.write(target, samples, sr)
        except OSError as error:  # a full disk, or a folder that may not be written into
            error.add_note(f"{row} of {len(targets)} clips were written before.")
            raise
    return targets


def _file_names(corpus: Corpus, spec: CorpusSpec) -> list[str]:
    """A path of the layout for every clip, each used once."""
    frame = corpus.frame
    clips = list(zip(frame["speaker"], frame["emotion"], strict=True))
    genders = dict(zip(frame["speaker"], frame["gender"], strict=True))
    obstacles = _obstacles(clips, genders, spec)
    if obstacles:
        able = [other.name for other in SPECS.values() if not _obstacles(clips, genders, other)]
        raise ValueError(
            f"{spec.title} has no names for {corpus!r}: {'; '.join(obstacles)}. "
            + (f"Layouts that have: {', '.join(able)}." if able else "Nor has another layout.")
        )
    actors = _cast(genders, spec)
    codes = spec.emotion_codes
    unused = {
        (speaker, emotion): iter(_names(actors[speaker], codes[emotion], spec))
        for speaker, emotion in set(clips)
    }
    return [next(unused[clip]) for clip in clips]


def _obstacles(
    clips: Sequence[tuple[str, str]], genders: Mapping[str, str], spec: CorpusSpec
) -> list[str]:
    """Why a layout has no names for clips of these speakers and emotions; empty if it has."""
    obstacles = []
    codes = spec.emotion_codes
    foreign = sorted({emotion for _, emotion in clips} - set(codes))
    if foreign:
        obstacles.append(
            f"of the emotions it knows {', '.join(codes)}, not {', '.join(foreign)} "
            "(map_labels translates)"
        )
    wanted, offered = Counter(genders.values()), Counter(spec.gender.values())
    obstacles += [
        f"{wanted[gender]} {gender} speakers, and it has {offered[gender]}"
        for gender in ("female", "male")
        if wanted[gender] > offered[gender]
    ]
    if len(genders) > len(spec.gender):
        obstacles.append(f"{len(genders)} speakers, and it has {len(spec.gender)}")
    anybody = next(iter(spec.gender))
    for (_, emotion), number in Counter(clips).most_common():
        room = len(_names(anybody, codes[emotion], spec)) if emotion in codes else number
        if number > room:
            obstacles.append(f"{number} {emotion} clips of one speaker, and it has {room}")
            break
    return obstacles


def _cast(genders: Mapping[str, str], spec: CorpusSpec) -> dict[str, str]:
    """A speaker of the layout for every speaker, of the same gender where it is known."""
    actors: dict[str, str] = {}
    vacant = dict(spec.gender)
    # Those of unknown gender come last and take who is left.
    for speaker in sorted(genders, key=lambda name: genders[name] not in ("female", "male")):
        fitting = [actor for actor, gender in vacant.items() if gender == genders[speaker]]
        actors[speaker] = (fitting or list(vacant))[0]
        del vacant[actors[speaker]]
    return actors


def _names(speaker: str, emotion: str, spec: CorpusSpec) -> list[str]:
    """All paths that a layout has for the clips of a speaker and an emotion, given as codes."""
    values = [
        codes[emotion] if isinstance(codes, Mapping) else codes for codes in spec.free.values()
    ]
    return [
        spec.layout.format(
            speaker=speaker, emotion=emotion, **dict(zip(spec.free, numbering, strict=True))
        )
        for numbering in itertools.product(*values)
    ]


def _refuse_harm(
    root: str, targets: Sequence[str], sources: Sequence[str], overwrite: bool
) -> None:
    """Refuse to write outside `root`, over a clip that is to be read, or over files unasked."""
    home = os.path.realpath(root)
    real = [os.path.realpath(target) for target in targets]
    outside = [path for path in real if os.path.commonpath([home, path]) != home]
    if outside:
        raise ValueError(
            f"A link leads from {root!r} to {outside[0]!r}: write into a folder without links."
        )
    read = {os.path.realpath(source) for source in sources}
    own = [path for path in real if path in read]
    if own:
        raise FileExistsError(
            f"{len(own)} files to write are clips of the corpus itself, such as {own[0]!r}: write "
            "into another folder."
        )
    existing = [target for target in targets if os.path.exists(target)]
    if existing and not overwrite:
        raise FileExistsError(
            f"{len(existing)} of {len(targets)} files exist already, such as {existing[0]!r}: "
            "write into another folder, or replace them with overwrite=True."
        )


def _refuse_unwritable(corpus: Corpus) -> None:
    """Refuse clips that cannot be read, and those that 16 bits cannot hold."""
    heard = listen(corpus.X, n_jobs=None, verbose=0)
    refuse_unreadable(heard)
    peaks = np.array([facts.peak for facts in heard])
    beyond = np.flatnonzero(peaks > 1)
    if len(beyond):
        raise ValueError(
            f"Clips {name_some(beyond)} of {corpus!r} pass full scale (clip {beyond[0]} reaches "
            f"{peaks[beyond[0]]:.3g}), and 16-bit files hold [-1, 1]: scale the clips down, all by "
            "the same factor to keep their levels apart."
        )
