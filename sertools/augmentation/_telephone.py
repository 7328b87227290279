"""Telephone: a clip over a telephone line."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from sertools._backend import array_namespace
from sertools.augmentation._effect import Effect
from sertools.augmentation._ranges import Range, RangeLike, uniform
from sertools.core.effects.telephone import telephone


class Telephone(Effect):
    """Send the clip over a telephone line: its band, 8 kHz, and the mu-law of ITU-T G.711.

    The clip keeps its sample rate and its place in time. What passes full scale is cut off, as the
    line does.

    Parameters
    ----------
    low : float or (low, high), default=300
        Lower edge of the band in Hz, where half the power passes; from 50 to 2000.
    high : float or (low, high), default=3400
        Upper edge of the band in Hz, from 2000 to 4000.

    Examples
    --------
    >>> from sertools import Augmenter, Telephone
    >>> Augmenter([Telephone((200, 400), (3000, 3600))])
    Augmenter(effects=[Telephone(high=(3000, 3600), low=(200, 400))])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "low": [Range(50, 2000)],
        "high": [Range(2000, 4000)],
    }

    def __init__(self, low: RangeLike = 300, high: RangeLike = 3400) -> None:
        self.low = low
        self.high = high

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        """The edges of the band."""
        return {"low": uniform(rng, self.low), "high": uniform(rng, self.high)}

    def apply(self, x: Any, sr: int, *, low: float, high: float) -> Any:
        """The clip at the other end of the line."""
        return telephone(x, low=low, high=high, sr=sr, xp=array_namespace(x))
