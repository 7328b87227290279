"""sertools train."""

from __future__ import annotations

import shlex

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

__all__ = ["train"]


@click.command()
@data_argument()
@click.option("-o", "--output", type=output_path, required=True, help="The file of the model.")
@model_option
@features_option
@click.option(
    "--evaluate/--no-evaluate",
    "is_evaluated",
    default=True,
    show_default=True,
    help="Whether to score it first, and to write the scores into the file.",
)
@cv_option
@clean_option
@data_options
@device_option
@n_jobs_option
@cache_option
@force_option
@talking
def train(
    data: str,
    output: str,
    model: str,
    features: str | None,
    is_evaluated: bool,
    cv: int | str | None,
    clean: bool,
    device: str | None,
    n_jobs: int,
    cache: str | None,
    force: bool,
    **how: str | None,
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
    code = code_at_hand()
    pipeline = made(model, features, device, cache)
    corpus = load_data(data, **how)
    from sertools import save
    from sertools._sklearn import fit_with

    words = ("train", model, features, device, is_evaluated, cv, clean)
    with in_threads(n_jobs), unfinished(words, corpus, code, cache) as work:
        corpus = cleaned(corpus, work) if clean else corpus
        remember(pipeline, corpus.X)
        result = None
        if is_evaluated:
            warn_of_unknown_speakers(corpus)
            result = evaluated(pipeline, corpus, cv, False, work)
            echo_scores(result)
        note(f"Fitting {model} to {len(corpus)} clips.")
        fit_with(pipeline, corpus.X, corpus.y, groups=corpus.groups)
        with worded(output):
            save(pipeline, output, evaluation=result, corpus=corpus)
    note(f"Saved. Use it: sertools predict {shlex.quote(output)} FILE...")
