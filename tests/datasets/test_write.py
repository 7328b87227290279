"""Writing a corpus in the layout of a known one, and reading it back."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from sertools import audio
from sertools.datasets import (
    Corpus,
    CorpusSpec,
    concat_corpora,
    load_corpora,
    load_corpus,
    load_folder,
    make_corpus,
    write_corpus,
)
from sertools.datasets.specs import SPECS

SR = 8000


def _corpus(spec: CorpusSpec, clips_each: int = 3) -> Corpus:
    """Short clips of up to two women and two men in every emotion of a layout."""
    rng = np.random.default_rng(0)
    genders = list(spec.gender.values())
    people = {
        f"{gender}{number}": gender
        for gender in ("female", "male")
        for number in range(min(2, genders.count(gender)))
    }
    frame = pd.DataFrame(
        [
            {"emotion": emotion, "speaker": name, "gender": gender}
            for emotion in spec.emotion_codes
            for name, gender in people.items()
            for _ in range(clips_each)
        ]
    )
    waves = [rng.uniform(-1, 1, 50 + row).astype(np.float32) for row in range(len(frame))]
    return Corpus(waves, frame=frame, sr=SR)


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
def test_a_corpus_comes_back_from_every_layout(spec: CorpusSpec, tmp_path: Path) -> None:
    corpus = _corpus(spec)
    paths = write_corpus(corpus, tmp_path / "new" / "folder", spec.name)
    assert len(set(paths)) == len(corpus)
    loaded = load_corpus(spec.name, tmp_path)
    assert sorted(loaded.paths) == sorted(paths)
    assert loaded.rejected.empty
    back = loaded.select([loaded.paths.index(path) for path in paths])
    assert back.y.tolist() == corpus.y.tolist()
    assert back.frame["gender"].tolist() == corpus.frame["gender"].tolist()
    # Each speaker became one speaker, and no two became the same.
    pairs = set(zip(corpus.groups, back.groups, strict=True))
    assert len(pairs) == len(set(corpus.groups)) == len(set(back.groups))
    for path, wave in zip(paths, corpus.X, strict=True):
        samples, sr = audio.read(path)
        assert sr == SR
        np.testing.assert_allclose(samples, wave, atol=2.0**-15)
    assert set(load_corpora(tmp_path).frame["corpus"]) == {spec.name}


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
def test_a_layout_names_as_many_clips_as_it_says_and_not_one_more(
    spec: CorpusSpec, tmp_path: Path
) -> None:
    emotion = next(iter(spec.emotion_codes))

    def alike(n_clips: int) -> Corpus:
        return Corpus([np.zeros(1) for _ in range(n_clips)], [emotion] * n_clips, sr=SR)

    with pytest.raises(ValueError, match=f"600 {emotion} clips of one speaker") as caught:
        write_corpus(alike(600), tmp_path, spec.name)
    room = int(re.search(r"one speaker, and it has (\d+)", str(caught.value))[1])
    with pytest.raises(ValueError, match=f"{room + 1} {emotion} clips"):
        write_corpus(alike(room + 1), tmp_path, spec.name)
    assert not list(tmp_path.iterdir())
    write_corpus(alike(room), tmp_path, spec.name)
    assert len(load_corpus(spec.name, tmp_path)) == room


def test_the_default_layout_holds_the_synthetic_corpus(tmp_path: Path) -> None:
    corpus = make_corpus(n_speakers=4, n_per_speaker=12)
    paths = write_corpus(corpus, tmp_path)
    back = load_corpus("ravdess", tmp_path)
    assert sorted(back.y) == sorted(corpus.y)
    assert back.frame.groupby("gender").size().to_dict() == {"female": 24, "male": 24}
    assert all(Path(path).parent.parent == tmp_path for path in paths)


def test_files_are_written_anew_bit_for_bit(tmp_path: Path) -> None:
    corpus = _corpus(SPECS["savee"], clips_each=1)
    sources = write_corpus(corpus, tmp_path / "first", "savee")
    loaded = load_corpus("savee", tmp_path / "first")
    copies = write_corpus(loaded, tmp_path / "second", "RAVDESS")
    copied = Corpus(copies, loaded.y)
    assert copied.recording_ids().tolist() == loaded.recording_ids().tolist()
    assert set(loaded.paths) == set(sources)


def test_speakers_of_unknown_gender_take_who_is_left(tmp_path: Path) -> None:
    genders = ["", "female", "male", ""]
    frame = pd.DataFrame({"emotion": "sad", "speaker": list("abcd"), "gender": genders})
    waves = [np.full(9, level) for level in (0.1, 0.2, 0.3, 0.4)]
    paths = write_corpus(Corpus(waves, frame=frame, sr=SR), tmp_path, "jl")
    loaded = load_corpus("jl", tmp_path).frame.set_index("path")
    assert loaded.loc[paths[1:3], "gender"].tolist() == ["female", "male"]
    assert loaded["speaker"].nunique() == 4


def test_without_speakers_all_clips_are_of_one(tmp_path: Path) -> None:
    corpus = Corpus([np.zeros(9), np.ones(9)], ["sad", "sad"], sr=SR)
    write_corpus(corpus, tmp_path, "emo-db")
    assert len(set(load_corpus("emo-db", tmp_path).groups)) == 1


def test_what_a_layout_cannot_hold_is_refused_with_those_that_can(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"emotion": "sad", "speaker": [f"{i}" for i in range(30)], "gender": "female"}
    )
    women = Corpus([np.zeros(1) for _ in range(30)], frame=frame, sr=SR)
    with pytest.raises(ValueError, match="30 female speakers, and it has 12") as caught:
        write_corpus(women, tmp_path)
    message = str(caught.value)
    assert "30 speakers, and it has 24" in message
    assert message.endswith("Layouts that have: crema-d, asvp-esd.")

    strange = Corpus([np.zeros(1)], ["anger"], sr=SR)
    with pytest.raises(ValueError, match=r"it knows neutral.*, not anger \(map_labels translates"):
        write_corpus(strange, tmp_path)
    nameless = Corpus([np.zeros(1)], ["awe"], sr=SR)
    with pytest.raises(ValueError, match="Nor has another layout"):
        write_corpus(nameless, tmp_path)
    with pytest.raises(ValueError, match="Known are ravdess"):
        write_corpus(women, tmp_path, "vhs")
    assert not list(tmp_path.iterdir())


def test_waveforms_need_a_sample_rate(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="sample rate of the waveforms is not known"):
        write_corpus(Corpus([np.zeros(9)], ["sad"]), tmp_path)


def test_existing_files_are_replaced_only_when_told(tmp_path: Path) -> None:
    quiet = Corpus([np.zeros(9), np.zeros(9)], ["sad", "sad"], sr=SR)
    paths = write_corpus(quiet, tmp_path)
    loud = Corpus([np.full(9, 0.5), np.full(9, 0.5)], ["sad", "sad"], sr=SR)
    Path(paths[1]).unlink()
    with pytest.raises(FileExistsError, match="1 of 2 files exist already"):
        write_corpus(loud, tmp_path)
    assert not os.path.exists(paths[1])
    assert audio.read(paths[0])[0].max() == 0
    assert write_corpus(loud, tmp_path, overwrite=True) == paths
    assert audio.read(paths[0])[0].max() == 0.5


def test_a_corpus_is_not_written_over_itself(tmp_path: Path) -> None:
    write_corpus(_corpus(SPECS["savee"]), tmp_path, "savee")
    loaded = load_corpus("savee", tmp_path)
    with pytest.raises(FileExistsError, match="42 files to write are clips of the corpus itself"):
        write_corpus(loaded, tmp_path, "savee", overwrite=True)


def test_nothing_is_written_through_a_link_that_leads_out(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (inside / "Actor_01").symlink_to(outside, target_is_directory=True)
    with pytest.raises(ValueError, match="A link leads from"):
        write_corpus(Corpus([np.zeros(9)], ["sad"], sr=SR), inside)
    assert not list(outside.iterdir())


def test_nothing_is_written_unless_every_clip_can_be(tmp_path: Path) -> None:
    loud = [np.zeros(9), np.full(9, 1.5), np.full(9, -2.0)]
    with pytest.raises(ValueError, match=r"Clips 1, 2 of .* pass full scale \(clip 1 reaches 1\.5"):
        write_corpus(Corpus(loud, ["sad"] * 3, sr=SR), tmp_path)
    sf.write(tmp_path / "nan.wav", np.full(9, np.nan), SR, subtype="FLOAT")
    with pytest.raises(audio.NotFiniteError, match="nan.wav' contains NaN"):
        write_corpus(Corpus([str(tmp_path / "nan.wav")], ["sad"]), tmp_path / "out")
    missing = [str(tmp_path / f"{name}.wav") for name in "ab"]
    with pytest.raises(OSError, match=r"3 of 3 recordings(.*\n)*.*a\.wav.*\n.*b\.wav"):
        write_corpus(Corpus([str(tmp_path / "nan.wav"), *missing], ["sad"] * 3), tmp_path / "out")
    assert os.listdir(tmp_path) == ["nan.wav"]


def test_an_error_while_writing_tells_how_far_it_came(tmp_path: Path) -> None:
    (tmp_path / "wav").touch()
    corpus = Corpus([np.zeros(9)], ["sad"], sr=SR)
    with pytest.raises(OSError, match="wav") as caught:
        write_corpus(corpus, tmp_path, "emo-db")
    assert caught.value.__notes__ == ["0 of 1 clips were written before."]


def test_a_folder_that_is_itself_a_link_may_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real", target_is_directory=True)
    write_corpus(Corpus([np.zeros(9)], ["sad"], sr=SR), link)
    assert len(load_corpus("ravdess", tmp_path / "real")) == 1


@pytest.mark.parametrize(
    ("layout", "path"),
    [
        ("ravdess", "Actor_01/03-01-05-01-01-01-01.wav"),
        ("crema-d", "AudioWAV/1001_IEO_ANG_XX.wav"),
        ("tess", "OAF_angry/OAF_bad_angry.wav"),
        ("savee", "DC/a01.wav"),
        ("jl", "JL(wav+txt)/female1_angry_1a_1.wav"),
        ("emov-db", "bea_Angry/anger_1-593_0001.wav"),
        ("asvp-esd", "Audio/actor_1/03-01-05-01-01-1-02-03-02.wav"),
        ("esd", "0001/Angry/0001_000351.wav"),
        ("emo-db", "wav/03a01Wa.wav"),
    ],
)
def test_paths_look_like_those_of_the_corpus(layout: str, path: str, tmp_path: Path) -> None:
    corpus = Corpus([np.zeros(9)], ["angry"], sr=SR)
    assert write_corpus(corpus, tmp_path, layout) == [str(tmp_path / path)]


def test_two_written_corpora_join(tmp_path: Path) -> None:
    corpus = _corpus(SPECS["tess"], clips_each=1)
    write_corpus(corpus, tmp_path / "Tess", "tess")
    write_corpus(corpus, tmp_path / "Ravdess", "ravdess")
    both = load_corpora(tmp_path)
    parts = [load_corpus("ravdess", tmp_path / "Ravdess"), load_corpus("tess", tmp_path / "Tess")]
    pd.testing.assert_frame_equal(both.frame, concat_corpora(parts).frame)
    assert len(load_folder(tmp_path)) == len(both)
