"""Works timed in turns, for the benchmarks."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np


def rounds(repeats: int, works: list[Callable[[], object]]) -> np.ndarray:
    """Seconds ``(repeats, n_works)``; the works take turns, after one round of warming.

    Each round has an order of its own: whoever came after the same neighbour every time would
    find the caches, and the memory that was just given back, as that one left them.
    """
    for work in works:
        work()
    order = np.random.default_rng(0)
    seconds = np.empty((repeats, len(works)))
    for turn in seconds:
        for i in order.permutation(len(works)):
            start = time.perf_counter()
            works[i]()
            turn[i] = time.perf_counter() - start
    return seconds
