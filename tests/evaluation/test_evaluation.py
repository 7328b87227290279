"""The result: numbers, tables, print and JSON."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import f1_score, precision_score, recall_score
from sklearn.naive_bayes import GaussianNB

from sertools import AcousticExtractor, SVMClassifier, evaluate, make_corpus, make_emotion_pipeline
from sertools.datasets import Corpus


class Told(ClassifierMixin, BaseEstimator):
    """Predicts what the last column of a row says."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return self.classes_[X[:, -1].astype(int)]


def told(y, predicted, **options):
    """The evaluation of certain predictions."""
    codes = np.unique(y, return_inverse=True)[1]
    said = np.searchsorted(np.unique(y), predicted)
    return evaluate(Told(), np.column_stack([codes, said]), y, **options)


@pytest.fixture
def answers(rng):
    y = rng.permutation(np.repeat(["angry", "happy", "sad"], [20, 12, 8]))
    predicted = np.where(rng.random(40) < 0.6, y, rng.choice(["angry", "happy"], 40))
    return y, predicted, np.tile(["ann", "ben", "cat", "dan"], 10)


def test_scores_are_scikit_learns(answers):
    y, predicted, groups = answers
    found = told(y, predicted, groups=groups, cv=2)
    assert found.uar == pytest.approx(recall_score(y, predicted, average="macro"))
    assert found.f1 == pytest.approx(f1_score(y, predicted, average="macro"))
    assert found.precision == pytest.approx(
        precision_score(y, predicted, average="macro", zero_division=0)
    )
    assert found.chance == pytest.approx(1 / 3)
    low, high = found.interval
    assert low < found.uar < high


def test_speakers_that_lack_classes(answers):
    """The mean of their scores is not the score."""
    y = np.array(["angry", "sad", "angry", "angry"])
    predicted = np.array(["angry", "angry", "angry", "angry"])
    groups = np.array(["ann", "ann", "ben", "ben"])
    folds = [([2, 3, 1], [0]), ([0, 1], [2, 3])]
    found = told(y, predicted, groups=groups, cv=folds)
    assert found.per_speaker.loc["ben", "uar"] == 1
    assert found.per_class["recall"].to_dict() == {"angry": 1.0}
    assert found.confusion.shape == (2, 2)


def test_the_worst_speaker_comes_first(answers):
    y, predicted, groups = answers
    predicted = np.where(groups == "cat", "angry", y)
    found = told(y, predicted, groups=groups, cv=2)
    assert found.per_speaker.index[0] == "cat"
    assert found.per_speaker["uar"].iloc[0] < found.per_speaker["uar"].iloc[1] == 1
    assert "cat" in found.summary()


@pytest.fixture(scope="module")
def evaluation():
    corpus = make_corpus(n_speakers=4, n_per_speaker=6, emotions=("angry", "sad", "neutral"))
    with pytest.warns(UserWarning, match="speakers show too little"):
        return evaluate(make_emotion_pipeline("kernel"), corpus, cv="loso", adapt=True)


def test_women_and_men(evaluation):
    part = evaluation.predictions
    by_hand = {
        gender: recall_score(rows["label"], rows["predicted"], average="macro")
        for gender, rows in part.groupby("gender")
    }
    assert evaluation.gender_gap == pytest.approx(by_hand["female"] - by_hand["male"])


def test_to_frame_has_a_row_for_each_run(evaluation):
    frame = evaluation.to_frame()
    assert frame.index.tolist() == ["nothing", "unlabelled clips"]
    assert frame["uar"].tolist() == [evaluation.uar, evaluation.adapted.uar]


def test_json_holds_it_all(evaluation, tmp_path):
    text = evaluation.to_json(tmp_path / "result.json")
    assert (tmp_path / "result.json").read_text(encoding="utf-8") == text + "\n"
    found = json.loads(text)
    assert found["scores"]["uar"] == evaluation.uar
    assert found["adapted"]["scores"]["uar"] == evaluation.adapted.uar
    assert pd.DataFrame(found["predictions"])["predicted"].tolist() == (
        evaluation.predictions["predicted"].tolist()
    )
    assert found["versions"]["sertools"]
    assert "scikit-learn" in found["versions"]
    assert "KernelRidgeClassifier" in found["model"]


def test_json_knows_no_nan():
    y = np.array(["angry", "sad", "angry", "sad"])
    found = told(y, y, groups=["ann", "ann", "ben", "ben"], cv=2)
    assert json.loads(found.to_json())["scores"]["gender_gap"] is None


def as_ravdess(n_emotions):
    """A corpus with the speakers of RAVDESS and made-up features."""
    speakers = np.repeat([f"ravdess:{actor:02}" for actor in range(1, 25)], 2 * n_emotions)
    emotions = np.tile(
        ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"][
            :n_emotions
        ],
        2 * 24,
    )
    clips = [np.sin(np.arange(400.0) * (1 + i / 1000)) for i in range(len(emotions))]
    return Corpus(clips, emotions, speakers, name="ravdess", sr=16000)


def test_anchors_are_of_the_same_protocol_and_classes():
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(AcousticExtractor(["zcr"]), SVMClassifier())
    whole = evaluate(model, as_ravdess(8), cv="ravdess/emobox")
    assert "Whisper" in whole.summary()
    assert "EmoBox" in whole.summary()
    assert max(anchor.uar for anchor in whole.anchors()) == pytest.approx(0.7532)
    for other in (
        evaluate(model, as_ravdess(4), cv="ravdess/emobox"),
        evaluate(model, as_ravdess(8), cv="random5"),
        evaluate(model, as_ravdess(8), cv=2),
    ):
        assert other.anchors() == ()
        assert "Published" not in other.summary()


def test_print(evaluation, capsys):
    print(evaluation)
    printed = capsys.readouterr().out
    assert printed == evaluation.summary() + "\n"
    for word in ("loso", "24 clips", "4 speakers", "Speaker-independent", "chance", "adapted"):
        assert word in printed
    assert max(map(len, printed.splitlines()[1:])) < 100
    assert f"{evaluation.uar:.3f}" in repr(evaluation)


def test_labels_that_are_numbers(rng):
    X, y = rng.normal(size=(40, 3)), np.tile([0, 1], 20)
    found = evaluate(GaussianNB(), X, y, groups=np.arange(40) % 4, cv=2)
    assert {"p_0", "p_1"} <= set(found.predictions)
    assert json.loads(found.to_json())["confusion"]["classes"] == [0, 1]
