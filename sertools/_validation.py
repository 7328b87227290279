"""Clips: what they are, the one place that checks them, and the words of every refusal.

A batch of clips is a 2-D array ``(n_clips, n_times)`` or a list of 1-D arrays of any lengths.
"""

from __future__ import annotations

import difflib
import math
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self, SupportsIndex, overload

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from sertools._backend import array_namespace, at_home, device_of, is_device_array, to_host

__all__ = [
    "LARGEST_SAMPLE",
    "Clips",
    "are_samples",
    "as_float",
    "check_arrays",
    "check_clips",
    "check_frames",
    "check_labels",
    "check_rate",
    "check_sample_rate",
    "check_table",
    "did_you_mean",
    "forget_width",
    "holds_sources",
    "is_clip_list",
    "is_source",
    "name_some",
    "raise_no_samples",
    "refuse_missing_labels",
    "warn_user",
]

# Integer PCM by its full scale: 16 and 32 bits are what decoders and sound cards deliver.
_FULL_SCALE = {np.dtype(np.int16): 2.0**15, np.dtype(np.int32): 2.0**31}

# Beyond the widest integers that stand for sound, 32 bits: a larger number is damage, and the
# squares of its spectrum would leave single precision.
LARGEST_SAMPLE = 1e10

# Libraries whose lines tell a user nothing of where a warning comes from.
_INSIDE = ("sertools", "sklearn", "joblib")

_ACCEPTED = "a 2-D array (n_clips, n_times) or a list of 1-D arrays"
_FRAMES = "frames (n_clips, n_channels, n_frames), or a list of arrays (n_channels, n_frames_i)"


class Clips(list[Any]):
    """A list of 1-D waveforms that remembers its sample rate.

    Slices, selections by an array of positions or a mask, copies and sums remember it too. What
    scikit-learn picks from a list in cross-validation is a plain list, which carries no rate.

    Parameters
    ----------
    waveforms : iterable of ndarray of shape (n_times,)
        The clips.
    sr : int or None, default=None
        Their sample rate in Hz; None if it is not known.
    row_labels : index of pandas or None, default=None
        The labels of the series that they were read from; None if there was none.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools.preprocessing import Clips
    >>> clips = Clips([np.zeros(160), np.zeros(80)], sr=16000)
    >>> clips
    Clips(2 clips, sr=16000)
    >>> clips[[1, 0]][0].shape
    (80,)
    """

    # Of a list that is unpickled, which is extended before it has its attributes.
    sr: int | None = None
    row_labels: Any = None

    def __init__(
        self, waveforms: Iterable[Any] = (), sr: int | None = None, row_labels: Any = None
    ) -> None:
        super().__init__(waveforms)
        self.sr = sr
        self.row_labels = row_labels

    @overload
    def __getitem__(self, index: SupportsIndex) -> Any: ...

    @overload
    def __getitem__(self, index: slice | Sequence[int] | NDArray[Any]) -> Clips: ...

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, slice) and np.ndim(index) == 0:
            return super().__getitem__(index)
        places = np.arange(len(self))[index if isinstance(index, slice) else np.asarray(index)]
        labels = self.row_labels
        # As many as there are clips, unless the list was changed since.
        labels = None if labels is None or len(labels) != len(self) else labels[places]
        clips = [super(Clips, self).__getitem__(i) for i in places.tolist()]
        return Clips(clips, sr=self.sr, row_labels=labels)

    def __add__(self, other: list[Any]) -> Clips:
        return Clips([*self, *other], sr=self._rate_with(other))

    def __iadd__(self, other: Iterable[Any]) -> Self:
        self.extend(other)
        return self

    def extend(self, other: Iterable[Any]) -> None:
        """Add clips at the end.

        Parameters
        ----------
        other : iterable of ndarray of shape (n_times,)
            The clips.
        """
        self.sr, self.row_labels = self._rate_with(other), None
        super().extend(other)

    def _rate_with(self, other: Iterable[Any]) -> int | None:
        """The sample rate of these clips and others, which must be one."""
        carried = getattr(other, "sr", None)
        if None not in (self.sr, carried) and self.sr != carried:
            raise ValueError(f"Clips at {self.sr} Hz and at {carried} Hz make no one list.")
        return carried if self.sr is None else self.sr

    def __repr__(self) -> str:
        return f"Clips({len(self)} clips, sr={self.sr})"

    def copy(self) -> Clips:
        """The same clips in another list.

        Returns
        -------
        Clips
            A shallow copy.
        """
        return Clips(self, sr=self.sr, row_labels=self.row_labels)


def check_clips(
    estimator: Any, X: Any, *, reset: bool, convert: bool = True, values: bool = True
) -> Any:
    """Float clips: ``(n_clips, n_times)`` for an array, a list of ``(n_times_i,)`` for a list.

    float32 and float64 stay what they are, int16 and int32 PCM are scaled by their full scale
    to [-1, 1), everything else becomes float32. CuPy arrays stay on their device. Without a
    conversion to make, the memory is the caller's own: do not write to it.

    Parameters
    ----------
    estimator : estimator
        Who asks; named in errors, and the bearer of the width of a 2-D array.
    X : array-like of shape (n_clips, n_times), or list of arrays of shape (n_times_i,)
        The clips.
    reset : bool
        Whether this is a fit, which learns the width (a list has none), or a later call, which
        is held to it.
    convert : bool, default=True
        Whether to give floats, or the clips as they are: whoever works through them one by one
        calls `as_float` on each, and never holds the floats of all.
    values : bool, default=True
        Whether to look for NaN and the like; whoever does so elsewhere spares the time.

    Returns
    -------
    ndarray or Clips
        The checked clips; a list keeps the sample rate it carries.
    """
    _refuse_no_clips(X)
    with at_home(X):
        if not is_clip_list(X):
            return _check_block(estimator, X, reset, convert, values)
        clips = _check_list(X, convert, values)
    if reset:
        forget_width(estimator)
    return clips


def _check_block(estimator: Any, X: Any, reset: bool, convert: bool, values: bool) -> Any:
    """Checked clips of a table or array ``(n_clips, n_times)``."""
    name = type(estimator).__name__
    _refuse_other_kinds(X, name)
    if is_device_array(X):
        block = array_namespace(X).ascontiguousarray(X)
        if 0 in block.shape:
            raise ValueError(f"X has shape {block.shape}: at least one clip of one sample, please.")
    else:
        block = check_array(
            X,
            dtype="numeric",
            order="C" if convert else None,
            ensure_all_finite=False,
            estimator=estimator,
        )
    # Column names only: the width has an error of its own, which knows the way out.
    validate_data(estimator, X, reset=reset, skip_check_array=True, ensure_2d=False)
    width = block.shape[1]
    if reset:
        estimator.n_features_in_ = width
    elif width != getattr(estimator, "n_features_in_", width):
        raise ValueError(
            f"X has {width} features, but {name} is expecting {estimator.n_features_in_} features "
            "as input: it was fitted on clips of that many samples. For clips of other lengths "
            "pass list(X)."
        )
    _refuse_dtype(block, "X")
    if convert:
        block = as_float(block, "X")
        if values and not are_samples(block):
            raise_no_samples(block)
    elif values and not all(_is_usable(row) for row in block):
        raise_no_samples(block)
    return block


def check_arrays(estimator: Any, X: Any, *, reset: bool) -> Any:
    """Numeric data of any shape and type, unconverted: clips, tables, frames, or a list of arrays.

    For steps that hand data on and leave the samples to those who compute with them.
    """
    _refuse_no_clips(X)
    if is_clip_list(X):
        for i, part in enumerate(X):
            _refuse_no_array(part, i)
            _refuse_dtype(part, f"Item {i} of X")
        if reset:
            forget_width(estimator)
        return X if isinstance(X, list) else list(X)
    if is_device_array(X):
        return validate_data(estimator, X, reset=reset, skip_check_array=True)
    return validate_data(
        estimator, X, reset=reset, dtype="numeric", allow_nd=True, ensure_all_finite=False
    )


def check_table(estimator: Any, X: Any, *, reset: bool, allow_nan: bool = False) -> Any:
    """A table ``(n_rows, n_features)`` of floats, where it is: NumPy, or CuPy on its device.

    float32 and float64 stay what they are, everything else becomes float64.
    """
    name = type(estimator).__name__
    _refuse_no_table(X, name)
    if not is_device_array(X):
        finite: Any = "allow-nan" if allow_nan else True
        types = (np.float64, np.float32)
        try:
            return validate_data(estimator, X, reset=reset, dtype=types, ensure_all_finite=finite)
        except ValueError as error:
            if "could not convert string" in str(error):
                raise ValueError(
                    f"X holds text in columns {name_some(_columns_of_text(X))} ({error}), and "
                    f"{name} takes numbers: leave such columns out."
                ) from error
            if "contains NaN" in str(error) or "contains infinity" in str(error):
                table = check_array(X, dtype=types, ensure_all_finite=False)
                _refuse_not_finite(table, X, name, allow_nan)
            raise
    if X.ndim != 2 or 0 in X.shape:
        raise ValueError(f"X has shape {X.shape}: a table has 2 dimensions, neither of them 0.")
    _refuse_dtype(X, "X")
    validate_data(estimator, X, reset=reset, skip_check_array=True)
    with at_home(X):
        table = X if X.dtype in (np.float32, np.float64) else X.astype(np.float64)
        _refuse_not_finite(table, X, name, allow_nan)
    return table


def _refuse_not_finite(table: Any, X: Any, name: str, allow_nan: bool) -> None:
    """Refuse a table ``(n_rows, n_features)`` with NaN or infinity, and say where it has them."""
    xp = array_namespace(table)
    bad = xp.isinf(table) if allow_nan else ~xp.isfinite(table)
    if not bool(bad.any()):
        return
    rows, columns = (np.flatnonzero(to_host(bad.any(axis=axis))) for axis in (1, 0))
    has_infinity = bool(xp.isinf(table).any())
    names = np.asarray(getattr(X, "columns", np.arange(table.shape[1])))[columns]
    way_out = "" if has_infinity else ", or put scikit-learn's SimpleImputer() before it"
    raise ValueError(
        f"Input X contains {'infinity' if has_infinity else 'NaN'} in {len(rows)} of {len(table)} "
        f"rows ({name_some(rows)}) and {len(columns)} of {table.shape[1]} columns "
        f"({name_some(names)}), and {name} does not accept it: leave these rows out{way_out}."
    )


def _columns_of_text(X: Any) -> list[Any]:
    """The columns of a table in which there is text, by name or number."""
    import pandas as pd

    columns = pd.DataFrame(X).items()
    return [name for name, cells in columns if cells.map(lambda cell: isinstance(cell, str)).any()]


def check_frames(estimator: Any, X: Any, *, reset: bool) -> Any:
    """Frames ``(n_clips, n_channels, n_frames)``, or a list of ``(n_channels, n_frames_i)``.

    A list of 1-D arrays and a table are frames of one channel. float32 and float64 stay what they
    are, everything else becomes floats. `reset` sets `n_channels_in_`, which later calls are held
    to, and for a table its width.
    """
    name = type(estimator).__name__
    if is_source(X) or holds_sources(X):
        raise ValueError(
            f"X holds recordings or text, and {name} takes {_FRAMES}: put AudioReader() and an "
            "extractor with stats=None before it."
        )
    if isinstance(X, list | tuple) and not X:
        raise ValueError(f"X holds 0 clips, and {name} takes {_FRAMES}: pass at least 1.")
    if is_clip_list(X) or _holds_channels(X):
        with at_home(X):
            frames = [_frames_of(clip, f"Clip {i} of X", name) for i, clip in enumerate(X)]
        if reset:
            forget_width(estimator)
        counts = [len(clip) for clip in frames]
    elif getattr(X, "ndim", 2) == 3:
        if 0 in X.shape:
            raise ValueError(f"X has shape {X.shape}: no axis of {_FRAMES} is empty.")
        with at_home(X):
            x = X if is_device_array(X) else np.asarray(X)
            frames = _as_numbers(x, "X")
            if not bool(array_namespace(frames).isfinite(frames).all()):
                for i, clip in enumerate(frames):
                    _finite(clip, f"Clip {i} of X", name)
        if reset:
            forget_width(estimator)
        counts = [X.shape[1]]
    elif getattr(X, "ndim", 2) > 3:
        raise ValueError(f"X has shape {X.shape}, and {name} takes {_FRAMES}.")
    else:
        frames = check_table(estimator, X, reset=reset)[:, None]
        counts = [1]
    expected = counts[0] if reset else estimator.n_channels_in_
    for i, count in enumerate(counts):
        if count != expected:
            other = "clip 0 has" if reset else f"{name} was fitted on"
            what = f"Clip {i} of X" if isinstance(frames, list) else "X"
            raise ValueError(
                f"{what} has {count} channels, and {other} {expected}: frames are of shape "
                "(n_channels, n_frames), all with the same channels. Transpose them if the axes "
                "are the other way round."
            )
    if reset:
        estimator.n_channels_in_ = expected
    return frames


def _frames_of(clip: Any, what: str, name: str) -> Any:
    """Frames ``(n_channels, n_frames)`` of a clip in a list."""
    if isinstance(clip, list | tuple):
        lengths = [np.size(channel) for channel in clip]
        if len(set(lengths)) > 1:
            raise ValueError(
                f"{what} has channels of different lengths ({name_some(lengths)} frames): all "
                "channels of a clip have the same frames."
            )
        clip = np.array(clip)
    if not (isinstance(clip, np.ndarray) or is_device_array(clip)):
        raise TypeError(f"{what} is a {type(clip).__name__}, and {name} takes {_FRAMES}.")
    if clip.ndim not in (1, 2) or 0 in clip.shape:
        raise ValueError(f"{what} has shape {clip.shape}, and {name} takes {_FRAMES}.")
    return _finite(_as_numbers(clip if clip.ndim == 2 else clip[None], what), what, name)


def _holds_channels(X: Any) -> bool:
    """Whether `X` is a list of clips that are lists of channels."""
    if not isinstance(X, list | tuple) or not X or not isinstance(X[0], list | tuple):
        return False
    return any(np.ndim(channel) == 1 for channel in X[0])


def _as_numbers(x: Any, what: str) -> Any:
    """Numbers as float32 or float64, and not scaled."""
    _refuse_dtype(x, what)
    dtype = x.dtype.newbyteorder("=")
    return x.astype(dtype if dtype in (np.float32, np.float64) else np.float32, copy=False)


def _finite(x: Any, what: str, name: str) -> Any:
    """What was given, if it is finite."""
    if not bool(array_namespace(x).isfinite(x).all()):
        raise ValueError(
            f"{what} contains NaN or infinity, which {name} does not take: repair it or leave it "
            "out."
        )
    return x


def check_labels(values: Any, n_rows: int, name: str) -> NDArray[Any]:
    """One label for each row ``(n_rows,)``, on the host, none of them missing."""
    labels = np.asarray(to_host(values))
    if labels.shape != (n_rows,):
        raise ValueError(
            f"{name} has shape {labels.shape} and X has {n_rows} rows: give one value for each row."
        )
    refuse_missing_labels(values, name)
    return labels


def refuse_missing_labels(values: Any, name: str) -> None:
    """Refuse labels that are missing, or of several types.

    Of a list NumPy would make text: "nan" is no emotion.
    """
    kind = object if isinstance(values, list | tuple) else None
    labels = np.asarray(to_host(values), dtype=kind)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1 or labels.dtype.kind in "biuSU":
        return

    import pandas as pd

    missing = np.flatnonzero(pd.isna(labels))
    if len(missing):
        raise ValueError(
            f"{name} is missing for {len(missing)} rows ({name_some(missing)}): name them, or "
            "leave these rows out."
        )
    try:
        np.unique(labels)
    except TypeError as error:
        raise ValueError(
            f"{name} holds labels of several types ({error}): make all text, or all numbers."
        ) from error


def _refuse_no_table(X: Any, name: str) -> None:
    """Explain what to do with clips, recordings or frames where a table is needed."""
    way_out = (
        f"and {name} takes a table (n_rows, n_features): put an extractor with stats before it, "
        "such as AcousticExtractor()"
    )
    if is_clip_list(X) and not _are_rows(X):
        raise ValueError(f"X is a list of arrays, clips or frames, {way_out}.")
    if is_source(X) or holds_sources(X):
        raise ValueError(f"X holds recordings or text, {way_out}, and AudioReader() before that.")
    if getattr(X, "ndim", 2) > 2:
        raise ValueError(f"Found array with dim {X.ndim}, frames of shape {X.shape}, {way_out}.")


def _are_rows(X: Any) -> bool:
    """Whether a list of arrays is a table row by row, which scikit-learn takes for one."""
    is_plain = type(X) in (list, tuple) and all(isinstance(row, np.ndarray) for row in X)
    return is_plain and len({row.shape for row in X}) == 1 and X[0].ndim == 1


def is_clip_list(X: Any) -> bool:
    """Whether `X` is a list (or tuple, object array, Series) of arrays, and not a table of numbers.

    A list of lists of numbers is a table, as everywhere in scikit-learn.
    """
    if isinstance(X, Clips):
        return True
    if not isinstance(X, list | tuple):
        one_dimensional_objects = getattr(X, "dtype", None) == np.dtype(object) and X.ndim == 1
        if not one_dimensional_objects:
            return False
    return any(isinstance(clip, np.ndarray) or is_device_array(clip) for clip in X)


def is_source(item: Any) -> bool:
    """Whether `item` is something to read: a path, bytes or a file object."""
    return isinstance(item, str | os.PathLike | bytes | bytearray | memoryview) or (
        hasattr(item, "read") and hasattr(item, "seek")
    )


def holds_sources(X: Any) -> bool:
    """Whether there are recordings to read in a list, tuple, Series or 1-D array."""
    is_row = isinstance(X, list | tuple) or getattr(X, "ndim", None) == 1
    return is_row and any(map(is_source, X))


def check_rate(sr: Any) -> int:
    """A sample rate as an int, or the refusal of what is none."""
    is_number = isinstance(sr, int | float | np.number) and not isinstance(sr, bool)
    if not (is_number and 0 < sr < np.inf and int(sr) == sr):
        raise ValueError(f"sr={sr!r}: a sample rate is a whole number of Hz above 0.")
    return int(sr)


def check_sample_rate(estimator: Any, X: Any, sr: int | None) -> None:
    """Refuse clips that carry another sample rate than the `sr` an estimator works at, if any."""
    carried = getattr(X, "sr", None)
    if None not in (carried, sr) and carried != sr:
        raise ValueError(
            f"The clips are at {carried} Hz and {type(estimator).__name__} works at {sr} Hz: give "
            f"it sr={carried}, or resample while reading with AudioReader(sr={sr})."
        )


def warn_user(message: str) -> None:
    """Warn at the line that led here from outside, however deep within libraries this is."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back and frame.f_globals["__name__"].partition(".")[0] in _INSIDE:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, UserWarning, stacklevel=level)


def did_you_mean(word: object, known: Iterable[object]) -> str:
    """A hint at the known word nearest to an unknown one, or nothing if none is near."""
    near = difflib.get_close_matches(str(word).lower(), [str(k) for k in known], n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def name_some(items: Iterable[Any], limit: int = 10) -> str:
    """The first items in words, and how many more there are."""
    listed = [str(item) for item in items]
    more = len(listed) - limit
    return ", ".join(listed[:limit]) + (f" and {more} more" if more > 0 else "")


def _check_list(X: Any, convert: bool, values: bool) -> Clips:
    """Checked clips ``(n_times_i,)`` of a list, as floats or as they are."""
    kinds: dict[Any, int] = {}
    for i, clip in enumerate(X):
        _refuse_no_array(clip, i)
        if clip.ndim != 1:
            raise ValueError(
                f"Clip {i} of X has shape {clip.shape}, and a clip is 1-D. If the short axis holds "
                "channels, average them (AudioReader does so with mono=True)."
            )
        if len(clip) == 0:
            raise ValueError(
                f"Clip {i} of X is empty (0 samples): leave it out, or give it at least 1 sample."
            )
        native = clip.dtype.newbyteorder("=")
        kinds.setdefault((type(clip).__module__.partition(".")[0], native, device_of(clip)), i)
    if len(kinds) > 1:
        # A common type would make a clip's result depend on its neighbours.
        found = name_some(
            f"clip {i} is {module} {dtype}" + (f" on {device}" if module == "cupy" else "")
            for (module, dtype, device), i in kinds.items()
        )
        raise ValueError(
            f"The clips of X are of several types or places ({found}): convert all to one type, "
            "and move them to one place (ToDevice does that)."
        )
    clips = Clips(X, sr=getattr(X, "sr", None))
    bad = []
    for i, clip in enumerate(clips):
        _refuse_dtype(clip, f"Clip {i} of X")
        if values and not _is_usable(clip):
            bad.append(i)
        elif convert:
            clips[i] = as_float(clip, f"Clip {i} of X")
    if bad:
        raise_no_samples(clips, bad)
    return clips


def _refuse_no_clips(X: Any) -> None:
    """Refuse an empty list, array or Series, and what is no collection of clips at all."""
    if hasattr(X, "groups") and hasattr(X, "paths"):
        raise TypeError("X is a corpus: pass its clips, corpus.X (and corpus.y, corpus.groups).")
    if isinstance(X, Iterator):
        raise TypeError(f"X is a {type(X).__name__}, which can be read once: pass list(X).")
    if type(X) in (dict, set, frozenset):  # and not what derives from them: sparse matrices
        raise TypeError(f"X is a {type(X).__name__}: pass a list of its clips or recordings.")
    is_row = isinstance(X, list | tuple) or getattr(X, "ndim", None) == 1
    if is_row and len(X) == 0:
        raise ValueError("X holds 0 clips: pass at least 1.")


def _refuse_no_array(item: Any, i: int) -> None:
    """Refuse an item of a list of arrays that is none."""
    if not (isinstance(item, np.ndarray) or is_device_array(item)):
        raise TypeError(
            f"Clip {i} of X is a {type(item).__name__}, others are arrays: make every clip a 1-D "
            "array (AudioReader reads paths)."
        )


def _refuse_other_kinds(X: Any, name: str) -> None:
    """Explain what to do with input that is no batch of clips at all."""
    is_list = isinstance(X, list | tuple)
    first = X[0] if is_list else None
    if isinstance(first, str | bytes | os.PathLike) or (
        isinstance(X, np.ndarray) and X.dtype.kind in "US"
    ):
        raise ValueError(
            f"X holds text, and {name} takes waveforms: {_ACCEPTED}. If these are paths, put "
            "AudioReader() first in the pipeline."
        )
    if is_list and isinstance(first, list | tuple) and len({_length(row) for row in X}) > 1:
        raise ValueError(
            f"X is a list of lists of different lengths. Make every clip an array: {name} takes "
            f"{_ACCEPTED}."
        )
    if isinstance(X, str | os.PathLike | None):
        raise ValueError(
            f"X is {X!r}, and {name} takes waveforms: {_ACCEPTED}. If it is the path of a "
            "recording, pass [path] to a pipeline that begins with AudioReader()."
        )
    ndim = getattr(X, "ndim", None)
    if ndim == 2 and _holds_arrays(X):
        raise ValueError(
            "X is a table whose cells are arrays: pass the column of clips itself, as in "
            'frame["clip"], or "clip" without brackets to a ColumnTransformer.'
        )
    if ndim == 1 and X.dtype.kind in "fiu":
        raise ValueError(
            f"Expected {_ACCEPTED}, got 1D array instead: X has shape {X.shape}. If it is one "
            "clip, pass [X]. Reshape your data if it is something else."
        )
    if ndim is not None and ndim > 2:
        raise ValueError(
            f"X has shape {X.shape}, and {name} takes {_ACCEPTED}. If one axis holds channels, "
            "average them."
        )
    if is_list and hasattr(first, "__array__"):
        raise TypeError(
            f"The clips of X are {type(first).__name__} objects: make them arrays, "
            "[numpy.asarray(clip) for clip in X]."
        )


def _holds_arrays(X: Any) -> bool:
    """Whether the first cell of an array or data frame is an array."""
    cells = X.to_numpy() if hasattr(X, "to_numpy") else X
    return cells.dtype == object and cells.size > 0 and isinstance(cells.flat[0], np.ndarray)


def _length(row: Any) -> int:
    """Length of a list, -1 for anything else."""
    return len(row) if isinstance(row, list | tuple) else -1


def _refuse_dtype(x: Any, what: str) -> None:
    """Refuse samples that are no real numbers."""
    if x.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: {what} is {x.dtype}, not a waveform.")
    if x.dtype.kind not in "fiub":
        raise ValueError(f"{what} is of type {x.dtype}; samples are floats or integers.")


def as_float(x: Any, what: str) -> Any:
    """Samples as float32 or float64, integer PCM scaled to [-1, 1); `what` is what errors say."""
    _refuse_dtype(x, what)
    dtype = x.dtype.newbyteorder("=")
    if dtype in (np.float32, np.float64):
        return x.astype(dtype, copy=False)
    samples = x.astype(np.float32)
    if dtype in _FULL_SCALE:
        samples *= np.float32(1 / _FULL_SCALE[dtype])
    return samples


def _is_usable(x: Any) -> bool:
    """Whether a clip holds samples as floats; short integers do, and need no conversion to tell."""
    return (x.dtype.kind in "iub" and x.dtype.itemsize <= 4) or are_samples(as_float(x, "X"))


def are_samples(x: Any) -> bool:
    """Whether no number is NaN, infinite or too large for a sample."""
    xp = array_namespace(x)
    with np.errstate(over="ignore", invalid="ignore"):
        # One bad number shows in a sum of squares, which BLAS makes in half the time of a mask; a
        # large sum of many good ones sends us to the mask.
        energy = xp.vdot(x, x)
        return bool(energy <= LARGEST_SAMPLE**2) or bool((xp.abs(x) <= LARGEST_SAMPLE).all())


def raise_no_samples(clips: Any, bad: list[int] | None = None) -> None:
    """Name the clips and the first place that hold NaN, infinity or numbers too large."""
    if bad is None:
        bad = [i for i, clip in enumerate(clips) if not _is_usable(clip)]
    first = as_float(to_host(clips[bad[0]]), "X")
    at = int(np.argmax(~(np.abs(first) <= LARGEST_SAMPLE)))
    sample = float(first[at])
    kind = "NaN" if math.isnan(sample) else f"{sample:g}"
    which = "Clip {} of X contains" if len(bad) == 1 else "Clips {} of X contain"
    raise ValueError(
        f"{which.format(name_some(bad))} NaN, inf or numbers beyond {LARGEST_SAMPLE:g}, "
        f"which are no samples; the first is {kind} in clip {bad[0]} at sample {at}. A feature of "
        "such a clip would mean nothing: repair it or leave it out."
    )


def forget_width(estimator: Any) -> None:
    """Drop what an earlier fit on a 2-D array learnt: a list has no width."""
    for attribute in ("n_features_in_", "feature_names_in_"):
        if hasattr(estimator, attribute):
            delattr(estimator, attribute)
