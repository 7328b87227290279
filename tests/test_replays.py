"""The replays of student projects: each runs, and tells both of its stories."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from sertools import concat_corpora, make_corpus, write_corpus
from sertools.evaluation import find_protocol

FOLDER = Path(__file__).parent.parent / "examples" / "replays"
SCRIPTS = sorted(path.stem for path in FOLDER.glob("[!_]*.py"))

WRITTEN = re.compile(r"^as written: .+ ([01]\.\d{3}) +([01]\.\d{3})$", re.MULTILINE)
HONEST = re.compile(
    r"^honest: .+ ([01]\.\d{3}) +([01]\.\d{3})  ([01]\.\d{3}) to ([01]\.\d{3})$", re.MULTILINE
)


@pytest.fixture
def shared(monkeypatch):
    """What the replays share, with a synthetic corpus that takes no time."""
    monkeypatch.syspath_prepend(FOLDER)
    shared = importlib.import_module("_replay")
    corpus = make_corpus(n_speakers=4, n_per_speaker=12)
    monkeypatch.setattr(shared, "make_corpus", lambda **options: corpus)
    return shared


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_replay_scores_the_project_as_written_and_honestly(name, shared, monkeypatch, capsys):
    results = []
    print_honest = shared.print_honest

    def spy(title, result):
        results.append(result)
        print_honest(title, result)

    monkeypatch.setattr(shared, "print_honest", spy)
    importlib.import_module(name).main(["--epochs", "1"])
    printed = capsys.readouterr().out
    assert "claimed: " in printed
    assert "Why: " in printed
    assert WRITTEN.findall(printed)
    assert len(HONEST.findall(printed)) == len(results) > 0
    for result in results:
        assert result.speaker_independent
        assert result.n_left_out == 0


def test_there_are_five_replays():
    assert len(SCRIPTS) == 5


def test_figures_are_drawn_where_they_are_wanted(shared, tmp_path):
    pytest.importorskip("matplotlib")
    script = importlib.import_module("cnn_and_lstm_on_mean_features")
    script.main(["--epochs", "1", "--figures", str(tmp_path / "drawn")])
    drawn = {path.name for path in (tmp_path / "drawn").iterdir()}
    assert drawn == {"clips.png", "confusions.png", "curves.png", "predictions.csv"}


def test_several_corpora_are_merged(shared, tmp_path):
    arguments = []
    for name in ("crema-d", "emo-db"):
        write_corpus(make_corpus(n_speakers=2, n_per_speaker=6), tmp_path / name, layout=name)
        arguments += ["--corpus", name, "--root", str(tmp_path / name)]
    options = shared.parser_of("", epochs=3).parse_args(arguments)
    corpus = concat_corpora(shared.corpora_of(options))
    assert set(corpus.frame["corpus"]) == {"crema-d", "emo-db"}
    assert shared.folds_of(corpus) is None
    assert options.epochs == 3


def test_a_corpus_without_a_root_is_refused(shared):
    options = shared.parser_of("", epochs=1).parse_args(["--corpus", "ravdess"])
    with pytest.raises(SystemExit, match="--root"):
        shared.corpora_of(options)


def test_a_known_corpus_is_split_by_its_own_protocol(shared):
    for corpus, name in shared.PROTOCOLS.items():
        found = find_protocol(name)
        assert found.corpus == corpus
        assert found.speaker_independent
