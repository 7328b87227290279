"""Clips of any lengths on a GPU, side by side, and the contours of all of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from sertools.kernels._memory import Memory

__all__ = ["Batch", "Contours", "Frames", "Stack", "running"]

_SAMPLE_TYPES = {"float32": "float", "int16": "short"}


class Batch(Memory):
    """Clips one after another in one array ``(n_samples,)`` on the current device.

    Like a `Sound` of one clip, it remembers what was computed of it.
    """

    def __init__(self, samples: Any, lengths: Sequence[int]) -> None:
        import cupy

        super().__init__()
        self.samples = samples
        self.lengths = np.asarray(lengths, dtype=np.int64)
        self._starts = running(self.lengths)
        self.clip_start = cupy.asarray(self._starts[:-1])
        self.clip_length = cupy.asarray(self.lengths.astype(np.int32))

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[Any]:
        """The clips ``(n_times_i,)``, views of the one array."""
        return self.cut(self.samples)

    def cut(self, samples: Any) -> Iterator[Any]:
        """The clips ``(n_times_i,)`` of the same samples somewhere else, views of them."""
        for start, stop in itertools.pairwise(self._starts.tolist()):
            yield samples[start:stop]

    @property
    def has_kernels(self) -> bool:
        """Whether kernels take its samples; all but float32 and int16 is work for array code."""
        return self.samples.dtype.name in _SAMPLE_TYPES

    @property
    def sample_type(self) -> str:
        """The type of the samples in the words of CUDA."""
        return _SAMPLE_TYPES[self.samples.dtype.name]

    def frames(self, frame_length: int, hop_length: int, center: bool) -> Frames:
        """Where the frames of the clips lie when all are counted in a row."""
        return self.once(
            (Frames, frame_length if not center else 0, hop_length, center),
            lambda: Frames(_frame_counts(self.lengths, frame_length, hop_length, center)),
        )


class Frames:
    """How many frames each clip has, ``counts (n_clips,)``, and where its own begin."""

    def __init__(self, counts: np.ndarray) -> None:
        import cupy

        self.counts = counts
        self.starts = running(counts)
        self.total = int(self.starts[-1])
        self.start = cupy.asarray(self.starts)
        self._tiles: dict[int, Tiles] = {}

    def tiles(self, size: int) -> Tiles:
        """Tiles of up to `size` frames of one clip."""
        import cupy

        if size not in self._tiles:
            counts = -(-self.counts // size)
            clips = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
            start = cupy.asarray(running(counts).astype(np.int32))
            self._tiles[size] = Tiles(len(clips), start, cupy.asarray(clips))
        return self._tiles[size]


class Tiles(NamedTuple):
    """The pieces that blocks work on, as kernels are told of them."""

    number: int
    start: Any  # (n_clips + 1,), the first tile of each clip
    clip: Any  # (n_tiles,), of each tile


class Contours(NamedTuple):
    """Channels over the frames of all clips, clip after clip and channel by channel."""

    values: Any  # (n_channels * n_frames of all clips,); none if only its moments are wanted
    n_channels: int
    frames: Frames
    # Mean and standard deviation (n_clips, n_channels), where they are known.
    moments: tuple[Any, Any] | None = None

    @classmethod
    def empty(cls, n_channels: int, frames: Frames) -> Contours:
        """Contours to be written to."""
        import cupy

        values = cupy.empty(n_channels * frames.total, dtype=np.float32)
        return cls(values, n_channels, frames)

    def of_clips(self) -> list[Any]:
        """Views ``(n_channels, n_frames_i)``, one for each clip."""
        starts = (self.n_channels * self.frames.starts).tolist()
        return [
            self.values[start:stop].reshape(self.n_channels, -1)
            for start, stop in itertools.pairwise(starts)
        ]


class Stack(NamedTuple):
    """Channels of the same frames from several sources, to be one array for each clip."""

    parts: list[Contours]

    def of_clips(self, move: Callable[[Any], Any] = lambda values: values) -> list[Any]:
        """Arrays ``(n_channels, n_frames_i)``, wherever `move` takes the values of all clips."""
        parts = [part._replace(values=move(part.values)).of_clips() for part in self.parts]
        if len(parts) == 1:
            return parts[0]
        if isinstance(parts[0][0], np.ndarray):
            return [np.concatenate(of_clip) for of_clip in zip(*parts, strict=True)]
        import cupy

        return [cupy.concatenate(of_clip) for of_clip in zip(*parts, strict=True)]


def running(counts: np.ndarray) -> np.ndarray:
    """Where each of several runs begins, and where the last one ends, ``(n + 1,)``."""
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts, dtype=np.int64)])


def _frame_counts(
    lengths: np.ndarray, frame_length: int, hop_length: int, center: bool
) -> np.ndarray:
    """How many frames ``(n_clips,)`` `sertools.core.framing.frame` cuts clips into."""
    if center:
        return 1 + lengths // hop_length
    return 1 + np.maximum(lengths - frame_length, 0) // hop_length
