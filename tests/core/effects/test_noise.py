"""Noise: its distribution, its spectrum, and the very numbers, which must never change."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from sertools.core.effects.noise import colored_noise, white_noise

N_TIMES = 2**18
KEYS = [0, 1, 2**63 - 1]


@pytest.mark.parametrize("key", KEYS)
class TestWhiteNoise:
    """Bounds are five standard deviations of what a perfect generator gives."""

    def test_is_gaussian(self, key):
        noise = white_noise(N_TIMES, key=key).astype(np.float64)
        mean, variance = noise.mean(), noise.var()
        centred = (noise - mean) / np.sqrt(variance)
        assert abs(mean) < 5 * np.sqrt(1 / N_TIMES)
        assert abs(variance - 1) < 5 * np.sqrt(2 / N_TIMES)
        assert abs((centred**3).mean()) < 5 * np.sqrt(6 / N_TIMES)
        assert abs((centred**4).mean() - 3) < 5 * np.sqrt(24 / N_TIMES)

    def test_is_white(self, key):
        noise = white_noise(N_TIMES, key=key).astype(np.float64)
        for lag in range(1, 6):
            assert abs((noise[lag:] * noise[:-lag]).mean()) < 5 / np.sqrt(N_TIMES)

    def test_has_nothing_of_the_noise_of_the_next_key(self, key):
        noise, other = (white_noise(N_TIMES, key=key + step).astype(float) for step in (0, 1))
        for lag in range(5):
            assert abs((noise[lag:] * other[: N_TIMES - lag]).mean()) < 5 / np.sqrt(N_TIMES)

    @pytest.mark.parametrize("n_times", [1, 2, 3, 767, 768])
    def test_of_a_shorter_clip_is_the_beginning(self, key, n_times):
        noise = white_noise(n_times, key=key)
        assert noise.dtype == np.float32
        np.testing.assert_array_equal(noise, white_noise(1000, key=key)[:n_times])


def test_the_numbers_are_frozen():
    # Augmented clips that somebody published must come out again.
    np.testing.assert_array_equal(
        white_noise(4, key=1),
        np.array([-0.18661456, -0.5303731, 0.8250699, 0.5622526], dtype=np.float32),
    )


def test_white_noise_comes_from_published_words():
    # The first outputs of SplitMix64 for the seed 1234567, as its authors' code prints them.
    words = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    shorts = [word >> shift & 0xFFFF for word in words for shift in (0, 16, 32, 48)]
    deviates = ndtri((np.array(shorts) + 0.5) / 2**16).reshape(6, 2).sum(axis=1)
    # A grid of quantiles spreads a little less than the distribution itself.
    np.testing.assert_allclose(white_noise(6, key=1234567), deviates / np.sqrt(2), rtol=1e-4)


def octave_levels(noise, sr):
    """Mean power densities ``(n_octaves,)`` in dB, from 30 Hz up."""
    density = np.abs(np.fft.rfft(noise.astype(np.float64))) ** 2
    hertz = np.fft.rfftfreq(len(noise), 1 / sr)
    edges = 30 * 2.0 ** np.arange(np.log2(sr / 60))
    return [10 * np.log10(density[(hertz >= low) & (hertz < 2 * low)].mean()) for low in edges[:-1]]


@pytest.mark.parametrize(("color", "slope"), [("white", 0.0), ("pink", -3.01), ("brown", -6.02)])
@pytest.mark.parametrize("sr", [8000, 16000, 44100])
def test_colored_noise_falls_so_many_decibels_an_octave(color, slope, sr):
    levels = octave_levels(colored_noise(N_TIMES, key=3, color=color, sr=sr), sr)
    fitted, _ = np.polyfit(np.arange(len(levels)), levels, 1)
    assert fitted == pytest.approx(slope, abs=0.3)


@pytest.mark.parametrize("color", ["pink", "brown"])
def test_colored_noise_falls_no_more_below_20_hertz(color):
    noise = colored_noise(N_TIMES, key=3, color=color, sr=16000)
    assert noise.dtype == np.float32
    density = np.abs(np.fft.rfft(noise.astype(np.float64))) ** 2
    hertz = np.fft.rfftfreq(N_TIMES, 1 / 16000)
    lower, upper = density[(hertz > 1) & (hertz < 10)], density[(hertz > 10) & (hertz < 19)]
    assert 10 * np.log10(lower.mean() / upper.mean()) == pytest.approx(0, abs=1.5)
    # What is left of a mean is that of the piece which is cut off.
    assert abs(noise.mean()) < 1e-3 * noise.std()
