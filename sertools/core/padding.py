"""Clips of one length: cut what is longer, fill what is shorter."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["fit_length"]


def fit_length(x: Any, n_samples: int, *, align: str, mode: str, xp: Any = np) -> Any:
    """A clip ``(n_times,)`` cut or filled to ``(n_samples,)``; the clip itself if it fits.

    Parameters
    ----------
    x : array of shape (n_times,)
        The clip, of at least one sample.
    n_samples : int
        Length of the result.
    align : {"start", "center", "end"}
        Where the clip lies in the result, or which part of a longer clip is kept.
    mode : {"constant", "reflect", "wrap"}
        What fills the rest: zeros, the clip mirrored at its ends, or the clip repeated.
    xp : module, default=numpy
        numpy or cupy.
    """
    n_times = len(x)
    before = {"start": 0, "center": (n_samples - n_times) // 2, "end": n_samples - n_times}[align]
    if n_times >= n_samples:
        return x[-before : n_samples - before]
    if mode == "constant":
        filled = xp.zeros(n_samples, dtype=x.dtype)
        filled[before : before + n_times] = x
        return filled
    position = xp.arange(n_samples) - before
    if mode == "wrap":
        return x[position % n_times]
    # Mirrored without repeating the end samples, over and over: a triangle wave of positions.
    period = max(2 * (n_times - 1), 1)
    position = position % period
    return x[xp.minimum(position, period - position)]
