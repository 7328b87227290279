"""The one clip that a display is of: a waveform, or a recording to read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sertools import audio
from sertools._backend import to_host
from sertools._validation import check_clips, check_rate, did_you_mean, is_source

__all__ = ["check_kind", "waveform_at", "waveform_of"]


def waveform_of(clip: Any, sr: int) -> tuple[NDArray[np.floating], int]:
    """Samples ``(n_times,)`` and rate of a clip at `sr` Hz, or of a recording at its own rate."""
    if is_source(clip):
        return audio.read(clip)
    samples = to_host(clip)
    if not isinstance(samples, np.ndarray):
        raise TypeError(
            f"clip is a {type(clip).__name__}: give one clip, a 1-D array such as X[0], or one "
            "recording to read, its path, bytes or binary file object."
        )
    # A list sets no width, so that nobody needs to bear one.
    return check_clips(None, [samples], reset=False)[0], check_rate(sr)


def waveform_at(clip: Any, sr: int) -> NDArray[np.floating]:
    """Samples ``(n_times,)`` of a clip at `sr` Hz, or of a recording resampled to that."""
    return waveform_of(audio.read(clip, sr)[0] if is_source(clip) else clip, sr)[0]


def check_kind(kind: Any, known: Iterable[str]) -> None:
    """Refuse a kind of drawing that there is not."""
    names = list(known)
    if kind not in names:
        raise ValueError(
            f"kind={kind!r} is unknown: take one of {', '.join(names)}.{did_you_mean(kind, names)}"
        )
