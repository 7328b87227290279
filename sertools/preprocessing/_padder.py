"""Padder: clips of one length, as a 2-D array."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sertools._backend import array_namespace, at_home
from sertools._sklearn import Interval, StrOptions, fit_context, keeps_row_labels
from sertools._validation import check_clips, check_sample_rate
from sertools.core.padding import fit_length


class Padder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Bring clips to one length: cut what is longer, fill what is shorter.

    The length is fixed in `fit` and used for every later clip, so training and use agree.

    Parameters
    ----------
    duration : float or {"max", "median"}, default="max"
        Length in seconds, or that of the longest clip or of the median clip seen in `fit`.
    sr : int, default=16000
        Sample rate of the clips in Hz. Clips that carry another are refused, whatever `duration`
        is: what follows in a pipeline would meet them at the wrong rate.
    align : {"start", "center", "end"}, default="start"
        Where a shorter clip lies in the result, and which part of a longer one is kept.
    mode : {"constant", "reflect", "wrap"}, default="constant"
        What fills a shorter clip: zeros, the clip mirrored at its ends, or the clip repeated.

    Attributes
    ----------
    n_samples_ : int
        Samples in every clip of the result.
    n_features_in_ : int
        Samples per clip seen in `fit`, if it was given an array.
    feature_names_in_ : ndarray of str
        Column names seen in `fit`, if it was given a data frame.

    See Also
    --------
    Trimmer : Cuts the silence at both ends first.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import Padder
    >>> clips = [np.array([1.0, 2.0, 3.0]), np.array([4.0])]
    >>> Padder().fit_transform(clips)
    array([[1., 2., 3.],
           [4., 0., 0.]])
    >>> Padder(duration=5, sr=1, align="center", mode="wrap").fit_transform(clips)
    array([[3., 1., 2., 3., 1.],
           [4., 4., 4., 4., 4.]])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "duration": [Interval(Real, 0, None, closed="neither"), StrOptions({"max", "median"})],
        "sr": [Interval(Integral, 1, None, closed="left")],
        "align": [StrOptions({"start", "center", "end"})],
        "mode": [StrOptions({"constant", "reflect", "wrap"})],
    }

    def __init__(
        self,
        duration: float | str = "max",
        sr: int = 16000,
        align: str = "start",
        mode: str = "constant",
    ) -> None:
        self.duration = duration
        self.sr = sr
        self.align = align
        self.mode = mode

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Fix the length.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_times), or list of arrays of shape (n_times_i,)
            The clips.
        y : ignored
            For scikit-learn's sake.

        Returns
        -------
        self
            The fitted step.
        """
        clips = check_clips(self, X, reset=True)
        check_sample_rate(self, X, self.sr)
        lengths = [len(clip) for clip in clips]
        if self.duration == "max":
            self.n_samples_ = max(lengths)
        elif self.duration == "median":
            self.n_samples_ = round(float(np.median(lengths)))
        else:
            self.n_samples_ = max(1, round(float(self.duration) * self.sr))
        return self

    @keeps_row_labels
    def transform(self, X: Any) -> Any:
        """Cut or fill every clip to the fitted length.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_times), or list of arrays of shape (n_times_i,)
            The clips.

        Returns
        -------
        ndarray of shape (n_clips, ``n_samples_``)
            The clips in a new C-contiguous array of their own type, on their own device.
        """
        check_is_fitted(self)
        clips = check_clips(self, X, reset=False)
        check_sample_rate(self, X, self.sr)
        xp = array_namespace(clips[0])
        with at_home(clips):
            padded = xp.empty((len(clips), self.n_samples_), dtype=clips[0].dtype)
            for row, clip in zip(padded, clips, strict=True):
                row[:] = fit_length(clip, self.n_samples_, align=self.align, mode=self.mode, xp=xp)
        return padded

    @property
    def _n_features_out(self) -> int:
        """Columns of the result, for the names that scikit-learn makes."""
        return self.n_samples_

    @property
    def _row_wise(self) -> bool:
        """Whether the length is given, and not that of some clip in `fit`: see RowCache."""
        return not isinstance(self.duration, str)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
