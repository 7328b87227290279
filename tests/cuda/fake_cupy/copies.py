"""Copies between host and device, which are under way until somebody waits for them."""

from __future__ import annotations

import threading

from fake_cupy.cards import owner_of, poison

# Copies that nobody has waited for.
under_way = []

# Of two threads that wait for a copy, the second must not go on before it has arrived.
_arriving = threading.Lock()


class Copy:
    """A copy between host and device."""

    def __init__(self):
        under_way.append(self)

    def finish(self):
        """Let the copy arrive, if it has not yet."""
        with _arriving:
            if self in under_way:
                under_way.remove(self)
                self._arrive()


class Upload(Copy):
    """A copy to the device, during which nobody may write to the source."""

    def __init__(self, source, target):
        self._source = source
        self._sent = source.tobytes()
        self.target = owner_of(target)
        target[...] = source
        super().__init__()

    def _arrive(self):
        if self._source.tobytes() != self._sent:
            raise RuntimeError(
                "A host array was overwritten before its copy to the device was done: record an "
                "event after the copy, and synchronize the event before writing."
            )


class Download(Copy):
    """A copy to the host, where nothing is to be seen of it before it is done."""

    def __init__(self, source, target):
        self._sent = source.copy()
        self.target = poison(target)
        super().__init__()

    def _arrive(self):
        self.target[...] = self._sent
