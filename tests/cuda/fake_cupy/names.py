"""The real CuPy, which can be imported without a GPU: the names and arguments that there are."""

from __future__ import annotations

import functools
import inspect
import re

import pytest

# Whoever imports the fake is skipped where there is no CuPy.
_WHY = "CuPy's names cannot be checked: pip install cupy-cuda13x (it needs no GPU)"
real = pytest.importorskip("cupy", reason=_WHY)
real_cupyx = pytest.importorskip("cupyx", reason=_WHY)
real_scipy_fft = pytest.importorskip("cupyx.scipy.fft", reason=_WHY)


@functools.cache
def signature(theirs):
    """The signature of a function of CuPy's."""
    try:
        return inspect.signature(theirs)
    except ValueError:
        # Compiled code tells it at the head of its docstring, with types and escaped stars.
        (told,) = re.match(r"\s*[\w.]+\((.*)\)", theirs.__doc__).groups()
        if "[" in told:
            raise NotImplementedError(f"{theirs} is not modelled.") from None
        parameters = re.sub(r"\b\w+ (?=\w)", "", told.replace("\\", ""))
        return inspect.signature(eval(f"lambda {parameters}: None"))
