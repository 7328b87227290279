"""Refusals that need a GPU to be met, and memory that is given back."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
import pytest
from fake_cupy import installed
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

import sertools
from sertools import (
    KernelRidgeClassifier,
    MFCCExtractor,
    Padder,
    ToDevice,
    Trimmer,
    ZCRExtractor,
    _backend,
)
from sertools._backend import device_of, to_host
from sertools.features import _base

SCALER = StandardScaler()


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


@pytest.mark.parametrize("stats", [("mean", "std"), None], ids=["table", "frames"])
@pytest.mark.parametrize("origin", ["cpu", "cuda:0", "cuda:1"])
def test_chunks_on_the_second_device(clips, stats, origin):
    several = [clips[0], clips[1], clips[1], clips[0], clips[0]]
    extractor = MFCCExtractor(stats=stats, deltas=1)
    here = extractor.fit_transform(several)
    with installed(n_devices=2):
        sertools.set_gpu_budget(112 * 1400)  # two clips
        try:
            there = extractor.set_params(device="cuda:1").fit_transform(
                ToDevice(origin).fit_transform(several)
            )
        finally:
            sertools.set_gpu_budget(None)
        assert {str(device_of(row)) for row in there} == {origin}
        there = to_host(there)
    for mine, its in zip(there, here, strict=True):
        np.testing.assert_allclose(mine, its, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("hold", [lambda clips: clips, pd.Series], ids=["an array", "a series"])
def test_clips_as_objects(clips, hold, monkeypatch):
    here = ZCRExtractor().fit_transform(clips)
    with installed() as cupy:
        held = np.empty(2, dtype=object)
        for i, clip in enumerate(clips):
            held[i] = cupy.asarray(clip)
        monkeypatch.setattr(_base, "map_in_threads", None)  # what the host works with
        there = ZCRExtractor().fit_transform(hold(held))
        assert isinstance(there, cupy.ndarray)
        np.testing.assert_allclose(there.get(), here, rtol=1e-5)


def test_a_pipeline_on_the_second_device(clips):
    steps = [Trimmer(), Padder(duration=0.03), MFCCExtractor()]
    here = make_pipeline(*steps).fit_transform(clips)
    with installed(n_devices=2):
        there = make_pipeline(ToDevice("cuda:1"), *steps).fit_transform(clips)
        assert there.device.id == 1
        np.testing.assert_allclose(there.get(), here, rtol=1e-4, atol=1e-3)


class TestHostStepsAfterDeviceSteps:
    @pytest.fixture(autouse=True)
    def gpu(self):
        with installed(n_devices=1) as cupy:
            yield cupy

    def fit(self, clips, *steps):
        return make_pipeline(*steps).fit(clips, ["calm", "glad"])

    def test_a_step_that_never_works_there(self, clips):
        words = (
            r"'svc' \(SVC\) works on the CPU.*ToDevice\(\)\. Insert ToDevice\('cpu'\) before it\.$"
        )
        with pytest.raises(ValueError, match=words):
            self.fit(clips, ToDevice(), MFCCExtractor(), SVC())
        with config_context(array_api_dispatch=True), pytest.raises(ValueError, match=words):
            self.fit(clips, ToDevice(), MFCCExtractor(), SVC())

    def test_a_step_that_works_there_if_told_so(self, clips):
        with pytest.raises(ValueError, match="'scaler' .StandardScaler.*SCIPY_ARRAY_API=1"):
            Pipeline(
                [("move", ToDevice("cuda:0")), ("zcr", ZCRExtractor()), ("scaler", SCALER)]
            ).fit(clips)

    def test_it_is_met_before_any_work(self, clips, monkeypatch):
        monkeypatch.setattr(ZCRExtractor, "_rows_of", None)
        with pytest.raises(ValueError, match="works on the CPU"):
            self.fit(clips, ToDevice(), ZCRExtractor(), SVC())

    def test_within_pipelines_and_searches(self, clips):
        inner = make_pipeline(ToDevice(), ZCRExtractor())
        with pytest.raises(ValueError, match="'standardscaler'.*works on the CPU"):
            self.fit(clips, make_pipeline(inner), SCALER)
        search = GridSearchCV(
            make_pipeline(ToDevice(), ZCRExtractor(), SVC()), {"svc__C": [1, 2]}, cv=2
        )
        with pytest.raises(ValueError, match="'svc' .SVC. works on the CPU"):
            search.set_params(error_score="raise").fit(clips * 2, ["calm", "glad"] * 2)

    def test_when_only_predict_forgets(self, clips):
        fitted = self.fit(clips, ToDevice("cpu"), ZCRExtractor(), SVC())
        fitted.set_params(todevice__device="cuda")
        with pytest.raises(ValueError, match="works on the CPU"):
            fitted.predict(clips)

    def test_home_again(self, clips):
        steps = [ToDevice(), ZCRExtractor(), ToDevice("cpu"), SCALER, SVC()]
        assert set(self.fit(clips, *steps).predict(clips)) <= {"calm", "glad"}

    def test_steps_that_may_know_what_to_do(self, clips, gpu):
        class Mean(BaseEstimator, TransformerMixin):
            def fit(self, X, y=None):
                return self

            def transform(self, X):
                return X.mean(axis=1)

        steps = [ToDevice(), ZCRExtractor(), "passthrough", FunctionTransformer(), Mean()]
        assert isinstance(make_pipeline(*steps).fit_transform(clips), gpu.ndarray)

    def test_a_step_that_does_not_look(self, clips):
        self.fit(clips, ToDevice(), ZCRExtractor(), DummyClassifier()).predict(clips)

    def test_with_a_memory(self, clips, tmp_path):
        pipeline = make_pipeline(ToDevice(), ZCRExtractor(), SVC(), memory=str(tmp_path))
        with pytest.raises(ValueError, match="works on the CPU"):
            pipeline.fit(clips, ["calm", "glad"])

    def test_other_ways_home(self, clips, gpu):
        home = FunctionTransformer(gpu.asnumpy)
        self.fit(clips, ToDevice(), ZCRExtractor(), home, SVC()).predict(clips)
        branch = make_pipeline(ToDevice(), ZCRExtractor(), ToDevice("cpu"))
        self.fit(clips, make_union(branch, ZCRExtractor()), SVC()).predict(clips)

    def test_when_the_clips_are_there_already(self, clips, gpu):
        there = [gpu.asarray(clip) for clip in clips]
        with pytest.raises(ValueError, match=r"from ZCRExtractor\(\)\. Insert ToDevice\('cpu'\)"):
            self.fit(there, Padder(duration=0.1), ZCRExtractor(), SVC())


def test_a_forked_worker(clips, monkeypatch):
    with installed():
        MFCCExtractor(device="cuda").fit_transform(clips)
        monkeypatch.setattr(_backend, "_context_process", os.getpid() - 1)
        with pytest.raises(RuntimeError, match="forked from one that uses the GPU"):
            ZCRExtractor(device="cuda").fit(clips)


def test_auto_in_a_forked_worker(clips, monkeypatch):
    with installed():
        MFCCExtractor(device="cuda").fit_transform(clips)
        monkeypatch.setattr(_backend, "_context_process", os.getpid() - 1)
        assert _backend.resolve("auto") == _backend.Device("cpu")


def too_much_for(cupy):
    return pytest.raises(cupy.cuda.memory.OutOfMemoryError)


def test_one_clip_that_is_too_large():
    with installed(memory=500_000) as cupy, too_much_for(cupy) as caught:
        MFCCExtractor(device="cuda").fit_transform([np.zeros(200_000, dtype=np.float32)])
    assert "take n_jobs=1" in caught.value.__notes__[0]


def test_a_table_that_is_too_large(rng):
    X, y = rng.normal(size=(500, 20)), np.arange(500) % 2
    with installed(memory=500_000) as cupy, too_much_for(cupy) as caught:
        KernelRidgeClassifier(device="cuda").fit(X, y)
    assert "device='cpu' needs none" in caught.value.__notes__[0]


@pytest.mark.parametrize("ordinal", [0, 1])
def test_memory_is_given_back(clips, ordinal):
    with installed(n_devices=2) as cupy:
        MFCCExtractor(device=f"cuda:{ordinal}").fit_transform(clips)
        pool = cupy.get_default_memory_pool()
        with cupy.cuda.Device(ordinal):
            assert pool.total_bytes() > pool.used_bytes()
        sertools.release_gpu_memory()
        with cupy.cuda.Device(ordinal):
            assert pool.total_bytes() == pool.used_bytes()


@pytest.mark.parametrize("n_bytes", [0, -1, 1.5, "1 GB"])
def test_no_budget(n_bytes):
    with pytest.raises(ValueError, match="n_bytes=.*: give a number of bytes above 0, or None"):
        sertools.set_gpu_budget(n_bytes)
