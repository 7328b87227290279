"""Trained on one corpus and tested on another: on whom, over which labels, and what is refused."""

from __future__ import annotations

import json
from typing import ClassVar

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sertools import (
    AddNoise,
    Augmenter,
    Corpus,
    MFCCExtractor,
    SpeakerAdaptedClassifier,
    SpeakerNormalizer,
    SVMClassifier,
    concat_corpora,
    evaluate,
    evaluate_cross,
    make_corpus,
    make_emotion_pipeline,
    uar_score,
    write_corpus,
)
from sertools.evaluation import clustered_interval


class Listener(ClassifierMixin, BaseEstimator):
    """Remembers the numbers of the clips in every fit; says of clip 7 the class 7 modulo all."""

    fits: ClassVar = []

    def __init__(self, skip=0):
        self.skip = skip

    def numbers(self, X):
        return np.array([round(clip[0] * 1000) for clip in X])

    def fit(self, X, y, groups=None):
        Listener.fits.append({"numbers": self.numbers(X), "y": y, "groups": groups})
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        said = (self.numbers(X) + self.skip) % len(self.classes_)
        return np.eye(len(self.classes_))[said]

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


@pytest.fixture
def listener():
    Listener.fits = []
    return Listener()


def corpus_of(labels, speakers, name, first):
    """Waveforms that tell their numbers, from the first on."""
    clips = [np.full(20, number / 1000) for number in range(first, first + len(labels))]
    return Corpus(clips, labels, speakers, name=name, sr=16000)


def voices_of(n_speakers, n_per_speaker, name):
    """Voices of speakers 01, 02, ..., other ones for each name."""
    voices = make_corpus(n_speakers, n_per_speaker, random_state=len(name))
    speakers = [speaker.removeprefix("synthetic:") for speaker in voices.groups]
    return Corpus(voices.X, voices.y, speakers, name=name)


@pytest.fixture
def lab():
    """Numbers 100 to 111, one clip of each label by each speaker."""
    return corpus_of(["calm", "angry", "sad"] * 4, np.repeat(list("1234"), 3), "lab", 100)


@pytest.fixture
def field():
    """Numbers 200 to 211; what cannot be tested stands between what can."""
    labels = ["happy", "sad", "bored", "angry", "angry", "sad"] * 2
    return corpus_of(labels, list("111122223333"), "field", 200)


def test_the_labels_of_both_are_trained_on_and_tested(listener, lab, field):
    found = evaluate_cross(listener, lab, field)
    (fit,) = Listener.fits
    assert fit["numbers"].tolist() == [101, 102, 104, 105, 107, 108, 110, 111]
    assert fit["y"].tolist() == ["angry", "sad"] * 4
    assert found.classes.tolist() == ["angry", "sad"]
    assert found.left_out == {"train": {"calm": 4}, "test": {"boredom": 2, "happy": 2}}
    assert found.confusion.to_numpy().sum() == len(found.predictions) == 8


def test_predictions_name_clips_by_their_position_in_the_corpus_that_is_tested(
    listener, lab, field
):
    predictions = evaluate_cross(listener, lab, field).predictions
    assert predictions["clip"].tolist() == [1, 3, 4, 5, 7, 9, 10, 11]
    assert predictions["label"].tolist() == ["sad", "angry", "angry", "sad"] * 2
    assert predictions["predicted"].tolist() == ["sad", "sad", "angry", "sad"] * 2
    assert predictions["speaker"].tolist() == [f"field:{i}" for i in "11222333"]
    assert predictions.filter(like="p_").columns.tolist() == ["p_angry", "p_sad"]


def test_it_says_what_it_did(listener, lab, field):
    found = evaluate_cross(listener, lab, field)
    for line in (
        "trained on lab (8 clips, 4 speakers), tested on field; "
        "8 clips, 3 speakers, 2 classes, 1 fold",
        "Labels of both: angry, sad.",
        "Clips left out of train: calm 4.",
        "Clips left out of test: boredom 2, happy 2.",
        "Speaker-independent: no speaker is on both sides of a fold.",
    ):
        assert line in found.summary().splitlines()
    assert json.loads(found.to_json())["left_out"] == found.left_out
    alike = evaluate_cross(listener, lab.select(emotion=["angry", "sad"]), field)
    assert "left out of train" not in alike.summary()


def test_labels_meet_in_the_common_vocabulary(listener, field):
    lab = corpus_of(["anger", "sadness"] * 2, list("1122"), "lab", 100)
    assert evaluate_cross(listener, lab, field).classes.tolist() == ["angry", "sad"]


def test_the_score_is_that_of_a_fit_and_a_prediction_by_hand():
    lab, field = voices_of(2, 12, "lab"), voices_of(2, 6, "field")
    model = make_pipeline(MFCCExtractor(), StandardScaler(), SVMClassifier())
    found = evaluate_cross(model, lab, field)
    predicted = model.fit(lab.X, lab.y).predict(field.X)
    assert found.predictions["predicted"].tolist() == predicted.tolist()
    assert found.uar == uar_score(field.y, predicted)


class TestSpeakers:
    def test_one_name_in_two_corpora_is_two_people(self, listener, lab, field):
        assert set(lab.groups) & set(field.groups)
        assert evaluate_cross(listener, lab, field).speaker_independent is True

    def test_one_who_is_in_both_is_said(self, listener, lab):
        again = corpus_of(["angry", "sad"] * 2, ["lab:4", "lab:4", "5", "5"], "lab", 300)
        found = evaluate_cross(listener, lab, again)
        assert found.speaker_independent is False
        assert "NOT speaker-independent" in found.summary()

    def test_those_who_are_not_known(self, listener, lab, field):
        nobody = corpus_of(["angry", "sad"] * 4, None, "nobody", 300)
        of_clips = evaluate_cross(listener, lab, nobody)
        of_speakers = evaluate_cross(listener, nobody, field)
        assert of_clips.speaker_independent is of_speakers.speaker_independent is None
        labels, predicted = (of_clips.predictions[name] for name in ("label", "predicted"))
        assert of_clips.interval == clustered_interval(labels, predicted)
        labels, predicted, speakers = (
            of_speakers.predictions[name] for name in ("label", "predicted", "speaker")
        )
        assert of_speakers.interval == clustered_interval(labels, predicted, speakers)
        assert of_speakers.splits == "trained on nobody (8 clips), tested on field"

    def test_nothing_is_seen_of_those_who_are_not_known(self):
        lab, field = voices_of(2, 12, "lab"), voices_of(1, 12, "field")
        nobody = Corpus(field.X, field.y, name="nobody")
        model = make_pipeline(MFCCExtractor(), SpeakerNormalizer(prior=0.1), SVMClassifier())
        for corpus, sees in ((field, "unlabelled clips"), (nobody, "nothing")):
            assert evaluate_cross(model, lab, corpus).sees == sees

    def test_a_fit_is_told_of_speakers_if_any_are_known(self, listener, lab, field):
        evaluate_cross(listener, lab, field)
        evaluate_cross(listener, corpus_of(["angry", "sad"] * 4, None, "nobody", 300), field)
        told, not_told = (fit["groups"] for fit in Listener.fits)
        assert told.tolist() == [f"lab:{i}" for i in "11223344"]
        assert not_told is None

    def test_a_choice_by_grid_takes_clips_where_no_speaker_is_known(self, listener, field):
        nobody = corpus_of(["angry", "sad"] * 4, None, "nobody", 300)
        found = evaluate_cross(listener, nobody, field, grid={"skip": [0, 1]})
        assert found.folds["chosen"].tolist() == [{"skip": 0}]


def test_a_choice_by_grid_is_made_within_training(listener):
    lab = corpus_of(["sad", "angry"] * 4, list("11223344"), "lab", 100)
    field = corpus_of(["angry", "sad"] * 2, list("1122"), "field", 200)
    found = evaluate_cross(listener, lab, field, grid={"skip": [0, 1]})
    assert found.folds["chosen"].tolist() == [{"skip": 1}]  # right of all "lab", of no "field"
    assert found.uar == 0
    left_out = [8 - len(fit["numbers"]) for fit in Listener.fits]
    assert left_out == [2] * (2 * 4) + [0]  # a speaker at a time
    assert max(fit["numbers"].max() for fit in Listener.fits) < 200


@pytest.mark.filterwarnings("ignore:.* speakers show too little:UserWarning")
def test_a_second_run_knows_the_speakers_that_are_tested():
    lab, field = voices_of(2, 12, "lab"), voices_of(2, 12, "field")
    found = evaluate_cross(make_pipeline(MFCCExtractor(), SVMClassifier()), lab, field, adapt=True)
    assert (found.sees, found.adapted.sees) == ("nothing", "unlabelled clips")
    by_hand = make_pipeline(MFCCExtractor(), SpeakerAdaptedClassifier(SVMClassifier()))
    folds = [(range(24, 48), range(24))]
    expected = evaluate(by_hand, concat_corpora([field, lab]), cv=folds)
    assert found.adapted.predictions.equals(expected.predictions)
    assert found.adapted.left_out == found.left_out


def test_recordings_are_read_and_known_by_their_sound(tmp_path):
    lab, field, again = (
        Corpus(write_corpus(voices, tmp_path / name), voices.y, voices.groups, name=name)
        for name, voices in (
            ("lab", voices_of(2, 6, "lab")),
            ("field", voices_of(2, 6, "field")),
            ("again", voices_of(2, 6, "field").select(slice(6, 8))),
        )
    )
    model = make_emotion_pipeline("svm", ["zcr", "rms"])
    predicted = clone(model).fit(lab.X, lab.y).predict(field.X)
    found = evaluate_cross(model, lab, field).predictions
    assert found["predicted"].tolist() == predicted.tolist()
    with pytest.raises(ValueError, match=r"train holds 2 recording.s. of test .*field.*wav"):
        evaluate_cross(model, again, field)


class TestRefusals:
    def test_what_is_no_corpus(self, listener, lab, field):
        with pytest.raises(TypeError, match="test is a list: give a Corpus"):
            evaluate_cross(listener, lab, [field])
        with pytest.raises(TypeError, match="train is a Clips: give a Corpus"):
            evaluate_cross(listener, lab.X, field)
        with pytest.raises(TypeError, match="no classifier"):
            evaluate_cross(LinearRegression(), lab, field)

    def test_a_corpus_tested_on_itself_or_a_part(self, listener, lab):
        with pytest.raises(ValueError, match="train holds 12 recording"):
            evaluate_cross(listener, lab, lab)
        part = Corpus([lab.X[4].copy()], ["angry"], ["a"], name="part", sr=16000)
        with pytest.raises(ValueError, match=r"train holds 1 recording.s. of test \(clip 4\)"):
            evaluate_cross(listener, part, lab)
        assert Listener.fits == []

    def test_fewer_than_two_labels_of_both(self, listener, lab):
        other = corpus_of(["sad", "cross", "joyful"], list("abc"), "other", 300)
        with pytest.raises(ValueError, match="share 1 label") as refusal:
            evaluate_cross(listener, lab, other)
        for part in (
            "train has angry, calm, sad;",
            "test has cross, happy, sad.",
            "corpus.map_labels(",
        ):
            assert part in str(refusal.value)

    def test_augmented_copies(self, listener, lab, field):
        noise = Augmenter([AddNoise((20, 30))], p=1, random_state=0)
        for corpora in ((lab, field.augment(noise)), (lab.augment(noise), field)):
            with pytest.raises(ValueError, match="holds augmented copies"):
                evaluate_cross(listener, *corpora)

    @pytest.mark.parametrize("unknown", ["train", "test"])
    def test_adaptation_to_nobody(self, listener, lab, unknown):
        corpora = {"train": lab, "test": lab}
        corpora[unknown] = corpus_of(["angry", "sad"], None, "nobody", 300)
        with pytest.raises(ValueError, match=f"of {unknown}, Corpus.'nobody'.*, none is known"):
            evaluate_cross(listener, **corpora, adapt=True)
