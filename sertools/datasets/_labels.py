"""The words for emotions: one canonical label each, and the aliases that corpora and people use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from sertools._validation import did_you_mean, name_some

__all__ = ["ALIASES", "CANONICAL", "canonical_label"]

CANONICAL = (
    # the eight of RAVDESS, and what EMO-DB adds to them
    *("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised", "boredom"),
    # JL corpus
    *("excited", "anxious", "apologetic", "assertive", "concerned", "encouraging"),
    # EmoV-DB
    *("amused", "sleepy"),
    # ASVP-ESD
    *("pleasure", "pain", "disappointment", "breath"),
    # IEMOCAP and MSP-Podcast
    *("frustrated", "contempt", "other"),
)

# Nouns, adjectives and the three-letter codes of IEMOCAP, CREMA-D and their relatives.
_SYNONYMS = {
    "neutral": "neu neutrality",
    "calm": "cal calmness",
    "happy": "hap happiness joy joyful",
    "sad": "sadness",
    "angry": "ang anger",
    "fearful": "fea fear afraid",
    "disgust": "dis disgusted",
    "surprised": "sur surprise ps pleasant_surprise pleasant_surprised",
    "boredom": "bored",
    "excited": "exc excitement",
    "anxious": "anxiety",
    "amused": "amusement",
    "sleepy": "sleepiness",
    "frustrated": "fru frustration",
    "other": "oth",
}

ALIASES = {alias: label for label, aliases in _SYNONYMS.items() for alias in aliases.split()}


def canonical_label(label: str) -> str:
    """The canonical word for an emotion label; an unknown one comes back stripped, in lower case.

    Case does not matter, and a space or a hyphen counts as an underscore. A label that is
    neither canonical nor an alias is somebody's own: it is kept, so that nothing is lost.

    Parameters
    ----------
    label : str
        An emotion in anybody's words.

    Returns
    -------
    str
        One of ``CANONICAL``, or the label itself.

    Examples
    --------
    >>> canonical_label("Anger"), canonical_label("pleasant surprise"), canonical_label(" Awe ")
    ('angry', 'surprised', 'awe')
    """
    plain = label.strip().lower()
    joined = re.sub(r"[\s-]+", "_", plain)
    if joined in CANONICAL:
        return joined
    return ALIASES.get(joined, plain)


def translation(
    mapping: str | Mapping[str, str | None] | pd.Series[Any], labels: Iterable[str]
) -> dict[str, str | None]:
    """What becomes of each of `labels`: itself, a new label, or None for clips to drop.

    A key of `mapping` means the label itself or, if there is none, the labels of the same
    canonical word, so ``{"anger": None}`` reaches the label ``"angry"``.
    """
    if isinstance(mapping, str) and mapping == "canonical":
        return {label: canonical_label(label) for label in labels}
    if isinstance(mapping, pd.Series):
        mapping = {str(old): None if pd.isna(new) else new for old, new in mapping.items()}
    if not isinstance(mapping, Mapping):
        raise ValueError(
            f'mapping={mapping!r}: give "canonical", or a dict from old labels to new ones (None '
            "drops the clips)."
        )
    becomes: dict[str, str | None] = {label: label for label in labels}
    named_by: dict[str, str] = {}
    for old, new in mapping.items():
        if new is not None and not (isinstance(new, str) and new):
            raise ValueError(f"{old!r} -> {new!r}: a new label is a word, or None to drop clips.")
        meant = (
            [old]
            if old in becomes
            else [label for label in becomes if canonical_label(label) == canonical_label(str(old))]
        )
        if not meant and canonical_label(str(old)) not in CANONICAL:
            raise ValueError(
                f"{old!r} is neither a label of this corpus nor a known emotion."
                f"{did_you_mean(old, [*becomes, *CANONICAL, *ALIASES])} "
                f"The labels are {name_some(sorted(becomes), limit=30)}."
            )
        for label in meant:
            if label in named_by:
                raise ValueError(f"{named_by[label]!r} and {old!r} both mean {label!r}: keep one.")
            named_by[label] = old
            becomes[label] = new
    return becomes
