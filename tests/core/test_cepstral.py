"""Cepstra and deltas against librosa, and deltas against polynomials."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from sertools.core.cepstral import bridged, cepstrum, dct_basis, delta, lifter_weights


@pytest.mark.parametrize("dct_type", [1, 2, 3])
def test_the_basis_is_orthonormal(dct_type):
    basis = dct_basis(40, 40, dct_type=dct_type)
    np.testing.assert_allclose(basis @ basis.T, np.eye(40), atol=1e-12)


def test_the_basis_by_its_formula():
    n = np.arange(16)
    expected = np.sqrt(2 / 16) * np.cos(np.pi * np.arange(5)[:, None] * (n + 0.5) / 16)
    expected[0] /= np.sqrt(2)
    np.testing.assert_allclose(dct_basis(5, 16), expected, atol=1e-15)


@pytest.mark.parametrize("dct_type", [2, 3])
@pytest.mark.parametrize("lifter", [0, 22])
@pytest.mark.parametrize("n_mfcc", [1, 13, 40])
def test_against_librosa(rng, dct_type, lifter, n_mfcc):
    log_mel = rng.normal(size=(30, 40))
    ours = cepstrum(log_mel, basis=dct_basis(n_mfcc, 40, dct_type=dct_type))
    ours = ours * lifter_weights(n_mfcc, lifter)
    theirs = librosa.feature.mfcc(S=log_mel.T, n_mfcc=n_mfcc, dct_type=dct_type, lifter=lifter).T
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


class TestDelta:
    @pytest.mark.parametrize("order", [1, 2])
    @pytest.mark.parametrize("n_frames", [9, 10, 50])
    def test_against_librosa(self, rng, order, n_frames):
        features = rng.normal(size=(n_frames, 3))
        theirs = librosa.feature.delta(features.T, order=order).T
        np.testing.assert_allclose(delta(features, order=order), theirs, atol=1e-12)

    @pytest.mark.parametrize("n_frames", [2, 3, 4, 8, 9, 30])
    def test_of_a_line_is_its_slope(self, n_frames):
        line = 0.25 * np.arange(n_frames)[:, None] + 7
        np.testing.assert_allclose(delta(line), 0.25, atol=1e-12)

    @pytest.mark.parametrize("n_frames", [3, 5, 8, 9, 30])
    def test_of_a_parabola_is_its_curvature(self, n_frames):
        parabola = 0.25 * np.arange(n_frames)[:, None] ** 2
        np.testing.assert_allclose(delta(parabola, order=2), 0.5, atol=1e-10)

    @pytest.mark.parametrize(("n_frames", "order"), [(1, 1), (1, 2), (2, 2)])
    def test_too_short_to_move(self, n_frames, order):
        features = np.ones((n_frames, 2), dtype=np.float32)
        moved = delta(features, order=order)
        np.testing.assert_array_equal(moved, np.zeros((n_frames, 2)))
        assert moved.dtype == np.float32

    def test_keeps_the_type(self, rng):
        assert delta(rng.normal(size=(20, 2)).astype(np.float32)).dtype == np.float32


class TestBridged:
    def test_gaps_are_straight_and_ends_level(self):
        contours = np.array([[9.0], [1.0], [9.0], [9.0], [4.0], [9.0]])
        voiced = np.array([False, True, False, False, True, False])
        np.testing.assert_allclose(
            bridged(contours, voiced=voiced)[:, 0], [1.0, 1.0, 2.0, 3.0, 4.0, 4.0]
        )

    def test_no_voice_is_zero(self):
        contours = np.ones((3, 2), dtype=np.float32)
        bridge = bridged(contours, voiced=np.zeros(3, dtype=bool))
        assert bridge.dtype == np.float32
        assert not bridge.any()
