"""Which rows of a corpus's table are meant: the arguments of ``Corpus.select``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sertools._validation import name_some
from sertools.datasets._labels import did_you_mean


def positions(rows: Any, frame: pd.DataFrame) -> NDArray[np.intp]:
    """Positions ``(n_picked,)`` that a mask, positions, or a function of the frame point at."""
    if callable(rows):
        rows = rows(frame.copy())
    picked = np.asarray(rows)
    n_clips = len(frame)
    if picked.ndim == 1 and picked.dtype == bool:
        if len(picked) != n_clips:
            raise ValueError(f"The mask has {len(picked)} entries for {n_clips} clips.")
        return np.flatnonzero(picked)
    if picked.ndim == 1 and picked.dtype.kind in "iu":
        outside = picked[(picked < -n_clips) | (picked >= n_clips)]
        if len(outside):
            raise IndexError(
                f"Positions {name_some(outside)} do not exist: the corpus has {n_clips} clips."
            )
        return np.arange(n_clips)[picked]
    raise TypeError(
        f"rows={rows!r:.60} selects nothing that is known here: give a boolean mask, positions, a "
        "function that makes one of these from the frame, or the report of check(). Values of a "
        'column go by keyword: select(emotion=["angry", "sad"]).'
    )


def matching(frame: pd.DataFrame, columns: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Mask ``(n_clips,)`` of the rows that hold one of the wanted values in every column."""
    mask = np.ones(len(frame), dtype=bool)
    for column, wanted in columns.items():
        if column not in frame:
            raise ValueError(
                f"The corpus has no column {column!r}.{did_you_mean(column, frame.columns)} "
                f"It has {name_some(frame.columns, limit=40)}."
            )
        values = list(wanted) if pd.api.types.is_list_like(wanted) else [wanted]
        occurring = frame[column].unique().tolist()
        for value in values:
            if value not in occurring:
                raise ValueError(
                    f"No clip has {column}={value!r}.{did_you_mean(value, occurring)} "
                    f"There are {name_some(sorted(map(repr, occurring)), limit=20)}."
                )
        mask &= frame[column].isin(values).to_numpy()
    return mask
