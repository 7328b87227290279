"""Synthetic voices on disk, a model trained on them, and the command to try on both."""

from __future__ import annotations

import shutil

import pytest
from click.testing import CliRunner

from sertools import make_corpus, write_corpus
from sertools.cli import main


@pytest.fixture(scope="session")
def recorded(tmp_path_factory):
    """Recordings of four voices, six clips each, named as RAVDESS names them; not to be changed."""
    folder = tmp_path_factory.mktemp("recorded") / "voices"
    corpus = make_corpus(n_speakers=4, n_per_speaker=6, emotions=("angry", "sad"))
    write_corpus(corpus, folder, layout="ravdess")
    return folder


@pytest.fixture
def voices(recorded, tmp_path, monkeypatch):
    """The folder "voices" in an empty folder, in which the command then works."""
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(recorded, tmp_path / "voices")


@pytest.fixture(scope="session")
def trained(recorded, tmp_path_factory):
    """The file of a model that gives probabilities, which "best" would take longer to be."""
    file = tmp_path_factory.mktemp("trained") / "voices.ser"
    arguments = ["train", str(recorded), "-o", str(file), "--model", "kernel", "--cv", "2"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    return str(file)


@pytest.fixture
def run():
    """What runs the command in this process, given words as in a shell."""

    def invoke(*arguments, stdin=None):
        return CliRunner().invoke(main, [str(one) for one in arguments], input=stdin)

    return invoke


@pytest.fixture
def ok(run):
    """The same, of a command that has to succeed: what it prints."""

    def invoke(*arguments, stdin=None):
        done = run(*arguments, stdin=stdin)
        assert done.exit_code == 0, done.output
        return done.stdout

    return invoke
