"""What all classifiers share: labels, weights, groups, refusals, and life within scikit-learn."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.metrics import balanced_accuracy_score, log_loss
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    cross_val_predict,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_class_weight

from sertools import (
    AugmentedClassifier,
    Augmenter,
    CNNClassifier,
    Gain,
    KernelRidgeClassifier,
    MLPClassifier,
    SVMClassifier,
    XGBoostClassifier,
)

CLASSIFIERS = [
    CNNClassifier("cnn1d", width=8, depth=2, dropout=0, max_epochs=8, lr=0.05, random_state=0),
    KernelRidgeClassifier(),
    KernelRidgeClassifier(storage="int8"),
    MLPClassifier(width=16, max_epochs=8, lr=0.05, random_state=0),
    SVMClassifier(),
    SVMClassifier(probability=True, random_state=0),
    SVMClassifier(engine="nystroem", random_state=0),
    XGBoostClassifier(n_estimators=10, subsample=1.0, random_state=0),
]

# Others take a table for clips of one channel, and real clips as well.
OF_TABLES = [model for model in CLASSIFIERS if not isinstance(model, CNNClassifier)]

PROBABILISTIC = [model for model in CLASSIFIERS if hasattr(model, "predict_proba")]

# They calibrate themselves inside the fit, on rows or speakers that they leave out.
CALIBRATED = [KernelRidgeClassifier(), SVMClassifier(probability=True, random_state=0)]

METHODS = ("predict", "decision_function", "predict_proba", "predict_log_proba")

# In no order that a mistake could share with the codes.
NAMES = np.array(["happy", "sad", "angry"])


@pytest.fixture(params=CLASSIFIERS, ids=str)
def model(request):
    return clone(request.param)


@pytest.fixture
def tasks(model, monkeypatch):
    """What engines of the model are fitted on."""
    seen = []
    fit_engine = type(model)._fit_engine

    def record(self, task):
        seen.append(task)
        fit_engine(self, task)

    monkeypatch.setattr(type(model), "_fit_engine", record)
    return seen


@pytest.fixture
def codes():
    """Three classes in turn."""
    return np.arange(90) % 3


@pytest.fixture(name="X")
def table(codes):
    """Six columns, of which three tell the classes apart."""
    return np.random.default_rng(1).normal(size=(90, 6)) + 2.5 * np.eye(3, 6)[codes]


@pytest.fixture
def y(codes):
    return NAMES[codes]


@pytest.fixture
def groups():
    """Six speakers of fifteen rows."""
    return np.arange(90) // 15


def methods_of(model):
    return [name for name in METHODS if hasattr(model, name)]


class TestLabels:
    @pytest.mark.parametrize(
        "labels",
        [
            lambda codes: NAMES[codes],
            lambda codes: NAMES[codes].tolist(),
            lambda codes: NAMES.astype(object)[codes],
            lambda codes: np.array([7, -3, 5])[codes],
            lambda codes: codes != 1,
            lambda codes: pd.Series(NAMES[codes], index=np.arange(90)[::-1]),
            lambda codes: pd.Series(NAMES[codes], dtype="category"),
            lambda codes: pd.Series(NAMES[codes], dtype="string"),
        ],
        ids=["str", "list", "object", "int", "bool", "series", "categorical", "string"],
    )
    def test_come_back_as_they_were_given(self, model, X, codes, labels):
        y = labels(codes)
        predicted = model.fit(X, y).predict(X)
        assert model.classes_.tolist() == sorted(set(y))
        assert isinstance(predicted, np.ndarray)
        assert predicted.dtype == model.classes_.dtype
        assert np.mean(predicted == np.asarray(y)) > 0.9
        assert model.score(X, y) == np.mean(predicted == np.asarray(y))

    @pytest.mark.parametrize("n_classes", [2, 3])
    def test_are_those_of_the_highest_scores(self, model, X, codes, n_classes):
        rows = codes < n_classes
        model.fit(X[rows], NAMES[codes[rows]])
        decided = model.decision_function(X)
        assert decided.shape == ((90,) if n_classes == 2 else (90, 3))
        highest = (decided > 0).astype(int) if n_classes == 2 else decided.argmax(axis=1)
        np.testing.assert_array_equal(model.predict(X), model.classes_[highest])

    @pytest.mark.parametrize("n_classes", [2, 3])
    @pytest.mark.parametrize("model", PROBABILISTIC, ids=str, indirect=True)
    def test_have_the_probabilities_of_their_scores(self, model, X, codes, n_classes):
        rows = codes < n_classes
        decided = model.fit(X[rows], NAMES[codes[rows]]).decision_function(X)
        chances, logarithms = model.predict_proba(X), model.predict_log_proba(X)
        np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-6)
        np.testing.assert_allclose(np.exp(logarithms), chances, rtol=1e-6)
        scores = np.stack([-decided / 2, decided / 2], axis=1) if n_classes == 2 else decided
        # By how much a class is ahead of the mean is its score but for one temperature.
        ahead, spread = (part - part.mean(axis=1)[:, None] for part in (logarithms, scores))
        temperature = np.sum(spread**2) / np.sum(ahead * spread)
        assert temperature > 0
        np.testing.assert_allclose(ahead * temperature, spread, atol=1e-5 * temperature)


class TestWeights:
    def test_of_zero_leave_a_row_out(self, model, X, y, groups, rng):
        model.set_params(class_weight="balanced")
        weights = rng.integers(0, 3, 90)
        used = weights > 0
        weighted = clone(model).fit(X, y, sample_weight=weights, groups=groups)
        without = model.fit(X[used], y[used], sample_weight=weights[used], groups=groups[used])
        for method in methods_of(model):
            np.testing.assert_array_equal(getattr(weighted, method)(X), getattr(without, method)(X))

    def test_of_zero_leave_a_class_out(self, model, X, y):
        model.fit(X, y, sample_weight=y != "sad")
        assert model.classes_.tolist() == ["angry", "happy"]
        with pytest.raises(ValueError, match=r"one class only \('sad'\).*weights above 0"):
            model.fit(X, y, sample_weight=y == "sad")

    def test_below_zero_are_refused(self, model, X, y):
        with pytest.raises(ValueError, match="Negative values in data passed to `sample_weight`"):
            model.fit(X, y, sample_weight=np.r_[-1, np.ones(89)])

    def test_of_classes_go_with_those_of_rows(self, model, tasks, X, y, rng):
        weights = rng.uniform(1, 2, 90)
        model.set_params(class_weight={"sad": 3}).fit(X, y, sample_weight=weights)
        np.testing.assert_array_equal(tasks[0].row_weights, weights)
        np.testing.assert_array_equal(tasks[0].weights, np.where(y == "sad", 3, 1) * weights)

    def test_that_balance_count_a_row_as_often_as_it_weighs(self, model, tasks, X, y, rng):
        weights = rng.integers(1, 4, 90)
        model.set_params(class_weight="balanced").fit(X, y, sample_weight=weights)
        of_classes = compute_class_weight("balanced", classes=NAMES, y=np.repeat(y, weights))
        expected = weights * of_classes[np.arange(90) % 3]
        np.testing.assert_allclose(tasks[0].weights, expected)

    @pytest.mark.parametrize("weight", [0, -1, np.inf, np.nan])
    def test_of_classes_are_above_zero(self, model, X, y, weight):
        model.set_params(class_weight={"sad": weight})
        with pytest.raises(ValueError, match="numbers above 0. To do without a class, leave its"):
            model.fit(X, y)

    def test_decide_where_rows_say_nothing(self, model, y, rng):
        heard, new = rng.normal(size=(2, 90, 6))
        light, heavy = (
            clone(model).set_params(class_weight={"sad": weight}).fit(heard, y).predict(new)
            for weight in (0.1, 10)
        )
        assert np.mean(light == "sad") < 0.1
        assert np.mean(heavy == "sad") > 0.45


class TestRefusals:
    @pytest.mark.parametrize("shape", [(3,), (90, 2), ()])
    def test_groups_of_another_shape(self, model, X, y, shape):
        with pytest.raises(ValueError, match=r"groups has shape \(.*X has 90 rows: give one value"):
            model.fit(X, y, groups=np.ones(shape))

    @pytest.mark.parametrize(
        ("labels", "words"),
        [
            (None, "requires y to be passed, but the target y is None"),
            (np.full(90, "sad"), r"one class only \('sad'\).*give labels of two classes"),
            (np.linspace(0, 1, 90), "Unknown label type: continuous"),
            (NAMES, r"inconsistent numbers of samples: \[90, 3\]"),
        ],
        ids=["none", "one class", "numbers", "too few"],
    )
    def test_labels_that_are_none(self, model, X, labels, words):
        with pytest.raises(ValueError, match=words):
            model.fit(X, labels)

    @pytest.mark.parametrize("model", OF_TABLES, ids=str, indirect=True)
    def test_clips_in_place_of_a_table(self, model, X, y):
        words = rf"{type(model).__name__} takes a table .* put an extractor with stats before it"
        clips = [row[: 2 + i % 3] for i, row in enumerate(X)]
        with pytest.raises(ValueError, match=words):
            model.fit(clips, y)
        model.fit(X, y)
        with pytest.raises(ValueError, match=words):
            model.predict(clips)
        assert model.predict(list(X)).tolist() == model.predict(X).tolist()

    @pytest.mark.parametrize("model", CALIBRATED, ids=str, indirect=True)
    def test_gaps_in_a_table(self, model, X, y):
        X[3, 2] = np.nan
        with pytest.raises(ValueError, match="Input X contains NaN"):
            model.fit(X, y)

    @pytest.mark.parametrize("gap", [None, np.nan, pd.NA, 7], ids=repr)
    @pytest.mark.parametrize("container", [list, lambda y: np.array(y, dtype=object), pd.Series])
    def test_a_label_that_is_none(self, model, X, y, gap, container):
        labels = [*y[:-1].tolist(), gap]
        is_missing = not isinstance(gap, int)
        words = r"is missing for 1 rows \(89\)" if is_missing else "holds labels of several types"
        with pytest.raises(ValueError, match=f"^y {words}"):
            model.fit(X, container(labels))

    def test_a_table_of_another_width(self, model, X, y):
        model.fit(X, y)
        with pytest.raises(ValueError, match="X has 5 features.* expecting 6 features as input"):
            model.predict(X[:, :5])

    def test_a_device_that_is_none(self, model, X, y):
        with pytest.raises(ValueError, match="device='gpu' is unknown"):
            model.set_params(device="gpu").fit(X, y)

    def test_before_a_fit(self, model, X):
        for method in methods_of(model):
            with pytest.raises(NotFittedError):
                getattr(model, method)(X)


def test_single_precision_is_as_good(model, X, y):
    expected = clone(model).fit(X, y).decision_function(X)
    single = X.astype(np.float32)
    model.fit(single, y)
    np.testing.assert_allclose(model.decision_function(single), expected, atol=2e-3)
    np.testing.assert_allclose(model.decision_function(X), expected, atol=2e-3)


def test_a_clone_knows_nothing_and_learns_the_same(model, X, y):
    before = model.get_params()
    expected = model.fit(X, y).decision_function(X)
    copy = clone(model)
    assert copy.get_params() == model.get_params() == before
    with pytest.raises(NotFittedError):
        copy.predict(X)
    np.testing.assert_array_equal(copy.fit(X, y).decision_function(X), expected)


def test_a_pickle_answers_the_same(model, X, y):
    loaded = pickle.loads(pickle.dumps(model.fit(X, y)))
    for method in methods_of(model):
        np.testing.assert_array_equal(getattr(loaded, method)(X), getattr(model, method)(X))


class TestWithinScikitLearn:
    @pytest.fixture
    def pipeline(self, model):
        return make_pipeline(StandardScaler(), model)

    @pytest.mark.parametrize(
        "search",
        [
            lambda pipeline, grid: GridSearchCV(pipeline, grid, cv=3),
            lambda pipeline, grid: HalvingGridSearchCV(
                pipeline, grid, cv=3, min_resources=30, random_state=0
            ),
        ],
        ids=["grid", "halving"],
    )
    def test_a_search_finds_the_better_of_nested_parameters(self, pipeline, X, y, search):
        name = f"{pipeline.steps[-1][0]}__class_weight"
        never_sad = {"sad": 1e-9}
        found = search(pipeline, {name: [never_sad, None]}).fit(X, y)
        assert found.best_params_ == {name: None}

    @pytest.mark.parametrize("model", PROBABILISTIC, ids=str, indirect=True)
    def test_probabilities_of_a_cross_validation(self, pipeline, X, y):
        chances = cross_val_predict(pipeline, X, y, cv=3, method="predict_proba")
        assert np.mean(np.sort(NAMES)[chances.argmax(axis=1)] == y) > 0.7

    def test_groups_reach_the_fit_by_routing(self, pipeline, tasks, X, y, groups):
        with sklearn.config_context(enable_metadata_routing=True):
            cross_validate(pipeline, X, y, cv=GroupKFold(3), params={"groups": groups})
        for task, (train, _) in zip(tasks, GroupKFold(3).split(X, y, groups), strict=True):
            np.testing.assert_array_equal(task.groups, groups[train])

    def test_groups_reach_the_fit_by_the_name_of_the_step(self, pipeline, tasks, X, y, groups):
        pipeline.fit(X, y, **{f"{pipeline.steps[-1][0]}__groups": list(groups)})
        np.testing.assert_array_equal(tasks[0].groups, groups)

    def test_copies_have_the_groups_of_their_clips(self, pipeline, tasks, X, y, groups):
        augmented = AugmentedClassifier(pipeline, Augmenter(Gain(3), p=1))
        augmented.fit(X, y, groups=groups)
        np.testing.assert_array_equal(tasks[0].groups, np.tile(groups, 2))
        assert augmented.score(X, y) > 0.8


class TestOfNothingToLearn:
    """Labels that were drawn without a look at the rows."""

    @pytest.fixture
    def drawn(self, rng):
        return rng.normal(size=(300, 8)), rng.choice(NAMES, 300), np.repeat(range(20), 15)

    @pytest.mark.parametrize(
        "options", [{}, {"class_weight": "balanced"}, {"class_weight": {"sad": 2}}], ids=str
    )
    @pytest.mark.parametrize("grouped", [False, True])
    def test_predictions_are_right_by_chance(self, model, drawn, options, grouped):
        X, y, groups = drawn
        model.set_params(**options)
        with sklearn.config_context(enable_metadata_routing=True):
            told = {"params": {"groups": groups}} if grouped else {}
            guessed = cross_val_predict(model, X, y, cv=GroupKFold(3).split(X, y, groups), **told)
        # Three standard deviations of the mean recall of three classes of a hundred.
        assert abs(balanced_accuracy_score(y, guessed) - 1 / 3) < 0.08

    @pytest.mark.parametrize("model", CALIBRATED, ids=str, indirect=True)
    def test_probabilities_are_of_chance(self, model, drawn):
        X, y, groups = drawn
        chances = cross_val_predict(
            model, X, y, groups=groups, cv=GroupKFold(3), method="predict_proba"
        )
        # To know the shares of the classes and nothing more is log 3.
        assert log_loss(y, chances) < np.log(3) + 0.02


@pytest.mark.parametrize("model", CALIBRATED, ids=str, indirect=True)
def test_speakers_that_are_known_make_less_sure_of_those_that_are_not(model):
    rng = np.random.default_rng(0)
    # A voice is easy to know again, and who speaks says what is felt, but of these voices only.
    speakers = np.arange(240) // 10
    X = rng.normal(size=(240, 8)) + 3 * rng.normal(size=(24, 8))[speakers]
    y = NAMES[rng.integers(0, 3, 24)][speakers]
    heard, new = speakers < 18, speakers >= 18
    aware = clone(model).fit(X[heard], y[heard], groups=speakers[heard])
    unaware = model.fit(X[heard], y[heard])
    known, unknown = (log_loss(y[new], one.predict_proba(X[new])) for one in (aware, unaware))
    assert known < unknown - 0.2
