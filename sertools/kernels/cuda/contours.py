"""What is done to the contours of a batch whatever they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from sertools.core.cepstral import derivative_weights
from sertools.kernels.cuda._launch import constant, launch
from sertools.kernels.cuda.batch import Contours

__all__ = ["derivative", "floored", "mean_and_std"]

# Frames in the window of a derivative, as `sertools.core.cepstral.delta` has it.
_WIDTH = 9

_CHANNELS_PER_BLOCK = 4


def floored(decibels: Contours, loudest: Any, top_db: float) -> Contours:
    """Decibels, none further than `top_db` below the clip's largest."""
    values, n_channels, frames, _ = decibels
    result = Contours.empty(n_channels, frames)
    launch(
        "floor_decibels",
        (len(frames.counts), n_channels),
        *(values, loudest, float(top_db), frames.start, result.values),
    )
    return result


def derivative(contours: Contours, order: int) -> Contours:
    """The derivative of some order over time; twin of `sertools.core.cepstral.delta`."""
    values, n_channels, frames, _ = contours
    result = Contours.empty(n_channels, frames)
    launch(
        "derivative",
        (len(frames.counts), n_channels),
        *(values, frames.start, _weights(order), _WIDTH, result.values),
    )
    return result


def mean_and_std(contours: Contours) -> tuple[Any, Any]:
    """Means and standard deviations ``(n_clips, n_channels)`` over the frames of each clip."""
    import cupy

    if contours.moments is not None:
        return contours.moments
    values, n_channels, frames, _ = contours
    n_clips = len(frames.counts)
    mean, std = (cupy.empty((n_clips, n_channels), dtype=np.float32) for _ in range(2))
    launch(
        "mean_and_std",
        (n_clips, -(-n_channels // _CHANNELS_PER_BLOCK)),
        *(values, frames.start, n_channels, mean, std),
    )
    return mean, std


@constant
def _weights(order: int) -> np.ndarray:
    """Weights of windows of 0, 1, ... frames, ``(width + 1, width)``; 0 for too short a window."""
    weights = np.zeros((_WIDTH + 1, _WIDTH), dtype=np.float32)
    for width in range(order + 1, _WIDTH + 1):
        weights[width, :width] = derivative_weights(width, order)
    return weights
