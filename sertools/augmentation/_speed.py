"""Speed: a clip played faster or slower."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from sertools._backend import array_namespace
from sertools.augmentation._effect import Effect
from sertools.augmentation._ranges import Range, RangeLike, uniform
from sertools.core.effects.transforms import resampled


class Speed(Effect):
    """Play the clip faster or slower: tempo, pitch and formants change together, as on a tape.

    Parameters
    ----------
    rate : float or (low, high), default=(0.9, 1.1)
        Times as fast, from 0.25 to 4. The clip has ``1 / rate`` times as many samples, and a batch
        of clips comes as a list.

    See Also
    --------
    TimeStretch : Changes the tempo alone.
    PitchShift : Changes the pitch alone.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import Augmenter, Speed
    >>> Augmenter([Speed(2)], p=1).fit_transform([np.zeros(1000)])[0].shape
    (500,)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"rate": [Range(0.25, 4)]}

    def __init__(self, rate: RangeLike = (0.9, 1.1)) -> None:
        self.rate = rate

    @property
    def keeps_length(self) -> bool:
        """Whether a clip has as many samples after the effect as before: it has not."""
        return False

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        """Times as fast."""
        return {"rate": uniform(rng, self.rate)}

    def apply(self, x: Any, sr: int, *, rate: float) -> Any:
        """The clip at its new speed."""
        return resampled(x, n_samples=max(1, round(len(x) / rate)), xp=array_namespace(x))
