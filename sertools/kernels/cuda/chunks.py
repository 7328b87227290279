"""Work on more clips than a GPU has room for: chunks, uploaded beside the work on others."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from sertools.kernels.cuda.batch import Batch

__all__ = ["in_chunks"]

# Bytes of a GPU's memory that a sample takes on its way, its features included.
_BYTES_PER_SAMPLE = 24


def in_chunks(
    work: Callable[[Batch, int], Any],
    clips: Sequence[Any],
    *,
    prepare: Callable[[Any], Any],
    n_bytes: int,
) -> Iterator[Any]:
    """Yield ``work(batch, place)`` for chunks of clips on the current device, in their order.

    `place` is that of the chunk's first clip; `prepare` gives a clip, or several in an array, the
    type that is worked on. The chunks take about `n_bytes` of memory; one that
    finds too little is cut in two, and all later ones are as small. Clips in host memory are
    uploaded while the chunk before them is worked on.
    """
    import cupy

    out_of_memory = cupy.cuda.memory.OutOfMemoryError
    most = max(n_bytes // _BYTES_PER_SAMPLE, 1)
    uploads = _Uploads(prepare)
    queue = deque(_cut(clips, 0, len(clips), most))
    ahead: _Upload | None = None
    while queue:
        chunk = queue.popleft()
        try:
            upload = ahead if ahead is not None else uploads.begin(clips, chunk)
            ahead = uploads.begin(clips, queue[0]) if queue else None
            batch = uploads.finish(upload)
            result = work(batch, chunk.start)
        except out_of_memory:
            ahead = upload = batch = None  # type: ignore[assignment]
            cupy.get_default_memory_pool().free_all_blocks()
            if len(chunk) == 1:
                raise
            most = max(sum(map(len, clips[chunk.start : chunk.stop])) // 2, 1)
            queue = deque(_cut(clips, chunk.start, len(clips), most))
            continue
        uploads.hold()
        yield result


class _Upload(NamedTuple):
    """Samples on their way to the device."""

    samples: Any
    lengths: list[int]
    arrived: Any  # an event, None for what was there already


class _Uploads:
    """Two pinned buffers on the host, filled by turns, and a stream that copies from them."""

    def __init__(self, prepare: Callable[[Any], Any]) -> None:
        import cupy

        self._prepare = prepare
        self._copies = cupy.cuda.Stream(non_blocking=True)
        self._buffers: list[Any] = [np.empty(0, dtype=np.uint8)] * 2
        self._copied: list[Any] = [None, None]
        self._turn = 0

    def begin(self, clips: Sequence[Any], chunk: range) -> _Upload:
        """Start to copy a chunk of clips."""
        import cupy

        part = clips[chunk.start : chunk.stop]
        lengths = [len(clip) for clip in part]
        if not isinstance(part[0], np.ndarray):
            whole = part.reshape(-1) if hasattr(part, "reshape") else cupy.concatenate(list(part))
            return _Upload(self._prepare(whole), lengths, None)
        self._turn = 1 - self._turn
        host = self._in_pinned_memory(part, sum(lengths))
        with self._copies:
            samples = cupy.empty(len(host), dtype=host.dtype)
            samples.set(host, stream=self._copies)
            arrived = self._copies.record()
        self._copied[self._turn] = arrived
        return _Upload(samples, lengths, arrived)

    def finish(self, upload: _Upload) -> Batch:
        """The batch, for whoever works on the current stream."""
        import cupy

        if upload.arrived is not None:
            cupy.cuda.get_current_stream().wait_event(upload.arrived)
        return Batch(upload.samples, upload.lengths)

    def hold(self) -> None:
        """Keep later copies from memory that is given back until the work on it is done."""
        import cupy

        self._copies.wait_event(cupy.cuda.get_current_stream().record())

    def _in_pinned_memory(self, part: Any, n_samples: int) -> Any:
        """Samples ``(n_samples,)`` where a copy to the device needs no help of the processor."""
        ready = self._prepare(part) if isinstance(part, np.ndarray) else None
        if ready is not None and ready.flags.c_contiguous and _is_pinned(ready):
            return ready.reshape(-1)
        clips = [self._prepare(clip) for clip in part]
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


def _cut(clips: Sequence[Any], start: int, stop: int, most: int) -> Iterator[range]:
    """Runs of clips of up to so many samples, or of one clip that has more."""
    first, total = start, 0
    for i in range(start, stop):
        total += len(clips[i])
        if total > most and i > first:
            yield range(first, i)
            first, total = i, len(clips[i])
    if first < stop:
        yield range(first, stop)
