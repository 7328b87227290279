"""Clips, tables and frames: what counts as some, what becomes of them, and every refusal."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sertools import Padder
from sertools._validation import (
    Clips,
    check_clips,
    check_frames,
    check_sample_rate,
    check_table,
    name_some,
    warn_user,
)


def checked(X, estimator=None):
    return check_clips(estimator or Padder(), X, reset=True)


class TestContainers:
    def test_an_array_stays_an_array_and_sets_the_width(self, rng):
        estimator = Padder()
        block = checked(rng.normal(size=(3, 8)), estimator)
        assert isinstance(block, np.ndarray)
        assert estimator.n_features_in_ == 8

    @pytest.mark.parametrize("container", [list, tuple, Clips, pd.Series])
    def test_a_list_stays_a_list_and_sets_no_width(self, container):
        estimator = Padder()
        clips = checked(container([np.zeros(3), np.zeros(5)]), estimator)
        assert isinstance(clips, Clips)
        assert [len(clip) for clip in clips] == [3, 5]
        assert not hasattr(estimator, "n_features_in_")

    def test_an_object_array_of_clips_is_a_list(self):
        X = np.empty(2, dtype=object)
        X[:] = [np.zeros(3), np.zeros(5)]
        assert [len(clip) for clip in checked(X)] == [3, 5]

    def test_a_list_forgets_the_width_of_an_earlier_fit(self):
        estimator = Padder().fit(pd.DataFrame({"a": [1.0], "b": [2.0]}))
        assert estimator.n_features_in_ == 2
        estimator.fit([np.zeros(3)])
        assert not hasattr(estimator, "n_features_in_")
        assert not hasattr(estimator, "feature_names_in_")

    def test_lists_of_numbers_are_a_table(self):
        assert checked([[1, 2], [3, 4]]).shape == (2, 2)

    def test_an_array_of_another_width_is_told_the_way_out(self):
        estimator = Padder().fit(np.zeros((2, 4)))
        with pytest.raises(ValueError, match=r"X has 3 features.*pass list\(X\)"):
            check_clips(estimator, np.zeros((2, 3)), reset=False)
        check_clips(estimator, list(np.zeros((2, 3))), reset=False)

    def test_a_list_carries_its_rate(self):
        clips = checked(Clips([np.zeros(3)], sr=8000))
        assert clips.sr == 8000
        assert clips[0:1].sr == 8000
        assert pickle.loads(pickle.dumps(clips)).sr == 8000

    def test_another_rate_is_refused(self):
        clips = Clips([np.zeros(3)], sr=44100)
        check_sample_rate(Padder(), clips, 44100)
        check_sample_rate(Padder(), list(clips), 16000)
        with pytest.raises(ValueError, match=r"44100 Hz and Padder works at 16000 Hz"):
            check_sample_rate(Padder(), clips, 16000)


class TestSampleTypes:
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_floats_are_kept_without_a_copy(self, dtype):
        block = np.zeros((2, 3), dtype=dtype)
        assert np.shares_memory(checked(block), block)
        clip = np.zeros(3, dtype=dtype)
        assert np.shares_memory(checked([clip])[0], clip)

    @pytest.mark.parametrize(
        ("dtype", "full"), [("int16", 2**15), (">i2", 2**15), ("int32", 2**31)]
    )
    @pytest.mark.parametrize("as_list", [True, False])
    def test_pcm_is_scaled_by_its_full_scale(self, dtype, full, as_list):
        pcm = np.array([[-full, 0, full // 2]], dtype=dtype)
        clip = checked(list(pcm) if as_list else pcm)[0]
        assert clip.dtype == np.float32
        np.testing.assert_array_equal(clip, [-1.0, 0.0, 0.5])

    @pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "float16", "bool"])
    def test_other_numbers_become_float32(self, dtype):
        clip = checked([np.array([0, 1], dtype=dtype)])[0]
        assert clip.dtype == np.float32
        np.testing.assert_array_equal(clip, [0, 1])

    def test_big_endian_floats(self):
        clip = checked([np.array([0.25], dtype=">f4")])[0]
        assert clip.dtype.isnative
        assert clip[0] == 0.25

    @given(hnp.arrays(np.int16, st.tuples(st.integers(1, 4), st.integers(1, 20))))
    def test_a_list_and_an_array_give_the_same(self, pcm):
        np.testing.assert_array_equal(np.stack(checked(list(pcm))), checked(pcm))

    def test_extremes_are_valid(self):
        huge = np.full(4, 1e10, dtype=np.float32)  # each may be, their squares look as if not
        for clip in (np.zeros(5), np.ones(1), np.full(3, 1e-310), huge):
            np.testing.assert_array_equal(checked([clip])[0], clip)

    def test_fortran_order_and_read_only(self, rng):
        X = np.asfortranarray(rng.normal(size=(3, 4)))
        X.setflags(write=False)
        block = checked(X)
        assert block.flags.c_contiguous
        np.testing.assert_array_equal(block, X)


def nan_at(shape, where):
    X = np.zeros(shape)
    X[where] = np.nan
    return X


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([], "0 clips"),
        (Clips([]), "0 clips"),
        (np.zeros((2, 3), dtype="datetime64[s]"), "datetime64"),
        (np.zeros((0, 4)), "0 sample"),
        (np.zeros((4, 0)), "0 feature"),
        ([np.zeros(3), np.zeros(0)], "Clip 1 of X is empty"),
        (np.zeros(5), "pass \\[X\\]"),
        (np.float64(3), "Expected 2D array"),
        (np.zeros((2, 2, 4)), r"\(2, 2, 4\).*channels"),
        ([np.zeros(3), np.zeros((2, 3))], r"Clip 1 of X has shape \(2, 3\).*mono"),
        (np.zeros((2, 3), dtype=complex), "Complex data not supported"),
        ([np.zeros(3, dtype=complex)], "Complex data not supported"),
        ([np.array(["a", "b"])], "type <U1"),
        (["a.wav", "b.wav"], "AudioReader"),
        (np.array(["a.wav", "b.wav"]), "AudioReader"),
        ([[1.0, 2.0], [3.0]], "different lengths"),
        (
            nan_at((3, 9), (1, 7)),
            "^Clip 1 of X contains NaN.* first is NaN in clip 1 at sample 7",
        ),
        (list(nan_at((3, 9), (1, 7))), "the first is NaN in clip 1 at sample 7"),
        ([np.array([0.0, np.inf]), np.array([np.nan])], "Clips 0, 1 of X .* inf in clip 0"),
        ([np.zeros(2), np.array([0.0, -1e11])], "Clip 1 of X .* first is -1e[+]11 in clip 1"),
        ([np.array([0, 10**12])], "first is 1e[+]12 in clip 0 at sample 1"),
        (np.full((2, 3), 1e30, dtype=np.float32), "Clips 0, 1 of X .* first is 1e[+]30 in clip 0"),
        (
            [np.zeros(3), np.zeros(3, np.float32)],
            "clip 0 is numpy float64, clip 1 is numpy float32",
        ),
        ([np.zeros(3, np.int16), np.zeros(3)], "several types"),
    ],
)
def test_refusals(X, message):
    with pytest.raises(ValueError, match=message):
        checked(X)


class Tensor:
    """Stands for an array of another library."""

    def __array__(self, dtype=None, copy=None):
        return np.zeros(3)


@pytest.mark.parametrize("container", [{"a": np.ones(9)}, {1, 2}, frozenset()], ids=repr)
def test_what_has_no_order(container):
    with pytest.raises(TypeError, match="pass a list of its clips or recordings"):
        checked(container)


def test_arrays_of_another_library():
    with pytest.raises(TypeError, match="Tensor objects: make them arrays"):
        checked([Tensor(), Tensor()])


def test_clips_remember_their_rate():
    clips = Clips([np.full(i, 0.5) for i in (1, 2, 3)], sr=8000)
    assert [len(clip) for clip in clips[[2, 0]]] == [3, 1]
    assert [len(clip) for clip in clips[np.array([True, False, True])]] == [1, 3]
    assert clips[[2, 0]].sr == clips.copy().sr == (clips + [np.zeros(1)]).sr == 8000
    assert (Clips([np.zeros(1)]) + clips).sr == 8000
    assert repr(clips) == "Clips(3 clips, sr=8000)"
    with pytest.raises(ValueError, match="8000 Hz and at 16000 Hz"):
        clips + Clips([np.zeros(1)], sr=16000)
    with pytest.raises(ValueError, match="make no one list"):
        clips += Clips([np.zeros(1)], sr=16000)
    with pytest.raises(ValueError, match="make no one list"):
        clips.extend(Clips([np.zeros(1)], sr=16000))
    clips += [np.zeros(2)]
    assert (len(clips), clips.sr) == (4, 8000)


def test_labels_of_rows_go_along_as_long_as_the_rows_do():
    clips = Clips(np.eye(3), sr=8000, row_labels=pd.Index(["c", "a", "b"]))
    assert list(clips[[2, 0]].row_labels) == ["b", "c"]
    assert list(clips[np.array([False, True, True])].row_labels) == ["a", "b"]
    assert list(clips[:-1].row_labels) == ["c", "a"]
    assert list(clips.copy().row_labels) == ["c", "a", "b"]
    again = pickle.loads(pickle.dumps(clips))
    assert (list(again.row_labels), again.sr) == (["c", "a", "b"], 8000)
    assert (clips + clips).row_labels is None
    again.append(np.ones(2))
    assert again[:2].row_labels is None
    clips.extend([np.ones(2)])
    assert clips.row_labels is None


def test_clips_of_either_byte_order_are_one_type():
    clips = checked([np.zeros(2, "<f4"), np.ones(2, ">f4")])
    assert [clip.dtype for clip in clips] == [np.float32, np.float32]


def test_a_path_among_arrays():
    with pytest.raises(TypeError, match="Clip 1 of X is a str"):
        checked([np.zeros(3), "a.wav"])


def test_name_some():
    assert name_some([1, 2]) == "1, 2"
    assert name_some(range(12)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"


class TestTables:
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_of_floats_are_kept_without_a_copy(self, dtype):
        table = np.zeros((2, 3), dtype=dtype)
        assert np.shares_memory(check_table(Padder(), table, reset=True), table)

    @pytest.mark.parametrize(
        "X",
        [
            np.array([[1, 0]], dtype=np.float16),
            np.array([[1, 0]], dtype=object),
            np.array([[True, False]]),
            [[1, 0]],
            pd.DataFrame({"a": [1], "b": [False]}),
        ],
        ids=["half", "objects", "bool", "list", "frame"],
    )
    def test_of_all_else_become_float64(self, X):
        table = check_table(Padder(), X, reset=True)
        assert table.dtype == np.float64
        np.testing.assert_array_equal(table, [[1, 0]])

    def test_have_a_width_and_names_that_are_held_to(self):
        estimator = Padder()
        check_table(estimator, pd.DataFrame({"a": [1.0], "b": [2.0]}), reset=True)
        assert estimator.feature_names_in_.tolist() == ["a", "b"]
        with pytest.raises(ValueError, match="feature names should match"):
            check_table(estimator, pd.DataFrame({"b": [1.0], "a": [2.0]}), reset=False)
        check_table(estimator, np.zeros((1, 2)), reset=True)
        with pytest.raises(ValueError, match="X has 3 features, but Padder is expecting 2"):
            check_table(estimator, np.zeros((1, 3)), reset=False)

    def test_may_have_gaps_if_told(self):
        X = nan_at((3, 2), (1, 1))
        np.testing.assert_array_equal(check_table(Padder(), X, reset=True, allow_nan=True), X)
        words = r"contains NaN in 1 of 3 rows \(1\) and 1 of 2 columns \({}\), and Padder does not"
        for table, column in ((X, 1), (pd.DataFrame(X, columns=["a", "b"]), "b"), (X.tolist(), 1)):
            with pytest.raises(ValueError, match=words.format(column) + ".*SimpleImputer"):
                check_table(Padder(), table, reset=True)

    @pytest.mark.parametrize("allow_nan", [False, True])
    def test_are_finite(self, allow_nan):
        words = r"contains infinity in 1 of 2 rows \(0\) and 1 of 2 columns \(1\), .* rows out\.$"
        with pytest.raises(ValueError, match=words):
            check_table(Padder(), np.array([[0, np.inf], [1, 1]]), reset=True, allow_nan=allow_nan)

    def test_may_come_row_by_row(self):
        rows = [np.zeros(3), np.ones(3)]
        np.testing.assert_array_equal(check_table(Padder(), rows, reset=True), np.stack(rows))

    @pytest.mark.parametrize(
        ("X", "begins"),
        [
            ([np.zeros(3), np.zeros(5)], "X is a list of arrays, clips or frames"),
            (pd.Series([np.zeros(3)]), "X is a list of arrays, clips or frames"),
            ([np.zeros((2, 3))], "X is a list of arrays, clips or frames"),
            (np.zeros((4, 2, 3)), r"Found array with dim 3, frames of shape \(4, 2, 3\)"),
            (["a.wav"], "X holds recordings or text"),
            (pd.Series([Path("a.wav")]), "X holds recordings or text"),
            ("a.wav", "X holds recordings or text"),
            (Path("a.wav"), "X holds recordings or text"),
        ],
    )
    def test_are_no_clips_and_no_recordings(self, X, begins):
        way_out = r"Padder takes a table .* put an extractor with stats before it, such as Acoustic"
        with pytest.raises(ValueError, match=f"^{begins}, and {way_out}"):
            check_table(Padder(), X, reset=True)

    @pytest.mark.parametrize(
        ("X", "column"),
        [
            ([[1, "a"]], 1),
            (np.array([["a"]]), 0),
            (pd.DataFrame({"f0": [1], "speaker": ["a"]}), "speaker"),
            (pd.DataFrame({"f0": [1], "speaker": ["a"]}, dtype=object), "speaker"),
        ],
    )
    def test_hold_no_text(self, X, column):
        words = rf"X holds text in columns {column} \(.*'a'.* takes numbers: leave such"
        with pytest.raises(ValueError, match=words):
            check_table(Padder(), X, reset=True)

    @pytest.mark.parametrize("shape", [(), (3,), (0, 3), (3, 0)])
    def test_have_rows_and_columns(self, shape):
        with pytest.raises(ValueError, match="Expected 2D array|Found array with 0"):
            check_table(Padder(), np.zeros(shape), reset=True)


class TestFrames:
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_of_floats_are_kept_without_a_copy(self, dtype):
        block = np.zeros((4, 2, 3), dtype=dtype)
        assert np.shares_memory(check_frames(Padder(), block, reset=True), block)
        for frames in ([block[0], block[1][:, :1]], [block[0, 0], block[0, 1, :2]]):
            found = check_frames(Padder(), frames, reset=True)
            assert all(map(np.shares_memory, found, frames))

    @pytest.mark.parametrize("dtype", ["int16", "int64", "float16", "bool", ">f4"])
    def test_of_other_numbers_become_floats_of_the_same_values(self, dtype):
        block = np.array([[[0, 1, 1]]], dtype=dtype)
        for frames in (block, list(block)):
            found = check_frames(Padder(), frames, reset=True)
            assert found[0].dtype == np.float32
            assert found[0].dtype.isnative
            np.testing.assert_array_equal(found[0], block[0])

    @pytest.mark.parametrize(
        "X",
        [
            [np.zeros((2, 3)), np.zeros((2, 5))],
            (np.zeros((2, 3)), np.zeros((2, 5))),
            pd.Series([np.zeros((2, 3)), np.zeros((2, 5))]),
            [np.zeros((2, 3)).tolist(), np.zeros((2, 5)).tolist()],
            [[np.zeros(3), np.zeros(3)], [np.zeros(5), np.zeros(5)]],
        ],
        ids=["list", "tuple", "series", "lists", "lists of channels"],
    )
    def test_of_several_lengths_are_a_list(self, X):
        estimator = Padder()
        found = check_frames(estimator, X, reset=True)
        assert isinstance(found, list)
        assert [clip.shape for clip in found] == [(2, 3), (2, 5)]
        assert estimator.n_channels_in_ == 2

    @pytest.mark.parametrize(
        "X",
        [
            np.ones((2, 3)),
            np.ones((2, 3)).tolist(),
            pd.DataFrame(np.ones((2, 3)), columns=list("abc")),
            [np.ones(3), np.ones(3)],
            Clips([np.ones(3), np.ones(3)], sr=8000),
        ],
        ids=["array", "lists", "frame", "list", "clips"],
    )
    def test_of_one_channel_are_a_table_or_clips(self, X):
        estimator = Padder()
        found = check_frames(estimator, X, reset=True)
        np.testing.assert_array_equal(found, np.ones((2, 1, 3)))
        assert estimator.n_channels_in_ == 1

    def test_of_a_table_have_a_width_that_is_held_to(self):
        estimator = Padder()
        check_frames(estimator, pd.DataFrame({"a": [1.0], "b": [2.0]}), reset=True)
        assert estimator.feature_names_in_.tolist() == ["a", "b"]
        check_frames(estimator, np.zeros((1, 2)), reset=True)
        with pytest.raises(ValueError, match="X has 3 features, but Padder is expecting 2"):
            check_frames(estimator, np.zeros((1, 3)), reset=False)
        check_frames(estimator, [np.zeros(3), np.zeros(1)], reset=False)

    @pytest.mark.parametrize(
        "X", [np.zeros((2, 4, 3)), [np.zeros((4, 3)), np.zeros((4, 2))], [np.zeros(3), np.zeros(3)]]
    )
    def test_of_other_containers_have_none(self, X):
        estimator = Padder()
        check_frames(estimator, pd.DataFrame({"a": [1.0], "b": [2.0]}), reset=True)
        found = check_frames(estimator, X, reset=True)
        assert not hasattr(estimator, "n_features_in_")
        assert not hasattr(estimator, "feature_names_in_")
        check_frames(estimator, [clip[:, :1] for clip in found], reset=False)

    @pytest.mark.parametrize("X", [np.zeros((3, 2, 5)), [np.zeros((2, 5)), np.zeros((2, 4))]])
    def test_have_the_channels_of_the_fit(self, X):
        estimator = Padder()
        check_frames(estimator, X, reset=True)
        assert estimator.n_channels_in_ == 2
        wide = [clip.T[:4] for clip in X]
        words = (
            "Clip 0 of X has 4 channels, and Padder was fitted on 2: .*n_channels, n_frames.* "
            "Transpose them if the axes are the other way round"
        )
        with pytest.raises(ValueError, match=words):
            check_frames(estimator, wide, reset=False)
        with pytest.raises(ValueError, match="^X has 1 channels, and Padder was fitted on 2"):
            check_frames(estimator, np.zeros((3, 1, 5)), reset=False)

    @pytest.mark.parametrize(
        ("X", "message"),
        [
            ([np.zeros((2, 3)), np.zeros((4, 3))], "Clip 1 of X has 4 channels, and clip 0 has 2"),
            ([[[1, 2, 3], [1, 2]]], r"Clip 0 of X has channels of different lengths \(3, 2 frames"),
            ([np.zeros((2, 3)), [[1], [1, 2]]], "Clip 1 of X has channels of different lengths"),
            (
                list(nan_at((3, 2, 4), (1, 1, 3))),
                "^Clip 1 of X contains NaN or infinity, which Pad",
            ),
            (nan_at((3, 2, 4), (1, 1, 3)), "^Clip 1 of X contains NaN or infinity, which Pad"),
            ([np.zeros((1, 2)), np.array([[np.inf]])], "^Clip 1 of X contains NaN or infinity"),
            (nan_at((3, 4), (1, 3)), "Input X contains NaN"),
            (
                np.zeros((1, 2, 3, 4)),
                r"X has shape \(1, 2, 3, 4\), and Padder takes frames \(n_clip",
            ),
            ([np.zeros((2, 3, 4))], r"Clip 0 of X has shape \(2, 3, 4\), and Padder takes frames"),
            (
                [np.zeros((2, 3)), np.float64(1)],
                "Clip 1 of X is a float64, and Padder takes frames",
            ),
            (np.zeros((0, 2, 3)), r"X has shape \(0, 2, 3\): no axis .* is empty"),
            (np.zeros((3, 2, 0)), r"X has shape \(3, 2, 0\): no axis .* is empty"),
            ([np.zeros((2, 3)), np.zeros((2, 0))], r"Clip 1 of X has shape \(2, 0\)"),
            ([np.zeros((2, 3), dtype=complex)], "Complex data not supported"),
            (np.array([[["a"]]]), "type <U1"),
            (["a.wav", "b.wav"], r"recordings or text, and Padder .*: put AudioReader\(\) and an"),
            ([np.zeros((2, 3)), Path("a.wav")], "holds recordings or text"),
            ("a.wav", "holds recordings or text"),
            (np.zeros(5), "Expected 2D array"),
            ([], "X holds 0 clips"),
        ],
    )
    def test_are_refused(self, X, message):
        with pytest.raises((ValueError, TypeError), match=message):
            check_frames(Padder(), X, reset=True)


def test_a_warning_is_of_the_line_outside_that_led_to_it():
    library = {"__name__": "sertools.somewhere", "warn_user": warn_user}
    exec("def deep():\n    warn_user('here')\n\ndef shallow():\n    deep()", library)
    with pytest.warns(UserWarning, match="here") as caught:
        library["shallow"]()
    assert [warning.filename for warning in caught] == [__file__]
