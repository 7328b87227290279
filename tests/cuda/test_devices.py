"""Refusals that need a GPU to be met, and memory that is given back."""

from __future__ import annotations

import os

import numpy as np
import pytest
from fake_cupy import installed
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

import sertools
from sertools import MFCCExtractor, Padder, ToDevice, Trimmer, ZCRExtractor, _backend

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
