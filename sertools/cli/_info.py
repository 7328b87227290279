"""sertools info."""

from __future__ import annotations

import click

from sertools.cli._say import debug_option

__all__ = ["info"]


@click.command()
@debug_option
def info() -> None:
    """Versions, and whether a GPU can be used; for reports of faults.

    \b
    Example:
      sertools info
    """
    from sertools import show_versions

    show_versions()
