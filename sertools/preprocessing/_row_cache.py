"""RowCache: what was computed of a clip once is not computed again."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from numbers import Integral
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sertools._backend import device_of, resolve, to_device, to_host
from sertools._sklearn import (
    Interval,
    Options,
    _check_feature_names_in,
    fit_context,
    keeps_row_labels,
    show_as,
)
from sertools._threads import map_in_threads
from sertools._validation import check_clips, forget_width, is_source, name_some
from sertools.preprocessing._audio_reader import _as_list
from sertools.preprocessing._cache_batch import Batch
from sertools.preprocessing._cache_keys import contents_of, describe, row_wise_steps
from sertools.preprocessing._cache_memory import Output, RowMemory
from sertools.preprocessing._cache_store import LEAST_BYTES, RowStore, default_folder


def _step_has(method: str) -> Callable[[Any], bool]:
    """A check that the wrapped step has a method."""

    def check(cache: Any) -> bool:
        step = getattr(cache, "transformer_", cache.transformer)
        getattr(step, method)  # where it is missing, the step's own error says why
        return True

    return check


class RowCache(MetaEstimatorMixin, TransformerMixin, BaseEstimator):
    """Remember the rows that a step computes, on disk, by what the clips hold.

    What was computed once is not computed again: not in the next fold, the next search, the next
    process or the next year. Rows are found by the content of clips and files, whatever they are
    called and wherever they stand, together with the steps and their parameters. The result is
    that of the step itself.

    Parameters
    ----------
    transformer : estimator
        An extractor, :class:`AudioReader`, :class:`Trimmer`, a :class:`Padder` to a number of
        seconds, or a pipeline of these: steps that make each row from one clip and nothing else.
        Whatever learns from other rows, as a scaler does, is refused and goes behind RowCache.
    location : str, path-like, False or None, default=None
        Folder of the memory. None is ``sertools`` where the system keeps such things:
        ``$XDG_CACHE_HOME`` or ``~/.cache``, and their likes elsewhere. False remembers nothing, as
        if the step stood there alone; so it is in a model that :func:`load` has loaded.
    verbose : int, default=0
        Above 0, show on standard error a progress bar and how many rows were remembered.
    max_bytes : int or None, default=None
        The size that the memory may have, at least 1 MiB; rows used longest ago go first. None
        sets no bound.

    Attributes
    ----------
    transformer_ : estimator
        The fitted step.
    hits_, misses_ : int
        Rows that the last `transform` remembered, and that it computed. Of equal clips in one `X`
        all but the first are hits.
    n_features_in_ : int
        Samples per clip seen in `fit`, if it was given an array.
    feature_names_in_ : ndarray of str
        Column names seen in `fit`, if it was given a data frame.

    See Also
    --------
    AudioReader : Within RowCache, recordings that are known need not even be decoded.

    Notes
    -----
    A row is remembered under a digest (XXH3, 128 bits) of its samples, their type and shape, or of
    the bytes of its file, and under the class, version and parameters of each step but `device`,
    `n_jobs` and `verbose`. A file that was renamed is found, one that was replaced is not. The
    digest of a file is remembered as long as its inode, size and times stay; files are read for it
    in as many threads as :func:`joblib.parallel_config` says.

    Any number of threads and processes may use one folder, and any of them may be killed. Rows
    that were damaged are noticed and computed again. The memory holds numbers, no code: a foreign
    one can give wrong numbers but run nothing. Machines that share it on a network drive rely on
    the drive's file locks; where these do not work, give each its own.

    Only rows that are missing are computed, about 64 MB of samples at a time, so that a pipeline
    that begins with AudioReader never holds all recordings. A list in which recordings and arrays
    are mixed goes to the step as it is, and nothing of it is remembered.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from sertools import RowCache, ZCRExtractor
    >>> clips = [np.sin(np.arange(16000)), np.sin(np.arange(8000) ** 1.5)]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cache = RowCache(ZCRExtractor(), location=folder).fit(clips)
    ...     first = cache.transform(clips)
    ...     again = cache.transform(clips[::-1])
    ...     print(cache.hits_, cache.misses_, cache.explain(clips[0]))
    2 0 Hit: the row is remembered.
    >>> bool((first == again[::-1]).all())
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any] | str]] = {
        "transformer": "no_validation",  # refused with more words in fit
        "location": [str, os.PathLike, Options(bool, {False}), None],
        "verbose": ["verbose"],
        "max_bytes": [Interval(Integral, LEAST_BYTES, None, closed="left"), None],
    }

    def __init__(
        self,
        transformer: Any,
        location: str | os.PathLike[str] | Literal[False] | None = None,
        verbose: int = 0,
        max_bytes: int | None = None,
    ) -> None:
        self.transformer = transformer
        self.location = location
        self.verbose = verbose
        self.max_bytes = max_bytes

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit the step, on the first row: all that it can learn there is the width of an array.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_times), list of arrays, or sequence of recordings
            What the step takes.
        y : ignored
            For scikit-learn's sake.

        Returns
        -------
        self
            The fitted cache.
        """
        describe(row_wise_steps(self.transformer))  # refuses what cannot be remembered
        rows = self._check(X, reset=True)
        if self.location is not False:
            self._store().check()
        self.transformer_ = clone(self.transformer).fit(rows[:1])
        show_as(self, row_wise_steps(self.transformer_)[-1])
        # Held in a dict, as a transform is to leave the attributes of an estimator alone.
        self._counts = {"hits": 0, "misses": 0}
        return self

    @keeps_row_labels
    def transform(self, X: Any) -> Any:
        """Recall the rows that are known, compute the others and remember them.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_times), list of arrays, or sequence of recordings
            What the step takes.

        Returns
        -------
        array, list of arrays or Clips
            What the step itself would return.
        """
        check_is_fitted(self)
        rows = self._check(X, reset=False)
        is_mixed = type(rows) is list and not all(is_source(row) for row in rows)
        if is_mixed or self.location is False:
            self._counts.update(hits=0, misses=len(rows))
            return self.transformer_.transform(X)
        for step in row_wise_steps(self.transformer_):
            resolve(getattr(step, "device", None), rows)  # one that is missing is an error always
        store = self._store()
        memory = self._memory(rows, store)
        batch = Batch(rows, contents_of(rows, store))
        missing = batch.recall(memory)
        known = memory.output()
        if known is None and not missing:
            missing = [0]  # only the step knows if it takes such rows, and what it makes of them

        def compute(places: list[int]) -> Output:
            computed, output = self._compute(rows, places)
            for i, row in zip(places, computed, strict=True):
                batch.put(i, row)
            memory.remember(batch.worth_keeping(places), output)
            return output

        chunks = batch.chunks(missing)
        label = "Computing rows" if self.verbose and chunks else None
        computed = list(map_in_threads(compute, chunks, n_jobs=1, label=label))
        self._counts.update(hits=len(rows) - len(missing), misses=len(missing))
        if self.verbose:
            print(f"RowCache: {self.hits_} hits, {self.misses_} misses", file=sys.stderr)
        return to_device((known or computed[-1]).filled(batch.rows), device_of(rows))

    def explain(self, row: Any) -> str:
        """Say whether a row is remembered, and if not, why.

        Parameters
        ----------
        row : ndarray of shape (n_times,), str, path-like, bytes or binary file object
            One clip or recording.

        Returns
        -------
        str
            "Hit: ..." or "Miss: ..." and the reason.
        """
        check_is_fitted(self)
        rows = self._check([row], reset=False)
        if self.location is False:
            return "Miss: nothing is remembered with location=False."
        store = self._store()
        (content,) = contents_of(rows, store)
        if content.digest is None:
            return f"Miss: {row!r:.200} cannot be read."
        return self._memory(rows, store).explain(content.digest)

    def clear(self) -> None:
        """Forget all rows in the folder, also those of other steps."""
        if self.location is not False:
            self._store().clear()

    @property
    def hits_(self) -> int:
        """Rows that the last `transform` remembered."""
        check_is_fitted(self)
        return self._counts["hits"]

    @property
    def misses_(self) -> int:
        """Rows that the last `transform` computed."""
        check_is_fitted(self)
        return self._counts["misses"]

    @available_if(_step_has("get_feature_names_out"))
    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Names of the columns, from the step.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Names of the columns of `X`; None takes those seen in `fit`.

        Returns
        -------
        ndarray of str objects
            The names.
        """
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features, generate_names=False)
        return self.transformer_.get_feature_names_out(names)

    @available_if(_step_has("set_output"))
    def set_output(self, *, transform: str | None = None) -> Self:
        """Set the container of the result, as for the step.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None
            The container; None changes nothing.

        Returns
        -------
        self
            The cache itself.
        """
        self.transformer.set_output(transform=transform)
        if hasattr(self, "transformer_"):
            self.transformer_.set_output(transform=transform)
            show_as(self, row_wise_steps(self.transformer_)[-1])
        return self

    def _check(self, X: Any, *, reset: bool) -> Any:
        """The list of items if `X` holds recordings, else checked clips."""
        items = _as_list(X)
        if items is None or not any(is_source(item) for item in items):
            return check_clips(self, X, reset=reset)
        if reset:
            forget_width(self)
        return items

    def _store(self) -> RowStore:
        """The store in the folder."""
        location = self.location or None
        folder = default_folder() if location is None else Path(location).expanduser()
        return RowStore(folder, self.max_bytes)

    def _memory(self, rows: Any, store: RowStore) -> RowMemory:
        """The rows that the fitted steps with their present parameters remember."""
        kind = type(rows).__name__ if isinstance(rows, list) else "array"
        description = describe(row_wise_steps(self.transformer_))
        return RowMemory(store, description, f"{kind} at {getattr(rows, 'sr', None)} Hz")

    def _compute(self, rows: Any, places: list[int]) -> tuple[list[Any], Output]:
        """The rows that the step makes of those at some places, and how it hands them over."""
        part = [rows[i] for i in places] if type(rows) is list else rows[places]
        try:
            result = self.transformer_.transform(part)
        except Exception as error:
            if len(places) < len(rows):
                error.add_note(
                    f"RowCache handed over {len(places)} rows of X, and the error counts those: "
                    f"they are the rows {name_some(places)} of X."
                )
            raise
        output = Output.of(result)
        computed = to_host(result)
        computed = computed if isinstance(computed, list) else list(np.asarray(computed))
        if len(computed) != len(places):
            raise ValueError(
                f"{self.transformer!r} made {len(computed)} rows of {len(places)}: a step that is "
                "row-wise makes one of each."
            )
        return computed, output

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        try:
            steps = row_wise_steps(self.transformer)
        except (TypeError, ValueError):  # refused in fit; until then it can be looked at
            return tags
        tags.input_tags = get_tags(steps[0]).input_tags
        tags.transformer_tags = get_tags(steps[-1]).transformer_tags
        return tags


def inmost(step: Any) -> Any:
    """What gives the rows of a step, within caches and pipelines."""
    while isinstance(step, RowCache | Pipeline):
        if isinstance(step, RowCache):
            step = step.transformer
        else:
            step = step.steps[-1][1] if step.steps else None
    return step
