"""Spectral descriptors against librosa and closed forms, and on frames with nothing in them."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from sertools.core.descriptors import (
    bandwidth,
    centroid,
    contrast,
    contrast_edges,
    flatness,
    flux,
    rolloff,
    slope,
)
from sertools.core.spectral import analysis_window, spectrum

SR = 16000
FREQUENCIES = np.fft.rfftfreq(512, 1 / SR)

# Ours of magnitudes (n_frames, n_bins) and librosa's of the same (n_bins, n_frames).
AGAINST_LIBROSA = {
    "centroid": (
        lambda m: centroid(m, frequencies=FREQUENCIES),
        lambda S: librosa.feature.spectral_centroid(S=S, sr=SR)[0],
    ),
    "bandwidth": (
        lambda m: bandwidth(m, frequencies=FREQUENCIES),
        lambda S: librosa.feature.spectral_bandwidth(S=S, sr=SR)[0],
    ),
    "flatness": (flatness, lambda S: librosa.feature.spectral_flatness(S=S)[0]),
    "contrast": (
        lambda m: contrast(m, frequencies=FREQUENCIES),
        lambda S: librosa.feature.spectral_contrast(S=S, sr=SR).T,
    ),
    "slope": (
        lambda m: slope(m, frequencies=FREQUENCIES),
        lambda S: (
            1000 * librosa.feature.poly_features(S=librosa.power_to_db(S**2, top_db=None), sr=SR)[0]
        ),
    ),
}

ALL = {
    **{name: ours for name, (ours, _) in AGAINST_LIBROSA.items()},
    "rolloff": lambda m: rolloff(m, frequencies=FREQUENCIES),
    "flux": flux,
}


def magnitudes_of(x, n_fft=512):
    """Magnitudes ``(n_frames, n_bins)`` of a clip."""
    window = analysis_window("hann", n_fft, n_fft)
    return spectrum(x, window=window, hop_length=160, power=1.0)


def fading_clip(dtype):
    """Half a second of noise that swells by 80 dB, of a tone, and of silence."""
    rng = np.random.default_rng(0)
    noise = np.cumsum(rng.normal(size=8000)) * np.geomspace(1e-5, 1e-1, 8000)
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(8000) / SR)
    return np.concatenate([noise, tone, np.zeros(8000)]).astype(dtype)


@pytest.mark.parametrize("name", AGAINST_LIBROSA)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-6), (np.float32, 1e-4)])
def test_against_librosa(name, dtype, tolerance):
    ours, theirs = AGAINST_LIBROSA[name]
    magnitudes = magnitudes_of(fading_clip(dtype))
    found, expected = ours(magnitudes), theirs(magnitudes.T)
    assert found.shape == expected.shape
    assert found.dtype == dtype
    assert np.abs(found - expected).max() <= tolerance * np.abs(expected).max()


@pytest.mark.parametrize("roll_percent", [0.25, 0.85, 0.99])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rolloff_against_librosa(roll_percent, dtype):
    magnitudes = magnitudes_of(fading_clip(dtype))
    ours = rolloff(magnitudes, frequencies=FREQUENCIES, roll_percent=roll_percent)
    theirs = librosa.feature.spectral_rolloff(S=magnitudes.T, sr=SR, roll_percent=roll_percent)[0]
    assert ours.dtype == dtype
    assert np.abs(ours - theirs).max() <= FREQUENCIES[1]
    assert (ours != theirs).mean() <= 0.01


@pytest.mark.parametrize(
    ("sr", "n_fft", "n_bands"),
    [(8000, 512, 5), (16000, 80, 6), (16000, 2048, 6), (44100, 1024, 6), (12800, 512, 5)],
)
def test_contrast_at_other_rates(rng, sr, n_fft, n_bands):
    frequencies = np.fft.rfftfreq(n_fft, 1 / sr)
    magnitudes = magnitudes_of(rng.normal(size=4000), n_fft)
    ours = contrast(magnitudes, frequencies=frequencies)
    theirs = librosa.feature.spectral_contrast(S=magnitudes.T, sr=sr, n_bands=n_bands).T
    assert ours.shape == theirs.shape == (len(magnitudes), len(contrast_edges(frequencies)))
    assert np.abs(ours - theirs).max() <= 1e-6 * np.abs(theirs).max()


def test_the_contrast_needs_narrow_bins():
    with pytest.raises(ValueError, match=r"bins lie 250 Hz apart.*ends at 200 Hz.*larger n_fft"):
        contrast_edges(np.fft.rfftfreq(64, 1 / SR))


class TestClosedForms:
    def test_two_lines(self):
        # Magnitudes 3 and 1 at 1 and 2 kHz: their mean, deviation and 75 % point by hand.
        magnitudes = np.zeros((1, 257))
        magnitudes[0, [32, 64]] = [3, 1]
        assert centroid(magnitudes, frequencies=FREQUENCIES) == pytest.approx(1250)
        assert bandwidth(magnitudes, frequencies=FREQUENCIES) == pytest.approx(1000 * 3**0.5 / 4)
        assert rolloff(magnitudes, frequencies=FREQUENCIES, roll_percent=0.75) == 1000
        assert rolloff(magnitudes, frequencies=FREQUENCIES, roll_percent=0.76) == 2000

    def test_the_bandwidth_of_one_line_is_zero(self):
        magnitudes = np.zeros((1, 257), dtype=np.float32)
        magnitudes[0, 240] = 1
        assert bandwidth(magnitudes, frequencies=FREQUENCIES) == 0

    def test_flatness_by_hand(self):
        # The powers 1 and 16: a geometric mean of 4, an arithmetic one of 8.5.
        assert flatness(np.array([[1.0, 4.0]])) == pytest.approx(4 / 8.5)

    def test_slope_of_a_straight_line(self):
        decibels = 40 - 6 * FREQUENCIES / 1000
        magnitudes = 10 ** (decibels[None] / 20)
        np.testing.assert_allclose(slope(magnitudes, frequencies=FREQUENCIES), -6)

    def test_flux(self):
        e = np.eye(3)
        frames = np.stack([e[0], 5 * e[0], e[1], 0 * e[0], e[2], e[1] + e[2]])
        # The same shape, another one, silence, after silence, and half of the way to another.
        expected = [0, 0, np.sqrt(2), 0, 0, np.sqrt(2 - np.sqrt(2))]
        np.testing.assert_allclose(flux(frames), expected, atol=1e-12)

    def test_contrast_of_two_levels(self):
        # In each band one bin in ten lies 20 dB above the rest, of magnitudes taken as powers.
        magnitudes = np.ones((2, 1025))
        magnitudes[:, ::10] = 100
        frequencies = np.fft.rfftfreq(2048, 1 / SR)
        np.testing.assert_allclose(contrast(magnitudes, frequencies=frequencies), 20)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
class TestAnySpectrum:
    @pytest.mark.parametrize("level", [0.0, 1e-45, 1e-38, 1e-30, 1e-12, 1.0, 1e4])
    def test_a_flat_one(self, name, dtype, level):
        magnitudes = np.full((3, 257), level, dtype=dtype)
        found = ALL[name](magnitudes)
        assert np.isfinite(found).all()
        if name in ("flux", "slope", "contrast"):
            assert not found.any()
        if name == "flatness":
            np.testing.assert_allclose(found, 1, rtol=1e-5)

    def test_silence_is_zero(self, name, dtype):
        found = ALL[name](np.zeros((2, 257), dtype=dtype))
        np.testing.assert_allclose(found, np.full_like(found, name == "flatness"), rtol=1e-5)

    @pytest.mark.parametrize("amplitude", [1e-30, 1e-12, 1.0])
    def test_of_a_square_wave(self, name, dtype, amplitude):
        square = amplitude * np.sign(np.sin(2 * np.pi * (np.arange(2000) + 0.5) / 64))
        found = ALL[name](magnitudes_of(square.astype(dtype)))
        assert np.isfinite(found).all()
        assert found.dtype == dtype

    def test_a_single_frame(self, name, dtype):
        magnitudes = magnitudes_of(np.array([0.5], dtype=dtype))
        found = ALL[name](magnitudes)
        assert len(found) == 1
        assert np.isfinite(found).all()
