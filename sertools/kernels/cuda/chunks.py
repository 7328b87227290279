"""Work on more clips than a GPU has room for: chunks, uploaded beside the work on others."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from sertools.kernels.cuda.batch import Batch

__all__ = ["forget", "in_chunks"]

_of_thread = threading.local()

# Bytes of a GPU's memory that a sample takes on its way, its features included: from 6 for cepstra
# by kernels to 107 for 128 bands every 10 samples, counted by the allocations of one chunk.
_BYTES_PER_SAMPLE = 112

# Samples of a chunk from the host, 64 MiB of floats: an upload hides behind the work on the chunk
# before it only if there are many chunks, and pinned memory is dear.
_UPLOADED_SAMPLES = 2**24


def in_chunks(
    work: Callable[[Batch, int], Any],
    clips: Sequence[Any],
    *,
    prepare: Callable[[Any], Any],
    n_bytes: int,
) -> Iterator[Any]:
    """Yield ``work(batch, place)`` for chunks of clips on the current device, in their order.

    `place` is that of the chunk's first clip; `prepare` gives a clip, or several in an array, the
    type that is worked on. The chunks take about `n_bytes` of memory; one that finds too little is
    cut in two, and all later ones are as small. Clips in host memory are uploaded while the chunk
    before them is worked on.
    """
    import cupy

    lengths = _lengths(clips)
    most = max(n_bytes // _BYTES_PER_SAMPLE, 1)
    if isinstance(clips[0], np.ndarray):
        most = min(most, _UPLOADED_SAMPLES)
    uploads = _uploads()
    queue = deque(_cut(lengths, 0, most))
    ahead: _Upload | None = None
    looks_ahead = True
    try:
        while queue:
            chunk = queue.popleft()
            error = batch = None
            try:
                batch = (ahead or uploads.begin(clips, chunk, prepare)).on_current_stream()
                ahead = None
                if queue and looks_ahead:
                    ahead = uploads.begin(clips, queue[0], prepare)
                result = work(batch, chunk.start)
            except cupy.cuda.memory.OutOfMemoryError as too_much:
                error = too_much.with_traceback(None)  # which would keep the memory of its frames
            batch = None
            if error is None:
                uploads.hold()
                yield result
                continue
            if len(chunk) == 1 and not looks_ahead:
                raise error
            # A lone clip may still fit if nothing is uploaded beside it.
            looks_ahead = len(chunk) > 1
            ahead = None
            uploads.synchronize()
            cupy.fft.config.get_plan_cache().clear()  # the plans' own room is from the same pool
            cupy.get_default_memory_pool().free_all_blocks()
            most = max(int(lengths[chunk.start : chunk.stop].sum()) // 2, 1)
            queue = deque(_cut(lengths, chunk.start, most))
    finally:
        uploads.synchronize()


def forget() -> None:
    """Give up the streams and the pinned memory that threads upload by."""
    global _of_thread
    _of_thread = threading.local()


class _Upload(NamedTuple):
    """Samples on their way to the device."""

    samples: Any
    lengths: list[int]
    arrived: Any  # an event, None for what was there already

    def on_current_stream(self) -> Batch:
        """The batch, for whoever works on the current stream."""
        import cupy

        if self.arrived is not None:
            cupy.cuda.get_current_stream().wait_event(self.arrived)
        return Batch(self.samples, self.lengths)


class _Uploads:
    """Two pinned buffers on the host, filled by turns, and a stream that copies from them."""

    def __init__(self) -> None:
        import cupy

        self._copies = cupy.cuda.Stream(non_blocking=True)
        self._buffers: list[Any] = [np.empty(0, dtype=np.uint8)] * 2
        self._copied: list[Any] = [None, None]
        self._turn = 0

    def begin(self, clips: Sequence[Any], chunk: range, prepare: Callable[[Any], Any]) -> _Upload:
        """Start to copy a chunk of clips."""
        import cupy

        part = clips[chunk.start : chunk.stop]
        lengths = _lengths(part).tolist()
        if not isinstance(part[0], np.ndarray):
            whole = part.reshape(-1) if hasattr(part, "reshape") else cupy.concatenate(list(part))
            return _Upload(prepare(whole), lengths, None)
        self._turn = 1 - self._turn
        host = self._in_pinned_memory(part, sum(lengths), prepare)
        with self._copies:
            samples = cupy.empty(len(host), dtype=host.dtype)
            samples.set(host, stream=self._copies)
            arrived = self._copies.record()
        self._copied[self._turn] = arrived
        return _Upload(samples, lengths, arrived)

    def hold(self) -> None:
        """Keep later copies from memory that is given back until the work on it is done."""
        import cupy

        self._copies.wait_event(cupy.cuda.get_current_stream().record())

    def synchronize(self) -> None:
        """Wait for all copies."""
        self._copies.synchronize()

    def _in_pinned_memory(self, part: Any, n_samples: int, prepare: Callable[[Any], Any]) -> Any:
        """Samples ``(n_samples,)`` where a copy to the device needs no help of the processor."""
        ready = prepare(part) if isinstance(part, np.ndarray) else None
        if ready is not None and ready.flags.c_contiguous and _is_pinned(ready):
            return ready.reshape(-1)
        clips = [prepare(clip) for clip in part]
        host = self._buffer(n_samples, clips[0].dtype)
        return np.concatenate(clips, out=host)

    def _buffer(self, n_samples: int, dtype: np.dtype[Any]) -> Any:
        """Pinned memory whose last copy has ended."""
        import cupyx

        if self._copied[self._turn] is not None:
            self._copied[self._turn].synchronize()
        if self._buffers[self._turn].nbytes < n_samples * dtype.itemsize:
            self._buffers[self._turn] = cupyx.empty_pinned(n_samples * dtype.itemsize, np.uint8)
        return self._buffers[self._turn][: n_samples * dtype.itemsize].view(dtype)


def _is_pinned(array: np.ndarray) -> bool:
    """Whether an array lies in page-locked memory, as that of `cupyx.empty_pinned` does."""
    import cupy

    runtime = cupy.cuda.runtime
    return runtime.pointerGetAttributes(array.ctypes.data).type == runtime.memoryTypeHost


def _uploads() -> _Uploads:
    """What this thread uploads by to the current device: CuPy keeps memory for each stream."""
    import cupy

    name = f"device {cupy.cuda.Device().id}"
    if name not in _of_thread.__dict__:
        _of_thread.__dict__[name] = _Uploads()
    return _of_thread.__dict__[name]


def _lengths(clips: Sequence[Any]) -> np.ndarray:
    """How many samples each clip has ``(n_clips,)``."""
    if hasattr(clips, "shape"):
        return np.full(len(clips), clips.shape[1], dtype=np.int64)
    return np.array([len(clip) for clip in clips], dtype=np.int64)


def _cut(lengths: np.ndarray, start: int, most: int) -> Iterator[range]:
    """Runs of clips from `start` on, of up to so many samples, or of one clip that has more."""
    first, total = start, 0
    for i, length in enumerate(lengths[start:].tolist(), start):
        total += length
        if total > most and i > first:
            yield range(first, i)
            first, total = i, length
    yield range(first, len(lengths))
