"""ToDevice: values, types and containers stay; only the home changes."""

from __future__ import annotations

import numpy as np
import pytest

from sertools import ToDevice, gpu_status
from sertools.preprocessing import Clips


@pytest.mark.parametrize(
    "X",
    [np.zeros((2, 3), dtype=np.int16), np.zeros((2, 3, 4), dtype=np.float32), np.array([[np.nan]])],
    ids=["pcm", "frames", "a table with NaN"],
)
def test_arrays(X):
    moved = ToDevice("cpu").fit_transform(X)
    assert moved.dtype == X.dtype
    np.testing.assert_array_equal(moved, X)


def test_lists_keep_their_rate():
    clips = Clips([np.zeros(3, np.int16), np.zeros(5, np.int16)], sr=8000)
    moved = ToDevice("cpu").fit_transform(clips)
    assert moved.sr == 8000
    assert [clip.dtype for clip in moved] == [np.int16, np.int16]


@pytest.mark.skipif(gpu_status().usable, reason="there is a GPU to use")
def test_a_gpu_that_is_missing_is_an_error_with_the_reason():
    with pytest.raises(RuntimeError, match="device='cuda' was asked for and cannot be used"):
        ToDevice().fit([np.zeros(3)])
    with pytest.raises(RuntimeError, match="cannot be used"):
        ToDevice().transform([np.zeros(3)])


def test_an_unknown_device():
    with pytest.raises(ValueError, match="device='gpu' is unknown"):
        ToDevice("gpu").fit([np.zeros(3)])


@pytest.mark.parametrize(
    "X", [[np.zeros(3), None], [np.zeros(2), [1.0, 2.0]], Clips(["a"])], ids=repr
)
def test_items_that_are_no_arrays(X):
    with pytest.raises(TypeError, match="others are arrays"):
        ToDevice("cpu").fit(X)


def test_an_empty_list():
    with pytest.raises(ValueError, match="0 clips"):
        ToDevice("cpu").fit([])


def test_text_is_refused():
    with pytest.raises(ValueError, match="Item 1 of X is of type <U1"):
        ToDevice("cpu").fit_transform([np.zeros(3), np.array(["a"])])


@pytest.mark.gpu
def test_to_the_gpu():
    clips = [np.arange(4, dtype=np.int16)]
    (there,) = ToDevice("cuda").fit_transform(clips)
    assert type(there).__module__.startswith("cupy")
    (back,) = ToDevice("cpu").fit_transform([there])
    np.testing.assert_array_equal(back, clips[0])
