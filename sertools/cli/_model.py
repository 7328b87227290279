"""sertools card, sertools stress: what a saved model is, and how it holds up."""

from __future__ import annotations

import click

from sertools.cli._data import load_data
from sertools.cli._options import (
    clean_option,
    data_argument,
    data_options,
    device_option,
    format_option,
    model_argument,
    n_jobs_option,
)
from sertools.cli._output import echo_table
from sertools.cli._say import debug_option, note, quiet_option
from sertools.cli._training import cleaned, unreadable_refused
from sertools.cli._work import in_threads

__all__ = ["card", "stress"]


@click.command()
@model_argument
@debug_option
def card(model: str) -> None:
    """Tell what a saved model is, and what it is worth.

    \b
    Example:
      sertools card voices.ser
    """
    from sertools import model_card

    click.echo(model_card(model))


@click.command()
@model_argument
@data_argument()
@clean_option
@data_options
@format_option("table", "csv")
@device_option
@n_jobs_option
@quiet_option
@debug_option
def stress(
    model: str,
    data: str,
    clean: bool,
    form: str,
    device: str | None,
    n_jobs: int,
    **how: str | None,
) -> None:
    """Score a saved model under gain, noise, telephone, rooms.

    DATA must be new to the model, and best of speakers that are. All of it is held in memory: some
    hundred clips are enough.

    \b
    Example:
      sertools stress voices.ser other_recordings/
    """
    from sertools import load
    from sertools import stress as stressed

    fitted = load(model, device=device)
    corpus = load_data(data, **how)
    with in_threads(n_jobs), unreadable_refused(len(corpus)):
        corpus = cleaned(corpus) if clean else corpus
        note(f"Predicting {len(corpus)} clips, as they are and in nine other ways.")
        report = stressed(fitted, corpus)
    if form == "csv":
        echo_table(report.to_frame(), form)
    else:
        click.echo(report.summary())
