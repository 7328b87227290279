"""The ritual of all extractors: check, place, compute clip by clip, deltas, statistics, names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from numbers import Integral
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sertools._backend import array_namespace, at_home, device_of, resolve, to_device, to_host
from sertools._pipelines import refuse_host_steps
from sertools._sklearn import Interval, _check_feature_names_in, fit_context, keeps_row_labels
from sertools._threads import map_in_threads
from sertools._validation import as_float, check_clips, check_sample_rate
from sertools.core.cepstral import bridged, delta
from sertools.core.functionals import check_statistics, statistics
from sertools.features._gpu import rows_on_gpu
from sertools.features._sound import Sound
from sertools.kernels import fastest
from sertools.kernels.cuda.batch import Batch, Stack
from sertools.kernels.cuda.batch import Contours as BatchContours
from sertools.kernels.cuda.contours import derivative, mean_and_std

__all__ = ["Contours", "Extractor", "Rows", "numbered"]

# The statistics that kernels take of a whole batch, in the order in which they give them.
_MOMENTS = ("mean", "std")


class Contours(NamedTuple):
    """Channels over time ``(n_frames, n_channels)``, and which frames are voiced ``(n_frames,)``.

    Only extractors with voiced channels need to say which frames are.
    """

    values: Any
    voiced: Any = None


class Rows(TransformerMixin, BaseEstimator):
    """Base of what turns each clip into a row of a table, or into frames, by itself.

    A subclass says how in `_row_maker`, whether that is a row in `_is_table` and what its columns
    are called in `_column_names`.
    """

    # For RowCache: a row depends on its clip only, and the version is raised when numbers change.
    _row_wise = True
    _row_version: Any = 1
    # Whether the work is done on the host wherever the clips are: where each step needs the one
    # before, compiled code there beats thousands of small launches.
    _on_host: ClassVar[bool] = False
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "sr": [Interval(Integral, 1, None, closed="left")],
        "device": [str, None],
        "n_jobs": [Integral, None],
    }

    # Set by the constructors of the subclasses, which spell out their parameters.
    sr: int
    device: str | None
    n_jobs: int | None

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Check the parameters and the clips; there is nothing to learn.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_times), or list of arrays of shape (n_times_i,)
            The clips.
        y : ignored
            For scikit-learn's sake.

        Returns
        -------
        self
            The extractor itself.
        """
        self._check_parameters()
        self._advise()
        on_gpu = resolve(self.device, X).kind == "cuda"
        check_clips(self, X, reset=True, convert=False, values=not on_gpu)
        check_sample_rate(self, X, self.sr)
        self.n_features_out_ = len(self._column_names()) if self._is_table() else None
        return self

    @keeps_row_labels
    def transform(self, X: Any) -> Any:
        """Compute the features of every clip.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_times), or list of arrays of shape (n_times_i,)
            The clips.

        Returns
        -------
        array of shape (n_clips, n_features)
            Statistics of the channels; with ``stats=None`` the channels over time instead: a list
            of arrays ``(n_channels, n_frames_i)`` for a list, an array
            ``(n_clips, n_channels, n_frames)`` for an array. Where `X` is, whatever `device` is.
        """
        self._validate_params()
        self._check_parameters()
        # A GPU looks for NaN itself, and the host would take longer than all of its work.
        device = resolve(self.device, X)
        on_gpu = device.kind == "cuda"
        clips = check_clips(self, X, reset=False, convert=False, values=not on_gpu)
        check_sample_rate(self, X, self.sr)
        home = device_of(clips)
        if on_gpu:
            if home.kind == "cuda":
                refuse_host_steps(self)
            rows = rows_on_gpu(lambda batch: self._rows_of(batch, self.n_jobs), clips, device, home)
            if isinstance(clips, list) or self._is_table():
                return rows
            with at_home(rows):
                return array_namespace(rows[0]).stack(rows)
        row = self._row_maker()

        def of_clip(clip: Any) -> Any:
            samples = as_float(to_host(clip), "X")
            return to_device(row(Sound(np.ascontiguousarray(samples))), home)

        rows = map_in_threads(of_clip, clips, n_jobs=self.n_jobs)
        if isinstance(clips, list) and not self._is_table():
            return list(rows)
        return _stacked(rows, len(clips))

    def _check_parameters(self) -> None:
        """Refuse parameters that are fine one by one and do not go together."""

    def _advise(self) -> None:
        """Warn of parameters that work, and hardly as they were meant."""

    def _row_maker(self) -> Callable[[Sound], Any]:
        """What makes of a clip a row ``(n_features,)``, or frames ``(n_channels, n_frames)``."""
        raise NotImplementedError

    def _rows_of(self, batch: Batch, n_jobs: int | None) -> Any:
        """The rows of clips on a GPU: a table ``(n_clips, n_features)``, or frames.

        Frames are a list of arrays, or a stack of contours.
        """
        row = self._row_maker()
        if not self._on_host:
            rows = [row(sound) for sound in batch.once(Sound, lambda: _sounds(batch))]
            return array_namespace(rows[0]).stack(rows) if self._is_table() else rows
        home = device_of(batch.samples)
        sounds = batch.once(
            (Sound, "on the host"), lambda: _sounds(batch.cut(to_host(batch.samples)))
        )
        rows = list(map_in_threads(row, sounds, n_jobs=n_jobs))
        return to_device(np.stack(rows) if self._is_table() else rows, home)

    def _is_table(self) -> bool:
        """Whether clips become rows, and not frames."""
        raise NotImplementedError

    def _column_names(self) -> list[str]:
        """Names of the columns of a table."""
        raise NotImplementedError

    @available_if(lambda self: self._is_table())
    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Names of the columns.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Ignored but for a check: samples have no say in the names.

        Returns
        -------
        ndarray of str objects
            The names.
        """
        check_is_fitted(self, "n_features_out_")
        if hasattr(self, "n_features_in_"):
            _check_feature_names_in(self, input_features, generate_names=False)
        return np.array(self._column_names(), dtype=object)

    def set_output(self, *, transform: str | None = None) -> Self:
        """Choose the container of the table.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None
            An array, a data frame with the names of the columns, or no change.

        Returns
        -------
        self
            The extractor itself.

        Raises
        ------
        ValueError
            If frames are wished for as a data frame.
        """
        if self._is_table():
            return super().set_output(transform=transform)
        if transform in (None, "default"):
            return self
        raise ValueError(
            f"{type(self).__name__} with stats=None gives frames, which are no table for "
            f'{transform}. Ask for statistics, stats=("mean", "std"), or leave set_output out.'
        )

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


class Extractor(Rows):
    """Base of the extractors of one family of features.

    A subclass writes its parameters with their constraints, `_channel_names` and `_contours`.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Rows._parameter_constraints,
        "hop_length": [Interval(Integral, 1, None, closed="left")],
        "center": ["boolean"],
        "deltas": [Interval(Integral, 0, 2, closed="both")],
        "stats": [list, tuple, None],
    }

    # Channels that mean something in voiced frames only, as statistics take them.
    _voiced_channels: ClassVar[frozenset[str]] = frozenset()

    hop_length: int
    center: bool
    deltas: int
    stats: Sequence[str] | None

    def _channel_names(self) -> list[str]:
        """Names of the channels, without deltas."""
        raise NotImplementedError

    def _contours(self, sound: Sound) -> Contours:
        """The channels of a clip over time, without deltas."""
        raise NotImplementedError

    def _check_parameters(self) -> None:
        if self.stats is not None:
            check_statistics(self.stats)

    def _is_table(self) -> bool:
        return self.stats is not None

    def _row_maker(self) -> Callable[[Sound], Any]:
        return self._row

    def _batched(self, batch: Batch) -> BatchContours | None:
        """The channels of all clips from kernels of their own; None if these cannot make them."""
        return None

    def _rows_of(self, batch: Batch, n_jobs: int | None) -> Any:
        channels = self._batched(batch) if batch.has_kernels else None
        if channels is None:
            return super()._rows_of(batch, n_jobs)
        parts = [channels, *(derivative(channels, order) for order in range(1, self.deltas + 1))]
        xp = array_namespace(batch.samples)
        if self.stats is not None and self._are_moments():
            known = [dict(zip(_MOMENTS, mean_and_std(part), strict=True)) for part in parts]
            return xp.concatenate([of[stat] for stat in self.stats for of in known], axis=1)
        if self.stats is None:
            return Stack(parts)
        rows = [statistics(clip.T, self.stats, xp=xp) for clip in Stack(parts).of_clips()]
        return xp.stack([row.ravel() for row in rows])

    def _are_moments(self) -> bool:
        """Whether all statistics are some that kernels take of the channels of a whole batch."""
        return self.stats is not None and set(self.stats) <= set(_MOMENTS)

    def _row(self, sound: Sound) -> Any:
        """Statistics of the channels in a row, or the channels themselves."""
        xp = sound.xp
        values, voiced = self._with_deltas(self._contours(sound), xp)
        if self.stats is None:
            return xp.ascontiguousarray(values.T)
        statistics_of = fastest(statistics, xp)
        if not self._voiced_channels:
            return statistics_of(values, self.stats).ravel()
        needs_voice = self._needs_voice()
        table = xp.empty((len(self.stats), values.shape[1]), dtype=values.dtype)
        table[:, needs_voice] = statistics_of(values[:, needs_voice], self.stats, voiced=voiced)
        if not needs_voice.all():
            table[:, ~needs_voice] = statistics_of(values[:, ~needs_voice], self.stats)
        voiced_ratio = voiced.mean(dtype=values.dtype)
        return xp.append(table.ravel(), voiced_ratio)

    def _with_deltas(self, contours: Contours, xp: Any) -> Contours:
        """The channels, then their first derivatives over time, then their second."""
        values, voiced = contours
        if self.deltas == 0:
            return contours
        smooth = values
        if self._voiced_channels:
            needs_voice = self._needs_voice()[: values.shape[1]]
            smooth = values.copy()
            smooth[:, needs_voice] = bridged(values[:, needs_voice], voiced=voiced, xp=xp)
        parts = [values]
        for order in range(1, self.deltas + 1):
            slopes = fastest(delta, xp)(smooth, order=order)
            if self._voiced_channels:
                slopes[xp.ix_(~voiced, xp.asarray(needs_voice))] = 0
            parts.append(slopes)
        return Contours(xp.concatenate(parts, axis=1), voiced)

    def _needs_voice(self) -> NDArray[np.bool_]:
        """Which channels, deltas included, mean something in voiced frames only."""
        needs = [name in self._voiced_channels for name in self._channel_names()]
        return np.array(needs * (1 + self.deltas))

    def _column_names(self) -> list[str]:
        channels = self._channel_names()
        moving = [f"{name}_delta{order}" for order in ("", "2")[: self.deltas] for name in channels]
        columns = [f"{name}_{stat}" for stat in self.stats or () for name in channels + moving]
        return [*columns, "voiced_ratio"] if self._voiced_channels else columns


def numbered(name: str, count: int) -> list[str]:
    """Names of channels of one kind, ``name00``, ``name01``, ..."""
    width = max(2, len(str(count - 1)))
    return [f"{name}{i:0{width}d}" for i in range(count)]


def _sounds(clips: Iterable[Any]) -> list[Sound]:
    """The clips of a batch one by one, which extractors share."""
    return [Sound(as_float(clip, "X")) for clip in clips]


def _stacked(rows: Iterator[Any], n_rows: int) -> Any:
    """An array ``(n_rows, ...)`` of rows of one shape, filled as they come."""
    first = next(rows)
    stack = array_namespace(first).empty((n_rows, *first.shape), dtype=first.dtype)
    stack[0] = first
    for i, row in enumerate(rows, start=1):
        stack[i] = row
    return stack
