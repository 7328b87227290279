"""Frames: how many, where, and what fills the ends."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertools.core.framing import frame


@given(
    n_times=st.integers(1, 500),
    half=st.integers(1, 64),
    hop=st.integers(1, 100),
    center=st.booleans(),
)
def test_the_frames_of_librosa(n_times, half, hop, center):
    x = np.arange(1.0, n_times + 1)
    frames = frame(x, frame_length=2 * half, hop_length=hop, center=center)
    padded = np.pad(x, half) if center else x
    if len(padded) >= 2 * half:
        theirs = librosa.util.frame(padded, frame_length=2 * half, hop_length=hop).T
        np.testing.assert_array_equal(frames, theirs)
    if center:
        assert len(frames) == 1 + n_times // hop


def test_a_short_clip_has_one_frame():
    frames = frame(np.ones(3), frame_length=8, hop_length=4, center=False)
    np.testing.assert_array_equal(frames, [[1, 1, 1, 0, 0, 0, 0, 0]])


def test_frames_are_a_view():
    x = np.zeros(100)
    assert np.shares_memory(frame(x, frame_length=8, hop_length=4, center=False), x)


def test_edge_padding():
    frames = frame(np.array([3.0, 5.0]), frame_length=4, hop_length=2, pad_mode="edge")
    np.testing.assert_array_equal(frames, [[3, 3, 3, 5], [3, 5, 5, 5]])


def test_odd_frames_are_refused():
    with pytest.raises(ValueError, match="frame_length=511 is odd.*take 512"):
        frame(np.zeros(9), frame_length=511, hop_length=4)
