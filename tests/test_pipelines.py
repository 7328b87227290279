"""make_emotion_pipeline: a plain Pipeline whose steps can all be reached."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline

from sertools import (
    AcousticExtractor,
    AddNoise,
    Augmenter,
    CNNClassifier,
    MelExtractor,
    MFCCExtractor,
    MLPClassifier,
    RowCache,
    ZCRExtractor,
    evaluate,
    make_corpus,
    make_emotion_pipeline,
    write_corpus,
)


@pytest.fixture(scope="module")
def corpus():
    return make_corpus(n_speakers=4, n_per_speaker=6, emotions=("angry", "sad"))


@pytest.fixture
def extracted(monkeypatch):
    """Numbers of clips that an AcousticExtractor was given."""
    seen = []
    transform = AcousticExtractor.transform
    monkeypatch.setattr(
        AcousticExtractor,
        "transform",
        lambda self, X: (seen.append(len(X)), transform(self, X))[1],
    )
    return seen


# Networks are given less time than they would take.
BRIEF = {
    "mlp": {"classifier__max_epochs": 20},
    "cnn": {"classifier__architecture": "cnn1d", "classifier__max_epochs": 15},
    "crnn": {"classifier__width": 8, "classifier__max_epochs": 15, "classifier__lr": 0.01},
}


@pytest.mark.parametrize("model", ["svm", "xgboost", "kernel", "mlp", "cnn", "rnn", "crnn"])
def test_every_model_learns_from_clips(corpus, model):
    pipe = make_emotion_pipeline(model, random_state=0).set_params(**BRIEF.get(model, {}))
    assert type(pipe) is Pipeline
    assert evaluate(pipe, corpus, cv=2).uar > 0.7
    pipe.fit(corpus.X, corpus.y, classifier__groups=corpus.groups)
    again = pickle.loads(pickle.dumps(clone(pipe).fit(corpus.X, corpus.y)))
    assert again.predict(corpus.X[:3]).tolist() == corpus.y[:3].tolist()


def test_it_takes_paths(corpus, tmp_path):
    paths = write_corpus(corpus, tmp_path)
    pipe = make_emotion_pipeline().fit(paths, corpus.y)
    assert pipe.predict(paths[:2]).tolist() == corpus.y[:2].tolist()


def test_own_parts_take_their_places():
    extractor, model = MFCCExtractor(), LogisticRegression()
    pipe = make_emotion_pipeline(model, extractor, sr=8000, device="cpu")
    assert pipe["extractor"] is extractor
    assert pipe["classifier"] is model
    assert pipe["reader"].sr == 8000


def test_options_reach_the_steps():
    pipe = make_emotion_pipeline(
        "svm", ["zcr"], sr=8000, augment=[AddNoise((10, 20))], device="cpu", n_jobs=2,
        random_state=3,
    )  # fmt: skip
    assert list(pipe.named_steps) == [
        "reader", "trimmer", "augmenter", "extractor", "scaler", "classifier",
    ]  # fmt: skip
    found = pipe.get_params()
    for name in ("reader__sr", "augmenter__sr", "extractor__sr"):
        assert found[name] == 8000
    for name in ("extractor__device", "classifier__device"):
        assert found[name] == "cpu"
    for name in ("augmenter__random_state", "classifier__random_state"):
        assert found[name] == 3
    for name in ("reader__n_jobs", "extractor__n_jobs"):
        assert found[name] == 2
    assert found["extractor__features"] == ["zcr"]


def test_who_needs_no_scaler_has_none_and_classes_count_alike():
    for model in ("xgboost", "mlp", "cnn", "rnn", "crnn"):
        assert "scaler" not in make_emotion_pipeline(model).named_steps
    for model in ("svm", "xgboost", "mlp", "cnn", "rnn", "crnn"):
        assert make_emotion_pipeline(model)["classifier"].class_weight == "balanced"


class TestFrames:
    def test_are_log_mel_unless_something_else_is_said(self):
        extractor = make_emotion_pipeline("crnn", sr=8000, n_jobs=2)["extractor"]
        assert isinstance(extractor, MelExtractor)
        assert (extractor.stats, extractor.sr, extractor.n_jobs) == (None, 8000, 2)
        own = MFCCExtractor(stats=None)
        assert make_emotion_pipeline("cnn", own)["extractor"] is own

    def test_of_several_extractors_are_joined(self, corpus):
        parts = [ZCRExtractor(stats=None), MFCCExtractor(13, stats=None)]
        pipe = make_emotion_pipeline("cnn", parts).set_params(classifier__max_epochs=1)
        assert pipe.fit(corpus.X, corpus.y)["classifier"].n_channels_in_ == 14

    @pytest.mark.parametrize("features", ["compact", ["zcr"]])
    def test_are_in_no_named_set(self, features):
        with pytest.raises(ValueError, match="takes frames, and features=.* makes a table"):
            make_emotion_pipeline("cnn", features)

    def test_are_remembered(self, corpus, tmp_path):
        pipe = make_emotion_pipeline("cnn", cache=tmp_path, random_state=0)
        pipe.set_params(classifier__max_epochs=1, classifier__width=4).fit(corpus.X, corpus.y)
        plain = make_emotion_pipeline("cnn", random_state=0)
        plain.set_params(classifier__max_epochs=1, classifier__width=4).fit(corpus.X, corpus.y)
        expected = plain.predict_proba(corpus.X)
        np.testing.assert_array_equal(pipe.predict_proba(corpus.X), expected)


class TestBest:
    # The small set has all that is tested here, in half the time.
    def test_learns_from_paths_and_from_copies_at_two_speeds(self, corpus, tmp_path):
        paths = write_corpus(corpus, tmp_path)
        pipe = make_emotion_pipeline("best", "speech-small").fit(paths, corpus.y)
        assert list(pipe.named_steps) == ["reader", "trimmer", "classifier"]
        within = pipe["classifier"].estimator_
        assert list(within.named_steps) == ["extractor", "scaler", "classifier"]
        slow, fast = (of.augment(corpus.X, 1) for of in pipe["classifier"].augmenters_)
        times = [
            (len(a) / len(x), len(b) / len(x)) for a, b, x in zip(slow, fast, corpus.X, strict=True)
        ]
        np.testing.assert_allclose(times, [(1 / 0.9, 0.9)] * len(corpus), rtol=1e-3)
        assert len(within["classifier"].rows_) == 3 * len(corpus)
        again = pickle.loads(pickle.dumps(pipe))
        assert again.predict(corpus.X[:3]).tolist() == corpus.y[:3].tolist()

    def test_works_on_the_large_set_unless_another_is_named(self):
        found = make_emotion_pipeline("best").get_params()
        assert found["classifier__estimator__extractor__features"] == "speech"
        assert found["trimmer__margin"] == 800

    @pytest.mark.filterwarnings("ignore:.* speakers show too little:UserWarning")
    def test_adapts_to_speakers(self, corpus):
        pipe = make_emotion_pipeline("best", "speech-small")
        found = evaluate(pipe, corpus, cv=2, adapt=True)
        assert found.uar > 0.7
        assert found.adapted.sees == "unlabelled clips"
        assert found.adapted.uar > 0.7

    @pytest.mark.filterwarnings("ignore:.* speakers show too little:UserWarning")
    def test_is_told_who_speaks(self, corpus):
        pipe = make_emotion_pipeline("best", ["zcr", "mfcc"], adapt=True)
        pipe.fit(corpus.X, corpus.y, classifier__groups=corpus.groups)
        voice = corpus.X[:12]
        clips = pipe[:-1].transform(voice)
        pipe[-1].enroll(clips)
        expected = pipe.predict_proba(voice)
        np.testing.assert_allclose(pipe.predict_proba(voice[:1]), expected[:1], atol=1e-6)
        pipe[-1].self_train(clips, ["ann"] * 12).enroll(clips)
        assert pipe.predict_proba(voice).shape == expected.shape

    def test_takes_other_copies(self):
        augmenter = Augmenter([AddNoise(20)], p=1)
        assert make_emotion_pipeline("best", augment=augmenter)["classifier"].augmenter is augmenter

    def test_a_cache_changes_nothing_and_copies_are_heard_once(self, corpus, tmp_path, extracted):
        plain = make_emotion_pipeline("best", ["zcr", "mfcc"]).fit(corpus.X, corpus.y)
        expected = plain.predict_proba(corpus.X)
        for _ in range(2):
            extracted.clear()
            pipe = make_emotion_pipeline("best", ["zcr", "mfcc"], cache=tmp_path)
            pipe.fit(corpus.X, corpus.y)
            np.testing.assert_array_equal(pipe.predict_proba(corpus.X), expected)
        assert sum(extracted) == 0

    def test_the_sets_have_one_rate(self, corpus):
        with pytest.raises(ValueError, match="defined at 16000 Hz"):
            make_emotion_pipeline("best", sr=8000).fit(list(map(np.array, corpus.X)), corpus.y)


def test_an_augmenter_is_taken_as_it_is():
    augmenter = Augmenter("student", p=1)
    assert make_emotion_pipeline(augment=augmenter)["augmenter"] is augmenter


@pytest.mark.parametrize("augment", [None, "speech"])
def test_a_search_reaches_every_step_within_a_cache(corpus, tmp_path, augment):
    pipe = make_emotion_pipeline("kernel", cache=tmp_path, augment=augment, random_state=0)
    grid = {
        "features__transformer__extractor__features": ["compact", ["zcr"]],
        "classifier__gamma": [0.1, 1],
    }
    search = GridSearchCV(pipe, grid, cv=GroupKFold(2), scoring="balanced_accuracy")
    search.fit(corpus.X, corpus.y, groups=corpus.groups)
    assert search.best_params_["features__transformer__extractor__features"] == "compact"


@pytest.mark.parametrize("augment", [None, [AddNoise((10, 20))]], ids=["clean", "augmented"])
def test_a_cache_changes_nothing_and_a_second_search_extracts_nothing(
    corpus, tmp_path, extracted, augment
):
    grid = {"classifier__gamma": [0.03, 0.1], "classifier__alpha": [0.1, 0.3]}
    options = {"augment": augment, "random_state": 0}

    def search(cache):
        extracted.clear()
        pipe = make_emotion_pipeline("kernel", cache=cache, **options)
        found = GridSearchCV(pipe, grid, cv=GroupKFold(2)).fit(
            corpus.X, corpus.y, groups=corpus.groups
        )
        return found.cv_results_["mean_test_score"], sum(extracted)

    plain, n_plain = search(None)
    first, n_first = search(tmp_path)
    second, n_second = search(tmp_path)
    np.testing.assert_array_equal(first, plain)
    np.testing.assert_array_equal(second, plain)
    assert n_plain > 4 * len(corpus) > n_first > 0
    assert n_second == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "svn"}, "model='svn' is unknown.*Did you mean 'svm'"),
        ({"sr": 0}, "sr=0"),
        ({"augment": 3}, "effects"),
        ({"model": []}, r"model=\[\] is unknown"),
        ({"model": LogisticRegression}, r"pass an object, LogisticRegression\(\)"),
        ({"features": MFCCExtractor}, r"features is the class MFCC.*object, MFCCExtractor\(\)"),
        ({"features": 5}, "'features' parameter of AcousticExtractor"),
        ({"features": MFCCExtractor(stats=None)}, "'svm' takes a table.* gives frames"),
        (
            {"features": RowCache(make_pipeline(MFCCExtractor(stats=None)), False)},
            "'svm' takes a table.* gives frames",
        ),
        (
            {"model": MLPClassifier(), "features": [MFCCExtractor(stats=None)]},
            "takes a table.* gives frames",
        ),
        ({"model": "cnn", "features": MFCCExtractor()}, "'cnn' takes frames.* makes a table"),
        (
            {"model": "cnnn", "features": MFCCExtractor(stats=None)},
            "model='cnnn' is unknown.*Did you mean 'cnn'",
        ),
        ({"features": ["zcr", MFCCExtractor(stats=None)]}, "statistics and some frames"),
        ({"adapt": "self-train"}, "adapt='self-train': give False or True"),
        (
            {"model": LogisticRegression(), "features": MFCCExtractor(), "device": "cuda"},
            "give them the device",
        ),
    ],
)
def test_refusals(corpus, options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make_emotion_pipeline(**options).fit(corpus.X, corpus.y)


@pytest.mark.parametrize("model", ["svm", "xgboost", "kernel"])
@pytest.mark.filterwarnings("ignore:.* speakers show too little:UserWarning")
def test_adapted_models_are_told_who_speaks(corpus, model):
    pipe = make_emotion_pipeline(model, adapt=True)
    pipe.fit(corpus.X, corpus.y, classifier__groups=corpus.groups)
    pipe[-1].enroll(pipe[:-1].transform(corpus.X[:12]))
    assert pipe.predict(corpus.X[:12]).shape == (12,)
    assert pipe.predict(corpus.X[:12], groups=corpus.groups[:12]).shape == (12,)
    assert pipe[-1].normalizer_.speakers_
    assert pipe.set_params(classifier__normalizer__prior=3)[-1].normalizer.prior == 3


@pytest.mark.filterwarnings("ignore:.* speakers show too little:UserWarning")
def test_a_model_that_is_sure_of_nothing_is_adapted_too(corpus):
    vote = VotingClassifier([("a", LogisticRegression())])
    pipe = make_emotion_pipeline(vote, adapt=True)
    pipe.fit(corpus.X, corpus.y, classifier__groups=corpus.groups)
    assert pipe.predict(corpus.X[:2], groups=corpus.groups[:2]).shape == (2,)


def test_frames_have_no_speakers():
    with pytest.raises(ValueError, match="adapt=True needs a table .*'cnn' takes frames"):
        make_emotion_pipeline("cnn", adapt=True)


def test_networks_of_ones_own_get_frames_as_they_are(corpus):
    pipe = make_emotion_pipeline(CNNClassifier("cnn1d", width=4, max_epochs=1))
    assert list(pipe.named_steps) == ["reader", "trimmer", "extractor", "classifier"]
    assert pipe.fit(corpus.X, corpus.y).predict(corpus.X[:2]).shape == (2,)
    table = make_emotion_pipeline(MLPClassifier(max_epochs=1))
    assert list(table.named_steps) == ["reader", "trimmer", "extractor", "classifier"]
