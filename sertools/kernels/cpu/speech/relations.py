"""Correlations without BLAS, whose last bits would depend on the threads that it may use."""

from __future__ import annotations

import numpy as np

from sertools.kernels.cpu._products import products

__all__ = ["correlations", "lagged_correlations"]


def correlations(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Twin of `sertools.core.speech.relations.correlations`."""
    return products(a, b) / a.shape[1]


def lagged_correlations(contours: np.ndarray, *, lag: int) -> np.ndarray:
    """Twin of `sertools.core.speech.relations.lagged_correlations`."""
    n_channels, n_frames = contours.shape
    if n_frames <= lag:
        return np.zeros((n_channels, n_channels))
    return correlations(contours[:, lag:], contours[:, :-lag])
