"""sertools evaluate."""

from __future__ import annotations

import os
from typing import Any

import click

from sertools.cli._options import data_argument, fit_options, output_path, work_options
from sertools.cli._output import echo_scores, refuse_output, worded
from sertools.cli._say import note
from sertools.cli._training import begun, evaluated

__all__ = ["evaluate"]


@click.command()
@data_argument()
@fit_options
@click.option("--adapt", is_flag=True, help="Also with the speakers' unlabelled clips to hear.")
@click.option("--self-train", is_flag=True, help="Like --adapt, and also learning from them.")
@click.option("--json", "json_file", type=output_path, help="Write all of it as JSON.")
@click.option("--html", "html_file", type=output_path, help="Write a report with sound.")
@work_options
def evaluate(
    data: str,
    model: str,
    cv: int | str | None,
    adapt: bool,
    self_train: bool,
    json_file: str | None,
    html_file: str | None,
    force: bool,
    **asked: Any,
) -> None:
    """Score a kind of model on speakers it has not heard.

    The model is fitted afresh in each fold, to all speakers but those that it is tested on.
    Interrupted, the same command goes on with the features and folds that were not done.

    \b
    Example:
      sertools evaluate recordings/ --model svm --cv loso --html report.html
    """
    if os.path.isfile(model):
        raise click.UsageError(
            f"--model {model} is a file. A model is evaluated by fitting it anew in each fold, "
            "which a saved one cannot be: name a kind, such as best. A saved model is scored on "
            "clips that are new to it by: sertools stress MODEL DATA"
        )
    for file in (json_file, html_file):
        refuse_output(file, force=force)
    how_adapted = "self-train" if self_train else adapt
    with begun("evaluate", data, model=model, cv=cv, adapt=how_adapted, **asked) as (
        pipeline,
        corpus,
        work,
    ):
        result = evaluated(pipeline, corpus, cv, how_adapted, work)
        if json_file is not None:
            with worded(json_file):
                result.to_json(json_file)
            note(f"{json_file}: written.")
        if html_file is not None:
            with worded(html_file):
                result.to_html(html_file, X=corpus.X)
            note(f"{html_file}: written.")
    echo_scores(result)
