"""Accuracy: every model of the library on a corpus, under one protocol, in one table.

    python benchmarks/accuracy.py --corpus ravdess --root FOLDER --cv ravdess/emobox --out RESULTS
        [--models best svm-gemaps] [--shuffled] [--tax kernel-compact] [--n-jobs 2]

Each model is evaluated as it is and, if it works on a table of features, with speaker adaptation;
the best ones with self-training, too. Random folds know all speakers, and leave nothing to adapt.
Its result is written to RESULTS/CORPUS/PROTOCOL as JSON once it is there, and a run that was cut
off goes on with the next model: to measure again, delete what is there. Seconds are those of all
folds with reading and extraction, from an empty cache; where a model is adapted or learns on, they
come after and find the features. The table is written as Markdown and CSV, published results of the
same protocol below it: the networks among them know nothing of the speakers.

`--shuffled` is a control: labels are dealt out at random first, and a score beyond chance would be
a fault of the evaluation. `--tax` adds what random folds would have claimed for a model.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sertools import Corpus, evaluate, leak_tax, load_corpus, make_emotion_pipeline
from sertools.evaluation import anchors, find_protocol, protocol

TABLES = {
    "best": ("best", "speech"),
    "best-small": ("best", "speech-small"),
    **{
        f"{model}-{features}": (model, features)
        for features in ("compact", "gemaps")
        for model in ("svm", "xgboost", "kernel")
    },
    "mlp-compact": ("mlp", "compact"),
}
FRAMES = {name: (name, None) for name in ("cnn", "rnn", "crnn")}
MODELS = {**TABLES, **FRAMES}

SEES = {
    "nothing": "nothing",
    None: "their voices and labels, in training",
    "unlabelled clips": "their clips, unlabelled",
    "unlabelled clips, self-trained": "the same, and learns from them",
}


def folder(options: argparse.Namespace) -> Path:
    """Where the results of this corpus and this protocol are."""
    return options.out / options.corpus / options.cv.replace("/", "-")


def evaluated(name: str, corpus: Corpus, options: argparse.Namespace) -> dict[str, Any]:
    """The result of a model as JSON knows it, from its file if it is there."""
    file = folder(options) / f"{name}{'-shuffled' if options.shuffled else ''}.json"
    if not file.exists():
        model, features = MODELS[name]
        cache = folder(options) / "cache" / file.stem
        shutil.rmtree(cache, ignore_errors=True)  # of a run that was cut off
        pipeline = make_emotion_pipeline(
            model,
            features,
            cache=cache,
            n_jobs=options.n_jobs,
            random_state=0,
        )
        data: dict[str, Any] = {"X": corpus, "cv": options.cv}
        if options.shuffled:
            labels = np.random.default_rng(0).permutation(corpus.y)
            folds = protocol(options.cv, corpus)
            data = {"X": corpus.X, "y": labels, "groups": corpus.groups, "cv": folds}
        adapts = find_protocol(options.cv).speaker_independent and not options.shuffled
        how = "self-train" if model == "best" else name in TABLES
        result = evaluate(pipeline, **data, adapt=adapts and how)
        partial = file.with_suffix(".partial")
        partial.write_text(result.to_json(), encoding="utf-8")
        partial.rename(file)
        shutil.rmtree(cache, ignore_errors=True)
    return json.loads(file.read_text(encoding="utf-8"))


def rows(name: str, result: dict[str, Any]) -> Iterator[dict[str, str]]:
    """The rows of a model: as it is, adapted, and self-trained."""
    for part in filter(None, (result, result["adapted"], result["self_trained"])):
        scores = part["scores"]
        gap = scores["gender_gap"]
        yield {
            "model": name,
            "knows of the speakers": SEES[part["sees"] if part["speaker_independent"] else None],
            "UAR": f"{scores['uar']:.3f}",
            "95 % interval": f"{scores['low']:.3f} to {scores['high']:.3f}",
            "accuracy": f"{scores['accuracy']:.3f}",
            "women less men": "" if gap is None else f"{gap:+.3f}",
            "seconds": f"{scores['fit_seconds'] + scores['predict_seconds']:.0f}",
        }


def published(options: argparse.Namespace) -> Iterator[dict[str, str]]:
    """The rows of what was published under the same protocol, the best first."""
    for anchor in sorted(anchors(options.cv), key=lambda anchor: -anchor.uar):
        yield {
            "model": f"*{anchor.system}*",
            "knows of the speakers": SEES[anchor.speakers],
            "UAR": f"{anchor.uar:.3f}",
            "accuracy": "" if anchor.accuracy is None else f"{anchor.accuracy:.3f}",
        }


def as_markdown(table: pd.DataFrame) -> str:
    """The table as Markdown."""
    lines = [table.columns, ["---"] * len(table.columns), *table.to_numpy()]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def main() -> None:
    """Evaluate what is not evaluated yet, and write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", default="ravdess")
    parser.add_argument("--root", required=True, help="the folder of the corpus")
    parser.add_argument("--cv", default="ravdess/emobox", help="a protocol")
    parser.add_argument("--out", required=True, type=Path, help="a folder for the results")
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--shuffled", action="store_true", help="the control")
    parser.add_argument("--tax", choices=list(MODELS), help="a model to take the tax of")
    parser.add_argument("--n-jobs", type=int, default=2, help="threads that extract")
    options = parser.parse_args()

    corpus = load_corpus(options.corpus, options.root)
    folder(options).mkdir(parents=True, exist_ok=True)
    found: list[dict[str, str]] = []
    for name in options.models:
        found.extend(rows(name, evaluated(name, corpus, options)))
        print(as_markdown(pd.DataFrame(found[-1:])), flush=True)
    if not options.shuffled:
        found.extend(published(options))
    table = pd.DataFrame(found).fillna("")
    stem = "shuffled" if options.shuffled else "accuracy"
    table.to_csv(folder(options) / f"{stem}.csv", index=False)
    command = " ".join(["python", *sys.argv])
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {datetime.date.today()}"
    text = f"{corpus}, {options.cv}\n`{command}`\n{machine}\n\n{as_markdown(table)}"
    if options.tax is not None:
        model, features = MODELS[options.tax]
        taxed = make_emotion_pipeline(model, features, cache=folder(options) / "cache" / "tax")
        taxes = leak_tax(taxed, corpus, cv=options.cv).reset_index().round(3)
        text += f"\nThe tax of a leak, {options.tax}:\n\n{as_markdown(taxes)}"
    (folder(options) / f"{stem}.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
