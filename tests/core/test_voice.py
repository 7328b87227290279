"""Voice quality against voices whose every cycle is known, and against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from sertools.core.voice import (
    Pulses,
    alpha_ratio,
    band,
    glottal_pulses,
    hammarberg_index,
    harmonics_to_noise,
    jitter,
    shimmer,
)

SR = 16000
HOP = 160
SECONDS = 2
# Broad enough for a cycle to fade before the next one: with narrow ones the waveform itself has
# less jitter than its pulses.
FORMANTS = ((600, 200), (1500, 250), (2500, 300))


def vowel(instants, levels=0.0, sr=SR, formants=FORMANTS):
    """A voice ``(n_times,)`` excited at exact instants in seconds, at levels in dB."""
    poles = np.pi * np.array([-bandwidth + 2j * frequency for frequency, bandwidth in formants])
    both = np.concatenate([poles, poles.conj()])
    # The cascade of resonances as a sum of them, by partial fractions.
    weights = [2 * np.prod(np.abs(poles) ** 2) / np.prod((p - both)[both != p]) for p in poles]
    n_response = sr // 20
    x = np.zeros(SECONDS * sr + n_response)
    for instant, level in zip(instants, np.broadcast_to(levels, instants.shape), strict=True):
        first = int(np.ceil(instant * sr))
        times = (first + np.arange(n_response)) / sr - instant
        response = (np.exp(np.outer(times, poles)) @ weights).real
        x[first : first + n_response] += 10 ** (level / 20) * response
    return x[:-n_response]


def cycles(f0, jitter=0.0):
    """Instants in seconds at which a voice of this F0 and this spread of periods is excited."""
    spread = np.random.default_rng(0).normal(size=int(1.2 * f0 * SECONDS))
    instants = np.cumsum((1 + jitter * spread) / f0)
    return instants[instants < SECONDS]


def frames(x, f0, hop=HOP):
    """Arguments for a clip that is voiced all through."""
    n_frames = 1 + len(x) // hop
    return {"f0": np.full(n_frames, float(f0)), "centers": np.arange(n_frames) * hop}


@pytest.mark.parametrize("f0", [100.0, 161.3, 250.0])
@pytest.mark.parametrize(
    ("sr", "spread"), [(8000, 0.01), (16000, 0), (16000, 0.002), (16000, 0.03), (44100, 0.01)]
)
def test_known_jitter(f0, spread, sr):
    instants = cycles(f0, spread)
    x = vowel(instants, sr=sr)
    voice = frames(x, f0, hop=sr // 100)
    pulses = glottal_pulses(x, **voice, sr=sr)
    measured = jitter(pulses, centers=voice["centers"], sr=sr).mean()
    periods = np.diff(instants)
    truth = np.abs(np.diff(periods)).mean() / periods.mean()
    assert measured == pytest.approx(truth, rel=0.1, abs=0.001)


@pytest.mark.parametrize("f0", [100.0, 161.3, 250.0])
@pytest.mark.parametrize("spread", [0.0, 0.1, 0.5, 1.0])
def test_known_shimmer(f0, spread):
    instants = cycles(f0)
    levels = spread * np.random.default_rng(1).normal(size=len(instants))
    x = vowel(instants, levels)
    voice = frames(x, f0)
    pulses = glottal_pulses(x, **voice, sr=SR)
    measured = shimmer(pulses, centers=voice["centers"], sr=SR).mean()
    assert measured == pytest.approx(np.abs(np.diff(levels)).mean(), rel=0.1, abs=0.02)


@pytest.mark.parametrize("f0", [80.0, 161.3, 300.0])
@pytest.mark.parametrize(
    ("sr", "ratio"), [(8000, 0), (8000, 10), (16000, 0), (16000, 15), (16000, 30), (44100, 20)]
)
def test_known_harmonics_to_noise(f0, ratio, sr):
    x = vowel(cycles(f0), sr=sr)
    noise = np.random.default_rng(0).normal(size=len(x))
    x += noise * np.sqrt((x**2).mean() / 10 ** (ratio / 10))
    measured = harmonics_to_noise(x, **frames(x, f0, hop=sr // 100), sr=sr)[5:-5]
    assert measured.mean() == pytest.approx(ratio, abs=1.5)


class TestPulses:
    def test_lie_at_the_cycles(self):
        instants = cycles(125.0, jitter=0.01)
        x = vowel(instants)
        pulses = glottal_pulses(x, **frames(x, 125.0), sr=SR).instants
        assert len(pulses) == pytest.approx(len(instants), abs=2)
        nearest = instants[np.abs(instants - pulses[:, None] / SR).argmin(axis=1)]
        delays = pulses / SR - nearest
        assert np.abs(delays - np.median(delays)).max() < 0.01 / 125

    def test_between_samples(self):
        x = vowel(cycles(123.4))
        pulses = glottal_pulses(x, **frames(x, 123.4), sr=SR).instants
        np.testing.assert_allclose(np.diff(pulses), SR / 123.4, atol=0.05)

    def test_only_where_there_is_a_voice(self):
        x = vowel(cycles(100.0))
        voice = frames(x, 100.0)
        voice["f0"][50:100] = 0
        pulses = glottal_pulses(x, **voice, sr=SR)
        seconds = pulses.instants / SR
        assert not ((seconds > 0.51) & (seconds < 0.98)).any()
        assert (pulses.likeness == 0).sum() == 2
        assert (pulses.likeness > 0.9).sum() == len(seconds) - 2

    def test_of_a_silent_clip(self):
        assert len(glottal_pulses(np.zeros(800), **frames(np.zeros(800), 0), sr=SR).instants) == 0

    def test_a_shift_in_level_is_no_matter(self):
        x = vowel(cycles(100.0, jitter=0.02))
        voice = frames(x, 100.0)
        pulses = glottal_pulses(x, **voice, sr=SR)
        shifted = glottal_pulses(1e-12 * (x + 10), **voice, sr=SR)
        np.testing.assert_allclose(shifted.instants, pulses.instants, atol=1e-6)
        np.testing.assert_allclose(shifted.amplitudes, 1e-12 * pulses.amplitudes, rtol=1e-6)


class TestLocality:
    def test_jitter_is_that_of_the_cycles_nearby(self):
        even, uneven = np.full(50, 100.0), np.tile([98.0, 102.0], 25)
        instants = np.cumsum(np.concatenate([even, uneven]))
        pulses = Pulses(instants, np.ones(100), np.ones(100))
        near = jitter(pulses, centers=np.array([2000, 8000]), sr=SR)
        np.testing.assert_allclose(near, [0.0, 0.04], atol=1e-12)

    def test_shimmer_is_that_of_the_cycles_nearby(self):
        amplitudes = np.concatenate([np.ones(50), np.tile([1.0, 1.1], 25)])
        pulses = Pulses(np.arange(100) * 100.0, amplitudes, np.ones(100))
        near = shimmer(pulses, centers=np.array([2000, 8000]), sr=SR)
        np.testing.assert_allclose(near, [0.0, 20 * np.log10(1.1)], atol=1e-12)

    def test_a_pause_is_no_period(self):
        instants = np.concatenate([np.arange(5) * 100.0, 510 + np.arange(5) * 100.0])
        likeness = np.ones(10)
        likeness[5] = 0
        pulses = Pulses(instants, np.repeat([1.0, 1.2], 5), likeness)
        assert not jitter(pulses, centers=np.array([450]), sr=SR).any()
        assert not shimmer(pulses, centers=np.array([450]), sr=SR).any()

    def test_doubled_periods_and_lost_pulses_are_no_jitter(self):
        pulses = Pulses(np.array([0.0, 100, 200, 400, 500, 600]), np.ones(6), np.ones(6))
        assert jitter(pulses, centers=np.array([300]), sr=SR) == 0

    @pytest.mark.parametrize("n_pulses", [0, 1])
    def test_without_neighbours(self, n_pulses):
        pulses = Pulses(*np.ones((3, n_pulses)))
        centers = np.array([0, 100])
        assert not jitter(pulses, centers=centers, sr=SR).any()
        assert not shimmer(pulses, centers=centers, sr=SR).any()

    def test_far_from_all_pulses_the_nearest_later_or_the_last_counts(self):
        pulses = Pulses(np.array([5000.0, 5100, 5201]), np.ones(3), np.ones(3))
        near = jitter(pulses, centers=np.array([0, 90000]), sr=SR)
        np.testing.assert_allclose(near, 1 / 100.5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "x",
    [
        np.zeros(1),
        np.zeros(3000),
        np.full(3000, 0.3),
        np.full(20, -0.3),
        1e-30 * np.sin(np.arange(3000)),
        np.sign(np.sin(np.arange(3000) / 25)),
        np.eye(1, 3000, 7)[0],
    ],
    ids=["one zero", "silence", "constant", "short", "tiny", "square", "click"],
)
def test_finite_whatever_is_called_voiced(x, dtype):
    x = x.astype(dtype)
    voice = frames(x, 100.0)
    voice["f0"][1::4] = 0
    ratio = harmonics_to_noise(x, **voice, sr=SR)
    assert ratio.dtype == dtype
    assert (ratio[1::4] == 0).all()
    assert (np.abs(ratio - 10) < 30.001).all()
    pulses = glottal_pulses(x, **voice, sr=SR)
    assert np.isfinite(pulses).all()
    assert np.isfinite(jitter(pulses, centers=voice["centers"], sr=SR)).all()
    assert np.isfinite(shimmer(pulses, centers=voice["centers"], sr=SR)).all()


@pytest.mark.parametrize("f0", [90.0, 140.0, 220.0])
def test_praat_hears_the_same_in_a_resonant_voice(f0):
    parselmouth = pytest.importorskip("parselmouth")
    instants = cycles(f0, jitter=0.015)
    levels = 0.7 * np.random.default_rng(2).normal(size=len(instants))
    x = vowel(instants, levels, formants=((500, 60), (1500, 90), (2500, 120)))
    voice = frames(x, f0)
    pulses = glottal_pulses(x, **voice, sr=SR)

    sound = parselmouth.Sound(x, SR)
    points = parselmouth.praat.call([sound, sound.to_pitch()], "To PointProcess (cc)")
    options = (0, 0, 0.0001, 0.02, 1.3)
    theirs = parselmouth.praat.call(points, "Get jitter (local)", *options)
    assert jitter(pulses, centers=voice["centers"], sr=SR).mean() == pytest.approx(theirs, rel=0.05)
    theirs = parselmouth.praat.call([sound, points], "Get shimmer (local_dB)", *options, 1.6)
    assert shimmer(pulses, centers=voice["centers"], sr=SR).mean() == pytest.approx(theirs, rel=0.1)


class TestBalance:
    frequencies = np.arange(0, 8001, 31.25)

    def test_alpha_ratio_is_the_mean_power_times_the_width(self):
        power = np.where(self.frequencies < 1000, 8.0, 1.0)[None]
        n_low, n_high = 30, 128  # bins from 62.5 Hz to below 1 kHz, and from there to below 5 kHz
        expected = 10 * np.log10(8 * n_low / n_high)
        ratio = alpha_ratio(power, frequencies=self.frequencies)
        np.testing.assert_allclose(ratio, expected, rtol=1e-12)

    def test_hammarberg_index_takes_the_peaks(self):
        power = np.ones((2, 257))
        power[0, 16] = 1e4  # 500 Hz
        power[1, 100] = 1e2  # 3125 Hz
        power[:, 200] = 1e9  # 6250 Hz, out of both bands
        index = hammarberg_index(power, frequencies=self.frequencies)
        np.testing.assert_allclose(index, [40, -20])

    @pytest.mark.parametrize("descriptor", [alpha_ratio, hammarberg_index])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_level_does_not_matter_and_silence_is_even(self, rng, descriptor, dtype):
        power = rng.random((5, 257)).astype(dtype)
        loud = descriptor(power, frequencies=self.frequencies)
        soft = descriptor(power * dtype(1e-6), frequencies=self.frequencies)
        assert loud.dtype == dtype
        np.testing.assert_allclose(soft, loud, atol=1e-4)
        assert not descriptor(0 * power, frequencies=self.frequencies).any()

    def test_bands_share_no_bin(self):
        assert band(self.frequencies, 0, 1000) == (0, 32)
        assert band(self.frequencies, 1000, 9000) == (32, 257)
