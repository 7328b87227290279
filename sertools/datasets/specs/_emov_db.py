"""EmoV-DB: four voices read CMU Arctic for emotional synthesis (Adigwe et al., 2018)."""

from __future__ import annotations

import re

from sertools.datasets.specs._spec import CorpusSpec, Fields, genders, numbers


def _complete(codes: Fields) -> None:
    """Write the block with a hyphen, whichever way the file does."""
    codes["take"] = codes["take"].replace("_", "-")


EMOV_DB = CorpusSpec(
    name="emov-db",
    title="EmoV-DB",
    aliases=("emov",),
    source="https://www.openslr.org/115/",
    licence="non-commercial",
    example="bea_Amused/amused_1-28_0011.wav",
    # The numbers before the text are the block of the recording session, so they tell takes
    # apart; their separator is "_" in 282 files.
    pattern=re.compile(r"(?P<emotion>[a-z]+)_(?P<take>\d+[-_]\d+)_(?P<text>\d{4})", re.IGNORECASE),
    folders={"speaker": re.compile(r"(bea|jenie|josh|sam)(?:_.*)?", re.IGNORECASE)},
    tables={
        "emotion": {
            "amused": "amused",
            "anger": "angry",
            "angry": "angry",
            "disgust": "disgust",
            "disgusted": "disgust",
            "neutral": "neutral",
            "sleepiness": "sleepy",
            "sleepy": "sleepy",
        }
    },
    derive=_complete,
    gender=genders("bea jenie josh sam", female="bea jenie"),
    language="en",
    sr=None,  # bea 44,100 Hz, the others 16,000 Hz
    n_speakers=4,
    counts={"speech": {"": 7000}},
    slack=113,  # the tables of the corpus's README add up to 7000, known file lists hold 6887
    layout="{speaker}_{folder}/{emotion}_{take}_{text}.wav",
    free={
        "folder": {
            "amused": ("Amused",),
            "anger": ("Angry",),
            "disgust": ("Disgusted",),
            "neutral": ("Neutral",),
            "sleepiness": ("Sleepy",),
        },
        "take": ("1-593",),
        "text": numbers(1, 593, 4),  # the sentences of CMU Arctic A
    },
)
