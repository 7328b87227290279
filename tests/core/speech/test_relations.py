"""Correlations of contours against NumPy and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
from numpy.testing import assert_allclose, assert_array_equal

from sertools.core.speech.relations import (
    correlations,
    lagged_correlations,
    log_covariance,
    standardised,
)


@pytest.fixture
def contours(rng):
    """Six contours of 200 frames that have something in common."""
    return rng.normal(size=(6, 4)) @ rng.normal(size=(4, 200)) + rng.normal(50, 0.5, (6, 200))


def test_are_those_of_numpy(contours):
    moves = standardised(contours)
    assert_allclose(moves.mean(axis=1), 0, atol=1e-12)
    assert_allclose(moves.std(axis=1), 1, atol=1e-5)
    assert_allclose(correlations(moves, moves), np.corrcoef(contours), atol=1e-5)
    across = np.corrcoef(contours)[:2, 2:]
    assert_allclose(correlations(moves[:2], moves[2:]), across, atol=1e-5)


@pytest.mark.parametrize("value", [0.0, 0.1, -80.0])
@pytest.mark.parametrize("n_frames", [1, 2, 60])
def test_what_does_not_move_goes_with_nothing(rng, value, n_frames):
    moves = standardised(np.stack([np.full(n_frames, value), rng.normal(size=n_frames)]))
    assert abs(correlations(moves, moves)[0]).max() < 1e-5


class TestLagged:
    def test_pairs_are_some_frames_apart(self, contours):
        moves = standardised(contours)
        found = lagged_correlations(moves, lag=7)
        for i in range(6):
            for j in range(6):
                assert found[i, j] == pytest.approx(np.mean(moves[i, 7:] * moves[j, :-7]))

    def test_the_first_follows_the_second(self, rng):
        leader = rng.normal(size=400)
        follower = np.roll(leader, 5)
        found = lagged_correlations(standardised(np.stack([follower, leader])), lag=5)
        assert found[0, 1] == pytest.approx(1, abs=0.1)
        assert abs(found[[0, 1, 1], [0, 0, 1]]).max() < 0.2

    @pytest.mark.parametrize("n_frames", [1, 6, 7])
    def test_of_a_clip_that_is_not_longer(self, rng, n_frames):
        found = lagged_correlations(rng.normal(size=(3, n_frames)), lag=7)
        assert_array_equal(found, np.zeros((3, 3)))


class TestLogCovariance:
    def test_is_the_logarithm_of_a_matrix(self, contours):
        units = np.arange(1, 7)
        covariance = np.cov(contours, ddof=0) / np.outer(units, units) + 1e-3 * np.eye(6)
        assert_allclose(log_covariance(contours, units), scipy.linalg.logm(covariance), atol=1e-9)

    def test_of_contours_that_go_their_own_ways(self):
        # Cosines of different rates over full periods are orthogonal.
        angles = np.outer([1, 2, 3], np.arange(64) + 0.5) * 2 * np.pi / 64
        contours = np.array([[2.0], [4.0], [6.0]]) * np.cos(angles)
        found = log_covariance(contours, np.array([1.0, 2.0, 1.0]))
        assert_allclose(found, np.diag(np.log(np.array([2, 2, 18]) + 1e-3)), atol=1e-9)

    @pytest.mark.parametrize("n_frames", [1, 2, 3, 5])
    def test_of_fewer_frames_than_channels(self, rng, n_frames):
        found = log_covariance(rng.normal(size=(33, n_frames)), np.ones(33))
        least = np.sort(np.linalg.eigvalsh(found))[: 34 - n_frames]
        assert_allclose(least, np.log(1e-3))

    @pytest.mark.parametrize("scale", [0.0, 5e-324, 1e-200, 1e100])
    def test_is_finite(self, rng, scale):
        # Of fewer frames than channels, so that rounding may leave variances below 0.
        contours = scale * rng.normal(size=(33, 20))
        assert np.isfinite(log_covariance(contours, np.ones(33))).all()
