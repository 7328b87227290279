"""Adaptation: what it is worth to standardise by speaker, and what it costs where clips are few.

    python benchmarks/adaptation.py RAVDESS_FOLDER [--features compact gemaps] [--partitions 10]

The folds are those of `ravdess/emobox`, and training has all clips of its speakers. Of a speaker
who is tested, all clips are known at once, or 3 at random, or those of one emotion: these are parts
of the clips, so that each is tested as often as all others. In the last column `predict` is not
told who speaks. Without adaptation all columns are the same.

Rows that are there twice weigh twice, and the same C or alpha is a weaker penalty. What that alone
is worth is the difference of "none, rows twice" to "none".

A difference of two scores of one protocol has a standard error of about a point, as large as what
is looked for. With `--partitions` the speakers are divided into six folds that often, and the table
is of the points that are gained over "none": the mean over divisions, its standard error, and in
brackets the division that gains least.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn import set_config
from sklearn.base import clone
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.metadata_routing import get_routing_for_object

from sertools import (
    AcousticExtractor,
    AudioReader,
    AugmentedClassifier,
    Augmenter,
    Corpus,
    KernelRidgeClassifier,
    SpeakerAdaptedClassifier,
    SpeakerNormalizer,
    SVMClassifier,
    Trimmer,
    XGBoostClassifier,
    load_corpus,
)
from sertools.evaluation import protocol, uar_score

Fold = tuple[np.ndarray, np.ndarray]

DRAWS = 10  # of 3 clips: single draws scatter by half a point

MODELS = {
    "svm": SVMClassifier(class_weight="balanced"),
    "svm, unweighted": SVMClassifier(),
    "kernel": KernelRidgeClassifier(),
    "xgboost": XGBoostClassifier(class_weight="balanced", random_state=0),
}


def adapted(model: Any) -> dict[str, Any]:
    """The ways to adapt a model, by name."""
    plain = make_pipeline(StandardScaler(), model)
    return {
        "none": plain,
        "none, rows twice": AugmentedClassifier(plain, Augmenter(p=0)),
        "z-score": make_pipeline(SpeakerNormalizer(prior=0, unknown_share=0), plain),
        "SpeakerNormalizer": make_pipeline(SpeakerNormalizer(), plain),
        "SpeakerAdaptedClassifier": SpeakerAdaptedClassifier(plain),
    }


def situations(corpus: Corpus) -> dict[str, list[np.ndarray | None]]:
    """Who speaks ``(n_clips,)``, if all clips of a speaker are known, or parts of them only."""
    names = pd.Series(corpus.groups)
    triples = []
    for seed in range(DRAWS):
        place = names.sample(frac=1, random_state=seed).groupby(names).cumcount()
        triples.append((names + "/" + (place // 3).astype(str)).to_numpy())
    emotions = (names + "/" + corpus.y).to_numpy()
    return {
        "all clips": [corpus.groups],
        "3 clips": triples,
        "1 emotion": [emotions],
        "not told": [None],
    }


def scores(
    table: np.ndarray,
    corpus: Corpus,
    folds: list[Fold],
    known: dict[str, list[np.ndarray | None]],
    model: Any,
) -> list[float]:
    """UAR over the clips of all folds, for each situation."""
    takes_groups = get_routing_for_object(model).consumes("predict", ["groups"])
    found = {name: [] for name in known}
    labels = {name: [] for name in known}
    for train, test in folds:
        fitted = clone(model).fit(table[train], corpus.y[train], groups=corpus.groups[train])
        for name, draws in known.items():
            for who in draws if takes_groups else draws[:1]:
                told = {"groups": who[test]} if takes_groups and who is not None else {}
                found[name].extend(fitted.predict(table[test], **told))
                labels[name].extend(corpus.y[test])
    return [uar_score(labels[name], found[name]) for name in known]


def scored(corpus: Corpus, features: Sequence[str], partitions: list[list[Fold]]) -> Iterator[Any]:
    """Names of features, model and adaptation, and UAR ``(n_partitions, n_situations)``."""
    known = situations(corpus)
    for name in features:
        extractor = make_pipeline(AudioReader(), Trimmer(), AcousticExtractor(name))
        table = extractor.fit_transform(corpus.X)
        for kind, model in MODELS.items():
            for adaptation, estimator in adapted(model).items():
                found = [scores(table, corpus, folds, known, estimator) for folds in partitions]
                yield (name, kind, adaptation), np.array(found)


def print_row(names: Sequence[str], cells: Sequence[str]) -> None:
    """Print a row of a table as Markdown."""
    print(f"| {' | '.join([*names, *cells])} |", flush=True)


def print_scores(corpus: Corpus, features: Sequence[str]) -> None:
    """Print the scores of each model on each set of features, in the published folds."""
    for names, found in scored(corpus, features, [protocol("ravdess/emobox", corpus)]):
        print_row(names, [f"{uar:.3f}" for uar in found[0]])


def print_gains(corpus: Corpus, features: Sequence[str], n_partitions: int) -> None:
    """Print how many points each adaptation gains over none, over many divisions of speakers."""
    partitions = []
    for seed in range(n_partitions):
        splitter = GroupKFold(6, shuffle=True, random_state=seed)
        partitions.append(list(splitter.split(corpus.y, corpus.y, corpus.groups)))
    for names, found in scored(corpus, features, partitions):
        if names[-1] == "none":
            none = found
            continue
        gains = 100 * (found - none)
        errors = gains.std(axis=0, ddof=1) / np.sqrt(n_partitions)
        columns = zip(gains.mean(0), errors, gains.min(0), strict=True)
        print_row(names, [f"{m:+.1f} ± {e:.1f} ({least:+.1f})" for m, e, least in columns])


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", help="the folder of RAVDESS")
    parser.add_argument("--features", nargs="+", default=["compact", "gemaps"])
    parser.add_argument("--partitions", type=int, help="divisions of the speakers to average over")
    options = parser.parse_args()
    set_config(enable_metadata_routing=True)
    # Of speakers whose clips are few, which is what is measured here.
    warnings.simplefilter("ignore", UserWarning)
    corpus = load_corpus("ravdess", options.root)
    known = list(situations(corpus))
    print_row(["features", "model", "adaptation"], known)
    print_row(["---"] * 3, ["---:"] * len(known))
    if options.partitions is None:
        print_scores(corpus, options.features)
    else:
        print_gains(corpus, options.features, options.partitions)


if __name__ == "__main__":
    main()
