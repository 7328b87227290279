"""Resampling by whole spectra: exact for what both rates can hold, at any length."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.fft import next_fast_len

from sertools.core.effects.transforms import (
    _fast_pair,
    padded_length,
    resampled,
    smooth_numbers,
)


def beep(n_times, turns):
    """A tone that swells and fades, of so many periods."""
    time = np.arange(n_times) / n_times
    return np.sin(np.pi * time) ** 4 * np.sin(2 * np.pi * turns * time)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_samples", [1999, 2000, 2001, 3571, 8000])
def test_a_tone_is_the_same_tone_in_more_samples_or_fewer(dtype, n_samples):
    told = resampled(beep(4000, 100).astype(dtype), n_samples=n_samples)
    assert told.dtype == dtype
    # The clocks may differ by 2e-4: an eighth of a radian after 100 periods.
    np.testing.assert_allclose(told, beep(n_samples, 100), atol=0.13)


@pytest.mark.parametrize("n_samples", [2000, 6000, 8000])
def test_simple_ratios_are_exact(n_samples):
    told = resampled(beep(4000, 100), n_samples=n_samples)
    np.testing.assert_allclose(told, beep(n_samples, 100), atol=1e-9)


def test_what_the_lower_rate_cannot_hold_goes():
    told = resampled(beep(4000, 1200), n_samples=2000)
    assert np.abs(told).max() < 1e-6


def test_the_end_does_not_ring_into_the_beginning():
    x = np.zeros(4000)
    x[-1] = 1
    told = resampled(x, n_samples=3600)
    assert np.abs(told[:100]).max() < 2e-3


def test_as_many_samples_are_the_clip_itself(rng):
    x = rng.standard_normal(99)
    assert resampled(x, n_samples=99) is x


@given(n_times=st.integers(1, 70000), octaves=st.floats(-2, 2))
def test_the_two_lengths_of_the_transforms(n_times, octaves):
    n_samples = max(1, round(n_times * 2**octaves))
    before, after = _fast_pair(n_times, n_samples)
    # Both hold the clip and a gap...
    assert before >= n_times + 256
    assert after >= n_samples + 255
    assert before <= 1.5 * (n_times + 256 * max(1, n_times / n_samples))
    # ...and are in the ratio that was asked for, within the clocks of sound cards or one sample.
    missed = after / before / (n_samples / n_times) - 1
    assert abs(missed) <= max(2.01e-4, 0.51 / after)


@pytest.mark.parametrize(("n_times", "n_samples"), [(60860, 54158), (48000, 50000), (16000, 21357)])
def test_both_transforms_of_clips_of_seconds_are_fast(n_times, n_samples):
    for length in _fast_pair(n_times, n_samples):
        assert next_fast_len(length) == length


@given(n_times=st.integers(1, 10**6))
def test_padded_lengths_are_fast_and_leave_a_gap(n_times):
    length = padded_length(n_times)
    assert length >= n_times + 256
    assert next_fast_len(length, real=True) == length


@pytest.mark.parametrize(
    ("limit", "primes", "expected"),
    [
        (20, (2, 3), [1, 2, 3, 4, 6, 8, 9, 12, 16, 18]),
        (16, (2,), [1, 2, 4, 8, 16]),
        (26, (5, 2), [1, 2, 4, 5, 8, 10, 16, 20, 25]),
    ],
)
def test_smooth_numbers(limit, primes, expected):
    assert smooth_numbers(limit, primes).tolist() == expected
