"""Recorded sounds that effects need: noises, and the responses of rooms."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from sertools import audio
from sertools._backend import to_host
from sertools._validation import check_clips, is_clip_list, name_some

__all__ = ["Sounds", "durations", "found_sounds"]

# Paths of files, or clips.
Sounds = Sequence[Any]


def found_sounds(given: Any, owner: str, sr: int) -> Sounds:
    """The paths or clips that a parameter names: a folder, a file, a list of files or of clips.

    Files that do not exist are named all at once; none is opened.
    """
    if isinstance(given, str | os.PathLike):
        if not os.path.isdir(given):
            return found_sounds([given], owner, sr)
        paths: Sounds = audio.find(given)
        if not paths:
            raise ValueError(f"{owner}: the folder {os.fspath(given)!r} holds no audio files.")
        return paths
    if is_clip_list(given):
        if getattr(given, "sr", None) not in (None, sr):
            raise ValueError(
                f"{owner}: the sounds are at {given.sr} Hz and the clips at {sr} Hz: resample the "
                f"sounds while reading, with AudioReader(sr={sr}), or give their files."
            )
        try:
            return list(to_host(check_clips(None, given, reset=False)))
        except (TypeError, ValueError) as error:
            raise type(error)(f"{owner}, with its sounds for X: {error}") from None
    is_row = isinstance(given, list | tuple | np.ndarray) or hasattr(given, "tolist")
    paths = list(given) if is_row else []
    if not paths or not all(isinstance(path, str | os.PathLike) for path in paths):
        raise TypeError(
            f"{owner} was given {given!r:.80}: give a folder, a list of audio files, or a list of "
            "1-D arrays at the sample rate of the clips."
        )
    missing = [path for path in paths if not os.path.isfile(path)]
    if missing:
        raise FileNotFoundError(
            f"{owner}: {len(missing)} of {len(paths)} files do not exist: "
            f"{name_some(map(repr, map(os.fspath, missing)))} (seen from {os.getcwd()!r})."
        )
    return paths


def durations(sounds: Sounds, sr: int) -> list[float]:
    """Seconds of each sound; files that cannot be opened are named all at once."""
    found: list[float] = []
    failures: list[OSError] = []
    for sound in sounds:
        if isinstance(sound, np.ndarray):
            found.append(len(sound) / sr)
            continue
        try:
            duration = audio.probe(sound).duration
        except OSError as error:
            failures.append(error)
            continue
        if duration == 0:
            failures.append(audio.AudioFileError(f"{os.fspath(sound)!r} holds no samples."))
        found.append(duration)
    if failures:
        advice = "Repair them or leave them out."
        raise audio.AudioFileError.of_many(failures, len(sounds), advice)
    return found
