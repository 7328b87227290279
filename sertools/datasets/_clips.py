"""The clips that a corpus is made of: all paths or all waveforms, and none of them twice."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from sertools._validation import Clips, check_clips, check_rate, name_some


def distinct_clips(X: Iterable[Any], sr: int | None) -> list[str] | Clips:
    """A list of paths, or waveforms that can be computed with; none of them twice."""
    if isinstance(X, str | bytes | os.PathLike):
        raise TypeError(f"X={X!r} is one path: give a list of paths, or load_folder({X!r}).")
    if isinstance(X, pd.DataFrame):
        raise TypeError("X is a DataFrame: give its column of paths, or take load_table(X).")
    sr = None if sr is None else check_rate(sr)
    items = list(X)
    if not items:
        raise ValueError("X holds 0 clips: a corpus needs at least 1.")
    if any(isinstance(item, str | os.PathLike) for item in items):
        return _distinct_paths(items, sr)
    if any(isinstance(item, bytes) for item in items):
        raise TypeError(
            "X holds bytes, which readers take for the content of a file: give paths as text "
            "(os.fsdecode), or write the contents to files."
        )
    _refuse_repeated([id(item) for item in items], [f"waveform {i}" for i in range(len(items))])
    carried = getattr(X, "sr", None)
    if None not in (sr, carried) and sr != carried:
        raise ValueError(f"sr={sr}, but X says that its clips are at {carried} Hz: give one rate.")
    checked: Clips = check_clips(None, Clips(items, carried if sr is None else sr), reset=False)
    return checked


def _distinct_paths(items: Sequence[Any], sr: int | None) -> list[str]:
    """Paths as Python strings, each of another file."""
    for i, item in enumerate(items):
        if not isinstance(item, str | os.PathLike):
            raise TypeError(
                f"X mixes paths and other things: item {i} is a {type(item).__name__}. One "
                "pipeline starts with a reader of files or with clips in memory: give paths only, "
                "or waveforms only (write_corpus makes files of them)."
            )
    if sr is not None:
        raise ValueError(f"sr={sr} is for waveforms: files carry their own sample rate.")
    paths = [str(os.fspath(item)) for item in items]
    _refuse_repeated([os.path.abspath(path) for path in paths], paths)
    return paths


def _refuse_repeated(keys: Sequence[Any], names: Sequence[str]) -> None:
    """Refuse clips that occur twice."""
    first: dict[Any, int] = {}
    repeated = [names[i] for i, key in enumerate(keys) if first.setdefault(key, i) != i]
    if repeated:
        raise ValueError(
            f"{len(repeated)} clips occur more than once: {name_some(map(repr, repeated))}. A "
            "clip that is there twice can land on both sides of a split: give each one once."
        )
