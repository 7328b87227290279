"""XGBoostClassifier: XGBoost's own answers, and held-out speakers that nobody trains on."""

from __future__ import annotations

import json
import pickle
import sys

import numpy as np
import pandas as pd
import pytest
import xgboost
from joblib import cpu_count, parallel_config
from sklearn.metrics import balanced_accuracy_score, log_loss
from sklearn.model_selection import GridSearchCV, GroupKFold

from sertools import XGBoostClassifier

EMOTIONS = ["angry", "neutral", "sad"]


def classifier(**parameters):
    return XGBoostClassifier(**{"n_estimators": 15, "random_state": 0, **parameters})


def voices(rng, emotions=EMOTIONS):
    """Rows of ten speakers: their numbers, some columns that tell emotions, voices and noise."""
    y = np.tile(emotions, 120 // len(emotions))
    groups = np.repeat(np.arange(10), 12)
    means = rng.normal(size=(len(emotions), 3))[np.unique(y, return_inverse=True)[1]]
    voice = 3 * rng.normal(size=(10, 2))[groups]
    noise = rng.normal(size=(120, 8))
    X = np.column_stack([np.arange(120), noise[:, :6] + np.hstack([means, voice, voice[:, :1]])])
    return X, y, groups


@pytest.fixture
def table(rng):
    return voices(rng)


@pytest.fixture
def parts(monkeypatch):
    """The rows of each matrix that XGBoost was given: those to train on, and those held out."""
    given = []
    make = xgboost.QuantileDMatrix

    def record(X, *args, **kwargs):
        given.append(X[:, 0].astype(int))
        return make(X, *args, **kwargs)

    monkeypatch.setattr(xgboost, "QuantileDMatrix", record)
    return given


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_answers_are_those_of_xgboost(rng, n_classes):
    X, y, _ = voices(rng, EMOTIONS[:n_classes])
    weights = rng.uniform(0.5, 2, len(y))
    shared = {
        "n_estimators": 20,
        "learning_rate": 0.2,
        "max_depth": 3,
        "min_child_weight": 2,
        "subsample": 0.6,
        "colsample_bytree": 0.5,
        "reg_lambda": 3,
        "max_bin": np.int64(16),  # as a grid of NumPy has it
    }
    ours = XGBoostClassifier(**shared, booster_params={"gamma": 0.1}, random_state=7)
    ours.fit(X, y, sample_weight=weights)
    seed = np.random.RandomState(7).randint(2**31)
    shared["max_bin"] = 16
    theirs = xgboost.XGBClassifier(**shared, gamma=0.1, random_state=seed, n_jobs=1)
    theirs.fit(X, np.unique(y, return_inverse=True)[1], sample_weight=weights)
    expected = theirs.predict_proba(X)
    np.testing.assert_allclose(ours.predict_proba(X), expected, atol=1e-6)
    np.testing.assert_array_equal(ours.predict(X), ours.classes_[expected.argmax(axis=1)])
    np.testing.assert_allclose(ours.feature_importances_, theirs.feature_importances_, rtol=1e-6)


def test_importances_are_of_columns_that_are_used(table):
    X, y, _ = table
    X = np.column_stack([np.zeros(len(y)), y == "sad", np.zeros(len(y))])
    found = classifier(colsample_bytree=1).fit(X, y).feature_importances_
    np.testing.assert_array_equal(found, [0, 1, 0])


def test_trees_without_a_split_have_no_importances(table):
    X, y, _ = table
    model = classifier(booster_params={"gamma": 1e9}).fit(X, y)
    np.testing.assert_array_equal(model.feature_importances_, np.zeros(X.shape[1]))


def test_a_missing_value_can_tell(table):
    X, y, _ = table
    X[y == "sad", 2] = np.nan
    model = classifier(colsample_bytree=1).fit(X, y)
    np.testing.assert_array_equal(model.predict(X) == "sad", y == "sad")


@pytest.mark.parametrize(
    "params",
    [
        {"booster": "gblinear"},
        {"tree_method": "exact"},
        {"multi_strategy": "multi_output_tree"},
    ],
    ids=str,
)
def test_what_is_no_forest_on_bins_is_refused(table, params):
    X, y, _ = table
    with pytest.raises(ValueError, match="grows trees on binned columns"):
        classifier(booster_params=params).fit(X, y)


def test_rounds_that_change_earlier_ones_do_not_stop_early(table):
    X, y, groups = table
    model = classifier(booster_params={"booster": "dart"}, early_stopping_rounds=2)
    with pytest.raises(ValueError, match="dart scales earlier trees in later rounds"):
        model.fit(X, y, groups=groups)


def test_infinity_is_refused(table):
    X, y, _ = table
    X[3, 2] = np.inf
    with pytest.raises(ValueError, match="contains infinity"):
        classifier().fit(X, y)


@pytest.mark.parametrize("early_stopping_rounds", [None, 3])
def test_the_seed_decides(table, early_stopping_rounds):
    X, y, groups = table

    def answers(seed):
        model = classifier(random_state=seed, early_stopping_rounds=early_stopping_rounds)
        return model.fit(X, y, groups=groups).predict_proba(X)

    np.testing.assert_array_equal(answers(1), answers(1))
    np.testing.assert_array_equal(answers(np.random.RandomState(1)), answers(1))
    assert (answers(1) != answers(2)).any()


@pytest.mark.parametrize(("fraction", "n_held_out"), [(0.1, 1), (0.2, 2), (0.5, 5)])
def test_held_out_speakers_are_not_trained_on(table, parts, fraction, n_held_out):
    X, y, groups = table
    classifier(early_stopping_rounds=3, validation_fraction=fraction).fit(X, y, groups=groups)
    train, held_out = parts
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(len(y)))
    assert not set(groups[train]) & set(groups[held_out])
    assert len(set(groups[held_out])) == n_held_out


def test_the_seed_draws_who_is_held_out(table, parts):
    X, y, groups = table
    for seed in range(4):
        model = classifier(n_estimators=1, early_stopping_rounds=1, random_state=seed)
        model.fit(X, y, groups=groups)
    assert len({groups[held_out[0]] for held_out in parts[1::2]}) > 1


def test_without_groups_rows_are_held_out(table, parts):
    X, y, _ = table
    classifier(early_stopping_rounds=3, validation_fraction=0.2).fit(X, y)
    assert [len(rows) for rows in parts] == [96, 24]


def test_the_best_round_is_the_last_that_is_kept(rng, table, parts):
    X, y, groups = table
    weights = rng.uniform(0.5, 2, len(y))
    model = classifier(n_estimators=200, learning_rate=0.5, early_stopping_rounds=4)
    model.fit(X, y, sample_weight=weights, groups=groups)
    curve = model.evals_result_["validation"]["mlogloss"]
    assert model.n_estimators_ == 1 + np.argmin(curve)
    assert len(curve) == model.n_estimators_ + 4 < 200
    _, held_out = parts
    loss = log_loss(y[held_out], model.predict_proba(X[held_out]), sample_weight=weights[held_out])
    assert loss == pytest.approx(min(curve), abs=1e-5)


def test_without_early_stopping_all_rounds_are_kept(table, parts):
    X, y, _ = table
    model = classifier(booster_params={"eval_metric": ["merror", "mlogloss"]}).fit(X, y)
    (train,) = parts
    np.testing.assert_array_equal(train, np.arange(len(y)))
    assert model.n_estimators_ == 15
    (curves,) = model.evals_result_.values()
    assert {name: len(curve) for name, curve in curves.items()} == {"merror": 15, "mlogloss": 15}


@pytest.mark.parametrize("kind", ["clip", "speaker"])
def test_a_class_of_one_cannot_be_held_out(table, kind):
    X, y, groups = table
    y[:-1][y[:-1] == "sad"] = "angry"
    words = f"'sad' is of 1 {kind}.*Or do without early_stopping_rounds=3"
    with pytest.raises(ValueError, match=words):
        classifier(early_stopping_rounds=3).fit(X, y, groups=groups if kind == "speaker" else None)
    assert set(classifier().fit(X, y).classes_) == set(EMOTIONS)


@pytest.mark.parametrize("early_stopping_rounds", [None, 3])
def test_labels_that_mean_nothing_are_guessed(rng, early_stopping_rounds):
    X, y, groups = voices(rng)
    y = rng.permutation(y)
    found = np.empty_like(y)
    for train, test in GroupKFold(5).split(X, y, groups):
        model = classifier(early_stopping_rounds=early_stopping_rounds, class_weight="balanced")
        found[test] = model.fit(X[train], y[train], groups=groups[train]).predict(X[test])
    chance = 1 / 3
    interval = 1.96 * np.sqrt(chance * (1 - chance) / len(y))
    assert abs(balanced_accuracy_score(y, found) - chance) < interval


@pytest.mark.parametrize(
    ("name", "here"),
    [
        ("eta", "learning_rate"),
        ("lambda", "reg_lambda"),
        ("nthread", "n_jobs"),
        ("num_boost_round", "n_estimators"),
        ("scale_pos_weight", "class_weight"),
        ("seed", "random_state"),
        ("max_depth", "max_depth"),
        ("device", "device"),
    ],
)
def test_parameters_that_are_ours_are_refused_elsewhere(table, name, here):
    X, y, _ = table
    with pytest.raises(ValueError, match=f"booster_params holds '{name}': set {here} of XGB"):
        classifier(booster_params={name: 1}).fit(X, y)


@pytest.mark.parametrize("name", ["objective", "num_class"])
def test_parameters_that_follow_from_the_labels_are_refused(table, name):
    X, y, _ = table
    with pytest.raises(ValueError, match=f"'{name}', which follows from the labels"):
        classifier(booster_params={name: 3}).fit(X, y)


def test_parameters_that_are_none_of_xgboost_warn(table):
    X, y, _ = table
    with pytest.warns(UserWarning, match='"gama" } are not used'):
        classifier(booster_params={"gama": 1}).fit(X, y)


@pytest.mark.parametrize(
    ("n_jobs", "around", "n_threads"),
    [(None, None, 1), (None, 2, 2), (3, None, 3), (-1, None, cpu_count())],
)
def test_threads_follow_joblib(table, n_jobs, around, n_threads):
    X, y, _ = table
    with parallel_config(n_jobs=around):
        model = classifier(n_estimators=1, n_jobs=n_jobs).fit(X, y)
    config = json.loads(model.engine_.save_config())
    assert config["learner"]["generic_param"]["nthread"] == str(n_threads)


@pytest.mark.parametrize(("verbose", "n_lines"), [(0, 0), (1, 15), (5, 4)])
def test_only_the_verbose_talk(table, capfd, verbose, n_lines):
    X, y, _ = table
    classifier(verbose=verbose).fit(X, y)
    out, err = capfd.readouterr()
    assert len(out.splitlines()) == n_lines
    assert err == ""


def test_a_row_alone_has_the_same_answer(table):
    X, y, _ = table
    model = classifier().fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X[5:6]), model.predict_proba(X)[5:6])


def test_pickles(table):
    X, y, _ = table
    model = classifier().fit(X, y)
    loaded = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))


def test_any_names_of_columns(table):
    X, y, _ = table
    frame = pd.DataFrame(X, columns=["[0]", "<1>", "f2", "", "é", "f1", "f0"])
    model = classifier().fit(frame, y)
    assert list(model.feature_names_in_) == list(frame)
    expected = classifier().fit(X, y).feature_importances_
    np.testing.assert_array_equal(model.feature_importances_, expected)


def test_grid_search(table):
    X, y, groups = table
    search = GridSearchCV(classifier(), {"max_depth": [1, 3]}, cv=GroupKFold(3))
    search.fit(X, y, groups=groups)
    assert search.best_score_ > 0.5


def test_xgboost_that_is_missing_is_named(table, monkeypatch):
    X, y, _ = table
    monkeypatch.setitem(sys.modules, "xgboost", None)
    with pytest.raises(ImportError, match=r'pip install "sertools\[xgboost\]"'):
        classifier().fit(X, y)
