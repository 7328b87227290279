"""ToDevice: the data change their home, and every later step follows."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from sertools._backend import resolve, to_device
from sertools._clip_step import ClipStep
from sertools._pipelines import refuse_host_steps
from sertools._validation import check_arrays


class ToDevice(ClipStep):
    """Move the data to a device for good; every sertools step after it works there.

    Clips, tables and frames alike go as they are: integer PCM crosses as integers, a quarter or
    half of the bytes of floats, and is scaled where it arrives. NaN may pass: whoever computes
    with the data checks them.

    Parameters
    ----------
    device : {"cuda", "cuda:<index>", "cpu", "auto"}, default="cuda"
        Where to move the data. A GPU that cannot be used is an error that says why; "auto" takes
        the CPU then, and says so in the log.

    Attributes
    ----------
    container_ : {"list", "array"}
        What `fit` was given.
    n_features_in_ : int
        Columns seen in `fit`, if it was given an array.
    feature_names_in_ : ndarray of str
        Column names seen in `fit`, if it was given a data frame.

    See Also
    --------
    gpu_status : Whether a GPU can be used, and if not, why.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import ToDevice
    >>> clips = [np.zeros(16000, dtype="int16"), np.zeros(8000, dtype="int16")]
    >>> moved = ToDevice("cpu").fit_transform(clips)
    >>> moved[1].shape, moved[1].dtype
    ((8000,), dtype('int16'))
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"device": [str]}

    def __init__(self, device: str = "cuda") -> None:
        self.device = device

    def fit(self, X: Any, y: Any = None) -> Self:
        """Check the data and that the device can be used.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...), or list of arrays
            Clips, tables or frames.
        y : ignored
            For scikit-learn's sake.

        Returns
        -------
        self
            The step itself.
        """
        super().fit(X, y)
        resolve(self.device, X)
        return self

    def transform(self, X: Any) -> Any:
        """Move the data.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...), or list of arrays
            Clips, tables or frames.

        Returns
        -------
        array or list of arrays
            The same values and types on the device, in the container they came in. What is
            there already is not copied.

        Raises
        ------
        ValueError
            If a later step of the pipeline is known to work on the CPU only.
        """
        self._validate_params()
        X = self._check(X, reset=False)
        device = resolve(self.device, X)
        if device.kind == "cuda":
            refuse_host_steps(self)
        return to_device(X, device)

    def _check(self, X: Any, *, reset: bool) -> Any:
        """Numbers of any type and shape."""
        return check_arrays(self, X, reset=reset)

    @property
    def _row_wise(self) -> bool:
        """No: it changes where the rows are, and a memory of rows gives them back where X is."""
        return False

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32", "int16", "int32"]
        return tags
