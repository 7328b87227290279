"""Rows and clips as torch takes them: on one device, in batches, perturbed in training only.

This file imports torch, and is itself imported inside functions.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
import torch.utils.dlpack
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from sertools._backend import Device, is_device_array, when_released

__all__ = ["Batches", "Rows", "rows_of_frames", "rows_of_table"]

# Masks on each axis, as in the LD policy of SpecAugment (Park et al., 2019).
_N_MASKS = 2

# Of the memory of a GPU that is free: the rest is for the network and what it computes.
_SHARE_OF_DATA = 0.5

# Numbers that are taken to double precision at once: they fit into a cache.
_BLOCK = 1 << 16

when_released(torch.cuda.empty_cache)


class Rows(Dataset[Any]):
    """Rows of a table, or clips of frames, in single precision.

    Parameters
    ----------
    values : Tensor of shape (n_rows, n_features) or (sum of n_frames + 1, n_channels)
        The table, or the frames of all clips one after another and a row of zeros, which is what
        lies beyond the end of a clip.
    n_frames : ndarray of shape (n_rows,) or None
        Frames of each clip; None for a table.
    """

    targets: Tensor

    def __init__(self, values: Tensor, n_frames: NDArray[np.int64] | None) -> None:
        self._values = values
        self._n_frames = n_frames
        self._starts = np.cumsum(n_frames) - n_frames if n_frames is not None else np.zeros(0)
        self._places = np.arange(len(values) if n_frames is None else len(n_frames))

    def __len__(self) -> int:
        return len(self._places)

    def part(self, places: NDArray[np.intp], targets: NDArray[Any]) -> Rows:
        """The rows at some places, and ``(n_places, n_classes)`` for the loss to compare with."""
        part = copy.copy(self)
        part._places = self._places[places]
        part.targets = torch.from_numpy(targets.astype(np.float32)).to(self._values.device)
        return part

    def moments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation ``(n_columns,)`` over all rows, or over all frames."""
        values = self._without_padding()
        blocks = values.split(max(1, _BLOCK // values.shape[1]))
        mean = sum(block.double().sum(dim=0) for block in blocks) / len(values)
        squares = sum((block.double() - mean).square().sum(dim=0) for block in blocks)
        variance = squares / len(values)
        return mean.cpu().numpy(), variance.sqrt().cpu().numpy()

    def standardise(self, mean: NDArray[Any], scale: NDArray[Any]) -> None:
        """Take the mean ``(n_columns,)`` from all rows or frames, and divide them, in place."""
        values = self._without_padding()
        values -= torch.from_numpy(mean).to(values)
        values /= torch.from_numpy(scale).to(values)

    def lengths(self) -> NDArray[np.int64]:
        """Frames ``(n_rows,)`` of each clip."""
        assert self._n_frames is not None
        return self._n_frames[self._places]

    def by_length(self, n_rows: int) -> Iterator[NDArray[np.intp]]:
        """Places of up to `n_rows` rows at a time, those of similar lengths together."""
        order = np.arange(len(self))
        if self._n_frames is not None:
            order = np.argsort(self.lengths(), kind="stable")
        for start in range(0, len(order), n_rows):
            yield order[start : start + n_rows]

    def batch(self, chosen: NDArray[np.intp]) -> dict[str, Tensor]:
        """What a network is called with, for some rows.

        ``X`` is ``(batch, n_features)``, or ``(batch, longest, n_channels)`` with zeros beyond the
        ``n_frames (batch,)`` of each clip.
        """
        places = self._places[chosen]
        device = self._values.device
        if self._n_frames is None:
            return {"X": self._values[torch.from_numpy(places).to(device)]}
        n_frames = self._n_frames[places]
        starts = self._starts[places]
        frame = np.arange(n_frames.max())
        padding = len(self._values) - 1
        rows = np.where(frame < n_frames[:, None], starts[:, None] + frame, padding)
        found = self._values.index_select(0, torch.from_numpy(rows.ravel()).to(device))
        return {
            "X": found.view(*rows.shape, -1),
            "n_frames": torch.from_numpy(n_frames).to(device),
        }

    def _without_padding(self) -> Tensor:
        """The rows ``(n_rows, n_features)``, or frames ``(sum of n_frames, n_channels)``."""
        return self._values if self._n_frames is None else self._values[:-1]


class Batches:
    """Batches of a data set, each ``({"X": ..., "n_frames": ...}, targets)``.

    Parameters
    ----------
    dataset : Rows
        The rows.
    batch_size : int
        Rows in a batch; the last may have fewer.
    shuffle : bool, default=False
        Whether each pass is in an order of its own.
    drop_last : bool, default=False
        Whether to leave out a last batch that is not full, unless it is the only one.
    mixup : float, default=0.0
        The parameter of the beta distribution by which pairs of rows are mixed; 0 mixes none.
    spec_augment : float, default=0.0
        Largest share of the channels, and of a clip's frames, that one of two masks blanks.
    random_state : int or None, default=None
        Seed of all that is drawn.
    """

    def __init__(
        self,
        dataset: Rows,
        batch_size: int,
        shuffle: bool = False,
        drop_last: bool = False,
        mixup: float = 0.0,
        spec_augment: float = 0.0,
        random_state: int | None = None,
    ) -> None:
        self.dataset = dataset
        self.batch_size = int(batch_size)  # a narrow one of NumPy would wrap around
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.mixup = mixup
        self.spec_augment = spec_augment
        # Drawn on the host: the same for every device.
        self._chance = np.random.default_rng(random_state)

    def __len__(self) -> int:
        n_rows = len(self.dataset)
        n_full = n_rows // self.batch_size
        return n_full if self.drop_last and n_full else -(-n_rows // self.batch_size)

    def __iter__(self) -> Iterator[tuple[dict[str, Tensor], Tensor]]:
        n_rows = len(self.dataset)
        order = self._chance.permutation(n_rows) if self.shuffle else np.arange(n_rows)
        for batch in range(len(self)):
            chosen = order[batch * self.batch_size : (batch + 1) * self.batch_size]
            inputs = self.dataset.batch(chosen)
            targets = self.dataset.targets[torch.from_numpy(chosen).to(self.dataset.targets.device)]
            if self.spec_augment:
                inputs["X"] = _masked(**inputs, share=self.spec_augment, chance=self._chance)
            if self.mixup:
                inputs, targets = _mixed(inputs, targets, self.mixup, self._chance)
            yield inputs, targets


def rows_of_table(table: Any, device: Device) -> Rows:
    """A copy of a table ``(n_rows, n_features)``, on the device if there is room."""
    values = torch.empty(table.shape, device=_home(table.size, device))
    return Rows(values.copy_(_tensor(table)), None)


def rows_of_frames(frames: Any, device: Device) -> Rows:
    """A copy of frames ``(n_rows, n_channels, n_frames)``, or of a list of them, as of a table."""
    n_frames = np.array([clip.shape[1] for clip in frames], dtype=np.int64)
    shape = (int(n_frames.sum()) + 1, frames[0].shape[0])
    home = _home(shape[0] * shape[1], device)
    # Clips that lie on the host are put together there: one transfer, and not one for each.
    values = torch.empty(shape, device="cpu" if isinstance(frames[0], np.ndarray) else home)
    values[-1] = 0
    if isinstance(frames, list):
        for clip, place in zip(frames, values[:-1].split(n_frames.tolist()), strict=True):
            place.copy_(_tensor(clip).T)
    else:
        values[:-1].view(len(frames), -1, shape[1]).copy_(_tensor(frames).transpose(1, 2))
    return Rows(values.to(home), n_frames)


def _tensor(x: Any) -> Tensor:
    """An array as a tensor that shares its memory, on the host or on a GPU."""
    # torch has no such strides, and no arrays that must not be written to.
    if any(stride < 0 or stride % x.itemsize for stride in x.strides):
        x = x.copy()
    if is_device_array(x):
        return torch.utils.dlpack.from_dlpack(x)
    return torch.from_numpy(x if x.flags.writeable else x.copy())


def _home(n_values: int, device: Device) -> torch.device:
    """Where data stay: on the device if they leave half of it free, else on the host."""
    if device.kind == "cpu":
        return torch.device("cpu")
    free, _ = torch.cuda.mem_get_info(device.ordinal)
    # What torch holds and does not use is as good as free.
    free += torch.cuda.memory_reserved(device.ordinal) - torch.cuda.memory_allocated(device.ordinal)
    fits = n_values * torch.float32.itemsize < _SHARE_OF_DATA * free
    return torch.device(str(device) if fits else "cpu")


def _masked(X: Tensor, n_frames: Tensor, share: float, chance: np.random.Generator) -> Tensor:
    """A batch ``(batch, longest, n_channels)`` with stretches of frames and bands blanked."""
    blank = _stretches(X.shape[2], np.full(len(X), X.shape[2]), share, chance)[:, None, :]
    blank = blank | _stretches(X.shape[1], n_frames.cpu().numpy(), share, chance)[:, :, None]
    return X.masked_fill(torch.from_numpy(blank).to(X.device), 0.0)


def _stretches(
    longest: int, lengths: NDArray[Any], share: float, chance: np.random.Generator
) -> NDArray[np.bool_]:
    """Where random stretches of up to a share of each length lie, ``(len(lengths), longest)``."""
    widths = np.floor(chance.random((_N_MASKS, len(lengths))) * (np.floor(share * lengths) + 1))
    starts = np.floor(chance.random((_N_MASKS, len(lengths))) * (lengths - widths + 1))
    place = np.arange(longest)
    inside = (place >= starts[..., None]) & (place < (starts + widths)[..., None])
    return inside.any(axis=0)


def _mixed(
    inputs: dict[str, Tensor], targets: Tensor, alpha: float, chance: np.random.Generator
) -> tuple[dict[str, Tensor], Tensor]:
    """Each row mixed with another of the batch, and their targets likewise (Zhang et al., 2018)."""
    X = inputs["X"]
    partner = torch.from_numpy(chance.permutation(len(X))).to(X.device)
    own = torch.from_numpy(chance.beta(alpha, alpha, len(X)).astype(np.float32)).to(X.device)
    shares = own.view(-1, *[1] * (X.ndim - 1))
    mixed = {"X": shares * X + (1 - shares) * X[partner]}
    if "n_frames" in inputs:
        mixed["n_frames"] = torch.maximum(inputs["n_frames"], inputs["n_frames"][partner])
    own = own.to(targets.device)[:, None]
    return mixed, own * targets + (1 - own) * targets[partner.to(targets.device)]
