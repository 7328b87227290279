"""SVMClassifier is scikit-learn's SVC, calibrated by speaker, and near it by other engines."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from sertools import SVMClassifier
from sertools.models import _base, _svm


@pytest.fixture
def codes():
    return np.arange(120) % 3


@pytest.fixture(name="X")
def table(rng, codes):
    """Columns of one width, so that a part of the rows has the spread of all."""
    return rng.normal(size=(120, 4)) + 1.5 * np.eye(3, 4)[codes]


@pytest.fixture
def y(codes):
    return np.array(["sad", "calm", "glad"])[codes]


@pytest.fixture
def groups():
    """Twelve speakers."""
    return np.arange(120) // 10


@pytest.fixture
def folds(monkeypatch):
    """The folds that calibrations take."""
    taken = []
    inner_folds = _base.inner_folds

    def record(*given):
        taken.append(inner_folds(*given))
        return taken[-1]

    monkeypatch.setattr(_base, "inner_folds", record)
    return taken


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"C": 10.0, "gamma": "auto"},
        {"gamma": 0.7, "class_weight": "balanced"},
        {"kernel": "linear"},
        {"kernel": "poly", "degree": 2, "coef0": 1.0},
        {"kernel": "sigmoid", "coef0": -0.5},
    ],
    ids=str,
)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_it_is_scikit_learns(X, y, codes, rng, options, n_classes):
    uneven = (codes < n_classes) & (np.arange(120) >= 40 * codes)
    X, y = X[uneven], y[uneven]
    theirs = SVC(break_ties=True, **options).fit(X, y)
    ours = SVMClassifier(**options).fit(X, y)
    new = rng.normal(size=(50, 4))
    assert_allclose(ours.decision_function(new), theirs.decision_function(new), rtol=1e-9)
    assert_array_equal(ours.predict(new), theirs.predict(new))


def test_weights_are_scikit_learns(X, y, rng):
    weights = rng.uniform(0.5, 2, 120)
    theirs = SVC(class_weight={"sad": 3}).fit(X, y, weights).decision_function(X)
    ours = SVMClassifier(class_weight={"sad": 3}).fit(X, y, weights).decision_function(X)
    assert_allclose(ours, theirs, rtol=1e-9)


def test_columns_without_spread(y):
    SVMClassifier().fit(np.ones((120, 4)), y).predict(np.ones((1, 4)))


class TestProbabilities:
    @pytest.mark.parametrize("n_classes", [2, 3])
    @pytest.mark.parametrize("heaviest", [1, 50])
    def test_are_those_of_scikit_learns_calibration(
        self, X, y, codes, groups, rng, folds, n_classes, heaviest
    ):
        rows = codes < n_classes
        X, y = X[rows], y[rows]
        weights = rng.uniform(1, heaviest, len(y))
        gamma = 0.2  # of "scale" the calibration makes another number in every fold
        ours = SVMClassifier(gamma=gamma, probability=True, random_state=0)
        ours.fit(X, y, weights, groups[rows])
        theirs = CalibratedClassifierCV(
            SVC(gamma=gamma), method="temperature", ensemble=False, cv=folds[0]
        ).fit(X, y, sample_weight=weights)
        assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-3)

    def test_are_found_on_speakers_that_were_left_out(self, X, y, groups, folds):
        SVMClassifier(probability=True, n_folds=4).fit(X, y, groups=groups)
        assert len(folds[0]) == 4
        for train, test in folds[0]:
            assert not set(groups[train]) & set(groups[test])
            assert sorted([*train, *test]) == list(range(120))

    @pytest.mark.parametrize("by_group", [False, True])
    def test_take_no_more_folds_than_the_rarest_class_allows(self, X, codes, folds, by_group):
        rare = np.where((codes == 2) & (np.arange(120) > 8), 1, codes)  # three of it are left
        groups = np.arange(120) % 40 if by_group else None
        SVMClassifier(probability=True, n_folds=10).fit(X, rare, groups=groups)
        assert len(folds[0]) == 3

    @pytest.mark.parametrize(
        ("groups", "words"), [(None, "2 is of 1 clip"), ("Ada", "0 is of 1 speaker")]
    )
    def test_of_a_class_that_cannot_be_left_out(self, X, codes, groups, words, monkeypatch):
        monkeypatch.setattr(_svm.HostSVM, "fit", None)  # nothing is fitted in vain
        once = np.where(np.arange(120) == 2, 2, codes % 2)
        given = None if groups is None else [groups] * 120
        with pytest.raises(ValueError, match=f"{words}.*Or do without probability=True"):
            SVMClassifier(probability=True).fit(X, once, groups=given)

    def test_must_be_asked_for(self, X, y):
        model = SVMClassifier().fit(X, y)
        for method in ("predict_proba", "predict_log_proba"):
            assert not hasattr(model, method)
            with pytest.raises(AttributeError) as refusal:
                getattr(model, method)
            assert "needs SVMClassifier(probability=True)" in str(refusal.value.__cause__)
        with pytest.raises(NotFittedError, match="fitted with probability=False: fit again"):
            model.set_params(probability=True).predict_proba(X)
        model.fit(X, y).set_params(probability=False).fit(X, y)
        with pytest.raises(NotFittedError, match="fitted with probability=False: fit again"):
            model.set_params(probability=True).predict_proba(X)

    def test_are_the_same_for_the_same_random_state(self, X, y):
        model = SVMClassifier(probability=True, random_state=3)
        assert clone(model).fit(X, y).temperature_ == clone(model).fit(X, y).temperature_
        other = SVMClassifier(probability=True, random_state=4).fit(X, y)
        assert other.temperature_ != model.fit(X, y).temperature_


class TestNystroem:
    def test_is_near_the_exact_machine(self):
        X, y = load_digits(return_X_y=True)
        exact = SVMClassifier().fit(X[:600], y[:600])
        near = SVMClassifier(engine="nystroem", n_components=300, random_state=0)
        near.fit(X[:600], y[:600])
        new, labels = X[600:1000], y[600:1000]
        assert np.mean(near.predict(new) == exact.predict(new)) > 0.93
        # At the same C its loss is the smoother one, which costs some points here.
        assert near.score(new, labels) > exact.score(new, labels) - 0.06

    def test_is_scikit_learns_map_and_model(self, X, y, rng):
        weights = rng.uniform(0.5, 2, 120)
        kernel = {"kernel": "poly", "gamma": 0.3, "degree": 2, "coef0": 0.5}
        chance = np.random.RandomState(0)
        theirs = make_pipeline(
            Nystroem(**kernel, n_components=10, random_state=chance.randint(2**31)),
            LogisticRegression(C=7, max_iter=1000),
        ).fit(X, y, logisticregression__sample_weight=weights)
        ours = SVMClassifier(7, **kernel, engine="nystroem", n_components=10, random_state=0)
        ours.fit(X, y, weights)
        assert_allclose(ours.decision_function(X), theirs.decision_function(X), atol=1e-6)

    def test_gives_single_precision_for_single_precision(self, X, y):
        model = SVMClassifier(engine="nystroem").fit(X.astype(np.float32), y)
        assert model.decision_function(X.astype(np.float32)).dtype == np.float32

    def test_compares_with_no_more_rows_than_there_are(self, X, y):
        model = SVMClassifier(engine="nystroem", random_state=0)
        of_all = model.fit(X, y).decision_function(X)  # 500 by default, and no warning
        of_few = model.set_params(n_components=10).fit(X, y).decision_function(X)
        assert model.engine_.map.components_.shape == (10, 4)
        assert np.abs(of_few - of_all).max() > 0.01


def test_cuml_works_on_no_cpu(X, y):
    with pytest.raises(ValueError, match="engine='cuml' works on a GPU, and the data are on the"):
        SVMClassifier(engine="cuml").fit(X, y)
