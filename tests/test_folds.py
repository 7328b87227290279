"""Splits inside a fit: whole speakers, every class in training, every row tested once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertools._folds import inner_folds, number_of_folds


@st.composite
def rows(draw):
    """Codes of classes, each of which is there, and speakers of the rows or None."""
    n_classes = draw(st.integers(2, 4))
    codes = [*range(n_classes), *draw(st.lists(st.integers(0, n_classes - 1), max_size=30))]
    speakers = st.lists(st.integers(0, 6), min_size=len(codes), max_size=len(codes))
    return np.array(codes), draw(st.none() | speakers.map(np.array))


@given(rows(), st.integers(2, 8))
def test_folds_of_any_rows(rows, n_folds):
    codes, groups = rows
    units = np.arange(len(codes)) if groups is None else groups
    if min(len(set(units[codes == code])) for code in codes) < 2:
        with pytest.raises(ValueError, match=r"one side: \d is of 1 "):
            inner_folds(codes, groups, n_folds, 0)
        return
    folds = inner_folds(codes, groups, n_folds, 0)
    tested = np.concatenate([test for _, test in folds])
    np.testing.assert_array_equal(np.sort(tested), np.arange(len(codes)))
    for train, test in folds:
        np.testing.assert_array_equal(np.sort([*train, *test]), np.arange(len(codes)))
        assert not set(units[train]) & set(units[test])
        assert set(codes[train]) == set(codes)
        assert len(test)


@pytest.mark.parametrize(
    ("share", "n_folds"),
    [(0.1, 10), (0.2, 5), (0.3, 3), (0.4, 3), (0.42, 2), (0.5, 2), (0.01, 100)],
)
def test_the_fold_nearest_to_a_share(share, n_folds):
    assert number_of_folds(share) == n_folds


def test_every_fold_has_its_share_of_every_class():
    codes = np.repeat([0, 1, 2], [10, 20, 30])
    for _, test in inner_folds(codes, None, 5, 0):
        np.testing.assert_array_equal(np.bincount(codes[test]), [2, 4, 6])


@pytest.mark.parametrize(("n_folds", "n_found"), [(2, 2), (3, 3), (8, 3)])
def test_a_class_of_few_speakers_makes_few_folds(n_folds, n_found):
    groups = np.repeat(np.arange(10), 2)
    codes = np.tile([0, 1], 10)
    codes[groups > 2] = 0
    assert len(inner_folds(codes, groups, n_folds, 0)) == n_found


def test_speakers_who_lack_classes_may_each_be_a_fold():
    """Two speakers on one side leave the other with one, who lacks a class."""
    codes = np.array([0, 1, 1, 2, 2, 0])
    groups = np.array(["ann", "ann", "bob", "bob", "cid", "cid"])
    held_out = [set(groups[test]) for _, test in inner_folds(codes, groups, 5, 0)]
    assert sorted(held_out, key=min) == [{"ann"}, {"bob"}, {"cid"}]


@pytest.mark.parametrize("groups", [None, np.repeat(np.arange(20), 2)], ids=["clips", "speakers"])
def test_the_seed_decides(groups):
    codes = np.tile([0, 1], 20)

    def tested(seed):
        return [test.tolist() for _, test in inner_folds(codes, groups, 4, seed)]

    assert tested(1) == tested(1)
    assert tested(1) != tested(2)


@pytest.mark.parametrize(("groups", "kind"), [(None, "clip"), (np.arange(5) // 2, "speaker")])
@pytest.mark.parametrize("dtype", [str, object])
def test_a_refusal_says_what_there_is_too_little_of(groups, kind, dtype):
    labels = np.array(["sad"] * 4 + ["calm"], dtype=dtype)
    with pytest.raises(ValueError, match=f"keeps every {kind} .* 'calm' is of 1 {kind}"):
        inner_folds(labels, groups, 3)
