"""Reverb: a clip in a room."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

import numpy as np

from sertools import audio
from sertools._backend import array_namespace
from sertools._validation import name_some
from sertools.augmentation._effect import Effect
from sertools.augmentation._ranges import Range, uniform
from sertools.augmentation._sounds import found_sounds
from sertools.core.effects.reverb import reverberate, room_response

# Metres: from a small office to a classroom.
_SIZES = ((3.0, 8.0), (3.0, 6.0), (2.4, 3.2))
_DISTANCE = (0.5, 2.0)  # from the mouth to the microphone
_FROM_WALL = 0.4


class Reverb(Effect):
    """Hear the clip in a room, at the level it had.

    Parameters
    ----------
    room : float, (low, high), folder, or list of files or arrays, default=(0.2, 0.6)
        Numbers are the reverberation time of made-up rooms in seconds, from 0.1 to 0.8: box-shaped
        rooms of 3 to 8 by 3 to 6 by 2.4 to 3.2 m with the speaker 0.5 to 2 m from the microphone.
        Anything else names recorded impulse responses: a folder, audio files, or waveforms at
        the sample rate of the clips.

    Notes
    -----
    The clip keeps its length and its place in time: a response counts from its strongest sample,
    which is the direct sound, and what rings on past the end of the clip is cut off.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import Augmenter, Reverb
    >>> click = np.zeros(8000)
    >>> click[100] = 1
    >>> heard = Augmenter([Reverb(0.3)], p=1, random_state=0).fit_transform([click])[0]
    >>> int(np.argmax(heard)), bool(heard[101:].any())
    (100, True)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {"room": "no_validation"}

    def __init__(self, room: Any = (0.2, 0.6)) -> None:
        self.room = room

    def prepare(self, sr: int) -> None:
        """Check the parameters, and read the recorded responses."""
        super().prepare(sr)
        self.responses_ = None
        if not _are_numbers(self.room):
            sounds = found_sounds(self.room, "Reverb(room=...)", sr)
            responses = [_read(sound, sr) for sound in sounds]
            silent = [i for i, response in enumerate(responses) if not response.any()]
            if silent:
                raise ValueError(
                    f"Reverb(room=...): responses {name_some(silent)} are silent, and so would be "
                    "every clip that is heard through them: leave them out."
                )
            self.responses_ = [_from_direct(response) for response in responses]
        elif not _RT60.is_satisfied_by(self.room):
            raise ValueError(f"Reverb(room={self.room!r}): reverberation times are {_RT60}.")

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        """The number of a recorded response; or reverberation time, edges of a room, and places."""
        if self.responses_ is not None:
            return {"response": int(rng.integers(len(self.responses_)))}
        values = {"rt60": uniform(rng, self.room)}
        size = np.array([uniform(rng, bounds) for bounds in _SIZES])
        microphone = _FROM_WALL + rng.random(3) * (size - 2 * _FROM_WALL)
        direction = rng.standard_normal(3)
        away = direction * (uniform(rng, _DISTANCE) / np.linalg.norm(direction))
        # A wall in the way turns the speaker round.
        source = microphone + away
        outside = (source < _FROM_WALL) | (source > size - _FROM_WALL)
        source = np.clip(np.where(outside, microphone - away, source), 0.1, size - 0.1)
        for name, place in (("size", size), ("mouth", source), ("microphone", microphone)):
            values |= {f"{name}_{axis}": float(v) for axis, v in zip("xyz", place, strict=True)}
        return values

    def apply(self, x: Any, sr: int, **values: Any) -> Any:
        """The clip in the room."""
        if self.responses_ is not None:
            response = self.responses_[values["response"]]
        else:
            size, source, microphone = (
                np.array([values[f"{name}_{axis}"] for axis in "xyz"])
                for name in ("size", "mouth", "microphone")
            )
            response = room_response(
                size=size, source=source, microphone=microphone, rt60=values["rt60"], sr=sr
            )
        return reverberate(x, response=response, xp=array_namespace(x))


_RT60 = Range(0.1, 0.8)


def _are_numbers(room: Any) -> bool:
    """Whether a parameter holds reverberation times, right or wrong, and not sounds."""
    parts = room if isinstance(room, list | tuple) else [room]
    return room is None or (len(parts) > 0 and all(isinstance(part, Real) for part in parts))


def _read(sound: Any, sr: int) -> Any:
    """A response as a waveform at `sr` Hz."""
    return sound if isinstance(sound, np.ndarray) else audio.read(sound, sr)[0]


def _from_direct(response: Any) -> Any:
    """A response from its strongest sample on."""
    return response[int(np.argmax(np.abs(response))) :]
