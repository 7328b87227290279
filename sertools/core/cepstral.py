"""Cepstra: the spectrum of a log spectrum, and how features move over time."""

from __future__ import annotations

import functools
import math
from typing import Any, Literal

import numpy as np
from scipy.fft import dct

__all__ = [
    "bridged",
    "cepstrum",
    "dct_basis",
    "delta",
    "derivative_weights",
    "lifter_weights",
]


def dct_basis(n_coefficients: int, n_bands: int, *, dct_type: Literal[1, 2, 3] = 2) -> np.ndarray:
    """The first rows of an orthonormal cosine transform, ``(n_coefficients, n_bands)``."""
    return dct(np.eye(n_bands), type=dct_type, norm="ortho", axis=0)[:n_coefficients]


def lifter_weights(n_coefficients: int, lifter: float) -> np.ndarray:
    """Weights ``(n_coefficients,)`` of a sinusoidal lifter, which lifts the higher coefficients.

    All ones for ``lifter=0``.
    """
    if lifter == 0:
        return np.ones(n_coefficients)
    return 1.0 + lifter / 2.0 * np.sin(np.pi * np.arange(1, n_coefficients + 1) / lifter)


def cepstrum(log_spectra: Any, *, basis: Any, xp: Any = np) -> Any:
    """Cepstra ``(n_frames, n_coefficients)`` of ``(n_frames, n_bands)`` by a transform's basis."""
    return log_spectra @ xp.asarray(basis).T


def delta(features: Any, *, order: int = 1, width: int = 9, xp: Any = np) -> Any:
    """The derivative of some order over time, in the shape of the features ``(n_frames, ...)``.

    At each frame a polynomial of that order is fitted to the `width` frames around it (Savitzky and
    Golay, 1964); its derivative of that order is the same all over the window. So the frames at
    either end, which have no window of their own, take that of the nearest frame that has one, as
    in ``librosa.feature.delta`` with ``mode="interp"``. A clip of fewer frames than `width` is one
    window, and one too short for the polynomial does not move.
    """
    n_frames = len(features)
    width = min(width, n_frames)
    if width <= order:
        return xp.zeros_like(features)
    weights = derivative_weights(width, order).astype(features.dtype)
    windows = xp.lib.stride_tricks.sliding_window_view(features, width, axis=0)
    inner = windows @ xp.asarray(weights)
    before = (width - 1) // 2
    after = n_frames - before - len(inner)
    return xp.concatenate(
        [inner[:1].repeat(before, axis=0), inner, inner[-1:].repeat(after, axis=0)]
    )


def bridged(contours: Any, *, voiced: Any, xp: Any = np) -> Any:
    """Contours ``(n_frames, n_channels)`` drawn straight through the frames that are not voiced.

    Before the first voiced frame, and after the last, they stay level; a clip without any is zero.
    """
    (known,) = xp.nonzero(voiced)
    if len(known) == 0:
        return xp.zeros_like(contours)
    times = xp.arange(len(contours))
    lines = [xp.interp(times, known, channel[known]) for channel in contours.T]
    return xp.stack(lines, axis=1).astype(contours.dtype)


@functools.cache
def derivative_weights(width: int, order: int) -> np.ndarray:
    """Weights ``(width,)`` that give the derivative of the polynomial fitted to `width` samples."""
    times = np.arange(width) - (width - 1) / 2
    powers = times[:, None] ** np.arange(order + 1)
    return math.factorial(order) * np.linalg.pinv(powers)[order]
