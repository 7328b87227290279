"""How networks learn: the loss, the rate, when to stop, who watches, and what chance decides."""

from __future__ import annotations

import re
import signal
import threading

import joblib
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import balanced_accuracy_score, log_loss
from skorch.callbacks import Callback, EarlyStopping, LRScheduler
from torch import nn

from sertools import CNNClassifier, MLPClassifier
from sertools.models import _base
from sertools.models._training import WeightedCrossEntropy
from sertools.models.networks import MLP

EMOTIONS = np.array(["angry", "happy", "sad"])

OPTIMIZERS = [
    "Adadelta", "Adafactor", "adagrad", "adam", "adamax", "AdamW", "asgd", "nadam", "radam",
    "rmsprop", "SGD",
]  # fmt: skip


@pytest.fixture
def y():
    return EMOTIONS[np.arange(60) % 3]


@pytest.fixture(name="X")
def table(rng, y):
    """Numbers of the rows, three columns that tell a little, and two that tell nothing."""
    told = rng.normal(size=(60, 5)) + np.eye(3, 5)[np.unique(y, return_inverse=True)[1]]
    return np.column_stack([np.arange(60), told])


@pytest.fixture
def groups():
    """Ten speakers of six rows."""
    return np.arange(60) // 6


@pytest.fixture
def folds(monkeypatch):
    """The rows to train on and those held out, of each fit."""
    drawn = []
    inner_folds = _base.inner_folds

    def record(*args):
        found = inner_folds(*args)
        drawn.append(found[0])
        return found

    monkeypatch.setattr(_base, "inner_folds", record)
    return drawn


def classifier(**parameters):
    return MLPClassifier(**{"width": 8, "max_epochs": 4, "random_state": 0, **parameters})


class Watcher(Callback):
    """What a callback sees: the batches, the rate of each, and how often training began."""

    def __init__(self, mark=None):
        self.mark = mark

    def initialize(self):
        self.batches_, self.held_out_, self.rates_, self.n_starts_ = [], [], [], 0
        return self

    def on_train_begin(self, net, **kwargs):
        self.n_starts_ += 1

    def on_batch_begin(self, net, batch=None, training=None, **kwargs):
        (self.batches_ if training else self.held_out_).append(batch)
        if training:
            self.rates_.append(net.optimizer_.param_groups[0]["lr"])


class Stop(Callback):
    """Whoever stops the training at the end of an epoch, or in its first batch."""

    def __init__(self, epoch, at="on_epoch_end", by=KeyboardInterrupt):
        self.epoch = epoch
        self.at = at
        self.by = by

    def on_batch_end(self, net, **kwargs):
        self.look("on_batch_end", net)

    def on_epoch_end(self, net, **kwargs):
        self.look("on_epoch_end", net)

    def look(self, at, net):
        if at == self.at and len(net.history) == self.epoch:
            raise self.by


def seen_by(kind, net):
    """The callback of a kind that watched a net."""
    (found,) = (callback for _, callback in net.callbacks_ if isinstance(callback, kind))
    return found


def watched(model, *args, **kwargs):
    """What was seen while a model was fitted."""
    return seen_by(Watcher, model.set_params(callbacks=[Watcher()]).fit(*args, **kwargs).engine_)


def rows_in(batches, model):
    """The numbers of the rows ``(n_rows,)`` in some batches, and their targets."""
    first = np.concatenate([inputs["X"][:, 0] for inputs, _ in batches])
    targets = np.concatenate([targets for _, targets in batches])
    return np.round(first * model.scale_[0] + model.mean_[0]).astype(int), targets


def weights_of(model):
    return torch.cat([weights.flatten() for weights in model.engine_.module_.state_dict().values()])


class TestTheLoss:
    def test_of_weighted_rows_is_that_of_repeated_rows(self, rng):
        logits = torch.from_numpy(rng.normal(size=(12, 3)))
        codes = torch.from_numpy(rng.integers(0, 3, 12))
        weights = torch.from_numpy(rng.integers(1, 5, 12))
        shares = weights / weights.double().mean()
        targets = shares[:, None] * nn.functional.one_hot(codes, 3)
        repeated = nn.functional.cross_entropy(
            logits.repeat_interleave(weights, dim=0), codes.repeat_interleave(weights)
        )
        assert WeightedCrossEntropy()(logits, targets).item() == pytest.approx(repeated.item())

    def test_is_of_weights_of_rows_and_classes(self, rng, X, y):
        weights = rng.uniform(0.5, 2, 60)
        model = classifier(class_weight={"sad": 3}, max_epochs=1)
        rows, targets = rows_in(watched(model, X, y, sample_weight=weights).batches_, model)
        expected = weights * np.where(y == "sad", 3, 1)
        expected = (expected / expected.mean())[:, None] * (y[:, None] == EMOTIONS)
        assert_array_equal(np.sort(rows), np.arange(60))
        assert_allclose(targets, expected[rows], rtol=1e-6)

    def test_is_of_labels_that_are_smoothed(self, X, y):
        model = classifier(label_smoothing=0.3, max_epochs=1)
        rows, targets = rows_in(watched(model, X, y).batches_, model)
        assert_allclose(targets, np.where(y[rows, None] == EMOTIONS, 0.8, 0.1), rtol=1e-6)

    def test_that_is_no_number_ends_the_training(self, X, y):
        words = r"The loss became nan in epoch 1, batch 2.*with lr=1e\+30, try lr=1e\+29"
        with pytest.raises(FloatingPointError, match=words):
            classifier(lr=1e30, optimizer="sgd").fit(X, y)

    def test_that_is_no_number_after_the_last_step_is_found(self, X, y):
        with pytest.raises(FloatingPointError, match=r"last steps left no numbers.*lr=1e\+30"):
            classifier(lr=1e30, max_epochs=1, batch_size=60, scheduler=None).fit(X, y)

    def test_takes_weights_of_any_size(self, X, y):
        few = classifier().fit(X, y, sample_weight=np.full(60, 1e308))
        assert_array_equal(few.predict(X), classifier().fit(X, y).predict(X))


def test_a_fit_that_fails_leaves_what_was_fitted(X, y):
    model = classifier().fit(X, y)
    expected = model.predict(X)
    with pytest.raises(FloatingPointError):
        model.set_params(lr=1e30).fit(1000 + 1000 * X[:, :3], np.roll(y, 1) + "!")
    assert_array_equal(model.predict(X), expected)
    fresh = classifier(lr=1e30)
    with pytest.raises(FloatingPointError):
        fresh.fit(X, y)
    with pytest.raises(NotFittedError):
        fresh.predict(X)


class TestTheRate:
    def test_of_a_single_step_is_not_zero(self, X, y):
        options = {"max_epochs": 1, "batch_size": 60}
        slow, quick = (classifier(lr=lr, **options).fit(X, y) for lr in (1e-6, 1.0))
        assert abs(slow.decision_function(X) - quick.decision_function(X)).max() > 0.1

    @pytest.mark.parametrize("share", [0.1, 1.0])
    def test_may_go_up_for_one_step_or_all(self, X, y, share):
        options = {"scheduler__pct_start": share}
        model = classifier(max_epochs=10, batch_size=60, net_params=options)
        assert len(watched(model, X, y).rates_) == 10

    @pytest.mark.parametrize(
        ("optimizer", "option"), [("sgd", {"momentum": 0.9}), ("adamw", {"betas": (0.1, 0.9)})]
    )
    def test_of_onecycle_leaves_momentum_alone(self, X, y, optimizer, option):
        options = {f"optimizer__{name}": value for name, value in option.items()}
        model = classifier(optimizer=optimizer, net_params=options).fit(X, y)
        (group,) = model.engine_.optimizer_.param_groups
        assert {name: group[name] for name in option} == option

    def test_of_onecycle_goes_up_and_down_once(self, X, y):
        model = classifier(lr=0.01, max_epochs=10, batch_size=16)
        rates = watched(model, X, y).rates_
        assert len(rates) == 40
        peak = np.argmax(rates)
        assert rates[peak] == pytest.approx(0.01, rel=0.01)
        assert 0 < peak < 20
        assert (np.diff(rates[: peak + 1]) > 0).all()
        assert (np.diff(rates[peak:]) < 0).all()
        assert rates[0] < 0.001
        assert rates[-1] < 1e-6

    def test_of_onecycle_is_of_the_batches_that_there_are(self, X, y):
        model = classifier(batch_size=16, net_params={"iterator_train__drop_last": True})
        rates = watched(model, X, y).rates_
        assert len(rates) == 12
        assert rates[-1] < 1e-6

    def test_of_plateau_falls_when_held_out_rows_gain_nothing(self, rng, X):
        options = {"scheduler__patience": 1, "scheduler__factor": 0.5}
        model = classifier(scheduler="plateau", lr=0.05, max_epochs=20, net_params=options)
        rates = watched(model.set_params(batch_size=60), X, rng.choice(EMOTIONS, 60)).rates_
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.05)
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1, factor=0.5)
        expected = []
        for loss in model.history_[:, "valid_loss"]:
            expected += plateau.get_last_lr()
            plateau.step(loss)
        assert_allclose(rates, expected)
        assert rates[-1] < rates[0]

    def test_without_a_schedule_stays(self, X, y):
        rates = watched(classifier(scheduler=None, lr=0.01), X, y).rates_
        assert set(rates) == {0.01}


class TestHeldOutRows:
    @pytest.mark.parametrize(
        ("options", "n_speakers"),
        [
            ({"validation_fraction": 0.2}, 2),
            ({"early_stopping": 9}, 1),
            ({"scheduler": "plateau"}, 1),
            ({"early_stopping": 9, "validation_fraction": 0.5}, 5),
        ],
        ids=str,
    )
    def test_are_of_speakers_who_are_not_trained_on(self, X, y, groups, options, n_speakers):
        model = classifier(max_epochs=1, **options)
        watcher = watched(model, X, y, groups=groups)
        trained, _ = rows_in(watcher.batches_, model)
        held_out, _ = rows_in(watcher.held_out_, model)
        assert_array_equal(np.sort(np.r_[trained, held_out]), np.arange(60))
        assert not set(groups[trained]) & set(groups[held_out])
        assert len(set(groups[held_out])) == n_speakers

    def test_are_of_all_classes_alike_if_nobody_knows_the_speakers(self, X, y):
        model = classifier(max_epochs=1, validation_fraction=0.2)
        held_out, _ = rows_in(watched(model, X, y).held_out_, model)
        assert np.unique(y[held_out], return_counts=True)[1].tolist() == [4, 4, 4]

    def test_are_none_if_nobody_asks(self, X, y):
        model = classifier(max_epochs=1)
        watcher = watched(model, X, y)
        assert_array_equal(np.sort(rows_in(watcher.batches_, model)[0]), np.arange(60))
        assert not watcher.held_out_
        assert "valid_loss" not in model.history_[-1]

    def test_have_the_loss_of_a_prediction(self, rng, X, y, folds):
        """Whatever is dropped, blanked, mixed and smoothed in training."""
        weights = rng.uniform(0.5, 2, 60)
        perturbed = {"mixup": 1, "spec_augment": 0.5, "label_smoothing": 0.5, "dropout": 0.5}
        model = CNNClassifier("cnn1d", width=4, depth=1, max_epochs=2, batch_size=16, **perturbed)
        model.set_params(validation_fraction=0.3, class_weight={"sad": 2}, random_state=0)
        model.fit(X, y, sample_weight=weights)
        _, held_out = folds[0]
        weights = weights[held_out] * np.where(y[held_out] == "sad", 2, 1)
        loss = log_loss(y[held_out], model.predict_proba(X[held_out]), sample_weight=weights)
        assert model.history_[-1, "valid_loss"] == pytest.approx(loss, rel=1e-5)

    def test_have_the_uar_of_a_prediction(self, X, y, folds):
        y[:25] = "sad"
        model = classifier(width=16, max_epochs=8, lr=0.1, batch_size=8, validation_fraction=0.3)
        model.fit(X, y)
        _, held_out = folds[0]
        expected = balanced_accuracy_score(y[held_out], model.predict(X[held_out]))
        scores = model.history_[:, "valid_uar"]
        assert scores[-1] == pytest.approx(expected)
        assert len(set(scores)) > 1

    @pytest.mark.parametrize("patience", [3, 100])
    def test_choose_the_epoch_that_is_kept(self, X, y, groups, folds, patience):
        model = classifier(width=64, lr=0.05, dropout=0, scheduler=None, max_epochs=25)
        model.set_params(early_stopping=patience).fit(X, y, groups=groups)
        losses = model.history_[:, "valid_loss"]
        best = int(np.argmin(losses))
        assert best + 1 < len(losses) == min(best + 1 + patience, 25)
        _, held_out = folds[0]
        loss = log_loss(y[held_out], model.predict_proba(X[held_out]))
        assert loss == pytest.approx(losses[best], rel=1e-5)


@pytest.mark.parametrize("patience", [True, False])
def test_patience_is_a_number_of_epochs(X, y, patience):
    with pytest.raises(ValueError, match=r"early_stopping.*(give the number of epochs|an int)"):
        classifier(early_stopping=patience).fit(X, y)


def test_trainings_in_threads_are_those_of_one(X, y):
    expected = classifier().fit(X, y).decision_function(X)
    with joblib.parallel_config(backend="threading"):
        fits = joblib.Parallel(4)(joblib.delayed(classifier().fit)(X, y) for _ in range(8))
    for model in fits:
        assert_array_equal(model.decision_function(X), expected)


def test_what_only_a_training_needs_is_let_go(X, y):
    net = classifier(early_stopping=1, max_epochs=9, lr=0.1).fit(X, y).engine_
    assert net.train_split is None
    assert not net.optimizer_.state
    assert seen_by(EarlyStopping, net).best_model_weights_ is None
    assert seen_by(LRScheduler, net).lr_scheduler_ is None
    assert all(weights.grad is None for weights in net.module_.parameters())


class TestCallbacks:
    def test_are_copies_in_each_training(self, X, y):
        given = [Watcher(mark="mine"), ("stop", Stop(2))]
        model = classifier(callbacks=given, n_models=3).fit(X, y)
        watchers = [seen_by(Watcher, net) for net in model.engines_]
        assert len({id(watcher) for watcher in [*watchers, given[0]]}) == 4
        for net, watcher in zip(model.engines_, watchers, strict=True):
            assert watcher.mark == "mine"
            assert watcher.n_starts_ == 1
            assert len(net.history) == 2
        assert model.callbacks is given
        assert vars(given[0]) == {"mark": "mine"}

    @pytest.mark.parametrize("stop", [Stop(1, "on_batch_end"), Stop(2)], ids=["batch", "epoch"])
    def test_end_a_training_by_an_interrupt(self, X, y, stop):
        model = classifier(callbacks=[stop], early_stopping=2)
        try:
            model.fit(X, y)
        except KeyboardInterrupt:  # which would end all tests
            pytest.fail("the interrupt of a callback came through")
        assert len(model.history_) == stop.epoch
        assert model.predict(X).shape == (60,)

    def test_may_train_another_network(self, X, y):
        class Inner(Callback):
            def on_epoch_end(self, net, **kwargs):
                self.inner_ = classifier().fit(X, y)

        model = classifier(callbacks=[Inner()], max_epochs=1).fit(X, y)
        inner = seen_by(Inner, model.engine_).inner_
        assert_array_equal(inner.predict(X), classifier().fit(X, y).predict(X))

    def test_that_fail_are_heard(self, X, y):
        with pytest.raises(ZeroDivisionError):
            classifier(callbacks=[Stop(1, by=ZeroDivisionError)]).fit(X, y)


class Log(Callback):
    """Writes down the epochs in a list that is somebody's, and holds what nobody can copy."""

    def __init__(self, epochs):
        self.epochs = epochs
        self.lock = threading.Lock()

    def on_epoch_end(self, net, **kwargs):
        self.epochs.append(len(net.history))


def test_callbacks_may_hold_what_is_alive(X, y):
    epochs = []
    classifier(callbacks=[("log", Log(epochs))], n_models=2).fit(X, y)
    assert epochs == [1, 2, 3, 4, 1, 2, 3, 4]


class Pressed(Callback):
    """Presses a key while it works, as a user may."""

    def on_epoch_end(self, net, **kwargs):
        signal.raise_signal(signal.SIGINT)


class TestAnInterruptByTheUser:
    def test_ends_the_fit(self, X, y, monkeypatch):
        def interrupted(self, X):
            raise KeyboardInterrupt

        monkeypatch.setattr(MLP, "forward", interrupted)
        with pytest.raises(KeyboardInterrupt):
            classifier().fit(X, y)

    @pytest.mark.usefixtures("interruptible")
    def test_ends_it_in_a_callback_as_well(self, X, y):
        with pytest.raises(KeyboardInterrupt):
            classifier(callbacks=[Pressed()]).fit(X, y)


class TestProgress:
    def test_is_a_line_for_each_epoch(self, X, y, capsys):
        classifier(verbose=1).fit(X, y)
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == 4
        for epoch, line in enumerate(lines[:-1], 1):
            assert re.fullmatch(rf"epoch {epoch}/4  loss \d\.\d{{3}}  \d+ s left", line)
        assert re.fullmatch(r"epoch 4/4  loss \d\.\d{3}  \d+ s in all", lines[-1])

    def test_names_networks_and_scores_of_held_out_rows(self, X, y, capsys):
        model = classifier(verbose=1, n_models=2, max_epochs=1, validation_fraction=0.5).fit(X, y)
        lines = capsys.readouterr().out.splitlines()
        for place, (line, net) in enumerate(zip(lines, model.engines_, strict=True), 1):
            last = net.history[-1]
            assert line.startswith(
                f"network {place}/2  epoch 1/1  loss {last['train_loss']:.3f}  validation loss "
                f"{last['valid_loss']:.3f}, UAR {last['valid_uar']:.3f}  "
            )

    def test_is_not_told_unasked(self, X, y, capsys):
        classifier(early_stopping=1, max_epochs=20, lr=0.1).fit(X, y)
        assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_are_those_of_torch(X, y, name):
    optimizer = classifier(optimizer=name, weight_decay=0.25).fit(X, y).engine_.optimizer_
    assert type(optimizer).__name__.lower() == name.lower()
    assert optimizer.param_groups[0]["weight_decay"] == 0.25


class TestChance:
    @pytest.mark.parametrize(
        "model",
        [
            classifier(validation_fraction=0.2, mixup=0.4),
            CNNClassifier(
                "cnn1d", width=4, depth=1, max_epochs=2, spec_augment=0.3, random_state=0
            ),
        ],
        ids=["mlp", "cnn"],
    )
    def test_is_the_seed_and_nothing_else(self, X, y, model):
        first = weights_of(clone(model).fit(X, y))
        with torch.random.fork_rng():
            torch.manual_seed(6)
            again = weights_of(clone(model).fit(X, y))
        assert torch.equal(first, again)
        other = weights_of(clone(model).set_params(random_state=1).fit(X, y))
        assert not torch.isclose(first, other).all()

    def test_shuffles_the_rows_in_each_epoch(self, X, y):
        orders = []
        for seed in range(2):
            model = classifier(random_state=seed, max_epochs=2, batch_size=60)
            orders += [rows_in([batch], model)[0] for batch in watched(model, X, y).batches_]
        assert len({tuple(order) for order in [*orders, np.arange(60)]}) == 5

    def test_of_others_is_left_alone(self, X, y):
        before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
        classifier(n_models=2, validation_fraction=0.2).fit(X, y).predict(X)
        assert torch.equal(torch.get_rng_state(), before[0])
        assert_array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002

    def test_of_a_state_goes_on(self, X, y):
        state = np.random.RandomState(0)
        model = classifier(random_state=state)
        first, second = (weights_of(model.fit(X, y)) for _ in range(2))
        assert not torch.isclose(first, second).all()
        assert torch.equal(first, weights_of(classifier(random_state=0).fit(X, y)))
