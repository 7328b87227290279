"""Learning curves of a network, on voices that are held out
=========================================================

Needs no data set, PyTorch and matplotlib: ``pip install -c constraints.txt ".[deep,plot]"``. Where
the loss of the held-out voices no longer follows that of the training, the network learns its own
voices by heart. The dotted line is the epoch of the lowest, which `early_stopping` looks for.
"""

import matplotlib.pyplot as plt
from matplotlib.ticker import MaxNLocator
from sklearn.pipeline import make_pipeline

from sertools import CNNClassifier, MelExtractor, make_corpus

# Blue and vermilion, which all eyes tell apart (Okabe & Ito 2008).
TRAINING, HELD_OUT = "#0072b2", "#d55e00"


def main():
    """Train, and draw what was written down epoch by epoch."""
    corpus = make_corpus(n_speakers=8, n_per_speaker=12)
    network = CNNClassifier(
        "cnn1d", width=32, max_epochs=40, validation_fraction=0.25, random_state=0
    )
    model = make_pipeline(MelExtractor(n_mels=40, stats=None), network)
    model.fit(corpus.X, corpus.y, cnnclassifier__groups=corpus.groups)

    history = network.history_
    epochs = history[:, "epoch"]
    kept = max(epoch for epoch, best in history[:, ("epoch", "valid_loss_best")] if best)
    _, (loss, score) = plt.subplots(1, 2, figsize=(8, 3.4), sharex=True, layout="constrained")
    loss.plot(epochs, history[:, "train_loss"], color=TRAINING, label="training")
    loss.plot(epochs, history[:, "valid_loss"], color=HELD_OUT, label="held-out voices")
    loss.set(xlabel="epoch", ylabel="cross-entropy", ylim=(0, None))
    score.plot(epochs, history[:, "valid_uar"], color=HELD_OUT, label="held-out voices")
    score.axhline(1 / len(network.classes_), color="0.6", linestyle="--", label="chance")
    score.set(xlabel="epoch", ylabel="unweighted average recall", ylim=(0, 1))
    score.xaxis.set_major_locator(MaxNLocator(integer=True))
    for axes in (loss, score):
        axes.axvline(kept, color="0.4", linestyle=":")
        axes.legend(frameon=False)
    plt.show()


if __name__ == "__main__":
    main()
