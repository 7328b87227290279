"""Device arrays, and what may be given to functions that work on them."""

from __future__ import annotations

import functools
import operator

import numpy as np

# NumPy hands its calls to the functions there, which are made of the arrays here.
import fake_cupy
from fake_cupy import copies
from fake_cupy.cards import card_of, owner_of, poison
from fake_cupy.copies import Download, Upload
from fake_cupy.devices import Device, Stream, current
from fake_cupy.names import real, signature

# The types that CuPy has arrays of.
_DTYPES = "?bBhHiIlLqQefdFD"

# These make views, or copies on the current device: they work wherever the array is.
_WORK_ANYWHERE = frozenset(["copy", "ravel", "reshape", "squeeze", "swapaxes", "transpose", "view"])


class ndarray(np.lib.mixins.NDArrayOperatorsMixin):  # noqa: N801 - it is CuPy's name
    """A NumPy array that behaves as if it were on a device."""

    __module__ = "cupy"
    __slots__ = ("__weakref__", "_host")

    def __init__(self, shape, dtype=float, order="C"):
        self._host = on_device(poison(np.empty(shape, dtype, order)))._host

    # The ways to the host, and those that are closed.

    def __array__(self, dtype=None, copy=None):
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. "
            "Please use `.get()` to construct a NumPy array explicitly."
        )

    def __dlpack__(self, **_):
        raise NotImplementedError("A fake device array has no memory that DLPack could share.")

    def __dlpack_device__(self):
        return self.__dlpack__()

    def __reduce__(self):
        return uploaded, (self.get(),)

    def get(self, stream=None, order="C", out=None, blocking=True):
        """A copy on the host, which is there when the stream is done."""
        stream = stream or current.stream
        out = np.empty(self.shape, self.dtype, order) if out is None else out
        if (out.dtype, out.shape) != (self.dtype, self.shape):
            raise TypeError(f"out is {out.dtype}{out.shape}, not {self.dtype}{self.shape}")
        stream._copies.add(Download(_settled(self, stream), out))
        if blocking:
            stream.synchronize()
        return out

    def set(self, arr, stream=None):
        """Copy a host array to here; on a stream, it must stay as it is until the copy is done."""
        stream = stream or current.stream
        if not isinstance(arr, np.ndarray):
            raise TypeError(f"Only numpy.ndarray can be set to cupy.ndarray, not {type(arr)}")
        if (arr.dtype, arr.shape) != (self.dtype, self.shape):
            raise TypeError(f"{arr.dtype}{arr.shape} is set to {self.dtype}{self.shape}")
        stream._copies.add(Upload(arr, self._host))
        if stream is Stream.null:
            stream.synchronize()

    def item(self):
        """The only element as a number of Python's."""
        return self.get().item()

    def tolist(self):
        """The elements as numbers of Python's."""
        return self.get().tolist()

    def tobytes(self, order="C"):
        """The elements as bytes."""
        return self.get().tobytes(order)

    def __repr__(self):
        return repr(self.get())

    def __bool__(self):
        return bool(self.get())

    def __int__(self):
        return int(self.get())

    def __float__(self):
        return float(self.get())

    def __complex__(self):
        return complex(self.get())

    # The functions, methods and operators of NumPy.

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **arguments):
        if method != "__call__" or not hasattr(real, ufunc.__name__):
            return NotImplemented
        if out is not None:
            (arguments["out"],) = out
        return getattr(fake_cupy.fake, ufunc.__name__)(*inputs, **arguments)

    def __array_function__(self, function, _, args, kwargs):
        _, *path = function.__module__.split(".")
        try:
            twin = operator.attrgetter(".".join([*path, function.__name__]))(fake_cupy.fake)
        except AttributeError:
            return NotImplemented
        return twin(*args, **kwargs)

    def __getattr__(self, name):
        if name.startswith("__") or not hasattr(real.ndarray, name):
            raise AttributeError(f"cupy.ndarray has no attribute {name!r}")
        value = getattr(self._host, name)
        if callable(value):
            return functools.partial(self._call, name)
        if isinstance(value, np.flatiter | memoryview):
            raise NotImplementedError(f"The attribute {name!r} of device arrays is not modelled.")
        return on_device(value)

    def _call(self, name, /, *args, **kwargs):
        """What a method of NumPy's gives with the arguments of CuPy's."""
        signature(getattr(real.ndarray, name)).bind(self, *args, **kwargs)
        host = _settled(self) if name in _WORK_ANYWHERE else unwrapped(self)
        return computed(getattr(host, name), args, kwargs)

    @property
    def device(self):
        """The device on which the array is."""
        return Device(card_of(self._host).ordinal)

    def __len__(self):
        return len(self._host)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index):
        if _is_advanced(index):
            return on_device(unwrapped(self)[_index(index)])
        parts = index if isinstance(index, tuple) else (index,)
        # With an ellipsis even an element is a view.
        rest = () if any(part is Ellipsis for part in parts) else (Ellipsis,)
        return on_device(self._host[parts + rest])

    def __setitem__(self, index, value):
        if not isinstance(value, np.ndarray | list):
            value = operand(value)
        elif not _is_advanced(index) and not self._is_filled_by(index, value):
            raise ValueError(
                "Host data were assigned to a part of a device array: x[:] = host takes a NumPy "
                "array of the same shape and dtype, all else needs cupy.asarray(host)."
            )
        unwrapped(self)[_index(index)] = value

    def _is_filled_by(self, index, value):
        """Whether host data replace the whole array as they are."""
        if not isinstance(index, slice) or not isinstance(value, np.ndarray):
            return False
        return index == slice(None) and (value.dtype, value.shape) == (self.dtype, self.shape)


def on_device(value):
    """What NumPy gave, with its arrays and its scalars as device arrays."""
    if isinstance(value, tuple):
        return tuple(map(on_device, value))
    if isinstance(value, list):
        return list(map(on_device, value))
    if not isinstance(value, np.ndarray | np.generic):
        return value
    host = np.asarray(value)
    if host.dtype.char not in _DTYPES:
        raise ValueError(f"Unsupported dtype {host.dtype}")
    if card_of(host) is None:
        current.card.allocate(owner_of(host))
    x = ndarray.__new__(ndarray)
    x._host = host
    return x


def uploaded(host):
    """A device array with a copy of a host array."""
    return on_device(host.copy())


def _settled(x, stream=None):
    """The NumPy array behind a device array, to which no copy is under way that `stream` misses."""
    stream = stream or current.stream
    owner = owner_of(x._host)
    if any(copy.target is owner and copy not in stream._copies for copy in copies.under_way):
        raise RuntimeError(
            "A device array is used on a stream that does not wait for the copy to it: "
            "call stream.wait_event(event) with an event recorded after the copy."
        )
    return x._host


def unwrapped(x):
    """The NumPy array behind a device array, if the current device and stream may work on it."""
    here = Device()
    if x.device != here:
        raise ValueError(
            f"The device where the array resides ({x.device.id}) is different from the current "
            f"device ({here.id}). Peer access is unavailable between these devices."
        )
    return _settled(x)


def operand(value):
    """A device array or a scalar as NumPy takes it; nothing else may be an operand."""
    if isinstance(value, ndarray):
        return unwrapped(value)
    if isinstance(value, np.generic | int | float | complex):
        return value
    raise TypeError(f"Unsupported type {type(value)}")


def argument(value):
    """An argument as NumPy takes it, with the device arrays in lists and tuples."""
    if isinstance(value, ndarray | np.ndarray):
        return operand(value)
    if isinstance(value, tuple):
        return tuple(map(argument, value))
    if isinstance(value, list):
        return list(map(argument, value))
    return value


def _is_advanced(index):
    """Whether an index holds arrays or lists, which CuPy brings to the device by itself."""
    parts = index if isinstance(index, tuple) else (index,)
    return any(isinstance(part, ndarray | np.ndarray | list | bool) for part in parts)


def _index(index):
    """An index as NumPy takes it."""
    if isinstance(index, tuple):
        return tuple(map(_index, index))
    return unwrapped(index) if isinstance(index, ndarray) else index


def computed(function, args, kwargs):
    """What a function of NumPy's gives for device arrays; as on a GPU, no number warns."""
    named = {name: argument(value) for name, value in kwargs.items()}
    with np.errstate(all="ignore"):
        result = function(*map(argument, args), **named)
    out = kwargs.get("out")
    return on_device(result) if out is None else out
