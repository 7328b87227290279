"""Corpus: what it holds, what it gives out, and how parts and sums of it are made."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sertools import audio
from sertools._validation import Clips
from sertools.datasets import COLUMNS, Corpus, concat_corpora


def _paths(n: int = 6) -> Corpus:
    """Six paths of three speakers, three emotions, with genders."""
    frame = pd.DataFrame(
        {
            "emotion": ["angry", "sad", "happy", "angry", "sad", "angry"],
            "speaker": ["a", "a", "b", "b", "c", "c"],
            "gender": ["female", "female", "male", "male", "", ""],
            "arousal": [5, 1, 4, 5, 2, 5],
        }
    )
    return Corpus([f"{i}.wav" for i in range(n)], frame=frame, name="six")


def _waves(n: int = 4, sr: int | None = 16000, seed: int = 0) -> list[np.ndarray]:
    """Noise clips of different lengths."""
    rng = np.random.default_rng(seed)
    return [rng.normal(0, 0.1, 100 + i).astype(np.float32) for i in range(n)]


# What it holds


def test_arrays_in_hand_become_strings_and_a_full_table() -> None:
    corpus = Corpus([Path("x/a.wav"), "b.wav"], np.array([1, 2]), [10, 20], name="mine")
    assert corpus.X == corpus.paths == ["x/a.wav", "b.wav"]
    assert corpus.y.tolist() == ["1", "2"]
    assert corpus.y.dtype.kind == "U"
    assert corpus.groups is not None
    assert corpus.groups.tolist() == ["10", "20"]
    frame = corpus.frame
    assert tuple(frame.columns) == COLUMNS
    assert not frame.isna().any(axis=None)
    assert frame["path"].tolist() == corpus.paths
    assert frame["corpus"].tolist() == ["mine", "mine"]
    assert frame["emotion_raw"].tolist() == ["1", "2"]
    assert frame["text"].tolist() == ["", ""]
    assert corpus.sr is None
    assert corpus.name == "mine"


def test_groups_are_none_only_if_no_speaker_is_known() -> None:
    assert Corpus(["a.wav"], ["sad"]).groups is None
    groups = Corpus(["a.wav", "b.wav"], ["sad", "sad"], [None, "ann"]).groups
    assert groups is not None
    assert groups.tolist() == ["", "ann"]


def test_a_frame_keeps_its_own_columns_and_loses_its_missing_values() -> None:
    frame = pd.DataFrame(
        {"emotion": ["sad", "sad"], "speaker": ["a", None], "text": [None, 3], "age": [30.5, None]},
        index=[7, 7],
    )
    table = Corpus(["a.wav", "b.wav"], frame=frame).frame
    assert table["speaker"].tolist() == ["a", ""]
    assert table["text"].tolist()[0] == ""
    assert table["age"].isna().tolist() == [False, True]
    assert table.index.tolist() == [0, 1]


def test_waveforms_become_clips_that_can_be_computed_with() -> None:
    pcm = [np.full(4, -16384, dtype=np.int16), np.full(3, 16384, dtype=np.int16)]
    corpus = Corpus(pcm, ["sad", "sad"], sr=8000)
    assert isinstance(corpus.X, Clips)
    assert corpus.X.sr == corpus.sr == 8000
    assert [clip.tolist() for clip in corpus.X] == [[-0.5] * 4, [0.5] * 3]
    assert corpus.paths is None
    assert corpus.frame["path"].tolist() == ["", ""]
    assert Corpus(Clips(_waves(2), sr=100), ["sad", "sad"]).sr == 100
    assert Corpus(np.ones((2, 5)), ["sad", "sad"]).sr is None


def test_waveforms_keep_the_paths_they_were_read_from() -> None:
    corpus = Corpus(_waves(6), frame=_paths().frame, sr=8000)
    assert corpus.paths is None
    assert corpus.frame["path"].tolist() == _paths().X
    elsewhere = Corpus(["new.wav"], frame=_paths().frame[:1])
    assert elsewhere.frame["path"].tolist() == ["new.wav"]


def test_what_is_given_out_can_be_changed_without_harm() -> None:
    corpus = _paths()
    clips, frame, labels, rejected = corpus.X, corpus.frame, corpus.y, corpus.rejected
    clips.clear()
    frame["emotion"] = labels[:] = "x"
    rejected["path"] = ["x"]
    assert len(corpus) == len(corpus.X) == 6
    assert corpus.y.tolist() == ["angry", "sad", "happy", "angry", "sad", "angry"]
    assert len(corpus.rejected) == 0
    given = corpus.frame
    other = Corpus(corpus.X, frame=given)
    given["emotion"] = "x"
    assert other.y.tolist() == corpus.y.tolist()


def test_repr_counts_in_one_line() -> None:
    assert repr(_paths()) == "Corpus('six': 6 clips, 3 speakers, 3 emotions)"
    assert repr(Corpus(["a.wav"], ["sad"])) == "Corpus('corpus': 1 clip, 0 speakers, 1 emotion)"


def test_pickle_keeps_everything() -> None:
    for corpus in (_paths(), Corpus(_waves(), list("abab"), list("xxyy"), sr=16000)):
        copy = pickle.loads(pickle.dumps(corpus))
        pd.testing.assert_frame_equal(copy.frame, corpus.frame)
        assert copy.sr == corpus.sr
        assert all(np.array_equal(a, b) for a, b in zip(copy.X, corpus.X, strict=True))
        assert repr(copy) == repr(corpus)


def test_file_names_that_are_not_utf8_survive() -> None:
    odd = "\udce9t\udce9/\udcff.wav"
    frame = pd.DataFrame({"emotion": ["a\udce9", "sad"], "speaker": ["b", "b"]}, dtype=object)
    corpus = Corpus([odd, "b.wav"], frame=frame)
    assert corpus.paths == corpus.frame["path"].tolist() == [odd, "b.wav"]
    assert Corpus([b"\xe9t\xe9.wav"], ["sad"]).X == ["\udce9t\udce9.wav"]
    # A label is a word and not an address: what it cannot encode becomes an escape.
    assert corpus.y[0] == "a\\udce9"
    assert corpus.select([0]).paths == [odd]
    assert concat_corpora([corpus, _paths()]).paths == [odd, "b.wav", *_paths().X]
    assert corpus.map_labels({"sad": None}).paths == [odd]
    assert corpus.describe()["clips"].tolist() == [1, 1]
    assert pickle.loads(pickle.dumps(corpus)).paths == corpus.paths


def test_it_feeds_scikit_learn() -> None:
    from sklearn.dummy import DummyClassifier
    from sklearn.model_selection import GroupKFold, cross_val_predict

    corpus = _paths()
    predicted = cross_val_predict(
        DummyClassifier(), corpus.X, corpus.y, groups=corpus.groups, cv=GroupKFold(3)
    )
    assert predicted.tolist() == ["angry"] * 6


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"X": [], "y": []}, ValueError, "0 clips"),
        ({"X": "a.wav", "y": ["sad"]}, TypeError, "one path"),
        ({"X": ["a.wav"], "y": ["sad", "sad"]}, ValueError, "2 rows or labels for 1 clips"),
        ({"X": ["a.wav"], "y": ["sad"], "groups": ["a", "b"]}, ValueError, "length"),
        ({"X": ["a.wav"], "y": [["sad"]]}, ValueError, "1-D"),
        ({"X": ["a.wav"]}, ValueError, "Give either y"),
        ({"X": ["a.wav"], "y": ["sad"], "frame": pd.DataFrame()}, ValueError, "Give either y"),
        ({"X": ["a.wav"], "frame": pd.DataFrame(), "groups": ["x"]}, ValueError, "either y"),
        (
            {"X": ["a.wav"], "frame": pd.DataFrame({"emotion": ["sad"]})},
            ValueError,
            "needs emotion and speaker",
        ),
        (
            {"X": ["a.wav", "b.wav", "./a.wav"], "y": ["sad"] * 3},
            ValueError,
            r"1 clips occur more than once: './a.wav'",
        ),
        ({"X": ["a.wav", "b.wav"], "y": ["sad", ""]}, ValueError, "Clips 1 have no emotion"),
        ({"X": ["a.wav", "b.wav"], "y": [None, "sad"]}, ValueError, "Clips 0 have no emotion"),
        ({"X": ["a.wav"], "y": ["sad"], "sr": 16000}, ValueError, "sr=16000 is for waveforms"),
        ({"X": ["a.wav", np.zeros(4)], "y": ["sad"] * 2}, TypeError, "mixes paths and waveforms"),
        ({"X": [np.zeros((2, 4))], "y": ["sad"]}, ValueError, "a clip is 1-D"),
        ({"X": [np.array([np.nan])], "y": ["sad"]}, ValueError, "NaN"),
        ({"X": [np.zeros(0)], "y": ["sad"]}, ValueError, "empty"),
        ({"X": [np.zeros(4, complex)], "y": ["sad"]}, ValueError, "Complex"),
        (
            {"X": Clips([np.zeros(4)], sr=8000), "y": ["sad"], "sr": 16000},
            ValueError,
            "sr=16000, but X says that its clips are at 8000 Hz",
        ),
    ],
)
def test_bad_input_is_refused(arguments: dict, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Corpus(**arguments)


def test_one_waveform_twice_is_refused() -> None:
    clip = np.zeros(4)
    with pytest.raises(ValueError, match="'waveform 1'"):
        Corpus([clip, clip], ["sad", "sad"])


# select


def test_select_by_mask_positions_function_and_columns() -> None:
    corpus = _paths()
    assert corpus.select([True, False, True, False, False, False]).X == ["0.wav", "2.wav"]
    assert corpus.select(np.array([5, -6])).X == ["5.wav", "0.wav"]
    assert corpus.select(lambda frame: frame["arousal"] > 4).X == ["0.wav", "3.wav", "5.wav"]
    assert corpus.select(emotion="sad").X == ["1.wav", "4.wav"]
    assert corpus.select(emotion=["sad", "happy"], speaker=("a", "b")).X == ["1.wav", "2.wav"]
    assert corpus.select(arousal=5, gender="male").X == ["3.wav"]
    assert corpus.select([0, 1, 2], gender="female").X == ["0.wav", "1.wav"]
    assert corpus.select().X == corpus.X


def test_select_keeps_rows_together() -> None:
    corpus = Corpus(_waves(), ["a", "b", "c", "d"], [1, 2, 3, 4], sr=8000)
    part = corpus.select([2, 0])
    assert part.y.tolist() == ["c", "a"]
    assert [len(clip) for clip in part.X] == [102, 100]
    assert part.sr == 8000
    assert part.frame.index.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("rows", "columns", "error", "message"),
    [
        (None, {"emotin": "sad"}, ValueError, "no column 'emotin'. Did you mean 'emotion'"),
        (None, {"emotion": "sadd"}, ValueError, "No clip has emotion='sadd'. Did you mean 'sad'"),
        (None, {"emotion": ["sad", "glad"]}, ValueError, "There are 'angry', 'happy', 'sad'"),
        (None, {"arousal": 3}, ValueError, "No clip has arousal=3. There are 1, 2, 4, 5"),
        (None, {"gender": None}, ValueError, "No clip has gender=None"),
        (None, {"emotion": "happy", "speaker": "a"}, ValueError, "No clip .* is left"),
        ([False] * 6, {}, ValueError, "is left"),
        ([True] * 5, {}, ValueError, "5 entries for 6 clips"),
        ([0, 6], {}, IndexError, "Positions 6 do not exist: the corpus has 6 clips"),
        ([1, 1], {}, ValueError, "more than once"),
        ("sad", {}, TypeError, "select.emotion="),
        ([0.5], {}, TypeError, "boolean mask"),
        (lambda frame: frame["emotion"], {}, TypeError, "boolean mask"),
    ],
)
def test_select_refuses_what_it_cannot_mean(
    rows: object, columns: dict, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        _paths().select(rows, **columns)


# map_labels, describe


def test_map_labels_with_a_dict() -> None:
    corpus = _paths().map_labels({"angry": "high", "happy": "high", "sad": "low"})
    assert corpus.y.tolist() == ["high", "low", "high", "high", "low", "high"]
    assert corpus.frame["emotion_raw"].tolist()[0] == "angry"
    dropped = _paths().map_labels({"angry": None})
    assert dropped.X == ["1.wav", "2.wav", "4.wav"]
    assert dropped.y.tolist() == ["sad", "happy", "sad"]


def test_map_labels_finds_a_label_by_any_word_for_it() -> None:
    assert _paths().map_labels({"ANGER": "rage"}).y.tolist().count("rage") == 3
    assert Corpus(["a.wav"], ["joy"]).map_labels({"happy": "glad"}).y.tolist() == ["glad"]
    # One mapping serves several corpora: an emotion that is not there is no mistake.
    assert _paths().map_labels({"calm": "neutral"}).y.tolist() == _paths().y.tolist()


def test_map_labels_to_the_canonical_vocabulary() -> None:
    corpus = Corpus(["a.wav", "b.wav", "c.wav"], ["Anger", "PS", "Awe"])
    assert corpus.map_labels().y.tolist() == ["angry", "surprised", "awe"]
    assert corpus.map_labels("canonical").frame["emotion_raw"].tolist() == ["Anger", "PS", "Awe"]


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"angri": "x"}, r"'angri' is neither .* Did you mean 'angry'\? The labels are angry"),
        ({"sad": 3}, "a new label is a word"),
        ({"sad": ""}, "a new label is a word"),
        ({"anger": "x", "ang": "y"}, "'anger' and 'ang' both mean 'angry'"),
        (dict.fromkeys(["angry", "sad", "happy"]), "drops every clip"),
        ("canonic", 'give "canonical"'),
    ],
)
def test_map_labels_refuses_what_it_cannot_mean(mapping: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _paths().map_labels(mapping)


def test_describe_counts_clips_speakers_and_genders() -> None:
    table = _paths().describe()
    assert table.index.tolist() == ["angry", "happy", "sad"]
    assert table.loc["angry"].to_dict() == {
        "clips": 3,
        "share": 0.5,
        "speakers": 3,
        "female": 1,
        "male": 1,
    }
    assert Corpus(["a.wav"], ["sad"]).describe().loc["sad", "speakers"] == 0


# recording_ids


def test_recording_ids_are_those_of_the_samples(tmp_path: Path) -> None:
    first, second = (np.round(wave * 2**15) / 2**15 for wave in _waves(2))  # 16 bits hold them
    audio.write(tmp_path / "0.wav", first, 16000)
    audio.write(tmp_path / "0.flac", first, 16000)
    audio.write(tmp_path / "1.wav", second, 16000)
    audio.write(tmp_path / "2.wav", np.stack([first, first]), 16000)
    audio.write(tmp_path / "3.wav", first, 8000)
    paths = [str(tmp_path / name) for name in ("0.wav", "0.flac", "1.wav", "2.wav", "3.wav")]
    corpus = Corpus(paths, ["sad"] * 5)
    assert corpus.frame["recording_id"].tolist() == [""] * 5
    ids = corpus.recording_ids(n_jobs=2)
    assert ids[0] == ids[1] == ids[3] == audio.recording_id(*audio.read(paths[0]))
    assert len(set(ids)) == 3
    for path in paths:
        Path(path).unlink()
    assert corpus.recording_ids().tolist() == ids.tolist()  # remembered, not read again
    assert corpus.frame["recording_id"].tolist() == ids.tolist()
    with pytest.raises(FileNotFoundError, match="does not exist"):
        Corpus(paths, ["sad"] * 5).recording_ids()


def test_recording_ids_of_waveforms() -> None:
    corpus = Corpus(_waves(2), ["sad", "sad"], sr=16000)
    assert corpus.recording_ids()[0] == audio.recording_id(corpus.X[0], 16000)


# concat_corpora


def test_concat_keeps_speakers_apart_and_labels_together() -> None:
    home = Corpus(["a.wav", "b.wav"], ["anger", "Joy"], ["1", ""], name="home")
    lab = Corpus(["c.wav"], ["happy"], ["1"], name="lab")
    known = Corpus(["d.wav"], ["sad"], ["ravdess:01"], name="ravdess")
    joined = concat_corpora([home, lab, known])
    assert joined.X == ["a.wav", "b.wav", "c.wav", "d.wav"]
    assert joined.y.tolist() == ["angry", "happy", "happy", "sad"]
    assert joined.frame["emotion_raw"].tolist() == ["anger", "Joy", "happy", "sad"]
    assert joined.frame["speaker"].tolist() == ["home:1", "", "lab:1", "ravdess:01"]
    assert joined.frame["corpus"].tolist() == ["home", "home", "lab", "ravdess"]
    assert joined.name == "home+lab+ravdess"
    again = concat_corpora([joined])
    assert again.frame["speaker"].tolist() == joined.frame["speaker"].tolist()


def test_concat_of_waveforms_keeps_the_rate() -> None:
    first = Corpus(_waves(2, seed=1), ["sad", "sad"], sr=8000, name="first")
    second = Corpus(_waves(2, seed=2), ["sad", "sad"], sr=8000, name="second")
    joined = concat_corpora([first, second])
    assert joined.sr == 8000
    assert joined.X[2] is second.X[0]


def test_concat_of_parts_of_one_corpus_is_that_corpus() -> None:
    whole = concat_corpora([_paths()])
    parts = [whole.select(emotion=emotion) for emotion in ("angry", "sad", "happy")]
    joined = concat_corpora(parts)
    assert joined.name == "six"
    assert set(joined.groups) == set(whole.groups)
    assert sorted(joined.X) == whole.X


def test_concat_joins_the_columns_and_the_rejections() -> None:
    rejected = pd.DataFrame({"path": ["x.wav"], "reason": ["why"]}, dtype=object)
    frame = pd.DataFrame({"emotion": ["sad"], "speaker": ["z"], "age": [30]})
    other = Corpus(["z.wav"], frame=frame, rejected=rejected, name="other")
    joined = concat_corpora([_paths(), other])
    assert joined.frame["arousal"].isna().tolist() == [False] * 6 + [True]
    assert joined.frame["age"].tolist()[-1] == 30
    assert joined.rejected.to_dict("list") == {"path": ["x.wav"], "reason": ["why"]}


def test_concat_refuses_what_would_mix_up_clips_or_people() -> None:
    other = Corpus(["6.wav"], ["sad"], ["a"], name="six")
    with pytest.raises(ValueError, match="Several corpora are named 'six' and have speakers a"):
        concat_corpora([_paths(), other])
    with pytest.raises(ValueError, match="6 clips occur more than once"):
        concat_corpora([_paths(), Corpus(_paths().X, _paths().y, name="twin")])
    waves = Corpus(_waves(2), ["sad", "sad"], sr=8000, name="waves")
    with pytest.raises(TypeError, match="mixes paths and waveforms"):
        concat_corpora([_paths(), waves])
    with pytest.raises(ValueError, match="'waveform 2'"):
        concat_corpora([waves, waves])
    faster = Corpus(_waves(2), ["sad", "sad"], sr=16000, name="faster")
    with pytest.raises(ValueError, match="'waves' at 8000 Hz, 'faster' at 16000 Hz"):
        concat_corpora([waves, faster])
    for nothing in ([], _paths()):
        with pytest.raises(TypeError, match="Give a list of corpora"):
            concat_corpora(nothing)
