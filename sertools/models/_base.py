"""What all classifiers share: validate, encode, weigh, hand to an engine, decode."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import compute_class_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from sertools._backend import (
    Device,
    at_home,
    memory_advice,
    resolve,
    to_device,
    to_host,
)
from sertools._folds import inner_folds
from sertools._sklearn import StrOptions, _check_sample_weight, _check_y, fit_context
from sertools._validation import check_labels, check_table, refuse_missing_labels

__all__ = ["EngineClassifier", "Task", "rows_of"]


class Task(NamedTuple):
    """What an engine is fitted on.

    ``X (n_rows, n_features)`` lies on `device`; engines of frames get ``(n_rows, n_channels,
    n_frames)``, or a list of ``(n_channels, n_frames_i)``. On the host are ``codes (n_rows,)``, the
    places of the labels in `classes_`; ``row_weights (n_rows,)``, as they were given, and ``weights
    (n_rows,)``, these times those of the classes; and ``groups (n_rows,)`` or None.
    """

    X: Any
    codes: NDArray[np.intp]
    row_weights: NDArray[np.float64]
    weights: NDArray[np.float64]
    groups: NDArray[Any] | None
    n_classes: int
    device: Device


def _has_probabilities(classifier: Any) -> bool:
    """A check that a classifier tells probabilities; one that does not raises, and says why."""
    classifier._check_probabilities()
    return True


class EngineClassifier(ClassifierMixin, BaseEstimator):
    """Base of the classifiers.

    A subclass writes its parameters with their constraints, `_fit_engine` and `_scores`. Labels of
    any kind, weights of rows and classes, groups, devices and containers are seen to here.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "device": [str, None],
    }

    # Whoever splits inside a fit wants them, and nobody else has to ask.
    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": True}

    @property
    def _splits_by(self) -> str | None:
        """The parameter by which the rows are split inside the fit; None if they are not."""
        return None

    # Whether rows of a group are left out together to learn how sure predictions may be, whatever
    # the parameters.
    _leaves_out_groups: ClassVar[bool] = False

    def _inner_folds(self, task: Task, n_folds: int, chance: Any) -> list[tuple[Any, Any]]:
        """Folds of the rows, for the parameter that splits them."""
        labels = self.classes_[task.codes]
        try:
            return inner_folds(labels, task.groups, n_folds, chance)
        except ValueError as error:
            name = str(self._splits_by)
            raise ValueError(
                f"{error} Or do without {name}={getattr(self, name)!r}, which splits."
            ) from error

    # Set by the constructors of the subclasses, which spell out their parameters.
    class_weight: Any
    device: str | None

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Self:
        """Fit the classifier.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features), or frames
            The table; networks but MLPClassifier take frames of clips.
        y : array-like of shape (n_rows,)
            The labels, of any kind.
        sample_weight : array-like of shape (n_rows,) or None, default=None
            Weights of the rows; None is 1 for each.
        groups : array-like of shape (n_rows,) or None, default=None
            Speakers, whom splits inside the fit keep together.

        Returns
        -------
        self
            The fitted classifier.
        """
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        device = resolve(self.device, X)
        table = self._check(X, reset=True)
        refuse_missing_labels(y, "y")
        labels: NDArray[Any] = _check_y(to_host(y), estimator=self)
        check_classification_targets(labels)
        check_consistent_length(table, labels)
        given = None if sample_weight is None else to_host(sample_weight)
        weights = _check_sample_weight(given, labels, dtype=np.float64, ensure_non_negative=True)
        units = None if groups is None else check_labels(groups, len(labels), "groups")
        (used,) = np.nonzero(weights)
        if len(used) < len(labels):  # a row without weight is as good as absent
            table = rows_of(table, used)
            labels, weights = labels[used], weights[used]
            units = None if units is None else units[used]
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y holds one class only ({self.classes_.item()!r}), and {type(self).__name__} "
                "tells classes apart: give labels of two classes or more, with weights above 0."
            )
        # Of any size: what balances classes is a matter of shares.
        of_classes = self._weights_of_classes(labels, weights / weights.max())[codes]
        with memory_advice():
            table = self._moved(table, device)
            self._fit_engine(
                Task(table, codes, weights, weights * of_classes, units, len(self.classes_), device)
            )
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict labels.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features), or frames
            The table, or what `fit` was given the like of.

        Returns
        -------
        ndarray of shape (n_rows,)
            The labels, on the host.
        """
        best = self._asked(X).argmax(axis=1)
        return self.classes_[best]

    def decision_function(self, X: Any) -> NDArray[Any]:
        """Score the classes.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features), or frames
            The table, or what `fit` was given the like of.

        Returns
        -------
        ndarray of shape (n_rows, n_classes), or (n_rows,) for two classes
            The scores, on the host, in the order of `classes_`; of two classes by how much the
            second is ahead.
        """
        scores = self._asked(X)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    @available_if(_has_probabilities)
    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Predict probabilities.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features), or frames
            The table, or what `fit` was given the like of.

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
            The probabilities, on the host, in the order of `classes_`.
        """
        return softmax(self._asked(X) / self._temperature(), axis=1)

    @available_if(_has_probabilities)
    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """Predict logarithms of probabilities.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features), or frames
            The table, or what `fit` was given the like of.

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
            The logarithms, on the host, in the order of `classes_`.
        """
        return log_softmax(self._asked(X) / self._temperature(), axis=1)

    def _asked(self, X: Any) -> NDArray[Any]:
        """The scores of the classes ``(n_rows, n_classes)``, on the host."""
        check_is_fitted(self)
        device = resolve(self.device, X)
        table = self._check(X, reset=False)
        with memory_advice():
            return to_host(self._scores(self._moved(table, device), device))

    def _weights_of_classes(
        self, labels: NDArray[Any], weights: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Weights ``(n_classes,)``, given labels ``(n_rows,)`` and weights of the rows."""
        found = compute_class_weight(
            self.class_weight, classes=self.classes_, y=labels, sample_weight=weights
        )
        if not (np.isfinite(found).all() and (found > 0).all()):
            raise ValueError(
                f"class_weight={self.class_weight!r}: weights of classes are numbers above 0. To "
                "do without a class, leave its rows out."
            )
        return found

    def _check(self, X: Any, *, reset: bool) -> Any:
        """The checked data, where they are."""
        return check_table(self, X, reset=reset)

    def _moved(self, table: Any, device: Device) -> Any:
        """The checked data on the device where the engine works."""
        return to_device(table, device)

    def _check_probabilities(self) -> None:
        """Raise an AttributeError if there are no probabilities under these parameters."""

    def _temperature(self) -> float:
        """What scores are divided by to make them logarithms of probabilities."""
        return 1.0

    def _fit_engine(self, task: Task) -> None:
        """Fit a fresh engine, and keep nothing that lies on a GPU."""
        raise NotImplementedError

    def _scores(self, table: Any, device: Device) -> Any:
        """Scores of the classes ``(n_rows, n_classes)`` of a checked table that is on `device`."""
        raise NotImplementedError


def rows_of(table: Any, places: NDArray[np.intp]) -> Any:
    """The rows at some places of a table, or the clips of a list, where they are."""
    if isinstance(table, list):
        return [table[place] for place in places]
    with at_home(table):
        return table[places]
