"""Poles by Bairstow's method against eigenvalues."""

from __future__ import annotations

import numpy as np
import pytest

from sertools.core import formants as reference
from sertools.kernels.cpu import formants as twin


def assert_same(spectra, sr):
    """Both find the same resonances."""
    ours, theirs = twin.resonances(spectra, sr=sr), reference.resonances(spectra, sr=sr)
    for mine, its in zip(ours, theirs, strict=True):
        assert mine.dtype == its.dtype == spectra.dtype
        assert mine.shape == its.shape
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-6, atol=1e-3)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-6, atol=1e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("sr", [8000, 11025, 16000, 44100])
@pytest.mark.parametrize("tilt", [0, 2, 4])
def test_noise_of_any_tilt(rng, dtype, sr, tilt):
    n_fft = 2 * round(0.016 * sr)
    spectra = rng.random((400, n_fft // 2 + 1)) / (1 + np.arange(n_fft // 2 + 1)) ** tilt
    assert_same(spectra.astype(dtype), sr)


@pytest.mark.parametrize("n_frames", [0, 1, 2, 7])
def test_few_frames(rng, n_frames):
    assert_same(rng.random((n_frames, 257)), 16000)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_of_no_voice(dtype):
    lines = np.eye(257)[[0, 1, 40, 200]]
    assert_same(np.concatenate([np.zeros((2, 257)), lines]).astype(dtype), 16000)


def test_frames_know_nothing_of_each_other(rng):
    spectra = rng.random((50, 257)) / (1 + np.arange(257)) ** 2
    whole = twin.resonances(spectra, sr=16000)
    part = twin.resonances(spectra[20:30], sr=16000)
    np.testing.assert_allclose(part[0], whole[0][20:30], rtol=1e-9)


def test_what_does_not_converge_goes_to_the_reference(rng, monkeypatch):
    monkeypatch.setattr(twin, "_START_BANDWIDTHS", (20000.0,))
    spectra = rng.random((200, 257)) / (1 + np.arange(257)) ** 2
    calls = []

    def spy(spectra, *, sr):
        calls.append(len(spectra))
        return reference_resonances(spectra, sr=sr)

    reference_resonances = reference.resonances
    monkeypatch.setattr(reference, "resonances", spy)
    ours = twin.resonances(spectra, sr=16000)
    assert 0 < sum(calls) <= 200
    np.testing.assert_allclose(ours[0], reference_resonances(spectra, sr=16000)[0], rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("sr", [8000, 16000, 44100])
@pytest.mark.parametrize("n_frames", [0, 1, 50])
def test_prediction_gain(rng, dtype, sr, n_frames):
    n_bins = round(0.016 * sr) + 1
    spectra = rng.random((n_frames, n_bins)) / (1 + np.arange(n_bins)) ** 2
    lines = np.concatenate([spectra, np.zeros((1, n_bins)), np.eye(n_bins)[[0, 7]]]).astype(dtype)
    ours, theirs = (of.prediction_gain(lines, sr=sr) for of in (twin, reference))
    assert ours.dtype == theirs.dtype == dtype
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_frames", [0, 1, 300])
@pytest.mark.parametrize("broadest", [100.0, 3000.0, 9000.0])
def test_first_formants(rng, dtype, n_frames, broadest):
    frequencies = np.sort(rng.uniform(0, 5000, (n_frames, 5)), axis=1).astype(dtype)
    bandwidths = rng.uniform(0, broadest, (n_frames, 5)).astype(dtype)
    missing = np.arange(5) >= rng.integers(3, 6, n_frames)[:, None]
    frequencies[missing] = bandwidths[missing] = np.inf
    found = [module.first_formants(frequencies, bandwidths) for module in (twin, reference)]
    for ours, theirs in zip(*found, strict=True):
        assert ours.dtype == theirs.dtype == dtype
        np.testing.assert_array_equal(ours, theirs)
