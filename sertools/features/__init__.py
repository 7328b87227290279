"""Features: clips in, tables or frames out, one extractor for each family."""

from sertools.features._acoustic import AcousticExtractor
from sertools.features._chroma import ChromaExtractor
from sertools.features._mel import MelExtractor
from sertools.features._mfcc import MFCCExtractor
from sertools.features._pitch import PitchExtractor
from sertools.features._rms import RMSExtractor
from sertools.features._spectral import SpectralExtractor
from sertools.features._voice import VoiceExtractor
from sertools.features._zcr import ZCRExtractor

__all__ = [
    "AcousticExtractor",
    "ChromaExtractor",
    "MFCCExtractor",
    "MelExtractor",
    "PitchExtractor",
    "RMSExtractor",
    "SpectralExtractor",
    "VoiceExtractor",
    "ZCRExtractor",
]
