"""One temperature makes probabilities of scores: the likeliest, within bounds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from sertools.models._calibration import fitted_temperature


def surprise(temperature, scores, codes, weights):
    """How unlikely the codes are, which the temperature is to make the least of."""
    return -weights @ log_softmax(scores / temperature, axis=1)[np.arange(len(codes)), codes]


@pytest.fixture
def codes(rng):
    return rng.integers(0, 3, 200)


@pytest.fixture
def scores(rng, codes):
    """Scores that are right more often than not."""
    return rng.normal(size=(200, 3)) + np.eye(3)[codes]


@pytest.fixture
def weights(rng):
    return rng.integers(1, 4, 200).astype(float)


def test_no_other_makes_the_labels_likelier(scores, codes, weights):
    best = minimize_scalar(
        lambda log: surprise(np.exp(log), scores, codes, weights),
        bounds=(-5, 5),
        options={"xatol": 1e-9},
    )
    found = fitted_temperature(scores, codes, weights)
    np.testing.assert_allclose(found, np.exp(best.x), rtol=1e-5)


def test_a_row_of_weight_two_is_the_row_twice(scores, codes, weights):
    repeated = np.repeat(np.arange(200), weights.astype(int))
    found = fitted_temperature(scores[repeated], codes[repeated], np.ones(len(repeated)))
    np.testing.assert_allclose(found, fitted_temperature(scores, codes, weights), rtol=1e-9)


@pytest.mark.parametrize("factor", [1e-6, 1e6])
@pytest.mark.parametrize("added", [0, 100, -100], ids=["some right", "all right", "all wrong"])
def test_it_grows_with_the_scores(scores, codes, weights, factor, added):
    scores = scores + added * np.eye(3)[codes]
    expected = factor * fitted_temperature(scores, codes, weights)
    found = fitted_temperature(factor * scores, codes, weights)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_what_all_classes_have_in_common_says_nothing(scores, codes, weights, rng):
    expected = fitted_temperature(scores, codes, weights)
    found = fitted_temperature(scores + rng.normal(size=(200, 1)), codes, weights)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("scores_of", "shares"),
    [
        (lambda codes: np.eye(3)[codes], (0.99, 1)),  # always right
        (lambda codes: -np.eye(3)[codes], (0.32, 0.335)),  # always wrong
        (lambda codes: np.zeros((200, 3)), (0.33, 0.335)),  # nothing
    ],
    ids=["right", "wrong", "nothing"],
)
def test_it_has_bounds(codes, scores_of, shares):
    scores = scores_of(codes).astype(np.float32)
    temperature = fitted_temperature(scores, codes, np.ones(200))
    of_labels = np.exp(-surprise(temperature, scores, codes, np.full(200, 1 / 200)))
    assert shares[0] < of_labels <= shares[1]
    assert 0 < temperature < np.inf
