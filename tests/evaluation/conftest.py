"""Tables of made-up speakers, and classifiers that tell what they were given."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

N_SPEAKERS, N_CLIPS = 8, 12


class Spy(ClassifierMixin, BaseEstimator):
    """The nearest mean of a class; remembers what every fit was given."""

    fits: ClassVar = []

    def __init__(self, scale=1.0):
        self.scale = scale

    def fit(self, X, y, groups=None):
        Spy.fits.append({"rows": X[:, -1].astype(int), "groups": groups, "scale": self.scale})
        self.classes_ = np.unique(y)
        self.means_ = np.stack([X[y == label, :-1].mean(axis=0) for label in self.classes_])
        return self

    def decide(self, X):
        return -((X[:, None, :-1] - self.scale * self.means_) ** 2).sum(axis=2)

    def predict(self, X):
        return self.classes_[self.decide(X).argmax(axis=1)]


@pytest.fixture
def spy():
    Spy.fits = []
    return Spy()


@pytest.fixture
def table(rng):
    """Rows whose last column is their number, labels, and speakers."""
    y = np.tile(["angry", "happy", "sad"], N_SPEAKERS * N_CLIPS // 3)
    groups = np.repeat([f"s{i}" for i in range(N_SPEAKERS)], N_CLIPS)
    means = rng.normal(size=(3, 4))
    X = means[np.unique(y, return_inverse=True)[1]] + rng.normal(0, 0.8, (len(y), 4))
    return np.column_stack([X, np.arange(len(y))]), y, groups
