"""What the docstrings of all classifiers by neural networks share."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import TypeVar

__all__ = ["documented"]

_T = TypeVar("_T", bound=type)

# Of every classifier by a network, behind its own parameters.
_COMMON_PARAMETERS = """\
max_epochs : int, default={max_epochs}
    How often the rows are gone through.
batch_size : int, default=32
    Rows in a batch.
lr : float, default={lr}
    Learning rate; of the "onecycle" schedule the highest.
weight_decay : float, default=0.01
    What weights are shrunk by, times the rate, in each step.
optimizer : str, default="adamw"
    One of torch.optim by its name, in small letters.
scheduler : {{"onecycle", "plateau"}} or None, default="onecycle"
    How the rate changes: up and down once in the whole training, down when the loss of
    held-out rows gets no better, or not at all.
early_stopping : int or None, default=None
    Stop when the loss of held-out rows has got no better for this many epochs, and keep the
    weights of the best. None does all epochs.
validation_fraction : float or None, default=None
    About the share of the groups, or without groups of the rows, to hold out and score after
    each epoch. None is 0.1 for `early_stopping` and the "plateau" schedule, and else holds out
    none.
label_smoothing : float, default=0.0
    Share of each label that is given to all classes alike.
mixup : float, default=0.0
    Parameter of the beta distribution by which pairs of rows, and their labels, are mixed in
    training; 0 mixes none.
{spec_augment}n_models : int, default=1
    Networks that are trained from different seeds; their probabilities are averaged.
callbacks : list or None, default=None
    Callbacks of skorch, as a net of skorch takes them; each training has shallow copies. Those
    that look at losses, weights or the history do their work; the UAR of held-out rows is there,
    as ``valid_uar``, and :class:`skorch.callbacks.EpochScoring` is not needed.
net_params : dict or None, default=None
    More parameters of skorch's parts, such as ``{{"optimizer__eps": 1e-6}}``; `set_params` and
    a search set them by these names, too.
verbose : int, default=0
    Above 0, print a line for each epoch: losses, UAR of held-out rows, and the time that is
    left.
class_weight : dict, "balanced" or None, default=None
    Weights of the classes.
device : {{None, "cpu", "cuda", "cuda:<index>", "auto"}}, default=None
    Where to work; None is where `X` is.
random_state : int, RandomState or None, default=None
    Draws weights, batches, what is dropped, masked and mixed, and what is held out.
"""

_SPEC_AUGMENT = """\
spec_augment : float, default=0.0
    Largest share of the channels, and of a clip's frames, that each of two masks on each axis
    blanks in training (SpecAugment); 0 blanks none.
"""

_COMMON_ATTRIBUTES = """\
classes_ : ndarray of shape (n_classes,)
    The labels.
engines_ : list of skorch.NeuralNet
    The trained nets, on the CPU. They are there to be looked at: their own `predict` knows
    neither labels nor lists.
engine_ : skorch.NeuralNet
    The first of them.
history_ : skorch.history.History
    What was written down of its training, epoch by epoch: ``train_loss``, and of held-out rows
    ``valid_loss`` and ``valid_uar``.
n_parameters_ : int
    Weights of one network.
mean_, scale_ : ndarray of shape (n_channels,)
    What the channels are standardised by: their mean and standard deviation in training.
n_features_in_ : int
    Columns seen in `fit`, if it was given a table.
feature_names_in_ : ndarray of str
    Column names seen in `fit`, if it was given a data frame.
"""


def documented(*, max_epochs: int, lr: float, of_frames: bool = True) -> Callable[[_T], _T]:
    """Put what all of these classes share into the docstring of one, with its defaults."""
    parameters = _COMMON_PARAMETERS.format(
        max_epochs=max_epochs, lr=lr, spec_augment=_SPEC_AUGMENT if of_frames else ""
    )
    attributes = _COMMON_ATTRIBUTES
    if of_frames:
        attributes += "n_channels_in_ : int\n    Channels seen in `fit`.\n"

    def put(cls: _T) -> _T:
        if cls.__doc__:  # python -OO has none
            for name, text in (("parameters", parameters), ("attributes", attributes)):
                words = textwrap.indent(text, "    ").strip()
                cls.__doc__ = cls.__doc__.replace(f"<{name} of all networks>", words)
        return cls

    return put
