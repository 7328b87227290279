"""From a `cv` parameter to folds: by speaker where speakers are known, and checked before a fit."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import LeaveOneGroupOut, StratifiedGroupKFold, StratifiedKFold

from sertools._sklearn import splits_by_group
from sertools._validation import name_some
from sertools.datasets import Corpus
from sertools.evaluation._protocols import Fold, Protocol, find_protocol, protocol

__all__ = ["Plan", "folds_of", "plan_of"]


class Folds(NamedTuple):
    """Folds, in words, and the protocol they are of, if one was named."""

    folds: list[Fold]
    words: str
    protocol: Protocol | None = None


class Plan(NamedTuple):
    """Folds, in words, and what they mean for the speakers.

    `speaker_independent` is None if not all speakers are known. `left_out` is of two corpora: for
    ``"train"`` and ``"test"`` the labels that only that side has, with their clips.
    """

    folds: list[Fold]
    words: str
    speaker_independent: bool | None
    protocol: Protocol | None
    left_out: dict[str, dict[str, int]] | None = None


def plan_of(
    cv: Any,
    y: NDArray[Any],
    groups: NDArray[Any] | None,
    corpus: Corpus | None,
    random_state: int,
) -> Plan:
    """The folds that `cv` means for labels and groups ``(n_clips,)``, fit to be scored together."""
    folds, words, found = folds_of(cv, y, groups, corpus, random_state)
    _refuse_what_cannot_be_pooled(folds)
    _refuse_labels_without_training(folds, y)
    return Plan(folds, words, _is_speaker_independent(folds, groups), found)


def folds_of(
    cv: Any,
    y: NDArray[Any],
    groups: NDArray[Any] | None,
    corpus: Corpus | None,
    random_state: int = 0,
) -> Folds:
    """The folds that `cv` means for labels and groups ``(n_clips,)``, whatever they share."""
    found = _given_folds(cv, y, groups, corpus, random_state)
    if not found.folds:
        raise ValueError("cv gives no fold.")
    folds = [_as_fold(fold, number, len(y)) for number, fold in enumerate(found.folds, start=1)]
    return found._replace(folds=folds)


def _given_folds(
    cv: Any, y: NDArray[Any], groups: NDArray[Any] | None, corpus: Corpus | None, random_state: int
) -> Folds:
    """The folds of a `cv` parameter, which may be anything yet if they were given."""
    if isinstance(cv, str):
        found = find_protocol(cv)
        if corpus is not None:
            return Folds(protocol(cv, corpus), found.description, found)
        if found.name == "loso" and groups is not None:  # which needs to know nothing else
            return Folds(list(LeaveOneGroupOut().split(y, y, groups)), found.description, found)
        raise TypeError(
            f"cv={cv!r} is a protocol, which is about a corpus: pass the corpus itself, as in "
            f"evaluate(model, corpus, cv={cv!r})."
        )
    if cv is None:
        speakers = None if groups is None else np.unique(groups)
        n_speakers = 5 if speakers is None else len(speakers)
        if n_speakers < 2:
            who = "a speaker who is not known" if speakers == [""] else "one speaker"
            raise ValueError(
                f"All clips are of {who}, and folds by speaker need two: give other folds as cv, "
                "or no groups."
            )
        cv = min(5, n_speakers)
    if isinstance(cv, int | np.integer) and not isinstance(cv, bool):
        return Folds(*_own_folds(int(cv), y, groups, random_state))
    if isinstance(cv, type) and hasattr(cv, "split"):
        raise TypeError(f"cv is the class {cv.__name__}: pass an object, {cv.__name__}().")
    if hasattr(cv, "split"):
        known = groups if splits_by_group(cv) else None
        return Folds(list(cv.split(np.zeros(len(y)), y, known)), repr(cv))
    if isinstance(cv, Iterable):
        return Folds(list(cv), "folds that were given")
    raise TypeError(
        f"cv={cv!r}: give a number of folds, the name of a protocol, a splitter, or pairs "
        "[(train, test), ...]."
    )


def _own_folds(
    n_folds: int, y: NDArray[Any], groups: NDArray[Any] | None, random_state: int
) -> tuple[list[Fold], str]:
    """As many stratified folds, by speaker where speakers are known, and what they are."""
    if n_folds < 2:
        raise ValueError(f"cv={n_folds}: give 2 folds or more.")
    if groups is None:
        rarest = min(np.unique(y, return_counts=True)[1])
        if rarest < n_folds:
            raise ValueError(
                f"The rarest class has {rarest} clip(s), fewer than {n_folds} folds: give fewer "
                "folds as cv, or leave the class out."
            )
        splitter = StratifiedKFold(n_folds, shuffle=True, random_state=random_state)
        return list(splitter.split(y, y)), f"{n_folds} stratified folds, seed {random_state}"
    n_speakers = len(np.unique(groups))
    if n_speakers < n_folds:
        raise ValueError(
            f"There are {n_speakers} speaker(s) and {n_folds} folds: give fewer folds as cv."
        )
    splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=random_state)
    with warnings.catch_warnings():
        # A class of fewer clips than folds is no harm where predictions are pooled.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        folds = [fold for fold in splitter.split(y, y, groups) if len(fold[1])]
    return folds, f"{n_folds} stratified folds by speaker, seed {random_state}"


def _as_fold(fold: Any, number: int, n_clips: int) -> Fold:
    """A pair of positions or masks as positions ``(n,)``, of which neither side is empty."""
    if not (isinstance(fold, Iterable) and len(sides := list(fold)) == 2):
        raise ValueError(
            f"Fold {number} is {fold!r:.200}: a fold is a pair (train, test), and one split is "
            "given as [(train, test)]."
        )
    train, test = (_positions(side, number, n_clips) for side in sides)
    return train, test


def _positions(part: Any, number: int, n_clips: int) -> NDArray[np.intp]:
    """Positions ``(n,)`` of one side of a fold."""
    places = np.asarray(part)
    if places.dtype == bool and places.shape == (n_clips,):
        places = np.flatnonzero(places)
    if places.ndim != 1 or not len(places) or places.dtype.kind not in "iu":
        raise ValueError(
            f"Fold {number} holds {part!r:.100}: give the positions of at least one clip to train "
            "on and of one to test."
        )
    if places.min() < 0 or places.max() >= n_clips:
        raise ValueError(f"Fold {number} speaks of clips beyond the {n_clips} there are.")
    return places.astype(np.intp)


def _refuse_what_cannot_be_pooled(folds: list[Fold]) -> None:
    """Refuse folds that train on what they test, or test a clip twice, which would count double."""
    for number, (train, test) in enumerate(folds, start=1):
        if both := np.intersect1d(train, test).tolist():
            raise ValueError(
                f"Fold {number} trains on {len(both)} clip(s) that it tests: {name_some(both)}."
            )
    tested = np.concatenate([test for _, test in folds])
    places, times = np.unique(tested, return_counts=True)
    if len(places) < len(tested):
        raise ValueError(
            f"cv tests clips more than once ({name_some(places[times > 1])}), and scores are of "
            "all predictions taken together: give folds that test each clip at most once."
        )


def _refuse_labels_without_training(folds: list[Fold], y: NDArray[Any]) -> None:
    """Refuse folds that test a label which they do not train on."""
    for number, (train, test) in enumerate(folds, start=1):
        if unseen := sorted(set(y[test].tolist()) - set(y[train].tolist())):
            raise ValueError(
                f"Fold {number} tests {name_some(map(repr, unseen))}, of which it trains on no "
                "clip: no model could get them right. Give other folds, or leave the label out, "
                "as with corpus.select(emotion=[...])."
            )


def _is_speaker_independent(folds: list[Fold], groups: NDArray[Any] | None) -> bool | None:
    """Whether no fold tests a speaker it trains on; None if not all speakers are known."""
    if groups is None:
        return None
    shared = {
        label for train, test in folds for label in np.intersect1d(groups[train], groups[test])
    }
    if shared - {""}:
        return False
    return None if (groups.astype(object) == "").any() else True
