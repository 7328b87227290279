"""The memory of the devices, and which array lies where."""

from __future__ import annotations

import weakref

import numpy as np

from fake_cupy.names import real

# Bytes, as a small card has them.
MEMORY = 8 * 2**30

# By the id of the NumPy array that owns the memory: its card and its bytes.
_homes = {}


class Card:
    """The memory of one device, which the pool takes as it is needed and keeps until told."""

    def __init__(self, ordinal, memory):
        self.ordinal = ordinal
        self.memory = memory
        self.pooled = 0

    def used(self):
        """Bytes of the arrays that are alive."""
        return sum(nbytes for card, nbytes in list(_homes.values()) if card is self)

    def allocate(self, owner):
        """Count the memory of an array until the array is gone."""
        used = self.used()
        if used + owner.nbytes > self.memory:
            raise real.cuda.memory.OutOfMemoryError(owner.nbytes, used)
        self.pooled = max(self.pooled, used + owner.nbytes)
        _homes[id(owner)] = self, owner.nbytes
        weakref.finalize(owner, _homes.pop, id(owner))


# The cards of the machine.
present = [Card(0, MEMORY)]


def card_of(host):
    """The card on which a NumPy array lies; none if no device has it."""
    card, _ = _homes.get(id(owner_of(host)), (None, 0))
    return card


def owner_of(host):
    """The NumPy array that owns the memory of a view."""
    owner = host
    while host is not None:
        if isinstance(host, np.ndarray):
            owner = host
        host = getattr(host, "base", None)
    return owner


def poison(host):
    """An array filled with what is no result."""
    host.fill(np.nan if host.dtype.kind in "fc" else 77)
    return host
