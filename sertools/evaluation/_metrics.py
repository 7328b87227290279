"""The headline score, unweighted average recall, and how far it can be trusted."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import make_scorer
from sklearn.utils import check_consistent_length, check_random_state, column_or_1d
from sklearn.utils.multiclass import unique_labels

from sertools._sklearn import _check_sample_weight
from sertools._validation import refuse_missing_labels

__all__ = ["clustered_interval", "comparable", "uar_score", "uar_scorer"]


def uar_score(
    y_true: ArrayLike, y_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Unweighted average recall: the mean of the recalls of the classes in `y_true`.

    Guessing scores 1 divided by the number of classes, however rare some of them are. It is
    scikit-learn's ``balanced_accuracy_score``, except that a class which is only predicted is an
    error like any other, without a warning: a fold or a speaker can lack classes that the model
    knows. A class that the model does not know counts as missed: :func:`evaluate` refuses such
    folds, and scikit-learn's searches and ``cross_val_score`` do not look.

    Parameters
    ----------
    y_true : array-like of shape (n_clips,)
        The labels.
    y_pred : array-like of shape (n_clips,)
        What was predicted.
    sample_weight : array-like of shape (n_clips,) or None, default=None
        How much each clip counts within its class; a class whose clips all count 0 is left out.

    Returns
    -------
    float
        The score, from 0 to 1.

    Raises
    ------
    ValueError
        If lengths differ, labels are of different kinds, or no clip counts.

    Examples
    --------
    >>> from sertools.evaluation import uar_score
    >>> uar_score(["sad", "sad", "sad", "angry"], ["sad", "sad", "sad", "happy"])
    0.5
    """
    y_true, y_pred = comparable(y_true, y_pred)
    check_consistent_length(y_true, sample_weight)
    labels = np.unique(y_true, return_inverse=True)[1]
    weights = _check_sample_weight(
        sample_weight, labels, ensure_non_negative=True, allow_all_zero_weights=True
    )
    hits, totals = np.bincount(labels, weights * (y_true == y_pred)), np.bincount(labels, weights)
    counts = totals > 0
    if not counts.any():
        raise ValueError("sample_weight is 0 for every clip: let at least one count.")
    return float((hits[counts] / totals[counts]).mean())


uar_scorer = make_scorer(uar_score)


def clustered_interval(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    speakers: ArrayLike | None = None,
    *,
    level: float = 0.95,
    n_resamples: int = 2000,
    random_state: int | np.random.RandomState | None = 0,
) -> tuple[float, float]:
    """Interval of the unweighted average recall on other speakers, by percentile bootstrap.

    Clips of one speaker succeed and fail together, so that whole speakers are drawn with
    replacement, and all clips of a draw are scored together. A class that a draw lacks does not
    count in it. Few speakers give an interval that is too narrow: four of them can be drawn in 35
    ways only.

    Parameters
    ----------
    y_true : array-like of shape (n_clips,)
        The labels.
    y_pred : array-like of shape (n_clips,)
        What was predicted.
    speakers : array-like of shape (n_clips,) or None, default=None
        Who speaks. With None, or one speaker, clips are drawn: the interval then is for other
        clips of the same speakers.
    level : float, default=0.95
        How often such an interval is to hold the score.
    n_resamples : int, default=2000
        Number of draws.
    random_state : int, RandomState or None, default=0
        Draws the speakers.

    Returns
    -------
    low, high : float
        The interval.

    Raises
    ------
    ValueError
        If lengths differ, there are no clips, or a parameter is out of its range.

    Examples
    --------
    >>> from sertools.evaluation import clustered_interval
    >>> y_true = ["angry", "sad"] * 8
    >>> y_pred = ["angry", "sad"] * 6 + ["sad", "angry"] * 2  # the last speaker is not understood
    >>> speakers = [speaker for speaker in "abcd" for _ in range(4)]
    >>> clustered_interval(y_true, y_pred, speakers)
    (0.25, 1.0)
    """
    y_true, y_pred = comparable(y_true, y_pred)
    check_consistent_length(y_true, speakers)
    refuse_missing_labels(speakers, "speakers")
    if not 0 < level < 1:
        raise ValueError(f"level={level!r}: give a share between 0 and 1, such as 0.95.")
    if n_resamples < 1:
        raise ValueError(f"n_resamples={n_resamples!r}: give a number of draws, 1 or more.")
    tallies = _tallies(y_true, y_pred, speakers)
    # Units of equal tallies are alike to a draw: of clips there are two kinds for each class.
    kinds, n_units = np.unique(tallies, axis=0, return_counts=True)
    drawn = check_random_state(random_state).multinomial(
        len(tallies), n_units / len(tallies), size=n_resamples
    )
    hits, totals = np.split(drawn @ kinds, 2, axis=1)
    recalls = np.divide(hits, totals, out=np.full(hits.shape, np.nan), where=totals > 0)
    low, high = np.quantile(np.nanmean(recalls, axis=1), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def comparable(y_true: ArrayLike, y_pred: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    """Labels and predictions ``(n_clips,)`` that can be compared."""
    check_consistent_length(y_true, y_pred)
    refuse_missing_labels(y_true, "y_true")
    refuse_missing_labels(y_pred, "y_pred")
    true, predicted = column_or_1d(y_true), column_or_1d(y_pred)
    if not len(true):
        raise ValueError("y_true holds 0 labels: give at least 1.")
    unique_labels(true, predicted)  # refuses numbers beside text, and numbers that are no labels
    return true, predicted


def _tallies(
    y_true: NDArray[Any], y_pred: NDArray[Any], speakers: ArrayLike | None
) -> NDArray[np.intp]:
    """Hits, then clips, of each class for each unit that is drawn, ``(n_units, 2 * n_classes)``."""
    classes, labels = np.unique(y_true, return_inverse=True)
    people = np.zeros(len(y_true)) if speakers is None else np.asarray(speakers)
    units = np.unique(people, return_inverse=True)[1]
    if not units.any():  # one speaker
        units = np.arange(len(y_true))
    tallies = np.zeros((1 + units.max(), 2 * len(classes)), dtype=np.intp)
    np.add.at(tallies, (units, labels), y_true == y_pred)
    np.add.at(tallies, (units, len(classes) + labels), 1)
    return tallies
