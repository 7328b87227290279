"""JL corpus: four New Zealanders, five primary and five secondary emotions (James et al., 2018)."""

from __future__ import annotations

import re

from sertools.datasets.specs._spec import CorpusSpec, genders

_EMOTIONS = (
    *("angry", "sad", "neutral", "happy", "excited"),  # primary
    *("anxious", "apologetic", "assertive", "concerned", "encouraging"),  # secondary
)

JL = CorpusSpec(
    name="jl",
    title="JL corpus",
    source="https://www.kaggle.com/datasets/tli725/jl-corpus",
    licence="CC0 1.0",
    example="JL(wav+txt)/female1_angry_10a_1.wav",
    pattern=re.compile(
        r"(?P<speaker>(?:fe)?male[12])_(?P<emotion>[a-z]+)_(?P<text>\d{1,2}[ab])_(?P<take>[12])",
        re.IGNORECASE,
    ),
    tables={"emotion": {emotion: emotion for emotion in _EMOTIONS}},
    gender=genders("female1 female2 male1 male2", female="female1 female2"),
    language="en",
    sr=44100,
    n_speakers=4,
    counts={"speech": dict.fromkeys(_EMOTIONS, 240)},
    layout="JL(wav+txt)/{speaker}_{emotion}_{text}_{take}.wav",
    free={
        "take": ("1", "2"),
        "text": [f"{number}{half}" for number in range(1, 16) for half in "ab"],
    },
)
