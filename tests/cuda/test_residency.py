"""What comes out on a GPU stays there: for scikit-learn, PyTorch and XGBoost, without a copy."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import config_context
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sertools import AcousticExtractor, MFCCExtractor, Padder, ToDevice, Trimmer

LABELS = np.arange(24) % 3


@pytest.fixture
def clips(rng):
    return [
        (np.sin((0.05 + 0.02 * label) * np.arange(9000)) + rng.normal(0, 0.1, 9000)).astype("f4")
        for label in LABELS
    ]


@pytest.mark.parametrize(
    "steps",
    [
        [AcousticExtractor()],
        [AcousticExtractor("gemaps")],
        [AcousticExtractor("speech-small")],
        [MFCCExtractor(stats=("mean", "p90"), deltas=1)],
        [Trimmer(), Padder(duration=1.0), MFCCExtractor()],
    ],
    ids=["kernels", "array code", "many numbers", "other statistics", "preprocessing"],
)
def test_tables_are_plain_arrays(on_gpu, clips, steps):
    """Others take them by DLPack or the CUDA array interface, as they lie."""
    with on_gpu() as cupy:
        table = make_pipeline(ToDevice("cuda"), *steps).fit_transform(clips[:4])
        assert type(table) is cupy.ndarray
        assert table.dtype == np.float32
        assert table.flags.c_contiguous


@pytest.mark.gpu
def test_scikit_learn_works_behind_them(clips):
    steps = [AcousticExtractor(), StandardScaler(), PCA(10, svd_solver="full")]
    here = make_pipeline(*steps, LogisticRegression()).fit(clips, LABELS).predict_proba(clips)
    with config_context(array_api_dispatch=True):
        there = make_pipeline(ToDevice("cuda"), *steps, LogisticRegression())
        import cupy

        found = there.fit(clips, cupy.asarray(LABELS)).predict_proba(clips)
        assert isinstance(found, cupy.ndarray)
    np.testing.assert_allclose(found.get(), here, atol=0.01)


@pytest.mark.gpu
def test_torch_sees_the_same_memory(clips):
    torch = pytest.importorskip("torch")
    table = make_pipeline(ToDevice("cuda"), MFCCExtractor()).fit_transform(clips)
    tensor = torch.from_dlpack(table)
    assert tensor.data_ptr() == table.data.ptr
    assert tensor.shape == table.shape


@pytest.mark.gpu
def test_xgboost_trains_on_it(clips):
    xgboost = pytest.importorskip("xgboost")
    table = make_pipeline(ToDevice("cuda"), MFCCExtractor()).fit_transform(clips)
    matrix = xgboost.QuantileDMatrix(table, LABELS)
    options = {"device": "cuda", "objective": "multi:softprob", "num_class": 3}
    booster = xgboost.train(options, matrix, num_boost_round=20)
    probabilities = booster.inplace_predict(table)
    assert type(probabilities).__module__.startswith("cupy")
    assert (probabilities.argmax(axis=1).get() == LABELS).mean() > 0.9
