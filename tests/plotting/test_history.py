from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from sertools import Augmenter, MelExtractor, MLPClassifier
from sertools.augmentation import AugmentedClassifier
from sertools.plotting import HistoryDisplay


def curve(line):
    return line.get_xdata().tolist(), line.get_ydata().tolist()


def labels_of(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_curves_are_what_every_network_has_written_down(network):
    display = HistoryDisplay.from_estimator(network)
    assert list(display.lines_) == ["train_loss", "valid_loss", "valid_uar"]
    for name, lines in display.lines_.items():
        place = display.axes_[int(name == "valid_uar")]
        assert [line.axes for line in lines] == [place, place]
        for line, net in zip(lines, network.engines_, strict=True):
            assert curve(line) == ([1, 2, 3, 4], net.history[:, name])


def test_dots_mark_the_lowest_validation_loss(network):
    display = HistoryDisplay.from_estimator(network)
    for dots, name in zip(display.dots_, ("valid_loss", "valid_uar"), strict=True):
        for epoch, value, net in zip(*curve(dots), network.engines_, strict=True):
            losses = net.history[:, "valid_loss"]
            assert losses[epoch - 1] == min(losses)
            assert value == net.history[epoch - 1, name]


def test_curves_are_told_apart_and_named_once(network):
    display = HistoryDisplay.from_estimator(network)
    loss, score = display.axes_
    assert labels_of(loss) == ["training", "validation", "lowest validation loss"]
    assert labels_of(score) == ["validation", "chance", "lowest validation loss"]
    training, validation = (display.lines_[name][0] for name in ("train_loss", "valid_loss"))
    assert training.get_color() != validation.get_color()
    assert validation.get_color() == display.lines_["valid_uar"][0].get_color()
    assert (loss.get_ylabel(), score.get_ylabel()) == ("cross-entropy", "UAR")
    (chance,) = (line for line in score.lines if line.get_label() == "chance")
    assert chance.get_ydata() == [0.5, 0.5]


def test_networks_may_stop_at_different_epochs(rng):
    X = rng.normal(size=(60, 3))
    y = X[:, 0] > rng.normal(size=60)
    network = MLPClassifier(
        width=8, depth=1, max_epochs=30, lr=0.05, n_models=3, early_stopping=2, random_state=0
    )
    display = HistoryDisplay.from_estimator(network.fit(X, y))
    lengths = [len(net.history) for net in network.engines_]
    assert len(set(lengths)) > 1
    assert [len(line.get_xdata()) for line in display.lines_["valid_loss"]] == lengths


def test_without_validation_there_is_the_loss_of_training(rng):
    network = MLPClassifier(width=4, depth=1, max_epochs=1, random_state=0)
    network.fit(rng.normal(size=(20, 3)), np.arange(20) % 2)
    display = HistoryDisplay.from_estimator(network)
    assert list(display.lines_) == ["train_loss"]
    assert display.dots_ == []
    (ax,) = display.axes_
    # One epoch is a point, which a line would not show.
    assert display.lines_["train_loss"][0].get_marker() == "."
    display.figure_.canvas.draw()
    assert [tick for tick in ax.get_xticks() if ax.get_xlim()[0] < tick < ax.get_xlim()[1]] == [1]


def test_lines_look_as_they_are_told_to(network):
    display = HistoryDisplay.from_estimator(network, lw=3)
    assert {line.get_linewidth() for lines in display.lines_.values() for line in lines} == {3}


class TestWhatEndsInANetwork:
    tiny = MLPClassifier(width=4, depth=1, max_epochs=2, random_state=0)

    def test_is_asked_for_it(self, corpus):
        inner = make_pipeline(MelExtractor(n_mels=8), self.tiny)
        model = make_pipeline("passthrough", AugmentedClassifier(inner, Augmenter()))
        display = HistoryDisplay.from_estimator(model.fit(corpus.X[:8], corpus.y[:8]))
        network = model[-1].estimator_[-1]
        assert curve(display.lines_["train_loss"][0])[1] == network.history_[:, "train_loss"]

    def test_is_a_search_as_well(self, rng):
        search = GridSearchCV(self.tiny, {"lr": [0.01, 0.02]}, cv=2)
        search.fit(rng.normal(size=(20, 3)), np.arange(20) % 2)
        display = HistoryDisplay.from_estimator(search)
        expected = search.best_estimator_.history_[:, "train_loss"]
        assert_array_equal(display.history["train_loss"], expected)

    @pytest.mark.parametrize("fitted", [GaussianNB(), make_pipeline(GaussianNB())], ids=str)
    def test_is_not_everything(self, fitted):
        fitted.fit(np.eye(4), [0, 1, 0, 1])
        with pytest.raises(
            TypeError, match="ends in no network, and .* give a fitted MLPClassifier"
        ):
            HistoryDisplay.from_estimator(fitted)

    @pytest.mark.parametrize("model", [tiny, make_pipeline(tiny)], ids=["network", "pipeline"])
    def test_must_be_fitted(self, model):
        with pytest.raises(NotFittedError):
            HistoryDisplay.from_estimator(model)

    def test_has_no_history_if_its_weights_were_loaded(self, network, tmp_path):
        path = tmp_path / "weights.safetensors"
        network.save_weights(path)
        loaded = MLPClassifier(width=8, depth=1, n_models=2).load_weights(path)
        with pytest.raises(ValueError, match="MLPClassifier has no history: its weights were load"):
            HistoryDisplay.from_estimator(loaded)
