"""From scores to probabilities: one temperature, found on scores of rows that were left out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import softmax

__all__ = ["fitted_temperature"]

# Temperatures to choose from, as shares of the spread of the scores: the first is as good as
# certain of the class with the highest score, the last takes all classes for equally likely.
_LOWEST, _HIGHEST = 0.02, 100.0


def fitted_temperature(
    scores: NDArray[Any], codes: NDArray[np.intp], weights: NDArray[np.float64]
) -> float:
    """The temperature under which the codes ``(n,)`` are likeliest, given scores ``(n, C)``.

    Probabilities are ``softmax(scores / temperature)``.
    """
    scores = scores.astype(np.float64)
    scale = float(np.sqrt(np.average(scores.var(axis=1), weights=weights))) or 1.0
    scores = scores / scale
    of_codes = scores[np.arange(len(codes)), codes]

    def slope(sharpness: float) -> float:
        """How fast the likelihood falls with the sharpness, of which it has one maximum."""
        expected = (softmax(scores * sharpness, axis=1) * scores).sum(axis=1)
        return float(weights @ (expected - of_codes))

    if slope(1 / _HIGHEST) >= 0:
        return _HIGHEST * scale
    if slope(1 / _LOWEST) <= 0:
        return _LOWEST * scale
    return scale / brentq(slope, 1 / _HIGHEST, 1 / _LOWEST, xtol=1e-12)
