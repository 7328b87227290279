"""Levels of clips, and sounds mixed at a ratio of levels."""

from __future__ import annotations

from typing import Any

import numpy as np

from sertools.core.spectral import LEAST_POWER

__all__ = ["factor_to", "gain", "mix", "power"]

# What is softer than this is silent: no factor could bring it to a level.
_NOTHING = 1e-30


def power(x: Any, *, xp: Any = np) -> Any:
    """Mean square of a clip ``(n_times,)`` in float64, a 0-d array."""
    # Not by BLAS: its sums hang on the number of its threads.
    return xp.square(x).mean(dtype=xp.float64)


def gain(x: Any, *, decibels: float) -> Any:
    """A clip ``(n_times,)`` louder by some decibels."""
    return x * x.dtype.type(10.0 ** (decibels / 20.0))


def factor_to(wanted: Any, there: Any, *, xp: Any = np) -> Any:
    """What brings one mean square to another, a 0-d array; 1 where there is next to nothing."""
    return xp.where(there > _NOTHING, xp.sqrt(wanted / xp.maximum(there, _NOTHING)), 1.0)


def mix(x: Any, sound: Any, *, snr: float, xp: Any = np) -> Any:
    """A clip ``(n_times,)`` over a sound of its length that lies `snr` decibels below it.

    The levels are those of the whole clip, without a constant offset, which nobody hears, and of
    the whole sound. A clip softer than -100 dB of full scale counts as one of that level; a sound
    of zeros adds nothing.
    """
    wanted = xp.maximum(power(x - x.mean(), xp=xp), LEAST_POWER) * 10.0 ** (-snr / 10.0)
    factor = factor_to(wanted, power(sound, xp=xp), xp=xp)
    return x + sound.astype(x.dtype) * factor.astype(x.dtype)
