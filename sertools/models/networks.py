"""The neural networks, as plain torch modules.

This file imports torch, and is itself imported inside functions.

Clips of a batch are zero-padded to the longest, and each gets the answer that it gets alone.
Between layers lie maps ``(batch, frames, bins, maps)``; networks in one dimension have one bin.
Blocks give maps of 0 or more, and 0 behind the end of a clip: so convolutions see what they see
behind the end of a single clip, and neither a sum nor a maximum over time needs a mask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["NETWORKS", "Network"]

_CELLS: dict[str, Callable[..., nn.Module]] = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}

_POOLINGS = ("attention", "last", "mean")

# Share of a batch in the running statistics. With torch's 0.1 they still hold a good part of what
# they start from after twenty batches, which on small data are twenty epochs.
_MOMENTUM = 0.2

# Maps of a layer: one that makes as many of as many has 67 million weights for each tap.
_WIDEST = 2**13


class Frames(NamedTuple):
    """Which frames of a batch are the clips' own.

    Clips of ``n_frames (batch,)`` are padded to `n_padded`; ``own (n_own,)`` are the places of
    their frames in the flattened batch, None if no clip is padded.
    """

    n_frames: Tensor
    n_padded: int
    own: Tensor | None

    @classmethod
    def of(cls, n_frames: Tensor, n_padded: int) -> Frames:
        """The frames of clips of lengths ``(batch,)`` that are padded to `n_padded`."""
        frames = cls(n_frames, n_padded, None)
        own = frames.is_own.flatten().nonzero()[:, 0]
        return frames if len(own) == len(n_frames) * n_padded else frames._replace(own=own)

    @property
    def is_own(self) -> Tensor:
        """Whether a frame is its clip's own: ``(batch, n_padded)``."""
        return torch.arange(self.n_padded, device=self.n_frames.device) < self.n_frames[:, None]

    def strided(self, stride: int) -> Frames:
        """What a stride leaves of these frames; a length that it does not divide is rounded up."""
        if stride == 1:
            return self
        n_frames, n_padded = -(-self.n_frames // stride), -(-self.n_padded // stride)
        if self.own is None:
            return Frames(n_frames, n_padded, None)
        return Frames.of(n_frames, n_padded)

    def apply(self, function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
        """What a function of rows ``(n, maps)`` makes of own frames of maps `x`; elsewhere 0."""
        n_maps = x.shape[-1]
        if self.own is None:
            return function(x.reshape(-1, n_maps)).view_as(x)
        flat = x.flatten(0, 1)
        # Taking them out and putting them back takes less time than sums under a mask.
        rows = flat.index_select(0, self.own)
        found = function(rows.reshape(-1, n_maps)).view_as(rows)
        return torch.zeros_like(flat).index_copy_(0, self.own, found).view_as(x)

    def reversed(self, x: Tensor) -> Tensor:
        """Copy of ``x (batch, n_padded, n)`` in which the own frames of each clip are reversed."""
        places = torch.arange(self.n_padded, device=x.device)
        ends = self.n_frames[:, None]
        places = torch.where(self.is_own, ends - 1 - places, places)
        return x.gather(1, places[:, :, None].expand_as(x))


class Norm(nn.BatchNorm1d):
    """Batch normalisation of rows ``(n, maps)``, of a single row by the running statistics."""

    def __init__(self, n_maps: int) -> None:
        super().__init__(n_maps, momentum=_MOMENTUM)

    def forward(self, rows: Tensor) -> Tensor:
        """Normalised rows ``(n, maps)``."""
        if self.training and len(rows) == 1:  # which has no variance
            return functional.batch_norm(
                rows, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
            )
        return super().forward(rows)


class Convolution(nn.Module):
    """Convolution over frames, and bins if `in_2d`; then batch normalisation of own frames."""

    def __init__(self, n_in: int, n_out: int, size: int, *, in_2d: bool, stride: int = 1) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(
            n_in,
            n_out,
            (size, size if in_2d else 1),
            (stride, stride if in_2d else 1),
            (size // 2, size // 2 if in_2d else 0),
            bias=False,
        )
        self.norm = Norm(n_out)

    def forward(self, x: Tensor, frames: Frames) -> tuple[Tensor, Frames]:
        """Maps ``(batch, frames / stride, bins / stride, n_out)``, and which frames are own."""
        x = self.convolution(x.movedim(3, 1)).movedim(1, 3)
        frames = frames.strided(self.convolution.stride[0])
        return frames.apply(self.norm, x), frames


class ConvolutionBlock(nn.Module):
    """Convolution, batch normalisation, ReLU, and if `pool` the maximum of every two frames.

    In two dimensions of every two bins, too.
    """

    def __init__(
        self, n_in: int, n_out: int, size: int, *, in_2d: bool, stride: int = 1, pool: bool = False
    ) -> None:
        super().__init__()
        self.convolution = Convolution(n_in, n_out, size, in_2d=in_2d, stride=stride)
        self.pool = nn.MaxPool2d((2, 2 if in_2d else 1), ceil_mode=True) if pool else None

    def forward(self, x: Tensor, frames: Frames) -> tuple[Tensor, Frames]:
        """Maps ``(batch, frames, bins, n_out)`` of what is left, and which frames are own."""
        x, frames = self.convolution(x, frames)
        if self.pool is not None:
            x, frames = self.pool(x.movedim(3, 1)).movedim(1, 3), frames.strided(2)
        # ReLU and maximum may change places, and behind it there is less to do.
        return functional.relu(x), frames


class ResidualBlock(nn.Module):
    """Two convolutions, the first with a stride of 2, beside a projection; ReLU of their sum."""

    def __init__(self, n_in: int, n_out: int, *, in_2d: bool) -> None:
        super().__init__()
        self.first = ConvolutionBlock(n_in, n_out, 3, in_2d=in_2d, stride=2)
        self.second = Convolution(n_out, n_out, 3, in_2d=in_2d)
        self.projection = Convolution(n_in, n_out, 1, in_2d=in_2d)
        self.every = 2 if in_2d else 1

    def forward(self, x: Tensor, frames: Frames) -> tuple[Tensor, Frames]:
        """Maps ``(batch, frames / 2, bins / 2, n_out)``, and which frames are own."""
        # No stride: torch 2.13's gradient of one of size 1 leaves its memory on the CPU where maps
        # are few and frames many, which ends the process.
        halved = x[:, ::2, :: self.every].contiguous()
        projected, _ = self.projection(halved, frames.strided(2))
        x, frames = self.second(*self.first(x, frames))
        return functional.relu(x + projected), frames


class Mean(nn.Module):
    """Mean of maps over bins and own frames."""

    def forward(self, x: Tensor, frames: Frames) -> Tensor:
        """Means ``(batch, maps)`` of maps ``(batch, frames, bins, maps)``."""
        return x.mean(2).sum(1) / frames.n_frames[:, None]


class MeanAndMaximum(nn.Module):
    """Mean of maps over bins, and of that the mean and the maximum over own frames."""

    def forward(self, x: Tensor, frames: Frames) -> Tensor:
        """Means and maxima ``(batch, 2 * maps)`` of maps ``(batch, frames, bins, maps)``."""
        x = x.mean(2)
        return torch.cat([x.sum(1) / frames.n_frames[:, None], x.amax(1)], dim=1)


class Recurrent(nn.Module):
    """Recurrent layers over own frames, and a summary of their states over time."""

    def __init__(
        self,
        n_in: int,
        width: int,
        depth: int,
        dropout: float,
        cell: str,
        bidirectional: bool,
        pooling: str,
    ) -> None:
        super().__init__()
        if cell not in _CELLS:
            raise ValueError(f"cell={cell!r}: it is one of {', '.join(_CELLS)}.")
        if pooling not in _POOLINGS:
            raise ValueError(f"pooling={pooling!r}: it is one of {', '.join(_POOLINGS)}.")
        self.width = width
        self.pooling = pooling
        self.n_out = 2 * width if bidirectional else width
        sizes = [n_in] + [self.n_out] * (depth - 1)
        self.forwards = nn.ModuleList(_CELLS[cell](size, width, batch_first=True) for size in sizes)
        # torch's own second direction needs packed sequences, which train several times slower.
        self.backwards = nn.ModuleList(
            _CELLS[cell](size, width, batch_first=True) for size in sizes if bidirectional
        )
        self.dropout = nn.Dropout(dropout)
        if pooling == "attention":
            self.score = nn.Linear(self.n_out, 1, bias=False)

    def forward(self, x: Tensor, frames: Frames) -> Tensor:
        """Summaries ``(batch, n_out)`` of maps ``(batch, frames, bins, maps)``."""
        states = self._states(x.flatten(2), frames)
        if self.pooling == "last":
            return self._last(states, frames)
        if self.pooling == "mean":
            shares = frames.is_own / frames.n_frames[:, None]
        else:
            scores = self.score(states)[:, :, 0]
            shares = scores.masked_fill(~frames.is_own, -torch.inf).softmax(dim=1)
        return torch.einsum("bf,bfn->bn", shares, states)

    def _states(self, x: Tensor, frames: Frames) -> Tensor:
        """States ``(batch, frames, n_out)`` of the last layer, which in padding mean nothing."""
        for level, forwards in enumerate(self.forwards):
            if level > 0:
                x = self.dropout(x)
            # What lies behind the end of a clip changes no state before it.
            states = [forwards(x)[0]]
            if self.backwards:
                turned, _ = self.backwards[level](frames.reversed(x))
                states.append(frames.reversed(turned))
            x = torch.cat(states, dim=2)
        return x

    def _last(self, states: Tensor, frames: Frames) -> Tensor:
        """The states ``(batch, n_out)`` after the last frame that each direction reads."""
        ends = states[torch.arange(len(states), device=states.device), frames.n_frames - 1]
        return torch.cat([ends[:, : self.width], states[:, 0, self.width :]], dim=1)


class Network(nn.Module):
    """Base of the networks that take frames: blocks, a summary over time, and dense layers."""

    def __init__(
        self,
        n_channels: int,
        blocks: Sequence[nn.Module],
        summary: nn.Module,
        head: nn.Module,
        *,
        in_2d: bool,
    ) -> None:
        super().__init__()
        self.n_channels = n_channels
        self.in_2d = in_2d
        self.blocks = nn.ModuleList(blocks)
        self.summary = summary
        self.head = head

    def forward(self, X: Tensor, n_frames: Tensor) -> Tensor:
        """Logits ``(batch, n_classes)`` of clips ``X (batch, frames, n_channels)``.

        They have ``n_frames (batch,)``, 1 or more; what is behind them in `X` is not looked at.
        """
        if X.shape[2] != self.n_channels:
            raise ValueError(
                f"X has {X.shape[2]} channels, and the network is built for {self.n_channels}: "
                "give X as (batch, frames, channels)."
            )
        frames = Frames.of(n_frames, X.shape[1])
        x = X.masked_fill(~frames.is_own[:, :, None], 0).unsqueeze(3 if self.in_2d else 2)
        for block in self.blocks:
            x, frames = block(x, frames)
        return self.head(self.summary(x, frames))

    @property
    def receptive_field(self) -> int:
        """Frames that one frame of the last convolution sees; 1 without convolutions."""
        field = seen = step = 1
        for layer in self.modules():
            if isinstance(layer, nn.MaxPool2d):
                seen += step
                step *= 2
            # A projection, of size 1, lies beside the way.
            elif isinstance(layer, nn.Conv2d) and layer.kernel_size != (1, 1):
                seen += step * (layer.kernel_size[0] - 1)
                step *= layer.stride[0]
                field = seen
        return field


class CNN1d(Network):
    """`depth` convolutions over time, from `width` maps on doubling them."""

    def __init__(
        self, n_channels: int, n_classes: int, width: int = 64, depth: int = 3, dropout: float = 0.3
    ) -> None:
        widths = _doubled(width, depth)
        blocks = [
            ConvolutionBlock(n_in, n_out, 5, in_2d=False, pool=True)
            for n_in, n_out in pairwise([n_channels, *widths])
        ]
        head = _head(2 * widths[-1], n_classes, dropout)
        super().__init__(n_channels, blocks, MeanAndMaximum(), head, in_2d=False)


class CNN2d(Network):
    """`depth` convolutions over time and frequency, from `width` maps on doubling them."""

    def __init__(
        self, n_channels: int, n_classes: int, width: int = 16, depth: int = 4, dropout: float = 0.3
    ) -> None:
        # A stride in place of the maximum takes less than a tenth of the time.
        stem = ConvolutionBlock(1, width, 3, in_2d=True, stride=2)
        widths = _doubled(width, depth)
        blocks = [
            ConvolutionBlock(n_in, n_out, 3, in_2d=True, pool=True)
            for n_in, n_out in pairwise(widths)
        ]
        head = _head(2 * widths[-1], n_classes, dropout)
        super().__init__(n_channels, [stem, *blocks], MeanAndMaximum(), head, in_2d=True)


class ResNet1d(Network):
    """A convolution over time with `width` maps, then `depth` residual blocks.

    The first keeps the number of maps, the others double it.
    """

    def __init__(
        self, n_channels: int, n_classes: int, width: int = 64, depth: int = 3, dropout: float = 0.3
    ) -> None:
        widths = _doubled(width, depth)
        blocks = _residual_blocks(n_channels, widths, 7, in_2d=False)
        head = _head(2 * widths[-1], n_classes, dropout)
        super().__init__(n_channels, blocks, MeanAndMaximum(), head, in_2d=False)


class ResNet2d(Network):
    """A convolution over time and frequency, then `depth` residual blocks, as in `ResNet1d`."""

    def __init__(
        self, n_channels: int, n_classes: int, width: int = 16, depth: int = 3, dropout: float = 0.3
    ) -> None:
        widths = _doubled(width, depth)
        blocks = _residual_blocks(1, widths, 5, in_2d=True)
        head = _head(2 * widths[-1], n_classes, dropout)
        super().__init__(n_channels, blocks, MeanAndMaximum(), head, in_2d=True)


class AlexNet1d(Network):
    """AlexNet over time: five convolutions, from `width` maps on, and two dense layers."""

    def __init__(
        self, n_channels: int, n_classes: int, width: int = 32, dropout: float = 0.5
    ) -> None:
        # From 64 maps on these are the widths of torchvision's AlexNet. The maxima of AlexNet
        # overlap, which would take the last frame of a clip into the padding.
        blocks = [
            ConvolutionBlock(n_channels, width, 11, in_2d=False, stride=4, pool=True),
            ConvolutionBlock(width, 3 * width, 5, in_2d=False, pool=True),
            ConvolutionBlock(3 * width, 6 * width, 3, in_2d=False),
            ConvolutionBlock(6 * width, 4 * width, 3, in_2d=False),
            ConvolutionBlock(4 * width, 4 * width, 3, in_2d=False, pool=True),
        ]
        hidden = [nn.Dropout(dropout), nn.Linear(4 * width, 8 * width), nn.ReLU()]
        head = nn.Sequential(*hidden, *_head(8 * width, n_classes, dropout))
        super().__init__(n_channels, blocks, Mean(), head, in_2d=False)


class RNN(Network):
    """`depth` recurrent layers over the frames, each of `width` units in each direction."""

    def __init__(
        self,
        n_channels: int,
        n_classes: int,
        width: int = 64,
        depth: int = 2,
        dropout: float = 0.3,
        cell: str = "lstm",
        bidirectional: bool = False,
        pooling: str = "attention",
    ) -> None:
        layers = Recurrent(n_channels, width, depth, dropout, cell, bidirectional, pooling)
        head = _head(layers.n_out, n_classes, dropout)
        super().__init__(n_channels, [], layers, head, in_2d=False)


class CRNN(Network):
    """Two convolutions over time and frequency, and `depth` recurrent layers over what they leave.

    The convolutions have `width` maps and twice as many, a recurrent layer four times as many
    units.
    """

    def __init__(
        self,
        n_channels: int,
        n_classes: int,
        width: int = 16,
        depth: int = 1,
        dropout: float = 0.3,
        cell: str = "lstm",
        bidirectional: bool = False,
        pooling: str = "attention",
    ) -> None:
        blocks = [
            ConvolutionBlock(1, width, 3, in_2d=True, stride=2),
            ConvolutionBlock(width, 2 * width, 3, in_2d=True, pool=True),
        ]
        n_bins = -(-n_channels // 4)
        layers = Recurrent(
            2 * width * n_bins, 4 * width, depth, dropout, cell, bidirectional, pooling
        )
        head = _head(layers.n_out, n_classes, dropout)
        super().__init__(n_channels, blocks, layers, head, in_2d=True)


class MLP(nn.Module):
    """`depth` hidden layers of `width` units over the columns of a table."""

    def __init__(
        self,
        n_channels: int,
        n_classes: int,
        width: int = 128,
        depth: int = 2,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for n_in in [n_channels] + [width] * (depth - 1):
            layers += [nn.Linear(n_in, width), Norm(width), nn.ReLU(), nn.Dropout(dropout)]
        self.layers = nn.Sequential(*layers, nn.Linear(width, n_classes))

    def forward(self, X: Tensor) -> Tensor:
        """Logits ``(batch, n_classes)`` of rows ``X (batch, n_channels)``."""
        return self.layers(X)


def _doubled(width: int, depth: int) -> list[int]:
    """As many widths as `depth` says, each twice the one before."""
    width, depth = int(width), int(depth)  # which of NumPy would wrap around
    if depth > 1 and width * 2 ** min(depth - 1, _WIDEST) > _WIDEST:
        raise ValueError(
            f"width={width} and depth={depth} end in more than {_WIDEST} maps, for each layer has "
            "twice as many as the one before: take a smaller depth or width."
        )
    return [width * 2**level for level in range(depth)]


def _residual_blocks(n_in: int, widths: list[int], size: int, *, in_2d: bool) -> list[nn.Module]:
    """A convolution with the first of the widths and a stride of 2, and a block for each width."""
    stem = ConvolutionBlock(n_in, widths[0], size, in_2d=in_2d, stride=2)
    steps = pairwise([widths[0], *widths])
    return [stem, *(ResidualBlock(before, after, in_2d=in_2d) for before, after in steps)]


def _head(n_in: int, n_classes: int, dropout: float) -> nn.Sequential:
    """The last layer, to the classes, behind dropout."""
    return nn.Sequential(nn.Dropout(dropout), nn.Linear(n_in, n_classes))


NETWORKS: dict[str, type[nn.Module]] = {
    "mlp": MLP,
    "cnn1d": CNN1d,
    "cnn2d": CNN2d,
    "resnet1d": ResNet1d,
    "resnet2d": ResNet2d,
    "alexnet1d": AlexNet1d,
    "rnn": RNN,
    "crnn": CRNN,
}
