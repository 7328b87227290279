"""Copies of one recording: which files are some, and which of them is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sertools.datasets import Corpus, load_corpus

# The loader tells of copies; what becomes of them is looked at here.
pytestmark = pytest.mark.filterwarnings("ignore:.* are copies of others:UserWarning")

NAN = np.full(1600, np.nan)


@pytest.mark.parametrize("defective", [None, np.zeros(1600), NAN], ids=["empty", "zeros", "NaN"])
def test_a_copy_that_can_be_heard_is_preferred(
    defective: np.ndarray | None, tmp_path, voice, write
) -> None:
    top = tmp_path / "03a01Fa.wav"
    if defective is None:
        top.touch()
    else:
        write(top, defective, subtype="FLOAT")
    deep = write(tmp_path / "a" / "b" / "03a01Fa.wav", voice())
    corpus = load_corpus("emo-db", tmp_path)
    assert corpus.select(corpus.check()).paths == [str(deep)]
    assert corpus.select(corpus.check(audio=False)).paths == [str(top)]


def test_a_copy_in_its_own_folder_is_preferred(tmp_path: Path, voice, write) -> None:
    clip = voice()
    write(tmp_path / "Angry" / "0011_000001.wav", clip)
    right = write(tmp_path / "copy" / "Neutral" / "0011_000001.wav", clip)
    corpus = load_corpus("esd", tmp_path)
    assert corpus.select(corpus.check()).paths == [str(right)]


@pytest.mark.parametrize("suffix", ["mp3", "ogg", "MP3"])
def test_a_lossless_copy_is_preferred_wherever_it_lies(
    suffix: str, tmp_path: Path, voice, write
) -> None:
    # The two folders of a clone of CREMA-D.
    clip = voice(16000)
    lossy = tmp_path / "AudioMP3" / f"1001_DFA_ANG_XX.{suffix}"
    write(lossy, clip)
    wav = write(tmp_path / "AudioWAV" / "deeper" / "1001_DFA_ANG_XX.wav", clip)
    corpus = load_corpus("crema-d", tmp_path)
    assert len(corpus) == 2
    assert corpus.select(corpus.check()).paths == [str(wav)]
    assert corpus.select(corpus.check(audio=False)).paths == [str(wav)]


@pytest.mark.parametrize(
    ("name", "kept", "copy"),
    [
        ("savee", "AudioData/DC/a01.wav", "ALL/even/more/DC_a01.wav"),
        ("crema-d", "1040_ITH_SAD_XX.wav", "old/1040_ITH_SAD_X.wav"),
        ("crema-d", "1040_ITH_SAD_XX.wav", "old/1040_ith_sad_xx.flac"),
        ("tess", "OAF_bite_neutral.wav", "OAF_neutral/OA_bite_neutral.wav"),
        ("emov-db", "sam/amused_1-28_0011.wav", "sam/more/Amused_1_28_0011.wav"),
        ("emov-db", "sam/anger_1-28_0011.wav", "sam/more/angry_1-28_0011.wav"),
        ("ravdess", "more/03-01-05-01-01-01-01.wav", "01-01-05-01-01-01-01.wav"),
        ("esd", "0011/Angry/0011_000351.wav", "0011/Angry/train/0011_000351.wav"),
        ("jl", "male1_sad_10a_1.wav", "more/Male1_Sad_10A_1.WAV"),
    ],
)
def test_a_copy_is_known_by_what_its_name_means(
    name: str, kept: str, copy: str, tmp_path: Path, voice, write, found_in
) -> None:
    write(tmp_path / kept, voice())
    write(tmp_path / copy, voice(), sr=8000)
    corpus = load_corpus(name, tmp_path, keep_flagged=True)
    report = corpus.check()
    assert found_in(report)["nested-copy"] == [Path(copy).stem]
    assert corpus.select(report).paths == [str(tmp_path / kept)]
    # Labels that were mapped, even to one word for all, are no names.
    other = corpus.map_labels(dict.fromkeys(corpus.y, "speech"))
    assert found_in(other.check(audio=False))["nested-copy"] == [Path(copy).stem]


def test_a_copy_is_reported_once(tmp_path: Path, voice, write, found_in) -> None:
    clip = voice()
    for folder in ("wav", "again/wav"):
        write(tmp_path / folder / "03a01Fa.wav", clip)
    found = found_in(load_corpus("emo-db", tmp_path).check())
    assert found == {"count": [""], "nested-copy": ["03a01Fa"]}


def test_the_folder_one_stands_in_may_tell_the_speaker(
    tmp_path: Path, touch, found_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(touch(tmp_path / "DC", "a01.wav", "DC_a01.wav"))
    found = found_in(load_corpus("savee", ".").check(audio=False))
    assert found["nested-copy"] == ["a01"]


def test_labels_mapped_to_one_make_no_copies(ravdess_speech) -> None:
    frame = ravdess_speech
    merged = Corpus(frame["path"], frame=frame, name="ravdess").map_labels({"calm": "neutral"})
    assert merged.check(audio=False).ok


def test_where_names_are_not_unique_the_samples_decide(
    tmp_path: Path, voice, write, found_in
) -> None:
    name = "03-01-05-02-01-2-02-03-02.wav"
    first = voice()
    write(tmp_path / "Audio" / "actor_" / name, first)
    write(tmp_path / "Audio" / "actor_2" / name, voice())
    write(tmp_path / "Bonus" / "actor_2" / name, first)
    report = load_corpus("asvp-esd", tmp_path).check()
    assert found_in(report).keys() == {"count", "identical"}
    assert report.drops.tolist() == [2]


def test_a_table_may_count_any_file_to_a_known_corpus(voice) -> None:
    frame = pd.DataFrame({"emotion": "sad", "speaker": "x", "corpus": "savee"}, index=range(2))
    assert Corpus(["a.wav", "b/a.wav"], frame=frame).check(audio=False).ok
    assert Corpus([voice(), voice()], frame=frame, sr=44100).check().ok


def test_equal_names_are_no_copies_between_speakers_or_in_a_corpus_of_ones_own(
    tmp_path: Path, voice, write, found_in
) -> None:
    for folder in ("DC", "JE"):
        write(tmp_path / folder / "a01.wav", voice())
    found = found_in(load_corpus("savee", tmp_path).check())
    assert "nested-copy" not in found
    paths = [str(tmp_path / folder / "a01.wav") for folder in ("DC", "JE")]
    assert Corpus(paths, ["sad", "sad"], ["x", "x"]).check().ok
