"""Mean square against closed forms, the sounding span against librosa."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from sertools.core.temporal import mean_square, sounding_span, zero_crossing_rate

SR = 16000
FRAMES = {"frame_length": 512, "hop_length": 160}


def test_mean_square_of_a_sine_is_half_its_squared_amplitude():
    sine = 0.6 * np.sin(2 * np.pi * 1000 * np.arange(SR) / SR)  # 32 periods in a frame
    inside = mean_square(sine, **FRAMES)[4:-4]
    np.testing.assert_allclose(inside, 0.18, rtol=1e-12)


def test_mean_square_is_librosas_rms_squared(rng):
    x = rng.normal(size=5000)
    theirs = librosa.feature.rms(y=x, frame_length=512, hop_length=160, dtype=np.float64)[0]
    np.testing.assert_allclose(mean_square(x, **FRAMES), theirs**2, rtol=1e-12)


@pytest.mark.parametrize("top_db", [20, 40, 60])
@pytest.mark.parametrize("seed", range(5))
def test_the_span_of_librosa_trim(seed, top_db):
    rng = np.random.default_rng(seed)
    level = np.exp(-((np.linspace(-3, 3, 9000) - rng.normal()) ** 2) * rng.uniform(0.5, 3))
    x = (level * rng.normal(size=9000)).astype(np.float32)
    _, theirs = librosa.effects.trim(x, top_db=top_db, **FRAMES)
    assert sounding_span(x, top_db=top_db, **FRAMES) == tuple(theirs)


@pytest.mark.parametrize(
    "x",
    [
        np.zeros(1000),
        np.full(1000, 1e-30, dtype=np.float32),  # its square underflows
        np.array([0.5]),
        np.zeros(1),
        np.full(320, -0.25),
    ],
    ids=["silence", "denormal", "one sample", "one zero", "constant"],
)
def test_what_has_no_louder_part_is_kept_whole(x):
    assert sounding_span(x, top_db=40, **FRAMES) == (0, len(x))


def test_never_to_nothing():
    click_at_the_end = np.zeros(1600)
    click_at_the_end[-1] = 1.0
    start, stop = sounding_span(click_at_the_end, top_db=40, frame_length=2, hop_length=160)
    assert start < stop == 1600


class TestZeroCrossingRate:
    def test_a_square_wave_crosses_twice_a_period(self):
        square = np.sign(np.sin(2 * np.pi * (np.arange(SR) + 0.5) / 32))
        inside = zero_crossing_rate(square, **FRAMES)[4:-4]
        # 512 samples hold 32 changes, less the one that falls between two frames.
        np.testing.assert_allclose(inside, 31.5 / 512, atol=0.5 / 512 + 1e-12)

    @pytest.mark.parametrize("frame_length", [2, 256, 512])
    @pytest.mark.parametrize("hop_length", [64, 160, 700])
    @pytest.mark.parametrize("center", [True, False])
    def test_against_librosa(self, rng, frame_length, hop_length, center):
        options = {"frame_length": frame_length, "hop_length": hop_length, "center": center}
        x = np.where(rng.random(5000) < 0.3, 0.0, rng.normal(size=5000))
        x[1000:2000] *= 1e-10  # astride the threshold
        theirs = librosa.feature.zero_crossing_rate(x, **options)[0]
        np.testing.assert_allclose(zero_crossing_rate(x, **options), theirs, rtol=1e-12)

    @pytest.mark.parametrize("x", [np.zeros(100), np.ones(1), np.full(9, -1e-11)])
    def test_nothing_crosses(self, x):
        assert not zero_crossing_rate(x, **FRAMES).any()
