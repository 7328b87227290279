"""The statistics that every extractor takes by default, in one pass."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from sertools.core import functionals as reference
from sertools.kernels.cpu._compile import compiled

__all__ = ["statistics"]


def statistics(
    contours: np.ndarray, names: Sequence[str], *, voiced: np.ndarray | None = None
) -> np.ndarray:
    """Twin of `sertools.core.functionals.statistics`, faster if only mean and std are asked."""
    if not {"mean", "std"}.issuperset(names):
        return reference.statistics(contours, names, voiced=voiced)
    counted = np.ascontiguousarray(contours if voiced is None else contours[voiced])
    mean_and_std = np.zeros((2, counted.shape[1]), dtype=counted.dtype)
    if len(counted):
        _mean_and_std(counted, np.finfo(counted.dtype).eps, mean_and_std)
    return mean_and_std[[("mean", "std").index(name) for name in names]]


# Exact: where some channels are worked on together and the last ones alone, both round alike.
@functools.partial(compiled, exact=True)
def _mean_and_std(contours: Any, resolution: float, mean_and_std: Any) -> None:
    """Write the means and standard deviations of ``(n_frames, n_channels)``, ``(2, n_channels)``.

    The squares are summed about the first frame. As that is a value of the contour itself, it lies
    no further from the mean than the root of `n_frames` standard deviations, and doubles have the
    digits to spare that the difference of the two moments then loses.
    """
    n_frames, n_channels = contours.shape
    first = contours[0].astype(np.float64)
    sums = np.zeros(n_channels)
    squares = np.zeros(n_channels)
    for t in range(1, n_frames):
        for c in range(n_channels):
            distance = contours[t, c] - first[c]
            sums[c] += distance
            squares[c] += distance * distance
    for c in range(n_channels):
        distance = sums[c] / n_frames
        mean = first[c] + distance
        std = np.sqrt(squares[c] / n_frames - distance * distance)
        mean_and_std[0, c] = mean
        # Squares next to the smallest number are so rounded that it may be NaN, which is no more
        # than rounding either.
        mean_and_std[1, c] = std if std > resolution * abs(mean) else 0.0
