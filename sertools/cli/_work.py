"""Work on many recordings, some of which may be no recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from sertools.cli._say import bar

__all__ = ["SOME_UNREADABLE", "each_of", "in_threads"]

# The exit code of commands that have done what they could.
SOME_UNREADABLE = 3

# Recordings that are worked on, remembered and printed together: enough to keep threads busy, and
# all that is lost when somebody interrupts.
_TOGETHER = 32


def in_threads(n_jobs: int) -> AbstractContextManager[Any]:
    """A context in which steps without n_jobs of their own work in so many threads."""
    from joblib import parallel_config

    return parallel_config("threading", n_jobs=n_jobs)


def each_of(
    work: Callable[[Sequence[str]], Sequence[Any]],
    paths: Sequence[str],
    label: str | None,
) -> Iterator[tuple[str, Any]]:
    """Yield each path with what `work` makes of it, or with the error of one that has no sound.

    With a `label` there is a progress bar, if these are wanted.
    """
    from sertools.audio import AudioFileError

    def attempted(chunk: Sequence[str]) -> Sequence[Any]:
        try:
            return work(chunk)
        except AudioFileError as error:
            if len(chunk) == 1:
                return [next(iter(error.failures), error)]
            return [attempted([path])[0] for path in chunk]

    chunks = (paths[i : i + _TOGETHER] for i in range(0, len(paths), _TOGETHER))
    batches = (list(zip(chunk, attempted(chunk), strict=True)) for chunk in chunks)
    return bar(batches, len(paths), label)
