"""audit_split: what the two sides of a split share that a score must not profit from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sertools._validation import name_some
from sertools.datasets import Corpus
from sertools.evaluation._protocols import is_copy
from sertools.evaluation._splits import folds_of

__all__ = ["SplitAudit", "audit_split"]

# What a score profits from if both sides of a split share it, and what is worth knowing only:
# actors say the same sentences by design, and of unknown speakers nobody can tell.
LEAKS = ("row", "speaker", "recording", "near-identical", "copy")
NOTES = ("text", "unknown speaker")
_N_EXAMPLES = 3


@dataclass(frozen=True, eq=False, repr=False)
class SplitAudit:
    """What `audit_split` found.

    Parameters
    ----------
    corpus : str
        The corpus in words.
    n_folds : int
        Number of folds.
    audio : bool
        Whether near-identical recordings were listened for.
    findings : DataFrame
        One row for each fold and kind of finding: ``fold``, counted from 1; ``kind``; ``n_test``
        and ``n_train``, the clips on either side that it is about; ``examples`` in words.

    Examples
    --------
    >>> from sertools.datasets import make_corpus
    >>> from sertools.evaluation import audit_split
    >>> audit = audit_split(make_corpus(n_speakers=4, n_per_speaker=12), "random5")
    >>> audit.ok
    False
    >>> audit.findings.head(2)[["fold", "kind", "n_test", "n_train"]]
       fold     kind  n_test  n_train
    0     1  speaker      10       38
    1     1     text      10       38
    """

    corpus: str
    n_folds: int
    audio: bool
    findings: pd.DataFrame

    @property
    def ok(self) -> bool:
        """Whether nothing leaks; shared texts and unknown speakers are only noted."""
        return not self.findings["kind"].isin(LEAKS).any()

    def summary(self) -> str:
        """The findings in words, a line per kind.

        Returns
        -------
        str
            What ``print(audit)`` shows.
        """
        found = set(self.findings["kind"])
        leaks = name_some(kind for kind in LEAKS if kind in found)
        lines = [
            f"{self.corpus}, folds: {self.n_folds}, "
            + (f"shared by both sides: {leaks}" if leaks else "nothing leaks")
        ]
        for kind in (*LEAKS, *NOTES):
            of_kind = self.findings[self.findings["kind"] == kind]
            if of_kind.empty:
                continue
            worst = of_kind.sort_values("n_test", ascending=False, kind="stable").iloc[0]
            lines.append(
                f"  {kind} ({'leak' if kind in LEAKS else 'note'}) in folds: {len(of_kind)}; in "
                f"fold {worst['fold']} test clips: {worst['n_test']}, training clips: "
                f"{worst['n_train']}, such as {worst['examples']}"
            )
        if not self.audio:
            lines.append("  Near-identical recordings were not listened for (audio=False).")
        return "\n".join(lines)

    __str__ = summary

    def __repr__(self) -> str:
        return f"SplitAudit({self.summary().splitlines()[0]})"


def audit_split(
    corpus: Corpus, cv: Any, *, audio: bool = True, n_jobs: int | None = None, verbose: int = 0
) -> SplitAudit:
    """Look for what test and training sides share: speakers, recordings, copies, texts.

    Parameters
    ----------
    corpus : Corpus
        What is split.
    cv : int, str, splitter, list of (train, test) or None
        As in :func:`evaluate`: a number of folds by speaker; the name of a protocol, such as
        ``"ravdess/emobox"``; a scikit-learn splitter, which is given the speakers as groups if it
        takes any; or pairs of positions or masks, one split being ``[(train, test)]``. Of a
        splitter that draws anew at every call pass the pairs.
    audio : bool, default=True
        Whether to listen for near-identical recordings: the same sound at another level, sample
        rate or place in the file, cut, coded with losses or with some noise added. Reading and
        comparing 1440 clips takes about 5 s. Not found are less than half a second in common,
        two halves that overlap, and another speed.
    n_jobs : int or None, default=None
        Threads that read and compare; None is 1, -1 is one for each processor.
    verbose : int, default=0
        Show progress bars if above 0.

    Returns
    -------
    SplitAudit
        The findings, of these kinds. ``row``: the same clip on both sides. ``speaker``.
        ``recording``: equal samples. ``near-identical``: as above, also by way of a third
        recording. ``copy``: an augmented copy on one side of a recording on the other. And as
        notes ``text``, the same words in the same corpus, and ``unknown speaker``.

    Raises
    ------
    ValueError
        If a fold is no pair of positions within the corpus.
    OSError
        If a file cannot be read.

    Examples
    --------
    >>> from sertools.datasets import make_corpus
    >>> from sertools.evaluation import audit_split
    >>> corpus = make_corpus(n_speakers=3, n_per_speaker=6)
    >>> audit_split(corpus, "loso")
    SplitAudit(Corpus('synthetic': 18 clips, 3 speakers, 6 emotions), folds: 3, nothing leaks)
    >>> audit_split(corpus, [([0, 1, 2, 6], [3, 4])]).findings["kind"].to_list()
    ['speaker', 'text']
    """
    if not isinstance(corpus, Corpus):
        raise TypeError(
            f"corpus is a {type(corpus).__name__}: give a Corpus, such as Corpus(X, y)."
        )
    folds = folds_of(cv, corpus.y, corpus.groups, corpus).folds
    keys = _keys(corpus, audio, n_jobs, verbose)
    copies = is_copy(corpus.frame)
    names = [Path(path).name or f"clip {row}" for row, path in enumerate(corpus.frame["path"])]
    findings = [
        {"fold": number, **finding}
        for number, (train, test) in enumerate(folds, start=1)
        for finding in _findings(np.unique(train), np.unique(test), keys, copies, names)
    ]
    columns = ["fold", "kind", "n_test", "n_train", "examples"]
    return SplitAudit(repr(corpus), len(folds), audio, pd.DataFrame(findings, columns=columns))


def _keys(
    corpus: Corpus, audio: bool, n_jobs: int | None, verbose: int
) -> dict[str, NDArray[np.str_]]:
    """For each kind a word per clip ``(n_clips,)``, equal where clips share; empty for unknown."""
    frame = corpus.frame
    recording_ids = corpus.recording_ids(n_jobs)
    parents = frame["parent_id"].fillna("") if "parent_id" in frame else ""
    keys = {
        "row": np.arange(len(corpus)),
        "speaker": frame["speaker"],
        "recording": recording_ids,
        "copy": np.where(parents == "", recording_ids, parents),
        "text": (frame["corpus"] + " " + frame["text"]).where(frame["text"] != "", ""),
    }
    if audio:
        keys["near-identical"] = _alike(corpus, recording_ids, n_jobs, verbose)
    return {kind: np.asarray(key, dtype=str) for kind, key in keys.items()}


def _alike(
    corpus: Corpus, recording_ids: NDArray[np.str_], n_jobs: int | None, verbose: int
) -> NDArray[np.str_]:
    """The number of the set of near-identical recordings that a clip is in ``(n_clips,)``."""
    # Filters and peaks of SciPy take long to load, and nobody else needs them.
    from sertools.evaluation._near_identical import near_identical

    # Each recording is heard once. Copies are known by their parents.
    recorded = np.flatnonzero(~is_copy(corpus.frame))
    ids = recording_ids[recorded]
    _, first, recordings = np.unique(ids, return_index=True, return_inverse=True)
    clips, n_recordings = corpus.X, len(first)
    pairs = near_identical([clips[row] for row in recorded[first]], corpus.sr, n_jobs, verbose)
    graph = coo_array((np.ones(len(pairs)), tuple(pairs.T)), shape=(n_recordings, n_recordings))
    sets = connected_components(graph, directed=False)[1].astype(str)
    sets[~np.isin(np.arange(n_recordings), pairs)] = ""
    keys = np.full(len(corpus), "", dtype=sets.dtype)
    keys[recorded] = sets[recordings]
    return keys


def _findings(
    train: NDArray[np.intp],
    test: NDArray[np.intp],
    keys: dict[str, NDArray[np.str_]],
    copies: NDArray[np.bool_],
    names: list[str],
) -> Iterator[dict[str, Any]]:
    """What the sides of one fold share, kind by kind."""
    used = np.concatenate([train, test])
    for kind, known in keys.items():
        if kind == "copy":  # of the recordings only those of which a copy is used here
            known = np.where(np.isin(known, known[used[copies[used]]]), known, "")
        shared = np.setdiff1d(np.intersect1d(known[train], known[test]), "")
        if len(shared):
            tested, trained = (side[np.isin(known[side], shared)] for side in (test, train))
            is_told = kind in ("speaker", "text")  # other keys are numbers
            examples = iter(shared) if is_told else _pairs(tested, trained, known, names)
            yield _finding(kind, tested, trained, examples)
    tested, trained = (side[keys["speaker"][side] == ""] for side in (test, train))
    if len(tested) or len(trained):
        examples = (names[row] for row in (*tested, *trained))
        yield _finding("unknown speaker", tested, trained, examples)


def _finding(
    kind: str, tested: NDArray[np.intp], trained: NDArray[np.intp], examples: Iterable[str]
) -> dict[str, Any]:
    """A row of the table of findings, but for the fold."""
    return {
        "kind": kind,
        "n_test": len(tested),
        "n_train": len(trained),
        "examples": name_some(examples, limit=_N_EXAMPLES),
    }


def _pairs(
    tested: NDArray[np.intp],
    trained: NDArray[np.intp],
    known: NDArray[np.str_],
    names: list[str],
) -> Iterator[str]:
    """For each tested clip its name and that of a clip of training that it is like."""
    like = {known[row]: row for row in trained}
    for row in tested:
        twin = like[known[row]]
        yield names[row] if twin == row else f"{names[row]} ~ {names[twin]}"
