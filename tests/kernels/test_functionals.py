"""The compiled mean and standard deviation against their reference."""

from __future__ import annotations

import numpy as np
import pytest

from sertools.core import functionals as reference
from sertools.kernels import fastest

statistics = fastest(reference.statistics)


def test_there_is_a_twin():
    assert statistics.__module__ == "sertools.kernels.cpu.functionals"


@pytest.mark.parametrize("names", [("mean", "std"), ["std"], ["std", "mean"], ["mean", "max"]])
@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (2, 3), (17, 1), (376, 106), (3001, 7)])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-6), (np.float64, 1e-12)])
def test_parity(rng, names, shape, dtype, tolerance):
    offsets = rng.normal(size=shape[1]) * np.geomspace(1, 1e3, shape[1])
    contours = (rng.normal(size=shape) + offsets).astype(dtype)
    voiced = rng.random(shape[0]) < 0.5
    for kept in (None, voiced, voiced & False):
        ours = statistics(contours, names, voiced=kept)
        theirs = reference.statistics(contours, names, voiced=kept)
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, theirs, rtol=tolerance)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_the_memory_looks_like_does_not_matter(rng, dtype):
    contours = rng.normal(size=(50, 12)).astype(dtype)
    expected = statistics(contours, ("mean", "std"))
    read_only = contours.copy()
    read_only.flags.writeable = False
    for same in (np.asfortranarray(contours), read_only, np.repeat(contours, 2, axis=1)[:, ::2]):
        np.testing.assert_array_equal(statistics(same, ("mean", "std")), expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_channel_knows_no_other(rng, dtype):
    contours = rng.normal(size=(377, 23)).astype(dtype)
    together = statistics(contours, ("mean", "std"))
    alone = [statistics(contours[:, [c]], ("mean", "std")) for c in range(23)]
    np.testing.assert_array_equal(together, np.concatenate(alone, axis=1))


@pytest.mark.parametrize("value", [0.0, 0.1, -1e3, 1e-30, 1e-162, 1e30])
@pytest.mark.parametrize("n_frames", [1, 2, 3, 1000])
def test_a_constant(value, n_frames):
    contours = np.full((n_frames, 3), value)
    found = statistics(contours, ("mean", "std"))
    np.testing.assert_array_equal(found, [[value] * 3, [0] * 3])


def test_the_first_frame_may_be_far_off():
    contours = np.random.default_rng(0).normal(size=(500, 1)) * 1e-3
    contours[0] = 1e6
    np.testing.assert_allclose(
        statistics(contours, ["std"]), reference.statistics(contours, ["std"]), rtol=1e-12
    )


def test_squares_that_are_rounded_to_multiples_of_the_smallest_number():
    # Squares of 1.49 and 2.49 times that number come out as 1 and 2 of it, and their mean as less
    # than the square of the mean.
    contours = np.array([0] + 51 * [2.71e-162] + 49 * [3.507e-162])[:, None]
    assert statistics(contours, ["std"]) == 0
