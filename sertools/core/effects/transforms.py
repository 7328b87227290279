"""Fourier transforms of whole clips: at lengths that are fast, on the device of the clip."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import scipy.fft

__all__ = ["fourier", "padded_length", "resampled", "smooth_numbers"]

# Zeros between the end of a clip and its beginning, which a transform takes for neighbours: what
# rings on past the one has faded before the other.
_GAP = 256

# Two lengths may miss the ratio that is asked for by as much as the clocks of two sound cards do: a
# third of a cent, or one millisecond in five seconds.
_CLOCK_ERROR = 2e-4

# Transforms of a length with these factors are fast, on the CPU and on a GPU.
_FAST_PRIMES = (2, 3, 5, 7, 11)

# As much longer as the two may be for that, at most.
_SLACK = 1.4


def fourier(xp: Any) -> Any:
    """The module with the transforms for arrays of the module `xp`."""
    return scipy.fft if xp is np else xp.fft


def padded_length(n_times: int) -> int:
    """A length for a fast transform of a clip of `n_times` samples and the gap behind it."""
    return scipy.fft.next_fast_len(n_times + _GAP, real=True)


def resampled(x: Any, *, n_samples: int, xp: Any = np) -> Any:
    """A clip ``(n_times,)`` told in ``(n_samples,)`` samples: what both rates can hold is kept.

    The spectrum is cut or continued by zeros, which is exact for what lies below the lower of the
    two Nyquist frequencies.
    """
    n_times = len(x)
    if n_samples == n_times:
        return x
    before, after = _fast_pair(n_times, n_samples)
    bins = fourier(xp).rfft(x, before)
    kept = (min(before, after) + 1) // 2
    return fourier(xp).irfft(bins[:kept], after)[:n_samples] * x.dtype.type(after / before)


@functools.lru_cache(maxsize=256)
def _fast_pair(n_times: int, n_samples: int) -> tuple[int, int]:
    """Two lengths of fast transforms in the ratio of two lengths, each with a gap behind it."""
    ratio = n_samples / n_times
    least = n_times + _GAP * max(1.0, 1.0 / ratio)
    longest = _SLACK * max(least, least * ratio)
    lengths = smooth_numbers(2 ** math.ceil(math.log2(longest)), _FAST_PRIMES)
    before = lengths[(lengths >= least) & (lengths <= _SLACK * least)]
    after = lengths[np.searchsorted(lengths, before * (ratio * (1 - _CLOCK_ERROR)))]
    (fits,) = np.nonzero(after <= before * (ratio * (1 + _CLOCK_ERROR)))
    if len(fits):
        return int(before[fits[0]]), int(after[fits[0]])
    return int(before[0]), round(before[0] * ratio)


@functools.lru_cache(maxsize=16)
def smooth_numbers(limit: int, primes: tuple[int, ...]) -> np.ndarray:
    """The numbers up to a limit that have no other prime factors than these, in their order."""
    numbers = np.array([1])
    for prime in primes:
        powers = prime ** np.arange(int(math.log(limit, prime)) + 1)
        numbers = np.outer(numbers, powers).ravel()
        numbers = numbers[numbers <= limit]
    return np.sort(numbers)
