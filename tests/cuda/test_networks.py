"""Networks on a GPU: the answers of the CPU, data that go there once, and nothing left behind."""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from fake_cupy import installed
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from sertools import CNNClassifier, CRNNClassifier, MLPClassifier, RNNClassifier, gpu_status
from sertools._backend import Device, is_device_array, to_device
from sertools.models import _batches, _network_classifier

EMOTIONS = np.tile(["angry", "happy", "sad"], 20)

CLASSIFIERS = [
    CNNClassifier("cnn1d", width=8, max_epochs=10, lr=0.01, random_state=0),
    CNNClassifier("cnn2d", width=8, depth=2, max_epochs=15, lr=0.01, random_state=0),
    CRNNClassifier(width=8, max_epochs=10, lr=0.01, random_state=0),
    MLPClassifier(width=16, max_epochs=20, lr=0.01, random_state=0),
    RNNClassifier("gru", bidirectional=True, width=16, max_epochs=10, lr=0.01, random_state=0),
]


@pytest.fixture
def clips(rng):
    """Clips of four channels, one of which is louder by the emotion."""
    louder = np.eye(3, 4)[np.arange(60) % 3]
    return [rng.normal(size=(4, rng.integers(8, 30))) + 3 * row[:, None] for row in louder]


@pytest.fixture(params=["list", "block"])
def frames(request, clips):
    return clips if request.param == "list" else np.stack([clip[:, :8] for clip in clips])


def given(model, clips):
    """What a model takes of some clips: all frames, or the first of each."""
    return np.stack([clip[:, 0] for clip in clips]) if isinstance(model, MLPClassifier) else clips


def here(model):
    """Whether all that was learnt lies on the CPU."""
    tensors = [tensor for net in model.engines_ for tensor in net.module_.state_dict().values()]
    learnt = isinstance(model.mean_, np.ndarray) and isinstance(model.scale_, np.ndarray)
    return learnt and {tensor.device.type for tensor in tensors} == {"cpu"}


def test_frames_that_lie_there_can_be_learnt_here(on_gpu, frames):
    model = clone(CLASSIFIERS[0]).set_params(device="cpu", max_epochs=1)
    expected = clone(model).fit(frames, EMOTIONS).decision_function(frames)
    with on_gpu():
        there = to_device(frames, Device("cuda"))
        found = model.fit(there, EMOTIONS).decision_function(there)
    assert here(model)
    assert_array_equal(found, expected)


@pytest.mark.skipif(gpu_status().usable, reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_an_error(frames):
    model = clone(CLASSIFIERS[0]).set_params(device="cuda")
    with pytest.raises(RuntimeError, match="device='cuda' was asked for and cannot be used"):
        model.fit(frames, EMOTIONS)


@pytest.mark.parametrize("where", ["frames", "device"])
@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU that torch can use")
def test_a_gpu_that_torch_cannot_use_is_an_error(frames, where):
    model = clone(CLASSIFIERS[0]).set_params(max_epochs=1)
    fitted = clone(model).fit(frames, EMOTIONS)
    for one in (model, fitted):
        one.set_params(device="cuda" if where == "device" else None)
    with installed():
        X = to_device(frames, Device("cuda")) if where == "frames" else frames
        for ask in (lambda: model.fit(X, EMOTIONS), lambda: fitted.predict(X)):
            with pytest.raises(RuntimeError, match=r"was to work on cuda:0, and PyTorch .* cannot"):
                ask()


@pytest.mark.parametrize(("n_values", "home"), [(499, "cuda:1"), (500, "cpu")])
def test_data_stay_there_if_they_leave_half_of_the_memory_free(monkeypatch, n_values, home):
    free = {1: 4000}
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda ordinal: (free[ordinal], 10**9))
    assert str(_batches._home(n_values, Device("cuda", 1))) == home


@pytest.mark.gpu
@pytest.mark.parametrize("model", CLASSIFIERS, ids=str)
class TestOnARealGPU:
    def test_the_answers_are_those_of_the_cpu(self, model, clips, monkeypatch):
        X = given(model, clips)
        there = to_device(X, Device("cuda"))
        model = clone(model).set_params(validation_fraction=0.2, n_models=2)

        with monkeypatch.context() as patch:
            patch.setattr(_network_classifier, "to_host", None)  # no frame comes down
            model.fit(there, EMOTIONS)
            labels, scores = model.predict(there), model.decision_function(there)
        assert here(model)
        assert isinstance(labels, np.ndarray)
        assert not is_device_array(scores)
        assert np.mean(labels == EMOTIONS) > 0.9
        # Convolutions there are in TF32, of 10 bits.
        assert_allclose(model.decision_function(X), scores, atol=0.05)
        assert_allclose(model.set_params(device="cuda").decision_function(X), scores, atol=1e-4)

    def test_from_the_host_the_same_is_learnt(self, model, clips):
        X = given(model, clips)
        model = clone(model).set_params(device="cuda").fit(X, EMOTIONS)
        assert here(model)
        assert np.mean(model.predict(X) == EMOTIONS) > 0.9

    @pytest.mark.parametrize("share", [_batches._SHARE_OF_DATA, 0.0], ids=["there", "host"])
    def test_nothing_is_left_behind(self, model, clips, monkeypatch, share):
        monkeypatch.setattr(_batches, "_SHARE_OF_DATA", share)
        X = given(model, clips)
        options = {
            "early_stopping": 3,
            "mixup": 0.3,
            "spec_augment": 0.2,
            "class_weight": "balanced",
        }
        if isinstance(model, MLPClassifier):
            del options["spec_augment"]
        clone(model).set_params(device="cuda", max_epochs=1).fit(X, EMOTIONS)  # libraries stay
        gc.collect()
        before = torch.cuda.memory_allocated()
        model = clone(model).set_params(device="cuda", **options).fit(X, EMOTIONS)
        model.predict(X)
        gc.collect()
        assert torch.cuda.memory_allocated() == before
        assert np.mean(model.predict(X) == EMOTIONS) > 0.9

    def test_pickles_load_where_there_is_none(self, model, clips, tmp_path):
        X = given(model, clips)
        model = (
            clone(model).set_params(early_stopping=5).fit(to_device(X, Device("cuda")), EMOTIONS)
        )
        (tmp_path / "model").write_bytes(pickle.dumps((model, X)))
        code = (
            "import pickle, sys, torch\n"
            "assert not torch.cuda.is_available()\n"
            "model, X = pickle.load(open(sys.argv[1], 'rb'))\n"
            "print(*model.predict(X))"
        )
        run = subprocess.run(
            [sys.executable, "-c", code, tmp_path / "model"],
            env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
            check=True,
            capture_output=True,
            text=True,
        )
        assert run.stdout.split() == model.predict(X).tolist()
