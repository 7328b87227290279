"""Contours that belong to the speech set alone, frame by frame ``(n_frames, ...)``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from sertools.core.voice import band

__all__ = [
    "at_level",
    "auditory_loudness",
    "band_contrast",
    "band_levels",
    "entropy",
    "glide",
    "rasta",
    "sharpness",
    "spectral_moments",
]

# The RASTA filter: a slope over five frames, and an integrator that forgets within a few tenths of
# a second. It lets through what moves as fast as speech does, and nothing that stays.
_RASTA_SLOPE = np.array([0.2, 0.1, 0.0, -0.1, -0.2])
_RASTA_MEMORY = 0.94

# The exponent by which loudness grows with power, between Stevens's 0.3 and the cube root.
_LOUDNESS_EXPONENT = 0.33

# Shares of the bins of a band that are its peaks, and its valleys.
_EXTREMES = 0.2

# Samples that are loud or not: 10 ms at 16 kHz.
_BLOCK = 160

# Zwicker's sharpness: sounds above about 16 Bark are sharper than their place alone makes them.
_SHARP_FROM = 15.8

# Of a constant, in units of the last place, when its mean is taken away.
_ROUNDING = 8.0

# Root mean squares below this are silence: single precision has no normal numbers there.
_NOTHING = 1e-37


def at_level(x: NDArray[Any], *, level: float, top_db: float = 40.0) -> NDArray[Any]:
    """A clip ``(n_times,)`` without its mean, its sounding parts at one root mean square, `level`.

    The parts are blocks of 10 ms at 16 kHz no further than `top_db` below the loudest, so that
    pauses, and silence at the ends, do not make a clip louder. A silent clip stays silent.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools.core.speech.contours import at_level
    >>> float(abs(at_level(np.tile([0.2, -0.2], 400), level=0.05)).max().round(4))
    0.05
    """
    mean = x.mean(dtype=np.float64)
    centred = x - mean.astype(x.dtype)
    starts = np.arange(0, len(x), _BLOCK)
    powers = np.add.reduceat(centred.astype(np.float64) ** 2, starts)
    powers /= np.diff(starts, append=len(x))
    sounding = powers[powers >= powers.max() * 10.0 ** (-top_db / 10.0)]
    root = np.sqrt(sounding.mean())
    # What is left of a constant is rounding, and what is smaller than single precision nothing.
    is_silent = root <= max(_ROUNDING * np.finfo(x.dtype).eps * abs(mean), _NOTHING)
    return np.zeros_like(x) if is_silent else centred * x.dtype.type(level / root)


def glide(f0: NDArray[Any]) -> NDArray[Any]:
    """Change of the period since the frame before, relative to the new one ``(n_frames,)``.

    Of F0 in Hz ``(n_frames,)``, 0 in unvoiced frames; 0 where either frame has no voice.
    """
    before, here = f0[:-1], f0[1:]
    steps = np.zeros_like(f0)
    both = (before > 0) & (here > 0)
    steps[1:][both] = np.abs(here[both] / before[both] - 1)
    return steps


def rasta(log_bands: NDArray[Any], *, silence: float) -> NDArray[Any]:
    """What moves as fast as speech in log energies ``(n_frames, n_bands)``, in their shape.

    The filter of Hermansky & Morgan (1994), RASTA processing of speech, IEEE Transactions on Speech
    and Audio Processing 2, 578-589. Before the clip there was `silence` in all bands.
    """
    moving = log_bands - log_bands.dtype.type(silence)
    return lfilter(_RASTA_SLOPE, [1.0, -_RASTA_MEMORY], moving, axis=0).astype(log_bands.dtype)


def auditory_loudness(log_bands: NDArray[Any]) -> NDArray[Any]:
    """Loudness ``(n_frames,)``: compressed energies of bands, from their natural logarithms."""
    return np.exp(_LOUDNESS_EXPONENT * log_bands).sum(axis=1)


def sharpness(bands: NDArray[Any], *, barks: NDArray[Any]) -> NDArray[Any]:
    """Sharpness ``(n_frames,)`` in acum of energies ``(n_frames, n_bands)`` at places in Bark.

    After Zwicker & Fastl (1999), Psychoacoustics: the centre of loudness, high bands counting more.
    """
    high = 0.15 * np.exp(0.42 * (barks - _SHARP_FROM)) + 0.85
    weights = 0.11 * np.where(barks < _SHARP_FROM, 1.0, high) * barks
    return (bands * weights).sum(axis=1) / bands.sum(axis=1)


def spectral_moments(power: NDArray[Any], *, frequencies: NDArray[Any]) -> NDArray[Any]:
    """Centroid and spread in Hz, skewness, and logarithm of the kurtosis, ``(n_frames, 4)``.

    Of power spectra ``(n_frames, n_bins)``, all above 0.
    """
    shares = power / power.sum(axis=1, keepdims=True)
    centroid = (shares * frequencies).sum(axis=1)
    distances = frequencies - centroid[:, None]
    weighted = shares * distances * distances
    # A line in a single bin has no width: that of a bin is the least.
    spread = np.sqrt(np.maximum(weighted.sum(axis=1), frequencies[1] ** 2))
    distances /= spread[:, None]
    weighted /= (spread * spread)[:, None]
    skewness = (weighted * distances).sum(axis=1)
    kurtosis = (weighted * distances * distances).sum(axis=1)
    return np.stack([centroid, spread, skewness, np.log(kurtosis)], axis=1)


def entropy(power: NDArray[Any]) -> NDArray[Any]:
    """Entropy ``(n_frames,)`` in nat of power spectra above 0, as if they were probabilities."""
    shares = power / power.sum(axis=1, keepdims=True)
    return -(shares * np.log(shares)).sum(axis=1)


def band_levels(
    power: NDArray[Any], *, frequencies: NDArray[Any], bands: Sequence[tuple[float, float]]
) -> NDArray[Any]:
    """Levels of bands of power spectra ``(n_frames, n_bands)`` in dB; bands are pairs of Hz."""
    sums = [power[:, slice(*band(frequencies, *limits))].sum(axis=1) for limits in bands]
    return 10.0 * np.log10(np.stack(sums, axis=1))


def band_contrast(
    levels: NDArray[Any], *, frequencies: NDArray[Any], bands: Sequence[tuple[float, float]]
) -> NDArray[Any]:
    """Peaks over valleys ``(n_frames, n_bands)`` in dB: the highest and lowest fifths of bands."""
    contrasts = []
    for limits in bands:
        ranked = np.sort(levels[:, slice(*band(frequencies, *limits))], axis=1)
        n_extreme = max(int(_EXTREMES * ranked.shape[1]), 1)
        contrasts.append(ranked[:, -n_extreme:].mean(axis=1) - ranked[:, :n_extreme].mean(axis=1))
    return np.stack(contrasts, axis=1)
