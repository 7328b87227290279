"""An evaluation whose folds are noted goes on where it was interrupted."""

from __future__ import annotations

import json
from typing import ClassVar

import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sertools import AcousticExtractor, KernelRidgeClassifier, SVMClassifier, evaluate, make_corpus
from sertools.evaluation._data import checked
from sertools.evaluation._evaluate import evaluate_plan
from sertools.evaluation._splits import plan_of


class Stopped(GaussianNB):
    """A classifier that counts its fits, and is interrupted in one of them."""

    fits: ClassVar[list[int]] = []
    stop_at: ClassVar[int | None] = None

    def fit(self, X, y, sample_weight=None):
        if len(self.fits) == self.stop_at:
            raise KeyboardInterrupt
        self.fits.append(len(X))
        return super().fit(X, y, sample_weight)


@pytest.fixture
def stopped(monkeypatch):
    monkeypatch.setattr(Stopped, "fits", [])
    return Stopped


class Notes(dict):
    """Notes in memory, as text."""

    def recall(self, name):
        return json.loads(self[name]) if name in self else None

    def keep(self, name, finished):
        assert name not in self
        self[name] = json.dumps(finished)


@pytest.fixture
def notes():
    return Notes()


def ask(model, notes, *data, cv=4, adapt=False, **options):
    data = checked(*data)
    plan = plan_of(cv, data.y, data.groups, None, 0)
    return evaluate_plan(
        model, data, plan, adapt=adapt, grid=None, random_state=0, notes=notes, **options
    )


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_what_was_done_is_not_fitted_again(table, stopped, notes, monkeypatch, n_jobs):
    monkeypatch.setattr(stopped, "stop_at", 3)
    with pytest.raises(KeyboardInterrupt):
        ask(stopped(), notes, *table)
    assert len(notes) == 3
    monkeypatch.setattr(stopped, "stop_at", None)
    result = ask(stopped(), notes, *table, n_jobs=n_jobs)
    assert len(notes) == 4
    assert len(stopped.fits) == (4 if n_jobs is None else 3)  # another process counts for itself
    plain = evaluate(Stopped(), *table[:2], groups=table[2], cv=4)
    pd.testing.assert_frame_equal(result.predictions, plain.predictions)
    assert (result.uar, result.interval) == (plain.uar, plain.interval)


def test_all_that_was_told_is_told_again(table, stopped, notes):
    first = ask(stopped(), notes, *table)
    again = ask(stopped(), notes, *table)
    assert len(stopped.fits) == 4
    assert again.to_json() == first.to_json()
    assert again.predictions.dtypes.equals(first.predictions.dtypes)


def test_models_without_probabilities(table, notes):
    first = ask(SVMClassifier(), notes, *table)
    again = ask(SVMClassifier(), notes, *table)
    assert again.to_json() == first.to_json()
    assert not any(name.startswith("p_") for name in again.predictions)


@pytest.mark.filterwarnings("ignore:.*show too little of themselves:UserWarning")
@pytest.mark.parametrize(("adapt", "n_runs"), [(True, 2), ("self-train", 3)])
def test_each_run_is_noted(notes, adapt, n_runs, monkeypatch):
    corpus = make_corpus(n_speakers=3, n_per_speaker=6, emotions=("angry", "sad"))
    model = make_pipeline(AcousticExtractor(["zcr"]), StandardScaler(), KernelRidgeClassifier())
    first = ask(model, notes, corpus, cv="loso", adapt=adapt)
    assert len(notes) == 2 * 3  # what is self-trained was adapted before, in one fold

    def fit(self, X, y, **data):
        raise AssertionError("fitted again")

    monkeypatch.setattr(KernelRidgeClassifier, "fit", fit)
    again = ask(model, notes, corpus, cv="loso", adapt=adapt)
    assert len(again.runs) == n_runs
    assert again.to_json() == first.to_json()


def test_versions_are_those_of_the_fit(table, notes, monkeypatch):
    """A process that finds all folds done has not loaded what they were fitted with."""
    first = ask(SVMClassifier(), notes, *table)
    monkeypatch.setattr("sertools.evaluation._evaluate.versions", dict)
    assert ask(SVMClassifier(), notes, *table).versions == first.versions
    assert "scikit-learn" in first.versions


def test_the_bar_counts_what_is_left(table, stopped, notes, capsys, monkeypatch):
    monkeypatch.setattr(stopped, "stop_at", 3)
    with pytest.raises(KeyboardInterrupt):
        ask(stopped(), notes, *table)
    monkeypatch.setattr(stopped, "stop_at", None)
    ask(stopped(), notes, *table, verbose=1)
    assert "1/1" in capsys.readouterr().err
    ask(stopped(), notes, *table, verbose=1)
    assert capsys.readouterr().err == ""
