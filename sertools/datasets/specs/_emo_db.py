"""EMO-DB: ten Germans speak ten sentences (Burkhardt et al., 2005)."""

from __future__ import annotations

import re

from sertools.datasets.specs._spec import CorpusSpec, genders

EMO_DB = CorpusSpec(
    name="emo-db",
    title="EMO-DB",
    aliases=("berlin", "berlin emo-db"),
    source="http://emodb.bilderbar.info/",
    licence="see the source",
    example="wav/03a01Fa.wav",
    pattern=re.compile(
        r"(?P<speaker>03|08|09|1[0-6])(?P<text>[ab]\d{2})(?P<emotion>[WLEAFTN])(?P<take>[a-z])?"
    ),
    tables={
        # The first letters of Wut, Langeweile, Ekel, Angst, Freude, Trauer, neutral.
        "emotion": {
            "W": "angry",
            "L": "boredom",
            "E": "disgust",
            "A": "fearful",
            "F": "happy",
            "T": "sad",
            "N": "neutral",
        }
    },
    gender=genders("03 08 09 10 11 12 13 14 15 16", female="08 09 13 14 16"),
    language="de",
    sr=16000,
    n_speakers=10,
    counts={
        "speech": {
            "angry": 127,
            "boredom": 81,
            "neutral": 79,
            "happy": 71,
            "fearful": 69,
            "sad": 62,
            "disgust": 46,
        }
    },
    layout="wav/{speaker}{text}{emotion}{take}.wav",
    free={
        "take": tuple("abcdefghijklmnopqrstuvwxyz"),
        "text": ["a01", "a02", "a04", "a05", "a07", "b01", "b02", "b03", "b09", "b10"],
    },
)
