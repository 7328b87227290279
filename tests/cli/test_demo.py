"""sertools demo."""

from __future__ import annotations

import pytest

from sertools.cli import _demo


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Fewer voices and a faster model than a newcomer is shown."""
    monkeypatch.setattr(_demo, "_SPEAKERS", 3)
    monkeypatch.setattr(_demo, "_CLIPS", 8)
    faster = [
        (words, [*arguments, "--model", "svm"] if arguments[0] == "train" else arguments)
        for words, arguments in _demo._STEPS
    ]
    monkeypatch.setattr(_demo, "_STEPS", faster)


def test_every_step_is_shown_with_what_it_prints(ok, tmp_path):
    text = ok("demo", "--folder", tmp_path / "tried")
    typed = [line.split()[2:] for line in text.splitlines() if line.startswith("$ sertools ")]
    assert typed == [arguments for _, arguments in _demo._STEPS]
    for printed in ("ravdess', clips checked: 24", "Speaker-independent", "\nnew_voice.wav  "):
        assert printed in text
    written = sorted(path.name for path in (tmp_path / "tried").iterdir())
    assert written == ["new_voice.wav", "voices", "voices.ser"]


def test_nothing_is_left_unless_a_folder_is_named(ok, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert "\nnew_voice.wav  " in ok("demo")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_exists_is_left_alone(run, tmp_path):
    done = run("demo", "--folder", tmp_path)
    assert done.exit_code == 1
    assert "is there already" in done.stderr
