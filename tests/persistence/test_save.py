"""A model comes back from its file as it was, or not at all."""

from __future__ import annotations

import copy
import errno
import os
import pickle
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, PowerTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import sertools._files
from sertools import (
    AcousticExtractor,
    AudioReader,
    AugmentedClassifier,
    Augmenter,
    CNNClassifier,
    FeatureScaler,
    Gain,
    KernelRidgeClassifier,
    MelExtractor,
    MFCCExtractor,
    MLPClassifier,
    Padder,
    RNNClassifier,
    RowCache,
    SpeakerAdaptedClassifier,
    SpeakerNormalizer,
    SVMClassifier,
    Trimmer,
    XGBoostClassifier,
    ZCRExtractor,
    evaluate,
    load,
    make_corpus,
    make_emotion_pipeline,
    model_card,
    save,
    uar_scorer,
)
from sertools._sklearn import fit_with, parts_of
from sertools.persistence import ModelFileError
from sertools.persistence._trusted import trusted_types

few = pytest.mark.filterwarnings("ignore:.* speakers show too little:UserWarning")


class Doubler(TransformerMixin, BaseEstimator):
    """A step of somebody's own."""

    def fit(self, X, y=None):
        self.is_fitted_ = True
        return self

    def transform(self, X):
        return 2 * X


@pytest.fixture(scope="module")
def corpus():
    return make_corpus(n_speakers=4, n_per_speaker=6, emotions=("angry", "sad", "neutral"))


def over_frames(network):
    return make_pipeline(MelExtractor(n_mels=8, stats=None), network)


def over_tables(*steps):
    return make_pipeline(MFCCExtractor(), *steps)


MODELS = {
    "svm": make_emotion_pipeline("svm"),
    "svm with probabilities": over_tables(SVMClassifier(probability=True)),
    "kernel": make_emotion_pipeline("kernel"),
    "kernel of bytes": over_tables(KernelRidgeClassifier(storage="int8")),
    "xgboost": over_tables(XGBoostClassifier(n_estimators=5)),
    "dart": over_tables(XGBoostClassifier(n_estimators=5, booster_params={"booster": "dart"})),
    "mlp": over_tables(MLPClassifier(width=4, max_epochs=1, random_state=0)),
    "cnn": over_frames(CNNClassifier("cnn1d", width=4, max_epochs=1, random_state=0)),
    "rnns": over_frames(RNNClassifier(width=4, max_epochs=1, n_models=2, random_state=0)),
    "augmented": AugmentedClassifier(
        over_tables(FeatureScaler(), XGBoostClassifier(n_estimators=5)),
        Augmenter([Gain((-6, 6))], p=1, random_state=0),
        n_views=1,
    ),
    "adapted": over_tables(
        SpeakerAdaptedClassifier(MLPClassifier(width=4, max_epochs=1, random_state=0))
    ),
    "normalised": over_tables(SpeakerNormalizer(), SVMClassifier()),
    "united": make_pipeline(
        AudioReader(),
        FeatureUnion([("a", MFCCExtractor()), ("b", ZCRExtractor())]),
        StandardScaler(),
        LogisticRegression(),
    ),
    "calibrated": over_tables(CalibratedClassifierCV(GaussianNB(), cv=2)),
    "voting": over_tables(
        StandardScaler(), VotingClassifier([("a", GaussianNB()), ("b", LogisticRegression())])
    ),
    "of columns": over_tables(
        ColumnTransformer([("a", StandardScaler(), [0, 1]), ("b", "passthrough", [3])]),
        StandardScaler(),
        LogisticRegression(),
    ),
    "by chance": AugmentedClassifier(
        over_tables(GaussianNB()), Augmenter(p=1, random_state=np.random.RandomState(0))
    ),
    "padded": make_pipeline(
        Padder("max"), AcousticExtractor(["rms", MelExtractor()]), GaussianNB()
    ),
}


@pytest.fixture(scope="module")
def fitted(corpus):
    """A fitted model by its name, fitted once."""
    models = {}

    def fit(name):
        if name not in models:
            models[name] = fit_with(MODELS[name], corpus.X, corpus.y, groups=corpus.groups)
        return models[name]

    return fit


@pytest.fixture
def saved(fitted, tmp_path):
    """The file of a small model."""
    path = tmp_path / "model.ser"
    save(fitted("kernel"), path)
    return path


def answers(model, X):
    methods = ("predict", "predict_proba", "decision_function")
    return {name: getattr(model, name)(X) for name in methods if hasattr(model, name)}


def without_places(model):
    """What a model says of itself, but for where things lie in memory."""
    return re.sub("0x[0-9A-F]+", "", repr(model))


@few
@pytest.mark.filterwarnings("ignore:SpeakerNormalizer was fitted with groups and is used without")
@pytest.mark.parametrize("name", MODELS)
def test_models_come_back_as_they_were(fitted, corpus, tmp_path, name):
    model = fitted(name)
    save(model, tmp_path / "model.ser")
    again = load(tmp_path / "model.ser")
    expected, found = answers(model, corpus.X), answers(again, corpus.X)
    assert expected.keys() == found.keys()
    for method, values in expected.items():
        np.testing.assert_array_equal(found[method], values)
    assert without_places(again) == without_places(model)
    assert again.classes_.tolist() == model.classes_.tolist()


@few
def test_a_fresh_process_gives_the_same(fitted, corpus, tmp_path):
    recordings = []
    for place in range(4):
        recordings.append(str(tmp_path / f"{place}.npy"))
        np.save(recordings[-1], corpus.X[place])
    for name in ("kernel", "xgboost", "cnn"):
        save(fitted(name), tmp_path / f"{name}.ser")
    code = f"""
import numpy as np
from sertools import load
clips = [np.load(path) for path in {recordings!r}]
for name in ("kernel", "xgboost", "cnn"):
    model = load({str(tmp_path)!r} + f"/{{name}}.ser")
    np.save({str(tmp_path)!r} + f"/{{name}}.npy", model.predict_proba(clips))
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    for name in ("kernel", "xgboost", "cnn"):
        expected = fitted(name).predict_proba(corpus.X[:4])
        np.testing.assert_allclose(np.load(tmp_path / f"{name}.npy"), expected, atol=1e-6)


def test_what_is_learnt_beside_the_weights_comes_back(fitted, tmp_path):
    for name, attributes in {
        "xgboost": ("feature_importances_", "n_estimators_", "evals_result_"),
        "rnns": ("n_parameters_", "mean_", "scale_"),
    }.items():
        save(fitted(name), tmp_path / "model.ser")
        before, after = fitted(name)[-1], load(tmp_path / "model.ser")[-1]
        for attribute in attributes:
            np.testing.assert_equal(getattr(after, attribute), getattr(before, attribute))
    losses = [[row["train_loss"] for row in net.history] for net in before.engines_]
    assert [[row["train_loss"] for row in net.history] for net in after.engines_] == losses
    assert pickle.loads(pickle.dumps(after)).n_parameters_ == before.n_parameters_


@few
def test_who_was_enrolled_is_known_and_self_training_goes_on(corpus, tmp_path):
    table = MFCCExtractor().fit_transform(corpus.X)
    model = SpeakerAdaptedClassifier(KernelRidgeClassifier(), keep_training=True)
    model.fit(table, corpus.y, groups=corpus.groups).enroll(table[:6])
    save(model, tmp_path / "model.ser")
    again = load(tmp_path / "model.ser")
    new = table + 1, [f"new {name}" for name in corpus.groups]
    for one in (model, again):
        one.self_train(*new)
    np.testing.assert_array_equal(again.predict_proba(*new), model.predict_proba(*new))
    np.testing.assert_array_equal(again.predict_proba(table[:6]), model.predict_proba(table[:6]))


def test_a_memory_of_rows_stays_at_home(corpus, tmp_path):
    cache = RowCache(make_pipeline(AudioReader(), MFCCExtractor()), tmp_path / "cache")
    model = make_pipeline(cache, GaussianNB()).fit(corpus.X, corpus.y)
    save(model, tmp_path / "model.ser")
    assert str(tmp_path).encode() not in (tmp_path / "model.ser").read_bytes()
    cache.clear()
    before = sorted(tmp_path.rglob("*"))
    again = load(tmp_path / "model.ser")
    assert again.predict(corpus.X).tolist() == model.predict(corpus.X).tolist()
    assert again[0].location is False
    cache.clear()
    assert sorted(tmp_path.rglob("*")) == before


def test_a_search_is_saved_as_what_it_found(corpus, tmp_path):
    search = GridSearchCV(
        make_pipeline(MFCCExtractor(), StandardScaler(), SVMClassifier()),
        {"svmclassifier__C": [1, 10]},
        cv=GroupKFold(2),
        scoring=uar_scorer,
    ).fit(corpus.X, corpus.y, groups=corpus.groups)
    save(search, tmp_path / "model.ser")
    again = load(tmp_path / "model.ser")
    assert repr(again) == repr(search.best_estimator_)
    np.testing.assert_array_equal(again.predict(corpus.X), search.predict(corpus.X))


def test_a_pipelines_memory_stays_at_home_too(corpus, tmp_path):
    inner = make_pipeline(StandardScaler(), GaussianNB(), memory=str(tmp_path / "memory"))
    model = over_tables(inner).fit(corpus.X, corpus.y)
    save(model, tmp_path / "model.ser")
    assert model[-1].memory == str(tmp_path / "memory")
    assert str(tmp_path).encode() not in (tmp_path / "model.ser").read_bytes()
    assert load(tmp_path / "model.ser")[-1].memory is None


def test_parameters_of_numpy_and_callbacks(corpus, tmp_path):
    from skorch.callbacks import EpochTimer

    network = MLPClassifier(
        width=4, max_epochs=1, lr=np.float32(0.01), callbacks=[EpochTimer()], random_state=0
    )
    model = over_tables(network).fit(corpus.X, corpus.y)
    save(model, tmp_path / "model.ser")
    again = load(tmp_path / "model.ser")
    np.testing.assert_array_equal(again.predict_proba(corpus.X), model.predict_proba(corpus.X))


def test_parts_work_where_they_are_told(saved):
    assert load(saved)["classifier"].device is None
    with pytest.raises(ValueError, match="device='gpu' is unknown"):
        load(saved, device="gpu", verify=False)
    model = load(saved, device="cpu")
    assert model["classifier"].device == model["extractor"].device == "cpu"


def test_types_that_are_trusted_exist():
    for name in trusted_types():
        module, _, own = name.rpartition(".")
        assert callable(getattr(__import__(module, fromlist=[own]), own))


class TestExamples:
    def test_are_what_the_model_takes(self, fitted, corpus, tmp_path):
        save(fitted("kernel"), tmp_path / "model.ser", examples=corpus.X[:1])
        assert load(tmp_path / "model.ser").predict(corpus.X[:1]) == corpus.y[:1]

    def test_may_be_recordings(self, fitted, corpus, tmp_path):
        from sertools import audio

        audio.write(tmp_path / "one.wav", corpus.X[0], 16000)
        save(fitted("kernel"), tmp_path / "model.ser", examples=[tmp_path / "one.wav"])
        load(tmp_path / "model.ser")

    def test_of_tables_need_not_be_given(self, rng, tmp_path):
        X, y = rng.normal(size=(20, 3)), np.arange(20) % 2
        save(KernelRidgeClassifier().fit(X, y), tmp_path / "model.ser")
        assert load(tmp_path / "model.ser").predict(X).shape == (20,)

    def test_of_frames_have_to_be(self, rng, tmp_path):
        X, y = rng.normal(size=(20, 3, 9)).astype(np.float32), np.arange(20) % 2
        model = CNNClassifier("cnn1d", width=4, max_epochs=1).fit(X, y)
        with pytest.raises(ValueError, match="give examples"):
            save(model, tmp_path / "model.ser")
        save(model, tmp_path / "model.ser", examples=X[:2])
        np.testing.assert_array_equal(load(tmp_path / "model.ser").predict(X), model.predict(X))

    def test_of_clips_of_one_length_have_that_length(self, corpus, tmp_path):
        X = Padder(0.5).fit_transform(corpus.X)
        model = over_tables(GaussianNB()).fit(X, corpus.y)
        save(model, tmp_path / "model.ser")
        load(tmp_path / "model.ser")

    def test_that_are_made_up_may_not_suit(self, rng, tmp_path):
        X, y = rng.uniform(1, 2, (20, 3)), np.arange(20) % 2
        model = make_pipeline(PowerTransformer("box-cox"), GaussianNB()).fit(X, y)
        with pytest.raises(ValueError, match="(?s)made-up examples do not suit .* give examples"):
            save(model, tmp_path / "model.ser")
        save(model, tmp_path / "model.ser", examples=pd.DataFrame(X[:2]))
        load(tmp_path / "model.ser")

    def test_none_are_none(self, fitted, tmp_path):
        with pytest.raises(ValueError, match="examples are empty"):
            save(fitted("kernel"), tmp_path / "model.ser", examples=[])


class TestGolden:
    """What a model gives here has to be what it gave there."""

    def test_the_first_stage_that_differs_is_named(self, saved, monkeypatch):
        transform = Trimmer.transform
        monkeypatch.setattr(
            Trimmer, "transform", lambda self, X: [x[5:] for x in transform(self, X)]
        )
        with pytest.raises(ModelFileError, match=r"First at trimmer \(Trimmer\): shape"):
            load(saved)
        assert load(saved, verify=False) is not None

    def test_numbers_that_differ_are_told(self, saved, monkeypatch):
        transform = StandardScaler.transform
        monkeypatch.setattr(StandardScaler, "transform", lambda self, X: transform(self, X) * 1.001)
        with pytest.raises(ModelFileError, match=r"scaler \(StandardScaler\): \d+ of \d+ numbers"):
            load(saved)

    def test_rounding_is_no_difference(self, saved, monkeypatch):
        transform = StandardScaler.transform
        monkeypatch.setattr(
            StandardScaler, "transform", lambda self, X: transform(self, X) * (1 + 1e-6)
        )
        load(saved)

    def test_a_stage_that_fails_is_named(self, saved, monkeypatch):
        def transform(self, X):
            raise RuntimeError("no such routine")

        monkeypatch.setattr(AcousticExtractor, "transform", transform)
        with pytest.raises(ModelFileError, match=r"extractor .*which fails .*no such routine"):
            load(saved)


class TestWhatCannotBeSaved:
    @pytest.mark.parametrize(
        ("step", "name"),
        [
            (Doubler(), "Doubler"),
            (FunctionTransformer(np.log1p), "log1p"),
            (FunctionTransformer(lambda X: X), ""),
        ],
        ids=["a class of ones own", "a function of NumPy", "a lambda"],
    )
    def test_what_only_code_can_make(self, corpus, tmp_path, step, name):
        table = np.abs(MFCCExtractor().fit_transform(corpus.X))
        model = make_pipeline(step, GaussianNB()).fit(table, corpus.y)
        with pytest.raises(TypeError, match=f"holds .*{name}"):
            save(model, tmp_path / "model.ser", examples=table[:2])
        assert not list(tmp_path.iterdir())

    def test_what_opens_files_calls_by_name_or_is_a_tree(self, corpus, tmp_path):
        table = MFCCExtractor().fit_transform(corpus.X)
        for final in (
            StackingClassifier([("a", GaussianNB())], final_estimator=GaussianNB(), cv=2),
            DecisionTreeClassifier(),
        ):
            model = final.fit(table, corpus.y)
            with pytest.raises(TypeError, match="which no file can be trusted to make again"):
                save(model, tmp_path / "model.ser")

    def test_a_model_that_is_not_fitted(self, tmp_path):
        with pytest.raises(NotFittedError):
            save(make_emotion_pipeline("svm"), tmp_path / "model.ser")

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"evaluation": 0.9}, "evaluation is a float: give what evaluate returns"),
            ({"corpus": ["a.wav"]}, "corpus is a list: give the Corpus"),
        ],
    )
    def test_other_things_beside_it(self, fitted, tmp_path, options, message):
        with pytest.raises(TypeError, match=message):
            save(fitted("kernel"), tmp_path / "model.ser", **options)

    def test_what_is_no_estimator(self, tmp_path):
        with pytest.raises(TypeError, match="'svm' is no estimator"):
            save("svm", tmp_path / "model.ser")


def frozen_in(model):
    return [part for part in parts_of(model) if isinstance(part, FrozenEstimator)]


@pytest.mark.parametrize(
    "around",
    [
        FrozenEstimator,
        lambda model: make_pipeline(FrozenEstimator(model[:-1]), model[-1]),
        lambda model: CalibratedClassifierCV(FrozenEstimator(model), cv=2),
    ],
    ids=["whole", "first steps", "calibrated"],
)
def test_what_is_frozen_comes_back_frozen(fitted, corpus, tmp_path, around):
    model = around(fitted("svm with probabilities")).fit(corpus.X, corpus.y)
    save(model, tmp_path / "model.ser")
    again = load(tmp_path / "model.ser")
    assert "FrozenEstimator" in repr(again)
    assert all(vars(part).keys() == {"estimator"} for part in frozen_in(model) + frozen_in(again))
    np.testing.assert_array_equal(again.predict_proba(corpus.X), model.predict_proba(corpus.X))


@few
@pytest.mark.filterwarnings("ignore:SpeakerNormalizer was fitted with groups and is used without")
def test_what_was_told_by_pandas_is_saved(corpus, tmp_path):
    model = make_emotion_pipeline("kernel", adapt=True)
    told = pd.DataFrame({"emotion": corpus.y, "speaker": corpus.groups})
    model.fit(corpus.X, told["emotion"], classifier__groups=told["speaker"])
    save(model, tmp_path / "model.ser")
    again = load(tmp_path / "model.ser")
    np.testing.assert_array_equal(again.predict(corpus.X), model.predict(corpus.X))
    again[-1].self_train(again[:-1].transform(corpus.X), corpus.groups)


def test_a_network_whose_parameters_were_changed_since_is_refused(fitted, corpus, tmp_path):
    model = copy.deepcopy(fitted("mlp"))
    model.set_params(mlpclassifier__width=8)
    with pytest.raises(RuntimeError, match="width=4.*now make.*width=8.*Set them back"):
        save(model, tmp_path / "model.ser")
    assert not list(tmp_path.iterdir())
    save(model.set_params(mlpclassifier__width=4), tmp_path / "model.ser")


class TestDisk:
    def test_a_file_is_replaced(self, saved, fitted, corpus):
        save(fitted("xgboost"), saved)
        assert (
            load(saved).predict(corpus.X).tolist() == fitted("xgboost").predict(corpus.X).tolist()
        )

    @pytest.mark.parametrize(
        "error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()]
    )
    @pytest.mark.parametrize(
        ("home", "place"),
        [(sertools.persistence._file, "_digest"), (os, "replace")],
    )
    def test_what_fails_leaves_the_old_one_as_it_was(
        self, saved, fitted, monkeypatch, error, home, place
    ):
        def fails(*args):
            raise error

        before = saved.read_bytes()
        monkeypatch.setattr(home, place, fails)
        with pytest.raises(type(error)):
            save(fitted("xgboost"), saved)
        assert saved.read_bytes() == before
        assert [path.name for path in saved.parent.iterdir()] == ["model.ser"]

    def test_a_folder_that_is_not_there(self, fitted, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"no folder .*nowhere to write model.ser to"):
            save(fitted("kernel"), tmp_path / "nowhere" / "model.ser")

    def test_a_folder_in_its_place(self, fitted, tmp_path):
        with pytest.raises(IsADirectoryError, match="is a folder: name a file"):
            save(fitted("kernel"), tmp_path)


class TestCard:
    def test_says_what_is_inside(self, fitted, corpus, tmp_path, monkeypatch):
        monkeypatch.setattr("skops.io.loads", None)
        result = evaluate(make_emotion_pipeline("kernel"), corpus, cv="loso")
        save(fitted("kernel"), tmp_path / "model.ser", evaluation=result, corpus=corpus)
        card = model_card(tmp_path / "model.ser")
        for words in (
            "KernelRidgeClassifier()",
            "says        angry, neutral, sad",
            "synthetic: 24 clips, 4 speakers",
            "angry 8, neutral 8, sad 8",
            f"UAR {result.uar:.3f}",
            "loso, new speakers, of whom it sees nothing",
            "extractor (AcousticExtractor)",
            "scikit-learn",
        ):
            assert words in card

    def test_says_what_it_was_not_told(self, saved):
        card = model_card(saved)
        assert "trained on  not told" in card
        assert "worth       not told" in card

    def test_a_fingerprint_is_of_what_was_heard(self, fitted, corpus, tmp_path):
        def fingerprint(of):
            save(fitted("kernel"), tmp_path / "model.ser", corpus=of)
            card = model_card(tmp_path / "model.ser")
            return card[card.index("fingerprint") :].split()[1]

        turned = corpus.select(np.arange(len(corpus))[::-1])
        assert fingerprint(corpus) == fingerprint(turned) != fingerprint(corpus.select(range(23)))

    def test_tells_the_score_of_another_model_from_its_own(self, fitted, corpus, saved):
        result = evaluate(make_emotion_pipeline("svm"), corpus, cv=2)
        save(fitted("kernel"), saved, evaluation=result)
        assert "of ANOTHER model" in model_card(saved)

    def test_has_the_licences(self, fitted, corpus, tmp_path):
        from sertools import Corpus

        own = Corpus(corpus.X, corpus.y, corpus.groups, name="ravdess")
        save(fitted("kernel"), tmp_path / "model.ser", corpus=own)
        assert "ravdess: CC BY-NC-SA 4.0" in model_card(tmp_path / "model.ser")
