"""How the channels of a clip move together: correlations, at once and some frames later."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["correlations", "lagged_correlations", "log_covariance", "standardised"]

# A spread below this is no movement, in the units of any contour.
_LEAST_SPREAD = 1e-6

# Added to the variances of a covariance before its logarithm: about the square of the movement that
# noise makes.
_RIDGE = 1e-3


def standardised(contours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Contours ``(n_channels, n_frames)`` less their means, in units of their spread.

    Channels that hardly move come close to 0, and correlate with nothing.
    """
    centred = contours - contours.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(axis=1, keepdims=True))
    return centred / (spread + _LEAST_SPREAD)


def correlations(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean products ``(n_of_a, n_of_b)`` of standardised contours ``(n_channels, n_frames)``."""
    return a @ b.T / a.shape[1]


def lagged_correlations(contours: NDArray[np.float64], *, lag: int) -> NDArray[np.float64]:
    """Mean products ``(n_channels, n_channels)`` of contours some frames later with them before.

    Of standardised contours ``(n_channels, n_frames)``; 0 where a clip is not longer than the lag.
    """
    n_channels, n_frames = contours.shape
    if n_frames <= lag:
        return np.zeros((n_channels, n_channels))
    return correlations(contours[:, lag:], contours[:, :-lag])


def log_covariance(
    contours: NDArray[np.float64], scales: NDArray[np.floating[Any]]
) -> NDArray[np.float64]:
    """Matrix logarithm ``(n_channels, n_channels)`` of the covariance of contours.

    Contours ``(n_channels, n_frames)`` are taken in units of `scales` ``(n_channels,)``. Between
    logarithms the straight distance is about that between covariances as what they are
    (Arsigny et al., 2007, SIAM Journal on Matrix Analysis and Applications 29, 328-347).
    """
    centred = (contours - contours.mean(axis=1, keepdims=True)) / scales[:, None]
    covariance = correlations(centred, centred) + _RIDGE * np.eye(len(contours))
    variances, axes = np.linalg.eigh(covariance)
    return (axes * np.log(np.maximum(variances, _RIDGE))) @ axes.T
