"""Clips moved in time, and parts of them silenced, without a click at the edges."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["FADE_SECONDS", "cut_short", "looped", "time_mask", "time_shift"]

FADE_SECONDS = 0.005  # at a cut or a seam: shorter fades click


def time_shift(
    x: Any, *, shift: int, roll: bool = False, fade_length: int = 0, xp: Any = np
) -> Any:
    """A clip ``(n_times,)`` later by `shift` samples, or earlier: what it leaves is silence.

    With `roll`, what passes one end comes in at the other. Over `fade_length` samples the clip
    fades to silence at the edge that the shift has made within it.
    """
    n_times = len(x)
    if roll:
        shift %= n_times
        moved = xp.roll(x, shift)
        if shift:
            _fade(moved[:shift][::-1], fade_length, xp)
            _fade(moved[shift:], fade_length, xp)
        return moved
    if shift == 0:
        return x
    moved = xp.zeros_like(x)
    n_kept = max(n_times - abs(shift), 0)
    if shift > 0:
        moved[n_times - n_kept :] = x[:n_kept]
        _fade(moved[n_times - n_kept :], fade_length, xp)
    else:
        moved[:n_kept] = x[n_times - n_kept :]
        _fade(moved[:n_kept][::-1], fade_length, xp)
    return moved


def cut_short(x: Any, *, n_samples: int, fade_length: int = 0, xp: Any = np) -> Any:
    """The first ``(n_samples,)`` of a longer clip ``(n_times,)``, which fade out at the cut."""
    kept = x[:n_samples].copy()
    _fade(kept[::-1], fade_length, xp)
    return kept


def looped(x: Any, *, n_samples: int, start: int, fade_length: int = 0, xp: Any = np) -> Any:
    """A sound ``(n_times,)`` from a sample on, and over again until it has ``(n_samples,)``.

    Where it has to be repeated, it fades out and in at the seam, over a quarter of it at most.
    """
    n_times = len(x)
    if start + n_samples <= n_times:
        return x[start : start + n_samples]
    x = x.copy()
    for ends in (x, x[::-1]):
        _fade(ends, min(fade_length, n_times // 4), xp)
    return x[(start + xp.arange(n_samples)) % n_times]


def time_mask(x: Any, *, start: int, n_masked: int, fade_length: int = 0, xp: Any = np) -> Any:
    """A clip ``(n_times,)`` that is silent for `n_masked` samples from `start` on.

    It fades out and in over `fade_length` samples beside the silence.
    """
    if n_masked == 0:
        return x
    stop = start + n_masked
    masked = x.copy()
    masked[start:stop] = 0
    _fade(masked[:start][::-1], fade_length, xp)
    _fade(masked[stop:], fade_length, xp)
    return masked


def _fade(x: Any, fade_length: int, xp: Any) -> None:
    """Let the first samples of a view ``(n_times,)`` rise from nearly nothing, in place."""
    n_faded = min(fade_length, len(x))
    x[:n_faded] *= xp.arange(1, n_faded + 1, dtype=x.dtype) / (fade_length + 1)
