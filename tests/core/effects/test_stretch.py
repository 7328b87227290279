"""The phase vocoder against its definition, frame by frame, and on sounds whose fate is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertools.core.effects.stretch import PEAK_REACH, align_phases, pitch_shift, time_stretch

N_FFT = 768


def peaks(energy):
    """Bins louder than those around them; of equals the upper one."""
    return [
        k
        for k in range(len(energy))
        if (energy[k] >= energy[max(0, k - PEAK_REACH) : k]).all()
        and (energy[k] > energy[k + 1 : k + 1 + PEAK_REACH]).all()
    ]


def slow(bins, before):
    """The same frame by frame and bin by bin."""
    turned = [bins[0]]
    turns = np.ones_like(bins[0])
    for t in range(1, len(bins)):
        found = peaks(bins[t].real ** 2 + bins[t].imag ** 2)
        leaders = [min(found, key=lambda peak: abs(peak - k)) for k in range(bins.shape[1])]
        leaders[0] = 0
        steps = bins[t - 1] * before[t].conj()
        steps[0] = 1
        size = np.abs(steps)
        steps = np.where(size > 0, steps / np.where(size > 0, size, 1), 1)
        turns = (turns * steps)[leaders]
        turned.append(bins[t] * turns)
    return np.array(turned)


@pytest.mark.parametrize("n_frames", [1, 2, 3, 8, 9, 33])
@pytest.mark.parametrize("n_bins", [1, 2, 3, 5, 40])
def test_phases_are_those_of_the_definition(rng, n_frames, n_bins):
    # Of whole numbers many are alike, and many zero.
    real, imaginary = rng.integers(-2, 3, (2, 2, n_frames, n_bins))
    bins, before = real + 1j * imaginary
    np.testing.assert_allclose(align_phases(bins, before), slow(bins, before), atol=1e-12)


def test_at_its_own_pace_no_phase_turns(rng):
    bins = np.fft.rfft(rng.standard_normal((20, 64)), axis=1)
    before = np.concatenate([bins[:1], bins[:-1]])
    np.testing.assert_allclose(align_phases(bins, before), bins, atol=1e-12)


def test_what_is_slower_than_a_frame_is_not_lost(rng):
    # Wind under a voice: most of the energy is at 5 Hz, where a frame holds a quarter of a wave.
    time = np.arange(32000) / 16000
    wind = np.sin(2 * np.pi * 5 * time)
    told = time_stretch(wind + rng.normal(0, 0.2, 32000), n_samples=40000, n_fft=N_FFT)
    slow = np.sin(2 * np.pi * 4 * np.arange(40000) / 16000)
    share = (told @ slow) ** 2 / (slow @ slow) / (told @ told)
    assert share > 0.75


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
@pytest.mark.parametrize("level", [1e-10, 1e12])
def test_the_level_of_spectra_changes_no_phase(rng, dtype, level):
    bins, before = (np.fft.rfft(rng.standard_normal((9, 64)), axis=1) for _ in range(2))
    bins, before = bins.astype(dtype), before.astype(dtype)
    scaled = align_phases(dtype(level) * bins, dtype(level) * before)
    np.testing.assert_allclose(scaled / dtype(level), align_phases(bins, before), rtol=1e-3)


@given(n_times=st.integers(1, 3000), n_samples=st.integers(1, 3000))
def test_any_length_is_told_in_any_other(n_times, n_samples):
    x = np.random.default_rng(n_times).standard_normal(n_times).astype(np.float32)
    told = time_stretch(x, n_samples=n_samples, n_fft=66)
    assert told.shape == (n_samples,)
    assert told.dtype == np.float32
    assert np.isfinite(told).all()


@pytest.mark.parametrize("n_samples", [3200, 4001, 5000])
def test_the_windows_add_up_to_one(n_samples):
    told = time_stretch(np.ones(4000), n_samples=n_samples, n_fft=N_FFT)[N_FFT:-N_FFT]
    np.testing.assert_allclose(told, told[0])
    # The ends ring a little, and the level is that of the whole.
    assert told[0] == pytest.approx(1, rel=0.01)


def test_one_sample_more_changes_next_to_nothing():
    time = np.arange(20000) / 16000
    voice = sum(np.sin(2 * np.pi * 120 * k * time + k) / k for k in range(1, 40))
    told = time_stretch(voice, n_samples=20001, n_fft=N_FFT)
    np.testing.assert_allclose(told[N_FFT:-N_FFT], voice[N_FFT : 1 - N_FFT], atol=0.01)


@pytest.mark.parametrize("n_samples", [9000, 11000])
def test_silence_stays_silent_and_sound_stays_in_its_place(rng, n_samples):
    x = np.zeros(10000)
    x[4000:6000] = rng.standard_normal(2000)
    told = time_stretch(x, n_samples=n_samples, n_fft=N_FFT)
    first, last = (round(place * n_samples / 10000) for place in (4000, 6000))
    # A frame that hears the edge is laid down around it.
    assert not told[: first - N_FFT].any()
    assert not told[last + N_FFT :].any()
    share = np.square(told[first:last]).sum() / np.square(told).sum()
    assert share > 0.9


def test_a_pitch_shift_of_nothing_is_the_clip_itself(rng):
    x = rng.standard_normal(5000)
    assert pitch_shift(x, semitones=0.0, n_fft=N_FFT) is x


@given(n_times=st.integers(1, 3000), semitones=st.floats(-24, 24))
def test_a_pitch_shift_keeps_the_length(n_times, semitones):
    x = np.random.default_rng(n_times).standard_normal(n_times).astype(np.float32)
    shifted = pitch_shift(x, semitones=semitones, n_fft=66)
    assert shifted.shape == x.shape
    assert shifted.dtype == np.float32
    assert np.isfinite(shifted).all()
