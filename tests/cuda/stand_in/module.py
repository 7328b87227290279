"""CuPy's ``RawModule`` and ``RawKernel`` without a GPU: the kernel's source runs on the CPU.

A launch runs one fiber per CUDA thread (``cuda_on_cpu.hpp``) on copies of its arrays, each between
red zones, and copies them back when it has gone well. What a GPU would refuse, or do without a
word and wrongly, is a `LaunchError`.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["LaunchError", "RawKernel", "RawModule"]

_HEADERS = Path(__file__).parent

_MAX_GRID = (2**31 - 1, 65535, 65535)
_MAX_BLOCK = (1024, 1024, 64)
_MAX_THREADS = 1024
# What a launch may take unasked, on every GPU.
_DEFAULT_SHARED = 48 * 1024
# What it may ask for on sm_75, the smallest architecture that kernels must run on.
_MAX_SHARED = 64 * 1024

# A second of speech in float32: an index that is that far off still lands in it.
_RED_ZONE = 64 * 1024
# CuPy's allocations begin at multiples of this.
_ALIGNMENT = 512
# NaN as a float, -1 as an integer.
_POISON = 0xFF

# What CuPy makes of Python's own numbers.
_PYTHON_SCALARS = {bool: np.dtype("?"), int: np.dtype("q"), float: np.dtype("d")}

_PLAIN_KERNEL = re.compile(
    r'extern\s+"C"\s+__global__\s+void\s+(?:__launch_bounds__\s*\([^)]*\)\s*)?(\w+)\s*\('
)
_DYNAMIC_SHARED = re.compile(
    r"extern\s+__shared__\s+(?:__align__\(\d+\)\s+)?([\w ]+?)\s+(\w+)\s*\[\s*\]\s*;"
)


class LaunchError(RuntimeError):
    """A kernel that does not compile, or a launch that breaks CUDA's rules."""


class RawModule:
    """Kernels compiled from one source, when the first is asked for.

    `options` are those of CuPy that a compiler for the CPU understands: ``-D`` and ``--std=``.
    """

    compiler_flags: tuple[str, ...] = (
        "-std=c++17",
        "-O1",
        "-g",
        "-march=native",
        # A GPU contracts a * b + c to one rounding too.
        "-ffp-contract=fast",
        # CUDA lets kernels read a float's bits through a pointer to int.
        "-fno-strict-aliasing",
        # Two modules may hold templates of one name: neither must take the other's.
        "-fvisibility=hidden",
        "-fPIC",
        "-shared",
    )

    def __init__(
        self,
        code: str,
        *,
        options: Sequence[str] = (),
        name_expressions: Iterable[str] | None = None,
    ) -> None:
        for option in options:
            if not option.startswith(("-D", "--std=")):
                raise LaunchError(
                    f"option {option!r} is not known on the CPU: use -D<name>=<value> or --std="
                )
        self.code = code
        self.options = tuple(options)
        names = [*_PLAIN_KERNEL.findall(code), *(name_expressions or ())]
        self._numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}

    def get_function(self, name: str) -> RawKernel:
        """The kernel of that name, as ``extern "C"`` or `name_expressions` have it."""
        if name not in self._numbers:
            raise LaunchError(
                f"there is no kernel {name!r}; there is {', '.join(self._numbers) or 'none'}. "
                "A template must be named in name_expressions, letter by letter as here."
            )
        return RawKernel(self._library, self._numbers[name], name)

    @functools.cached_property
    def _library(self) -> ctypes.PyDLL:
        """The compiled source; a PyDLL holds the interpreter's lock, for blocks run one by one."""
        return ctypes.PyDLL(str(self.compile()))

    def compile(self) -> Path:
        """Compile the source to a shared library; one that was compiled before is found again."""
        body = _DYNAMIC_SHARED.sub(
            r"\1 *const \2 = reinterpret_cast<\1 *>(stand_in::dynamic_shared);", self.code
        )
        exports = (f"STAND_IN_KERNEL({number}, {name})" for name, number in self._numbers.items())
        source = "\n".join(
            ['#include "cuda_on_cpu.hpp"', '#line 1 "kernel.cu"', body, *exports, ""]
        )
        command = ["g++", *self.compiler_flags, f"-DSTAND_IN_MAX_SHARED={_MAX_SHARED}"]
        command += [*self.options, f"-I{_HEADERS}", "-x", "c++", "-"]
        headers = [header.read_text() for header in sorted(_HEADERS.glob("*.hpp"))]
        key = hashlib.sha256("\0".join([*command, *headers, source]).encode()).hexdigest()
        library = _cache_folder() / f"{key[:32]}.so"
        if not library.exists():
            # Another process may compile the same: each writes its own and moves it into place.
            unfinished = library.with_suffix(f".{os.getpid()}")
            done = subprocess.run(
                [*command, "-o", unfinished], input=source, text=True, capture_output=True
            )
            if done.returncode != 0:
                raise LaunchError(f"the kernels do not compile:\n{done.stderr}")
            unfinished.replace(library)
        return library


def _cache_folder() -> Path:
    """The user's own folder of compiled kernels: what lies there is run."""
    folder = Path(tempfile.gettempdir()) / f"cuda_on_cpu-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise LaunchError(f"{folder} belongs to another user: set TMPDIR to a folder of your own")
    return folder


class RawKernel:
    """A kernel that is launched as ``kernel(grid, block, args, shared_mem=0)``.

    `schedule` is the order in which threads and blocks run: 0 ascending, 1 descending, and any
    larger number the seed of a random order. Set it on the class for kernels out of reach.
    """

    schedule = 0

    def __init__(self, library: ctypes.PyDLL, number: int, name: str) -> None:
        self.name = name
        self._launch = library[f"launch_{number}"]
        self._launch.restype = ctypes.c_char_p
        parameters = library[f"parameters_{number}"]
        parameters.restype = ctypes.c_char_p
        self._parameters = re.findall(r"\*?.", parameters().decode())
        self._max_shared = _DEFAULT_SHARED

    @property
    def max_dynamic_shared_size_bytes(self) -> int:
        """How much shared memory a launch may take."""
        return self._max_shared

    @max_dynamic_shared_size_bytes.setter
    def max_dynamic_shared_size_bytes(self, n_bytes: int) -> None:
        if n_bytes > _MAX_SHARED:
            raise LaunchError(
                f"{self.name}: {n_bytes} bytes of shared memory; sm_75 has {_MAX_SHARED}"
            )
        self._max_shared = n_bytes

    def __call__(
        self,
        grid: tuple[int, ...],
        block: tuple[int, ...],
        args: Sequence[Any],
        *,
        shared_mem: int = 0,
    ) -> None:
        """Run the kernel in every thread, and give the arrays in `args` what it wrote."""
        grid = self._extents("grid", grid, _MAX_GRID)
        block = self._extents("block", block, _MAX_BLOCK)
        if np.prod(block) > _MAX_THREADS:
            raise LaunchError(f"{self.name}: block {block} is over {_MAX_THREADS} threads")
        if shared_mem > self._max_shared:
            raise LaunchError(
                f"{self.name}: {shared_mem} bytes of shared memory are over the limit of "
                f"{self._max_shared}: set max_dynamic_shared_size_bytes, up to {_MAX_SHARED}"
            )
        arguments = self._arguments(args)
        values = [
            np.array(argument.address, np.uintp) if isinstance(argument, _RedZoned) else argument
            for argument in arguments
        ]
        error = self._launch(
            (ctypes.c_uint * 3)(*grid),
            (ctypes.c_uint * 3)(*block),
            ctypes.c_size_t(shared_mem),
            self.schedule,
            (ctypes.c_void_p * len(values))(*(value.ctypes.data for value in values)),
        )
        if error is not None:
            raise LaunchError(f"{self.name}: {error.decode()}")
        for argument in arguments:
            if isinstance(argument, _RedZoned):
                argument.copy_back()

    def _extents(
        self, what: str, extents: tuple[int, ...], limits: tuple[int, int, int]
    ) -> tuple[int, int, int]:
        """Three extents of a grid or block, each within its limit."""
        if not isinstance(extents, tuple) or not 1 <= len(extents) <= 3:
            raise LaunchError(f"{self.name}: {what} {extents!r} is no tuple of 1 to 3 numbers")
        x, y, z = (*extents, 1, 1)[:3]
        for extent, limit in zip((x, y, z), limits, strict=True):
            if not 1 <= extent <= limit:
                raise LaunchError(
                    f"{self.name}: {what} {extents} is outside the limits: from 1 to {limits}"
                )
        return x, y, z

    def _arguments(self, args: Sequence[Any]) -> list[_RedZoned | np.ndarray]:
        """The arguments as the kernel takes them: scalars as 0-d arrays, arrays in red zones."""
        if len(args) != len(self._parameters):
            raise LaunchError(
                f"{self.name}: {len(args)} arguments for {len(self._parameters)} parameters"
            )
        arguments: list[_RedZoned | np.ndarray] = []
        for i, (value, parameter) in enumerate(zip(args, self._parameters, strict=True)):
            where = f"{self.name}: argument {i}"
            dtype = np.dtype(parameter[-1])
            if parameter[0] != "*":
                arguments.append(_scalar(value, dtype, where))
                continue
            argument = _RedZoned(value, dtype, where)
            for earlier in arguments:
                if isinstance(earlier, _RedZoned) and np.may_share_memory(
                    earlier.array, argument.array
                ):
                    raise LaunchError(
                        f"{where} shares memory with another: as each is copied here, the kernel "
                        "would not see it. Pass arrays of their own."
                    )
            arguments.append(argument)
        return arguments


def _scalar(value: Any, dtype: np.dtype, where: str) -> np.ndarray:
    """A number of just the type that the kernel's parameter has, as a 0-d array."""
    given = value.dtype if isinstance(value, np.generic) else _PYTHON_SCALARS.get(type(value))
    if given is None or given != dtype:
        raise LaunchError(
            f"{where} is {given or type(value).__name__}, the parameter is {dtype}: CuPy would "
            f"pass the bits as they are. Pass np.{dtype}(...)."
        )
    return np.array(value)


class _RedZoned:
    """A copy of an array, between zones where a stray write shows and a stray read is NaN."""

    def __init__(self, array: Any, dtype: np.dtype, where: str) -> None:
        if not isinstance(array, np.ndarray):
            raise LaunchError(
                f"{where} is {type(array).__name__}, the parameter is a pointer: pass an array"
            )
        # float2 takes complex64 as well as pairs of float32.
        if array.dtype.type(0).real.dtype != dtype:
            raise LaunchError(f"{where} is {array.dtype}, the parameter points to {dtype}")
        if not array.flags.c_contiguous:
            raise LaunchError(
                f"{where} is not C-contiguous, and a kernel ignores strides: pass "
                "xp.ascontiguousarray(...)"
            )
        self.array = array
        self._where = where
        self._memory = np.full(array.nbytes + 2 * _RED_ZONE + _ALIGNMENT, _POISON, np.uint8)
        self._start = _RED_ZONE + -(self._memory.ctypes.data + _RED_ZONE) % _ALIGNMENT
        self._stop = self._start + array.nbytes
        self._memory[self._start : self._stop] = self._bytes()

    @property
    def address(self) -> int:
        """Where the copy begins."""
        return self._memory.ctypes.data + self._start

    def copy_back(self) -> None:
        """Give the array what the kernel wrote, if it wrote nothing else."""
        before, copy, after = np.split(self._memory, [self._start, self._stop])
        if (before != _POISON).any() or (after != _POISON).any():
            raise LaunchError(f"{self._where}: the kernel wrote outside the array")
        if self.array.flags.writeable:
            self._bytes()[:] = copy
        elif not np.array_equal(self._bytes(), copy):
            raise LaunchError(f"{self._where} is read-only, and the kernel wrote to it")

    def _bytes(self) -> np.ndarray:
        """The array's own memory, flat."""
        return self.array.reshape(-1).view(np.uint8)
