"""Corpus: what it holds, what it gives out, and how parts and sums of it are made."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sertools import audio
from sertools._validation import Clips
from sertools.datasets import COLUMNS, Corpus, concat_corpora

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


def test_paths_and_rates_of_numpy_become_those_of_python() -> None:
    paths = Corpus(np.array(["a.wav", "b.wav"]), ["sad", "sad"]).paths
    assert [type(path) for path in paths] == [str, str]
    assert Corpus([np.zeros(4)], ["sad"], sr=np.int64(8000)).sr == 8000


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


def test_waveforms_become_clips_that_can_be_computed_with(noises) -> None:
    pcm = [np.full(4, -16384, dtype=np.int16), np.full(3, 16384, dtype=np.int16)]
    corpus = Corpus(pcm, ["sad", "sad"], sr=8000)
    assert isinstance(corpus.X, Clips)
    assert corpus.X.sr == corpus.sr == 8000
    assert [clip.tolist() for clip in corpus.X] == [[-0.5] * 4, [0.5] * 3]
    assert corpus.paths is None
    assert corpus.frame["path"].tolist() == ["", ""]
    assert Corpus(Clips(noises(2), sr=100), ["sad", "sad"]).sr == 100
    assert Corpus(np.ones((2, 5)), ["sad", "sad"]).sr is None


def test_waveforms_keep_the_paths_they_were_read_from(six, noises) -> None:
    corpus = Corpus(noises(6), frame=six.frame, sr=8000)
    assert corpus.paths is None
    assert corpus.frame["path"].tolist() == six.X
    elsewhere = Corpus(["new.wav"], frame=six.frame[:1])
    assert elsewhere.frame["path"].tolist() == ["new.wav"]


def test_what_is_given_out_can_be_changed_without_harm(six) -> None:
    corpus = six
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


def test_repr_counts_in_one_line(six) -> None:
    assert repr(six) == "Corpus('six': 6 clips, 3 speakers, 3 emotions)"
    assert repr(Corpus(["a.wav"], ["sad"])) == "Corpus('corpus': 1 clip, 0 speakers, 1 emotion)"


def test_pickle_keeps_everything(six, noises) -> None:
    for corpus in (six, Corpus(noises(), list("abab"), list("xxyy"), sr=16000)):
        copy = pickle.loads(pickle.dumps(corpus))
        pd.testing.assert_frame_equal(copy.frame, corpus.frame)
        assert copy.sr == corpus.sr
        assert all(np.array_equal(a, b) for a, b in zip(copy.X, corpus.X, strict=True))
        assert repr(copy) == repr(corpus)


def test_file_names_that_are_not_utf8_survive(six) -> None:
    odd = "\udce9t\udce9/\udcff.wav"
    frame = pd.DataFrame({"emotion": ["a\udce9", "sad"], "speaker": ["b", "b"]}, dtype=object)
    corpus = Corpus([odd, "b.wav"], frame=frame)
    assert corpus.paths == corpus.frame["path"].tolist() == [odd, "b.wav"]
    # A label is a word and not an address: what it cannot encode becomes an escape.
    assert corpus.y[0] == "a\\udce9"
    assert corpus.select([0]).paths == [odd]
    assert concat_corpora([corpus, six]).paths == [odd, "b.wav", *six.X]
    assert corpus.map_labels({"sad": None}).paths == [odd]
    assert corpus.describe()["clips"].tolist() == [1, 1]
    assert pickle.loads(pickle.dumps(corpus)).paths == corpus.paths


def test_it_feeds_scikit_learn(six) -> None:
    from sklearn.dummy import DummyClassifier
    from sklearn.model_selection import GroupKFold, cross_val_predict

    corpus = six
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
        ({"X": ["a.wav"], "y": ["sad"], "name": None}, TypeError, "name=None: give a word"),
        ({"X": [np.zeros(4)], "y": ["sad"], "sr": 0}, ValueError, "sr=0: a sample rate"),
        ({"X": [np.zeros(4)], "y": ["sad"], "sr": -16000}, ValueError, "of Hz above 0"),
        ({"X": [np.zeros(4)], "y": ["sad"], "sr": "16k"}, ValueError, "sr='16k': a sample rate"),
        (
            {"X": [np.zeros(4)], "y": ["sad"], "sr": 16000.5},
            ValueError,
            "sr=16000.5: a",
        ),
        ({"X": ["a.wav", np.zeros(4)], "y": ["sad"] * 2}, TypeError, "item 1 is a ndarray"),
        ({"X": [None, "a.wav"], "y": ["sad"] * 2}, TypeError, "item 0 is a NoneType"),
        ({"X": [b"a.wav"], "y": ["sad"]}, TypeError, "content of a file: give paths as text"),
        ({"X": pd.DataFrame({"path": ["a.wav"]}), "y": ["sad"]}, TypeError, "X is a DataFrame"),
        (
            {"X": ["a.wav", os.path.abspath("a.wav")], "y": ["sad"] * 2},
            ValueError,
            "1 clips occur more than once",
        ),
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


# recording_ids


def test_recording_ids_are_those_of_the_samples(tmp_path: Path, noises) -> None:
    first, second = (np.round(wave * 2**15) / 2**15 for wave in noises(2))  # 16 bits hold them
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
    with pytest.raises(audio.AudioFileError, match="5 of 5 recordings cannot be read") as caught:
        Corpus(paths, ["sad"] * 5).recording_ids()
    assert all(path in str(caught.value) for path in paths)
    assert {type(failure) for failure in caught.value.failures} == {FileNotFoundError}
    with pytest.raises(FileNotFoundError, match="does not exist"):
        Corpus(paths[:1], ["sad"]).recording_ids()


def test_only_clips_without_an_id_are_read(tmp_path: Path, noises) -> None:
    audio.write(tmp_path / "b.wav", noises(1)[0], 16000)
    frame = pd.DataFrame({"emotion": "sad", "speaker": "", "recording_id": ["known", ""]})
    corpus = Corpus([str(tmp_path / "gone.wav"), str(tmp_path / "b.wav")], frame=frame)
    expected = audio.recording_id(*audio.read(tmp_path / "b.wav"))
    assert corpus.recording_ids().tolist() == ["known", expected]
    assert corpus.frame["recording_id"].tolist() == ["known", expected]


def test_recording_ids_of_waveforms(noises) -> None:
    corpus = Corpus(noises(2), ["sad", "sad"], sr=16000)
    assert corpus.recording_ids()[0] == audio.recording_id(corpus.X[0], 16000)
