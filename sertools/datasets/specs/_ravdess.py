"""RAVDESS: 24 actors speak and sing two sentences (Livingstone & Russo, 2018)."""

from __future__ import annotations

import re

from sertools.datasets.specs._spec import CorpusSpec, numbers

RAVDESS = CorpusSpec(
    name="ravdess",
    title="RAVDESS",
    source="https://zenodo.org/records/1188976",
    licence="CC BY-NC-SA 4.0",
    example="Actor_12/03-01-05-02-01-01-12.wav",
    pattern=re.compile(
        r"(?P<flags>0[123])-(?P<channel>0[12])-(?P<emotion>0[1-8])-(?P<intensity>0[12])"
        r"-(?P<text>0[12])-(?P<take>0[12])-(?P<speaker>0[1-9]|1\d|2[0-4])"
    ),
    tables={
        "flags": {"01": "av", "02": "video", "03": ""},
        "channel": {"01": "speech", "02": "song"},
        "emotion": {
            "01": "neutral",
            "02": "calm",
            "03": "happy",
            "04": "sad",
            "05": "angry",
            "06": "fearful",
            "07": "disgust",
            "08": "surprised",
        },
        "intensity": {"01": "normal", "02": "strong"},
    },
    gender={actor: "male" if int(actor) % 2 else "female" for actor in numbers(1, 24, 2)},
    language="en",
    sr=48000,
    n_speakers=24,
    counts={
        "speech": {
            "neutral": 96,
            **dict.fromkeys(
                ("calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"), 192
            ),
        },
        # 23 actors: the songs of actor 18 were not published.
        "song": {
            "neutral": 92,
            **dict.fromkeys(("calm", "happy", "sad", "angry", "fearful"), 184),
        },
    },
    repeats=dict.fromkeys(
        ("av", "video"), "the sound of a video, and its take is here as another file: it would leak"
    ),
    layout="Actor_{speaker}/03-01-{emotion}-{intensity}-{text}-{take}-{speaker}.wav",
    # Strong neutral was never recorded, but four names a speaker would hold too little.
    free={"intensity": ("01", "02"), "text": ("01", "02"), "take": ("01", "02")},
)
