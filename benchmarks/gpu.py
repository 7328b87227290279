"""The GPU: agreement with the CPU first, then times, against torchaudio and the CPU.

    python benchmarks/gpu.py [--clips 10000] [--seconds 3] [--out docs/gpu.csv]

Needs CuPy with a CUDA device; torchaudio is timed if it is installed. Times of kernels are taken by
events on the device, after a warm-up, as medians; memory traffic is stated against a copy on the
same device. The way from host memory is a table of its own, for it is longer than all the rest.
"""

from __future__ import annotations

import argparse
import copy
import csv
import importlib.util
import math
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import sertools
from sertools import AcousticExtractor, MelExtractor, MFCCExtractor, RMSExtractor, ZCRExtractor
from sertools.kernels.cuda.batch import Batch, Frames
from sertools.kernels.cuda.temporal import crossings_and_power

SR = 16000
SIZES = ((512, 160, 40), (1024, 256, 64), (2048, 512, 128))  # n_fft, hop_length, n_mels
Row = tuple[str, float, str]

# How far numbers may be apart: as the documentation says of CPU and GPU, and what nobody hears.
LIMITS = {"relative": 1e-4, "dB": 1e-2}


def voices(n_clips: int, n_times: int) -> np.ndarray:
    """Clips ``(n_clips, n_times)`` in float32: 64 tones in noise, again and again."""
    rng = np.random.default_rng(0)
    times = np.arange(n_times) / SR
    tones = np.sin(2 * np.pi * rng.uniform(80, 400, (64, 1)) * times)
    some = (0.3 * tones + 0.05 * rng.standard_normal((64, n_times))).astype(np.float32)
    return some[np.arange(n_clips) % 64]


def largest_difference(extractor: Any, clips: np.ndarray) -> float:
    """Of GPU and CPU, relative to the largest number of the same column."""
    here = extractor.set_params(device="cpu").fit_transform(clips)
    there = extractor.set_params(device="cuda").fit_transform(clips)
    largest = np.abs(here).max(axis=0)
    return float((np.abs(there - here).max(axis=0) / np.where(largest > 0, largest, 1)).max())


def agreement(clips: np.ndarray) -> Iterator[Row]:
    """How far GPU and CPU are apart."""
    for extractor in (
        ZCRExtractor(),
        RMSExtractor(),
        *(MelExtractor(n_fft=n, hop_length=hop, n_mels=m) for n, hop, m in SIZES),
        *(MFCCExtractor(n_fft=n, hop_length=hop, n_mels=m, deltas=1) for n, hop, m in SIZES),
        AcousticExtractor(),
        AcousticExtractor("gemaps"),
    ):
        yield f"{extractor}: largest difference", largest_difference(extractor, clips), "relative"


def agreement_with_torchaudio(x: Any) -> Iterator[Row]:
    """How far our log-mel spectra are from torchaudio's, of clips on the device."""
    for n_fft, hop_length, n_mels in SIZES:
        theirs = torchaudio_works(x, n_fft, hop_length, n_mels).get("log-mel")
        if theirs is not None:
            size = {"n_fft": n_fft, "hop_length": hop_length, "n_mels": n_mels}
            ours = MelExtractor(**size, top_db=None, stats=None).fit_transform(x)
            difference = np.abs(ours.get() - theirs().cpu().numpy()).max()
            yield (
                f"log-mel {n_fft}/{hop_length}/{n_mels}, torchaudio: largest difference",
                difference,
                "dB",
            )


def on_device(work: Callable[[], object], repeats: int = 10) -> float:
    """Milliseconds of a work on the device, the median of several."""
    import cupy

    for _ in range(3):
        work()
    times = []
    for _ in range(repeats):
        start, end = cupy.cuda.Event(), cupy.cuda.Event()
        start.record()
        work()
        end.record()
        end.synchronize()
        times.append(cupy.cuda.get_elapsed_time(start, end))
    return float(np.median(times))


def of_wall(work: Callable[[], object], repeats: int = 5) -> float:
    """Milliseconds until a work is done, seen from the host; the median of several."""
    import cupy

    work()
    times = []
    for _ in range(repeats):
        cupy.cuda.Device().synchronize()
        start = time.perf_counter()
        work()
        cupy.cuda.Device().synchronize()
        times.append(1e3 * (time.perf_counter() - start))
    return float(np.median(times))


def kernels(x: Any) -> Iterator[Row]:
    """Times of kernels on clips ``(n_clips, n_times)`` that are on the device."""
    import cupy

    lengths = [x.shape[1]] * len(x)
    copy = on_device(lambda: x.copy())
    yield "copy of the samples on the device", copy, "ms"
    yield "", 2 * x.nbytes / copy / 1e9, "TB/s"
    work = {"frame_length": 512, "hop_length": 160, "center": True}
    batch = Batch(x.reshape(-1), lengths)
    for n_fft, hop_length, _ in ((512, 160, 0), *SIZES):
        batch.frames(n_fft, hop_length, True)
    taken = on_device(lambda: crossings_and_power(anew(batch), **work))
    yield "ZCR and RMS 512/160", taken, "ms"
    yield "", taken / (copy / 2), "times one reading"
    both = AcousticExtractor([ZCRExtractor(stats=None), RMSExtractor(stats=None)])
    yield from against_cpu(both, x, taken)
    for n_fft, hop_length, n_mels in SIZES:
        size = {"n_fft": n_fft, "hop_length": hop_length, "n_mels": n_mels}
        name = f"{n_fft}/{hop_length}/{n_mels}"
        mel = MelExtractor(**size, top_db=None, stats=None, fmax=SR / 2)
        mfcc = MFCCExtractor(**size, n_mfcc=min(40, n_mels), stats=None)
        pooled = MFCCExtractor(**size, n_mfcc=min(40, n_mels))
        ours = {"log-mel": mel, "MFCC": mfcc, "MFCC, mean and std": pooled}
        theirs = torchaudio_works(x, n_fft, hop_length, n_mels)
        for what, extractor in ours.items():
            taken = on_device(lambda extractor=extractor: extractor._batched(anew(batch)))
            yield f"{what} {name}", taken, "ms"
            yield "", x.nbytes / taken / 1e9, "TB/s of samples"
            yield from against_cpu(extractor, x, taken)
            if what in theirs:
                other = on_device(theirs[what])
                yield f"{what} {name}, torchaudio", other, "ms"
                yield "", other / taken, "times faster"
        cupy.get_default_memory_pool().free_all_blocks()


def against_cpu(extractor: Any, x: Any, taken: float) -> Iterator[Row]:
    """How much longer one thread of this processor takes, by a hundredth of the clips."""
    some = x[: max(len(x) // 100, 1)].get()
    here = of_wall(lambda: extractor.fit_transform(some), 3) * len(x) / len(some)
    yield "", here / taken, "times faster than one thread of the CPU"


def anew(batch: Batch) -> Batch:
    """The batch, of which nothing has been computed but where its frames lie."""
    again = copy.copy(batch)
    again._known = {key: of for key, of in batch._known.items() if isinstance(of, Frames)}
    return again


def torchaudio_works(x: Any, n_fft: int, hop_length: int, n_mels: int) -> dict[str, Any]:
    """torchaudio's works on the same tensor, on CuPy's stream; its log-mel spectra are ours."""
    if importlib.util.find_spec("torchaudio") is None:
        return {}
    import cupy
    import torch
    from torchaudio import transforms

    torch.cuda.set_stream(torch.cuda.ExternalStream(cupy.cuda.get_current_stream().ptr))
    tensor = torch.from_dlpack(x)
    size = {
        **{"n_fft": n_fft, "hop_length": hop_length, "n_mels": n_mels, "pad_mode": "constant"},
        **{"norm": "slaney", "mel_scale": "slaney"},
    }
    to_db = transforms.AmplitudeToDB("power", top_db=None).cuda()
    mel = transforms.MelSpectrogram(SR, **size).cuda()
    mfcc = transforms.MFCC(SR, n_mfcc=min(40, n_mels), melkwargs=size).cuda()
    return {"log-mel": lambda: to_db(mel(tensor)), "MFCC": lambda: mfcc(tensor)}


def from_host(clips: np.ndarray) -> Iterator[Row]:
    """Times from host memory to a table in host memory."""
    import cupy
    import cupyx

    pcm = (clips * 32767).astype(np.int16)
    pinned = cupyx.empty_pinned(pcm.shape, np.int16)
    pinned[:] = pcm
    there = cupy.empty(pcm.shape, np.int16)
    copy = of_wall(lambda: there.set(pinned))
    yield "upload of pinned int16 alone", copy, "ms"
    yield "", pcm.nbytes / copy / 1e6, "GB/s"
    for name, extractor in (
        ("ZCR", ZCRExtractor(device="cuda")),
        ("MFCC 512/160/40", MFCCExtractor(n_mels=40, device="cuda")),
        ("compact", AcousticExtractor(device="cuda")),
    ):
        for kind, X in (("pinned int16", pinned), ("int16", pcm), ("float32", clips)):
            taken = of_wall(lambda extractor=extractor, X=X: extractor.transform(X), 3)
            yield f"{name} from {kind}", taken, "ms"
            if X is pinned:
                yield "", 100 * copy / taken, "% of the copy's bandwidth"
    few = clips[: max(len(clips) // 50, 1)]
    for n_jobs in (1, -1):
        cpu = AcousticExtractor(n_jobs=n_jobs)
        taken = of_wall(lambda cpu=cpu: cpu.transform(few), 3) * len(clips) / len(few)
        yield f"compact on the CPU, n_jobs={n_jobs} (from {len(few)} clips)", taken, "ms"


def main() -> None:
    """Print all, and write it to a file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clips", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--out")
    arguments = parser.parse_args()
    status = sertools.gpu_status()
    if not status.usable:
        sys.exit(f"No GPU can be used here: {status.reason}.")
    import cupy

    clips = voices(arguments.clips, round(arguments.seconds * SR))
    print(f"{status.reason}, CuPy {cupy.__version__}, {clips.shape[0]} clips")
    rows = []
    there = cupy.asarray(clips)
    for part in (
        agreement(clips[:8]),
        agreement_with_torchaudio(there[:8]),
        kernels(there),
        from_host(clips),
    ):
        for name, value, unit in part:
            print(f"{name:70s} {value:10.4g} {unit}", flush=True)
            if value > LIMITS.get(unit, math.inf):
                sys.exit("That is too much: no times are taken of wrong numbers.")
            rows.append((name, f"{value:.4g}", unit))
    if arguments.out:
        with open(arguments.out, "w", newline="") as file:
            csv.writer(file).writerows([("work", "", "unit"), *rows])


if __name__ == "__main__":
    main()
