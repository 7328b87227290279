"""The 88 numbers of a clip: known tones, gain, and what the extractors say of the same clip."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sertools.core.gemaps import COLUMNS
from sertools.datasets import make_corpus
from sertools.features._gemaps import gemaps
from sertools.features._pitch import PitchExtractor
from sertools.features._sound import Sound
from sertools.features._voice import VoiceExtractor

SR = 16000


@pytest.fixture(scope="module")
def clips():
    return [x.astype(np.float64) for x in make_corpus(n_speakers=2, n_per_speaker=3).X]


def named(x):
    """The numbers of a clip by name."""
    return dict(zip(COLUMNS, gemaps(Sound(x)), strict=True))


def test_a_tone_after_a_pause():
    times = np.arange(2 * SR) / SR
    x = np.sin(2 * np.pi * 220 * times) + 0.1 * np.sin(2 * np.pi * 440 * times)
    row = named(np.where(times < 1, 0, 0.5 * x))
    assert row["f0_mean"] == pytest.approx(36, abs=0.1)  # 220 Hz are three octaves above 27.5 Hz
    assert row["f0_range"] == pytest.approx(0, abs=0.1)
    assert row["jitter_mean"] == pytest.approx(0, abs=0.002)
    assert row["h1_h2_mean"] == pytest.approx(20, abs=1)
    assert row["voiced_rate"] == pytest.approx(0.5, abs=0.01)
    assert row["voiced_length_mean"] == pytest.approx(1, abs=0.03)
    assert row["unvoiced_length_mean"] == pytest.approx(1, abs=0.03)
    assert row["level"] == pytest.approx(10 * np.log10(0.5**2 * 1.01 / 2 / 2), abs=0.01)
    assert row["alpha_ratio_voiced_mean"] > 30
    assert row["alpha_ratio_unvoiced_mean"] < row["alpha_ratio_voiced_mean"]


def test_what_the_extractors_say(clips):
    voice = VoiceExtractor(stats=["mean"]).set_output(transform="pandas").fit_transform(clips)
    pitch = PitchExtractor(stats=["p50"]).set_output(transform="pandas").fit_transform(clips)
    for i, x in enumerate(clips):
        row = named(x)
        # Smoothing hardly moves a mean.
        assert row["f0_p50"] == pytest.approx(pitch["f0_p50"][i] - 12 * np.log2(27.5), abs=0.2)
        for name in ("jitter", "shimmer", "hnr", "f1", "f2", "f3", "f1_bandwidth"):
            assert row[f"{name}_mean"] == pytest.approx(voice[f"{name}_mean"][i], rel=0.05)


def test_gain(clips):
    for x in clips:
        soft, loud = named(0.2 * x), named(2 * x)
        # Ten times the amplitude.
        assert loud["level"] == pytest.approx(soft["level"] + 20)
        for name in ("loudness_p80", "loudness_range"):
            assert loud[name] == pytest.approx(100 ** (1 / 3) * soft[name], rel=0.02)
        assert loud["flux_mean"] == pytest.approx(10 * soft["flux_mean"], rel=1e-6)
        still = [
            name
            for name in COLUMNS
            if name.startswith(("f0", "f1", "f2", "f3", "jitter", "shimmer", "hnr", "h1", "voiced"))
        ]
        assert_allclose([loud[n] for n in still], [soft[n] for n in still], rtol=0.01, atol=0.01)


def test_single_precision_will_do(clips):
    for x in clips:
        single, double = gemaps(Sound(x.astype(np.float32))), gemaps(Sound(x))
        assert single.dtype == np.float32
        assert double.dtype == np.float64
        assert_allclose(single, double, rtol=0.02, atol=0.01)


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
        np.sin(np.arange(SR) / 9),
        1e10 * np.sin(np.arange(SR) / 9),
        np.random.default_rng(0).standard_normal(SR),
    ],
    ids=[
        *("one zero", "one one", "silence", "constant", "soft", "tiny", "square", "short"),
        *("tone", "huge", "noise"),
    ],
)
def test_finite_whatever_the_clip(x, dtype):
    row = gemaps(Sound(x.astype(dtype)))
    assert row.shape == (88,)
    assert row.dtype == dtype
    assert np.isfinite(row).all()
