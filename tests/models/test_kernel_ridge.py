"""KernelRidgeClassifier is what its formula says, in little memory and single precision."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import softmax

from sertools import KernelRidgeClassifier
from sertools.models import _kernel_ridge
from sertools.models._calibration import fitted_temperature


@pytest.fixture
def y(rng):
    """Three classes, of which one is rare."""
    return rng.choice(3, 60, p=[0.5, 0.35, 0.15])


@pytest.fixture(name="X")
def table(rng, y):
    """More columns than rows."""
    return rng.normal(size=(60, 80)) + 2 * np.eye(3, 80)[y]


@pytest.fixture
def new(rng):
    return rng.normal(size=(25, 80))


@pytest.fixture
def groups(rng):
    """Speakers of one row to many, who do not take turns."""
    return rng.choice(12, 60, p=np.arange(1, 13) / 78)


def kernel(a, b, gamma=0.1):
    return np.exp(-gamma * np.mean((a[:, None] - b) ** 2, axis=2))


def balanced(y):
    return len(y) / (3 * np.bincount(y)[y])


class TestTheFormula:
    @pytest.mark.parametrize(
        ("options", "weights_of"),
        [
            ({"balanced": False}, np.ones_like),
            ({}, balanced),
            ({"balanced": False, "class_weight": "balanced"}, balanced),
            ({"class_weight": "balanced"}, balanced),
            ({"balanced": False, "class_weight": {2: 5}}, lambda y: np.where(y == 2, 5, 1)),
            ({"class_weight": {2: 5}}, lambda y: np.where(y == 2, 5, 1) * balanced(y)),
            ({"alpha": 0.01, "gamma": 3.0}, balanced),
        ],
        ids=lambda value: str(value) if isinstance(value, dict) else "",
    )
    def test_weights_are_less_ridge(self, X, y, new, options, weights_of):
        model = KernelRidgeClassifier(**options).fit(X, y)
        weights = weights_of(y)
        targets = np.where(np.arange(3) == y[:, None], 1.0, -1.0)
        mean = np.average(targets, axis=0, weights=weights)
        ridge = np.diag(model.alpha / weights)
        expected = np.linalg.solve(kernel(X, X, model.gamma) + ridge, targets - mean)
        assert_allclose(model.intercept_, mean, rtol=1e-12)
        assert_allclose(model.coefficients_, expected, atol=1e-10)
        decided = kernel(new, X, model.gamma) @ expected + mean
        assert_allclose(model.decision_function(new), decided, atol=1e-10)

    @pytest.mark.parametrize("options", [{"balanced": False}, {}], ids=str)
    def test_a_row_of_weight_two_is_the_row_twice(self, X, y, new, rng, options):
        weights = rng.integers(1, 4, 60)
        model = KernelRidgeClassifier(**options)
        weighted = model.fit(X, y, sample_weight=weights).decision_function(new)
        repeated = model.fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
        assert_allclose(repeated.decision_function(new), weighted, atol=1e-10)

    def test_without_the_intercept_balanced_classes_are_decided_the_same(self, X, y, new):
        """The form in which it was found: ridge by the size of the class, and nothing added."""
        targets = np.where(np.arange(3) == y[:, None], 1.0, -1.0)
        ridge = np.diag(0.3 * np.bincount(y)[y] * 3 / 60)
        plain = kernel(new, X) @ np.linalg.solve(kernel(X, X) + ridge, targets)
        model = KernelRidgeClassifier().fit(X, y)
        added = model.decision_function(new) - plain
        assert np.ptp(added, axis=0).min() > 1e-3
        assert_allclose(added, np.tile(added[:, :1], 3), atol=1e-10)
        expected = softmax(plain / model.temperature_, axis=1)
        assert_allclose(model.predict_proba(new), expected, atol=1e-10)

    def test_far_from_all_rows_it_is_the_intercept(self, X, y, new):
        model = KernelRidgeClassifier(balanced=False).fit(X, y)
        far = model.decision_function(new + 1e4)
        assert_array_equal(far, np.tile(model.intercept_, (25, 1)))

    def test_a_row_of_next_to_no_weight_has_no_say(self, X, y, new):
        weights = np.r_[1e-300, np.ones(59)]
        single = X.astype(np.float32)
        model = KernelRidgeClassifier()
        expected = model.fit(single[1:], y[1:]).decision_function(new)
        found = model.fit(single, y, sample_weight=weights).decision_function(new)
        assert_allclose(found, expected, atol=1e-5)

    def test_nothing_is_more_alike_than_the_same(self, X):
        rows = X.astype(np.float32) + 1000
        squares = (rows**2).sum(axis=1)
        kernel = _kernel_ridge.gaussian_kernel(rows, rows, squares, squares, gamma=100)
        assert kernel.max() <= 1


class TestTheTemperature:
    @pytest.mark.parametrize(("by_group", "most"), [(False, 60), (True, 60), (True, 20), (True, 7)])
    def test_is_that_of_fits_without_a_group(self, X, y, groups, monkeypatch, by_group, most):
        monkeypatch.setattr(_kernel_ridge, "_ROWS_FOR_TEMPERATURE", most)
        monkeypatch.setattr(_kernel_ridge, "_LEAST_UNITS", 1)
        model = KernelRidgeClassifier(class_weight={2: 3})
        model.fit(X, y, groups=groups if by_group else None)
        units = groups if by_group else np.arange(60)
        weights = np.where(y == 2, 3, 1) * balanced(y)
        targets = np.where(np.arange(3) == y[:, None], 1.0, -1.0) - model.intercept_
        matrix = kernel(X, X) + np.diag(0.3 / weights)
        scores = np.zeros((60, 3))
        left_out = np.zeros(60, dtype=bool)
        digests = _kernel_ridge._digests(X)
        for unit in sorted(np.unique(units), key=lambda unit: digests[units == unit].min()):
            if left_out.sum() >= most:
                break
            out = units == unit
            left_out |= out
            coefficients = np.linalg.solve(matrix[~out][:, ~out], targets[~out])
            scores[out] = kernel(X[out], X[~out]) @ coefficients + model.intercept_
        expected = fitted_temperature(scores[left_out], y[left_out], weights[left_out])
        assert_allclose(model.temperature_, expected, rtol=1e-8)

    @pytest.mark.parametrize("storage", ["float", "int8"])
    def test_leaves_the_same_row_out_everywhere(self, X, y, storage):
        model = KernelRidgeClassifier(storage=storage)
        thrice, labels = np.tile(X, (3, 1)), np.tile(y, 3)
        alone = model.fit(thrice, labels, groups=np.arange(180)).temperature_
        together = model.fit(thrice, labels, groups=np.tile(range(60), 3)).temperature_
        assert alone < 0.9 * together  # too sure: it has seen what it is asked about
        assert_allclose(model.fit(thrice, labels).temperature_, together, rtol=1e-9)

    def test_leaves_out_single_rows_of_a_single_speaker(self, X, y):
        model = KernelRidgeClassifier()
        expected = model.fit(X, y).temperature_
        assert_allclose(model.fit(X, y, groups=["Ada"] * 60).temperature_, expected, rtol=1e-9)

    def test_does_not_depend_on_the_names_of_speakers(self, X, y, groups, monkeypatch):
        monkeypatch.setattr(_kernel_ridge, "_ROWS_FOR_TEMPERATURE", 20)
        monkeypatch.setattr(_kernel_ridge, "_LEAST_UNITS", 1)
        named, renamed = (
            KernelRidgeClassifier().fit(X, y, groups=names).temperature_
            for names in (groups, -groups)
        )
        assert named == renamed

    @pytest.mark.parametrize("n_others", [0, 1, 10])
    def test_leaves_out_rows_where_few_are_not_of_one_speaker(self, X, y, n_others):
        model = KernelRidgeClassifier()
        twice, labels = np.tile(X, (2, 1)), np.tile(y, 2)
        groups = np.where(np.arange(120) < n_others, "other", "one")
        expected = model.fit(twice, labels).temperature_
        assert_allclose(model.fit(twice, labels, groups=groups).temperature_, expected, rtol=1e-9)

    def test_of_many_rows_is_that_of_some(self, X, y, monkeypatch, rng):
        used = []

        def record(scores, codes, weights):
            used.append(len(scores))
            return fitted_temperature(scores, codes, weights)

        monkeypatch.setattr(_kernel_ridge, "fitted_temperature", record)
        monkeypatch.setattr(_kernel_ridge, "_ROWS_FOR_TEMPERATURE", 20)
        expected = KernelRidgeClassifier().fit(X, y).temperature_
        assert used == [20]
        order = rng.permutation(60)
        # Whichever these are, in another order they are the same.
        found = KernelRidgeClassifier().fit(X[order], y[order]).temperature_
        assert_allclose(found, expected, rtol=1e-8)


class TestMemory:
    @pytest.mark.parametrize("storage", ["float", "int8"])
    @pytest.mark.parametrize("by_group", [True, False])
    def test_blocks_change_nothing(self, X, y, new, groups, monkeypatch, storage, by_group):
        model = KernelRidgeClassifier(storage=storage)
        given = groups if by_group else None
        expected = model.fit(X, y, groups=given).predict_proba(new)
        monkeypatch.setattr(_kernel_ridge, "_BLOCK", 7)
        monkeypatch.setattr(_kernel_ridge, "_COLUMNS", 3)
        assert_allclose(model.fit(X, y, groups=given).predict_proba(new), expected, rtol=1e-8)

    @pytest.mark.parametrize("shares", [[], [0.3, 0.7], [0.5], [0.97]], ids=str)
    def test_is_of_one_kernel_and_a_quarter(self, rng, shares):
        n_rows = 1500
        X = rng.normal(size=(n_rows, 50)).astype(np.float32)
        groups = np.searchsorted(shares, np.arange(n_rows) / n_rows, side="right")
        groups = groups if shares else None
        whole = 4 * n_rows**2
        tracemalloc.start()
        try:
            model = KernelRidgeClassifier().fit(X, np.arange(n_rows) % 4, groups=groups)
            _, of_fit = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            model.decision_function(X)
            _, of_prediction = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert of_fit < 1.9 * whole
        assert of_prediction < 0.4 * whole


class TestStorage:
    def test_of_bytes_is_small_and_near(self, X, y, new):
        X, new = X.astype(np.float32), new.astype(np.float32)
        whole = KernelRidgeClassifier().fit(X, y)
        small = KernelRidgeClassifier(storage="int8").fit(X, y)
        assert small.rows_.dtype == np.int8
        assert 4 * small.rows_.nbytes == whole.rows_.nbytes
        kept = small.rows_ * small.scale_ + small.center_
        assert np.all(np.abs(kept - X) <= 0.5001 * small.scale_ + 1e-6)
        assert_allclose(small.decision_function(new), whole.decision_function(new), atol=0.01)
        assert np.mean(small.predict(new) == whole.predict(new)) > 0.95

    def test_of_bytes_is_what_the_model_is_fitted_on(self, X, y, new):
        small = KernelRidgeClassifier(storage="int8").fit(X, y)
        kept = small.rows_ * small.scale_ + small.center_
        as_kept = KernelRidgeClassifier().fit(kept, y)
        assert_allclose(small.predict_proba(new), as_kept.predict_proba(new), rtol=1e-9)

    def test_of_an_earlier_fit_is_forgotten(self, X, y, new):
        expected = KernelRidgeClassifier().fit(X, y).decision_function(new)
        model = KernelRidgeClassifier(storage="int8").fit(X, y).set_params(storage="float")
        assert_array_equal(model.fit(X, y).decision_function(new), expected)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    @pytest.mark.parametrize("storage", ["float", "int8"])
    def test_keeps_the_precision_of_the_table(self, X, y, dtype, storage):
        model = KernelRidgeClassifier(storage=storage).fit(X.astype(dtype), y)
        assert model.coefficients_.dtype == model.center_.dtype == dtype
        for asked in (np.float32, np.float64):
            assert model.decision_function(X.astype(asked)).dtype == dtype


class TestHardTables:
    def test_a_row_that_went_wrong_does_not_set_the_steps_of_all(self, X, y, new):
        X[7] *= 50
        as_floats, as_bytes = (
            KernelRidgeClassifier(storage=storage).fit(X, y) for storage in ("float", "int8")
        )
        assert (as_bytes.scale_ < 0.02 * np.abs(X).max(axis=0)).all()
        assert (as_bytes.predict(new) == as_floats.predict(new)).mean() > 0.9

    def test_numbers_whose_squares_are_too_large(self, X, y):
        with pytest.raises(ValueError, match="float64 cannot hold: standardise"):
            KernelRidgeClassifier().fit(X * 1e200, y)
        model = KernelRidgeClassifier().fit(X.astype(np.float32), y)
        with pytest.raises(ValueError, match="float32 cannot hold"):
            model.predict(X * 1e25)

    def test_a_width_that_is_set_later_is_of_the_next_fit(self, X, y, new):
        model = KernelRidgeClassifier().fit(X, y)
        expected = model.decision_function(new)
        assert_allclose(model.set_params(gamma=5.0).decision_function(new), expected)

    def test_far_from_zero(self, X, y, new):
        """Squares of 10,000 leave single precision no digit for differences of 1."""
        single = (X + 1e4).astype(np.float32)
        asked = (new + 1e4).astype(np.float32)
        expected = KernelRidgeClassifier().fit(single.astype(float), y).decision_function(asked)
        found = KernelRidgeClassifier().fit(single, y).decision_function(asked)
        assert_allclose(found, expected, atol=1e-4)

    @pytest.mark.parametrize("storage", ["float", "int8"])
    @pytest.mark.parametrize("constant", [0, 0.1, 1e4])
    def test_constant_columns_say_nothing(self, X, y, new, storage, constant):
        expected = KernelRidgeClassifier(storage=storage).fit(X, y).decision_function(new)
        X, new = (np.pad(rows, ((0, 0), (0, 80)), constant_values=constant) for rows in (X, new))
        # Distances are means over the columns, which are twice as many.
        model = KernelRidgeClassifier(gamma=0.2, storage=storage).fit(X, y)
        assert_allclose(model.decision_function(new), expected, atol=1e-8)

    @pytest.mark.parametrize("storage", ["float", "int8"])
    def test_of_equal_rows_all_are_answered_the_same(self, y, storage):
        model = KernelRidgeClassifier(balanced=False, storage=storage).fit(np.ones((60, 4)), y)
        chances = model.predict_proba(np.ones((2, 4)))
        assert_array_equal(chances[0], chances[1])
        assert model.predict(np.ones((1, 4))) == [np.bincount(y).argmax()]

    @pytest.mark.parametrize(
        ("dtype", "words"), [(np.float32, "raise it, or give X as float64."), (float, "raise it.")]
    )
    def test_with_too_little_ridge(self, X, y, dtype, words):
        model = KernelRidgeClassifier(alpha=1e-20)
        with pytest.raises(ValueError, match=f"alpha=1e-20 is too little ridge .*: {words}$"):
            model.fit(np.tile(X, (3, 1)).astype(dtype), np.tile(y, 3))
