"""Each kernel, on odd shapes and in any order of threads and blocks, and under a race detector.

The numbers are compared with the float64 references in `test_parity`; here it is the kernels' own
business: that the order in which threads and blocks run changes nothing, down to the last bit.
"""

from __future__ import annotations

import numpy as np
import pytest
from fake_cupy import installed
from stand_in import RawKernel
from stand_in.marks import needs_compiler, needs_race_detector
from stand_in.races import race_report

from sertools.core.cepstral import dct_basis
from sertools.core.spectral import analysis_window, as_bank
from sertools.kernels.cuda import _launch, contours, spectral, temporal
from sertools.kernels.cuda._kernels import KERNELS, OPTIONS, TRANSFORM_LENGTHS, source
from sertools.kernels.cuda.batch import Batch

pytestmark = needs_compiler

LENGTHS = [1, 2, 159, 160, 1600, 4097, 16, 3000]
N_BANDS = 21


def samples(dtype, n_times):
    """Noise ``(n_times,)`` of a type."""
    x = 0.3 * np.random.default_rng(0).standard_normal(n_times)
    return (32767 * x.clip(-1, 1)).astype(dtype) if dtype == np.int16 else x.astype(dtype)


def bank(n_fft):
    """Triangles that overlap, one of them empty."""
    centres = np.linspace(0, n_fft // 2, N_BANDS)[:, None]
    weights = 1 - abs(np.arange(n_fft // 2 + 1) - centres) / (n_fft / 2 / N_BANDS * 1.5)
    weights[3] = 0
    return as_bank(weights.clip(0).astype(np.float32))


def bands(batch, n_fft, **options):
    options = {"hop_length": 160, "center": True, "power": 2.0, "decibels": True} | options
    window = analysis_window("hann", n_fft, n_fft)
    return spectral.mel(batch, window=window, bank=bank(n_fft), **options)


def cepstra(batch):
    levels = bands(batch, 512)
    return spectral.cepstra(*levels, top_db=60.0, basis=dct_basis(13, N_BANDS), moments=True)


def floored(batch):
    return contours.floored(*bands(batch, 512), 60.0)


WORKS = {
    "find_bad": lambda batch: temporal.find_bad(batch, 0.9),
    "zcr_power": lambda batch: temporal.crossings_and_power(
        batch, frame_length=512, hop_length=160, center=True
    ),
    "zcr_power, frames apart": lambda batch: temporal.crossings_and_power(
        batch, frame_length=30, hop_length=77, center=False
    ),
    **{
        f"mel {n_fft}": lambda batch, n_fft=n_fft: bands(batch, n_fft)
        for n_fft in TRANSFORM_LENGTHS
    },
    "mel, magnitudes": lambda batch: bands(batch, 512, power=1.0, decibels=False, center=False),
    "windowed and bands_of_bins": lambda batch: bands(batch, 500),
    "cepstrum": cepstra,
    "floor_decibels": floored,
    "derivative": lambda batch: contours.derivative(floored(batch), 2),
    "mean_and_std": lambda batch: contours.mean_and_std(floored(batch)),
}


def results(work, dtype, lengths):
    """All numbers of a work on clips of a type and some lengths, on the host."""

    def flat(thing):
        if isinstance(thing, tuple):
            return [part for of in thing for part in flat(of)]
        return [thing.get()] if hasattr(thing, "get") else []

    with installed() as cupy:
        return flat(WORKS[work](Batch(cupy.asarray(samples(dtype, sum(lengths))), lengths)))


@pytest.mark.parametrize("dtype", [np.float32, np.int16])
@pytest.mark.parametrize("work", WORKS)
def test_any_order_of_threads_and_blocks(work, dtype, monkeypatch):
    expected = results(work, dtype, LENGTHS)
    assert all(np.isfinite(part).all() for part in expected)
    for schedule in (1, 5, 9):
        monkeypatch.setattr(RawKernel, "schedule", schedule)
        for ours, theirs in zip(results(work, dtype, LENGTHS), expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)


@needs_race_detector
@pytest.mark.parametrize("work", WORKS)
def test_no_races(work, monkeypatch):
    launched = []

    def watched(name, grid, *arguments, shared=0):
        launch(name, grid, *arguments, shared=shared)
        if name.partition("<")[0] not in work:
            return
        home = _launch._HOME[name]
        on_host = [getattr(a, "get", lambda a=a: a)() for a in map(_launch._typed, arguments)]
        launched.append(
            race_report(
                source(home.file),
                name,
                grid,
                (home.block,),
                on_host,
                options=OPTIONS,
                shared_mem=shared,
            )
        )

    launch = _launch.launch
    for module in (temporal, spectral, contours):
        monkeypatch.setattr(module, "launch", watched)
    # Few blocks, for the detector is slow to begin a thread.
    monkeypatch.setattr(temporal, "_PIECES", 2)
    results(work, np.float32, [1, 1600])
    assert launched
    assert not any(launched)


def test_every_kernel_is_tried():
    tried = " ".join(WORKS)
    names = {name.partition("<")[0] for kernel in KERNELS for name in kernel.instances}
    assert all(name in tried for name in names)
