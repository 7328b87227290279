"""What the file names of the nine corpora say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertools.datasets import CANONICAL, COLUMNS, find_spec
from sertools.datasets.specs import SPECS

# spec, path, what it says
SAYS = [
    (
        "ravdess",
        "Actor_12/03-01-05-02-01-02-12.wav",
        "emotion=angry emotion_raw=05 speaker=ravdess:12 gender=female intensity=strong text=01 "
        "take=02 channel=speech language=en flags=",
    ),
    (
        "ravdess",
        "03-02-06-01-02-01-23.wav",
        "emotion=fearful speaker=ravdess:23 gender=male channel=song intensity=normal text=02",
    ),
    ("ravdess", "01-01-08-01-01-01-01.wav", "emotion=surprised flags=av"),
    ("ravdess", "02-01-02-01-01-01-01.wav", "emotion=calm flags=video"),
    (
        "crema-d",
        "AudioWAV/1002_IEO_DIS_HI.wav",
        "emotion=disgust emotion_raw=DIS speaker=crema-d:1002 gender=female intensity=high "
        "text=IEO language=en",
    ),
    ("crema-d", "AudioWAV/1001_DFA_ANG_XX.wav", "emotion=angry gender=male intensity="),
    ("crema-d", "1040_ITH_SAD_X.wav", "emotion=sad text=ITH intensity="),
    ("crema-d", "my_own_copy/of_it/1091_wsi_neu_md.WAV", "text=WSI intensity=medium"),
    (
        "tess",
        "OAF_angry/OAF_back_angry.wav",
        "emotion=angry speaker=tess:OAF gender=female text=back language=en",
    ),
    ("tess", "OAF_neutral/OA_bite_neutral.wav", "speaker=tess:OAF text=bite emotion=neutral"),
    ("tess", "YAF_pleasant_surprised/YAF_dog_ps.wav", "emotion=surprised emotion_raw=ps"),
    ("tess", "OAF_Sad/yaf_Dog_Fear.wav", "speaker=tess:YAF emotion=fearful text=dog"),
    (
        "savee",
        "ALL/DC_a01.wav",
        "emotion=angry speaker=savee:DC gender=male text=a01 language=en",
    ),
    ("savee", "AudioData/KL/sa15.wav", "emotion=sad speaker=savee:KL text=sa15"),
    ("savee", "AudioData/je/su07.wav", "emotion=surprised speaker=savee:JE"),
    ("savee", "DC/JE/KL/other/a01.wav", "speaker=savee:KL"),
    ("savee", "JKn30.wav", "emotion=neutral speaker=savee:JK"),
    ("savee", "DC/KL_h02.wav", "emotion=happy speaker=savee:KL"),
    (
        "jl",
        "JL(wav+txt)/female1_angry_10a_1.wav",
        "emotion=angry speaker=jl:female1 gender=female text=10a take=1 language=en",
    ),
    ("jl", "male2_encouraging_1b_2.wav", "emotion=encouraging speaker=jl:male2 gender=male"),
    (
        "emov-db",
        "bea_Amused/amused_1-28_0011.wav",
        "emotion=amused speaker=emov-db:bea gender=female text=0011 take=1-28 language=en",
    ),
    (
        "emov-db",
        "josh_Sleepy/sleepiness_113_140_0113.wav",
        "emotion=sleepy speaker=emov-db:josh gender=male text=0113 take=113-140",
    ),
    (
        "emov-db",
        "EmoV-DB_sorted/sam/Disgusted/Disgust_29-56_0031.wav",
        "emotion=disgust emotion_raw=Disgust speaker=emov-db:sam",
    ),
    ("emov-db", "Jenie_Angry/anger_1-28_0001.wav", "emotion=angry speaker=emov-db:jenie"),
    (
        "asvp-esd",
        "Audio/actor_2/03-01-05-02-01-2-02-03-02.wav",
        "emotion=angry speaker=asvp-esd:2 gender=male channel=speech intensity=high language=en "
        "text=01 flags=",
    ),
    (
        "asvp-esd",
        "Bonus/actor_13/02-02-13-01-112-013-02-01-01-05-66.wav",
        "emotion=breath speaker=asvp-esd:13 gender=female channel=nonspeech language=zh "
        "flags=mixed text=112",
    ),
    ("asvp-esd", "03-01-01-01-01-1-02-01.wav", "emotion=boredom language= flags="),
    ("asvp-esd", "03-02-12-01-01-4-02-01-77.wav", "language= flags=noisy emotion=disappointment"),
    ("asvp-esd", "03-02-10-01-01-4-02-01-09-01-66-77.wav", "language=other flags=mixed noisy"),
    (
        "esd",
        "0011/Angry/train/0011_000351.wav",
        "emotion=angry emotion_raw=Angry speaker=esd:0011 gender=male text=001 split=train "
        "language=en",
    ),
    ("esd", "0002/Surprise/0002_001750.wav", "emotion=surprised text=350 language=zh split="),
    ("esd", "0019_001051.wav", "emotion=sad gender=female text=001"),
    ("esd", "0001/Happy/test/0001_000001.wav", "emotion=neutral emotion_raw=Happy flags=misnamed"),
    ("esd", "ESD\\0020\\Sad\\evaluation\\0020_001400.wav", "emotion=sad split=evaluation text=350"),
    (
        "emo-db",
        "wav/03a01Fa.wav",
        "emotion=happy emotion_raw=F speaker=emo-db:03 gender=male text=a01 take=a language=de",
    ),
    ("emo-db", "16b10Td.wav", "emotion=sad speaker=emo-db:16 gender=female text=b10 take=d"),
    ("emo-db", "10b03L.wav", "emotion=boredom take="),
]


def _fields(says: str) -> dict[str, str]:
    """Columns and values of a line of SAYS, where a value may hold blanks."""
    fields: dict[str, str] = {}
    for word in says.split(" "):
        column, equals, value = word.partition("=")
        if equals:
            last = column
            fields[last] = value
        else:
            fields[last] += f" {word}"
    return fields


@pytest.mark.parametrize(("name", "path", "says"), SAYS, ids=[path for _, path, _ in SAYS])
def test_what_a_path_says(name: str, path: str, says: str) -> None:
    row = SPECS[name].parse(path)
    expected = _fields(says)
    assert {column: row.get(column, "") for column in expected} == expected
    assert row["corpus"] == name
    assert set(row) <= set(COLUMNS)


@pytest.mark.parametrize(("name", "path", "says"), SAYS, ids=[path for _, path, _ in SAYS])
def test_only_one_corpus_recognises_a_path(name: str, path: str, says: str) -> None:
    assert [spec.name for spec in SPECS.values() if spec.recognises(path)] == [name]


@pytest.mark.parametrize(
    ("name", "path", "reason"),
    [
        ("ravdess", "03-01-09-01-01-01-01.wav", "not named as RAVDESS"),
        ("ravdess", "03-01-01-01-01-01-25.wav", "not named"),
        ("ravdess", "x03-01-01-01-01-01-01.wav", "not named"),
        ("ravdess", "03-01-01-01-01-01-01-copy.wav", "not named"),
        ("crema-d", "1092_DFA_ANG_XX.wav", "not named"),
        ("crema-d", "1001_DFA_ANG_XXX.wav", "not named"),
        ("crema-d", "1001_ABC_ANG_XX.wav", "text code 'ABC' is none of IEO"),
        ("crema-d", "1001_DFA_CAL_XX.wav", "emotion code 'CAL' is none of ANG"),
        ("tess", "OAF_angry.wav", "not named"),
        ("tess", "OAF_back_calm.wav", "emotion code 'calm' is none of angry"),
        ("savee", "a01.wav", "neither its name nor a folder tells the speaker"),
        ("savee", "other/a01.wav", "neither its name nor a folder"),
        ("savee", "DC_x01.wav", "not named"),
        ("savee", "DC_sa1.wav", "not named"),
        ("jl", "female3_angry_10a_1.wav", "not named"),
        ("jl", "male1_bored_10a_1.wav", "emotion code 'bored'"),
        ("emov-db", "amused_1-28_0011.wav", "neither its name nor a folder"),
        ("emov-db", "bea/happy_1-28_0011.wav", "emotion code 'happy'"),
        ("emov-db", "bea/amused_0011.wav", "not named"),
        ("asvp-esd", "03-01-17-01-01-2-02-03-02.wav", "emotion code '17'"),
        ("asvp-esd", "03-01-021-01-01-2-02-03-02.wav", "not named"),
        ("asvp-esd", "03-01-05-01-01-2-02-14 -03.wav", "not named"),
        ("esd", "0021_000001.wav", "not named"),
        ("esd", "0001_000000.wav", "utterance number 000000 is not one of"),
        ("esd", "0001_001751.wav", "utterance number 001751 is not one of"),
        ("emo-db", "04a01Fa.wav", "not named"),
        ("emo-db", "03a01fa.wav", "not named"),
        ("emo-db", "03a01Xa.wav", "not named"),
    ],
)
def test_what_is_no_path_of_a_corpus_is_refused_with_the_reason(
    name: str, path: str, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        SPECS[name].parse(path)


@given(st.one_of(st.text(), st.sampled_from([path for _, path, _ in SAYS])), st.data())
def test_any_text_is_parsed_or_refused(path: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(path)))
    path = path[:at] + data.draw(st.text(max_size=2)) + path[at + data.draw(st.integers(0, 2)) :]
    for spec in SPECS.values():
        try:
            row = spec.parse(path)
        except ValueError:
            continue
        assert set(row) <= set(COLUMNS)
        assert row["emotion"] in CANONICAL
        assert row["gender"] in ("female", "male", "")


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("RAVDESS", "ravdess"),
        ("cremad", "crema-d"),
        ("CREMA_D", "crema-d"),
        ("Crema-D", "crema-d"),
        ("EmoDB", "emo-db"),
        ("EMOV DB", "emov-db"),
        ("asvp_esd", "asvp-esd"),
        ("JL corpus", "jl"),
        ("jl", "jl"),
        ("Crema", "crema-d"),
        ("ASVP", "asvp-esd"),
        ("Berlin", "emo-db"),
        ("emov", "emov-db"),
    ],
)
def test_a_corpus_is_found_by_its_usual_spellings(spelling: str, name: str) -> None:
    assert find_spec(spelling) is SPECS[name]


def test_an_unknown_corpus_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'ravdes' is no known corpus. Did you mean 'ravdess'\?"):
        find_spec("ravdes")
    with pytest.raises(ValueError, match=f"Known are {', '.join(SPECS)}"):
        find_spec("iemocap")
