"""Data races in a kernel, as ThreadSanitizer finds them: two threads at one place in memory, one of
them writing, and no barrier between.

The detector must be loaded before anything else, so the kernel runs in a process of its own. What
blocks do to each other is not seen, for they run one after the other: schedules show that.
"""

from __future__ import annotations

import functools
import os
import pickle
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stand_in.module import LaunchError, RawModule

__all__ = ["race_report", "tsan_library"]


class _WatchedModule(RawModule):
    """Kernels whose reads and writes ThreadSanitizer sees."""

    compiler_flags = (*RawModule.compiler_flags, "-fsanitize=thread")


def race_report(
    code: str,
    name: str,
    grid: tuple[int, ...],
    block: tuple[int, ...],
    args: Sequence[Any],
    *,
    options: Sequence[str] = (),
    shared_mem: int = 0,
) -> str:
    """What ThreadSanitizer says of one launch of the kernel `name`: nothing if it has no race.

    The arrays in `args` are left as they are.
    """
    # Compiled here, for a compiler would run under the detector there.
    _WatchedModule(code=code, options=options, name_expressions=[name]).compile()
    done = subprocess.run(
        [*_same_addresses(), sys.executable, "-m", __name__],
        input=pickle.dumps((code, options, name, grid, block, args, shared_mem)),
        capture_output=True,
        env=os.environ
        | {
            "LD_PRELOAD": str(tsan_library()),
            "PYTHONPATH": str(Path(__file__).parents[1]),
            # Threads of other libraries are none of this test's business.
            "OPENBLAS_NUM_THREADS": "1",
        },
    )
    said = done.stderr.decode()
    if "WARNING: ThreadSanitizer" in said:
        return said
    if done.returncode != 0:
        raise LaunchError(f"{name} did not run under the race detector:\n{said}")
    return ""


def tsan_library() -> Path | None:
    """Where ThreadSanitizer's library lies, if there is g++ and it has one."""
    if shutil.which("g++") is None:
        return None
    command = ["g++", "-print-file-name=libtsan.so"]
    path = Path(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())
    return path if path.is_absolute() else None


@functools.cache
def _same_addresses() -> list[str]:
    """What runs a command without random addresses, which ThreadSanitizer may not cope with.

    Containers may forbid it; older kernels do not need it.
    """
    command = ["setarch", platform.machine(), "-R"]
    try:
        subprocess.run([*command, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return command


def _launch() -> None:
    """Launch the kernel that is pickled on standard input."""
    code, options, name, grid, block, args, shared_mem = pickle.load(sys.stdin.buffer)
    module = _WatchedModule(code=code, options=options, name_expressions=[name])
    kernel = module.get_function(name)
    kernel.max_dynamic_shared_size_bytes = max(kernel.max_dynamic_shared_size_bytes, shared_mem)
    kernel(grid, block, args, shared_mem=shared_mem)


if __name__ == "__main__":
    _launch()
