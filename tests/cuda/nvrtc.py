"""What CUDA kernels need on each GPU architecture, found out without a GPU.

NVRTC compiles them as CuPy does, its assembler ptxas reports what they need, and nvdisasm shows
their instructions. All are wheels: ``pip install nvidia-cuda-nvrtc nvidia-cuda-nvrtc-cu12
nvidia-cuda-nvdisasm``. ``python tests/cuda/nvrtc.py`` prints the table of the documentation.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import json
import os
import re
import subprocess
import tempfile
from collections import Counter
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from sertools.core.spectral import as_bank
from sertools.kernels.cuda import spectral, temporal
from sertools.kernels.cuda._kernels import (
    ARCHITECTURES,
    KERNELS,
    OPTIONS,
    TRANSFORM_LENGTHS,
    Kernel,
    source,
)
from sertools.kernels.cuda.batch import Batch, Contours

# What CuPy 14 gives to every kernel, beside -arch=sm_XX: the standard in core.pyx (function
# assemble_cupy_compiler_options), the others in compiler.py (_compile_with_cache_cuda and
# _compile_using_nvrtc). Its folders of headers are left out: our kernels include nothing, and one
# that does fails here.
CUPY_OPTIONS = ("--std=c++17", "-ftz=true", "--device-as-default-execution-space")

# Of the NVRTC of CUDA 13 and of CUDA 12, which allot registers differently.
WHEELS = ("nvidia-cuda-nvrtc", "nvidia-cuda-nvrtc-cu12")

# Makes ptxas report on each kernel.
REPORT_OPTION = "--ptxas-options=-v"

# A block runs on one multiprocessor, and these are the registers that one has.
REGISTERS_PER_BLOCK = 65536

# What every GPU gives to a block; more must be asked for, and differs between them.
SHARED_PER_BLOCK = 48 * 1024

# ptxas' report on a kernel, after the line that names it.
_REPORT = re.compile(
    r"(?P<stack>\d+) bytes stack frame, (?P<stored>\d+) bytes spill stores, "
    r"(?P<loaded>\d+) bytes spill loads\n"
    r".*Used (?P<registers>\d+) registers(?:.* (?P<shared>\d+) bytes smem)?"
)

# The launch bounds of a kernel, in PTX: a launch with more threads fails.
_LAUNCH_BOUNDS = re.compile(r"\.entry (\w+)\([^)]*\)\s*\.maxntid (\d+)")

# DFMA, F2F.F64.F32, MUFU.RCP64H and the like; DEPBAR alone begins with D and is a barrier.
_FP64 = re.compile(r"D(?!EPBAR)|.*(\.F64|64H)")

# Loads and stores of local memory: spilled registers, and arrays indexed at run time.
_LOCAL = re.compile(r"LDL|STL")


class ToolMissingError(RuntimeError):
    """NVRTC or nvdisasm is not installed."""


class CompileError(ValueError):
    """NVRTC refused a kernel, or warned of something in it."""


class Needs(NamedTuple):
    """What one kernel needs on one architecture."""

    block: int  # threads that it may be launched with, 0 where its source does not say
    registers: int  # per thread
    spills: int  # bytes stored and loaded
    stack: int  # bytes per thread
    shared: int  # bytes of static shared memory
    instructions: int
    fp64: int  # instructions
    local: int  # instructions


class Compiler:
    """NVRTC and nvdisasm; what they found is kept in a folder, and found there the next time."""

    def __init__(self, wheel: str = WHEELS[0], cache: Path | None = None):
        # NVRTC 13.0, which PyTorch 2.11 pins, finds these only where they are loaded already.
        ctypes.CDLL(str(_wheel_file(wheel, "libnvrtc-builtins.so.*")))
        self._nvrtc = ctypes.CDLL(str(_wheel_file(wheel, "libnvrtc.so.*")))
        self._nvrtc.nvrtcGetErrorString.restype = ctypes.c_char_p
        self._nvdisasm = _wheel_file("nvidia-cuda-nvdisasm", "nvdisasm")
        self.version = metadata.version(wheel)
        self._cache = cache or Path(tempfile.gettempdir()) / f"sertools-nvrtc-{os.getuid()}"
        self._cache.mkdir(parents=True, exist_ok=True)

    def compile(
        self,
        code: str,
        instances: tuple[str, ...],
        architecture: int,
        options: tuple[str, ...] = (),
    ) -> dict[str, Needs]:
        """What each instance of the kernels in `code` needs on an architecture such as 90."""
        options = (*CUPY_OPTIONS, REPORT_OPTION, f"-arch=sm_{architecture}", *options)
        # Another NVRTC, or another reading of what it says, makes another answer.
        question = (self.version, Path(__file__).read_text(), code, instances, options)
        key = hashlib.sha256(json.dumps(question).encode()).hexdigest()
        path = self._cache / f"{key}.json"
        if not path.exists():
            needs = self._inspect(code, instances, options)
            # Test processes share the folder: a file is there as a whole or not at all.
            part = path.with_suffix(f".{os.getpid()}")
            part.write_text(json.dumps(needs))
            part.replace(path)
        return {name: Needs(*numbers) for name, numbers in json.loads(path.read_text()).items()}

    def _inspect(
        self, code: str, instances: tuple[str, ...], options: tuple[str, ...]
    ) -> dict[str, Needs]:
        """What each instance needs, from the compiler."""
        program = ctypes.c_void_p()
        self._call("CreateProgram", ctypes.byref(program), code.encode(), b"code", 0, None, None)
        try:
            for instance in instances:
                self._call("AddNameExpression", program, instance.encode())
            reports = _entries(self._compile(program, options))
            names = {instance: self._lowered_name(program, instance) for instance in instances}
            if undeclared := reports.keys() - names.values():
                raise CompileError(f"kernels that no instance declares: {sorted(undeclared)}")
            bounds = dict(_LAUNCH_BOUNDS.findall(self._result(program, "PTX").decode()))
            opcodes = self._opcodes(self._result(program, "CUBIN"))
        finally:
            self._nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
        return {
            instance: _needs(reports[name], int(bounds.get(name, 0)), opcodes[name])
            for instance, name in names.items()
        }

    def _compile(self, program: ctypes.c_void_p, options: tuple[str, ...]) -> str:
        """Compile a program; returns the log, or raises it where it holds errors or warnings."""
        arguments = [option.encode() for option in options]
        array = (ctypes.c_char_p * len(arguments))(*arguments)
        status = self._nvrtc.nvrtcCompileProgram(program, len(arguments), array)
        log = self._result(program, "ProgramLog").decode()
        # NVRTC 13.0 has no option that makes warnings errors.
        if status or "warning" in log:
            raise CompileError(log)
        return log

    def _lowered_name(self, program: ctypes.c_void_p, instance: str) -> str:
        """The name of an instance in the machine code."""
        name = ctypes.c_char_p()
        self._call("GetLoweredName", program, instance.encode(), ctypes.byref(name))
        return name.value.decode()

    def _result(self, program: ctypes.c_void_p, what: str) -> bytes:
        """The "ProgramLog", the "PTX" or the "CUBIN" of a compiled program."""
        size = ctypes.c_size_t()
        self._call(f"Get{what}Size", program, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        self._call(f"Get{what}", program, buffer)
        return buffer.raw

    def _call(self, function: str, *arguments: object) -> None:
        """Call a function of NVRTC that must not fail."""
        if status := getattr(self._nvrtc, f"nvrtc{function}")(*arguments):
            reason = self._nvrtc.nvrtcGetErrorString(status).decode()
            raise RuntimeError(f"nvrtc{function} failed: {reason}")

    def _opcodes(self, cubin: bytes) -> dict[str, list[str]]:
        """The instructions of each kernel, without the padding behind the last one."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "code.cubin")
            path.write_bytes(cubin)
            command = [self._nvdisasm, "-json", path]
            output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
        _, functions = json.loads(output)
        return {
            function["function-name"]: [
                instruction["opcode"]
                for instruction in function["sass-instructions"]
                if instruction["opcode"] != "NOP"
            ]
            for function in functions
        }


def _wheel_file(wheel: str, pattern: str) -> Path:
    """Where a file of an installed wheel lies."""
    try:
        files = metadata.files(wheel) or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.match(pattern):
            return Path(file.locate())
    raise ToolMissingError(f"{pattern} was not found; on Linux: pip install {wheel}")


def _entries(log: str) -> dict[str, str]:
    """ptxas' report on each kernel, by its lowered name."""
    _, *parts = re.split(r"Compiling entry function '(\w+)'", log)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _needs(report: str, block: int, opcodes: list[str]) -> Needs:
    """What a kernel needs, from its report, its launch bounds and its instructions."""
    numbers = {name: int(text or 0) for name, text in _REPORT.search(report).groupdict().items()}
    return Needs(
        block=block,
        registers=numbers["registers"],
        spills=numbers["stored"] + numbers["loaded"],
        stack=numbers["stack"],
        shared=numbers["shared"],
        instructions=len(opcodes),
        fp64=sum(bool(_FP64.match(opcode)) for opcode in opcodes),
        local=sum(bool(_LOCAL.match(opcode)) for opcode in opcodes),
    )


def broken_limits(kernel: Kernel, needs: Needs) -> list[str]:
    """The limits that a kernel does not keep, in words."""
    shared = needs.shared + kernel.shared
    registers = needs.registers * kernel.block
    limits = {
        f"__launch_bounds__ of {needs.block} threads, {kernel.block} declared": (
            needs.block == kernel.block
        ),
        f"{needs.registers} registers, at most {kernel.registers} declared": (
            needs.registers <= kernel.registers
        ),
        f"{registers} registers per block, at most {REGISTERS_PER_BLOCK}": (
            registers <= REGISTERS_PER_BLOCK
        ),
        f"{shared} bytes of shared memory, at most {SHARED_PER_BLOCK}": shared <= SHARED_PER_BLOCK,
        f"{needs.spills} bytes of spilled registers": needs.spills == 0,
        f"a stack frame of {needs.stack} bytes": needs.stack == 0,
        f"{needs.fp64} FP64 instructions": needs.fp64 == 0,
        f"{needs.local} instructions on local memory": needs.local == 0,
    }
    return [words for words, is_kept in limits.items() if not is_kept]


@functools.cache
def compiler_or_skip(wheel: str = WHEELS[0]) -> Compiler:
    """A compiler; the test that asks is skipped, with the reason, where it is not installed."""
    try:
        return Compiler(wheel)
    except ToolMissingError as error:
        pytest.skip(str(error))


def compile_file(compiler: Compiler, file: str, architecture: int) -> dict[str, Needs]:
    """What each kernel of a file of sertools needs, all compiled at once."""
    instances = [name for kernel in KERNELS if kernel.file == file for name in kernel.instances]
    return compiler.compile(source(file), tuple(instances), architecture, OPTIONS)


def most_shared() -> Counter[str]:
    """The most bytes of dynamic shared memory that a launch asks for, by instance of a kernel."""
    from fake_cupy import installed

    most: Counter[str] = Counter()

    def noted(name: str, grid: tuple[int, ...], *arguments: object, shared: int = 0) -> None:
        most[name] = max(most[name], shared)

    with installed() as cupy, pytest.MonkeyPatch.context() as patch:
        for module in (spectral, temporal):
            patch.setattr(module, "launch", noted)
        for dtype in (np.float32, np.int16):
            _launch_largest(Batch(cupy.zeros(1, dtype=dtype), [1]))
    return most


def _launch_largest(batch: Batch) -> None:
    """Launch each kernel that takes shared memory with the most that it is used for."""
    steps = {"hop_length": 1, "center": True}
    temporal.crossings_and_power(batch, frame_length=temporal.LONGEST_FRAME, **steps)
    for n_fft in (*TRANSFORM_LENGTHS, spectral.LONGEST_WINDOW):
        # The number of bands changes nothing, but for the cepstra.
        bank = as_bank(np.ones((1, n_fft // 2 + 1)))
        spectral.mel(batch, window=np.ones(n_fft), power=2.0, bank=bank, decibels=True, **steps)
    bands = Contours.empty(spectral.MOST_BANDS, batch.frames(1, **steps))
    spectral.cepstra(bands, None, top_db=None, basis=np.ones((1, spectral.MOST_BANDS)))


def table(compiler: Compiler) -> str:
    """The needs of all kernels of sertools, as a table in reStructuredText."""
    most = most_shared()
    lines = [
        f".. csv-table:: Registers per thread / instructions (NVRTC {compiler.version})",
        "   :header-rows: 1",
        "",
        "   Kernel,Threads,Shared bytes,"
        + ",".join(f"sm_{architecture}" for architecture in ARCHITECTURES),
    ]
    for kernel in KERNELS:
        by_architecture = [
            compile_file(compiler, kernel.file, architecture) for architecture in ARCHITECTURES
        ]
        for instance in kernel.instances:
            needs = [all_needs[instance] for all_needs in by_architecture]
            shared = most[instance] + max(each.shared for each in needs)
            cells = ",".join(f"{each.registers} / {each.instructions}" for each in needs)
            lines.append(f'   "``{instance}``",{kernel.block},{shared},{cells}')
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(Compiler()))
