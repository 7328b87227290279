"""Files that are whole, or not there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

__all__ = ["whole_file"]


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file to read and write, aside; once whole it takes its name, and an older one's place.

    Of what fails, for want of room or by Ctrl-C, nothing is left, and the older one is as it was.
    """
    target = Path(path)
    if target.is_dir():
        raise IsADirectoryError(f"{target} is a folder: name a file within it.")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {target.parent} to write {target.name} to.")
    handle, aside = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(aside, _usual_mode())
        os.replace(aside, target)
    except BaseException:  # of Ctrl-C, too, nothing is left behind
        with suppress(FileNotFoundError):
            os.unlink(aside)
        raise


def _usual_mode() -> int:
    """The permissions that a new file of this process has."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
