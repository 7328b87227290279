"""The one door to scikit-learn's private names, and how a fit is checked and told metadata.

A new scikit-learn release may move what it does not promise; this is the only file to mend then.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from numbers import Integral
from typing import Any, TypeVar, cast

from sklearn import config_context
from sklearn.base import BaseEstimator, _fit_context
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing
from sklearn.utils._array_api import get_namespace_and_device, move_estimator_to
from sklearn.utils._metadata_requests import _routing_enabled
from sklearn.utils._param_validation import HasMethods, Interval, Options, StrOptions
from sklearn.utils._set_output import _auto_wrap_is_configured, _get_output_config
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.multiclass import _ovr_decision_function
from sklearn.utils.validation import (
    _check_feature_names_in,
    _check_method_params,
    _check_sample_weight,
    _check_y,
    _num_samples,
    has_fit_parameter,
)

# Where HistGradientBoosting with early_stopping="auto" begins to split.
_ROWS_OF_EARLY_STOPPING = 10_000

__all__ = [
    "BaseSearchCV",
    "EvenInterval",
    "HasMethods",
    "Interval",
    "Options",
    "StrOptions",
    "_check_feature_names_in",
    "_check_method_params",
    "_check_sample_weight",
    "_check_y",
    "_num_samples",
    "_ovr_decision_function",
    "_routing_enabled",
    "_safe_indexing",
    "ask_with",
    "described",
    "fit_context",
    "fit_parameters",
    "fit_with",
    "hands_on_groups",
    "is_plain_pipeline",
    "keeps_row_labels",
    "last_step",
    "moved_to",
    "names_of_those_who_leave_out",
    "own_splits",
    "parts_of",
    "show_as",
    "splits_by_group",
    "splitters_without_groups",
    "takes_groups",
    "too_sure",
]


Method = TypeVar("Method", bound=Callable[..., Any])


def fit_context(*, prefer_skip_nested_validation: bool) -> Callable[[Method], Method]:
    """Decorate a `fit` as scikit-learn does, which checks parameters, and make it all or nothing.

    What is refused or interrupted leaves an estimator with what it had learnt before.
    """
    checking = _fit_context(prefer_skip_nested_validation=prefer_skip_nested_validation)

    def decorate(fit: Method) -> Method:
        checked = checking(fit)

        @functools.wraps(checked)
        def whole(estimator: Any, *args: Any, **kwargs: Any) -> Any:
            before = estimator.__dict__.copy()
            try:
                return checked(estimator, *args, **kwargs)
            except BaseException:  # of an interrupt, too
                estimator.__dict__.clear()
                estimator.__dict__.update(before)
                raise

        return cast("Method", whole)

    return decorate


def keeps_row_labels(transform: Method) -> Method:
    """Decorate a `transform` to keep the labels of its rows, as scikit-learn keeps a frame's.

    A list of clips carries those of the series that it was read from, or a data frame of its
    features stood beside other columns in another order, and pandas joined them by its own numbers.
    """

    @functools.wraps(transform)
    def labelled(self: Any, X: Any, *args: Any, **kwargs: Any) -> Any:
        result = transform(self, X, *args, **kwargs)
        is_pandas = type(X).__module__.partition(".")[0] == "pandas"
        labels = getattr(X, "index" if is_pandas else "row_labels", None)
        if labels is None or len(labels) != len(result):
            return result
        if hasattr(result, "row_labels"):
            result.row_labels = labels
        elif (
            _auto_wrap_is_configured(self)
            and _get_output_config("transform", self)["dense"] == "pandas"
            and getattr(result, "ndim", None) == 2
        ):
            import pandas as pd

            return pd.DataFrame(result, index=labels)
        return result

    return cast("Method", labelled)


class EvenInterval(Interval):
    """Constraint: an even integer of at least `left`."""

    def __init__(self, left: int) -> None:
        super().__init__(Integral, left, None, closed="left")

    def is_satisfied_by(self, val: Any) -> bool:
        """Whether `val` is such a number."""
        return super().is_satisfied_by(val) and val % 2 == 0

    def __str__(self) -> str:
        return f"an even int in the range [{self.left}, inf)"


def moved_to(X: Any, estimator: Any) -> Any:
    """A fitted estimator of the array API with its arrays where the array `X` is."""
    xp, _, device = get_namespace_and_device(X)
    return move_estimator_to(estimator, xp, device)


def show_as(wrapper: Any, transformer: Any) -> None:
    """Have scikit-learn make a data frame of a wrapper's result where it would of the other's."""
    keys: set[str] = getattr(transformer, "_sklearn_auto_wrap_output_keys", set())
    wrapper._sklearn_auto_wrap_output_keys = keys
    wrapper._sklearn_output_config = getattr(transformer, "_sklearn_output_config", {})


def fit_with(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    groups: Any = None,
    sample_weight: Any = None,
    copies: Any = None,
) -> Any:
    """Fit `estimator`, handing each kind of metadata only to the parts that consume it.

    scikit-learn raises when metadata reaches a fit that does not take it, and wants it under
    ``step__name`` in a pipeline. This finds the consumers: the estimator itself, the steps of a
    (nested) pipeline, the splitter and the estimator of a search. With metadata routing on, the
    estimator's own requests decide.

    Parameters
    ----------
    estimator : estimator
        What to fit, in place.
    X, y : data and target
        Handed on as they are.
    groups, sample_weight, copies : array-like of shape (n_clips,) or None
        Metadata; None is not handed on. `copies` is 0 for a recording and the number of the copy
        for an augmented one: whoever normalises by speaker takes each copy of a speaker for a
        speaker of its own.

    Returns
    -------
    estimator
        The same object, fitted.
    """
    metadata = {"groups": groups, "sample_weight": sample_weight, "copies": copies}
    return estimator.fit(X, y, **fit_parameters(estimator, metadata))


def ask_with(estimator: Any, method: str, X: Any, *, groups: Any = None) -> Any:
    """What a method of a fitted estimator gives, handing groups to the steps that consume them.

    In a pipeline only metadata routing reaches the `transform` of a step, so that it is on for
    the call if there is such a step.
    """
    if groups is None or not takes_groups(estimator, method):
        return getattr(estimator, method)(X)
    with config_context(enable_metadata_routing=True):
        return getattr(estimator, method)(X, groups=groups)


def described(estimator: Any) -> str:
    """An estimator with all its parameters that are not the default, however many these are."""
    if type(estimator).__repr__ is BaseEstimator.__repr__:
        return estimator.__repr__(N_CHAR_MAX=1_000_000)  # where repr would cut the middle out
    return repr(estimator)


def last_step(
    model: Any, X: Any, groups: Any = None, *, of_any: bool = False
) -> tuple[Any, Any, bool]:
    """The last step of a fitted (nested) pipeline, what it is given, and if groups had a taker.

    Of a pipeline that is not plain only if `of_any`: what the step says is not what that says.
    """
    told = False
    while isinstance(model, Pipeline) if of_any else is_plain_pipeline(model):
        for _, step in model.steps[:-1]:
            if step not in (None, "passthrough") and not _is_resampler(step):
                told = told or takes_groups(step, "transform")
                X = ask_with(step, "transform", X, groups=groups)
        model = model.steps[-1][1]
    return model, X, told


def is_plain_pipeline(model: Any) -> bool:
    """Whether a model is a pipeline that asks its steps in turn, and nothing else, to predict.

    One of somebody's own, or of imbalanced-learn, may do more.
    """
    return isinstance(model, Pipeline) and all(
        inspect.getattr_static(model, name) is inspect.getattr_static(Pipeline, name)
        for name in ("predict", "predict_proba")
    )


def hands_on_groups(pipeline: Pipeline) -> bool:
    """Whether a pipeline, of whichever class, takes groups when it predicts."""
    for name in ("predict", "predict_proba"):
        parameters = inspect.signature(getattr(type(pipeline), name)).parameters.values()
        if not any(one.kind is one.VAR_KEYWORD or one.name == "groups" for one in parameters):
            return False
    return True


def _is_resampler(step: Any) -> bool:
    """Whether a step changes the rows that come after it in a fit, as imbalanced-learn's do."""
    return hasattr(step, "fit_resample")


def takes_groups(estimator: Any, method: str) -> bool:
    """Whether a method hands groups to any consumer when metadata are routed."""
    with config_context(enable_metadata_routing=True):
        return bool(_routed(estimator, method, ["groups"]))


def _routed(estimator: Any, method: str, names: Iterable[str]) -> set[str]:
    """Which metadata of these names a method consumes, or hands on to who does."""
    try:
        return set(get_routing_for_object(estimator).consumes(method, names))
    except NotImplementedError:  # some of scikit-learn's own hand on no metadata at all
        return set()


def fit_parameters(estimator: Any, metadata: dict[str, Any]) -> dict[str, Any]:
    """The keyword arguments of ``estimator.fit`` by which metadata reaches whoever consumes it."""
    given = {name: value for name, value in metadata.items() if value is not None}
    _refuse_behind_a_resampler(estimator, given)
    if not _routing_enabled():
        return _consumed(estimator, given)
    return {name: given[name] for name in _routed(estimator, "fit", given)}


def _refuse_behind_a_resampler(estimator: Any, metadata: dict[str, Any]) -> None:
    """Refuse metadata of rows for a step whose rows are no longer these."""
    resampler = None
    for _, step in estimator.steps if isinstance(estimator, Pipeline) else ():
        if step in (None, "passthrough"):
            continue
        if resampler is not None and (taken := _taken(step, metadata)):
            raise ValueError(
                f"{type(step).__name__} takes {' and '.join(taken)}, and comes after "
                f"{type(resampler).__name__}, which changes the rows that they are of. Weight the "
                'classes, as by class_weight="balanced", or put the resampler inside of it.'
            )
        _refuse_behind_a_resampler(step, metadata)
        if _is_resampler(step):
            resampler = step


def _taken(estimator: Any, metadata: dict[str, Any]) -> list[str]:
    """Which of the metadata reach anybody in an estimator's fit."""
    if _routing_enabled():
        return sorted(_routed(estimator, "fit", metadata))
    return sorted({name.rpartition("__")[2] for name in _consumed(estimator, metadata)})


def _consumed(estimator: Any, metadata: dict[str, Any]) -> dict[str, Any]:
    """The keyword arguments of ``estimator.fit`` that carry the metadata to its consumers."""
    if isinstance(estimator, Pipeline):
        return {
            f"{step}__{name}": value
            for step, part in estimator.steps
            if part not in (None, "passthrough")
            for name, value in _consumed(part, metadata).items()
        }
    if isinstance(estimator, BaseSearchCV):
        parameters = _consumed(estimator.estimator, metadata)
        # Without routing a search gives what is called `groups` to its splitter, and to nothing
        # else; the steps of a pipeline are reached by their names.
        parameters.pop("groups", None)
        if "groups" in metadata and splits_by_group(estimator.cv):
            parameters["groups"] = metadata["groups"]
        return parameters
    return {name: value for name, value in metadata.items() if has_fit_parameter(estimator, name)}


def splits_by_group(cv: Any) -> bool:
    """Whether a `cv` parameter is a splitter that takes groups; others warn of them."""
    if not hasattr(cv, "split") or isinstance(cv, type):
        return False
    if not hasattr(cv, "get_metadata_routing"):  # somebody's own splitter: its signature decides
        return "groups" in inspect.signature(cv.split).parameters
    return bool(get_routing_for_object(cv).consumes("split", ["groups"]))


def parts_of(estimator: Any) -> list[Any]:
    """An estimator and all that it is made of, frozen or not."""
    if not hasattr(estimator, "get_params") or isinstance(estimator, type):
        return [estimator]
    parts = [estimator, *estimator.get_params(deep=True).values()]
    frozen = [part.estimator for part in parts if isinstance(part, FrozenEstimator)]
    return [*parts, *(part for one in frozen for part in parts_of(one))]


def own_splits(estimator: Any, groups: Any, n_rows: int) -> list[str]:
    """What is wrong where an estimator splits its data without the groups, and how to mend it.

    A copy of a clip would stand on the other side of such a split than the clip. A splitter of
    somebody's own is believed if it takes groups. Our own classifiers take them, and name by
    ``_splits_by`` the parameter that makes them split.
    """
    found = []
    told = [] if groups is None else [id(part) for part in _told_in_fit(estimator)]
    mend = "put it where groups arrive" if _routing_enabled() else "turn metadata routing on"
    for name, part in _fitted_parts(estimator).items():
        own = part.get_params(deep=False)
        faults = {"cv": _fault_of_cv(part, own["cv"], groups)} if "cv" in own else {}
        if _descends_from_scikit_learn(part):
            faults |= _faults_of_scikit_learn(part, own, n_rows)
        if id(part) not in told and (switch := getattr(part, "_splits_by", None)):
            faults[switch] = "pass groups" if groups is None else mend
        if own.get("train_split") is not None:  # skorch's name
            faults["train_split"] = "set train_split=None"
        found += [
            f"{f'{name}__{key}'.removeprefix('__')}: {way_out}"
            for key, way_out in faults.items()
            if way_out
        ]
    return found


def too_sure(estimator: Any) -> list[Any]:
    """The parts to whose fit no groups come by which they would learn how sure they may be."""
    told = [id(part) for part in _told_in_fit(estimator)]
    return [
        part
        for part in _fitted_parts(estimator).values()
        if id(part) not in told and getattr(part, "_leaves_out_groups", False)
    ]


def names_of_those_who_leave_out(estimator: Any) -> list[str]:
    """Under which names ``estimator.fit`` tells groups to those who only leave out rows by them.

    None with metadata routing, which cannot tell these only, or where a step changes the rows.
    """
    if _routing_enabled() or any(map(_is_resampler, parts_of(estimator))):
        return []
    parts = _fitted_parts(estimator)
    names = _consumed(estimator, {"groups": ()})
    takers = {name: parts.get(name.removesuffix("groups").removesuffix("__")) for name in names}
    return [name for name, part in takers.items() if getattr(part, "_leaves_out_groups", False)]


def splitters_without_groups(estimator: Any) -> list[Any]:
    """The parts of scikit-learn whose splitter asks for groups, and gets none as metadata go."""
    if _routing_enabled():
        return []
    told = [id(part) for part in _told_in_fit(estimator)]
    return [
        part
        for part in _fitted_parts(estimator).values()
        if hasattr(cv := part.get_params(deep=False).get("cv"), "get_metadata_routing")
        and splits_by_group(cv)
        and _descends_from_scikit_learn(part)
        and not (isinstance(part, BaseSearchCV) and id(part) in told)
    ]


def _fitted_parts(estimator: Any) -> dict[str, Any]:
    """The estimators in an estimator by their names, without what is frozen, and not fitted."""
    named = {"": estimator, **estimator.get_params(deep=True)}
    frozen = [name for name, part in named.items() if isinstance(part, FrozenEstimator)]
    return {
        name: part
        for name, part in named.items()
        if hasattr(part, "get_params")
        and not isinstance(part, type | FrozenEstimator)
        and not any(name.startswith(f"{above}__".removeprefix("__")) for above in frozen)
    }


def _told_in_fit(estimator: Any) -> Iterator[Any]:
    """The parts of an estimator to whose `fit` come the groups that are given to its own."""
    if isinstance(estimator, Pipeline):
        for _, step in estimator.steps:
            yield from _told_in_fit(step)
        return
    yield estimator
    if hasattr(estimator, "_grown"):  # our own around others
        yield from _told_in_fit(estimator.estimator)
    elif _routing_enabled() and _routed(estimator, "fit", ["groups"]):
        yield from parts_of(estimator)
    elif isinstance(estimator, BaseSearchCV):
        if isinstance(estimator.estimator, Pipeline):
            yield from _told_in_fit(estimator.estimator)
    elif hasattr(estimator, "fit") and has_fit_parameter(estimator, "groups"):
        yield from parts_of(estimator)  # somebody's own is believed


def _descends_from_scikit_learn(part: Any) -> bool:
    """Whether an estimator is scikit-learn's, or of a class made of one of scikit-learn's."""
    homes = {base.__module__ for base in type(part).__mro__}
    common = ("sklearn.base", "sklearn.utils")
    return any(home.startswith("sklearn.") and not home.startswith(common) for home in homes)


def _fault_of_cv(part: Any, cv: Any, groups: Any) -> str:
    """How to mend a `cv` parameter that splits without the groups; empty if it does not."""
    if cv == "prefit":
        return ""
    name, is_by_group = type(part).__name__, splits_by_group(cv)
    if groups is None and is_by_group:
        return "pass groups"
    if groups is None and hasattr(part, "estimator"):
        return f"put {name} outside, around AugmentedClassifier"
    if groups is None:
        return f"in place of {name} put a search around AugmentedClassifier"
    mends = [] if is_by_group else [f"give {name} a splitter that takes groups"]
    if not (isinstance(part, BaseSearchCV) or _routing_enabled()):
        mends.append("turn metadata routing on")
    return " and ".join(mends)


def _faults_of_scikit_learn(part: Any, own: dict[str, Any], n_rows: int) -> dict[str, str]:
    """How to mend what makes scikit-learn's estimators split at random, by parameter."""
    early = own.get("early_stopping", False)
    stops = early is True or (early == "auto" and n_rows > _ROWS_OF_EARLY_STOPPING)
    waits = "early_stopping" not in own and own.get("n_iter_no_change") is not None
    return {
        "early_stopping": "set early_stopping=False" if stops else "",
        # GradientBoosting stops early by this alone.
        "n_iter_no_change": "set n_iter_no_change=None" if waits else "",
        "oob_score": "set oob_score=False" if own.get("oob_score") else "",
        # libsvm calibrates on fifths drawn at random.
        "probability": (
            "set probability=False, or take SVMClassifier, which calibrates by groups"
            if own.get("probability") is True
            else ""
        ),
    }
