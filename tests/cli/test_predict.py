"""sertools predict: files, folders and lists in; a table, CSV or JSON out."""

from __future__ import annotations

import csv
import io
import json
import os

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline

from sertools import (
    AcousticExtractor,
    AudioReader,
    KernelRidgeClassifier,
    ZCRExtractor,
    audio,
    load,
    make_corpus,
    save,
)
from sertools.cli import main


@pytest.fixture
def files(voices):
    """The recordings, as they are named from where the command works."""
    return sorted(os.path.relpath(path) for path in voices.rglob("*.wav"))


def rows_of(text, form):
    """The rows of a printed table."""
    if form == "csv":
        return list(csv.DictReader(io.StringIO(text)))
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("form", ["csv", "json"])
def test_labels_and_probabilities_are_those_of_the_model(ok, files, trained, form):
    rows = rows_of(ok("predict", trained, "voices", "--format", form), form)
    model = load(trained)
    assert [row["path"] for row in rows] == files
    assert [row["label"] for row in rows] == model.predict(files).tolist()
    found = [[float(row["p_angry"]), float(row["p_sad"])] for row in rows]
    np.testing.assert_allclose(found, model.predict_proba(files))
    assert not any(row["error"] for row in rows)


def test_a_table_for_people_has_label_and_its_probability(ok, files, trained):
    lines = ok("predict", trained, files[0]).splitlines()
    model = load(trained)
    (label,) = model.predict(files[:1])
    assert [line.split() for line in lines] == [
        [files[0], label, f"{model.predict_proba(files[:1]).max():.2f}"]
    ]


def test_a_model_without_probabilities_says_labels_only(ok, files):
    ok("train", "voices", "-o", "svm.ser", "--model", "svm", "--no-evaluate")
    (row,) = rows_of(ok("predict", "svm.ser", files[0], "--format", "json"), "json")
    assert set(row) == {"path", "label", "error"}


def test_a_list_may_come_from_standard_input(ok, files, trained):
    listed = "\n".join([files[3], "", files[1]])
    rows = rows_of(ok("predict", trained, "-", "--format", "csv", stdin=listed), "csv")
    assert [row["path"] for row in rows] == [files[3], files[1]]


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_what_cannot_be_read_stops_nobody(run, files, trained, form):
    with open(files[1], "w") as file:
        file.write("not found")
    named = [files[0], files[1], "missing.wav", files[2]]
    done = run("predict", trained, *named, "--format", form)
    assert done.exit_code == 3
    for reason in ("holds text", "'missing.wav' does not exist"):
        assert reason in done.stderr
        assert reason in done.stdout
    if form != "table":
        rows = rows_of(done.stdout, form)
        assert [bool(row["label"]) for row in rows] == [True, False, False, True]
        assert [bool(row["error"]) for row in rows] == [False, True, True, False]
        assert [row["path"] for row in rows] == named


def test_a_file_is_written_in_place_of_the_screen(ok, files, trained, tmp_path):
    printed = ok("predict", trained, "voices", "--format", "csv")
    assert ok("predict", trained, "voices", "--format", "csv", "-o", "moods.csv") == ""
    assert (tmp_path / "moods.csv").read_text() == printed
    assert sorted(os.listdir(tmp_path)) == ["moods.csv", "voices"]


def test_recordings_of_any_rate_and_length(ok, tmp_path, trained):
    for sr in (8000, 44100):
        audio.write(tmp_path / f"{sr}.wav", make_corpus(1, 1, ["sad"], sr=sr).X[0], sr)
    rows = rows_of(ok("predict", trained, tmp_path, "--format", "csv"), "csv")
    assert [row["label"] for row in rows] == ["sad", "sad"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no names of files that are no text")
def test_a_name_that_is_no_text_goes_out_as_it_came_in(run, files, trained):
    name = b"voices/\xff.wav"
    os.rename(files[0], name)
    done = run("predict", trained, "-", "--format", "csv", stdin=name)
    assert done.exit_code == 0
    assert name in done.stdout_bytes


@pytest.mark.skipif(os.name == "nt", reason="Windows has no names of files that are no text")
def test_letters_that_the_screen_lacks_are_written_as_escapes(files, trained):
    name = "voices/\u0436\u0437\udcff\u0436.wav"
    os.rename(files[0], name)
    screen = CliRunner(charset="latin-1")
    done = screen.invoke(main, ["predict", trained, name, "--format", "csv"])
    assert done.exit_code == 0, done.output
    assert b"voices/\\u0436\\u0437\xff\\u0436.wav" in done.stdout_bytes


def test_a_model_that_is_frozen_opens_files_too(ok, files, trained, tmp_path):
    save(FrozenEstimator(load(trained)), tmp_path / "frozen.ser")
    found = [
        ok("predict", model, files[0], "--format", "csv")
        for model in (trained, tmp_path / "frozen.ser")
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["empty"], "No audio file lies below 'empty'"),
        (["-"], "No file is named"),
    ],
)
def test_nothing_to_predict_is_refused(run, voices, tmp_path, trained, arguments, reason):
    (tmp_path / "empty").mkdir()
    done = run("predict", trained, *arguments)
    assert done.exit_code == 1
    assert reason in done.stderr


def test_a_model_that_opens_no_file_is_refused(run, files):
    corpus = make_corpus(n_speakers=2, n_per_speaker=4, emotions=("angry", "sad"))
    model = make_pipeline(AcousticExtractor(["zcr"]), KernelRidgeClassifier())
    save(model.fit(corpus.X, corpus.y), "waveforms.ser")
    done = run("predict", "waveforms.ser", files[0])
    assert done.exit_code == 1
    assert "'waveforms.ser' does not take recordings" in done.stderr


def test_a_model_that_predicts_nothing_is_refused(run, files):
    save(make_pipeline(AudioReader(), ZCRExtractor()).fit(files), "features.ser")
    result = run("predict", "features.ser", *files)
    assert result.exit_code == 1
    assert "makes features and predicts no labels" in result.stderr
    assert result.stdout == ""


def test_what_is_no_model_is_refused(run, files):
    done = run("predict", files[0], files[1])
    assert done.exit_code == 1
    assert "is no model of sertools" in done.stderr
