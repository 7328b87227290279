"""NumPy's functions under CuPy's names, with CuPy's arguments, on device arrays."""

from __future__ import annotations

import functools
import types

import numpy as np

from fake_cupy.arrays import argument, computed, ndarray, on_device, operand, unwrapped
from fake_cupy.cards import poison
from fake_cupy.copies import Upload
from fake_cupy.devices import Device, current
from fake_cupy.names import signature
from fake_cupy.pools import pinned_pool


def checked(theirs, ours):
    """NumPy's function `ours` with the arguments of CuPy's `theirs`."""
    known = signature(theirs)
    # CuPy's functions of one array call its methods, which a list has not.
    takes_array = next(iter(known.parameters), None) == "a"

    @functools.wraps(ours)
    def function(*args, **kwargs):
        known.bind(*args, **kwargs)
        if isinstance(ours, np.ufunc):
            for value in args:
                operand(value)
        elif takes_array and args and isinstance(args[0], list):
            raise TypeError(f"{ours.__name__} was given a list: use cupy.asarray or cupy.stack.")
        return computed(ours, args, kwargs)

    return function


def uploading(theirs, ours):
    """NumPy's function `ours`, which brings what it is given to the current device."""
    known = signature(theirs)
    first, *_ = known.parameters

    @functools.wraps(ours)
    def function(a, /, *args, **kwargs):
        how = known.bind(a, *args, **kwargs).arguments
        del how[first]
        blocking = how.pop("blocking", False)
        if isinstance(a, ndarray) and a.device == Device():
            host = unwrapped(a)
            result = ours(host, **how)
            return a if result is host else on_device(result)
        if isinstance(a, ndarray):
            a = a.get()
        elif isinstance(a, tuple | list) and any(isinstance(part, ndarray) for part in a):
            a = argument(a)
        # Whatever `copy` says, CuPy copies on the host for another dtype or order only.
        there = _sent(np.array(a, **{**how, "copy": None}))
        if blocking:
            current.stream.synchronize()
        return there

    return function


def _sent(host):
    """A device array with a copy of a host array, which is under way if that is pinned memory."""
    there = on_device(np.array(host))
    # Of 0-d arrays and of arrays with gaps CuPy sends a copy.
    if host.ndim and host.flags.forc and pinned_pool._holds(host.ctypes.data):
        current.stream._copies.add(Upload(host, there._host))
    return there


def poisoned(ours):
    """NumPy's function `ours`, whose memory shows that nobody has written to it."""
    return functools.wraps(ours)(lambda *args, **kwargs: poison(ours(*args, **kwargs)))


def asnumpy(a, **how):
    """A copy of a device array on the host, as `get` makes it; a host array as it is."""
    return a.get(**how) if isinstance(a, ndarray) else np.asarray(a)


class Mirror(types.ModuleType):
    """NumPy's functions under the names and with the arguments that CuPy has for them.

    What CuPy has by itself is given as `own`.
    """

    def __init__(self, name, theirs, ours, **own):
        super().__init__(name)
        self._theirs = theirs
        self._ours = ours
        vars(self).update(own)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        theirs = getattr(self._theirs, name)
        ours = getattr(self._ours, name, None)
        if theirs is not ours:
            if not callable(ours) or isinstance(ours, type):
                raise NotImplementedError(f"{self.__name__}.{name} is not modelled.")
            ours = checked(theirs, ours)
        setattr(self, name, ours)
        return ours
