"""Descriptors of a spectrum's shape, frame by frame, in librosa's definitions and numbers.

All take the magnitudes of one clip, ``(n_frames, n_bins)``, as `sertools.core.spectral.spectrum`
gives them with ``power=1.0``, and where they need them the frequencies of the bins in Hz,
``(n_bins,)``, as an array on the host. A silent frame has the flatness 1, and 0 in all else.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sertools.core.spectral import power_to_db

__all__ = [
    "bandwidth",
    "centroid",
    "contrast",
    "contrast_edges",
    "flatness",
    "flux",
    "line_slope",
    "rolloff",
    "slope",
    "slope_weights",
]

# librosa's floor under the logarithms of the flatness: -100 dB of full scale.
_LEAST_POWER = 1e-10

# librosa's bands of the contrast: one up to 200 Hz, and six from there on, each an octave but the
# last, which has the rest. Peaks and valleys are the 2 % of its bins at either end.
_FIRST_OCTAVE = 200.0
_N_OCTAVES = 6
_QUANTILE = 0.02


def centroid(magnitudes: Any, *, frequencies: Any, xp: Any = np) -> Any:
    """Mean frequencies ``(n_frames,)`` in Hz, weighted by the magnitudes."""
    frequencies = xp.asarray(frequencies, dtype=magnitudes.dtype)
    return (magnitudes * frequencies).sum(axis=1) / _divisors(magnitudes.sum(axis=1), xp)


def bandwidth(magnitudes: Any, *, frequencies: Any, xp: Any = np) -> Any:
    """Standard deviations of frequency ``(n_frames,)`` in Hz, weighted by the magnitudes."""
    means = centroid(magnitudes, frequencies=frequencies, xp=xp)
    deviations = xp.asarray(frequencies, dtype=magnitudes.dtype) - means[:, None]
    squares = (magnitudes * deviations * deviations).sum(axis=1)
    return xp.sqrt(squares / _divisors(magnitudes.sum(axis=1), xp))


def rolloff(magnitudes: Any, *, frequencies: Any, roll_percent: float = 0.85, xp: Any = np) -> Any:
    """Frequencies ``(n_frames,)`` in Hz up to which a share of all magnitudes lies.

    That of the first bin at which their sum from 0 Hz on reaches the share `roll_percent`, which
    is between 0 and 1 for all its name.
    """
    sums = magnitudes.cumsum(axis=1)
    bins = (sums >= roll_percent * sums[:, -1:]).argmax(axis=1)
    return xp.asarray(frequencies, dtype=magnitudes.dtype)[bins]


def flatness(magnitudes: Any, *, xp: Any = np) -> Any:
    """Geometric means of the power over its arithmetic means, ``(n_frames,)``.

    Between 0 for a pure tone and 1 for a flat spectrum.
    """
    power = xp.maximum(magnitudes * magnitudes, _LEAST_POWER)
    return xp.exp(xp.log(power).mean(axis=1)) / power.mean(axis=1)


def flux(magnitudes: Any, *, xp: Any = np) -> Any:
    """Changes of the spectrum's shape ``(n_frames,)`` since the frame before.

    The Euclidean distance between the two frames' magnitudes, each scaled to a norm of 1: from 0,
    where nothing but the level changed, to the square root of 2. Where there is nothing to compare,
    at the first frame and next to a silent one, it is 0.
    """
    energies = (magnitudes * magnitudes).sum(axis=1)
    shapes = magnitudes / xp.sqrt(_divisors(energies, xp))[:, None]
    steps = shapes[1:] - shapes[:-1]
    sounds = ~_is_silent(energies, xp)
    changes = xp.zeros_like(energies)
    changes[1:] = xp.sqrt((steps * steps).sum(axis=1)) * (sounds[1:] & sounds[:-1])
    return changes


def slope(magnitudes: Any, *, frequencies: Any, xp: Any = np) -> Any:
    """Slopes ``(n_frames,)`` in dB per kHz of the lines fitted to the spectra in decibels.

    By least squares over all bins. The decibels have a floor at -100 dB of full scale.
    """
    decibels = power_to_db(magnitudes * magnitudes, top_db=None, xp=xp)
    return line_slope(decibels, frequencies=frequencies, xp=xp)


def line_slope(levels: Any, *, frequencies: Any, xp: Any = np) -> Any:
    """Slopes ``(n_frames,)`` per kHz of the lines fitted to levels ``(n_frames, n_bins)``."""
    weights = xp.asarray(slope_weights(frequencies), dtype=levels.dtype)
    # Rounded weights do not add up to 0, but of a flat spectrum nothing is left to be weighted.
    return ((levels - levels[:, :1]) * weights).sum(axis=1)


def slope_weights(frequencies: NDArray[Any]) -> NDArray[np.floating[Any]]:
    """Weights ``(n_bins,)`` whose sum over levels is the slope of the line fitted to them."""
    kilohertz = frequencies / 1000.0
    kilohertz = kilohertz - kilohertz.mean()
    return kilohertz / (kilohertz**2).sum()


def contrast(magnitudes: Any, *, frequencies: Any, xp: Any = np) -> Any:
    """Levels in dB of the peaks of a spectrum over its valleys, ``(n_frames, n_bands)``.

    The bands are those of `contrast_edges`. As in librosa, peaks and valleys are magnitudes that
    are turned to decibels as if they were powers, each with a floor at 80 dB below the clip's
    largest.
    """
    edges = contrast_edges(frequencies)
    peaks = xp.empty((len(magnitudes), len(edges)), dtype=magnitudes.dtype)
    valleys = xp.empty_like(peaks)
    for band, (low, high) in enumerate(pairwise([*edges, math.inf])):
        # librosa's bands: each takes the bin below it too, and all but the last leave out their
        # highest bin once the quantile has been reckoned with it.
        start = max(int(np.searchsorted(frequencies, low)) - 1, 0)
        stop = int(np.searchsorted(frequencies, high, side="right"))
        n_extreme = max(round(_QUANTILE * (stop - start)), 1)
        ranked = xp.sort(magnitudes[:, start : stop - (high < math.inf)], axis=1)
        valleys[:, band] = ranked[:, :n_extreme].mean(axis=1)
        peaks[:, band] = ranked[:, -n_extreme:].mean(axis=1)
    return power_to_db(peaks, xp=xp) - power_to_db(valleys, xp=xp)


def contrast_edges(frequencies: Any) -> list[float]:
    """Lower edges in Hz of the bands of `contrast`: as many as start below the highest bin.

    Raises
    ------
    ValueError
        If the bins lie too far apart for one to fall into the lowest band.
    """
    spacing = frequencies[1] - frequencies[0]
    if spacing > _FIRST_OCTAVE:
        raise ValueError(
            f"the bins lie {spacing:g} Hz apart, and the lowest band of the spectral contrast ends "
            f"at {_FIRST_OCTAVE:g} Hz: take a larger n_fft, or leave the contrast out."
        )
    octaves = [_FIRST_OCTAVE * 2**octave for octave in range(_N_OCTAVES)]
    return [0.0, *(low for low in octaves if low < frequencies[-1])]


def _is_silent(totals: Any, xp: Any) -> Any:
    """Which totals ``(n_frames,)`` are too small to divide by: librosa's threshold."""
    return totals < xp.finfo(totals.dtype).tiny


def _divisors(totals: Any, xp: Any) -> Any:
    """The totals ``(n_frames,)``, and 1 for those of silent frames."""
    return xp.where(_is_silent(totals, xp), 1, totals)
