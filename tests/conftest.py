"""Settings that must stand before scikit-learn is imported, and fixtures for all tests."""

from __future__ import annotations

import os
import signal

# scikit-learn skips its array API checks without a word if this is not set when SciPy is imported.
os.environ["SCIPY_ARRAY_API"] = "1"

# BLAS and torch: matrices of this size are for one thread, and two that wait for each other on a
# busy machine take a hundred times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import hypothesis
import numpy as np
import pytest

from sertools import gpu_status

# Seconds are no property of the code here, and examples must be the same on every machine.
hypothesis.settings.register_profile("sertools", deadline=None, derandomize=True)
hypothesis.settings.load_profile("sertools")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(autouse=True)
def user_cache(tmp_path_factory, monkeypatch):
    """An empty folder where the system keeps caches, and not the one of who runs the tests."""
    folder = tmp_path_factory.mktemp("user")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def interruptible():
    """Ctrl-C is heard, as well where a shell that runs the tests in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def pytest_runtest_setup(item):
    """Skip tests marked `gpu` where no GPU can be used, with the reason."""
    if item.get_closest_marker("gpu"):
        usable, reason = gpu_status()
        if not usable:
            pytest.skip(reason)
