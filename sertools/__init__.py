"""Speech emotion recognition in scikit-learn's language: recordings in, emotions out.

Every public name loads what it needs when it is first used; ``import sertools`` loads nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from sertools import (
        audio,
        augmentation,
        datasets,
        evaluation,
        features,
        models,
        persistence,
        plotting,
        preprocessing,
    )
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
    from sertools.evaluation import (
        Evaluation,
        audit_split,
        evaluate,
        evaluate_cross,
        leak_tax,
        protocol,
        stress,
        uar_score,
        uar_scorer,
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
    from sertools.models import (
        CNNClassifier,
        CRNNClassifier,
        KernelRidgeClassifier,
        MLPClassifier,
        RNNClassifier,
        SVMClassifier,
        XGBoostClassifier,
    )
    from sertools.persistence import load, model_card, save
    from sertools.pipelines import make_emotion_pipeline
    from sertools.plotting import (
        AugmentationDisplay,
        EmotionTimelineDisplay,
        HistoryDisplay,
        PerSpeakerDisplay,
        SpectrogramDisplay,
        WaveformDisplay,
    )
    from sertools.preprocessing import (
        AudioReader,
        FeatureScaler,
        Padder,
        RowCache,
        SpeakerAdaptedClassifier,
        SpeakerNormalizer,
        ToDevice,
        Trimmer,
    )

# Public name -> the module it lives in.
_HOME = {
    "AcousticExtractor": "features",
    "AddNoise": "augmentation",
    "AudioReader": "preprocessing",
    "AugmentationDisplay": "plotting",
    "AugmentedClassifier": "augmentation",
    "Augmenter": "augmentation",
    "BackgroundNoise": "augmentation",
    "CNNClassifier": "models",
    "CRNNClassifier": "models",
    "ChromaExtractor": "features",
    "Corpus": "datasets",
    "EmotionTimelineDisplay": "plotting",
    "Evaluation": "evaluation",
    "FeatureScaler": "preprocessing",
    "Gain": "augmentation",
    "HistoryDisplay": "plotting",
    "KernelRidgeClassifier": "models",
    "MFCCExtractor": "features",
    "MLPClassifier": "models",
    "MelExtractor": "features",
    "OneOf": "augmentation",
    "Padder": "preprocessing",
    "PerSpeakerDisplay": "plotting",
    "PitchExtractor": "features",
    "PitchShift": "augmentation",
    "RMSExtractor": "features",
    "RNNClassifier": "models",
    "Reverb": "augmentation",
    "RowCache": "preprocessing",
    "SVMClassifier": "models",
    "SomeOf": "augmentation",
    "SpeakerAdaptedClassifier": "preprocessing",
    "SpeakerNormalizer": "preprocessing",
    "SpectralExtractor": "features",
    "SpectrogramDisplay": "plotting",
    "Speed": "augmentation",
    "Telephone": "augmentation",
    "TimeMask": "augmentation",
    "TimeShift": "augmentation",
    "TimeStretch": "augmentation",
    "ToDevice": "preprocessing",
    "Trimmer": "preprocessing",
    "VoiceExtractor": "features",
    "WaveformDisplay": "plotting",
    "XGBoostClassifier": "models",
    "ZCRExtractor": "features",
    "audit_split": "evaluation",
    "concat_corpora": "datasets",
    "evaluate": "evaluation",
    "evaluate_cross": "evaluation",
    "gpu_status": "_backend",
    "leak_tax": "evaluation",
    "load": "persistence",
    "load_corpora": "datasets",
    "load_corpus": "datasets",
    "load_folder": "datasets",
    "load_table": "datasets",
    "make_corpus": "datasets",
    "make_emotion_pipeline": "pipelines",
    "model_card": "persistence",
    "protocol": "evaluation",
    "release_gpu_memory": "_backend",
    "save": "persistence",
    "set_gpu_budget": "_backend",
    "show_versions": "_versions",
    "stress": "evaluation",
    "uar_score": "evaluation",
    "uar_scorer": "evaluation",
    "write_corpus": "datasets",
}
_SUBMODULES = (
    "audio",
    "augmentation",
    "datasets",
    "evaluation",
    "features",
    "models",
    "persistence",
    "plotting",
    "preprocessing",
)

__all__ = [
    "AcousticExtractor",
    "AddNoise",
    "AudioReader",
    "AugmentationDisplay",
    "AugmentedClassifier",
    "Augmenter",
    "BackgroundNoise",
    "CNNClassifier",
    "CRNNClassifier",
    "ChromaExtractor",
    "Corpus",
    "EmotionTimelineDisplay",
    "Evaluation",
    "FeatureScaler",
    "Gain",
    "HistoryDisplay",
    "KernelRidgeClassifier",
    "MFCCExtractor",
    "MLPClassifier",
    "MelExtractor",
    "OneOf",
    "Padder",
    "PerSpeakerDisplay",
    "PitchExtractor",
    "PitchShift",
    "RMSExtractor",
    "RNNClassifier",
    "Reverb",
    "RowCache",
    "SVMClassifier",
    "SomeOf",
    "SpeakerAdaptedClassifier",
    "SpeakerNormalizer",
    "SpectralExtractor",
    "SpectrogramDisplay",
    "Speed",
    "Telephone",
    "TimeMask",
    "TimeShift",
    "TimeStretch",
    "ToDevice",
    "Trimmer",
    "VoiceExtractor",
    "WaveformDisplay",
    "XGBoostClassifier",
    "ZCRExtractor",
    "audio",
    "audit_split",
    "augmentation",
    "concat_corpora",
    "datasets",
    "evaluate",
    "evaluate_cross",
    "evaluation",
    "features",
    "gpu_status",
    "leak_tax",
    "load",
    "load_corpora",
    "load_corpus",
    "load_folder",
    "load_table",
    "make_corpus",
    "make_emotion_pipeline",
    "model_card",
    "models",
    "persistence",
    "plotting",
    "preprocessing",
    "protocol",
    "release_gpu_memory",
    "save",
    "set_gpu_budget",
    "show_versions",
    "stress",
    "uar_score",
    "uar_scorer",
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
