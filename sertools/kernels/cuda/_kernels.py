"""The CUDA kernels: where their sources are, how they are compiled, and the limits they keep."""

from __future__ import annotations

import functools
from importlib import resources
from typing import NamedTuple

__all__ = ["ARCHITECTURES", "KERNELS", "OPTIONS", "TRANSFORM_LENGTHS", "Kernel", "source"]

# From Turing, the oldest that CUDA 13 knows, to Blackwell.
ARCHITECTURES = (75, 80, 86, 89, 90, 100, 120)

# Beyond the options that CuPy gives to every kernel.
OPTIONS: tuple[str, ...] = ()

# Lengths whose Fourier transform the fused kernel makes; all others go through cuFFT.
TRANSFORM_LENGTHS = (256, 512, 1024, 2048, 4096)

_SAMPLES = ("float", "short")


class Kernel(NamedTuple):
    """One kernel: where its source is and the limits it keeps on every architecture."""

    file: str
    instances: tuple[str, ...]  # name expressions; the plain name where there is one instance
    block: int  # threads
    registers: int  # per thread, at most
    shared: int  # bytes of dynamic shared memory, at most


# More shared memory than this must be asked for, and older GPUs do not have it.
_SHARED = 48 * 1024

KERNELS = (
    Kernel("samples.cu", tuple(f"find_bad<{of}>" for of in _SAMPLES), 256, 40, 0),
    Kernel("zcr_power.cu", tuple(f"zcr_power<{of}>" for of in _SAMPLES), 256, 48, _SHARED),
    Kernel(
        "mel.cu",
        tuple(f"mel<{n_fft}, {of}>" for n_fft in TRANSFORM_LENGTHS for of in _SAMPLES),
        128,
        80,
        _SHARED,
    ),
    Kernel("frames.cu", tuple(f"windowed<{of}>" for of in _SAMPLES), 128, 40, 0),
    Kernel("frames.cu", ("bands_of_bins",), 128, 56, _SHARED),
    Kernel("cepstrum.cu", ("cepstrum",), 128, 80, _SHARED),
    Kernel("contours.cu", ("floor_decibels", "derivative", "mean_and_std"), 128, 64, 0),
)


@functools.cache
def source(file: str) -> str:
    """The text that is compiled: what all kernels share, then the file."""
    home = resources.files(__package__)
    return (home / "common.cuh").read_text() + (home / file).read_text()
