"""Contours of the speech set against SciPy, closed forms and their definitions."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from numpy.testing import assert_allclose, assert_array_equal

from sertools.core.speech.contours import (
    at_level,
    auditory_loudness,
    band_contrast,
    band_levels,
    entropy,
    glide,
    rasta,
    sharpness,
    spectral_moments,
)

FREQUENCIES = np.fft.rfftfreq(512, 1 / 16000)


@pytest.fixture
def power(rng):
    """Spectra of seven frames."""
    return rng.gamma(0.5, size=(7, 257)) * 10.0 ** rng.uniform(-6, 0, (7, 1)) + 1e-9


def rms(x):
    return np.sqrt(np.mean(x**2))


class TestLevel:
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    @pytest.mark.parametrize("gain", [1e-6, 0.01, 1, 1e6])
    def test_of_noise_at_any_gain(self, rng, dtype, gain):
        noise = rng.standard_normal(16000)
        noise -= noise.mean()
        levelled = at_level((gain * noise).astype(dtype), level=0.05)
        assert levelled.dtype == dtype
        assert_allclose(levelled, 0.05 * noise / rms(noise), atol=1e-6)

    def test_silence_does_not_count(self, rng):
        sound = rng.standard_normal(3200)
        sound -= sound.mean()
        silence = np.zeros(16000)
        levelled = at_level(np.concatenate([silence, sound, silence, sound]), level=0.1)
        assert_allclose(levelled[16000:19200], 0.1 * sound / rms(sound))

    @pytest.mark.parametrize(("decibels", "share"), [(41, 0), (39, 10)])
    def test_nor_does_what_is_40_db_below_the_loudest(self, decibels, share):
        pairs = np.tile([1.0, -1.0], 800)
        soft = 10 ** (-decibels / 20) * np.tile(pairs, 10)
        expected = 0.05 / np.sqrt((1 + share * 10 ** (-decibels / 10)) / (1 + share))
        levelled = at_level(np.concatenate([pairs, soft]), level=0.05)
        assert levelled.max() == pytest.approx(expected)

    def test_the_mean_goes(self, rng):
        x = rng.standard_normal(800)
        assert_allclose(at_level(x + 7, level=0.05), at_level(x, level=0.05), atol=1e-12)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    @pytest.mark.parametrize("value", [0.1, 0.2, 0.25, 1.0, -0.3])
    def test_a_constant_is_silent(self, value, dtype):
        assert not at_level(np.full(9000, value, dtype=dtype), level=0.05).any()

    @pytest.mark.parametrize("exponent", [-320, -310, -160, -154, -150, -40])
    def test_next_to_nothing_is_nothing(self, exponent):
        x = 10.0**exponent * np.sin(np.arange(9000.0))
        assert not at_level(x, level=0.05).any()

    @pytest.mark.parametrize("x", [np.zeros(1), np.ones(1), np.zeros(999), np.full(999, 0.5)])
    def test_silence_stays_silent(self, x):
        assert_array_equal(at_level(x, level=0.05), np.zeros(len(x)))

    @pytest.mark.parametrize("n_times", [2, 3, 159, 160])
    def test_of_a_few_samples(self, rng, n_times):
        assert rms(at_level(rng.standard_normal(n_times), level=0.05)) == pytest.approx(0.05)

    def test_a_block_that_is_not_full_counts(self):
        x = np.concatenate([np.zeros(1600), np.tile([1.0, -1.0], 70)])
        assert at_level(x, level=0.05).max() == pytest.approx(0.05)


class TestGlide:
    def test_is_the_change_of_the_period_now(self):
        f0 = np.array([0.0, 100, 200, 160, 0, 0, 150, 150])
        periods = np.array([10, 5, 6.25])
        changes = np.abs(np.diff(periods)) / periods[1:]
        assert_allclose(glide(f0), [0, 0, *changes, 0, 0, 0, 0])

    @pytest.mark.parametrize("f0", [[0.0], [120.0], [0.0, 120.0]])
    def test_of_no_step(self, f0):
        assert_array_equal(glide(np.array(f0)), np.zeros(len(f0)))


class TestRasta:
    def test_is_a_recursion(self, rng):
        levels = rng.normal(-20, 5, (50, 3))
        before = np.concatenate([np.full((4, 3), -35.0), levels])
        moving = np.zeros((51, 3))
        for t in range(50):
            moving[t + 1] = 0.94 * moving[t] + [0.2, 0.1, 0, -0.1, -0.2] @ before[t : t + 5][::-1]
        assert_allclose(rasta(levels, silence=-35.0), moving[1:])

    def test_what_stays_is_forgotten(self):
        moving = rasta(np.full((500, 2), 7.0), silence=-7.0)
        assert np.abs(moving[:10]).max() > 1
        assert_allclose(moving[-1], 0, atol=1e-9)

    def test_lets_syllables_through(self):
        angles = 2 * np.pi * np.outer(np.arange(2000) / 100, [0.1, 4, 30])
        slow, speech, fast = np.ptp(rasta(np.sin(angles), silence=0)[1000:], axis=0)
        assert speech > 4 * slow
        assert speech > 4 * fast

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    @pytest.mark.parametrize("n_frames", [1, 2, 5])
    def test_of_a_few_frames(self, dtype, n_frames):
        moving = rasta(np.zeros((n_frames, 4), dtype=dtype), silence=-10.0)
        assert moving.dtype == dtype
        assert moving.shape == (n_frames, 4)


def test_loudness_adds_up_over_bands(rng):
    energies = rng.gamma(1, size=(5, 26))
    assert_allclose(auditory_loudness(np.log(energies)), (energies**0.33).sum(axis=1))


class TestSharpness:
    BARKS = np.arange(0.5, 24)

    def test_a_narrow_sound_at_1_khz_has_one_acum(self):
        # 1 kHz is 8.5 Bark.
        (acum,) = sharpness(7.0 * (self.BARKS == 8.5)[None], barks=self.BARKS)
        assert acum == pytest.approx(1, abs=0.1)

    def test_is_the_centre_of_all(self, rng):
        bands = rng.gamma(1, size=(4, 24))
        bands[:, 16:] = 0
        expected = [0.11 * np.average(self.BARKS, weights=frame) for frame in bands]
        assert_allclose(sharpness(bands, barks=self.BARKS), expected)

    def test_high_bands_count_more(self):
        alone = sharpness(np.eye(24), barks=self.BARKS) / (0.11 * self.BARKS)
        assert_allclose(alone[:16], 1)
        assert (np.diff(alone[15:]) > 0).all()
        assert alone[-1] == pytest.approx(0.15 * np.exp(0.42 * 7.7) + 0.85)


class TestMoments:
    def test_of_weighted_frequencies(self, power):
        centroid, spread, skewness, log_kurtosis = spectral_moments(
            power, frequencies=FREQUENCIES
        ).T
        for t, frame in enumerate(power):
            counts = scipy.stats.rv_discrete(values=(np.arange(257), frame / frame.sum()))
            mean, variance, skew, kurtosis = (float(m) for m in counts.stats(moments="mvsk"))
            assert centroid[t] == pytest.approx(31.25 * mean)
            assert spread[t] == pytest.approx(31.25 * np.sqrt(variance))
            assert skewness[t] == pytest.approx(skew)
            assert log_kurtosis[t] == pytest.approx(np.log(kurtosis + 3))

    def test_of_two_equal_lines(self):
        power = np.full((1, 257), 1e-15)
        power[0, [32, 96]] = 1
        found = spectral_moments(power, frequencies=FREQUENCIES)
        assert_allclose(found, [[2000, 1000, 0, 0]], atol=1e-6)

    def test_a_line_is_as_wide_as_its_bin(self):
        power = np.full((1, 257), 1e-15)
        power[0, 64] = 1
        found = spectral_moments(power, frequencies=FREQUENCIES)
        assert_allclose(found[0, :3], [2000, 31.25, 0], atol=1e-3)
        assert np.isfinite(found).all()


def test_entropy(power):
    assert_allclose(entropy(power), scipy.stats.entropy(power, axis=1))
    assert entropy(np.full((1, 257), 0.3)) == pytest.approx(np.log(257))


def test_levels_of_bands(power):
    bands = ((250.0, 650.0), (4000.0, 8001.0))
    found = band_levels(power, frequencies=FREQUENCIES, bands=bands)
    # 250 Hz is bin 8, 625 Hz bin 20; 4 kHz is bin 128, and 8 kHz the last.
    sums = [power[:, 8:21].sum(axis=1), power[:, 128:].sum(axis=1)]
    assert_allclose(found, 10 * np.log10(sums).T)


class TestContrast:
    def test_of_fifths(self, rng):
        levels = rng.normal(size=(4, 257))
        found = band_contrast(levels, frequencies=FREQUENCIES, bands=[(1600.0, 3200.0)])
        ranked = np.sort(levels[:, 52:103], axis=1)  # ten of 51 are a fifth
        assert_allclose(found[:, 0], ranked[:, -10:].mean(axis=1) - ranked[:, :10].mean(axis=1))

    def test_a_narrow_band_has_one_peak_and_one_valley(self, rng):
        levels = rng.normal(size=(4, 257))
        found = band_contrast(levels, frequencies=FREQUENCIES, bands=[(100.0, 200.0)])
        assert_allclose(found[:, 0], np.ptp(levels[:, 4:7], axis=1))
