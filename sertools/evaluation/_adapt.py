"""Where a speaker normaliser belongs in a model."""

from __future__ import annotations

from typing import Any

from sklearn.base import clone
from sklearn.pipeline import Pipeline

from sertools.preprocessing import SpeakerNormalizer, ToDevice

__all__ = ["adapts", "parts_of", "with_normalizer"]


def adapts(estimator: Any) -> bool:
    """Whether a model holds a speaker normaliser."""
    return any(isinstance(part, SpeakerNormalizer) for part in parts_of(estimator))


def with_normalizer(estimator: Any) -> Any:
    """A copy of a model with a SpeakerNormalizer after the last step that takes clips."""
    if adapts(estimator):
        raise ValueError(
            "adapt=True puts a SpeakerNormalizer into the model, which has one: evaluate it as it "
            "is, or take its own out."
        )
    changed = clone(estimator)
    if not _insert(changed):
        raise ValueError(
            "adapt=True puts a SpeakerNormalizer after the last step that takes clips, and "
            f"{estimator!r:.500} has none: begin the pipeline with an extractor, or put "
            "SpeakerNormalizer() where it belongs and pass groups."
        )
    return changed


def _insert(estimator: Any) -> bool:
    """Insert a normaliser into a pipeline, or into what is augmented or searched, if it fits."""
    if not isinstance(estimator, Pipeline):
        return hasattr(estimator, "estimator") and _insert(estimator.estimator)
    takers = [any(map(_takes_clips, parts_of(step))) for _, step in estimator.steps]
    if takers[-1]:
        return _insert(estimator.steps[-1][1])
    if not any(takers):
        return False
    last = max(place for place, takes in enumerate(takers) if takes)
    estimator.steps.insert(last + 1, ("speakernormalizer", SpeakerNormalizer()))
    return True


def parts_of(estimator: Any) -> list[Any]:
    """An estimator and all that it is made of."""
    if not hasattr(estimator, "get_params") or isinstance(estimator, type):
        return [estimator]
    return [estimator, *estimator.get_params(deep=True).values()]


def _takes_clips(part: Any) -> bool:
    """Whether a part works on clips: then it says if its rows are independent."""
    return hasattr(part, "_row_wise") and not isinstance(part, ToDevice)
