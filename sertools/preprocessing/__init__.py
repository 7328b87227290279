"""From recordings to clips that a feature extractor or a network can take."""

from sertools._validation import Clips
from sertools.preprocessing._audio_reader import AudioReader
from sertools.preprocessing._feature_scaler import FeatureScaler
from sertools.preprocessing._padder import Padder
from sertools.preprocessing._row_cache import RowCache
from sertools.preprocessing._speaker_adapted_classifier import SpeakerAdaptedClassifier
from sertools.preprocessing._speaker_normalizer import SpeakerNormalizer
from sertools.preprocessing._to_device import ToDevice
from sertools.preprocessing._trimmer import Trimmer

__all__ = [
    "AudioReader",
    "Clips",
    "FeatureScaler",
    "Padder",
    "RowCache",
    "SpeakerAdaptedClassifier",
    "SpeakerNormalizer",
    "ToDevice",
    "Trimmer",
]
