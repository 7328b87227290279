"""SpeakerAdaptedClassifier on tables of a GPU: the answers of the CPU, on the host."""

from __future__ import annotations

import pickle

import numpy as np

from sertools import KernelRidgeClassifier, SpeakerAdaptedClassifier


def test_it_works_there_and_leaves_nothing_there(on_gpu, rng):
    y, groups = np.arange(160) % 2, np.repeat(["ann", "bob"], 80)
    X = rng.normal(3 * y[:, None] + np.repeat([4, -4], 80)[:, None], size=(160, 5))
    model = SpeakerAdaptedClassifier(KernelRidgeClassifier())
    expected = model.fit(X, y, groups=groups).predict_proba(X, groups)
    with on_gpu() as cupy:
        X, y, weights = (cupy.asarray(values) for values in (X, y, np.ones(160)))
        model.fit(X, y, sample_weight=weights, groups=groups)
        said = model.predict_proba(X, groups)
        alone = model.enroll(X[:80]).predict(X[:80])
    assert isinstance(said, np.ndarray)
    np.testing.assert_allclose(said, expected, atol=1e-6)
    np.testing.assert_array_equal(alone, said[:80].argmax(axis=1))
    assert b"cupy" not in pickle.dumps(model)


def test_it_learns_there_as_here(on_gpu, rng):
    y, groups = np.arange(160) % 2, np.repeat(["ann", "bob"], 80)
    X = rng.normal(3 * y[:, None] + np.repeat([4, -4], 80)[:, None], size=(160, 5))
    weights = np.ones(160)
    model = SpeakerAdaptedClassifier(KernelRidgeClassifier(), keep_training=True)
    new = X + 9, np.repeat(["cat", "dan"], 80)
    model.fit(X, y, weights, groups).self_train(*new)
    expected = model.predict_proba(*new)
    with on_gpu() as cupy:
        X, weights, there = cupy.asarray(X), cupy.asarray(weights), cupy.asarray(new[0])
        said = model.fit(X, y, weights, groups).self_train(there, new[1]).predict_proba(*new)
    np.testing.assert_allclose(said, expected, atol=1e-5)
    assert b"cupy" not in pickle.dumps(model)
