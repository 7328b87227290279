from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import NotFittedError

from sertools import AddNoise, Augmenter, Gain, MelExtractor, Speed, audio
from sertools.plotting import AugmentationDisplay


@pytest.fixture
def augmenter():
    return Augmenter([Gain((-9, 9)), Speed((0.8, 1.25)), AddNoise(20)], p=0.5, random_state=0)


def test_rows_are_the_clip_and_its_first_copies(clip, augmenter):
    display = AugmentationDisplay.from_augmenter(augmenter, clip, kind="waveform", n_copies=2)
    augmenter.fit([clip])
    expected = [clip, *(augmenter.augment([clip], copy)[0] for copy in (1, 2))]
    assert len(display.displays_) == 3
    for samples, row in zip(expected, display.displays_, strict=True):
        places = np.rint(row.line_.get_xdata() * 16000).astype(int)
        assert_array_equal(row.line_.get_ydata(), samples[places])


def test_rows_are_spectrograms_of_them(clip, augmenter):
    display = AugmentationDisplay.from_augmenter(augmenter, clip)
    frames = MelExtractor(stats=None).fit_transform(display.clips)
    for expected, row in zip(frames, display.displays_, strict=True):
        assert_array_equal(row.im_.get_array(), expected)


@pytest.mark.parametrize("kind", ["mel", "waveform"])
def test_all_rows_have_one_scale(clip, augmenter, kind):
    display = AugmentationDisplay.from_augmenter(augmenter, clip, kind=kind)
    longest = max(map(len, display.clips))
    assert longest > len(clip)
    for ax in display.axes_:
        assert ax.get_xlim() == (0, longest / 16000)
    if kind == "mel":
        frames = [row.frames for row in display.displays_]
        low, high = min(map(np.min, frames)), max(map(np.max, frames))
        assert {row.im_.get_clim() for row in display.displays_} == {(low, high)}
        assert display.colorbar_.ax.get_ylabel() == "dB"
    else:
        loudest = max(np.abs(samples).max() for samples in display.clips)
        ((low, high),) = {ax.get_ylim() for ax in display.axes_}
        assert -low == high > loudest
        assert display.colorbar_ is None


def test_silence_has_a_scale_as_well():
    augmenter = Augmenter([Gain(6)], p=1)
    display = AugmentationDisplay.from_augmenter(augmenter, np.zeros(800), kind="waveform")
    assert {ax.get_ylim() for ax in display.axes_} == {(-1, 1)}


def test_titles_say_what_was_done(clip, augmenter):
    display = AugmentationDisplay.from_augmenter(augmenter, clip, n_copies=6)
    titles = [ax.get_title("left") for ax in display.axes_]
    augmenter.fit([clip])
    expected = ["the clip"]
    for copy in range(1, 7):
        names = [type(step.effect).__name__ for step in augmenter.plan([clip], copy)[0]]
        expected.append(f"copy {copy}: {', '.join(names)}" if names else f"copy {copy}: no effect")
    assert titles == expected
    assert len(set(titles)) > 3


def test_an_unfitted_augmenter_stays_so(clip, augmenter):
    AugmentationDisplay.from_augmenter(augmenter, clip, n_copies=1)
    with pytest.raises(NotFittedError):
        augmenter.augment([clip])


def test_a_fitted_augmenter_goes_on_from_its_seed(clip):
    augmenter = Augmenter([AddNoise(20)], p=1).fit([clip])
    display = AugmentationDisplay.from_augmenter(augmenter, clip, n_copies=1)
    assert_array_equal(display.clips[1], augmenter.augment([clip], 1)[0])


def test_a_recording_is_resampled_for_the_augmenter(augmenter):
    file = io.BytesIO()
    audio.write(file, np.full(8000, 0.1), sr=8000)
    display = AugmentationDisplay.from_augmenter(augmenter, file, n_copies=1)
    assert display.sr == 16000
    assert len(display.clips[0]) == 16000


@pytest.mark.parametrize("n_copies", [0, -1, 1.5, True, None])
def test_a_number_of_copies_that_is_none(clip, augmenter, n_copies):
    with pytest.raises(ValueError, match=f"n_copies={n_copies}: give a whole number above 0"):
        AugmentationDisplay.from_augmenter(augmenter, clip, n_copies=n_copies)


@pytest.mark.parametrize("augmenter", [Gain(), [Gain()], "speech"])
def test_what_is_no_augmenter(clip, augmenter):
    with pytest.raises(TypeError, match="give an Augmenter, such as"):
        AugmentationDisplay.from_augmenter(augmenter, clip)
