"""What is declared about the nine corpora, against what their documentation tells."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sertools.datasets import CANONICAL, COLUMNS, CorpusSpec
from sertools.datasets.specs import SPECS


@dataclass
class Facts:
    """What a corpus's documentation and complete file list tell, written out."""

    emotions: str  # the word of the corpus for each of ours
    n_clips: str  # of an emotion, or of a channel as a whole
    female: str
    male: str
    sr: int | None
    slack: int = 0


FACTS = {
    "ravdess": Facts(
        emotions="01=neutral 02=calm 03=happy 04=sad 05=angry 06=fearful 07=disgust 08=surprised",
        n_clips="speech-neutral=96 speech-calm=192 speech-happy=192 speech-sad=192 "
        "speech-angry=192 speech-fearful=192 speech-disgust=192 speech-surprised=192 "
        "song-neutral=92 song-calm=184 song-happy=184 song-sad=184 song-angry=184 "
        "song-fearful=184",
        female="02 04 06 08 10 12 14 16 18 20 22 24",
        male="01 03 05 07 09 11 13 15 17 19 21 23",
        sr=48000,
    ),
    "crema-d": Facts(
        emotions="ANG=angry DIS=disgust FEA=fearful HAP=happy NEU=neutral SAD=sad",
        n_clips="speech-angry=1271 speech-disgust=1271 speech-fearful=1271 speech-happy=1271 "
        "speech-sad=1271 speech-neutral=1087",
        female="1002 1003 1004 1006 1007 1008 1009 1010 1012 1013 1018 1020 1021 1024 1025 1028 "
        "1029 1030 1037 1043 1046 1047 1049 1052 1053 1054 1055 1056 1058 1060 1061 1063 1072 1073 "
        "1074 1075 1076 1078 1079 1082 1084 1089 1091",
        male="1001 1005 1011 1014 1015 1016 1017 1019 1022 1023 1026 1027 1031 1032 1033 1034 1035 "
        "1036 1038 1039 1040 1041 1042 1044 1045 1048 1050 1051 1057 1059 1062 1064 1065 1066 1067 "
        "1068 1069 1070 1071 1077 1080 1081 1083 1085 1086 1087 1088 1090",
        sr=16000,
    ),
    "tess": Facts(
        emotions="angry=angry disgust=disgust fear=fearful happy=happy neutral=neutral "
        "ps=surprised sad=sad",
        n_clips="speech-angry=400 speech-disgust=400 speech-fearful=400 speech-happy=400 "
        "speech-neutral=400 speech-surprised=400 speech-sad=400",
        female="OAF YAF",
        male="",
        sr=24414,
    ),
    "savee": Facts(
        emotions="a=angry d=disgust f=fearful h=happy n=neutral sa=sad su=surprised",
        n_clips="speech-angry=60 speech-disgust=60 speech-fearful=60 speech-happy=60 "
        "speech-neutral=120 speech-sad=60 speech-surprised=60",
        female="",
        male="DC JE JK KL",
        sr=44100,
    ),
    "jl": Facts(
        emotions="angry=angry sad=sad neutral=neutral happy=happy excited=excited anxious=anxious "
        "apologetic=apologetic assertive=assertive concerned=concerned encouraging=encouraging",
        n_clips="speech-angry=240 speech-sad=240 speech-neutral=240 speech-happy=240 "
        "speech-excited=240 speech-anxious=240 speech-apologetic=240 speech-assertive=240 "
        "speech-concerned=240 speech-encouraging=240",
        female="female1 female2",
        male="male1 male2",
        sr=44100,
    ),
    "emov-db": Facts(
        emotions="amused=amused anger=angry angry=angry disgust=disgust disgusted=disgust "
        "neutral=neutral sleepiness=sleepy sleepy=sleepy",
        n_clips="speech-=7000",
        female="bea jenie",
        male="josh sam",
        sr=None,  # bea 44.1 kHz, the others 16 kHz
        slack=113,  # 6887 in the file lists
    ),
    "asvp-esd": Facts(
        emotions="01=boredom 02=neutral 03=happy 04=sad 05=angry 06=fearful 07=disgust "
        "08=surprised 09=excited 10=pleasure 11=pain 12=disappointment 13=breath",
        n_clips="speech-=5140 nonspeech-=8824",
        female=" ".join(str(actor) for actor in range(1, 1000, 2)),
        male=" ".join(str(actor) for actor in range(2, 1000, 2)),
        sr=16000,
        slack=387,  # 33 malformed names, 354 mixed voices
    ),
    "esd": Facts(
        emotions="Neutral=neutral Angry=angry Happy=happy Sad=sad Surprise=surprised",
        n_clips="speech-neutral=7000 speech-angry=7000 speech-happy=7000 speech-sad=7000 "
        "speech-surprised=7000",
        female="0001 0002 0003 0007 0009 0015 0016 0017 0018 0019",
        male="0004 0005 0006 0008 0010 0011 0012 0013 0014 0020",
        sr=16000,
    ),
    "emo-db": Facts(
        emotions="W=angry L=boredom E=disgust A=fearful F=happy T=sad N=neutral",
        n_clips="speech-angry=127 speech-boredom=81 speech-neutral=79 speech-happy=71 "
        "speech-fearful=69 speech-sad=62 speech-disgust=46",
        female="08 09 13 14 16",
        male="03 10 11 12 15",
        sr=16000,
    ),
}


@pytest.mark.parametrize("name", SPECS)
def test_declarations_are_those_of_the_documentation(name: str) -> None:
    spec, facts = SPECS[name], FACTS[name]
    assert spec.tables["emotion"] == dict(pair.split("=") for pair in facts.emotions.split())
    assert {
        f"{channel}-{emotion}={number}"
        for channel, counts in spec.counts.items()
        for emotion, number in counts.items()
    } == set(facts.n_clips.split())
    by_gender = {"female": facts.female.split(), "male": facts.male.split()}
    for gender, speakers in by_gender.items():
        assert sorted(speakers) == sorted(
            who for who, what in spec.gender.items() if what == gender
        )
    assert spec.sr == facts.sr
    assert spec.slack == facts.slack
    assert spec.unique_names == (name != "asvp-esd")


@pytest.mark.parametrize(
    ("code", "language"),
    [("00", "other"), ("01", "zh"), ("02", "en"), ("03", "other"), ("04", "fr"), ("05", "other")],
)
def test_languages_of_asvp_esd(code: str, language: str) -> None:
    assert SPECS["asvp-esd"].parse(f"03-01-05-02-01-2-02-03-{code}.wav")["language"] == language


@pytest.mark.parametrize("speaker", ["0001", "0010", "0011", "0020"])
def test_languages_of_esd(speaker: str) -> None:
    row = SPECS["esd"].parse(f"{speaker}_000001.wav")
    assert row["language"] == ("zh" if speaker <= "0010" else "en")


def test_codes_of_single_corpora_mean_what_they_say() -> None:
    assert SPECS["ravdess"].tables["flags"] == {"01": "av", "02": "video", "03": ""}
    assert SPECS["ravdess"].tables["channel"] == {"01": "speech", "02": "song"}
    assert SPECS["ravdess"].tables["intensity"] == {"01": "normal", "02": "strong"}
    assert SPECS["crema-d"].tables["intensity"] == {
        **{"LO": "low", "MD": "medium", "HI": "high"},
        **{"XX": "", "X": ""},
    }
    assert SPECS["asvp-esd"].tables["channel"] == {"01": "speech", "02": "nonspeech"}
    assert SPECS["asvp-esd"].tables["intensity"] == {"01": "normal", "02": "high"}


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
def test_declarations_are_consistent(spec: CorpusSpec) -> None:
    emotions = set(spec.tables["emotion"].values())
    assert emotions <= set(CANONICAL)
    assert {emotion for counts in spec.counts.values() for emotion in counts} <= emotions | {""}
    assert set(spec.gender.values()) <= {"female", "male"}
    assert spec.n_speakers in (None, len(spec.gender))
    assert spec.parse(spec.example)["speaker"].partition(":")[2] in spec.gender
    assert set(spec.pattern.groupindex) <= set(COLUMNS)
    assert spec.licence
    assert spec.source.startswith("http")
