"""FeatureScaler: features with one centre and one spread, and no number that outvotes the rest."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sertools._backend import array_namespace, at_home, to_host
from sertools._sklearn import Interval, fit_context
from sertools._validation import check_labels, check_table, name_some

# A spread below this share of the mean is rounding: the column is constant.
_ROUNDING = 1e-6


class FeatureScaler(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Standardise features by the clips that are no copies, and end them at a limit.

    Mean and standard deviation are those of recordings, for it is recordings that are predicted:
    copies, as :class:`AugmentedClassifier` makes them, count for nothing. Of thousands of features
    some are always far out, and where distances are what counts, as to kernel ridge, one that lies
    ten standard deviations away weighs more than a hundred others: it is taken back to the limit.

    Parameters
    ----------
    limit : float or None, default=4.0
        Standard deviations from the mean at which a feature ends; None is no limit.

    Attributes
    ----------
    mean_, scale_ : ndarray of shape (n_features,)
        Mean and standard deviation of the training clips, the latter 1 for a constant.
    n_features_in_ : int
        Columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Column names seen in `fit`, if it was given a data frame.

    See Also
    --------
    sklearn.preprocessing.StandardScaler : Without a limit, and counts copies as clips.
    SpeakerNormalizer : Standardises each speaker's features.

    Notes
    -----
    With metadata routing switched on, `copies` is requested by `fit`. Statistics are float64 on the
    host; a CuPy table is worked on, and comes back, where it is.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import FeatureScaler
    >>> scaler = FeatureScaler(limit=2).fit(np.array([[1.0], [3.0], [90.0]]), copies=[0, 0, 1])
    >>> scaler.transform([[4.0], [5.0]])
    array([[2.],
           [2.]])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "limit": [Interval(Real, 0, None, closed="neither"), None],
    }

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"copies": True}

    def __init__(self, limit: float | None = 4.0) -> None:
        self.limit = limit

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None, copies: ArrayLike | None = None) -> Self:
        """Learn mean and standard deviation.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            The features.
        y : ignored
            For scikit-learn's sake.
        copies : array-like of shape (n_clips,) or None, default=None
            0 for a recording, and the number of the copy for an augmented one; None is 0 for all.

        Returns
        -------
        self
            The fitted scaler.
        """
        table = check_table(self, X, reset=True)
        with at_home(table):
            if copies is not None:
                numbers = check_labels(copies, len(table), "copies")
                if numbers.dtype.kind not in "biuf":
                    raise ValueError(
                        f"copies are {numbers[0]!r} and the like: give numbers, 0 for a recording."
                    )
                is_recording = numbers == 0
                if not is_recording.any():
                    raise ValueError(
                        "copies are all above 0: without a recording there is no mean."
                    )
                table = table[array_namespace(table).asarray(is_recording)]
            mean = to_host(table.mean(axis=0, dtype=np.float64))
            with np.errstate(over="ignore"):  # is refused
                spread = to_host(table.std(axis=0, dtype=np.float64))
        if not np.isfinite(spread).all():
            raise ValueError(
                f"Columns {name_some(np.flatnonzero(~np.isfinite(spread)))} of X hold numbers "
                "whose squares leave double precision: scale them, or take their logarithm."
            )
        self.mean_ = mean
        self.scale_ = np.where(spread > _ROUNDING * np.abs(mean), spread, 1.0)
        return self

    def transform(self, X: Any) -> Any:
        """Standardise the features, and end them at the limit.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            The features.

        Returns
        -------
        array of shape (n_clips, n_features)
            In the precision of `X`, and where it is.
        """
        check_is_fitted(self)
        table = check_table(self, X, reset=False)
        with at_home(table):
            xp = array_namespace(table)
            mean, scale = (xp.asarray(of, dtype=table.dtype) for of in (self.mean_, self.scale_))
            scaled = table - mean
            scaled /= scale
            if self.limit is not None:
                xp.clip(scaled, -self.limit, self.limit, out=scaled)
            return scaled

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
