"""Classifiers on a GPU: the answers of the CPU, on the host, and nothing left behind there."""

from __future__ import annotations

import importlib.machinery
import inspect
import logging
import pickle
import sys
import types

import numpy as np
import pytest
from fake_cupy import fake, fake_cupyx, installed
from fake_cupy.solvers import scipy_linalg
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.svm import SVC

from sertools import KernelRidgeClassifier, Padder, SVMClassifier
from sertools._backend import is_device_array
from sertools._validation import check_table
from sertools.models._svm_engines import PairwiseSVM

# scikit-learn's array code, which nystroem runs there, is no work for the stand-in.
CLASSIFIERS = [
    KernelRidgeClassifier(),
    KernelRidgeClassifier(storage="int8", class_weight={3: 2}),
    SVMClassifier(engine="sklearn", probability=True, random_state=0),
]


@pytest.fixture
def y():
    """Four classes, as numbers: other labels are on no GPU."""
    return np.array([7, 3, 11, 5])[np.arange(120) % 4]


@pytest.fixture(name="X")
def table(rng, y):
    return rng.normal(size=(120, 10)) + (y[:, None] == [7, 3, 11, 5, 0, 0, 0, 0, 0, 0])


@pytest.fixture
def weights(rng):
    """Weights, of which some are zero."""
    return rng.integers(0, 3, 120).astype(float)


@pytest.fixture
def groups():
    return np.arange(120) // 10


class CumlSVC:
    """What is taken from cuML's machine: it works on a GPU, and comes back as scikit-learn's."""

    def __init__(self, *, C, kernel, gamma, degree, coef0):
        self.machine = SVC(C=C, kernel=kernel, gamma=gamma, degree=degree, coef0=coef0)

    def fit(self, X, y, sample_weight):
        for part in (X, y, sample_weight):
            assert is_device_array(part)
            assert part.device == fake.cuda.Device()
            assert part.dtype == X.dtype
        self.machine.fit(X.get(), y.get(), sample_weight.get())

    def as_sklearn(self):
        return self.machine


@pytest.fixture
def cuml(monkeypatch):
    """A cuML that can be imported."""
    package, svm = types.ModuleType("cuml"), types.ModuleType("cuml.svm")
    package.__spec__ = importlib.machinery.ModuleSpec("cuml", None)
    svm.SVC = CumlSVC
    monkeypatch.setitem(sys.modules, "cuml", package)
    monkeypatch.setitem(sys.modules, "cuml.svm", svm)


@pytest.fixture
def no_cuml(monkeypatch):
    monkeypatch.setitem(sys.modules, "cuml", None)


def assert_of_the_host(model):
    """Nothing of a fitted model is on a GPU, wherever it is kept."""
    assert b"cupy" not in pickle.dumps(model)


@pytest.mark.parametrize("model", CLASSIFIERS, ids=str)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-7), (np.float32, 1e-3)])
def test_the_answers_are_those_of_the_cpu(
    on_gpu, model, X, y, weights, groups, dtype, tolerance, rng
):
    X, new = X.astype(dtype), rng.normal(size=(30, 10)).astype(dtype)
    here = clone(model).fit(X, y, weights, groups)
    with on_gpu() as cupy:
        there = clone(model)
        there.fit(*(cupy.asarray(part) for part in (X, y, weights, groups)))
        predicted = there.predict(cupy.asarray(new))
        chances = there.predict_proba(cupy.asarray(new))
    assert isinstance(predicted, np.ndarray)
    assert isinstance(chances, np.ndarray)
    assert_array_equal(predicted, here.predict(new))
    assert_allclose(chances, here.predict_proba(new), atol=tolerance)
    assert_of_the_host(there)
    loaded = pickle.loads(pickle.dumps(there))
    assert_allclose(loaded.predict_proba(new), chances, atol=tolerance)


@pytest.mark.parametrize("model", CLASSIFIERS, ids=str)
def test_a_device_may_be_named(on_gpu, model, X, y):
    here = clone(model).fit(X, y).predict_proba(X)
    with on_gpu() as cupy:
        there = clone(model).set_params(device="cuda").fit(X, y)
        assert_allclose(there.predict_proba(X), here, atol=1e-7)
        back = clone(model).set_params(device="cpu").fit(cupy.asarray(X), y)
        assert_array_equal(back.predict_proba(cupy.asarray(X)), here)


@pytest.mark.usefixtures("cuml")
@pytest.mark.parametrize("model", [*CLASSIFIERS, SVMClassifier(engine="cuml")], ids=str)
def test_the_second_device_works_like_the_first(model, X, y, weights):
    with installed(n_devices=2) as cupy:
        here = clone(model).fit(cupy.asarray(X), y, weights).decision_function(X)
        with cupy.cuda.Device(1):
            there = cupy.asarray(X)
        assert_array_equal(clone(model).fit(there, y, weights).decision_function(there), here)
        named = clone(model).set_params(device="cuda:1").fit(X, y, weights)
        assert_array_equal(named.decision_function(cupy.asarray(X)), here)


def test_too_little_ridge(on_gpu, X, y):
    single = np.tile(X, (3, 1)).astype(np.float32)
    with on_gpu() as cupy, pytest.raises(ValueError, match="alpha=1e-20 is too little ridge"):
        KernelRidgeClassifier(alpha=1e-20).fit(cupy.asarray(single), np.tile(y, 3))


@pytest.mark.usefixtures("cuml")
class TestPairsOfClasses:
    @pytest.mark.parametrize("n_classes", [2, 3, 4])
    @pytest.mark.parametrize("options", [{}, {"kernel": "poly", "coef0": 1.0, "C": 3.0}], ids=str)
    def test_decide_as_scikit_learn_does(self, X, y, weights, n_classes, options, rng):
        known = np.isin(y, np.unique(y)[:n_classes]) & (weights > 0)
        X, y, weights, new = X[known], y[known], weights[known], rng.normal(size=(50, 10))
        expected = SVC(**options).fit(X, y, weights)
        with installed() as cupy:
            model = SVMClassifier(**options).fit(cupy.asarray(X), cupy.asarray(y), weights)
            decided = model.decision_function(cupy.asarray(new))
        assert isinstance(model.engine_, PairwiseSVM)
        assert_allclose(decided, expected.decision_function(new), atol=1e-6)
        assert_of_the_host(model)
        loaded = pickle.loads(pickle.dumps(model))
        assert_array_equal(loaded.decision_function(new), decided)

    def test_are_calibrated_like_one_machine(self, X, y, groups):
        model = SVMClassifier(probability=True, random_state=0)
        here = clone(model).fit(X, y, groups=groups).predict_proba(X)
        with installed() as cupy:
            there = model.fit(cupy.asarray(X), y, groups=groups).predict_proba(X)
        assert_allclose(there, here, atol=1e-6)


@pytest.mark.usefixtures("no_cuml")
class TestWithoutCuml:
    def test_it_cannot_be_asked_for(self, X, y):
        model = SVMClassifier(engine="cuml", device="cuda")
        with installed(), pytest.raises(ImportError, match="needs cuML .*, which is not installed"):
            model.fit(X, y)

    def test_an_approximation_takes_its_place_and_needs_a_setting(self, X, y, caplog, monkeypatch):
        monkeypatch.delenv("SCIPY_ARRAY_API")
        caplog.set_level(logging.INFO, logger="sertools")
        words = "engine='nystroem' works on a GPU through .* set SCIPY_ARRAY_API=1 .* device='cpu'"
        with installed() as cupy, pytest.raises(RuntimeError, match=words):
            SVMClassifier().fit(cupy.asarray(X), y)
        assert "engine='auto' takes an approximation, 'nystroem'" in caplog.text


@pytest.mark.gpu
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-3), (np.float32, 2e-2)])
def test_the_approximation_is_that_of_the_cpu(X, y, weights, groups, dtype, tolerance):
    import cupy

    model = SVMClassifier(
        engine="nystroem", n_components=50, gamma=0.1, probability=True, random_state=0
    )
    X = X.astype(dtype)
    here = clone(model).fit(X, y, weights, groups).predict_proba(X)
    model.fit(cupy.asarray(X), cupy.asarray(y), weights, groups)
    assert_allclose(model.predict_proba(cupy.asarray(X)), here, atol=tolerance)
    assert_of_the_host(model)
    loaded = pickle.loads(pickle.dumps(model))
    assert_allclose(loaded.predict_proba(X), here, atol=tolerance)


class TestTables:
    def test_of_floats_are_kept_as_they_lie(self, on_gpu):
        with on_gpu() as cupy:
            for dtype in (np.float32, np.float64):
                table = cupy.ones((2, 3), dtype=dtype)
                estimator = Padder()
                assert check_table(estimator, table, reset=True) is table
                assert estimator.n_features_in_ == 3

    @pytest.mark.parametrize("dtype", [np.float16, np.int16, bool])
    def test_of_all_else_become_float64(self, dtype):
        with installed(n_devices=2) as cupy:
            with cupy.cuda.Device(1):
                given = cupy.asarray([[1, 0]], dtype=dtype)
            table = check_table(Padder(), given, reset=True)
            assert table.dtype == np.float64
            assert table.device.id == 1
            assert table.tolist() == [[1, 0]]

    def test_have_a_width(self, on_gpu):
        estimator = Padder()
        with on_gpu() as cupy:
            check_table(estimator, cupy.ones((2, 3)), reset=True)
            with pytest.raises(ValueError, match="X has 2 features, but Padder is expecting 3"):
                check_table(estimator, cupy.ones((2, 2)), reset=False)

    @pytest.mark.parametrize("shape", [(), (3,), (0, 3), (3, 0)])
    def test_have_rows_and_columns(self, on_gpu, shape):
        with on_gpu() as cupy, pytest.raises(ValueError, match="a table has 2 dimensions, neither"):
            check_table(Padder(), cupy.ones(shape), reset=True)

    def test_are_no_frames_and_no_clips(self, on_gpu):
        way_out = "put an extractor with stats before it"
        with on_gpu() as cupy:
            with pytest.raises(ValueError, match=rf"frames of shape \(2, 3, 4\), .*{way_out}"):
                check_table(Padder(), cupy.ones((2, 3, 4)), reset=True)
            with pytest.raises(ValueError, match=f"X is a list of arrays, .*{way_out}"):
                check_table(Padder(), [cupy.ones(3)], reset=True)

    def test_are_of_real_numbers(self, on_gpu):
        with on_gpu() as cupy, pytest.raises(ValueError, match="Complex data not supported"):
            check_table(Padder(), cupy.ones((2, 3), dtype=complex), reset=True)

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_are_finite_but_for_gaps_if_told(self, on_gpu, bad):
        with on_gpu() as cupy:
            table = cupy.asarray([[1, bad]])
            kind = "NaN" if np.isnan(bad) else "infinity"
            words = rf"contains {kind} in 1 of 1 rows \(0\) and 1 of 2 columns \(1\), and Padder"
            with pytest.raises(ValueError, match=words):
                check_table(Padder(), table, reset=True)
            if np.isnan(bad):
                assert check_table(Padder(), table, reset=True, allow_nan=True) is table
            else:
                with pytest.raises(ValueError, match=words):
                    check_table(Padder(), table, reset=True, allow_nan=True)


class TestSolversOfTheStandIn:
    def test_do_not_say_that_there_is_no_factor_unless_told_to(self):
        indefinite = fake.asarray([[1.0, 2.0], [2.0, 1.0]])
        assert np.isfinite(fake.linalg.cholesky(indefinite).get()).all()
        with fake_cupyx.errstate(linalg="raise"), pytest.raises(np.linalg.LinAlgError):
            fake.linalg.cholesky(indefinite)

    def test_take_arrays_of_the_device(self):
        factor, sides = np.tri(3), np.ones((3, 1))
        there = scipy_linalg.solve_triangular(fake.asarray(factor), fake.asarray(sides), lower=True)
        assert there.tolist() == [[1.0], [0.0], [0.0]]
        for wrong in [(factor, fake.asarray(sides)), (fake.asarray(factor), sides)]:
            with pytest.raises(TypeError):
                scipy_linalg.solve_triangular(*wrong, lower=True)

    @pytest.mark.gpu
    def test_take_cupys_arguments(self):
        from cupyx.scipy.linalg import solve_triangular

        ours, theirs = map(inspect.signature, (scipy_linalg.solve_triangular, solve_triangular))
        assert ours == theirs
