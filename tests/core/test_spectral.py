"""Spectra against closed forms and against librosa over a grid of parameters."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from sertools.core.spectral import analysis_window, as_bank, filtered, power_to_db, spectrum

SR = 16000


@pytest.mark.parametrize("window", ["hann", "hamming", "boxcar"])
@pytest.mark.parametrize("win_length", [400, 511, 512])
def test_the_window_of_librosa(window, win_length):
    ours = analysis_window(window, win_length, 512)
    theirs = librosa.util.pad_center(librosa.filters.get_window(window, win_length), size=512)
    np.testing.assert_array_equal(ours, theirs)


def test_a_sine_on_a_bin_has_the_power_of_its_window():
    # A sine of amplitude a on a bin gives a/2 times the sum of the window there.
    sine = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(SR) / SR)
    window = analysis_window("hann", 512, 512)
    inside = spectrum(sine, window=window, hop_length=160)[4:-4]
    np.testing.assert_allclose(inside[:, 32], (0.25 * window.sum()) ** 2, rtol=1e-12)
    assert (inside.argmax(axis=1) == 32).all()


def test_parseval():
    x = np.random.default_rng(0).normal(size=512)
    (power,) = spectrum(x, window=np.ones(512), hop_length=512, center=False)
    both_sides = power.sum() + power[1:-1].sum()
    np.testing.assert_allclose(both_sides / 512, (x**2).sum())


@pytest.mark.parametrize(("n_fft", "win_length"), [(256, 256), (512, 400), (2048, 2048)])
@pytest.mark.parametrize("hop_length", [100, 160, 512])
@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("power", [1.0, 2.0])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-6), (np.float32, 1e-4)])
def test_against_librosa(rng, n_fft, win_length, hop_length, center, power, dtype, tolerance):
    x = rng.normal(size=9000).astype(dtype)
    window = analysis_window("hann", win_length, n_fft)
    ours = spectrum(x, window=window, hop_length=hop_length, power=power, center=center)
    theirs = librosa.stft(
        x, n_fft=n_fft, win_length=win_length, hop_length=hop_length, center=center,
        pad_mode="constant",
    )  # fmt: skip
    theirs = np.abs(theirs.T) ** power
    assert ours.shape == theirs.shape
    assert ours.dtype == dtype
    assert np.abs(ours - theirs).max() <= tolerance * np.abs(theirs).max()


@pytest.mark.parametrize("n_times", [1, 100, 511, 512, 513])
def test_a_clip_shorter_than_a_frame(rng, n_times):
    x = rng.normal(size=n_times)
    window = analysis_window("hann", 512, 512)
    centred = spectrum(x, window=window, hop_length=160)
    theirs = np.abs(librosa.stft(np.pad(x, 256), n_fft=512, hop_length=160, center=False)).T ** 2
    np.testing.assert_allclose(centred, theirs, atol=1e-9)
    assert len(spectrum(x, window=window, hop_length=160, center=False)) == 1


@pytest.mark.parametrize("n_mels", [40, 128, 256])  # 256 leaves filters empty
@pytest.mark.filterwarnings("ignore:Empty filters detected:UserWarning")
def test_log_mel_against_librosa(rng, n_mels):
    x = rng.normal(size=8000) * np.geomspace(1e-5, 1, 8000)
    options = {"sr": SR, "n_fft": 512, "n_mels": n_mels}
    bank = librosa.filters.mel(**options, dtype=np.float64)
    power = spectrum(x, window=analysis_window("hann", 512, 512), hop_length=160)
    ours = power_to_db(filtered(power, bank=as_bank(bank)))
    theirs = librosa.feature.melspectrogram(
        y=x, **options, hop_length=160, pad_mode="constant", dtype=np.float64
    )
    theirs = librosa.power_to_db(theirs, top_db=80.0).T
    assert np.abs(ours - theirs).max() <= 1e-6 * np.abs(theirs).max()


class TestDecibels:
    def test_by_hand(self):
        decibels = power_to_db(np.array([[1.0, 0.1, 1e-3]]), top_db=None)
        np.testing.assert_allclose(decibels, [[0, -10, -30]])

    def test_the_floor_goes_by_the_clip(self):
        np.testing.assert_allclose(power_to_db(np.array([[100.0, 1e-9]])), [[20, -60]])

    def test_silence_is_finite(self):
        np.testing.assert_allclose(power_to_db(np.zeros((2, 3))), -100)
