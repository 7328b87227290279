"""Twins of the phase vocoder: from frame to frame, with work at the peaks only."""

from __future__ import annotations

from typing import Any

import numpy as np

from sertools.core.effects.stretch import PEAK_REACH
from sertools.kernels.cpu._compile import compiled

__all__ = ["align_phases"]


def align_phases(bins: Any, before: Any) -> Any:
    """Spectra ``(n_frames, n_bins)`` turned so that each continues the one in front of it."""
    bins, before = np.ascontiguousarray(bins), np.ascontiguousarray(before)
    turned = np.empty_like(bins)
    # Real and imaginary parts in turns: pairs of numbers go through wide registers, complex ones
    # one by one.
    real = bins.real.dtype
    _turn(bins.view(real), before.view(real), turned.view(real))
    return turned


def _turn(bins: Any, before: Any, turned: Any) -> None:
    """Write the spectra as they are turned."""
    n_frames, n_numbers = bins.shape
    n_bins = n_numbers // 2
    # Beyond both ends nothing is a rival to a peak.
    energy = np.full(n_bins + 2 * PEAK_REACH, -1, bins.dtype)
    is_peak = np.empty(n_bins, np.uint8)
    peaks = np.empty(n_bins + 1, np.int64)
    peak_cos, peak_sin = np.empty(n_bins, bins.dtype), np.empty(n_bins, bins.dtype)
    cos, sin = np.ones(n_bins, bins.dtype), np.zeros(n_bins, bins.dtype)
    for k in range(n_numbers):
        turned[0, k] = bins[0, k]
    for t in range(1, n_frames):
        here, there, behind, out = bins[t], bins[t - 1], before[t], turned[t]
        for k in range(n_bins):
            energy[PEAK_REACH + k] = here[2 * k] * here[2 * k] + here[2 * k + 1] * here[2 * k + 1]
        _find_peaks(energy, is_peak)
        n_peaks = 0
        for k in range(n_bins):
            peaks[n_peaks] = k
            n_peaks += is_peak[k]
        for i in range(n_peaks):
            k = peaks[i]
            # In double precision squares do not vanish where the numbers do not.
            a, b = np.float64(there[2 * k]), np.float64(there[2 * k + 1])
            c, d = np.float64(behind[2 * k]), np.float64(behind[2 * k + 1])
            real, imag = a * c + b * d, b * c - a * d
            square = real * real + imag * imag
            if square > 0 and k > 0:
                size = np.sqrt(square)
                real, imag = real / size, imag / size
            else:
                real, imag = np.float64(1), np.float64(0)
            peak_cos[i] = cos[k] * real - sin[k] * imag
            peak_sin[i] = cos[k] * imag + sin[k] * real
        start = 0
        for i in range(n_peaks):
            # The bin in the middle between two peaks goes with the lower one.
            stop = (peaks[i] + peaks[i + 1]) // 2 + 1 if i + 1 < n_peaks else n_bins
            c, d = peak_cos[i], peak_sin[i]
            for k in range(start, stop):
                cos[k], sin[k] = c, d
            start = stop
        # The lowest bin is real, and stays so.
        cos[0], sin[0] = 1, 0
        for k in range(n_bins):
            a, b = here[2 * k], here[2 * k + 1]
            out[2 * k], out[2 * k + 1] = a * cos[k] - b * sin[k], a * sin[k] + b * cos[k]


@compiled
def _find_peaks(energy: Any, is_peak: Any) -> None:
    """Mark the bins ``(n_bins,)`` that are louder than `PEAK_REACH` to either side, 1 for 0."""
    for k in range(len(is_peak)):
        here = energy[PEAK_REACH + k]
        rises, falls = True, True
        for apart in range(1, PEAK_REACH + 1):
            rises &= here >= energy[PEAK_REACH + k - apart]
            falls &= here > energy[PEAK_REACH + k + apart]
        is_peak[k] = rises & falls


# Peaks are found by comparing numbers: which of two is the larger may hang on their last bits.
_turn = compiled(_turn, exact=True)
