"""Choices: what the recipe "best" and self-training are made of, by folds within training parts.

    python benchmarks/choices.py RAVDESS_FOLDER [--features speech-small] [--folds 2]

Nothing of a recipe may be chosen on the clips that it is tested on. So for each fold of
`ravdess/emobox` its training part alone is split by speaker, four times, and each variant of the
recipe is scored on the parts that are held out there. One thing is changed at a time. The share of
the test clips in all this is none; scores differ by chance by about a point.
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import StratifiedGroupKFold

from sertools import (
    Augmenter,
    Corpus,
    Speed,
    evaluate,
    load_corpus,
    make_emotion_pipeline,
)
from sertools.evaluation import protocol
from sertools.preprocessing import _speaker_adapted_classifier as adapted


def copies_at(*speeds: float) -> list[Augmenter]:
    """Augmenters that make a copy at each of these speeds."""
    return [Augmenter([Speed(speed)], p=1) for speed in speeds]


ON_CLIPS = "classifier__estimator"
VARIANTS: dict[str, dict[str, Any]] = {
    "the recipe": {},
    "gamma 0.05": {f"{ON_CLIPS}__classifier__gamma": 0.05},
    "gamma 0.2": {f"{ON_CLIPS}__classifier__gamma": 0.2},
    "alpha 0.1": {f"{ON_CLIPS}__classifier__alpha": 0.1},
    "alpha 1": {f"{ON_CLIPS}__classifier__alpha": 1.0},
    "not balanced": {f"{ON_CLIPS}__classifier__balanced": False},
    "no limit": {f"{ON_CLIPS}__scaler__limit": None},
    "limit 2.5": {f"{ON_CLIPS}__scaler__limit": 2.5},
    "no copies": {"classifier__n_copies": 0},
    "copies at 0.95 and 1.05": {"classifier__augmenter": copies_at(0.95, 1 / 0.95)},
    "copies at 0.8 and 1.25": {"classifier__augmenter": copies_at(0.8, 1.25)},
    "no margin of silence": {"clips__transformer__trimmer__margin": 0},
}
SHARES = {
    "self-trained": (0.5, 0.7, 0.9),
    "self-trained, once on all": (1.0,),
    "self-trained, thrice on 0.6": (0.6, 0.6, 0.6),
    "self-trained, 0.3 to 0.9 by 0.2": (0.3, 0.5, 0.7, 0.9),
}


def inner(corpus: Corpus, n_folds: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Folds by speaker within the training parts of the first folds of the protocol."""
    found = []
    for train, _ in protocol("ravdess/emobox", corpus)[:n_folds]:
        splitter = StratifiedGroupKFold(4, shuffle=True, random_state=0)
        # Women and men, who take turns, in equal parts: what a fold tests is not one voice.
        genders = corpus.frame["gender"].to_numpy()[train]
        for part, held_out in splitter.split(train, genders, corpus.groups[train]):
            found.append((train[part], train[held_out]))
    return found


def score(model: Any, corpus: Corpus, folds: Any, adapt: Any = False) -> list[float]:
    """Mean UAR of the model over the folds, and of what adapts, if it does."""
    runs = [
        [run.uar for run in evaluate(clone(model), corpus, cv=[fold], adapt=adapt).runs]
        for fold in folds
    ]
    return np.mean(runs, axis=0).tolist()


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", help="the folder of RAVDESS")
    parser.add_argument("--features", default="speech-small")
    parser.add_argument("--folds", type=int, default=2, help="of the protocol, to look within")
    options = parser.parse_args()
    # Of speakers who cannot be believed, one in twenty, which is no news here.
    warnings.simplefilter("ignore", UserWarning)
    corpus = load_corpus("ravdess", options.root)
    folds = inner(corpus, options.folds)
    print("| variant | UAR |\n|---|---:|", flush=True)
    with tempfile.TemporaryDirectory() as cache:
        recipe = make_emotion_pipeline("best", options.features, cache=cache, n_jobs=2)
        for name, changes in VARIANTS.items():
            (uar,) = score(clone(recipe).set_params(**changes_of(changes)), corpus, folds)
            print(f"| {name} | {uar:.3f} |", flush=True)
        for name, shares in SHARES.items():
            adapted._SHARES = shares
            _, with_speakers, learnt = score(recipe, corpus, folds, adapt="self-train")
            if name == "self-trained":
                print(f"| adapted | {with_speakers:.3f} |", flush=True)
            print(f"| {name} | {learnt:.3f} |", flush=True)


def changes_of(changes: dict[str, Any]) -> dict[str, Any]:
    """Parameters by name, with copies of those that are estimators."""
    return {name: clone(value, safe=False) for name, value in changes.items()}


if __name__ == "__main__":
    main()
