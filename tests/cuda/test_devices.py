"""Refusals that need a GPU to be met, and memory that is given back."""

from __future__ import annotations

import os

import numpy as np
import pytest
from fake_cupy import installed
from sklearn.pipeline import make_pipeline

import sertools
from sertools import MFCCExtractor, Padder, ToDevice, Trimmer, ZCRExtractor, _backend


@pytest.fixture
def clips():
    return [np.full(n, 0.1, dtype=np.float32) for n in (400, 700)]


def test_a_device_that_does_not_exist(clips):
    with installed(n_devices=2), pytest.raises(ValueError, match="'cuda:2' does not exist.*2 CUDA"):
        ZCRExtractor(device="cuda:2").fit(clips)


def test_clips_of_both_kinds(clips):
    with installed() as cupy, pytest.raises(ValueError, match="clip 0 is numpy .* 1 is cupy"):
        ZCRExtractor().fit([clips[0], cupy.asarray(clips[1])])


def test_clips_on_two_devices(clips):
    with installed(n_devices=2) as cupy:
        with cupy.cuda.Device(1):
            there = cupy.asarray(clips[1])
        with pytest.raises(ValueError, match=r"float32 on cuda:0, clip 1 is .* on cuda:1"):
            ZCRExtractor().fit([cupy.asarray(clips[0]), there])


def test_the_second_device_works_like_the_first(clips):
    here = MFCCExtractor().fit_transform(clips)
    with installed(n_devices=2) as cupy:
        there = MFCCExtractor(device="cuda:1").fit_transform(clips)
        with cupy.cuda.Device(1):
            block = cupy.asarray(np.stack([clips[0], clips[0]]))
        stays = MFCCExtractor().fit_transform(block)
        assert stays.device.id == 1
    np.testing.assert_allclose(there, here, rtol=1e-4, atol=1e-3)


def test_clips_on_another_device_than_the_one_asked_for(clips):
    here = ZCRExtractor().fit_transform(clips)
    with installed(n_devices=2) as cupy:
        there = ZCRExtractor(device="cuda:1").fit_transform([cupy.asarray(clip) for clip in clips])
        assert there.device.id == 0
        np.testing.assert_allclose(there.get(), here, rtol=1e-5)


def test_a_pipeline_on_the_second_device(clips):
    steps = [Trimmer(), Padder(duration=0.03), MFCCExtractor()]
    here = make_pipeline(*steps).fit_transform(clips)
    with installed(n_devices=2):
        there = make_pipeline(ToDevice("cuda:1"), *steps).fit_transform(clips)
        assert there.device.id == 1
        np.testing.assert_allclose(there.get(), here, rtol=1e-4, atol=1e-3)


def test_a_forked_worker(clips, monkeypatch):
    with installed():
        MFCCExtractor(device="cuda").fit_transform(clips)
        monkeypatch.setattr(_backend, "_context_process", os.getpid() - 1)
        with pytest.raises(RuntimeError, match="forked from one that uses the GPU"):
            ZCRExtractor(device="cuda").fit(clips)


def test_one_clip_that_is_too_large():
    with installed(memory=500_000) as cupy, pytest.raises(cupy.cuda.memory.OutOfMemoryError):
        MFCCExtractor(device="cuda").fit_transform([np.zeros(200_000, dtype=np.float32)])


def test_memory_is_given_back(clips):
    with installed() as cupy:
        MFCCExtractor(device="cuda").fit_transform(clips)
        assert cupy.get_default_memory_pool().total_bytes() > 0
        sertools.release_gpu_memory()
        pool = cupy.get_default_memory_pool()
        assert pool.total_bytes() == pool.used_bytes()


@pytest.mark.parametrize("n_bytes", [0, -1, 1.5, "1 GB"])
def test_no_budget(n_bytes):
    with pytest.raises(ValueError, match="n_bytes=.*: give a number of bytes above 0, or None"):
        sertools.set_gpu_budget(n_bytes)
