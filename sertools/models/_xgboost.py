"""XGBoostClassifier: gradient-boosted trees by XGBoost."""

from __future__ import annotations

import json
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from sertools._backend import Device, at_home, to_host
from sertools._folds import number_of_folds
from sertools._parts import is_saving, put_part, take_part
from sertools._sklearn import Interval
from sertools._validation import check_table
from sertools.models._base import EngineClassifier, Task

# What XGBoost calls parameters that have another name here.
_NAMES_HERE = {
    "eta": "learning_rate",
    "lambda": "reg_lambda",
    "nthread": "n_jobs",
    "num_boost_round": "n_estimators",
    "scale_pos_weight": "class_weight",
    "seed": "random_state",
}

_FROM_LABELS = {"num_class", "objective"}

# What works on a QuantileDMatrix.
_KINDS = {
    "booster": ("gbtree", "dart"),
    "multi_strategy": ("one_output_per_tree",),
    "tree_method": ("auto", "hist"),
}


class XGBoostClassifier(EngineClassifier):
    """Gradient-boosted trees by XGBoost, which need no scaling and take missing values.

    Parameters
    ----------
    n_estimators : int, default=200
        Rounds of boosting, or the most of them if it may stop early. A round grows one tree for
        each class, and of two classes one for both.
    learning_rate : float, default=0.1
        Share of each tree that is added, above 0.
    max_depth : int, default=4
        Depth of the trees; 0 sets no bound.
    min_child_weight : float, default=1.0
        Least sum of second derivatives in a leaf. Weights of rows count in it: with such as sum
        to 1 there is no split.
    subsample : float, default=0.7
        Share of the rows that each round sees, drawn whatever their weights.
    colsample_bytree : float, default=0.3
        Share of the columns that each tree sees.
    reg_lambda : float, default=1.0
        Ridge on the values of the leaves.
    max_bin : int, default=64
        Bins into which the values of a column fall. On about a thousand rows XGBoost's own 256
        score the same and take more than twice as long.
    early_stopping_rounds : int or None, default=None
        Stop when held-out rows have got no better for this many rounds, and keep the rounds up to
        the best. None does all rounds on all rows.
    validation_fraction : float, default=0.1
        About the share of the groups, or without groups of the rows, to hold out for that: one
        part of as many as come nearest. It is more if a class is found with few groups.
    booster_params : dict or None, default=None
        More parameters of XGBoost, such as ``{"gamma": 1, "eval_metric": "merror"}``; those that
        are listed here are refused.
    n_jobs : int or None, default=None
        Threads. None is 1, or what :func:`joblib.parallel_config` says; -1 is all cores.
    verbose : int, default=0
        Above 0, print the metric of every so many rounds.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes.
    device : {None, "cpu", "cuda", "cuda:<index>", "auto"}, default=None
        Where to work; None is where `X` is.
    random_state : int, RandomState or None, default=None
        Draws the rows and columns that trees see, and what is held out.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    engine_ : xgboost.Booster
        The trees, which know places in `classes_` in place of labels.
    n_estimators_ : int
        Rounds that were kept.
    evals_result_ : dict
        The metric after each round, as ``evals_result_["train"]["mlogloss"]``; with early stopping
        also of ``"validation"``.
    feature_importances_ : ndarray of shape (n_features,)
        Mean gain of the splits on each column, which sum to 1.
    n_features_in_ : int
        Columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Column names seen in `fit`, if it was given a data frame.

    See Also
    --------
    KernelRidgeClassifier : Better on tables of many columns.

    Notes
    -----
    Give the speakers as `groups` when it may stop early: held-out clips of voices that are trained
    on get better long after new voices do not.

    On about a thousand rows a second thread saves a third of the time where a core is idle, and
    makes it many times as long where none is, as threads wait for each other at each split. Cores
    do more for folds, by the `n_jobs` of a search.

    From one `random_state` a GPU draws other rows and columns than the CPU, and grows other trees.
    They are kept on the CPU, and load where there is no GPU. A GPU that XGBoost cannot use is an
    error.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sertools import XGBoostClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = XGBoostClassifier(n_estimators=20, random_state=0).fit(X, y)
    >>> model.predict(X[[0, 60, 120]])
    array([0, 1, 2])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **EngineClassifier._parameter_constraints,
        "n_estimators": [Interval(Integral, 1, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "max_depth": [Interval(Integral, 0, None, closed="left")],
        "min_child_weight": [Interval(Real, 0, None, closed="left")],
        "subsample": [Interval(Real, 0, 1, closed="right")],
        "colsample_bytree": [Interval(Real, 0, 1, closed="right")],
        "reg_lambda": [Interval(Real, 0, None, closed="left")],
        "max_bin": [Interval(Integral, 2, None, closed="left")],
        "early_stopping_rounds": [Interval(Integral, 1, None, closed="left"), None],
        "validation_fraction": [Interval(Real, 0, 0.5, closed="right")],
        "booster_params": [dict, None],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_estimators: int = 200,
        learning_rate: float = 0.1,
        max_depth: int = 4,
        min_child_weight: float = 1.0,
        subsample: float = 0.7,
        colsample_bytree: float = 0.3,
        reg_lambda: float = 1.0,
        max_bin: int = 64,
        early_stopping_rounds: int | None = None,
        validation_fraction: float = 0.1,
        booster_params: dict[str, Any] | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        class_weight: Any = None,
        device: str | None = None,
        random_state: Any = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.max_depth = max_depth
        self.min_child_weight = min_child_weight
        self.subsample = subsample
        self.colsample_bytree = colsample_bytree
        self.reg_lambda = reg_lambda
        self.max_bin = max_bin
        self.early_stopping_rounds = early_stopping_rounds
        self.validation_fraction = validation_fraction
        self.booster_params = booster_params
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.class_weight = class_weight
        self.device = device
        self.random_state = random_state

    @property
    def _splits_by(self) -> str | None:
        return None if self.early_stopping_rounds is None else "early_stopping_rounds"

    def _check(self, X: Any, *, reset: bool) -> Any:
        return check_table(self, X, reset=reset, allow_nan=True)

    def _fit_engine(self, task: Task) -> None:
        xgboost = _xgboost_on(task.device)
        chance = check_random_state(self.random_state)
        parameters = self._parameters(task, int(chance.randint(2**31)))
        rounds = self.early_stopping_rounds
        callbacks = []
        if rounds is not None:
            callbacks.append(xgboost.callback.EarlyStopping(rounds=rounds, save_best=True))
        self.evals_result_: dict[str, Any] = {}
        with at_home(task.X):
            matrices = self._matrices(task, chance, parameters["nthread"])
            booster = xgboost.train(
                parameters,
                matrices["train"],
                self.n_estimators,
                evals=[(matrix, name) for name, matrix in matrices.items()],
                evals_result=self.evals_result_,
                verbose_eval=self.verbose,
                callbacks=callbacks,
            )
        # So that a pickle loads where there is no GPU.
        booster.set_param({"device": "cpu"})
        self.engine_ = booster
        self.n_estimators_ = booster.num_boosted_rounds()
        self.feature_importances_ = _importances(booster)

    def _parameters(self, task: Task, seed: int) -> dict[str, Any]:
        """What XGBoost is told."""
        others = self.booster_params or {}
        for name in others:
            if name in _FROM_LABELS:
                raise ValueError(
                    f"booster_params holds {name!r}, which follows from the labels: leave it out."
                )
            if name in _KINDS and others[name] not in _KINDS[name]:
                raise ValueError(
                    f"booster_params holds {name}={others[name]!r}, and XGBoostClassifier grows "
                    f"trees on binned columns: {name} is one of {', '.join(_KINDS[name])}."
                )
            is_dart = name == "booster" and others[name] == "dart"
            if is_dart and self.early_stopping_rounds is not None:
                raise ValueError(
                    "dart scales earlier trees in later rounds, so that the rounds up to the best "
                    "are not what was scored best: leave early_stopping_rounds None, or take "
                    'booster="gbtree".'
                )
            here = _NAMES_HERE.get(name, name)
            if here in self.get_params(deep=False):
                raise ValueError(
                    f"booster_params holds {name!r}: set {here} of XGBoostClassifier instead."
                )
        objective: dict[str, Any] = {"objective": "multi:softprob", "num_class": task.n_classes}
        if task.n_classes == 2:  # a second tree a round would say the same of the other class
            objective = {"objective": "binary:logistic"}
        return {
            **others,
            **objective,
            "learning_rate": self.learning_rate,
            "max_depth": self.max_depth,
            "min_child_weight": self.min_child_weight,
            "subsample": self.subsample,
            "colsample_bytree": self.colsample_bytree,
            "reg_lambda": self.reg_lambda,
            "max_bin": self.max_bin,
            "nthread": effective_n_jobs(self.n_jobs),
            "device": str(task.device),
            "seed": seed,
        }

    def _matrices(
        self, task: Task, chance: np.random.RandomState, n_threads: int
    ) -> dict[str, Any]:
        """The rows to train on, and to stop early those held out, in the bins of the former."""
        from xgboost import QuantileDMatrix

        parts: dict[str, Any] = {"train": slice(None)}
        if self.early_stopping_rounds is not None:
            n_folds = number_of_folds(self.validation_fraction)
            train, validation = self._inner_folds(task, n_folds, chance)[0]
            parts = {"train": train, "validation": validation}
        matrices: dict[str, Any] = {}
        for name, rows in parts.items():
            matrices[name] = QuantileDMatrix(
                task.X[rows],
                task.codes[rows],
                weight=task.weights[rows],
                max_bin=int(self.max_bin),  # which goes through JSON, that knows none of NumPy's
                nthread=n_threads,
                ref=matrices.get("train"),
            )
        return matrices

    def _scores(self, table: Any, device: Device) -> Any:
        booster = self.engine_
        if device.kind == "cuda":
            _xgboost_on(device)
            # The model's own stays on the CPU, where another thread may be asking it.
            booster = booster.copy()
            booster.set_param({"device": str(device)})
        with at_home(table):
            margins = to_host(booster.inplace_predict(table, predict_type="margin"))
        if margins.ndim == 1:
            return np.stack([np.zeros_like(margins), margins], axis=1)
        return margins

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        if is_saving() and "engine_" in state:
            name = put_part(self, "json", lambda: bytes(self.engine_.save_raw("json")))
            return {**state, "engine_": name}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        if isinstance(state.get("engine_"), str):
            content = take_part(state["engine_"])
            n_classes = len(state["classes_"])
            _refuse_loose_trees(json.loads(content), state["n_features_in_"], n_classes)
            booster = _xgboost_on(Device("cpu")).Booster({"device": "cpu"})
            booster.load_model(bytearray(content))
            state = {**state, "engine_": booster}
        super().__setstate__(state)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _refuse_loose_trees(model: dict[str, Any], n_features: int, n_classes: int) -> None:
    """Refuse a booster of a file whose trees lead anywhere but to their leaves.

    XGBoost follows what a node says without a look at whether it is there.
    """
    learner = model["learner"]
    booster = learner["gradient_booster"]
    n_outputs = n_classes if n_classes > 2 else 1
    counts = learner["learner_model_param"]
    is_dart = booster.get("name") == "dart"
    dropped = booster["weight_drop"] if is_dart else []
    booster = booster["gbtree"] if is_dart else booster
    if (
        booster.get("name") not in ("gbtree", None)
        or int(counts["num_feature"]) != n_features
        or max(1, int(counts["num_class"])) != n_outputs
    ):
        raise ValueError("a booster of another kind or size than the classifier's")
    trees, of_classes = booster["model"]["trees"], booster["model"]["tree_info"]
    if len(of_classes) != len(trees) or not all(0 <= number < n_outputs for number in of_classes):
        raise ValueError("a booster whose trees are of no class")
    if is_dart and len(dropped) != len(trees):
        raise ValueError("a booster that scales other trees than it has")
    starts = booster["model"]["iteration_indptr"]
    if starts[0] != 0 or starts[-1] != len(trees) or np.any(np.diff(starts) < 0):
        raise ValueError("a booster whose rounds are none")
    for tree in trees:
        _refuse_loose_nodes(tree, n_features)


_OF_NODES = (
    "base_weights", "default_left", "left_children", "loss_changes", "parents", "right_children",
    "split_conditions", "split_indices", "split_type", "sum_hessian",
)  # fmt: skip


def _refuse_loose_nodes(tree: dict[str, Any], n_features: int) -> None:
    """Refuse a tree of which a node is missing, or is met twice on the way from the root."""
    n_nodes = int(tree["tree_param"]["num_nodes"])
    lists = {name: tree[name] for name in _OF_NODES}
    if n_nodes < 1 or any(len(values) != n_nodes for values in lists.values()):
        raise ValueError("a tree whose lists are not as long as it has nodes")
    if any(tree["split_type"]) or any(tree[name] for name in tree if name.startswith("categories")):
        raise ValueError("a tree that splits categories")
    if not all(0 <= column < n_features for column in tree["split_indices"]):
        raise ValueError("a tree that asks for columns that are not there")
    met, waiting = set(), [0]
    while waiting:
        node = waiting.pop()
        if not 0 <= node < n_nodes or node in met:
            raise ValueError("a tree whose nodes lead astray")
        met.add(node)
        left, right = tree["left_children"][node], tree["right_children"][node]
        if (left == -1) != (right == -1):
            raise ValueError("a tree with a fork of one way")
        if left != -1:
            waiting += [left, right]


def _xgboost_on(device: Device) -> Any:
    """The module xgboost, if it is there and can work on a device."""
    try:
        import xgboost
    except ImportError as error:
        raise ImportError(
            f"XGBoostClassifier needs XGBoost, which cannot be imported ({error}): "
            'pip install "sertools[xgboost]"'
        ) from error
    if device.kind == "cuda" and not _finds_gpu(xgboost, device):
        built = xgboost.build_info()
        version = ".".join(map(str, built.get("CUDA_VERSION", ())))
        raise RuntimeError(
            f"XGBoostClassifier was to work on {device}, and XGBoost {xgboost.__version__} cannot: "
            f"it is built {f'for CUDA {version}' if built['USE_CUDA'] else 'without CUDA'}. "
            'Install one that is built for this GPU, or use device="cpu".'
        )
    return xgboost


def _finds_gpu(xgboost: Any, device: Device) -> bool:
    """Whether XGBoost takes a GPU that it is told to; it warns, and takes the CPU, if it cannot."""
    matrix = xgboost.DMatrix(np.zeros((1, 1)))
    with xgboost.config_context(verbosity=0):
        config = json.loads(xgboost.Booster({"device": str(device)}, [matrix]).save_config())
    return config["learner"]["generic_param"]["device"] != "cpu"


def _importances(booster: Any) -> NDArray[np.float64]:
    """Mean gains ``(n_features,)`` of the splits on each column, as shares of their sum."""
    gains = np.zeros(booster.num_features())
    for column, gain in booster.get_score(importance_type="gain").items():
        gains[int(column.removeprefix("f"))] = gain
    return gains / (gains.sum() or 1.0)
