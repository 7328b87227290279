"""Remembering rows: RowCache cold and warm against the extractor it wraps, in the same run.

    OMP_NUM_THREADS=1 python benchmarks/cache.py [--features compact] [--clips 300] [--repeats 9]

The rows are those of an AcousticExtractor, from arrays and from 16 kHz FLAC files of 3.75 s. Cold
is a first transform into an empty folder, warm a later one that finds every row. Ratios are taken
within each round, and the table gives their median. Below it, what RowCache might have done
instead: other digests, and a file for each row.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import xxhash
from sklearn.pipeline import make_pipeline

from sertools import AcousticExtractor, AudioReader, RowCache, audio, make_corpus
from sertools.preprocessing._cache_store import RowStore

SR = 16000
SECONDS = 3.75
SETTLED = 2.5  # digests of files are remembered once the files are older than 2 s


def speech(n_clips: int) -> list[np.ndarray]:
    """Clips ``(60000,)`` of synthetic voices, each another."""
    voices = make_corpus(n_speakers=4, n_per_speaker=6, sr=SR).X
    length = round(SECONDS * SR)
    return [np.resize(np.roll(voices[i % len(voices)], i), length) for i in range(n_clips)]


def seconds_of(work: Callable[..., object], *args: object) -> float:
    """Seconds that ``work(*args)`` takes."""
    start = time.perf_counter()
    work(*args)
    return time.perf_counter() - start


def compare(name: str, step: Any, X: list[Any], repeats: int) -> None:
    """Print the rows of one kind of input."""
    step.fit(X[:1]).transform(X[:1])  # kernels are compiled, filter banks made
    rounds = np.empty((repeats, 3))
    for turn in rounds:
        with tempfile.TemporaryDirectory() as folder:
            cache = RowCache(step, location=folder).fit(X)
            turn[:] = [seconds_of(work, X) for work in (step.transform, *2 * [cache.transform])]
            if cache.hits_ != len(X):
                raise RuntimeError(f"{len(X) - cache.hits_} rows were not remembered")
    per_clip = 1e3 * np.median(rounds, axis=0) / len(X)
    ratios = np.median(rounds[:, :1] / rounds, axis=0)
    for work, milliseconds, ratio in zip(
        ("the step", "RowCache, cold", "RowCache, warm"), per_clip, ratios, strict=True
    ):
        print(f"{name:<12}{work:<18}{milliseconds:>10.3f}{ratio:>12.2f}x")


def compare_digests(clips: list[np.ndarray], repeats: int) -> None:
    """Print how fast RowCache's digest reads clips, and those of the standard library."""

    def read(digest: Callable[[np.ndarray], object]) -> None:
        for clip in clips:
            digest(clip)

    n_bytes = sum(clip.nbytes for clip in clips)
    others = {name: getattr(hashlib, name) for name in ("sha256", "sha1", "blake2b", "md5")}
    for name, digest in {"xxh3_128": xxhash.xxh3_128, **others}.items():
        seconds = min(seconds_of(read, digest) for _ in range(repeats))
        print(f"{name:<30}{n_bytes / seconds / 1e9:>10.2f} GB/s")


def compare_stores(n_rows: int, repeats: int) -> None:
    """Print how long rows of 88 float32 take to be kept and found, in one file or in their own."""
    rows = {hashlib.sha256(b"%d" % i).digest()[:16]: os.urandom(4 * 88) for i in range(n_rows)}

    def write_files(folder: Path) -> None:
        for name, data in rows.items():
            path = folder / name.hex()
            path.with_suffix(".part").write_bytes(data)
            os.replace(path.with_suffix(".part"), path)

    def read_files(folder: Path) -> None:
        for name in rows:
            (folder / name.hex()).read_bytes()

    times = np.empty((repeats, 4))
    for turn in times:
        with tempfile.TemporaryDirectory() as folder:
            place, store = Path(folder), RowStore(Path(folder))
            turn[0] = seconds_of(store.save, b"steps", rows)
            turn[1] = seconds_of(store.load, b"steps", list(rows))
            turn[2] = seconds_of(write_files, place)
            turn[3] = seconds_of(read_files, place)
    print(f"{n_rows} rows of 88 float32")
    works = ("one file, write", "one file, read", "a file each, write", "a file each, read")
    for work, milliseconds in zip(works, 1e3 * np.median(times, axis=0), strict=True):
        print(f"{work:<30}{milliseconds:>10.1f} ms")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--features", default="compact")
    parser.add_argument("--clips", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=9)
    arguments = parser.parse_args()
    clips = speech(arguments.clips)
    extractor = AcousticExtractor(arguments.features)
    print(
        f"{arguments.features}: {arguments.clips} clips of {SECONDS} s, median of "
        f"{arguments.repeats} rounds"
    )
    print(f"{'input':<12}{'work':<18}{'ms a clip':>10}{'x faster':>13}")
    compare("arrays", extractor, clips, arguments.repeats)
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder) / f"{i}.flac") for i in range(len(clips))]
        for path, clip in zip(paths, clips, strict=True):
            audio.write(path, clip, SR)
        time.sleep(SETTLED)
        compare("FLAC files", make_pipeline(AudioReader(), extractor), paths, arguments.repeats)
    print()
    compare_digests(clips, arguments.repeats)
    print()
    compare_stores(1440, arguments.repeats)


if __name__ == "__main__":
    main()
