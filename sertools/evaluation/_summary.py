"""An evaluation in print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sertools.evaluation._anchors import anchors as all_anchors

if TYPE_CHECKING:
    from sertools.evaluation._evaluation import Evaluation

__all__ = ["NAMES", "chosen_in", "conditions", "lines_of", "of_the_interval", "published"]

_NAME_WIDTH = 31

# A run in a word, by what it sees of the speakers it is tested on.
NAMES = {
    "nothing": "this model",
    "nothing new": "adapted: speakers are known",
    "unlabelled clips": "adapted: sees unlabelled clips",
    "unlabelled clips, self-trained": "self-trained: unlabelled clips",
}

# Below so many speakers intervals hold the truth in fewer than nine of ten cases (simulated).
_FEW = 10


def lines_of(evaluation: Evaluation) -> Iterator[str]:
    """Lines to print: conditions, scores, what is published under the same, and details."""
    yield from conditions(evaluation)
    yield ""
    yield _row("", "UAR", "95 % interval", "accuracy", "F1", "worst speaker")
    for run in evaluation.runs:
        low, high = run.interval
        worst = ""
        if run.per_speaker is not None:
            row = run.per_speaker.iloc[0]
            worst = f"{row['uar']:.3f} {row.name} ({_counted(int(row['clips']), 'clip')})"
        yield _row(
            NAMES[run.sees], f"{run.uar:.3f}", f"{low:.3f} to {high:.3f}", f"{run.accuracy:.3f}",
            f"{run.f1:.3f}", worst,
        )  # fmt: skip
    yield _row("chance", f"{evaluation.chance:.3f}")
    yield from of_the_interval(evaluation)
    yield from published(evaluation)
    yield ""
    for run in evaluation.runs:
        yield from _details(run)


def conditions(evaluation: Evaluation) -> Iterator[str]:
    """What was tested, on what, and under which conditions."""
    speakers = evaluation.per_speaker
    tested = [
        _counted(len(evaluation.predictions), "clip"),
        *([] if speakers is None else [_counted(len(speakers), "speaker")]),
        f"{len(evaluation.per_class)} classes",
        _counted(len(evaluation.folds), "fold"),
    ]
    yield evaluation.model
    name = "" if evaluation.protocol is None else f"{evaluation.protocol.name}: "
    yield f"{name}{evaluation.splits}; {', '.join(tested)}"
    if evaluation.left_out is not None:
        yield f"Labels of both: {', '.join(evaluation.per_class.index)}."
        for side, labels in evaluation.left_out.items():
            if labels:
                clips = ", ".join(f"{label} {n}" for label, n in labels.items())
                yield f"Clips left out of {side}: {clips}."
    elif evaluation.n_left_out:
        yield f"{evaluation.n_left_out} clips are in no test part."
    yield {
        True: "Speaker-independent: no speaker is on both sides of a fold.",
        False: "NOT speaker-independent: it is tested on speakers it has heard in training.",
        None: "It may be tested on speakers it has heard in training: not all of them are known.",
    }[evaluation.speaker_independent]


def of_the_interval(evaluation: Evaluation) -> Iterator[str]:
    """What the interval is about."""
    speakers = evaluation.per_speaker
    if speakers is None or len(speakers) < 2:
        yield "The interval is for other clips of the same speakers."
        return
    few = ", too narrow for so few" if len(speakers) < _FEW else ""
    alone = len(evaluation.predictions) - int(speakers["clips"].sum())
    besides = f" and of {alone} clips of nobody known" if alone else ""
    yield f"The interval is for other speakers, from draws of these {len(speakers)}{besides}{few}."


def published(evaluation: Evaluation) -> Iterator[str]:
    """Published results under the same protocol, or why there are none to compare with."""
    anchors = evaluation.anchors()
    yield ""
    if not anchors:
        if evaluation.protocol is not None and all_anchors(evaluation.protocol.name):
            yield "Results published under this protocol are of other emotions or clips."
        else:
            yield "No results are published under these folds."
        return
    yield "Published under the same protocol"
    for anchor in anchors:
        name = anchor.system
        if anchor.speakers != "nothing":
            name += f" (sees {anchor.speakers})"
        accuracy, f1 = (
            "" if score is None else f"{score:.3f}" for score in (anchor.accuracy, anchor.f1)
        )
        yield _row(name, f"{anchor.uar:.3f}", "", accuracy, f1)
    for source in dict.fromkeys((anchor.source, anchor.note) for anchor in anchors):
        yield "  " + ": ".join(filter(None, source))


def _details(run: Evaluation) -> Iterator[str]:
    """Recalls of the classes, women and men, seconds."""
    recalls = run.per_class["recall"].items()
    yield NAMES[run.sees]
    yield "  recall: " + ", ".join(f"{label} {recall:.2f}" for label, recall in recalls)
    if run.gender_gap is not None:
        yield f"  UAR of women less that of men: {run.gender_gap:+.3f}"
    if "chosen" in run.folds:
        yield "  chosen within the folds: " + ", ".join(chosen_in(run))
    yield f"  fits took {run.fit_seconds:.1f} s, predictions {run.predict_seconds:.1f} s"


def chosen_in(run: Evaluation) -> Iterator[str]:
    """What was chosen, and in how many folds."""
    words = Counter(
        " ".join(f"{name}={value!r}" for name, value in chosen.items())
        for chosen in run.folds["chosen"]
    )
    for word, times in words.most_common():
        yield f"{word} ({times} of {len(run.folds)})"


def _counted(number: int, thing: str) -> str:
    """As many things, in words."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _row(name: str, *cells: str) -> str:
    """A line of the table."""
    widths = (6, 16, 9, 6, 0)
    filled = "".join(
        f"{cell:>{width}}" if width else f"  {cell}"
        for cell, width in zip(cells, widths, strict=False)
    )
    return f"{name:<{_NAME_WIDTH}}{filled}".rstrip()
