"""Augmentation that cannot leak: effects, and what applies them in training only."""

from sertools.augmentation._add_noise import AddNoise
from sertools.augmentation._augmented_classifier import AugmentedClassifier
from sertools.augmentation._augmenter import Augmenter
from sertools.augmentation._background_noise import BackgroundNoise
from sertools.augmentation._choice import OneOf, SomeOf
from sertools.augmentation._effect import Effect, Step
from sertools.augmentation._gain import Gain
from sertools.augmentation._pitch_shift import PitchShift
from sertools.augmentation._presets import PRESETS
from sertools.augmentation._reverb import Reverb
from sertools.augmentation._speed import Speed
from sertools.augmentation._telephone import Telephone
from sertools.augmentation._time_mask import TimeMask
from sertools.augmentation._time_shift import TimeShift
from sertools.augmentation._time_stretch import TimeStretch

__all__ = [
    "PRESETS",
    "AddNoise",
    "AugmentedClassifier",
    "Augmenter",
    "BackgroundNoise",
    "Effect",
    "Gain",
    "OneOf",
    "PitchShift",
    "Reverb",
    "SomeOf",
    "Speed",
    "Step",
    "Telephone",
    "TimeMask",
    "TimeShift",
    "TimeStretch",
]
