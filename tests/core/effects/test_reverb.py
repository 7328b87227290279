"""Rooms: reflections come when geometry says, and sound decays in the time that is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from sertools.core.effects.reverb import reverberate, room_response

SR = 16000
SPEED = 343.0
ROOMS = {
    "office": ([3.7, 3.1, 2.5], [1.1, 1.9, 1.5], [2.5, 1.3, 1.1]),
    "living room": ([5.3, 4.1, 2.7], [1.3, 1.2, 1.6], [2.6, 2.3, 1.0]),
    "classroom": ([7.9, 5.8, 3.2], [2.1, 2.2, 1.7], [3.7, 3.1, 1.1]),
}


def response(size, source, microphone, rt60=0.3, sr=SR):
    """The response of a room that is given by lists."""
    size, source, microphone = map(np.array, (size, source, microphone))
    return room_response(size=size, source=source, microphone=microphone, rt60=rt60, sr=sr)


def decay_time(taps, sr):
    """T20: three times what the energy that is left takes from -5 to -25 dB."""
    left = np.cumsum((taps**2)[::-1])[::-1]
    decibels = 10 * np.log10(left / left[0])
    return 3 * (np.argmax(decibels < -25) - np.argmax(decibels < -5)) / sr


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("rt60", [0.1, 0.2, 0.4, 0.8])
def test_the_reverberation_time_is_the_one_asked_for(room, rt60):
    taps = response(*ROOMS[room], rt60=rt60)
    assert decay_time(taps, SR) == pytest.approx(rt60, rel=0.1)


@pytest.mark.parametrize("sr", [8000, 44100])
def test_at_any_rate(sr):
    assert decay_time(response(*ROOMS["office"], sr=sr), sr) == pytest.approx(0.3, rel=0.1)


@pytest.mark.parametrize("room", ROOMS)
def test_the_direct_sound_comes_first(room):
    assert response(*ROOMS[room])[0] == pytest.approx(1)


def test_reflections_come_when_geometry_says():
    # Over the floor of a hall whose walls and ceiling are far away.
    source, microphone = [200.0, 200.0, 1.5], [202.0, 200.0, 1.0]
    taps = response([400.0, 400.0, 300.0], source, microphone, rt60=0.2, sr=44100)
    direct, over_floor = np.hypot(2.0, 0.5), np.hypot(2.0, 2.5)
    (heard,) = np.nonzero(taps)
    assert heard.tolist() == [0, round((over_floor - direct) / SPEED * 44100)]
    assert -direct / over_floor < taps[heard[1]] < 0


def test_of_two_reflections_the_second_is_twice_reflected():
    # A corridor without a floor in reach: along it sound runs between two walls.
    source, microphone = [1.0, 200.0, 150.0], [3.0, 200.0, 150.0]
    taps = response([4.0, 400.0, 300.0], source, microphone, rt60=0.1, sr=SR)
    paths = np.array([2.0, 4.0, 4.0, 6.0, 10.0])
    bounces = np.array([0, 1, 1, 2, 2])
    places = np.rint((paths - 2) / SPEED * SR).astype(int)
    reflection = taps[places[1]]  # two of them, each from twice as far
    assert -1 < reflection < 0
    expected = np.bincount(places, weights=reflection**bounces * 2 / paths)
    np.testing.assert_allclose(taps[: len(expected)], expected, atol=1e-12)


def test_a_time_too_short_for_any_reflection_leaves_the_direct_sound():
    assert response([400.0] * 3, [200.0] * 3, [202.0, 200.0, 200.0], rt60=0.001).tolist() == [1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_taps", [1, 7, 300])
def test_a_clip_is_folded_with_the_response_at_its_own_level(rng, dtype, n_taps):
    x = rng.standard_normal(200).astype(dtype)
    taps = rng.standard_normal(n_taps)
    heard = reverberate(x, response=taps)
    by_hand = np.convolve(x, taps)[:200]
    by_hand *= x.std() / by_hand.std()
    assert heard.dtype == dtype
    np.testing.assert_allclose(heard, by_hand, atol=1e-5 if dtype == np.float32 else 1e-12)


@pytest.mark.parametrize("level", [1e-7, 1e-12, 1e10])
def test_soft_and_loud_clips_keep_their_level_too(rng, level):
    x = level * rng.standard_normal(200)
    heard = reverberate(x, response=np.array([1.0, 0.5]))
    assert heard.std() / x.std() == pytest.approx(1)


def test_silence_stays_silent():
    assert not reverberate(np.zeros(50), response=np.array([1.0, 0.5])).any()
