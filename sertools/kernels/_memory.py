"""What was computed once, and is not computed again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

__all__ = ["Memory"]


class Memory:
    """Base of what remembers, under keys that hold all parameters, what was computed of it."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}

    def once(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """What `compute` returns, computed when the key is first asked for."""
        named = (type(key), key)  # two named tuples of equal values are equal, whatever they mean
        if named not in self._known:
            self._known[named] = compute()
        return self._known[named]
