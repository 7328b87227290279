"""sertools corpus check, sertools corpus describe."""

from __future__ import annotations

import click

from sertools.cli._data import load_data
from sertools.cli._options import data_argument, data_options, format_option, n_jobs_option
from sertools.cli._output import echo_table
from sertools.cli._say import debug_option, quiet_option, talking, wants_bars
from sertools.cli._work import SOME_UNREADABLE

__all__ = ["corpus"]

# Defects of files that are no recordings, of which the exit code tells.
_NOT_READ = ("lfs-stub", "not-finite", "unreadable")

# The last line of a report, which is for those who write Python.
_IN_PYTHON = "corpus.select(report) leaves out the clips marked drop."


@click.group()
def corpus() -> None:
    """Look at recordings before anything is learnt from them."""


@corpus.command()
@data_argument()
@data_options
@format_option("table", "csv")
@n_jobs_option
@talking
def check(data: str, form: str, n_jobs: int, **how: str | None) -> None:
    """Find copies, contradictions, silence and damage in DATA.

    Every file is read once. train, evaluate and stress leave out with --clean what is
    marked drop.

    \b
    Example:
      sertools corpus check recordings/ --format csv > findings.csv
    """
    report = load_data(data, **how).check(n_jobs=n_jobs, verbose=wants_bars())
    if form == "csv":
        echo_table(report.findings, form, index=False)
    else:
        click.echo(report.summary().removesuffix(_IN_PYTHON).rstrip())
        if len(report.drops):
            click.echo("train, evaluate and stress leave out with --clean what is marked drop.")
    if report.findings["defect"].isin(_NOT_READ).any():
        click.get_current_context().exit(SOME_UNREADABLE)


@corpus.command()
@data_argument()
@data_options
@click.option(
    "--by", default="emotion", show_default=True, metavar="COLUMN", help="What to count by."
)
@format_option("table", "csv")
@quiet_option
@debug_option
def describe(data: str, by: str, form: str, **how: str | None) -> None:
    """Count the clips and speakers of each emotion in DATA.

    No recording is read. Known corpora have more to count --by: speaker, gender, text, corpus.

    \b
    Example:
      sertools corpus describe recordings/ --by speaker
    """
    echo_table(load_data(data, **how).describe(by), form)
