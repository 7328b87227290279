"""One clip, and what several features of it share."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from types import ModuleType
from typing import Any

from sertools._backend import array_namespace

__all__ = ["Sound"]


class Sound:
    """One clip ``(n_times,)`` that remembers what was computed of it.

    Extractors ask it for a spectrum or a pitch contour under a key that holds all the parameters:
    those that agree share the work, and a single extractor gets the same numbers as one of many.
    """

    def __init__(self, samples: Any) -> None:
        self.samples = samples
        self._known: dict[Hashable, Any] = {}

    @property
    def xp(self) -> ModuleType:
        """The module, numpy or cupy, whose functions work on the samples."""
        return array_namespace(self.samples)

    def once(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """What `compute` returns, computed when the key is first asked for."""
        named = (type(key), key)  # two named tuples of equal values are equal, whatever they mean
        if named not in self._known:
            self._known[named] = compute()
        return self._known[named]
