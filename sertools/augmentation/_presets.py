"""Named lists of effects."""

from __future__ import annotations

from typing import Any

from sertools._validation import did_you_mean
from sertools.augmentation._add_noise import AddNoise
from sertools.augmentation._effect import Effect, effect_list
from sertools.augmentation._gain import Gain
from sertools.augmentation._pitch_shift import PitchShift
from sertools.augmentation._telephone import Telephone
from sertools.augmentation._time_shift import TimeShift
from sertools.augmentation._time_stretch import TimeStretch

__all__ = ["PRESETS", "effects_of"]

# Emotions differ by several semitones in pitch, by a sixth and more in tempo and by several
# decibels in level (docs/augmentation.rst): the ranges of "speech" are a fraction of that, so that
# a copy keeps its label.
PRESETS: dict[str, tuple[Effect, ...]] = {
    "speech": (
        PitchShift((-1, 1)),
        TimeStretch((0.9, 1.1)),
        Gain((-3, 3)),
        AddNoise((20, 40)),
    ),
    # As it stands in the notebooks: 0.035 * U(0, 1) * max(x) * N(0, 1); a stretch by 0.8; a roll by
    # a whole number of samples within 5000; 0.7 semitones up.
    "student": (
        AddNoise((0, 0.035), unit="peak"),
        TimeStretch(0.8),
        TimeShift((-5000, 5000), unit="samples", roll=True, fade=0),
        PitchShift(0.7),
    ),
    # The room and the microphone first, then the line.
    "telephone": (
        AddNoise((15, 35), color="pink"),
        Gain((-6, 6)),
        Telephone((200, 400), (3000, 3600)),
    ),
}


def effects_of(given: Any) -> list[Effect]:
    """The effects that a parameter names: those of a preset, or its own."""
    if not isinstance(given, str):
        return effect_list(given, "Augmenter")
    if given not in PRESETS:
        known = ", ".join(map(repr, PRESETS))
        raise ValueError(
            f"effects={given!r} is no preset.{did_you_mean(given, PRESETS)} There are {known}; or "
            "give a list of effects."
        )
    return list(PRESETS[given])
