"""Reading recordings: AudioReader against a loop of librosa.load over the same files.

    OMP_NUM_THREADS=1 python benchmarks/io.py [--clips 200] [--repeats 5]

Writes clips of 3.7 s into a temporary folder, once as 16 kHz FLAC (read as it is) and once as
48 kHz WAV (resampled to 16 kHz), reads each set with both, and prints the best of the repeats as a
ratio to librosa in the same run. librosa resamples with its default, soxr_hq: equal quality.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import librosa
import numpy as np

from sertools import AudioReader, audio, make_corpus

TARGET_SR = 16000
SECONDS = 3.7


def write_clips(folder: Path, n_clips: int, sr: int, suffix: str) -> list[str]:
    """Paths of `n_clips` synthetic utterances of `SECONDS`, written at `sr`."""
    voices = make_corpus(n_speakers=4, n_per_speaker=6, sr=sr).X
    paths = []
    for i in range(n_clips):
        clip = np.resize(voices[i % len(voices)], round(SECONDS * sr))
        paths.append(str(folder / f"{i:04d}{suffix}"))
        audio.write(paths[-1], clip, sr)
    return paths


def best_of(repeats: int, work: Callable[[], object]) -> float:
    """Seconds of the fastest of several runs, after one that warms the caches."""
    work()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    print(f"{arguments.clips} clips of {SECONDS} s, best of {arguments.repeats}")
    print(f"{'files':<22}{'reader':<22}{'ms a clip':>10}{'x librosa':>11}{'max |diff|':>12}")
    for sr, suffix in ((TARGET_SR, ".flac"), (48000, ".wav")):
        with tempfile.TemporaryDirectory() as folder:
            paths = write_clips(Path(folder), arguments.clips, sr, suffix)

            def loop(paths: list[str] = paths) -> list[np.ndarray]:
                return [librosa.load(path, sr=TARGET_SR)[0] for path in paths]

            reference = loop()
            files = f"{sr // 1000} kHz {suffix[1:]} -> {TARGET_SR // 1000}"
            base = best_of(arguments.repeats, loop)
            print(f"{files:<22}{'librosa.load loop':<22}{1e3 * base / len(paths):>10.2f}")
            for n_jobs in (1, 2):
                reader = AudioReader(sr=TARGET_SR, n_jobs=n_jobs)
                clips = reader.fit_transform(paths)
                difference = max(
                    float(np.abs(ours - theirs).max())
                    for ours, theirs in zip(clips, reference, strict=True)
                )
                seconds = best_of(arguments.repeats, lambda r=reader, p=paths: r.transform(p))
                ratio = f"{base / seconds:.2f}x"
                print(
                    f"{'':<22}{f'AudioReader n_jobs={n_jobs}':<22}"
                    f"{1e3 * seconds / len(paths):>10.2f}{ratio:>11}{difference:>12.1e}"
                )


if __name__ == "__main__":
    main()
