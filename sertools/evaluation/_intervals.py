"""The interval of an evaluation, or of a part of its predictions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sertools.evaluation._metrics import clustered_interval

__all__ = ["interval_of"]


def interval_of(predictions: pd.DataFrame) -> tuple[float, float]:
    """Interval of 95 % for the UAR of predictions, from draws of their speakers.

    Clips whose speaker is not known are drawn one by one; all are if there are not two speakers.
    """
    labels, predicted = predictions["label"], predictions["predicted"]
    if "speaker" not in predictions:
        return clustered_interval(labels, predicted)
    units, names = predictions["speaker"].astype(object).factorize()
    if len(set(names) - {""}) < 2:
        return clustered_interval(labels, predicted)
    (unknown,) = np.nonzero(names[units] == "")
    units[unknown] = len(names) + np.arange(len(unknown))
    return clustered_interval(labels, predicted, units)
