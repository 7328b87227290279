"""PitchExtractor: channels, voiced statistics and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sertools.core.pitch import track_pitch
from sertools.datasets import make_corpus
from sertools.features._pitch import PitchExtractor
from sertools.kernels import fastest

SR = 16000


@pytest.fixture(scope="module")
def clips():
    return list(make_corpus(n_speakers=2, n_per_speaker=3).X)


def test_channels(clips):
    frames = PitchExtractor(stats=None).fit_transform(clips)
    for x, (semitones, voicing) in zip(clips, frames, strict=True):
        f0, strength = fastest(track_pitch)(x, sr=SR, hop_length=160)
        voiced = f0 > 0
        assert_allclose(semitones[voiced], 12 * np.log2(f0[voiced]), rtol=1e-6)
        assert not semitones[~voiced].any()
        assert_array_equal(voicing, strength)


def test_statistics_of_f0_are_those_of_the_voice(clips):
    extractor = PitchExtractor(stats=["mean", "min"]).set_output(transform="pandas")
    table = extractor.fit_transform(clips)
    assert list(table) == ["f0_mean", "voicing_mean", "f0_min", "voicing_min", "voiced_ratio"]
    for row, x in enumerate(clips):
        f0, strength = fastest(track_pitch)(x, sr=SR, hop_length=160)
        semitones = 12 * np.log2(f0[f0 > 0])
        expected = [
            semitones.mean(), strength.mean(), semitones.min(), strength.min(), (f0 > 0).mean()
        ]  # fmt: skip
        assert_allclose(table.iloc[row], expected, rtol=1e-5)


def test_without_a_voice_all_is_zero():
    table = PitchExtractor(deltas=2).fit_transform([np.zeros(SR), np.ones(1)])
    assert_array_equal(table, np.zeros((2, 13)))


def test_deltas_do_not_see_unvoiced_frames_as_a_fall():
    time = np.arange(SR) / SR
    tone = np.sin(2 * np.pi * 200 * time) * ((time < 0.4) | (time > 0.6))
    frames = PitchExtractor(deltas=1, stats=None).fit_transform([tone])[0]
    assert (frames[0] == 0).any()
    assert np.abs(frames[2]).max() < 0.05


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"fmin": 300.0, "fmax": 200.0}, "fmin=300 and fmax=200 are no range of pitch"),
        ({"fmax": 4000.0}, "fmax <= 1500"),
        ({"fmin": 0.0}, "'fmin' parameter of PitchExtractor"),
    ],
)
def test_refusals(parameters, message):
    with pytest.raises(ValueError, match=message):
        PitchExtractor(**parameters).fit([np.zeros(SR)])
