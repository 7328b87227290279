"""leak_tax: what a random split adds to a score that no new speaker will pay."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.model_selection import StratifiedKFold

from sertools._sklearn import _num_samples
from sertools._validation import check_labels
from sertools.datasets import Corpus
from sertools.evaluation._data import NOBODY_KNOWN
from sertools.evaluation._evaluate import evaluate

__all__ = ["leak_tax"]


def leak_tax(
    estimator: Any,
    X: Any,
    y: ArrayLike | None = None,
    *,
    groups: ArrayLike | None = None,
    cv: Any = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    random_state: int = 0,
) -> pd.DataFrame:
    """Evaluate the same model under random folds, published ones, and folds by speaker.

    Parameters
    ----------
    estimator : classifier
        The model, cloned for each fold.
    X : Corpus, or sequence of clips, recordings or rows
        What is predicted from. A corpus brings labels and speakers.
    y : array-like of shape (n_clips,) or None, default=None
        The labels, unless `X` is a corpus.
    groups : array-like of shape (n_clips,) or None, default=None
        The speakers, unless `X` is a corpus.
    cv : str, splitter, list of (train, test) or None, default=None
        The published folds, such as ``"ravdess/emobox"``; None leaves them out. The others are
        five, or those by speaker as many as there are speakers if these are fewer.
    n_jobs : int or None, default=None
        Processes that work on folds.
    verbose : int, default=0
        Above 0, show on standard error how many folds are done.
    random_state : int, default=0
        Draws the folds.

    Returns
    -------
    DataFrame
        One row for each kind of folds: whether they are ``speaker_independent``, ``uar`` with its
        interval from ``low`` to ``high``, ``accuracy``, and the ``tax``: how much UAR there is
        beyond that of the folds by speaker.

    See Also
    --------
    audit_split : What it is that the sides of a split share.

    Examples
    --------
    >>> from sertools import leak_tax, make_corpus, make_emotion_pipeline
    >>> corpus = make_corpus(n_speakers=5, n_per_speaker=6)
    >>> leak_tax(make_emotion_pipeline("svm"), corpus)["speaker_independent"]
    folds
    random        False
    by speaker     True
    Name: speaker_independent, dtype: bool
    """
    if isinstance(cv, Integral):
        raise ValueError(
            f"cv={cv!r}: leak_tax draws random folds and folds by speaker itself, and cv is for "
            'published ones beside them, such as "ravdess/emobox".'
        )
    speakers = X.groups if isinstance(X, Corpus) else groups
    if speakers is None:
        raise ValueError(f"leak_tax tells speakers apart, and {NOBODY_KNOWN}")
    n_speakers = len(np.unique(check_labels(speakers, _num_samples(X), "groups")))
    if n_speakers < 2:
        raise ValueError("leak_tax compares with folds by speaker, and there is one speaker only.")
    kinds: dict[str, Any] = {
        "random": StratifiedKFold(5, shuffle=True, random_state=random_state),
        **({} if cv is None else {"published": cv}),
        "by speaker": min(5, n_speakers),
    }
    results = {
        kind: evaluate(
            estimator,
            X,
            y,
            groups=groups,
            cv=folds,
            n_jobs=n_jobs,
            verbose=verbose,
            random_state=random_state,
        )
        for kind, folds in kinds.items()
    }
    rows = {
        kind: {
            "speaker_independent": result.speaker_independent,
            "uar": result.uar,
            "low": result.interval[0],
            "high": result.interval[1],
            "accuracy": result.accuracy,
            "tax": result.uar - results["by speaker"].uar,
        }
        for kind, result in results.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("folds")
