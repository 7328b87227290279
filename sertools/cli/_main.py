"""The command itself: which commands there are, and what becomes of errors and warnings."""

from __future__ import annotations

import codecs
import io
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from sertools import __version__
from sertools.cli._corpus import corpus
from sertools.cli._demo import demo
from sertools.cli._evaluate import evaluate
from sertools.cli._extract import extract
from sertools.cli._info import info
from sertools.cli._model import card, stress
from sertools.cli._predict import predict
from sertools.cli._say import clear_bar, is_debugging, say
from sertools.cli._train import train

__all__ = ["main"]

# As shells count commands that a signal has ended, 128 and its number: SIGINT, SIGPIPE.
_INTERRUPTED = 130
_PIPE_CLOSED = 141

# What the library refuses with, in words for the reader. Anything else is a fault of its own.
_REFUSALS = (ValueError, TypeError, OSError, ImportError, RuntimeError, MemoryError)


_AS_IT_CAME = "sertools.as_it_came"


def _as_it_came(error: UnicodeError) -> tuple[str | bytes, int]:
    """What is written where an encoding lacks a letter: a byte that is no text, or an escape.

    The names of files are bytes that may be no text, and go out as they came in.
    """
    assert isinstance(error, UnicodeEncodeError)
    error.end = error.start + 1
    is_byte = "\udc80" <= error.object[error.start] <= "\udcff"
    return codecs.lookup_error("surrogateescape" if is_byte else "backslashreplace")(error)


codecs.register_error(_AS_IT_CAME, _as_it_came)


class _Commands(click.Group):
    """The commands, whose errors become a paragraph and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="surrogateescape")
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors=_AS_IT_CAME)
        try:
            with _warnings_in_a_line():
                result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except click.exceptions.Exit:
            raise
        except (click.ClickException, click.Abort):
            clear_bar()
            raise
        except KeyboardInterrupt:
            clear_bar()
            say(
                "Interrupted: no half-written file is left. extract, train and evaluate remember "
                "the features that were computed, and the last two the folds that were done: "
                "the same command goes on from there."
            )
            raise click.exceptions.Exit(_INTERRUPTED) from None
        except BrokenPipeError:
            # Python would write what is left in its buffer when it ends, and complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(_PIPE_CLOSED) from None
        except Exception as error:
            clear_bar()
            if is_debugging():
                raise
            raise click.ClickException(_in_words(error)) from error


def _in_words(error: Exception) -> str:
    """What to tell of an error."""
    if isinstance(error, _REFUSALS) and str(error):
        return str(error)
    return (
        f"{type(error).__name__}: {error}. This is a fault of sertools. The same command with "
        "--debug shows where; please report it, with what `sertools info` prints."
    )


@contextmanager
def _warnings_in_a_line() -> Iterator[None]:
    """A context in which warnings that are for users are told once, without file and line."""
    told: set[str] = set()

    def tell_once(text: str) -> None:
        # Python's own memory for that is lost whenever somebody touches the filters.
        if text not in told:
            told.add(text)
            say(f"Warning: {text}")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for kind in (UserWarning, RuntimeWarning):
            warnings.simplefilter("always", kind)
        warnings.showwarning = lambda message, *place: tell_once(str(message))
        yield


@click.group(
    cls=_Commands,
    commands=[demo, info, corpus, extract, train, evaluate, predict, card, stress],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 fine; 1 refused or failed, with the reason; 2 wrong usage; 3 some files "
    "could not be read; 130 interrupted; 141 the reader of the output went away.",
)
@click.version_option(__version__, message="sertools %(version)s")
def main() -> None:
    """Emotions from recordings of speech.

    `sertools demo` shows all of it in under a minute. Each command has its own --help.

    DATA is a folder of a known corpus (RAVDESS, CREMA-D, ...), a folder with a folder per class,
    or a table (.csv, .tsv, .parquet) with a column of paths and one of labels.
    """
