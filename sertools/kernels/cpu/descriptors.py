"""Descriptors whose sums NumPy takes through several arrays as large as the spectra.

What was measured on 376 frames of 257 bins and lost: compiled logarithms for the flatness (1.8
times NumPy's time, which computes several at once) and a compiled search for the peaks and valleys
of the contrast (no faster than sorting; NumPy's partition takes 4 times as long).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sertools.core.descriptors import slope_weights
from sertools.kernels.cpu._compile import compiled

__all__ = ["bandwidth", "flux", "line_slope", "rolloff"]


def bandwidth(magnitudes: np.ndarray, *, frequencies: np.ndarray) -> np.ndarray:
    """Twin of `sertools.core.descriptors.bandwidth`."""
    deviations = np.empty(len(magnitudes), dtype=magnitudes.dtype)
    _deviations(magnitudes, frequencies, np.finfo(magnitudes.dtype).tiny, deviations)
    return deviations


def flux(magnitudes: np.ndarray) -> np.ndarray:
    """Twin of `sertools.core.descriptors.flux`."""
    changes = np.zeros(len(magnitudes), dtype=magnitudes.dtype)
    _changes(magnitudes, np.finfo(magnitudes.dtype).tiny, changes)
    return changes


def line_slope(levels: np.ndarray, *, frequencies: np.ndarray) -> np.ndarray:
    """Twin of `sertools.core.descriptors.line_slope`."""
    slopes = np.empty(len(levels), dtype=levels.dtype)
    _fit(levels, slope_weights(frequencies).astype(levels.dtype), slopes)
    return slopes


def rolloff(
    magnitudes: np.ndarray, *, frequencies: np.ndarray, roll_percent: float = 0.85
) -> np.ndarray:
    """Twin of `sertools.core.descriptors.rolloff`."""
    bins = np.empty(len(magnitudes), dtype=np.intp)
    _reached(magnitudes, roll_percent, bins)
    return frequencies.astype(magnitudes.dtype)[bins]


@compiled
def _deviations(magnitudes: Any, frequencies: Any, silence: float, deviations: Any) -> None:
    """Write the standard deviations ``(n_frames,)`` of frequency, weighted by the magnitudes."""
    n_frames, n_bins = magnitudes.shape
    for t in range(n_frames):
        total = moment = squares = 0.0
        for b in range(n_bins):
            total += magnitudes[t, b]
            moment += magnitudes[t, b] * frequencies[b]
        if total < silence:
            total = 1.0
        for b in range(n_bins):
            distance = frequencies[b] - moment / total
            squares += magnitudes[t, b] * distance * distance
        deviations[t] = math.sqrt(squares / total)


@compiled
def _changes(magnitudes: Any, silence: float, changes: Any) -> None:
    """Write the changes ``(n_frames,)`` of shape, where neither frame is silent."""
    n_frames, n_bins = magnitudes.shape
    before, here = np.zeros(n_bins), np.zeros(n_bins)
    was_silent = True
    for t in range(n_frames):
        energy = 0.0
        for b in range(n_bins):
            energy += np.float64(magnitudes[t, b]) * magnitudes[t, b]
        is_silent = energy < silence
        if not is_silent:
            # In a loop of its own, so that both shapes are rounded alike: two frames of the same
            # spectrum shall be no distance apart.
            norm = math.sqrt(energy)
            for b in range(n_bins):
                here[b] = magnitudes[t, b] / norm
            if not was_silent:
                squares = 0.0
                for b in range(n_bins):
                    squares += (here[b] - before[b]) ** 2
                changes[t] = math.sqrt(squares)
        before, here = here, before
        was_silent = is_silent


@compiled
def _fit(levels: Any, weights: Any, slopes: Any) -> None:
    """Write the weighted sums ``(n_frames,)`` of what lies above the first level."""
    for t in range(levels.shape[0]):
        total = levels.dtype.type(0)
        for b in range(levels.shape[1]):
            total += (levels[t, b] - levels[t, 0]) * weights[b]
        slopes[t] = total


@compiled
def _reached(magnitudes: Any, share: float, bins: Any) -> None:
    """Write the first bins ``(n_frames,)`` at which the magnitudes add up to a share of them."""
    n_frames, n_bins = magnitudes.shape
    for t in range(n_frames):
        total = so_far = 0.0
        for b in range(n_bins):
            total += magnitudes[t, b]
        for b in range(n_bins):
            so_far += magnitudes[t, b]
            bins[t] = b
            if so_far >= share * total:
                break
