"""Chroma: how the energy of a spectrum falls on the pitch classes."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["chroma"]


def chroma(spectra: Any, *, bank: Any, xp: Any = np) -> Any:
    """Energies ``(n_frames, n_chroma)`` of powers ``(n_frames, n_bins)``, the largest of a frame 1.

    The bank ``(n_chroma, n_bins)`` says how much of each bin belongs to each pitch class. A silent
    frame stays 0.
    """
    energies = spectra @ xp.asarray(bank, dtype=spectra.dtype).T
    largest = energies.max(axis=1, keepdims=True)
    # librosa's threshold: what lies below it cannot be divided by.
    is_silent = largest < xp.finfo(largest.dtype).tiny
    return energies / xp.where(is_silent, 1, largest)
