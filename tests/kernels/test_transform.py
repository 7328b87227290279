"""Transforms of frames side by side against NumPy's, of all lengths that have a plan."""

from __future__ import annotations

import numpy as np
import pytest
from numba.core.errors import TypingError
from numpy.testing import assert_allclose, assert_array_equal

from sertools.core.spectral import spectrum as reference
from sertools.kernels.cpu._lanes import GROUP_BYTES, load
from sertools.kernels.cpu._transform import (
    cut,
    energies,
    from_lanes,
    group_room,
    plan_of,
    transform,
    weigh,
)
from sertools.kernels.cpu.spectral import spectrum

DTYPES = [np.dtype(np.float32), np.dtype(np.float64)]

# All passes, alone, in pairs and in the orders that lengths of speech have.
LENGTHS = [1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 20, 25, 27, 30, 64, 200, 270, 540, 1024, 4096]


def width_of(dtype):
    return GROUP_BYTES // dtype.itemsize


def in_room(numbers):
    """Frames ``(n_numbers, width)`` as a group, and room for another."""
    group, room = (group_room(len(numbers), numbers) for _ in range(2))
    group[:] = numbers.ravel()
    return group, room


def to_bins(group, dtype):
    """The complex numbers ``(n, width)`` of a group."""
    parts = group.reshape(-1, 2, width_of(dtype)).astype(np.float64)
    return parts[:, 0] + 1j * parts[:, 1]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("length", LENGTHS)
def test_transforms(rng, dtype, length):
    plan = plan_of(length, dtype)
    frames = rng.standard_normal((2 * length, width_of(dtype))).astype(dtype)
    group, room = in_room(frames)
    expected = np.fft.fft(to_bins(group, dtype), axis=0)
    bins = transform(group, room, plan.radices, plan.twiddles)
    tolerance = 4 * np.finfo(dtype).eps
    assert_allclose(to_bins(bins, dtype), expected, rtol=0, atol=tolerance * np.abs(expected).max())

    energy = group_room(length + 1, frames)
    energies(bins, plan.halves, energy)
    expected = np.abs(np.fft.rfft(frames.astype(np.float64), axis=0)) ** 2
    ours = energy.reshape(expected.shape)
    assert_allclose(ours, expected, rtol=0, atol=tolerance * expected.max())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_fft", [120, 512, 540])
def test_a_frame_does_not_hear_its_neighbours(rng, dtype, n_fft):
    """Whichever place in a group it has, and whoever the others are."""
    x = rng.standard_normal(40 * n_fft).astype(dtype)
    options = {"window": np.hanning(n_fft), "hop_length": n_fft, "center": False}
    for t, row in enumerate(spectrum(x, **options)):
        alone = np.zeros_like(x)
        alone[t * n_fft : (t + 1) * n_fft] = x[t * n_fft : (t + 1) * n_fft]
        assert_array_equal(spectrum(alone, **options)[t], row)
        assert_array_equal(spectrum(x[t * n_fft : (t + 1) * n_fft], **options)[0], row)


@pytest.mark.parametrize("length", [7, 11, 22, 8190])
def test_lengths_without_a_plan(length):
    assert plan_of(length, np.dtype(np.float32)) is None


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_times", [1, 50, 300, 2000])
@pytest.mark.parametrize("start", [-400, -70, 0, 13, 250])
@pytest.mark.parametrize("n_samples", [1, 15, 16, 17, 100])
def test_cut_and_from_lanes(rng, dtype, n_times, start, n_samples):
    x = rng.standard_normal(n_times).astype(dtype)
    width, hop_length = width_of(dtype), 37
    group, room = (group_room(n_samples, x) for _ in range(2))
    cut(x, start, hop_length, n_samples, group, room)
    padded = np.pad(x, (500, 2000))
    starts = 500 + start + hop_length * np.arange(width)
    frames = padded[starts[:, None] + np.arange(n_samples)]
    assert_array_equal(group.reshape(n_samples, width).T, frames)

    for first, n_rows in ((0, width), (3, width + 3), (width, width + 2)):
        rows = np.full((n_rows, n_samples), np.nan, dtype)
        from_lanes(group, rows, first)
        expected = np.full_like(rows, np.nan)
        expected[first : first + width] = frames[: n_rows - first]
        assert_array_equal(rows, expected)

    weights = rng.standard_normal(n_samples).astype(dtype)
    weigh(group, weights)
    assert_array_equal(group.reshape(n_samples, width).T, frames * weights)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_fft", [14, 360, 400, 512, 1080, 8192, 8196, 16384])
def test_spectra_of_all_lengths(rng, dtype, n_fft):
    """With a plan and without one."""
    x = rng.standard_normal(20000).astype(dtype)
    window = np.hanning(n_fft)
    ours = spectrum(x, window=window, hop_length=500)
    expected = reference(x.astype(np.float64), window=window, hop_length=500)
    tolerance = 8 * np.finfo(dtype).eps * expected.max()
    assert_allclose(ours, expected, rtol=0, atol=tolerance)


def test_arrays_with_gaps_are_refused():
    from numba import njit

    read = njit(lambda x: load(x, 0) + load(x, 1))
    with pytest.raises(TypingError, match="flat contiguous"):
        read(np.zeros((4, 64), np.float32)[:, ::2])
