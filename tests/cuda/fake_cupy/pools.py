"""Memory that is kept when its arrays go, on the device and pinned on the host."""

from __future__ import annotations

import types
import weakref

import numpy as np

from fake_cupy.cards import poison
from fake_cupy.devices import current
from fake_cupy.names import real


class MemoryPool:
    """The memory of the current device, which is kept when arrays go."""

    def used_bytes(self):
        """Bytes of arrays."""
        return current.card.used()

    def total_bytes(self):
        """Bytes of arrays, and bytes that were."""
        return current.card.pooled

    def free_all_blocks(self):
        """Give back what is no array's."""
        current.card.pooled = current.card.used()


class PinnedMemoryPool:
    """The pinned memory of the host, which is kept when arrays go."""

    def __init__(self):
        self._n_free = 0
        self._bounds = set()

    def _take(self, host):
        """Count the memory of an array as pinned until the array is gone."""
        bounds = np.lib.array_utils.byte_bounds(host)
        self._bounds.add(bounds)
        weakref.finalize(host, self._keep, bounds)

    def _keep(self, bounds):
        """Keep the memory of an array that is gone."""
        self._bounds.remove(bounds)
        self._n_free += 1

    def _holds(self, address):
        """Whether an address lies in pinned memory."""
        return any(start <= address < stop for start, stop in tuple(self._bounds))

    def n_free_blocks(self):
        """How many blocks are no array's."""
        return self._n_free

    def free_all_blocks(self):
        """Give back what is no array's."""
        self._n_free = 0


pool = MemoryPool()
pinned_pool = PinnedMemoryPool()


def empty_pinned(shape, dtype=float, order="C"):
    """A host array of pinned memory."""
    host = poison(np.empty(shape, dtype, order))
    pinned_pool._take(host)
    return host


def pointer_get_attributes(ptr):
    """What CUDA says of an address on the host."""
    theirs = real.cuda.runtime
    pinned = pinned_pool._holds(ptr)
    return types.SimpleNamespace(
        type=theirs.memoryTypeHost if pinned else theirs.memoryTypeUnregistered
    )
