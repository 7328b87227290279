"""The descriptor of the spectrum that NumPy is slow at: a running sum with an end."""

from __future__ import annotations

from typing import Any

import numpy as np

from sertools.kernels.cpu._compile import compiled

__all__ = ["rolloff"]


def rolloff(
    magnitudes: np.ndarray, *, frequencies: np.ndarray, roll_percent: float = 0.85
) -> np.ndarray:
    """Twin of `sertools.core.descriptors.rolloff`."""
    bins = np.empty(len(magnitudes), dtype=np.intp)
    _reached(magnitudes, roll_percent, bins)
    return np.asarray(frequencies, dtype=magnitudes.dtype)[bins]


@compiled
def _reached(magnitudes: Any, share: float, bins: Any) -> None:
    """Write the first bins ``(n_frames,)`` at which ``(n_frames, n_bins)`` add up to a share."""
    n_frames, n_bins = magnitudes.shape
    for t in range(n_frames):
        total = 0.0
        for b in range(n_bins):
            total += magnitudes[t, b]
        # The sum has an order of its own, and so another rounding: the last bin stops it in any
        # case.
        so_far = 0.0
        for b in range(n_bins):
            so_far += magnitudes[t, b]
            bins[t] = b
            if so_far >= share * total:
                break
