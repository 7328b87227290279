"""CNNClassifier: convolutions over frames."""

from __future__ import annotations

from typing import Any, ClassVar

from sertools._validation import did_you_mean
from sertools.models._network_classifier import NetworkClassifier
from sertools.models._network_docs import documented

_ARCHITECTURES = ("cnn1d", "cnn2d", "resnet1d", "resnet2d", "alexnet1d")


@documented(max_epochs=30, lr=0.002)
class CNNClassifier(NetworkClassifier):
    """A convolutional network by PyTorch over frames, such as a log-mel spectrogram.

    Parameters
    ----------
    architecture : {"cnn1d", "cnn2d", "resnet1d", "resnet2d", "alexnet1d"}, default="cnn2d"
        Convolutions over time alone, which take the channels at once, or over time and frequency:
        plain ones, residual blocks, or AlexNet's layers in one dimension.
    width : int or None, default=None
        Maps of the first convolution; None is what suits the architecture.
    depth : int or None, default=None
        Blocks of convolutions, or stages of residual blocks, each at half the resolution of the
        last and with twice its maps; None is what suits the architecture. "alexnet1d" has its own.
    dropout : float or None, default=None
        Share of the units before the dense layers that are dropped in training; None is what suits
        the architecture.
    <parameters of all networks>

    Attributes
    ----------
    <attributes of all networks>

    See Also
    --------
    CRNNClassifier : Convolutions, and recurrent layers over what they leave.

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
    >>> from sertools import CNNClassifier, MelExtractor, make_corpus
    >>> corpus = make_corpus(n_speakers=2, n_per_speaker=6)
    >>> network = CNNClassifier("cnn1d", width=16, dropout=0.0, lr=0.01, random_state=0)
    >>> model = make_pipeline(MelExtractor(n_mels=40, stats=None), network)
    >>> model.fit(corpus.X, corpus.y).predict(corpus.X[:1])
    array(['neutral'], dtype='<U7')
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **NetworkClassifier._parameter_constraints,
        "architecture": [str],
    }

    def __init__(
        self,
        architecture: str = "cnn2d",
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
        self.architecture = architecture
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

    def _network(self) -> Any:
        from sertools.models.networks import NETWORKS

        if self.architecture not in _ARCHITECTURES:
            raise ValueError(
                f"architecture={self.architecture!r} is unknown: take one of "
                f"{', '.join(_ARCHITECTURES)}.{did_you_mean(self.architecture, _ARCHITECTURES)}"
            )
        return NETWORKS[self.architecture]
