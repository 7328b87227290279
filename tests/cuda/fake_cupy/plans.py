"""The plans of Fourier transforms, which CuPy keeps."""

from __future__ import annotations

import collections
import functools
import threading

from fake_cupy.devices import current


class PlanCache:
    """The plans of the transforms of one thread on one device, from the one unused for longest."""

    def __init__(self):
        self._plans = []
        self._size = 16  # as in CuPy

    def _add(self, plan):
        """Make a plan, or use it again."""
        others = [other for other in self._plans if other != plan]
        self._plans = [*others, plan]
        self.set_size(self._size)

    def get_curr_size(self):
        """How many plans there are."""
        return len(self._plans)

    def get_size(self):
        """How many plans there may be."""
        return self._size

    def set_size(self, size):
        """Say how many plans there may be."""
        self._size = size
        del self._plans[: max(0, len(self._plans) - size)]

    def clear(self):
        """Forget all plans."""
        self._plans.clear()


class _OfThread(threading.local):
    """The plans of one thread."""

    def __init__(self):
        self.caches = collections.defaultdict(PlanCache)


_of_thread = _OfThread()


def get_plan_cache():
    """The plans of this thread on the current device."""
    return _of_thread.caches[current.card]


def planned(transform):
    """A Fourier transform that leaves a plan in the cache: one for each shape."""

    @functools.wraps(transform)
    def function(x, /, *args, **kwargs):
        spectrum = transform(x, *args, **kwargs)
        plan = transform.__name__, x.shape, x.dtype, args, tuple(kwargs.items())
        get_plan_cache()._add(plan)
        return spectrum

    return function
