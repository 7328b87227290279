"""Parts of a corpus, other labels for it, and what it counts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sertools.datasets import Corpus, concat_corpora


def test_select_by_mask_positions_function_and_columns(six) -> None:
    corpus = six
    assert corpus.select([True, False, True, False, False, False]).X == ["0.wav", "2.wav"]
    assert corpus.select(np.array([5, -6])).X == ["5.wav", "0.wav"]
    assert corpus.select(lambda frame: frame["arousal"] > 4).X == ["0.wav", "3.wav", "5.wav"]
    assert corpus.select(emotion="sad").X == ["1.wav", "4.wav"]
    assert corpus.select(emotion=["sad", "happy"], speaker=("a", "b")).X == ["1.wav", "2.wav"]
    assert corpus.select(arousal=5, gender="male").X == ["3.wav"]
    assert corpus.select([0, 1, 2], gender="female").X == ["0.wav", "1.wav"]
    assert corpus.select().X == corpus.X
    assert corpus.select(slice(None, None, -2)).X == ["5.wav", "3.wav", "1.wav"]


def test_a_mask_in_a_series_goes_by_its_index(six) -> None:
    corpus = six
    loud = corpus.frame["arousal"] > 4
    assert (
        corpus.select(loud).X
        == corpus.select(loud.sort_values()).X
        == corpus.select(loud.to_numpy()).X
    )
    nullable = loud.astype("boolean")
    nullable[0] = pd.NA
    assert corpus.select(nullable).X == corpus.select(nullable.array).X == ["3.wav", "5.wav"]
    for other in (loud[loud], loud.set_axis(list("abcdef")), loud[:5]):
        with pytest.raises(ValueError, match="whose index is not that of the frame"):
            corpus.select(other)


def test_every_path_may_be_asked_for_by_name(six) -> None:
    corpus = six
    assert corpus.select(path=corpus.paths[::-1]).X == corpus.X


def test_select_keeps_rows_together(noises) -> None:
    corpus = Corpus(noises(), ["a", "b", "c", "d"], [1, 2, 3, 4], sr=8000)
    part = corpus.select([2, 0])
    assert part.y.tolist() == ["c", "a"]
    assert [len(clip) for clip in part.X] == [102, 100]
    assert part.sr == 8000
    assert part.frame.index.tolist() == [0, 1]


def test_parts_keep_the_list_of_what_was_left_out() -> None:
    rejected = pd.DataFrame({"path": ["x.wav"], "reason": ["why"]}, dtype=object)
    corpus = Corpus(["a.wav", "b.wav"], ["sad", "angry"], rejected=rejected)
    for part in (corpus.select([0]), corpus.map_labels({"sad": None})):
        assert part.rejected.to_dict("list") == {"path": ["x.wav"], "reason": ["why"]}


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
        ([], {}, ValueError, "No clip .* is left"),
        (None, {"emotion": [["sad"]]}, ValueError, r"No clip has emotion=\['sad'\]"),
        ([True] * 5, {}, ValueError, "5 entries for 6 clips"),
        ([0, 6], {}, IndexError, "Positions 6 do not exist: the corpus has 6 clips"),
        ([1, 1], {}, ValueError, "more than once"),
        ("sad", {}, TypeError, "select.emotion="),
        ([0.5], {}, TypeError, "boolean mask"),
        (lambda frame: frame["emotion"], {}, TypeError, "boolean mask"),
    ],
)
def test_select_refuses_what_it_cannot_mean(
    rows: object, columns: dict, error: type[Exception], message: str, six
) -> None:
    with pytest.raises(error, match=message):
        six.select(rows, **columns)


# map_labels, describe


def test_map_labels_with_a_dict(six) -> None:
    corpus = six.map_labels({"angry": "high", "happy": "high", "sad": "low"})
    assert corpus.y.tolist() == ["high", "low", "high", "high", "low", "high"]
    assert corpus.frame["emotion_raw"].tolist()[0] == "angry"
    dropped = six.map_labels({"angry": None})
    assert dropped.X == ["1.wav", "2.wav", "4.wav"]
    assert dropped.y.tolist() == ["sad", "happy", "sad"]


def test_map_labels_with_a_series(six) -> None:
    mapping = pd.Series({"angry": "high", "sad": None})
    assert six.map_labels(mapping).y.tolist() == ["high", "happy", "high", "high"]


def test_map_labels_finds_a_label_by_any_word_for_it(six) -> None:
    assert six.map_labels({"ANGER": "rage"}).y.tolist().count("rage") == 3
    assert Corpus(["a.wav"], ["joy"]).map_labels({"happy": "glad"}).y.tolist() == ["glad"]
    # One mapping serves several corpora: an emotion that is not there is no mistake.
    assert six.map_labels({"calm": "neutral"}).y.tolist() == six.y.tolist()


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
def test_map_labels_refuses_what_it_cannot_mean(mapping: object, message: str, six) -> None:
    with pytest.raises(ValueError, match=message):
        six.map_labels(mapping)


def test_describe_counts_clips_speakers_and_genders(six) -> None:
    table = six.describe()
    assert table.index.tolist() == ["angry", "happy", "sad"]
    assert table.loc["angry"].to_dict() == {
        "clips": 3,
        "share": 0.5,
        "speakers": 3,
        "female": 1,
        "male": 1,
    }
    assert Corpus(["a.wav"], ["sad"]).describe().loc["sad", "speakers"] == 0
    by_speaker = six.describe(by="speaker")
    assert by_speaker["clips"].tolist() == [2, 2, 2]
    assert by_speaker["female"].tolist() == [2, 0, 0]
    assert concat_corpora([six, Corpus(["z.wav"], ["sad"])]).describe("corpus")[
        "share"
    ].tolist() == pytest.approx([1 / 7, 6 / 7])
    with pytest.raises(ValueError, match="by='speakers' is no column.* Did you mean 'speaker'"):
        six.describe(by="speakers")
