"""Which sample rates are odd in a corpus."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sertools.datasets import Corpus, load_corpus


def test_the_usual_rate_is_that_of_each_speaker(tmp_path: Path, voice, write, found_in) -> None:
    for number in range(3):
        write(tmp_path / "bea_Angry" / f"anger_1-28_000{number}.wav", voice(), sr=44100)
        write(tmp_path / "sam_Angry" / f"anger_1-28_000{number}.wav", voice(), sr=16000)
    write(tmp_path / "sam_Angry" / "anger_1-28_0009.wav", voice(), sr=44100)
    found = found_in(load_corpus("emov-db", tmp_path).check())
    assert found["sample-rate"] == ["anger_1-28_0009"]


def test_a_corpus_that_was_resampled_as_a_whole_gets_one_note(
    tmp_path: Path, voice, write, found_in
) -> None:
    for name in ("03a01Fa", "03a02Fa", "08a01Fa", "08a02Fa"):
        write(tmp_path / f"{name}.wav", voice(), sr=22050)
    findings = load_corpus("emo-db", tmp_path).check().findings
    notes = findings[findings["defect"] == "sample-rate"]
    assert notes["row"].tolist() == [-1]
    assert notes["detail"].tolist() == [
        "emo-db: no clip is at the published 16000 Hz, most are at 22050 Hz"
    ]
    others = ["09a01Fa", "09a02Fa", "09a04Fa"]
    for name in others:
        write(tmp_path / f"{name}.wav", voice(), sr=44100)
    assert found_in(load_corpus("emo-db", tmp_path).check())["sample-rate"] == ["", *others]


def test_a_part_that_was_resampled_is_held_to_the_published_rate(
    tmp_path: Path, voice, write, found_in
) -> None:
    write(tmp_path / "03a01Fa.wav", voice())
    for name in ("08a01Fa", "08a02Fa", "08a04Fa"):
        write(tmp_path / f"{name}.wav", voice(), sr=22050)
    found = found_in(load_corpus("emo-db", tmp_path).check())
    assert found["sample-rate"] == ["08a01Fa", "08a02Fa", "08a04Fa"]


@pytest.mark.parametrize(
    ("rates", "odd"),
    [
        ({"a": [16, 16, 44], "b": [44, 44, 44]}, [2]),  # a majority of three is one
        ({"a": [16, 16], "b": [44, 44, 44]}, [0, 1]),  # of two it is none
        ({"a": [16], "b": [16], "c": [44], "d": [16]}, [2]),  # one clip of each speaker
        ({"a": [16, 16, 44, 44], "b": [44]}, [0, 1]),  # a tie is no majority
        ({"a": [16], "b": [44]}, [1]),  # a tie in the corpus: the first one's
    ],
)
def test_the_usual_rate_is_the_speakers_or_the_corpus_s(
    rates: dict[str, list[int]], odd: list[int], tmp_path: Path, voice, write
) -> None:
    speakers = [speaker for speaker, of_speaker in rates.items() for _ in of_speaker]
    paths = [
        str(write(tmp_path / f"{row}.wav", voice(), sr=1000 * rate))
        for row, rate in enumerate(rate for of_speaker in rates.values() for rate in of_speaker)
    ]
    findings = Corpus(paths, ["sad"] * len(paths), speakers).check().findings
    assert findings["defect"].tolist() == ["sample-rate"] * len(odd)
    assert findings["row"].tolist() == odd


def test_waveforms_of_unknown_rate_are_not_odd(voice) -> None:
    frame = pd.DataFrame({"emotion": ["sad"], "speaker": ["emo-db:03"], "corpus": ["emo-db"]})
    assert Corpus([voice()], frame=frame).check().ok
