"""Displays in scikit-learn's style: ``from_...`` computes and draws, ``plot`` draws once more."""

from sertools.plotting._augmentation import AugmentationDisplay
from sertools.plotting._history import HistoryDisplay
from sertools.plotting._per_speaker import PerSpeakerDisplay
from sertools.plotting._spectrogram import SpectrogramDisplay
from sertools.plotting._timeline import EmotionTimelineDisplay
from sertools.plotting._waveform import WaveformDisplay

__all__ = [
    "AugmentationDisplay",
    "EmotionTimelineDisplay",
    "HistoryDisplay",
    "PerSpeakerDisplay",
    "SpectrogramDisplay",
    "WaveformDisplay",
]
