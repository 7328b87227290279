"""Files that are written: refused before any work if they cannot be, and whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import pandas as pd

    from sertools import Evaluation

__all__ = ["echo_scores", "echo_table", "refuse_output", "whole", "worded"]


def refuse_output(path: str | None, *, force: bool) -> None:
    """Refuse a file that is there already, or that cannot be written."""
    if path is None:
        return
    target = Path(path)
    folder = target.parent
    if not folder.is_dir():
        raise click.ClickException(
            f"There is no folder {str(folder)!r} to write {target.name!r} to: make it, or name "
            "another."
        )
    if target.exists() and not force:
        raise click.ClickException(
            f"{path!r} is there already: name another file, or replace it with --force."
        )
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass  # that it can be made is all there is to know
    except OSError as error:
        raise click.ClickException(
            f"Nothing can be written into {str(folder)!r} ({error.strerror}): change its "
            "permissions, or name another place."
        ) from error


@contextmanager
def worded(path: str) -> Iterator[None]:
    """A context in which a file is written, whose errors say so."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise click.ClickException(
            f"{path!r} cannot be written ({error.strerror or error}): make room, or name another "
            "place. What was there before is as it was."
        ) from error


@contextmanager
def whole(path: str) -> Iterator[Path]:
    """A file to write in place of `path`, whose name it gets once it is whole."""
    from sertools._files import whole_path

    with worded(path), whole_path(path) as aside:
        yield aside


def echo_scores(evaluation: Evaluation) -> None:
    """Print the summary of an evaluation but for the steps of the pipeline, which nobody wrote."""
    click.echo(evaluation.summary().removeprefix(evaluation.model).lstrip("\n"))


def echo_table(frame: pd.DataFrame, form: str, *, index: bool = True) -> None:
    """Print a table for people or, as CSV, for programs."""
    if form == "csv":
        click.echo(frame.to_csv(index=index), nl=False)
    else:
        click.echo(frame.to_string(index=index))
