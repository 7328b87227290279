"""The complete lists of names, as far as a rule makes them: counts, and no name twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product

import pytest

from sertools.datasets.specs import SPECS


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


def _emov_db() -> Iterator[str]:
    """Sentences by blocks of the recording; two blocks may hold the same sentence."""
    kinds = ["Amused", "Angry", "Disgusted", "Neutral", "Sleepy"]
    words = ["amused", "anger", "disgust", "neutral", "sleepiness"]
    blocks = [(1, 28), (29, 56), (57, 84), (1, 56), (113, 140)]
    for speaker, (kind, word) in product(
        ("bea", "jenie", "josh", "sam"), zip(kinds, words, strict=True)
    ):
        for first, last in blocks:
            for sentence in range(first, last + 1):
                yield f"{speaker}_{kind}/{word}_{first}-{last}_{sentence:04}"


def _emo_db() -> Iterator[str]:
    """Up to three takes of every text, and one whose take has no letter."""
    speakers = ["03", "08", "09", "10", "11", "12", "13", "14", "15", "16"]
    texts = ["a01", "a02", "a04", "a05", "a07", "b01", "b02", "b03", "b09", "b10"]
    for speaker, text, emotion, take in product(speakers, texts, "WLEAFTN", ["", "a", "b", "c"]):
        yield f"{speaker}{text}{emotion}{take}"


@pytest.mark.parametrize(
    ("name", "stems"),
    [
        ("ravdess", _ravdess),
        ("crema-d", _crema_d),
        ("tess", _tess),
        ("savee", _savee),
        ("jl", _jl),
        ("emov-db", _emov_db),
        ("esd", _esd),
        ("emo-db", _emo_db),
    ],
)
def test_every_name_of_a_corpus_is_another_recording(
    name: str, stems: Callable[[], Iterator[str]]
) -> None:
    spec = SPECS[name]
    names = list(stems())
    assert len({spec.identity(spec.parse(f"{stem}.wav")) for stem in names}) == len(names) > 400


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
