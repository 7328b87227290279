"""The rows of many clips from a GPU: checked there, computed in chunks, brought home."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from sertools._backend import (
    Device,
    array_namespace,
    at_home,
    gpu_budget,
    memory_advice,
    to_device,
    when_released,
)
from sertools._validation import LARGEST_SAMPLE, as_float, raise_no_samples
from sertools.kernels.cuda.batch import Batch, Stack
from sertools.kernels.cuda.chunks import forget, in_chunks
from sertools.kernels.cuda.temporal import find_bad

__all__ = ["rows_on_gpu"]

when_released(forget)

# What kernels or array code take as it is: PCM is scaled where it arrives, in half the bytes.
_UPLOADED = (np.float32, np.float64, np.int16)


def rows_on_gpu(rows_of: Callable[[Batch], Any], clips: Any, device: Device, home: Device) -> Any:
    """A table ``(n_clips, n_features)``, or a list of frames, of checked clips; it ends up at home.

    `rows_of` makes either of a batch. Clips with numbers that are no samples are refused.
    """
    import cupy

    def work(batch: Batch, place: int) -> Any:
        bad = np.flatnonzero(_is_bad(batch)) + place
        if len(bad):
            raise_no_samples(clips, bad.tolist())
        rows = rows_of(batch)
        if isinstance(rows, Stack):  # one copy takes all clips home
            with at_home(origin):
                return rows.of_clips(lambda values: to_device(values, home))
        return to_device(rows, home)

    origin = clips
    if home.kind == "cuda":
        clips = to_device(clips, device)  # from another one, perhaps
    with memory_advice(), cupy.cuda.Device(device.ordinal):
        chunks = in_chunks(work, clips, prepare=_ready, n_bytes=gpu_budget())
        parts = list(chunks)
    if isinstance(parts[0], list):
        return list(itertools.chain.from_iterable(parts))
    with at_home(parts):
        return parts[0] if len(parts) == 1 else array_namespace(parts[0]).concatenate(parts)


def _ready(samples: Any) -> Any:
    """Samples in a type, and an order of bytes, that is uploaded as it is."""
    native = samples.astype(samples.dtype.newbyteorder("="), copy=False)
    return native if native.dtype in _UPLOADED else as_float(native, "X")


def _is_bad(batch: Batch) -> np.ndarray:
    """Which clips ``(n_clips,)`` hold numbers that are no samples; integers of 16 bits all are."""
    if batch.samples.dtype == np.int16:
        return np.zeros(len(batch), dtype=bool)
    if batch.has_kernels:
        return find_bad(batch, LARGEST_SAMPLE).get()
    is_sample = abs(batch.samples) <= LARGEST_SAMPLE
    if bool(is_sample.all()):  # one wait for all clips, which are good as a rule
        return np.zeros(len(batch), dtype=bool)
    return np.array([not bool(clip.all()) for clip in batch.cut(is_sample)])
