"""The telephone line against the definitions of its parts."""

from __future__ import annotations

import numpy as np
import pytest

from sertools.core.effects.telephone import band_pass, mu_law, telephone

SR = 16000
BAND = {"low": 300.0, "high": 3400.0}


def tone(hertz, sr=SR, amplitude=0.5):
    """Two seconds of a sine."""
    return amplitude * np.sin(2 * np.pi * hertz * np.arange(2 * sr) / sr)


def decibels(signal, reference):
    """Level of one signal above that of another."""
    return 10 * np.log10(np.mean(np.square(signal)) / np.mean(np.square(reference)))


class TestBand:
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    @pytest.mark.parametrize(
        ("hertz", "level"), [(300, -3.01), (3400, -3.01), (1000, 0), (150, -24.1), (6800, -24.1)]
    )
    def test_falls_like_a_butterworth_filter_of_fourth_order(self, dtype, hertz, level):
        x = tone(hertz).astype(dtype)
        passed = band_pass(x, sr=SR, **BAND)
        assert passed.dtype == dtype
        assert decibels(passed, x) == pytest.approx(level, abs=0.1)

    def test_delays_nothing(self):
        click = np.zeros(4001)
        click[2000] = 1
        passed = band_pass(click, sr=SR, **BAND)
        assert passed.argmax() == 2000
        np.testing.assert_allclose(passed[:2000], passed[:2000:-1], atol=1e-6)

    def test_of_the_end_nothing_comes_in_at_the_beginning(self):
        click = np.zeros(4001)
        click[-1] = 1
        passed = band_pass(click, sr=SR, **BAND)
        assert np.abs(passed[:1000]).max() < 1e-3 * np.abs(passed).max()


class TestMuLaw:
    def test_has_255_steps_that_are_the_same_up_and_down(self):
        steps = np.unique(mu_law(np.linspace(-1, 1, 100_001)))
        assert len(steps) == 255
        np.testing.assert_array_equal(steps, -steps[::-1])
        assert 0.0 in steps

    def test_steps_are_those_of_the_standard(self):
        # G.711 in the scale of 16 bits: eight segments of sixteen levels, each twice as wide as the
        # one below; the first and the last levels as every decoder gives them.
        levels = np.unique(2**15 * mu_law(np.linspace(-1, 1, 100_001)))[127:]
        segments = [(2**i * (132 + 8 * np.arange(16))) - 132 for i in range(8)]
        np.testing.assert_array_equal(levels, np.concatenate(segments))
        assert levels[:3].tolist() == [0, 8, 16]
        assert levels[-2:].tolist() == [31100, 32124]

    def test_each_sample_goes_to_a_step_nearby(self, rng):
        x = rng.uniform(-0.98, 0.98, 10_000)
        # Half a step is at most a 32nd of what it starts from, and of what is added first.
        assert (np.abs(mu_law(x) - x) <= (np.abs(x) + 132 / 2**15) / 32).all()

    def test_is_its_own_result(self, rng):
        once = mu_law(rng.uniform(-1, 1, 1000))
        np.testing.assert_array_equal(mu_law(once), once)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_cuts_off_beyond_full_scale(self, dtype):
        cut = mu_law(np.array([-1e10, -1, 0, 1e-40, 1.5], dtype=dtype))
        assert cut.dtype == dtype
        loudest = 32124 / 2**15
        np.testing.assert_array_equal(cut, [-loudest, -loudest, 0, 0, loudest])

    @pytest.mark.parametrize("amplitude", [1.0, 0.1, 0.01])
    def test_keeps_its_ratio_to_a_sine_over_forty_decibels(self, amplitude):
        # What logarithmic steps are for; eight even ones would leave 10 dB of the softest.
        x = tone(441.7, amplitude=amplitude)
        assert 30 < decibels(x, mu_law(x) - x) < 40


class TestLine:
    @pytest.mark.parametrize("sr", [6000, 8000, 16000, 44100])
    def test_passes_the_middle_of_the_band(self, sr):
        x = tone(1000, sr)
        heard = telephone(x, sr=sr, **BAND)
        assert heard.shape == x.shape
        assert decibels(heard, x) == pytest.approx(0, abs=0.5)

    @pytest.mark.parametrize(("sr", "hertz"), [(16000, 100), (16000, 5000), (44100, 9000)])
    def test_stops_the_rest(self, sr, hertz):
        x = tone(hertz, sr)
        assert decibels(telephone(x, sr=sr, **BAND), x) < -20

    def test_delays_nothing(self, rng):
        x = 0.1 * rng.standard_normal(3001)
        together = np.correlate(telephone(x, sr=SR, **BAND), x, mode="full")
        assert together.argmax() == len(x) - 1

    def test_has_steps(self):
        heard = telephone(tone(1000, 8000), sr=8000, **BAND)
        assert len(np.unique(heard.round(9))) <= 255
