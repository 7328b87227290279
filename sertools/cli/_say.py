"""What is said beside the result, all of it on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import click

__all__ = [
    "bar",
    "clear_bar",
    "debug_option",
    "is_debugging",
    "note",
    "quiet_option",
    "say",
    "talking",
    "wants_bars",
]

Result = TypeVar("Result")

_CLEAR_LINE = "\r\033[K"


def _remembered(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Keep the value of an option for all that a command calls."""
    ctx.meta[f"sertools.{parameter.name}"] = value


def _flag(*names: str, meaning: str) -> Callable[[Any], Any]:
    """An option that is about how to talk, and no parameter of a command."""
    return click.option(
        *names, is_flag=True, expose_value=False, callback=_remembered, help=meaning
    )


debug_option = _flag("--debug", meaning="Show where an error comes from.")
quiet_option = _flag("-q", "--quiet", meaning="No notes and no progress; warnings remain.")
_progress_option = _flag("--progress", meaning="Show progress though this is no terminal.")


def talking(command: Any) -> Any:
    """Give a command that takes long the options --quiet, --progress and --debug."""
    return quiet_option(_progress_option(debug_option(command)))


def _is_set(name: str) -> bool:
    """Whether an option of the running command was given."""
    return bool(click.get_current_context().meta.get(f"sertools.{name}"))


def is_debugging() -> bool:
    """Whether errors are to be shown with where they come from."""
    return _is_set("debug")


def wants_bars() -> bool:
    """Whether somebody is there to see a progress bar, or asked for it."""
    return not _is_set("quiet") and (_is_set("progress") or sys.stderr.isatty())


def say(text: str) -> None:
    """Tell something that must be known."""
    click.echo(text, err=True)


def note(text: str) -> None:
    """Tell something that is good to know."""
    if not _is_set("quiet"):
        say(text)


def bar(batches: Iterable[Sequence[Result]], total: int, label: str | None) -> Iterator[Result]:
    """The results of batches of work, with a progress bar under a label if these are wanted.

    It moves once for each batch: the first result of one has taken as long as all of them.
    """
    from sertools._threads import draw

    start, done = time.monotonic(), 0
    for batch in batches:
        yield from batch
        done += len(batch)
        if label is not None and wants_bars():
            draw(label, done, total, time.monotonic() - start)
            if done == total:
                say("")


def clear_bar() -> None:
    """Wipe out a bar that was left half drawn, before something else is said."""
    if sys.stderr.isatty():
        click.echo(_CLEAR_LINE, nl=False, err=True)
