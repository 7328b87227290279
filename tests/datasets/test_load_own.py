"""Loading what is nobody's standard: a folder per class, or a table. The files are empty."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

from sertools.datasets import Corpus, concat_corpora, load_folder, load_table


def test_one_folder_per_class(tmp_path: Path, touch) -> None:
    root = touch(tmp_path / "mine", "Joy/ann_1.wav", "Joy/more/bob_1.wav", "Grief/ann_2.flac")
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


def test_files_beside_the_class_folders_are_told(tmp_path: Path, touch) -> None:
    root = touch(tmp_path, "joy/1.wav", "stray.wav")
    with pytest.warns(UserWarning, match=r"1 of 2 recordings .*stray\.wav' \(lies in no class"):
        corpus = load_folder(root)
    assert corpus.rejected["reason"].tolist() == ["lies in no class folder"]
    with pytest.raises(ValueError, match="lie in no class folder"):
        load_folder(touch(tmp_path / "flat", "a.wav", "b.wav"))


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        (["data/joy/1.wav", "data/grief/1.wav"], "folders data. If .*grief, joy.*data'"),
        (["Train/joy/1.wav", "test/joy/1.wav"], "folders Train, test. If .* below, joy,"),
        (["joy/ann/1.wav", "grief/ann/1.wav"], None),
        (["joy/1.wav"], None),
        (["train/1.wav", "test/1.wav"], None),
    ],
)
def test_classes_that_seem_to_lie_further_down_are_told(
    paths: list[str], told: str | None, tmp_path: Path, touch
) -> None:
    root = touch(tmp_path, *paths)
    if told is None:
        assert len(load_folder(root)) == len(paths)
    else:
        with pytest.warns(UserWarning, match=told) as caught:
            assert len(load_folder(root)) == len(paths)
        assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize(
    ("rule", "error", "message"),
    [
        ("(", ValueError, r"speaker='\(' is no regular expression: missing \)"),
        (3, TypeError, "speaker=3: give a regular expression, or a function"),
    ],
)
def test_a_rule_for_speakers_that_is_none(
    rule: object, error: type[Exception], message: str, tmp_path: Path, touch
) -> None:
    with pytest.raises(error, match=message):
        load_folder(touch(tmp_path, "joy/ann.wav"), speaker=rule)


def test_an_optional_group_that_finds_nobody_is_an_error(tmp_path: Path, touch) -> None:
    with pytest.raises(ValueError, match="no speaker in 1 of 1 paths"):
        load_folder(touch(tmp_path, "joy/1.wav"), speaker=r"(ann)?\d")


@pytest.mark.parametrize("rule", [r"ann", lambda path: "ann" if "ann" in path else None])
def test_a_speaker_that_is_not_found_is_an_error(rule, tmp_path: Path, touch) -> None:
    root = touch(tmp_path, "joy/ann.wav", "joy/bob.wav")
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
        ({"emotion": ["joy", "  "]}, {}, r"column 'emotion' is empty in rows 1"),
        ({"path": ["a.wav", "a.wav"]}, {}, r"more than once: 'a\.wav'"),
    ],
)
def test_tables_with_holes_are_refused(changes: dict, arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_table(TABLE.assign(**changes), **arguments)


def test_the_words_of_a_table_are_tidied() -> None:
    table = TABLE.assign(emotion=["joy ", " joy"], speaker=[1.0, None], take=[2.0, None])
    corpus = load_table(table)
    assert corpus.y.tolist() == ["joy", "joy"]
    assert corpus.groups.tolist() == ["1", ""]
    assert corpus.frame["take"].tolist() == ["2", ""]
    assert corpus.frame["arousal"].tolist() == [0.5, 1.5]


def test_speakers_of_several_corpora_in_one_table_are_kept_apart() -> None:
    table = TABLE.assign(speaker="1", corpus=["home", "lab"])
    assert load_table(table).groups.tolist() == ["home:1", "lab:1"]
    assert load_table(table.assign(corpus="home")).groups.tolist() == ["1", "1"]


def test_a_joined_corpus_of_known_and_unknown_speakers_can_be_saved_and_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = load_table(TABLE, name="known")
    unknown = Corpus(["c.wav"], ["sad"], name="unknown")
    joined = concat_corpora([known, unknown])
    joined.frame.to_csv(tmp_path / "joined.csv", index=False)
    monkeypatch.chdir(tmp_path.parent)
    loaded = load_table(tmp_path / "joined.csv", root="", name="joined")
    pd.testing.assert_frame_equal(loaded.frame, joined.frame)
    assert loaded.groups.tolist() == ["known:01", "known:NA", ""]


@pytest.mark.parametrize("table", [{"path": ["a.wav"]}, ["a.wav"], pd.Series(["a.wav"]), None])
def test_what_is_no_table_is_refused(table: object) -> None:
    with pytest.raises(TypeError, match=f"table is a {type(table).__name__}: give a DataFrame"):
        load_table(table)


@pytest.mark.parametrize(
    "content", [b"", "path,emotion\na.wav,gl\xfccklich\n".encode("latin-1"), b'a,b\n"c']
)
def test_files_that_hold_no_readable_table(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes(content)
    with pytest.raises(ValueError, match=r"labels\.csv' cannot be read as a table in UTF-8"):
        load_table(tmp_path / "labels.csv")


def test_nothing_is_downloaded() -> None:
    with pytest.raises(FileNotFoundError, match="give a local file, and download it first"):
        load_table("https://example.org/labels.csv")


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
    with pytest.raises(FileNotFoundError, match=r"labels\.csv' does not exist"):
        load_table(tmp_path / "labels.csv")
    with pytest.raises(ValueError, match="0 clips"):
        load_table(TABLE.iloc[:0])
    (tmp_path / "labels.parquet").touch()
    for engine in ("pyarrow", "fastparquet"):
        monkeypatch.setitem(sys.modules, engine, None)
    with pytest.raises(ImportError, match="pip install pyarrow"):
        load_table(tmp_path / "labels.parquet")
