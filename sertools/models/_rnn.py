"""RNNClassifier and CRNNClassifier: recurrent layers over frames, or what convolutions leave."""

from __future__ import annotations

from typing import Any, ClassVar

from sertools._sklearn import StrOptions
from sertools._validation import check_frames
from sertools.models._network_classifier import NetworkClassifier
from sertools.models._network_docs import documented

# Steps that a gradient can be followed back through, and that anybody would wait for.
_MOST_STEPS = 5000


class RecurrentClassifier(NetworkClassifier):
    """Base of the two, whose parameters have the same names."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **NetworkClassifier._parameter_constraints,
        "cell": [StrOptions({"lstm", "gru", "rnn"})],
        "bidirectional": ["boolean"],
        "pooling": [StrOptions({"attention", "mean", "last"})],
    }

    _module_parameters = ("width", "depth", "dropout", "cell", "bidirectional", "pooling")

    # Frames that make one step of the recurrent layers.
    _frames_per_step = 1

    def __init__(
        self,
        cell: str = "lstm",
        bidirectional: bool = False,
        pooling: str = "attention",
        width: int | None = None,
        depth: int | None = None,
        dropout: float | None = None,
        max_epochs: int = 30,
        batch_size: int = 32,
        lr: float = 0.002,
        weight_decay: float = 0.01,
        optimizer: str = "adamw",
        scheduler: str | None = "onecycle",
        early_stopping: int | None = None,
        validation_fraction: float | None = None,
        label_smoothing: float = 0.0,
        mixup: float = 0.0,
        spec_augment: float = 0.0,
        n_models: int = 1,
        callbacks: Any = None,
        net_params: dict[str, Any] | None = None,
        verbose: int = 0,
        class_weight: Any = None,
        device: str | None = None,
        random_state: Any = None,
    ) -> None:
        self.cell = cell
        self.bidirectional = bidirectional
        self.pooling = pooling
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
        self.spec_augment = spec_augment
        self.n_models = n_models
        self.callbacks = callbacks
        self.net_params = net_params
        self.verbose = verbose
        self.class_weight = class_weight
        self.device = device
        self.random_state = random_state

    def _check(self, X: Any, *, reset: bool) -> Any:
        frames = check_frames(self, X, reset=reset)
        longest = max(clip.shape[1] for clip in frames)
        if longest > _MOST_STEPS * self._frames_per_step:
            raise ValueError(
                f"A clip of X has {longest} frames, and {type(self).__name__} takes up to "
                f"{_MOST_STEPS * self._frames_per_step}: give it frames of an extractor with "
                "stats=None rather than samples, a larger hop_length, or shorter clips."
            )
        return frames


@documented(max_epochs=30, lr=0.002)
class RNNClassifier(RecurrentClassifier):
    """A recurrent network by PyTorch over frames, such as MFCC.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        Kind of the recurrent layers.
    bidirectional : bool, default=False
        Whether the frames are read backwards as well.
    pooling : {"attention", "mean", "last"}, default="attention"
        How the states become one: by learnt weights, by their mean, or as the last of them.
    width : int or None, default=None
        Units of each layer and direction; None is 64.
    depth : int or None, default=None
        Recurrent layers; None is 2.
    dropout : float or None, default=None
        Share of the units between layers that are dropped in training; None is 0.3.
    <parameters of all networks>

    Attributes
    ----------
    <attributes of all networks>

    See Also
    --------
    CRNNClassifier : Reads what convolutions leave, in a quarter of the steps.

    Notes
    -----
    **What it takes**: frames of shape ``(n_clips, n_channels, n_frames)`` or a list of arrays
    ``(n_channels, n_frames_i)``, as an extractor with ``stats=None`` gives them. A table is taken
    for clips of one channel. Clips of a batch are padded to the longest, and padding reaches no
    statistic, no normalisation and no state: a clip gets the answer that it gets alone. Channels
    are standardised inside.

    Give the speakers as `groups` when rows are held out. From one `random_state` the same data give
    the same weights on the same machine, on the CPU.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sertools import MFCCExtractor, RNNClassifier, make_corpus
    >>> corpus = make_corpus(n_speakers=2, n_per_speaker=6)
    >>> network = RNNClassifier("gru", width=16, depth=1, dropout=0.0, lr=0.03, random_state=0)
    >>> model = make_pipeline(MFCCExtractor(stats=None), network)
    >>> model.fit(corpus.X, corpus.y).predict(corpus.X[:1])
    array(['neutral'], dtype='<U7')
    """

    def _network(self) -> Any:
        from sertools.models.networks import RNN

        return RNN


@documented(max_epochs=30, lr=0.002)
class CRNNClassifier(RecurrentClassifier):
    """Convolutions by PyTorch over time and frequency, and recurrent layers over what they leave.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        Kind of the recurrent layers.
    bidirectional : bool, default=False
        Whether they read backwards as well.
    pooling : {"attention", "mean", "last"}, default="attention"
        How the states become one: by learnt weights, by their mean, or as the last of them.
    width : int or None, default=None
        Maps of the first convolution; the second has twice, a recurrent layer four times as many
        units. None is 16.
    depth : int or None, default=None
        Recurrent layers; None is 1.
    dropout : float or None, default=None
        Share of the units between layers that are dropped in training; None is 0.3.
    <parameters of all networks>

    Attributes
    ----------
    <attributes of all networks>

    See Also
    --------
    CNNClassifier : Convolutions alone.
    RNNClassifier : Recurrent layers alone.

    Notes
    -----
    **What it takes**: frames of shape ``(n_clips, n_channels, n_frames)`` or a list of arrays
    ``(n_channels, n_frames_i)``, as an extractor with ``stats=None`` gives them. A table is taken
    for clips of one channel. Clips of a batch are padded to the longest, and padding reaches no
    statistic, no normalisation and no state: a clip gets the answer that it gets alone. Channels
    are standardised inside.

    Give the speakers as `groups` when rows are held out. From one `random_state` the same data give
    the same weights on the same machine, on the CPU.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sertools import CRNNClassifier, MelExtractor, make_corpus
    >>> corpus = make_corpus(n_speakers=2, n_per_speaker=6)
    >>> network = CRNNClassifier(width=8, dropout=0.0, lr=0.01, random_state=0)
    >>> model = make_pipeline(MelExtractor(n_mels=24, stats=None), network)
    >>> model.fit(corpus.X, corpus.y).predict(corpus.X[:1])
    array(['neutral'], dtype='<U7')
    """

    _frames_per_step = 4

    def _network(self) -> Any:
        from sertools.models.networks import CRNN

        return CRNN
