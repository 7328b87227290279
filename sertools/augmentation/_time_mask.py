"""TimeMask: a piece of the clip is silent."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

import numpy as np

from sertools._backend import array_namespace
from sertools._sklearn import Interval
from sertools.augmentation._effect import Effect
from sertools.augmentation._ranges import Range, RangeLike, uniform
from sertools.core.effects.shift import FADE_SECONDS, time_mask


class TimeMask(Effect):
    """Silence a piece of the clip, anywhere.

    Parameters
    ----------
    fraction : float or (low, high), default=(0.02, 0.1)
        Share of the clip's length that is silenced, from 0 to 1.
    fade : float, default=0.005
        Seconds over which the clip fades out before the piece, and in behind it.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import Augmenter, TimeMask
    >>> masked = Augmenter([TimeMask(0.5, fade=0)], p=1, random_state=0)
    >>> masked.fit_transform(np.ones((1, 6)))
    array([[0., 0., 0., 1., 1., 1.]])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "fraction": [Range(0, 1)],
        "fade": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(self, fraction: RangeLike = (0.02, 0.1), fade: float = FADE_SECONDS) -> None:
        self.fraction = fraction
        self.fade = fade

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        """The share that is silenced, and where: 0 is at the start, 1 at the end."""
        return {"fraction": uniform(rng, self.fraction), "place": rng.random()}

    def apply(self, x: Any, sr: int, *, fraction: float, place: float) -> Any:
        """The clip with a gap."""
        n_masked = round(fraction * len(x))
        return time_mask(
            x,
            start=round(place * (len(x) - n_masked)),
            n_masked=n_masked,
            fade_length=round(self.fade * sr),
            xp=array_namespace(x),
        )
