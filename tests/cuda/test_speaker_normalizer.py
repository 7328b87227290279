"""SpeakerNormalizer on tables of a GPU: it works there, and remembers speakers on the host."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from sertools import SpeakerNormalizer


@pytest.fixture
def table(rng):
    """Rows, labels and speakers, of whom one has few rows and some rows have none."""
    labels = np.arange(200) % 4
    groups = np.repeat(["ann", "bob", "eve", ""], [90, 90, 8, 12])
    voices = {"ann": 3.0, "bob": -2.0, "eve": 1.0, "": 0.0}
    centers = [voices[group] + label for group, label in zip(groups, labels, strict=True)]
    return rng.normal(np.array(centers)[:, None], size=(200, 6)), labels, groups


@pytest.mark.filterwarnings("ignore:1 of . speakers show too little")
@pytest.mark.parametrize("n_columns", [6, 2], ids=["all", "some"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("fitted", ["there", "here"])
def test_it_gives_the_same_there(on_gpu, table, fitted, dtype, n_columns):
    X, y, groups = table
    X = X[:, :n_columns].astype(dtype)
    names = np.char.replace(groups, "bob", "new")
    here = SpeakerNormalizer().fit(X, y, groups)
    expected = here.transform(X, names)
    with on_gpu() as cupy:
        there = SpeakerNormalizer().fit(cupy.asarray(X), cupy.asarray(y), groups)
        normalizer = {"there": there, "here": here}[fitted]
        result = normalizer.transform(cupy.asarray(X), names)
        alone = normalizer.enroll(cupy.asarray(X)).transform(cupy.asarray(X[:1]))
        assert isinstance(result, cupy.ndarray)
        assert isinstance(alone, cupy.ndarray)
    assert result.dtype == dtype
    np.testing.assert_allclose(result.get(), expected, atol=1e-5)


def test_a_pickle_of_it_works_without_a_gpu(on_gpu, table):
    X, y, groups = table
    with on_gpu() as cupy:
        normalizer = SpeakerNormalizer(prior=2).fit(cupy.asarray(X), y, groups)
        kept = pickle.dumps(normalizer.enroll(cupy.asarray(X)))
    assert b"cupy" not in kept
    loaded = pickle.loads(kept)
    expected = SpeakerNormalizer(prior=2).fit(X, y, groups)
    np.testing.assert_allclose(loaded.transform(X, groups), expected.transform(X, groups))
    np.testing.assert_allclose(loaded.transform(X), expected.enroll(X).transform(X))


@pytest.mark.parametrize("has_speakers", [True, False])
def test_what_it_is_fitted_on_stays_there(on_gpu, table, has_speakers):
    X, y, groups = table
    groups = groups if has_speakers else None
    expected = SpeakerNormalizer(prior=2).fit_transform(X, y, groups)
    with on_gpu() as cupy:
        rows, labels = cupy.asarray(X), cupy.asarray(y)
        result = SpeakerNormalizer(prior=2).fit_transform(rows, labels, groups)
    np.testing.assert_allclose(result.get(), expected)
