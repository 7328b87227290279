"""evaluate: an honest number for a model, with its context."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed, effective_n_jobs
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone, is_classifier
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import Pipeline

from sertools._backend import device_of, gpu_status, to_host
from sertools._folds import inner_folds
from sertools._sklearn import _num_samples, _safe_indexing, ask_with, fit_with
from sertools._threads import shown
from sertools._validation import Clips
from sertools._versions import versions
from sertools.datasets import Corpus
from sertools.evaluation._adapt import adapts, parts_of, with_normalizer
from sertools.evaluation._evaluation import Evaluation
from sertools.evaluation._metrics import uar_score
from sertools.evaluation._protocols import Fold
from sertools.evaluation._splits import Plan, plan_of

__all__ = ["evaluate"]

_INNER_FOLDS = 5


class _Data(NamedTuple):
    """Clips, labels ``(n_clips,)`` and what is known of the speakers."""

    X: Any
    y: NDArray[Any]
    groups: NDArray[Any] | None
    genders: NDArray[Any] | None

    def taken(self, places: NDArray[np.intp]) -> _Data:
        """The clips at some places."""
        X = self.X[places] if isinstance(self.X, Clips) else _safe_indexing(self.X, places)
        groups, genders = (
            None if known is None else known[places] for known in (self.groups, self.genders)
        )
        return _Data(X, self.y[places], groups, genders)


class _Answer(NamedTuple):
    """What a fitted model says of the test part of a fold, and how long it took."""

    predicted: NDArray[Any]
    probabilities: NDArray[Any] | None
    classes: NDArray[Any]
    fit_seconds: float
    predict_seconds: float
    chosen: dict[str, Any]


def evaluate(
    estimator: Any,
    X: Any,
    y: ArrayLike | None = None,
    *,
    groups: ArrayLike | None = None,
    cv: Any = None,
    adapt: bool = False,
    grid: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    random_state: int = 0,
) -> Evaluation:
    """Evaluate a model by cross-validation over speakers.

    The model is fitted afresh in each fold, and whatever of it takes groups is given the speakers:
    inner splits keep them apart, normalisers tell them apart.

    Parameters
    ----------
    estimator : classifier
        The model: a pipeline from clips or recordings to labels, or a classifier of tables. It is
        cloned.
    X : Corpus, or sequence of clips, recordings or rows
        What is predicted from. A corpus brings labels, speakers and genders.
    y : array-like of shape (n_clips,) or None, default=None
        The labels, unless `X` is a corpus.
    groups : array-like of shape (n_clips,) or None, default=None
        The speakers, unless `X` is a corpus.
    cv : int, str, splitter, list of (train, test) or None, default=None
        The folds. A number is as many stratified folds by speaker, or by clip if speakers are not
        known; None is 5. A word is a protocol, such as ``"ravdess/emobox"``; it needs a corpus.
        Each clip may be tested at most once.
    adapt : bool, default=False
        Whether to do it all again with a :class:`SpeakerNormalizer` after the last step that takes
        clips. It sees the unlabelled clips of the speakers that are tested.
    grid : dict or list of dict, default=None
        Values of parameters to choose from, as in :class:`sklearn.model_selection.GridSearchCV`:
        in each fold by the UAR of folds by speaker within its training part. Ties go to what comes
        first.
    n_jobs : int or None, default=None
        Processes that work on folds; None is 1 unless joblib is told otherwise. A model that
        works on a GPU takes 1.
    verbose : int, default=0
        Above 0, show on standard error how many folds are done.
    random_state : int, default=0
        Draws the folds that are not given, and those of `grid`.

    Returns
    -------
    Evaluation
        Scores, tables and predictions; ``print(result.summary())``.

    See Also
    --------
    audit_split : What the two sides of a split share.
    leak_tax : The same model under random and honest folds.

    Notes
    -----
    scikit-learn's ``cross_val_score`` and ``GridSearchCV`` cannot hand groups to a `transform`, so
    that a :class:`SpeakerNormalizer` among the steps falls back to the statistics of its training
    data there; it does not here.

    Examples
    --------
    >>> from sertools import evaluate, make_corpus, make_emotion_pipeline
    >>> corpus = make_corpus(n_speakers=4, n_per_speaker=12, emotions=("angry", "sad"))
    >>> result = evaluate(make_emotion_pipeline("svm"), corpus, cv="loso")
    >>> result.uar > 0.9, result.speaker_independent, len(result.folds)
    (True, True, 4)
    """
    if not is_classifier(estimator):
        raise TypeError(f"{estimator!r:.500} is no classifier: evaluate() scores labels.")
    data, corpus = _checked(X, y, groups)
    n_jobs = _checked_jobs(estimator, data.X, n_jobs)
    plan = plan_of(cv, data.y, data.groups, corpus, random_state)
    candidates = [{}] if grid is None else list(ParameterGrid(grid))
    _refuse_unknown_parameters(estimator, candidates)
    if adapt and data.groups is None:
        raise ValueError("adapt=True tells speakers apart: pass groups, the speaker of each clip.")
    adapted = with_normalizer(estimator) if adapt else None  # refused before anything is fitted
    result = _run(estimator, data, plan, candidates, n_jobs, verbose, random_state)
    if adapted is not None:
        result.adapted = _run(adapted, data, plan, candidates, n_jobs, verbose, random_state)
    return result


def _run(
    model: Any,
    data: _Data,
    plan: Plan,
    candidates: list[dict[str, Any]],
    n_jobs: int | None,
    verbose: int,
    random_state: int,
) -> Evaluation:
    """The evaluation of a model."""
    work = Parallel(n_jobs=n_jobs, return_as="generator")
    answers = work(
        delayed(_answer)(model, data, fold, candidates, random_state) for fold in plan.folds
    )
    if verbose:
        answers = shown(answers, len(plan.folds), "Folds")
    predictions, folds = _tables(data, plan.folds, list(answers), len(candidates) > 1)
    return Evaluation(
        predictions,
        np.unique(data.y),
        folds,
        plan,
        model=repr(model),
        sees="unlabelled clips" if data.groups is not None and adapts(model) else "nothing",
        versions=versions(),
        n_left_out=len(data.y) - len(predictions),
    )


def _checked(X: Any, y: Any, groups: Any) -> tuple[_Data, Corpus | None]:
    """The data, and the corpus if there is one."""
    corpus = X if isinstance(X, Corpus) else None
    genders = None
    if corpus is not None:
        if y is not None or groups is not None:
            raise TypeError("X is a corpus, which has its own labels and groups: pass it alone.")
        if "copy" in corpus.frame and (corpus.frame["copy"].astype(int) > 0).any():
            raise ValueError(
                "X holds augmented copies, which are no recordings to be tested on: pass the "
                "corpus as it was, and AugmentedClassifier(estimator, augmenter) as estimator."
            )
        X, y, groups = corpus.X, corpus.y, corpus.groups
        genders = corpus.frame["gender"].to_numpy(dtype=str) if "gender" in corpus.frame else None
    if y is None:
        raise TypeError("y is None: pass the label of each clip, or a corpus as X.")
    data = _Data(X, np.asarray(to_host(y)), None if groups is None else np.asarray(groups), genders)
    for name, values in {"y": data.y, "groups": data.groups}.items():
        if values is not None and values.shape != (_num_samples(X),):
            raise ValueError(
                f"{name} has shape {values.shape} and X has {_num_samples(X)} clips: give one "
                "for each clip."
            )
    if len(np.unique(data.y)) < 2:
        raise ValueError(f"All clips are labelled {data.y[0]!r}: give two classes or more.")
    return data, corpus


def _checked_jobs(estimator: Any, X: Any, n_jobs: int | None) -> int | None:
    """`n_jobs`, or the refusal of several processes on one GPU."""
    if effective_n_jobs(n_jobs) > 1:
        devices = [getattr(part, "device", None) for part in parts_of(estimator)]
        on_gpu = any(isinstance(device, str) and device.startswith("cuda") for device in devices)
        may_be = "auto" in devices and gpu_status().usable
        if on_gpu or may_be or device_of(X).kind == "cuda":
            raise ValueError(
                f"n_jobs={n_jobs} processes would share one GPU, and its memory would not do: "
                "pass n_jobs=1."
            )
    return n_jobs


def _refuse_unknown_parameters(estimator: Any, candidates: list[dict[str, Any]]) -> None:
    """Refuse a grid over what the model does not have, before anything is fitted."""
    if not candidates:
        raise ValueError("grid offers nothing to choose from.")
    for candidate in candidates:
        clone(estimator).set_params(**candidate)


def _answer(
    model: Any, data: _Data, fold: Fold, candidates: list[dict[str, Any]], random_state: int
) -> _Answer:
    """What the model, fitted to the training part of a fold, says of the test part."""
    train, test = data.taken(fold[0]), data.taken(fold[1])
    started = time.perf_counter()
    chosen = _best(model, train, candidates, random_state)
    fitted = _fitted(model, train, chosen)
    between = time.perf_counter()
    predicted, probabilities, classes = _ask(fitted, test.X, test.groups)
    ended = time.perf_counter()
    return _Answer(predicted, probabilities, classes, between - started, ended - between, chosen)


def _best(
    model: Any, train: _Data, candidates: list[dict[str, Any]], random_state: int
) -> dict[str, Any]:
    """The candidate of the highest UAR in folds by speaker; the first of equals."""
    if len(candidates) == 1:
        return candidates[0]
    codes = np.unique(train.y, return_inverse=True)[1]
    folds = inner_folds(codes, train.groups, _INNER_FOLDS, random_state)
    tested = np.concatenate([test for _, test in folds])
    scores = []
    for candidate in candidates:
        predicted = [
            _ask(_fitted(model, train.taken(fit), candidate), test.X, test.groups)[0]
            for fit, test in ((fit, train.taken(held_out)) for fit, held_out in folds)
        ]
        scores.append(uar_score(train.y[tested], np.concatenate(predicted)))
    return candidates[int(np.argmax(scores))]


def _fitted(model: Any, train: _Data, parameters: dict[str, Any]) -> Any:
    """A copy of the model with these parameters, fitted."""
    copy = clone(model).set_params(**{name: clone(v, safe=False) for name, v in parameters.items()})
    return fit_with(copy, train.X, train.y, groups=train.groups)


def _ask(
    model: Any, X: Any, groups: NDArray[Any] | None
) -> tuple[NDArray[Any], NDArray[Any] | None, NDArray[Any]]:
    """Predictions, probabilities if there are any, and the classes these are of."""
    while isinstance(model, Pipeline):  # so that features are computed once
        for _, step in model.steps[:-1]:
            if step not in (None, "passthrough"):
                X = ask_with(step, "transform", X, groups=groups)
        model = model.steps[-1][1]
    predicted = to_host(ask_with(model, "predict", X, groups=groups))
    if not hasattr(model, "predict_proba"):
        return predicted, None, model.classes_
    return predicted, to_host(ask_with(model, "predict_proba", X, groups=groups)), model.classes_


def _tables(
    data: _Data, folds: list[Fold], answers: list[_Answer], is_tuned: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables of predictions and of folds."""
    classes = np.unique(data.y)
    parts, rows = [], []
    for number, ((train, test), answer) in enumerate(zip(folds, answers, strict=True), start=1):
        part = pd.DataFrame({"clip": test, "label": data.y[test], "predicted": answer.predicted})
        row: dict[str, Any] = {"train_clips": len(train), "test_clips": len(test)}
        if data.groups is not None:
            part["speaker"] = data.groups[test]
            row["test_speakers"] = len(np.unique(data.groups[test]))
        if data.genders is not None:
            part["gender"] = data.genders[test]
        part["fold"] = number
        if answer.probabilities is not None:
            known = pd.DataFrame(answer.probabilities, columns=answer.classes)
            # A class that the fold did not train on is never predicted.
            part = part.join(known.reindex(columns=classes, fill_value=0.0).add_prefix("p_"))
        parts.append(part)
        row["uar"] = uar_score(part["label"], part["predicted"])
        row |= {"fit_seconds": answer.fit_seconds, "predict_seconds": answer.predict_seconds}
        rows.append(row | ({"chosen": answer.chosen} if is_tuned else {}))
    predictions = pd.concat(parts).sort_values("clip", ignore_index=True)
    return predictions, pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name="fold"))
