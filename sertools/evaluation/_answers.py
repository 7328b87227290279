"""What a model says of the folds of an evaluation, and files of it until the evaluation is done."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sertools._files import whole_file

__all__ = ["Answer", "KeptAnswers", "Said"]


class Said(NamedTuple):
    """Predictions, probabilities by class if there are any, and whether speakers were told."""

    predicted: NDArray[Any]
    probabilities: pd.DataFrame | None
    told: bool


class Answer(NamedTuple):
    """What was said of the test part of a fold, how long it took, by which model, and by which
    versions of what it depends on."""

    said: Said
    fit_seconds: float
    predict_seconds: float
    chosen: dict[str, Any]
    adapts: bool
    versions: dict[str, str]


class KeptAnswers:
    """Answers to folds of one evaluation in a folder, so that it can go on after an interruption.

    They are JSON, one file for each run and fold, there as soon as the fold is done. The labels are
    text, and the parameters that are chosen are none. What tells this evaluation from all others is
    for the name of the folder to say.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __len__(self) -> int:
        """How many there are, of all runs."""
        return len(list(self.folder.glob("*.json")))

    def of(self, run: str, n_folds: int) -> dict[int, list[Answer]]:
        """The answers of a run that are there, by the place of the fold."""
        found = {}
        for place in range(n_folds):
            file = self._file(run, place)
            if file.is_file():
                found[place] = [_answer(facts) for facts in json.loads(file.read_bytes())]
        return found

    def keep(self, run: str, place: int, answers: Sequence[Answer]) -> None:
        """Write the answers to the fold at a place; a warning says if that cannot be."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with whole_file(self._file(run, place)) as file:
                file.write(json.dumps([_facts(answer) for answer in answers]).encode())
        except OSError as error:
            warnings.warn(
                f"A fold that is done cannot be kept in {str(self.folder)!r} ({error}). The result "
                "is right, but interrupted now, this fold would be fitted again.",
                RuntimeWarning,
                stacklevel=2,
            )

    def forget(self) -> None:
        """Remove them, when the evaluation is done."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _file(self, run: str, place: int) -> Path:
        return self.folder / f"{run}-{place}.json"


def _facts(answer: Answer) -> dict[str, Any]:
    """An answer in JSON's words."""
    said, probabilities = answer.said, answer.said.probabilities
    return answer._asdict() | {
        "said": {
            "predicted": said.predicted.tolist(),
            "probabilities": None if probabilities is None else probabilities.to_dict("split"),
            "told": said.told,
        }
    }


def _answer(facts: dict[str, Any]) -> Answer:
    """An answer of JSON's words."""
    said = facts["said"]
    probabilities = said["probabilities"]
    known = None if probabilities is None else pd.DataFrame(**probabilities)
    return Answer(**facts | {"said": Said(np.array(said["predicted"]), known, said["told"])})
