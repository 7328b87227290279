"""The strongest harmonic near a formant, without a mask over all bins."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sertools.core.harmonics import FORMANT_WIDTH
from sertools.core.spectral import power_to_db
from sertools.kernels.cpu._compile import compiled

__all__ = ["formant_levels"]


def formant_levels(spectra: np.ndarray, *, formants: np.ndarray, bin_width: float) -> np.ndarray:
    """Twin of `sertools.core.harmonics.formant_levels`."""
    strongest = _strongest(spectra, formants, bin_width, FORMANT_WIDTH)
    return power_to_db(strongest, top_db=None)


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
