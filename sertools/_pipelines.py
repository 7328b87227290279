"""What a step can know of the pipeline it is in."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Iterator
from typing import Any

from sklearn import get_config
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags

__all__ = ["refuse_host_steps"]


def refuse_host_steps(giver: Any) -> None:
    """Refuse a pipeline in which arrays on a GPU that a step gives would meet a step on the CPU.

    CuPy refuses that as well, but names no step, and only once all features are computed. No step
    is told which pipeline it is in, so pipelines are looked for among the callers; where none is
    found, as in threads of others, CuPy has the word.
    """
    for frame, _ in traceback.walk_stack(inspect.currentframe()):
        caller = frame.f_locals.get("self")
        if not isinstance(caller, Pipeline):
            continue
        is_on_gpu = False
        for name, step in _steps_of(caller):
            # With a memory, a pipeline fits clones.
            if step is giver or repr(step) == repr(giver):
                is_on_gpu = True
            elif is_on_gpu and _is_of_the_host(step):
                raise ValueError(_out_of_place(name, step, giver))
            elif not _passes_on(step):
                is_on_gpu = False


def _steps_of(pipeline: Pipeline) -> Iterator[tuple[str, Any]]:
    """Names and steps, with those of pipelines within the pipeline."""
    for name, step in pipeline.steps:
        if isinstance(step, Pipeline):
            yield from _steps_of(step)
        else:
            yield name, step


def _is_of_scikit_learn(step: Any) -> bool:
    """Whether a step is scikit-learn's own, and does the work itself."""
    if not type(step).__module__.startswith("sklearn.") or isinstance(step, FunctionTransformer):
        return False
    parameters = step.get_params(deep=False).values()
    return not any(hasattr(value, "fit") or isinstance(value, list) for value in parameters)


def _is_of_the_host(step: Any) -> bool:
    """Whether a step surely refuses CuPy arrays under the present settings."""
    if not _is_of_scikit_learn(step):
        return False
    tags = get_tags(step)
    takes_them = get_config()["array_api_dispatch"] and tags.array_api_support
    return not (takes_them or tags.no_validation)


def _passes_on(step: Any) -> bool:
    """Whether a step surely gives CuPy arrays for CuPy arrays."""
    if step is None or step == "passthrough" or _is_of_scikit_learn(step):
        return True
    is_ours = type(step).__module__.startswith("sertools.")
    return is_ours and getattr(step, "device", None) != "cpu"


def _out_of_place(name: str, step: Any, giver: Any) -> str:
    """What is wrong with a step and how to mend it."""
    message = (
        f"The step {name!r} ({type(step).__name__}) works on the CPU, and would get arrays on a "
        f"GPU from {giver!r}. Insert ToDevice('cpu') before it"
    )
    if not get_tags(step).array_api_support:
        return f"{message}."
    return (
        f"{message}, or let it work on the GPU: set SCIPY_ARRAY_API=1 in the environment before "
        "Python starts, and call the pipeline within "
        "sklearn.config_context(array_api_dispatch=True)."
    )
