"""Cepstra without BLAS, and derivatives over time without a window in memory for each frame."""

from __future__ import annotations

from typing import Any

import numpy as np

from sertools.core.cepstral import derivative_weights
from sertools.kernels.cpu._compile import compiled
from sertools.kernels.cpu._products import products

__all__ = ["cepstrum", "delta"]


def cepstrum(log_spectra: np.ndarray, *, basis: np.ndarray) -> np.ndarray:
    """Twin of `sertools.core.cepstral.cepstrum`."""
    return products(log_spectra, basis)


def delta(features: np.ndarray, *, order: int = 1, width: int = 9) -> np.ndarray:
    """Twin of `sertools.core.cepstral.delta`."""
    width = min(width, len(features))
    if width <= order:
        return np.zeros_like(features)
    table = np.ascontiguousarray(features).reshape(len(features), -1)
    weights = derivative_weights(width, order).astype(features.dtype)
    return _filtered_over_time(table, weights).reshape(features.shape)


@compiled
def _filtered_over_time(table: Any, weights: Any) -> Any:
    """Weighted sums of the windows of rows, level at both ends, in the shape of the table."""
    n_frames, n_channels = table.shape
    width = weights.shape[0]
    before = (width - 1) // 2
    inner = n_frames - width + 1
    slopes = np.zeros_like(table)
    for t in range(inner):
        row = slopes[before + t]
        for k in range(width):
            for c in range(n_channels):
                row[c] += weights[k] * table[t + k, c]
    slopes[:before] = slopes[before]
    slopes[before + inner :] = slopes[before + inner - 1]
    return slopes
