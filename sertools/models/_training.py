"""Training of a network by skorch: the loss, what is watched, and the net put together.

This file imports torch and skorch, and is itself imported inside functions.
"""

from __future__ import annotations

import contextlib
import dis
import inspect
import math
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from skorch import NeuralNet
from skorch.callbacks import Callback, EarlyStopping, LRScheduler
from skorch.helper import predefined_split
from torch import Tensor, nn, optim

from sertools._validation import did_you_mean
from sertools.models._batches import Batches, Rows

__all__ = [
    "WeightedCrossEntropy",
    "at_rest",
    "callbacks_of",
    "choices_of",
    "new_net",
    "optimizer_of",
    "seeded",
    "set_weights",
    "train",
]

# What an epoch without a better loss on held-out rows is forgiven, and by how much the rate falls
# after: torch's own 10 epochs and a tenth are for runs of hundreds of epochs.
_PLATEAU = {"patience": 3, "factor": 0.3}

_POLICIES: dict[str, Any] = {
    "onecycle": optim.lr_scheduler.OneCycleLR,
    "plateau": optim.lr_scheduler.ReduceLROnPlateau,
}

# Dropout draws from the one generator that all threads of a process share.
_ONE_AT_A_TIME = threading.RLock()

# What is known only when the training begins.
_GIVEN = {
    "dataset",
    "epochs",
    "last_epoch",
    "lr",
    "max_lr",
    "n_channels",
    "n_classes",
    "optimizer",
    "params",
    "random_state",
    "steps_per_epoch",
    "total_steps",
}


class WeightedCrossEntropy(nn.Module):
    """Cross-entropy with targets ``(batch, n_classes)`` that add up to the weights of the rows."""

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Mean ``()`` over the rows, which for weights of mean 1 is a weighted mean."""
        return -(targets * logits.log_softmax(dim=1)).sum() / len(targets)


class StopAtNaN(Callback):
    """An error when the loss is no number any more: no later epoch would mend it."""

    def on_batch_end(self, net: NeuralNet, training: bool = False, **kwargs: Any) -> None:
        """Look at the loss of a batch."""
        epoch, batch = len(net.history), len(net.history[-1, "batches"])
        loss = net.history[-1, "batches", -1, "train_loss"] if training else 0.0
        if not math.isfinite(loss):
            raise FloatingPointError(
                f"The loss became {loss} in epoch {epoch}, batch {batch}. {_too_large(net)}"
            )


def _too_large(net: NeuralNet) -> str:
    """The likely cause of a training that left the numbers, and what to try."""
    return f"The steps are too large: with lr={net.lr:g}, try lr={net.lr / 10:g}."


class ValidationUAR(Callback):
    """The unweighted average recall of the held-out rows, as ``valid_uar`` in the history."""

    def on_epoch_begin(self, net: NeuralNet, **kwargs: Any) -> None:
        """Forget the last epoch."""
        self._right: list[Tensor] = []
        self._true: list[Tensor] = []

    def on_batch_end(
        self, net: NeuralNet, batch: Any = None, training: bool = False, **kwargs: Any
    ) -> None:
        """Count which of a batch are right."""
        if training:
            return
        codes = batch[1].argmax(dim=1)
        self._true.append(codes)
        self._right.append(kwargs["y_pred"].argmax(dim=1) == codes.to(kwargs["y_pred"].device))

    def on_epoch_end(self, net: NeuralNet, **kwargs: Any) -> None:
        """Record the score, if rows are held out."""
        if not self._true:
            return
        codes = torch.cat(self._true).cpu().numpy()
        right = torch.cat(self._right).cpu().numpy()
        counts = np.bincount(codes)
        found = np.bincount(codes, weights=right)
        net.history.record("valid_uar", float(np.mean(found[counts > 0] / counts[counts > 0])))

    def on_train_end(self, net: NeuralNet, **kwargs: Any) -> None:
        """Keep nothing that lies on a GPU."""
        self._right, self._true = [], []


class Progress(Callback):
    """A line for each epoch: losses, UAR of held-out rows, and the time that is left."""

    def __init__(self, title: str) -> None:
        self.title = title

    def on_train_begin(self, net: NeuralNet, **kwargs: Any) -> None:
        """Look at the clock."""
        self._start = time.perf_counter()

    def on_epoch_end(self, net: NeuralNet, **kwargs: Any) -> None:
        """Print the line."""
        last = net.history[-1]
        parts = [
            f"{self.title}epoch {last['epoch']}/{net.max_epochs}",
            f"loss {last['train_loss']:.3f}",
        ]
        if "valid_uar" in last:
            parts.append(f"validation loss {last['valid_loss']:.3f}, UAR {last['valid_uar']:.3f}")
        taken = time.perf_counter() - self._start
        left = taken / last["epoch"] * (net.max_epochs - last["epoch"])
        parts.append(f"{left:.0f} s left" if left else f"{taken:.0f} s in all")
        print("  ".join(parts), flush=True)

    def on_train_end(self, net: NeuralNet, **kwargs: Any) -> None:
        """Say so if it ended before its time."""
        n_epochs = len(net.history)
        if n_epochs < net.max_epochs:
            print(f"{self.title}stopped after epoch {n_epochs}", flush=True)


def optimizer_of(name: str) -> type[optim.Optimizer]:
    """The optimizer of torch with this name, in small or large letters."""
    known: dict[str, type[optim.Optimizer]] = {
        kind.__name__.lower(): kind
        for kind in vars(optim).values()
        if inspect.isclass(kind)
        and issubclass(kind, optim.Optimizer)
        and "weight_decay" in inspect.signature(kind).parameters
        and kind is not getattr(optim, "Muon", None)  # of matrices only
    }
    if name.lower() not in known:
        raise ValueError(
            f"optimizer={name!r} is unknown: take one of {', '.join(sorted(known))}."
            f"{did_you_mean(name, known)}"
        )
    return known[name.lower()]


def choices_of(part: Any) -> list[str]:
    """What can be set of a network, an optimizer, a scheduler or the batches, by name."""
    if isinstance(part, str):
        part = _POLICIES[part]
    return [name for name in inspect.signature(part).parameters if name not in _GIVEN]


def callbacks_of(
    scheduler: str | None,
    options: dict[str, Any],
    *,
    lr: float,
    n_steps: int,
    patience: int | None,
    given: Iterable[Any],
    title: str | None,
) -> list[Any]:
    """The callbacks of a net; what is to be printed begins with the title, None prints nothing."""
    found: list[Any] = [("stop_at_nan", StopAtNaN()), ("validation_uar", ValidationUAR())]
    if scheduler == "onecycle":
        # The last step is at a rate of about 0, which the only one must not be; and torch divides
        # by the steps on the way up less one, and by those on the way down.
        n_steps = max(n_steps, 2)
        n_steps += options.get("pct_start", 0.3) * n_steps in (1, n_steps)
        schedule = {"max_lr": lr, "total_steps": n_steps, "step_every": "batch"}
        # Momentum stays what it is set to, and optimizers without any are taken, too.
        schedule |= {"cycle_momentum": False, **options}
        found.append(("scheduler", LRScheduler(_POLICIES[scheduler], **schedule)))
    elif scheduler == "plateau":
        schedule = {"monitor": "valid_loss", **_PLATEAU, **options}
        found.append(("scheduler", LRScheduler(_POLICIES[scheduler], **schedule)))
    found.extend(given)
    if title is not None:
        found.append(("progress", Progress(title)))
    if patience is not None:  # last: it ends the epoch for those who come after
        stop = EarlyStopping(monitor="valid_loss", patience=patience, load_best=True)
        found.append(("early_stopping", stop))
    return found


def train(net: NeuralNet, rows: Rows, held_out: Rows | None, seed: int) -> NeuralNet:
    """Train a net from a seed, which is all that it draws by; torch's own state stays as it was."""
    net.set_params(
        train_split=None if held_out is None else predefined_split(held_out),
        iterator_train__random_state=seed,
    )
    with seeded(seed, net.device):
        net.initialize()
        net.notify("on_train_begin", X=rows, y=None)
        try:
            net.fit_loop(rows)
        except KeyboardInterrupt as interrupt:
            # It is how a callback of skorch ends a training, and how a user ends everything.
            if not _is_of_callback(interrupt):
                raise
        net.notify("on_train_end", X=rows, y=None)
    # What the last step has left shows in any row.
    if not bool(net.evaluation_step((rows.batch(np.arange(1)), None)).isfinite().all()):
        raise FloatingPointError(f"The last steps left no numbers. {_too_large(net)}")
    return at_rest(net)


@contextlib.contextmanager
def seeded(seed: int, device: str) -> Iterator[None]:
    """A context in which torch draws from a seed, for one thread at a time.

    What torch would have drawn outside of it stays as it was.
    """
    home = torch.device(device)
    ordinals = [] if home.type == "cpu" else [home.index or 0]
    with _ONE_AT_A_TIME, torch.random.fork_rng(ordinals):
        torch.default_generator.manual_seed(seed)
        for ordinal in ordinals:
            torch.cuda.default_generators[ordinal].manual_seed(seed)
        yield


def _is_of_callback(interrupt: KeyboardInterrupt) -> bool:
    """Whether an interrupt was raised by a statement of a callback, and not by a key."""
    in_callback = was_raised = False
    place = interrupt.__traceback__
    while place is not None:
        code = place.tb_frame.f_code
        in_callback |= code.co_name == "notify"
        was_raised = code.co_code[place.tb_lasti] == dis.opmap["RAISE_VARARGS"]
        place = place.tb_next
    return in_callback and was_raised


def at_rest(net: NeuralNet) -> NeuralNet:
    """A net on the CPU, to predict with, without the data and what only training needs."""
    net.module_.to("cpu").eval()
    net.module_.zero_grad(set_to_none=True)
    net.device = "cpu"
    net.train_split = None
    net.optimizer_.state.clear()
    for _, callback in net.callbacks_:
        if isinstance(callback, LRScheduler):
            callback.lr_scheduler_ = None
        if isinstance(callback, EarlyStopping):
            callback.best_model_weights_ = None
    return net


def set_weights(modules: list[nn.Module], weights: dict[str, NDArray[Any]], what: str) -> None:
    """Set the weights of networks, which are called ``place.name``; `what` begins the error."""
    expected = {
        f"{place}.{name}": own
        for place, module in enumerate(modules)
        for name, own in module.state_dict().items()
    }
    given, needed = (
        {name: tuple(x.shape) for name, x in one.items()} for one in (weights, expected)
    )
    for name in sorted(given.keys() | needed.keys()):
        if given.get(name) != needed.get(name):
            raise ValueError(
                f"{what}: {name} has shape {given.get(name)}, and {needed.get(name)} is needed. It "
                "was changed or damaged since it was saved."
            )
    for name, own in expected.items():
        own.copy_(torch.from_numpy(weights[name]))


def new_net(module: type[nn.Module], optimizer: type[optim.Optimizer], **options: Any) -> NeuralNet:
    """A net of skorch for a network and an optimizer of torch."""
    return NeuralNet(
        module,
        criterion=WeightedCrossEntropy,
        optimizer=optimizer,
        iterator_train=Batches,
        iterator_valid=Batches,
        callbacks__print_log=None,
        verbose=0,
        **options,
    )
