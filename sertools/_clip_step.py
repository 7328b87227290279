"""What the steps that turn clips into clips have in common."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sertools._sklearn import _check_feature_names_in, fit_context
from sertools._validation import check_clips


class ClipStep(TransformerMixin, BaseEstimator):
    """Base of the stateless steps: clips in, clips out, nothing learnt but the kind of container.

    A subclass writes its parameters, their constraints and ``transform``.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Keep scikit-learn from making data frames of clips, for each subclass anew."""
        super().__init_subclass__(auto_wrap_output_keys=None, **kwargs)

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Check the parameters and the clips.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_times), or list of arrays of shape (n_times_i,)
            The clips.
        y : ignored
            For scikit-learn's sake.

        Returns
        -------
        self
            The step itself.
        """
        checked = self._check(X, reset=True)
        self.container_ = "list" if isinstance(checked, list) else "array"
        return self

    def _check(self, X: Any, *, reset: bool) -> Any:
        """The checked input."""
        return check_clips(self, X, reset=reset)

    def set_output(self, *, transform: str | None = None) -> Self:
        """Accept a pipeline's wish for data frames; clips are no table and stay what they are.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None
            Taken for the sake of ``Pipeline.set_output``, without effect here.

        Returns
        -------
        self
            The step itself.
        """
        if transform not in (None, "default", "pandas", "polars"):
            raise ValueError(
                f'transform={transform!r}: give "default", "pandas", "polars" or None.'
            )
        return self

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Names of the columns of a 2-D array, passed on; none for a list, which has no columns.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Names of the columns; None takes those seen in `fit`.

        Returns
        -------
        ndarray of str objects
            The names.
        """
        check_is_fitted(self, "container_")
        if self.container_ == "list":
            return np.array([], dtype=object)
        return _check_feature_names_in(self, input_features)

    @property
    def _row_wise(self) -> bool:
        """Whether what becomes of a clip depends on that clip and the parameters: see RowCache."""
        return True

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
