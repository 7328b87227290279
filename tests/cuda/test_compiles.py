"""Every kernel compiles for every architecture as CuPy compiles it, and keeps its limits."""

from __future__ import annotations

from importlib import resources

import pytest
from nvrtc import broken_limits, compile_file, compiler_or_skip

from sertools.kernels.cuda._kernels import ARCHITECTURES, KERNELS

FILES = sorted({kernel.file for kernel in KERNELS})


def test_every_source_is_declared():
    folder = resources.files("sertools.kernels.cuda")
    sources = [path.name for path in folder.iterdir() if path.name.endswith(".cu")]
    assert sorted(sources) == FILES


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("file", FILES)
def test_kernels_keep_their_limits(file, architecture):
    needs = compile_file(compiler_or_skip(), file, architecture)
    broken = [
        f"{instance}: {limit}"
        for kernel in KERNELS
        if kernel.file == file
        for instance in kernel.instances
        for limit in broken_limits(kernel, needs[instance])
    ]
    assert broken == []
