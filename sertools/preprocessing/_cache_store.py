"""Results on disk by what they were computed from: checked, bounded, shared by many processes.

One SQLite file holds them all. 35,000 rows as files of their own would cost as many inodes, three
times as long to read and ten times as long to write. SQLite brings transactions, so a killed
process leaves nothing half written, and locks. It keeps a rollback journal and no write-ahead log:
the log needs memory that all processes share, which machines on a network drive do not, and what
it gains in writing is nothing beside the seconds that a chunk of rows takes to compute.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
import time
import warnings
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

__all__ = ["LEAST_BYTES", "RowStore", "default_folder"]

Result = TypeVar("Result")

# The number is that of the tables below and of how rows are packed: another layout, another file.
_FILE_NAME = "rows-1.sqlite"

# What is deleted makes the file shorter; the version says that the tables are made.
_NEW_FILE = """
PRAGMA auto_vacuum = FULL;
CREATE TABLE IF NOT EXISTS entries (
    content BLOB, configuration BLOB, used INTEGER, data BLOB, PRIMARY KEY (content, configuration)
);
CREATE TABLE IF NOT EXISTS evicted (
    content BLOB, configuration BLOB, PRIMARY KEY (content, configuration)
);
PRAGMA user_version = 1;
"""

# Another process writes one chunk at a time, for milliseconds, or seconds where it must make room.
_PATIENCE = 60.0

# Seconds after which an entry that is read is noted as used again: a table that is asked for over
# and over, as by a grid search, is not written to each time.
_NOTE_AFTER = 60

# Evicted entries whose names are kept, so that a miss can be explained.
_EVICTED_KEPT = 1000

# Room for the tables themselves and those names.
LEAST_BYTES = 2**20

# What the world does to a healthy file, in SQLite's codes; every other error means damage.
_NOT_DAMAGE = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOLFS,
    }
)


def default_folder() -> Path:
    """Where this user's programs keep what can be made again."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(given):  # the specification has others ignored
        return Path(given) / "sertools"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "sertools" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "sertools"
    return Path.home() / ".cache" / "sertools"


class RowStore:
    """Bytes by configuration and content (digests of 16 bytes) in a folder.

    Every entry carries a checksum of itself and its name, and one that does not fit is as good as
    none. A file that SQLite cannot make sense of is replaced by an empty one. Where the file
    cannot be used at all (locked for long, no space, no permission) a warning says so, nothing is
    found and nothing is kept: whoever asks goes on without.

    No connection outlives a call, so the store may be used from threads and forked processes.
    """

    def __init__(self, folder: Path, max_bytes: int | None = None) -> None:
        self.folder = folder
        self.path = folder / _FILE_NAME
        self.max_bytes = max_bytes

    def check(self) -> None:
        """Raise the error that says so if nothing can be written into the folder."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=self.folder).close()
        except OSError as error:
            raise OSError(
                f"RowCache cannot write into location={str(self.folder)!r} ({error}): give it "
                "a folder, there or to be made, in which you may write."
            ) from error

    def load(self, configuration: bytes, contents: Sequence[bytes]) -> dict[bytes, bytes]:
        """The entries that are there and sound, by content."""
        now = int(time.time())

        def read(connection: sqlite3.Connection) -> dict[bytes, tuple[object, object]]:
            query = "SELECT data, used < ? FROM entries WHERE content = ? AND configuration = ?"
            found: dict[bytes, tuple[object, object]] = {}
            connection.execute("BEGIN")
            for content in contents:
                entry = connection.execute(query, (now - _NOTE_AFTER, content, configuration))
                if (row := entry.fetchone()) is not None:
                    found[content] = row
            return found

        def note(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "UPDATE entries SET used = ? WHERE content = ? AND configuration = ?",
                [(now, content, configuration) for content in noted],
            )

        found: dict[bytes, tuple[object, object]] = self._transact(read, {})
        noted = [content for content, (_, is_due) in found.items() if is_due]
        if noted:
            self._transact(note, None)
        entries = {
            content: _unsealed(configuration, content, data) for content, (data, _) in found.items()
        }
        return {content: data for content, data in entries.items() if data is not None}

    def save(self, configuration: bytes, entries: Mapping[bytes, bytes]) -> None:
        """Keep entries, all or none, and drop those used longest ago where room is needed."""
        now = int(time.time())

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)",
                (
                    (content, configuration, now, _checksum(configuration, content, data) + data)
                    for content, data in entries.items()
                ),
            )
            if self.max_bytes is not None:
                _evict(connection, self.max_bytes)

        self._transact(write, None)

    def configurations(self, content: bytes) -> list[bytes]:
        """The configurations under which there is an entry for a content, sound or not."""
        query = "SELECT configuration FROM entries WHERE content = ?"
        return self._transact(
            lambda connection: [name for (name,) in connection.execute(query, (content,))], []
        )

    def was_evicted(self, configuration: bytes, content: bytes) -> bool:
        """Whether an entry was dropped for room, not too long ago."""
        query = "SELECT count(*) FROM evicted WHERE content = ? AND configuration = ?"
        return self._transact(
            lambda connection: (
                connection.execute(query, (content, configuration)).fetchone()[0] > 0
            ),
            False,
        )

    def drop(self, configuration: bytes) -> None:
        """Drop all entries of a configuration."""

        def delete(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM entries WHERE configuration = ?", (configuration,))

        self._transact(delete, None)

    def clear(self) -> None:
        """Drop all entries."""

        def drop(connection: sqlite3.Connection) -> None:
            # The file stays: another process may be about to write into it.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM entries")
            connection.execute("DELETE FROM evicted")

        self._transact(drop, None)

    def _transact(self, work: Callable[[sqlite3.Connection], Result], otherwise: Result) -> Result:
        """What `work` returns from one transaction, or `otherwise` if the file cannot be used."""
        try:
            try:
                return self._attempt(work)
            except sqlite3.Error as error:
                if not _is_damage(error, self.path):
                    raise
                self._start_anew(error)
                return self._attempt(work)
        except (sqlite3.Error, OSError) as error:
            warnings.warn(
                f"RowCache cannot use {str(self.path)!r} ({error}). The results are right, but "
                "rows are computed that might have been remembered, or will not be remembered. "
                "Give it a location on a local disk with space and permission to write.",
                RuntimeWarning,
                stacklevel=2,
            )
            return otherwise

    def _attempt(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """What `work` returns from one transaction."""
        self.folder.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
        with closing(connection), connection:
            if connection.execute("PRAGMA user_version").fetchone() == (0,):
                connection.executescript(_NEW_FILE)
            return work(connection)

    def _start_anew(self, error: sqlite3.Error) -> None:
        """Put an empty file in the place of a damaged one."""
        warnings.warn(
            f"{str(self.path)!r} is damaged ({error}): RowCache starts an empty one, and computes "
            "again what it held.",
            RuntimeWarning,
            stacklevel=4,
        )
        self.path.unlink(missing_ok=True)
        self.path.with_name(_FILE_NAME + "-journal").unlink(missing_ok=True)


def _checksum(configuration: bytes, content: bytes, data: bytes) -> bytes:
    """Four bytes that vouch for data and for what they belong to."""
    return zlib.crc32(data, zlib.crc32(configuration + content)).to_bytes(4, "big")


def _unsealed(configuration: bytes, content: bytes, sealed: object) -> bytes | None:
    """The data behind their checksum, or None if it does not fit."""
    if not isinstance(sealed, bytes):  # a flipped bit can turn bytes into a number
        return None
    data = sealed[4:]
    return data if _checksum(configuration, content, data) == sealed[:4] else None


def _evict(connection: sqlite3.Connection, max_bytes: int) -> None:
    """Delete the entries used longest ago until the file is no larger than `max_bytes`."""
    while (excess := _size(connection) - max_bytes) > 0:
        oldest = "SELECT rowid, length(data) FROM entries ORDER BY used, rowid"
        victims = []
        with closing(connection.execute(oldest)) as entries:
            for rowid, length in entries:
                victims.append((rowid,))
                excess -= length
                if excess <= 0:
                    break
        if not victims:
            return
        connection.executemany(
            "INSERT OR REPLACE INTO evicted SELECT content, configuration FROM entries "
            "WHERE rowid = ?",
            victims,
        )
        connection.executemany("DELETE FROM entries WHERE rowid = ?", victims)
        connection.execute(
            "DELETE FROM evicted WHERE rowid <= (SELECT max(rowid) FROM evicted) - ?",
            (_EVICTED_KEPT,),
        )


def _size(connection: sqlite3.Connection) -> int:
    """Bytes of the file once what was deleted is cut off."""
    pages, free, page_size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * page_size


def _is_damage(error: sqlite3.Error, path: Path) -> bool:
    """Whether an error means that the file holds nonsense."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    if code == sqlite3.SQLITE_READONLY:  # a flipped bit says so, too
        return os.access(path, os.W_OK)
    return code & 0xFF not in _NOT_DAMAGE  # what is above these bits tells kinds of one error apart
