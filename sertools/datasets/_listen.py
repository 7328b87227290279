"""Listening to clips: the facts about a recording that only its samples tell."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sertools import audio
from sertools._threads import map_in_threads
from sertools._validation import Clips

# The largest sample that 16 bits hold: what an overdriven converter writes, and more bits reach.
FULL_SCALE = 1 - 2.0**-15


class Heard(NamedTuple):
    """What listening to one clip told; `error` is set if it could not be read."""

    recording_id: str = ""
    sr: int = 0
    n_channels: int = 0
    channels_differ: bool = False
    # Of the mean of the channels, which is what readers hear:
    swing: float = 0.0  # half the distance from the lowest to the highest sample, so DC is silent
    peak: float = 0.0  # the largest distance of a sample from 0
    longest_clipping: int = 0  # samples in a row at full scale, in any channel
    error: OSError | None = None


def listen(X: Sequence[Any], n_jobs: int | None, verbose: int) -> list[Heard]:
    """What each clip sounds like; files are read in threads, one at a time in each."""
    hear = functools.partial(_hear, sr=X.sr if isinstance(X, Clips) else None)
    label = "Listening" if verbose else None
    return list(map_in_threads(hear, X, n_jobs=n_jobs, label=label))


def _hear(clip: Any, sr: int | None) -> Heard:
    """The facts about one path, or about one waveform ``(n_times,)`` at rate `sr`."""
    if not isinstance(clip, str):
        return _describe(np.atleast_2d(clip), sr or 0)
    try:
        samples, rate = audio.read(clip, mono=False)
    except OSError as error:
        return Heard(error=error)
    return _describe(np.atleast_2d(samples), rate)


def _describe(channels: NDArray[np.floating], sr: int) -> Heard:
    """The facts about samples ``(n_channels, n_times)``."""
    # Averaged as audio.read does, so that the hash is that of the clip a pipeline sees.
    mono = channels[0] if len(channels) == 1 else np.ascontiguousarray(channels.T).mean(axis=1)
    low, high = float(mono.min()), float(mono.max())
    loudest = max(float(channels.max()), -float(channels.min()))
    return Heard(
        recording_id=audio.recording_id(mono, sr),
        sr=sr,
        n_channels=len(channels),
        channels_differ=len(channels) > 1 and bool((channels != channels[0]).any()),
        swing=(high - low) / 2,
        peak=max(high, -low),
        longest_clipping=_longest_clipping(channels) if loudest >= FULL_SCALE else 0,
    )


def refuse_unreadable(heard: Sequence[Heard]) -> None:
    """Raise the error of the file that could not be read, or one for all that could not."""
    failures = [facts.error for facts in heard if facts.error is not None]
    if len(failures) == 1:
        raise failures[0]
    if failures:
        advice = "corpus.select(corpus.check()) leaves them out."
        raise audio.AudioFileError.of_many(failures, len(heard), advice)


def _longest_clipping(channels: NDArray[np.floating]) -> int:
    """Longest run at full scale, in samples, in any channel of ``(n_channels, n_times)``."""
    at_full_scale = np.abs(channels) >= FULL_SCALE
    # A quiet column at both ends makes every run start and stop within its own channel.
    steps = np.diff(at_full_scale, axis=1, prepend=False, append=False).ravel()
    ends = np.flatnonzero(steps)
    return int((ends[1::2] - ends[::2]).max(initial=0))
