"""What a model says of the folds of an evaluation, and how that is written down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Answer", "Notes", "Said", "as_json", "of_json"]


class Said(NamedTuple):
    """Predictions, probabilities by class if there are any, and whether speakers were told."""

    predicted: NDArray[Any]
    probabilities: pd.DataFrame | None
    told: bool


class Answer(NamedTuple):
    """What was said of the test part of a fold, how long it took, by which model and versions.

    And the speakers of whom a normaliser knew too little to believe them.
    """

    said: Said
    fit_seconds: float
    predict_seconds: float
    chosen: dict[str, Any]
    adapts: bool
    versions: dict[str, str]
    unbelieved: Sequence[str] = ()


class Notes(Protocol):
    """Where what is finished of some work is noted, so that it can go on after an interruption."""

    def recall(self, name: str) -> Any:
        """What was noted under a name, in JSON's words, or None."""

    def keep(self, name: str, finished: Any) -> None:
        """Note something that JSON has words for."""


def as_json(answer: Answer) -> dict[str, Any]:
    """An answer in JSON's words, if labels are text and no parameters were chosen."""
    said, probabilities = answer.said, answer.said.probabilities
    return answer._asdict() | {
        "said": {
            "predicted": said.predicted.tolist(),
            "probabilities": None if probabilities is None else probabilities.to_dict("split"),
            "told": said.told,
        }
    }


def of_json(words: dict[str, Any]) -> Answer:
    """The answer of JSON's words."""
    said = words["said"]
    probabilities = said["probabilities"]
    known = None if probabilities is None else pd.DataFrame(**probabilities)
    return Answer(**words | {"said": Said(np.array(said["predicted"]), known, said["told"])})
