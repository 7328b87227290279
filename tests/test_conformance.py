"""scikit-learn's contract on every public estimator: its own checks and those it leaves to us."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.linear_model import LogisticRegression
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from sertools import (
    AcousticExtractor,
    AddNoise,
    AudioReader,
    AugmentedClassifier,
    Augmenter,
    ChromaExtractor,
    CNNClassifier,
    CRNNClassifier,
    FeatureScaler,
    Gain,
    KernelRidgeClassifier,
    MelExtractor,
    MFCCExtractor,
    MLPClassifier,
    Padder,
    PitchExtractor,
    RMSExtractor,
    RNNClassifier,
    RowCache,
    SpeakerAdaptedClassifier,
    SpeakerNormalizer,
    SpectralExtractor,
    SVMClassifier,
    ToDevice,
    Trimmer,
    VoiceExtractor,
    XGBoostClassifier,
    ZCRExtractor,
)

NOISE = Augmenter([AddNoise((20, 40))], p=1, random_state=0)

# The shortest training that tells the blobs of scikit-learn's checks apart.
BRIEF = {"max_epochs": 4, "lr": 0.05, "random_state": 0}

ESTIMATORS = [
    AcousticExtractor(),
    AcousticExtractor("gemaps"),
    AcousticExtractor("speech-small"),
    AcousticExtractor(["zcr", MFCCExtractor(4, n_fft=256, n_mels=16)], deltas=1),
    AudioReader(),
    AugmentedClassifier(LogisticRegression(), NOISE),
    AugmentedClassifier(LogisticRegression(), NOISE, n_views=1),
    Augmenter(),
    Augmenter([AddNoise((20, 40)), Gain()], p=1, random_state=0),
    CNNClassifier("cnn1d", width=8, depth=1, **BRIEF),
    CRNNClassifier("rnn", width=4, **BRIEF),
    ChromaExtractor(n_fft=256),
    KernelRidgeClassifier(),
    KernelRidgeClassifier(storage="int8"),
    FeatureScaler(limit=2),
    MFCCExtractor(deltas=2),
    MLPClassifier(width=8, depth=1, **BRIEF),
    MLPClassifier(width=8, depth=1, early_stopping=2, n_models=2, **BRIEF),
    MelExtractor(stats=("median", "iqr", "p05")),
    Padder(),
    Padder(duration=0.0002, align="center", mode="reflect"),
    PitchExtractor(deltas=1),
    RMSExtractor(kind="db"),
    RNNClassifier("rnn", width=8, depth=1, **BRIEF),
    RowCache(ZCRExtractor()),
    SVMClassifier(),
    SVMClassifier(engine="nystroem", random_state=0),
    SVMClassifier(probability=True, random_state=0),
    SpeakerAdaptedClassifier(LogisticRegression()),
    SpeakerNormalizer(),
    SpectralExtractor(),
    ToDevice("cpu"),
    Trimmer(),
    VoiceExtractor(),
    XGBoostClassifier(n_estimators=10, random_state=0),
    XGBoostClassifier(n_estimators=10, subsample=1.0),
    XGBoostClassifier(n_estimators=10, early_stopping_rounds=3, random_state=0),
    ZCRExtractor(stats=["mean", "slope"]),
]

_A_LIST = "clips of differing lengths come back as a list, which has no shape"
_LISTS = {
    "check_transformer_data_not_an_array": _A_LIST,
    "check_transformer_general": _A_LIST,
    "check_transformer_preserve_dtypes": _A_LIST,
    "check_transformers_unfitted_stateless": _A_LIST,
}
_IN_TRAINING = "fit_transform perturbs, and fit(X).transform(X) must not: that is what it is for"
_WEIGHTS = "check_sample_weight_equivalence_on_dense_data"
_DRAWN = {_WEIGHTS: "rows are drawn or held out whatever their weights"}
_IN_BATCHES = {_WEIGHTS: "batches are drawn, and normalised, whatever the weights of their rows"}
EXPECTED_FAILURES = {
    "Augmenter": {
        "check_transformer_data_not_an_array": _IN_TRAINING,
        "check_transformer_general": _IN_TRAINING,
    },
    "Augmenter()": _LISTS,
    "CNNClassifier": _IN_BATCHES,
    "CRNNClassifier": _IN_BATCHES,
    "MLPClassifier": _IN_BATCHES,
    "RNNClassifier": _IN_BATCHES,
    "SVMClassifier": _DRAWN,
    "SVMClassifier()": {_WEIGHTS: "libsvm takes it so far only, as scikit-learn's SVC shows"},
    "SpeakerAdaptedClassifier": {_WEIGHTS: "the normaliser counts all rows alike"},
    "Trimmer": _LISTS,
    "XGBoostClassifier": _DRAWN,
    "XGBoostClassifier(n_estimators=10, subsample=1.0)": {},
}

# Checks that scikit-learn runs on its own estimators and leaves to other authors to call.
UNLISTED = [
    "check_dataframe_column_names_consistency",
    "check_inplace_ensure_writeable",
    "check_param_validation",
]
UNLISTED_OF_TRANSFORMERS = [
    "check_get_feature_names_out_error",
    "check_global_output_transform_pandas",
    "check_set_output_transform",
    "check_set_output_transform_pandas",
    "check_transformer_get_feature_names_out",
    "check_transformer_get_feature_names_out_pandas",
]

_NO_TABLE = "clips are no table: set_output is taken for the pipeline's sake and changes nothing"
_CLIP_STEP = {
    "check_global_output_transform_pandas": _NO_TABLE,
    "check_set_output_transform_pandas": _NO_TABLE,
}
_UNLISTED_LISTS = {
    **_CLIP_STEP,
    "check_transformer_get_feature_names_out": _A_LIST,
    "check_transformer_get_feature_names_out_pandas": _A_LIST,
}
UNLISTED_EXPECTED_FAILURES = {
    "AudioReader": _CLIP_STEP,
    "Augmenter": _CLIP_STEP,
    "Augmenter()": {
        **_UNLISTED_LISTS,
        "check_set_output_transform": "without a random_state every fit draws anew",
    },
    "ToDevice": _CLIP_STEP,
    "Trimmer": _UNLISTED_LISTS,
}


def expected_failures(estimator, listed=EXPECTED_FAILURES):
    """What is listed for an estimator with these parameters, or else for its class."""
    return listed.get(repr(estimator), listed.get(type(estimator).__name__, {}))


def unlisted_checks_of(estimator):
    return UNLISTED + (UNLISTED_OF_TRANSFORMERS if hasattr(estimator, "transform") else [])


@parametrize_with_checks(ESTIMATORS, expected_failed_checks=expected_failures)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_every_expected_failure_is_of_a_check_that_runs():
    for estimator in ESTIMATORS:
        checks = estimator_checks.estimator_checks_generator(estimator, mark=None)
        names = {getattr(check, "func", check).__name__ for _, check in checks}
        assert set(expected_failures(estimator)) <= names
        unlisted = expected_failures(estimator, UNLISTED_EXPECTED_FAILURES)
        assert set(unlisted) <= set(unlisted_checks_of(estimator))


def unlisted_checks():
    for estimator in ESTIMATORS:
        expected = expected_failures(estimator, UNLISTED_EXPECTED_FAILURES)
        for check in unlisted_checks_of(estimator):
            marks = [pytest.mark.xfail(reason=expected[check])] if check in expected else []
            yield pytest.param(estimator, check, marks=marks, id=f"{estimator}-{check}")


# These checks mix data frames and arrays, which deserves scikit-learn's warning.
@pytest.mark.filterwarnings("ignore:X (does not have valid|has) feature names:UserWarning")
@pytest.mark.parametrize(("estimator", "check"), list(unlisted_checks()))
def test_unlisted_checks(estimator, check):
    getattr(estimator_checks, check)(type(estimator).__name__, estimator)


# The others hand on whatever comes.
CHOOSY = [each for each in ESTIMATORS if not isinstance(each, ToDevice | AudioReader)]


@pytest.mark.parametrize("estimator", CHOOSY, ids=repr)
def test_a_fit_that_is_refused_leaves_what_was_learnt(estimator, rng):
    X = rng.normal(size=(40, 12)).astype(np.float32)
    y = np.repeat(["calm", "loud"], 20)
    model = clone(estimator).fit(X, y)
    ask = "predict" if is_classifier(model) else "transform"
    before = getattr(model, ask)(X)
    # Another width, which has been learnt when the fault is found.
    other, labels = X[:, :7].copy(), y[1:]
    if ask == "transform":
        other[3, 3], labels = np.nan, y
    with pytest.raises(ValueError, match="inconsistent|NaN|39 values for 40"):
        model.fit(other, labels)
    np.testing.assert_array_equal(getattr(model, ask)(X), before)
