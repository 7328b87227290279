"""The compiled phase vocoder against its reference."""

from __future__ import annotations

import numpy as np
import pytest

from sertools.core.effects.stretch import align_phases, time_stretch
from sertools.datasets import make_corpus
from sertools.kernels import fastest

DTYPES = [np.complex64, np.complex128]


def assert_twin(bins, before):
    """Phases that differ by the rounding of a turn in each frame, and by nothing else."""
    twin = fastest(align_phases)
    assert twin.__module__ == "sertools.kernels.cpu.effects.stretch"
    ours, theirs = twin(bins, before), align_phases(bins, before)
    assert ours.dtype == theirs.dtype == bins.dtype
    assert ours.shape == theirs.shape
    # Each bin for itself: a wrong turn of a weak bin would hide behind the strong ones.
    tolerance = 10 * len(bins) * np.finfo(bins.dtype).eps
    assert (np.abs(ours - theirs) <= tolerance * np.abs(bins)).all()


def spectra(rng, n_frames, n_bins, dtype):
    """Spectra of noise, and those of one hop earlier."""
    real, imaginary = rng.standard_normal((2, 2, n_frames, n_bins))
    return (real + 1j * imaginary).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_frames", [1, 2, 3, 50])
@pytest.mark.parametrize("n_bins", [1, 2, 3, 5, 33, 385])
def test_odd_shapes(rng, dtype, n_frames, n_bins):
    assert_twin(*spectra(rng, n_frames, n_bins, dtype))


@pytest.mark.parametrize("dtype", DTYPES)
def test_zeros(rng, dtype):
    bins, before = spectra(rng, 40, 65, dtype)
    bins[rng.random(bins.shape) < 0.3] = 0
    before[rng.random(bins.shape) < 0.3] = 0
    bins[10:13] = 0
    before[20:23] = 0
    assert_twin(bins, before)
    assert_twin(np.zeros_like(bins), np.zeros_like(before))


@pytest.mark.parametrize("dtype", DTYPES)
def test_ties(rng, dtype):
    # Of four equally loud numbers and zero, so that most bins have a rival, and peaks are far.
    some = np.array([0, 3 + 4j, -3 + 4j, 4 - 3j, 5], dtype=dtype)
    assert_twin(*rng.choice(some, (2, 40, 65)))
    assert_twin(*np.full((2, 5, 65), 1 + 1j, dtype=dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("level", [1e-10, 1e12])
def test_soft_and_loud_spectra(rng, dtype, level):
    assert_twin(*(dtype(level) * spectra(rng, 20, 65, dtype)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_on_speech(dtype):
    twin = fastest(align_phases)
    for x in make_corpus(n_speakers=2, n_per_speaker=3, emotions=["angry", "sad"]).X:
        options = {"n_samples": round(len(x) / 0.9), "n_fft": 768}
        ours = time_stretch(x.astype(dtype), align=twin, **options)
        theirs = time_stretch(x.astype(dtype), **options)
        assert ours.dtype == dtype
        atol = 1e-5 if dtype == np.float32 else 1e-12
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=atol)
