"""Devices, streams and events, and those that are current in each thread."""

from __future__ import annotations

import threading
import time
import weakref

from fake_cupy import cards, copies
from fake_cupy.names import real


class _InThread:
    """Something of which every thread has a current one."""

    def use(self):
        """Make it the current one for good."""
        self._stack()[-1] = self
        return self

    def __enter__(self):
        self._stack().append(self)
        return self

    def __exit__(self, *_):
        self._stack().pop()


class Device(_InThread):
    """A device by its index; the current one if none is given."""

    def __init__(self, device=None):
        self.id = current.device.id if device is None else device
        if not 0 <= self.id < len(cards.present):
            raise real.cuda.runtime.CUDARuntimeError(101)  # cudaErrorInvalidDevice

    def _stack(self):
        return current.devices

    def __eq__(self, other):
        return isinstance(other, Device) and other.id == self.id

    def __repr__(self):
        return f"<CUDA Device {self.id}>"

    @property
    def mem_info(self):
        """Bytes that no pool has taken, and bytes in all."""
        card = cards.present[self.id]
        return card.memory - card.pooled, card.memory

    def synchronize(self):
        """Wait for all copies."""
        for copy in tuple(copies.under_way):
            copy.finish()


class Stream(_InThread):
    """A stream that waits for no other unless told."""

    def __init__(self, *, non_blocking=False):
        if not non_blocking:
            raise NotImplementedError(
                "Streams that wait for the null stream are not modelled: "
                "use Stream(non_blocking=True)."
            )
        # Those that come before whatever follows on this stream.
        self._copies = weakref.WeakSet()

    def _stack(self):
        return current.streams

    def record(self, event=None):
        """An event at this point of the stream."""
        event = event or Event()
        event.record(self)
        return event

    def wait_event(self, event):
        """Let what follows on this stream come after an event of another."""
        self._copies |= event._copies

    def synchronize(self):
        """Wait for the copies of the stream."""
        before = set(self._copies)
        for copy in before:
            copy.finish()
        self._copies -= before


Stream.null = Stream(non_blocking=True)


class Event:
    """A point of a stream."""

    def __init__(self):
        self._copies = weakref.WeakSet()
        self._milliseconds = None

    def record(self, stream=None):
        """Mark the point to which a stream has come."""
        self._copies = (stream or current.stream)._copies.copy()
        self._milliseconds = 1e3 * time.perf_counter()

    def synchronize(self):
        """Wait for the copies before this point."""
        for copy in self._copies:
            copy.finish()


def get_elapsed_time(start_event, end_event):
    """Milliseconds between two events."""
    return end_event._milliseconds - start_event._milliseconds


def get_device_properties(device):
    """What CUDA says of a device."""
    return {"name": b"Fake GPU", "totalGlobalMem": cards.present[device].memory}


class _Current(threading.local):
    """What CUDA and CuPy remember for each thread."""

    def __init__(self):
        self.devices = [Device(0)]
        self.streams = [Stream.null]

    @property
    def device(self):
        return self.devices[-1]

    @property
    def card(self):
        return cards.present[self.device.id]

    @property
    def stream(self):
        return self.streams[-1]


current = _Current()
