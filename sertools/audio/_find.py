"""Finding recordings below a folder."""

from __future__ import annotations

import os
from collections.abc import Collection

# What people keep speech in, among the formats that libsndfile decodes.
AUDIO_SUFFIXES = frozenset(
    {".wav", ".wave", ".rf64", ".w64", ".flac", ".ogg", ".oga", ".opus", ".mp3"}
    | {".aif", ".aiff", ".aifc", ".au", ".snd", ".caf", ".sph"}
)

# What people also keep speech in, and libsndfile does not decode.
FOREIGN_SUFFIXES = frozenset(
    {".m4a", ".aac", ".wma", ".amr", ".3gp", ".ac3", ".ape", ".wv", ".mka", ".weba"}
    | {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".flv", ".wmv", ".mpg", ".mpeg"}
)


def find(root: str | os.PathLike[str], suffixes: Collection[str] = AUDIO_SUFFIXES) -> list[str]:
    """Paths of all audio files below a folder, sorted.

    Hidden files and folders, and the shadow files that macOS leaves in archives (``._x.wav``,
    ``__MACOSX``), are left out. Links to folders are followed, each folder once.

    Parameters
    ----------
    root : str or path-like
        The folder to walk.
    suffixes : collection of str, default=AUDIO_SUFFIXES
        Lower-case endings of the file names to look for, in any case.

    Returns
    -------
    list of str
        The paths, each starting with `root`, in the order of their names.

    Raises
    ------
    FileNotFoundError, NotADirectoryError, PermissionError
        If `root` does not exist or is a file, or if a folder below it cannot be listed.
    """
    root = os.fsdecode(root)
    if not os.path.exists(root):
        raise FileNotFoundError(f"The folder {root!r} does not exist (seen from {os.getcwd()!r}).")
    if not os.path.isdir(root):
        raise NotADirectoryError(f"{root!r} is a file; give the folder that holds the recordings.")
    found: list[str] = []
    visited: set[str] = set()
    folders, links = [root], list[str]()
    # Links come last, so that a folder is known by its own place and not by a link's.
    while folders or links:
        folder = folders.pop() if folders else links.pop(0)
        real = os.path.realpath(folder)
        if real in visited:
            continue
        visited.add(real)
        for entry in _entries(folder):
            if entry.is_dir():
                (links if entry.is_symlink() else folders).append(entry.path)
            elif os.path.splitext(entry.name)[1].lower() in suffixes:
                found.append(entry.path)
    return sorted(found)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What lies in a folder, sorted and without litter."""
    try:
        with os.scandir(folder) as entries:
            kept = [entry for entry in entries if not _is_litter(entry.name)]
    except OSError as error:
        raise type(error)(
            f"The folder {folder!r} cannot be listed ({error.strerror}): change its permissions, "
            "or move it out of the way."
        ) from None
    return sorted(kept, key=lambda entry: entry.name)


def _is_litter(name: str) -> bool:
    """Whether a file or folder name is hidden or an archive's shadow."""
    return name.startswith(".") or name == "__MACOSX"
