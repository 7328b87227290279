"""Corpora: how long many paths take, and how hard the synthetic voices are.

    OMP_NUM_THREADS=1 python benchmarks/corpora.py [--seeds 5]

Times `load_corpus` on 35,000 empty files with the names of ESD, and `make_corpus` on 240 clips.
Then scores mean and spread of 20 MFCCs with an SVM on the synthetic voices, with folds that keep
speakers apart and with random folds: the first should be hard and not hopeless (0.5 to 0.9 of six
emotions), the second clearly better, so that a leak shows.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import librosa
import numpy as np
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sertools import Corpus, load_corpus, make_corpus

EMOTIONS = ("Neutral", "Angry", "Happy", "Sad", "Surprise")


def touch_esd(root: Path) -> None:
    """Empty files under all 35,000 names of ESD."""
    for speaker in range(1, 21):
        for block, emotion in enumerate(EMOTIONS):
            folder = root / f"{speaker:04d}" / emotion
            folder.mkdir(parents=True)
            for text in range(350):
                (folder / f"{speaker:04d}_{350 * block + text + 1:06d}.wav").touch()


def mfcc_statistics(clip: np.ndarray) -> np.ndarray:
    """Mean and standard deviation of 20 MFCCs of a clip, ``(40,)``."""
    mfcc = librosa.feature.mfcc(y=clip, sr=16000, n_fft=512, hop_length=160)
    return np.concatenate([mfcc.mean(axis=1), mfcc.std(axis=1)])


def scores(corpus: Corpus) -> tuple[float, float]:
    """Pooled UAR with folds by speaker, and with random folds."""
    table = np.array([mfcc_statistics(clip) for clip in corpus.X])
    model = make_pipeline(StandardScaler(), SVC())
    by_speaker = GroupKFold(5).split(table, corpus.y, corpus.groups)
    at_random = StratifiedKFold(5, shuffle=True, random_state=0)
    uars = [
        balanced_accuracy_score(corpus.y, cross_val_predict(model, table, corpus.y, cv=folds))
        for folds in (list(by_speaker), at_random)
    ]
    return uars[0], uars[1]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        touch_esd(Path(folder))
        start = time.perf_counter()
        corpus = load_corpus("esd", folder)
        print(f"load_corpus, {len(corpus)} paths: {time.perf_counter() - start:.2f} s")
    print(f"{'make_corpus':<14}{'seconds':>8}{'by speaker':>12}{'random':>8}{'gap':>7}")
    for seed in range(arguments.seeds):
        start = time.perf_counter()
        corpus = make_corpus(random_state=seed)
        seconds = time.perf_counter() - start
        grouped, random = scores(corpus)
        print(
            f"seed {seed:<9}{seconds:>8.1f}{grouped:>12.3f}{random:>8.3f}{random - grouped:>7.3f}"
        )


if __name__ == "__main__":
    main()
