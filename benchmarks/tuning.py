"""Tuning from paths without waste: a search with RowCache against one on a ready table.

    OMP_NUM_THREADS=1 python benchmarks/tuning.py --corpus ravdess --root FOLDER [--repeats 3]

GridSearchCV, 5 folds by speaker, 8 candidates of an SVM. From paths with `cache=`, the first run
extracts; every later one extracts nothing, which is counted here. Beside it the same search with
scikit-learn's own ``Pipeline(memory=)``, on its second run, too.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable

import numpy as np
from sklearn.model_selection import GridSearchCV, GroupKFold
from timing import rounds

from sertools import AcousticExtractor, load_corpus, make_emotion_pipeline

GRID = {"classifier__C": [0.3, 1, 3, 10], "classifier__gamma": ["scale", "auto"]}


def search(model: object) -> GridSearchCV:
    """The search."""
    return GridSearchCV(model, GRID, cv=GroupKFold(5), scoring="balanced_accuracy")


def counted(work: Callable[[], object]) -> int:
    """Clips that extractors get while the work is done."""
    seen = 0
    transform = AcousticExtractor.transform

    def count(self: AcousticExtractor, X: list) -> object:
        nonlocal seen
        seen += len(X)
        return transform(self, X)

    AcousticExtractor.transform = count
    try:
        work()
    finally:
        AcousticExtractor.transform = transform
    return seen


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", default="ravdess")
    parser.add_argument("--root", required=True)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    corpus = load_corpus(options.corpus, options.root)
    X, fit_to = corpus.X, {"y": corpus.y, "groups": corpus.groups}

    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as memory:
        time.sleep(2.5)  # digests of files are remembered once the files are older than 2 s
        cached = make_emotion_pipeline("svm", cache=folder)
        table = cached[:1].fit_transform(X)
        plain = make_emotion_pipeline("svm").set_params(memory=memory)
        back = make_emotion_pipeline("svm")[-2:]
        start = time.perf_counter()
        search(plain).fit(X, **fit_to)
        print(f"Pipeline(memory=), first run: {time.perf_counter() - start:.1f} s")
        again = counted(lambda: search(cached).fit(X, **fit_to))
        print(f"clips extracted in a second run with RowCache: {again}")
        again = counted(lambda: search(plain).fit(X, **fit_to))
        print(f"clips extracted in a second run with Pipeline(memory=): {again}")
        works = {
            "a ready table": lambda: search(back).fit(table, **fit_to),
            "paths, RowCache": lambda: search(cached).fit(X, **fit_to),
            "paths, Pipeline(memory=)": lambda: search(plain).fit(X, **fit_to),
        }
        seconds = rounds(options.repeats, list(works.values()))
    ratios = np.median(seconds / seconds[:, :1], axis=0)
    print("\n| search from | seconds | times the table's |\n|---|---|---|")
    for name, took, ratio in zip(works, np.median(seconds, axis=0), ratios, strict=True):
        print(f"| {name} | {took:.1f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
