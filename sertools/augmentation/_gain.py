"""Gain: a clip louder or softer."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from sertools.augmentation._effect import Effect
from sertools.augmentation._ranges import Range, RangeLike, uniform
from sertools.core.effects.level import gain


class Gain(Effect):
    """Make the clip louder or softer.

    Parameters
    ----------
    decibels : float or (low, high), default=(-6, 6)
        How much louder, from -120 to 120; below 0 softer.

    Notes
    -----
    Nothing is cut off at full scale: floats go beyond it, and features do not mind.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import Augmenter, Gain
    >>> Augmenter([Gain(-20)], p=1).fit_transform(np.array([[0.5, -1.0]]))
    array([[ 0.05, -0.1 ]])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"decibels": [Range(-120, 120)]}

    def __init__(self, decibels: RangeLike = (-6, 6)) -> None:
        self.decibels = decibels

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        """Decibels."""
        return {"decibels": uniform(rng, self.decibels)}

    def apply(self, x: Any, sr: int, *, decibels: float) -> Any:
        """The clip at its new level."""
        return gain(x, decibels=decibels)
