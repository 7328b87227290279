"""Work that was interrupted, and what of it is done."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sertools.cli._say import note

if TYPE_CHECKING:
    from sertools import Corpus
    from sertools.preprocessing._cache_store import RowStore

__all__ = ["Unfinished", "code_at_hand", "unfinished"]

# The files of the package that its numbers depend on.
_SUFFIXES = (".py", ".cu", ".cuh", ".json", ".csv")


class Unfinished:
    """What is done of one piece of work, by name, in the store that remembers rows."""

    def __init__(self, store: RowStore, work: bytes) -> None:
        self._store = store
        self._work = work
        self._is_told = False

    def recall(self, name: str) -> Any:
        """What was kept under a name, or None."""
        found = self._store.load(self._work, [name.encode()])
        if not found:
            return None
        if not self._is_told:
            self._is_told = True
            note("Going on where the same was interrupted.")
        return json.loads(found[name.encode()])

    def keep(self, name: str, finished: Any) -> None:
        """Keep something that JSON has words for."""
        self._store.save(self._work, {name.encode(): json.dumps(finished).encode()})

    def forget(self) -> None:
        """Drop all of it, when the work is done."""
        self._store.drop(self._work)


@contextmanager
def unfinished(
    command: Sequence[Any], corpus: Corpus, code: bytes, cache: str | None
) -> Iterator[Unfinished]:
    """A context in which work is done, with what is done of it since it was interrupted.

    The same is: the words of the command, the recordings by what they hold, labels, speakers, and
    the code. What is finished without an error is forgotten, and would be done anew.
    """
    from sertools._backend import gpu_status
    from sertools.preprocessing._cache_keys import contents_of, digest
    from sertools.preprocessing._cache_store import RowStore, default_folder

    store = RowStore(default_folder() if cache is None else Path(cache))
    store.check()
    held = [content.digest for content in contents_of(list(corpus.X), store)]
    groups = None if corpus.groups is None else corpus.groups.tolist()
    words = [*command, gpu_status().usable, held, corpus.y.tolist(), groups]
    work = Unfinished(store, digest(code, repr(words).encode()))
    yield work
    work.forget()


def code_at_hand() -> bytes:
    """A digest of all code that numbers depend on: ours, Python's and the packages'.

    To be taken first of all: hours later, the files may no longer be what was loaded of them.
    """
    import sertools
    from sertools._versions import installed, versions
    from sertools.preprocessing._cache_keys import digest

    # Between releases our code changes, and its version does not.
    package = Path(sertools.__file__).parent
    files = [file for file in sorted(package.rglob("*")) if file.suffix in _SUFFIXES]
    known = repr(sorted((versions() | installed()).items())).encode()
    return digest(known, *(file.read_bytes() for file in files))
