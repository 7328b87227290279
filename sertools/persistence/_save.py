"""save: a fitted model in one file, with what is needed to believe it."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from sertools._files import plain
from sertools._parts import being_saved
from sertools._sklearn import BaseSearchCV, described
from sertools._validation import name_some
from sertools._versions import versions
from sertools.datasets import Corpus
from sertools.datasets.specs import SPECS
from sertools.evaluation import Evaluation
from sertools.persistence._file import FORMAT, write_parts
from sertools.persistence._folders import forget_folders
from sertools.persistence._golden import Stage, make_examples, packed, stages
from sertools.persistence._trusted import unknown_types

__all__ = ["save"]


def save(
    estimator: Any,
    path: str | os.PathLike[str],
    *,
    evaluation: Evaluation | None = None,
    corpus: Corpus | None = None,
    examples: Any = None,
) -> None:
    """Save a fitted model in one file, which :func:`load` can trust and prove.

    The file holds the whole pipeline: preprocessing, parameters of the features, scalers, weights
    and labels. It holds no pickle and no code. With it are the versions of what computed it, and
    some clips with what each step makes of them, which `load` compares.

    Parameters
    ----------
    estimator : estimator
        A fitted pipeline, or another estimator of this library or of scikit-learn. Of a search the
        best estimator is saved.
    path : str or path-like
        The file. One of that name is replaced once the new one is whole.
    evaluation : Evaluation or None, default=None
        What the model is worth, as :func:`evaluate` found it: its scores are written down.
    corpus : Corpus or None, default=None
        What the model was fitted on: its name, counts, licence and a fingerprint of its recordings
        are written down, and none of the recordings.
    examples : sequence of clips, recordings or rows, or None, default=None
        What the model is proved by; None is two synthetic voices, or random rows for a model of
        tables. They are stored in the file: give none that must not be handed on.

    Raises
    ------
    TypeError
        If the model holds something that cannot be saved without code, such as a function or a
        class of your own, or a tree of scikit-learn, whose compiled nodes no file is trusted with.

    See Also
    --------
    load : The way back.
    model_card : What a file says of itself.

    Notes
    -----
    Estimators of scikit-learn are written by skops, boosters in XGBoost's own format, networks as
    safetensors, all else as JSON. A :class:`RowCache` within the model remembers nothing once it is
    loaded: its folder is one of this machine.

    Examples
    --------
    >>> import os, tempfile
    >>> from sertools import load, make_corpus, make_emotion_pipeline, save
    >>> corpus = make_corpus(n_speakers=4, n_per_speaker=6, emotions=("angry", "sad"))
    >>> model = make_emotion_pipeline("svm").fit(corpus.X, corpus.y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(model, os.path.join(folder, "voices.ser"), corpus=corpus)
    ...     again = load(os.path.join(folder, "voices.ser"))
    >>> again.predict(corpus.X[:2])
    array(['angry', 'sad'], dtype='<U5')
    """
    if not isinstance(estimator, BaseEstimator):
        raise TypeError(f"{estimator!r:.200} is no estimator: give a fitted model.")
    check_is_fitted(estimator)
    if isinstance(estimator, BaseSearchCV):
        estimator = estimator.best_estimator_
    if not (evaluation is None or isinstance(evaluation, Evaluation)):
        raise TypeError(f"evaluation is a {type(evaluation).__name__}: give what evaluate returns.")
    if not (corpus is None or isinstance(corpus, Corpus)):
        raise TypeError(f"corpus is a {type(corpus).__name__}: give the Corpus of the training.")
    given = examples
    examples = make_examples(estimator) if given is None else _stored(given)
    if examples is None:
        raise ValueError(
            f"What {estimator!r:.200} takes does not show: give examples, two or three of what it "
            "predicts from, which prove the model when it is loaded."
        )
    try:
        outputs = list(stages(estimator, examples))
    except Exception as error:
        if given is not None:
            raise
        raise ValueError(
            f"The made-up examples do not suit {estimator!r:.200} ({error}): give examples, two or "
            "three of what it predicts from."
        ) from error
    import skops.io

    # As evaluate has named it, with its folders.
    worth = None if evaluation is None else _worth(evaluation, described(estimator))
    with being_saved() as parts, _without_folders(estimator):
        card = _card(estimator, worth, corpus, outputs)
        try:
            body = skops.io.dumps(estimator)
        except (TypeError, ValueError, AttributeError, RecursionError) as error:
            raise TypeError(
                f"{estimator!r:.200} holds something that cannot be written without code: {error}"
            ) from error
    unknown = unknown_types(body)
    if unknown:
        raise TypeError(
            f"{estimator!r:.200} holds {name_some(unknown)}, which no file can be trusted to make "
            "again: functions and classes of your own, and what of scikit-learn opens files, calls "
            "what it finds named, or is a compiled tree. Take another step in its place, such as "
            "XGBoostClassifier for trees, of a search its best_estimator_, or pickle the model."
        )
    write_parts(
        path,
        {
            "card.json": json.dumps(card, indent=1, default=plain, allow_nan=False).encode(),
            "golden.npz": packed(examples, outputs),
            "model.skops": body,
            **parts,
        },
    )


def _stored(examples: Any) -> Any:
    """Examples as they can be stored: a table, or a list of clips or of the bytes of recordings."""
    if hasattr(examples, "to_numpy"):
        examples = examples.to_numpy()
    if len(examples) == 0:
        raise ValueError("examples are empty: give one or more of what the model predicts from.")
    if isinstance(examples, np.ndarray) and examples.dtype.kind in "fiu":
        return examples
    stored = []
    for one in examples:
        if isinstance(one, str | os.PathLike):
            with open(one, "rb") as file:
                one = file.read()
        elif hasattr(one, "read"):
            one = one.read()
        stored.append(bytes(one) if isinstance(one, bytes | bytearray) else np.asarray(one))
    return stored


def _card(
    estimator: Any, worth: dict[str, Any] | None, corpus: Corpus | None, outputs: list[Stage]
) -> dict[str, Any]:
    """What the file says of itself."""
    return {
        "format": FORMAT,
        "saved": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "model": described(estimator),
        "labels": getattr(estimator, "classes_", None),
        "stages": [stage.name for stage in outputs],
        "versions": versions(),
        "training": None if corpus is None else _training(corpus),
        "evaluation": worth,
    }


def _training(corpus: Corpus) -> dict[str, Any]:
    """What is told of the training data: counts, licences, and a digest of what was heard."""
    digest = hashlib.sha256()
    for line in sorted(
        map("\t".join, zip(corpus.recording_ids(), map(str, corpus.y), strict=True))
    ):
        digest.update(f"{line}\n".encode())
    names = corpus.frame["corpus"].unique() if "corpus" in corpus.frame else [corpus.name]
    return {
        "corpus": corpus.name,
        "clips": len(corpus),
        "speakers": None if corpus.groups is None else len(set(corpus.groups.tolist()) - {""}),
        "labels": dict(sorted(Counter(map(str, corpus.y)).items())),
        "fingerprint": digest.hexdigest(),
        "licences": {name: SPECS[name].licence for name in names if name in SPECS},
    }


def _worth(evaluation: Evaluation, model: str) -> dict[str, Any]:
    """The scores of each run, under which conditions, and whether they are of this model."""
    told = ("protocol", "splits", "speaker_independent", "sees", "chance", "scores", "per_class",
            "versions")  # fmt: skip
    runs = [json.loads(run.to_json()) for run in evaluation.runs]
    return {
        "of_this_model": any(run.model == model for run in evaluation.runs),
        "runs": [{key: run[key] for key in told} for run in runs],
    }


@contextmanager
def _without_folders(estimator: Any) -> Iterator[None]:
    """A context in which no part of the estimator names a folder of this machine."""
    named = forget_folders(estimator)
    try:
        yield
    finally:
        for part, name, folder in named:
            setattr(part, name, folder)
