"""The result: numbers, tables, print and JSON."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import f1_score, precision_score, recall_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from sertools import ZCRExtractor, evaluate, make_corpus, make_emotion_pipeline
from sertools.datasets import Corpus
from sertools.evaluation import clustered_interval, uar_score


class Told(ClassifierMixin, BaseEstimator):
    """Predicts what the last column of a row says."""

    def __init__(self, limit=None):
        self.limit = limit

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


class OtherWords(Told):
    """Says "unsure" of some rows, of which no label speaks."""

    def predict(self, X):
        return np.where(X[:, -1] < 0, "unsure", super().predict(X))


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_what_is_predicted_and_no_label_is_an_error_like_any_other(answers, rng, share):
    y, predicted, groups = answers
    predicted = np.where(rng.random(40) < share, "unsure", predicted)
    codes = np.unique(y, return_inverse=True)[1]
    said = np.where(predicted == "unsure", -1, np.searchsorted(np.unique(y), predicted))
    found = evaluate(OtherWords(), np.column_stack([codes, said]), y, groups=groups, cv=2)
    assert found.uar == uar_score(y, predicted)
    assert found.interval[0] <= found.uar <= found.interval[1]
    assert found.confusion.to_numpy().sum() == 40
    assert found.confusion["unsure"].sum() == (predicted == "unsure").sum()
    assert found.per_class["clips"].to_dict() == {"angry": 20, "happy": 12, "sad": 8}
    assert found.chance == 1 / 3
    assert "4 speakers, 3 classes, 2 folds" in found.summary()
    assert "unsure" in found.to_html(None)


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
    assert "cat (10 clips)" in found.summary()


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


@pytest.mark.filterwarnings("ignore:.* speakers show too little:UserWarning")
def test_a_self_trained_run_is_one_more_row():
    corpus = make_corpus(n_speakers=4, n_per_speaker=6, emotions=("angry", "sad", "neutral"))
    found = evaluate(make_emotion_pipeline("kernel"), corpus, cv="loso", adapt="self-train")
    sees = ["nothing", "unlabelled clips", "unlabelled clips, self-trained"]
    assert found.to_frame().index.tolist() == [run.sees for run in found.runs] == sees
    assert json.loads(found.to_json())["self_trained"]["sees"] == sees[-1]
    assert len(found.summary().split("\nself-trained: unlabelled clips")) == 3


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


def as_ravdess(emotions):
    """A corpus of the size of RAVDESS, of these emotions, and made-up sound."""
    clips_of = dict.fromkeys(emotions, 8) | {"neutral": 4}
    of_one = [emotion for emotion in emotions for _ in range(clips_of[emotion])]
    speakers = np.repeat([f"ravdess:{actor:02}" for actor in range(1, 25)], len(of_one))
    clips = [np.sin(np.arange(400.0) * (1 + i / 10000)) for i in range(len(speakers))]
    return Corpus(clips, of_one * 24, speakers, name="ravdess", sr=16000)


EMOTIONS = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"]


def test_anchors_are_of_the_same_protocol_emotions_and_clips():
    model = make_pipeline(ZCRExtractor(), GaussianNB())
    corpus = as_ravdess(EMOTIONS)
    whole = evaluate(model, corpus, cv="ravdess/emobox")
    assert "Whisper" in whole.summary()
    assert "EmoBox" in whole.summary()
    assert max(anchor.uar for anchor in whole.anchors()) == pytest.approx(0.7532)
    half = corpus.select(np.arange(len(corpus)) % 2 == 0)
    renamed = corpus.map_labels({emotion: emotion[::-1] for emotion in EMOTIONS})
    for other in (as_ravdess(EMOTIONS[:4]), half, renamed):
        found = evaluate(model, other, cv="ravdess/emobox")
        assert found.anchors() == ()
        assert "are of other emotions or clips" in found.summary()
    for cv in ("random5", 2):
        found = evaluate(model, corpus, cv=cv)
        assert found.anchors() == ()
        assert "No results are published under these folds" in found.summary()


def test_the_interval_says_what_it_is_of(answers):
    y, predicted, groups = answers
    few = told(y, predicted, groups=groups, cv=2).summary()
    assert "from draws of these 4, too narrow for so few" in few
    assert "for other clips of the same speakers" in told(y, predicted, cv=2).summary()


def test_speakers_that_are_not_known(answers):
    y, predicted, groups = answers
    groups = np.where(groups == "ben", "", groups)
    found = told(y, predicted, groups=groups, cv=2)
    assert found.speaker_independent is None
    assert "not all of them are known" in found.summary()
    assert sorted(found.per_speaker.index) == ["ann", "cat", "dan"]
    assert "these 3 and of 10 clips of nobody known" in found.summary()
    each_alone = np.where(groups == "", [f"clip {i}" for i in range(40)], groups)
    expected = clustered_interval(y, predicted, each_alone)
    assert found.interval == pytest.approx(expected, abs=0.03)
    nobody = told(y, predicted, groups=[""] * 40, cv=[(np.arange(20), np.arange(20, 40))])
    assert nobody.per_speaker is None
    assert "other clips of the same speakers" in nobody.summary()


def test_what_was_chosen_is_told(answers):
    y, predicted, _ = answers
    grid = {"limit": [float("inf"), 1.0]}
    found = told(y, predicted, cv=2, grid=grid)
    assert "chosen within the folds: limit=inf (2 of 2)" in found.summary()
    assert json.loads(found.to_json())["folds"][0]["chosen"] == {"limit": "inf"}


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


def test_html_is_written_or_given(evaluation, tmp_path):
    page = evaluation.to_html(None, n_clips=0)
    path = evaluation.to_html(tmp_path / "report.html", n_clips=0)
    assert path.read_text(encoding="utf-8") == page
    assert f"{evaluation.uar:.3f}" in page
    assert "<audio" not in page


def test_html_lets_wrong_clips_be_heard():
    corpus = make_corpus(n_speakers=3, n_per_speaker=6, emotions=("angry", "neutral", "sad"))
    model = make_pipeline(ZCRExtractor(), GaussianNB())
    found = evaluate(model, corpus, cv="loso")
    assert found.to_html(None, corpus, n_clips=1).count("<audio") == 1


@pytest.mark.parametrize("normalize", ["true", None])
def test_confusion_is_drawn_by_scikit_learn(evaluation, normalize):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    from matplotlib.figure import Figure

    display = evaluation.plot_confusion(Figure().subplots(), normalize=normalize, cmap="Greens")
    counts = evaluation.confusion.to_numpy()
    shown = counts if normalize is None else counts / counts.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(display.confusion_matrix, shown)
    assert display.im_.get_cmap().name == "Greens"
    assert [tick.get_text() for tick in display.ax_.get_xticklabels()] == list(evaluation.classes)
    names = [*display.ax_.get_xticklabels(), *display.ax_.get_yticklabels()]
    assert not any(name.get_parse_math() for name in names)  # an emotion may be "$a$"
