"""What classifiers share that fit another one on several versions of each clip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, is_regressor
from sklearn.metrics import accuracy_score
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import process_routing

from sertools._sklearn import (
    HasMethods,
    _check_method_params,
    _num_samples,
    _routing_enabled,
    fit_parameters,
    own_splits,
    too_sure,
)
from sertools._validation import refuse_missing_labels, warn_user

__all__ = ["GrowingClassifier", "can", "refuse_splits"]

# What `fit` finds the consumers of; all else is for the estimator's `fit` itself.
_COMMON = {"sample_weight", "groups"}


def can(method: str) -> Callable[[Any], bool]:
    """A check that the wrapped estimator has a method."""

    def check(classifier: Any) -> bool:
        getattr(getattr(classifier, "estimator_", classifier.estimator), method)
        return True

    return check


def refuse_splits(estimator: Any, groups: Any, n_rows: int) -> None:
    """Refuse an estimator that would split versions of a clip, and warn of one too sure of them."""
    splits = own_splits(estimator, groups, n_rows)
    if splits:
        raise ValueError(
            "The estimator splits what it is fitted on: versions of a clip would stand on both "
            "sides, and it would judge itself by what it has learnt. Of "
            f"{', and of '.join(splits)}."
        )
    if groups is None:
        return
    for part in too_sure(estimator):
        warn_user(
            f"{type(part).__name__} is not told who speaks within {estimator!r:.200}, learns how "
            "sure it may be from versions of clips that it knows, and its probabilities will be "
            "too high: turn metadata routing on, or put it where groups arrive."
        )


class GrowingClassifier(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """Base of classifiers that fit another one on several versions of each clip.

    A subclass writes its parameters, among them `estimator`, makes the versions in `fit`, and asks
    `estimator_` when it predicts. What comes with the clips is seen to here.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "estimator": [HasMethods(["fit", "predict"])],
    }

    estimator: Any
    estimator_: Any
    predict: Callable[..., Any]

    @property
    def classes_(self) -> NDArray[Any]:
        """The labels, ``(n_classes,)``."""
        return self.estimator_.classes_

    def score(
        self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None, **params: Any
    ) -> float:
        """Share of clips that are predicted right.

        Parameters
        ----------
        X : array-like
            What `predict` takes.
        y : array-like of shape (n_clips,)
            The labels.
        sample_weight : array-like of shape (n_clips,) or None, default=None
            How much each clip counts.
        **params : dict
            More for `predict`, such as the speakers as `groups`.

        Returns
        -------
        float
            The accuracy.
        """
        return float(accuracy_score(y, self.predict(X, **params), sample_weight=sample_weight))

    def _refuse_no_labels(self, y: Any) -> None:
        """Refuse a fit without labels."""
        if y is None:
            name = type(self).__name__
            raise ValueError(f"{name} requires y to be passed, but the target y is None.")
        refuse_missing_labels(y, "y")

    def _refuse_what_cannot_be(self, n_clips: int, y: Any, sample_weight: Any, groups: Any) -> None:
        """Refuse a regressor, and labels and the like of which there is not one for each clip."""
        if is_regressor(self.estimator):
            raise TypeError(f"{self.estimator!r} is a regressor: {type(self).__name__} classifies.")
        for name, values in {"y": y, "groups": groups, "sample_weight": sample_weight}.items():
            n_values = n_clips if values is None else _num_samples(values)
            if n_values != n_clips:
                raise ValueError(
                    f"{name} holds {n_values} values for {n_clips} clips: give one for each."
                )

    def _grown(
        self, clips: Any, y: Any, metadata: dict[str, Any], places: NDArray[np.intp]
    ) -> tuple[Any, dict[str, Any]]:
        """Labels of all versions of the clips, and what else the estimator's `fit` is told.

        The versions ``(n_rows,)`` are of the clips at these places. What holds a value for each
        clip grows with the clips; what does not stays what it is.
        """
        given = {name: value for name, value in metadata.items() if value is not None}
        grown = _check_method_params(clips, {"y": y, **given}, indices=places)
        return grown.pop("y"), self._told(grown)

    def _told(self, metadata: dict[str, Any]) -> dict[str, Any]:
        """The keyword arguments of the estimator's `fit`."""
        if _routing_enabled():
            return process_routing(self, "fit", **metadata).estimator.fit
        told = {name: metadata[name] for name in metadata.keys() - _COMMON}
        common = {name: metadata[name] for name in metadata.keys() & _COMMON}
        found = fit_parameters(self.estimator, common)
        taken = {name.rpartition("__")[2] for name in found}
        if "sample_weight" in common and "sample_weight" not in taken:
            raise TypeError(
                f"sample_weight was given, and no fit in {self.estimator!r} names it: leave it "
                "out, take an estimator that does, or turn metadata routing on."
            )
        return told | found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags = get_tags(self.estimator).classifier_tags
        return tags
