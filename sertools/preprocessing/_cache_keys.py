"""What rows are remembered by: their content, and the steps that compute them put into words."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import xxhash
from sklearn.pipeline import Pipeline

from sertools._backend import to_host
from sertools._threads import map_in_threads
from sertools.preprocessing._cache_store import RowStore

__all__ = [
    "Content",
    "contents_of",
    "describe",
    "differences",
    "digest",
    "file_state",
    "row_wise_steps",
]

# Where numbers are computed, how fast and how loudly: they are the same.
_WITHOUT_EFFECT = frozenset({"device", "n_jobs", "verbose"})

# Files grow about this much when they are decoded: 16-bit FLAC to float32.
_DECODED_GROWTH = 4

# A change within the tick of a file system's clock does not show in the times of the file. The
# slowest clocks tick every two seconds.
_TICK = 2.0

# Elsewhere the last of a file's times is that of its making, and a program may set the others.
_TIMES_TELL = os.name == "posix"

_FILES = b"contents of file"  # the store's configuration for the digests of files


class Content(NamedTuple):
    """What a row holds.

    `digest` is None if it cannot be read, `n_bytes` is its size as samples, about, and `state`
    tells one state of one file from all others.
    """

    digest: bytes | None
    n_bytes: int
    state: tuple[int, ...] | None = None


def digest(*parts: Any) -> bytes:
    """16 bytes that stand for the bytes in all parts.

    Of 10**12 rows any two would share a digest with a chance of 10**-15. It proves nothing against
    who makes such rows on purpose; SHA-256 would, and take 0.12 ms for a clip of 4 s, of which a
    small set of features takes 0.2.
    """
    whole = xxhash.xxh3_128()
    for part in parts:
        whole.update(part)
    return whole.digest()


def contents_of(rows: Any, store: RowStore) -> list[Content]:
    """The contents of checked clips, or of a plain list of recordings.

    Files are read in as many threads as joblib is told to use; `store` remembers their digests.
    """
    if type(rows) is list:
        return _of_recordings(rows, store)
    return [_of_clip(row) for row in rows]


def file_state(source: Any) -> tuple[int, ...] | None:
    """Device, inode, size and times of last change of a file; None for whatever is no file."""
    if not isinstance(source, str | os.PathLike):
        return None
    try:
        status = os.stat(source)
    except (OSError, ValueError):  # AudioReader finds the words
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def row_wise_steps(transformer: Any) -> list[Any]:
    """The steps of a transformer or (nested) pipeline, or the refusal of one that is not row-wise.

    A step declares by ``_row_wise`` that each row of its result depends on that row and on its
    parameters only, and by ``_row_version`` which version of its numbers it computes.
    """
    steps = dict(_named_steps(transformer))
    for name, step in steps.items():
        if isinstance(step, type):
            raise TypeError(f"{step.__name__} is a class: pass an object, {step.__name__}().")
        if getattr(step, "_row_wise", False) is not True:
            raise ValueError(
                f"RowCache remembers rows that depend on nothing but themselves, and {step!r}"
                f"{name and f' (step {name!r})'} does not declare that of its rows: it belongs "
                "before or behind RowCache, not into it. (AudioReader can be in it with a rate and "
                'on_error="raise", Padder with a duration in seconds.)'
            )
    if not steps:
        raise ValueError(f"{transformer!r} holds no step whose rows RowCache could remember.")
    return list(steps.values())


def describe(steps: list[Any]) -> str:
    """What the steps are and all that their numbers depend on, as JSON."""
    return json.dumps([_described(step) for step in steps], sort_keys=True)


def differences(then: str, now: str) -> list[str]:
    """What differs between two descriptions, in words."""
    steps_then, steps_now = json.loads(then), json.loads(now)
    names_then, names_now = ([_short(step) for step in steps] for steps in (steps_then, steps_now))
    if names_then != names_now:
        return [f"the steps were {', '.join(names_then)}, now they are {', '.join(names_now)}"]
    found = []
    for name, old, new in zip(names_now, steps_then, steps_now, strict=True):
        if old["version"] != new["version"]:
            found.append(
                f"the numbers of {name} have changed, from version {old['version']} to "
                f"{new['version']}"
            )
        for parameter in sorted(old["parameters"].keys() | new["parameters"].keys()):
            # As text, because 1 and 1.0 are equal and yet stored apart.
            was, is_now = (
                repr(step["parameters"][parameter]) if parameter in step["parameters"] else "unset"
                for step in (old, new)
            )
            if was != is_now:
                found.append(f"{parameter} of {name} was {was:.60}, now it is {is_now:.60}")
    return found


def _of_clip(clip: Any) -> Content:
    """The content of a clip ``(n_times,)``."""
    samples = np.ascontiguousarray(to_host(clip))
    kind = f"{samples.dtype.str} {samples.shape}".encode()
    return Content(digest(kind, samples.data), samples.nbytes)


def _of_recordings(sources: list[Any], store: RowStore) -> list[Content]:
    """The contents of paths, bytes and file objects."""
    started = time.time()
    states = [file_state(source) for source in sources]
    names = [digest(repr(state).encode()) for state in states]
    known = store.load(_FILES, names) if _TIMES_TELL else {}

    def take(place: int) -> Content:
        state = states[place]
        if state is None:
            return _of_stream_or_bytes(sources[place])
        found = known.get(names[place]) or _digest_of_file(sources[place])
        return Content(found, _DECODED_GROWTH * state[2], state)

    # A file object that stands in the list twice must not be sought by two threads at once.
    n_jobs = 1 if any(hasattr(source, "seek") for source in sources) else None
    contents = list(map_in_threads(take, range(len(sources)), n_jobs=n_jobs))
    new = {
        name: content.digest
        for name, content in zip(names, contents, strict=True)
        if name not in known and content.digest and _is_settled(content.state, started)
    }
    if new and _TIMES_TELL:
        store.save(_FILES, new)
    return contents


def _of_stream_or_bytes(source: Any) -> Content:
    """The content of a file object, or of bytes; none for what cannot be read."""
    if hasattr(source, "seek"):
        try:
            source.seek(0)
            source = source.read()
        except (OSError, ValueError):  # a closed file; AudioReader finds the words
            return Content(None, 0)
    if not isinstance(source, bytes | bytearray | memoryview):
        return Content(None, 0)
    data = bytes(source)
    return Content(digest(data), _DECODED_GROWTH * len(data))


def _digest_of_file(path: Any) -> bytes | None:
    """The digest of the bytes in a file, or None if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, xxhash.xxh3_128).digest()
    except OSError:  # AudioReader finds the words
        return None


def _is_settled(state: tuple[int, ...] | None, now: float) -> bool:
    """Whether a later change of a file in some state is sure to give it another."""
    return state is not None and max(state[-2:]) / 1e9 < now - _TICK


def _named_steps(transformer: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The steps that do something, and where they stand, as in ``outer__inner``."""
    if not isinstance(transformer, Pipeline):
        yield name, transformer
        return
    for inner, step in transformer.steps:
        if step not in (None, "passthrough"):
            yield from _named_steps(step, f"{name}__{inner}" if name else inner)


def _described(step: Any) -> dict[str, Any]:
    """Class, version and parameters of an estimator."""
    parameters = {
        name: _plain(value, name, step)
        for name, value in step.get_params(deep=True).items()
        if name.rpartition("__")[2] not in _WITHOUT_EFFECT
    }
    return {
        "class": f"{type(step).__module__}.{type(step).__qualname__}",
        "version": _plain(getattr(step, "_row_version", 1), "_row_version", step),
        "parameters": parameters,
    }


def _plain(value: Any, name: str, step: Any) -> Any:
    """The value of a parameter in JSON's words, equal for equal values."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item, name, step) for item in value]
    if isinstance(value, dict):
        pairs = [[_plain(item, name, step) for item in pair] for pair in value.items()]
        return {"dict": sorted(pairs, key=json.dumps)}
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        return {"array": [value.dtype.str, list(value.shape), digest(value.tobytes()).hex()]}
    if hasattr(value, "get_params") and not isinstance(value, type):
        return _described(value)
    raise TypeError(
        f"RowCache cannot tell whether {name}={value!r:.80} of {type(step).__name__} will mean the "
        "same next time: it knows numbers, text, None, arrays, estimators, and lists and dicts of "
        "these. (A function can change and keep its name.)"
    )


def _short(description: dict[str, Any]) -> str:
    """The name of a described class, without its module."""
    return description["class"].rpartition(".")[2]
