"""The one door to scikit-learn's private names, and the one way to hand metadata to a fit.

A new scikit-learn release may move what it does not promise; this is the only file to mend then.
"""

from __future__ import annotations

import inspect
from numbers import Integral
from typing import Any

from sklearn.base import _fit_context
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils._metadata_requests import _routing_enabled
from sklearn.utils._param_validation import HasMethods, Interval, Options, StrOptions
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.validation import (
    _check_feature_names_in,
    _check_method_params,
    _num_samples,
    has_fit_parameter,
)

__all__ = [
    "EvenInterval",
    "HasMethods",
    "Interval",
    "Options",
    "StrOptions",
    "_check_feature_names_in",
    "_check_method_params",
    "_fit_context",
    "_num_samples",
    "_routing_enabled",
    "fit_parameters",
    "fit_with",
    "own_splits",
    "show_as",
]


class EvenInterval(Interval):
    """Constraint: an even integer of at least `left`."""

    def __init__(self, left: int) -> None:
        super().__init__(Integral, left, None, closed="left")

    def is_satisfied_by(self, val: Any) -> bool:
        """Whether `val` is such a number."""
        return super().is_satisfied_by(val) and val % 2 == 0

    def __str__(self) -> str:
        return f"an even int in the range [{self.left}, inf)"


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


def fit_parameters(estimator: Any, metadata: dict[str, Any]) -> dict[str, Any]:
    """The keyword arguments of ``estimator.fit`` by which metadata reaches whoever consumes it."""
    given = {name: value for name, value in metadata.items() if value is not None}
    if not _routing_enabled():
        return _consumed(estimator, given)
    consumed = get_routing_for_object(estimator).consumes("fit", given.keys())
    return {name: given[name] for name in consumed}


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
        # Without routing a search gives `groups` to its splitter and to nothing else.
        inner = {name: value for name, value in metadata.items() if name != "groups"}
        parameters = _consumed(estimator.estimator, inner)
        if "groups" in metadata and _splits_by_group(estimator.cv):
            parameters["groups"] = metadata["groups"]
        return parameters
    return {name: value for name, value in metadata.items() if has_fit_parameter(estimator, name)}


def _splits_by_group(cv: Any) -> bool:
    """Whether a `cv` parameter is a splitter that takes groups; others warn of them."""
    if not hasattr(cv, "split"):
        return False
    if not hasattr(cv, "get_metadata_routing"):  # somebody's own splitter: its signature decides
        return "groups" in inspect.signature(cv.split).parameters
    return bool(get_routing_for_object(cv).consumes("split", ["groups"]))


def own_splits(estimator: Any, groups: Any) -> list[str]:
    """The parameters by which an estimator, or one within, splits its data without the groups.

    A copy of a clip would stand on the other side of such a split than the clip.
    """
    parts = {"": estimator, **estimator.get_params(deep=True)}
    found = []
    for name, part in parts.items():
        if not hasattr(part, "get_params") or isinstance(part, type):
            continue
        own = part.get_params(deep=False)
        keeps_groups = (
            groups is not None
            and _splits_by_group(own.get("cv"))
            and (isinstance(part, BaseSearchCV) or _routing_enabled())
        )
        splits = {"cv": "cv" in own and own["cv"] != "prefit" and not keeps_groups}
        if type(part).__module__.startswith("sklearn."):
            splits |= {
                "early_stopping": own.get("early_stopping") is True,
                # GradientBoosting stops early by this alone.
                "n_iter_no_change": "early_stopping" not in own
                and own.get("n_iter_no_change") is not None,
                # libsvm calibrates on fifths drawn at random.
                "probability": own.get("probability") is True,
            }
        found += [f"{name}__{key}".removeprefix("__") for key, does in splits.items() if does]
    return found
