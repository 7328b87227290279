"""Harmonics against voices made of known ones."""

from __future__ import annotations

import numpy as np
import pytest

from sertools.core.harmonics import formant_levels, harmonic_level
from sertools.core.spectral import analysis_window, spectrum

SR = 16000
BIN_WIDTH = SR / 512
# The power of a sine of amplitude 1 in the spectrum.
UNIT = 20 * np.log10(analysis_window("hann", 512, 512).sum() / 2)


def spectra_of(f0, levels):
    """Power spectra of a voice whose harmonics have these levels in dB."""
    times = np.arange(SR // 2) / SR
    x = sum(
        10 ** (level / 20) * np.sin(2 * np.pi * f0 * (k + 1) * times + k)
        for k, level in enumerate(levels)
    )
    return spectrum(x, window=analysis_window("hann", 512, 512), hop_length=160)[4:-4]


@pytest.mark.parametrize(
    ("f0", "tolerance"),  # the lower the voice, the more its harmonics run into each other
    [(80.0, 2.5), (101.3, 1.0), (147.9, 0.8), (220.0, 0.2), (411.1, 0.2)],
)
@pytest.mark.parametrize("h2", [-15.0, 0.0, 10.0])
def test_known_levels(f0, tolerance, h2):
    spectra = spectra_of(f0, [0.0, h2, -10.0])
    for harmonic, level in ((1, 0.0), (2, h2)):
        measured = harmonic_level(
            spectra, f0=np.full(len(spectra), f0), harmonic=harmonic, bin_width=BIN_WIDTH
        )
        np.testing.assert_allclose(measured - UNIT, level, atol=tolerance)


def test_formant_level_is_that_of_the_strongest_harmonic_nearby():
    levels = np.full(30, -40.0)
    levels[[4, 9, 24]] = [-10.0, -20.0, -15.0]  # at 500, 1000 and 2500 Hz
    spectra = spectra_of(100.0, levels)
    formants = np.tile([550.0, 900.0, 2300.0, 1600.0], (len(spectra), 1))
    measured = formant_levels(spectra, formants=formants, bin_width=BIN_WIDTH) - UNIT
    # The nearest bin may be up to half a bin away, which costs 1.4 dB under a Hann window.
    np.testing.assert_allclose(measured, np.tile([-10, -20, -15, -40], (len(spectra), 1)), atol=1.5)


def test_beyond_the_spectrum_it_is_the_highest_bin():
    spectra = np.ones((1, 257))
    spectra[0, 256] = 100
    assert harmonic_level(spectra, f0=np.array([900.0]), harmonic=10, bin_width=BIN_WIDTH) < 20.1
    far_away = formant_levels(spectra, formants=np.array([[9e4]]), bin_width=BIN_WIDTH)
    assert far_away == pytest.approx(-100)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_frames", [0, 3])
def test_silence(dtype, n_frames):
    spectra = np.zeros((n_frames, 257), dtype=dtype)
    f0 = np.full(n_frames, 100, dtype=dtype)
    formants = np.tile(np.array([500, 1500, 2500], dtype=dtype), (n_frames, 1))
    level = harmonic_level(spectra, f0=f0, harmonic=1, bin_width=BIN_WIDTH)
    levels = formant_levels(spectra, formants=formants, bin_width=BIN_WIDTH)
    assert level.dtype == levels.dtype == dtype
    np.testing.assert_allclose(level, np.full(n_frames, -100), rtol=1e-6)
    np.testing.assert_allclose(levels, np.full((n_frames, 3), -100), rtol=1e-6)
