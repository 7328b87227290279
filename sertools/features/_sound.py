"""One clip, and what several features of it share."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from sertools._backend import array_namespace
from sertools.kernels._memory import Memory

__all__ = ["Sound"]


class Sound(Memory):
    """One clip ``(n_times,)`` that remembers what was computed of it.

    Extractors ask it for a spectrum or a pitch contour under a key that holds all the parameters:
    those that agree share the work, and a single extractor gets the same numbers as one of many.
    """

    def __init__(self, samples: Any) -> None:
        super().__init__()
        self.samples = samples

    @property
    def xp(self) -> ModuleType:
        """The module, numpy or cupy, whose functions work on the samples."""
        return array_namespace(self.samples)
