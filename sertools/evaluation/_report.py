"""An evaluation as one HTML file that needs nothing else: numbers, drawings and sounds."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from importlib.resources import files
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from sertools.evaluation._charts import axis, bar, legend, mark, segment, track
from sertools.evaluation._errors import drawn_errors
from sertools.evaluation._html import Html, columns, element, joined, table, text
from sertools.evaluation._intervals import interval_of
from sertools.evaluation._metrics import uar_score
from sertools.evaluation._summary import (
    NAMES,
    chosen_in,
    conditions,
    of_the_interval,
    published,
)
from sertools.evaluation._sureness import drawn_sureness

if TYPE_CHECKING:
    from sertools.evaluation._evaluation import Evaluation

__all__ = ["report_of"]

_STYLE = files(__package__).joinpath("report.css").read_text(encoding="utf-8")

# Nothing is fetched and nothing runs, whatever the labels may say.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; media-src data:"

_GENDERS = {"female": "women", "male": "men"}
_COUNTS = {
    "train_clips": "training clips", "test_clips": "test clips", "test_speakers": "test speakers",
}  # fmt: skip


def report_of(evaluation: Evaluation, X: Any = None, n_clips: int = 8) -> str:
    """The report, with `n_clips` wrong predictions; they can be heard if `X` is what was given."""
    if isinstance(n_clips, bool) or not isinstance(n_clips, Integral) or n_clips < 0:
        raise ValueError(f"n_clips={n_clips!r}: give a number of clips, 0 or more.")
    sections = {
        "Scores": _scores(evaluation),
        "Classes": _classes(evaluation),
        "Speakers": _speakers(evaluation),
        "How sure it is": drawn_sureness(evaluation, _names(evaluation)),
        "What it gets wrong": drawn_errors(evaluation, X, int(n_clips)),
        "Model": _models(evaluation),
        "Folds": _folds(evaluation),
        "Versions": _versions(evaluation),
    }
    written = [(element("h2", title), *parts) for title, parts in sections.items()]
    body = joined(element("section", *parts) for parts in written if len(parts) > 1)
    title = element("title", f"UAR {evaluation.uar:.3f}, {_tested(evaluation)}")
    # Within a style element nothing is escaped: it is our own.
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"{title}\n<style>\n{_STYLE}</style>\n</head>\n<body>\n{_head(evaluation)}\n{body}\n"
        "</body>\n</html>\n"
    )


def _names(evaluation: Evaluation) -> list[str]:
    """The runs in a word or two each."""
    return [NAMES[run.sees].partition(":")[0] for run in evaluation.runs]


def _tested(evaluation: Evaluation) -> str:
    """What was tested, in which folds."""
    _, tested, *_ = conditions(evaluation)
    return tested


def _head(evaluation: Evaluation) -> Html:
    """The scores at a glance, and the conditions they were taken under."""
    _, tested, *left_out, independence = conditions(evaluation)
    verdict = {True: "good", False: "bad", None: "unsure"}[evaluation.speaker_independent]
    cards = [
        element(
            "div",
            element("h2", NAMES[run.sees]),
            element("p", f"{run.uar:.3f}", class_="score"),
            element("p", "UAR, 95 % interval {:.3f} to {:.3f}".format(*run.interval)),
            class_=f"card run{place}",
        )
        for place, run in enumerate(evaluation.runs)
    ]
    meaning = (
        "UAR is the unweighted average recall, the mean of the recalls of the classes; guessing "
        f"scores {evaluation.chance:.3f}. "
    )
    return element(
        "header",
        element("h1", "Evaluation of speech emotion recognition"),
        element("p", tested, class_="tested"),
        element("p", independence, class_=f"verdict {verdict}", role="note"),
        *(element("p", line) for line in left_out),
        element("div", *cards, class_="cards"),
        element("p", meaning, *of_the_interval(evaluation), class_="note"),
        element("p", f"Written on {datetime.date.today().isoformat()}.", class_="note"),
    )


def _scores(evaluation: Evaluation) -> Iterator[Html]:
    """The UAR of all there is to compare, drawn, and the other scores of the runs."""
    chance = evaluation.chance
    guessing = segment((chance, chance), (0, 1), "chance")
    rows: list[tuple[object, ...]] = []
    for place, run in enumerate(evaluation.runs):
        low, high = run.interval
        interval = f"{low:.3f} to {high:.3f}"
        drawn = track(
            f"UAR {run.uar:.3f}, 95 % interval {interval}",
            guessing,
            segment((low, high), (0.5, 0.5), f"whisker run{place}"),
            mark(f"run{place}", run.uar),
        )
        rows.append((NAMES[run.sees], drawn, f"{run.uar:.3f}", interval))
    rows.append(("chance", track(f"UAR {chance:.3f}", guessing), f"{chance:.3f}", ""))
    for anchor in evaluation.anchors():
        seen = "" if anchor.speakers == "nothing" else f" (sees {anchor.speakers})"
        drawn = track(f"UAR {anchor.uar:.3f}", guessing, mark("published", anchor.uar))
        rows.append((f"{anchor.system}{seen}", drawn, f"{anchor.uar:.3f}", "published"))
    header = ("", axis("UAR from 0 to 1"), "UAR", "95 % interval")
    yield table("Unweighted average recall; the dashed line is chance", header, rows)
    yield from _anchors(evaluation)
    others = map(dict, map(_other_scores, evaluation.runs))
    further = dict(zip(_names(evaluation), others, strict=True))
    yield columns("Further scores; women, men and the worst speaker by UAR", further)


def _other_scores(run: Evaluation) -> Iterator[tuple[str, str]]:
    """What there is to say of a run beside its UAR."""
    yield "sees of the speakers", run.sees
    yield "accuracy", f"{run.accuracy:.3f}"
    yield "F1 (macro)", f"{run.f1:.3f}"
    yield "precision (macro)", f"{run.precision:.3f}"
    if run.per_speaker is not None:
        worst = run.per_speaker.iloc[0]
        yield "worst speaker", f"{worst['uar']:.3f} ({worst.name})"
    if run.gender_gap is not None:
        for gender, people in _GENDERS.items():
            part = run.predictions[run.predictions["gender"] == gender]
            yield people, f"{uar_score(part['label'], part['predicted']):.3f}"
        yield "women less men", f"{run.gender_gap:+.3f}".replace("-", "−")
    yield "fits, seconds", f"{run.fit_seconds:.1f}"
    yield "predictions, seconds", f"{run.predict_seconds:.1f}"


def _anchors(evaluation: Evaluation) -> Iterator[Html]:
    """Published results in numbers with their notes, or why there are none."""
    anchors = evaluation.anchors()
    if not anchors:
        _, reason = published(evaluation)
        yield element("p", reason, class_="note")
        return
    rows = []
    for anchor in anchors:
        scores = (anchor.uar, anchor.accuracy, anchor.f1)
        numbers = ("" if score is None else f"{score:.3f}" for score in scores)
        rows.append((anchor.system, text(anchor.kind), text(anchor.speakers), *numbers))
    words = (text(word, head=True) for word in ("kind", "sees of the speakers"))
    header = ("", *words, "UAR", "accuracy", "F1")
    yield table("Published under the same protocol, the best first", header, rows)
    for source, note in dict.fromkeys((anchor.source, anchor.note) for anchor in anchors):
        yield element("p", f"{source}: {note}.", class_="note")


def _classes(evaluation: Evaluation) -> Iterator[Html]:
    """Of each run, what is taken for what, and how well each class is found."""
    for place, run in enumerate(evaluation.runs):
        if len(evaluation.runs) > 1:
            yield element("h3", NAMES[run.sees])
        yield element("div", _confusion(run), _recalls(run, f"run{place}"), class_="pair")


def _confusion(run: Evaluation) -> Html:
    """The confusion matrix in per cent of its rows, and in clips."""
    counts = run.confusion.to_numpy()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    rows = []
    for place, label in enumerate(run.classes):
        cells = (
            element(
                "td",
                element("b", f"{100 * share:.0f}"),
                element("small", count),
                style=f"--share:{share:.3f}",
                class_="none" if not count else "right" if column == place else None,
            )
            for column, (share, count) in enumerate(zip(shares[place], counts[place], strict=True))
        )
        rows.append((label, *cells))
    caption = "What each label (row) is taken for (column): per cent of its clips, and clips"
    return table(caption, ("", *run.classes), rows, class_="confusion")


def _recalls(run: Evaluation, kind: str) -> Html:
    """Recall with its interval, precision, F1 and clips of each class."""
    rows = []
    for label, scores in run.per_class.iterrows():
        low, high = interval_of(run.predictions[run.predictions["label"] == label])
        drawn = track(
            f"recall {scores['recall']:.3f}, 95 % interval {low:.3f} to {high:.3f}",
            segment((low, high), (0.5, 0.5), f"whisker {kind}"),
            mark(kind, scores["recall"]),
        )
        numbers = (f"{scores[name]:.3f}" for name in ("recall", "precision", "f1"))
        rows.append((label, drawn, *numbers, f"{scores['clips']:.0f}"))
    header = ("", axis("recall from 0 to 1"), "recall", "precision", "F1", "clips")
    return table("Each class; the line is the 95 % interval of its recall", header, rows)


def _speakers(evaluation: Evaluation) -> Iterator[Html]:
    """The speakers, the worst first; a bar for the model, and marks for its other runs."""
    tables = [run.per_speaker for run in evaluation.runs if run.per_speaker is not None]
    if not tables:
        return
    speakers = tables[0]
    uars = np.column_stack([of_run.loc[speakers.index, "uar"] for of_run in tables])
    overall = segment((evaluation.uar, evaluation.uar), (0, 1), "overall")
    has_gender = "gender" in speakers and bool(speakers["gender"].any())
    rows = []
    for speaker, of_runs in zip(speakers.index, uars, strict=True):
        numbers = [f"{uar:.3f}" for uar in of_runs]
        marks = [mark(f"run{place}", uar) for place, uar in enumerate(of_runs)]
        # The model itself on top.
        drawn = track(f"UAR {', '.join(numbers)}", bar(of_runs[0]), overall, *reversed(marks))
        gender = [text(speakers["gender"][speaker])] if has_gender else []
        rows.append((speaker, *gender, drawn, *numbers, speakers["clips"][speaker]))
    names = _names(evaluation)
    gender = [text("gender", head=True)] if has_gender else []
    uar = names if len(names) > 1 else ["UAR"]
    header = ("", *gender, axis("UAR from 0 to 1"), *uar, "clips")
    yield legend(names)
    caption = f"UAR of each speaker, the worst first; the line is that of all, {evaluation.uar:.3f}"
    yield table(caption, header, rows)


def _models(evaluation: Evaluation) -> Iterator[Html]:
    """Each run's model, and what was chosen for it."""
    for run in evaluation.runs:
        if len(evaluation.runs) > 1:
            yield element("h3", NAMES[run.sees])
        yield element("pre", run.model)
        if "chosen" in run.folds:
            yield element("p", "Chosen within the folds: ", ", ".join(chosen_in(run)), ".")


def _folds(evaluation: Evaluation) -> Iterator[Html]:
    """Clips, speakers and UAR of each fold."""
    counts = evaluation.folds[[name for name in _COUNTS if name in evaluation.folds]]
    uars = [run.folds["uar"] for run in evaluation.runs]
    rows = (
        (fold, *counts.loc[fold], *(f"{of_run[fold]:.3f}" for of_run in uars))
        for fold in evaluation.folds.index
    )
    names = _names(evaluation)
    of_runs = [f"UAR, {name}" for name in names] if len(names) > 1 else ["UAR"]
    header = ("fold", *counts.rename(columns=_COUNTS), *of_runs)
    yield table("A fold can lack classes: the mean of these is not the score", header, rows)


def _versions(evaluation: Evaluation) -> Iterator[Html]:
    """What computed this."""
    yield element("p", ", ".join(f"{name} {one}" for name, one in evaluation.versions.items()))
