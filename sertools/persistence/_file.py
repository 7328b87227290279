"""The file of a model: named parts behind one line that says what it is, and proves it is whole.

The line is ``sertools-model <version> <sha256 of what follows>``; what follows is a ZIP archive of
stored parts, which programs that know ZIP find as well. Nothing of it is looked at before the
digest is that of the file.
"""

from __future__ import annotations

import hashlib
import os
import re
import zipfile
from collections.abc import Mapping, Sequence
from typing import BinaryIO

from sertools._files import whole_file

__all__ = ["FORMAT", "ModelFileError", "read_parts", "refuse_packed", "write_parts"]

# Of the file, and of what the parts mean; raised when an older sertools could not read the new one.
FORMAT = 1

_LINE = re.compile(rb"sertools-model (\d{1,6}) ([0-9a-f]{64})\n")
_CHUNK = 1 << 20

# What others begin with, for better words than "unknown".
_FOREIGN: dict[bytes | tuple[bytes, ...], str] = {
    b"\x80": "a pickle, which could run anything when it is loaded",
    b"\x1f\x8b": "gzip, as of a compressed pickle",
    (b"x\x01", b"x^", b"x\x9c", b"x\xda"): "zlib, as of a compressed pickle",
    b"PK\x03\x04": "a ZIP archive, as of skops or torch",
    b"\x93NUMPY": "a NumPy array",
    b"\x89HDF": "HDF5, as of Keras",
    b"RIFF": "a sound",
    b"version https://git-lfs": "a pointer of Git LFS: fetch the file itself with git lfs pull",
}


class ModelFileError(ValueError):
    """A file that is no model, is damaged, or cannot be trusted."""


def write_parts(path: str | os.PathLike[str], parts: Mapping[str, bytes]) -> None:
    """Write a file of named parts; the old one of that name stays until the new one is whole."""
    with whole_file(path) as file:
        file.write(_line(b"0" * 64))
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for part, content in parts.items():
                # Of a fixed date: the card says when.
                archive.writestr(zipfile.ZipInfo(part), content)
        digest = _digest(file)
        file.seek(0)
        file.write(_line(digest))


def read_parts(path: str | os.PathLike[str], only: Sequence[str] | None = None) -> dict[str, bytes]:
    """The named parts of a file, or `only` some; one that is damaged or none is refused."""
    with open(path, "rb") as file:
        begin = file.read(len(_line(b"0" * 64)))
        found = _LINE.match(begin)
        if found is None:
            raise ModelFileError(f"{os.fspath(path)} is no model of sertools{_likeness(begin)}.")
        version, digest = int(found[1]), found[2]
        if version > FORMAT:
            raise ModelFileError(
                f"{os.fspath(path)} has format {version}, and this sertools reads up to {FORMAT}: "
                "update it (pip install -U sertools)."
            )
        if _digest(file) != digest:
            raise ModelFileError(
                f"{os.fspath(path)} was damaged or cut off since it was saved: its digest is not "
                "that of its content. Copy or download it again."
            )
        try:
            with zipfile.ZipFile(file) as archive:
                refuse_packed(archive)
                names = archive.namelist()
                return {name: archive.read(name) for name in names if only is None or name in only}
        except ModelFileError as error:
            raise ModelFileError(f"{os.fspath(path)} {error}.") from error
        except Exception as error:  # of an archive made by hand anything may be wrong
            raise ModelFileError(
                f"{os.fspath(path)} holds no archive of parts ({error})."
            ) from error


def refuse_packed(archive: zipfile.ZipFile) -> None:
    """Refuse an archive of which a part unfolds to more than it is in the file."""
    for info in archive.infolist():
        if info.compress_type != zipfile.ZIP_STORED or info.file_size > info.compress_size:
            raise ModelFileError(f"holds {info.filename!r:.60} packed, which no model is")


def _line(digest: bytes) -> bytes:
    """The first line."""
    return b"sertools-model %d %s\n" % (FORMAT, digest)


def _digest(file: BinaryIO) -> bytes:
    """The digest of what follows the first line, in hexadecimal."""
    file.flush()
    file.seek(0)
    file.readline()
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest().encode()


def _likeness(begin: bytes) -> str:
    """What a file that is no model looks like."""
    if not begin:
        return ": it is empty"
    for signature, name in _FOREIGN.items():
        if begin.startswith(signature):
            return f", but {name}"
    return ""
