"""Features of the waveform itself, frame by frame."""

from __future__ import annotations

from typing import Any

import numpy as np

from sertools.core.framing import frame

__all__ = ["mean_square", "sounding_span", "zero_crossing_rate"]

# What lies nearer to zero than this is zero, and zero counts as positive: dither and the rounding
# of a resampler would otherwise cross all the time. librosa's threshold.
NEAR_ZERO = 1e-10


def zero_crossing_rate(
    x: Any, *, frame_length: int, hop_length: int, center: bool = True, xp: Any = np
) -> Any:
    """Sign changes per sample ``(n_frames,)`` within each frame of a clip ``(n_times,)``.

    Under centre padding the clip is continued by its first and last sample, which adds no change.
    """
    frames = frame(
        x, frame_length=frame_length, hop_length=hop_length, center=center, pad_mode="edge", xp=xp
    )
    is_negative = frames < -NEAR_ZERO
    changes = is_negative[:, 1:] != is_negative[:, :-1]
    return changes.sum(axis=1).astype(x.dtype) / frame_length


def mean_square(
    x: Any, *, frame_length: int, hop_length: int, center: bool = True, xp: Any = np
) -> Any:
    """Mean square ``(n_frames,)`` of each frame of a clip ``(n_times,)``."""
    frames = frame(x, frame_length=frame_length, hop_length=hop_length, center=center, xp=xp)
    return xp.einsum("ft,ft->f", frames, frames) / frame_length


def sounding_span(
    x: Any, *, top_db: float, frame_length: int, hop_length: int, margin: int = 0, xp: Any = np
) -> tuple[int, int]:
    """First sample, and one past the last, of what a clip ``(n_times,)`` holds between silences.

    A frame is silent if its level lies more than `top_db` below that of the loudest frame. The
    span goes from the centre of the first sounding frame to one hop past that of the last, as in
    ``librosa.effects.trim``, and `margin` samples further where the clip has them. The loudest
    frame always sounds, so the span is never empty.
    """
    power = mean_square(x, frame_length=frame_length, hop_length=hop_length, xp=xp)
    (sounding,) = xp.nonzero(power >= power.max() * 10.0 ** (-top_db / 10.0))
    n_times = len(x)
    # Under centre padding the last frame may sit on the end of the clip itself.
    start = min(int(sounding[0]) * hop_length, n_times - 1)
    stop = min((int(sounding[-1]) + 1) * hop_length, n_times)
    return max(start - margin, 0), min(stop + margin, n_times)
