"""Features of the waveform that read each sample once."""

from __future__ import annotations

from typing import Any

import numpy as np

from sertools.core.temporal import NEAR_ZERO
from sertools.kernels.cpu._compile import compiled

__all__ = ["mean_square", "zero_crossing_rate"]


def zero_crossing_rate(
    x: np.ndarray, *, frame_length: int, hop_length: int, center: bool = True
) -> np.ndarray:
    """Twin of `sertools.core.temporal.zero_crossing_rate`."""
    first, n_frames, x = _grid(x, frame_length, hop_length, center)
    return _crossings(x, NEAR_ZERO, frame_length, hop_length, first, n_frames)


def mean_square(
    x: np.ndarray, *, frame_length: int, hop_length: int, center: bool = True
) -> np.ndarray:
    """Twin of `sertools.core.temporal.mean_square`."""
    first, n_frames, x = _grid(x, frame_length, hop_length, center)
    return _squares(x, frame_length, hop_length, first, n_frames)


def _grid(
    x: np.ndarray, frame_length: int, hop_length: int, center: bool
) -> tuple[int, int, np.ndarray]:
    """Where the first frame starts, how many there are, and the clip that they lie on.

    Centred frames reach beyond both ends of the clip. What they find there, zeros or the sample
    at the edge, adds nothing, so it is not written.
    """
    if center:
        return -(frame_length // 2), 1 + len(x) // hop_length, x
    if len(x) < frame_length:
        x = np.pad(x, (0, frame_length - len(x)))
    return 0, 1 + (len(x) - frame_length) // hop_length, x


@compiled
def _crossings(
    x: Any, near_zero: float, frame_length: int, hop_length: int, first: int, n_frames: int
) -> Any:
    """Sign changes per sample ``(n_frames,)`` of frames that may reach beyond the clip."""
    n_times = x.shape[0]
    changed = np.zeros(n_times, np.uint8)
    for i in range(1, n_times):
        changed[i] = (x[i] < -near_zero) != (x[i - 1] < -near_zero)
    rate = np.empty(n_frames, x.dtype)
    for t in range(n_frames):
        start = first + t * hop_length
        # A change into the first sample of a frame is not within it.
        inside = changed[max(start, 0) + 1 : min(start + frame_length, n_times)]
        count = np.int32(0)
        for i in range(inside.shape[0]):
            count += inside[i]
        rate[t] = count / frame_length
    return rate


@compiled
def _squares(x: Any, frame_length: int, hop_length: int, first: int, n_frames: int) -> Any:
    """Mean square ``(n_frames,)`` of frames that may reach beyond the clip."""
    power = np.empty(n_frames, x.dtype)
    for t in range(n_frames):
        start = first + t * hop_length
        inside = x[max(start, 0) : min(start + frame_length, x.shape[0])]
        total = x.dtype.type(0)
        for i in range(inside.shape[0]):
            total += inside[i] * inside[i]
        power[t] = total / frame_length
    return power
