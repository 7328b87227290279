"""Features of the waveforms themselves, each sample read once."""

from __future__ import annotations

from typing import Any

import numpy as np

from sertools.kernels.cuda._launch import launch
from sertools.kernels.cuda.batch import Batch, Contours

__all__ = ["LONGEST_FRAME", "crossings_and_power", "find_bad"]

# Samples of a tile in shared memory: 35 KiB with what is known of each word. A frame fits, and each
# thread of a block has a word.
_TILE_SAMPLES = 8192
LONGEST_FRAME = _TILE_SAMPLES

_WORD = 32  # samples whose changes of sign fit in one integer

# Blocks that look through one clip, so that a single long one keeps a GPU busy.
_PIECES = 32


def crossings_and_power(
    batch: Batch, *, frame_length: int, hop_length: int, center: bool
) -> tuple[Contours, Contours]:
    """Twins of `zero_crossing_rate` and `mean_square` of `sertools.core.temporal`, in one pass.

    For frames of up to `LONGEST_FRAME` samples.
    """
    # A kernel takes integers of 32 bits, and NumPy's may have more.
    frame_length, hop_length = int(frame_length), int(hop_length)
    return batch.once(
        (crossings_and_power, frame_length, hop_length, center),
        lambda: _crossings_and_power(batch, frame_length, hop_length, center),
    )


def find_bad(batch: Batch, largest: float) -> Any:
    """Whether each clip ``(n_clips,)`` holds NaN or a number beyond some largest one: 1 or 0."""
    import cupy

    is_bad = cupy.zeros(len(batch), dtype=np.int32)
    launch(
        f"find_bad<{batch.sample_type}>",
        (len(batch), _PIECES),
        *(batch.samples, batch.clip_start, batch.clip_length, float(largest), is_bad),
    )
    return is_bad


def _crossings_and_power(
    batch: Batch, frame_length: int, hop_length: int, center: bool
) -> tuple[Contours, Contours]:
    frames = batch.frames(frame_length, hop_length, center)
    tile_frames = max((_TILE_SAMPLES - frame_length) // hop_length, 0) + 1
    tiles = frames.tiles(tile_frames)
    words = -(-((tile_frames - 1) * hop_length + frame_length) // _WORD)
    padding = frame_length // 2 if center else 0
    rate, power = Contours.empty(1, frames), Contours.empty(1, frames)
    launch(
        f"zcr_power<{batch.sample_type}>",
        (tiles.number,),
        *(batch.samples, batch.clip_start, batch.clip_length, frames.start),
        *(tiles.start, tiles.clip, frame_length, hop_length, padding, tile_frames),
        *(rate.values, power.values),
        # A place between words, the bits of each word and its energy.
        shared=4 * words * (_WORD + 3),
    )
    return rate, power
