"""Speech emotion recognition in scikit-learn's language: recordings in, emotions out.

Every public name loads what it needs when it is first used; ``import sertools`` loads nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from sertools import audio, preprocessing
    from sertools._backend import gpu_status
    from sertools._versions import show_versions
    from sertools.preprocessing import AudioReader, Padder, ToDevice, Trimmer

# Public name -> the module it lives in.
_HOME = {
    "AudioReader": "preprocessing",
    "Padder": "preprocessing",
    "ToDevice": "preprocessing",
    "Trimmer": "preprocessing",
    "gpu_status": "_backend",
    "show_versions": "_versions",
}
_SUBMODULES = ("audio", "preprocessing")

__all__ = [
    "AudioReader",
    "Padder",
    "ToDevice",
    "Trimmer",
    "audio",
    "gpu_status",
    "preprocessing",
    "show_versions",
]


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name in _SUBMODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, for completion."""
    return sorted({*__all__, "__version__"})
