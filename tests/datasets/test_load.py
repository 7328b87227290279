"""Loading corpora. Names tell everything here, so the files are empty."""

from __future__ import annotations

import dataclasses
import warnings
from pathlib import Path

import pandas as pd
import pytest

from sertools.datasets import (
    load_corpora,
    load_corpus,
    load_folder,
)
from sertools.datasets.specs import SPECS

RAVDESS = ["Actor_01/03-01-05-01-01-01-01.wav", "Actor_02/03-01-01-01-02-01-02.wav"]


# load_corpus


def test_a_known_corpus_comes_with_all_that_its_names_tell(tmp_path: Path, touch) -> None:
    corpus = load_corpus("RAVDESS", touch(tmp_path, *RAVDESS, "Actor_01/readme.txt"))
    assert corpus.paths == [str(tmp_path / path) for path in RAVDESS]
    assert corpus.y.tolist() == ["angry", "neutral"]
    assert corpus.groups.tolist() == ["ravdess:01", "ravdess:02"]
    assert corpus.frame["gender"].tolist() == ["male", "female"]
    assert corpus.frame["path"].tolist() == corpus.paths
    assert corpus.name == "ravdess"
    assert list(corpus.specs) == ["ravdess"]
    assert corpus.rejected.empty
    assert repr(corpus) == "Corpus('ravdess': 2 clips, 2 speakers, 2 emotions)"


@pytest.mark.parametrize("end", ["", "/", "/Actor_01/.."])
def test_however_the_folder_is_written(
    end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, touch
) -> None:
    root = touch(tmp_path, *RAVDESS)
    assert len(load_corpus("ravdess", root + end)) == 2
    monkeypatch.chdir(tmp_path)
    assert load_corpus("ravdess", ".").paths == [f"./{path}" for path in RAVDESS]
    assert len(load_corpus("ravdess", Path("Actor_01"))) == 1


def test_the_folder_itself_may_tell_the_speaker_and_those_above_may_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, touch
) -> None:
    root = touch(tmp_path / "DC", "a01.wav")
    monkeypatch.chdir(root)
    for same in (root, root + "/", ".", "../DC"):
        corpus = load_corpus("savee", same)
        assert corpus.groups.tolist() == ["savee:DC"]
        assert corpus.check(audio=False).findings["defect"].tolist() == ["count"]
    misleading = touch(tmp_path / "sam" / "work", "amused_1-28_0011.wav")
    with pytest.raises(ValueError, match="neither its name .* tells the speaker.* load that one"):
        load_corpus("emov-db", misleading)


def test_files_that_do_not_parse_are_told_and_listed(tmp_path: Path, touch) -> None:
    root = touch(tmp_path, *RAVDESS, "Actor_01/noise.wav", "03-01-09-01-01-01-01.wav")
    with pytest.warns(UserWarning, match="2 of 4 recordings below .* are left out: .*noise.wav"):
        corpus = load_corpus("ravdess", root)
    assert len(corpus) == 2
    rejected = corpus.rejected
    assert [Path(path).name for path in rejected["path"]] == [
        "03-01-09-01-01-01-01.wav",
        "noise.wav",
    ]
    assert rejected["reason"].str.contains("not named as RAVDESS names its files").all()


def test_the_sound_of_a_video_is_left_out_beside_the_same_take(tmp_path: Path, touch) -> None:
    twin = "Actor_01/01-01-05-01-01-01-01.wav"
    other = "Actor_03/01-01-05-01-01-01-03.wav"
    root = touch(tmp_path, *RAVDESS, twin, other)
    with pytest.warns(UserWarning, match="1 of 4 .*av: the sound of a video, and its take is here"):
        corpus = load_corpus("ravdess", root)
    assert corpus.paths == [str(tmp_path / path) for path in (*RAVDESS, other)]
    assert corpus.rejected["path"].tolist() == [str(tmp_path / twin)]
    assert "keep_flagged=True" in corpus.rejected["reason"][0]
    # No warning of copies that were asked for.
    kept = load_corpus("ravdess", root, keep_flagged=True)
    assert kept.frame["flags"].tolist() == ["av", "", "", "av"]
    assert kept.rejected.empty


def test_of_two_videos_of_one_take_one_is_kept(tmp_path: Path, touch) -> None:
    root = touch(tmp_path, "01-01-05-01-01-01-01.wav", "02-01-05-01-01-01-01.wav")
    with pytest.warns(UserWarning, match="1 of 2 .*video: the sound of a video"):
        assert load_corpus("ravdess", root).frame["flags"].tolist() == ["av"]


def test_asvp_esd_without_mixed_voices_and_malformed_names(tmp_path: Path, touch) -> None:
    root = touch(
        tmp_path,
        "Audio/actor_2/03-01-05-02-01-2-02-03-02.wav",
        "Audio/actor_2/03-01-05-02-01-2-02-03-02-01-77.wav",
        "Audio/actor_2/03-01-05-02-01-2-02-03-02-01-66.wav",
        "Audio/actor_/03-01-17-02-01-2-02-03-02.wav",
    )
    with pytest.warns(UserWarning, match="2 of 4"):
        corpus = load_corpus("asvp-esd", root)
    assert corpus.frame["flags"].tolist() == ["noisy", ""]
    reasons = dict(zip(corpus.rejected["path"].map(Path), corpus.rejected["reason"], strict=True))
    assert {path.stem[-5:]: reason[:16] for path, reason in reasons.items()} == {
        "03-02": "emotion code '17",
        "01-66": "mixed: several v",
    }


@pytest.mark.parametrize("load", [load_corpora, lambda root: load_corpus("savee", root)])
def test_copies_are_told(load, tmp_path: Path, touch) -> None:
    names = [f"{speaker}/a{number:02}.wav" for speaker in ("DC", "JE") for number in (1, 2)]
    assert len(load(touch(tmp_path, *names))) == 4
    touch(tmp_path, "copy/DC_a01.flac")
    with pytest.warns(UserWarning, match="1 of the 5 clips of SAVEE are copies") as caught:
        corpus = load(tmp_path)
    assert [warning.filename for warning in caught] == [__file__]
    assert len(corpus.select(corpus.check(audio=False))) == 4


def test_a_folder_of_mixed_voices_alone_is_kept(tmp_path: Path, touch) -> None:
    root = touch(tmp_path, "Audio/actor_2/03-01-05-02-01-2-02-03-02-01-66.wav")
    assert load_corpus("asvp-esd", root).frame["flags"].tolist() == ["mixed"]


def test_copies_whose_names_are_not_unique_are_told_by_their_number(tmp_path: Path, touch) -> None:
    names = [f"Audio/actor_2/03-01-05-02-{i:02}-2-02-03.wav" for i in range(80)]
    published = {"speech": {"": 79}}
    spec = SPECS["asvp-esd"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SPECS, "asvp-esd", dataclasses.replace(spec, counts=published))
        with pytest.warns(UserWarning, match="1 of the 80 clips of ASVP-ESD are copies"):
            load_corpus("asvp-esd", touch(tmp_path, *names))


@pytest.mark.parametrize("load", [load_corpora, load_folder, lambda r: load_corpus("ravdess", r)])
def test_recordings_that_cannot_be_read_are_listed(load, tmp_path: Path, touch) -> None:
    root = touch(tmp_path, *RAVDESS, "Actor_01/01-01-05-01-01-01-01.MP4", "Actor_02/b.m4a")
    with pytest.warns(UserWarning, match="2 of 4 recordings .*cannot read .mp4 files") as caught:
        corpus = load(root)
    assert [warning.filename for warning in caught] == [__file__]
    assert len(corpus) == 2
    assert corpus.rejected["reason"].tolist() == [
        f"sertools cannot read {suffix} files: convert it, for example with ffmpeg -i input "
        "output.wav"
        for suffix in (".mp4", ".m4a")
    ]
    for path in RAVDESS:
        (tmp_path / path).unlink()
    with pytest.raises(FileNotFoundError, match=r"No audio file .* There are 2 others: .*\.m4a"):
        load(root)


def test_a_folder_of_another_corpus_is_answered_with_its_name(tmp_path: Path, touch) -> None:
    root = touch(tmp_path, "AudioWAV/1001_DFA_ANG_XX.wav")
    with pytest.raises(ValueError, match=r"1001_DFA_ANG_XX\.wav") as caught:
        load_corpus("ravdess", root)
    message = str(caught.value)
    assert SPECS["ravdess"].example in message
    assert 'load_corpus("crema-d", ...)' in message
    with pytest.raises(ValueError, match="load_folder"):
        load_corpus("ravdess", touch(tmp_path / "own", "happy/1.wav"))


@pytest.mark.parametrize("load", [load_corpora, load_folder, lambda r: load_corpus("ravdess", r)])
def test_folders_that_are_none_or_empty(load, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load(tmp_path / "nowhere")
    (tmp_path / "a.wav").touch()
    with pytest.raises(NotADirectoryError, match="is a file"):
        load(tmp_path / "a.wav")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").touch()
    with pytest.raises(
        FileNotFoundError, match=r"No audio file .* lies below .* Looked for .*\.wav"
    ):
        load(tmp_path / "empty")


def test_an_unknown_corpus_is_refused_before_any_file_is_looked_for() -> None:
    with pytest.raises(ValueError, match="Known are ravdess, crema-d"):
        load_corpus("iemocap", "nowhere")


# load_corpora

BUNDLE = [
    "Crema/1002_IEO_DIS_HI.wav",
    "Ravdess/audio_speech_actors_01-24/Actor_01/03-01-05-01-01-01-01.wav",
    "Savee/DC_a01.wav",
    "Tess/OAF_Pleasant_surprise/OAF_back_ps.wav",
]


def test_the_bundle_of_four_corpora(tmp_path: Path, touch) -> None:
    corpus = load_corpora(touch(tmp_path, *BUNDLE))
    assert sorted(corpus.paths) == [str(tmp_path / path) for path in BUNDLE]
    by_corpus = corpus.frame.set_index("corpus")
    assert by_corpus["emotion"].to_dict() == {
        "crema-d": "disgust",
        "ravdess": "angry",
        "savee": "angry",
        "tess": "surprised",
    }
    assert by_corpus["speaker"].to_dict() == {
        "crema-d": "crema-d:1002",
        "ravdess": "ravdess:01",
        "savee": "savee:DC",
        "tess": "tess:OAF",
    }
    assert set(corpus.specs) == {"crema-d", "ravdess", "savee", "tess"}
    assert corpus.name == "crema-d+ravdess+savee+tess"


def test_files_of_no_corpus_and_of_broken_names_are_told_once(tmp_path: Path, touch) -> None:
    root = touch(tmp_path, *BUNDLE, "noise/hum.wav", "a01.wav", "Crema/1001_DFA_CAL_XX.wav")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        corpus = load_corpora(root)
    assert len(caught) == 1
    assert "3 of 7 recordings" in str(caught[0].message)
    assert caught[0].filename == __file__
    reasons = dict(zip(corpus.rejected["path"], corpus.rejected["reason"], strict=True))
    assert (
        reasons[str(tmp_path / "noise/hum.wav")] == "not named as any known corpus names its files"
    )
    assert "tells the speaker" in reasons[str(tmp_path / "a01.wav")]
    assert "emotion code 'CAL'" in reasons[str(tmp_path / "Crema/1001_DFA_CAL_XX.wav")]


def test_a_single_corpus_keeps_its_name(tmp_path: Path, touch) -> None:
    corpus = load_corpora(touch(tmp_path, *RAVDESS))
    assert corpus.name == "ravdess"
    pd.testing.assert_frame_equal(corpus.frame, load_corpus("ravdess", tmp_path).frame)


def test_nothing_recognised_is_an_error(tmp_path: Path, touch) -> None:
    with pytest.raises(ValueError, match="None of the 1 audio files .* Known are ravdess"):
        load_corpora(touch(tmp_path, "happy/1.wav"))
