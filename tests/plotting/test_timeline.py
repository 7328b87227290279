from __future__ import annotations

import io
import sys

import numpy as np
import pytest
from matplotlib.colors import to_hex
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Perceptron
from sklearn.pipeline import make_pipeline

from sertools import AudioReader, RMSExtractor, audio
from sertools.plotting import EmotionTimelineDisplay

SR = 1000


class Listener(ClassifierMixin, BaseEstimator):
    """Remembers what it is asked; the probability of the second class is the mean of a clip."""

    def fit(self, X=None, y=None):
        self.classes_ = np.array(["quiet", "loud"])
        return self

    def predict_proba(self, X):
        self.asked_ = X
        means = np.array([clip.mean() for clip in X])
        return np.stack([1 - means, means], axis=1)


@pytest.fixture
def listener():
    return Listener().fit()


def ramp(n_times):
    """Samples from which a window tells its middle: each is its second, divided by ten."""
    return np.arange(0.5, n_times) / SR / 10


@pytest.mark.parametrize(
    ("n_times", "options", "starts", "length"),
    [
        (5000, {}, [0, 500, 1000, 1500, 2000, 2500, 3000], 2000),
        (5100, {"step": 2}, [0, 2000, 3100], 2000),  # the last ends with the clip
        (2001, {}, [0, 1], 2000),
        (2000, {}, [0], 2000),
        (1999, {}, [0], 1999),  # shorter than a window
        (1, {}, [0], 1),
        (1000, {"window": 0.1, "step": 0.3}, [0, 300, 600, 900], 100),
        (1000, {"window": 0.25, "step": 5}, [0, 750], 250),
    ],
)
def test_windows_cover_the_clip_to_its_end(listener, n_times, options, starts, length):
    clip = ramp(n_times)
    display = EmotionTimelineDisplay.from_estimator(listener, clip, SR, **options)
    assert listener.asked_.sr == SR
    assert len(listener.asked_) == len(starts)
    for start, window in zip(starts, listener.asked_, strict=True):
        assert_array_equal(window, clip[start : start + length])
    assert_allclose(display.centers, (np.array(starts) + length / 2) / SR)
    assert_allclose(display.probabilities[:, 1], display.centers / 10)


def test_areas_lie_on_each_other_around_the_middles_of_windows(listener):
    display = EmotionTimelineDisplay.from_estimator(listener, ramp(3100), SR, step=0.6)
    quiet, loud = (area.get_data() for area in display.artists_)
    middles = [1.0, 1.6, 2.1]
    for area in (quiet, loud):
        assert_allclose(area.edges, [0, 1.3, 1.85, 3.1])
    assert_allclose(quiet.baseline, 0)
    assert_allclose(quiet.values, 1 - np.array(middles) / 10)
    assert_allclose(loud.baseline, quiet.values)
    assert_allclose(loud.values, 1)


def test_lines_go_through_the_middles_of_windows(listener):
    display = EmotionTimelineDisplay.from_estimator(listener, ramp(3100), SR, kind="lines")
    for place, line in enumerate(display.artists_):
        assert_array_equal(line.get_xdata(), display.centers)
        assert_array_equal(line.get_ydata(), display.probabilities[:, place])
        assert line.get_marker() == "."


@pytest.mark.parametrize(("kind", "order"), [("stacked", 1), ("lines", -1)])
def test_the_legend_is_in_the_order_of_what_is_seen(listener, kind, order):
    display = EmotionTimelineDisplay.from_estimator(listener, ramp(3000), SR, kind=kind)
    texts = [text.get_text() for text in display.axes_[1].get_legend().get_texts()]
    assert texts == ["loud", "quiet"][::order]


def test_labels_are_words_and_no_mathematics(listener):
    classes = np.array(["$a$", r"$\fra$"])
    shown = EmotionTimelineDisplay(
        ramp(3000), SR, np.full((2, 2), 0.5), np.array([1, 2]), classes
    ).plot()
    texts = shown.axes_[1].get_legend().get_texts()
    assert [text.get_text() for text in texts] == [r"$\fra$", "$a$"]
    assert not any(text.get_parse_math() for text in texts)
    shown.figure_.canvas.draw()


def test_the_waveform_is_above(listener):
    clip = ramp(3000)
    display = EmotionTimelineDisplay.from_estimator(listener, clip, SR)
    assert_array_equal(display.waveform_.line_.get_ydata(), clip)
    assert display.waveform_.ax_ is display.axes_[0]
    assert {ax.get_xlim() for ax in display.axes_} == {(0, 3)}
    assert display.axes_[1].get_ylim() == (0, 1)


@pytest.mark.parametrize("kind", ["stacked", "lines"])
@pytest.mark.parametrize("n_classes", [8, 24])
def test_many_classes_are_told_apart(kind, n_classes, rng):
    probabilities = rng.dirichlet(np.ones(n_classes), 5)
    classes = np.arange(n_classes)
    display = EmotionTimelineDisplay(ramp(6000), SR, probabilities, np.arange(1, 6), classes)
    display.plot(kind=kind)
    looks = {
        (to_hex(artist.get_facecolor()), artist.get_hatch())
        if kind == "stacked"
        else (artist.get_color(), artist.get_linestyle())
        for artist in display.artists_
    }
    assert len(looks) == n_classes
    display.figure_.canvas.draw()
    legend = display.axes_[1].get_legend().get_window_extent()
    assert not legend.overlaps(display.axes_[1].get_window_extent())
    assert legend.y1 - legend.y0 <= display.figure_.bbox.height
    assert legend.x1 <= display.figure_.bbox.width


def test_a_recording_is_resampled_to_the_rate_of_the_model(listener):
    file = io.BytesIO()
    audio.write(file, np.full(24000, 0.5), sr=8000)
    display = EmotionTimelineDisplay.from_estimator(listener, file, SR)
    assert len(display.samples) == 3000
    assert {len(window) for window in listener.asked_} == {2000}


def test_a_pipeline_that_reads_takes_the_windows(corpus, model):
    reading = make_pipeline(AudioReader(), *model).fit(corpus.X, corpus.y)
    recording = np.concatenate(corpus.X[:3])
    display = EmotionTimelineDisplay.from_estimator(reading, recording)
    last = model.predict_proba([recording[-32000:]])
    assert_allclose(display.probabilities[-1:], last)


def test_a_model_of_another_rate_refuses(corpus, model):
    with pytest.raises(ValueError, match="clips are at 8000 Hz and RMSExtractor works at 16000"):
        EmotionTimelineDisplay.from_estimator(model, corpus.X[0], 8000)


@pytest.mark.parametrize("name", ["window", "step"])
@pytest.mark.parametrize("seconds", [0, -1, np.nan, np.inf, 0.0001, "2", True])
def test_seconds_that_are_none(listener, name, seconds):
    words = f"{name}={seconds!r}: give seconds, at least one sample at 1000 Hz"
    with pytest.raises(ValueError, match=words):
        EmotionTimelineDisplay.from_estimator(listener, ramp(3000), SR, **{name: seconds})


def test_a_model_without_probabilities(corpus):
    model = make_pipeline(RMSExtractor(), Perceptron()).fit(corpus.X, corpus.y)
    with pytest.raises(TypeError, match="has no predict_proba: take a classifier that has"):
        EmotionTimelineDisplay.from_estimator(model, corpus.X[0])


def test_a_model_that_is_not_fitted_is_asked_nothing(clip):
    model = make_pipeline(RMSExtractor(), Listener())
    with pytest.raises(NotFittedError):
        EmotionTimelineDisplay.from_estimator(model, clip)
    assert not hasattr(model[-1], "asked_")


def test_without_matplotlib_a_model_is_asked_nothing(listener, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError):
        EmotionTimelineDisplay.from_estimator(listener, ramp(3000), SR)
    assert not hasattr(listener, "asked_")
