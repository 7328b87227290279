"""make_emotion_pipeline: from recordings to emotions in one line, as a plain Pipeline."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sertools._validation import check_rate, did_you_mean
from sertools.augmentation import AugmentedClassifier, Augmenter, Speed
from sertools.features import AcousticExtractor, MelExtractor
from sertools.features._base import Rows
from sertools.models import (
    CNNClassifier,
    CRNNClassifier,
    KernelRidgeClassifier,
    MLPClassifier,
    RNNClassifier,
    SVMClassifier,
    XGBoostClassifier,
)
from sertools.models._base import EngineClassifier
from sertools.preprocessing import (
    AudioReader,
    FeatureScaler,
    RowCache,
    SpeakerAdaptedClassifier,
    SpeakerNormalizer,
    Trimmer,
)
from sertools.preprocessing._row_cache import inmost
from sertools.preprocessing._speaker_adapted_classifier import says_how_sure

__all__ = ["make_emotion_pipeline"]

_Steps = list[tuple[str, Any]]

_OF_FRAMES = ("cnn", "rnn", "crnn")

_NETWORKS_OF_FRAMES = (CNNClassifier, CRNNClassifier, RNNClassifier)

# Trees need no scaling, networks scale by themselves.
_SCALING_THEMSELVES = (XGBoostClassifier, MLPClassifier, *_NETWORKS_OF_FRAMES)

# Of "best": the seconds of silence that trimming leaves, for how a clip comes out of it; and how
# fast the copies are, almost two semitones lower and higher, like other voices.
_MARGIN = 0.05
_SPEEDS = (0.9, 1 / 0.9)


def make_emotion_pipeline(
    model: str | Any = "svm",
    features: Any = None,
    sr: int = 16000,
    augment: Any = None,
    device: str | None = None,
    cache: bool | str | os.PathLike[str] | None = None,
    n_jobs: int | None = None,
    random_state: Any = None,
    adapt: bool = False,
) -> Pipeline:
    """Make a pipeline from recordings to emotions.

    The steps are ``reader``, ``trimmer``, ``augmenter`` if asked for, ``extractor``, ``scaler`` if
    the model needs one, and ``classifier``, all of them public classes: a Pipeline like any other.
    Those of "best" are ``reader``, ``trimmer``, and as ``classifier`` an
    :class:`AugmentedClassifier` around ``extractor``, ``scaler`` and ``classifier``.

    Parameters
    ----------
    model : str or classifier, default="svm"
        The classifier: "svm" is :class:`SVMClassifier`, "xgboost" :class:`XGBoostClassifier`,
        "kernel" :class:`KernelRidgeClassifier`, "mlp" :class:`MLPClassifier`; over frames "cnn" is
        :class:`CNNClassifier`, "rnn" :class:`RNNClassifier`, "crnn" :class:`CRNNClassifier`; or one
        of your own. "best" is what scores best on voices that are new to it: kernel ridge on the
        features "speech", trained on the clips and on copies that are slower and faster.
    features : str, list, extractor or None, default=None
        What :class:`AcousticExtractor` takes, or another extractor. None is "compact", for "best"
        it is "speech", and for networks over frames the log-mel spectrogram.
    sr : int, default=16000
        Sample rate in Hz, to which recordings are resampled.
    augment : Augmenter, str, list of effects or None, default=None
        What perturbs clips in training: an :class:`Augmenter`, or the effects of one. For "best"
        it makes the copies; None is two, at 0.9 and 1.11 times the speed.
    device : {None, "cpu", "cuda", "cuda:<index>", "auto"}, default=None
        Where extractor and classifier work; None is where the data are. Parts of your own have
        theirs.
    cache : bool, str, path-like or None, default=None
        Whether features are remembered on disk by :class:`RowCache`, True where the system keeps
        such things, or the folder. Steps up to the extractor are then within ``features``, or if
        clips are augmented, as for "best", reader and trimmer within ``clips``.
    n_jobs : int or None, default=None
        Threads that read and extract.
    random_state : int, RandomState or None, default=None
        Given to augmenter and classifier.
    adapt : bool, default=False
        Whether scaler and classifier are within a :class:`SpeakerAdaptedClassifier`, which is told
        who speaks: by ``fit(X, y, classifier__groups=speakers)``, and by its `enroll`.

    Returns
    -------
    Pipeline
        The pipeline; it takes paths, files or waveforms.

    See Also
    --------
    evaluate : What it is worth on speakers it has not heard.

    Notes
    -----
    The classes are weighted equally, however many clips they have, as the UAR weights them.

    Examples
    --------
    >>> from sertools import make_corpus, make_emotion_pipeline
    >>> corpus = make_corpus(n_speakers=2, n_per_speaker=6)
    >>> pipe = make_emotion_pipeline("kernel")
    >>> list(pipe.named_steps)
    ['reader', 'trimmer', 'extractor', 'scaler', 'classifier']
    >>> pipe.fit(corpus.X, corpus.y).predict(corpus.X[:1])
    array(['neutral'], dtype='<U7')
    """
    rate = check_rate(sr)
    if not isinstance(adapt, bool | np.bool_):
        raise ValueError(f"adapt={adapt!r}: give False or True.")
    is_best = isinstance(model, str) and model == "best"
    if device not in (None, "cpu") and hasattr(features, "fit") and hasattr(model, "fit"):
        raise ValueError(
            f"device={device!r} is for an extractor and a classifier that are made here, and both "
            "are your own: give them the device."
        )
    reader = [
        ("reader", AudioReader(sr=rate, n_jobs=n_jobs)),
        ("trimmer", Trimmer(margin=round(_MARGIN * rate)) if is_best else Trimmer()),
    ]
    classifier = None if is_best else _classifier(model, device, random_state)
    options = {"sr": rate, "device": device, "n_jobs": n_jobs}
    extractor = _extractor(features, model, classifier, options)
    augmenter = _augmenter(augment, rate, random_state)
    clips, table = _front(reader, extractor, cache, apart=is_best or augmenter is not None)
    if is_best:
        return _best(clips, table, augmenter or _other_speeds(rate), device, adapt)
    if augmenter is not None:
        clips = [*clips, ("augmenter", augmenter)]
    scales_itself = isinstance(classifier, _SCALING_THEMSELVES)
    scaler = [] if scales_itself else [("scaler", StandardScaler())]
    if adapt and isinstance(classifier, _NETWORKS_OF_FRAMES):
        raise ValueError(f"adapt=True needs a table of features, and model={model!r} takes frames.")
    ending = _ending([*scaler, ("classifier", classifier)], adapt)
    return Pipeline([*clips, *table, *ending])


def _best(
    clips: _Steps, table: _Steps, augmenter: Any, device: str | None, adapt: bool
) -> Pipeline:
    """Kernel ridge on the features of clips and of copies of them."""
    last = [("scaler", FeatureScaler()), ("classifier", KernelRidgeClassifier(device=device))]
    on_clips = Pipeline([*table, *_ending(last, adapt)])
    return Pipeline([*clips, ("classifier", AugmentedClassifier(on_clips, augmenter))])


def _ending(steps: _Steps, adapt: bool) -> _Steps:
    """The steps from a table on, within one that knows who speaks if wanted."""
    if not adapt:
        return steps
    within = Pipeline(steps) if len(steps) > 1 else steps[0][1]
    normalizer = SpeakerNormalizer(unknown="average")  # by name, so that it can be set
    learns = says_how_sure(within)
    return [("classifier", SpeakerAdaptedClassifier(within, normalizer, keep_training=learns))]


def _other_speeds(sr: int) -> list[Augmenter]:
    """What makes the copies of "best", which leaves nothing to chance."""
    return [Augmenter([Speed(rate)], p=1, sr=sr) for rate in _SPEEDS]


def _extractor(features: Any, model: Any, classifier: Any, options: dict[str, Any]) -> Any:
    """The extractor, which gives frames to networks of frames; `options` are for a new one.

    The classifier is that of the model, or None for "best".
    """
    of_frames = isinstance(classifier, _NETWORKS_OF_FRAMES)
    if of_frames and features is None:
        return MelExtractor(stats=None, **options)
    if isinstance(features, type):
        name = features.__name__
        raise TypeError(f"features is the class {name}: pass an object, {name}().")
    extractor = features
    if not hasattr(features, "fit"):
        default = "speech" if classifier is None else "compact"
        extractor = AcousticExtractor(default if features is None else features, **options)
    last = inmost(extractor)
    if not isinstance(last, Rows):  # somebody's own
        return extractor
    last._validate_params()
    last._check_parameters()
    is_table = last._is_table()
    given = f"features={features!r}" if last is extractor else repr(last)
    if of_frames and is_table:
        raise ValueError(
            f"model={model!r} takes frames, and {given} makes a table: leave features "
            "None, or take extractors with stats=None, such as MFCCExtractor(stats=None)."
        )
    of_table = classifier is None or isinstance(classifier, EngineClassifier)
    if of_table and not (of_frames or is_table):
        raise ValueError(
            f"model={model!r} takes a table, and {given} gives frames: name statistics, "
            f"or take one of {', '.join(map(repr, _OF_FRAMES))}."
        )
    return extractor


def _classifier(model: Any, device: str | None, random_state: Any) -> Any:
    """The classifier of a name, or the one that was given."""
    if isinstance(model, type):
        raise TypeError(f"model is the class {model.__name__}: pass an object, {model.__name__}().")
    if hasattr(model, "fit"):
        return model
    common = {"class_weight": "balanced", "device": device, "random_state": random_state}
    known = {
        "svm": lambda: SVMClassifier(**common),
        "xgboost": lambda: XGBoostClassifier(**common),
        "kernel": lambda: KernelRidgeClassifier(device=device),
        "mlp": lambda: MLPClassifier(**common),
        "cnn": lambda: CNNClassifier(**common),
        "rnn": lambda: RNNClassifier(**common),
        "crnn": lambda: CRNNClassifier(**common),
    }
    if not isinstance(model, str) or model not in known:
        names = ["best", *known]
        raise ValueError(
            f"model={model!r} is unknown: take one of {', '.join(map(repr, names))}, or a "
            f"classifier.{did_you_mean(model, names)}"
        )
    return known[model]()


def _augmenter(augment: Any, sr: int, random_state: Any) -> Augmenter | None:
    """The augmenter, made of effects if these are given."""
    if augment is None or isinstance(augment, Augmenter):
        return augment
    return Augmenter(augment, sr=sr, random_state=random_state)


def _front(reader: _Steps, extractor: Any, cache: Any, *, apart: bool) -> tuple[_Steps, _Steps]:
    """The steps that give clips, and those that give features, remembered if a cache is wanted.

    Those that are not `apart`, for nothing comes between, are remembered as one.
    """
    last = [("extractor", extractor)]
    if cache in (None, False):
        return reader, last
    folder = None if cache is True else cache
    if not apart:
        return [], [("features", RowCache(Pipeline([*reader, *last]), folder))]
    # What is heard in training is not what is heard in use: each is remembered as what it is.
    return [("clips", RowCache(Pipeline(reader), folder))], [
        ("features", RowCache(Pipeline(last), folder))
    ]
