"""Chroma: how the energy of a spectrum falls on the pitch classes."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["chroma"]


def chroma(energies: Any, *, xp: Any = np) -> Any:
    """Energies of pitch classes ``(n_frames, n_chroma)`` relative to the largest of each frame.

    A silent frame stays 0.
    """
    largest = energies.max(axis=1, keepdims=True)
    # librosa's threshold: what lies below it cannot be divided by.
    is_silent = largest < xp.finfo(largest.dtype).tiny
    return energies / xp.where(is_silent, 1, largest)
