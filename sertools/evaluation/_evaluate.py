"""evaluate: an honest number for a model, with its context."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from joblib import effective_n_jobs
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import ParameterGrid
from sklearn.utils.parallel import Parallel, delayed

from sertools._backend import device_of, gpu_status, to_host
from sertools._folds import inner_folds
from sertools._growing_classifier import refuse_splits
from sertools._sklearn import (
    ask_with,
    described,
    fit_with,
    last_step,
    own_splits,
    parts_of,
    splitters_without_groups,
    takes_groups,
)
from sertools._threads import shown
from sertools._validation import name_some, warn_user
from sertools._versions import versions
from sertools.datasets import Corpus
from sertools.evaluation._adapt import adapted, check_adapt, refuse_unreached, self_train
from sertools.evaluation._answers import Answer, Notes, Said, as_json, of_json
from sertools.evaluation._data import NOBODY_KNOWN, Data, checked, refuse_no_classifier
from sertools.evaluation._evaluation import Evaluation
from sertools.evaluation._metrics import comparable, uar_score
from sertools.evaluation._protocols import Fold
from sertools.evaluation._splits import Plan, plan_of
from sertools.preprocessing._speaker_normalizer import noted_unbelieved, warn_of_unbelieved

__all__ = ["evaluate", "evaluate_plan"]

_INNER_FOLDS = 5

# Parameters by which scikit-learn's searches, ensembles and unions hold other estimators.
_HOLDING_OTHERS = ("estimator", "estimators", "transformers", "transformer_list")


class _Model(NamedTuple):
    """A model as it was given, whether it is to know who speaks, and to learn from them."""

    estimator: Any
    adapt: bool = False
    self_train: bool = False

    def made(self, parameters: dict[str, Any]) -> Any:
        """A copy with copies of these parameters, by the names that they have as it was given."""
        values = {name: clone(value, safe=False) for name, value in parameters.items()}
        changed = clone(self.estimator)
        changed.set_params(**values)
        return adapted(changed, self_train=self.self_train) if self.adapt else changed


def evaluate(
    estimator: Any,
    X: Any,
    y: ArrayLike | None = None,
    *,
    groups: ArrayLike | None = None,
    cv: Any = None,
    adapt: bool | str = False,
    grid: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    random_state: int = 0,
) -> Evaluation:
    """Evaluate a model by cross-validation over speakers.

    The model is fitted afresh in each fold, and the steps of it that take groups are given the
    speakers: inner splits keep them apart, normalisers tell them apart.

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
        known; None is 5, or as many as there are speakers. A word is a protocol, such as
        ``"ravdess/emobox"``, which needs a corpus. Each clip may be tested at most once.
    adapt : bool or "self-train", default=False
        Whether to do it all again with a :class:`SpeakerAdaptedClassifier` of what comes after the
        last extractor. It sees the unlabelled clips of the speakers that are tested. "self-train"
        has it learn from these clips as well, in three more fits, and asks it again.
    grid : dict or list of dict, default=None
        Values of parameters to choose from, as in :class:`sklearn.model_selection.GridSearchCV`:
        in each fold by the UAR of folds by speaker within its training part. Ties go to what comes
        first. Features are computed again for each value, unless a :class:`RowCache` remembers
        them, as ``make_emotion_pipeline(cache=True)`` has one.
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
    evaluate_cross : Trains on one corpus and tests on another.
    audit_split : What the two sides of a split share.
    leak_tax : The same model under random and honest folds.

    Notes
    -----
    scikit-learn's ``cross_val_score`` and ``GridSearchCV`` hand no groups to `transform` and
    `predict`, but to a model's own `score` with metadata routing on, so that with a `scoring` of
    another kind a :class:`SpeakerNormalizer` or :class:`SpeakerAdaptedClassifier` among the steps
    is not told who speaks. Here it is; one within a search or an ensemble, which would not be, is
    refused. A model that splits its training clips without regard to speakers, as such a search
    does unless its splitter takes groups, is warned of, and with `adapt` refused; and so is, at
    once, a splitter by groups that would get none.

    Examples
    --------
    >>> from sertools import evaluate, make_corpus, make_emotion_pipeline
    >>> corpus = make_corpus(n_speakers=4, n_per_speaker=12, emotions=("angry", "sad"))
    >>> result = evaluate(make_emotion_pipeline("svm"), corpus, cv="loso")
    >>> result.uar > 0.9, result.speaker_independent, len(result.folds)
    (True, True, 4)
    """
    refuse_no_classifier(estimator)
    data = checked(X, y, groups)
    corpus = X if isinstance(X, Corpus) else None
    plan = plan_of(cv, data.y, data.groups, corpus, random_state)
    return evaluate_plan(
        estimator,
        data,
        plan,
        adapt=adapt,
        grid=grid,
        n_jobs=n_jobs,
        verbose=verbose,
        random_state=random_state,
    )


def evaluate_plan(
    estimator: Any,
    data: Data,
    plan: Plan,
    *,
    adapt: bool | str,
    grid: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None,
    random_state: int,
    n_jobs: int | None = None,
    verbose: int = 0,
    notes: Notes | None = None,
) -> Evaluation:
    """The evaluation of a classifier over the folds of a plan; see `evaluate`.

    Folds whose answers are noted are not fitted again; those of the others are as soon as they are
    there. There is no grid then.
    """
    if not (n_jobs is None or isinstance(n_jobs, Integral)):
        raise TypeError(
            f"n_jobs={n_jobs!r}: give a number of processes, -1 for all cores, or None."
        )
    tuning = _Tuning.of(grid, plan.folds, data, random_state)
    check_adapt(adapt)
    if adapt:
        _refuse_nobody_known(adapt, data, plan)
    models = [_Model(estimator)]
    if adapt:
        models.append(_Model(estimator, adapt=True, self_train=isinstance(adapt, str)))
    n_rows = 2 * max(len(train) for train, _ in plan.folds)  # of the two versions of each clip
    # Whatever can be refused is, before anything is fitted: the model as it is, and as it may be.
    is_frozen = False
    for candidate in [{}, *tuning.candidates]:
        made = [model.made(candidate) for model in models]
        _refuse_a_shared_gpu(made[0], data.X, n_jobs)
        _refuse_splitters(made[0], data)
        refuse_unreached(made[-1])
        if adapt:
            refuse_splits(made[0], data.groups, n_rows)
        is_frozen |= any(isinstance(part, FrozenEstimator) for part in parts_of(made[0]))
    if is_frozen:
        plan = _of_unknown_training(plan)
    _warn_of_splits(estimator, data, plan)
    runs: list[Evaluation] = []
    unbelieved: set[str] = set()
    for model in models:
        answers = _answers(model, data, plan, tuning, n_jobs, verbose, notes)
        unbelieved.update(name for of_fold in answers for name in of_fold[0].unbelieved)
        runs.extend(_evaluations(model, data, plan, tuning, answers))
    if unbelieved:
        warn_of_unbelieved(sorted(unbelieved), data.n_speakers, " in a fold")
    result = runs[0]
    result.adapted, result.self_trained = [*runs[1:], None, None][:2]
    return result


class _Tuning(NamedTuple):
    """Candidates to choose from, and for each fold the folds of its training part to do it by."""

    candidates: list[dict[str, Any]]
    inner: list[list[Fold]]

    @classmethod
    def of(cls, grid: Any, folds: list[Fold], data: Data, random_state: int) -> _Tuning:
        """What a grid means; without one there is one candidate, which changes nothing."""
        if grid is None:
            return cls([{}], [[] for _ in folds])
        candidates = list(ParameterGrid(grid))
        if not candidates:
            raise ValueError("grid offers nothing to choose from.")
        inner = []
        for number, (train, _) in enumerate(folds, start=1):
            who = data.speakers(train)
            try:
                inner.append(inner_folds(data.y[train], who, _INNER_FOLDS, random_state))
            except ValueError as error:
                raise ValueError(f"grid cannot choose within fold {number}: {error}") from error
        return cls(candidates, inner)


def _evaluations(
    model: _Model, data: Data, plan: Plan, tuning: _Tuning, answers: list[list[Answer]]
) -> list[Evaluation]:
    """The evaluation of a model, and a second one of what it is after self-training."""
    labels = np.unique(np.concatenate([data.y[side] for fold in plan.folds for side in fold]))
    evaluations = []
    for of_folds in zip(*answers, strict=True):
        classes = _with_others(labels, of_folds)
        predictions, folds = _tables(data, classes, plan.folds, of_folds, len(tuning.candidates))
        evaluation = Evaluation(
            predictions,
            classes,
            folds,
            plan,
            model=described(model.made({})),
            sees="unlabelled clips" if any(answer.adapts for answer in of_folds) else "nothing",
            versions={name: v for answer in of_folds for name, v in answer.versions.items()},
            n_labels=len(labels),
            n_left_out=len(data.y) - len(predictions),
        )
        evaluations.append(evaluation)
    if model.adapt and evaluations[0].sees == "nothing":
        evaluations[0].sees = "nothing new"
    if model.self_train:
        evaluations[1].sees = "unlabelled clips, self-trained"
    return evaluations


def _with_others(labels: NDArray[Any], answers: Sequence[Answer]) -> NDArray[Any]:
    """The labels ``(n_classes,)`` and whatever else was predicted, sorted.

    A model that was fitted before, or that may say "unsure", has words of its own.
    """
    predicted = np.concatenate([answer.said.predicted for answer in answers])
    others = predicted[~pd.Series(predicted).isin(labels)]
    return np.unique(np.concatenate([labels, others])) if len(others) else labels


def _refuse_a_shared_gpu(estimator: Any, X: Any, n_jobs: int | None) -> None:
    """Refuse several processes on one GPU, those of a search or an ensemble inside too."""
    shared = [
        part
        for part in parts_of(estimator)
        if any(hasattr(part, name) for name in _HOLDING_OTHERS)
        and effective_n_jobs(getattr(part, "n_jobs", 1)) > 1
    ]
    if effective_n_jobs(n_jobs) > 1:
        shared.append(estimator)
    if shared and (device_of(X).kind == "cuda" or any(map(_works_on_a_gpu, shared))):
        raise ValueError(
            "Several processes would share one GPU, and its memory would not do: pass n_jobs=1, "
            "also to a search or an ensemble within the model."
        )


def _works_on_a_gpu(estimator: Any) -> bool:
    """Whether an estimator, or a part of it, would work on a GPU here."""
    devices = [getattr(part, "device", None) for part in parts_of(estimator)]
    on_gpu = any(isinstance(device, str) and device.startswith("cuda") for device in devices)
    return on_gpu or ("auto" in devices and gpu_status().usable)


def _refuse_nobody_known(adapt: bool | str, data: Data, plan: Plan) -> None:
    """Refuse to adapt to speakers if nobody is known, or nobody whom a fold trains on."""
    if data.n_speakers == 0:
        raise ValueError(f"adapt={adapt!r} tells speakers apart, and {NOBODY_KNOWN}")
    for number, (train, _) in enumerate(plan.folds, start=1):
        if data.speakers(train) is None:
            raise ValueError(
                f"adapt={adapt!r} learns how speakers differ, and fold {number} trains on clips "
                "only of which nobody knows who speaks: name their speakers, or leave them out."
            )


def _refuse_splitters(estimator: Any, data: Data) -> None:
    """Refuse splitters inside a fit that ask for speakers, and would fail for want of them."""
    lacking = [] if data.groups is None else splitters_without_groups(estimator)
    if lacking:
        raise ValueError(
            f"{type(lacking[0]).__name__} has cv={lacking[0].cv!r}, which splits by groups, and "
            "scikit-learn hands it none: turn metadata routing on, sklearn.set_config("
            "enable_metadata_routing=True)."
        )


def _warn_of_splits(estimator: Any, data: Data, plan: Plan) -> None:
    """Warn of a model that judges itself inside its fit by speakers it knows."""
    if data.groups is None:
        return
    found = own_splits(estimator, data.groups, len(data.y))
    if found:
        of_new_voices = "The score is none the less of voices it does not. "
        warn_user(
            "The model splits what it is fitted on without regard to speakers, and judges itself "
            f"by voices it knows. {of_new_voices if plan.speaker_independent else ''}To choose by "
            f"speaker, use grid=, or mend it ({name_some(found)}).",
        )


def _of_unknown_training(plan: Plan) -> Plan:
    """The plan for a model of which nobody knows whom it has heard, with a warning."""
    warn_user(
        "The model holds a FrozenEstimator, which is not fitted again in the folds. The score is "
        "of new speakers only if it has heard none of these."
    )
    return plan._replace(speaker_independent=plan.speaker_independent and None)


def _answers(
    model: _Model,
    data: Data,
    plan: Plan,
    tuning: _Tuning,
    n_jobs: int | None,
    verbose: int,
    notes: Notes | None,
) -> list[list[Answer]]:
    """What the model, fitted afresh for each fold, says of it, in the order of the folds."""
    names = [f"{'adapted' if model.adapt else 'plain'} {place}" for place in range(len(plan.folds))]
    noted = [None if notes is None else notes.recall(name) for name in names]
    known = {
        place: [of_json(words) for words in answers]
        for place, answers in enumerate(noted)
        if answers is not None
    }
    left = [place for place in range(len(names)) if place not in known]
    new = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(_answer_quietly)(
            model, *map(data.taken, plan.folds[place]), tuning.candidates, tuning.inner[place]
        )
        for place in left
    )
    if verbose and left:
        new = shown(new, len(left), "Folds")
    for place, answers in zip(left, new, strict=True):
        known[place] = answers
        if notes is not None:
            notes.keep(names[place], [as_json(answer) for answer in answers])
    return [known[place] for place in range(len(names))]


def _answer_quietly(*task: Any) -> list[Answer]:
    """What `_answer` gives, with the names of speakers who are not believed in place of warnings.

    Each fit and each question would name others: hundreds of warnings, of the same few speakers.
    """
    with noted_unbelieved() as names:
        answers = _answer(*task)
    return [answer._replace(unbelieved=list(map(str, names))) for answer in answers]


def _answer(
    model: _Model, train: Data, test: Data, candidates: list[dict[str, Any]], inner: list[Fold]
) -> list[Answer]:
    """What the model, fitted to the training part of a fold, says of the test part.

    And what it says after self-training, if it is to.
    """
    started = time.perf_counter()
    chosen = _best(model, train, candidates, inner)
    fitted = _fitted(model, train, chosen)
    between = time.perf_counter()
    said = _ask(fitted, test)
    ended = time.perf_counter()
    # Speakers that were trained on are known with their labels, whatever else is told of them.
    is_new = (
        test.groups is not None
        and train.groups is not None
        and bool(set(test.groups.tolist()) - set(train.groups.tolist()) - {""})
    )
    fit_seconds = between - started
    adapts = said.told and is_new
    answers = [Answer(said, fit_seconds, ended - between, chosen, adapts, versions())]
    if model.self_train:
        self_train(fitted, test.X, test.groups)
        learnt = time.perf_counter()
        said = _ask(fitted, test)
        fit_seconds += learnt - ended
        seconds = time.perf_counter() - learnt
        answers.append(Answer(said, fit_seconds, seconds, chosen, True, versions()))
    return answers


def _best(
    model: _Model, train: Data, candidates: list[dict[str, Any]], inner: list[Fold]
) -> dict[str, Any]:
    """The candidate of the highest UAR in the inner folds; the first of equals."""
    if len(candidates) == 1:
        return candidates[0]
    labels = np.concatenate([train.y[held_out] for _, held_out in inner])
    scores = []
    for candidate in candidates:
        predicted = []
        for fit, held_out in inner:
            test = train.taken(held_out)
            fitted = _fitted(model, train.taken(fit), candidate)
            predicted.append(_ask(fitted, test).predicted)
        scores.append(uar_score(labels, np.concatenate(predicted)))
    return candidates[int(np.argmax(scores))]


def _fitted(model: _Model, train: Data, parameters: dict[str, Any]) -> Any:
    """A copy of the model with these parameters, fitted."""
    return fit_with(model.made(parameters), train.X, train.y, groups=train.speakers())


def _ask(model: Any, test: Data) -> Said:
    """Predictions, and probabilities if there are any."""
    groups = test.groups
    model, X, told = last_step(model, test.X, groups)  # so that features are computed once
    told = told or takes_groups(model, "predict")
    predicted = np.asarray(to_host(ask_with(model, "predict", X, groups=groups)))
    if n_missing := int(pd.isna(predicted).sum()):
        raise ValueError(
            f"The model predicts nothing (None or NaN) for {n_missing} of {len(predicted)} clips: "
            'have it say a word, such as "unsure", which counts as wrong.'
        )
    _, predicted = comparable(test.y, predicted)  # of which some models give a column
    if not (hasattr(model, "predict_proba") and hasattr(model, "classes_")):
        return Said(predicted, None, told)
    probabilities = to_host(ask_with(model, "predict_proba", X, groups=groups))
    return Said(predicted, pd.DataFrame(probabilities, columns=model.classes_), told)


def _tables(
    data: Data,
    classes: NDArray[Any],
    folds: list[Fold],
    answers: Sequence[Answer],
    n_candidates: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables of predictions and of folds."""
    parts, rows = [], []
    for number, ((train, test), answer) in enumerate(zip(folds, answers, strict=True), start=1):
        part = pd.DataFrame(
            {"clip": test, "label": data.y[test], "predicted": answer.said.predicted}
        )
        row: dict[str, Any] = {"train_clips": len(train), "test_clips": len(test)}
        if data.groups is not None:
            part["speaker"] = data.groups[test]
            row["test_speakers"] = len(set(data.groups[test].tolist()) - {""})
        if data.genders is not None:
            part["gender"] = data.genders[test]
        part["fold"] = number
        if answer.said.probabilities is not None:
            # A class that the fold did not train on, or a word for none of them, has none.
            known = answer.said.probabilities.reindex(columns=classes, fill_value=0.0)
            part = part.join(known.add_prefix("p_"))
        parts.append(part)
        row["uar"] = uar_score(part["label"], part["predicted"])
        row |= {"fit_seconds": answer.fit_seconds, "predict_seconds": answer.predict_seconds}
        rows.append(row | ({"chosen": answer.chosen} if n_candidates > 1 else {}))
    predictions = pd.concat(parts).sort_values("clip", ignore_index=True)
    return predictions, pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name="fold"))
