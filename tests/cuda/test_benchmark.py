"""The benchmark goes through, so that the first run on a GPU is not spent on its mistakes."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest
from fake_cupy import installed

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "gpu.py"


def test_all_rows(monkeypatch, capsys, tmp_path):
    out = tmp_path / "gpu.csv"
    arguments = ["--clips", "3", "--seconds", "0.2", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), *arguments])
    with installed():
        runpy.run_path(str(SCRIPT), run_name="__main__")
    printed = capsys.readouterr().out
    assert "MFCC, mean and std 2048/512/128" in printed
    assert len(out.read_text().splitlines()) == len(printed.splitlines())


def test_no_times_of_wrong_numbers(monkeypatch, capsys):
    script = runpy.run_path(str(SCRIPT))
    monkeypatch.setitem(script["main"].__globals__, "agreement", lambda _: [("x", 0.1, "relative")])
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), "--clips", "1", "--seconds", "0.1"])
    with installed(), pytest.raises(SystemExit, match="wrong numbers"):
        script["main"]()
    assert "ZCR" not in capsys.readouterr().out
