"""SpeakerAdaptedClassifier: each clip twice in training, and then told who speaks, or not."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import AdaBoostClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

from sertools import SpeakerAdaptedClassifier, SpeakerNormalizer
from sertools._sklearn import ask_with, fit_with, takes_groups

starved = pytest.mark.filterwarnings("ignore:.* speakers show too little")
untold = pytest.mark.filterwarnings("ignore:SpeakerNormalizer was fitted with groups and is used")

N_EMOTIONS, N_FEATURES = 4, 20
METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function")


class Spy(ClassifierMixin, BaseEstimator):
    """A classifier that remembers what its fit was given, and what it was asked about."""

    def fit(self, X, y, sample_weight=None, groups=None, copies=None, extra=None):
        metadata = {"sample_weight": sample_weight, "groups": groups, "copies": copies}
        self.given_ = {"X": X, "y": y, "extra": extra, **metadata}
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        self.asked_ = X
        return np.full(len(X), self.classes_[0])


class SpyWithScores(Spy):
    """One that is equally sure of all."""

    def decision_function(self, X):
        return np.zeros((len(X), len(self.classes_)))


def voices(seed, n_speakers=12, n_clips=40):
    """Table, labels and speakers, who differ more from each other than emotions do."""
    emotions = np.random.default_rng(0).normal(0, 0.8, (N_EMOTIONS, N_FEATURES))
    rng = np.random.default_rng(seed)
    y = np.tile(np.arange(N_EMOTIONS), n_speakers * n_clips // N_EMOTIONS)
    groups = np.repeat([f"{seed}-{i}" for i in range(n_speakers)], n_clips)
    offsets = np.repeat(rng.normal(0, 2, (n_speakers, N_FEATURES)), n_clips, axis=0)
    return emotions[y] + offsets + rng.normal(size=offsets.shape), y, groups


def logistic():
    return LogisticRegression(max_iter=1000)


@pytest.fixture(scope="module")
def training():
    return voices(1)


@pytest.fixture(scope="module")
def new():
    X, _, groups = voices(2)
    return X, groups


@pytest.fixture
def fitted(training):
    X, y, groups = training
    return SpeakerAdaptedClassifier(logistic()).fit(X, y, groups=groups)


@pytest.fixture(params=[False, True], ids=["unrouted", "routed"])
def routing(request):
    """Whether metadata routing is on, for the length of a test."""
    with config_context(enable_metadata_routing=request.param):
        yield request.param


class TestRows:
    @pytest.mark.parametrize("normalizer", [None, SpeakerNormalizer(prior=5)])
    def test_are_there_as_of_their_speaker_and_as_of_nobody_known(self, training, normalizer):
        X, y, groups = training
        model = SpeakerAdaptedClassifier(Spy(), normalizer).fit(X, y, groups=groups)
        by_hand = normalizer or SpeakerNormalizer(unknown="average")
        by_hand.fit(X, y, groups)
        versions = [by_hand.transform(X, groups), by_hand.transform(X, [""] * len(X))]
        np.testing.assert_array_equal(model.estimator_.given_["X"], np.concatenate(versions))

    def test_all_that_comes_with_them_is_true_of_both(self, rng, training):
        X, y, groups = training
        own = {"groups": groups, "sample_weight": rng.uniform(1, 2, len(X)), "extra": [*range(480)]}
        given = SpeakerAdaptedClassifier(Spy()).fit(X, y, **own).estimator_.given_
        for name, values in {"y": y, **own}.items():
            np.testing.assert_array_equal(given[name], np.tile(values, 2))

    @pytest.mark.parametrize("container", [list, pd.Series])
    def test_labels_and_speakers_in_any_container(self, training, container):
        X, y, groups = training
        model = SpeakerAdaptedClassifier(Spy()).fit(X, container(y), groups=container(groups))
        np.testing.assert_array_equal(model.estimator_.given_["y"], np.tile(y, 2))
        np.testing.assert_array_equal(model.estimator_.given_["groups"], np.tile(groups, 2))

    @starved
    def test_copies_are_there_once_and_recordings_twice(self, training):
        X, y, groups = training
        copies = np.tile(np.repeat([0, 3], 20), 12)
        model = SpeakerAdaptedClassifier(Spy()).fit(X, y, groups=groups, copies=copies)
        normalizer = SpeakerNormalizer(unknown="average").fit(X, y, groups, copies)
        alone = normalizer.transform(X[copies == 0], [""] * 240)
        expected = np.concatenate([normalizer.transform(X, groups, copies), alone])
        given = model.estimator_.given_
        np.testing.assert_array_equal(given["X"], expected)
        for name, values in {"copies": copies, "groups": groups, "y": y}.items():
            expected = np.concatenate([values, values[copies == 0]])
            np.testing.assert_array_equal(given[name], expected)

    @pytest.mark.parametrize("groups", [None, [""] * 480])
    def test_without_speakers_are_there_once(self, training, groups):
        X, y, _ = training
        given = SpeakerAdaptedClassifier(Spy()).fit(X, y, groups=groups).estimator_.given_
        np.testing.assert_allclose(given["X"], StandardScaler().fit_transform(X), atol=1e-9)
        np.testing.assert_array_equal(given["y"], y)

    def test_single_precision_stays(self, training):
        X, y, groups = training
        model = SpeakerAdaptedClassifier(Spy()).fit(X.astype(np.float32), y, groups=groups)
        assert model.estimator_.given_["X"].dtype == np.float32

    def test_are_an_array_whatever_is_shown_elsewhere(self, training, fitted):
        X, y, groups = training
        frame = pd.DataFrame(X, columns=[f"f{i}" for i in range(N_FEATURES)])
        with config_context(transform_output="pandas"):
            model = SpeakerAdaptedClassifier(logistic()).fit(frame, y, groups=groups)
            predicted = model.predict(frame, groups)
        np.testing.assert_array_equal(predicted, fitted.predict(X, groups))
        assert model.feature_names_in_.tolist() == list(frame.columns)


class TestWhoSpeaks:
    @pytest.mark.parametrize("method", METHODS)
    def test_groups_are_for_the_normaliser(self, fitted, new, method):
        X, groups = new
        rows = fitted.normalizer_.transform(X, groups)
        expected = getattr(fitted.estimator_, method)(rows)
        np.testing.assert_array_equal(getattr(fitted, method)(X, groups), expected)

    def test_a_speaker_that_is_not_known_is_one_of_one_clip(self, fitted, new):
        X, groups = new
        names = np.where(np.arange(len(X)) % 4 == 0, "", groups)
        said = fitted.decision_function(X, names)
        with pytest.warns(UserWarning, match="used without"):
            alone = fitted.decision_function(X)
        np.testing.assert_allclose(said[::4], alone[::4], atol=1e-9)
        assert np.abs(said - alone).max() > 1

    def test_who_was_enrolled_speaks_where_nobody_is_named(self, fitted, new):
        X, groups = new
        X = X[groups == groups[0]]
        expected = fitted.predict_proba(X, ["new"] * len(X))
        assert fitted.enroll(X) is fitted
        np.testing.assert_array_equal(fitted.predict_proba(X), expected)
        np.testing.assert_allclose(fitted.predict_proba(X[:1]), expected[:1])

    def test_speakers_after_a_fit_without(self, training):
        X, y, groups = training
        model = SpeakerAdaptedClassifier(logistic()).fit(X, y)
        for ask in (lambda: model.predict(X, groups), lambda: model.enroll(X)):
            with pytest.raises(ValueError, match="fitted without groups"):
                ask()

    @pytest.mark.parametrize("final", [KNeighborsClassifier(1), LinearSVC()])
    @pytest.mark.parametrize("is_fitted", [False, True])
    def test_it_can_what_the_estimator_can(self, training, final, is_fitted):
        X, y, groups = training
        model = SpeakerAdaptedClassifier(final)
        if is_fitted:
            model.fit(X, y, groups=groups)
        for method in METHODS:
            assert hasattr(model, method) is hasattr(final, method)

    def test_who_was_enrolled_by_name_is_known_by_single_clips(self, fitted, new):
        X, groups = new
        expected = fitted.predict_proba(X, groups)
        fitted.enroll(X, groups)
        for clip in (0, 100):
            said = fitted.predict_proba(X[[clip]], groups[[clip]])
            np.testing.assert_allclose(said, expected[[clip]])

    @pytest.mark.parametrize("method", [*METHODS, "enroll", "self_train"])
    def test_before_a_fit(self, new, method):
        with pytest.raises(NotFittedError):
            getattr(SpeakerAdaptedClassifier(logistic()), method)(new[0])


def by_hand(model, X, groups, n_versions=2):
    """What self-training comes to, step by step, and the rows of each fit."""
    training, estimator = model._training, model.estimator_
    rows, steps = model.normalizer_.transform(X, groups), []
    for share in (0.5, 0.7, 0.9):
        scores = np.sort(estimator.decision_function(rows), axis=1)
        margins = scores[:, -1] - scores[:, -2]
        sure = np.concatenate(
            [
                own[np.argsort(-margins[own])[: round(share * len(own))]]
                for own in (np.flatnonzero(groups == name) for name in np.unique(groups))
            ]
        )
        labels = estimator.predict(rows[sure])
        more = [np.repeat(values, n_versions, axis=0) for values in (rows[sure], labels)]
        steps.append(len(more[0]))
        estimator = clone(model.estimator).fit(
            np.concatenate([training.rows, more[0]]), np.concatenate([training.labels, more[1]])
        )
    return estimator.predict_proba(rows), steps


class TestSelfTraining:
    @pytest.fixture
    def kept(self, training):
        X, y, groups = training
        return SpeakerAdaptedClassifier(logistic(), keep_training=True).fit(X, y, groups=groups)

    def test_learns_from_what_it_is_surest_of(self, kept, new):
        before = kept.predict_proba(*new)
        expected, n_rows = by_hand(kept, *new)
        assert n_rows == [480, 672, 864]
        assert kept.self_train(*new) is kept
        np.testing.assert_allclose(kept.predict_proba(*new), expected, atol=1e-4)
        assert np.abs(expected - before).max() > 0.01

    def test_clips_weigh_what_recordings_do_with_all_their_versions(self, training, new):
        X, y, groups = training
        X, y, groups = np.tile(X, (2, 1)), np.tile(y, 2), np.tile(groups, 2)
        model = SpeakerAdaptedClassifier(logistic(), keep_training=True)
        model.fit(X, y, groups=groups, copies=np.repeat([0, 1], 480))
        expected, n_rows = by_hand(model, *new, n_versions=3)
        assert n_rows == [720, 1008, 1296]
        model.self_train(*new)
        np.testing.assert_allclose(model.predict_proba(*new), expected, atol=1e-4)

    def test_what_an_earlier_call_had_learnt_is_forgotten(self, kept, new):
        others, _, their_names = voices(3)
        again = pickle.loads(pickle.dumps(kept)).self_train(*new)
        kept.self_train(others, their_names).self_train(*new)
        np.testing.assert_array_equal(kept.predict_proba(*new), again.predict_proba(*new))

    def test_new_speakers_are_known_by_single_clips(self, kept, new):
        X, groups = new
        expected = kept.self_train(X, groups).predict_proba(X, groups)[:1]
        np.testing.assert_allclose(kept.predict_proba(X[:1], groups[:1]), expected)

    @starved
    @pytest.mark.parametrize("name", [lambda i: "", str], ids=["nobody", "of one clip"])
    def test_those_who_cannot_be_believed_are_not_learnt_from(self, kept, new, name):
        X, groups = new
        names = [name(i) if i % 2 else group for i, group in enumerate(groups)]
        again = pickle.loads(pickle.dumps(kept)).self_train(X[::2], groups[::2])
        kept.self_train(X, names)
        np.testing.assert_array_equal(kept.predict_proba(X, names), again.predict_proba(X, names))
        nobody = pickle.loads(pickle.dumps(kept)).self_train(X, [name(i) for i in range(len(X))])
        assert nobody.estimator_ is nobody._training.estimator

    @pytest.mark.parametrize("number", [False, True], ids=["text", "numbers"])
    def test_who_was_enrolled_is_one_more_speaker(self, training, new, number):
        X, y, groups = training
        groups = np.unique(groups, return_inverse=True)[1] if number else groups
        spy = SpyWithScores()
        model = SpeakerAdaptedClassifier(spy, keep_training=True).fit(X, y, groups=groups)
        model.enroll(new[0][:40]).self_train(new[0][:40])
        given = model.estimator_.given_["groups"]
        assert len(given) == 2 * 480 + 2 * 36
        assert len(set(given[-72:])) == 1
        assert given[-1] not in groups

    def test_what_else_is_told_is_told_of_the_new_clips(self, training, new):
        X, y, groups = training
        model = SpeakerAdaptedClassifier(SpyWithScores(), keep_training=True)
        weights = np.tile([0, 1], 240)
        own = {"groups": groups, "copies": np.zeros(480, int), "sample_weight": weights}
        model.fit(X, y, extra="a word", **own).self_train(*new)
        given = model.estimator_.given_
        assert given["extra"] == "a word"
        assert given["copies"].tolist() == [0] * 1824
        assert given["sample_weight"].tolist() == [0, 1] * 480 + [0.5] * 864
        assert sorted(given["groups"][960:]) == sorted(np.repeat(np.unique(new[1]), 72))

    def test_what_nobody_knows_of_the_new_clips_is_refused(self, training, new):
        X, y, groups = training
        model = SpeakerAdaptedClassifier(SpyWithScores(), keep_training=True)
        model.fit(X, y, groups=groups, extra=np.arange(480))
        with pytest.raises(ValueError, match="fit was given extra, a value for each clip"):
            model.self_train(*new)

    def test_nothing_was_kept(self, fitted, new):
        with pytest.raises(ValueError, match=r"keep_training=True"):
            fitted.self_train(*new)

    def test_nobody_says_who_speaks(self, kept, new):
        with pytest.raises(ValueError, match="pass groups, the speaker of each clip, or call enr"):
            kept.self_train(new[0])

    def test_a_classifier_that_is_sure_of_nothing_is_refused_at_once(self, training):
        X, y, groups = training
        model = SpeakerAdaptedClassifier(Spy(), keep_training=True)
        with pytest.raises(TypeError, match=r"Spy\(\) has neither decision_function nor predict_"):
            model.fit(X, y, groups=groups)

    def test_versions_of_a_clip_are_none_of_its_copies(self, training, new):
        X, y, groups = training
        X, y, groups = np.tile(X, (2, 1)), np.tile(y, 2), np.tile(groups, 2)
        model = SpeakerAdaptedClassifier(SpyWithScores(), keep_training=True)
        model.fit(X, y, groups=groups, copies=np.repeat([0, 1], 480)).self_train(*new)
        assert model.estimator_.given_["copies"].tolist()[1440:] == [0, 0, 1] * 432

    @starved
    def test_poor_copies_make_no_poor_speakers(self, kept, training):
        X, y, groups = training
        copies = np.repeat([0, 1], [480, 480])
        flat = np.repeat(X[y == 0][:1], 480, axis=0)
        kept.fit(np.concatenate([X, flat]), np.tile(y, 2), None, np.tile(groups, 2), copies)
        before = kept.estimator_
        assert kept.self_train(X, groups).estimator_ is not before

    def test_one_that_is_refused_forgets_nobody(self, kept, training, new):
        X, y, groups = training
        kept.fit(X, y, groups=np.unique(groups, return_inverse=True)[1])
        eve = np.full(len(new[0]), 99)
        before = kept.self_train(new[0], eve).predict_proba(new[0], eve)
        with pytest.raises(ValueError, match="name speakers by text, or by numbers"):
            kept.self_train(new[0], np.full(len(eve), "3"))
        np.testing.assert_array_equal(kept.predict_proba(new[0], eve), before)

    def test_labels_may_be_a_column(self, training, new):
        X, y, groups = training
        model = SpeakerAdaptedClassifier(SpyWithScores(), keep_training=True)
        model.fit(X, pd.DataFrame({"y": y}), groups=groups).self_train(*new)
        assert model.estimator_.given_["y"].shape == (960 + 2 * 432,)

    def test_speakers_may_be_numbers_of_any_kind(self, training, new):
        X, y, groups = training
        numbers = np.unique(groups, return_inverse=True)[1].astype(object)
        model = SpeakerAdaptedClassifier(SpyWithScores(), keep_training=True)
        model.fit(X, y, groups=numbers).enroll(new[0]).self_train(new[0])
        assert set(model.estimator_.given_["groups"].tolist()) == set(range(13))

    def test_a_speaker_is_described_afresh(self, kept, new):
        X, groups = new
        again = pickle.loads(pickle.dumps(kept)).self_train(X, groups)
        kept.self_train(X + 5, groups).self_train(X, groups)
        np.testing.assert_array_equal(kept.predict_proba(X, groups), again.predict_proba(X, groups))
        kept.enroll(X + 5, groups).self_train(X, groups)
        assert not np.allclose(kept.predict_proba(X, groups), again.predict_proba(X, groups))


class TestMetadata:
    def test_groups_reach_it_in_a_pipeline(self, training, new, fitted, routing):
        X, y, groups = training
        pipeline = make_pipeline("passthrough", SpeakerAdaptedClassifier(logistic()))
        fit_with(pipeline, X, y, groups=groups, copies=np.zeros(len(X)))
        expected = fitted.predict(*new)
        np.testing.assert_array_equal(
            ask_with(pipeline, "predict", new[0], groups=new[1]), expected
        )
        if routing:
            pipeline = clone(pipeline).fit(X, y, groups=groups)
            np.testing.assert_array_equal(pipeline.predict(new[0], groups=new[1]), expected)

    def test_groups_reach_the_score(self, training, new, fitted):
        X, y, groups = training
        labels = fitted.predict(*new)
        weights = np.arange(len(labels))
        y_new = np.roll(labels, 7)
        expected = np.average(labels == y_new, weights=weights)
        assert fitted.score(new[0], y_new, weights, groups=new[1]) == pytest.approx(expected)
        model = make_pipeline(StandardScaler(), SpeakerAdaptedClassifier(logistic()))
        folds = GroupKFold(3)
        with config_context(enable_metadata_routing=True):
            scores = cross_val_score(model, X, y, cv=folds, params={"groups": groups})
            by_hand = [
                clone(model)
                .fit(X[train], y[train], groups=groups[train])
                .score(X[test], y[test], groups=groups[test])
                for train, test in folds.split(X, y, groups)
            ]
        np.testing.assert_array_equal(scores, by_hand)
        assert min(scores) > 0.8

    def test_weights_that_nobody_takes(self, training):
        X, y, groups = training
        model = SpeakerAdaptedClassifier(make_pipeline(KNeighborsClassifier(1)))
        with pytest.raises(TypeError, match="sample_weight was given, and no fit in Pipeline"):
            model.fit(X, y, sample_weight=np.ones(len(X)), groups=groups)

    def test_weights_are_asked_for_by_who_takes_them(self, training):
        X, y, groups = training
        weights = np.ones(len(X))
        with config_context(enable_metadata_routing=True):
            with pytest.raises(ValueError, match=r"Spy.set_fit_request"):
                SpeakerAdaptedClassifier(Spy()).fit(X, y, sample_weight=weights, groups=groups)
            spy = Spy().set_fit_request(sample_weight=True, groups=False)
            pipeline = make_pipeline(SpeakerAdaptedClassifier(spy))
            pipeline.fit(X, y, sample_weight=weights, groups=groups)
        given = pipeline[-1].estimator_.given_
        assert given["sample_weight"].tolist() == [1.0] * 960
        assert given["groups"] is None

    def test_those_who_hand_nothing_on_are_adapted_too(self, training, new, routing):
        X, y, groups = training
        model = SpeakerAdaptedClassifier(make_pipeline(AdaBoostClassifier(n_estimators=2)))
        fit_with(model, X, y, groups=groups)
        assert takes_groups(model, "predict")
        X, groups = new
        expected = model.estimator_.predict(model.normalizer_.transform(X, groups))
        np.testing.assert_array_equal(ask_with(model, "predict", X, groups=groups), expected)


class TestSplitsWithin:
    @pytest.mark.parametrize(
        ("inner", "mend"),
        [
            (GridSearchCV(logistic(), {}), "cv: give GridSearchCV a splitter that takes groups"),
            (
                CalibratedClassifierCV(LinearSVC(), cv=GroupKFold(3)),
                "cv: turn metadata routing on",
            ),
            (
                make_pipeline(MLPClassifier(early_stopping=True)),
                "mlpclassifier__early_stopping: set early_stopping=False",
            ),
        ],
        ids=["search", "calibration", "early stopping"],
    )
    def test_are_refused_where_rows_are_there_twice(self, training, inner, mend):
        X, y, groups = training
        model = SpeakerAdaptedClassifier(inner)
        with pytest.raises(ValueError, match=f"versions of a clip .* on both sides.* Of {mend}"):
            model.fit(X, y, groups=groups)

    def test_harm_nobody_where_rows_are_there_once(self, training):
        X, y, _ = training
        SpeakerAdaptedClassifier(GridSearchCV(logistic(), {}, cv=2)).fit(X, y)

    @starved
    def test_by_group_keep_versions_together(self, rng):
        # Labels that mean nothing: who stands beside another version of itself would know its own.
        X, y, groups = rng.normal(size=(120, 200)), rng.integers(0, 2, 120), np.arange(120) // 10
        search = GridSearchCV(KNeighborsClassifier(1), {}, cv=GroupKFold(4))
        model = SpeakerAdaptedClassifier(search).fit(X, y, groups=groups)
        assert abs(model.estimator_.best_score_ - 0.5) < 0.2


class TestRefusals:
    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"y": None}, "requires y to be passed, but the target y is None"),
            ({"y": [0, 1]}, "y holds 2 values for 480 clips: give one for each"),
            ({"groups": ["a"] * 481}, "groups holds 481 values for 480 clips"),
            ({"sample_weight": np.ones(960)}, "sample_weight holds 960 values for 480 clips"),
            ({"copies": [0]}, "copies has shape"),
        ],
    )
    def test_values_that_are_not_one_for_each_clip(self, training, given, message):
        X, y, groups = training
        with pytest.raises(ValueError, match=message):
            SpeakerAdaptedClassifier(Spy()).fit(X, **{"y": y, "groups": groups, **given})

    def test_a_regressor(self, training):
        X, y, groups = training
        with pytest.raises(TypeError, match=r"Ridge\(\) is a regressor: SpeakerAdaptedClassifier"):
            SpeakerAdaptedClassifier(Ridge()).fit(X, y, groups=groups)

    def test_a_normaliser_of_others(self, training):
        X, y, groups = training
        with pytest.raises(
            ValueError, match="The 'normalizer' parameter .*SpeakerNormalizer' or None"
        ):
            SpeakerAdaptedClassifier(logistic(), StandardScaler()).fit(X, y, groups=groups)

    def test_rows_of_another_width(self, training, fitted):
        with pytest.raises(ValueError, match="9 features, but SpeakerAdaptedClassifier is expect"):
            fitted.predict(training[0][:, :9], training[2])


class TestInScikitLearn:
    @untold
    def test_a_search_reaches_all_that_is_nested(self, training):
        X, y, groups = training
        inner = make_pipeline(StandardScaler(), SVC())
        model = SpeakerAdaptedClassifier(inner, SpeakerNormalizer())
        grid = {"estimator__svc__C": [0.1, 1], "normalizer__prior": [5, 20]}
        search = GridSearchCV(model, grid, cv=GroupKFold(2), error_score="raise")
        with config_context(enable_metadata_routing=True):
            best = search.fit(X, y, groups=groups).best_estimator_
        reached = {
            "estimator__svc__C": best.estimator_[-1].C,
            "normalizer__prior": best.normalizer_.prior,
        }
        assert reached == search.best_params_
        assert len(best.normalizer_.speakers_) == 12

    def test_pickles_and_clones_do_the_same(self, training, new, fitted):
        X, y, groups = training
        expected = fitted.predict_proba(*new)
        for again in (
            pickle.loads(pickle.dumps(fitted)),
            clone(fitted).fit(X, y, groups=groups),
        ):
            np.testing.assert_array_equal(again.predict_proba(*new), expected)

    def test_what_is_given_stays_unfitted(self, training):
        X, y, groups = training
        model = SpeakerAdaptedClassifier(Spy(), SpeakerNormalizer()).fit(X, y, groups=groups)
        assert not hasattr(model.estimator, "given_")
        assert not hasattr(model.normalizer, "speakers_")


@starved
class TestWhatItIsWorth:
    @pytest.fixture
    def gain(self, training, fitted):
        """How much better it is on other voices, by who they are said to be, than the plain one."""
        X, y, _ = training
        plain = make_pipeline(StandardScaler(), logistic()).fit(X, y)
        X, y, groups = voices(2)
        before = balanced_accuracy_score(y, plain.predict(X))
        return lambda name: balanced_accuracy_score(y, fitted.predict(X, name(y, groups))) - before

    def test_speakers_who_are_known_well_gain(self, gain):
        assert gain(lambda y, groups: groups) > 0.2

    @pytest.mark.parametrize(
        "name",
        [
            lambda y, groups: np.char.add(groups, (np.arange(len(y)) % 13).astype(str)),
            lambda y, groups: np.char.add(groups, y.astype(str)),
            lambda y, groups: [""] * len(y),
        ],
        ids=["few clips", "one emotion", "not known"],
    )
    def test_speakers_who_are_not_lose_nothing(self, gain, name):
        assert gain(name) > -0.01
