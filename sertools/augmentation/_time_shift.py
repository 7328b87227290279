"""TimeShift: a clip earlier or later."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

import numpy as np

from sertools._backend import array_namespace
from sertools._sklearn import Interval, StrOptions
from sertools.augmentation._effect import Effect
from sertools.augmentation._ranges import Range, RangeLike, uniform
from sertools.core.effects.shift import FADE_SECONDS, time_shift


class TimeShift(Effect):
    """Move the clip in time; its length stays.

    Parameters
    ----------
    shift : float or (low, high), default=(-0.1, 0.1)
        How much later, in the unit of `unit`; below 0 earlier.
    unit : {"seconds", "samples", "fraction"}, default="seconds"
        Of what: a fraction is one of the clip's length.
    roll : bool, default=False
        Whether what passes one end comes in at the other. If not, silence comes in.
    fade : float, default=0.005
        Seconds over which the clip fades at the edge that the shift makes within it.

    Notes
    -----
    Without `roll` a clip loses what passes its end: all of it where the shift is longer than the
    clip. Student projects roll: ``TimeShift((-5000, 5000), unit="samples", roll=True, fade=0)``.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import Augmenter, TimeShift
    >>> later = Augmenter([TimeShift(2, unit="samples", fade=0)], p=1)
    >>> later.fit_transform(np.array([[1.0, 2.0, 3.0, 4.0]]))
    array([[0., 0., 1., 2.]])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "shift": [Range(-1e9, 1e9)],
        "unit": [StrOptions({"seconds", "samples", "fraction"})],
        "roll": ["boolean"],
        "fade": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        shift: RangeLike = (-0.1, 0.1),
        unit: str = "seconds",
        roll: bool = False,
        fade: float = FADE_SECONDS,
    ) -> None:
        self.shift = shift
        self.unit = unit
        self.roll = roll
        self.fade = fade

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        """How much later, in the unit of the effect."""
        return {"shift": uniform(rng, self.shift)}

    def apply(self, x: Any, sr: int, *, shift: float) -> Any:
        """The clip at its new place."""
        scale = {"seconds": sr, "samples": 1, "fraction": len(x)}[self.unit]
        return time_shift(
            x,
            shift=round(shift * scale),
            roll=self.roll,
            fade_length=round(self.fade * sr),
            xp=array_namespace(x),
        )
