"""FeatureScaler: recordings set the scale, copies do not, and nothing lies beyond the limit."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import config_context
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sertools import (
    AcousticExtractor,
    AugmentedClassifier,
    Augmenter,
    FeatureScaler,
    Speed,
    make_corpus,
)


@pytest.fixture
def table(rng):
    return rng.normal(3, [1, 5, 0.1], (200, 3))


def test_without_a_limit_it_is_a_standard_scaler(table):
    expected = StandardScaler().fit_transform(table)
    np.testing.assert_allclose(FeatureScaler(limit=None).fit_transform(table), expected)


def test_features_end_at_the_limit(table):
    plain = FeatureScaler(limit=None).fit_transform(table)
    scaler = FeatureScaler(limit=1.5).fit(table)
    np.testing.assert_array_equal(scaler.transform(table), plain.clip(-1.5, 1.5))
    assert np.abs(plain).max() > 1.5
    np.testing.assert_array_equal(scaler.transform(1e9 * table[:1]), 1.5)


def test_copies_count_for_nothing(table):
    copies = np.arange(len(table)) % 3
    scaler = FeatureScaler().fit(np.where(copies[:, None] == 0, table, 1e6 * table), copies=copies)
    recordings = FeatureScaler().fit(table[copies == 0])
    np.testing.assert_array_equal(scaler.mean_, recordings.mean_)
    np.testing.assert_array_equal(scaler.scale_, recordings.scale_)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_is_zero_and_the_precision_stays(table, dtype):
    table = np.hstack([table, np.full((200, 1), 0.1)]).astype(dtype)
    scaled = FeatureScaler().fit_transform(table)
    assert scaled.dtype == dtype
    assert np.abs(scaled[:, 3]).max() < 1e-6


def test_what_is_given_stays_what_it_is(table):
    before = table.copy()
    FeatureScaler().fit_transform(table)
    np.testing.assert_array_equal(table, before)


@pytest.mark.parametrize("routing", [False, True])
def test_augmented_classifiers_say_what_is_a_copy(routing):
    corpus = make_corpus(n_speakers=2, n_per_speaker=6)
    with config_context(enable_metadata_routing=routing):
        features, scaler = AcousticExtractor(), FeatureScaler()
        model = AugmentedClassifier(
            make_pipeline(features, scaler, GaussianNB()), Augmenter([Speed(1.3)], p=1)
        ).fit(corpus.X, corpus.y)
    expected = FeatureScaler().fit(features.fit_transform(corpus.X))
    np.testing.assert_allclose(model.estimator_[1].mean_, expected.mean_, rtol=1e-6)


def test_only_copies(table):
    with pytest.raises(ValueError, match="copies are all above 0"):
        FeatureScaler().fit(table, copies=np.ones(len(table), dtype=int))


def test_copies_of_another_length(table):
    with pytest.raises(ValueError, match="copies"):
        FeatureScaler().fit(table, copies=[0, 1])


def test_copies_are_numbers(table):
    with pytest.raises(ValueError, match="give numbers, 0 for a recording"):
        FeatureScaler().fit(table, copies=["0"] * len(table))


def test_numbers_whose_squares_overflow():
    with pytest.raises(ValueError, match=r"Columns 1 of X .* take their logarithm"):
        FeatureScaler().fit([[1.0, 1e200], [2.0, 2e200]])
