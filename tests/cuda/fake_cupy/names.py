"""The real CuPy, which can be imported without a GPU: the names and arguments that there are."""

from __future__ import annotations

import functools
import inspect
import re
import sys

import pytest


def _required(name):
    """A module of CuPy's; whoever imports the fake is skipped where there is none."""
    try:
        return pytest.importorskip(
            name,
            reason="CuPy's names cannot be checked: pip install cupy-cuda13x (it needs no GPU)",
        )
    except pytest.skip.Exception:
        # When pytest looks for doctests here, halves of modules would stay, which no test can use.
        for half in [module for module in sys.modules if module.partition(".")[0] == __package__]:
            del sys.modules[half]
        raise


real = _required("cupy")
real_cupyx = _required("cupyx")
real_scipy_fft = _required("cupyx.scipy.fft")


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
