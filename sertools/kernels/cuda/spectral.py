"""From waveforms to bands and cepstra, without a spectrum ever written to memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from sertools.core.spectral import LEAST_POWER, Bank
from sertools.kernels.cuda._kernels import TRANSFORM_LENGTHS
from sertools.kernels.cuda._launch import constant, launch
from sertools.kernels.cuda.batch import Batch, Contours, Frames, running

__all__ = ["LONGEST_WINDOW", "MOST_BANDS", "cepstra", "mel"]

_THREADS = 128  # of a block
_POINTS = 16  # of the complex transform that a thread makes
_WARP = 32

# Of a cepstrum: those of a warp of frames fit into 48 KiB of shared memory.
MOST_BANDS = 48 * 1024 // (4 * _WARP)

# Whose bins fit into 48 KiB of shared memory.
LONGEST_WINDOW = 24 * 1024 - 2

# Samples of frames that go to cuFFT in one call: enough to keep a GPU busy, 64 MiB.
_FFT_SAMPLES = 2**24

# Less than any decibels, as ordered bits.
_NOTHING = -(2**31)

# Of a cepstrum, made by one thread from one load, and by a block.
_COEFFICIENTS_PER_THREAD = 4
_COEFFICIENTS = 16


def mel(
    batch: Batch,
    *,
    window: np.ndarray,
    hop_length: int,
    center: bool,
    power: float,
    bank: Bank,
    decibels: bool,
) -> tuple[Contours, Any]:
    """Energies of clips in the bands of a bank, or their decibels and each clip's largest.

    Twin of `spectrum`, `filtered` and `power_to_db` of `sertools.core.spectral`, for windows of up
    to `LONGEST_WINDOW` samples. The largest, ``(n_clips,)``, are bits ordered as floats are.
    """
    import cupy

    n_fft, hop_length = len(window), int(hop_length)
    frames = batch.frames(n_fft, hop_length, center)
    bands = Contours.empty(len(bank.weights), frames)
    loudest = cupy.full(len(batch), _NOTHING, dtype=np.int32)
    # How bins become bands, and where these go.
    summation = (
        *(bands.n_channels, *_packed(bank)),
        *(power / 2.0, LEAST_POWER if decibels else -1.0, bands.values, loudest),
    )
    padding = n_fft // 2 if center else 0
    if n_fft in TRANSFORM_LENGTHS:
        _in_one(batch, frames, window, (hop_length, padding), summation)
    else:
        _around_cufft(batch, frames, window, (hop_length, padding), summation)
    return bands, loudest


def _in_one(
    batch: Batch,
    frames: Frames,
    window: np.ndarray,
    steps: tuple[int, int],
    summation: tuple[Any, ...],
) -> None:
    """From samples to bands in one kernel; `steps` are the hop length and the padding."""
    n_fft = len(window)
    half = n_fft // 2
    tile_frames = _THREADS * _POINTS // half
    tiles = frames.tiles(tile_frames)
    pitch = tile_frames + 1 - tile_frames % 2
    points = tile_frames * (half + half // _POINTS)
    launch(
        f"mel<{n_fft}, {batch.sample_type}>",
        (tiles.number,),
        *(batch.samples, batch.clip_start, batch.clip_length, frames.start),
        *(tiles.start, tiles.clip, *steps, _window(window), _twiddles(n_fft)),
        *summation,
        shared=4 * (2 * points + (half + 1) * pitch),
    )


def _around_cufft(
    batch: Batch,
    frames: Frames,
    window: np.ndarray,
    steps: tuple[int, int],
    summation: tuple[Any, ...],
) -> None:
    """From samples to bands by way of cuFFT, some frames at a time; `steps` as for `_in_one`."""
    import cupy
    from cupyx.scipy.fft import rfft

    n_fft = len(window)
    n_bins = n_fft // 2 + 1
    # cuFFT makes a plan for each number of frames: a power of two, so that there are few.
    n_most = 2 ** min((_FFT_SAMPLES // n_fft).bit_length() - 1, (frames.total - 1).bit_length())
    windowed = cupy.zeros((n_most, n_fft), dtype=np.float32)
    for first in range(0, frames.total, n_most):
        n_here = min(n_most, frames.total - first)
        place = (frames.start, len(batch), np.int64(first))
        launch(
            f"windowed<{batch.sample_type}>",
            (n_here,),
            *(batch.samples, batch.clip_start, batch.clip_length, *place),
            *(*steps, n_fft, _window(window), windowed),
        )
        spectra = rfft(windowed, axis=1)
        launch("bands_of_bins", (n_here,), spectra, *place, n_bins, *summation, shared=4 * n_bins)


def cepstra(
    decibels: Contours,
    loudest: Any,
    *,
    top_db: float | None,
    basis: np.ndarray,
    frames: bool = True,
    moments: bool = False,
) -> Contours:
    """Cepstra of decibels in bands by a transform's basis ``(n_coefficients, n_bands)``.

    Twin of `sertools.core.cepstral.cepstrum` that gives what is asked for: contours, their moments
    or both.
    """
    import cupy

    of_clips, n_coefficients = decibels.frames, len(basis)
    values = Contours.empty(n_coefficients if frames else 0, of_clips).values
    shape = (len(of_clips.counts) if moments else 0, n_coefficients)
    mean, std = (cupy.empty(shape, dtype=np.float32) for _ in range(2))
    launch(
        "cepstrum",
        (len(of_clips.counts), -(-n_coefficients // _COEFFICIENTS)),
        *(decibels.values, loudest, -1.0 if top_db is None else float(top_db), of_clips.start),
        *(decibels.n_channels, n_coefficients, _transposed(basis)),
        *(int(frames), values, int(moments), mean, std),
        shared=4 * decibels.n_channels * _WARP,
    )
    return Contours(values, n_coefficients, of_clips, (mean, std) if moments else None)


@constant
def _window(window: np.ndarray) -> np.ndarray:
    """A window in single precision."""
    return window.astype(np.float32)


@constant
def _packed(bank: Bank) -> tuple[np.ndarray, ...]:
    """First bin of each filter, where its weights begin, and the weights in a row."""
    entry = running(bank.stop - bank.first)
    rows = zip(bank.weights, bank.first, bank.stop, strict=True)
    weights = np.concatenate([row[first:stop] for row, first, stop in rows])
    return bank.first.astype(np.int32), entry.astype(np.int32), weights.astype(np.float32)


@constant
def _transposed(basis: np.ndarray) -> np.ndarray:
    """A basis as ``(n_bands, n_coefficients)``, filled up to whole vectors of coefficients."""
    n_coefficients, n_bands = basis.shape
    n_padded = -(-n_coefficients // _COEFFICIENTS_PER_THREAD) * _COEFFICIENTS_PER_THREAD
    transposed = np.zeros((n_bands, n_padded), dtype=np.float32)
    transposed[:, :n_coefficients] = basis.T
    return transposed


@constant
def _twiddles(n_fft: int) -> np.ndarray:
    """What the passes of the transform turn their points by, then the separation of the halves."""
    half = n_fft // 2
    second = min(half // 16, 16)
    third = half // (16 * second)
    parts = [_roots(np.outer(np.arange(second), np.arange(16)), 16 * second)]
    if third > 1:
        parts.append(_roots(np.outer(np.arange(third), np.arange(256)), half))
    parts.append(_roots(np.arange(half // 2 + 1), n_fft))
    return np.concatenate(parts).astype(np.complex64)


def _roots(steps: np.ndarray, n_steps: int) -> np.ndarray:
    """Points on the unit circle ``(n,)``, some steps back from 1 of `n_steps` in a turn."""
    return np.exp(-2j * np.pi * steps.ravel() / n_steps)
