"""Many small tasks in threads, with a progress bar for work that keeps a person waiting."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from joblib import effective_n_jobs

Item = TypeVar("Item")
Result = TypeVar("Result")

# Items in one task at most: handing over a task costs what a twentieth of reading a clip does.
_CHUNK = 8
# Tasks for each thread at least, as far as there are items: so that none waits long for the last.
_TASKS = 4

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

    joblib says how many threads `n_jobs` means here, but hands out no work: for clips that take a
    millisecond its bookkeeping costs a tenth of the gain. Threads and not processes, because
    decoders, FFTs and numba let Python go, file objects do not travel, and arrays need no copies.
    With a `label` a bar on standard error shows how far the work is.
    """
    n_threads = effective_n_jobs(n_jobs)
    results = _in_pool(work, items, n_threads) if n_threads > 1 else map(work, items)
    return results if label is None else shown(results, len(items), label)


def _in_pool(
    work: Callable[[Item], Result], items: Sequence[Item], n_threads: int
) -> Iterator[Result]:
    """Yield the results of a pool of threads in the order of the items."""
    size = min(_CHUNK, math.ceil(len(items) / (_TASKS * n_threads)))
    chunks = [items[i : i + size] for i in range(0, len(items), size or 1)]
    pool = ThreadPoolExecutor(n_threads)
    try:
        for results in pool.map(lambda chunk: [work(item) for item in chunk], chunks):
            yield from results
    finally:
        # After an error, or when the caller stops early, nobody wants the rest.
        pool.shutdown(cancel_futures=True)


def shown(results: Iterable[Result], total: int, label: str) -> Iterator[Result]:
    """Yield `results` and draw how many of `total` have come."""
    start = drawn = time.monotonic()
    for done, result in enumerate(results, start=1):
        yield result
        now = time.monotonic()
        if now - drawn > _REDRAW_SECONDS or done == total:
            drawn = now
            draw(label, done, total, now - start)
    print(file=sys.stderr)


def draw(label: str, done: int, total: int, seconds: float) -> None:
    """Draw the bar over the one before."""
    filled = _BAR_WIDTH * done // total
    bar = "█" * filled + "·" * (_BAR_WIDTH - filled)
    state = f"{seconds / done * (total - done):.0f} s left" if done < total else f"{seconds:.1f} s"
    print(f"\r{label} {bar} {done}/{total}, {state}   ", end="", file=sys.stderr, flush=True)
