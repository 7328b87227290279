"""AugmentedClassifier: copies are made within a fit, and go wherever their clips go."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import GradientBoostingClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    cross_val_predict,
    cross_val_score,
    cross_validate,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

from sertools import (
    AddNoise,
    AudioReader,
    AugmentedClassifier,
    Augmenter,
    Gain,
    KernelRidgeClassifier,
    MFCCExtractor,
    RowCache,
    SpeakerAdaptedClassifier,
    SpeakerNormalizer,
    Speed,
    ZCRExtractor,
    audio,
    make_corpus,
    write_corpus,
)
from sertools.augmentation import Effect
from sertools.preprocessing import Clips

SR = 16000


class Recorder(ClassifierMixin, BaseEstimator):
    """A classifier that remembers what its fit was given, and what it was asked about."""

    def fit(self, X, y, sample_weight=None, groups=None, copies=None, extra=None):
        metadata = {"sample_weight": sample_weight, "groups": groups, "copies": copies}
        self.given_ = {"X": X, "y": y, "extra": extra, **metadata}
        self.classes_ = np.unique(y)
        self.asked_ = []
        return self

    def predict(self, X, label=0):
        return np.full(len(X), self.classes_[label])

    def predict_proba(self, X):
        self.asked_.append(X)
        chance = np.array([1 / (1 + np.exp(-10 * x.mean())) for x in X])
        return np.column_stack([chance, 1 - chance])


class SpeakerScaler(TransformerMixin, BaseEstimator):
    """A step that would normalise by speaker, and remembers what its fit was given."""

    def fit(self, X, y=None, groups=None, copies=None):
        self.given_ = {"groups": groups, "copies": copies}
        return self

    def transform(self, X):
        return X


class Negated(Effect):
    """A clip upside down."""

    def draw(self, rng):
        return {}

    def apply(self, x, sr):
        return -x


def noise(level=(20, 40), **parameters):
    return Augmenter([AddNoise(level)], **{"p": 1, "random_state": 0, **parameters})


def gain(decibels):
    return Augmenter([Gain(decibels)], p=1)


@pytest.fixture(name="X")
def waveforms(rng):
    return rng.normal(size=(12, 40))


@pytest.fixture
def y():
    return np.tile(["a", "b"], 6)


@pytest.fixture
def groups():
    return np.repeat(range(4), 3)


@pytest.fixture(scope="module")
def corpus():
    """24 clips of synthetic voices, of two emotions and four speakers."""
    return make_corpus(n_speakers=4, n_per_speaker=6, emotions=("angry", "sad"))


@pytest.fixture(scope="module")
def six_speakers():
    """72 clips of six emotions, of which a nearest neighbour knows half."""
    return make_corpus(n_speakers=6, n_per_speaker=12)


@pytest.fixture
def recordings(tmp_path, corpus):
    return write_corpus(corpus, tmp_path)


@pytest.fixture(params=[False, True], ids=["unrouted", "routed"])
def routing(request):
    """Whether metadata routing is on, for the length of a test."""
    with sklearn.config_context(enable_metadata_routing=request.param):
        yield request.param


def assert_same(got, expected):
    assert len(got) == len(expected)
    for ours, theirs in zip(got, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


class TestCopies:
    @pytest.mark.parametrize("container", [list, np.stack])
    @pytest.mark.parametrize("n_copies", [0, 1, 2])
    def test_all_grow_together_the_clips_first(self, rng, X, y, groups, container, n_copies):
        weights, extra = rng.uniform(1, 2, 12), list(range(12))
        X = container(list(X))
        model = AugmentedClassifier(Recorder(), noise(), n_copies=n_copies)
        model.fit(X, y, sample_weight=weights, groups=groups, extra=extra)
        given = model.estimator_.given_
        augmenter = noise().fit(X)
        copies = [augmenter.augment(X, copy) for copy in range(1, 1 + n_copies)]
        assert isinstance(given["X"], list) is (container is list)
        assert_same(given["X"], [clip for batch in (X, *copies) for clip in batch])
        for name, values in [
            ("y", y),
            ("sample_weight", weights),
            ("groups", groups),
            ("extra", extra),
        ]:
            np.testing.assert_array_equal(given[name], np.tile(values, 1 + n_copies))
        np.testing.assert_array_equal(given["copies"], np.repeat(range(1 + n_copies), 12))

    @pytest.mark.parametrize("effects", [[Gain(6), Speed(2)], [Speed(2), Gain(6)]], ids=str)
    def test_copies_of_one_length_and_of_several_go_together(self, X, y, effects):
        augmenters = [Augmenter(effect, p=1) for effect in effects]
        model = AugmentedClassifier(Recorder(), augmenters).fit(X, y)
        copies = [a.fit(X).augment(X, 1) for a in augmenters]
        assert_same(model.estimator_.given_["X"], [*X, *copies[0], *copies[1]])

    def test_parameters_of_a_step_grow_too(self, X, y):
        model = AugmentedClassifier(make_pipeline(StandardScaler(), Recorder()), noise())
        model.fit(X, y, recorder__extra=pd.Series(range(12)), recorder__groups=[*"abcdefghijkl"])
        given = model.estimator_[-1].given_
        np.testing.assert_array_equal(given["extra"], np.tile(range(12), 2))
        assert given["groups"] == [*"abcdefghijkl"] * 2

    @pytest.mark.parametrize("extra", [3, "text", {"a": 1}, [1, 2], [(np.ones((3, 2)), "ab")]])
    def test_what_has_no_value_for_each_clip_stays(self, X, y, extra):
        model = AugmentedClassifier(Recorder(), noise()).fit(X, y, extra=extra)
        assert model.estimator_.given_["extra"] is extra

    def test_a_list_holds_an_augmenter_for_each_copy(self, X, y):
        louder_softer = [gain(20), gain(-20)]
        model = AugmentedClassifier(Recorder(), louder_softer, n_copies=2).fit(X, y)
        given = model.estimator_.given_
        np.testing.assert_array_equal(given["copies"], np.repeat(range(5), 12))
        for copy, factor in enumerate([1, 10, 0.1, 10, 0.1]):
            np.testing.assert_allclose(given["X"][given["copies"] == copy], factor * X)

    def test_clips_of_an_array_may_change_their_lengths(self, X, y):
        speed = Augmenter([Speed((0.5, 0.9))], p=1, random_state=0)
        given = AugmentedClassifier(Recorder(), speed).fit(X, y).estimator_.given_["X"]
        assert_same(given[:12], X)
        assert min(map(len, given[12:])) > 40

    def test_the_rate_of_clips_goes_with_them(self, X, y):
        model = AugmentedClassifier(Recorder(), noise(sr=8000)).fit(Clips(X, sr=8000), y)
        assert model.estimator_.given_["X"].sr == 8000

    def test_copies_and_views_all_differ(self, X, y):
        model = AugmentedClassifier(Recorder(), noise(), n_copies=2, n_views=2).fit(X, y)
        model.predict_proba(X)
        copies = np.split(model.estimator_.given_["X"], 3)
        clean, *views = model.estimator_.asked_
        np.testing.assert_array_equal(clean, X)
        versions = np.concatenate([*copies, *views])
        assert len(np.unique(versions, axis=0)) == 5 * 12


class TestMetadata:
    @pytest.fixture
    def model(self, routing):
        scaler = SpeakerScaler()
        if routing:
            scaler.set_fit_request(groups=True, copies=True)
        return AugmentedClassifier(make_pipeline(scaler, LogisticRegression()), noise())

    def test_speakers_and_copies_reach_a_step_that_normalises(self, model, X, y, groups):
        given = model.fit(X, y, groups=groups).estimator_[0].given_
        np.testing.assert_array_equal(given["groups"], np.tile(groups, 2))
        np.testing.assert_array_equal(given["copies"], np.repeat([0, 1], 12))

    def test_they_reach_it_in_a_cross_validation(self, model, X, y, groups, routing):
        # Without routing scikit-learn gives groups to the splitter alone.
        told = {"params": {"groups": groups}} if routing else {"groups": groups}
        done = cross_validate(model, X, y, cv=GroupKFold(4), return_estimator=True, **told)
        for fold, fitted in enumerate(done["estimator"]):
            given = fitted.estimator_[0].given_
            np.testing.assert_array_equal(given["copies"], np.repeat([0, 1], 9))
            if routing:
                train, _ = list(GroupKFold(4).split(X, y, groups))[fold]
                np.testing.assert_array_equal(given["groups"], np.tile(groups[train], 2))

    def test_who_takes_nothing_gets_nothing(self, X, y, groups):
        AugmentedClassifier(KNeighborsClassifier(1), noise()).fit(X, y, groups=groups)

    def test_weights_that_nobody_takes(self, X, y):
        model = AugmentedClassifier(make_pipeline(KNeighborsClassifier(1)), noise())
        with pytest.raises(TypeError, match="sample_weight was given, and no fit in Pipeline"):
            model.fit(X, y, sample_weight=np.ones(12))

    def test_weights_that_nobody_asked_for(self, X, y):
        model = AugmentedClassifier(LogisticRegression(), noise())
        with (
            sklearn.config_context(enable_metadata_routing=True),
            pytest.raises(ValueError, match=r"LogisticRegression.set_fit_request"),
        ):
            model.fit(X, y, sample_weight=np.ones(12))

    def test_twice_the_weight_is_the_clip_twice(self, rng, X, y, routing):
        weights = rng.integers(1, 4, 12)
        final = LogisticRegression(tol=1e-10)
        if routing:
            final.set_fit_request(sample_weight=True)
        model = AugmentedClassifier(final, noise((0, 10)), n_copies=2)
        weighted = clone(model).fit(X, y, sample_weight=weights).estimator_.coef_
        repeated = model.fit(np.repeat(X, weights, axis=0), np.repeat(y, weights)).estimator_.coef_
        np.testing.assert_allclose(weighted, repeated, rtol=1e-6)

    def test_weights_of_the_score_are_asked_for(self, X, y):
        weights = np.tile([1.0, 1e-9], 6)
        with sklearn.config_context(enable_metadata_routing=True):
            final = Recorder().set_fit_request(sample_weight=False)
            model = AugmentedClassifier(final, noise()).set_score_request(sample_weight=True)
            scores = cross_val_score(model, X, y, cv=2, params={"sample_weight": weights})
        np.testing.assert_allclose(scores, 1)


class TestDelegation:
    METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function")

    @pytest.mark.parametrize("labels", [["a", "b"], [7, 3], [True, False]])
    def test_without_copies_it_is_the_estimator(self, X, labels):
        y = np.tile(labels, 6)
        plain = LogisticRegression().fit(X, y)
        model = AugmentedClassifier(LogisticRegression(), noise(), n_copies=0).fit(X, y)
        for method in self.METHODS:
            np.testing.assert_array_equal(getattr(model, method)(X), getattr(plain, method)(X))
        np.testing.assert_array_equal(model.classes_, plain.classes_)
        assert model.score(X, y, sample_weight=range(12)) == plain.score(X, y, range(12))

    def test_with_copies_it_answers_as_the_fitted_estimator(self, X, y):
        model = AugmentedClassifier(LogisticRegression(), noise()).fit(X, y)
        by_hand = LogisticRegression().fit(
            np.concatenate([X, noise().fit(X).augment(X, copy=1)]), np.tile(y, 2)
        )
        for method in self.METHODS:
            np.testing.assert_array_equal(getattr(model, method)(X), getattr(by_hand, method)(X))

    @pytest.mark.parametrize("fitted", [False, True])
    @pytest.mark.parametrize(
        ("final", "lacks"),
        [
            (KNeighborsClassifier(1), {"decision_function"}),
            (LinearSVC(), {"predict_proba", "predict_log_proba"}),
        ],
    )
    def test_it_can_what_the_estimator_can(self, X, y, final, lacks, fitted):
        model = AugmentedClassifier(final, noise())
        if fitted:
            model.fit(X, y)
        assert {method for method in self.METHODS if not hasattr(model, method)} == lacks

    def test_more_for_a_method_is_handed_on(self, X, y, routing):
        final = Recorder().set_predict_request(label=True) if routing else Recorder()
        model = AugmentedClassifier(final, noise()).fit(X, y)
        assert set(model.predict(X, label=1)) == {"b"}

    @pytest.mark.parametrize("method", METHODS)
    def test_before_a_fit(self, X, method):
        model = AugmentedClassifier(LogisticRegression(), noise())
        with pytest.raises(NotFittedError):
            getattr(model, method)(X)
        assert not hasattr(model, "classes_")


class TestViews:
    @pytest.mark.parametrize("augmenters", [noise((0, 5)), [noise((0, 5)), gain(20)]])
    def test_probabilities_are_those_of_the_clip_and_its_views(self, X, y, augmenters):
        model = AugmentedClassifier(LogisticRegression(), augmenters, n_views=3).fit(X, y)
        cycle = model.augmenters_ * 3
        heard = [X, *(cycle[view].augment(X, -1 - view) for view in range(3))]
        expected = np.mean([model.estimator_.predict_proba(clips) for clips in heard], axis=0)
        got = model.predict_proba(X)
        np.testing.assert_allclose(got, expected, rtol=1e-12)
        np.testing.assert_array_equal(model.predict_log_proba(X), np.log(got))
        np.testing.assert_array_equal(model.predict(X), model.classes_[got.argmax(axis=1)])
        assert np.abs(got - model.estimator_.predict_proba(X)).max() > 0.01

    def test_views_may_overrule_the_clip(self, X, y):
        upside_down = Augmenter(Negated(), p=1)
        final = LogisticRegression(fit_intercept=False)  # takes -x for the other class
        model = AugmentedClassifier(final, upside_down, n_copies=0, n_views=2).fit(X, y)
        assert not (model.predict(X) == model.estimator_.predict(X)).any()

    def test_logarithms_are_the_estimator_s_own(self, X, y):
        # Of a probability that single numbers cannot tell from zero it knows the logarithm.
        far = 1e3 * X
        model = AugmentedClassifier(GaussianNB(), noise()).fit(X, y)
        expected = model.estimator_.predict_log_proba(far)
        assert np.isfinite(expected).all()
        np.testing.assert_array_equal(model.predict_log_proba(far), expected)

    def test_scores_of_several_views_have_no_mean(self, X, y):
        for fitted in (False, True):
            model = AugmentedClassifier(LogisticRegression(), noise(), n_views=1)
            if fitted:
                model.fit(X, y)
            assert not hasattr(model, "decision_function")
        assert model.set_params(n_views=0).decision_function(X).shape == (12,)

    def test_who_has_no_probabilities_has_no_views(self, X, y):
        with pytest.raises(TypeError, match=r"LinearSVC\(\) has no predict_proba: take n_views=0"):
            AugmentedClassifier(LinearSVC(), noise(), n_views=1).fit(X, y)

    def test_views_of_other_lengths(self, X, y):
        features = make_pipeline(ZCRExtractor(), LogisticRegression())
        speed = Augmenter([Speed((0.5, 2))], p=1, random_state=0)
        model = AugmentedClassifier(features, speed, n_copies=0, n_views=2).fit(X, y)
        assert model.predict_proba(X).shape == (12, 2)


class TestRecordings:
    def test_paths_are_what_they_hold(self, recordings, corpus):
        clips = AudioReader().fit_transform(recordings)
        features = make_pipeline(AudioReader(), ZCRExtractor(), LogisticRegression())
        model = AugmentedClassifier(features, noise(), n_views=1)
        expected = clone(model).fit(clips, corpus.y).predict_proba(clips)
        model.fit(recordings, corpus.y)
        for given in (recordings, clips):
            np.testing.assert_array_equal(model.predict_proba(given), expected)

    @pytest.mark.parametrize("wrapped", [False, True])
    def test_the_reader_within_reads(self, recordings, corpus, wrapped):
        reader = AudioReader(duration=0.25)
        inner = make_pipeline(RowCache(reader) if wrapped else reader, Recorder())
        model = AugmentedClassifier(inner, noise(), n_copies=2, n_views=1)
        model.fit(pd.Series(recordings), corpus.y)
        model.predict_proba(recordings[:3])
        recorder = model.estimator_[-1]
        for heard, n in [(recorder.given_["X"], 72), *((heard, 3) for heard in recorder.asked_)]:
            assert [len(clip) for clip in heard] == [SR // 4] * n

    def test_another_rate_than_the_reader_s(self, recordings, corpus):
        inner = make_pipeline(AudioReader(sr=SR), Recorder())
        with pytest.raises(ValueError, match="at 16000 Hz and Augmenter works at 8000 Hz"):
            AugmentedClassifier(inner, noise(sr=8000)).fit(recordings, corpus.y)

    def test_what_a_cache_within_remembers_is_not_read_again(self, recordings, corpus, monkeypatch):
        opened, read = [], audio.read

        def counted(source, *args, **options):
            opened.append(source)
            return read(source, *args, **options)

        monkeypatch.setattr(audio, "read", counted)
        inner = make_pipeline(RowCache(AudioReader()), ZCRExtractor(), LogisticRegression())
        model = AugmentedClassifier(inner, noise(), n_views=1).fit(recordings, corpus.y)
        assert len(opened) == len(recordings)
        model.fit(recordings, corpus.y).predict(recordings)
        assert len(opened) == len(recordings)

    def test_readers_that_do_not_come_first(self, recordings, corpus):
        branches = make_union(
            make_pipeline(AudioReader(duration=0.1), ZCRExtractor()),
            make_pipeline(AudioReader(offset=0.2), ZCRExtractor()),
        )
        model = AugmentedClassifier(make_pipeline(branches, LogisticRegression()), noise())
        with pytest.raises(ValueError, match="Put one reader at the beginning"):
            model.fit(recordings, corpus.y)
        model.fit(corpus.X, corpus.y)

    def test_without_a_reader_within_the_augmenter_says_the_rate(self, recordings, corpus):
        model = AugmentedClassifier(Recorder(), noise(sr=8000)).fit(recordings, corpus.y)
        heard = model.estimator_.given_["X"]
        assert heard.sr == 8000
        assert_same(heard[:24], AudioReader(sr=8000).fit_transform(recordings))


class TestOrderAndProcesses:
    @pytest.fixture
    def model(self):
        features = make_pipeline(ZCRExtractor(stats=("mean", "std", "p05", "p95")))
        return AugmentedClassifier(
            make_pipeline(features, KNeighborsClassifier(3, weights="distance")),
            noise((0, 20)),
            n_copies=2,
            n_views=1,
        )

    def test_processes_and_runs_change_no_bit(self, model, corpus):
        options = {"groups": corpus.groups, "cv": LeaveOneGroupOut(), "scoring": "neg_log_loss"}
        scores = [
            cross_val_score(model, corpus.X, corpus.y, n_jobs=n_jobs, **options)
            for n_jobs in (1, 1, 2)
        ]
        assert_same(scores[1:], [scores[0]] * 2)

    def test_the_order_of_clips_changes_no_bit(self, model, corpus, rng):
        def probabilities(order):
            clips = [corpus.X[i] for i in order]
            return cross_val_predict(
                model,
                clips,
                corpus.y[order],
                groups=corpus.groups[order],
                cv=LeaveOneGroupOut(),
                method="predict_proba",
            )

        order = rng.permutation(24)
        np.testing.assert_array_equal(probabilities(order), probabilities(np.arange(24))[order])


class TestSplitsWithin:
    @pytest.mark.parametrize(
        ("inner", "named"),
        [
            (GridSearchCV(LogisticRegression(), {"C": [1]}), "cv"),
            (GridSearchCV(LogisticRegression(), {"C": [1]}, cv=GroupKFold(2)), "cv"),
            (CalibratedClassifierCV(LinearSVC()), "cv"),
            (LogisticRegressionCV(), "cv"),
            (make_pipeline(MLPClassifier(early_stopping=True)), "mlpclassifier__early_stopping"),
            (GradientBoostingClassifier(n_iter_no_change=5), "n_iter_no_change"),
        ],
    )
    def test_are_refused_without_groups(self, X, y, inner, named):
        message = f"splits what it is fitted on: .* Of {named}: "
        with pytest.raises(ValueError, match=message):
            AugmentedClassifier(inner, noise()).fit(X, y)

    def test_harm_nobody_where_there_are_no_copies(self, X, y):
        search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1]}, cv=2)
        AugmentedClassifier(search, noise(), n_copies=0).fit(X, y)

    def test_by_group_keep_copies_with_their_clips(self, rng, routing):
        # Labels that mean nothing: who stands beside a copy of itself would know its label.
        X, y = rng.normal(size=(60, 200)), rng.permutation(np.tile([0, 1], 30))
        search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1]}, cv=GroupKFold(5))
        model = AugmentedClassifier(search, noise()).fit(X, y, groups=np.arange(60))
        assert abs(model.estimator_.best_score_ - 0.5) < 0.25
        assert model.score(X, y) == 1


class TestUnits:
    """Without speakers, a clip is left out together with its copies."""

    def told(self, monkeypatch, model, X, y, n_copies=2, **metadata):
        seen = []
        fit = KernelRidgeClassifier._fit_engine
        monkeypatch.setattr(
            KernelRidgeClassifier,
            "_fit_engine",
            lambda self, task: (seen.append(task.groups), fit(self, task))[1],
        )
        AugmentedClassifier(model, noise(), n_copies=n_copies).fit(X, y, **metadata)
        return seen[0]

    @pytest.mark.parametrize(
        "before", [StandardScaler(), SpeakerScaler(), SpeakerNormalizer()], ids=repr
    )
    def test_are_clips(self, monkeypatch, X, y, before):
        X[7] = X[3]  # which are one
        places = self.told(monkeypatch, make_pipeline(before, KernelRidgeClassifier()), X, y)
        assert len(set(places)) == 11
        assert places[7] == places[3]
        np.testing.assert_array_equal(places, np.tile(places[:12], 3))

    def test_are_speakers_where_these_are_told(self, monkeypatch, X, y, groups, routing):
        model = make_pipeline(StandardScaler(), KernelRidgeClassifier())
        told = self.told(monkeypatch, model, X, y, groups=groups)
        np.testing.assert_array_equal(told, np.tile(groups, 3))
        if not routing:
            told = self.told(monkeypatch, model, X, y, kernelridgeclassifier__groups=groups)
            np.testing.assert_array_equal(told, np.tile(groups, 3))

    def test_are_for_nobody_else(self, X, y):
        model = AugmentedClassifier(make_pipeline(SpeakerScaler(), Recorder()), noise()).fit(X, y)
        assert model.estimator_[0].given_["groups"] is None
        assert model.estimator_[1].given_["groups"] is None

    def test_are_left_alone_where_there_are_no_copies(self, monkeypatch, X, y):
        assert self.told(monkeypatch, KernelRidgeClassifier(), X, y, n_copies=0) is None

    def test_that_do_not_arrive_are_warned_of(self, X, y, groups):
        vote = VotingClassifier([("a", KernelRidgeClassifier())])
        with pytest.warns(UserWarning, match="KernelRidgeClassifier is not told who speaks within"):
            AugmentedClassifier(vote, noise()).fit(X, y, groups=groups)

    def test_make_probabilities_less_sure(self, rng):
        # Labels that mean nothing: who knows a clip by its copy would be sure of all others.
        X, y = rng.normal(size=(60, 200)), rng.permutation(np.tile([0, 1], 30))
        model = AugmentedClassifier(KernelRidgeClassifier(), noise()).fit(X, y)
        assert model.predict_proba(rng.normal(size=(60, 200))).max(axis=1).mean() < 0.6


class TestRefusals:
    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"y": None}, "requires y to be passed, but the target y is None"),
            ({"y": ["a"] * 11}, "y holds 11 values for 12 clips: give one for each"),
            ({"groups": range(13)}, "groups holds 13 values for 12 clips"),
            ({"sample_weight": np.ones(24)}, "sample_weight holds 24 values for 12 clips"),
        ],
    )
    def test_values_that_are_not_one_for_each_clip(self, X, y, given, message):
        with pytest.raises(ValueError, match=message):
            AugmentedClassifier(Recorder(), noise()).fit(X, **{"y": y, **given})

    @pytest.mark.parametrize("name", ["n_copies", "n_views"])
    @pytest.mark.parametrize("value", [-1, 1.5])
    def test_numbers_of_copies_and_views(self, X, y, name, value):
        with pytest.raises(ValueError, match=f"The '{name}' parameter .* must be an int"):
            AugmentedClassifier(Recorder(), noise(), **{name: value}).fit(X, y)

    @pytest.mark.parametrize(
        ("augmenter", "error"),
        [
            (Augmenter, ValueError),
            ("speech", ValueError),
            ([], TypeError),
            ([AddNoise()], TypeError),
        ],
    )
    def test_what_is_no_augmenter(self, X, y, augmenter, error):
        with pytest.raises(error, match=r"augmenter.*(must be an instance|give an Augmenter)"):
            AugmentedClassifier(Recorder(), augmenter).fit(X, y)

    def test_a_regressor(self, X):
        with pytest.raises(TypeError, match=r"Ridge\(\) is a regressor"):
            AugmentedClassifier(Ridge(), noise()).fit(X, np.arange(12.0))

    def test_one_group_for_all(self, X, y):
        with pytest.raises(TypeError):
            AugmentedClassifier(Recorder(), noise()).fit(X, y, groups=3)

    def test_clips_of_another_width(self, X, y):
        model = AugmentedClassifier(Recorder(), noise()).fit(X, y)
        with pytest.raises(ValueError, match="X has 9 features, but AugmentedClassifier is expect"):
            model.predict(X[:, :9])


class TestHonesty:
    """A random split, a nearest neighbour, two copies of each clip with a little noise."""

    def scores(self, clips, y):
        """Accuracy without copies, with copies made before the split, and with each fit's own."""
        features = make_pipeline(RowCache(MFCCExtractor()), StandardScaler())
        model = make_pipeline(features, KNeighborsClassifier(1))
        augmenter = noise((40, 60)).fit(clips)
        grown = [*clips, *augmenter.augment(clips, 0), *augmenter.augment(clips, 1)]
        within = AugmentedClassifier(model, augmenter, n_copies=2)
        split = KFold(5, shuffle=True, random_state=0)
        return [
            cross_val_score(estimator, X, labels, cv=split).mean()
            for estimator, X, labels in [
                (model, clips, y),
                (model, grown, np.tile(y, 3)),
                (within, clips, y),
            ]
        ]

    def test_copies_made_before_the_split_promise_what_is_not_there(self, six_speakers):
        plain, before, within = self.scores(six_speakers.X, six_speakers.y)
        assert before > 0.9  # 0.97 were measured
        assert abs(within - plain) < 0.1  # 0.48 and 0.48

    def test_labels_that_mean_nothing_are_guessed(self, six_speakers, rng):
        _, before, within = self.scores(six_speakers.X, rng.permutation(six_speakers.y))
        assert before > 0.9  # 0.96 were measured
        assert within < 0.3  # 0.22, where a sixth is chance


class TestInScikitLearn:
    def test_a_grid_search_reaches_all_that_is_nested(self, corpus):
        steps = [("zcr", ZCRExtractor()), ("scaler", StandardScaler()), ("svm", SVC())]
        model = AugmentedClassifier(Pipeline(steps), noise())
        grid = {"augmenter__p": [0.5, 1], "estimator__svm__C": [1, 10], "n_copies": [0, 2]}
        search = GridSearchCV(model, grid, cv=GroupKFold(2), error_score="raise")
        search.fit(corpus.X, corpus.y, groups=corpus.groups)
        assert len(search.cv_results_["params"]) == 8
        best = search.best_estimator_
        reached = {
            "augmenter__p": best.augmenters_[0].p,
            "estimator__svm__C": best.estimator_["svm"].C,
            "n_copies": best.n_copies,
        }
        assert reached == search.best_params_

    def test_labels_in_a_series_of_another_index(self, X, y):
        series = pd.Series(y, index=range(100, 112))[::-1]
        model = AugmentedClassifier(LogisticRegression(), noise())
        expected = clone(model).fit(X, y[::-1]).predict_proba(X)
        np.testing.assert_array_equal(model.fit(X, series).predict_proba(X), expected)

    def test_pickles_and_clones_do_the_same(self, X, y):
        model = AugmentedClassifier(LogisticRegression(), noise(), n_copies=2, n_views=1).fit(X, y)
        expected = model.predict_proba(X)
        for again in (pickle.loads(pickle.dumps(model)), clone(model).fit(X, y)):
            np.testing.assert_array_equal(again.predict_proba(X), expected)

    def test_what_is_given_stays_unfitted(self, X, y):
        model = AugmentedClassifier(Recorder(), noise()).fit(X, y)
        assert not hasattr(model.estimator, "given_")
        assert not hasattr(model.augmenter, "seed_")


class OfOnesOwn(Pipeline):
    """A pipeline that is not scikit-learn's."""

    def predict(self, X, **params):
        return super().predict(X, **params)


@pytest.mark.filterwarnings("ignore:.* speakers show too little:UserWarning")
@pytest.mark.parametrize("kind", [Pipeline, OfOnesOwn])
def test_who_speaks_reaches_score_and_enroll(kind):
    corpus = make_corpus(n_speakers=4, n_per_speaker=6, emotions=("angry", "sad"))
    adapted = SpeakerAdaptedClassifier(SVC(), SpeakerNormalizer(prior=1))
    model = AugmentedClassifier(
        kind([("zcr", ZCRExtractor()), ("adapted", adapted)]), Augmenter([AddNoise(30)], p=1)
    )
    X, y, groups = corpus.X, np.roll(corpus.y, 5), corpus.groups
    with config_context(enable_metadata_routing=True):
        model.fit(X, corpus.y, groups=groups)
        weights = np.arange(len(y))
        expected = np.average(model.predict(X, groups=groups) == y, weights=weights)
        assert model.score(X, y, weights, groups=groups) == pytest.approx(expected)
        scores = cross_val_score(
            model, X, corpus.y, cv=GroupKFold(2), params={"groups": groups}, error_score="raise"
        )
    assert len(scores) == 2
    new = np.full(6, "new")
    expected = model.predict(X[:6], groups=new)
    np.testing.assert_array_equal(model.enroll(X[:6]).predict(X[:6]), expected)


def test_labels_that_are_missing(rng):
    model = AugmentedClassifier(LogisticRegression(), Augmenter([AddNoise(30)], p=1))
    with pytest.raises(ValueError, match=r"y is missing for 1 rows \(2\)"):
        model.fit(rng.normal(size=(4, 50)), ["sad", "glad", None, "sad"])


@pytest.mark.parametrize("method", ["enroll", "self_train"])
def test_who_knows_no_speakers_enrolls_none(method):
    model = AugmentedClassifier(make_pipeline(ZCRExtractor(), SVC()), Augmenter())
    assert not hasattr(model, method)
