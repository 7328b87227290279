"""What evaluate says is what a loop by hand says, and nothing leaks in between."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import AdaBoostClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    ShuffleSplit,
    cross_val_predict,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sertools import (
    AcousticExtractor,
    AddNoise,
    AugmentedClassifier,
    Augmenter,
    Corpus,
    Gain,
    KernelRidgeClassifier,
    MFCCExtractor,
    SpeakerAdaptedClassifier,
    SpeakerNormalizer,
    SVMClassifier,
    ToDevice,
    Trimmer,
    XGBoostClassifier,
    evaluate,
    make_corpus,
    make_emotion_pipeline,
)
from sertools._backend import GPUStatus
from sertools.evaluation import _evaluate, clustered_interval


@pytest.fixture(scope="module")
def corpus():
    return make_corpus(n_speakers=4, n_per_speaker=6, emotions=("angry", "sad", "neutral"))


def test_predictions_are_pooled_and_then_scored(table):
    X, y, groups = table
    model = GaussianNB()
    found = evaluate(model, X, y, groups=groups, cv=GroupKFold(4))
    pooled = cross_val_predict(model, X, y, groups=groups, cv=GroupKFold(4))
    assert found.predictions["predicted"].tolist() == pooled.tolist()
    assert found.uar == pytest.approx(balanced_accuracy_score(y, pooled))
    assert found.accuracy == (y == pooled).mean()
    probabilities = cross_val_predict(
        model, X, y, groups=groups, cv=GroupKFold(4), method="predict_proba"
    )
    columns = ["p_angry", "p_happy", "p_sad"]
    np.testing.assert_array_equal(found.predictions[columns], probabilities)


@pytest.mark.parametrize("cv", [None, 4, GroupKFold(4), LeaveOneGroupOut()])
def test_no_speaker_is_on_both_sides(spy, table, cv):
    X, y, groups = table
    found = evaluate(spy, X, y, groups=groups, cv=cv)
    assert found.speaker_independent is True
    assert sorted(found.predictions["clip"]) == list(range(len(y)))
    for fit, (_, part) in zip(spy.fits, found.predictions.groupby("fold"), strict=True):
        assert not set(groups[fit["rows"]]) & set(part["speaker"])


def test_there_are_as_many_folds_as_speakers_if_these_are_few(table):
    X, y, groups = table
    for n_speakers, n_folds in ((3, 3), (8, 5)):
        few = groups < f"s{n_speakers}"
        assert len(evaluate(GaussianNB(), X[few], y[few], groups=groups[few]).folds) == n_folds


def test_the_groups_of_the_training_part_reach_the_fit(spy, table):
    X, y, groups = table
    evaluate(spy, X, y, groups=groups)
    for fit in spy.fits:
        assert fit["groups"].tolist() == groups[fit["rows"]].tolist()


def test_random_folds_are_called_what_they_are(table):
    X, y, groups = table
    folds = KFold(4, shuffle=True, random_state=0)
    found = evaluate(GaussianNB(), X, y, groups=groups, cv=folds)
    assert found.speaker_independent is False
    assert "NOT speaker-independent" in found.summary()
    without = evaluate(GaussianNB(), X, y)
    assert without.speaker_independent is None
    assert "may be tested on speakers it has heard in training" in without.summary()
    assert without.per_speaker is None


def test_folds_as_positions_or_masks_and_clips_in_no_fold(table):
    X, y, groups = table
    train, test = groups < "s4", groups == "s6"
    as_masks = evaluate(GaussianNB(), X, y, groups=groups, cv=[(train, test)])
    places = [(np.flatnonzero(train), np.flatnonzero(test))]
    as_places = evaluate(GaussianNB(), X, y, groups=groups, cv=places)
    assert as_masks.uar == as_places.uar
    assert as_masks.n_left_out == len(y) - test.sum()
    assert f"{as_masks.n_left_out} clips are in no test part" in as_masks.summary()


def test_chance_is_among_all_that_could_be_said(table):
    X, y, groups = table
    test = (groups > "s5") & (y == "sad")
    found = evaluate(GaussianNB(), X, y, groups=groups, cv=[(groups < "s5", test)])
    assert found.per_class.index.tolist() == ["sad"]
    assert found.chance == 1 / 3


class TestGrid:
    def test_the_choice_is_made_by_speaker_and_within_the_training_part(self, spy, table):
        X, y, groups = table
        found = evaluate(spy, X, y, groups=groups, cv=4, grid={"scale": [-1.0, 1.0]})
        assert [chosen["scale"] for chosen in found.folds["chosen"]] == [1.0] * 4
        per_fold = len(spy.fits) // 4
        for number, (_, part) in enumerate(found.predictions.groupby("fold")):
            fits = spy.fits[number * per_fold : (number + 1) * per_fold]
            assert len(fits) == 2 * 5 + 1
            assert fits[-1]["scale"] == 1.0
            for fit in fits:
                assert not set(groups[fit["rows"]]) & set(part["speaker"])
            training = set(groups) - set(part["speaker"])
            left_out = [training - set(groups[fit["rows"]]) for fit in fits[:-1]]
            assert all(left_out)
            assert set().union(*left_out) == training

    def test_the_first_of_equals_is_taken(self, table):
        X, y, groups = table
        grid = {"strategy": ["prior", "most_frequent"]}
        found = evaluate(DummyClassifier(), X, y, groups=groups, cv=2, grid=grid)
        assert [chosen["strategy"] for chosen in found.folds["chosen"]] == ["prior"] * 2

    def test_what_does_not_exist_is_refused_before_any_fit(self, spy, table):
        X, y, groups = table
        with pytest.raises(ValueError, match="Invalid parameter 'scales'"):
            evaluate(spy, X, y, groups=groups, grid={"scales": [1]})
        assert spy.fits == []

    def test_a_search_is_a_model_too(self, table):
        X, y, groups = table
        search = GridSearchCV(GaussianNB(), {"var_smoothing": [0.1, 1]}, cv=GroupKFold(3))
        assert evaluate(search, X, y, groups=groups, cv=4).uar > 0.5

    def test_groups_reach_the_steps_within_a_search(self, spy, table):
        X, y, groups = table
        search = GridSearchCV(
            make_pipeline("passthrough", spy), {"spy__scale": [1.0]}, cv=GroupKFold(2)
        )
        evaluate(search, X, y, groups=groups, cv=2)
        for fit in spy.fits:
            assert fit["groups"].tolist() == groups[fit["rows"]].tolist()

    def test_a_search_that_mixes_speakers_is_warned_of(self, table):
        X, y, groups = table
        search = GridSearchCV(GaussianNB(), {}, cv=3)
        with pytest.warns(UserWarning, match="without regard to speakers") as caught:
            evaluate(search, X, y, groups=groups, cv=2)
        assert "cv: give GridSearchCV a splitter that takes groups" in str(caught[0].message)

    def test_a_splitter_that_the_grid_puts_in_is_seen(self, table, spy):
        X, y, groups = table
        model = Pipeline([("c", spy)])
        grid = {"c": [spy, CalibratedClassifierCV(GaussianNB(), cv=GroupKFold(2))]}
        with pytest.raises(ValueError, match="CalibratedClassifierCV has cv=GroupKFold.*routing"):
            evaluate(model, X, y, groups=groups, cv=2, grid=grid)
        assert spy.fits == []

    @pytest.mark.filterwarnings("ignore:The model holds a FrozenEstimator:UserWarning")
    def test_a_splitter_that_is_frozen_splits_no_more(self, table):
        X, y, groups = table
        search = GridSearchCV(GaussianNB(), {}, cv=GroupKFold(2)).fit(X, y, groups=groups)
        assert evaluate(FrozenEstimator(search), X, y, groups=groups, cv=2).uar > 0.5

    def test_a_splitter_that_waits_for_routing_is_told_so(self, table):
        X, y, groups = table
        model = CalibratedClassifierCV(GaussianNB(), cv=GroupKFold(2))
        with pytest.raises(ValueError, match="CalibratedClassifierCV has cv=GroupKFold.*routing"):
            evaluate(model, X, y, groups=groups, cv=2)
        with config_context(enable_metadata_routing=True):
            assert evaluate(model, X, y, groups=groups, cv=2).uar > 0.4

    def test_values_of_the_grid_stay_what_they_are(self, table):
        X, y, groups = table
        svm = SVMClassifier(C=1)
        model = Pipeline([("n", "passthrough"), ("svm", svm)])
        grid = [{"svm": [svm]}, {"svm": [svm], "svm__C": [1e-6]}]
        found = evaluate(model, X, y, groups=groups, cv=2, grid=grid)
        assert svm.C == 1
        assert [len(chosen) for chosen in found.folds["chosen"]] == [1, 1]

    def test_inner_folds_that_cannot_be_are_refused_before_any_fit(self, spy, table):
        X, y, groups = table
        y = np.where((groups < "s2") & (y == "sad"), "bored", y)
        with pytest.raises(ValueError, match="grid cannot choose within fold 1: .* of 1 speaker"):
            evaluate(spy, X, y, groups=groups, cv=LeaveOneGroupOut(), grid={"scale": [1, 2]})
        assert spy.fits == []


class Counter(TransformerMixin, BaseEstimator):
    """Counts the rows it transforms."""

    rows = 0

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        Counter.rows += len(X)
        return X


def test_features_are_computed_once_for_predictions_and_probabilities(table):
    X, y, groups = table
    Counter.rows = 0
    evaluate(make_pipeline(Counter(), GaussianNB()), X, y, groups=groups, cv=4)
    assert Counter.rows == 4 * len(y)


@pytest.mark.filterwarnings("ignore:.* speakers show too little:UserWarning")
class TestAdapt:
    def test_a_second_run_knows_the_speakers(self, corpus):
        features, rest = AcousticExtractor(), [StandardScaler(), KernelRidgeClassifier()]
        found = evaluate(make_pipeline(features, *rest), corpus, cv="loso", adapt=True)
        assert (found.sees, found.adapted.sees) == ("nothing", "unlabelled clips")
        adapted = SpeakerAdaptedClassifier(make_pipeline(*rest))
        by_hand = make_pipeline(features, adapted)
        own = evaluate(by_hand, corpus, cv="loso")
        assert own.sees == "unlabelled clips"
        assert own.predictions.equals(found.adapted.predictions)
        assert not own.predictions.equals(found.predictions)

    @pytest.mark.parametrize("is_augmented", [False, True])
    def test_a_third_run_learns_from_them(self, is_augmented):
        corpus = make_corpus(n_speakers=4, n_per_speaker=32)
        model = make_pipeline(AcousticExtractor(), StandardScaler(), KernelRidgeClassifier())
        if is_augmented:
            model = AugmentedClassifier(model, Augmenter([Gain((-6, 6))], p=1, random_state=0))
        found = evaluate(model, corpus, cv=2, adapt="self-train", random_state=1)
        assert found.self_trained.sees == "unlabelled clips, self-trained"
        adapted = evaluate(model, corpus, cv=2, adapt=True, random_state=1)
        assert found.predictions.equals(adapted.predictions)
        assert found.adapted.predictions.equals(adapted.adapted.predictions)
        assert not found.self_trained.predictions.equals(found.adapted.predictions)
        if not is_augmented:
            train, test = (found.predictions["fold"].to_numpy() == fold for fold in (2, 1))
            table, speakers = model[0].fit_transform(corpus.X), corpus.groups
            by_hand = SpeakerAdaptedClassifier(clone(model[1:]), keep_training=True)
            by_hand.fit(table[train], corpus.y[train], groups=speakers[train])
            by_hand.self_train(table[test], speakers[test])
            said = by_hand.predict_proba(table[test], speakers[test])
            told = found.self_trained.predictions.filter(like="p_")[test]
            np.testing.assert_allclose(told, said, atol=1e-5)

    @pytest.mark.parametrize("adapt", ["self_train", 2, None, "yes"])
    def test_there_are_no_other_ways(self, corpus, adapt):
        with pytest.raises(ValueError, match='give False, True or "self-train"'):
            evaluate(make_pipeline(MFCCExtractor(), SVMClassifier()), corpus, adapt=adapt)

    @pytest.mark.parametrize(
        "wrap",
        [
            lambda pipe: AugmentedClassifier(pipe, Augmenter([AddNoise((20, 30))], p=1)),
            lambda pipe: make_pipeline(make_pipeline(pipe[0]), pipe[1]),
            lambda pipe: make_pipeline(ToDevice("cpu"), pipe),
        ],
        ids=["augmented", "nested", "within"],
    )
    def test_it_finds_the_place(self, corpus, wrap):
        model = wrap(make_pipeline(MFCCExtractor(), SVMClassifier()))
        found = evaluate(model, corpus, cv=2, adapt=True)
        assert (found.sees, found.adapted.sees) == ("nothing", "unlabelled clips")
        plain, adapted = (run.predictions.filter(like="p_") for run in (found, found.adapted))
        assert plain.empty or not plain.equals(adapted)

    def test_those_who_hand_no_metadata_on_are_told(self, corpus):
        model = make_pipeline(MFCCExtractor(), AdaBoostClassifier(n_estimators=2))
        assert evaluate(model, corpus, cv=2, adapt=True).adapted.sees == "unlabelled clips"

    def test_a_normaliser_of_ones_own_is_left_where_it_is(self, corpus):
        model = make_pipeline(MFCCExtractor(), SpeakerNormalizer(), SVMClassifier())
        found = evaluate(model, corpus, cv=2)
        assert found.sees == "unlabelled clips"
        assert "SpeakerAdaptedClassifier" not in found.model

    @pytest.mark.parametrize(
        "wrap",
        [
            lambda pipe: GridSearchCV(pipe, {}, cv=GroupKFold(2)),
            lambda pipe: CalibratedClassifierCV(pipe),
            lambda pipe: make_pipeline(FeatureUnion([("a", pipe[0]), ("b", pipe[1])]), pipe[-1]),
            lambda pipe: GridSearchCV(SpeakerAdaptedClassifier(pipe[-1]), {}, cv=GroupKFold(2)),
            lambda pipe: SpeakerAdaptedClassifier(pipe[1:]),
            lambda pipe: FrozenEstimator(pipe),
        ],
        ids=[
            "searched",
            "calibrated",
            "united",
            "adapted and searched",
            "within an adapted one",
            "frozen",
        ],
    )
    def test_one_that_nobody_tells_who_speaks_is_refused(self, corpus, wrap):
        model = wrap(make_pipeline(MFCCExtractor(), SpeakerNormalizer(), SVMClassifier()))
        with pytest.raises(ValueError, match="gets no groups when it predicts"):
            evaluate(model, corpus, cv=2)

    def test_within_columns_it_is_told_by_routing(self, table):
        X, y, groups = table
        columns = make_column_transformer((SpeakerNormalizer(), [0, 1]), remainder="passthrough")
        model = make_pipeline(columns, GaussianNB())
        with pytest.raises(ValueError, match="gets no groups when it predicts"):
            evaluate(model, X, y, groups=groups, cv=2)
        with config_context(enable_metadata_routing=True):
            assert evaluate(model, X, y, groups=groups, cv=2).sees == "unlabelled clips"

    def test_with_routing_each_part_is_to_be_told(self, table):
        X, y, groups = table
        within = VotingClassifier([("a", SpeakerAdaptedClassifier(GaussianNB()))])
        frozen = FrozenEstimator(SpeakerNormalizer().fit(X, y, groups))
        for model in (
            make_pipeline(SpeakerNormalizer(), within),
            make_pipeline(frozen, SpeakerNormalizer(), GaussianNB()),
        ):
            with (
                config_context(enable_metadata_routing=True),
                pytest.raises(ValueError, match="gets no groups when it predicts"),
            ):
                evaluate(model, X, y, groups=groups, cv=2)

    def test_frames_that_are_pooled_within_a_step_are_a_table(self, corpus):
        pool = FunctionTransformer(
            lambda clips: np.array([frames.mean(axis=1) for frames in clips])
        )
        features = make_pipeline(MFCCExtractor(stats=None), pool)
        model = make_pipeline(features, StandardScaler(), SVMClassifier())
        assert evaluate(model, corpus, cv=2, adapt=True).adapted.sees == "unlabelled clips"

    def test_frames_are_refused_before_any_fit(self, corpus, spy):
        model = make_pipeline(MFCCExtractor(stats=None), spy)
        with pytest.raises(ValueError, match="adapt=True needs a table of features, and MFCCE"):
            evaluate(model, corpus, cv=2, adapt=True)
        assert spy.fits == []

    def test_folds_that_train_on_nobody_known(self, corpus, spy):
        speakers = np.where(corpus.groups == corpus.groups[0], "ann", "")
        model = make_pipeline(MFCCExtractor(), spy)
        partly = Corpus(corpus.X, corpus.y, speakers, sr=16000)
        with pytest.raises(ValueError, match="fold 1 trains on clips only of which nobody knows"):
            evaluate(model, partly, adapt=True)
        nobody = Corpus(corpus.X, corpus.y, sr=16000)
        with pytest.raises(ValueError, match=r"as in Corpus\(clips, emotions, speakers\)"):
            evaluate(model, nobody, adapt=True)
        assert spy.fits == []

    def test_in_a_pipeline_that_is_not_told_it_is_refused(self, table, spy):
        X, y, groups = table
        model = OfTwo([("normalizer", SpeakerNormalizer()), ("spy", spy)])
        with pytest.raises(ValueError, match="gets no groups when it predicts"):
            evaluate(model, X, y, groups=groups, cv=2)
        assert spy.fits == []

    def test_splits_that_would_part_two_versions_of_a_clip_are_refused_before_any_fit(
        self, corpus, spy
    ):
        inner = GridSearchCV(spy, {"scale": [1.0]}, cv=2)
        with pytest.raises(ValueError, match="Of gridsearchcv__cv: give GridSearchCV a splitter"):
            evaluate(make_pipeline(MFCCExtractor(), inner), corpus, cv=2, adapt=True)
        assert spy.fits == []

    def test_a_search_has_no_place(self, corpus):
        model = GridSearchCV(make_pipeline(MFCCExtractor(), SVMClassifier()), {}, cv=GroupKFold(2))
        with pytest.raises(ValueError, match="grid= in place of a search"):
            evaluate(model, corpus, cv=2, adapt=True)

    def test_a_reader_is_no_extractor(self, corpus):
        of_others = FunctionTransformer(lambda clips: np.ones((len(clips), 2)))
        with pytest.raises(
            ValueError, match=r"(?s)after the last extractor.* an extractor of sertools"
        ):
            evaluate(make_pipeline(Trimmer(), of_others, SVMClassifier()), corpus, adapt=True, cv=2)

    def test_a_normaliser_that_the_grid_puts_in_is_seen(self, corpus):
        model = Pipeline(
            [("mfcc", MFCCExtractor()), ("n", "passthrough"), ("svm", SVMClassifier())]
        )
        found = evaluate(model, corpus, cv=2, grid={"n": [SpeakerNormalizer()], "svm__C": [1, 2]})
        assert found.sees == "unlabelled clips"

    def test_the_grid_puts_no_second_one_in(self, corpus):
        model = Pipeline(
            [("mfcc", MFCCExtractor()), ("n", "passthrough"), ("svm", SVMClassifier())]
        )
        with pytest.raises(ValueError, match="which has a SpeakerNormalizer"):
            evaluate(model, corpus, cv=2, adapt=True, grid={"n": [SpeakerNormalizer()]})

    def test_the_grid_names_steps_as_they_were_given(self, corpus):
        steps = [("mfcc", MFCCExtractor()), ("n", StandardScaler()), ("k", KernelRidgeClassifier())]
        grid = {"mfcc__n_mfcc": [2], "n": ["passthrough"], "k__alpha": [7.0]}
        found = evaluate(Pipeline(steps), corpus, cv=2, adapt=True, grid=grid)
        kernel = SpeakerAdaptedClassifier(KernelRidgeClassifier(alpha=7.0))
        by_hand = evaluate(make_pipeline(MFCCExtractor(2), kernel), corpus, cv=2)
        assert by_hand.predictions.equals(found.adapted.predictions)

    def test_a_place_that_only_the_grid_makes_is_none(self, corpus, spy):
        model = Pipeline([("features", "passthrough"), ("spy", spy)])
        grid = {"features": [MFCCExtractor()], "spy__scale": [1, 2]}
        with pytest.raises(ValueError, match="has no such place"):
            evaluate(model, corpus, cv=2, adapt=True, grid=grid)
        assert spy.fits == []

    def test_known_speakers_are_no_unlabelled_clips(self, corpus):
        model = make_pipeline(MFCCExtractor(), SVMClassifier())
        folds = KFold(3, shuffle=True, random_state=0)
        found = evaluate(model, corpus, cv=folds, adapt="self-train")
        sees = ["nothing", "nothing new", "unlabelled clips, self-trained"]
        assert found.to_frame().index.tolist() == sees

    def test_a_classifier_that_is_never_sure_is_refused_before_any_fit(self, corpus, spy):
        voting = VotingClassifier([("spy", spy)])
        with pytest.raises(TypeError, match="has neither decision_function nor predict_proba"):
            evaluate(make_pipeline(MFCCExtractor(), voting), corpus, cv=2, adapt="self-train")
        assert not spy.fits

    def test_self_training_takes_three_more_fits(self, corpus):
        class Fitted(GaussianNB):
            rows: ClassVar = []

            def fit(self, X, y):
                Fitted.rows.append(len(X))
                return super().fit(X, y)

        model = make_pipeline(MFCCExtractor(), Fitted())
        evaluate(model, make_corpus(n_speakers=4, n_per_speaker=32), cv=2, adapt="self-train")
        # Of two folds: the model as it is, adapted, and three times with more of 64 clips.
        assert Fitted.rows == 2 * [64] + 2 * [128, 192, 216, 244]

    def test_a_model_of_tables_has_no_place(self, table):
        X, y, groups = table
        model = make_pipeline(StandardScaler(), GaussianNB())
        with pytest.raises(ValueError, match="begin a plain Pipeline with an extractor"):
            evaluate(model, X, y, groups=groups, adapt=True)

    @pytest.mark.parametrize(
        ("steps", "has"),
        [
            ([SpeakerNormalizer(), SVMClassifier()], "SpeakerNormalizer"),
            ([SpeakerAdaptedClassifier(SVMClassifier())], "SpeakerAdaptedClassifier"),
        ],
    )
    def test_once_is_enough(self, corpus, steps, has):
        with pytest.raises(ValueError, match=f"which has a {has}"):
            evaluate(make_pipeline(MFCCExtractor(), *steps), corpus, cv=2, adapt=True)

    def test_it_needs_speakers(self, corpus):
        model = make_pipeline(AcousticExtractor(), SVMClassifier())
        with pytest.raises(ValueError, match="pass groups"):
            evaluate(model, corpus.X, corpus.y, cv=2, adapt=True)


class TestRefusals:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"cv": 9}, "8 speaker.s. and 9 folds"),
            ({"cv": 1}, "2 folds or more"),
            ({"cv": ShuffleSplit(3, random_state=0)}, "clips more than once"),
            ({"cv": [([0, 1], [1, 2])]}, "trains on 1 clip.s. that it tests: 1"),
            ({"cv": [([0, 1], [])]}, "at least one clip"),
            ({"cv": [([0, 1], [96])]}, "beyond the 96"),
            ({"cv": [3]}, "a fold is a pair"),
            ({"cv": []}, "gives no fold"),
            ({"cv": "random5"}, "pass the corpus itself"),
            ({"cv": 2.5}, "cv=2.5: give a number"),
            ({"cv": GroupKFold}, r"cv is the class GroupKFold: pass an object, GroupKFold\(\)"),
            ({"groups": np.full(96, "s1")}, "All clips are of one speaker"),
            ({"groups": np.full(96, "")}, "All clips are of a speaker who is not known"),
            ({"grid": []}, "nothing to choose from"),
        ],
    )
    def test_folds(self, spy, table, options, message):
        X, y, groups = table
        with pytest.raises((ValueError, TypeError), match=message):
            evaluate(spy, X, y, **{"groups": groups, **options})
        assert spy.fits == []

    def test_a_label_that_a_fold_does_not_train_on(self, spy, table):
        X, y, groups = table
        y = np.where(groups == "s2", "bored", y)
        with pytest.raises(ValueError, match=r"Fold 3 tests 'bored', of which it trains on no"):
            evaluate(spy, X, y, groups=groups, cv=LeaveOneGroupOut())
        assert spy.fits == []

    def test_a_class_of_one_clip(self, spy, table):
        X, y, groups = table
        y = y.astype(object)
        y[5] = "bored"
        with pytest.raises(ValueError, match="'bored'"):
            evaluate(spy, X, y, groups=groups, cv=4)
        with pytest.raises(ValueError, match="rarest class has 1 clip"):
            evaluate(spy, X, y, cv=4)

    def test_data(self, table, corpus):
        X, y, groups = table
        model = GaussianNB()
        with pytest.raises(ValueError, match="groups has shape"):
            evaluate(model, X, y, groups=groups[:-1])
        with pytest.raises(ValueError, match="y has shape"):
            evaluate(model, X, y[:-1])
        with pytest.raises(ValueError, match="groups is missing for 2 rows .0, 1."):
            evaluate(model, X, y, groups=[np.nan, None, *groups[2:]])
        with pytest.raises(ValueError, match="groups holds labels of several types"):
            evaluate(model, X, y, groups=np.array([1, *groups[1:]], dtype=object))
        with pytest.raises(ValueError, match="y is missing for 1 rows"):
            evaluate(model, X, [None, *y[1:]])
        with pytest.raises(TypeError, match="y is None"):
            evaluate(model, X)
        with pytest.raises(TypeError, match="pass it alone"):
            evaluate(model, corpus, corpus.y)
        with pytest.raises(ValueError, match="one class only .'sad'.: .*two classes or more"):
            evaluate(model, X, np.full(len(y), "sad"), groups=groups)
        with pytest.raises(ValueError, match="y holds no label"):
            evaluate(model, [], [])
        with pytest.raises(TypeError, match="n_jobs='2': give a number"):
            evaluate(model, X, y, n_jobs="2")
        with pytest.raises(TypeError, match="no classifier"):
            evaluate(LinearRegression(), X, y)

    def test_augmented_copies_are_no_recordings(self, corpus):
        grown = corpus.augment(Augmenter([AddNoise((20, 30))], p=1, random_state=0))
        with pytest.raises(ValueError, match="AugmentedClassifier"):
            evaluate(make_pipeline(MFCCExtractor(), SVMClassifier()), grown)

    @pytest.mark.parametrize("device", ["cuda", "cuda:1", "auto"])
    def test_processes_do_not_share_a_gpu(self, corpus, device, monkeypatch):
        monkeypatch.setattr(_evaluate, "gpu_status", lambda: GPUStatus(True, "a GPU"))
        model = make_pipeline(MFCCExtractor(device=device), SVMClassifier())
        with pytest.raises(ValueError, match="pass n_jobs=1"):
            evaluate(model, corpus, n_jobs=2)
        search = GridSearchCV(model, {}, cv=GroupKFold(2), n_jobs=2)
        for within in (search, VotingClassifier([("one", model)], n_jobs=2)):
            with pytest.raises(
                ValueError, match="also to a search or an ensemble within the model"
            ):
                evaluate(within, corpus)

    def test_processes_that_have_no_part_in_it_do_not_share_a_gpu(self, table):
        union = FeatureUnion([("a", StandardScaler()), ("b", StandardScaler())], n_jobs=2)
        model = make_pipeline(union, SVMClassifier(device="cuda"))
        _evaluate._refuse_a_shared_gpu(model, table[0], None)

    def test_processes_do_not_share_a_gpu_that_the_grid_names(self, corpus):
        model = make_pipeline(MFCCExtractor(), SVMClassifier())
        with pytest.raises(ValueError, match="pass n_jobs=1"):
            evaluate(model, corpus, grid={"svmclassifier__device": ["cpu", "cuda"]}, n_jobs=2)

    @pytest.mark.parametrize(
        "model", ["svm", None, GaussianNB, make_emotion_pipeline, object()], ids=range(5)
    )
    def test_what_is_no_classifier(self, table, model):
        X, y, _ = table
        with pytest.raises(TypeError, match="no classifier.*such as make_emotion_pipeline"):
            evaluate(model, X, y)


class OfTwo(Pipeline):
    """A pipeline that predicts otherwise than its last step would: the first two classes only."""

    def predict(self, X):
        return self.classes_[self.predict_proba(X)[:, :2].argmax(axis=1)]


def test_a_pipeline_that_predicts_in_its_own_way_is_asked_as_a_whole(table):
    X, y, groups = table
    model = OfTwo([("scaler", StandardScaler()), ("bayes", GaussianNB())])
    found = evaluate(model, X, y, groups=groups, cv=GroupKFold(3))
    expected = cross_val_predict(model, X, y, groups=groups, cv=GroupKFold(3))
    assert "sad" not in expected
    assert found.predictions["predicted"].tolist() == expected.tolist()


class Doubling(BaseEstimator):
    """What imbalanced-learn calls a sampler: it has no `transform`."""

    def fit_resample(self, X, y):
        return np.concatenate([X, X]), np.concatenate([y, y])


class Resampling(Pipeline):
    """Fits its last step on other rows, as imbalanced-learn's pipeline does."""

    def fit(self, X, y, **params):
        X, y = self.steps[0][1].fit_resample(X, y)
        self.steps[1][1].fit(X, y, **{name.partition("__")[2]: v for name, v in params.items()})
        return self

    def predict(self, X):
        return self.steps[1][1].predict(X)

    def predict_proba(self, X):
        return self.steps[1][1].predict_proba(X)


def test_pipelines_that_resample(table):
    X, y, groups = table
    model = Resampling([("sampler", Doubling()), ("bayes", GaussianNB())])
    assert evaluate(model, X, y, groups=groups, cv=2).uar > 0.4
    takes_groups = model.set_params(bayes=KernelRidgeClassifier())
    message = r"Ridge\w+ takes groups, and comes after Doubling, which .*class_weight"
    for routing in (False, True):
        with (
            config_context(enable_metadata_routing=routing),
            pytest.raises(ValueError, match=message),
        ):
            evaluate(takes_groups, X, y, groups=groups, cv=2)


def test_a_model_that_is_fitted_already_is_asked_and_not_fitted(table):
    X, y, groups = table
    fitted = GaussianNB().fit(X[groups == "s0"], y[groups == "s0"])
    with pytest.warns(UserWarning, match="not fitted again in the folds") as caught:
        found = evaluate(FrozenEstimator(fitted), X, y, groups=groups, cv=2)
    assert [warning.filename for warning in caught] == [__file__]
    assert found.speaker_independent is None
    assert "may be tested on speakers it has heard" in found.summary()
    assert found.uar == balanced_accuracy_score(y, fitted.predict(X))


class InColumns(GaussianNB):
    """Gives predictions as a column, as CatBoost does of several classes."""

    def predict(self, X):
        return super().predict(X)[:, None]


def test_a_model_of_the_grid_that_is_fitted_already(table):
    X, y, groups = table
    model = Pipeline([("bayes", GaussianNB())])
    grid = {"bayes": [FrozenEstimator(GaussianNB().fit(X, y))]}
    with pytest.warns(UserWarning, match="not fitted again in the folds"):
        found = evaluate(model, X, y, groups=groups, cv=2, grid=grid)
    assert found.speaker_independent is None


class Otherwise(ClassifierMixin, BaseEstimator):
    """Predicts the first class, and a word of its own for the first row."""

    def __init__(self, word="unsure"):
        self.word = word

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.array([self.word, *[self.classes_[0]] * (len(X) - 1)])


@pytest.mark.parametrize(
    ("labels", "word"),
    [
        (["2020-01-01", "2021-01-01"], np.datetime64("1999-01-01")),
        ([1, 2], 7),
        ([False, True], 2),
        (["no", "yes"], "neither of them"),
    ],
    ids=["dates", "numbers", "truth", "text"],
)
def test_words_of_a_models_own(table, labels, word):
    X, _, groups = table
    kind = "M8[ns]" if isinstance(word, np.datetime64) else None
    y = np.array(labels, kind)[np.arange(len(X)) % 2]
    found = evaluate(Otherwise(word), X, y, groups=groups, cv=2)
    assert len(found.classes) == 3
    assert found.confusion.to_numpy().sum() == len(y)
    assert found.uar == pytest.approx((found.predictions["predicted"] == y[0])[::2].mean() / 2)


def test_a_model_that_predicts_nothing(table):
    X, y, groups = table
    with pytest.raises(ValueError, match=r"predicts nothing .* for 1 of 48 clips.*\"unsure\""):
        evaluate(Otherwise(None), X, y, groups=groups, cv=2)


def test_predictions_in_a_column(table):
    X, y, groups = table
    columns, rows = (
        evaluate(model, X, y, groups=groups, cv=2) for model in (InColumns(), GaussianNB())
    )
    assert columns.predictions.equals(rows.predictions)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_speakers_who_are_not_believed_are_named_once(corpus, n_jobs):
    model = make_pipeline(MFCCExtractor(), GaussianNB())
    grid = {"gaussiannb__var_smoothing": [1e-9, 1e-6]}
    with pytest.warns(UserWarning, match="speakers show too little") as caught:
        evaluate(model, corpus, cv="loso", adapt=True, grid=grid, n_jobs=n_jobs)
    assert [warning.filename for warning in caught] == [__file__]
    names = ", ".join(np.unique(corpus.groups))
    assert f"4 of 4 speakers show too little of themselves to be believed in a fold ({names})" in (
        str(caught[0].message)
    )


def test_models_that_hand_on_no_metadata_are_models_too(table):
    X, y, groups = table
    assert evaluate(AdaBoostClassifier(n_estimators=3), X, y, groups=groups, cv=2).uar > 0.4


def test_one_left_out_needs_no_corpus(table):
    X, y, groups = table
    by_name, by_splitter = (
        evaluate(GaussianNB(), X, y, groups=groups, cv=cv) for cv in ("loso", LeaveOneGroupOut())
    )
    assert by_name.predictions.equals(by_splitter.predictions)


def test_a_label_that_one_fold_does_not_know_has_no_chance_there(table):
    X, y, groups = table
    y = np.where((groups == "s0") & (y == "sad"), "bored", y)
    folds = [(groups > "s3", groups == "s3"), (groups < "s2", groups == "s2")]
    found = evaluate(GaussianNB(), X, y, groups=groups, cv=folds).predictions
    assert (found.loc[found["fold"] == 1, "p_bored"] == 0).all()
    assert (found.loc[found["fold"] == 2, "p_bored"] > 0).any()


def test_processes_change_nothing(corpus):
    model = make_pipeline(MFCCExtractor(), StandardScaler(), SVMClassifier())
    here, there = (evaluate(model, corpus, cv=2, n_jobs=n_jobs) for n_jobs in (None, 2))
    assert here.predictions.equals(there.predictions)


def test_clips_keep_their_rate(corpus):
    model = make_pipeline(MFCCExtractor(sr=8000), SVMClassifier())
    with pytest.raises(ValueError, match="The clips are at 16000 Hz"):
        evaluate(model, corpus, cv=2)


def test_a_bar_shows_the_folds(table, capsys):
    X, y, groups = table
    evaluate(GaussianNB(), X, y, groups=groups, cv=2, verbose=1)
    assert "2/2" in capsys.readouterr().err


MODELS = {
    "svm": SVMClassifier(),
    "svm, calibrated": SVMClassifier(probability=True, random_state=0),
    "svm, balanced": SVMClassifier(class_weight="balanced"),
    "nystroem": SVMClassifier(engine="nystroem", random_state=0),
    "kernel": KernelRidgeClassifier(),
    "kernel, int8": KernelRidgeClassifier(storage="int8", balanced=False),
    "xgboost": XGBoostClassifier(n_estimators=10, random_state=0),
    "xgboost, stopped early": XGBoostClassifier(
        n_estimators=20, early_stopping_rounds=3, random_state=0
    ),
}


OPTIONS = {
    "one left out": {"cv": LeaveOneGroupOut()},
    "tuned": {"grid": {"C": [0.1, 1, 10]}},
    "speakers not known": {"groups": None},
}


def shuffled(rng):
    """Rows whose labels mean nothing, and of whose speakers each is another."""
    groups = np.repeat(np.arange(10), 20)
    X = rng.normal(size=(200, 6)) + rng.normal(0, 2, (10, 6))[groups]
    return X, rng.integers(0, 3, 200), groups


def assert_chance(found):
    """One interval of 95 % in twenty misses; and labels that are drawn do not go by speaker."""
    labels, predicted = found.predictions["label"], found.predictions["predicted"]
    low, high = clustered_interval(labels, predicted, level=0.999)
    assert low <= 1 / 3 <= high


@pytest.mark.parametrize(
    ("model", "options"),
    [
        *(pytest.param(model, {}, id=name) for name, model in MODELS.items()),
        *(pytest.param(SVMClassifier(), options, id=name) for name, options in OPTIONS.items()),
    ],
)
def test_shuffled_labels_score_chance(model, options, rng):
    X, y, groups = shuffled(rng)
    assert_chance(evaluate(model, X, y, **{"groups": groups, **options}))


@pytest.mark.filterwarnings("ignore:.* speakers show too little:UserWarning")
def test_shuffled_labels_score_chance_when_adapted(rng):
    X, y, groups = shuffled(rng)
    model = make_pipeline(SpeakerNormalizer(), SVMClassifier())
    assert_chance(evaluate(model, X, y, groups=groups))


@pytest.mark.filterwarnings("ignore:.* speakers show too little:UserWarning")
@pytest.mark.parametrize("model", ["svm", "kernel", "xgboost"])
def test_shuffled_labels_score_chance_when_unlabelled_clips_are_learnt_from(model, rng):
    voices = make_corpus(n_speakers=6, n_per_speaker=24)
    shuffled = Corpus(voices.X, rng.choice(["a", "b", "c"], len(voices)), voices.groups, sr=16000)
    found = evaluate(
        make_pipeline(MFCCExtractor(), MODELS[model]), shuffled, cv=3, adapt="self-train"
    )
    for result in (found, found.adapted, found.self_trained):
        told = result.predictions
        # Of few clips it may be less: what a fold has more of, its training has less of.
        assert clustered_interval(told["label"], told["predicted"], level=0.999)[0] <= 1 / 3


@pytest.mark.filterwarnings("ignore:.* speakers show too little:UserWarning")
def test_shuffled_labels_score_chance_with_copies(rng):
    voices = make_corpus(n_speakers=6, n_per_speaker=12)
    shuffled = Corpus(voices.X, rng.choice(["a", "b", "c"], len(voices)), voices.groups, sr=16000)
    noise = Augmenter([AddNoise((20, 30))], p=1, random_state=0)
    model = AugmentedClassifier(make_pipeline(MFCCExtractor(), KernelRidgeClassifier()), noise, 2)
    found = evaluate(model, shuffled, cv=3, adapt=True)
    assert_chance(found)
    assert_chance(found.adapted)


def test_unscaled_functions_of_others_pass(corpus):
    loudness = FunctionTransformer(lambda clips: np.array([[np.std(clip)] for clip in clips]))
    assert len(evaluate(make_pipeline(loudness, SVMClassifier()), corpus, cv=2).folds) == 2
