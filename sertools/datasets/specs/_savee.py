"""SAVEE: four men speak TIMIT sentences (Jackson & Haq, 2014)."""

from __future__ import annotations

import re

from sertools.datasets.specs._spec import CorpusSpec, genders, numbers

SAVEE = CorpusSpec(
    name="savee",
    title="SAVEE",
    source="http://kahlan.eps.surrey.ac.uk/savee/",
    licence="for research, after registration",
    example="ALL/DC_a01.wav",
    # The speaker is in the name or, in the official archive, in the folder: DC/a01.wav.
    # A number means a sentence within one emotion only, so it is no text id without the letter.
    pattern=re.compile(
        r"(?:(?P<speaker>DC|JE|JK|KL)_?)?(?P<text>(?P<emotion>sa|su|a|d|f|h|n)\d{2})"
    ),
    folders={"speaker": re.compile(r"(DC|JE|JK|KL)", re.IGNORECASE)},
    tables={
        "speaker": {"DC": "DC", "JE": "JE", "JK": "JK", "KL": "KL"},
        "emotion": {
            "a": "angry",
            "d": "disgust",
            "f": "fearful",
            "h": "happy",
            "n": "neutral",
            "sa": "sad",
            "su": "surprised",
        },
    },
    gender=genders("DC JE JK KL", female=""),
    language="en",
    sr=44100,
    n_speakers=4,
    counts={
        "speech": {
            "neutral": 120,
            **dict.fromkeys(("angry", "disgust", "fearful", "happy", "sad", "surprised"), 60),
        }
    },
    layout="{speaker}/{emotion}{text}.wav",
    free={"text": numbers(1, 99, 2)},
)
