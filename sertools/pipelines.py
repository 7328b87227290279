"""make_emotion_pipeline: from recordings to emotions in one line, as a plain Pipeline."""

from __future__ import annotations

import os
from typing import Any

from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sertools._validation import check_rate, did_you_mean
from sertools.augmentation import Augmenter
from sertools.features import AcousticExtractor, MelExtractor
from sertools.models import (
    CNNClassifier,
    CRNNClassifier,
    KernelRidgeClassifier,
    MLPClassifier,
    SVMClassifier,
    XGBoostClassifier,
)
from sertools.preprocessing import AudioReader, RowCache, Trimmer

__all__ = ["make_emotion_pipeline"]

_OF_FRAMES = ("cnn", "crnn")

# Trees need no scaling, networks scale by themselves.
_UNSCALED = ("xgboost", "mlp", *_OF_FRAMES)


def make_emotion_pipeline(
    model: str | Any = "svm",
    features: Any = None,
    sr: int = 16000,
    augment: Any = None,
    device: str | None = None,
    cache: bool | str | os.PathLike[str] | None = None,
    n_jobs: int | None = None,
    random_state: Any = None,
) -> Pipeline:
    """Make a pipeline from recordings to emotions.

    The steps are ``reader``, ``trimmer``, ``augmenter`` if asked for, ``extractor``, ``scaler`` if
    the model needs one, and ``classifier``, all of them public classes: a Pipeline like any other.

    Parameters
    ----------
    model : {"svm", "xgboost", "kernel", "mlp", "cnn", "crnn"} or classifier, default="svm"
        The classifier: :class:`SVMClassifier`, :class:`XGBoostClassifier`,
        :class:`KernelRidgeClassifier`, :class:`MLPClassifier`, over frames
        :class:`CNNClassifier` and :class:`CRNNClassifier`, or one of your own.
    features : str, list, extractor or None, default=None
        What :class:`AcousticExtractor` takes, or another extractor. None is "compact", and for
        "cnn" and "crnn" the log-mel spectrogram.
    sr : int, default=16000
        Sample rate in Hz, to which recordings are resampled.
    augment : Augmenter, str, list of effects or None, default=None
        What perturbs clips in training: an :class:`Augmenter`, or the effects of one.
    device : {None, "cpu", "cuda", "cuda:<index>", "auto"}, default=None
        Where extractor and classifier work; None is where the data are. Parts of your own have
        theirs.
    cache : bool, str, path-like or None, default=None
        Whether features are remembered on disk by :class:`RowCache`, True where the system keeps
        such things, or the folder. Steps up to the extractor are then within ``features``, or if
        clips are augmented reader and trimmer within ``clips``.
    n_jobs : int or None, default=None
        Threads that read and extract.
    random_state : int, RandomState or None, default=None
        Given to augmenter and classifier.

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
    if device not in (None, "cpu") and hasattr(features, "fit") and hasattr(model, "fit"):
        raise ValueError(
            f"device={device!r} is for an extractor and a classifier that are made here, and both "
            "are your own: give them the device."
        )
    reader = [
        ("reader", AudioReader(sr=rate, n_jobs=n_jobs)),
        ("trimmer", Trimmer()),
    ]
    extractor = _extractor(features, model, {"sr": rate, "device": device, "n_jobs": n_jobs})
    steps = _front(reader, extractor, _augmenter(augment, rate, random_state), cache)
    if not (isinstance(model, str) and model in _UNSCALED):
        steps.append(("scaler", StandardScaler()))
    return Pipeline([*steps, ("classifier", _classifier(model, device, random_state))])


def _extractor(features: Any, model: Any, options: dict[str, Any]) -> Any:
    """The extractor, which gives frames to networks of frames; `options` are for a new one."""
    of_frames = isinstance(model, str) and model in _OF_FRAMES
    if hasattr(features, "fit"):
        return features
    if of_frames and features is None:
        return MelExtractor(stats=None, **options)
    named = [features] if isinstance(features, str) else features or ()
    if of_frames and any(isinstance(part, str) for part in named):
        raise ValueError(
            f"model={model!r} takes frames, and features={features!r} makes a table: leave "
            "features None, or take extractors with stats=None, such as MFCCExtractor(stats=None)."
        )
    return AcousticExtractor("compact" if features is None else features, **options)


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
        "crnn": lambda: CRNNClassifier(**common),
    }
    if not isinstance(model, str) or model not in known:
        raise ValueError(
            f"model={model!r} is unknown: take one of {', '.join(map(repr, known))}, or a "
            f"classifier.{did_you_mean(model, known)}"
        )
    return known[model]()


def _augmenter(augment: Any, sr: int, random_state: Any) -> Augmenter | None:
    """The augmenter, made of effects if these are given."""
    if augment is None or isinstance(augment, Augmenter):
        return augment
    return Augmenter(augment, sr=sr, random_state=random_state)


def _front(
    reader: list[tuple[str, Any]], extractor: Any, augmenter: Augmenter | None, cache: Any
) -> list[tuple[str, Any]]:
    """The steps from recordings to features, remembered if a cache is wanted."""
    last = ("extractor", extractor)
    if cache in (None, False):
        middle = [] if augmenter is None else [("augmenter", augmenter)]
        return [*reader, *middle, last]
    folder = None if cache is True else cache
    if augmenter is None:
        return [("features", RowCache(Pipeline([*reader, last]), folder))]
    # What is heard in training is not what is heard in use: each is remembered as what it is.
    return [
        ("clips", RowCache(Pipeline(reader), folder)),
        ("augmenter", augmenter),
        ("features", RowCache(Pipeline([last]), folder)),
    ]
