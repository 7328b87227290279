"""Tones, clicks and voices at another pitch or tempo are where they belong."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from sertools import Augmenter, PitchExtractor, PitchShift, Speed, TimeStretch

SR = 16000
N_TIMES = 2 * SR
CLICKS = np.arange(1, 10) * SR // 5
RATES = [0.8, 0.9, 1.1, 1.25]


def perturbed(effect, x):
    """A clip under an effect."""
    return Augmenter(effect, p=1).fit_transform([x])[0]


def tone(hertz):
    """Two seconds of a sine."""
    return np.sin(2 * np.pi * hertz * np.arange(N_TIMES) / SR).astype(np.float32)


def frequency(x):
    """Frequency of a tone in Hz, from the middle half of a clip."""
    middle = x[len(x) // 4 : 3 * len(x) // 4]
    n_fft = 2**18  # bins of 0.06 Hz, a cent at 105 Hz
    return np.abs(np.fft.rfft(middle * np.hanning(len(middle)), n_fft)).argmax() * SR / n_fft


def cents(x, hertz):
    """How far a tone is above a frequency, in hundredths of a semitone."""
    return 1200 * np.log2(frequency(x) / hertz)


@pytest.mark.parametrize("hertz", [150, 440, 1234.5])
class TestTones:
    @pytest.mark.parametrize("semitones", [12, -12, 7, -7, 0.7, -1, 0.05, -0.03, 19.06])
    def test_shifted(self, hertz, semitones):
        shifted = perturbed(PitchShift(semitones), tone(hertz))
        # Out of tune by two cents at most, and by what a bin leaves open.
        assert abs(cents(shifted, hertz * 2 ** (semitones / 12))) < 2.5

    @pytest.mark.parametrize("rate", [*RATES, 0.25, 4])
    def test_stretched(self, hertz, rate):
        assert abs(cents(perturbed(TimeStretch(rate), tone(hertz)), hertz)) < 5

    @pytest.mark.parametrize("rate", [2, 0.5, 1.1])
    def test_played_faster_or_slower(self, hertz, rate):
        assert abs(cents(perturbed(Speed(rate), tone(hertz)), rate * hertz)) < 5


def sharpness(x, rate):
    """Share of the energy within 5 ms of where the clicks belong."""
    energy = np.square(x, dtype=float)
    distance = np.abs(np.arange(len(x))[:, None] - CLICKS / rate).min(axis=1)
    return energy[distance <= 0.005 * SR].sum() / energy.sum()


@pytest.fixture
def train():
    """A click every fifth of a second."""
    clicks = np.zeros(N_TIMES, dtype=np.float32)
    clicks[CLICKS] = 1
    return clicks


@pytest.mark.parametrize("rate", RATES)
def test_clicks_stay_sharp(train, rate):
    ours = sharpness(perturbed(TimeStretch(rate), train), rate)
    theirs = sharpness(librosa.effects.time_stretch(train, rate=rate), rate)
    assert ours >= max(theirs, 0.75)


@pytest.mark.parametrize("semitones", [-4, -1, 0.7, 4])
def test_clicks_stay_in_place_at_another_pitch(train, semitones):
    assert sharpness(perturbed(PitchShift(semitones), train), 1) > 0.75


def test_what_is_cut_off_or_filled_up_to_keep_the_length_is_at_the_end():
    x = tone(440)
    for rate in (0.8, 1.25):
        told = perturbed(TimeStretch(rate), x)
        kept = perturbed(TimeStretch(rate, keep_length=True), x)
        fade = 80 if rate < 1 else 0
        np.testing.assert_array_equal(kept[: len(told)][: N_TIMES - fade], told[: N_TIMES - fade])
        assert not kept[len(told) :].any()
        # What is cut off fades out before.
        assert np.abs(kept[-10:]).max() < 0.15 * np.abs(told).max()


def voice(f0):
    """A voice whose vocal folds clap: all harmonics up to 4 kHz in phase."""
    harmonics = np.arange(1, 4000 // f0)
    return np.cos(2 * np.pi * f0 * np.outer(np.arange(SR) / SR, harmonics)).mean(axis=1)


def melody(x):
    """Median of the pitch in semitones."""
    return PitchExtractor(stats=("median",)).fit_transform([x])[0, 0]


@pytest.mark.parametrize("f0", [80, 400])
@pytest.mark.parametrize(
    ("effect", "semitones"),
    [*[(TimeStretch(rate), 0) for rate in RATES], (PitchShift(-2), -2), (PitchShift(2), 2)],
    ids=str,
)
def test_voices_have_the_pitch_that_they_should(f0, effect, semitones):
    x = voice(f0)
    assert melody(perturbed(effect, x)) == pytest.approx(melody(x) + semitones, abs=0.1)
