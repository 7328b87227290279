"""Spectra of the frames of a clip, and what is read from them.

Frames come first in all shapes: one row is one moment.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.signal import get_window

from sertools.core.framing import frame

__all__ = ["analysis_window", "filtered", "power_to_db", "spectrum"]

# -100 dB of full scale: softer than any recording, and the logarithm of zero is out of reach.
_LEAST_POWER = 1e-10


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
    pad_mode: str = "constant",
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
    bins = xp.fft.rfft(frames * window.astype(x.dtype), axis=1)
    energy = bins.real**2 + bins.imag**2
    return energy if power == 2.0 else energy ** (power / 2.0)


def filtered(spectra: Any, *, bank: Any) -> Any:
    """Energies ``(n_frames, n_bands)`` of spectra in the bands of a bank ``(n_bands, n_bins)``."""
    return spectra @ bank.T


def power_to_db(spectra: Any, *, top_db: float | None = 80.0, xp: Any = np) -> Any:
    """Powers of one clip in decibels, none further than `top_db` below the clip's largest."""
    decibels = 10.0 * xp.log10(xp.maximum(spectra, _LEAST_POWER))
    if top_db is None:
        return decibels
    return xp.maximum(decibels, decibels.max() - top_db)
