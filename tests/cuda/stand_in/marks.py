"""What tests that run kernels on the CPU are marked with."""

from __future__ import annotations

import shutil
import sys

import pytest

from stand_in.races import tsan_library

__all__ = ["needs_compiler", "needs_race_detector"]

needs_compiler = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("g++") is None,
    reason="running kernels on the CPU needs g++ on Linux",
)
needs_race_detector = pytest.mark.skipif(
    tsan_library() is None, reason="finding races needs g++ with its libtsan"
)
