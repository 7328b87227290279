"""TESS: two actresses say 200 words (Pichora-Fuller & Dupuis, 2010)."""

from __future__ import annotations

import re

from sertools.datasets.specs._spec import CorpusSpec, genders

TESS = CorpusSpec(
    name="tess",
    title="TESS",
    source="https://tspace.library.utoronto.ca/handle/1807/24487",
    licence="CC BY-NC-ND 4.0",
    example="OAF_angry/OAF_back_angry.wav",
    # The folders of public copies vary in wording and case, so the name alone decides.
    pattern=re.compile(r"(?P<speaker>OAF?|YAF)_(?P<text>[a-z]+)_(?P<emotion>[a-z]+)", re.I),
    tables={
        "speaker": {"OAF": "OAF", "OA": "OAF", "YAF": "YAF"},  # there is one OA_bite_neutral.wav
        "emotion": {
            "angry": "angry",
            "disgust": "disgust",
            "fear": "fearful",
            "happy": "happy",
            "neutral": "neutral",
            "ps": "surprised",  # pleasant surprise
            "sad": "sad",
        },
    },
    gender=genders("OAF YAF", female="OAF YAF"),
    language="en",
    sr=24414,
    n_speakers=2,
    counts={
        "speech": dict.fromkeys(
            ("angry", "disgust", "fearful", "happy", "neutral", "surprised", "sad"), 400
        )
    },
    layout="{speaker}_{emotion}/{speaker}_{text}_{emotion}.wav",
    # 200 made-up words of one syllable, as the 200 of TESS are.
    free={"text": [a + b + c for a in "bdgklmnprt" for b in "aeiou" for c in "dnpt"]},
)
