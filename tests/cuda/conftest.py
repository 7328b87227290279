"""One list of tests for two kinds of GPU: the stand-ins, and a real one where there is one."""

from __future__ import annotations

import contextlib

import pytest

# No tests are in there, and where CuPy is missing it cannot be imported.
collect_ignore = ["fake_cupy"]


@pytest.fixture(params=["stand-in", pytest.param("gpu", marks=pytest.mark.gpu)])
def on_gpu(request):
    """A context in which ``import cupy`` finds a GPU; gives the module."""
    if request.param == "stand-in":
        return pytest.importorskip("fake_cupy").installed
    cupy = pytest.importorskip("cupy")
    return lambda: contextlib.nullcontext(cupy)
