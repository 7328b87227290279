"""Shifts and gaps land on the sample, with edges that do not click."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertools.core.effects.shift import time_mask, time_shift

X = np.arange(1.0, 11.0)
LENGTHS = st.integers(1, 40)
SHIFTS = st.integers(-100, 100)


@given(n_times=LENGTHS, shift=SHIFTS)
def test_what_a_shift_leaves_is_silence(n_times, shift):
    x = np.arange(1.0, n_times + 1)
    silence = np.zeros(abs(shift))
    by_hand = np.r_[silence, x][:n_times] if shift > 0 else np.r_[x, silence][-shift:]
    np.testing.assert_array_equal(time_shift(x, shift=shift), by_hand)


@given(n_times=LENGTHS, shift=SHIFTS)
def test_a_roll_loses_nothing(n_times, shift):
    x = np.arange(1.0, n_times + 1)
    np.testing.assert_array_equal(time_shift(x, shift=shift, roll=True), np.roll(x, shift))


@pytest.mark.parametrize(
    ("shift", "roll", "expected"),
    [
        (4, False, [0, 0, 0, 0, 1 / 4, 2 / 2, 9 / 4, 4, 5, 6]),
        (-4, False, [5, 6, 7, 24 / 4, 18 / 4, 10 / 4, 0, 0, 0, 0]),
        (4, True, [7, 24 / 4, 18 / 4, 10 / 4, 1 / 4, 4 / 4, 9 / 4, 4, 5, 6]),
        (-6, True, [7, 24 / 4, 18 / 4, 10 / 4, 1 / 4, 4 / 4, 9 / 4, 4, 5, 6]),
        (8, False, [0, 0, 0, 0, 0, 0, 0, 0, 1 / 4, 4 / 4]),
        (20, False, [0] * 10),
        (10, True, X),  # all the way round, there is no edge to fade
        (0, False, X),
    ],
)
def test_fades_are_at_the_edge_that_the_shift_makes(shift, roll, expected):
    np.testing.assert_allclose(time_shift(X, shift=shift, roll=roll, fade_length=3), expected)


@pytest.mark.parametrize(
    ("start", "n_masked", "expected"),
    [
        (4, 3, [1, 3 / 2, 6 / 4, 4 / 4, 0, 0, 0, 8 / 4, 18 / 4, 30 / 4]),
        (0, 6, [0, 0, 0, 0, 0, 0, 7 / 4, 16 / 4, 27 / 4, 10]),
        (8, 2, [1, 2, 3, 4, 5, 18 / 4, 14 / 4, 8 / 4, 0, 0]),
        (0, 10, [0] * 10),
        (5, 0, X),
    ],
)
def test_a_gap_and_the_fades_beside_it(start, n_masked, expected):
    masked = time_mask(X, start=start, n_masked=n_masked, fade_length=3)
    np.testing.assert_allclose(masked, expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "effect",
    [
        lambda x: time_shift(x, shift=3, fade_length=2),
        lambda x: time_shift(x, shift=-3, roll=True, fade_length=2),
        lambda x: time_mask(x, start=3, n_masked=2, fade_length=2),
    ],
)
def test_types_stay(dtype, effect):
    assert effect(X.astype(dtype)).dtype == dtype
