"""Modulations of contours and spectrograms that move at known rates."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sertools.core.speech.modulation import (
    GROUP,
    RATE_EDGES,
    RIPPLES,
    Ripple,
    modulation_power,
    ripple_energies,
)

RATE = 100.0
BANDS = list(pairwise(RATE_EDGES))


def wave(rate, n_frames, amplitude=1.0):
    """A contour ``(1, n_frames)`` that moves at some rate in Hz."""
    return 30 + amplitude * np.sin(2 * np.pi * rate * np.arange(n_frames) / RATE)[None]


def rippled(ripple, n_frames, n_bands=40, amplitude=10.0):
    """A spectrogram ``(n_bands, n_frames)`` in dB that ripples in one way."""
    cycles = ripple.rate * np.arange(n_frames) / RATE
    cycles = cycles + ripple.scale * np.arange(n_bands)[:, None]
    return amplitude * np.cos(2 * np.pi * cycles) - 40


def ripples_by_definition(levels, n_fft=4096):
    """`ripple_energies` with the whole spectrum, and more room than any filter rings."""
    n_bands, n_frames = levels.shape
    spectrum = np.fft.fft2(levels - levels.mean(axis=1, keepdims=True), (64, n_fft))
    rates, scales = np.fft.fftfreq(n_fft, 1 / RATE), np.fft.fftfreq(64)[:, None]
    energies = []
    for rate, scale in RIPPLES:
        over_time = np.exp(-0.5 * ((rates - rate) / (0.45 * rate)) ** 2) * (rates >= 0)
        width = max(0.45 * abs(scale), 0.02)
        over_bands = np.exp(-0.5 * ((scales - scale) / width) ** 2)
        # Twice, for there is but one side of the rates.
        moduli = 2 * np.abs(np.fft.ifft2(spectrum * over_time * over_bands))
        # Every other frame is looked at.
        moduli = moduli[:n_bands, : n_frames // 2 * 2 : 2]
        moduli = moduli.reshape(-1, GROUP, n_frames // 2).mean(axis=1)
        energies.append([moduli.mean(axis=1), moduli.std(axis=1)])
    return np.log(np.array(energies).transpose(1, 0, 2) + 1e-3)


class TestPower:
    @pytest.mark.parametrize("band", range(len(BANDS)))
    def test_a_wave_is_in_the_band_of_its_rate(self, band):
        power = modulation_power(wave(np.mean(BANDS[band]), 2000), frame_rate=RATE)[:, 0]
        assert power.argmax() == band
        assert power[band] > 0.98 * power.sum()

    @pytest.mark.parametrize("n_frames", [300, 1000, 1024, 1500, 6000])
    @pytest.mark.parametrize("amplitude", [1.0, 5.0])
    def test_is_per_frame(self, n_frames, amplitude):
        power = modulation_power(wave(5, n_frames, amplitude), frame_rate=RATE)
        # Half of 1024 bins hold half of the square of the amplitude, and the window 3/8 of it.
        assert power.sum() == pytest.approx(512 * amplitude**2 / 2 * 3 / 8, rel=0.01)

    def test_of_the_whole_spectrum(self, rng):
        contours = rng.normal(size=(3, 700))
        n_fft = 1024
        windowed = (contours - contours.mean(axis=1, keepdims=True)) * np.hanning(702)[1:-1]
        energies = np.abs(np.fft.fft(windowed, n_fft)) ** 2 / 700
        rates = np.fft.fftfreq(n_fft, 1 / RATE)
        expected = [energies[:, (rates >= a) & (rates < b)].sum(axis=1) + 1e-6 for a, b in BANDS]
        assert_allclose(modulation_power(contours, frame_rate=RATE), expected)

    @pytest.mark.parametrize("n_frames", [1, 2, 3, 10, 1500])
    def test_what_does_not_move_has_the_least(self, n_frames):
        power = modulation_power(np.full((2, n_frames), -40.0), frame_rate=RATE)
        assert power.shape == (11, 2)
        assert_allclose(power, 1e-6)

    def test_a_channel_knows_no_other(self, rng):
        contours = rng.normal(size=(5, 333))
        together = modulation_power(contours, frame_rate=RATE)
        alone = [modulation_power(contours[[c]], frame_rate=RATE) for c in range(5)]
        assert_array_equal(together, np.concatenate(alone, axis=1))


class TestRipples:
    @pytest.mark.parametrize("ripple", RIPPLES, ids=str)
    def test_each_hears_its_own(self, ripple):
        means, _ = ripple_energies(rippled(ripple, 400), frame_rate=RATE).mean(axis=2)
        assert RIPPLES[means.argmax()] == ripple
        if ripple.scale:
            mirrored = RIPPLES.index(Ripple(ripple.rate, -ripple.scale))
            assert means.max() > means[mirrored] + 1

    def test_scales_above_0_fall(self):
        # A ridge that is a band lower in each frame: 6 Hz at 0.06 cycles per band.
        frames, bands = np.arange(400), np.arange(40)[:, None]
        levels = 10 * np.cos(2 * np.pi * 0.06 * (frames + bands))
        means, _ = ripple_energies(levels, frame_rate=RATE).mean(axis=2)
        falling, rising = (means[RIPPLES.index(Ripple(6.0, scale))] for scale in (0.08, -0.08))
        assert falling > rising + 1

    def test_twice_the_depth(self):
        ripple = Ripple(6.0, 0.08)
        soft, strong = (
            ripple_energies(rippled(ripple, 400, amplitude=depth), frame_rate=RATE)
            for depth in (10, 20)
        )
        own = RIPPLES.index(ripple)
        assert_allclose(strong[0, own], soft[0, own] + np.log(2), atol=1e-3)

    def test_groups_are_of_neighbouring_bands(self):
        levels = np.zeros((40, 300))
        levels[8:12] = wave(6, 300, 20)
        means, spreads = ripple_energies(levels, frame_rate=RATE)
        assert means[RIPPLES.index(Ripple(6.0, 0.0))].argmax() == 2
        assert means.shape == spreads.shape == (35, 10)

    @pytest.mark.parametrize("n_frames", [50, 51, 300, 400])
    @pytest.mark.parametrize("n_bands", [40, 64])
    def test_by_definition(self, rng, n_frames, n_bands):
        levels = 10 * rng.normal(size=(n_bands, n_frames)).cumsum(axis=1)
        found = ripple_energies(levels, frame_rate=RATE)
        # Filters end at rate 0 with a step, whose ringing depends on the room a little.
        assert_allclose(found, ripples_by_definition(levels), atol=0.08)

    @pytest.mark.parametrize("n_frames", [300, 450, 512, 1000])
    def test_the_end_does_not_ring_into_the_beginning(self, rng, n_frames):
        levels = np.zeros((40, n_frames))
        levels[:, -20:] = 10 * rng.normal(size=(40, 20))
        found = ripple_energies(levels, frame_rate=RATE)
        assert_allclose(found, ripples_by_definition(levels), atol=0.06)

    @pytest.mark.parametrize("n_frames", [1, 2, 3, 4, 10, 1500])
    @pytest.mark.parametrize("value", [0.0, -80.0, 5e-324])
    def test_what_does_not_move_has_none(self, n_frames, value):
        energies = ripple_energies(np.full((40, n_frames), value), frame_rate=RATE)
        assert_allclose(energies, np.log(1e-3))

    @pytest.mark.parametrize("n_frames", [1, 2, 3, 5, 9])
    def test_of_a_few_frames(self, rng, n_frames):
        energies = ripple_energies(1e3 * rng.normal(size=(40, n_frames)), frame_rate=RATE)
        assert energies.shape == (2, 35, 10)
        assert np.isfinite(energies).all()
