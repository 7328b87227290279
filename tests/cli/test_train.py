"""sertools train, evaluate, card and stress."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import ClassVar

import click
import pytest

import sertools
from sertools import (
    Corpus,
    RowCache,
    SVMClassifier,
    evaluate,
    load,
    load_corpus,
    make_emotion_pipeline,
)
from sertools.cli import main
from sertools.cli._training import made, remember
from sertools.persistence import _save


def test_a_model_is_scored_trained_and_saved(ok, voices):
    text = ok("train", "voices", "-o", "voices.ser", "--model", "svm", "--cv", "2")
    corpus = load_corpus("ravdess", "voices")
    expected = evaluate(make_emotion_pipeline("svm", random_state=0), corpus, cv=2)
    assert f"{expected.uar:.3f}" in text
    assert "Speaker-independent" in text
    assert "Pipeline(" not in text
    plain = make_emotion_pipeline("svm", random_state=0).fit(corpus.X, corpus.y)
    assert load("voices.ser").predict(corpus.X).tolist() == plain.predict(corpus.X).tolist()
    card = ok("card", "voices.ser")
    assert f"UAR {expected.uar:.3f}" in card
    assert "ANOTHER" not in card
    assert "ravdess: 24 clips, 4 speakers" in card


def test_without_an_evaluation_nothing_is_told_of_worth(ok, voices):
    assert ok("train", "voices", "-o", "voices.ser", "--model", "svm", "--no-evaluate") == ""
    assert "worth       not told" in ok("card", "voices.ser")


@pytest.mark.parametrize("model", ["svm", "best"])
def test_all_that_a_fit_needs_is_remembered_before(voices, model, monkeypatch):
    features = "zcr" if model == "best" else None
    pipeline = made(model, features, None, None)
    corpus = load_corpus("ravdess", "voices")
    with click.Context(main):
        remember(pipeline, corpus.X)

    def compute(cache, rows, places):
        raise AssertionError(f"{len(places)} rows are computed anew")

    monkeypatch.setattr(RowCache, "_compute", compute)
    pipeline.fit(corpus.X, corpus.y)


def test_speakers_reach_whoever_keeps_them_apart(ok, voices, monkeypatch):
    handed = []

    def fit_with(estimator, X, y, *, groups):
        handed.extend(groups)
        return estimator.fit(X, y)

    monkeypatch.setattr("sertools._sklearn.fit_with", fit_with)
    ok("train", "voices", "-o", "voices.ser", "--model", "svm", "--no-evaluate")
    assert len(set(handed)) == 4


class TestDamaged:
    @pytest.fixture
    def bad(self, voices):
        file = sorted(voices.rglob("*.wav"))[0]
        file.write_text("not found")
        return file

    @pytest.mark.parametrize(
        "arguments",
        [
            ["train", "voices", "-o", "voices.ser", "--model", "svm"],
            ["evaluate", "voices", "--model", "svm"],
            ["stress", "model.ser", "voices"],
        ],
        ids=lambda arguments: arguments[0],
    )
    def test_recordings_are_named_and_may_be_left_out(self, run, ok, bad, trained, arguments):
        shutil.copy(trained, "model.ser")
        done = run(*arguments)
        assert done.exit_code == 1
        assert "1 of 24 recordings cannot be read" in done.stderr
        assert bad.name in done.stderr
        assert "leave them out with --clean" in done.stderr
        assert "23 clips" in ok(*arguments, "--clean")


def test_a_full_disk_leaves_the_old_model(run, voices, tmp_path, monkeypatch):
    (tmp_path / "voices.ser").write_text("old")

    def fill(path, parts):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_save, "write_parts", fill)
    done = run("train", "voices", "-o", "voices.ser", "--model", "svm", "--no-evaluate", "-f")
    assert done.exit_code == 1
    assert "'voices.ser' cannot be written (No space left on device)" in done.stderr
    assert (tmp_path / "voices.ser").read_text() == "old"


def test_an_evaluation_is_printed_and_written(ok, voices, tmp_path):
    text = ok(
        "evaluate", "voices", "--model", "svm", "--cv", "2", "--json", "a.json", "--html", "a.html"
    )
    assert "Speaker-independent" in text
    scores = json.loads((tmp_path / "a.json").read_text())["scores"]
    assert f"{scores['uar']:.3f}" in text
    assert "<audio" in (tmp_path / "a.html").read_text() or scores["uar"] == 1


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("option", "word"), [("--adapt", "adapted: "), ("--self-train", "self-trained: ")]
)
def test_speakers_may_be_listened_to(ok, voices, option, word):
    text = ok(
        "evaluate", "voices", "--model", "kernel", "--features", "zcr,rms", "--cv", "2", option
    )
    assert word in text


@pytest.mark.parametrize("option", ["--adapt", "--self-train"])
def test_speakers_that_are_not_known_cannot_be_listened_to(run, voices, option):
    done = run("evaluate", "voices", "--corpus", "folder", option)
    assert done.exit_code == 1
    assert "name them by --speaker or --speaker-column" in done.stderr


def test_a_score_of_voices_that_may_be_known_is_warned_of(run, voices):
    done = run("evaluate", "voices", "--corpus", "folder", "--model", "svm", "--cv", "2")
    assert done.exit_code == 0
    assert "Warning: speakers are not known" in done.stderr
    assert (
        "Warning: speakers" not in run("evaluate", "voices", "--model", "svm", "--cv", "2").stderr
    )


def test_progress_is_shown_to_who_asks_for_it_and_not_on_standard_output(run, voices):
    done = run("evaluate", "voices", "--model", "svm", "--cv", "2", "--progress")
    assert "Features █" in done.stderr
    assert "24/24" in done.stderr
    assert "Folds █" in done.stderr
    assert "█" not in done.stdout
    assert "█" not in run("evaluate", "voices", "--model", "svm", "--cv", "2").stderr


def test_stress_prints_a_table(ok, voices, trained):
    assert "telephone" in ok("stress", trained, "voices")
    rows = list(csv.DictReader(io.StringIO(ok("stress", trained, "voices", "--format", "csv"))))
    assert rows[0]["condition"] == "as it is"
    assert float(rows[0]["uar"]) == 1


class TestInterrupted:
    """What was done of an evaluation is not done again, and nothing else is taken for it."""

    LINES: ClassVar[dict[str, list[str]]] = {
        "train": ["train", "voices", "-o", "voices.ser"],
        "evaluate": ["evaluate", "voices"],
    }
    OPTIONS = ("--model", "svm", "--features", "zcr", "--cv", "4", "--cache", "cache")

    @pytest.fixture
    def fits(self, monkeypatch):
        """The clips of each fit of SVMClassifier, and the number of fits before Ctrl-C."""
        fits, allowed, fit = [], [2], SVMClassifier.fit

        def counted(self, X, y, **data):
            if len(fits) == allowed[0]:
                raise KeyboardInterrupt
            fits.append(len(y))
            return fit(self, X, y, **data)

        monkeypatch.setattr(SVMClassifier, "fit", counted)
        return fits, allowed

    @pytest.mark.parametrize("command", LINES)
    def test_it_goes_on_with_the_fold_it_was_at(self, run, voices, command, fits):
        done, allowed = fits
        line = [*self.LINES[command], *self.OPTIONS]
        stopped = run(*line)
        assert stopped.exit_code == 130
        assert "the folds that were done" in stopped.stderr
        allowed[0] = None
        assert "Going on where the same was interrupted" in run(*line).stderr
        whole = [24] if command == "train" else []  # of which the file is made
        assert done == [18] * 4 + whole
        assert "Going on" not in run(*line, "--force").stderr  # what is finished is made anew
        assert done == ([18] * 4 + whole) * 2

    def test_the_score_is_kept_until_the_file_is_there(self, run, voices, fits):
        done, allowed = fits
        allowed[0] = 4
        line = [*self.LINES["train"], *self.OPTIONS]
        assert run(*line).exit_code == 130
        allowed[0] = None
        assert run(*line).exit_code == 0
        assert done == [18] * 4 + [24]

    def test_what_was_cleaned_is_not_listened_to_again(self, run, voices, fits, monkeypatch):
        _, allowed = fits
        files = sorted(voices.rglob("*.wav"))
        shutil.copy(files[0], files[6])  # the same sound under another label
        line = [*self.LINES["evaluate"], *self.OPTIONS, "--clean"]
        stopped = run(*line)
        assert stopped.exit_code == 130
        assert "Left out: " in stopped.stderr
        assert "Left out: 0" not in stopped.stderr
        allowed[0] = None
        monkeypatch.delattr(Corpus, "check")
        again = run(*line)
        assert again.exit_code == 0, again.output
        left_out = [line for line in stopped.stderr.splitlines() if line.startswith("Left out")]
        assert left_out[0] in again.stderr

    @pytest.mark.parametrize(
        "change", [["--cv", "3"], ["--features", "rms"], ["--adapt"], ["--clean"]], ids=str
    )
    @pytest.mark.filterwarnings("ignore:.*show too little of themselves:UserWarning")
    def test_another_command_begins_anew(self, run, voices, fits, change):
        _, allowed = fits
        line = [*self.LINES["evaluate"], *self.OPTIONS]
        assert run(*line).exit_code == 130
        allowed[0] = None
        again = run(*line, *change)
        assert again.exit_code == 0, again.output
        assert "Going on" not in again.stderr
        assert "Going on" in run(*line).stderr  # what belongs to the first is still there

    @pytest.mark.parametrize("change", ["label", "speaker", "sound", "order", "version", "code"])
    def test_other_data_or_code_begin_anew(self, run, voices, fits, change, monkeypatch, tmp_path):
        _, allowed = fits
        table = load_corpus("ravdess", "voices").frame[["path", "emotion", "speaker"]]
        table.to_csv("table.csv", index=False)
        columns = ["--label-column", "emotion", "--speaker-column", "speaker"]
        line = ["evaluate", "table.csv", *columns, *self.OPTIONS]
        assert run(*line).exit_code == 130
        allowed[0] = None
        if change in ("label", "speaker"):
            column = {"label": "emotion"}.get(change, change)
            table.loc[0, column] = set(table[column]).difference([table.loc[0, column]]).pop()
        elif change == "sound":
            shutil.copy(table.loc[1, "path"], table.loc[0, "path"])
        elif change == "order":
            table = table[::-1]
        elif change == "version":
            monkeypatch.setattr("sertools._versions.installed", lambda: {"numpy": "0"})
        else:
            package = shutil.copytree(Path(sertools.__file__).parent, tmp_path / "sertools")
            with open(package / "models" / "_base.py", "a") as file:
                file.write("# changed\n")
            monkeypatch.setattr(sertools, "__file__", str(package / "__init__.py"))
        table.to_csv("table.csv", index=False)
        again = run(*line)
        assert again.exit_code == 0, again.output
        assert "Going on" not in again.stderr

    @pytest.mark.filterwarnings("ignore:.*rows-1.sqlite.*:RuntimeWarning")
    def test_damaged_notes_are_none(self, run, voices, fits):
        done, allowed = fits
        line = [*self.LINES["evaluate"], *self.OPTIONS]
        assert run(*line).exit_code == 130
        store = Path("cache/rows-1.sqlite")
        content = store.read_bytes()
        assert content.count(b"told") == 2
        store.write_bytes(content.replace(b"told", b"tald"))
        allowed[0] = None
        again = run(*line)
        assert again.exit_code == 0
        assert done == [18] * 6
