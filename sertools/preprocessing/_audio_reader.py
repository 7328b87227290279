"""AudioReader: recordings become clips of one sample rate."""

from __future__ import annotations

import os
from numbers import Integral, Real
from threading import Lock
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from sertools import audio
from sertools._clip_step import ClipStep
from sertools._sklearn import Interval, StrOptions, keeps_row_labels
from sertools._threads import map_in_threads
from sertools._validation import (
    Clips,
    check_clips,
    check_sample_rate,
    forget_width,
    is_source,
    name_some,
    warn_user,
)

# Long enough for any frame length in use, short enough to weigh nothing.
_SILENCE_SECONDS = 0.1
_SILENCE_SR = 16000  # where neither the parameter nor any other recording says a rate


class AudioReader(ClipStep):
    """Read recordings: paths, file objects or bytes in, clips of one sample rate out.

    Waveforms pass through unchanged, so the same pipeline takes paths or arrays. Files are read in
    threads (decoding and resampling let Python go), and every file that cannot be read is named
    in one error, not one error per run.

    Parameters
    ----------
    sr : int or None, default=16000
        Sample rate of the result in Hz; None keeps the rate of the files, which must agree.
    mono : bool, default=True
        Average the channels. If False, recordings of several channels come as
        ``(n_channels, n_times)``, for steps of your own: those of sertools take mono clips.
    offset : float, default=0.0
        Seconds to skip at the start of every recording.
    duration : float or None, default=None
        Seconds to read at most; None reads to the end.
    n_jobs : int or None, default=None
        Threads that read; None is 1 (or what :func:`joblib.parallel_config` says), -1 all cores.
    on_error : {"raise", "silence"}, default="raise"
        What to do with recordings that cannot be read: name them all in an error, or put 0.1 s of
        silence in their place and name them all in a warning.
    verbose : int, default=0
        Show a progress bar if above 0.

    Attributes
    ----------
    container_ : {"list", "array"}
        What `fit` was given.
    n_features_in_ : int
        Samples per clip seen in `fit`, if it was given an array of waveforms.
    feature_names_in_ : ndarray of str
        Column names seen in `fit`, if it was given a data frame of waveforms.

    See Also
    --------
    sertools.audio.read : Reads one recording.

    Examples
    --------
    >>> import io, numpy as np, sertools
    >>> file = io.BytesIO()
    >>> sertools.audio.write(file, np.zeros(48000), sr=48000)
    >>> clips = sertools.AudioReader(sr=16000).fit_transform([file])
    >>> clips[0].shape, clips.sr
    ((16000,), 16000)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "sr": [Interval(Integral, 1, None, closed="left"), None],
        "mono": ["boolean"],
        "offset": [Interval(Real, 0, None, closed="left")],
        "duration": [Interval(Real, 0, None, closed="neither"), None],
        "n_jobs": [Integral, None],
        "on_error": [StrOptions({"raise", "silence"})],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        sr: int | None = 16000,
        mono: bool = True,
        offset: float = 0.0,
        duration: float | None = None,
        n_jobs: int | None = None,
        on_error: str = "raise",
        verbose: int = 0,
    ) -> None:
        self.sr = sr
        self.mono = mono
        self.offset = offset
        self.duration = duration
        self.n_jobs = n_jobs
        self.on_error = on_error
        self.verbose = verbose

    def fit(self, X: Any, y: Any = None) -> Self:
        """Check the parameters and that `X` can be read from; no file is opened.

        Parameters
        ----------
        X : sequence of str, path-like, bytes or binary file objects, or clips
            The recordings.
        y : ignored
            For scikit-learn's sake.

        Returns
        -------
        self
            The step itself.
        """
        return super().fit(X, y)

    @keeps_row_labels
    def transform(self, X: Any) -> Any:
        """Read the recordings.

        Parameters
        ----------
        X : sequence of str, path-like, bytes or binary file objects, or clips
            The recordings; 1-D arrays among them, or a 2-D array of clips, pass through.

        Returns
        -------
        Clips or ndarray of shape (n_clips, n_times)
            A list of waveforms that carries its sample rate, in the order of `X`; an array for an
            array.

        Raises
        ------
        AudioFileError
            If recordings cannot be read; the message names them and `failures` lists the reasons.
        ValueError
            If waveforms carry another rate than `sr`, or are no clips.
        """
        self._validate_params()
        items = self._check(X, reset=False)
        places = [i for i, item in enumerate(items) if is_source(item)]
        if not places:
            return items
        read = self._read_all(items, places)
        if len(places) == len(items):
            return read
        check_sample_rate(self, items, read.sr)
        mixed = Clips(items, sr=read.sr)
        for i, clip in zip(places, read, strict=True):
            mixed[i] = clip
        return check_clips(self, mixed, reset=False)

    def _check(self, X: Any, *, reset: bool) -> Any:
        """The list of sources and waveforms in `X`, or checked clips if it holds waveforms only."""
        items = _as_list(X)
        if items is None or not any(is_source(item) for item in items):
            check_sample_rate(self, X, self.sr)
            return check_clips(self, X, reset=reset)
        for i, item in enumerate(items):
            if not (is_source(item) or isinstance(item, np.ndarray)):
                raise TypeError(
                    f"Item {i} of X is {item!r:.80}: AudioReader takes paths, bytes, binary file "
                    "objects and 1-D arrays."
                )
        if reset:
            forget_width(self)
        return items

    def _read_all(self, items: list[Any], places: list[int]) -> Clips:
        """The recordings at some places of `X`, with silence for those that cannot be read."""
        # A file object that stands in the list twice must not be sought by two threads at once.
        locks = {id(items[i]): Lock() for i in places if hasattr(items[i], "seek")}

        def read(i: int) -> tuple[Any, int] | OSError:
            lock = locks.get(id(items[i]))
            if lock is None:
                return self._read(items[i], i)
            with lock:
                return self._read(items[i], i)

        clips: list[Any] = []
        rates: set[int] = set()
        failures: list[OSError] = []
        label = "Reading" if self.verbose else None
        for result in map_in_threads(read, places, n_jobs=self.n_jobs, label=label):
            if isinstance(result, OSError):
                failures.append(result)
                clips.append(None)
            else:
                clips.append(result[0])
                rates.add(result[1])
        if len(rates) > 1:
            raise ValueError(
                f"The recordings have the rates {name_some(sorted(rates))} Hz: give AudioReader "
                "the one to resample to, such as sr=16000."
            )
        sr = rates.pop() if rates else self.sr or _SILENCE_SR
        if failures:
            self._report(failures, len(places))
            silence = np.zeros(round(_SILENCE_SECONDS * sr), dtype=np.float32)
            clips = [silence if clip is None else clip for clip in clips]
        return Clips(clips, sr=sr)

    def _read(self, source: Any, place: int) -> tuple[Any, int] | OSError:
        """Waveform and rate of one recording, or the reason why there is none."""
        try:
            return audio.read(
                source, self.sr, mono=self.mono, offset=self.offset, duration=self.duration
            )
        except OSError as error:
            is_named = isinstance(source, str | os.PathLike)
            return error if is_named else audio.AudioFileError(f"item {place} of X, {error}")

    def _report(self, failures: list[OSError], total: int) -> None:
        """Raise one error, or warn once, that names every recording that could not be read."""
        if self.on_error == "raise":
            advice = (
                'Repair them or leave them out, or take on_error="silence" to put silence in their '
                "place. The error's `failures` lists them all."
            )
            raise audio.AudioFileError.of_many(failures, total, advice)
        advice = f"They became {_SILENCE_SECONDS} s of silence."
        warn_user(str(audio.AudioFileError.of_many(failures, total, advice)))

    @property
    def _row_wise(self) -> bool:
        """Not if the files must agree on a rate, or if what fails is told in a warning only."""
        return self.sr is not None and self.on_error == "raise"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        return tags


def _as_list(X: Any) -> list[Any] | None:
    """The items of a list, tuple, 1-D object or text array or Series; None for anything else."""
    if is_source(X):
        raise ValueError("X is one recording, and AudioReader takes several: pass [X].")
    if isinstance(X, list | tuple):
        return X if isinstance(X, Clips) else list(X)
    dtype = getattr(X, "dtype", None)
    is_numeric = isinstance(dtype, np.dtype) and dtype.kind not in "OUST"
    if getattr(X, "ndim", None) == 1 and not is_numeric:
        return X.tolist()
    if not is_numeric and getattr(X, "ndim", None) == 2 and _holds_text(np.asarray(X)):
        raise ValueError(
            f"X is a table of shape {X.shape} with text in it: pass the one column that holds the "
            'paths, such as X["path"].'
        )
    return None


def _holds_text(table: NDArray[Any]) -> bool:
    """Whether there is a path in the first row of a table ``(n_rows, n_columns)``, or no row."""
    return len(table) == 0 or any(is_source(cell) for cell in table[0])
