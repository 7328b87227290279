"""AddNoise: noise under a clip."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from sertools._backend import array_namespace
from sertools._sklearn import StrOptions
from sertools.augmentation._effect import Effect
from sertools.augmentation._ranges import Range, RangeLike, uniform
from sertools.core.effects.level import mix
from sertools.core.effects.noise import SLOPES, colored_noise


class AddNoise(Effect):
    """Add noise at a ratio of levels, or as loud as a share of the largest sample.

    Parameters
    ----------
    level : float or (low, high), default=(10, 30)
        How loud the noise is, in the unit of `unit`; from -100 to 300.
    unit : {"snr", "peak"}, default="snr"
        Decibels of the clip above the noise, both by the root mean square of the whole; or the
        noise's standard deviation as a share of the clip's largest sample, the way student
        projects do it: ``AddNoise((0, 0.035), unit="peak")``.
    color : {"white", "pink", "brown"}, default="white"
        Whether the noise is even over all frequencies, or falls by 3 or 6 dB an octave.

    See Also
    --------
    BackgroundNoise : Recorded noise.

    Notes
    -----
    With ``unit="snr"`` a clip softer than -100 dB of full scale counts as one of that level, so
    silence gets noise that nobody hears. With ``"peak"`` a clip without a positive sample
    gets none. White noise comes from integers and sums, and is the same to the last bit on every
    device; pink and brown noise passes through a Fourier transform, and is the same but for
    rounding.

    Examples
    --------
    >>> from sertools import AddNoise, Augmenter
    >>> Augmenter([AddNoise((20, 40))], p=1)
    Augmenter(effects=[AddNoise(level=(20, 40))], p=1)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "level": [Range(-100, 300)],
        "unit": [StrOptions({"snr", "peak"})],
        "color": [StrOptions(set(SLOPES))],
    }

    def __init__(
        self, level: RangeLike = (10, 30), unit: str = "snr", color: str = "white"
    ) -> None:
        self.level = level
        self.unit = unit
        self.color = color

    def prepare(self, sr: int) -> None:
        """Check the parameters, one by one and together."""
        super().prepare(sr)
        if self.unit == "peak" and np.min(self.level) < 0:
            raise ValueError(
                f'AddNoise(level={self.level!r}, unit="peak"): a share of the largest sample is '
                'not below 0. For decibels take unit="snr".'
            )

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        """How loud the noise is, and the number that it is made from."""
        return {"level": uniform(rng, self.level), "key": int(rng.integers(2**63))}

    def apply(self, x: Any, sr: int, *, level: float, key: int) -> Any:
        """The clip with noise."""
        xp = array_namespace(x)
        noise = colored_noise(len(x), key=key, color=self.color, sr=sr, xp=xp)
        if self.unit == "snr":
            return mix(x, noise, snr=level, xp=xp)
        return x + noise.astype(x.dtype) * (xp.maximum(x.max(), 0) * x.dtype.type(level))
