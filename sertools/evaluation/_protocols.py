"""Protocols: named ways to split a corpus, under which results can be compared."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from sertools._validation import did_you_mean, name_some
from sertools.datasets import Corpus, find_spec

__all__ = ["PROTOCOLS", "Protocol", "find_protocol", "is_copy", "protocol"]

Fold = tuple[NDArray[np.intp], NDArray[np.intp]]

# What EmoBox (Ma et al., Interspeech 2024) tests of each corpus, fold by fold: speakers, and of
# EMO-DB the stems of files.
_EMOBOX = json.loads(files(__package__).joinpath("folds.json").read_text(encoding="utf-8"))

_N_RANDOM = 5
_SEED = 0  # "random5" is the same split for everyone


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """A named way to split a corpus into folds.

    Parameters
    ----------
    name : str
        What `protocol` and `evaluate` know it by.
    corpus : str or None
        The one corpus it splits; None for any.
    speaker_independent : bool
        Whether no fold trains on a speaker that it tests.
    description : str
        The folds in one line.
    speakers : tuple of tuple of str
        The speakers that each fold tests; empty if the clips decide.
    """

    name: str
    corpus: str | None = None
    speaker_independent: bool = True
    description: str
    speakers: tuple[tuple[str, ...], ...] = ()


def _of_speakers(name: str, description: str, folds: Sequence[Sequence[str]]) -> Protocol:
    """The protocol of a corpus whose folds test the speakers that are listed."""
    corpus = name.partition("/")[0]
    speakers = tuple(tuple(f"{corpus}:{speaker}" for speaker in fold) for fold in folds)
    return Protocol(name=name, corpus=corpus, description=description, speakers=speakers)


def _people(corpus: str) -> list[str]:
    """The speakers of a known corpus, sorted."""
    return sorted(find_spec(corpus).gender)


PROTOCOLS = {
    known.name: known
    for known in (
        _of_speakers(
            "ravdess/emobox", "6 folds of 4 actors, as EmoBox published them", _EMOBOX["ravdess"]
        ),
        _of_speakers(
            "emo-db/loso", "leave one of 10 speakers out", [[one] for one in _people("emo-db")]
        ),
        Protocol(
            name="emo-db/emobox",
            corpus="emo-db",
            speaker_independent=False,
            description="5 random folds, as EmoBox published them; they train on test speakers",
        ),
        _of_speakers("savee/loso", "leave one of 4 speakers out", _EMOBOX["savee"]),
        _of_speakers("jl/loso", "leave one of 4 speakers out", _EMOBOX["jl"]),
        _of_speakers(
            "tess/loso", "leave one of 2 speakers out", [[one] for one in _people("tess")]
        ),
        _of_speakers(
            "esd/emobox", "5 folds of 4 speakers, as EmoBox published them", _EMOBOX["esd"]
        ),
        _of_speakers(
            "crema-d/speakers6",
            "6 folds of every sixth actor; our own, no published results",
            [_people("crema-d")[start::6] for start in range(6)],
        ),
        Protocol(name="loso", description="leave one speaker out"),
        Protocol(
            name="random5",
            speaker_independent=False,
            description="5 random stratified folds, which train on test speakers",
        ),
    )
}


def find_protocol(name: str) -> Protocol:
    """The protocol of a name.

    Known are ``"ravdess/emobox"``, ``"emo-db/loso"``, ``"emo-db/emobox"``, ``"savee/loso"``,
    ``"jl/loso"``, ``"tess/loso"``, ``"esd/emobox"``, ``"crema-d/speakers6"``, and for any corpus
    ``"loso"`` and ``"random5"``.

    Parameters
    ----------
    name : str
        One of these.

    Returns
    -------
    Protocol
        What the protocol does, and whether it keeps speakers apart.

    Raises
    ------
    ValueError
        If there is none of that name; the message lists all.

    Examples
    --------
    >>> from sertools.evaluation import find_protocol
    >>> find_protocol("emo-db/emobox").speaker_independent
    False
    """
    if name not in PROTOCOLS:
        raise ValueError(
            f"{name!r} is no known protocol.{did_you_mean(name, PROTOCOLS)} Known are "
            f"{', '.join(PROTOCOLS)}."
        )
    return PROTOCOLS[name]


def protocol(name: str, corpus: Corpus) -> list[Fold]:
    """The folds of a protocol on a corpus, as positions of clips.

    Augmented copies are trained on where the recordings that they were made of are, and never
    tested. A selection, such as some of the emotions, is split as the whole is; only
    ``"emo-db/emobox"``, which is a list of files, needs all of them.

    Parameters
    ----------
    name : str
        Name of a protocol; `find_protocol` tells which there are.
    corpus : Corpus
        What to split.

    Returns
    -------
    list of (train, test)
        Positions of clips, each an ndarray of shape (n,), in the order of the publication; of
        ``"loso"`` in that of the speakers.

    Raises
    ------
    ValueError
        If there is no such protocol, or the corpus lacks its speakers or has others.
    TypeError
        If `corpus` is no Corpus.

    Examples
    --------
    >>> from sertools.datasets import make_corpus
    >>> from sertools.evaluation import protocol
    >>> corpus = make_corpus(n_speakers=3, n_per_speaker=6)
    >>> for train, test in protocol("loso", corpus):
    ...     print(len(train), len(test), corpus.groups[test[0]])
    12 6 synthetic:01
    12 6 synthetic:02
    12 6 synthetic:03
    """
    found = find_protocol(name)
    if not isinstance(corpus, Corpus):
        raise TypeError(
            f"corpus is a {type(corpus).__name__}: give a Corpus, as load_corpus or "
            "Corpus(X, y, groups) make it."
        )
    frame = corpus.frame
    if found.corpus is not None:
        _refuse_song(found, frame)
    if name == "random5":
        fold_of = _drawn(frame)
    elif name == "emo-db/emobox":
        fold_of = _listed(frame)
    else:
        fold_of = _by_speaker(found, frame, repr(corpus))
    tested = np.where(is_copy(frame), -1, fold_of)
    return [
        (np.flatnonzero(fold_of != fold), np.flatnonzero(tested == fold))
        for fold in range(fold_of.max() + 1)
    ]


def is_copy(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether clips are augmented copies ``(n_clips,)``, from the table of their corpus."""
    if "copy" not in frame or "parent_id" not in frame:
        return np.zeros(len(frame), dtype=bool)
    return (frame["copy"] > 0).to_numpy(dtype=bool)


def _refuse_song(found: Protocol, frame: pd.DataFrame) -> None:
    """Refuse clips that are no speech: published protocols are about speech."""
    n_others = int((~frame["channel"].isin(["speech", ""])).sum())
    if n_others:
        raise ValueError(
            f"{found.name!r} splits speech, and {n_others} clips are none: give "
            'corpus.select(channel="speech").'
        )


def _by_speaker(found: Protocol, frame: pd.DataFrame, corpus: str) -> NDArray[np.intp]:
    """The fold that tests each clip ``(n_clips,)``, as its speaker decides."""
    speakers = frame["speaker"].to_numpy(dtype=str)
    unknown = np.flatnonzero(speakers == "")
    if len(unknown):
        raise ValueError(
            f"{found.name!r} splits by speaker, and the speaker of {len(unknown)} clips is not "
            f"known ({name_some(unknown)}): name the speakers, or leave the clips out."
        )
    recorded = set(speakers[~is_copy(frame)].tolist())
    folds = found.speakers or [[speaker] for speaker in sorted(recorded)]
    fold_of = {speaker: fold for fold, people in enumerate(folds) for speaker in people}
    missing, others = fold_of.keys() - recorded, set(speakers.tolist()) - fold_of.keys()
    if missing or others:
        raise ValueError(
            f"{found.name!r} is for {len(fold_of)} speakers, {name_some(fold_of, limit=3)}. "
            f"{corpus} lacks {name_some(sorted(missing)) or 'none'}, and has besides "
            f"{name_some(sorted(others)) or 'none'}: give recordings of all of them and of nobody "
            'else, or take "loso".'
        )
    if len(folds) < 2:
        raise ValueError(
            f"{found.name!r} leaves one speaker out, and {corpus} has {len(folds)}: give at least "
            '2, or take "random5".'
        )
    return np.array([fold_of[speaker] for speaker in speakers])


def _listed(frame: pd.DataFrame) -> NDArray[np.intp]:
    """The fold of EmoBox that tests each file of EMO-DB ``(n_clips,)``; copies go by theirs."""
    fold_of = {stem: fold for fold, stems in enumerate(_EMOBOX["emo-db"]) for stem in stems}
    stems = np.array([Path(path).stem for path in frame["path"]])
    recorded = set(stems[~is_copy(frame)].tolist())
    missing, others = fold_of.keys() - recorded, recorded - fold_of.keys()
    if missing or others:
        raise ValueError(
            f"'emo-db/emobox' is a list of {len(fold_of)} files. The corpus lacks "
            f"{name_some(sorted(missing)) or 'none'}, and has besides "
            f"{name_some(map(repr, sorted(others))) or 'none'}: give the whole corpus with its "
            'paths, or take "emo-db/loso".'
        )
    return np.array([fold_of[stem] for stem in stems[_recordings(frame)]])


def _drawn(frame: pd.DataFrame) -> NDArray[np.intp]:
    """One of five folds for each clip ``(n_clips,)``, at random; a recording keeps its copies."""
    recordings, members = np.unique(_recordings(frame), return_inverse=True)
    labels = frame["emotion"].iloc[recordings]
    counts = labels.value_counts()
    if counts.min() < _N_RANDOM:
        raise ValueError(
            f"'random5' spreads each emotion over {_N_RANDOM} folds, and of {counts.idxmin()!r} "
            f'there are {counts.min()} recordings: leave the emotion out, or take "loso".'
        )
    splitter = StratifiedKFold(_N_RANDOM, shuffle=True, random_state=_SEED)
    fold_of = np.empty(len(recordings), dtype=np.intp)
    for fold, (_, test) in enumerate(splitter.split(labels, labels)):
        fold_of[test] = fold
    return fold_of[members]


def _recordings(frame: pd.DataFrame) -> NDArray[np.intp]:
    """The first row of the recording that each clip is or was made from ``(n_clips,)``."""
    rows: pd.Series[Any] = pd.Series(range(len(frame)), dtype=float)
    if "parent_id" not in frame:
        return rows.to_numpy(dtype=np.intp)
    parent = frame["parent_id"].fillna("")
    origin = parent.where(parent != "", rows.astype(str))
    first = rows.mask(is_copy(frame)).groupby(origin).transform("min")
    orphans = np.flatnonzero(first.isna())
    if len(orphans):
        raise ValueError(
            f"{len(orphans)} augmented copies are here without their recordings "
            f"({name_some(orphans)}): keep the recordings with them."
        )
    return first.to_numpy(dtype=np.intp)
