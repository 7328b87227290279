from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sertools import audio
from sertools.plotting import WaveformDisplay


def test_every_sample_is_drawn_at_its_second(clip):
    samples = clip[:4000]
    display = WaveformDisplay.from_clip(samples, sr=8000)
    assert_array_equal(display.line_.get_ydata(), samples)
    assert_allclose(display.line_.get_xdata(), np.arange(4000) / 8000)
    assert display.ax_.get_xlim() == (0, 0.5)


@pytest.mark.parametrize("level", [-1, 0, 1])
@pytest.mark.parametrize("n_times", [4001, 100_000, 1_000_007])
def test_of_a_long_clip_the_extremes_are_drawn(rng, n_times, level):
    samples = rng.normal(level, 0.1, n_times)
    samples[[0, n_times // 2, -1]] = level + 0.9, level - 0.9, level + 0.8
    line = WaveformDisplay.from_clip(samples, sr=1000).line_
    places = np.rint(line.get_xdata() * 1000).astype(int)
    assert len(places) <= 4000
    assert_array_equal(line.get_ydata(), samples[places])
    assert {0, n_times // 2, n_times - 1} <= set(places)
    # The envelope is that of the clip everywhere.
    for part in np.array_split(np.arange(n_times), 100):
        drawn = samples[places[(places >= part[0]) & (places <= part[-1])]]
        assert drawn.max() > np.quantile(samples[part], 0.9)
        assert drawn.min() < np.quantile(samples[part], 0.1)


def test_long_silence_stays_a_line():
    line = WaveformDisplay.from_clip(np.zeros(100_000), sr=1000).line_
    assert line.get_xdata()[0] == 0
    assert line.get_xdata()[-1] > 99.9


def test_a_single_sample_is_a_dot():
    assert WaveformDisplay.from_clip(np.ones(1)).line_.get_marker() == "."
    assert WaveformDisplay.from_clip(np.ones(2)).line_.get_marker() == "None"


def test_pcm_is_scaled():
    display = WaveformDisplay.from_clip(np.array([-(2**15), 2**14], dtype=np.int16))
    assert_array_equal(display.line_.get_ydata(), [-1, 0.5])


def test_a_recording_has_its_own_rate():
    file = io.BytesIO()
    audio.write(file, np.full(4000, 0.5), sr=8000)
    display = WaveformDisplay.from_clip(file)
    assert display.sr == 8000
    assert display.ax_.get_xlim() == (0, 0.5)


@pytest.mark.parametrize("sr", [0, 16000.5, None])
def test_a_rate_that_is_none(clip, sr):
    with pytest.raises(ValueError, match="whole number of Hz above 0"):
        WaveformDisplay.from_clip(clip, sr=sr)


def test_the_line_looks_as_it_is_told_to(clip):
    line = WaveformDisplay.from_clip(clip, c="black", lw=2).line_
    assert line.get_color() == "black"
    assert line.get_linewidth() == 2
