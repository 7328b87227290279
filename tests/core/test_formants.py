"""Formants against synthetic vowels and against all-pole spectra, whose poles are known."""

from __future__ import annotations

import numpy as np
import pytest

from sertools.core.formants import first_formants, prediction_gain, resonances
from sertools.core.spectral import analysis_window, spectrum

VOWELS = {
    "schwa": ((500, 60), (1500, 90), (2500, 120), (3500, 150), (4500, 200)),
    "a": ((730, 80), (1090, 90), (2440, 120), (3400, 150), (4300, 200)),
    "i": ((300, 50), (2290, 100), (3010, 150), (3700, 200), (4600, 250)),
    "u": ((320, 60), (870, 80), (2240, 120), (3300, 150), (4200, 200)),
    "a woman's e": ((600, 70), (2000, 110), (2900, 150), (4100, 220), (5300, 300)),
}


def vowel(f0, formants, sr):
    """A vowel ``(sr,)`` whose F0 wavers by 10 %, made of its harmonics."""
    times = np.arange(sr) / sr
    wavering = f0 * (1 + 0.1 * np.sin(2 * np.pi * 3 * times))
    phase = 2 * np.pi * np.cumsum(wavering) / sr
    x = np.zeros(sr)
    for k in range(1, int(sr / 2 / wavering.max()) + 1):
        s = 2j * np.pi * k * wavering
        # The glottis makes the harmonics fall by 12 dB per octave, the lips raise them by 6.
        response = np.exp(1j * k * phase) / k
        for frequency, bandwidth in formants:
            pole = np.pi * (-bandwidth + 2j * frequency)
            response *= abs(pole) ** 2 / ((s - pole) * (s - pole.conjugate()))
        x += response.real
    return x


def spectra_of(x, sr):
    """Power spectra of frames of 32 ms."""
    window = analysis_window("hann", 2 * round(0.016 * sr), 2 * round(0.016 * sr))
    return spectrum(x, window=window, hop_length=sr // 100)[5:-5]


@pytest.mark.parametrize("f0", [100.0, 130.0, 170.0, 210.0, 250.0])
@pytest.mark.parametrize("name", VOWELS)
@pytest.mark.parametrize("sr", [8000, 16000, 44100])
def test_known_vowels(f0, name, sr):
    spectra = spectra_of(vowel(f0, VOWELS[name], sr), sr)
    formants, bandwidths = first_formants(*resonances(spectra, sr=sr))
    true, true_bandwidths = np.transpose(VOWELS[name][:3])
    error = np.median(formants, axis=0) - true
    assert (np.abs(error) < np.maximum(0.05 * true, 50)).all()
    if sr >= 16000 and f0 <= 130:  # harmonics that are further apart do not show how broad it is
        ratio = np.median(bandwidths, axis=0) / true_bandwidths
        np.testing.assert_allclose(ratio, 1, atol=0.4)


class TestResonances:
    @staticmethod
    def all_pole(poles, sr, n_bins=513):
        """Power spectra ``(1, n_bins)`` whose emphasised form is that of an all-pole filter."""
        z = np.exp(1j * np.linspace(0, np.pi, n_bins))
        denominator = np.prod([(z - p) * (z - np.conj(p)) for p in poles], axis=0)
        emphasis = 1 - np.exp(-2 * np.pi * 50 / sr) / z
        return 1 / np.abs(denominator * emphasis)[None] ** 2

    def test_are_the_poles(self):
        sr = 10000
        frequencies = np.array([510.0, 1480.0, 2600.0, 3300.0, 4100.0])
        bandwidths = np.array([60.0, 70.0, 150.0, 90.0, 400.0])
        poles = np.exp(np.pi * (-bandwidths + 2j * frequencies) / sr)
        found = resonances(self.all_pole(poles, sr), sr=sr)
        np.testing.assert_allclose(found[0][0], frequencies, rtol=1e-3)
        np.testing.assert_allclose(found[1][0], bandwidths, rtol=1e-2)

    def test_real_poles_do_not_resonate(self):
        sr = 10000
        resonating = np.exp(np.pi * (-100 + 2j * np.array([600.0, 1700.0, 2800.0, 3900.0])) / sr)
        z = np.exp(1j * np.linspace(0, np.pi, 513))
        real = np.abs((z - 0.9) * (z + 0.5)) ** 2
        frequencies, bandwidths = resonances(self.all_pole(resonating, sr) / real, sr=sr)
        np.testing.assert_allclose(frequencies[0, :4], [600, 1700, 2800, 3900], rtol=1e-3)
        assert frequencies[0, 4] == bandwidths[0, 4] == np.inf

    @pytest.mark.parametrize(
        ("sr", "n_resonances"), [(8000, 4), (11025, 5), (16000, 5), (48000, 5)]
    )
    def test_one_per_kilohertz_up_to_five(self, rng, sr, n_resonances):
        spectra = rng.random((3, 1 + round(0.016 * sr)))
        assert resonances(spectra, sr=sr)[0].shape == (3, n_resonances)

    def test_what_lies_above_5_khz_does_not_matter(self, rng):
        spectra = rng.random((3, 257))
        louder = spectra.copy()
        louder[:, 161:] *= 1e6
        np.testing.assert_array_equal(resonances(louder, sr=16000), resonances(spectra, sr=16000))

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_level_does_not_matter(self, rng, dtype):
        spectra = (rng.random((3, 257)) * np.geomspace(1, 1e-6, 257)).astype(dtype)
        loud, soft = resonances(spectra, sr=16000), resonances(spectra * dtype(1e-20), sr=16000)
        assert loud[0].dtype == loud[1].dtype == dtype
        np.testing.assert_allclose(soft[0], loud[0], rtol=1e-3)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    @pytest.mark.parametrize(
        "spectra",
        [np.zeros((2, 257)), np.full((1, 257), 1e-38), np.eye(257)[[0, 1, 40, 200]]],
        ids=["silence", "tiny", "one bin"],
    )
    def test_of_no_voice(self, spectra, dtype):
        formants, bandwidths = first_formants(*resonances(spectra.astype(dtype), sr=16000))
        assert formants.dtype == bandwidths.dtype == dtype
        assert (np.diff(formants, axis=1) > 0).all()
        assert (bandwidths > 0).all()
        assert np.isfinite(formants).all()
        assert np.isfinite(bandwidths).all()


class TestPredictionGain:
    def test_of_an_all_pole_filter_is_that_of_its_response(self):
        sr = 10000
        frequencies, bandwidths = np.array([600.0, 1700.0, 2800.0, 3900.0, 4500.0]), 100.0
        poles = np.exp(np.pi * (-bandwidths + 2j * frequencies) / sr)
        spectra = TestResonances.all_pole(poles, sr, 4097)
        z = np.exp(1j * np.linspace(0, np.pi, 4097))
        emphasised = spectra[0] * np.abs(1 - np.exp(-2 * np.pi * 50 / sr) / z) ** 2
        # What excites a filter of this form has the power 1.
        power = (emphasised[0] / 2 + emphasised[1:-1].sum() + emphasised[-1] / 2) / 4096
        gain = prediction_gain(spectra, sr=sr)
        np.testing.assert_allclose(gain, 10 * np.log10(power), atol=0.01)

    def test_silence_has_none_and_level_does_not_matter(self, rng):
        spectra = rng.random((3, 257))
        gain = prediction_gain(spectra, sr=16000)
        np.testing.assert_allclose(prediction_gain(1e-6 * spectra, sr=16000), gain)
        assert (gain > 0).all()
        np.testing.assert_array_equal(prediction_gain(np.zeros((2, 257)), sr=16000), 0)

    def test_a_line_is_all_explained(self):
        assert 60 < prediction_gain(np.eye(257)[[40]], sr=16000)[0] <= 90


class TestFirstFormants:
    def test_skip_what_is_hum_or_tilt(self):
        frequencies = np.array([[50.0, 500.0, 1000.0, 1500.0, 2500.0]])
        bandwidths = np.array([[20.0, 80.0, 1200.0, 90.0, 1200.0]])
        formants, widths = first_formants(frequencies, bandwidths)
        np.testing.assert_array_equal(formants, [[500, 1500, 2500]])
        np.testing.assert_array_equal(widths, [[80, 90, 1200]])

    def test_gaps_are_bridged(self):
        frequencies = np.array([[500, 1500, 2500], [510, 2500, np.inf], [700, 1300, 2700]])
        bandwidths = np.where(np.isfinite(frequencies), 100.0, np.inf)
        formants, widths = first_formants(frequencies, bandwidths)
        np.testing.assert_allclose(formants[1], [600, 1400, 2600])
        np.testing.assert_allclose(widths, 100)

    def test_without_any_a_neutral_tube(self):
        formants, _ = first_formants(np.full((2, 5), np.inf), np.full((2, 5), np.inf))
        np.testing.assert_array_equal(formants, [[500, 1500, 2500]] * 2)

    def test_of_no_frames(self):
        formants, bandwidths = first_formants(np.empty((0, 5)), np.empty((0, 5)))
        assert formants.shape == bandwidths.shape == (0, 3)


@pytest.mark.parametrize("f0", [110.0, 190.0])
@pytest.mark.parametrize("name", ["schwa", "a", "i"])
def test_praat_hears_the_same(f0, name):
    parselmouth = pytest.importorskip("parselmouth")
    sr = 16000
    x = vowel(f0, VOWELS[name], sr)
    sound = parselmouth.Sound(x, sr).to_formant_burg(maximum_formant=5000.0)
    times = np.arange(5, 96) * 0.01
    theirs = np.array([[sound.get_value_at_time(k, t) for k in (1, 2, 3)] for t in times])
    # Praat keeps poles that are too broad, so each of its formants may be any of ours.
    ours, _ = resonances(spectra_of(x, sr), sr=sr)
    difference = np.abs(ours[:, None] - theirs[:, :, None]).min(axis=2)
    assert (np.median(difference, axis=0) < [10, 15, 20]).all()
