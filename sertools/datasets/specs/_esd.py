"""ESD: 20 speakers of Mandarin or English say the same texts five ways (Zhou et al., 2021)."""

from __future__ import annotations

import re

from sertools.datasets.specs._spec import CorpusSpec, Fields, genders, numbers

_EMOTIONS = ("Neutral", "Angry", "Happy", "Sad", "Surprise")  # in the order of the numbers
_N_TEXTS = 350  # utterances of one emotion


def _complete(codes: Fields) -> None:
    """Read emotion and text from the number of the utterance, and compare the folder."""
    block, text = divmod(int(codes["text"]) - 1, _N_TEXTS)
    if not 0 <= block < len(_EMOTIONS):
        raise ValueError(f"utterance number {codes['text']} is not one of 000001 to 001750")
    codes["emotion"] = _EMOTIONS[block]
    codes["text"] = f"{text + 1:03d}"
    codes["language"] = "zh" if int(codes["speaker"]) <= 10 else "en"
    if codes.get("emotion_raw", codes["emotion"]).title() != codes["emotion"]:
        codes["flags"] = "misnamed"


ESD = CorpusSpec(
    name="esd",
    title="ESD",
    source="https://github.com/HLTSingapore/Emotional-Speech-Data",
    licence="for research",
    example="0011/Angry/train/0011_000351.wav",
    pattern=re.compile(r"(?P<speaker>00(?:0[1-9]|1\d|20))_(?P<text>\d{6})"),
    folders={
        "emotion_raw": re.compile(r"(angry|happy|neutral|sad|surprise)", re.IGNORECASE),
        "split": re.compile(r"(train|evaluation|test)"),
    },
    tables={
        "emotion": {
            "Neutral": "neutral",
            "Angry": "angry",
            "Happy": "happy",
            "Sad": "sad",
            "Surprise": "surprised",
        }
    },
    derive=_complete,
    gender=genders(
        " ".join(numbers(1, 20, 4)),
        female="0001 0002 0003 0007 0009 0015 0016 0017 0018 0019",
    ),
    sr=16000,
    n_speakers=20,
    counts={"speech": dict.fromkeys(("neutral", "angry", "happy", "sad", "surprised"), 7000)},
    layout="{speaker}/{emotion}/{speaker}_{text}.wav",
    free={
        "text": {
            emotion: numbers(block * _N_TEXTS + 1, (block + 1) * _N_TEXTS, 6)
            for block, emotion in enumerate(_EMOTIONS)
        }
    },
)
