"""Spectra of the frames of a clip, and what is read from them.

Frames come first in all shapes: one row is one moment.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from scipy.signal import get_window

from sertools.core.framing import PadMode, frame

__all__ = [
    "LEAST_POWER",
    "Bank",
    "analysis_window",
    "as_bank",
    "filtered",
    "power_to_db",
    "spectrum",
]

# -100 dB of full scale: softer than any recording, and the logarithm of zero is out of reach.
LEAST_POWER = 1e-10

_DB_PER_NEPER = 10.0 / math.log(10.0)


class Bank(NamedTuple):
    """Filters ``weights (n_bands, n_bins)``, zero but for bins ``first[b]`` to ``stop[b] - 1``."""

    weights: np.ndarray
    first: np.ndarray
    stop: np.ndarray


def as_bank(weights: np.ndarray) -> Bank:
    """A bank of filters ``(n_bands, n_bins)`` that knows where each filter begins and ends."""
    passes = weights != 0
    first = passes.argmax(axis=1)
    stop = weights.shape[1] - passes[:, ::-1].argmax(axis=1)
    return Bank(weights, first, np.where(passes.any(axis=1), stop, first))


def analysis_window(window: str, win_length: int, n_fft: int) -> np.ndarray:
    """A periodic window of `win_length` samples in the middle of ``(n_fft,)`` zeros."""
    before = (n_fft - win_length) // 2
    return np.pad(get_window(window, win_length), (before, n_fft - win_length - before))


def spectrum(
    x: Any,
    *,
    window: Any,
    hop_length: int,
    power: float = 2.0,
    center: bool = True,
    pad_mode: PadMode = "constant",
    xp: Any = np,
) -> Any:
    """Magnitudes to some power, ``(n_frames, n_fft // 2 + 1)``, of a clip ``(n_times,)``.

    The length of the window is `n_fft`. With ``power=2`` this is the energy of each frequency.
    """
    frames = frame(
        x,
        frame_length=len(window),
        hop_length=hop_length,
        center=center,
        pad_mode=pad_mode,
        xp=xp,
    )
    bins = xp.fft.rfft(frames * xp.asarray(window, dtype=x.dtype), axis=1)
    energy = bins.real**2 + bins.imag**2
    return energy if power == 2.0 else energy ** (power / 2.0)


def filtered(spectra: Any, *, bank: Bank, xp: Any = np) -> Any:
    """Energies ``(n_frames, n_bands)`` of spectra ``(n_frames, n_bins)`` in the bands of a bank."""
    return spectra @ xp.asarray(bank.weights).T


def power_to_db(spectra: Any, *, top_db: float | None = 80.0, xp: Any = np) -> Any:
    """Powers of one clip in decibels, none further than `top_db` below the clip's largest."""
    # The natural logarithm is the one that processors have a fast path for.
    decibels = xp.log(xp.maximum(spectra, LEAST_POWER)) * _DB_PER_NEPER
    if top_db is None:
        return decibels
    return xp.maximum(decibels, decibels.max() - top_db)
