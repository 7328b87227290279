from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sertools import MelExtractor, MFCCExtractor, RMSExtractor, audio
from sertools.plotting import SpectrogramDisplay


def tone(hertz, sr=16000):
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(sr) / sr)


def loudest_label(display):
    """The frequency at the vertical place where the image is brightest, read from the labels."""
    display.figure_.canvas.draw()
    channel = display.im_.get_array().mean(axis=1).argmax()
    labels = [int(label.get_text()) for label in display.ax_.get_yticklabels()]
    return np.interp(channel, display.ax_.get_yticks(), labels)


@pytest.mark.parametrize(
    "extractor",
    [
        MelExtractor(n_mels=40),
        MelExtractor(log=False, fmin=50, fmax=4000),
        MFCCExtractor(n_mfcc=13, deltas=2, stats=["max"]),
    ],
)
def test_the_image_is_what_the_extractor_gives(clip, extractor):
    before = repr(extractor)
    display = SpectrogramDisplay.from_extractor(extractor, clip)
    frames = type(extractor)(**extractor.get_params() | {"stats": None, "deltas": 0})
    assert_array_equal(display.im_.get_array(), frames.fit_transform([clip])[0])
    assert repr(extractor) == before


@pytest.mark.parametrize("kind", ["mel", "mfcc"])
def test_a_clip_is_drawn_as_by_default(clip, kind):
    extractor = {"mel": MelExtractor, "mfcc": MFCCExtractor}[kind](stats=None)
    display = SpectrogramDisplay.from_clip(clip, kind=kind)
    assert_array_equal(display.frames, extractor.fit_transform([clip])[0])


@pytest.mark.parametrize("sr", [8000, 44100])
def test_frames_of_other_rates_are_as_long(sr):
    file = io.BytesIO()
    audio.write(file, tone(1000, sr), sr=sr)
    display = SpectrogramDisplay.from_clip(file.getvalue())
    assert_allclose(display.hop, 0.01, rtol=1e-3)
    assert display.frames.shape == (64, 101)
    assert_allclose(loudest_label(display), 1000, rtol=0.05)


def test_a_recording_is_resampled_for_an_extractor():
    file = io.BytesIO()
    audio.write(file, tone(1000, 8000), sr=8000)
    assert SpectrogramDisplay.from_extractor(MelExtractor(), file).frames.shape == (64, 101)


@pytest.mark.parametrize("hertz", [500, 1000, 2000, 5000])
@pytest.mark.parametrize("options", [{}, {"htk": True}, {"fmin": 100, "fmax": 7000, "n_mels": 90}])
def test_a_tone_lies_at_its_label(hertz, options):
    extractor = MelExtractor(n_fft=1024, **options)
    display = SpectrogramDisplay.from_extractor(extractor, tone(hertz))
    # Bands are up to 100 Hz wide where they are narrowest.
    assert abs(loudest_label(display) - hertz) < max(50, 0.06 * hertz)


@pytest.mark.parametrize(("center", "first"), [(True, -0.005), (False, 0.011)])
def test_frames_lie_at_their_seconds(center, first):
    display = SpectrogramDisplay.from_extractor(MelExtractor(center=center), np.ones(1600))
    left, right, bottom, top = display.im_.get_extent()
    n_frames = display.frames.shape[1]
    assert_allclose([left, right], [first, first + 0.01 * n_frames], atol=1e-9)
    assert (bottom, top) == (-0.5, 63.5)
    assert display.im_.origin == "lower"


@pytest.mark.parametrize(
    ("extractor", "unit"),
    [
        (MelExtractor(), "dB"),
        (MelExtractor(log=False), "energy"),
        (MelExtractor(log=False, power=1), "magnitude"),
        (MelExtractor(log=False, power=0.5), "magnitude to the power of 0.5"),
        (MFCCExtractor(), "dB"),
    ],
)
def test_the_colour_bar_has_a_unit(clip, extractor, unit):
    display = SpectrogramDisplay.from_extractor(extractor, clip)
    assert display.colorbar_.ax.get_ylabel() == unit


def test_without_a_colour_bar(clip):
    display = SpectrogramDisplay.from_clip(clip, colorbar=False)
    assert display.colorbar_ is None
    assert len(display.figure_.axes) == 1


class TestCoefficients:
    def test_have_numbers(self, clip):
        display = SpectrogramDisplay.from_clip(clip, kind="mfcc")
        display.figure_.canvas.draw()
        assert display.ax_.get_ylabel() == "coefficient"
        ticks = display.ax_.get_yticks()
        assert_array_equal(ticks, np.rint(ticks))

    def test_have_colours_around_zero_and_without_the_zeroth(self, clip):
        display = SpectrogramDisplay.from_clip(clip, kind="mfcc")
        low, high = display.im_.get_clim()
        assert low == -high
        assert high == np.abs(display.frames[1:]).max()
        assert display.frames[0].min() < low
        assert display.colorbar_.extend == "min"

    def test_of_silence_have_one_colour(self):
        display = SpectrogramDisplay.from_clip(np.zeros(8000), kind="mfcc")
        shades = display.im_.norm(display.frames[1:])
        assert np.ptp(shades) < 1e-6
        assert display.colorbar_.extend == "min"

    def test_may_be_one(self, clip):
        display = SpectrogramDisplay.from_extractor(MFCCExtractor(n_mfcc=1), clip)
        assert display.im_.get_clim()[1] == np.abs(display.frames).max()


def test_the_image_looks_as_it_is_told_to(clip):
    display = SpectrogramDisplay.from_clip(clip, cmap="cividis", vmin=-40, vmax=-10)
    assert display.im_.get_cmap().name == "cividis"
    assert display.im_.get_clim() == (-40, -10)
    assert display.colorbar_.extend == "both"


@pytest.mark.parametrize("extractor", [RMSExtractor(), "mel", None])
def test_an_extractor_of_another_kind(clip, extractor):
    with pytest.raises(TypeError, match="give a MelExtractor or an MFCCExtractor"):
        SpectrogramDisplay.from_extractor(extractor, clip)
