"""Anchors: published results to stand beside a score that was taken under the same protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sertools.datasets import find_spec
from sertools.evaluation._protocols import find_protocol

__all__ = ["Anchor", "anchors"]


class Anchor(NamedTuple):
    """A published result.

    Parameters
    ----------
    protocol : str
        Name of the protocol that it was taken under.
    system : str
        What was evaluated.
    kind : {"frozen self-supervised", "frozen recogniser", "classical features"}
        What the classifier was given: layers of a network that learnt from speech alone or from
        speech with its text, or descriptors such as pitch and spectrum.
    uar : float
        Unweighted average recall.
    accuracy, f1 : float or None
        Share of clips classified right, and macro F1; None where not published.
    n_classes : int
        Number of emotions.
    speakers : {"nothing", "unlabelled clips"}
        What the system was given of the speakers it was tested on, besides what the protocol
        trains on.
    source : str
        The publication.
    note : str
        What to know before comparing.
    """

    protocol: str
    system: str
    kind: str
    uar: float
    accuracy: float | None
    f1: float | None
    n_classes: int
    speakers: str
    source: str
    note: str


# Per cent, as printed: UAR, accuracy and macro F1 (docs/intra-corpus.jpg of EmoBox's repository).
# fmt: off
_EMOBOX = {
    #                      ravdess/emobox       emo-db/emobox        savee/loso
    "wav2vec 2.0 base":   (54.33, 55.40, 53.99, 82.06, 83.14, 82.21, 44.89, 49.83, 42.07),
    "HuBERT base":        (65.43, 66.21, 65.31, 87.73, 87.73, 87.82, 58.90, 59.85, 64.05),
    "HuBERT large":       (70.00, 70.29, 69.54, 89.81, 90.26, 89.86, 71.91, 75.05, 71.83),
    "WavLM base":         (61.56, 62.10, 61.18, 87.03, 87.12, 86.76, 63.57, 67.05, 62.83),
    "WavLM large":        (72.00, 72.22, 71.42, 92.58, 92.67, 92.57, 66.74, 70.80, 66.37),
    "data2vec base":      (51.92, 52.22, 51.10, 58.12, 60.01, 58.32, 75.65, 78.25, 78.38),
    "data2vec large":     (59.30, 59.50, 58.74, 60.96, 61.95, 61.26, 68.01, 71.45, 71.08),
    "data2vec 2.0 base":  (64.66, 64.84, 64.18, 75.07, 75.86, 75.49, 72.65, 75.50, 75.59),
    "data2vec 2.0 large": (71.15, 71.63, 70.94, 79.36, 80.41, 79.96, 75.75, 78.59, 78.24),
    "Whisper large v3":   (75.32, 75.87, 75.19, 91.26, 92.43, 91.84, 74.07, 77.24, 75.31),
}
_EMOBOX_UAR = {
    #                      jl/loso  esd/emobox
    "wav2vec 2.0 base":   (45.27, 69.17),
    "HuBERT base":        (51.11, 72.41),
    "HuBERT large":       (56.62, 75.85),
    "WavLM base":         (53.79, 72.90),
    "WavLM large":        (60.86, 79.14),
    "data2vec base":      (49.29, 65.05),
    "data2vec large":     (48.87, 72.01),
    "data2vec 2.0 base":  (54.04, 73.40),
    "data2vec 2.0 large": (65.14, 76.81),
    "Whisper large v3":   (66.71, 84.62),
}
# The emotions of JL that are called primary, which Keesing et al. classify.
_PRIMARY = ("angry", "excited", "happy", "neutral", "sad")

# Copies of a corpus lack a clip here and there, and repaired ones have fewer.
_SLACK = 0.02

# UAR with features scaled by what is trained on, and with those of each speaker scaled by the
# clips of that speaker (from the notebook of results in the repository of the study). Its folds of
# RAVDESS and CREMA-D are not stated; of JL it takes the five primary emotions.
_ERTK = {
    "emo-db/loso": {
        "eGeMAPS": (0.66, 0.80), "GeMAPS": (0.65, 0.79), "IS09": (0.74, 0.82),
        "ComParE": (0.75, 0.87), "means of 64 MFCC": (0.56, 0.65),
        "wav2vec": (0.87, 0.93), "wav2vec 2.0": (0.74, 0.83),
    },
    "tess/loso": {
        "eGeMAPS": (0.33, 0.54), "IS09": (0.38, 0.52), "ComParE": (0.47, 0.63),
        "means of 64 MFCC": (0.40, 0.44), "wav2vec": (0.71, 0.73),
    },
    "savee/loso": {
        "eGeMAPS": (0.39, 0.63), "IS09": (0.41, 0.57), "ComParE": (0.47, 0.67),
        "means of 64 MFCC": (0.39, 0.46), "wav2vec": (0.53, 0.78),
    },
    "jl/loso": {"eGeMAPS": (0.60, 0.75), "ComParE": (0.59, 0.73), "wav2vec": (0.68, 0.83)},
}
# fmt: on


def _emobox(
    protocol: str,
    n_classes: int,
    system: str,
    uar: float,
    accuracy: float | None = None,
    f1: float | None = None,
) -> Anchor:
    """A result of EmoBox, given in per cent."""
    return Anchor(
        protocol=protocol,
        system=system,
        kind="frozen recogniser" if "Whisper" in system else "frozen self-supervised",
        uar=_share(uar),
        accuracy=None if accuracy is None else _share(accuracy),
        f1=None if f1 is None else _share(f1),
        n_classes=n_classes,
        speakers="nothing",
        source="EmoBox (Ma et al., Interspeech 2024)",
        note="slightly optimistic: the epoch was chosen on the test fold",
    )


def _share(per_cent: float) -> float:
    """A share of 1, with the digits that were printed."""
    return round(per_cent / 100, 4)


def _ertk(protocol: str, features: str, uar: float, speakers: str) -> Anchor:
    """A result of the study that ERTK was made for."""
    return Anchor(
        protocol=protocol,
        system=features,
        kind="frozen self-supervised" if "wav2vec" in features else "classical features",
        uar=uar,
        accuracy=None,
        f1=None,
        n_classes=5 if protocol == "jl/loso" else 7,
        speakers=speakers,
        source="Keesing et al., Interspeech 2021",
        note="the best of SVM, MLP, CNN and random forest on the test folds",
    )


_ALL = (
    *(_emobox("ravdess/emobox", 8, system, *row[:3]) for system, row in _EMOBOX.items()),
    *(_emobox("emo-db/emobox", 7, system, *row[3:6]) for system, row in _EMOBOX.items()),
    *(_emobox("savee/loso", 7, system, *row[6:]) for system, row in _EMOBOX.items()),
    *(_emobox("jl/loso", 10, system, uar) for system, (uar, _) in _EMOBOX_UAR.items()),
    *(_emobox("esd/emobox", 5, system, uar) for system, (_, uar) in _EMOBOX_UAR.items()),
    *(
        _ertk(protocol, features, uar, speakers)
        for protocol, rows in _ERTK.items()
        for features, row in rows.items()
        for uar, speakers in zip(row, ("nothing", "unlabelled clips"), strict=True)
    ),
)


def anchors(protocol: str, clips: Mapping[str, int] | None = None) -> tuple[Anchor, ...]:
    """Published results under a protocol.

    Parameters
    ----------
    protocol : str
        Name of a protocol; `find_protocol` tells which there are.
    clips : dict or None, default=None
        Only results on as many clips of each of these emotions, give or take one in fifty: on
        fewer the task is another. None is all.

    Returns
    -------
    tuple of Anchor
        The results; empty where none was published under just that protocol.

    Raises
    ------
    ValueError
        If there is no such protocol.

    Examples
    --------
    >>> from sertools.evaluation import anchors
    >>> best = max(anchors("ravdess/emobox"), key=lambda anchor: anchor.uar)
    >>> best.system, best.uar, best.source
    ('Whisper large v3', 0.7532, 'EmoBox (Ma et al., Interspeech 2024)')
    """
    name = find_protocol(protocol).name
    return tuple(
        anchor
        for anchor in _ALL
        if anchor.protocol == name and (clips is None or _is_of(anchor, clips))
    )


def _is_of(anchor: Anchor, clips: Mapping[str, int]) -> bool:
    """Whether a result is of these emotions, with about as many clips of each."""
    published = find_spec(anchor.protocol.partition("/")[0]).counts["speech"]
    if (anchor.protocol, anchor.n_classes) == ("jl/loso", len(_PRIMARY)):
        published = {emotion: published[emotion] for emotion in _PRIMARY}
    return clips.keys() == published.keys() and all(
        abs(clips[emotion] - count) <= _SLACK * count for emotion, count in published.items()
    )
