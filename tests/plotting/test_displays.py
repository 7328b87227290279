"""What all displays have in common."""

from __future__ import annotations

import io
import itertools
import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from sertools import audio
from sertools.plotting import (
    AugmentationDisplay,
    EmotionTimelineDisplay,
    HistoryDisplay,
    PerSpeakerDisplay,
    SpectrogramDisplay,
    WaveformDisplay,
)

# How a display is made of what is its own.
OF_CLIPS = {
    WaveformDisplay: lambda cls, of, **more: cls.from_clip(of.clip, **more),
    SpectrogramDisplay: lambda cls, of, **more: cls.from_extractor(of.extractor, of.clip, **more),
    AugmentationDisplay: lambda cls, of, **more: cls.from_augmenter(of.augmenter, of.clip, **more),
    EmotionTimelineDisplay: lambda cls, of, **more: cls.from_estimator(of.model, of.clip, **more),
}
DISPLAYS = {
    **OF_CLIPS,
    HistoryDisplay: lambda cls, of, **more: cls.from_estimator(of.network, **more),
    PerSpeakerDisplay: lambda cls, of, **more: cls.from_evaluation(of.evaluation, **more),
}
N_ROWS = {AugmentationDisplay: 4, EmotionTimelineDisplay: 2, HistoryDisplay: 2}

every_display = pytest.mark.parametrize("cls", DISPLAYS)
every_display_of_clips = pytest.mark.parametrize("cls", OF_CLIPS)
every_display_of_rows = pytest.mark.parametrize("cls", N_ROWS)


def axes_of(display):
    return list(display.axes_) if hasattr(display, "axes_") else [display.ax_]


def labels_of(ax):
    """The labels that are seen at each axis of axes, in their order."""
    for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
        low, high = sorted(limits)
        yield [
            label
            for label in axis.get_ticklabels()
            if label.get_text() and low <= label.get_position()[axis is ax.yaxis] <= high
        ]


def touching(figure):
    """Pairs of neighbouring labels of one axis that overlap."""
    figure.canvas.draw()
    return [
        (one.get_text(), other.get_text())
        for ax in figure.axes
        for labels in labels_of(ax)
        for one, other in itertools.pairwise(labels)
        if one.get_window_extent().overlaps(other.get_window_extent())
    ]


@every_display
class TestAll:
    def test_make_one_figure(self, cls, subjects):
        display = DISPLAYS[cls](cls, subjects)
        assert [plt.figure(number) for number in plt.get_fignums()] == [display.figure_]

    def test_draw_in_given_axes_and_nowhere_else(self, cls, subjects):
        figure = Figure(layout="constrained")
        place, other = figure.subplots(1, 2)
        display = DISPLAYS[cls](cls, subjects, ax=place)
        figure.canvas.draw()
        assert display.figure_ is figure
        assert not plt.get_fignums()
        assert not other.has_data()
        for ax in axes_of(display):
            assert ax.has_data()
            assert ax.get_position().x1 < other.get_position().x0

    def test_draw_once_more(self, cls, subjects):
        display = DISPLAYS[cls](cls, subjects)
        first = display.figure_
        assert display.plot() is display
        assert display.figure_ is not first
        assert all(ax.has_data() for ax in axes_of(display))

    def test_are_of_the_class_that_is_asked(self, cls, subjects):
        mine = type("Mine", (cls,), {})
        assert type(DISPLAYS[cls](mine, subjects)) is mine

    def test_leave_the_settings_alone(self, cls, subjects):
        before = mpl.rcParams.copy()
        DISPLAYS[cls](cls, subjects)
        assert mpl.rcParams == before

    def test_without_matplotlib_say_how_to_get_it(self, cls, subjects, monkeypatch):
        monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
        words = rf'{cls.__name__} draws with matplotlib.*pip install "sertools\[plot\]"'
        with pytest.raises(ImportError, match=words):
            DISPLAYS[cls](cls, subjects)

    def test_have_labels_that_do_not_touch(self, cls, subjects):
        display = DISPLAYS[cls](cls, subjects)
        assert not touching(display.figure_)
        assert all(ax.get_ylabel() or cls is PerSpeakerDisplay for ax in axes_of(display))
        assert axes_of(display)[-1].get_xlabel() in ("seconds", "epoch", "UAR")


@every_display_of_rows
class TestRows:
    def test_share_their_horizontal_axis(self, cls, subjects):
        display = DISPLAYS[cls](cls, subjects)
        assert len(display.axes_) == N_ROWS[cls]
        assert len({ax.get_xlim() for ax in display.axes_}) == 1
        assert [bool(ax.get_xlabel()) for ax in display.axes_] == [False] * (N_ROWS[cls] - 1) + [
            True
        ]

    def test_draw_in_as_many_axes(self, cls, subjects):
        axes = Figure().subplots(N_ROWS[cls])
        display = DISPLAYS[cls](cls, subjects, ax=list(axes))
        assert list(display.axes_) == list(axes)
        assert len({ax.get_xlim() for ax in axes}) == 1

    def test_leave_nothing_of_the_axes_that_they_divide(self, cls, subjects):
        place = Figure().subplots()
        DISPLAYS[cls](cls, subjects, ax=place)
        assert not place.axison

    def test_refuse_another_number_of_axes(self, cls, subjects):
        axes = Figure().subplots(N_ROWS[cls] + 1)
        words = f"ax holds {N_ROWS[cls] + 1} axes, and {cls.__name__} draws {N_ROWS[cls]}"
        with pytest.raises(ValueError, match=words):
            DISPLAYS[cls](cls, subjects, ax=axes)

    def test_refuse_axes_that_cannot_be_divided(self, cls, subjects):
        loose = Figure().add_axes((0, 0, 1, 1))
        with pytest.raises(ValueError, match=f"no place in a grid .* give {cls.__name__} one of"):
            DISPLAYS[cls](cls, subjects, ax=loose)


@every_display_of_clips
class TestClips:
    @pytest.mark.parametrize(
        ("clip", "error", "words"),
        [
            (np.array([]), ValueError, "empty"),
            (np.array([0.0, np.nan]), ValueError, "NaN in clip 0 at sample 1"),
            (np.zeros((2, 80)), ValueError, r"shape \(2, 80\), and a clip is 1-D"),
            (np.array(["a", "b"]), ValueError, "samples are floats or integers"),
            ([0.0, 0.1], TypeError, "clip is a list: give one clip, a 1-D array such as X"),
            (None, TypeError, "clip is a NoneType"),
            ("missing.wav", FileNotFoundError, "does not exist"),
            (b"no audio", audio.AudioFileError, "holds text"),
        ],
        ids=["empty", "nan", "channels", "text", "list", "none", "missing", "no audio"],
    )
    def test_refuse_what_is_no_clip(self, cls, subjects, clip, error, words):
        subjects.clip = clip
        with pytest.raises(error, match=words):
            DISPLAYS[cls](cls, subjects)
        assert not plt.get_fignums()

    @pytest.mark.parametrize("clip", [np.zeros(4000), np.ones(1), np.zeros(1)], ids=str)
    def test_draw_silence_and_single_samples(self, cls, subjects, clip):
        subjects.clip = clip
        display = DISPLAYS[cls](cls, subjects)
        display.figure_.canvas.draw()
        assert all(ax.has_data() for ax in axes_of(display))

    def test_read_recordings(self, cls, subjects):
        file = io.BytesIO()
        audio.write(file, subjects.clip, sr=16000, subtype="FLOAT")
        expected = DISPLAYS[cls](cls, subjects)
        subjects.clip = file.getvalue()
        display = DISPLAYS[cls](cls, subjects)
        for one, other in zip(axes_of(expected), axes_of(display), strict=True):
            assert one.get_xlim() == other.get_xlim()
            assert one.get_ylim() == other.get_ylim()


@pytest.mark.parametrize(
    ("draw", "known"),
    [
        (lambda of: SpectrogramDisplay.from_clip(of.clip, kind="mell"), "mel, mfcc"),
        (
            lambda of: AugmentationDisplay.from_augmenter(of.augmenter, of.clip, kind="mell"),
            "mel, ",
        ),
        (lambda of: EmotionTimelineDisplay.from_estimator(of.model, of.clip, kind="mell"), "stack"),
    ],
    ids=["spectrogram", "augmentation", "timeline"],
)
def test_a_kind_that_there_is_not(draw, known, subjects):
    with pytest.raises(ValueError, match=f"kind='mell' is unknown: take one of {known}"):
        draw(subjects)
