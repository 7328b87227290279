"""Named sets of features: frozen, so that a table of today has the columns of next year's.

A set is a name with a version and the extractors it is made of. What a version computes never
changes: what is better gets a new version, and the name without one moves on to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sertools.core.gemaps import COLUMNS
from sertools.features._base import Rows
from sertools.features._gemaps import gemaps
from sertools.features._mel import MelExtractor
from sertools.features._mfcc import MFCCExtractor
from sertools.features._rms import RMSExtractor
from sertools.features._sound import Sound
from sertools.features._zcr import ZCRExtractor

__all__ = ["LATEST", "SETS", "SETS_RATE"]

# The rate of the corpora of speech, and of everything that the sets were measured with.
SETS_RATE = 16000


def _compact_v1() -> list[tuple[str, Rows]]:
    """Zero crossings, level, 20 cepstra with their slopes, 64 mel bands: 212 columns."""
    # All parameters are spelt out: a default may change one day, this set may not.
    frames: dict[str, Any] = {
        "sr": SETS_RATE,
        "hop_length": 160,
        "center": True,
        "stats": ("mean", "std"),
    }
    spectra: dict[str, Any] = {
        "n_fft": 512,
        "win_length": None,
        "window": "hann",
        "pad_mode": "constant",
        "power": 2.0,
        "n_mels": 64,
        "fmin": 0.0,
        "fmax": None,
        "htk": False,
        "norm": "slaney",
        "top_db": 80.0,
    }
    return [
        ("zcr", ZCRExtractor(frame_length=512, deltas=0, **frames)),
        ("rms", RMSExtractor(frame_length=512, kind="rms", deltas=0, **frames)),
        ("mfcc", MFCCExtractor(n_mfcc=20, dct_type=2, lifter=0, deltas=1, **frames, **spectra)),
        ("mel", MelExtractor(log=True, deltas=0, **frames, **spectra)),
    ]


class _Numbers(Rows):
    """A set that has functionals of its own: its columns, and what makes them of a clip."""

    _on_host = True

    def __init__(self, columns: Sequence[str], row: Callable[[Sound], Any]) -> None:
        self.columns = columns
        self.row = row

    def _row_maker(self) -> Callable[[Sound], Any]:
        return self.row

    def _is_table(self) -> bool:
        return True

    def _column_names(self) -> list[str]:
        return list(self.columns)


def _gemaps_v1() -> list[tuple[str, Rows]]:
    """Pitch, voice quality, formants, loudness and timing: 88 columns."""
    return [("gemaps", _Numbers(COLUMNS, gemaps))]


def _speech_v1() -> list[tuple[str, Rows]]:
    """How spectrum and voice are distributed, run, and move together: 26192 columns."""
    # So many names are made for those who want them.
    from sertools.features._speech_columns import SPEECH

    return [("speech", _Numbers(SPEECH.columns, SPEECH.row))]


def _speech_small_v1() -> list[tuple[str, Rows]]:
    """The first 6021 columns of the same: nearly as good, and a fifth to a third less work."""
    from sertools.features._speech_columns import SMALL

    return [("speech", _Numbers(SMALL.columns, SMALL.row))]


SETS: dict[str, Callable[[], list[tuple[str, Rows]]]] = {
    "compact-v1": _compact_v1,
    "gemaps-v1": _gemaps_v1,
    "speech-v1": _speech_v1,
    "speech-small-v1": _speech_small_v1,
}

LATEST = {
    "compact": "compact-v1",
    "gemaps": "gemaps-v1",
    "speech": "speech-v1",
    "speech-small": "speech-small-v1",
}
