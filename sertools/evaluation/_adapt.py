"""How a model comes to know who speaks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import FeatureUnion, Pipeline

from sertools._sklearn import (
    _routing_enabled,
    hands_on_groups,
    is_plain_pipeline,
    last_step,
    parts_of,
)
from sertools.augmentation import AugmentedClassifier
from sertools.preprocessing import SpeakerAdaptedClassifier, SpeakerNormalizer
from sertools.preprocessing._row_cache import inmost

__all__ = ["adapted", "check_adapt", "refuse_unreached", "self_train"]


def check_adapt(adapt: Any) -> None:
    """Refuse an `adapt` that is none."""
    is_word = isinstance(adapt, str) and adapt == "self-train"
    if not (is_word or isinstance(adapt, bool | np.bool_)):
        raise ValueError(f'adapt={adapt!r}: give False, True or "self-train".')


def refuse_unreached(estimator: Any) -> None:
    """Refuse a model with a part that is to know who speaks, and is not told."""
    reached = [id(step) for step in _steps_of(estimator)]
    for part in parts_of(estimator):
        if _knows_speakers(part) and id(part) not in reached:
            raise ValueError(
                f"{estimator!r:.500} holds a {type(part).__name__} that gets no groups when it "
                "predicts: they reach the steps of a pipeline, and not what is frozen, or within a "
                "search, an ensemble or a union. Make it a step, and search by grid= of evaluate."
            )


def adapted(estimator: Any, *, self_train: bool) -> Any:
    """A copy of a model in which what follows the features is a SpeakerAdaptedClassifier.

    `self_train` says whether it is to learn from unlabelled clips later.
    """
    for part in parts_of(estimator):
        if _knows_speakers(part):
            raise ValueError(
                "adapt=True puts a SpeakerAdaptedClassifier into the model, which has a "
                f"{type(part).__name__}: evaluate it as it is, or take its own out."
            )
    changed = clone(estimator)
    if not _adapt(changed, self_train):
        raise ValueError(
            "adapt=True makes a SpeakerAdaptedClassifier of what comes after the last extractor in "
            f"a pipeline, and {estimator!r:.500} has no such place: begin a plain Pipeline with "
            "an extractor of sertools, search by grid= in place of a search around it, or put "
            "SpeakerAdaptedClassifier behind the features yourself."
        )
    return changed


def self_train(step: Any, X: Any, groups: Any) -> None:
    """Have the classifier in a fitted model, adapted above, learn from unlabelled clips."""
    step, X, _ = last_step(step, X, groups)
    step.self_train(X, groups)


def _adapt(estimator: Any, self_train: bool) -> bool:
    """Adapt a pipeline, or what is augmented, in place if there are features in it."""
    if isinstance(estimator, AugmentedClassifier):
        return _adapt(estimator.estimator, self_train)
    if not is_plain_pipeline(estimator):
        return False
    takers = [any(map(_is_extractor, parts_of(step))) for _, step in estimator.steps]
    if takers[-1]:
        return _adapt(estimator.steps[-1][1], self_train)
    if not any(takers):
        return False
    first = 1 + max(place for place, takes in enumerate(takers) if takes)
    extractor = inmost(estimator.steps[first - 1][1])
    if _is_extractor(extractor) and not extractor._is_table():
        raise ValueError(
            f"adapt=True needs a table of features, and {extractor!r} gives frames: name "
            "statistics, and a model of tables."
        )
    rest = estimator.steps[first:]
    follows = rest[0][1] if len(rest) == 1 else Pipeline(rest)
    classifier = SpeakerAdaptedClassifier(follows, keep_training=self_train)
    if self_train:
        classifier._refuse_unsure()
    estimator.steps[first:] = [("speakeradaptedclassifier", classifier)]
    return True


def _steps_of(estimator: Any) -> Iterator[Any]:
    """The steps that `evaluate` hands groups to, and the estimator if it has none."""
    if isinstance(estimator, AugmentedClassifier):
        yield from _steps_of(estimator.estimator)
    elif isinstance(estimator, SpeakerAdaptedClassifier):
        yield from (estimator, estimator.normalizer)
    elif isinstance(estimator, Pipeline) and hands_on_groups(estimator):
        for _, step in estimator.steps:
            yield from _steps_of(step)
    elif _routing_enabled() and isinstance(estimator, FeatureUnion):
        for _, step in estimator.transformer_list:
            yield from _steps_of(step)
    elif _routing_enabled() and hasattr(estimator, "transformers"):  # of columns
        for _, step, _ in estimator.transformers:
            yield from _steps_of(step)
    else:
        yield estimator


def _knows_speakers(part: Any) -> bool:
    """Whether a part makes features relative to who speaks."""
    return isinstance(part, SpeakerAdaptedClassifier | SpeakerNormalizer)


def _is_extractor(part: Any) -> bool:
    """Whether a part makes features of clips: its rows are independent, and it has statistics."""
    return hasattr(part, "_row_wise") and hasattr(part, "stats")
