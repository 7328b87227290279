"""Parts of a model that are saved in formats of their own, and find their way back.

A booster or a network is no table of numbers and text. While a model is being saved, whoever has
such an engine puts it here as the bytes of its own format, and leaves a name in its state; while
one is being loaded, it takes it from here by that name. At all other times models pickle as usual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["being_loaded", "being_saved", "is_saving", "put_part", "take_part"]

_saved: ContextVar[dict[str, bytes] | None] = ContextVar("saved", default=None)
_loaded: ContextVar[Mapping[str, bytes] | None] = ContextVar("loaded", default=None)


@contextmanager
def being_saved() -> Iterator[dict[str, bytes]]:
    """A context in which a model is being saved, with the parts that were put."""
    parts: dict[str, bytes] = {}
    token = _saved.set(parts)
    try:
        yield parts
    finally:
        _saved.reset(token)


@contextmanager
def being_loaded(parts: Mapping[str, bytes]) -> Iterator[None]:
    """A context in which a model is being loaded that has these parts."""
    token = _loaded.set(parts)
    try:
        yield
    finally:
        _loaded.reset(token)


def is_saving() -> bool:
    """Whether a model is being saved."""
    return _saved.get() is not None


def put_part(owner: object, suffix: str, content: Callable[[], bytes]) -> str:
    """The name under which the bytes of an owner's part are saved.

    Whoever saves may ask for the state of an owner more than once; its part is made once.
    """
    parts = _saved.get()
    assert parts is not None, "only while a model is being saved"
    name = f"{type(owner).__name__}-{id(owner):x}.{suffix}"
    if name not in parts:
        parts[name] = content()
    return name


def take_part(name: str) -> bytes:
    """The bytes that were saved under a name."""
    parts = _loaded.get()
    if parts is None or name not in parts:
        raise ValueError(f"There is no part {name!r} to take.")
    return parts[name]
