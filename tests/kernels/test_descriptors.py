"""The compiled descriptors against their references."""

from __future__ import annotations

import numpy as np
import pytest

from sertools.core import descriptors as reference
from sertools.kernels import fastest

SHAPES = [(1, 2), (1, 257), (3, 17), (376, 257), (40, 1025)]
TOLERANCE = {np.float32: 1e-5, np.float64: 1e-12}


def spectra(rng, shape, dtype):
    """Magnitudes that fall with frequency, some frames silent and some next to it."""
    magnitudes = (rng.gamma(0.5, size=shape) / np.arange(1, shape[1] + 1)).astype(dtype)
    magnitudes[1::5] = 0
    magnitudes[2::7] *= np.finfo(dtype).tiny
    magnitudes[3::11] = magnitudes[0]
    return magnitudes


@pytest.mark.parametrize("name", ["bandwidth", "flux", "line_slope", "rolloff"])
def test_there_is_a_twin(name):
    twin = fastest(getattr(reference, name))
    assert twin.__module__ == "sertools.kernels.cpu.descriptors"


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
class TestParity:
    def test_line_slope(self, rng, shape, dtype):
        levels = (20 * rng.standard_normal(shape)).astype(dtype)
        levels[::3] = levels[:1, :1]
        frequencies = np.linspace(0, 8000, shape[1])
        ours = fastest(reference.line_slope)(levels, frequencies=frequencies)
        theirs = reference.line_slope(levels, frequencies=frequencies)
        assert ours.dtype == dtype
        assert not ours[::3].any()
        np.testing.assert_allclose(ours, theirs, atol=10 * TOLERANCE[dtype])

    def test_bandwidth(self, rng, shape, dtype):
        magnitudes = spectra(rng, shape, dtype)
        frequencies = np.linspace(0, 8000, shape[1])
        ours = fastest(reference.bandwidth)(magnitudes, frequencies=frequencies)
        theirs = reference.bandwidth(magnitudes, frequencies=frequencies)
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, theirs, atol=TOLERANCE[dtype] * 8000)

    def test_flux(self, rng, shape, dtype):
        magnitudes = spectra(rng, shape, dtype)
        ours = fastest(reference.flux)(magnitudes)
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, reference.flux(magnitudes), atol=TOLERANCE[dtype])

    @pytest.mark.parametrize("roll_percent", [0.01, 0.5, 0.85, 0.99])
    def test_rolloff(self, rng, shape, dtype, roll_percent):
        magnitudes = spectra(rng, shape, dtype)
        options = {"frequencies": np.linspace(0, 8000, shape[1]), "roll_percent": roll_percent}
        ours = fastest(reference.rolloff)(magnitudes, **options)
        theirs = reference.rolloff(magnitudes, **options)
        assert ours.dtype == dtype
        assert np.abs(ours - theirs).max() <= options["frequencies"][1]
        assert (ours != theirs).mean() <= 0.01


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_same_spectrum_again_is_no_change_at_all(rng, dtype):
    magnitudes = np.repeat(rng.random((20, 257)).astype(dtype), 2, axis=0)
    assert not fastest(reference.flux)(magnitudes)[1::2].any()
