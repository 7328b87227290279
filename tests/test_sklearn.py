"""Metadata reaches whoever consumes it and nobody else, and who splits without groups is found."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    TunedThresholdClassifierCV,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sertools import (
    KernelRidgeClassifier,
    SpeakerAdaptedClassifier,
    SVMClassifier,
    XGBoostClassifier,
)
from sertools._sklearn import (
    fit_parameters,
    fit_with,
    own_splits,
    splits_by_group,
    splitters_without_groups,
    too_sure,
)


class Recorder(ClassifierMixin, BaseEstimator):
    """A classifier that remembers which metadata its fit was given."""

    def __init__(self, c=0):
        self.c = c

    def fit(self, X, y, sample_weight=None, groups=None, copies=None):
        self.classes_ = np.unique(y)
        self.seen_ = {"groups": groups, "sample_weight": sample_weight, "copies": copies}
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


@pytest.fixture
def data(rng):
    X = rng.normal(size=(12, 3))
    y = np.tile(["a", "b"], 6)
    metadata = {
        "groups": np.repeat(range(4), 3),
        "sample_weight": rng.uniform(1, 2, 12),
        "copies": np.repeat([0, 1], 6),
    }
    return X, y, metadata


def test_a_consumer_gets_all(data):
    X, y, metadata = data
    assert fit_with(Recorder(), X, y, **metadata).seen_ == metadata


def test_none_is_not_handed_on(data):
    X, y, _ = data
    seen = fit_with(Recorder(), X, y).seen_
    assert seen == {"groups": None, "sample_weight": None, "copies": None}


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


def test_a_search_splits_by_group_and_tells_the_steps_of_its_pipeline(data):
    X, y, metadata = data
    search = GridSearchCV(make_pipeline(Recorder()), {"recorder__c": [0, 1]}, cv=GroupKFold(4))
    fit_with(search, X, y, **metadata)
    seen = search.best_estimator_[-1].seen_
    for name, given in metadata.items():
        np.testing.assert_array_equal(seen[name], given)


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
    assert splits_by_group(cv) is takes_groups
    if takes_groups:
        fit_with(GridSearchCV(Recorder(), {"c": [0]}, cv=cv), X, y, groups=metadata["groups"])
        np.testing.assert_array_equal(seen[0], metadata["groups"])


def test_routing_follows_the_requests(data):
    X, y, metadata = data
    with sklearn.config_context(enable_metadata_routing=True):
        clf = Recorder().set_fit_request(groups=True, copies=True, sample_weight=False)
        pipeline = fit_with(make_pipeline(StandardScaler(), clf), X, y, **metadata)
        assert pipeline[-1].seen_ == {**metadata, "sample_weight": None}
        search = GridSearchCV(clf, {"c": [0]}, cv=GroupKFold(4))
        fit_with(search, X, y, groups=metadata["groups"])
        np.testing.assert_array_equal(search.best_estimator_.seen_["groups"], metadata["groups"])
        fit_with(KNeighborsClassifier(2), X, y, **metadata)


@pytest.mark.parametrize("routing", [False, True])
def test_metadata_is_named_as_a_fit_wants_it(data, routing):
    _, _, metadata = data
    with sklearn.config_context(enable_metadata_routing=routing):
        final = Recorder()
        if routing:
            final.set_fit_request(groups="groups", copies="versions")
        given = {**metadata, "versions": metadata["copies"], "sample_weight": None}
        found = fit_parameters(make_pipeline(PCA(), final), given)
    names = ("groups", "versions") if routing else ("recorder__groups", "recorder__copies")
    assert found == dict(zip(names, (metadata["groups"], metadata["copies"]), strict=True))


class ForeignNet(Recorder):
    """Somebody else's classifier, whose early stopping may well know groups."""

    def __init__(self, early_stopping=True):
        self.early_stopping = early_stopping


class OwnNet(MLPClassifier):
    """scikit-learn's network under a name of one's own."""


class Skorched(Recorder):
    """A classifier with skorch's parameter."""

    def __init__(self, train_split="ValidSplit(5)"):
        self.train_split = train_split


@pytest.mark.parametrize(
    ("estimator", "found"),
    [
        (make_pipeline(StandardScaler(), SVC()), []),
        (TunedThresholdClassifierCV(SVC(), cv="prefit"), []),
        (
            make_pipeline(VotingClassifier([("net", MLPClassifier(early_stopping=True))])),
            ["votingclassifier__net__early_stopping: set early_stopping=False"],
        ),
        (OwnNet(early_stopping=True), ["early_stopping: set early_stopping=False"]),
        (MLPClassifier(), []),
        (ForeignNet(), []),
        (Skorched(), ["train_split: set train_split=None"]),
        (Skorched(None), []),
        (HistGradientBoostingClassifier(early_stopping=True), ["early_stopping: set"]),
        (HistGradientBoostingClassifier(), []),
        (GradientBoostingClassifier(), []),
        (GradientBoostingClassifier(n_iter_no_change=3), ["n_iter_no_change: set"]),
        (RandomForestClassifier(oob_score=True), ["oob_score: set oob_score=False"]),
        (RandomForestClassifier(), []),
        (SVC(probability=True), ["probability: set probability=False, or take SVMClassifier"]),
    ],
)
@pytest.mark.parametrize("groups", [None, range(4)])
def test_who_splits_without_groups_is_found(estimator, found, groups):
    faults = own_splits(estimator, groups, 10_000)
    assert len(faults) == len(found)
    for fault, begins in zip(faults, found, strict=True):
        assert fault.startswith(begins)


@pytest.mark.parametrize(
    ("estimator", "without", "with_groups"),
    [
        (
            GridSearchCV(SVC(), {}),
            "put GridSearchCV outside, around AugmentedClassifier",
            "give GridSearchCV a splitter that takes groups",
        ),
        (
            CalibratedClassifierCV(SVC(), cv=KFold(3)),
            "put CalibratedClassifierCV outside, around AugmentedClassifier",
            "give CalibratedClassifierCV a splitter that takes groups and turn metadata routing on",
        ),
        (
            LogisticRegressionCV(),
            "in place of LogisticRegressionCV put a search around AugmentedClassifier",
            "give LogisticRegressionCV a splitter that takes groups and turn metadata routing on",
        ),
    ],
    ids=["search", "calibration", "own"],
)
def test_where_there_are_groups_a_splitter_may_take_them(estimator, without, with_groups):
    assert own_splits(estimator, None, 10) == [f"cv: {without}"]
    pipeline = make_pipeline(PCA(), estimator)
    (found,) = own_splits(pipeline, range(4), 10)
    assert found == f"{pipeline.steps[-1][0]}__cv: {with_groups}"


def test_copies_are_what_makes_boosting_split():
    boosting = HistGradientBoostingClassifier()
    assert own_splits(boosting, None, 10_001) == ["early_stopping: set early_stopping=False"]
    # The limit is scikit-learn's own.
    X = np.arange(10_000.0)[:, None]
    assert not boosting.fit(X, X[:, 0] > 9).do_early_stopping_
    X = np.arange(10_001.0)[:, None]
    assert boosting.fit(X, X[:, 0] > 9).do_early_stopping_


def test_a_search_by_group_is_none_of_them_if_there_are_groups():
    pipeline = make_pipeline(PCA(), GridSearchCV(SVC(), {}, cv=GroupKFold(2)))
    assert own_splits(pipeline, range(4), 10) == []
    assert own_splits(pipeline, None, 10) == ["gridsearchcv__cv: pass groups"]


def test_groups_reach_a_calibration_by_routing_only():
    calibrated = CalibratedClassifierCV(SVC(), cv=GroupKFold(2))
    assert own_splits(calibrated, range(4), 10) == ["cv: turn metadata routing on"]
    with sklearn.config_context(enable_metadata_routing=True):
        assert own_splits(calibrated, range(4), 10) == []


@pytest.mark.parametrize(
    ("around", "place"),
    [
        (lambda model: VotingClassifier([("a", model)]), "a__"),
        (lambda model: GridSearchCV(model, {}, cv=GroupKFold(2)), "estimator__"),
        (
            lambda model: SpeakerAdaptedClassifier(VotingClassifier([("a", model)])),
            "estimator__a__",
        ),
    ],
    ids=["ensemble", "search", "adapted ensemble"],
)
def test_groups_that_do_not_arrive_are_none(around, place):
    model = around(SVMClassifier(probability=True))
    assert own_splits(model, range(4), 10) == [f"{place}probability: turn metadata routing on"]
    unsure = around(KernelRidgeClassifier())
    assert own_splits(unsure, range(4), 10) == []
    assert [type(part).__name__ for part in too_sure(unsure)] == ["KernelRidgeClassifier"]
    with sklearn.config_context(enable_metadata_routing=True):
        assert own_splits(model, range(4), 10) == too_sure(unsure) == []


def test_routing_does_not_reach_those_who_route_nothing():
    boosted = AdaBoostClassifier(SVMClassifier(probability=True))
    with sklearn.config_context(enable_metadata_routing=True):
        faults = own_splits(boosted, range(4), 10)
    assert faults == ["estimator__probability: put it where groups arrive"]


class Handing(Recorder):
    """A classifier of somebody's own around another one, which hands on what it is given."""

    def __init__(self, estimator=None):
        self.estimator = estimator


@pytest.mark.parametrize(
    "around",
    [
        lambda model: GridSearchCV(make_pipeline(PCA(), model), {}, cv=GroupKFold(2)),
        lambda model: make_pipeline(PCA(), SpeakerAdaptedClassifier(make_pipeline(PCA(), model))),
        Handing,
        FrozenEstimator,
        lambda model: make_pipeline(PCA(), FrozenEstimator(model)),
        lambda model: VotingClassifier([("a", FrozenEstimator(model))]),
    ],
    ids=["steps of a search", "adapted", "own", "frozen", "frozen step", "frozen member"],
)
def test_groups_that_arrive_or_are_not_wanted(around):
    assert own_splits(around(SVMClassifier(probability=True)), range(4), 10) == []
    assert too_sure(around(KernelRidgeClassifier())) == []


def test_a_step_that_is_an_ensemble_is_not_told():
    model = make_pipeline(PCA(), VotingClassifier([("a", SVMClassifier(probability=True))]))
    (found,) = own_splits(model, range(4), 10)
    assert found == "votingclassifier__a__probability: turn metadata routing on"


class OwnFolds:
    """A splitter of somebody's own that can do without groups."""

    def split(self, X, y=None, groups=None):
        return KFold(2).split(X)

    def get_n_splits(self, X=None, y=None, groups=None):
        return 2


def test_splitters_that_ask_for_groups_and_get_none():
    lacking = CalibratedClassifierCV(SVC(), cv=GroupKFold(2))
    assert splitters_without_groups(make_pipeline(PCA(), lacking)) == [lacking]
    for fine in (
        CalibratedClassifierCV(SVC(), cv=OwnFolds()),
        FrozenEstimator(lacking),
        GridSearchCV(SVC(), {}, cv=GroupKFold(2)),
        make_pipeline(PCA(), GridSearchCV(SVC(), {}, cv=GroupKFold(2))),
    ):
        assert splitters_without_groups(fine) == []
    with sklearn.config_context(enable_metadata_routing=True):
        assert splitters_without_groups(lacking) == []


@pytest.mark.parametrize(
    ("classifier", "switch"),
    [
        (XGBoostClassifier(early_stopping_rounds=3), ["early_stopping_rounds: pass groups"]),
        (SVMClassifier(probability=True), ["probability: pass groups"]),
        (XGBoostClassifier(), []),
        (SVMClassifier(), []),
    ],
    ids=str,
)
def test_our_own_classifiers_split_by_the_groups_they_are_given(classifier, switch):
    assert own_splits(classifier, None, 10) == switch
    assert own_splits(classifier, range(4), 10) == []
