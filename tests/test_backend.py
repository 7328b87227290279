"""Devices: names, the probe and its reasons, and the way there and back."""

from __future__ import annotations

import logging
import subprocess
import sys
import types

import numpy as np
import pytest

from sertools import _backend
from sertools._backend import Device, GPUStatus, device_of, gpu_status, resolve, to_device, to_host
from sertools._validation import Clips


@pytest.fixture
def fresh_status():
    """The probe runs anew in this test, and its answer is forgotten after it."""
    gpu_status.cache_clear()
    _backend._report_auto.cache_clear()
    yield
    gpu_status.cache_clear()
    _backend._report_auto.cache_clear()


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(_backend, "gpu_status", lambda: GPUStatus(False, "no CUDA device here"))


class RuntimeStandInError(RuntimeError):
    """Stands for CUDARuntimeError."""


def cupy_that(monkeypatch, **runtime):
    """Install a module `cupy` whose runtime answers as told and which can compute nothing."""
    fake = types.ModuleType("cupy")
    fake.cuda = types.SimpleNamespace(runtime=types.SimpleNamespace(**runtime))
    monkeypatch.setitem(sys.modules, "cupy", fake)
    monkeypatch.setattr(_backend, "_context_process", None)
    return fake


def test_status_is_remembered_and_never_raises():
    status = gpu_status()
    assert isinstance(status.usable, bool)
    assert status.reason
    assert gpu_status() is status


@pytest.mark.usefixtures("fresh_status")
class TestReasons:
    def test_cupy_is_missing(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "cupy", None)
        usable, reason = gpu_status()
        assert not usable
        assert "CuPy cannot be imported" in reason
        assert "sertools[gpu13]" in reason

    def test_two_cupy_packages(self, monkeypatch):
        monkeypatch.setattr(
            _backend.importlib.metadata,
            "distribution",
            lambda name: types.SimpleNamespace(name=name),
        )
        usable, reason = gpu_status()
        assert not usable
        assert "cupy-cuda12x, cupy-cuda13x) and break each other: uninstall" in reason

    def test_there_is_no_driver(self, monkeypatch):
        def no_driver():
            raise RuntimeStandInError("cudaErrorInsufficientDriver:\n driver is too old")

        cupy_that(monkeypatch, getDeviceCount=no_driver)
        usable, reason = gpu_status()
        assert not usable
        assert "no CUDA device can be reached" in reason
        assert "cudaErrorInsufficientDriver: driver" in reason

    def test_there_is_no_device(self, monkeypatch):
        cupy_that(monkeypatch, getDeviceCount=lambda: 0)
        assert gpu_status() == (False, "no CUDA device was found")

    def test_the_compiler_is_missing(self, monkeypatch):
        def without_nvrtc(*_):
            raise RuntimeError("CuPy failed to load libnvrtc.so.13: OSError: cannot open it")

        fake = cupy_that(monkeypatch, getDeviceCount=lambda: 1, getDevice=lambda: 0)
        fake.float32, fake.zeros, fake.RawKernel = np.float32, np.zeros, without_nvrtc
        usable, reason = gpu_status()
        assert not usable
        assert "cannot be used (RuntimeError: CuPy failed to load libnvrtc.so.13" in reason
        assert "pip install 'sertools[gpu13]' or 'sertools[gpu12]'" in reason

    def test_the_process_was_forked(self, monkeypatch):
        def forked():
            raise RuntimeStandInError("cudaErrorInitializationError: initialization error")

        cupy_that(monkeypatch, getDeviceCount=forked)
        assert gpu_status() == (False, "this process was forked from one that uses the GPU")


class TestResolve:
    def test_cpu_and_none(self):
        assert resolve("cpu") == Device("cpu")
        assert resolve(None, np.zeros(3)) == Device("cpu")
        assert resolve(None, [np.zeros(3)]) == Device("cpu")
        assert str(Device("cpu")) == "cpu"
        assert str(Device("cuda", 1)) == "cuda:1"

    @pytest.mark.parametrize("device", ["gpu", "cuda:", "cuda:x", "cpu:0", "", 0, "CUDA"])
    def test_no_device(self, device):
        with pytest.raises(ValueError, match="is unknown: use None"):
            resolve(device)

    @pytest.mark.parametrize("device", ["cuda", "cuda:1"])
    def test_a_gpu_that_cannot_be_used_is_an_error_with_the_reason(self, no_gpu, device):
        with pytest.raises(RuntimeError, match=f"device='{device}' .* no CUDA device here"):
            resolve(device)

    @pytest.mark.usefixtures("fresh_status", "no_gpu")
    def test_auto_takes_the_cpu_and_says_so_once(self, caplog):
        with caplog.at_level(logging.INFO, logger="sertools"):
            assert resolve("auto") == resolve("auto") == Device("cpu")
        assert [record.getMessage() for record in caplog.records] == [
            'device="auto" uses the CPU (no CUDA device here)'
        ]

    def test_an_index_that_does_not_exist(self, monkeypatch):
        monkeypatch.setattr(_backend, "gpu_status", lambda: GPUStatus(True, "a card"))
        cupy_that(monkeypatch, getDeviceCount=lambda: 2)
        assert resolve("cuda:1") == Device("cuda", 1)
        assert resolve("cuda") == Device("cuda", 0)
        with pytest.raises(ValueError, match=r"'cuda:2' does not exist.*2 CUDA device"):
            resolve("cuda:2")


def test_host_data_stay_what_they_are():
    clips = Clips([np.zeros(3), np.zeros(4)], sr=8000)
    moved = to_device(clips, Device("cpu"))
    assert moved.sr == 8000
    assert all(there is here for there, here in zip(moved, clips, strict=True))
    block = np.zeros((2, 3))
    assert to_host(block) is block
    assert to_host((block,)) == [block]


def test_asking_for_a_device_that_is_not_there_loads_no_cupy():
    code = (
        "import sys, sertools._backend as b; b.resolve('cpu'); b.device_of([1.0]); "
        "assert 'cupy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.gpu
def test_there_and_back():
    clips = Clips([np.arange(3, dtype=np.int16), np.arange(5, dtype=np.int16)], sr=8000)
    there = to_device(clips, resolve("cuda"))
    assert there.sr == 8000
    assert device_of(there) == Device("cuda", 0)
    for back, clip in zip(to_host(there), clips, strict=True):
        np.testing.assert_array_equal(back, clip)
        assert back.dtype == clip.dtype
