"""VoiceExtractor: channels, voiced statistics, and what must not matter."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sertools.core import formants, voice
from sertools.core.descriptors import slope
from sertools.core.pitch import track_pitch
from sertools.core.spectral import analysis_window, spectrum
from sertools.datasets import make_corpus
from sertools.features._pitch import PitchExtractor
from sertools.features._voice import VoiceExtractor

SR = 16000
CHANNELS = [
    *("jitter", "shimmer", "hnr"),
    *("f1", "f2", "f3", "f1_bandwidth", "f2_bandwidth", "f3_bandwidth"),
    *("alpha_ratio", "hammarberg", "slope_0_500", "slope_500_1500"),
]


@pytest.fixture(scope="module")
def clips():
    return [x.astype(np.float64) for x in make_corpus(n_speakers=2, n_per_speaker=3).X]


def by_name(frames):
    return dict(zip(CHANNELS, frames, strict=True))


def test_columns(clips):
    table = VoiceExtractor(stats=["mean"]).set_output(transform="pandas").fit_transform(clips)
    assert list(table) == [*(f"{name}_mean" for name in CHANNELS), "voiced_ratio"]


def test_channels_are_those_of_the_core(clips):
    frames = VoiceExtractor(stats=None).fit_transform(clips)
    for x, contours in zip(clips, frames, strict=True):
        ours = by_name(contours)
        f0, _ = track_pitch(x, sr=SR, hop_length=160)
        voiced, centers = f0 > 0, np.arange(len(f0)) * 160
        pulses = voice.glottal_pulses(x, f0=f0, centers=centers, sr=SR)
        where = {"centers": centers[voiced], "sr": SR}
        assert_allclose(ours["jitter"][voiced], voice.jitter(pulses, **where), atol=1e-6)
        assert_allclose(ours["shimmer"][voiced], voice.shimmer(pulses, **where), atol=1e-5)
        ratio = voice.harmonics_to_noise(x, f0=f0, centers=centers, sr=SR)
        assert_allclose(ours["hnr"], ratio, atol=1e-5)

        power = spectrum(x, window=analysis_window("hann", 512, 512), hop_length=160)
        found = formants.resonances(power[voiced], sr=SR)
        for k, of_all in enumerate(formants.first_formants(*found)):
            for number, of_one in enumerate(of_all.T, start=1):
                name = f"f{number}{'_bandwidth' * k}"
                assert_allclose(ours[name][voiced], of_one, rtol=1e-5)
        frequencies = np.arange(257) * SR / 512
        assert_allclose(ours["alpha_ratio"], voice.alpha_ratio(power, frequencies=frequencies))
        assert_allclose(ours["hammarberg"], voice.hammarberg_index(power, frequencies=frequencies))
        for name, bins in (("slope_0_500", slice(16)), ("slope_500_1500", slice(16, 48))):
            expected = slope(np.sqrt(power[:, bins]), frequencies=frequencies[bins])
            assert_allclose(ours[name], expected, atol=1e-9)


def test_what_needs_a_voice_is_zero_without(clips):
    for contours in VoiceExtractor(stats=None).fit_transform(clips):
        voiced = contours[3] > 0
        assert 0 < voiced.mean() < 1
        assert not contours[:9, ~voiced].any()
        f1, f2, f3 = contours[3:6, voiced]
        assert ((f1 < f2) & (f2 < f3) & (f3 < 5000)).all()
        assert (contours[6:9, voiced] > 0).all()


def test_its_voiced_frames_are_those_of_the_pitch(clips):
    pitch = PitchExtractor(stats=["mean"]).fit_transform(clips)
    ours = VoiceExtractor(stats=["mean"]).fit_transform(clips)
    assert_array_equal(ours[:, -1], pitch[:, -1])


@pytest.mark.parametrize("hop_length", [160, 101])
@pytest.mark.parametrize("n_times", [1, 300, 800, 5003])
def test_frames_fit_those_of_the_pitch_without_centring(rng, hop_length, n_times):
    options = {"center": False, "hop_length": hop_length, "stats": None}
    x = rng.standard_normal(n_times)
    (pitch,) = PitchExtractor(**options).fit_transform([x])
    (ours,) = VoiceExtractor(**options).fit_transform([x])
    assert ours.shape == (13, pitch.shape[1])


def test_centring_changes_where_frames_are_and_not_what_they_hold(clips):
    x = clips[0]
    (centred,) = VoiceExtractor(stats=None).fit_transform([x])
    (plain,) = VoiceExtractor(stats=None, center=False).fit_transform([np.pad(x, 400)])
    both = (centred[3] > 0) & (plain[3] > 0)
    assert both.mean() > 0.95 * (centred[3] > 0).mean()
    difference = np.abs(plain - centred)[:, both]
    assert (np.median(difference[:3], axis=1) < [1e-4, 1e-3, 1e-3]).all()
    # Finer bins of the same window.
    assert (np.median(difference[3:9], axis=1) < 2).all()


@pytest.mark.parametrize("gain", [0.1, 30.0])
def test_level_does_not_matter(clips, gain):
    table = VoiceExtractor().fit_transform(clips)
    assert_allclose(VoiceExtractor().fit_transform([gain * x for x in clips]), table, rtol=0.02)


def test_single_precision_will_do(clips):
    table = VoiceExtractor().fit_transform(clips)
    ours = VoiceExtractor().fit_transform([x.astype(np.float32) for x in clips])
    assert ours.dtype == np.float32
    assert_allclose(ours, table, rtol=0.02, atol=0.01)


@pytest.mark.parametrize("sr", [8000, 44100, 48000])
def test_other_rates(sr):
    clips = make_corpus(n_speakers=2, n_per_speaker=3, sr=sr).X
    ours = VoiceExtractor(sr=sr, hop_length=sr // 100, stats=["mean"]).fit_transform(clips)
    clips = make_corpus(n_speakers=2, n_per_speaker=3, sr=SR).X
    same = VoiceExtractor(stats=["mean"]).fit_transform(clips)
    assert np.isfinite(ours).all()
    formants_off = np.abs(ours[:, 3:6] / same[:, 3:6] - 1)
    assert np.median(formants_off) < 0.05


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "x",
    [
        np.zeros(1),
        np.ones(1),
        np.zeros(SR),
        np.full(SR, 0.5),
        1e-12 * np.sin(np.arange(SR) / 9),
        1e-30 * np.sin(np.arange(SR) / 9),
        np.sign(np.sin(np.arange(SR) / 25)),
        np.sin(np.arange(90) / 9),
    ],
    ids=["one zero", "one one", "silence", "constant", "soft", "tiny", "square", "short"],
)
def test_finite_whatever_the_clip(x, dtype):
    for stats in (None, ("mean", "std")):
        for result in VoiceExtractor(stats=stats, deltas=1).fit_transform([x.astype(dtype)]):
            assert np.isfinite(result).all()


def test_silence_is_even():
    assert not VoiceExtractor().fit_transform([np.zeros(SR)]).any()


def test_a_rate_too_low_for_a_voice_is_refused():
    with pytest.raises(ValueError, match=r"'sr' parameter of VoiceExtractor.*\[8000, inf\)"):
        VoiceExtractor(sr=4000).fit([np.zeros(2000)])
