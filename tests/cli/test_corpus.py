"""What DATA may be, and what the corpus commands tell of it."""

from __future__ import annotations

import csv
import io
import shutil

import pytest


@pytest.fixture
def own(voices, tmp_path):
    """A folder per class of recordings that are called after their speakers, and a table of it."""
    with open("own.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "mood", "who"])
        for i, path in enumerate(sorted(voices.rglob("*.wav"))):
            mood = {"05": "furious", "04": "blue"}[path.name[6:8]]
            place = tmp_path / "own" / mood / f"spk{path.parent.name[-1]}_{i}.wav"
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)
            table.writerow([place.relative_to(tmp_path), mood, path.parent.name[-1]])
    return place.parents[1]


OF_TABLE = ("--path-column", "file", "--label-column", "mood")


@pytest.mark.parametrize(
    ("arguments", "n_speakers"),
    [
        (["voices"], 4),
        (["voices", "--corpus", "RAVDESS"], 4),
        (["own"], 0),
        (["own", "--speaker", r"spk(\d)"], 4),
        (["own.csv", *OF_TABLE], 0),
        (["own.csv", *OF_TABLE, "--speaker-column", "who"], 4),
    ],
)
def test_data_of_all_kinds_is_described(ok, own, arguments, n_speakers):
    rows = list(
        csv.DictReader(io.StringIO(ok("corpus", "describe", *arguments, "--format", "csv")))
    )
    expected = ["angry", "sad"] if arguments[0] == "voices" else ["blue", "furious"]
    assert [row["emotion"] for row in rows] == expected
    assert [(row["clips"], row["speakers"]) for row in rows] == [("12", str(n_speakers))] * 2


def test_a_known_corpus_may_be_read_as_a_folder_per_class(ok, voices):
    assert "Actor_01" in ok("corpus", "describe", "voices", "--corpus", "folder")


def test_a_few_names_like_those_of_a_corpus_make_no_corpus(ok, own):
    name = next((own.parent / "voices").rglob("*.wav"))
    shutil.copy(name, own / "blue" / name.name)
    assert "blue        13" in ok("corpus", "describe", "own")


def test_describe_counts_by_what_is_asked_for(ok, voices):
    assert "ravdess:04      6" in ok("corpus", "describe", "voices", "--by", "speaker")


def test_notes_stay_away_when_asked_to(run, voices):
    assert run("corpus", "describe", "voices").stderr.startswith("voices: Corpus('ravdess'")
    assert run("corpus", "describe", "voices", "--quiet").stderr == ""


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["own.csv"], "no column 'path', 'emotion'; it has 'file', 'mood', 'who'"),
        (["own.csv"], "--path-column, --label-column"),
        (["own/blue"], "lie in no class folder"),
        (["own/blue"], "--corpus NAME names a known corpus"),
        (["own", "--corpus", "ravdes"], "Known are ravdess, crema-d"),
        (["own", "--speaker", "(nobody)"], "finds no speaker in 24 of 24 paths"),
        (["own/blue/notes.txt"], "is neither a folder nor a table"),
        (["empty"], "No audio file"),
    ],
)
def test_data_that_is_none_is_refused_with_a_way_out(run, own, arguments, reason):
    (own / "blue" / "notes.txt").write_text("call back")
    (own.parent / "empty").mkdir()
    done = run("corpus", "describe", *arguments)
    assert done.exit_code == 1
    assert reason in done.stderr


def test_check_finds_nothing_in_what_is_sound(run, own):
    done = run("corpus", "check", "own")
    assert done.exit_code == 0
    assert "findings: 0" in done.stdout
    assert "--clean" not in done.stdout


def test_check_tells_of_damage_and_by_its_exit_code(run, own):
    (own / "blue" / "bad.wav").write_text("not found")
    done = run("corpus", "check", "own")
    assert done.exit_code == 3
    assert "unreadable (drop)" in done.stdout
    assert "leave out with --clean" in done.stdout
    assert "corpus.select" not in done.stdout


def test_check_gives_its_findings_as_a_table(run, own):
    twin = shutil.copy(next((own / "blue").glob("*.wav")), own / "blue" / "twin.wav")
    done = run("corpus", "check", "own", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    assert (row["defect"], row["action"]) == ("identical", "drop")
    assert row["path"].endswith(twin.name)
