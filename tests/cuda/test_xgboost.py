"""XGBoostClassifier on a GPU: no table comes down, and no model stays there."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import xgboost

from sertools import ToDevice, XGBoostClassifier, gpu_status
from sertools._backend import array_namespace, device_of, is_device_array, to_host
from sertools.models import _xgboost

fake_cupy = pytest.importorskip("fake_cupy")

EMOTIONS = np.tile(["angry", "neutral", "sad"], 30)
SPEAKERS = np.repeat(np.arange(5), 18)


@pytest.fixture
def table(rng):
    means = rng.normal(size=(3, 6))[np.unique(EMOTIONS, return_inverse=True)[1]]
    return means + rng.normal(0, 0.5, size=(90, 6))


def classifier(**parameters):
    return XGBoostClassifier(**{"n_estimators": 10, "random_state": 0, **parameters})


@pytest.fixture
def pretend_gpu(monkeypatch):
    """XGBoost that computes on the CPU, and takes data only where it was told to work."""
    tell = xgboost.Booster.set_param
    train = xgboost.Booster.update
    ask = xgboost.Booster.inplace_predict
    bin_rows = xgboost.QuantileDMatrix

    def set_param(booster, params):
        others = dict(params)
        booster.place = others.pop("device", getattr(booster, "place", None))
        tell(booster, others)

    def quantile_matrix(table, *args, **options):
        assert is_device_array(table)
        matrix = bin_rows(to_host(table), *args, **options)
        matrix.place = str(device_of(table))
        return matrix

    def update(booster, matrix, *args, **options):
        assert booster.place == matrix.place
        train(booster, matrix, *args, **options)

    def inplace_predict(booster, table, **options):
        assert booster.place == str(device_of(table))
        answer = ask(booster, to_host(table), **options)
        if is_device_array(table):
            answer = array_namespace(table).asarray(answer)
            assert device_of(answer) == device_of(table)
        return answer

    def install():
        monkeypatch.setattr(xgboost.Booster, "set_param", set_param)
        monkeypatch.setattr(xgboost.Booster, "update", update)
        monkeypatch.setattr(xgboost.Booster, "inplace_predict", inplace_predict)
        monkeypatch.setattr(xgboost, "QuantileDMatrix", quantile_matrix)
        monkeypatch.setattr(_xgboost, "_finds_gpu", lambda *_: True)

    return install


@pytest.mark.parametrize("from_host", [False, True], ids=["from there", "from the host"])
@pytest.mark.parametrize("early_stopping_rounds", [None, 3])
def test_tables_stay_on_the_second_gpu(table, pretend_gpu, from_host, early_stopping_rounds):
    parameters = {"early_stopping_rounds": early_stopping_rounds}
    here = classifier(**parameters).fit(table, EMOTIONS, groups=SPEAKERS)
    expected = here.predict_proba(table)
    pretend_gpu()
    with fake_cupy.installed(n_devices=2):
        X = table if from_host else ToDevice("cuda:1").fit_transform(table)
        model = classifier(device="cuda:1" if from_host else None, **parameters)
        model.fit(X, EMOTIONS, groups=SPEAKERS)
        assert model.engine_.place == "cpu"
        np.testing.assert_array_equal(model.predict_proba(X), expected)
        assert model.engine_.place == "cpu"
    model.set_params(device="cpu")
    np.testing.assert_array_equal(model.predict_proba(table), expected)


@pytest.mark.skipif(gpu_status().usable, reason="there is a GPU that XGBoost can use")
def test_a_gpu_that_xgboost_cannot_use_is_an_error(table):
    """XGBoost itself would warn, and work on the CPU."""
    with fake_cupy.installed():
        with pytest.raises(RuntimeError, match="was to work on cuda:0, and XGBoost .* cannot"):
            classifier(device="cuda").fit(table, EMOTIONS)
        model = classifier().fit(table, EMOTIONS).set_params(device="cuda")
        with pytest.raises(RuntimeError, match="cannot"):
            model.predict(table)


@pytest.mark.gpu
@pytest.mark.parametrize("early_stopping_rounds", [None, 3])
def test_on_a_real_gpu(table, early_stopping_rounds):
    """Warnings are errors here, and so are XGBoost's of data that lie elsewhere."""
    import cupy

    X = cupy.asarray(table)
    model = classifier(n_estimators=30, early_stopping_rounds=early_stopping_rounds)
    model.fit(X, EMOTIONS, groups=SPEAKERS)
    assert (model.predict(X) == EMOTIONS).mean() > 0.9
    there = model.predict_proba(X)
    loaded = pickle.loads(pickle.dumps(model))
    assert '"cuda' not in loaded.engine_.save_config()
    np.testing.assert_allclose(loaded.predict_proba(table), there, atol=1e-5)
    np.testing.assert_allclose(loaded.set_params(device="cuda").predict_proba(table), there)
