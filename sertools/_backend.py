"""Devices: the one module that knows where arrays live and how they move.

CuPy is imported inside functions only, and no CUDA context exists before somebody asks for a
GPU: process workers may start until then.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import importlib.metadata
import logging
import os
import re
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

__all__ = [
    "Device",
    "GPUStatus",
    "array_namespace",
    "at_home",
    "device_of",
    "gpu_budget",
    "gpu_status",
    "is_device_array",
    "memory_advice",
    "release_gpu_memory",
    "resolve",
    "set_gpu_budget",
    "to_device",
    "to_host",
    "when_released",
]

_logger = logging.getLogger("sertools")

_DEVICE_NAME = re.compile(r"cpu|auto|cuda(?::(\d+))?")

# The probe must compile, launch and copy back: a driver alone proves none of these.
_PROBE = r"""
extern "C" __global__ void sertools_probe(float* out) { out[threadIdx.x] = threadIdx.x + 1.0f; }
"""


_CUPY_WHEELS = ("cupy", "cupy-cuda11x", "cupy-cuda12x", "cupy-cuda13x")

# The process that has a CUDA context, if any; a fork of it has none that works.
_context_process: int | None = None

# The GPUs that work was done on.
_used: set[int] = set()


class Device(NamedTuple):
    """Where arrays live: ``Device("cpu")`` or ``Device("cuda", ordinal)``."""

    kind: str
    ordinal: int = 0

    def __str__(self) -> str:
        return self.kind if self.kind == "cpu" else f"{self.kind}:{self.ordinal}"


class GPUStatus(NamedTuple):
    """Whether a GPU can be used, and its name or the reason why not."""

    usable: bool
    reason: str


@functools.cache
def gpu_status() -> GPUStatus:
    """Whether a CUDA GPU can be used, found out by using it.

    A small kernel is compiled, launched and its result copied back, and a cuFFT plan is run: a
    machine with a driver but without the compiler or the libraries fails here, with the reason,
    and not deep in later work. The answer is remembered for the life of the process.

    Returns
    -------
    GPUStatus
        ``(usable, reason)``; `reason` names the GPU, or says what is missing. Never raises.

    Examples
    --------
    >>> import sertools
    >>> usable, reason = sertools.gpu_status()
    >>> isinstance(usable, bool) and len(reason) > 0
    True
    """
    wheels = _cupy_wheels()
    if len(wheels) > 1:
        return GPUStatus(
            False,
            f"several CuPy packages are installed ({', '.join(wheels)}) and break each other: "
            "uninstall all of them, then install one",
        )
    try:
        import cupy
    except ImportError as error:
        return GPUStatus(
            False,
            f"CuPy cannot be imported ({_brief(error)}); install the extra that matches your CUDA "
            "driver: pip install 'sertools[gpu13]' or 'sertools[gpu12]'",
        )
    except Exception as error:  # a broken or doubled CuPy fails in many ways
        return GPUStatus(False, f"CuPy is installed but broken ({_brief(error)})")
    try:
        if cupy.cuda.runtime.getDeviceCount() < 1:
            return GPUStatus(False, "no CUDA device was found")
    except Exception as error:
        if "InitializationError" in str(error):
            return GPUStatus(False, "this process was forked from one that uses the GPU")
        return GPUStatus(
            False,
            f"no CUDA device can be reached ({_brief(error)}); nvidia-smi says whether there is a "
            "GPU, and for which CUDA its driver is",
        )
    try:
        _note_context(cupy.cuda.runtime.getDevice())
        out = cupy.zeros(2, dtype=cupy.float32)
        cupy.RawKernel(_PROBE, "sertools_probe")((1,), (2,), (out,))
        spectrum = cupy.fft.rfft(cupy.ones((1, 4), dtype=cupy.float32))
        answers = out.get().tolist() == [1.0, 2.0] and spectrum.get()[0, 0] == 4.0
        name = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()
    except Exception as error:
        return GPUStatus(
            False,
            f"a CUDA device was found but cannot be used ({_brief(error)}); CuPy's CUDA "
            "libraries may be missing: pip install 'sertools[gpu13]' or 'sertools[gpu12]'",
        )
    if not answers:
        return GPUStatus(False, f"{name} gave wrong results for a probe kernel")
    return GPUStatus(True, name)


def _cupy_wheels() -> list[str]:
    """The packages that are installed and hold a CuPy, by name."""
    found = []
    for name in _CUPY_WHEELS:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found.append(importlib.metadata.distribution(name).name)
    return found


def _brief(error: Exception) -> str:
    """An exception in one short line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def resolve(device: str | None, X: Any = None) -> Device:
    """The device that a `device` parameter means for the data `X`.

    Parameters
    ----------
    device : {None, "cpu", "cuda", "cuda:<index>", "auto"}
        None is where `X` lives; "auto" is a GPU if one can be used, else the CPU, and says once
        in the log which.
    X : array or list of arrays, default=None
        The data, for ``device=None``.

    Returns
    -------
    Device
        The CPU, or a GPU that was probed.

    Raises
    ------
    ValueError
        If `device` is no device, or its index does not exist.
    RuntimeError
        If a GPU was asked for and cannot be used; the message says why.
    """
    if device is None:
        found = device_of(X)
        return _entered(found) if found.kind == "cuda" else found
    match = _DEVICE_NAME.fullmatch(device) if isinstance(device, str) else None
    if match is None:
        raise ValueError(
            f'device={device!r} is unknown: use None (where the data are), "cpu", "cuda", '
            '"cuda:1" or "auto".'
        )
    if device == "cpu":
        return Device("cpu")
    status = gpu_status()
    if device == "auto":
        if status.usable and _is_forked():
            status = GPUStatus(False, "this process was forked from one that uses the GPU")
        _report_auto(status)
        return _entered(Device("cuda")) if status.usable else Device("cpu")
    if not status.usable:
        raise RuntimeError(
            f"device={device!r} was asked for and cannot be used: {status.reason}. "
            'Use device="cpu", or device="auto" to take a GPU only where there is one.'
        )
    ordinal = int(match[1] or 0)
    _refuse_fork(Device("cuda", ordinal))
    import cupy

    count = cupy.cuda.runtime.getDeviceCount()
    if ordinal >= count:
        raise ValueError(
            f"device={device!r} does not exist: this machine has {count} CUDA device(s), "
            f'"cuda:0" to "cuda:{count - 1}".'
        )
    return _entered(Device("cuda", ordinal))


def _is_forked() -> bool:
    """Whether this process was forked from one that uses a GPU."""
    return _context_process not in (None, os.getpid())


def _entered(device: Device) -> Device:
    """A GPU that is about to be worked on; refused in a process that was forked with it."""
    _refuse_fork(device)
    _note_context(device.ordinal)
    return device


def _note_context(ordinal: int) -> None:
    """Remember that this process has a context on a GPU."""
    global _context_process
    if _context_process is None:
        _used.clear()
    _context_process = os.getpid()
    _used.add(ordinal)


def _refuse_fork(device: Device) -> None:
    """Refuse a GPU in a process that was forked from one that uses it."""
    if _is_forked():
        raise RuntimeError(
            f"{device} cannot be used in this process: it was forked from one that uses the GPU, "
            "and CUDA does not survive a fork. Start workers by spawn or loky (joblib's default), "
            "or before the GPU is first used."
        )


@functools.cache
def _report_auto(status: GPUStatus) -> None:
    """Say once in the log what "auto" chose."""
    chosen = "CUDA" if status.usable else "the CPU"
    _logger.info('device="auto" uses %s (%s)', chosen, status.reason)


_budget: int | None = None

# Of the memory that is free; the rest is for whatever else works on the GPU beside sertools.
_DEFAULT_SHARE = 0.25


def set_gpu_budget(n_bytes: int | None = None) -> None:
    """Set how much memory of a GPU the work on one chunk of clips may take.

    Chunks that find too little memory are halved until they fit, so this need not be exact.

    Parameters
    ----------
    n_bytes : int or None, default=None
        Bytes; None is a quarter of what is free when the work begins.

    Examples
    --------
    >>> import sertools
    >>> sertools.set_gpu_budget(2 * 2**30)
    >>> sertools.set_gpu_budget(None)
    """
    global _budget
    if n_bytes is not None and not (isinstance(n_bytes, int) and n_bytes > 0):
        raise ValueError(f"n_bytes={n_bytes!r}: give a number of bytes above 0, or None.")
    _budget = n_bytes


def gpu_budget() -> int:
    """Bytes of the current device's memory that the work on one chunk may take."""
    if _budget is not None:
        return _budget
    import cupy

    free, _ = cupy.cuda.runtime.memGetInfo()
    pool = cupy.get_default_memory_pool()
    # What the pool holds and nobody uses is as good as free.
    return int(_DEFAULT_SHARE * (free + pool.total_bytes() - pool.used_bytes()))


_forget_on_release: list[Callable[[], None]] = []


def when_released(forget: Callable[[], None]) -> None:
    """Have `release_gpu_memory` call whoever keeps memory beside CuPy."""
    _forget_on_release.append(forget)


def release_gpu_memory() -> None:
    """Give the GPU memory that sertools holds without using it back to the system.

    CuPy keeps freed memory for the next array, and so do plans of its Fourier transforms. Call this
    before another library needs the room. Where no GPU was used there is nothing to release.

    Examples
    --------
    >>> import sertools
    >>> sertools.release_gpu_memory()
    """
    if _context_process != os.getpid():
        return
    import cupy

    for forget in _forget_on_release:
        forget()
    for ordinal in _used:
        with cupy.cuda.Device(ordinal):
            cupy.fft.config.get_plan_cache().clear()
            cupy.get_default_memory_pool().free_all_blocks()
    cupy.get_default_pinned_memory_pool().free_all_blocks()


@contextlib.contextmanager
def memory_advice() -> Iterator[None]:
    """A context in which an error of a GPU without room for the work says what to do."""
    try:
        yield
    except Exception as error:
        # CuPy has a class for it, XGBoost has words.
        if type(error).__name__ == "OutOfMemoryError" or "out of memory" in str(error).lower():
            error.add_note(
                "The GPU has no room for this. If several processes share it, as by the n_jobs of "
                "a search, take n_jobs=1; sertools.release_gpu_memory() gives back what is idle, "
                "and device='cpu' needs none of it."
            )
        raise


def is_device_array(x: Any) -> bool:
    """Whether `x` is a CuPy array; asked without importing CuPy."""
    return type(x).__module__.partition(".")[0] == "cupy"


def array_namespace(x: Any) -> ModuleType:
    """The module, numpy or cupy, whose functions work on the array `x`."""
    if is_device_array(x):
        import cupy

        return cupy
    return np


def device_of(X: Any) -> Device:
    """The device on which an array, or the first clip of a list, lives."""
    # A list, an object array or a series of clips.
    if (isinstance(X, list | tuple) or _holds_objects(X)) and len(X):
        return device_of(next(iter(X)))
    return Device("cuda", X.device.id) if is_device_array(X) else Device("cpu")


def _holds_objects(X: Any) -> bool:
    """Whether `X` is an array or a series of Python objects."""
    return getattr(getattr(X, "dtype", None), "kind", None) == "O"


def at_home(X: Any) -> contextlib.AbstractContextManager[Any]:
    """A context in which CuPy works where an array, or the first clip of a list, is."""
    device = device_of(X)
    if device.kind == "cpu":
        return contextlib.nullcontext()
    import cupy

    return cupy.cuda.Device(device.ordinal)


def to_host(X: Any) -> Any:
    """`X` with every array as NumPy: a list for a list or tuple, with the rate it carries."""
    if isinstance(X, list | tuple):
        return _refilled(X, [to_host(clip) for clip in X])
    return X.get() if is_device_array(X) else X


def to_device(X: Any, device: Device) -> Any:
    """`X` with every array on `device`: a list for a list or tuple, with the rate it carries."""
    if device.kind == "cpu":
        return to_host(X)
    if isinstance(X, list | tuple):
        return _refilled(X, [to_device(clip, device) for clip in X])
    import cupy

    # From pinned memory, too, the copy is done when this returns: X may be refilled then.
    with cupy.cuda.Device(device.ordinal):
        return cupy.asarray(X, blocking=True)


def _refilled(container: Any, clips: list[Any]) -> list[Any]:
    """A list of `clips` of the container's own type, with what it carries beside (its rate)."""
    if not isinstance(container, list):
        return clips
    refilled = copy.copy(container)
    refilled[:] = clips
    return refilled
