"""What does the work of SVMClassifier: libsvm, cuML, or a map and a linear model.

All take codes of classes, predict where the table is, and hold host arrays only.
"""

from __future__ import annotations

import contextlib
import os
from itertools import combinations
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from sertools._backend import array_namespace, at_home, is_device_array, to_host
from sertools._sklearn import _ovr_decision_function, moved_to
from sertools.models._base import rows_of

__all__ = ["HostSVM", "NystroemSVM", "PairwiseSVM"]

# Enough for standardised features at any reasonable C, where 100 is not.
_MOST_ITERATIONS = 1000


class HostSVM:
    """scikit-learn's machine, to which tables on a GPU come down."""

    def __init__(self, **options: Any) -> None:
        self.machine = SVC(**options)

    def fit(self, X: Any, codes: NDArray[np.intp], sample_weight: NDArray[np.float64]) -> Self:
        """Fit the machine to ``X (n_rows, n_features)``."""
        self.machine.fit(to_host(X), codes, sample_weight=sample_weight)
        return self

    def decision_function(self, X: Any) -> NDArray[Any]:
        """Decisions ``(n_rows, n_classes)``, or ``(n_rows,)`` for two classes."""
        return self.machine.decision_function(to_host(X))


class PairwiseSVM:
    """A machine for each pair of classes, fitted by cuML on a GPU and kept as scikit-learn's."""

    def __init__(self, **options: Any) -> None:
        self.options = options

    def fit(self, X: Any, codes: NDArray[np.intp], sample_weight: NDArray[np.float64]) -> Self:
        """Fit the machines to ``X (n_rows, n_features)`` on a GPU."""
        from cuml.svm import SVC as CumlSVC  # noqa: N811

        xp = array_namespace(X)
        self.n_classes = int(codes.max()) + 1
        self.machines = []
        with at_home(X):
            for first, second in combinations(range(self.n_classes), 2):
                (places,) = np.nonzero((codes == first) | (codes == second))
                machine = CumlSVC(**self.options)
                machine.fit(
                    rows_of(X, places),
                    xp.asarray(codes[places] == second, dtype=X.dtype),
                    sample_weight=xp.asarray(sample_weight[places], dtype=X.dtype),
                )
                self.machines.append(machine.as_sklearn())
        return self

    def decision_function(self, X: Any) -> NDArray[Any]:
        """Decisions ``(n_rows, n_classes)``, or ``(n_rows,)`` for two classes."""
        table = to_host(X)
        each = np.stack([machine.decision_function(table) for machine in self.machines], axis=1)
        if self.n_classes == 2:
            return each[:, 0]
        return _ovr_decision_function(each > 0, each, self.n_classes)


class NystroemSVM:
    """Logistic regression on likenesses to some training rows, through the array API on a GPU."""

    def __init__(self, C: float, n_components: int, random_state: int, **kernel: Any) -> None:
        self.n_components = n_components
        self.map = Nystroem(**kernel, random_state=random_state)
        self.model = LogisticRegression(C=C, max_iter=_MOST_ITERATIONS)

    def fit(self, X: Any, codes: NDArray[np.intp], sample_weight: NDArray[np.float64]) -> Self:
        """Fit map and model to ``X (n_rows, n_features)``."""
        xp = array_namespace(X)
        self.map.set_params(n_components=min(self.n_components, len(X)))
        with at_home(X), _dispatched(X):
            likenesses = self.map.fit_transform(X)
            weights = xp.asarray(sample_weight, dtype=X.dtype)
            self.model.fit(likenesses, xp.asarray(codes), sample_weight=weights)
            here = np.empty(0)
            self.map, self.model = moved_to(here, self.map), moved_to(here, self.model)
        return self

    def decision_function(self, X: Any) -> NDArray[Any]:
        """Decisions ``(n_rows, n_classes)``, or ``(n_rows,)`` for two classes."""
        with at_home(X), _dispatched(X):
            likenesses = moved_to(X, self.map).transform(X)
            return to_host(moved_to(X, self.model).decision_function(likenesses))


def _dispatched(X: Any) -> contextlib.AbstractContextManager[Any]:
    """A context in which scikit-learn works on `X` where it is."""
    if not is_device_array(X):
        return contextlib.nullcontext()
    if os.environ.get("SCIPY_ARRAY_API") != "1":
        raise RuntimeError(
            "engine='nystroem' works on a GPU through SciPy's support of the array API, which is "
            "off: set SCIPY_ARRAY_API=1 in the environment before Python starts, or take "
            "engine='sklearn' or device='cpu'."
        )
    return config_context(array_api_dispatch=True)
