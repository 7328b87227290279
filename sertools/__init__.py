"""Speech emotion recognition in scikit-learn's language: recordings in, emotions out.

Every public name loads what it needs when it is first used; ``import sertools`` loads nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from sertools import audio, augmentation, datasets, features, preprocessing
    from sertools._backend import gpu_status, release_gpu_memory, set_gpu_budget
    from sertools._versions import show_versions
    from sertools.augmentation import (
        AddNoise,
        AugmentedClassifier,
        Augmenter,
        BackgroundNoise,
        Gain,
        OneOf,
        PitchShift,
        Reverb,
        SomeOf,
        Speed,
        Telephone,
        TimeMask,
        TimeShift,
        TimeStretch,
    )
    from sertools.datasets import (
        Corpus,
        concat_corpora,
        load_corpora,
        load_corpus,
        load_folder,
        load_table,
        make_corpus,
        write_corpus,
    )
    from sertools.features import (
        AcousticExtractor,
        ChromaExtractor,
        MelExtractor,
        MFCCExtractor,
        PitchExtractor,
        RMSExtractor,
        SpectralExtractor,
        VoiceExtractor,
        ZCRExtractor,
    )
    from sertools.preprocessing import AudioReader, Padder, RowCache, ToDevice, Trimmer

# Public name -> the module it lives in.
_HOME = {
    "AcousticExtractor": "features",
    "AddNoise": "augmentation",
    "AudioReader": "preprocessing",
    "AugmentedClassifier": "augmentation",
    "Augmenter": "augmentation",
    "BackgroundNoise": "augmentation",
    "ChromaExtractor": "features",
    "Corpus": "datasets",
    "Gain": "augmentation",
    "MFCCExtractor": "features",
    "MelExtractor": "features",
    "OneOf": "augmentation",
    "Padder": "preprocessing",
    "PitchExtractor": "features",
    "PitchShift": "augmentation",
    "RMSExtractor": "features",
    "Reverb": "augmentation",
    "RowCache": "preprocessing",
    "SomeOf": "augmentation",
    "SpectralExtractor": "features",
    "Speed": "augmentation",
    "Telephone": "augmentation",
    "TimeMask": "augmentation",
    "TimeShift": "augmentation",
    "TimeStretch": "augmentation",
    "ToDevice": "preprocessing",
    "Trimmer": "preprocessing",
    "VoiceExtractor": "features",
    "ZCRExtractor": "features",
    "concat_corpora": "datasets",
    "gpu_status": "_backend",
    "load_corpora": "datasets",
    "load_corpus": "datasets",
    "load_folder": "datasets",
    "load_table": "datasets",
    "make_corpus": "datasets",
    "release_gpu_memory": "_backend",
    "set_gpu_budget": "_backend",
    "show_versions": "_versions",
    "write_corpus": "datasets",
}
_SUBMODULES = ("audio", "augmentation", "datasets", "features", "preprocessing")

__all__ = [
    "AcousticExtractor",
    "AddNoise",
    "AudioReader",
    "AugmentedClassifier",
    "Augmenter",
    "BackgroundNoise",
    "ChromaExtractor",
    "Corpus",
    "Gain",
    "MFCCExtractor",
    "MelExtractor",
    "OneOf",
    "Padder",
    "PitchExtractor",
    "PitchShift",
    "RMSExtractor",
    "Reverb",
    "RowCache",
    "SomeOf",
    "SpectralExtractor",
    "Speed",
    "Telephone",
    "TimeMask",
    "TimeShift",
    "TimeStretch",
    "ToDevice",
    "Trimmer",
    "VoiceExtractor",
    "ZCRExtractor",
    "audio",
    "augmentation",
    "concat_corpora",
    "datasets",
    "features",
    "gpu_status",
    "load_corpora",
    "load_corpus",
    "load_folder",
    "load_table",
    "make_corpus",
    "preprocessing",
    "release_gpu_memory",
    "set_gpu_budget",
    "show_versions",
    "write_corpus",
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
