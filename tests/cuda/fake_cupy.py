"""A stand-in for CuPy on machines without a GPU: NumPy's arithmetic under CuPy's rules.

Code written for CuPy runs on `fake`, or on ``import cupy`` inside ``with installed():``, and breaks
where it would break on a GPU:

- There are only CuPy's names, each with CuPy's arguments, as the real CuPy has them (it can be
  imported without a GPU).
- A device array becomes a host array by `get` only, and never meets one in an operation.
- Reductions and elements are 0-d arrays, which are no indices.
- Work happens on the current device, which belongs to the thread; arrays elsewhere are refused.
- Memory has an end, stays in the pool when arrays go, and is NaN until somebody writes to it.
- Copies on a stream are under way until somebody waits for them.
- Kernels run on the CPU stand-in.

Not modelled: the order of kernels on several streams, differences in rounding, and dtypes that a
function of CuPy's does not take.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import inspect
import operator
import re
import sys
import threading
import time
import types
import weakref

import numpy as np
import pytest
import scipy.fft
import stand_in

from sertools import _backend, kernels
from sertools.kernels.cuda import _launch, chunks

_ABSENT = "CuPy's names cannot be checked: pip install cupy-cuda13x (it needs no GPU)"
real = pytest.importorskip("cupy", reason=_ABSENT)
real_cupyx = pytest.importorskip("cupyx", reason=_ABSENT)
real_scipy_fft = pytest.importorskip("cupyx.scipy.fft", reason=_ABSENT)

# The types that CuPy has arrays of.
_DTYPES = "?bBhHiIlLqQefdFD"

# These make views, or copies on the current device: they work wherever the array is.
_WORK_ANYWHERE = frozenset(["copy", "ravel", "reshape", "squeeze", "swapaxes", "transpose", "view"])

# Bytes, as a small card has them.
_MEMORY = 8 * 2**30


class _Card:
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


_cards = [_Card(0, _MEMORY)]

# By the id of the NumPy array that owns the memory: its card and its bytes.
_homes = {}

# Copies that nobody has waited for.
_under_way = []

# Of two threads that wait for a copy, the second must not go on before it has arrived.
_arriving = threading.Lock()


class _Copy:
    """A copy between host and device."""

    def __init__(self):
        _under_way.append(self)

    def finish(self):
        """Let the copy arrive, if it has not yet."""
        with _arriving:
            if self in _under_way:
                _under_way.remove(self)
                self._arrive()


class _Upload(_Copy):
    """A copy to the device, during which nobody may write to the source."""

    def __init__(self, source, target):
        self._source = source
        self._sent = source.tobytes()
        self.target = _owner(target)
        target[...] = source
        super().__init__()

    def _arrive(self):
        if self._source.tobytes() != self._sent:
            raise RuntimeError(
                "A host array was overwritten before its copy to the device was done: record an "
                "event after the copy, and synchronize the event before writing."
            )


class _Download(_Copy):
    """A copy to the host, where nothing is to be seen of it before it is done."""

    def __init__(self, source, target):
        self._sent = source.copy()
        self.target = _poison(target)
        super().__init__()

    def _arrive(self):
        self.target[...] = self._sent


class ndarray(np.lib.mixins.NDArrayOperatorsMixin):  # noqa: N801 - it is CuPy's name
    """A NumPy array that behaves as if it were on a device."""

    __module__ = "cupy"
    __slots__ = ("__weakref__", "_host")

    def __init__(self, shape, dtype=float, order="C"):
        self._host = fake.empty(shape, dtype, order)._host

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
        return _uploaded, (self.get(),)

    def get(self, stream=None, order="C", out=None, blocking=True):
        """A copy on the host, which is there when the stream is done."""
        stream = stream or _current.stream
        out = np.empty(self.shape, self.dtype, order) if out is None else out
        if (out.dtype, out.shape) != (self.dtype, self.shape):
            raise TypeError(f"out is {out.dtype}{out.shape}, not {self.dtype}{self.shape}")
        stream._copies.add(_Download(_settled(self, stream), out))
        if blocking:
            stream.synchronize()
        return out

    def set(self, arr, stream=None):
        """Copy a host array to here; on a stream, it must stay as it is until the copy is done."""
        stream = stream or _current.stream
        if not isinstance(arr, np.ndarray):
            raise TypeError(f"Only numpy.ndarray can be set to cupy.ndarray, not {type(arr)}")
        if (arr.dtype, arr.shape) != (self.dtype, self.shape):
            raise TypeError(f"{arr.dtype}{arr.shape} is set to {self.dtype}{self.shape}")
        stream._copies.add(_Upload(arr, self._host))
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
        return getattr(fake, ufunc.__name__)(*inputs, **arguments)

    def __array_function__(self, function, _, args, kwargs):
        _, *path = function.__module__.split(".")
        try:
            twin = operator.attrgetter(".".join([*path, function.__name__]))(fake)
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
        return _on_device(value)

    def _call(self, name, /, *args, **kwargs):
        """What a method of NumPy's gives with the arguments of CuPy's."""
        _signature(getattr(real.ndarray, name)).bind(self, *args, **kwargs)
        host = _settled(self) if name in _WORK_ANYWHERE else _unwrapped(self)
        return _computed(getattr(host, name), args, kwargs)

    @property
    def device(self):
        """The device on which the array is."""
        card, _ = _homes[id(_owner(self._host))]
        return Device(card.ordinal)

    def __len__(self):
        return len(self._host)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index):
        if _is_advanced(index):
            return _on_device(_unwrapped(self)[_index(index)])
        parts = index if isinstance(index, tuple) else (index,)
        # With an ellipsis even an element is a view.
        rest = () if any(part is Ellipsis for part in parts) else (Ellipsis,)
        return _on_device(self._host[parts + rest])

    def __setitem__(self, index, value):
        if not isinstance(value, np.ndarray | list):
            value = _operand(value)
        elif not _is_advanced(index) and not self._is_filled_by(index, value):
            raise ValueError(
                "Host data were assigned to a part of a device array: x[:] = host takes a NumPy "
                "array of the same shape and dtype, all else needs cupy.asarray(host)."
            )
        _unwrapped(self)[_index(index)] = value

    def _is_filled_by(self, index, value):
        """Whether host data replace the whole array as they are."""
        if not isinstance(index, slice) or not isinstance(value, np.ndarray):
            return False
        return index == slice(None) and (value.dtype, value.shape) == (self.dtype, self.shape)


def _owner(host):
    """The NumPy array that owns the memory of a view."""
    owner = host
    while host is not None:
        if isinstance(host, np.ndarray):
            owner = host
        host = getattr(host, "base", None)
    return owner


def _poison(host):
    """An array filled with what is no result."""
    host.fill(np.nan if host.dtype.kind in "fc" else 77)
    return host


def _on_device(value):
    """What NumPy gave, with its arrays and its scalars as device arrays."""
    if isinstance(value, tuple):
        return tuple(map(_on_device, value))
    if isinstance(value, list):
        return list(map(_on_device, value))
    if not isinstance(value, np.ndarray | np.generic):
        return value
    host = np.asarray(value)
    if host.dtype.char not in _DTYPES:
        raise ValueError(f"Unsupported dtype {host.dtype}")
    owner = _owner(host)
    if id(owner) not in _homes:
        _current.card.allocate(owner)
    x = ndarray.__new__(ndarray)
    x._host = host
    return x


def _uploaded(host):
    """A device array with a copy of a host array."""
    return _on_device(host.copy())


def _settled(x, stream=None):
    """The NumPy array behind a device array, to which no copy is under way that `stream` misses."""
    stream = stream or _current.stream
    owner = _owner(x._host)
    if any(copy.target is owner and copy not in stream._copies for copy in _under_way):
        raise RuntimeError(
            "A device array is used on a stream that does not wait for the copy to it: "
            "call stream.wait_event(event) with an event recorded after the copy."
        )
    return x._host


def _unwrapped(x):
    """The NumPy array behind a device array, if the current device and stream may work on it."""
    here = Device()
    if x.device != here:
        raise ValueError(
            f"The device where the array resides ({x.device.id}) is different from the current "
            f"device ({here.id}). Peer access is unavailable between these devices."
        )
    return _settled(x)


def _operand(value):
    """A device array or a scalar as NumPy takes it; nothing else may be an operand."""
    if isinstance(value, ndarray):
        return _unwrapped(value)
    if isinstance(value, np.generic | int | float | complex):
        return value
    raise TypeError(f"Unsupported type {type(value)}")


def _argument(value):
    """An argument as NumPy takes it, with the device arrays in lists and tuples."""
    if isinstance(value, ndarray | np.ndarray):
        return _operand(value)
    if isinstance(value, tuple):
        return tuple(map(_argument, value))
    if isinstance(value, list):
        return list(map(_argument, value))
    return value


def _is_advanced(index):
    """Whether an index holds arrays or lists, which CuPy brings to the device by itself."""
    parts = index if isinstance(index, tuple) else (index,)
    return any(isinstance(part, ndarray | np.ndarray | list | bool) for part in parts)


def _index(index):
    """An index as NumPy takes it."""
    if isinstance(index, tuple):
        return tuple(map(_index, index))
    return _unwrapped(index) if isinstance(index, ndarray) else index


def _computed(function, args, kwargs):
    """What a function of NumPy's gives for device arrays; as on a GPU, no number warns."""
    named = {name: _argument(value) for name, value in kwargs.items()}
    with np.errstate(all="ignore"):
        result = function(*map(_argument, args), **named)
    out = kwargs.get("out")
    return _on_device(result) if out is None else out


@functools.cache
def _signature(theirs):
    """The signature of a function of CuPy's."""
    try:
        return inspect.signature(theirs)
    except ValueError:
        # Compiled code tells it at the head of its docstring, with types and escaped stars.
        (told,) = re.match(r"\s*[\w.]+\((.*)\)", theirs.__doc__).groups()
        if "[" in told:
            raise NotImplementedError(f"{theirs} is not modelled.") from None
        parameters = re.sub(r"\b\w+ (?=\w)", "", told.replace("\\", ""))
        return inspect.signature(eval(f"lambda {parameters}: None"))


def _checked(theirs, ours):
    """NumPy's function `ours` with the arguments of CuPy's `theirs`."""
    signature = _signature(theirs)
    # CuPy's functions of one array call its methods, which a list has not.
    takes_array = next(iter(signature.parameters), None) == "a"

    @functools.wraps(ours)
    def function(*args, **kwargs):
        signature.bind(*args, **kwargs)
        if isinstance(ours, np.ufunc):
            for value in args:
                _operand(value)
        elif takes_array and args and isinstance(args[0], list):
            raise TypeError(f"{ours.__name__} was given a list: use cupy.asarray or cupy.stack.")
        return _computed(ours, args, kwargs)

    return function


def _uploading(theirs, ours):
    """NumPy's function `ours`, which brings what it is given to the current device."""
    signature = _signature(theirs)

    @functools.wraps(ours)
    def function(a, /, *args, **kwargs):
        signature.bind(a, *args, **kwargs)
        kwargs.pop("blocking", None)
        if isinstance(a, ndarray) and a.device == Device():
            host = _unwrapped(a)
            result = ours(host, *args, **kwargs)
            return a if result is host else _on_device(result)
        if isinstance(a, ndarray):
            host = a.get()
        elif isinstance(a, tuple | list) and any(isinstance(part, ndarray) for part in a):
            host = np.array(_argument(a))
        else:
            host = np.array(a)
        return _on_device(ours(host, *args, **kwargs))

    return function


def _poisoned(ours):
    """NumPy's function `ours`, whose memory shows that nobody has written to it."""
    return functools.wraps(ours)(lambda *args, **kwargs: _poison(ours(*args, **kwargs)))


def _planned(transform):
    """A Fourier transform that leaves a plan in the cache: one for each shape."""

    @functools.wraps(transform)
    def function(x, /, *args, **kwargs):
        spectrum = transform(x, *args, **kwargs)
        plan = transform.__name__, x.shape, x.dtype, args, tuple(kwargs.items())
        get_plan_cache()._add(plan)
        return spectrum

    return function


class _Mirror(types.ModuleType):
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
            ours = _checked(theirs, ours)
        setattr(self, name, ours)
        return ours


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
        self.id = _current.device.id if device is None else device
        if not 0 <= self.id < len(_cards):
            raise real.cuda.runtime.CUDARuntimeError(101)  # cudaErrorInvalidDevice

    def _stack(self):
        return _current.devices

    def __eq__(self, other):
        return isinstance(other, Device) and other.id == self.id

    def __repr__(self):
        return f"<CUDA Device {self.id}>"

    @property
    def mem_info(self):
        """Bytes that no pool has taken, and bytes in all."""
        card = _cards[self.id]
        return card.memory - card.pooled, card.memory

    def synchronize(self):
        """Wait for all copies."""
        for copy in tuple(_under_way):
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
        return _current.streams

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
        self._copies = (stream or _current.stream)._copies.copy()
        self._milliseconds = 1e3 * time.perf_counter()

    def synchronize(self):
        """Wait for the copies before this point."""
        for copy in self._copies:
            copy.finish()


class MemoryPool:
    """The memory of the current device, which is kept when arrays go."""

    def used_bytes(self):
        """Bytes of arrays."""
        return _current.card.used()

    def total_bytes(self):
        """Bytes of arrays, and bytes that were."""
        return _current.card.pooled

    def free_all_blocks(self):
        """Give back what is no array's."""
        _current.card.pooled = _current.card.used()


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
        return any(start <= address < stop for start, stop in self._bounds)

    def n_free_blocks(self):
        """How many blocks are no array's."""
        return self._n_free

    def free_all_blocks(self):
        """Give back what is no array's."""
        self._n_free = 0


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


class RawModule:
    """A source of kernels that run on the CPU stand-in, which checks what they are given."""

    def __init__(self, code, *, options=(), name_expressions=None):
        self._module = stand_in.RawModule(
            code=code, options=options, name_expressions=name_expressions
        )

    def get_function(self, name):
        """The kernel of that name."""
        return _Kernel(self._module.get_function(name))


class _Kernel:
    """A kernel of device arrays."""

    def __init__(self, kernel):
        self._kernel = kernel

    @property
    def max_dynamic_shared_size_bytes(self):
        """How much shared memory a launch may take."""
        return self._kernel.max_dynamic_shared_size_bytes

    @max_dynamic_shared_size_bytes.setter
    def max_dynamic_shared_size_bytes(self, n_bytes):
        self._kernel.max_dynamic_shared_size_bytes = n_bytes

    def __call__(self, grid, block, args, *, shared_mem=0):
        self._kernel(grid, block, _argument(args), shared_mem=shared_mem)


def raw_kernel(code, name, options=()):
    """The kernel of that name in a source."""
    return RawModule(code, options=options).get_function(name)


def empty_pinned(shape, dtype=float, order="C"):
    """A host array of pinned memory."""
    host = _poison(np.empty(shape, dtype, order))
    _pinned_pool._take(host)
    return host


def asnumpy(a, **how):
    """A copy of a device array on the host, as `get` makes it; a host array as it is."""
    return a.get(**how) if isinstance(a, ndarray) else np.asarray(a)


def get_array_module(*args):
    """The module whose functions work on the arrays."""
    return fake if any(isinstance(x, ndarray) for x in args) else np


def get_elapsed_time(start_event, end_event):
    """Milliseconds between two events."""
    return end_event._milliseconds - start_event._milliseconds


def get_device_properties(device):
    """What CUDA says of a device."""
    return {"name": b"Fake GPU", "totalGlobalMem": _cards[device].memory}


def pointer_get_attributes(ptr):
    """What CUDA says of an address on the host."""
    theirs = real.cuda.runtime
    pinned = _pinned_pool._holds(ptr)
    return types.SimpleNamespace(
        type=theirs.memoryTypeHost if pinned else theirs.memoryTypeUnregistered
    )


def get_plan_cache():
    """The plans of this thread on the current device."""
    return _current.plan_caches[_current.card]


class _Current(threading.local):
    """What CUDA and CuPy remember for each thread."""

    def __init__(self):
        self.devices = [Device(0)]
        self.streams = [Stream.null]
        self.plan_caches = collections.defaultdict(PlanCache)

    @property
    def device(self):
        return self.devices[-1]

    @property
    def card(self):
        return _cards[self.device.id]

    @property
    def stream(self):
        return self.streams[-1]


_current = _Current()
_pool = MemoryPool()
_pinned_pool = PinnedMemoryPool()


def _transforms(theirs, ours):
    """The Fourier transforms of two modules."""
    return {
        name: _planned(_checked(getattr(theirs, name), getattr(ours, name)))
        for name in ("fft", "ifft", "rfft", "irfft")
    }


_runtime = _Mirror(
    "cupy.cuda.runtime",
    real.cuda.runtime,
    None,
    CUDARuntimeError=real.cuda.runtime.CUDARuntimeError,
    getDevice=lambda: _current.device.id,
    getDeviceCount=lambda: len(_cards),
    getDeviceProperties=get_device_properties,
    memGetInfo=lambda: _current.device.mem_info,
    memoryTypeDevice=real.cuda.runtime.memoryTypeDevice,
    memoryTypeHost=real.cuda.runtime.memoryTypeHost,
    pointerGetAttributes=pointer_get_attributes,
)
_memory = _Mirror(
    "cupy.cuda.memory",
    real.cuda.memory,
    None,
    OutOfMemoryError=real.cuda.memory.OutOfMemoryError,
)
_cuda = _Mirror(
    "cupy.cuda",
    real.cuda,
    None,
    Device=Device,
    Event=Event,
    MemoryPool=MemoryPool,
    PinnedMemoryPool=PinnedMemoryPool,
    Stream=Stream,
    get_current_stream=lambda: _current.stream,
    get_elapsed_time=get_elapsed_time,
    is_available=lambda: True,
    memory=_memory,
    runtime=_runtime,
)
_strides = _Mirror("cupy.lib.stride_tricks", real.lib.stride_tricks, np.lib.stride_tricks)
_plans = _Mirror("cupy.fft.config", real.fft.config, None, get_plan_cache=get_plan_cache)

fake = _Mirror(
    "cupy",
    real,
    np,
    RawKernel=raw_kernel,
    RawModule=RawModule,
    asnumpy=asnumpy,
    cuda=_cuda,
    empty=_checked(real.empty, _poisoned(np.empty)),
    empty_like=_checked(real.empty_like, _poisoned(np.empty_like)),
    fft=_Mirror("cupy.fft", real.fft, np.fft, config=_plans, **_transforms(real.fft, np.fft)),
    get_array_module=get_array_module,
    get_default_memory_pool=lambda: _pool,
    get_default_pinned_memory_pool=lambda: _pinned_pool,
    lib=_Mirror("cupy.lib", real.lib, np.lib, stride_tricks=_strides),
    linalg=_Mirror("cupy.linalg", real.linalg, np.linalg),
    ndarray=ndarray,
    **{
        name: _uploading(getattr(real, name), getattr(np, name))
        for name in ("array", "asanyarray", "asarray", "ascontiguousarray", "asfortranarray")
    },
)

_scipy_fft = _Mirror(
    "cupyx.scipy.fft", real_scipy_fft, scipy.fft, **_transforms(real_scipy_fft, scipy.fft)
)
_scipy = _Mirror("cupyx.scipy", real_cupyx.scipy, None, fft=_scipy_fft)

fake_cupyx = _Mirror("cupyx", real_cupyx, None, empty_pinned=empty_pinned, scipy=_scipy)

_importable = (
    fake,
    _cuda,
    _runtime,
    _memory,
    fake.fft,
    fake.linalg,
    fake_cupyx,
    _scipy,
    _scipy_fft,
)


@contextlib.contextmanager
def installed(n_devices=1, memory=_MEMORY):
    """A context in which all who import cupy get `fake`, with devices of so many bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), "_cards", [_Card(i, memory) for i in range(n_devices)])
        patch.setitem(globals(), "_under_way", [])
        # Nothing of the real CuPy may be found by a longer name.
        for name in [name for name in sys.modules if name.partition(".")[0] in ("cupy", "cupyx")]:
            patch.delitem(sys.modules, name)
        for module in _importable:
            patch.setitem(sys.modules, module.__name__, module)
        _forget()
        yield fake
    _forget()


def _forget():
    """Let sertools ask again whether there is a GPU, and keep nothing on it."""
    for answer in (
        _backend.gpu_status,
        _backend._report_auto,
        kernels._twin,
        _launch._compiled,
        _launch._kept,
    ):
        answer.cache_clear()
    chunks.forget()
    _backend._context_process = None
