"""Splits inside a fit: by speaker where speakers are known, and never without a class."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import LeaveOneGroupOut, StratifiedGroupKFold, StratifiedKFold
from sklearn.utils import check_random_state

__all__ = ["inner_folds", "number_of_folds"]

# Of each number of folds; where folds exist at all, most are found at once.
_DRAWS = 10


def number_of_folds(share: float) -> int:
    """The number of folds of which one is nearest to this share, 2 or more."""
    fewer = max(2, math.floor(1 / share))
    return min(fewer, fewer + 1, key=lambda n_folds: abs(1 / n_folds - share))


def inner_folds(
    labels: NDArray[Any], groups: NDArray[Any] | None, n_folds: int, random_state: Any = None
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Stratified ``(train, test)`` folds that keep groups together, with all classes in training.

    There are `n_folds` of them, or fewer where a class is found with fewer groups. Where no draw
    of these leaves every class in training, each group is a fold.
    """
    classes, codes = np.unique(labels, return_inverse=True)
    units = np.arange(len(codes)) if groups is None else np.unique(groups, return_inverse=True)[1]
    pairs = np.unique(np.stack([codes, units]), axis=1)
    units_of_classes = np.bincount(pairs[0])
    fewest = min(units_of_classes)
    if fewest < 2:
        kind = "clip" if groups is None else "speaker"
        raise ValueError(
            "No split inside the fit leaves every class in training and keeps every "
            f"{kind} on one side: {classes.tolist()[units_of_classes.argmin()]!r} is of {fewest} "
            f"{kind}. Give more of it, or leave it out."
        )
    if groups is None:  # a group for each row would take a hundred times as long
        by_row = StratifiedKFold(min(n_folds, fewest), shuffle=True, random_state=random_state)
        return list(by_row.split(codes, codes))
    chance = check_random_state(random_state)
    for n in range(min(n_folds, fewest), 1, -1):
        for _ in range(_DRAWS):
            splitter = StratifiedGroupKFold(n, shuffle=True, random_state=chance.randint(2**31))
            folds = list(splitter.split(codes, codes, units))
            if all(len(np.unique(codes[train])) == len(units_of_classes) for train, _ in folds):
                return folds
    # A class that is found with two groups is still there when one of them is left out.
    return list(LeaveOneGroupOut().split(codes, codes, units))
