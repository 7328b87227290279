"""Networks: what sertools and skorch cost beside bare torch, and what the networks score.

    python benchmarks/networks.py overhead [--device cuda]
    python benchmarks/networks.py scores --root RAVDESS_FOLDER [--networks cnn2d crnn]
        [--training plain perturbed] [--folds 6]

`overhead` fits and asks the same network twice in one run: by the classifier, and by a loop of
torch over the same batches with the same optimizer, in turns. `scores` trains on the log-mel
spectrogram in the first folds of `ravdess/emobox`, plain and with SpecAugment and mixup, and asks
about voices that were not heard.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
import torch
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from timing import rounds

from sertools import (
    AudioReader,
    CNNClassifier,
    CRNNClassifier,
    MelExtractor,
    MLPClassifier,
    RNNClassifier,
    Trimmer,
    load_corpus,
)
from sertools.evaluation import clustered_interval, protocol, uar_score

N_CLASSES = 8
EPOCHS = 3
BATCH = 32

# Small and large, so that a batch takes from less than a millisecond to a few times 20.
WORKS = {
    "mlp, 88 columns": (MLPClassifier(), (960, 88)),
    "mlp, 7000 columns": (MLPClassifier(width=512), (960, 7000)),
    "cnn1d, 64 x 100": (CNNClassifier("cnn1d", width=16), (320, 64, 100)),
    "cnn2d, 64 x 100": (CNNClassifier("cnn2d", width=4), (320, 64, 100)),
    "cnn2d, 64 x 200": (CNNClassifier("cnn2d"), (160, 64, 200)),
    "lstm, 20 x 100": (RNNClassifier("lstm"), (320, 20, 100)),
    "crnn, 64 x 200": (CRNNClassifier("lstm"), (160, 64, 200)),
}

NETWORKS = {
    "cnn1d": CNNClassifier("cnn1d"),
    "cnn2d": CNNClassifier("cnn2d"),
    "resnet1d": CNNClassifier("resnet1d"),
    "resnet2d": CNNClassifier("resnet2d"),
    "alexnet1d": CNNClassifier("alexnet1d"),
    "lstm": RNNClassifier("lstm"),
    "bilstm": RNNClassifier("lstm", bidirectional=True),
    "gru": RNNClassifier("gru"),
    "rnn": RNNClassifier("rnn"),
    "crnn": CRNNClassifier("lstm"),
}
TRAININGS = {"plain": {}, "perturbed": {"spec_augment": 0.2, "mixup": 0.2}}


class BareLoop:
    """What a user of torch would write around a network of a classifier that was fitted."""

    def __init__(self, classifier: Any, X: np.ndarray, y: np.ndarray, device: str) -> None:
        self.classifier = classifier
        self.device = device
        tensor = torch.from_numpy(X)
        self.X = (tensor if X.ndim == 2 else tensor.transpose(1, 2).contiguous()).to(device)
        self.y = torch.from_numpy(y).to(device)
        net = classifier.engine_
        self.build = lambda: net.module(**net.get_params_for("module")).to(device)
        self.module = self.build()

    def inputs(self, places: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """A batch as the network is called with it."""
        X = self.X[places]
        if X.ndim == 2:
            return (X,)
        return X, torch.full((len(X),), X.shape[1], device=self.device)

    def fit(self) -> None:
        """Train the network anew."""
        module = self.module = self.build()
        module.train()
        steps = EPOCHS * -(-len(self.X) // BATCH)
        optimizer = torch.optim.AdamW(module.parameters(), self.classifier.lr)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, self.classifier.lr, steps)
        for _ in range(EPOCHS):
            total = 0.0
            for places in torch.randperm(len(self.X), device=self.device).split(BATCH):
                optimizer.zero_grad()
                logits = module(*self.inputs(places))
                loss = torch.nn.functional.cross_entropy(logits, self.y[places])
                loss.backward()
                optimizer.step()
                schedule.step()
                total += loss.item()  # which every loop of a notebook prints

    def predict(self) -> np.ndarray:
        """The most probable classes."""
        self.module.eval()
        with torch.inference_mode():
            places = torch.arange(len(self.X), device=self.device).split(BATCH)
            return torch.cat([self.module(*self.inputs(part)).argmax(1) for part in places]).cpu()


def print_overhead(device: str) -> None:
    """Print milliseconds a batch of the classifier and of the bare loop."""
    chance = np.random.default_rng(0)
    print("| network, input | work | bare torch, ms a batch | sertools | difference | ratio |")
    print("|---|---|---:|---:|---:|---:|")
    for name, (model, shape) in WORKS.items():
        X = chance.normal(size=shape).astype(np.float32)
        y = chance.integers(0, N_CLASSES, len(X))
        model.set_params(max_epochs=EPOCHS, batch_size=BATCH, device=device, random_state=0)
        bare = BareLoop(model.fit(X, y), X, y, device)
        n_batches = -(-len(X) // BATCH)
        for work, ours, theirs, n in (
            ("fit", lambda m=model, X=X, y=y: m.fit(X, y), bare.fit, EPOCHS * n_batches),
            ("predict", lambda m=model, X=X: m.predict(X), bare.predict, n_batches),
        ):
            seconds = 1000 * rounds(7, [theirs, ours]).min(axis=0) / n
            print(
                f"| {name} | {work} | {seconds[0]:.2f} | {seconds[1]:.2f} | "
                f"{seconds[1] - seconds[0]:+.2f} | {seconds[1] / seconds[0]:.2f} |",
                flush=True,
            )


def print_scores(
    root: str, networks: list[str], trainings: list[str], n_folds: int, epochs: int | None
) -> None:
    """Print UAR and seconds of networks on log-mel spectrograms."""
    corpus = load_corpus("ravdess", root)
    frames = make_pipeline(AudioReader(), Trimmer(), MelExtractor(stats=None))
    clips = frames.fit_transform(corpus.X)
    folds = protocol("ravdess/emobox", corpus)[:n_folds]
    print(f"{corpus}, first {len(folds)} of 6 folds, {torch.get_num_threads()} threads")
    print("| network | weights | training | UAR | 95 % interval | seconds a fold |")
    print("|---|---:|---|---:|---|---:|")
    for name in networks:
        for training in trainings:
            model = clone(NETWORKS[name]).set_params(
                random_state=0, class_weight="balanced", **TRAININGS[training]
            )
            if epochs is not None:
                model.set_params(max_epochs=epochs)
            said, places = [], []
            start = time.perf_counter()
            for train, test in folds:
                model.fit([clips[i] for i in train], corpus.y[train])
                said.extend(model.predict([clips[i] for i in test]))
                places.extend(test)
            seconds = (time.perf_counter() - start) / len(folds)
            truth, speakers = corpus.y[places], corpus.groups[places]
            low, high = clustered_interval(truth, np.array(said), speakers)
            print(
                f"| {name} | {model.n_parameters_} | {training} | {uar_score(truth, said):.3f} | "
                f"{low:.3f} to {high:.3f} | {seconds:.0f} |",
                flush=True,
            )


def main() -> None:
    """Print a table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["overhead", "scores"])
    parser.add_argument("--device", default="cpu", help="of overhead")
    parser.add_argument("--root", help="the folder of RAVDESS, of scores")
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=["cnn2d"])
    parser.add_argument("--training", nargs="+", choices=TRAININGS, default=list(TRAININGS))
    parser.add_argument("--folds", type=int, default=6)
    parser.add_argument("--epochs", type=int)
    options = parser.parse_args()
    if options.what == "overhead":
        print_overhead(options.device)
    else:
        print_scores(
            options.root, options.networks, options.training, options.folds, options.epochs
        )


if __name__ == "__main__":
    main()
