"""The compiled search for the cycles of a voice against the plain one."""

from __future__ import annotations

import numpy as np
import pytest

from sertools.core import voice as reference
from sertools.kernels.cpu import voice as twin


def buzz(n_times, dtype, period=97.3):
    """A noisy voice ``(n_times,)`` of uneven cycles."""
    rng = np.random.default_rng(n_times)
    phase = np.cumsum(1 / period * (1 + 0.1 * np.sin(np.arange(n_times) / 900)))
    pulses = np.exp(8 * np.cos(2 * np.pi * phase) - 8)
    return (0.2 + pulses + 0.03 * rng.normal(size=n_times)).astype(dtype)


def assert_same(x, f0, centers, sr):
    """Both find the same pulses, and measure the same."""
    centred = x.astype(np.float64) - x.astype(np.float64).mean()
    voice = {"f0": f0, "centers": centers, "sr": sr}
    found = twin._glottal_pulses(
        centred, f0.astype(np.float64), centers.astype(np.float64), sr, reference.PULSE_SEARCH
    )
    for ours, theirs in zip(found, reference.glottal_pulses(x, **voice), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-9)
    ours, theirs = (module.cycles(x, **voice) for module in (twin, reference))
    assert ours.dtype == theirs.dtype == np.float64
    assert ours.shape == theirs.shape == (np.count_nonzero(f0), 3)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_times", [1, 2, 50, 159, 800, 16001])
@pytest.mark.parametrize("hop", [40, 161, 700])
@pytest.mark.parametrize("first_center", [0, 399])
def test_odd_shapes(dtype, n_times, hop, first_center):
    x = buzz(n_times, dtype)
    centers = np.arange(1 + max(n_times - 2 * first_center, 0) // hop) * hop + first_center
    f0 = np.full(len(centers), 16000 / 97.3, dtype=dtype)
    for voiced in (slice(0), slice(None), slice(0, None, 3), slice(1, None, 2), slice(5, 20)):
        contour = np.zeros_like(f0)
        contour[voiced] = f0[voiced]
        assert_same(x, contour, centers, sr=16000)


@pytest.mark.parametrize("sr", [8000, 44100])
def test_a_contour_that_moves(sr):
    x = buzz(sr, np.float64, period=sr / 150)
    centers = np.arange(101) * (sr // 100)
    assert_same(x, 150 * (1 + 0.1 * np.sin(centers / 900)), centers, sr)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "x",
    [
        np.zeros(3000),
        np.full(3000, 0.3),
        1e-30 * np.sin(np.arange(3000)),
        np.sign(np.sin((np.arange(3000) + 0.5) / 25)),
        np.eye(1, 3000, 7)[0],
    ],
    ids=["silence", "constant", "tiny", "square", "click"],
)
def test_no_voice(x, dtype):
    f0, centers = np.full(19, 100.0), np.arange(19) * 160
    assert np.isfinite(twin.cycles(x.astype(dtype), f0=f0, centers=centers, sr=16000)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["alpha_ratio", "hammarberg_index"])
@pytest.mark.parametrize(("sr", "n_bins"), [(16000, 257), (44100, 706), (8000, 129)])
def test_balance(rng, dtype, name, sr, n_bins):
    spectra = (rng.gamma(0.3, size=(40, n_bins)) / (1 + np.arange(n_bins)) ** 2).astype(dtype)
    spectra[::7] = 0
    frequencies = np.linspace(0, sr / 2, n_bins)
    ours, theirs = (
        getattr(module, name)(spectra, frequencies=frequencies) for module in (twin, reference)
    )
    assert ours.dtype == theirs.dtype == dtype
    np.testing.assert_allclose(ours, theirs, atol=1e-4 if dtype == np.float32 else 1e-12)
