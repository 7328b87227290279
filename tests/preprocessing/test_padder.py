"""Padder: one length, learnt once."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from sertools import Padder
from sertools.preprocessing import Clips


def clips_of(*lengths, dtype=np.float64):
    return [np.arange(1, n + 1, dtype=dtype) for n in lengths]


@pytest.mark.parametrize(
    ("duration", "n_samples"), [("max", 7), ("median", 3), (0.5, 5), (1e-9, 1), (1, 10)]
)
def test_the_length(duration, n_samples):
    padder = Padder(duration=duration, sr=10).fit(clips_of(2, 7, 3))
    assert padder.n_samples_ == n_samples
    assert padder.transform(clips_of(1, 20)).shape == (2, n_samples)


def test_new_clips_get_the_fitted_length():
    padder = Padder().fit(clips_of(3, 2))
    np.testing.assert_array_equal(padder.transform(clips_of(5, 1)), [[1, 2, 3], [1, 0, 0]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("mode", ["constant", "reflect", "wrap"])
def test_type_and_layout(dtype, mode):
    padded = Padder(mode=mode).fit_transform(clips_of(3, 2, dtype=dtype))
    assert padded.dtype == dtype
    assert padded.flags.c_contiguous


@pytest.mark.parametrize("align", ["start", "center", "end"])
def test_a_list_an_array_and_single_clips_agree(align, rng):
    X = rng.normal(size=(4, 6))
    padder = Padder(duration=9, sr=1, align=align, mode="reflect").fit(X)
    together = padder.transform(X)
    np.testing.assert_array_equal(padder.transform(list(X)), together)
    for i in range(len(X)):
        np.testing.assert_array_equal(padder.transform(X[i : i + 1])[0], together[i])


def test_the_result_is_the_callers_own():
    X = np.ones((2, 3))
    padded = Padder().fit_transform(X)
    padded[:] = 7
    assert (X == 1).all()


def test_pcm_is_scaled():
    padded = Padder().fit_transform([np.array([2**14], dtype=np.int16)])
    np.testing.assert_array_equal(padded, [[0.5]])


def test_in_a_grid_search(rng):
    X = [np.full(n, i % 2, dtype=float) for i, n in enumerate(rng.integers(20, 40, 30))]
    y = np.array(["low", "high"])[np.arange(30) % 2]
    pipeline = make_pipeline(Padder(sr=10), KNeighborsClassifier(3))
    grid = {"padder__duration": ["max", "median", 2.5], "padder__mode": ["constant", "wrap"]}
    search = GridSearchCV(pipeline, grid, cv=3, error_score="raise").fit(X, y)
    assert search.best_score_ == 1.0


def test_another_rate_is_refused():
    with pytest.raises(ValueError, match="8000 Hz and Padder works at 16000 Hz"):
        Padder().fit(Clips(clips_of(3), sr=8000))
    padder = Padder().fit(clips_of(3))
    with pytest.raises(ValueError, match="8000 Hz"):
        padder.transform(Clips(clips_of(3), sr=8000))


def test_not_fitted():
    with pytest.raises(NotFittedError):
        Padder().transform(clips_of(3))


@pytest.mark.parametrize(
    "bad", [{"duration": 0}, {"duration": -1.0}, {"duration": "mean"}, {"sr": 0}, {"sr": -5},
            {"align": "left"}, {"mode": "edge"}]
)  # fmt: skip
def test_parameters(bad):
    (name,) = bad
    with pytest.raises(ValueError, match=f"The '{name}' parameter of Padder must be"):
        Padder(**bad).fit(clips_of(3))
