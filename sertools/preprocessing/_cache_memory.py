"""The rows that one configuration of steps remembers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sertools._validation import Clips
from sertools.preprocessing._cache_keys import differences, digest
from sertools.preprocessing._cache_store import RowStore

__all__ = ["Output", "RowMemory"]

_DESCRIPTION = digest(b"description")  # the name under which a configuration keeps its own words


class Output(NamedTuple):
    """How steps hand over their rows: as an "array", a "list", or "clips" at some rate."""

    container: str
    sr: int | None = None

    @classmethod
    def of(cls, result: Any) -> Output:
        """How the rows of a result were handed over."""
        if isinstance(result, Clips):
            return cls("clips", result.sr)
        return cls("list" if isinstance(result, list) else "array")

    def filled(self, rows: list[Any]) -> Any:
        """The rows handed over that way; the list of an array is emptied."""
        if self.container == "list":
            return rows
        if self.container == "clips":
            return Clips(rows, sr=self.sr)
        table = np.empty((len(rows), *rows[0].shape), dtype=rows[0].dtype)
        for i in range(len(rows)):
            table[i] = rows[i]
            rows[i] = None  # frames of a corpus are large: they must not lie in memory twice
        return table


class RowMemory:
    """Rows of some described steps in a store, by the digest of what they were computed from.

    `kind` says what the steps are given: what they hand over may depend on it, and whether they
    accept it at all. So a kind that they have never been given has no `output`.
    """

    def __init__(self, store: RowStore, description: str, kind: str) -> None:
        self._store = store
        self._description = description
        self._configuration = digest(description.encode())
        self._output_name = digest(f"output for {kind}".encode())

    def output(self) -> Output | None:
        """How the steps hand over rows for what they are given, if that is known."""
        found = self._store.load(self._configuration, [self._output_name])
        return Output(*json.loads(found[self._output_name])) if found else None

    def recall(self, digests: Sequence[bytes]) -> dict[bytes, NDArray[Any]]:
        """The rows that are remembered, by digest."""
        found = self._store.load(self._configuration, digests)
        return {name: _unpacked(data) for name, data in found.items()}

    def remember(self, rows: Mapping[bytes, NDArray[Any]], output: Output) -> None:
        """Keep rows, and how they were handed over."""
        entries = {name: _packed(row) for name, row in rows.items()}
        entries[_DESCRIPTION] = self._description.encode()
        entries[self._output_name] = json.dumps(output).encode()
        self._store.save(self._configuration, entries)

    def explain(self, name: bytes) -> str:
        """Whether a row is remembered, and if not, why."""
        if self._store.load(self._configuration, [name]):
            return "Hit: the row is remembered."
        others = self._store.configurations(name)
        if self._configuration in others:
            return "Miss: what was remembered is damaged. It will be computed and kept again."
        if self._store.was_evicted(self._configuration, name):
            return "Miss: the row was dropped to keep within max_bytes. Raise it to keep more rows."
        if not others:
            return f"Miss: nothing with this content is remembered in {str(self._store.folder)!r}."
        known = [
            differences(found[_DESCRIPTION].decode(), self._description)
            for other in others
            if (found := self._store.load(other, [_DESCRIPTION]))
        ]
        if not known:
            return "Miss: this content is remembered under parameters that are no longer known."
        nearest: list[str] = min(known, key=len)
        return f"Miss: this content is remembered, but {'; '.join(nearest)}."


def _packed(row: NDArray[Any]) -> bytes:
    """An array of numbers as bytes: a line with type and shape, and the numbers."""
    if row.dtype.hasobject:
        raise TypeError(f"RowCache remembers numbers; the step made a row of type {row.dtype}.")
    shape = ",".join(map(str, row.shape))
    return f"{row.dtype.str} {shape}\n".encode() + row.tobytes()


def _unpacked(data: bytes) -> NDArray[Any]:
    """The array in packed bytes, read-only."""
    head, _, numbers = data.partition(b"\n")
    dtype, shape = _kind(head)
    return np.frombuffer(numbers, dtype).reshape(shape)


@lru_cache(maxsize=256)
def _kind(head: bytes) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """Type and shape in the first line of a packed array."""
    dtype, _, shape = head.decode().partition(" ")
    return np.dtype(dtype), tuple(int(length) for length in shape.split(",") if length)
