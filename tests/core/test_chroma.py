"""Chroma against librosa and a closed form."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from sertools.core.chroma import chroma
from sertools.core.spectral import as_bank, filtered

SR = 16000


@pytest.mark.parametrize("n_chroma", [12, 24])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-6), (np.float32, 1e-4)])
def test_against_librosa(rng, n_chroma, dtype, tolerance):
    x = rng.normal(size=16000) * np.geomspace(1e-5, 1, 16000)
    x[5000:9000] = 0
    spectra = np.abs(librosa.stft(x.astype(dtype), n_fft=2048, hop_length=160)) ** 2
    bank = librosa.filters.chroma(sr=SR, n_fft=2048, tuning=0.0, n_chroma=n_chroma)
    ours = chroma(filtered(spectra.T, bank=as_bank(bank.astype(dtype))))
    theirs = librosa.feature.chroma_stft(S=spectra, sr=SR, tuning=0.0, n_chroma=n_chroma).T
    assert ours.dtype == dtype
    assert np.abs(ours - theirs).max() <= tolerance * np.abs(theirs).max()


def test_a_tone_is_its_pitch_class():
    tone = np.sin(2 * np.pi * 440 * np.arange(SR) / SR)
    spectra = np.abs(librosa.stft(tone, n_fft=2048, hop_length=160)).T ** 2
    bank = as_bank(librosa.filters.chroma(sr=SR, n_fft=2048))
    classes = chroma(filtered(spectra, bank=bank))
    assert (classes[7:-7].argmax(axis=1) == 9).all()  # from C on, A is the tenth
    np.testing.assert_array_equal(classes.max(axis=1), 1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("power", [0.0, 1e-45, 1e-38, 1e-24, 1e9])
def test_a_frame_is_normalised_by_itself_or_silent(dtype, power):
    energies = np.array([[power, 0.5 * power], [4.0, 4.0]], dtype=dtype)
    loud = [1, 0.5] if power >= np.finfo(dtype).tiny else [0, 0]
    np.testing.assert_allclose(chroma(energies), [loud, [1, 1]], atol=1e-30)
