"""sertools evaluate."""

from __future__ import annotations

import os

import click

from sertools.cli._data import load_data
from sertools.cli._options import (
    cache_option,
    clean_option,
    cv_option,
    data_argument,
    data_options,
    device_option,
    features_option,
    force_option,
    model_option,
    n_jobs_option,
    output_path,
)
from sertools.cli._output import echo_scores, refuse_output, worded
from sertools.cli._say import note, talking
from sertools.cli._training import (
    cleaned,
    evaluated,
    made,
    remember,
    warn_of_unknown_speakers,
)
from sertools.cli._unfinished import code_at_hand, unfinished
from sertools.cli._work import in_threads

__all__ = ["evaluate"]


@click.command()
@data_argument()
@model_option
@features_option
@cv_option
@click.option("--adapt", is_flag=True, help="Also with the speakers' unlabelled clips to hear.")
@click.option("--self-train", is_flag=True, help="Like --adapt, and also learning from them.")
@click.option("--json", "json_file", type=output_path, help="Write all of it as JSON.")
@click.option("--html", "html_file", type=output_path, help="Write a report with sound.")
@clean_option
@data_options
@device_option
@n_jobs_option
@cache_option
@force_option
@talking
def evaluate(
    data: str,
    model: str,
    features: str | None,
    cv: int | str | None,
    adapt: bool,
    self_train: bool,
    json_file: str | None,
    html_file: str | None,
    clean: bool,
    device: str | None,
    n_jobs: int,
    cache: str | None,
    force: bool,
    **how: str | None,
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
    code = code_at_hand()
    pipeline = made(model, features, device, cache)
    corpus = load_data(data, **how)
    if corpus.groups is None and (adapt or self_train):
        raise click.ClickException(
            "--adapt and --self-train tell speakers apart, and they are not known: name them by "
            "--speaker or --speaker-column."
        )
    warn_of_unknown_speakers(corpus)
    how_adapted = "self-train" if self_train else adapt
    words = ("evaluate", model, features, device, how_adapted, cv, clean)
    with in_threads(n_jobs), unfinished(words, corpus, code, cache) as work:
        corpus = cleaned(corpus, work) if clean else corpus
        remember(pipeline, corpus.X)
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
