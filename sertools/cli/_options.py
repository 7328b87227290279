"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from sertools.cli._say import talking

__all__ = [
    "clean_option",
    "data_argument",
    "data_options",
    "device_option",
    "features_option",
    "fit_options",
    "force_option",
    "format_option",
    "model_argument",
    "n_jobs_option",
    "output_path",
    "work_options",
]

Decorator = Callable[[Any], Any]

output_path = click.Path(dir_okay=False, path_type=str)


def _together(*options: Decorator) -> Decorator:
    """A decorator that gives a command all of these options, in this order."""

    def give(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return give


# How to read DATA, as `load_data` takes it.
data_options = _together(
    click.option(
        "--corpus",
        metavar="NAME",
        help="Which known corpus a folder is, or `folder` for a folder per class; found out by "
        "the names of the files if not given.",
    ),
    click.option(
        "--speaker",
        metavar="REGEX",
        help="Who speaks, in a folder per class: a regular expression searched in the path, "
        r"whose first group or whole match is the speaker, such as 'spk(\d+)'.",
    ),
    click.option("--path-column", metavar="NAME", help="Of a table; `path` if not given."),
    click.option("--label-column", metavar="NAME", help="Of a table; `emotion` if not given."),
    click.option(
        "--speaker-column", metavar="NAME", help="Of a table; `speaker`, if there is one."
    ),
)


def data_argument(**more: Any) -> Decorator:
    """DATA, which must exist."""
    return click.argument("data", type=click.Path(exists=True, path_type=str), **more)


model_argument = click.argument(
    "model", type=click.Path(exists=True, dir_okay=False, path_type=str)
)

model_option = click.option(
    "--model",
    default="best",
    show_default=True,
    metavar="NAME",
    help="best, svm, kernel, xgboost, mlp, cnn, rnn or crnn. For new voices, best is best.",
)

features_option = click.option(
    "--features",
    metavar="NAMES",
    help="A named set (compact, gemaps, speech, speech-small), or families with commas between: "
    "zcr, rms, mel, mfcc, chroma, spectral, pitch, voice.",
)

device_option = click.option(
    "--device",
    metavar="DEVICE",
    help="cpu, cuda, cuda:1, or auto for a GPU where there is one; the CPU if not given.",
)


def _no_zero(ctx: click.Context, parameter: click.Parameter, value: int) -> int:
    """A number of threads, which is not 0."""
    if value == 0:
        raise click.BadParameter("0 threads do nothing: give a number, or -1 for all processors.")
    return value


n_jobs_option = click.option(
    "--n-jobs",
    type=int,
    default=-1,
    show_default=True,
    callback=_no_zero,
    help="Threads that read and compute features; -1 is one for each processor.",
)

cache_option = click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=str),
    metavar="DIR",
    help="Where features are remembered; where the system keeps such things if not given.",
)

clean_option = click.option(
    "--clean",
    is_flag=True,
    help="Leave out what `sertools corpus check` marks drop: copies, silence, damage.",
)

cv_option = click.option(
    "--cv",
    metavar="FOLDS",
    callback=lambda ctx, parameter, value: int(value) if value and value.isdigit() else value,
    help="A number of folds, or a protocol such as loso or ravdess/emobox; 5 if not given.",
)

force_option = click.option("-f", "--force", is_flag=True, help="Replace files that exist.")

# Which model, judged how, on which of the recordings.
fit_options = _together(
    model_option,
    features_option,
    cv_option,
    clean_option,
)

# What the recordings are, where and how the work is done, and what is said of it.
work_options = _together(
    data_options,
    device_option,
    n_jobs_option,
    cache_option,
    force_option,
    talking,
)


def format_option(*formats: str) -> Decorator:
    """How to print, the first format by default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="How to print; json is an object to a line." if "json" in formats else "How to print.",
    )
