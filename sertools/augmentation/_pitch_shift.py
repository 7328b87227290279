"""PitchShift: a clip at another pitch, in its time."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from sertools._backend import array_namespace
from sertools.augmentation._effect import Effect
from sertools.augmentation._ranges import Range, RangeLike, uniform
from sertools.augmentation._time_stretch import frame_length
from sertools.core.effects.stretch import align_phases, pitch_shift
from sertools.kernels import fastest


class PitchShift(Effect):
    """Speak higher or lower, in the same time.

    The formants move with the pitch, as those of a smaller or larger person do.

    Parameters
    ----------
    semitones : float or (low, high), default=(-1, 1)
        How much higher, from -24 to 24; below 0 lower.

    See Also
    --------
    Speed : Changes pitch and tempo together, as a tape does.
    TimeStretch : Changes the tempo alone.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import Augmenter, PitchExtractor, PitchShift
    >>> tone = np.sin(2 * np.pi * 220 * np.arange(16000) / 16000)
    >>> higher = Augmenter([PitchShift(12)], p=1).fit_transform([tone])
    >>> semitones = PitchExtractor(stats=("median",)).fit_transform([tone, *higher])[:, 0]
    >>> float(round(semitones[1] - semitones[0], 2))
    12.0
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"semitones": [Range(-24, 24)]}

    def __init__(self, semitones: RangeLike = (-1, 1)) -> None:
        self.semitones = semitones

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        """Semitones."""
        return {"semitones": uniform(rng, self.semitones)}

    def apply(self, x: Any, sr: int, *, semitones: float) -> Any:
        """The clip at its new pitch."""
        xp = array_namespace(x)
        return pitch_shift(
            x,
            semitones=semitones,
            n_fft=frame_length(sr),
            align=fastest(align_phases, xp),
            xp=xp,
        )
