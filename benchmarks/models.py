"""Models of the library on a corpus: honest scores, adaptation, and the tax of a leak.

    python benchmarks/models.py --corpus ravdess --root FOLDER --cv ravdess/emobox \
        [--models svm xgboost kernel] [--features compact gemaps] [--tax kernel]

Features are computed once for each set and remembered in a temporary folder; their seconds are
stated apart. Each model is then fitted to every training part and asked about the test part, as it
is and with a SpeakerAdaptedClassifier. The last table is the same model under random folds, the
protocol, and folds by speaker.
"""

from __future__ import annotations

import argparse
import tempfile
import time

import pandas as pd

from sertools import evaluate, leak_tax, load_corpus, make_emotion_pipeline


def main() -> None:
    """Print the tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", default="ravdess")
    parser.add_argument("--root", required=True)
    parser.add_argument("--cv", default="ravdess/emobox")
    parser.add_argument("--models", nargs="+", default=["svm", "xgboost", "kernel"])
    parser.add_argument("--features", nargs="+", default=["compact", "gemaps"])
    parser.add_argument("--tax", default="kernel", help="the model of the last table")
    options = parser.parse_args()

    corpus = load_corpus(options.corpus, options.root)
    print(f"{corpus}, {options.cv}", end="\n\n")
    print("| features | model | sees | UAR | 95 % interval | accuracy | worst speaker | seconds |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as cache:
        for features in options.features:
            front = make_emotion_pipeline("svm", features, cache=cache)[:1]
            start = time.perf_counter()
            front.fit_transform(corpus.X)
            extraction = time.perf_counter() - start
            for name in options.models:
                model = make_emotion_pipeline(name, features, cache=cache, random_state=0)
                result = evaluate(model, corpus, cv=options.cv, adapt=True)
                for sees, row in result.to_frame().iterrows():
                    seconds = row["fit_seconds"] + row["predict_seconds"]
                    print(
                        f"| {features} | {name} | {sees} | {row['uar']:.3f} | {row['low']:.3f} to "
                        f"{row['high']:.3f} | {row['accuracy']:.3f} | {row['worst_speaker']:.3f} | "
                        f"{seconds:.1f} |",
                        flush=True,
                    )
            print(f"| {features} | extraction, once | | | | | | {extraction:.1f} |", flush=True)
        print()
        model = make_emotion_pipeline(options.tax, cache=cache, random_state=0)
        print_tax(leak_tax(model, corpus, cv=options.cv), options.tax)


def print_tax(taxes: pd.DataFrame, name: str) -> None:
    """Print what `leak_tax` found."""
    print(f"| folds ({name}) | speaker-independent | UAR | 95 % interval | tax |")
    print("|---|---|---|---|---|")
    for folds, row in taxes.iterrows():
        yes = "yes" if row["speaker_independent"] else "no"
        print(
            f"| {folds} | {yes} | {row['uar']:.3f} | {row['low']:.3f} to {row['high']:.3f} | "
            f"{row['tax']:+.3f} |"
        )


if __name__ == "__main__":
    main()
