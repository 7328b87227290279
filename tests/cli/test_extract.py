"""sertools extract: the table, what is left out, and what an interrupt leaves."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from sertools import AcousticExtractor, AudioReader, Trimmer, audio


def expected(paths, features):
    """The features of recordings by the classes that compute them."""
    clips = Trimmer().fit_transform(AudioReader().fit_transform(list(paths)))
    return AcousticExtractor(features).fit_transform(clips)


@pytest.mark.parametrize(
    ("options", "features"),
    [
        ([], "compact"),
        (["--features", "zcr,mfcc"], ["zcr", "mfcc"]),
        (["--features", "rms"], ["rms"]),
    ],
)
def test_a_row_for_each_recording_with_the_features_by_name(ok, voices, options, features):
    ok("extract", "voices", "-o", "features.csv", *options)
    table = pd.read_csv("features.csv")
    assert table.columns[:3].tolist() == ["path", "emotion", "speaker"]
    assert len(table) == table["path"].nunique() == 24
    numbers = table.iloc[:, 3:]
    assert (
        numbers.columns.tolist()
        == AcousticExtractor(features).fit([np.ones(9)]).get_feature_names_out().tolist()
    )
    np.testing.assert_allclose(numbers, expected(table["path"], features), rtol=1e-5)


def test_parquet_holds_the_same_as_csv(ok, voices):
    ok("extract", "voices", "-o", "features.csv")
    ok("extract", "voices", "-o", "features.parquet")
    read = pd.read_csv("features.csv", dtype={"path": str})
    pd.testing.assert_frame_equal(
        pd.read_parquet("features.parquet"), read, check_dtype=False, rtol=1e-5
    )


def test_recordings_need_no_labels_and_are_taken_once(ok, voices, tmp_path):
    (tmp_path / "calls").mkdir()
    for number, path in enumerate(voices.rglob("*01.wav")):
        path.rename(tmp_path / "calls" / f"{number}.wav")
    ok("extract", "calls", "calls/0.wav", "-o", "features.csv")
    table = pd.read_csv("features.csv")
    assert table.columns[:2].tolist() == ["path", "zcr_mean"]
    assert table["path"].tolist() == sorted(
        str(p) for p in map(os.path.relpath, (tmp_path / "calls").iterdir())
    )


def test_what_cannot_be_read_is_left_out_and_told(run, voices):
    bad = sorted(voices.rglob("*.wav"))[5]
    bad.write_text("not found")
    done = run("extract", "voices", "-o", "features.csv")
    assert done.exit_code == 3
    assert f"Left out: 'voices/{bad.relative_to(voices)}' holds text" in done.stderr
    table = pd.read_csv("features.csv")
    assert len(table) == 23
    assert not table["path"].str.endswith(bad.name).any() or table["path"].nunique() == 23
    np.testing.assert_allclose(table.iloc[:, 3:], expected(table["path"], "compact"), rtol=1e-5)


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text there")
def test_a_name_that_is_no_text_goes_out_as_it_came_in(ok, voices, tmp_path):
    name = os.fsencode(tmp_path) + b"/l\xe9.wav"
    os.makedirs(tmp_path, exist_ok=True)
    audio.write(os.fsdecode(name), np.ones(8000) / 9, 16000)
    ok("extract", os.fsdecode(name), "-o", "features.csv", "--features", "zcr")
    with open("features.csv", "rb") as file:
        assert name in file.read()


def test_nothing_but_noise_in_the_data_is_refused(run, tmp_path):
    (tmp_path / "bad.wav").write_text("not found")
    done = run("extract", tmp_path / "bad.wav", "-o", tmp_path / "features.csv")
    assert done.exit_code == 1
    assert "None of the 1 recordings can be read" in done.stderr
    assert not (tmp_path / "features.csv").exists()


def test_a_full_disk_leaves_the_old_table(run, voices, tmp_path, monkeypatch):
    (tmp_path / "features.csv").write_text("old")

    def fill(frame, path, **how):
        path.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", fill)
    done = run("extract", "voices", "-o", "features.csv", "--force")
    assert done.exit_code == 1
    assert "'features.csv' cannot be written (No space left on device)" in done.stderr
    assert (tmp_path / "features.csv").read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["features.csv", "voices"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
@pytest.mark.usefixtures("interruptible")
def test_after_an_interrupt_the_same_command_goes_on(run, tmp_path):
    rng = np.random.default_rng(0)
    for number in range(128):
        audio.write(tmp_path / f"{number:03}.wav", 0.1 * rng.standard_normal(16000), 16000)
    output = tmp_path / "features.csv"
    words = ["extract", str(tmp_path), "-o", str(output), "--features", "pitch,voice", "--progress"]
    start = [sys.executable, "-c", "from sertools.cli import main; main()", *words]
    seen = ""
    with subprocess.Popen(start, stderr=subprocess.PIPE, text=True) as command:
        while "32/128" not in seen:
            letter = command.stderr.read(1)
            assert letter, f"it has ended: {seen}"
            seen += letter
        command.send_signal(signal.SIGINT)
        rest = command.stderr.read()
    assert command.returncode == 130
    assert "Interrupted" in rest
    assert not [name for name in os.listdir(tmp_path) if not name.endswith(".wav")]

    again = run(*words)
    assert again.exit_code == 0
    remembered = int(re.search(r"(\d+) of them remembered", again.stderr)[1])
    assert 32 <= remembered < 128
    assert len(pd.read_csv(output)) == 128
