"""The one door to scikit-learn's private names, and the one way to hand metadata to a fit.

A new scikit-learn release may move what it does not promise; this is the only file to mend then.
"""

from __future__ import annotations

from typing import Any

from sklearn.base import _fit_context
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils._metadata_requests import _routing_enabled
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.validation import _check_feature_names_in, has_fit_parameter

__all__ = [
    "Interval",
    "Options",
    "StrOptions",
    "_check_feature_names_in",
    "_fit_context",
    "fit_with",
]


def fit_with(
    estimator: Any, X: Any, y: Any = None, *, groups: Any = None, sample_weight: Any = None
) -> Any:
    """Fit `estimator`, handing `groups` and `sample_weight` only to the parts that consume them.

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
    groups, sample_weight : array-like of shape (n_clips,) or None
        Metadata; None is not handed on.

    Returns
    -------
    estimator
        The same object, fitted.
    """
    metadata = {"groups": groups, "sample_weight": sample_weight}
    metadata = {name: value for name, value in metadata.items() if value is not None}
    if _routing_enabled():
        consumed = get_routing_for_object(estimator).consumes("fit", metadata.keys())
        parameters = {name: metadata[name] for name in consumed}
    else:
        parameters = _consumed(estimator, metadata)
    return estimator.fit(X, y, **parameters)


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
        outer = {name: value for name, value in metadata.items() if name == "groups"}
        return {**_consumed(estimator.estimator, inner), **outer}
    return {name: value for name, value in metadata.items() if has_fit_parameter(estimator, name)}
