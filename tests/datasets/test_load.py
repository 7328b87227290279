"""Loading corpora. Names tell everything here, so the files are empty."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pandas as pd
import pytest

from sertools.datasets import load_corpora, load_corpus, load_folder, load_table
from sertools.datasets.specs import SPECS

RAVDESS = ["Actor_01/03-01-05-01-01-01-01.wav", "Actor_02/03-01-01-01-02-01-02.wav"]


def _touch(root: Path, *paths: str) -> str:
    """Empty files below a folder; the folder."""
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return str(root)


# load_corpus


def test_a_known_corpus_comes_with_all_that_its_names_tell(tmp_path: Path) -> None:
    corpus = load_corpus("RAVDESS", _touch(tmp_path, *RAVDESS, "Actor_01/readme.txt"))
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
    end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = _touch(tmp_path, *RAVDESS)
    assert len(load_corpus("ravdess", root + end)) == 2
    monkeypatch.chdir(tmp_path)
    assert load_corpus("ravdess", ".").paths == [f"./{path}" for path in RAVDESS]
    assert len(load_corpus("ravdess", Path("Actor_01"))) == 1


def test_the_folder_itself_may_tell_the_speaker_and_those_above_may_not(tmp_path: Path) -> None:
    root = _touch(tmp_path / "DC", "a01.wav")
    assert load_corpus("savee", root).groups.tolist() == ["savee:DC"]
    misleading = _touch(tmp_path / "sam" / "work", "amused_1-28_0011.wav")
    with pytest.raises(ValueError, match="neither its name nor a folder tells the speaker"):
        load_corpus("emov-db", misleading)


def test_files_that_do_not_parse_are_told_and_listed(tmp_path: Path) -> None:
    root = _touch(tmp_path, *RAVDESS, "Actor_01/noise.wav", "03-01-09-01-01-01-01.wav")
    with pytest.warns(UserWarning, match="2 of 4 audio files below .* are left out: .*noise.wav"):
        corpus = load_corpus("ravdess", root)
    assert len(corpus) == 2
    rejected = corpus.rejected
    assert [Path(path).name for path in rejected["path"]] == [
        "03-01-09-01-01-01-01.wav",
        "noise.wav",
    ]
    assert rejected["reason"].str.contains("not named as RAVDESS names its files").all()


def test_the_sound_of_videos_is_left_out_beside_the_audio_files(tmp_path: Path) -> None:
    twin = "Actor_01/01-01-05-01-01-01-01.wav"
    root = _touch(tmp_path, *RAVDESS, twin)
    with pytest.warns(UserWarning, match="1 of 3 .*av: the sound of a video is the take"):
        corpus = load_corpus("ravdess", root)
    assert corpus.paths == [str(tmp_path / path) for path in RAVDESS]
    assert "keep_flagged=True" in corpus.rejected["reason"][0]
    kept = load_corpus("ravdess", root, keep_flagged=True)
    assert kept.frame["flags"].tolist() == ["av", "", ""]
    assert kept.rejected.empty


def test_the_sound_of_videos_is_kept_where_there_is_nothing_else(tmp_path: Path) -> None:
    root = _touch(tmp_path, "01-01-05-01-01-01-01.wav", "02-01-05-01-01-01-02.wav")
    assert load_corpus("ravdess", root).frame["flags"].tolist() == ["av", "video"]


def test_asvp_esd_without_mixed_voices_and_malformed_names(tmp_path: Path) -> None:
    root = _touch(
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


def test_more_clips_than_were_published_are_told(tmp_path: Path) -> None:
    names = [
        f"{speaker}/{code}{number:02}.wav"
        for speaker in ("DC", "JE", "JK", "KL")
        for code in ("a", "d", "f", "h", "n", "sa", "su")
        for number in range(1, 31 if code == "n" else 16)
    ]
    assert len(load_corpus("savee", _touch(tmp_path, *names))) == 480
    _touch(tmp_path / "copy", names[0])
    with pytest.warns(UserWarning, match="481 clips of SAVEE were found, and 480 were published"):
        corpus = load_corpus("savee", tmp_path)
    report = corpus.check(audio=False)
    assert report.findings["defect"].tolist() == ["count", "nested-copy"]
    assert report.drops.tolist() == [corpus.paths.index(str(tmp_path / "copy" / names[0]))]


def test_a_folder_of_another_corpus_is_answered_with_its_name(tmp_path: Path) -> None:
    root = _touch(tmp_path, "AudioWAV/1001_DFA_ANG_XX.wav")
    with pytest.raises(ValueError, match=r"1001_DFA_ANG_XX\.wav") as caught:
        load_corpus("ravdess", root)
    message = str(caught.value)
    assert SPECS["ravdess"].example in message
    assert 'load_corpus("crema-d", ...)' in message
    with pytest.raises(ValueError, match="load_folder"):
        load_corpus("ravdess", _touch(tmp_path / "own", "happy/1.wav"))


@pytest.mark.parametrize("load", [load_corpora, load_folder, lambda r: load_corpus("ravdess", r)])
def test_folders_that_are_none_or_empty(load, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load(tmp_path / "nowhere")
    (tmp_path / "a.wav").touch()
    with pytest.raises(NotADirectoryError, match="is a file"):
        load(tmp_path / "a.wav")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").touch()
    with pytest.raises(FileNotFoundError, match=r"No audio file lies below .* Looked for .*\.wav"):
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


def test_the_bundle_of_four_corpora(tmp_path: Path) -> None:
    corpus = load_corpora(_touch(tmp_path, *BUNDLE))
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


def test_files_of_no_corpus_and_of_broken_names_are_told_once(tmp_path: Path) -> None:
    root = _touch(tmp_path, *BUNDLE, "noise/hum.wav", "a01.wav", "Crema/1001_DFA_CAL_XX.wav")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        corpus = load_corpora(root)
    assert len(caught) == 1
    assert "3 of 7 audio files" in str(caught[0].message)
    assert caught[0].filename == __file__
    reasons = dict(zip(corpus.rejected["path"], corpus.rejected["reason"], strict=True))
    assert (
        reasons[str(tmp_path / "noise/hum.wav")] == "not named as any known corpus names its files"
    )
    assert "tells the speaker" in reasons[str(tmp_path / "a01.wav")]
    assert "emotion code 'CAL'" in reasons[str(tmp_path / "Crema/1001_DFA_CAL_XX.wav")]


def test_a_single_corpus_keeps_its_name(tmp_path: Path) -> None:
    corpus = load_corpora(_touch(tmp_path, *RAVDESS))
    assert corpus.name == "ravdess"
    pd.testing.assert_frame_equal(corpus.frame, load_corpus("ravdess", tmp_path).frame)


def test_nothing_recognised_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="None of the 1 audio files .* Known are ravdess"):
        load_corpora(_touch(tmp_path, "happy/1.wav"))


# load_folder


def test_one_folder_per_class(tmp_path: Path) -> None:
    root = _touch(tmp_path / "mine", "Joy/ann_1.wav", "Joy/more/bob_1.wav", "Grief/ann_2.flac")
    corpus = load_folder(root)
    assert corpus.y.tolist() == ["Grief", "Joy", "Joy"]
    assert corpus.groups is None
    assert corpus.name == "mine"
    by_regex = load_folder(root, speaker=r"([a-z]+)_\d", name="ours")
    assert by_regex.groups.tolist() == ["ann", "ann", "bob"]
    assert by_regex.name == "ours"
    assert load_folder(root, speaker=r"ann|bob").groups.tolist() == ["ann", "ann", "bob"]
    by_function = load_folder(root, speaker=lambda path: Path(path).stem[:3])
    assert by_function.groups.tolist() == ["ann", "ann", "bob"]


def test_files_beside_the_class_folders_are_told(tmp_path: Path) -> None:
    root = _touch(tmp_path, "joy/1.wav", "stray.wav")
    with pytest.warns(UserWarning, match=r"1 audio files lie beside .*stray\.wav"):
        corpus = load_folder(root)
    assert corpus.rejected["reason"].tolist() == ["lies in no class folder"]
    with pytest.raises(ValueError, match="lie in no class folder"):
        load_folder(_touch(tmp_path / "flat", "a.wav", "b.wav"))


@pytest.mark.parametrize("rule", [r"ann", lambda path: "ann" if "ann" in path else None])
def test_a_speaker_that_is_not_found_is_an_error(rule, tmp_path: Path) -> None:
    root = _touch(tmp_path, "joy/ann.wav", "joy/bob.wav")
    with pytest.raises(ValueError, match=r"no speaker in 1 of 2 paths: 'joy/bob\.wav'"):
        load_folder(root, speaker=rule)


# load_table

TABLE = pd.DataFrame(
    {
        "path": ["a.wav", "sub/b.wav"],
        "emotion": ["joy", "None"],
        "speaker": ["01", "NA"],
        "gender": ["female", ""],
        "take": ["01", "02"],
        "arousal": [0.5, 1.5],
    }
)


@pytest.mark.parametrize("kind", ["csv", "tsv", "parquet"])
def test_a_table_in_a_file(kind: str, tmp_path: Path) -> None:
    file = tmp_path / f"labels.{kind}"
    if kind == "parquet":
        pytest.importorskip("pyarrow")
        TABLE.to_parquet(file)
    else:
        TABLE.to_csv(file, index=False, sep="\t" if kind == "tsv" else ",")
    corpus = load_table(file)
    assert corpus.paths == [str(tmp_path / "a.wav"), str(tmp_path / "sub/b.wav")]
    assert corpus.y.tolist() == ["joy", "None"]
    assert corpus.groups.tolist() == ["01", "NA"]
    assert corpus.frame["gender"].tolist() == ["female", ""]
    assert corpus.frame["take"].tolist() == ["01", "02"]
    assert corpus.frame["arousal"].tolist() == [0.5, 1.5]
    assert corpus.name == "labels"
    assert load_table(str(file), root="elsewhere").paths == [
        str(Path("elsewhere/a.wav")),
        str(Path("elsewhere/sub/b.wav")),
    ]


def test_a_table_in_hand_with_other_names() -> None:
    table = TABLE.rename(columns={"path": "file", "emotion": "mood", "speaker": "who"})
    table["emotion"] = "not this"
    corpus = load_table(table, path="file", label="mood", speaker="who", name="mine")
    assert corpus.paths == ["a.wav", "sub/b.wav"]
    assert corpus.y.tolist() == ["joy", "None"]
    assert corpus.groups.tolist() == ["01", "NA"]
    assert corpus.name == "mine"
    assert load_table(TABLE.drop(columns="speaker")).groups is None
    absolute = TABLE.assign(path=["/x/a.wav", "b.wav"])
    assert load_table(absolute, root="/y").paths == ["/x/a.wav", "/y/b.wav"]


@pytest.mark.parametrize(
    ("changes", "arguments", "message"),
    [
        ({}, {"label": "mood"}, "no column 'mood'; it has 'path', 'emotion'"),
        ({}, {"speaker": "who"}, "no column 'who'"),
        ({"path": ["a.wav", None]}, {}, r"column 'path' is empty in rows 1"),
        ({"emotion": ["", "joy"]}, {}, r"column 'emotion' is empty in rows 0"),
        ({"speaker": ["x", None]}, {}, r"column 'speaker' is empty in rows 1"),
        ({"path": ["a.wav", "a.wav"]}, {}, r"more than once: 'a\.wav'"),
    ],
)
def test_tables_with_holes_are_refused(changes: dict, arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_table(TABLE.assign(**changes), **arguments)


def test_the_table_of_a_corpus_can_be_saved_and_loaded(tmp_path: Path) -> None:
    for table in (TABLE, TABLE.drop(columns="speaker")):
        corpus = load_table(table, root=tmp_path, name="saved")
        corpus.frame.to_csv(tmp_path / "saved.csv", index=False)
        loaded = load_table(tmp_path / "saved.csv")
        pd.testing.assert_frame_equal(loaded.frame, corpus.frame)
        assert loaded.name == "saved"


def test_an_empty_cell_of_a_file_is_missing(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("path,emotion\na.wav,\nb.wav,joy\n")
    with pytest.raises(ValueError, match="'emotion' is empty in rows 0"):
        load_table(tmp_path / "labels.csv")


def test_files_that_are_no_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"labels\.xlsx' is no table .*\.csv, \.tsv or \.parquet"):
        load_table("labels.xlsx")
    with pytest.raises(FileNotFoundError):
        load_table(tmp_path / "labels.csv")
    with pytest.raises(ValueError, match="0 clips"):
        load_table(TABLE.iloc[:0])
    (tmp_path / "labels.parquet").touch()
    for engine in ("pyarrow", "fastparquet"):
        monkeypatch.setitem(sys.modules, engine, None)
    with pytest.raises(ImportError, match="pip install pyarrow"):
        load_table(tmp_path / "labels.parquet")
