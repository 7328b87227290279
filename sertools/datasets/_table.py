"""The table of a corpus: one row per clip, the same columns for every corpus."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sertools._validation import Clips, did_you_mean, name_some

__all__ = ["COLUMNS"]

# Strings all, and the empty string says "not known": a missing value of another kind would have
# to be handled by everyone who reads the table.
COLUMNS = (
    "path",
    "corpus",
    "emotion",  # what is learnt: y
    "emotion_raw",  # as the corpus itself calls it
    "speaker",  # whom splits keep together: groups
    "gender",
    "text",  # which sentence or word; within a corpus the same id means the same words
    "take",
    "intensity",
    "language",
    "channel",  # "speech", "song" or "nonspeech"
    "split",  # the part of the corpus's own division
    "recording_id",  # hash of the samples, empty until somebody listened
    "flags",  # space-separated words such as "noisy"
)


def clip_table(known: pd.DataFrame, clips: Sequence[Any], name: str) -> pd.DataFrame:
    """A row for each path or waveform of `clips`: all COLUMNS, then those beyond."""
    if len(known) != len(clips):
        raise ValueError(
            f"{len(known)} rows or labels for {len(clips)} clips: give one for each clip."
        )
    missing = [column for column in ("emotion", "speaker") if column not in known]
    if missing or not known.columns.is_unique:
        raise ValueError(
            f"The columns of the table are {list(known.columns)}: it needs emotion and speaker "
            "(empty strings where the speaker is not known), each column once."
        )
    table = known.reset_index(drop=True)
    # Waveforms may keep the paths of the files that they were read from.
    paths = table["path"].fillna("") if "path" in table else [""] * len(table)
    for column in COLUMNS:
        table[column] = as_words(table[column]) if column in table else ""
    unlabelled = np.flatnonzero(table["emotion"] == "")
    if len(unlabelled):
        raise ValueError(
            f"Clips {name_some(unlabelled)} have no emotion: label them or leave them out."
        )
    table["path"] = path_series(paths if isinstance(clips, Clips) else clips)
    table["corpus"] = table["corpus"].where(table["corpus"] != "", name)
    table["emotion_raw"] = table["emotion_raw"].where(table["emotion_raw"] != "", table["emotion"])
    return table[[*COLUMNS, *(column for column in table if column not in COLUMNS)]]


def counts_by(column: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Clips, their share, speakers, and clips of women and men for each value of a column."""
    if column not in frame:
        raise ValueError(
            f"by={column!r} is no column of the corpus.{did_you_mean(column, frame.columns)} It "
            f"has {name_some(frame.columns, limit=40)}."
        )
    groups = frame[column]
    clips = frame.groupby(column).size()
    return pd.DataFrame(
        {
            "clips": clips,
            "share": clips / len(frame),
            "speakers": frame["speaker"].groupby(groups).agg(lambda names: len(set(names) - {""})),
            "female": (frame["gender"] == "female").groupby(groups).sum(),
            "male": (frame["gender"] == "male").groupby(groups).sum(),
        }
    )


def namespaced(frame: pd.DataFrame) -> pd.Series[Any]:
    """The speakers of a table, all with their corpus in front; the unknown ones stay unknown."""
    speakers = frame["speaker"]
    has_one = (speakers == "") | speakers.str.contains(":", regex=False)
    return speakers.where(has_one, frame["corpus"] + ":" + speakers)


def path_series(paths: Iterable[str]) -> pd.Series[Any]:
    """Paths as a column of Python strings.

    pandas' own string type refuses file names that are not valid UTF-8, which Linux allows.
    """
    return pd.Series(list(paths), dtype=object)


def as_words(values: ArrayLike) -> list[str]:
    """Values ``(n,)`` as strings; missing ones become empty, undecodable bytes escapes.

    Whole floats lose their ``.0``: a column of integers with missing ones comes as floats.
    """
    array = np.array(values, dtype=object)
    if array.ndim != 1:
        raise ValueError(f"An array of shape {array.shape} was given for a column: make it 1-D.")
    words = [
        "" if absent else str(int(value) if _is_whole_float(value) else value)
        for value, absent in zip(array, pd.isna(array), strict=True)
    ]
    return [
        word if word.isascii() else word.encode(errors="backslashreplace").decode()
        for word in words
    ]


def _is_whole_float(value: Any) -> bool:
    """Whether a value is a float that stands for an integer."""
    return isinstance(value, float | np.floating) and float(value).is_integer()


def rejection_table(rejections: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Files that were left out: columns ``path`` and ``reason``."""
    return pd.DataFrame(
        {
            "path": path_series([path for path, _ in rejections]),
            "reason": as_words([reason for _, reason in rejections]),
        }
    )
