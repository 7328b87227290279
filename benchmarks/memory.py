"""Memory: the most that a transform of 2,000 clips takes beside its input and its output.

    python benchmarks/memory.py [--clips 2000] [--jobs 2]

Each extractor works in a process of its own, whose peak is what the operating system says.
"""

from __future__ import annotations

import argparse
import resource
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

import sertools

N_TIMES = 60_000  # 3.75 s at 16 kHz

EXTRACTORS = {
    "compact": lambda jobs: sertools.AcousticExtractor("compact", n_jobs=jobs),
    "gemaps": lambda jobs: sertools.AcousticExtractor("gemaps", n_jobs=jobs),
    "mfcc, frames": lambda jobs: sertools.MFCCExtractor(n_fft=2048, stats=None, n_jobs=jobs),
    "pitch, frames": lambda jobs: sertools.PitchExtractor(stats=None, n_jobs=jobs),
}


def peak() -> float:
    """The largest memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def beside(name: str, n_clips: int, jobs: int) -> tuple[float, float, float]:
    """MiB of the input, of the output, and of what was taken beside them."""
    voices = sertools.make_corpus(n_speakers=4, n_per_speaker=6, sr=16000).X
    clips = np.empty((n_clips, N_TIMES), dtype=np.float32)
    for i, clip in enumerate(clips):
        clip[:] = np.resize(voices[i % len(voices)], N_TIMES)
    extractor = EXTRACTORS[name](jobs).fit(clips)
    extractor.transform(clips[:2])  # what is compiled and kept once
    before = peak()
    features = extractor.transform(clips)
    mib = 2.0**20
    return clips.nbytes / mib, features.nbytes / mib, peak() - before - features.nbytes / mib


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clips", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    print(f"{'features':<16}{'input, MiB':>12}{'output, MiB':>13}{'beside, MiB':>13}")
    for name in EXTRACTORS:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            sizes = pool.submit(beside, name, arguments.clips, arguments.jobs).result()
        print(f"{name:<16}" + "".join(f"{size:>13.0f}" for size in sizes))


if __name__ == "__main__":
    main()
