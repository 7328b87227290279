"""Features: the extractors against librosa and openSMILE, clip by clip as their users call them.

    OMP_NUM_THREADS=1 python benchmarks/features.py [--clips 128] [--repeats 12] [--only mfcc]

Clips of 3.75 s at 16 kHz (synthetic voices), one thread unless the row says otherwise. The works of
a row take turns; printed are the median times and the median ratio of a round. openSMILE is timed
if its Python package is installed: ``pip install opensmile`` (its licence forbids commercial use,
so nothing here depends on it).
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
from collections.abc import Callable, Iterator

import librosa
import numpy as np
from timing import rounds

from sertools import (
    AcousticExtractor,
    MFCCExtractor,
    PitchExtractor,
    RMSExtractor,
    RowCache,
    ZCRExtractor,
    make_corpus,
)
from sertools.core.speech import relations as reference
from sertools.kernels.cpu.speech import relations as compiled

SR = 16000
SECONDS = 3.75
FRAMES = {"frame_length": 512, "hop_length": 160}
SPECTRA = {"sr": SR, "n_fft": 512, "hop_length": 160, "n_mels": 64}

Work = Callable[[], object]


def voices(n_clips: int) -> list[np.ndarray]:
    """Synthetic utterances of `SECONDS`, each another."""
    spoken = make_corpus(n_speakers=4, n_per_speaker=6, sr=SR).X
    length = round(SECONDS * SR)
    return [np.resize(np.roll(spoken[i % len(spoken)], i), length) for i in range(n_clips)]


def loop(function: Callable[[np.ndarray], object], clips: list[np.ndarray]) -> Work:
    """The function called clip by clip."""
    return lambda: [function(clip) for clip in clips]


def librosa_mfcc(n_fft: int, hop_length: int, n_mels: int) -> Callable[[np.ndarray], object]:
    """librosa's MFCCs with 40 coefficients."""
    return lambda y: librosa.feature.mfcc(
        y=y, sr=SR, n_mfcc=40, n_fft=n_fft, hop_length=hop_length, n_mels=n_mels
    )


def librosa_compact(y: np.ndarray) -> np.ndarray:
    """Mean and standard deviation of four features, the way notebooks do it."""
    features = [
        librosa.feature.zero_crossing_rate(y, **FRAMES),
        librosa.feature.rms(y=y, **FRAMES),
        librosa.feature.mfcc(y=y, n_mfcc=20, **SPECTRA),
        librosa.power_to_db(librosa.feature.melspectrogram(y=y, **SPECTRA)),
    ]
    return np.concatenate([part for f in features for part in (f.mean(axis=1), f.std(axis=1))])


def comparisons(clips: list[np.ndarray]) -> Iterator[tuple[str, int, dict[str, Work]]]:
    """Name, clips in a round, and the works of each row, the neighbour first."""
    few = clips[:2]
    for n_fft, hop_length, n_mels in ((2048, 512, 128), (512, 160, 80)):
        extractor = MFCCExtractor(
            n_mfcc=40, n_fft=n_fft, hop_length=hop_length, n_mels=n_mels, stats=None
        )
        yield (
            f"mfcc {n_fft}/{hop_length}/{n_mels}",
            len(clips),
            {
                "librosa": loop(librosa_mfcc(n_fft, hop_length, n_mels), clips),
                "sertools": lambda extractor=extractor: extractor.transform(clips),
            },
        )
    zcr, rms = ZCRExtractor(stats=None), RMSExtractor(stats=None)
    yield (
        "zcr",
        len(clips),
        {
            "librosa": loop(lambda y: librosa.feature.zero_crossing_rate(y, **FRAMES), clips),
            "sertools": lambda: zcr.transform(clips),
        },
    )
    yield (
        "rms",
        len(clips),
        {
            "librosa": loop(lambda y: librosa.feature.rms(y=y, **FRAMES), clips),
            "sertools": lambda: rms.transform(clips),
        },
    )
    four = AcousticExtractor(["zcr", "rms", "mfcc", "mel"])
    four_in_threads = AcousticExtractor(["zcr", "rms", "mfcc", "mel"], n_jobs=2)
    yield (
        "zcr + rms + mfcc + mel",
        len(clips),
        {
            "librosa": loop(librosa_compact, clips),
            "sertools": lambda: four.transform(clips),
            "sertools, n_jobs=2": lambda: four_in_threads.transform(clips),
        },
    )
    pitch = PitchExtractor(stats=None)
    band = {"fmin": 60.0, "fmax": 600.0, "sr": SR, "hop_length": 160}
    yield (
        "pitch, pyin",
        len(few),
        {
            "librosa": loop(lambda y: librosa.pyin(y, **band), few),
            "sertools": lambda: pitch.transform(few),
        },
    )
    yield (
        "pitch, yin",
        len(clips),
        {
            "librosa": loop(lambda y: librosa.yin(y, **band), clips),
            "sertools": lambda: pitch.transform(clips),
        },
    )
    contours = np.cumsum(np.random.default_rng(0).normal(size=(95, 376)), axis=1)
    for name, work in (
        ("correlations", lambda of: of.correlations(contours, contours)),
        ("lagged correlations", lambda of: of.lagged_correlations(contours, lag=5)),
    ):
        yield (
            f"speech, {name}",
            1,
            {
                "reference": lambda work=work: work(reference),
                "compiled": lambda work=work: work(compiled),
            },
        )
    sets = {name: AcousticExtractor(name) for name in ("speech", "speech-small")}
    yield (
        "speech, itself",
        len(clips),
        {name: lambda of=extractor: of.transform(clips) for name, extractor in sets.items()},
    )
    gemaps = AcousticExtractor("gemaps")
    gemaps_in_threads = AcousticExtractor("gemaps", n_jobs=2)
    with tempfile.TemporaryDirectory() as folder:
        cached = RowCache(AcousticExtractor("gemaps"), location=folder).fit(clips)
        works: dict[str, Work] = {
            "sertools": lambda: gemaps.transform(clips),
            "sertools, n_jobs=2": lambda: gemaps_in_threads.transform(clips),
            "sertools, warm RowCache": lambda: cached.transform(clips),
        }
        yield "gemaps, itself", len(clips), works
        if importlib.util.find_spec("opensmile"):
            import opensmile

            smile = opensmile.Smile(opensmile.FeatureSet.eGeMAPSv02, num_workers=1)
            theirs = {"openSMILE": loop(lambda y: smile.process_signal(y, SR), clips)}
            yield "gemaps, eGeMAPSv02", len(clips), theirs | works


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clips", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=12)
    parser.add_argument("--only", default="", help="rows that begin so")
    arguments = parser.parse_args()
    print(f"{'work':<29}{'who':<26}{'ms a clip':>10}{'times faster':>14}")
    for name, n_clips, works in comparisons(voices(arguments.clips)):
        if not name.startswith(arguments.only):
            continue
        seconds = rounds(arguments.repeats, list(works.values()))
        per_clip = 1e3 * np.median(seconds, axis=0) / n_clips
        ratios = np.median(seconds[:, :1] / seconds, axis=0)
        for i, who in enumerate(works):
            ratio = f"{ratios[i]:.1f}" if i else ""
            print(f"{name if i == 0 else '':<29}{who:<26}{per_clip[i]:>10.3f}{ratio:>14}")


if __name__ == "__main__":
    main()
