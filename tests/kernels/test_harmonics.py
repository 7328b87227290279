"""Levels of harmonics, by loops and by arrays."""

from __future__ import annotations

import numpy as np
import pytest

from sertools.core import harmonics as reference
from sertools.kernels.cpu import harmonics as twin


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_frames", [0, 1, 50])
@pytest.mark.parametrize("n_bins", [5, 129, 257])
def test_same_levels(rng, dtype, n_frames, n_bins):
    spectra = rng.random((n_frames, n_bins)).astype(dtype)
    # Some so low that no bin is near, some beyond the spectrum, some with edges on a bin.
    formants = rng.choice([1.0, 40.0, 500.0, 1562.5, 4000.0, 9999.0], (n_frames, 3)).astype(dtype)
    options = {"formants": formants, "bin_width": 31.25}
    ours, theirs = (m.formant_levels(spectra, **options) for m in (twin, reference))
    assert ours.dtype == theirs.dtype == dtype
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_frames", [0, 1, 200])
@pytest.mark.parametrize("n_bins", [5, 129, 257])
@pytest.mark.parametrize("harmonic", [1, 2, 40])
def test_same_level(rng, dtype, n_frames, n_bins, harmonic):
    spectra = rng.gamma(0.3, size=(n_frames, n_bins)).astype(dtype)
    spectra[::9] = 0
    # Below the first bin, on a bin, between bins, and beyond the spectrum.
    f0 = rng.choice([10.0, 62.5, 70.0, 333.3, 599.0], n_frames).astype(dtype)
    options = {"f0": f0, "harmonic": harmonic, "bin_width": 31.25}
    ours, theirs = (m.harmonic_level(spectra, **options) for m in (twin, reference))
    assert ours.dtype == theirs.dtype == dtype
    np.testing.assert_allclose(ours, theirs, atol=1e-4 if dtype == np.float32 else 1e-11)
