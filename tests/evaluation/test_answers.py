"""An evaluation whose answers are kept goes on where it was interrupted."""

from __future__ import annotations

from typing import ClassVar

import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sertools import AcousticExtractor, KernelRidgeClassifier, SVMClassifier, evaluate, make_corpus
from sertools.evaluation._answers import KeptAnswers
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


@pytest.fixture
def kept(tmp_path):
    return KeptAnswers(tmp_path / "cache" / "folds")


def ask(model, kept, *data, cv=4, adapt=False, verbose=0, n_jobs=None):
    data = checked(*data)
    plan = plan_of(cv, data.y, data.groups, None, 0)
    options = {"adapt": adapt, "grid": None, "random_state": 0}
    return evaluate_plan(model, data, plan, **options, kept=kept, verbose=verbose, n_jobs=n_jobs)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_what_was_done_is_not_fitted_again(table, stopped, kept, monkeypatch, n_jobs):
    monkeypatch.setattr(stopped, "stop_at", 3)
    with pytest.raises(KeyboardInterrupt):
        ask(stopped(), kept, *table)
    assert len(kept) == 3
    monkeypatch.setattr(stopped, "stop_at", None)
    result = ask(stopped(), kept, *table, n_jobs=n_jobs)
    assert len(kept) == 4
    assert n_jobs or len(stopped.fits) == 4  # those of other processes are counted there
    plain = evaluate(Stopped(), *table[:2], groups=table[2], cv=4)
    pd.testing.assert_frame_equal(result.predictions, plain.predictions)
    assert (result.uar, result.interval) == (plain.uar, plain.interval)


def test_all_that_was_told_is_told_again(table, stopped, kept):
    first = ask(stopped(), kept, *table)
    again = ask(stopped(), kept, *table)
    assert len(stopped.fits) == 4
    assert again.to_json() == first.to_json()
    assert again.predictions.dtypes.equals(first.predictions.dtypes)


def test_models_without_probabilities(table, kept):
    first = ask(SVMClassifier(), kept, *table)
    again = ask(SVMClassifier(), kept, *table)
    assert again.to_json() == first.to_json()
    assert not any(name.startswith("p_") for name in again.predictions)


@pytest.mark.filterwarnings("ignore:.*show too little of themselves:UserWarning")
@pytest.mark.parametrize(("adapt", "n_runs"), [(True, 2), ("self-train", 3)])
def test_each_run_is_kept(kept, adapt, n_runs, monkeypatch):
    corpus = make_corpus(n_speakers=3, n_per_speaker=6, emotions=("angry", "sad"))
    model = make_pipeline(AcousticExtractor(["zcr"]), StandardScaler(), KernelRidgeClassifier())
    first = ask(model, kept, corpus, cv="loso", adapt=adapt)
    assert len(kept) == 2 * 3  # what is self-trained was adapted before, in one fold

    def fit(self, X, y, **data):
        raise AssertionError("fitted again")

    monkeypatch.setattr(KernelRidgeClassifier, "fit", fit)
    again = ask(model, kept, corpus, cv="loso", adapt=adapt)
    assert len(again.runs) == n_runs
    assert again.to_json() == first.to_json()


def test_versions_are_those_of_the_fit(table, kept, monkeypatch):
    """A process that finds all folds done has not loaded what they were fitted with."""
    first = ask(SVMClassifier(), kept, *table)
    monkeypatch.setattr("sertools.evaluation._evaluate.versions", dict)
    assert ask(SVMClassifier(), kept, *table).versions == first.versions
    assert "scikit-learn" in first.versions


def test_the_bar_counts_what_is_left(table, stopped, kept, capsys, monkeypatch):
    monkeypatch.setattr(stopped, "stop_at", 3)
    with pytest.raises(KeyboardInterrupt):
        ask(stopped(), kept, *table)
    monkeypatch.setattr(stopped, "stop_at", None)
    ask(stopped(), kept, *table, verbose=1)
    assert "1/1" in capsys.readouterr().err
    ask(stopped(), kept, *table, verbose=1)
    assert capsys.readouterr().err == ""


def test_a_disk_that_is_full_spoils_nothing(table, stopped, tmp_path):
    (tmp_path / "file").write_text("no folder")
    kept = KeptAnswers(tmp_path / "file" / "folds")
    with pytest.warns(RuntimeWarning, match="cannot be kept in .*The result is right"):
        result = ask(stopped(), kept, *table)
    assert result.predictions.equals(ask(stopped(), None, *table).predictions)


def test_what_is_forgotten_is_gone(table, stopped, kept):
    ask(stopped(), kept, *table)
    kept.forget()
    assert not kept.folder.exists()
    kept.forget()  # there may be nothing to forget
    assert len(kept) == 0
