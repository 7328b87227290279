"""ToDevice: the data change their home, and every later step follows."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Iterator
from typing import Any, ClassVar, Self

from sklearn import get_config
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags

from sertools._backend import resolve, to_device
from sertools._validation import check_arrays
from sertools.preprocessing._base import ClipStep


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
            _refuse_host_steps()
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


def _refuse_host_steps() -> None:
    """Refuse a pipeline that would hand arrays on a GPU to a step on the CPU.

    CuPy refuses that as well, but names no step, and only once all features are computed. No step
    is told which pipeline it is in, so it is looked for among the callers.
    """
    for frame, _ in traceback.walk_stack(inspect.currentframe()):
        caller = frame.f_locals.get("self")
        if not isinstance(caller, Pipeline):
            continue
        mover = None
        for name, step in _steps_of(caller):
            if isinstance(step, ToDevice):
                mover = step if resolve(step.device).kind == "cuda" else None
            elif mover is not None and _is_of_the_host(step):
                raise ValueError(_out_of_place(name, step, mover))


def _steps_of(pipeline: Pipeline) -> Iterator[tuple[str, Any]]:
    """Names and steps, with those of pipelines within the pipeline."""
    for name, step in pipeline.steps:
        if isinstance(step, Pipeline):
            yield from _steps_of(step)
        else:
            yield name, step


def _is_of_the_host(step: Any) -> bool:
    """Whether a step surely refuses CuPy arrays under the present settings.

    That is known of scikit-learn's own steps, but of those that hand all work to others.
    """
    if not type(step).__module__.startswith("sklearn.") or isinstance(step, FunctionTransformer):
        return False
    parameters = step.get_params(deep=False).values()
    if any(hasattr(value, "fit") or isinstance(value, list) for value in parameters):
        return False
    return not (get_config()["array_api_dispatch"] and get_tags(step).array_api_support)


def _out_of_place(name: str, step: Any, mover: ToDevice) -> str:
    """What is wrong with a step and how to mend it."""
    message = (
        f"The step {name!r} ({type(step).__name__}) works on the CPU, and would get arrays on a "
        f"GPU from {mover!r}. Insert ToDevice('cpu') before it"
    )
    if not get_tags(step).array_api_support:
        return f"{message}."
    return (
        f"{message}, or let it work on the GPU: set SCIPY_ARRAY_API=1 in the environment before "
        "Python starts, and call the pipeline within "
        "sklearn.config_context(array_api_dispatch=True)."
    )
