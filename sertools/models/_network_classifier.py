"""What the classifiers by neural networks share: parameters, training, weights in and out."""

from __future__ import annotations

import contextlib
import copy
import functools
import inspect
import json
import logging
import os
from collections.abc import Iterator
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sertools._backend import Device, to_host
from sertools._files import whole_path
from sertools._folds import number_of_folds
from sertools._parts import is_saving, put_part, take_part
from sertools._sklearn import Interval, StrOptions
from sertools._validation import check_frames, did_you_mean, forget_width, name_some
from sertools.models._base import EngineClassifier, Task

_logger = logging.getLogger("sertools")

# Of early stopping and the "plateau" schedule, if none is said.
_VALIDATION_FRACTION = 0.1

# What `net_params` holds, by the part that it is for.
_PARTS = ("module", "optimizer", "scheduler", "iterator_train", "iterator_valid")

# A spread below this share of the mean is rounding of single precision: the column is constant.
_ROUNDING = 1e-6

_FORMAT = "sertools network 1"

# Kinds of labels that JSON has: bool, int, float, and strings as such or as objects.
_PLAIN_LABELS = "biufUO"


class NetworkClassifier(EngineClassifier):
    """Base of the classifiers by neural networks.

    A subclass writes its constructor, gives the network in `_network` and names the parameters that
    are the network's own in `_module_parameters`. What is not overridden takes frames.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **EngineClassifier._parameter_constraints,
        "width": [Interval(Integral, 1, None, closed="left"), None],
        "depth": [Interval(Integral, 1, None, closed="left"), None],
        "dropout": [Interval(Real, 0, 1, closed="left"), None],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "lr": [Interval(Real, 0, None, closed="neither")],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "optimizer": [str],
        "scheduler": [StrOptions({"onecycle", "plateau"}), None],
        "early_stopping": [Interval(Integral, 1, None, closed="left"), None],
        "validation_fraction": [Interval(Real, 0, 0.5, closed="right"), None],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
        "mixup": [Interval(Real, 0, None, closed="left")],
        "spec_augment": [Interval(Real, 0, 1, closed="left")],
        "n_models": [Interval(Integral, 1, None, closed="left")],
        "callbacks": ["array-like", None],
        "net_params": [dict, None],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    _module_parameters: tuple[str, ...] = ("width", "depth", "dropout")

    # Set by the constructors of the subclasses, which spell out their parameters.
    max_epochs: int
    batch_size: int
    lr: float
    weight_decay: float
    optimizer: str
    scheduler: str | None
    early_stopping: int | None
    validation_fraction: float | None
    label_smoothing: float
    mixup: float
    n_models: int
    callbacks: Any
    net_params: dict[str, Any] | None
    verbose: int
    random_state: Any

    @property
    def engine_(self) -> Any:
        """The first of the trained nets of skorch."""
        return self.engines_[0]

    @property
    def history_(self) -> Any:
        """What skorch has written down of the first net's training, epoch by epoch."""
        return self.engine_.history

    @property
    def n_parameters_(self) -> int:
        """Weights of one network that are learnt by gradients."""
        return sum(weights.numel() for weights in self.engine_.module_.parameters())

    @property
    def _splits_by(self) -> str | None:
        if self.validation_fraction is not None:
            return "validation_fraction"
        if self.early_stopping is not None:
            return "early_stopping"
        return "scheduler" if self.scheduler == "plateau" else None

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters by name.

        Parameters
        ----------
        deep : bool, default=True
            Whether to list what `net_params` holds as parameters, too.

        Returns
        -------
        dict
            The parameters.
        """
        found = super().get_params(deep=deep)
        if deep and isinstance(self.net_params, dict):
            found |= self.net_params
        return found

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name, those of skorch's parts by ``part__name``.

        ``module__width`` is another name of `width`, ``optimizer__lr`` of `lr`, and so on; what has
        no other name, such as ``optimizer__eps``, goes to `net_params`.

        Parameters
        ----------
        **params : dict
            The parameters.

        Returns
        -------
        self
            The classifier.
        """
        plain, others = {}, {}
        for key, value in params.items():
            part, _, name = key.partition("__")
            if name and part not in _PARTS:
                raise ValueError(
                    f"{key!r} is no parameter of {type(self).__name__}: of its parts "
                    f"{', '.join(_PARTS)} parameters can be set, as by module__width."
                    f"{did_you_mean(part, _PARTS)}"
                )
            if name in params and name in self._named_here(part):
                raise ValueError(f"{key!r} is another name of {name!r}: set one of them.")
            if name and name not in self._named_here(part):
                others[key] = value
            else:
                plain[name or key] = value
        before = self.get_params(deep=False)
        try:
            super().set_params(**plain)
            if others:
                self.net_params = {**self._given(), **others}
                self._refuse_unknown_names()
        except Exception:
            super().set_params(**before)
            raise
        return self

    def save_weights(self, path: str | os.PathLike[str]) -> None:
        """Write the weights of the networks to a safetensors file.

        Parameters
        ----------
        path : str or path-like
            The file. One of that name is replaced once the new one is whole.
        """
        check_is_fitted(self)
        if self.classes_.dtype.kind not in _PLAIN_LABELS:
            raise TypeError(
                f"Labels of type {self.classes_.dtype} cannot be written to a file of weights: "
                "train on strings or numbers, or pickle the classifier."
            )
        _safetensors()
        from safetensors.numpy import save_file

        tensors = {"mean": self.mean_, "scale": self.scale_, **self._weights()}
        labels = {"dtype": self.classes_.dtype.str, "values": self.classes_.tolist()}
        metadata = {"format": _FORMAT, "network": self._fitted_networks()}
        with whole_path(path) as aside:
            save_file(tensors, aside, {**metadata, "classes": json.dumps(labels)})

    def load_weights(self, path: str | os.PathLike[str]) -> Self:
        """Take weights that `save_weights` has written, in place of a fit.

        Parameters
        ----------
        path : str or path-like
            The file, of a classifier with the same parameters of the network.

        Returns
        -------
        self
            The classifier, ready to predict; it has no history.
        """
        self._validate_params()
        _torch_on(Device("cpu"), type(self).__name__)
        tensors, metadata = _read_weights(path)
        words = self._networks()
        if metadata["network"] != words:
            raise ValueError(
                f"{os.fspath(path)} holds weights of {metadata['network']}, and the parameters of "
                f"{self!r} make {words}: set those of the classifier that was saved."
            )
        labels = json.loads(metadata["classes"])
        mean, scale = tensors.pop("mean"), tensors.pop("scale")
        complaint = f"{os.fspath(path)} does not fit"
        self.engines_ = self._nets_of(tensors, len(mean), len(labels["values"]), complaint)
        forget_width(self)
        self.mean_, self.scale_ = mean, scale
        self.classes_ = np.array(labels["values"], dtype=labels["dtype"])
        self._set_columns(len(mean))
        return self

    def _fitted_networks(self) -> str:
        """The networks that were fitted, in words."""
        of_data = ("n_channels", "n_classes")
        built = self.engine_.get_params_for("module")
        options = {name: value for name, value in built.items() if name not in of_data}
        return _in_words(len(self.engines_), self.engine_.module, options)

    def _networks(self) -> str:
        """The networks that the parameters make, in words."""
        return _in_words(self.n_models, self._network(), self._module_options())

    def _weights(self) -> dict[str, NDArray[Any]]:
        """The weights of the networks, which are called ``place.name``."""
        return {
            f"{place}.{name}": weights.contiguous().numpy()
            for place, net in enumerate(self.engines_)
            for name, weights in net.module_.state_dict().items()
        }

    def _nets_of(
        self, weights: dict[str, NDArray[Any]], n_channels: int, n_classes: int, complaint: str
    ) -> list[Any]:
        """Nets with these weights, at rest; `complaint` begins the error if they do not fit."""
        nets = [self._net(n_channels, n_classes, Device("cpu")) for _ in range(self.n_models)]
        from sertools.models._training import at_rest, seeded, set_weights

        with seeded(0, "cpu"):  # what is drawn is overwritten
            nets = [net.initialize() for net in nets]
        set_weights([net.module_ for net in nets], weights, complaint)
        return [at_rest(net) for net in nets]

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        if is_saving() and "engines_" in state:
            _safetensors()
            from safetensors.numpy import save

            if (fitted := self._fitted_networks()) != (asked := self._networks()):
                raise RuntimeError(
                    f"{self!r} was fitted with other parameters, and would not load: its networks "
                    f"are {fitted}, and the parameters now make {asked}. Set them back, or fit."
                )
            name = put_part(self, "safetensors", lambda: save(self._weights()))
            rows = [list(net.history) for net in self.engines_]
            histories = json.dumps(rows, default=float)  # of numbers of NumPy
            # Callbacks are for a fit, and somebody's own.
            engines = {"weights": name, "histories": histories}
            return {**state, "engines_": engines, "callbacks": None}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        engines = state.get("engines_")
        if not isinstance(engines, dict):
            super().__setstate__(state)
            return
        super().__setstate__({**state, "engines_": []})
        _torch_on(Device("cpu"), type(self).__name__)
        _safetensors()
        from safetensors.numpy import load
        from skorch.history import History

        weights = load(take_part(engines["weights"]))
        name = type(self).__name__
        self._refuse_another_size(weights)
        self.engines_ = self._nets_of(weights, len(self.mean_), len(self.classes_), name)
        for net, rows in zip(self.engines_, json.loads(engines["histories"]), strict=True):
            net.history_ = History(rows)

    def _refuse_another_size(self, weights: dict[str, NDArray[Any]]) -> None:
        """Refuse weights of other networks, before any is made: parameters may ask for any size."""
        import torch

        n_models = len({name.partition(".")[0] for name in weights})
        depth = getattr(self, "depth", None)
        if self.n_models != n_models or (depth is not None and depth > len(weights)):
            raise ValueError(f"{n_models} networks of weights, and parameters of {self!r}")
        with torch.device("meta"):
            of_one = self._network()(
                n_channels=len(self.mean_), n_classes=len(self.classes_), **self._module_options()
            ).state_dict()
        for name, tensor in of_one.items():
            if _shape_in_first(weights, name) != tuple(tensor.shape):
                raise ValueError(f"weights of another network than {self!r}: {name} differs")

    def _fit_engine(self, task: Task) -> None:
        torch = _torch_on(task.device, type(self).__name__)
        chance = check_random_state(self.random_state)
        rows = self._rows(task.X, task.device)
        self.mean_, spread = rows.moments()
        _refuse_overflow(np.isfinite(spread), "Columns or channels")
        self.scale_ = np.where(spread <= _ROUNDING * abs(self.mean_), 1.0, spread)
        rows.standardise(self.mean_, self.scale_)
        parts = self._parts(rows, task, chance)
        with self._memory_advice(torch):
            self.engines_ = [
                self._trained(parts, task, int(chance.randint(2**31)), place)
                for place in range(self.n_models)
            ]
        self._mention_short_clips(rows)

    def _parts(self, rows: Any, task: Task, chance: np.random.RandomState) -> tuple[Any, Any]:
        """The rows to train on, and those that are held out, or None, with their targets."""
        if isinstance(self.early_stopping, bool):
            raise ValueError(
                f"early_stopping={self.early_stopping}: give the number of epochs to wait, such as "
                "5, or None."
            )
        train, held_out = np.arange(len(rows)), None
        if self._splits_by is not None:
            n_folds = number_of_folds(self.validation_fraction or _VALIDATION_FRACTION)
            train, held_out = self._inner_folds(task, n_folds, chance)[0]
        smooth = (1 - self.label_smoothing) * np.eye(task.n_classes)
        smooth += self.label_smoothing / task.n_classes
        parts: list[Any] = []
        for places, targets in ((train, smooth), (held_out, np.eye(task.n_classes))):
            if places is None:
                parts.append(None)
                continue
            weights = task.weights[places] / task.weights.max()
            shares = weights / weights.mean()
            parts.append(rows.part(places, shares[:, None] * targets[task.codes[places]]))
        return parts[0], parts[1]

    def _trained(self, parts: tuple[Any, Any], task: Task, seed: int, place: int) -> Any:
        """One of the nets, trained on the first part and watched on the second."""
        from sertools.models._training import callbacks_of, train

        net = self._net(len(self.mean_), task.n_classes, task.device)
        title = f"network {place + 1}/{self.n_models}  " if self.n_models > 1 else ""
        callbacks = callbacks_of(
            self.scheduler,
            {
                key.removeprefix("scheduler__"): value
                for key, value in self._given().items()
                if key.startswith("scheduler__")
            },
            lr=self.lr,
            n_steps=int(self.max_epochs) * len(net.get_iterator(parts[0], training=True)),
            patience=self.early_stopping,
            given=[] if self.callbacks is None else map(_copied, self.callbacks),
            title=title if self.verbose else None,
        )
        return train(net.set_params(callbacks=callbacks), *parts, seed)

    def _net(self, n_channels: int, n_classes: int, device: Device) -> Any:
        """A fresh net, not yet initialised."""
        _torch_on(device, type(self).__name__)
        from sertools.models._training import new_net, optimizer_of

        self._refuse_unknown_names()
        options = {
            "lr": self.lr,
            "max_epochs": self.max_epochs,
            "device": str(device),
            "optimizer__weight_decay": self.weight_decay,
            "iterator_train__shuffle": True,
            "iterator_valid__batch_size": self.batch_size,
            "module__n_channels": n_channels,
            "module__n_classes": n_classes,
        }
        options |= {f"module__{name}": value for name, value in self._module_options().items()}
        for name in self._named_here("iterator_train"):
            options[f"iterator_train__{name}"] = getattr(self, name)
        for key, value in self._given().items():
            if not key.startswith("scheduler__"):  # which is no part of a net, but a callback
                options[key] = value
        return new_net(self._network(), optimizer_of(self.optimizer), **options)

    def _module_options(self) -> dict[str, Any]:
        """The parameters of the network, with its own defaults for those that are None."""
        network = self._network()
        defaults = inspect.signature(network).parameters
        options = {}
        for name in self._module_parameters:
            value = getattr(self, name)
            if name in defaults:
                default = defaults[name].default
                # Of its type: what a search takes from an array is NumPy's.
                options[name] = default if value is None else type(default)(value)
            elif value is not None:
                raise ValueError(
                    f"{name}={value!r}: {network.__name__} has no such parameter: leave it None."
                )
        return options

    def _scores(self, table: Any, device: Device) -> Any:
        torch = _torch_on(device, type(self).__name__)
        rows = self._rows(table, device)
        rows.standardise(self.mean_, self.scale_)
        with self._memory_advice(torch), torch.inference_mode():
            # On a GPU those of a copy: the classifier's own stay on the CPU.
            modules = [net.module_ for net in self.engines_]
            if device.kind == "cuda":
                modules = [copy.deepcopy(module).to(str(device)) for module in modules]
            scores = np.empty((len(rows), len(self.classes_)), dtype=np.float32)
            for places in rows.by_length(int(self.batch_size)):
                batch = {name: part.to(str(device)) for name, part in rows.batch(places).items()}
                logits = torch.stack([module(**batch) for module in modules])
                # One network's logits are its scores; of several the probabilities are averaged.
                if len(modules) > 1:
                    logits = logits.log_softmax(dim=2).logsumexp(dim=0, keepdim=True)
                scores[places] = logits[0].cpu().numpy()
        _refuse_overflow(np.isfinite(scores).all(axis=1), "Rows")
        return scores

    def _network(self) -> Any:
        """The class of the network."""
        raise NotImplementedError

    def _check(self, X: Any, *, reset: bool) -> Any:
        return check_frames(self, X, reset=reset)

    def _moved(self, table: Any, device: Device) -> Any:
        # What goes to a GPU goes there as one tensor.
        return table if device.kind == "cuda" else to_host(table)

    def _rows(self, table: Any, device: Device) -> Any:
        """A copy of the data as a data set of torch."""
        from sertools.models._batches import rows_of_frames

        return rows_of_frames(table, device)

    def _set_columns(self, n_columns: int) -> None:
        """Set how many columns, or channels, the data have."""
        self.n_channels_in_ = n_columns

    def _mention_short_clips(self, rows: Any) -> None:
        """Say in the log if clips are shorter than what the network sees at once."""
        field = self.engine_.module_.receptive_field
        if (rows.lengths() < field).any():
            _mention_once(
                f"{type(self).__name__}: clips shorter than the {field} frames that one step of "
                "the network sees are padded with the mean of each channel"
            )

    def _named_here(self, part: str) -> tuple[str, ...]:
        """The parameters of a part that are parameters of the classifier itself."""
        of_parts = {
            "module": self._module_parameters,
            "optimizer": ("lr", "weight_decay"),
            "iterator_train": ("batch_size", "mixup", "spec_augment"),
        }
        own = self._get_param_names()
        return tuple(name for name in of_parts.get(part, ()) if name in own)

    def _given(self) -> dict[str, Any]:
        """What `net_params` holds."""
        return self.net_params or {}

    def _refuse_unknown_names(self) -> None:
        """Refuse what `net_params` holds if nothing takes it, or if it has another name here."""
        if not self._given():
            return
        _torch_on(Device("cpu"), type(self).__name__)
        from sertools.models._batches import Batches
        from sertools.models._training import choices_of, optimizer_of

        for key in self._given():
            part, _, name = str(key).partition("__")
            if name in self._named_here(part):
                raise ValueError(f"net_params holds {key!r}: set {name} in its place.")
            if part == "module":
                choices = choices_of(self._network())
            elif part == "optimizer":
                choices = choices_of(optimizer_of(self.optimizer))
            elif part == "scheduler":
                choices = choices_of(self.scheduler) if self.scheduler else []
            elif part == "iterator_train":
                choices = [name for name in choices_of(Batches) if name != "spec_augment"]
            else:
                choices = ["batch_size"] if part == "iterator_valid" else []
            if name not in choices:
                names = [f"{part}__{choice}" for choice in choices] if part in _PARTS else _PARTS
                hint = did_you_mean(key, names) or did_you_mean(part, _PARTS)
                raise ValueError(
                    f"{key!r} is unknown: known are {', '.join(names) or f'none with {part}=None'}."
                    f"{hint}"
                )

    @contextlib.contextmanager
    def _memory_advice(self, torch: Any) -> Iterator[None]:
        """A context in which an error of a GPU without room names the batch size to try."""
        try:
            yield
        except torch.OutOfMemoryError as error:
            if self.batch_size > 1:
                half = self.batch_size // 2
                error.add_note(f"Batches are of {self.batch_size} rows: try batch_size={half}.")
            raise

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


def _shape_in_first(weights: dict[str, NDArray[Any]], name: str) -> tuple[int, ...] | None:
    """The shape of these weights of the first network, or None if it has none."""
    found = weights.get(f"0.{name}")
    return None if found is None else found.shape


def _copied(callback: Any) -> Any:
    """A shallow copy of a callback, or of a pair of a name and one: what it refers to is shared."""
    if isinstance(callback, tuple):
        name, unnamed = callback
        return name, copy.copy(unnamed)
    return copy.copy(callback)


def _in_words(n_models: int, network: Any, options: dict[str, Any]) -> str:
    """How many of which network, and its parameters in the order of their names."""
    words = ", ".join(f"{name}={value!r}" for name, value in sorted(options.items()))
    return f"{n_models} x {network.__name__}({words})"


@functools.cache
def _mention_once(words: str) -> None:
    """Say something in the log, once in the life of the process."""
    _logger.warning(words)


def _refuse_overflow(fine: Any, what: str) -> None:
    """Refuse what leaves single precision, given which rows or columns are fine."""
    bad = np.flatnonzero(~fine)
    if len(bad):
        raise ValueError(
            f"{what} {name_some(bad)} of X hold numbers too large for single precision, in which "
            "networks work: scale them, or take their logarithm."
        )


def _torch_on(device: Device, name: str) -> Any:
    """The module torch, if it and skorch are there, and torch can work on a device."""
    try:
        import skorch  # noqa: F401
        import torch
    except ImportError as error:
        raise ImportError(
            f"{name} needs PyTorch and skorch, which cannot be imported ({error}): "
            'pip install "sertools[deep]"'
        ) from error
    if device.kind == "cuda" and not torch.cuda.is_available():
        built = f"for CUDA {torch.version.cuda}" if torch.version.cuda else "without CUDA"
        raise RuntimeError(
            f"{name} was to work on {device}, and PyTorch {torch.__version__} cannot: it is built "
            f'{built}. Install one that is built for this GPU, or use device="cpu".'
        )
    return torch


def _safetensors() -> Any:
    """The module safetensors, if it is there."""
    try:
        import safetensors
    except ImportError as error:
        raise ImportError(
            f"Weights are kept by safetensors, which cannot be imported ({error}): "
            'pip install "sertools[deep]"'
        ) from error
    return safetensors


def _read_weights(path: str | os.PathLike[str]) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """The tensors of a file of weights, and what is written about them."""
    safetensors = _safetensors()
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except safetensors.SafetensorError as error:
        raise ValueError(
            f"{os.fspath(path)} is no file of safetensors, or a damaged one ({error})."
        ) from error
    if metadata.get("format") != _FORMAT:
        raise ValueError(
            f"{os.fspath(path)} was not written by save_weights of this version: its format is "
            f"{metadata.get('format')!r}, and {_FORMAT!r} is read."
        )
    return tensors, metadata
