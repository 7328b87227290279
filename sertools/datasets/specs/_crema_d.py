"""CREMA-D: 91 actors speak twelve sentences (Cao et al., 2014)."""

from __future__ import annotations

import re

from sertools.datasets.specs._spec import CorpusSpec, genders, numbers

_TEXTS = ["IEO", "TIE", "IOM", "IWW", "TAI", "MTI", "IWL", "ITH", "DFA", "ITS", "TSI", "WSI"]

CREMA_D = CorpusSpec(
    name="crema-d",
    title="CREMA-D",
    aliases=("crema",),
    source="https://github.com/CheyneyComputerScience/CREMA-D",
    licence="Open Database License",
    example="AudioWAV/1001_DFA_ANG_XX.wav",
    pattern=re.compile(
        # Some mirrors have 1040_ITH_SAD_X.
        r"(?P<speaker>10(?:0[1-9]|[1-8]\d|9[01]))_(?P<text>[A-Z]{3})_(?P<emotion>[A-Z]{3})"
        r"_(?P<intensity>LO|MD|HI|XX?)",
        re.IGNORECASE,
    ),
    tables={
        "text": {text: text for text in _TEXTS},
        "emotion": {
            "ANG": "angry",
            "DIS": "disgust",
            "FEA": "fearful",
            "HAP": "happy",
            "NEU": "neutral",
            "SAD": "sad",
        },
        "intensity": {"LO": "low", "MD": "medium", "HI": "high", "XX": "", "X": ""},
    },
    # From VideoDemographics.csv.
    gender=genders(
        " ".join(numbers(1001, 1091, 4)),
        female="1002 1003 1004 1006 1007 1008 1009 1010 1012 1013 1018 1020 1021 1024 1025 1028 "
        "1029 1030 1037 1043 1046 1047 1049 1052 1053 1054 1055 1056 1058 1060 1061 1063 1072 1073 "
        "1074 1075 1076 1078 1079 1082 1084 1089 1091",
    ),
    language="en",
    sr=16000,
    n_speakers=91,
    counts={
        "speech": {
            **dict.fromkeys(("angry", "disgust", "fearful", "happy", "sad"), 1271),
            "neutral": 1087,
        }
    },
    layout="AudioWAV/{speaker}_{text}_{emotion}_{intensity}.wav",
    free={"intensity": ("XX", "LO", "MD", "HI"), "text": _TEXTS},
)
