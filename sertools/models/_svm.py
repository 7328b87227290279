"""SVMClassifier: a support vector machine on the CPU or on a GPU."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sertools._backend import Device, at_home
from sertools._sklearn import Interval, StrOptions
from sertools.models._base import EngineClassifier, Task, rows_of
from sertools.models._calibration import fitted_temperature
from sertools.models._svm_engines import HostSVM, NystroemSVM, PairwiseSVM

_logger = logging.getLogger("sertools")


class SVMClassifier(EngineClassifier):
    """Support vector machine: scikit-learn's on the CPU, cuML's or an approximation on a GPU.

    Standardise the columns before.

    Parameters
    ----------
    C : float, default=1.0
        Inverse of the regularisation, above 0.
    kernel : {"rbf", "linear", "poly", "sigmoid"}, default="rbf"
        The kernel.
    gamma : {"scale", "auto"} or float, default="scale"
        Coefficient of the kernels "rbf", "poly" and "sigmoid": "scale" is ``1 / (n_features *
        X.var())``, "auto" is ``1 / n_features``.
    degree : int, default=3
        Degree of the kernel "poly".
    coef0 : float, default=0.0
        Constant of the kernels "poly" and "sigmoid".
    probability : bool, default=False
        Whether there is `predict_proba`. It takes `n_folds` fits more.
    n_folds : int, default=5
        Folds for the calibration of probabilities; there are fewer if a class has fewer rows, or
        is found with fewer groups.
    engine : {"auto", "sklearn", "cuml", "nystroem"}, default="auto"
        What does the work. "sklearn" is :class:`sklearn.svm.SVC` on the CPU. "cuml" is cuML's on a
        GPU. "nystroem" is an approximation on either: logistic regression on the features of
        :class:`sklearn.kernel_approximation.Nystroem`; on a GPU it needs the environment variable
        ``SCIPY_ARRAY_API=1``. "auto" is "sklearn" on the CPU; on a GPU "cuml" if it is installed,
        or else "nystroem", and says so in the log.
    n_components : int, default=500
        Training rows that "nystroem" compares with.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes.
    device : {None, "cpu", "cuda", "cuda:<index>", "auto"}, default=None
        Where to work; None is where `X` is.
    random_state : int, RandomState or None, default=None
        Draws the folds of the calibration, and the rows of "nystroem".

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    engine_ : HostSVM, PairwiseSVM or NystroemSVM
        The fitted machine, which knows places in `classes_` in place of labels.
    temperature_ : float
        With ``probability=True``, what scores are divided by before the softmax.
    n_features_in_ : int
        Columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Column names seen in `fit`, if it was given a data frame.

    See Also
    --------
    KernelRidgeClassifier : Better on tables of many columns.

    Notes
    -----
    Several classes are told apart in pairs, and `predict` breaks ties by the scores: it is always
    the class of the highest score and probability. Probabilities are calibrated as
    :class:`sklearn.calibration.CalibratedClassifierCV` does with ``method="temperature"`` and
    ``ensemble=False``, in folds that keep groups together; but weights of classes count there, too.

    "nystroem" regularises another way: with the same `C` it is farther from the exact machine than
    with a larger one.

    What cuML fits is kept as scikit-learn's, predicts on the CPU and loads without a GPU.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sertools import SVMClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> SVMClassifier().fit(X, y).predict(X[[0, 60, 120]])
    array([0, 1, 2])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **EngineClassifier._parameter_constraints,
        "C": [Interval(Real, 0, None, closed="neither")],
        "kernel": [StrOptions({"rbf", "linear", "poly", "sigmoid"})],
        "gamma": [StrOptions({"scale", "auto"}), Interval(Real, 0, None, closed="neither")],
        "degree": [Interval(Integral, 1, None, closed="left")],
        "coef0": [Interval(Real, None, None, closed="neither")],
        "probability": ["boolean"],
        "n_folds": [Interval(Integral, 2, None, closed="left")],
        "engine": [StrOptions({"auto", "sklearn", "cuml", "nystroem"})],
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        C: float = 1.0,
        kernel: str = "rbf",
        gamma: str | float = "scale",
        degree: int = 3,
        coef0: float = 0.0,
        probability: bool = False,
        n_folds: int = 5,
        engine: str = "auto",
        n_components: int = 500,
        class_weight: Any = None,
        device: str | None = None,
        random_state: Any = None,
    ) -> None:
        self.C = C
        self.kernel = kernel
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.probability = probability
        self.n_folds = n_folds
        self.engine = engine
        self.n_components = n_components
        self.class_weight = class_weight
        self.device = device
        self.random_state = random_state

    @property
    def _splits_by(self) -> str | None:
        return "probability" if self.probability else None

    def _check_probabilities(self) -> None:
        if not self.probability:
            raise AttributeError(
                "predict_proba needs SVMClassifier(probability=True), which fits the machine some "
                "times more in order to calibrate it."
            )

    def _fit_engine(self, task: Task) -> None:
        chance = check_random_state(self.random_state)
        build = self._builder(task, int(chance.randint(2**31)))
        folds = []
        if self.probability:
            folds = self._inner_folds(task, self.n_folds, chance)
        self.engine_ = build().fit(task.X, task.codes, sample_weight=task.weights)
        if not folds:
            self.__dict__.pop("temperature_", None)  # of a fit before
            return
        scores = np.empty((len(task.codes), task.n_classes))
        for train, test in folds:
            engine = build().fit(
                rows_of(task.X, train), task.codes[train], sample_weight=task.weights[train]
            )
            scores[test] = _of_classes(engine.decision_function(rows_of(task.X, test)))
        self.temperature_ = fitted_temperature(scores, task.codes, task.weights)

    def _builder(self, task: Task, seed: int) -> Callable[[], Any]:
        """What makes an engine that is not fitted."""
        options: dict[str, Any] = {
            "C": self.C,
            "kernel": self.kernel,
            "gamma": _gamma(self.gamma, task.X),
            "degree": self.degree,
            "coef0": self.coef0,
        }
        match self._engine_on(task.device):
            case "sklearn":
                return partial(HostSVM, **options)
            case "cuml":
                return partial(PairwiseSVM, **options)
            case _:
                return partial(
                    NystroemSVM, **options, n_components=self.n_components, random_state=seed
                )

    def _engine_on(self, device: Device) -> str:
        """The engine to take on a device."""
        if self.engine == "cuml":
            if device.kind == "cpu":
                raise ValueError(
                    "engine='cuml' works on a GPU, and the data are on the CPU: give "
                    "device='cuda', or take engine='sklearn'."
                )
            if not _has_cuml():
                raise ImportError(
                    "engine='cuml' needs cuML (https://docs.rapids.ai/install), which is not "
                    "installed; engine='nystroem' is an approximation that does without."
                )
        if self.engine != "auto":
            return self.engine
        if device.kind == "cpu":
            return "sklearn"
        if _has_cuml():
            return "cuml"
        _logger.info(
            "SVMClassifier: cuML is not installed, so engine='auto' takes an approximation, "
            "'nystroem'. engine='sklearn' is exact, on the CPU."
        )
        return "nystroem"

    def _scores(self, table: Any, device: Device) -> Any:
        return _of_classes(self.engine_.decision_function(table))

    def _temperature(self) -> float:
        check_is_fitted(
            self,
            "temperature_",
            msg="This SVMClassifier was fitted with probability=False: fit again.",
        )
        return self.temperature_


def _has_cuml() -> bool:
    """Whether cuML is installed."""
    return importlib.util.find_spec("cuml") is not None


def _gamma(gamma: str | float, X: Any) -> float:
    """The number that `gamma` means for the rows ``X (n_rows, n_features)``."""
    if isinstance(gamma, str):
        with at_home(X):
            spread = 1.0 if gamma == "auto" else float(X.var(dtype=np.float64))
        return 1 / (X.shape[1] * (spread or 1.0))
    return gamma


def _of_classes(decisions: NDArray[Any]) -> NDArray[Any]:
    """Scores ``(n_rows, n_classes)`` of decisions, which are ``(n_rows,)`` for two classes."""
    if decisions.ndim == 1:
        return np.stack([-decisions / 2, decisions / 2], axis=1)
    return decisions
