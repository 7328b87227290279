"""Frames: the overlapping pieces of a clip that every short-time feature looks at."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

__all__ = ["PadMode", "frame"]

# What lies beyond the ends of a clip: zeros, its first and last sample, or the clip mirrored.
PadMode = Literal["constant", "edge", "reflect"]


def frame(
    x: Any,
    *,
    frame_length: int,
    hop_length: int,
    center: bool = True,
    pad_mode: PadMode = "constant",
    xp: Any = np,
) -> Any:
    """Frames ``(n_frames, frame_length)`` of a clip ``(n_times,)``, a read-only view.

    With `center`, frame ``i`` is centred on sample ``i * hop_length`` of the clip, which is padded
    by half a frame at both ends: there are ``1 + n_times // hop_length`` frames. Without, frames
    start at multiples of `hop_length` and end within the clip; a clip shorter than one frame is
    padded with zeros to one.
    """
    if frame_length % 2:
        raise ValueError(
            f"frame_length={frame_length} is odd, and frames are even so that all features agree "
            f"on their centres: take {frame_length + 1}."
        )
    if center:
        x = xp.pad(x, frame_length // 2, mode=pad_mode)
    short = frame_length - len(x)
    if short > 0:
        x = xp.pad(x, (0, short))
    return xp.lib.stride_tricks.sliding_window_view(x, frame_length)[::hop_length]
