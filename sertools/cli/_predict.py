"""sertools predict."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

import click

from sertools.cli._answers import Row, columns_of, rows_of
from sertools.cli._data import audio_files
from sertools.cli._options import (
    device_option,
    force_option,
    format_option,
    model_argument,
    n_jobs_option,
    output_path,
)
from sertools.cli._output import refuse_output, whole
from sertools.cli._say import note, say, talking
from sertools.cli._work import SOME_UNREADABLE, each_of, in_threads

__all__ = ["predict"]

# Of the column of paths in a table for people; longer ones push their line to the right.
_WIDEST = 60


@click.command()
@model_argument
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@format_option("table", "csv", "json")
@click.option("-o", "--output", type=output_path, help="Write to a file, and not to the screen.")
@device_option
@n_jobs_option
@force_option
@talking
def predict(
    model: str,
    files: tuple[str, ...],
    form: str,
    output: str | None,
    device: str | None,
    n_jobs: int,
    force: bool,
) -> None:
    """Say how recordings sound.

    FILE is a recording, a folder of them, or - for a list on standard input, one to a line. They
    may have any sample rate and length. What cannot be read is told on standard error and in its
    row, and the others are predicted all the same; the exit code is then 3.

    \b
    Example:
      find calls/ -name '*.wav' | sertools predict voices.ser - --format csv > moods.csv
    """
    refuse_output(output, force=force)
    from sertools import load

    fitted = load(model, device=device)
    _refuse_no_reader(fitted, model)
    paths = list(_paths(files))
    if not paths:
        raise click.ClickException("No file is named: give recordings, or a list of them.")
    n_failed = 0
    with in_threads(n_jobs), _opened(output) as stream:
        write = _WRITERS[form](stream, [*columns_of(fitted), "error"], paths)
        # On one screen the bar and the rows would overwrite each other.
        label = None if stream.isatty() else "Predicting"
        for path, row in each_of(lambda chunk: rows_of(fitted, chunk), paths, label):
            if isinstance(row, OSError):
                n_failed += 1
                say(f"Cannot be read: {row}")
                row = {"error": str(row)}
            write({"path": path, **row})
    if output is not None:
        note(f"{output}: {len(paths)} rows.")
    if n_failed:
        click.get_current_context().exit(SOME_UNREADABLE)


def _refuse_no_reader(fitted: Any, model: str) -> None:
    """Refuse a model that takes tables or waveforms, and opens no file."""
    from sertools import AudioReader
    from sertools._sklearn import parts_of

    if not hasattr(fitted, "predict"):
        raise click.ClickException(
            f"{model!r} makes features and predicts no labels: train one that does with "
            "`sertools train`."
        )
    if not any(isinstance(part, AudioReader) for part in parts_of(fitted)):
        raise click.ClickException(
            f"{model!r} does not take recordings, for its pipeline has no AudioReader: train one "
            "with `sertools train`, or put AudioReader() in front and save it again."
        )


def _paths(files: Sequence[str]) -> Iterator[str]:
    """The recordings that are named, those in folders and on standard input with them."""
    for name in files:
        if name != "-":
            yield from audio_files(name)
            continue
        for line in sys.stdin:
            if line.strip():
                yield from audio_files(line.rstrip("\r\n"))


@contextmanager
def _opened(output: str | None) -> Iterator[TextIO]:
    """Where rows go: to the screen, or to a file that gets its name once it is whole."""
    if output is None:
        yield sys.stdout
        return
    with (
        whole(output) as aside,
        open(aside, "w", encoding="utf-8", errors="surrogateescape", newline="") as stream,
    ):
        yield stream


def _csv(stream: TextIO, columns: list[str], paths: Sequence[str]) -> Callable[[Row], None]:
    """What writes rows as CSV."""
    writer = csv.DictWriter(stream, ["path", *columns], lineterminator="\n")
    writer.writeheader()

    def write(row: Row) -> None:
        writer.writerow(row)
        stream.flush()

    return write


def _json(stream: TextIO, columns: list[str], paths: Sequence[str]) -> Callable[[Row], None]:
    """What writes rows as objects, one to a line."""

    def write(row: Row) -> None:
        click.echo(json.dumps(dict.fromkeys(["path", *columns]) | row), stream)

    return write


def _table(stream: TextIO, columns: list[str], paths: Sequence[str]) -> Callable[[Row], None]:
    """What writes rows for people: a label, and how probable it is."""
    path_width = min(max(map(len, paths)), _WIDEST)
    width = max(len(name.removeprefix("p_")) for name in columns)

    def write(row: Row) -> None:
        label = row.get("label")
        said = row["error"] if label is None else f"{label:<{width}}"
        if f"p_{label}" in row:
            said += f"  {row[f'p_{label}']:.2f}"
        click.echo(f"{row['path']:<{path_width}}  {said}".rstrip(), stream)

    return write


_WRITERS = {"table": _table, "csv": _csv, "json": _json}
