"""The rows of one call: which are remembered, which are computed together, and where they go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from sertools.preprocessing._cache_keys import Content, file_state
from sertools.preprocessing._cache_memory import RowMemory

__all__ = ["Batch"]

# Rows are computed this many bytes of samples at a time: enough to keep threads busy for a second,
# little beside the memory of any machine, and all the work that is lost when a process is killed.
_CHUNK_BYTES = 64 * 2**20

# Rows recalled at a time, so that other processes get their turn at the file in between.
_RECALLED = 1000


class Batch:
    """Rows to be found for items of some contents.

    Items of equal content have one row. They are dealt with as the first of them, and the others
    get copies.
    """

    def __init__(self, items: Any, contents: list[Content]) -> None:
        self._items = items
        self._contents = contents
        self.rows: list[Any] = [None] * len(contents)
        self._places: dict[int, list[int]] = {}  # by the first of them
        firsts: dict[bytes | int, int] = {}
        for i, content in enumerate(contents):
            first = firsts.setdefault(content.digest or i, i)  # what cannot be read is alone
            self._places.setdefault(first, []).append(i)

    def recall(self, memory: RowMemory) -> list[int]:
        """Fill in the rows that are remembered, and give the places of the others."""
        missing = []
        firsts = list(self._places)
        for start in range(0, len(firsts), _RECALLED):
            digests = {i: self._contents[i].digest for i in firsts[start : start + _RECALLED]}
            known = memory.recall([name for name in digests.values() if name])
            for i, name in digests.items():
                if name in known:
                    self.put(i, known[name].copy())  # it is read-only
                else:
                    missing.append(i)
        return missing

    def put(self, place: int, row: NDArray[Any]) -> None:
        """Fill in a row."""
        self.rows[place] = row
        for i in self._places[place][1:]:
            self.rows[i] = row.copy()

    def chunks(self, places: Sequence[int]) -> list[list[int]]:
        """Places whose rows to compute in one go; first what cannot be read, to name it all."""
        chunks: list[list[int]] = []
        room = 0
        for i in sorted(places, key=lambda i: self._contents[i].digest is not None):
            room -= self._contents[i].n_bytes
            if room < 0 or not chunks:
                chunks.append([])
                room = _CHUNK_BYTES - self._contents[i].n_bytes
            chunks[-1].append(i)
        return chunks

    def worth_keeping(self, places: Sequence[int]) -> dict[bytes, NDArray[Any]]:
        """The rows at some places by digest, if it is certain that they are of that content.

        A file that was replaced in the meantime has been hashed before and read after.
        """
        return {
            name: self.rows[i]
            for i in places
            if (name := self._contents[i].digest)
            and file_state(self._items[i]) == self._contents[i].state
        }
