"""Many small tasks in threads, with a progress bar for work that keeps a person waiting."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from joblib import Parallel, delayed

Item = TypeVar("Item")
Result = TypeVar("Result")

# Items in one task: handing out a task costs a tenth of a millisecond, reading a clip one.
_CHUNK = 8

_BAR_WIDTH = 30
_REDRAW_SECONDS = 0.1  # the eye sees nothing faster, and a terminal slows the work


def map_in_threads(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    n_jobs: int | None,
    label: str | None = None,
) -> Iterator[Result]:
    """Yield ``work(item)`` for all items in their order, computed by `n_jobs` threads.

    Threads whatever backend joblib is set to: decoders, FFTs and numba let Python go, file objects
    do not travel to other processes, and arrays need not be copied back from them. With a `label`
    a bar on standard error shows how far the work is.
    """
    chunks = Parallel(n_jobs=n_jobs, require="sharedmem", return_as="generator")(
        delayed(_work_off)(work, items[i : i + _CHUNK]) for i in range(0, len(items), _CHUNK)
    )
    results: Iterator[Any] = itertools.chain.from_iterable(chunks)
    return results if label is None else _shown(results, len(items), label)


def _work_off(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """The results of one task."""
    return [work(item) for item in items]


def _shown(results: Iterable[Result], total: int, label: str) -> Iterator[Result]:
    """Yield `results` and draw how many of `total` have come."""
    start = drawn = time.monotonic()
    for done, result in enumerate(results, start=1):
        yield result
        now = time.monotonic()
        if now - drawn > _REDRAW_SECONDS or done == total:
            drawn = now
            _draw(label, done, total, now - start)
    sys.stderr.write("\n")


def _draw(label: str, done: int, total: int, seconds: float) -> None:
    """Draw the bar over the one before."""
    filled = _BAR_WIDTH * done // total
    bar = "█" * filled + "·" * (_BAR_WIDTH - filled)
    state = f"{seconds / done * (total - done):.0f} s left" if done < total else f"{seconds:.1f} s"
    sys.stderr.write(f"\r{label} {bar} {done}/{total}, {state}   ")
    sys.stderr.flush()
