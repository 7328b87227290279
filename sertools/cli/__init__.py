"""The ``sertools`` command: from a folder of recordings to a model, without a line of Python."""

from sertools.cli._main import main

__all__ = ["main"]
