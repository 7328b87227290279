"""BackgroundNoise: recorded noise under a clip."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from sertools import audio
from sertools._backend import array_namespace, device_of, to_device
from sertools.augmentation._effect import Effect
from sertools.augmentation._ranges import Range, RangeLike, uniform
from sertools.augmentation._sounds import durations, found_sounds
from sertools.core.effects.level import mix
from sertools.core.effects.shift import FADE_SECONDS, looped

# So that the resampler never gives a sample less than the clip has.
_SPARE_SECONDS = 0.01


class BackgroundNoise(Effect):
    """Put a piece of a recorded noise under the clip.

    Parameters
    ----------
    snr : float or (low, high), default=(5, 30)
        Decibels of the clip above the noise, both by the root mean square of the whole; from -100
        to 300.
    sounds : str, path-like, or list of paths or of ndarray of shape (n_times,)
        A folder of recordings, audio files, or waveforms at the sample rate of the clips. Each has
        the same chance, and the piece may lie anywhere in it. A shorter one than the clip is
        repeated, with fades at the seams.

    See Also
    --------
    AddNoise : Noise that needs no recordings.

    Notes
    -----
    Only the piece that is needed is read from a file, each time it is needed. A clip softer than
    -100 dB of full scale counts as one of that level, and a constant offset as no sound; a piece of
    digital silence adds nothing.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import Augmenter, BackgroundNoise
    >>> hum = np.sin(2 * np.pi * 50 * np.arange(16000) / 16000)
    >>> noisy = Augmenter([BackgroundNoise((10, 20), [hum])], p=1)
    >>> noisy.fit_transform([np.sin(np.arange(40000.0))])[0].shape
    (40000,)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "snr": [Range(-100, 300)],
        "sounds": "no_validation",  # found_sounds says what is wrong
    }

    def __init__(self, snr: RangeLike = (5, 30), sounds: Any = None) -> None:
        self.snr = snr
        self.sounds = sounds

    def prepare(self, sr: int) -> None:
        """Check the parameters, and look into the recordings."""
        super().prepare(sr)
        self.sounds_ = found_sounds(self.sounds, "BackgroundNoise(sounds=...)", sr)
        self.durations_ = durations(self.sounds_, sr)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        """Ratio of levels, number of the sound, and where in it the piece begins."""
        return {
            "snr": uniform(rng, self.snr),
            "sound": int(rng.integers(len(self.sounds_))),
            "place": rng.random(),
        }

    def apply(self, x: Any, sr: int, *, snr: float, sound: int, place: float) -> Any:
        """The clip in the noise."""
        piece = self._piece(sound, len(x), sr, place)
        return mix(x, to_device(piece, device_of(x)), snr=snr, xp=array_namespace(x))

    def _piece(self, number: int, n_times: int, sr: int, place: float) -> Any:
        """A piece ``(n_times,)`` of a sound, on the host."""
        sound, seconds = self.sounds_[number], n_times / sr
        offset = place * max(0.0, self.durations_[number] - seconds)
        if isinstance(sound, np.ndarray):
            sound = sound[round(offset * sr) :]
        else:
            sound, _ = audio.read(sound, sr, offset=offset, duration=seconds + _SPARE_SECONDS)
        # A sound that has to be repeated may begin anywhere.
        start = 0 if len(sound) >= n_times else int(place * len(sound))
        fade_length = round(FADE_SECONDS * sr)
        return looped(sound, n_samples=n_times, start=start, fade_length=fade_length)
