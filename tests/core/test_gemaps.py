"""The functionals of the extended Geneva set against contours whose numbers are known."""

from __future__ import annotations

import numpy as np
import pytest

from sertools.core.gemaps import (
    CHANNELS,
    COLUMNS,
    equal_loudness,
    functionals,
    loudness,
    spectral_change,
)

RATE = 100.0


def named(contours, voiced, level=-30.0):
    """The functionals by name."""
    row = functionals(contours, voiced=voiced, frame_rate=RATE, level=level)
    assert row.shape == (88,)
    return dict(zip(COLUMNS, row, strict=True))


def contours_of(n_frames, **channels):
    """Contours ``(n_frames, 25)`` that are 0 but for some channels."""
    contours = np.zeros((n_frames, len(CHANNELS)))
    for name, values in channels.items():
        contours[:, CHANNELS.index(name)] = values
    return contours


def smooth(values):
    """A moving average over three frames, fewer at the ends."""
    return np.array([values[max(t - 1, 0) : t + 2].mean() for t in range(len(values))])


def test_there_are_88_columns():
    assert len(COLUMNS) == len(set(COLUMNS)) == 88
    assert len(CHANNELS) == 25


def test_means_and_variations_everywhere(rng):
    values = rng.normal(5, 1, 60)
    row = named(contours_of(60, mfcc2=values), np.arange(60) < 20)
    smoothed = smooth(values)
    assert row["mfcc2_mean"] == pytest.approx(smoothed.mean())
    assert row["mfcc2_cv"] == pytest.approx(smoothed.std() / smoothed.mean())
    assert row["mfcc2_voiced_mean"] == pytest.approx(smoothed[:20].mean())
    assert row["mfcc2_voiced_cv"] == pytest.approx(smoothed[:20].std() / smoothed[:20].mean())


def test_unvoiced_means(rng):
    values = rng.normal(5, 1, 60)
    row = named(contours_of(60, alpha_ratio=values, flux=2 * values), np.arange(60) < 20)
    assert row["alpha_ratio_unvoiced_mean"] == pytest.approx(smooth(values)[20:].mean())
    assert row["flux_unvoiced_mean"] == pytest.approx(2 * smooth(values)[20:].mean())


def test_smoothing_stays_within_the_voice(rng):
    voiced = np.isin(np.arange(30), [3, 4, 5, 9, 20, 21])
    values = np.where(voiced, rng.normal(5, 1, 30), 0)
    row = named(contours_of(30, jitter=values), voiced)
    stretches = [smooth(values[3:6]), values[9:10], smooth(values[20:22])]
    assert row["jitter_mean"] == pytest.approx(np.concatenate(stretches).mean())


def test_percentiles():
    values = np.arange(101.0)  # smoothing bends the ends only
    row = named(contours_of(101, loudness=values), np.zeros(101, dtype=bool))
    assert row["loudness_p20"] == pytest.approx(20)
    assert row["loudness_p50"] == pytest.approx(50)
    assert row["loudness_p80"] == pytest.approx(80)
    assert row["loudness_range"] == pytest.approx(60)


class TestSlopes:
    def test_of_a_saw(self):
        # Up by 2 in 20 frames and down in 10, four times, then smoothed at the corners.
        saw = np.interp(np.arange(121), np.cumsum([0, *[20, 10] * 4]), [0, *[2, 0] * 4])
        row = named(contours_of(121, loudness=saw), np.zeros(121, dtype=bool))
        assert row["loudness_rise_mean"] == pytest.approx(10, rel=0.1)
        assert row["loudness_fall_mean"] == pytest.approx(20, rel=0.1)
        assert row["loudness_rise_std"] < 0.5

    def test_what_stands_still_neither_rises_nor_falls(self):
        still = np.full(20, np.float32(0.1))
        steps = np.concatenate([still, still + 1, still])
        row = named(contours_of(60, loudness=steps), np.zeros(60, dtype=bool))
        # Smoothing spreads each step over three frames.
        assert row["loudness_rise_mean"] == pytest.approx(RATE / 3, rel=1e-5)
        assert row["loudness_fall_mean"] == pytest.approx(RATE / 3, rel=1e-5)
        assert row["loudness_rise_std"] == row["loudness_fall_std"] == 0

    def test_a_rise_then_a_faster_one(self):
        pitch = np.concatenate([np.arange(10) * 0.1, 50 + np.arange(10) * 0.3])
        voiced = np.ones(20, dtype=bool)
        voiced[10] = False
        row = named(contours_of(20, f0=np.where(voiced, pitch, 0)), voiced)
        # The jump from one stretch to the next is no rise; smoothing slows the ends of each.
        first, second = np.diff(smooth(pitch[:10])), np.diff(smooth(pitch[11:]))
        expected = RATE * np.array([first.mean(), second.mean()])
        assert row["f0_rise_mean"] == pytest.approx(expected.mean())
        assert row["f0_rise_std"] == pytest.approx(expected.std())
        assert row["f0_fall_mean"] == row["f0_fall_std"] == 0


def test_timing():
    voiced = np.repeat([False, True, False, True, False], [10, 20, 10, 40, 20])
    time = np.arange(100) / RATE
    # Four syllables per second, and a ripple of a twentieth of their depth.
    syllables = 1 - np.cos(2 * np.pi * 4 * time) + 0.05 * np.cos(2 * np.pi * 20 * time)
    row = named(contours_of(100, loudness=syllables), voiced, level=-42.0)
    assert row["loudness_peak_rate"] == pytest.approx(4)
    assert row["voiced_rate"] == pytest.approx(2)
    assert row["voiced_length_mean"] == pytest.approx(0.3)
    assert row["voiced_length_std"] == pytest.approx(0.1)
    assert row["unvoiced_length_mean"] == pytest.approx(0.4 / 3)
    assert row["unvoiced_length_std"] == pytest.approx(np.std([0.1, 0.1, 0.2]))
    assert row["level"] == -42


@pytest.mark.parametrize("n_frames", [1, 2, 3, 40])
@pytest.mark.parametrize("voiced", [False, True])
def test_constant_contours_have_no_spread(n_frames, voiced):
    contours = np.full((n_frames, 25), 0.1, dtype=np.float32)
    row = named(contours, np.full(n_frames, voiced))
    assert np.isfinite(list(row.values())).all()
    assert row["loudness_mean"] == pytest.approx(0.1)
    still = [name for name in row if name.endswith(("_cv", "_std", "rise_mean", "fall_mean"))]
    np.testing.assert_allclose([row[name] for name in still], 0, atol=1e-9)
    assert row["f0_mean"] == pytest.approx(0.1 * voiced)
    assert row["voiced_length_mean"] == pytest.approx(n_frames / RATE * voiced)
    assert row["unvoiced_length_mean"] == pytest.approx(n_frames / RATE * (not voiced))


def test_no_variation_about_zero(rng):
    values = rng.normal(size=40)
    values = np.concatenate([values, -values[::-1]]).astype(np.float32)
    row = named(contours_of(80, mfcc1=values), np.zeros(80, dtype=bool))
    assert row["mfcc1_cv"] == 0


class TestLoudness:
    def test_eight_times_the_power_is_twice_as_loud(self, rng):
        bands = rng.random((4, 5)) + 0.1
        frequencies = np.array([100.0, 500.0, 1000.0, 3000.0, 7000.0])
        quiet = loudness(np.log(bands), frequencies=frequencies)
        loud = loudness(np.log(8 * bands), frequencies=frequencies)
        np.testing.assert_allclose(loud, 2 * quiet)

    def test_is_the_sum_of_cube_roots(self):
        bands = np.array([[1.0, 8.0]])
        frequencies = np.array([1000.0, 4000.0])
        expected = np.cbrt(equal_loudness(frequencies)) @ [1, 2]
        np.testing.assert_allclose(loudness(np.log(bands), frequencies=frequencies), expected)

    def test_the_ear_is_most_sensitive_in_the_kilohertz(self):
        sensitivity = equal_loudness(np.array([50.0, 200.0, 1000.0, 4000.0]))
        assert (np.diff(sensitivity) > 0).all()
        assert sensitivity[0] < 1e-3


class TestSpectralChange:
    def test_by_hand(self):
        spectra = np.array([[4.0, 9.0], [4.0, 9.0], [1.0, 16.0]])
        np.testing.assert_allclose(spectral_change(spectra), [0, 0, 1])

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_one_frame_has_none(self, dtype):
        change = spectral_change(np.ones((1, 3), dtype=dtype))
        assert change.dtype == dtype
        np.testing.assert_array_equal(change, [0])
