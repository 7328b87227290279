"""fit_with finds whoever consumes groups and sample_weight, and hands them to nobody else."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sertools._sklearn import _splits_by_group, fit_with


class Recorder(ClassifierMixin, BaseEstimator):
    """A classifier that remembers which metadata its fit was given."""

    def __init__(self, c=0):
        self.c = c

    def fit(self, X, y, sample_weight=None, groups=None):
        self.classes_ = np.unique(y)
        self.seen_ = {"groups": groups, "sample_weight": sample_weight}
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


@pytest.fixture
def data(rng):
    X = rng.normal(size=(12, 3))
    y = np.tile(["a", "b"], 6)
    return X, y, {"groups": np.repeat(range(4), 3), "sample_weight": rng.uniform(1, 2, 12)}


def test_a_consumer_gets_both(data):
    X, y, metadata = data
    assert fit_with(Recorder(), X, y, **metadata).seen_ == metadata


def test_none_is_not_handed_on(data):
    X, y, _ = data
    assert fit_with(Recorder(), X, y).seen_ == {"groups": None, "sample_weight": None}


def test_who_takes_nothing_gets_nothing(data):
    X, y, metadata = data
    fit_with(KNeighborsClassifier(2), X, y, **metadata)


def test_weights_matter_where_they_are_taken(data):
    X, y, metadata = data
    weighted = fit_with(LogisticRegression(), X, y, **metadata)
    by_hand = LogisticRegression().fit(X, y, sample_weight=metadata["sample_weight"])
    np.testing.assert_array_equal(weighted.coef_, by_hand.coef_)


def test_the_steps_of_nested_pipelines(data):
    X, y, metadata = data
    pipeline = make_pipeline("passthrough", PCA(2), make_pipeline(None, Recorder()))
    fit_with(pipeline, X, y, **metadata)
    assert pipeline[-1][-1].seen_ == metadata


def test_a_scaler_gets_the_weights_too(data):
    X, y, metadata = data
    pipeline = fit_with(make_pipeline(StandardScaler(), Recorder()), X, y, **metadata)
    expected = np.average(X, axis=0, weights=metadata["sample_weight"])
    np.testing.assert_allclose(pipeline[0].mean_, expected)


def test_a_search_splits_by_group_and_weights_its_estimator(data):
    X, y, metadata = data
    search = GridSearchCV(make_pipeline(Recorder()), {"recorder__c": [0, 1]}, cv=GroupKFold(4))
    fit_with(search, X, y, **metadata)
    seen = search.best_estimator_[-1].seen_
    np.testing.assert_array_equal(seen["sample_weight"], metadata["sample_weight"])
    assert seen["groups"] is None


def test_a_search_without_groups_is_not_given_any(data):
    X, y, metadata = data
    fit_with(GridSearchCV(Recorder(), {"c": [0]}, cv=2), X, y, groups=metadata["groups"])


@pytest.mark.parametrize("takes_groups", [True, False])
def test_a_splitter_of_ones_own_is_asked_by_its_signature(data, takes_groups):
    X, y, metadata = data
    seen = []

    class ByGroup:
        def split(self, X, y=None, groups=None):
            seen.append(groups)
            return iter([(range(6), range(6, 12))])

        def get_n_splits(self, X=None, y=None, groups=None):
            return 1

    class Plain(ByGroup):
        def split(self, X, y=None):
            return iter([(range(6), range(6, 12))])

    cv = ByGroup() if takes_groups else Plain()
    assert _splits_by_group(cv) is takes_groups
    if takes_groups:
        fit_with(GridSearchCV(Recorder(), {"c": [0]}, cv=cv), X, y, groups=metadata["groups"])
        np.testing.assert_array_equal(seen[0], metadata["groups"])


def test_routing_follows_the_requests(data):
    X, y, metadata = data
    with sklearn.config_context(enable_metadata_routing=True):
        clf = Recorder().set_fit_request(groups=True, sample_weight=False)
        pipeline = fit_with(make_pipeline(StandardScaler(), clf), X, y, groups=metadata["groups"])
        np.testing.assert_array_equal(pipeline[-1].seen_["groups"], metadata["groups"])
        search = GridSearchCV(clf, {"c": [0]}, cv=GroupKFold(4))
        fit_with(search, X, y, groups=metadata["groups"])
        np.testing.assert_array_equal(search.best_estimator_.seen_["groups"], metadata["groups"])
        fit_with(KNeighborsClassifier(2), X, y, **metadata)
