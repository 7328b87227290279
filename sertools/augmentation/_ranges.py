"""Ranges that effects draw from: a pair ``(low, high)``, or a number that leaves no choice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np

from sertools._sklearn import Interval

__all__ = ["Range", "RangeLike", "uniform"]

RangeLike = float | Sequence[float]


class Range(Interval):
    """Constraint: a number in an interval, or a pair of such numbers, the lower one first."""

    def __init__(self, left: float | None, right: float | None, *, closed: str = "both") -> None:
        super().__init__(Real, left, right, closed=closed)

    def is_satisfied_by(self, val: Any) -> bool:
        """Whether `val` is such a number or pair."""
        if isinstance(val, Real) and not isinstance(val, bool):
            return math.isfinite(val) and super().is_satisfied_by(val)
        if not isinstance(val, list | tuple | np.ndarray) or len(val) != 2:
            return False
        low, high = val
        numbers = isinstance(low, Real) and isinstance(high, Real)
        return numbers and all(map(self.is_satisfied_by, val)) and bool(low <= high)

    def __str__(self) -> str:
        return f"{super().__str__()}, or a pair (low, high) of such, low not above high"


def uniform(rng: np.random.Generator, bounds: RangeLike) -> float:
    """A number drawn evenly from a range; one is drawn from a range of a single number, too."""
    low, high = np.broadcast_to(np.asarray(bounds, dtype=float), 2)
    return float(rng.uniform(low, high))
