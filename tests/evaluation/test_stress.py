"""What stress does to clips, to whom it says so, and which models live on loudness."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from scipy.signal import periodogram
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sertools import (
    AddNoise,
    AudioReader,
    AugmentedClassifier,
    Augmenter,
    Corpus,
    Gain,
    MFCCExtractor,
    PitchExtractor,
    RMSExtractor,
    SpeakerNormalizer,
    SpectralExtractor,
    SVMClassifier,
    ZCRExtractor,
    make_corpus,
    stress,
    uar_score,
    write_corpus,
)
from sertools._sklearn import ask_with, fit_with
from sertools.evaluation import StressReport
from sertools.preprocessing import Clips

CONDITIONS = [
    "as it is",
    "gain -20 dB",
    "gain +20 dB",
    "noise, 20 dB SNR",
    "noise, 10 dB SNR",
    "noise, 5 dB SNR",
    "telephone",
    "reverberation",
    "clipping",
    "leading silence",
]


class Microphone(ClassifierMixin, BaseEstimator):
    """Keeps what it is given to predict from."""

    heard: ClassVar = []

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        Microphone.heard.append(X)
        return np.full(len(X), self.classes_[0])


@pytest.fixture
def microphone():
    Microphone.heard = []
    return Microphone().fit([], ["angry", "sad"])


@pytest.fixture(scope="module")
def voices():
    """Four speakers, of whom the sad ones are far from the microphone: by their level alone."""
    voices = make_corpus(n_speakers=4, n_per_speaker=12, emotions=("angry", "sad"))
    clips = [
        clip * np.float32((0.1 if label == "sad" else 0.5) / np.abs(clip).max())
        for clip, label in zip(voices.X, voices.y, strict=True)
    ]
    return Corpus(clips, voices.y, voices.groups, sr=16000)


@pytest.fixture(scope="module")
def train(voices):
    return voices.select(voices.groups != "synthetic:04")


@pytest.fixture(scope="module")
def new(voices):
    return voices.select(speaker="synthetic:04")


def fitted(train, *steps):
    """A pipeline from clips to labels, fitted."""
    return make_pipeline(*steps, StandardScaler(), SVMClassifier()).fit(train.X, train.y)


class TestLoudness:
    def test_a_model_of_levels_lives_on_it(self, train, new):
        report = stress(fitted(train, RMSExtractor()), new)
        assert report.lives_on_loudness
        assert report.table["uar"]["as it is"] == 1
        assert report.table["uar"][["gain -20 dB", "gain +20 dB"]].tolist() == [0.5, 0.5]

    @pytest.mark.parametrize(
        "extractor", [PitchExtractor(), SpectralExtractor(("centroid", "slope"))]
    )
    def test_a_model_that_does_not_hear_levels_does_not(self, train, new, extractor):
        report = stress(fitted(train, extractor), new)
        assert not report.lives_on_loudness
        assert report.table["uar"]["as it is"] > 0.8
        assert report.table["changed"]["noise, 5 dB SNR"] > 0.1

    @pytest.mark.parametrize(
        ("uars", "changed", "lives"),
        [
            ([0.78, 0.76], [0.08, 0.02], False),
            ([0.80, 0.74], [0.02, 0.08], True),  # a rare class is lost
            ([0.80, 0.80], [0.12, 0.00], True),  # as many are won as lost
            ([0.92, 0.80], [0.08, 0.00], False),  # what is won is no loss
        ],
    )
    def test_by_uar_lost_or_predictions_changed_under_gain(self, uars, changed, lives):
        rows = {name: {"uar": 0.1, "change": -0.7, "changed": 0.9} for name in CONDITIONS}
        rows["as it is"] = {"uar": 0.8, "change": 0.0, "changed": 0.0}
        for name, uar, share in zip(CONDITIONS[1:3], uars, changed, strict=True):
            rows[name] = {"uar": uar, "change": uar - 0.8, "changed": share}
        report = StressReport("a model", 50, pd.DataFrame.from_dict(rows, orient="index"))
        assert report.lives_on_loudness is lives

    def test_it_is_said_in_words(self, train, new):
        report = stress(fitted(train, RMSExtractor()), new)
        printed = str(report)
        lost = "changes up to 50.0% of the predictions, and costs up to 0.500 of UAR."
        assert f"LIVES ON LOUDNESS: gain alone {lost}" in printed
        for name in CONDITIONS:
            assert f"\n{name} " in printed
        assert "lives_on_loudness=True" in repr(report)
        deaf = stress(fitted(train, ZCRExtractor()), new)
        assert "Does not live on loudness: gain alone changes up to 0.0% of" in deaf.summary()


class TestConditions:
    @pytest.fixture
    def heard(self, microphone, new):
        """What a model is given of each clip under each condition."""
        stress(microphone, new)
        return dict(zip(CONDITIONS, Microphone.heard, strict=True))

    def test_gain_cuts_nothing_off(self, heard, new):
        for name, factor in (("gain -20 dB", 0.1), ("gain +20 dB", 10)):
            for clip, plain in zip(heard[name], new.X, strict=True):
                np.testing.assert_allclose(clip, factor * plain, rtol=1e-6)
        assert max(np.abs(clip).max() for clip in heard["gain +20 dB"]) == pytest.approx(5)

    @pytest.mark.parametrize("snr", [20, 10, 5])
    def test_noise_is_white_and_as_loud_as_is_said(self, heard, snr):
        for clip, plain in zip(heard[f"noise, {snr} dB SNR"], heard["as it is"], strict=True):
            noise = clip - plain
            assert 10 * np.log10(np.var(plain) / np.var(noise)) == pytest.approx(snr, abs=0.1)
            lower, upper = np.array_split(periodogram(noise)[1], 2)
            assert 0.8 < lower.sum() / upper.sum() < 1.25

    def test_a_telephone_takes_the_treble(self, heard):
        for clip, plain in zip(heard["telephone"], heard["as it is"], strict=True):
            assert len(clip) == len(plain)
            hertz, power = periodogram(clip, 16000)
            assert power[hertz > 4100].sum() < 1e-4 * power.sum()

    def test_a_room_rings_on_at_the_same_level(self, heard):
        for clip, plain in zip(heard["reverberation"], heard["as it is"], strict=True):
            assert np.var(clip) == pytest.approx(np.var(plain), rel=1e-3)
            last = np.flatnonzero(plain)[-1]
            assert np.abs(clip[last + 1 :]).sum() > 0

    def test_clipping_is_at_a_quarter_of_the_largest_sample(self, heard):
        for clip, plain in zip(heard["clipping"], heard["as it is"], strict=True):
            limit = np.abs(plain).max() / 4
            np.testing.assert_array_equal(clip, np.clip(plain, -limit, limit))

    def test_silence_comes_before_all_of_the_clip(self, heard):
        for clip, plain in zip(heard["leading silence"], heard["as it is"], strict=True):
            assert not clip[:16000].any()
            np.testing.assert_array_equal(clip[16000:], plain)

    def test_the_seed_draws_noise_and_rooms_and_nothing_else(self, microphone, new):
        for seed in (0, 0, 1):
            stress(microphone, new, random_state=seed)
        first, again, other = np.split(np.array(Microphone.heard, dtype=object), 3)
        for name, *clips in zip(CONDITIONS, first, again, other, strict=True):
            one, same, another = (np.concatenate(list(batch)) for batch in clips)
            np.testing.assert_array_equal(one, same)
            is_drawn = name.startswith("noise") or name == "reverberation"
            assert np.array_equal(one, another) is not is_drawn

    def test_ones_own(self, microphone, new):
        pink = AddNoise(10, color="pink")
        report = stress(microphone, new, conditions={"half": Gain(-6), "far": [Gain(-20), pink]})
        assert report.table.index.tolist() == [*CONDITIONS, "half", "far"]
        by_hand = Augmenter([Gain(-20), pink], p=1, random_state=0).fit_transform(new.X)
        for clip, expected in zip(Microphone.heard[-1], by_hand, strict=True):
            np.testing.assert_array_equal(clip, expected)


def test_scores_are_those_of_predictions_by_hand(train, new):
    model = fitted(train, MFCCExtractor())
    report = stress(model, new)
    plain = model.predict(new.X)
    softer = model.predict(Clips([clip * np.float32(0.1) for clip in new.X], sr=16000))
    row = report.to_frame().loc["gain -20 dB"]
    assert row["uar"] == uar_score(new.y, softer)
    assert row["change"] == uar_score(new.y, softer) - uar_score(new.y, plain)
    assert row["changed"] == (softer != plain).mean() > 0
    assert report.n_clips == len(new)


class TestInput:
    def test_a_corpus_is_clips_labels_and_speakers(self, train, new):
        model = fitted(train, ZCRExtractor())
        table = stress(model, new).table
        assert stress(model, new.X, new.y, groups=new.groups).table.equals(table)

    def test_recordings_are_read_by_the_reader_of_the_model(self, new, tmp_path):
        recordings = write_corpus(new, tmp_path)
        pipe = make_pipeline(AudioReader(sr=8000), Microphone()).fit(recordings, new.y)
        copies = AugmentedClassifier(pipe, Augmenter([Gain(0)], p=1, sr=8000))
        for model in (pipe, copies.fit(recordings, new.y)):
            Microphone.heard = []
            stress(model, recordings, new.y)
            for batch in Microphone.heard:
                assert batch.sr == 8000
            lengths = [len(clip) for clip in AudioReader(sr=8000).fit_transform(recordings)]
            assert [len(clip) for clip in Microphone.heard[1]] == lengths
            assert [len(clip) - 8000 for clip in Microphone.heard[-1]] == lengths

    def test_recordings_for_a_model_without_a_reader(self, microphone, new, tmp_path):
        stress(microphone, write_corpus(new, tmp_path), new.y)
        assert [len(clip) for clip in Microphone.heard[0]] == [len(clip) for clip in new.X]

    def test_readers_that_disagree(self, new, tmp_path):
        recordings = write_corpus(new, tmp_path)
        branches = [make_pipeline(AudioReader(sr=sr), ZCRExtractor(sr=sr)) for sr in (8000, 16000)]
        model = make_pipeline(make_union(*branches), SVMClassifier()).fit(recordings, new.y)
        with pytest.raises(ValueError, match="reads them in 2 ways"):
            stress(model, recordings, new.y)

    def test_clips_that_tell_no_rate_have_that_of_the_steps(self, microphone, new):
        clips = list(new.X)
        model = make_pipeline(FunctionTransformer(), microphone)
        with pytest.raises(ValueError, match="the steps of the model name none: pass Clips"):
            stress(model, clips, new.y)
        model = make_pipeline(AudioReader(sr=8000), microphone)
        stress(model, clips, new.y)
        assert [len(clip) for clip in Microphone.heard[-1]] == [len(clip) + 8000 for clip in clips]

    def test_an_array_of_clips(self, rng):
        X, y = rng.normal(size=(8, 4000)), np.array(["angry", "sad"] * 4)
        model = make_pipeline(ZCRExtractor(), SVMClassifier()).fit(X, y)
        expected = model.predict(list(X))
        table = stress(model, X, y).table
        assert table["uar"]["as it is"] == uar_score(y, expected)
        assert table.index.tolist() == CONDITIONS


@pytest.mark.filterwarnings("ignore:.* speakers show too little:UserWarning")
@pytest.mark.filterwarnings("ignore:.* is used without:UserWarning")
class TestSpeakers:
    @pytest.fixture
    def model(self, train):
        pipe = make_pipeline(MFCCExtractor(), SpeakerNormalizer(prior=1), SVMClassifier())
        return fit_with(pipe, train.X, train.y, groups=train.groups)

    def test_steps_that_take_them_are_told(self, model, new):
        names = np.where(np.arange(len(new)) % 4 < 2, "ann", "ben")
        told, alone = stress(model, new.X, new.y, groups=names), stress(model, new.X, new.y)
        for report, groups in ((told, names), (alone, None)):
            predicted = ask_with(model, "predict", new.X, groups=groups)
            assert report.table["uar"]["as it is"] == uar_score(new.y, predicted)
        assert not told.table.equals(alone.table)

    def test_those_who_are_not_believed_are_named_once(self, train, new):
        pipe = make_pipeline(MFCCExtractor(), SpeakerNormalizer(prior=100), SVMClassifier())
        model = fit_with(pipe, train.X, train.y, groups=train.groups)
        with pytest.warns(UserWarning, match="1 of 1 speakers show .* in a condition") as caught:
            stress(model, new.X, new.y, groups=["eve"] * len(new))
        assert [warning.filename for warning in caught] == [__file__]

    def test_those_who_would_not_be_told_are_refused(self, model, train, new):
        search = GridSearchCV(model, {}, cv=2).fit(train.X, train.y)
        with pytest.raises(ValueError, match="gets no groups when it predicts"):
            stress(search, new)
        assert len(stress(search, new.X, new.y).table) == len(CONDITIONS)


class TestRefusals:
    def test_models(self, new):
        with pytest.raises(NotFittedError, match="clips that it has not seen"):
            stress(make_pipeline(ZCRExtractor(), SVMClassifier()), new)
        with pytest.raises(TypeError, match="no classifier"):
            stress(LinearRegression(), new)

    def test_labels_that_were_not_learnt(self, microphone, new):
        y = np.where(np.arange(len(new)) < 3, "bored", new.y)
        with pytest.raises(ValueError, match="y holds 'bored', .* it knows angry, sad"):
            stress(microphone, new.X, y)
        with pytest.raises(TypeError, match="y is None"):
            stress(microphone, new.X)

    @pytest.mark.parametrize(
        ("conditions", "message"),
        [
            ({"telephone": Gain(1)}, "'telephone' is there already"),
            ({"as it is": Gain(1)}, "'as it is' is there already"),
            ([Gain(1)], "give a dict from names to effects"),
            ({"loud": 3}, "'effects' parameter of Augmenter must be"),
        ],
    )
    def test_conditions(self, microphone, new, conditions, message):
        with pytest.raises((TypeError, ValueError), match=message):
            stress(microphone, new, conditions=conditions)
        assert Microphone.heard == []
