"""Augmented copies of clips as data, which never lose sight of their parents."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone

from sertools import audio
from sertools._threads import map_in_threads
from sertools._validation import Clips

__all__ = ["with_copies"]


def with_copies(
    clips: Sequence[Any],
    frame: pd.DataFrame,
    recording_ids: NDArray[np.str_],
    augmenter: Any,
    n: int,
) -> tuple[Clips, pd.DataFrame]:
    """Clips with `n` copies of each behind all of them, and their table."""
    _refuse_no_augmenter(augmenter, n)
    rate = getattr(clips, "sr", augmenter.sr)
    if not isinstance(clips, Clips):
        clips = Clips(
            map_in_threads(lambda path: audio.read(path, rate)[0], clips, n_jobs=augmenter.n_jobs),
            sr=rate,
        )
        # What is known of the files need not hold of samples at another rate.
        frame = frame.assign(recording_id="")
    frame = _with_parents(frame, recording_ids)
    augmenter = clone(augmenter).fit(clips)
    grown, tables = list(clips), [frame]
    newest = int(frame["copy"].max())
    for copy in range(newest + 1, newest + n + 1):
        perturbed = augmenter.augment(clips, copy)
        # A clip that nothing happened to is a copy all the same, and no clip is there twice.
        grown += [
            new.copy() if new is old else new for new, old in zip(perturbed, clips, strict=True)
        ]
        steps = [" ".join(map(str, plan)) for plan in augmenter.plan(clips, copy)]
        told = (frame["augmentation"] + " " + pd.Series(steps, index=frame.index)).str.strip()
        tables.append(frame.assign(path="", recording_id="", copy=copy, augmentation=told))
    return Clips(grown, sr=rate), pd.concat(tables, ignore_index=True)


def _with_parents(frame: pd.DataFrame, recording_ids: NDArray[np.str_]) -> pd.DataFrame:
    """The table with what tells of copies, in the words of clips that are none where it is new."""
    frame = frame.copy()
    for column, of_recordings in {"parent_id": "", "copy": 0, "augmentation": ""}.items():
        # In joined corpora some clips may know it and others not.
        known = frame[column] if column in frame else pd.Series(None, frame.index, dtype=object)
        frame[column] = known.where(known.notna(), of_recordings)
    # The parent of a copy of a copy is the recording.
    frame["parent_id"] = frame["parent_id"].where(frame["parent_id"] != "", recording_ids)
    frame["copy"] = frame["copy"].astype(int)
    return frame


def _refuse_no_augmenter(augmenter: Any, n: Any) -> None:
    """Refuse what cannot augment, and a number of copies that is none."""
    if isinstance(augmenter, type) or not hasattr(augmenter, "augment"):
        raise TypeError(
            f"augmenter={augmenter!r:.80} cannot augment: give an Augmenter, as in "
            "corpus.augment(Augmenter([AddNoise((10, 30))], p=1)). In training "
            "AugmentedClassifier does all of this by itself."
        )
    if isinstance(n, bool) or not isinstance(n, Integral) or n < 0:
        raise ValueError(f"n={n!r}: give a number of copies, 0 or more.")
