"""The estimators within a model, and the folders of a machine that they name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sklearn.base import BaseEstimator

from sertools.preprocessing import RowCache

__all__ = ["estimators_in", "forget_folders"]


def estimators_in(thing: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """An estimator and all within it, fitted or not, each once."""
    seen = set() if seen is None else seen
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, BaseEstimator):
        yield thing
        held = list(vars(thing).values())
    elif isinstance(thing, dict):
        held = list(thing.values())
    elif isinstance(thing, list | tuple):
        held = list(thing)
    else:
        return
    for one in held:
        yield from estimators_in(one, seen)


def forget_folders(estimator: Any) -> list[tuple[Any, str, Any]]:
    """Have no part of a model name a folder to remember things in; what it was, to set it again."""
    named = []
    for part in estimators_in(estimator):
        name, nowhere = ("location", False) if isinstance(part, RowCache) else ("memory", None)
        if name in vars(part):  # and not what is shown of another, as a frozen one does
            named.append((part, name, getattr(part, name)))
            setattr(part, name, nowhere)
    return named
