"""How sure a model is of what it says, and how right it is when it is sure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sertools.evaluation._charts import chart, curve, legend, mark, segment
from sertools.evaluation._html import Html, columns, element
from sertools.evaluation._intervals import interval_of

if TYPE_CHECKING:
    from sertools.evaluation._evaluation import Evaluation

__all__ = ["Sureness", "drawn_sureness", "probability_of"]

# A share of fewer clips than these, whose standard error is up to 0.11, is drawn only if there are
# no more.
_LEAST_CLIPS = 20
_MOST_BINS = 10

# Places of a curve; a drawing of 290 pixels shows no more.
_MOST_PLACES = 200


def probability_of(run: Evaluation, column: str) -> NDArray[np.float64] | None:
    """Probability of a column, "label" or "predicted", ``(n_clips,)``; None if there are none."""
    names = [f"p_{label}" for label in run.classes]
    if names[0] not in run.predictions:
        return None
    places = pd.Index(run.classes).get_indexer(run.predictions[column])
    probabilities = run.predictions[names].to_numpy(dtype=np.float64)
    return probabilities[np.arange(len(places)), places].clip(0, 1)


class Sureness(NamedTuple):
    """Probability of what was predicted ``(n_clips,)``, and whether it is right ``(n_clips,)``."""

    probability: NDArray[np.float64]
    right: NDArray[np.bool_]

    @classmethod
    def of(cls, run: Evaluation) -> Sureness | None:
        """That of a run, or None if its model has no probabilities."""
        probability = probability_of(run, "predicted")
        if probability is None:
            return None
        right = run.predictions["label"] == run.predictions["predicted"]
        return cls(probability, right.to_numpy(dtype=bool))

    def bins(self) -> list[NDArray[np.intp]]:
        """Places of clips of like probability, about as many in each bin."""
        n_bins = np.clip(len(self.right) // _LEAST_CLIPS, 1, _MOST_BINS)
        return np.array_split(np.argsort(self.probability, kind="stable"), n_bins)

    def calibration_error(self) -> float:
        """Mean distance of the probability in a bin from the share that is right."""
        distances = [
            len(places) * abs(self.probability[places].mean() - self.right[places].mean())
            for places in self.bins()
        ]
        return float(sum(distances) / len(self.right))

    def if_unsure_ones_are_left_out(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """At each threshold the share of clips that is answered, and that of these right."""
        order = np.argsort(-self.probability, kind="stable")
        # Equally sure ones are answered together.
        ends = np.flatnonzero(np.diff(self.probability[order], append=-1))
        return (ends + 1) / len(order), np.cumsum(self.right[order])[ends] / (ends + 1)

    def accuracy_of_surest(self, share: float) -> float:
        """Share that is right if at least this share of the clips is answered."""
        answered, right = self.if_unsure_ones_are_left_out()
        # Shares are quotients: one that is equal may come out a little below.
        return float(right[np.searchsorted(answered, share - 1e-9)])


def drawn_sureness(evaluation: Evaluation, names: Sequence[str]) -> Iterator[Html]:
    """Whether probabilities mean what they say, and what is won by leaving out unsure answers.

    Of runs by these names; nothing if a model has no probabilities.
    """
    found = [Sureness.of(run) for run in evaluation.runs]
    known = {f"run{place}": sure for place, sure in enumerate(found) if sure is not None}
    if len(known) < len(found):
        return
    figures = [
        _figure(
            "Is it right as often as it says?" + (f" ({name})" if len(names) > 1 else ""),
            "Each mark stands for about as many clips; the line is its 95 % interval. Below the "
            "diagonal it is surer than right.",
            chart(
                "Share that is right against the probability of what is predicted",
                "probability of what is predicted",
                "share that is right",
                segment((0, 1), (0, 1), "chance"),
                *_reliability(run.predictions, sure, kind),
            ),
        )
        for name, run, (kind, sure) in zip(names, evaluation.runs, known.items(), strict=True)
    ]
    selection = chart(
        "Share that is right against the share of clips that are answered",
        "share of clips that are answered",
        "share of these that is right",
        *(part for kind, sure in known.items() for part in _selection(sure, kind)),
    )
    figures.append(
        _figure(
            "And if it left out what it is unsure of?",
            "The clips it is surest of are answered; the mark is where all are.",
            selection,
        )
    )
    yield legend(names)
    yield element("div", *figures, class_="pair")
    numbers = {
        name: dict(_in_numbers(sure)) for name, sure in zip(names, known.values(), strict=True)
    }
    yield columns("The curves in numbers", numbers)


def _figure(question: str, reading: str, drawing: Html) -> Html:
    """A drawing under its question, and how to read it."""
    return element("figure", element("figcaption", element("b", question), reading), drawing)


def _reliability(predictions: pd.DataFrame, sure: Sureness, kind: str) -> Iterator[Html]:
    """Per bin of like probabilities, the share that is right with its interval."""
    right = predictions.assign(label=True, predicted=sure.right)
    for places in sure.bins():
        low, high = interval_of(right.iloc[places])
        x, y = float(sure.probability[places].mean()), float(sure.right[places].mean())
        yield segment((x, x), (low, high), f"whisker {kind}")
        yield mark(kind, x, y, f"{len(places)} clips: probability {x:.3f}, right {y:.3f}")


def _selection(sure: Sureness, kind: str) -> Iterator[Html]:
    """The share that is right among the surest clips, as more and more of them are answered."""
    answered, right = sure.if_unsure_ones_are_left_out()
    enough = np.flatnonzero(answered * len(sure.right) >= min(_LEAST_CLIPS, len(sure.right)))
    shown = enough[np.unique(np.linspace(0, len(enough) - 1, _MOST_PLACES).astype(int))]
    yield curve(kind, zip(answered[shown], right[shown], strict=True))
    yield mark(kind, 1.0, float(right[-1]))


def _in_numbers(sure: Sureness) -> Iterator[tuple[str, str]]:
    """The curves of a run in numbers."""
    yield "mean probability of what is predicted", f"{sure.probability.mean():.3f}"
    yield "share that is right", f"{sure.right.mean():.3f}"
    yield "mean distance of the two over the marks", f"{sure.calibration_error():.3f}"
    for per_cent in (75, 50, 25):
        right = sure.accuracy_of_surest(per_cent / 100)
        yield f"right among the surest {per_cent} %", f"{right:.3f}"
