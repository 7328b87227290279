"""Harmonics read bin by bin, without masks over whole spectra."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sertools.core.harmonics import FORMANT_WIDTH
from sertools.core.spectral import LEAST_POWER, power_to_db
from sertools.kernels.cpu._compile import compiled

__all__ = ["formant_levels", "harmonic_level"]


def formant_levels(spectra: np.ndarray, *, formants: np.ndarray, bin_width: float) -> np.ndarray:
    """Twin of `sertools.core.harmonics.formant_levels`."""
    strongest = _strongest(spectra, formants, bin_width, FORMANT_WIDTH)
    return power_to_db(strongest, top_db=None)


def harmonic_level(
    spectra: np.ndarray, *, f0: np.ndarray, harmonic: int, bin_width: float
) -> np.ndarray:
    """Twin of `sertools.core.harmonics.harmonic_level`."""
    place = harmonic * f0 / bin_width
    levels = np.empty_like(place)
    _interpolate(spectra, place, LEAST_POWER, levels)
    return levels


@compiled
def _interpolate(spectra: Any, place: Any, least: float, levels: Any) -> None:
    """Write the levels in dB ``(n_frames,)`` at places ``(n_frames,)`` between bins."""
    decibels = np.empty(3)
    for t in range(place.shape[0]):
        nearest = min(max(np.rint(place[t]), 1), spectra.shape[1] - 2)
        for k in range(3):
            decibels[k] = 10 * math.log10(max(spectra[t, int(nearest) + k - 1], least))
        before, here, after = decibels[0], decibels[1], decibels[2]
        shift = min(max(place[t] - nearest, -0.5), 0.5)
        levels[t] = here + shift * ((after - before) + shift * (before - 2 * here + after)) / 2


@compiled
def _strongest(spectra: Any, formants: Any, bin_width: float, width: float) -> Any:
    """The largest powers ``(n_frames, n_formants)`` within some width of the formants."""
    strongest = np.zeros_like(formants)
    for t in range(formants.shape[0]):
        for k in range(formants.shape[1]):
            first = math.ceil((1 - width) * formants[t, k] / bin_width)
            stop = min(int((1 + width) * formants[t, k] / bin_width) + 1, spectra.shape[1])
            for i in range(first, stop):
                strongest[t, k] = max(strongest[t, k], spectra[t, i])
    return strongest
