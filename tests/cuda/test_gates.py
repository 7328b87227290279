"""Where continuous integration runs, nothing of this folder may be skipped for lack of a tool."""

from __future__ import annotations

import importlib
import os
import shutil

import pytest


@pytest.mark.skipif("CI" not in os.environ, reason="tools may be missing where CI is not set")
def test_all_tools_are_there():
    from stand_in.races import tsan_library

    importlib.import_module("cupy")
    nvrtc = importlib.import_module("nvrtc")
    for wheel in nvrtc.WHEELS:
        nvrtc.Compiler(wheel)
    assert shutil.which("g++")
    assert tsan_library()
