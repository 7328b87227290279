"""evaluate_cross: an honest number for a model on a corpus of another making."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sertools._validation import name_some
from sertools.datasets import Corpus, concat_corpora
from sertools.evaluation._adapt import check_adapt
from sertools.evaluation._data import Data, checked, refuse_no_classifier
from sertools.evaluation._evaluate import evaluate_plan
from sertools.evaluation._evaluation import Evaluation
from sertools.evaluation._splits import Plan, plan_of

__all__ = ["evaluate_cross"]


def evaluate_cross(
    estimator: Any,
    train: Corpus,
    test: Corpus,
    *,
    adapt: bool | str = False,
    grid: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    random_state: int = 0,
) -> Evaluation:
    """Evaluate a model on another corpus than it is trained on, over the labels of both.

    Parameters
    ----------
    estimator : classifier
        The model: a pipeline from clips or recordings to labels. It is cloned.
    train, test : Corpus
        What it is fitted on, and what it is tested on: both of paths, or both of waveforms at one
        sample rate. ``concat_corpora([...])`` makes one corpus of several. Clips whose label the
        other corpus lacks are left out.
    adapt : bool or "self-train", default=False
        Whether to do it all again with a :class:`SpeakerAdaptedClassifier`, as :func:`evaluate`
        does. It sees the unlabelled clips of the speakers that are tested, and with them the sound
        of their corpus.
    grid : dict or list of dict, default=None
        Values of parameters to choose from, by the UAR of folds by speaker within `train`.
    random_state : int, default=0
        Draws the folds of `grid`.

    Returns
    -------
    Evaluation
        Scores, tables and predictions of one fold; ``left_out`` counts the clips of labels that are
        not shared. In ``predictions``, ``clip`` is the position in `test`.

    Raises
    ------
    ValueError
        If the corpora share a recording or fewer than two labels, or cannot be joined by
        :func:`concat_corpora`.
    OSError
        If a file cannot be read: all are, to tell equal samples by other names. The corpora
        remember what they found.

    See Also
    --------
    evaluate : The same within a corpus.
    audit_split : Looks for recordings that are alike, too, and not just equal.

    Notes
    -----
    As in :func:`concat_corpora` labels are put into the common vocabulary (``"anger"`` is
    ``"angry"``), and speakers bear the name of their corpus, so that speaker 1 of one is not
    speaker 1 of the other. In corpora of one name equal speakers are the same, and the result is
    not speaker-independent.

    Examples
    --------
    >>> from sertools import Corpus, evaluate_cross, make_corpus, make_emotion_pipeline
    >>> lab = make_corpus(n_speakers=4, n_per_speaker=12, emotions=("angry", "sad", "calm"))
    >>> voices = make_corpus(n_speakers=2, n_per_speaker=12, random_state=1)
    >>> field = Corpus(voices.X, voices.y, ["ann"] * 12 + ["ben"] * 12, name="field")
    >>> result = evaluate_cross(make_emotion_pipeline("svm"), lab, field)
    >>> result.splits
    'trained on synthetic (32 clips, 4 speakers), tested on field'
    >>> result.left_out["train"], sorted(result.left_out["test"])
    ({'calm': 16}, ['disgust', 'fearful', 'happy', 'neutral'])
    """
    refuse_no_classifier(estimator)
    check_adapt(adapt)
    for name, corpus in {"train": train, "test": test}.items():
        if not isinstance(corpus, Corpus):
            raise TypeError(
                f"{name} is a {type(corpus).__name__}: give a Corpus, such as load_corpus, "
                "Corpus(X, y, groups) or concat_corpora([...]) make."
            )
        if adapt and corpus.groups is None:
            raise ValueError(
                f"adapt={adapt!r} tells speakers apart, and of {name}, {corpus!r}, none is known."
            )
    _refuse_shared_recordings(train, test)
    # What is tested comes first, so that predictions name clips by their position in `test`.
    data = checked(concat_corpora([test, train]))
    return evaluate_plan(
        estimator,
        data,
        _plan(data, train, test),
        adapt=adapt,
        grid=grid,
        random_state=random_state,
    )


def _plan(data: Data, train: Corpus, test: Corpus) -> Plan:
    """The one fold of clips of `test`, and those of `train` behind them, whose labels both have."""
    is_test = np.arange(len(data.y)) < len(test)
    labels = {"train": data.y[~is_test], "test": data.y[is_test]}
    shared = np.intersect1d(labels["train"], labels["test"])
    if len(shared) < 2:
        has = "; ".join(f"{side} has {name_some(np.unique(y), 30)}" for side, y in labels.items())
        raise ValueError(
            f"The corpora share {len(shared)} label(s), and it takes two: {has}. Give them the "
            'same words, as with corpus.map_labels({"calm": "neutral"}).'
        )
    is_shared = np.isin(data.y, shared)
    fold = np.flatnonzero(~is_test & is_shared), np.flatnonzero(is_test & is_shared)
    plan = plan_of([fold], data.y, data.groups, None, random_state=0)
    n_speakers = 0 if data.groups is None else len(set(data.groups[fold[0]]) - {""})
    speakers = f", {n_speakers} speakers" if n_speakers else ""
    return plan._replace(
        words=f"trained on {train.name} ({len(fold[0])} clips{speakers}), tested on {test.name}",
        left_out={
            side: dict(Counter(label for label in sorted(y.tolist()) if label not in shared))
            for side, y in labels.items()
        },
    )


def _refuse_shared_recordings(train: Corpus, test: Corpus) -> None:
    """Refuse corpora with equal samples in both, whatever the files are called."""
    heard = np.isin(test.recording_ids(), train.recording_ids())
    if heard.any():
        names = np.array(test.paths or [f"clip {i}" for i in range(len(test))], dtype=object)
        shared = name_some(names[heard], limit=3)
        raise ValueError(
            f"train holds {heard.sum()} recording(s) of test ({shared}), and what was heard in "
            "training is no test. Leave them out: "
            "train.select(~np.isin(train.recording_ids(), test.recording_ids()))."
        )
