"""Which rows of a corpus's table are meant: the arguments of ``Corpus.select``."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sertools._validation import did_you_mean, name_some


def positions(rows: Any, frame: pd.DataFrame) -> NDArray[np.intp]:
    """Positions ``(n_picked,)`` that a mask, positions, or a function of the frame point at."""
    n_clips = len(frame)
    if callable(rows):
        rows = rows(frame.copy())
    if isinstance(rows, slice):
        return np.arange(n_clips)[rows]
    if isinstance(rows, pd.Series) and pd.api.types.is_bool_dtype(rows.dtype):
        rows = _aligned(rows, frame.index)
    if isinstance(getattr(rows, "dtype", None), pd.BooleanDtype):
        rows = rows.fillna(False).astype(bool)
    picked = np.asarray(rows)
    if picked.shape == (0,):
        return np.arange(0)
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
        "slice, a function that makes one of these from the frame, or the report of check(). "
        'Values of a column go by keyword: select(emotion=["angry", "sad"]).'
    )


def _aligned(mask: pd.Series[Any], index: pd.Index[Any]) -> pd.Series[Any]:
    """A mask in the order of the frame, whichever way its own rows lie."""
    if not mask.index.sort_values().equals(index):
        raise ValueError(
            f"The mask is a Series of {len(mask)} entries whose index is not that of the frame "
            f"(0 to {len(index) - 1}): make it from corpus.frame, or give mask.to_numpy() with "
            "one entry for each clip."
        )
    return mask.reindex(index)


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
        known = set(occurring)
        for value in values:
            if not (isinstance(value, Hashable) and value in known):
                raise ValueError(
                    f"No clip has {column}={value!r}.{did_you_mean(value, occurring)} "
                    f"There are {name_some(sorted(map(repr, occurring)), limit=20)}."
                )
        mask &= frame[column].isin(values).to_numpy()
    return mask


def fingerprint(names: Iterable[str]) -> str:
    """A hash of paths, or of the ids of recordings, in their order."""
    digest = hashlib.blake2b(digest_size=16)
    for name in names:
        digest.update(name.encode(errors="surrogateescape") + b"\0")
    return digest.hexdigest()
