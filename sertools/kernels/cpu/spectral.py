"""Spectra of a group of frames at a time, side by side, and in blocks where that does not go.

What was measured on clips of 3.75 s at 16 kHz (one thread, AVX-512) and lost: SciPy's rfft (two to
four times the time of `sertools.kernels.cpu._transform`), NumPy's (1.8 times SciPy's), one
transform over all frames (the spectra leave the cache), frames side by side in loops left to the
compiler (1.5 times SciPy's time: it does not see that they can be vectorised), a dense product with
the bank (3 times that of its bands), products with groups of bands (as fast, but rounding that
depends on their number).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.fft import rfft

from sertools.core.framing import PadMode
from sertools.core.spectral import Bank
from sertools.kernels.cpu._compile import compiled
from sertools.kernels.cpu._lanes import group_size, load, spread, store
from sertools.kernels.cpu._transform import (
    cut,
    energies,
    from_lanes,
    group_room,
    plan_of,
    transform,
    weigh,
)

__all__ = ["filtered", "spectrum"]

# Samples of a frame: two groups of longer ones leave a second-level cache of a megabyte.
_LONGEST = 8192

# Samples in a block of windowed frames: with its spectrum it fills half of a second-level cache.
_BLOCK = 1 << 16


def spectrum(
    x: np.ndarray,
    *,
    window: np.ndarray,
    hop_length: int,
    power: float = 2.0,
    center: bool = True,
    pad_mode: PadMode = "constant",
) -> np.ndarray:
    """Twin of `sertools.core.spectral.spectrum`."""
    n_fft = len(window)
    beyond = n_fft // 2 if center else 0
    if center and pad_mode != "constant":
        x, beyond = np.pad(x, beyond, mode=pad_mode), 0
    n_frames = 1 + max(len(x) + 2 * beyond - n_fft, 0) // hop_length
    window = window.astype(x.dtype, copy=False)
    energy = np.empty((n_frames, n_fft // 2 + 1), dtype=x.dtype)
    passes = plan_of(n_fft // 2, x.dtype) if n_fft <= _LONGEST else None
    if passes is None:
        _spectra_in_blocks(x, -beyond, hop_length, window, energy)
    else:
        _spectra(x, -beyond, hop_length, window, *passes, energy)
    return energy if power == 2.0 else energy ** (power / 2.0)


def filtered(spectra: np.ndarray, *, bank: Bank) -> np.ndarray:
    """Twin of `sertools.core.spectral.filtered`."""
    bands = np.empty((len(spectra), len(bank.weights)), dtype=spectra.dtype)
    _sum_bands(np.ascontiguousarray(spectra), bank.weights, bank.first, bank.stop, bands)
    return bands


def _spectra_in_blocks(
    x: np.ndarray, start: int, hop_length: int, window: np.ndarray, energy: np.ndarray
) -> None:
    """The same as `_spectra`, for transforms of any length."""
    n_fft, n_frames = len(window), len(energy)
    n_block = max(1, _BLOCK // n_fft)
    block = np.empty((n_block, n_fft), dtype=x.dtype)
    for first in range(0, n_frames, n_block):
        windowed = block[: n_frames - first]
        _cut(x, window, start + first * hop_length, hop_length, windowed)
        _squared_magnitude(rfft(windowed, axis=1), energy[first : first + n_block])


@compiled
def _spectra(
    x: Any,
    start: int,
    hop_length: int,
    window: Any,
    radices: Any,
    twiddles: Any,
    halves: Any,
    energy: Any,
) -> None:
    """Write the energies ``(n_frames, n_bins)`` of the frames from sample `start` on."""
    n_fft, n_bins = len(window), energy.shape[1]
    frames, room, bins = group_room(n_fft, x), group_room(n_fft, x), group_room(n_bins, x)
    for first in range(0, energy.shape[0], group_size(x)):
        cut(x, start + first * hop_length, hop_length, n_fft, frames, room)
        weigh(frames, window)
        energies(transform(frames, room, radices, twiddles), halves, bins)
        from_lanes(bins, energy, first)


@compiled
def _cut(x: Any, window: Any, start: int, hop_length: int, windowed: Any) -> None:
    """Write the frames from sample `start` on under the window, ``(n_frames, n_fft)``.

    What lies beyond the ends of the clip is zero.
    """
    n_times, n_fft = x.shape[0], window.shape[0]
    for t in range(windowed.shape[0]):
        left = start + t * hop_length
        if left >= 0 and left + n_fft <= n_times:
            inside = x[left : left + n_fft]
            for i in range(n_fft):
                windowed[t, i] = inside[i] * window[i]
        else:
            for i in range(n_fft):
                at = left + i
                windowed[t, i] = x[at] * window[i] if 0 <= at < n_times else 0


@compiled
def _squared_magnitude(bins: Any, energy: Any) -> None:
    """Write ``|bins|²`` into `energy`, both ``(n_frames, n_bins)``."""
    for t in range(bins.shape[0]):
        for k in range(bins.shape[1]):
            energy[t, k] = bins[t, k].real * bins[t, k].real + bins[t, k].imag * bins[t, k].imag


@compiled
def _sum_bands(spectra: Any, weights: Any, first: Any, stop: Any, bands: Any) -> None:
    """Write the weighted sum of the bins of each band into `bands` ``(n_frames, n_bands)``."""
    n_bins, n_bands = spectra.shape[1], weights.shape[0]
    rows = spectra.reshape(-1)
    group, room = group_room(n_bins, rows), group_room(n_bins, rows)
    sums = group_room(n_bands, rows)
    width = group_size(rows)
    for start in range(0, spectra.shape[0], width):
        cut(rows, start * n_bins, n_bins, n_bins, group, room)
        for b in range(n_bands):
            # Two sums, of even and of odd bins, so that none waits for the one before.
            even = odd = spread(rows.dtype.type(0))
            for k in range(first[b], stop[b] - 1, 2):
                even = even + load(group, k * width) * spread(weights[b, k])
                odd = odd + load(group, (k + 1) * width) * spread(weights[b, k + 1])
            if (stop[b] - first[b]) % 2:
                last = stop[b] - 1
                even = even + load(group, last * width) * spread(weights[b, last])
            store(sums, b * width, even + odd)
        from_lanes(sums, bands, start)
