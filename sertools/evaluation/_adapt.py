"""Where a speaker normaliser belongs in a model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sklearn.base import clone
from sklearn.pipeline import Pipeline

from sertools.augmentation import AugmentedClassifier
from sertools.preprocessing import SpeakerNormalizer

__all__ = ["parts_of", "refuse_unreached", "with_normalizer"]


def refuse_unreached(estimator: Any) -> None:
    """Refuse a model with a SpeakerNormalizer that nobody tells who speaks."""
    reached = [id(step) for step in _steps_of(estimator)]
    for part in parts_of(estimator):
        if isinstance(part, SpeakerNormalizer) and id(part) not in reached:
            raise ValueError(
                f"{estimator!r:.500} holds a SpeakerNormalizer that gets no groups when it "
                "predicts: scikit-learn's searches, ensembles and unions hand none on. Make it a "
                "step of the pipeline, and search by grid= of evaluate."
            )


def with_normalizer(estimator: Any) -> Any:
    """A copy of a model with a SpeakerNormalizer after the last step that makes features."""
    if any(isinstance(part, SpeakerNormalizer) for part in parts_of(estimator)):
        raise ValueError(
            "adapt=True puts a SpeakerNormalizer into the model, which has one: evaluate it as it "
            "is, or take its own out."
        )
    changed = clone(estimator)
    if not _insert(changed):
        raise ValueError(
            "adapt=True puts a SpeakerNormalizer after the last extractor in a pipeline, and "
            f"{estimator!r:.500} has none there: begin the pipeline with an extractor, search by "
            "grid= in place of a search around it, or put SpeakerNormalizer() where it belongs."
        )
    return changed


def _insert(estimator: Any) -> bool:
    """Insert a normaliser into a pipeline, or into what is augmented, if it fits."""
    if isinstance(estimator, AugmentedClassifier):
        return _insert(estimator.estimator)
    if not isinstance(estimator, Pipeline):
        return False
    takers = [any(map(_is_extractor, parts_of(step))) for _, step in estimator.steps]
    if takers[-1]:
        return _insert(estimator.steps[-1][1])
    if not any(takers):
        return False
    last = max(place for place, takes in enumerate(takers) if takes)
    estimator.steps.insert(last + 1, ("speakernormalizer", SpeakerNormalizer()))
    return True


def _steps_of(estimator: Any) -> Iterator[Any]:
    """The steps that `evaluate` hands groups to, and the estimator if it has none."""
    if isinstance(estimator, AugmentedClassifier):
        yield from _steps_of(estimator.estimator)
    elif isinstance(estimator, Pipeline):
        for _, step in estimator.steps:
            yield from _steps_of(step)
    else:
        yield estimator


def parts_of(estimator: Any) -> list[Any]:
    """An estimator and all that it is made of."""
    if not hasattr(estimator, "get_params") or isinstance(estimator, type):
        return [estimator]
    return [estimator, *estimator.get_params(deep=True).values()]


def _is_extractor(part: Any) -> bool:
    """Whether a part makes features of clips: its rows are independent, and it has statistics."""
    return hasattr(part, "_row_wise") and hasattr(part, "stats")
