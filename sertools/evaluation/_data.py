"""What a model is scored on: clips, labels, and what is known of the speakers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier

from sertools._sklearn import _num_samples, _safe_indexing
from sertools._validation import Clips, check_labels
from sertools.datasets import Corpus
from sertools.evaluation._protocols import is_copy

__all__ = ["NOBODY_KNOWN", "Data", "checked", "refuse_no_classifier"]


# The end of a sentence: of clips with groups, and of a corpus, which has its own.
NOBODY_KNOWN = (
    "nobody knows who speaks: pass groups, the speaker of each clip, or of a corpus of your own "
    "its speakers, as in Corpus(clips, emotions, speakers)."
)


class Data(NamedTuple):
    """Clips, labels ``(n_clips,)`` and what is known of the speakers."""

    X: Any
    y: NDArray[Any]
    groups: NDArray[Any] | None
    genders: NDArray[Any] | None

    def taken(self, places: NDArray[np.intp]) -> Data:
        """The clips at some places."""
        X = self.X[places] if isinstance(self.X, Clips) else _safe_indexing(self.X, places)
        groups, genders = (
            None if known is None else known[places] for known in (self.groups, self.genders)
        )
        return Data(X, self.y[places], groups, genders)

    @property
    def n_speakers(self) -> int:
        """How many speakers are known."""
        return 0 if self.groups is None else len(set(self.groups.tolist()) - {""})

    def speakers(self, places: Any = slice(None)) -> NDArray[Any] | None:
        """Who speaks at some places ``(n,)``, or None if nobody there is known."""
        if self.groups is None:
            return None
        groups = self.groups[places]
        return groups if (groups.astype(object) != "").any() else None


def refuse_no_classifier(estimator: Any) -> None:
    """Refuse what predicts no labels."""
    is_estimator = hasattr(estimator, "__sklearn_tags__") and not isinstance(estimator, type)
    if not (is_estimator and is_classifier(estimator)):
        raise TypeError(
            f"{estimator!r:.500} is no classifier, and what is scored is labels: pass one of "
            'scikit-learn\'s kind, such as make_emotion_pipeline("svm") makes.'
        )


def checked(X: Any, y: Any = None, groups: Any = None) -> Data:
    """The clips of a corpus, or clips with labels and perhaps groups, fit to be scored."""
    genders = None
    if isinstance(X, Corpus):
        if y is not None or groups is not None:
            raise TypeError("X is a corpus, which has its own labels and groups: pass it alone.")
        frame = X.frame
        if is_copy(frame).any():
            raise ValueError(
                f"{X!r} holds augmented copies, which are no recordings to be tested on: pass the "
                "corpus as it was, and AugmentedClassifier(estimator, augmenter) as estimator."
            )
        genders = frame["gender"].to_numpy(dtype=str)
        X, y, groups = X.X, X.y, X.groups
    if y is None:
        raise TypeError("y is None: pass the label of each clip, or a corpus as X.")
    n_clips = _num_samples(X)
    labels = check_labels(y, n_clips, "y")
    if len(classes := np.unique(labels)) < 2:
        one = f"one class only ({classes.item()!r})" if len(classes) else "no label"
        raise ValueError(f"y holds {one}: give clips of two classes or more.")
    speakers = None if groups is None else check_labels(groups, n_clips, "groups")
    return Data(X, labels, speakers, genders)
