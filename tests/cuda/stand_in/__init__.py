"""CUDA kernels on a CPU: CuPy's way to launch them, and a search for their data races."""

from __future__ import annotations

from stand_in.module import LaunchError, RawKernel, RawModule

__all__ = ["LaunchError", "RawKernel", "RawModule"]
