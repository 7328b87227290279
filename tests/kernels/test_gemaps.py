"""What belongs to the extended Geneva set alone, in compiled passes and by arrays."""

from __future__ import annotations

import numpy as np
import pytest

from sertools.core import gemaps as reference
from sertools.kernels.cpu import gemaps as twin


def assert_same(contours, voiced):
    options = {"voiced": voiced, "frame_rate": 100.0, "level": -23.0}
    ours, theirs = (module.functionals(contours, **options) for module in (twin, reference))
    assert ours.dtype == theirs.dtype == np.float64
    scale = 1e-9 * np.abs(contours).max() + 1e-12
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=scale)


def wander(rng, n_frames):
    """Contours ``(n_frames, 25)`` that drift, rest and jump."""
    steps = rng.normal(size=(n_frames, 25)) * (rng.random((n_frames, 25)) < 0.6)
    return 40.0 + np.cumsum(steps, axis=0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_frames", [1, 2, 3, 4, 10, 400])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.8, 1.0])
def test_functionals(rng, dtype, n_frames, share):
    for _ in range(5):
        assert_same(wander(rng, n_frames).astype(dtype), rng.random(n_frames) < share)


def test_plateaus(rng):
    for _ in range(50):
        # Few levels: maxima of several frames, equal peaks, valleys of equal depth. A mean of three
        # of them is a level of its own.
        contours = rng.integers(0, 4, (60, 25)).astype(float)
        assert_same(np.repeat(contours, 4, axis=0), rng.random(240) < 0.5)


@pytest.mark.parametrize("value", [0.0, 0.1, -3.0])
def test_constants(value):
    assert_same(np.full((50, 25), value), np.arange(50) % 20 < 10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_frames", [1, 2, 100])
def test_spectral_change(rng, dtype, n_frames):
    spectra = rng.gamma(0.3, size=(n_frames, 257)).astype(dtype)
    ours, theirs = (module.spectral_change(spectra) for module in (twin, reference))
    assert ours.dtype == theirs.dtype == dtype
    np.testing.assert_allclose(ours, theirs, rtol=1e-5 if dtype == np.float32 else 1e-12)


@pytest.mark.parametrize("x", [np.zeros(5), np.full(7, -0.5), np.array([1e10, -1e10])])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sound_level(x, dtype):
    ours, theirs = (module.sound_level(x.astype(dtype)) for module in (twin, reference))
    assert ours == pytest.approx(theirs, rel=1e-12)
