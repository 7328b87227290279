"""Help, errors, warnings and exit codes of all commands."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import warnings

import pytest

import sertools

COMMANDS = [
    ["demo"], ["info"], ["corpus", "check"], ["corpus", "describe"], ["extract"], ["train"],
    ["evaluate"], ["predict"], ["card"], ["stress"],
]  # fmt: skip

START = [sys.executable, "-c", "from sertools.cli import main; main(prog_name='sertools')"]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example(ok, command):
    text = ok(*command, "--help")
    assert "Example:\n    " in text
    assert f"sertools {' '.join(command)}" in text.partition("Example:")[2]


def test_help_loads_nothing_that_is_heavy():
    code = (
        "import sys\nfrom sertools.cli import main\n"
        "main(['train', '--help'], standalone_mode=False)\n"
        "print(*{'numpy', 'pandas', 'sklearn', 'joblib', 'skops'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == ""


def test_version(ok):
    assert ok("--version") == f"sertools {sertools.__version__}\n"


def test_info_tells_versions_and_devices(ok):
    text = ok("info")
    assert sertools.__version__ in text
    assert sertools.gpu_status().reason in text


def fails_with(monkeypatch, error):
    def fail(*arguments, **how):
        raise error

    monkeypatch.setattr("sertools.show_versions", fail)


@pytest.mark.parametrize("error", [ValueError("too few"), RuntimeError("too few")])
def test_a_refusal_is_a_paragraph_without_a_traceback(run, monkeypatch, error):
    fails_with(monkeypatch, error)
    done = run("info")
    assert done.exit_code == 1
    assert done.stderr == "Error: too few\n"
    assert done.stdout == ""


def test_a_fault_is_called_one(run, monkeypatch):
    fails_with(monkeypatch, KeyError("x"))
    done = run("info")
    assert done.exit_code == 1
    assert "KeyError: 'x'. This is a fault of sertools." in done.stderr


def test_debug_shows_where_an_error_comes_from(run, monkeypatch):
    error = ValueError("too few")
    fails_with(monkeypatch, error)
    assert run("info", "--debug").exception is error


def test_an_interrupt_has_the_exit_code_of_one(run, monkeypatch):
    fails_with(monkeypatch, KeyboardInterrupt)
    done = run("info")
    assert done.exit_code == 130
    assert "Interrupted" in done.stderr


def test_warnings_are_told_once_and_without_place(run, monkeypatch):
    def warn():
        for _ in range(2):
            with warnings.catch_warnings():  # which has Python forget what it has told
                warnings.warn("few speakers", UserWarning, stacklevel=1)
        warnings.warn("for developers", DeprecationWarning, stacklevel=1)

    monkeypatch.setattr("sertools.show_versions", warn)
    done = run("info")
    assert done.exit_code == 0
    assert done.stderr == "Warning: few speakers\n"


def test_who_reads_the_output_may_stop_early(voices, trained):
    # More than a pipe holds, so that the command is at work when the reader is gone.
    words = [*START, "predict", trained, *["voices"] * 60, "--format", "csv"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(words, text=True, **pipes) as command:
        assert command.stdout.readline() == "path,label,p_angry,p_sad,error\n"
        command.stdout.close()
        assert command.stderr.read() == ""
    assert command.returncode == 141


class TestOutputs:
    """Refused before any work, and whole or not at all."""

    @pytest.fixture(autouse=True)
    def no_work(self, monkeypatch, voices):
        def work(*arguments, **how):
            raise AssertionError("nothing is to be read before outputs are known to be possible")

        monkeypatch.setattr("sertools.load_corpora", work)

    @pytest.mark.parametrize(
        "arguments",
        [
            ["extract", "voices", "-o", "there.csv"],
            ["train", "voices", "-o", "there.csv"],
            ["evaluate", "voices", "--json", "there.csv"],
            ["evaluate", "voices", "--html", "there.csv"],
            ["predict", "there.csv", "voices", "-o", "there.csv"],
        ],
        ids=lambda arguments: " ".join(arguments[::2]),
    )
    def test_a_file_that_exists_needs_force(self, run, tmp_path, arguments):
        (tmp_path / "there.csv").write_text("old")
        done = run(*arguments)
        assert done.exit_code == 1
        assert "'there.csv' is there already: name another file, or replace it with --force" in (
            done.stderr
        )
        assert (tmp_path / "there.csv").read_text() == "old"

    def test_a_folder_that_is_missing(self, run):
        done = run("train", "voices", "-o", "nowhere/voices.ser")
        assert done.exit_code == 1
        assert "There is no folder 'nowhere' to write 'voices.ser' to" in done.stderr

    def test_a_folder_that_may_not_be_written_into(self, run, monkeypatch):
        def refuse(*arguments, **how):
            raise PermissionError(13, "Permission denied")

        # Who runs the tests may be allowed everything.
        monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
        done = run("train", "voices", "-o", "voices.ser")
        assert done.exit_code == 1
        assert "Nothing can be written into '.' (Permission denied)" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["extract", "voices", "-o", "x.xls"], "another ending than .csv or .parquet"),
        (["extract", "nothing", "-o", "x.csv"], "'nothing' does not exist"),
        (["extract", "voices", "-o", "x.csv", "--n-jobs", "0"], "0 threads do nothing"),
        (["train", "voices", "-o", "x.ser", "--no-evaluate", "--cv", "3"], "asks for none"),
        (
            ["corpus", "describe", "voices", "--label-column", "mood"],
            "--label-column is of a table",
        ),
        (["corpus", "describe", "t.csv", "--speaker", "x"], "are of a folder"),
        (["corpus", "describe", "voices", "--corpus", "ravdess", "--speaker", "x"], "per class"),
        (["evaluate", "voices", "--model", "t.csv"], "stress MODEL DATA"),
    ],
)
def test_what_does_not_fit_together_is_wrong_usage(run, voices, tmp_path, arguments, reason):
    (tmp_path / "t.csv").write_text("path,emotion\na.wav,sad\n")
    done = run(*arguments)
    assert done.exit_code == 2
    assert reason in done.stderr


@pytest.mark.skipif(sertools.gpu_status().usable, reason="a GPU can be used")
def test_a_gpu_that_is_not_there_is_refused_before_any_recording_is_read(run, voices, monkeypatch):
    monkeypatch.setattr("sertools.load_corpora", None)
    done = run("evaluate", "voices", "--device", "cuda")
    assert done.exit_code == 1
    assert "device='cuda' was asked for and cannot be used" in done.stderr
