"""What there is to draw, and figures that are closed after every test."""

from __future__ import annotations

from types import SimpleNamespace

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from sertools import (
    AddNoise,
    Augmenter,
    Gain,
    MelExtractor,
    MLPClassifier,
    RMSExtractor,
    Speed,
    evaluate,
    make_corpus,
)

mpl.use("Agg")


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def corpus():
    return make_corpus(n_speakers=4, n_per_speaker=8, emotions=["angry", "calm", "happy", "sad"])


@pytest.fixture
def clip(corpus):
    return corpus.X[0]


@pytest.fixture(scope="session")
def model(corpus):
    return make_pipeline(RMSExtractor(), GaussianNB()).fit(corpus.X, corpus.y)


@pytest.fixture(scope="session")
def evaluation(corpus):
    return evaluate(make_pipeline(RMSExtractor(), GaussianNB()), corpus, cv=2)


@pytest.fixture(scope="session")
def network():
    """Two networks, trained on noise with a quarter of the rows held out."""
    rng = np.random.default_rng(0)
    network = MLPClassifier(
        width=8, depth=1, max_epochs=4, n_models=2, validation_fraction=0.25, random_state=0
    )
    return network.fit(rng.normal(size=(40, 3)), np.arange(40) % 2)


@pytest.fixture
def subjects(clip, model, evaluation, network):
    """All that a display can be of."""
    return SimpleNamespace(
        clip=clip,
        extractor=MelExtractor(),
        augmenter=Augmenter([Gain(), AddNoise(), Speed()], random_state=0),
        model=model,
        evaluation=evaluation,
        network=network,
    )
