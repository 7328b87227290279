"""How things go fast: twins of core functions, with the same names and the same numbers.

The twins of ``sertools.core.spectral`` for the CPU live in ``sertools.kernels.cpu.spectral``, and
so on: a twin has the name and the parameters of its reference, but for ``xp``.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import logging
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

__all__ = ["fastest"]

_logger = logging.getLogger("sertools")


def fastest(reference: Callable[..., Any], xp: ModuleType = np) -> Callable[..., Any]:
    """The fastest body of a core function for arrays of the module `xp`.

    This is the reference itself where there is no twin, or where its engine is not installed.
    """
    return _twin(reference, xp) or _itself(reference, xp)


@functools.cache
def _itself(reference: Callable[..., Any], xp: ModuleType) -> Callable[..., Any]:
    """The reference for arrays of the module `xp`; some work on the host only and take none."""
    if "xp" in inspect.signature(reference).parameters:
        return functools.partial(reference, xp=xp)
    return reference


@functools.cache
def _twin(reference: Callable[..., Any], xp: ModuleType) -> Callable[..., Any] | None:
    """The twin of a core function for arrays of the module `xp`, if there is one."""
    if xp is not np:
        return None
    home = reference.__module__.replace("sertools.core", "sertools.kernels.cpu")
    try:
        return getattr(importlib.import_module(home), reference.__name__, None)
    except ImportError as error:
        # numba also refuses to be imported beside a NumPy that it does not know.
        if error.name != home:
            _logger.info("%s is not used: %s", home, error)
        return None
