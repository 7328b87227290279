"""sertools train."""

from __future__ import annotations

import shlex
from typing import Any

import click

from sertools.cli._options import data_argument, fit_options, output_path, work_options
from sertools.cli._output import echo_scores, refuse_output, worded
from sertools.cli._say import note
from sertools.cli._training import begun, evaluated

__all__ = ["train"]


@click.command()
@data_argument()
@click.option("-o", "--output", type=output_path, required=True, help="The file of the model.")
@fit_options
@click.option(
    "--evaluate/--no-evaluate",
    "is_evaluated",
    default=True,
    show_default=True,
    help="Whether to score it first, and to write the scores into the file.",
)
@work_options
def train(
    data: str,
    output: str,
    model: str,
    is_evaluated: bool,
    cv: int | str | None,
    force: bool,
    **asked: Any,
) -> None:
    """Train a model on DATA and save it in one file.

    It is scored first, on speakers that are held out where speakers are known; then it is fitted
    to all of DATA. Interrupt it as you like: the same command goes on with the features, and the
    folds of the score, that were not done.

    \b
    Example:
      sertools train recordings/ -o voices.ser
    """
    if cv is not None and not is_evaluated:
        raise click.UsageError("--cv is of an evaluation, and --no-evaluate asks for none.")
    refuse_output(output, force=force)
    with begun("train", data, model=model, cv=cv, is_scored=is_evaluated, **asked) as (
        pipeline,
        corpus,
        work,
    ):
        from sertools import save
        from sertools._sklearn import fit_with

        result = evaluated(pipeline, corpus, cv, False, work) if is_evaluated else None
        if result is not None:
            echo_scores(result)
        note(f"Fitting {model} to {len(corpus)} clips.")
        fit_with(pipeline, corpus.X, corpus.y, groups=corpus.groups)
        with worded(output):
            save(pipeline, output, evaluation=result, corpus=corpus)
    note(f"Saved. Use it: sertools predict {shlex.quote(output)} FILE...")
