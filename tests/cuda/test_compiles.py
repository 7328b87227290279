"""Every kernel compiles for every architecture as CuPy compiles it, and keeps its limits.

So it is with the compiler of CUDA 12 and with that of CUDA 13.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest
from nvrtc import WHEELS, broken_limits, compile_file, compiler_or_skip, table

from sertools.kernels.cuda._kernels import ARCHITECTURES, KERNELS

FILES = sorted({kernel.file for kernel in KERNELS})
ROOT = Path(__file__).parents[2]


def test_every_source_is_declared():
    folder = resources.files("sertools.kernels.cuda")
    sources = [path.name for path in folder.iterdir() if path.name.endswith(".cu")]
    assert sorted(sources) == FILES


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("wheel", WHEELS)
def test_kernels_keep_their_limits(wheel, file, architecture):
    needs = compile_file(compiler_or_skip(wheel), file, architecture)
    broken = [
        f"{instance}: {limit}"
        for kernel in KERNELS
        if kernel.file == file
        for instance in kernel.instances
        for limit in broken_limits(kernel, needs[instance])
    ]
    assert broken == []


def test_the_documentation_shows_the_table_of_the_pinned_compiler():
    compiler = compiler_or_skip()
    pinned = f"{WHEELS[0]}=={compiler.version}"
    if pinned not in (ROOT / "constraints.txt").read_text().splitlines():
        pytest.skip(f"constraints.txt pins another NVRTC than {compiler.version}")
    assert (ROOT / "docs" / "gpu_kernels.inc").read_text() == table(compiler) + "\n"
