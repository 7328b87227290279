"""What the file names of the nine corpora say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertools.datasets import CANONICAL, COLUMNS, CorpusSpec, find_spec
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
        "emotion=sleepy speaker=emov-db:josh gender=male text=0113",
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


def _ravdess() -> Iterator[str]:
    """The names of all speech and songs."""
    for actor in range(1, 25):
        for channel, n_emotions in (("01", 8), ("02", 6)):
            if (channel, actor) == ("02", 18):
                continue
            for emotion, intensity, text, take in product(
                range(1, n_emotions + 1), (1, 2), (1, 2), (1, 2)
            ):
                if (emotion, intensity) != (1, 2):
                    yield (
                        f"03-{channel}-{emotion:02}-{intensity:02}-{text:02}-{take:02}-{actor:02}"
                    )


def _crema_d() -> Iterator[str]:
    """One sentence at three levels, the other eleven and all neutral ones at none."""
    rest = ["TIE", "IOM", "IWW", "TAI", "MTI", "IWL", "ITH", "DFA", "ITS", "TSI", "WSI"]
    emotions = ["ANG", "DIS", "FEA", "HAP", "SAD"]
    for actor in range(1001, 1092):
        for emotion in emotions:
            yield from (f"{actor}_IEO_{emotion}_{level}" for level in ("LO", "MD", "HI"))
            yield from (f"{actor}_{text}_{emotion}_XX" for text in rest)
        yield from (f"{actor}_{text}_NEU_XX" for text in ["IEO", *rest])


def _tess() -> Iterator[str]:
    """200 words for two speakers and seven emotions; letters stand for the words."""
    words = ["".join(letters) for letters in product("abcdefghij", "klmno", "pqrs")]
    emotions = ["angry", "disgust", "fear", "happy", "neutral", "ps", "sad"]
    for speaker, emotion, word in product(("OAF", "YAF"), emotions, words):
        yield f"{speaker}_{word}_{emotion}"


def _savee() -> Iterator[str]:
    """Fifteen sentences, thirty for neutral."""
    for speaker, code in product(("DC", "JE", "JK", "KL"), ["a", "d", "f", "h", "n", "sa", "su"]):
        for number in range(1, 31 if code == "n" else 16):
            yield f"{speaker}/{code}{number:02}"


def _jl() -> Iterator[str]:
    """Thirty sentences twice."""
    emotions = "angry sad neutral happy excited anxious apologetic assertive concerned encouraging"
    speakers = ("female1", "female2", "male1", "male2")
    for speaker, emotion, number, half, session in product(
        speakers, emotions.split(), range(1, 16), "ab", (1, 2)
    ):
        yield f"{speaker}_{emotion}_{number}{half}_{session}"


def _esd() -> Iterator[str]:
    """350 numbers for each emotion."""
    emotions = ("Neutral", "Angry", "Happy", "Sad", "Surprise")
    for speaker in range(1, 21):
        for block, emotion in enumerate(emotions):
            for number in range(block * 350 + 1, block * 350 + 351):
                yield f"{speaker:04}/{emotion}/{speaker:04}_{number:06}"


@pytest.mark.parametrize(
    ("name", "stems", "n_clips", "n_female"),
    [
        ("ravdess", _ravdess, 1440 + 1012, 12 * 60 + 11 * 44),
        ("tess", _tess, 2800, 2800),
        ("savee", _savee, 480, 0),
        ("jl", _jl, 2400, 1200),
        ("esd", _esd, 35000, 17500),
    ],
)
def test_complete_lists_have_the_published_counts(
    name: str, stems: Callable[[], Iterator[str]], n_clips: int, n_female: int
) -> None:
    spec = SPECS[name]
    rows = [spec.parse(f"{stem}.wav") for stem in stems()]
    assert len(rows) == n_clips
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        counts.setdefault(row["channel"], Counter())[row["emotion"]] += 1
    assert counts == spec.counts
    assert len({row["speaker"] for row in rows}) == spec.n_speakers
    assert sum(row["gender"] == "female" for row in rows) == n_female
    assert not any(row.get("flags") for row in rows)


def test_crema_d_has_91_actors_of_whom_43_are_women() -> None:
    rows = [SPECS["crema-d"].parse(f"{stem}.wav") for stem in _crema_d()]
    genders = {row["speaker"]: row["gender"] for row in rows}
    assert Counter(genders.values()) == {"male": 48, "female": 43}
    counts = Counter(row["emotion"] for row in rows)
    published = SPECS["crema-d"].counts["speech"]
    # A few clips that the rule gives were never published.
    surplus = {emotion: counts[emotion] - published[emotion] for emotion in published}
    assert surplus == {"neutral": 5, **dict.fromkeys(set(published) - {"neutral"}, 3)}
    assert sum(published.values()) == 7442


def test_emov_db_names_with_an_underscore_for_a_hyphen_are_not_lost() -> None:
    in_folders = {
        "josh_Amused": 65,
        "josh_Sleepy": 55,
        "sam_Neutral": 55,
        "sam_Sleepy": 28,
        "sam_Angry": 28,
        "sam_Disgusted": 28,
        "bea_Amused": 23,
    }
    words = {"Amused": "amused", "Sleepy": "sleepiness", "Disgusted": "Disgust", "Angry": "anger"}
    rows = [
        SPECS["emov-db"].parse(f"{folder}/{words.get(kind, kind)}_1_28_{number:04}.wav")
        for folder, n_files in in_folders.items()
        for kind in [folder.partition("_")[2]]
        for number in range(n_files)
    ]
    assert len(rows) == 282
    assert Counter(row["speaker"] for row in rows) == {
        "emov-db:josh": 120,
        "emov-db:sam": 139,
        "emov-db:bea": 23,
    }
    assert Counter(row["emotion"] for row in rows) == {
        "amused": 88,
        "sleepy": 83,
        "neutral": 55,
        "angry": 28,
        "disgust": 28,
    }


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
    ],
)
def test_a_corpus_is_found_by_its_usual_spellings(spelling: str, name: str) -> None:
    assert find_spec(spelling) is SPECS[name]


def test_an_unknown_corpus_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'ravdes' is no known corpus. Did you mean 'ravdess'\?"):
        find_spec("ravdes")
    with pytest.raises(ValueError, match=f"Known are {', '.join(SPECS)}"):
        find_spec("iemocap")
