"""Files that are whole, or not there, and what JSON cannot write of itself."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

__all__ = ["plain", "whole_file", "whole_path"]


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file to read and write, as `whole_path` has it."""
    with whole_path(path) as aside, open(aside, "r+b") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def whole_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """An empty file aside, which takes its name, and the place of an older one, once it is whole.

    Of what fails, for want of room or by Ctrl-C, nothing is left, and the older one is as it was.
    """
    target = Path(os.path.realpath(path))  # of a link what it points to
    if target.is_dir():
        raise IsADirectoryError(f"{target} is a folder: name a file within it.")
    if target.exists() and not target.is_file():
        raise OSError(f"{target} is a pipe or a device, which no file can replace: name a file.")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {target.parent} to write {target.name} to.")
    # Its suffix stays: some write by it.
    handle, name = tempfile.mkstemp(prefix=".part.", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    try:
        yield Path(name)
        os.chmod(name, target.stat().st_mode if target.exists() else _usual_mode())
        os.replace(name, target)
    except BaseException:  # of Ctrl-C, too, nothing is left behind
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise


def _usual_mode() -> int:
    """The permissions that a new file of this process has."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def plain(value: Any) -> Any:
    """NumPy's numbers and arrays as Python's, and all else as text."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)
