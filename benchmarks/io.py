"""Reading recordings: AudioReader against a loop of librosa.load over the same files.

    OMP_NUM_THREADS=1 python benchmarks/io.py [--clips 200] [--repeats 30]

Writes clips of 3.7 s into a temporary folder, once as 16 kHz FLAC (read as it is) and once as
48 kHz WAV (resampled to 16 kHz), reads each set with both in turns, and prints the median time and
the median ratio to librosa. librosa resamples with its default, soxr_hq: equal quality.
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

import librosa
import numpy as np
from timing import rounds

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


def compare(files: str, paths: list[str], repeats: int) -> None:
    """Print the rows of one set of files."""
    readers = {
        f"AudioReader n_jobs={n_jobs}": AudioReader(sr=TARGET_SR, n_jobs=n_jobs)
        for n_jobs in (1, 2)
    }

    def loop() -> list[np.ndarray]:
        return [librosa.load(path, sr=TARGET_SR)[0] for path in paths]

    works = [loop, *(partial(reader.transform, paths) for reader in readers.values())]
    seconds = rounds(repeats, works)
    per_clip = 1e3 * np.median(seconds, axis=0) / len(paths)
    # Rounds are short and the machine is shared: the ratio is taken within each of them.
    ratios = np.median(seconds[:, :1] / seconds, axis=0)
    print(f"{files:<18}{'librosa.load loop':<22}{per_clip[0]:>10.2f}")
    reference = loop()
    for i, (name, reader) in enumerate(readers.items(), start=1):
        pairs = zip(reader.transform(paths), reference, strict=True)
        difference = max(float(np.abs(ours - theirs).max()) for ours, theirs in pairs)
        ratio = f"{ratios[i]:.2f}x"
        print(f"{'':<18}{name:<22}{per_clip[i]:>10.2f}{ratio:>11}{difference:>12.1e}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=30)
    arguments = parser.parse_args()
    print(f"{arguments.clips} clips of {SECONDS} s, median of {arguments.repeats} rounds")
    print(f"{'files':<18}{'reader':<22}{'ms a clip':>10}{'x librosa':>11}{'max |diff|':>12}")
    for sr, suffix in ((TARGET_SR, ".flac"), (48000, ".wav")):
        with tempfile.TemporaryDirectory() as folder:
            paths = write_clips(Path(folder), arguments.clips, sr, suffix)
            compare(f"{sr // 1000} kHz {suffix[1:].upper()}", paths, arguments.repeats)


if __name__ == "__main__":
    main()
