"""Models that were made from a file, looked over before anything of them is called."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.svm import SVC

from sertools.persistence._folders import estimators_in

__all__ = ["refuse_tampered"]

# Which scikit-learn, and RowCache for it, set on an object although the class has them.
_SET_ON_OBJECTS = {"_sklearn_auto_wrap_output_keys", "_sklearn_output_config"}


def refuse_tampered(estimator: Any) -> None:
    """Refuse a model whose parts are not what `fit` leaves behind.

    Raises
    ------
    ValueError
        If an attribute hides what the class has of that name, if a parameter is none that the
        constructor would lead to a fit, or if numbers of libsvm, which it does not check, do not
        belong together.
    """
    for part in estimators_in(estimator):
        name = type(part).__name__
        if type(part).__module__.startswith("skorch."):
            continue  # made here, of our own parameters
        if isinstance(part, FrozenEstimator):
            if others := sorted(vars(part).keys() - {"estimator"}):
                raise ValueError(f"{name} with an attribute {others[0]!r} that hides what it holds")
            continue
        for attribute in vars(part).keys() - _SET_ON_OBJECTS:
            if inspect.getattr_static(type(part), attribute, None) is not None:
                raise ValueError(f"{name} with an attribute {attribute!r} that hides its own")
        if hasattr(part, "_parameter_constraints"):
            part._validate_params()
        if isinstance(part, SVC) and hasattr(part, "support_vectors_"):
            _refuse_loose_numbers(part)


def _refuse_loose_numbers(machine: SVC) -> None:
    """Refuse an SVM whose arrays are not as long as each other says."""
    n_classes, n_vectors = len(machine.classes_), len(machine.support_)
    pairs = n_classes * (n_classes - 1) // 2
    counts = np.asarray(machine._n_support)
    belong = (
        machine.support_vectors_.ndim == 2
        and machine.support_vectors_.shape == (n_vectors, machine.n_features_in_)
        and machine._dual_coef_.shape == (n_classes - 1, n_vectors)
        and machine.dual_coef_.shape == (n_classes - 1, n_vectors)
        and machine._intercept_.shape == (pairs,)
        and machine.intercept_.shape == (pairs,)
        and counts.shape == (n_classes,)
        and counts.min() >= 0
        and counts.sum() == n_vectors
    )
    if not belong:
        raise ValueError("a support vector machine whose numbers do not belong together")
