"""TimeStretch: a clip faster or slower, at its pitch."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from scipy.fft import next_fast_len

from sertools._backend import array_namespace
from sertools.augmentation._effect import Effect
from sertools.augmentation._ranges import Range, RangeLike, uniform
from sertools.core.effects.shift import FADE_SECONDS, cut_short
from sertools.core.effects.stretch import HOPS, align_phases, time_stretch
from sertools.core.padding import fit_length
from sertools.kernels import fastest

__all__ = ["TimeStretch", "frame_length"]

# Three periods of a deep voice. With 64 ms clicks were blunter and mel spectra as near to those of
# the clip as with 48; with 32 ms clicks were as sharp and mel spectra further off (rates from 0.8
# to 1.25, twelve clips of acted speech).
_FRAME_SECONDS = 0.048


def frame_length(sr: int) -> int:
    """Samples in a frame of the phase vocoder for clips at `sr` Hz."""
    return HOPS * next_fast_len(max(round(_FRAME_SECONDS * sr / HOPS), 1), real=True)


class TimeStretch(Effect):
    """Speak faster or slower, at the same pitch.

    A phase vocoder with locked phases: what is between two harmonics stays with them, so that
    vowels do not become hollow and consonants stay crisp.

    Parameters
    ----------
    rate : float or (low, high), default=(0.9, 1.1)
        Times as fast, from 0.25 to 4.
    keep_length : bool, default=False
        Whether the clip keeps its length: the end of a slower one is cut off, with a fade of 5 ms,
        and a faster one is followed by silence. If not, it has ``1 / rate`` times as many samples,
        and a batch of clips comes as a list.

    See Also
    --------
    Speed : Changes pitch and tempo together, as a tape does.
    PitchShift : Changes the pitch alone.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import Augmenter, TimeStretch
    >>> slower = Augmenter([TimeStretch(0.8)], p=1)
    >>> slower.fit_transform([np.sin(np.arange(16000.0))])[0].shape
    (20000,)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "rate": [Range(0.25, 4)],
        "keep_length": ["boolean"],
    }

    def __init__(self, rate: RangeLike = (0.9, 1.1), keep_length: bool = False) -> None:
        self.rate = rate
        self.keep_length = keep_length

    @property
    def keeps_length(self) -> bool:
        """Whether a clip has as many samples after the effect as before."""
        return self.keep_length

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        """Times as fast."""
        return {"rate": uniform(rng, self.rate)}

    def apply(self, x: Any, sr: int, *, rate: float) -> Any:
        """The clip at its new tempo."""
        xp = array_namespace(x)
        told = time_stretch(
            x,
            n_samples=max(1, round(len(x) / rate)),
            n_fft=frame_length(sr),
            align=fastest(align_phases, xp),
            xp=xp,
        )
        if not self.keep_length:
            return told
        if len(told) > len(x):
            return cut_short(told, n_samples=len(x), fade_length=round(FADE_SECONDS * sr), xp=xp)
        return fit_length(told, len(x), align="start", mode="constant", xp=xp)
