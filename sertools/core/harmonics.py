"""Harmonics of a voice: how strong they are, and how strong near its formants.

Levels in dB, read from power spectra whose frames are long enough to tell harmonics apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sertools.core.spectral import power_to_db

__all__ = ["FORMANT_WIDTH", "formant_levels", "harmonic_level"]

# A formant's harmonics lie this far around it, relative to its frequency: the range of the GeMAPS.
FORMANT_WIDTH = 0.2


def harmonic_level(spectra: Any, *, f0: Any, harmonic: int, bin_width: float, xp: Any = np) -> Any:
    """Levels ``(n_frames,)`` in dB of one harmonic of a voice; the first one is F0 itself.

    The parabola through the three bins around it, in dB, is read where the harmonic lies.

    Parameters
    ----------
    spectra : array of shape (n_frames, n_bins)
        Power spectra of voiced frames.
    f0 : array of shape (n_frames,)
        F0 in Hz.
    harmonic : int
        Number of the harmonic, from 1 on.
    bin_width : float
        Hz from one bin to the next.
    xp : module, default=numpy
        numpy or cupy.

    Returns
    -------
    array of shape (n_frames,)
        In dB, none far below -100. Of a harmonic above the highest bin, about the level there.
    """
    place = harmonic * f0 / bin_width
    nearest = xp.rint(place).clip(1, spectra.shape[1] - 2)
    around = nearest.astype(int)[:, None] + xp.arange(-1, 2)
    decibels = power_to_db(xp.take_along_axis(spectra, around, axis=1), top_db=None, xp=xp)
    before, here, after = decibels.T
    shift = (place - nearest).clip(-0.5, 0.5)
    return here + shift * ((after - before) + shift * (before - 2 * here + after)) / 2


def formant_levels(spectra: Any, *, formants: Any, bin_width: float, xp: Any = np) -> Any:
    """Levels in dB of the strongest harmonic near each formant, ``(n_frames, n_formants)``.

    Parameters
    ----------
    spectra : array of shape (n_frames, n_bins)
        Power spectra of voiced frames.
    formants : array of shape (n_frames, n_formants)
        In Hz.
    bin_width : float
        Hz from one bin to the next.
    xp : module, default=numpy
        numpy or cupy.

    Returns
    -------
    array of shape (n_frames, n_formants)
        The largest bin within 20 % of the formant, in dB, none below -100.
    """
    bins = xp.arange(spectra.shape[1])
    strongest = xp.empty_like(formants)
    for k, formant in enumerate(formants.T[:, :, None]):
        is_near = bins >= xp.ceil((1 - FORMANT_WIDTH) * formant / bin_width)
        is_near &= bins <= (1 + FORMANT_WIDTH) * formant / bin_width
        strongest[:, k] = xp.where(is_near, spectra, 0).max(axis=1)
    return power_to_db(strongest, top_db=None, xp=xp)
