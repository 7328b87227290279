"""A stand-in for CuPy on machines without a GPU: NumPy's arithmetic under CuPy's rules.

Code written for CuPy runs on `fake`, or on ``import cupy`` inside ``with installed():``, and breaks
where it would break on a GPU:

- There are only CuPy's names, each with CuPy's arguments, as the real CuPy has them (it can be
  imported without a GPU).
- A device array becomes a host array by `get` only, and never meets one in an operation.
- Reductions and elements are 0-d arrays, which are no indices.
- Work happens on the current device, which belongs to the thread; arrays elsewhere are refused.
- Memory has an end, stays in the pool when arrays go, and is NaN until somebody writes to it.
- Copies on a stream are under way until somebody waits for them, and so are those from pinned
  memory that `asarray` makes.
- Kernels run on the CPU stand-in.

Not modelled: the order of kernels on several streams, differences in rounding, and dtypes that a
function of CuPy's does not take.

What the classes have beyond CuPy's starts with an underscore, and serves all modules here.
"""

from __future__ import annotations

import contextlib
import sys

import numpy as np
import pytest
import scipy.fft

from fake_cupy import cards, copies
from fake_cupy.arrays import ndarray
from fake_cupy.devices import (
    Device,
    Event,
    Stream,
    current,
    get_device_properties,
    get_elapsed_time,
)
from fake_cupy.functions import Mirror, asnumpy, checked, poisoned, uploading
from fake_cupy.kernels import RawModule, raw_kernel
from fake_cupy.names import real, real_cupyx, real_scipy_fft
from fake_cupy.plans import get_plan_cache, planned
from fake_cupy.pools import (
    MemoryPool,
    PinnedMemoryPool,
    empty_pinned,
    pinned_pool,
    pointer_get_attributes,
    pool,
)
from fake_cupy.solvers import linalg, scipy_linalg
from sertools import _backend, kernels
from sertools.kernels.cuda import _launch, chunks


def get_array_module(*args):
    """The module whose functions work on the arrays."""
    return fake if any(isinstance(x, ndarray) for x in args) else np


def _transforms(theirs, ours):
    """The Fourier transforms of two modules."""
    return {
        name: planned(checked(getattr(theirs, name), getattr(ours, name)))
        for name in ("fft", "ifft", "rfft", "irfft")
    }


_runtime = Mirror(
    "cupy.cuda.runtime",
    real.cuda.runtime,
    None,
    CUDARuntimeError=real.cuda.runtime.CUDARuntimeError,
    getDevice=lambda: current.device.id,
    getDeviceCount=lambda: len(cards.present),
    getDeviceProperties=get_device_properties,
    memGetInfo=lambda: current.device.mem_info,
    memoryTypeDevice=real.cuda.runtime.memoryTypeDevice,
    memoryTypeHost=real.cuda.runtime.memoryTypeHost,
    pointerGetAttributes=pointer_get_attributes,
)
_memory = Mirror(
    "cupy.cuda.memory",
    real.cuda.memory,
    None,
    OutOfMemoryError=real.cuda.memory.OutOfMemoryError,
)
_cuda = Mirror(
    "cupy.cuda",
    real.cuda,
    None,
    Device=Device,
    Event=Event,
    MemoryPool=MemoryPool,
    PinnedMemoryPool=PinnedMemoryPool,
    Stream=Stream,
    get_current_stream=lambda: current.stream,
    get_elapsed_time=get_elapsed_time,
    is_available=lambda: True,
    memory=_memory,
    runtime=_runtime,
)
_strides = Mirror("cupy.lib.stride_tricks", real.lib.stride_tricks, np.lib.stride_tricks)
_plans = Mirror("cupy.fft.config", real.fft.config, None, get_plan_cache=get_plan_cache)

fake = Mirror(
    "cupy",
    real,
    np,
    RawKernel=raw_kernel,
    RawModule=RawModule,
    __version__=real.__version__,
    asnumpy=asnumpy,
    cuda=_cuda,
    empty=checked(real.empty, poisoned(np.empty)),
    empty_like=checked(real.empty_like, poisoned(np.empty_like)),
    fft=Mirror("cupy.fft", real.fft, np.fft, config=_plans, **_transforms(real.fft, np.fft)),
    get_array_module=get_array_module,
    get_default_memory_pool=lambda: pool,
    get_default_pinned_memory_pool=lambda: pinned_pool,
    lib=Mirror("cupy.lib", real.lib, np.lib, stride_tricks=_strides),
    linalg=linalg,
    ndarray=ndarray,
    **{
        name: uploading(getattr(real, name), getattr(np, name))
        for name in ("array", "asanyarray", "asarray")
    },
)

_scipy_fft = Mirror(
    "cupyx.scipy.fft", real_scipy_fft, scipy.fft, **_transforms(real_scipy_fft, scipy.fft)
)
_scipy = Mirror("cupyx.scipy", real_cupyx.scipy, None, fft=_scipy_fft)

fake_cupyx = Mirror(
    "cupyx",
    real_cupyx,
    None,
    empty_pinned=empty_pinned,
    errstate=real_cupyx.errstate,
    scipy=_scipy,
)

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
    scipy_linalg,
)


@contextlib.contextmanager
def installed(n_devices=1, memory=cards.MEMORY):
    """A context in which all who import cupy get `fake`, with devices of so many bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cards, "present", [cards.Card(i, memory) for i in range(n_devices)])
        patch.setattr(copies, "under_way", [])
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
