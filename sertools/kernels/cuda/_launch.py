"""From a kernel's name to its launch: compiled at first use, arguments of the right type."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from sertools.kernels.cuda._kernels import KERNELS, OPTIONS, Kernel, source

__all__ = ["constant", "launch"]

_HOME = {instance: kernel for kernel in KERNELS for instance in kernel.instances}


def launch(name: str, grid: tuple[int, ...], *arguments: Any, shared: int = 0) -> None:
    """Start an instance of a kernel on the current device; `shared` is in bytes.

    CuPy checks nothing: an integer would travel as 64 bits, whatever the kernel takes. So Python's
    whole numbers become int32, others float32, and what has a NumPy type already keeps it.
    """
    home = _HOME[name]
    if shared > home.shared:
        raise ValueError(f"{name} asks for {shared} bytes of shared memory, {home.shared} is all.")
    if 0 in grid:
        return
    _compiled(home, name)(grid, (home.block,), tuple(map(_typed, arguments)), shared_mem=shared)


@functools.cache
def _compiled(home: Kernel, name: str) -> Any:
    """An instance of a kernel, which CuPy compiles for each device at its first launch there."""
    import cupy

    module = cupy.RawModule(code=source(home.file), options=OPTIONS, name_expressions=(name,))
    return module.get_function(name)


def _typed(argument: Any) -> Any:
    """An argument as a kernel takes it."""
    if isinstance(argument, int):
        return np.int32(argument)
    return np.float32(argument) if isinstance(argument, float) else argument


class _Same:
    """An object that equals itself only; it stands for arrays, which have no hash."""

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __hash__(self) -> int:
        return id(self.thing)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.thing is other.thing


def constant(make: Callable[..., Any]) -> Callable[..., Any]:
    """A function of one argument whose NumPy array, or tuple of them, is made once per device.

    An argument that is no number is known by its identity: it is one that the host keeps, too.
    """

    @functools.wraps(make)
    def of(argument: Any) -> Any:
        import cupy

        key = argument if isinstance(argument, int) else _Same(argument)
        return _kept(make, key, cupy.cuda.Device().id)

    return of


@functools.lru_cache(maxsize=256)
def _kept(make: Callable[..., Any], argument: Any, ordinal: int) -> Any:
    """What a function makes of an argument, on the current device."""
    import cupy

    made = make(argument.thing if isinstance(argument, _Same) else argument)
    moved = tuple(map(_moved, made)) if isinstance(made, tuple) else _moved(made)
    # Work on other streams may ask for it next, and would not wait for the copy.
    cupy.cuda.get_current_stream().synchronize()
    return moved


def _moved(array: np.ndarray) -> Any:
    """An array on the current device."""
    import cupy

    return cupy.asarray(array)
