"""Writing a corpus in the layout of a known one, and reading it back."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

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


def test_a_clip_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    corpus = Corpus([np.zeros(9), np.full(9, 1.5)], ["sad", "sad"], sr=SR)
    with pytest.raises(ValueError, match=r"reach 1\.5") as caught:
        write_corpus(corpus, tmp_path)
    assert caught.value.__notes__ == ["This is clip 1 of " + repr(corpus) + "."]


def test_two_written_corpora_join(tmp_path: Path) -> None:
    corpus = _corpus(SPECS["tess"], clips_each=1)
    write_corpus(corpus, tmp_path / "Tess", "tess")
    write_corpus(corpus, tmp_path / "Ravdess", "ravdess")
    both = load_corpora(tmp_path)
    parts = [load_corpus("ravdess", tmp_path / "Ravdess"), load_corpus("tess", tmp_path / "Tess")]
    pd.testing.assert_frame_equal(both.frame, concat_corpora(parts).frame)
    assert len(load_folder(tmp_path)) == len(both)
