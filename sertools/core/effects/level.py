"""Levels of clips, and sounds mixed at a ratio of levels."""

from __future__ import annotations

from typing import Any

import numpy as np

from sertools.core.spectral import LEAST_POWER

__all__ = ["at_power", "gain", "mix", "power"]

# What is softer than this is silent: no factor could bring it to a level.
_NOTHING = 1e-30


def power(x: Any, *, xp: Any = np) -> Any:
    """Mean square of a clip ``(n_times,)`` in float64, a 0-d array."""
    # A BLAS sum. In single precision it overflows beyond samples of 1e16, which no clip has.
    return xp.vdot(x, x).astype(xp.float64) / len(x)


def gain(x: Any, *, decibels: float) -> Any:
    """A clip ``(n_times,)`` louder by some decibels."""
    return x * x.dtype.type(10.0 ** (decibels / 20.0))


def at_power(x: Any, wanted: Any, *, xp: Any = np) -> Any:
    """A clip ``(n_times,)`` at another mean square; one of next to nothing stays what it is."""
    there = power(x, xp=xp)
    factor = xp.where(there > _NOTHING, xp.sqrt(wanted / xp.maximum(there, _NOTHING)), 1.0)
    return x * factor.astype(x.dtype)


def mix(x: Any, sound: Any, *, snr: float, xp: Any = np) -> Any:
    """A clip ``(n_times,)`` over a sound of its length that lies `snr` decibels below it.

    The levels are those of the whole clip and of the whole sound. A clip softer than -100 dB of
    full scale counts as one of that level; a sound of zeros adds nothing.
    """
    wanted = xp.maximum(power(x, xp=xp), LEAST_POWER) * 10.0 ** (-snr / 10.0)
    return x + at_power(sound.astype(x.dtype), wanted, xp=xp)
