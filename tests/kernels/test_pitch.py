"""The compiled pitch tracker against its reference."""

from __future__ import annotations

import numpy as np
import pytest

from sertools.core.pitch import track_pitch
from sertools.datasets import make_corpus
from sertools.kernels import fastest

DTYPES = [np.float32, np.float64]


def assert_twin(x, **parameters):
    """Tracks that differ by rounding: which may tip the balance in a frame of two hundred."""
    twin = fastest(track_pitch)
    assert twin.__module__ == "sertools.kernels.cpu.pitch"
    ours, strength = twin(x, **parameters)
    theirs, its_strength = track_pitch(x, **parameters)
    assert ours.dtype == strength.dtype == x.dtype
    assert ours.shape == strength.shape == theirs.shape
    differs = np.abs(ours - theirs) > 1e-3 * theirs
    assert differs.mean() <= 0.005
    assert (np.abs(strength - its_strength) > 1e-4).mean() <= 0.005


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("hop_length", [160, 512])
def test_on_speech(dtype, hop_length):
    for x in make_corpus(n_speakers=2, n_per_speaker=6).X:
        assert_twin(x.astype(dtype), sr=16000, hop_length=hop_length)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("n_times", [1, 2, 3, 159, 160, 799, 801, 5003])
@pytest.mark.parametrize(
    ("sr", "hop_length"), [(16000, 160), (16000, 37), (16000, 2), (8000, 80), (44100, 441)]
)
def test_odd_shapes(rng, dtype, center, n_times, sr, hop_length):
    time = np.arange(n_times) / sr
    x = np.sign(np.sin(2 * np.pi * (180 + 100 * time) * time)) + rng.standard_normal(n_times) / 9
    assert_twin(x.astype(dtype), sr=sr, hop_length=hop_length, center=center)


@pytest.mark.parametrize("dtype", DTYPES)
def test_another_range(rng, dtype):
    x = np.sin(np.cumsum(rng.uniform(0.1, 0.2, 8000))).astype(dtype)
    assert_twin(x, sr=16000, hop_length=100, fmin=150.0, fmax=1500.0)
    # Fewer lags than candidates.
    assert_twin(x, sr=16000, hop_length=100, fmin=590.0, fmax=600.0)


@pytest.mark.parametrize(
    ("sr", "hop_length", "fmin"),
    [(16000, 161, 10), (22050, 256, 10), (48000, 479, 40), (96000, 961, 60)],
)
def test_long_frames(rng, sr, hop_length, fmin):
    """At rates that hops cannot lower, of voices that nobody has."""
    x = np.sin(np.cumsum(rng.uniform(0.02, 0.04, sr))).astype(np.float32)
    assert_twin(x, sr=sr, hop_length=hop_length, fmin=float(fmin))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "x",
    [
        np.zeros(3000),
        np.full(3000, 0.1),
        np.where(np.arange(3000) % 100 < 50, 1e-30, -1e-30),
        np.where(np.arange(3000) % 100 < 50, 1e-40, -1e-40),
        np.r_[np.zeros(1000), 1.0, np.zeros(1999)],
        np.r_[np.zeros(1500), np.where(np.arange(1500) % 100 < 50, 1.0, -1.0)],
    ],
    ids=["silence", "constant", "soft", "denormal", "click", "half silent"],
)
def test_without_a_voice_or_nearly(dtype, x):
    assert_twin(x.astype(dtype), sr=16000, hop_length=160)
