"""MLPClassifier: dense layers over a table."""

from __future__ import annotations

from typing import Any, ClassVar

from sertools._backend import Device
from sertools._validation import check_table
from sertools.models._network_classifier import NetworkClassifier
from sertools.models._network_docs import documented


@documented(max_epochs=60, lr=0.002, of_frames=False)
class MLPClassifier(NetworkClassifier):
    """A multilayer perceptron by PyTorch: dense layers over a table.

    Parameters
    ----------
    width : int or None, default=None
        Units of each hidden layer; None is 128.
    depth : int or None, default=None
        Hidden layers; None is 2.
    dropout : float or None, default=None
        Share of the units that are dropped in training; None is 0.3.
    <parameters of all networks>

    Attributes
    ----------
    <attributes of all networks>

    See Also
    --------
    KernelRidgeClassifier : Needs no epochs, and on tables of a thousand rows is hard to beat.

    Notes
    -----
    Columns are standardised inside: a scaler before it changes nothing.

    Give the speakers as `groups` when rows are held out. From one `random_state` the same data give
    the same weights on the same machine, on the CPU.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sertools import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier(max_epochs=20, random_state=0).fit(X, y)
    >>> model.predict(X[[0, 60, 120]])
    array([0, 1, 2])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        name: constraint
        for name, constraint in NetworkClassifier._parameter_constraints.items()
        if name != "spec_augment"
    }

    def __init__(
        self,
        width: int | None = None,
        depth: int | None = None,
        dropout: float | None = None,
        max_epochs: int = 60,
        batch_size: int = 32,
        lr: float = 0.002,
        weight_decay: float = 0.01,
        optimizer: str = "adamw",
        scheduler: str | None = "onecycle",
        early_stopping: int | None = None,
        validation_fraction: float | None = None,
        label_smoothing: float = 0.0,
        mixup: float = 0.0,
        n_models: int = 1,
        callbacks: Any = None,
        net_params: dict[str, Any] | None = None,
        verbose: int = 0,
        class_weight: Any = None,
        device: str | None = None,
        random_state: Any = None,
    ) -> None:
        self.width = width
        self.depth = depth
        self.dropout = dropout
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.lr = lr
        self.weight_decay = weight_decay
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.label_smoothing = label_smoothing
        self.mixup = mixup
        self.n_models = n_models
        self.callbacks = callbacks
        self.net_params = net_params
        self.verbose = verbose
        self.class_weight = class_weight
        self.device = device
        self.random_state = random_state

    def _network(self) -> Any:
        from sertools.models.networks import MLP

        return MLP

    def _check(self, X: Any, *, reset: bool) -> Any:
        return check_table(self, X, reset=reset)

    def _rows(self, table: Any, device: Device) -> Any:
        from sertools.models._batches import rows_of_table

        return rows_of_table(table, device)

    def _set_columns(self, n_columns: int) -> None:
        self.n_features_in_ = n_columns

    def _mention_short_clips(self, rows: Any) -> None:
        """Nothing: rows of a table have one length."""
