"""Timing of voices, pauses, beats and melodies that are known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sertools.core.speech.timing import PITCH_EDGES, TIMING, pitch_histograms, timing

RATE = 100.0


def named(n_frames, **given):
    """The timing of a clip by name; what is not given is silent, and loud in the same way."""
    contours = {
        "loudness": np.ones(n_frames),
        "energy": np.zeros(n_frames),
        "f0": np.zeros(n_frames),
        "voiced": np.zeros(n_frames, dtype=bool),
        "active": np.zeros(n_frames, dtype=bool),
    }
    row = timing(**(contours | given), frame_rate=RATE)
    return dict(zip(TIMING, row, strict=True))


def runs(*lengths):
    """A mask of runs that are False, True, False, and so on."""
    return np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)


def summary(row, name):
    return [row[f"{name}_{number}"] for number in ("mean", "std", "max", "median")]


def test_of_voices_and_pauses():
    voiced, active = runs(20, 10, 10, 40, 10, 70, 40), runs(10, 130, 20, 40)
    row = named(200, voiced=voiced, active=active)
    assert row["duration"] == 2
    assert row["log_duration"] == pytest.approx(np.log(2))
    assert row["voiced_share"] == pytest.approx(0.6)
    assert row["active_share"] == pytest.approx(0.85)
    assert row["voices_per_second"] == pytest.approx(1.5)
    assert row["bursts_per_second"] == pytest.approx(1)
    assert_allclose(summary(row, "voice_length"), [0.4, np.std([0.1, 0.4, 0.7]), 0.7, 0.4])
    assert_allclose(summary(row, "pause_length"), [0.15, 0.05, 0.2, 0.15])
    assert_allclose(summary(row, "burst_length"), [0.85, 0.45, 1.3, 0.85])


def test_a_voice_may_fill_the_clip():
    row = named(50, voiced=np.ones(50, dtype=bool), active=np.ones(50, dtype=bool))
    assert_allclose(summary(row, "voice_length"), [0.5, 0, 0.5, 0.5])
    assert_array_equal(summary(row, "pause_length"), 0)


class TestBeats:
    def test_of_syllables(self):
        times = np.arange(250) / RATE
        # Four in a second, the first after an eighth; a ripple that smoothing takes away.
        loudness = 1 - np.cos(2 * np.pi * 4 * times) + 0.02 * np.cos(2 * np.pi * 25 * times)
        row = named(250, loudness=loudness)
        assert row["beats_per_second"] == pytest.approx(10 / 2.5)
        assert_allclose(summary(row, "beat_interval"), [0.25, 0, 0.25, 0.25], atol=0.011)
        assert_allclose(summary(row, "beat_loudness"), [1.9, 0, 1.9, 1.9], atol=0.05)

    def test_soft_ones_do_not_count(self):
        loudness = np.zeros(300)
        loudness[[50, 100, 150, 250]] = [10, 1.9, 2.1, 5]
        row = named(300, loudness=loudness)
        assert row["beats_per_second"] == pytest.approx(1)
        assert row["beat_interval_max"] == pytest.approx(1)
        # A smoothed impulse is a quarter as high.
        assert row["beat_loudness_max"] == pytest.approx(2.5)
        assert row["beat_loudness_median"] == pytest.approx(1.25)

    @pytest.mark.parametrize("n_frames", [3, 4, 5, 8, 9, 10, 30])
    def test_of_a_short_clip(self, n_frames):
        loudness = np.eye(n_frames)[n_frames // 2]
        row = named(n_frames, loudness=loudness)
        assert row["beats_per_second"] == pytest.approx(RATE / n_frames)
        assert row["beat_loudness_mean"] == pytest.approx(0.25)

    def test_none_in_silence(self):
        row = named(100, loudness=np.zeros(100))
        assert row["beats_per_second"] == 0
        assert_array_equal(summary(row, "beat_interval") + summary(row, "beat_loudness"), 0)


class TestMelody:
    def test_of_voices_that_rise_and_fall(self):
        voiced = runs(10, 20, 5, 40, 5)
        f0 = np.zeros(80)
        f0[10:30] = 30 + 0.5 * np.arange(20)
        f0[35:75] = 30 - 0.25 * np.arange(40)
        row = named(80, voiced=voiced, f0=f0)
        # Semitones per frame, and semitones.
        assert_allclose(summary(row, "melody_slope"), [0.125, 0.375, 0.5, 0.125])
        assert_allclose(summary(row, "melody_range"), [9.625, 0.125, 9.75, 9.625])
        assert row["melody_slope_size"] == pytest.approx(0.375)

    @pytest.mark.parametrize(("length", "slope"), [(4, 0), (5, 1)])
    def test_a_short_voice_has_none(self, length, slope):
        row = named(60, voiced=runs(10, length, 50 - length), f0=np.arange(60.0))
        assert row["melody_slope_mean"] == slope
        assert row["melody_slope_size"] == slope
        assert row["melody_range_max"] == slope * (length - 1)


@pytest.mark.parametrize(("voiced", "expected"), [(30, 12), (0, 0), (60, 0)])
def test_voice_over_noise(voiced, expected):
    # Silence is no noise.
    energy = np.repeat([-20.0, -32.0, -90.0], [30, 30, 40])
    row = named(100, energy=energy, voiced=np.arange(100) < voiced, active=energy > -50)
    assert row["voice_over_noise"] == expected


@pytest.mark.parametrize("n_frames", [1, 2, 3, 4, 5, 9, 10, 60, 1500])
@pytest.mark.parametrize("share", [0, 0.3, 1])
def test_is_finite(rng, n_frames, share):
    row = named(
        n_frames,
        loudness=rng.gamma(2, size=n_frames),
        energy=rng.normal(-30, 20, n_frames),
        f0=rng.normal(40, 2, n_frames),
        voiced=rng.random(n_frames) < share,
        active=rng.random(n_frames) < share,
    )
    assert len(row) == 37
    assert np.isfinite(list(row.values())).all()


class TestHistograms:
    around, absolute = (slice(14), slice(14, 35))

    def test_of_known_semitones(self):
        f0 = np.array([30, 30, 30.5, 33, 99, 12, 49.9, 99])
        voiced = np.array([1, 1, 1, 1, 0, 1, 1, 0], dtype=bool)
        shares = pitch_histograms(f0, voiced=voiced) ** 2
        # The median is 30.25, and the mean above 30.5.
        expected = dict.fromkeys(PITCH_EDGES["around_median"][:-1], 0.0)
        expected |= {-1: 2 / 6, 0: 1 / 6, 2: 1 / 6, -np.inf: 1 / 6, 8: 1 / 6}
        assert_allclose(shares[self.around], list(expected.values()))
        expected = dict.fromkeys(PITCH_EDGES["absolute"][:-1], 0.0)
        expected |= {30: 3 / 6, 32: 1 / 6, -np.inf: 1 / 6, 48: 1 / 6}
        assert_allclose(shares[self.absolute], list(expected.values()))

    def test_a_higher_voice_has_the_same_melody(self, rng):
        f0, voiced = rng.normal(36, 3, 200), rng.random(200) < 0.7
        low, high = (pitch_histograms(f0 + shift, voiced=voiced) for shift in (0, 4))
        assert_array_equal(low[self.around], high[self.around])
        assert_allclose(low[self.absolute][5:15], high[self.absolute][7:17])
        for shares in (low, high):
            assert_allclose([(shares[part] ** 2).sum() for part in (self.around, self.absolute)], 1)

    def test_without_a_voice_all_is_zero(self):
        assert_array_equal(pitch_histograms(np.ones(9), voiced=np.zeros(9, bool)), np.zeros(35))
