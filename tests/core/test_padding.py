"""fit_length against numpy.pad, which can do less at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertools.core.padding import fit_length


def slow(x, n_samples, align, mode):
    """The same by numpy.pad and slices."""
    missing = n_samples - len(x)
    before = {"start": 0, "center": missing // 2, "end": missing}[align]
    if missing <= 0:
        return x[-before:][:n_samples]
    return np.pad(x, (before, missing - before), mode=mode)


@given(
    n_times=st.integers(1, 30),
    n_samples=st.integers(1, 70),
    align=st.sampled_from(["start", "center", "end"]),
    mode=st.sampled_from(["constant", "reflect", "wrap"]),
)
def test_against_numpy(n_times, n_samples, align, mode):
    x = np.arange(1.0, n_times + 1)
    fitted = fit_length(x, n_samples, align=align, mode=mode)
    np.testing.assert_array_equal(fitted, slow(x, n_samples, align, mode))


@pytest.mark.parametrize(
    ("align", "expected"), [("start", [1, 2]), ("center", [2, 3]), ("end", [3, 4])]
)
def test_which_part_of_a_longer_clip_is_kept(align, expected):
    fitted = fit_length(np.arange(1, 5), 2, align=align, mode="constant")
    np.testing.assert_array_equal(fitted, expected)
