"""Noise from a number: the same samples on every device, in every order, for ever."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from scipy.special import ndtri

from sertools.core.effects.transforms import fourier, padded_length

__all__ = ["SLOPES", "colored_noise", "white_noise"]

# How the amplitude falls with frequency: by 0, 3 and 6 dB an octave.
SLOPES: dict[str, float] = {"white": 0.0, "pink": -0.5, "brown": -1.0}

# Below, no microphone of a phone or a headset hears; the spectra would rise without end.
_LOWEST_HZ = 20.0

# SplitMix64: Steele, Lea & Flood (2014), Fast splittable pseudorandom number generators.
_STEP = 0x9E3779B97F4A7C15
_FACTORS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
_SHIFTS = (30, 27, 31)


def white_noise(n_times: int, *, key: int, xp: Any = np) -> Any:
    """Gaussian noise ``(n_times,)`` in float32, of mean 0 and variance 1, from a 64-bit number."""
    # The words are those of a counter: no sample waits for the one before.
    words = xp.arange(1, (n_times + 1) // 2 + 1, dtype=xp.uint64)
    words *= np.uint64(_STEP)
    words += np.uint64(key)
    words ^= words >> np.uint64(_SHIFTS[0])
    words *= np.uint64(_FACTORS[0])
    words ^= words >> np.uint64(_SHIFTS[1])
    words *= np.uint64(_FACTORS[1])
    words ^= words >> np.uint64(_SHIFTS[2])
    draws = xp.asarray(_quantiles())[words.view(xp.uint16)]
    return (draws[0::2] + draws[1::2])[:n_times]


@functools.cache
def _quantiles() -> np.ndarray:
    """Numbers ``(65536,)`` of which two, drawn at random, add up to a normal deviate.

    So they do as far as 6 standard deviations, and without logarithms and cosines, whose last bits
    differ between devices.
    """
    normal = ndtri((np.arange(2**16) + 0.5) / 2**16)
    return (normal / (np.sqrt(2.0) * normal.std())).astype(np.float32)


def colored_noise(n_times: int, *, key: int, color: str, sr: int, xp: Any = np) -> Any:
    """Gaussian noise ``(n_times,)`` in float32, of variance 1, falling as its color in `SLOPES`.

    Below 20 Hz colored noise falls no more, and it has no mean to speak of.
    """
    if color == "white":
        return white_noise(n_times, key=key, xp=xp)
    n_padded = padded_length(n_times)
    bins = fourier(xp).rfft(white_noise(n_padded, key=key, xp=xp))
    hertz = xp.arange(len(bins), dtype=xp.float32) * (sr / n_padded)
    weights = (xp.maximum(hertz, _LOWEST_HZ) / _LOWEST_HZ) ** SLOPES[color]
    weights[0] = 0.0
    weights /= xp.sqrt(xp.square(weights).mean())
    return fourier(xp).irfft(bins * weights.astype(xp.float32), n_padded)[:n_times]
