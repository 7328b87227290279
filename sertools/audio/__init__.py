"""Audio files: find, probe, read, resample and write them. Nothing else in the house opens one.

soundfile (libsndfile) decodes, soxr resamples. What libsndfile cannot open is refused with
the reason and a way out; nothing is converted behind the caller's back and nothing is written
but what :func:`write` is told to.
"""

from sertools.audio._find import AUDIO_SUFFIXES, FOREIGN_SUFFIXES, find
from sertools.audio._open import AudioFileError, LFSStubError, NotFiniteError
from sertools.audio._read import AudioInfo, probe, read
from sertools.audio._waveform import recording_id, resample
from sertools.audio._write import write

__all__ = [
    "AUDIO_SUFFIXES",
    "FOREIGN_SUFFIXES",
    "AudioFileError",
    "AudioInfo",
    "LFSStubError",
    "NotFiniteError",
    "find",
    "probe",
    "read",
    "recording_id",
    "resample",
    "write",
]
