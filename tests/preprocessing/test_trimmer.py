"""Trimmer: silence goes, everything else stays."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from sertools import Trimmer
from sertools.preprocessing import Clips


def speechlike(rng, before, during, after):
    clip = np.concatenate([np.zeros(before), 0.3 * rng.normal(size=during), np.zeros(after)])
    return clip + 1e-6 * rng.normal(size=len(clip))


def test_silence_at_both_ends_goes(rng):
    clip = speechlike(rng, 4000, 8000, 6000)
    (trimmed,) = Trimmer().fit_transform([clip])
    theirs, _ = librosa.effects.trim(clip, top_db=40, frame_length=512, hop_length=160)
    np.testing.assert_array_equal(trimmed, theirs)
    assert 8000 <= len(trimmed) <= 8000 + 2 * 512


def test_a_margin_is_kept_as_far_as_there_is_silence(rng):
    clip = speechlike(rng, 4000, 8000, 600)
    (close,) = Trimmer().fit_transform([clip])
    (wide,) = Trimmer(margin=800).fit_transform([clip])
    start = len(clip) - 600 - 8000 - (len(close) - 8000)
    first = next(i for i in range(len(clip)) if clip[i] == close[0])
    np.testing.assert_array_equal(wide, clip[first - 800 :])
    assert len(clip) - (first + len(close)) < 800 <= start


def test_a_pause_within_stays(rng):
    word = 0.3 * rng.normal(size=3000)
    clip = np.concatenate([word, np.zeros(5000), word])
    assert len(Trimmer().fit_transform([clip])[0]) == len(clip)


@pytest.mark.parametrize("gain", [1e-6, 1e-3, 1e3])
def test_the_level_changes_nothing(rng, gain):
    clip = speechlike(rng, 700, 2000, 900)
    trimmer = Trimmer(top_db=80)
    np.testing.assert_allclose(
        trimmer.transform([gain * clip])[0], gain * trimmer.transform([clip])[0]
    )


def test_a_clip_of_silence_comes_back_whole():
    (trimmed,) = Trimmer().fit_transform([np.zeros(999)])
    assert len(trimmed) == 999


def test_the_rate_travels_on(rng):
    clips = Clips([speechlike(rng, 500, 500, 500)], sr=8000)
    assert Trimmer().fit_transform(clips).sr == 8000


def test_an_array_becomes_a_list_and_rows_are_independent(rng):
    X = np.stack([speechlike(rng, n, 2000, 4000 - n) for n in (0, 1000, 4000)])
    trimmed = Trimmer().fit_transform(X)
    assert isinstance(trimmed, list)
    for i in range(len(X)):
        np.testing.assert_array_equal(trimmed[i], Trimmer().transform(X[i : i + 1])[0])
        np.testing.assert_array_equal(trimmed[i], Trimmer().transform(list(X))[i])


@pytest.mark.parametrize("bad", [{"top_db": 0}, {"frame_length": 0}, {"hop_length": 0}])
def test_parameters_are_checked_without_a_fit_too(bad):
    (name,) = bad
    with pytest.raises(ValueError, match=f"The '{name}' parameter of Trimmer must be"):
        Trimmer(**bad).transform([np.zeros(9)])


def test_odd_frames():
    with pytest.raises(ValueError, match="'frame_length' parameter .* must be an even int"):
        Trimmer(frame_length=511).fit([np.zeros(9)])


def test_set_output_takes_what_scikit_learn_knows():
    assert Trimmer().set_output(transform="pandas").transform([np.ones(9)])[0].shape == (9,)
    with pytest.raises(ValueError, match="transform='table'"):
        Trimmer().set_output(transform="table")
