"""Joining corpora: nobody and nothing is mixed up."""

from __future__ import annotations

import pandas as pd
import pytest

from sertools.datasets import Corpus, concat_corpora


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


def test_concat_of_waveforms_keeps_the_rate(noises) -> None:
    first = Corpus(noises(2, seed=1), ["sad", "sad"], sr=8000, name="first")
    second = Corpus(noises(2, seed=2), ["sad", "sad"], sr=8000, name="second")
    joined = concat_corpora([first, second])
    assert joined.sr == 8000
    assert joined.X[2] is second.X[0]


def test_concat_of_parts_of_one_corpus_is_that_corpus(six) -> None:
    whole = concat_corpora([six])
    parts = [whole.select(emotion=emotion) for emotion in ("angry", "sad", "happy")]
    joined = concat_corpora(parts)
    assert joined.name == "six"
    assert set(joined.groups) == set(whole.groups)
    assert sorted(joined.X) == whole.X


def test_concat_joins_the_columns_and_the_rejections(six) -> None:
    rejected = pd.DataFrame({"path": ["x.wav"], "reason": ["why"]}, dtype=object)
    frame = pd.DataFrame({"emotion": ["sad"], "speaker": ["z"], "age": [30]})
    other = Corpus(["z.wav"], frame=frame, rejected=rejected, name="other")
    joined = concat_corpora([six, other])
    assert joined.frame["arousal"].isna().tolist() == [False] * 6 + [True]
    assert joined.frame["age"].tolist()[-1] == 30
    assert joined.rejected.to_dict("list") == {"path": ["x.wav"], "reason": ["why"]}


def test_concat_refuses_what_would_mix_up_clips_or_people(six, noises) -> None:
    other = Corpus(["6.wav"], ["sad"], ["a"], name="six")
    with pytest.raises(ValueError, match="Several corpora are named 'six' and have speakers a"):
        concat_corpora([six, other])
    with pytest.raises(ValueError, match="6 clips occur more than once"):
        concat_corpora([six, Corpus(six.X, six.y, name="twin")])
    waves = Corpus(noises(2), ["sad", "sad"], sr=8000, name="waves")
    with pytest.raises(TypeError, match="item 6 is a ndarray"):
        concat_corpora([six, waves])
    with pytest.raises(ValueError, match="'waveform 2'"):
        concat_corpora([waves, waves])
    faster = Corpus(noises(2), ["sad", "sad"], sr=16000, name="faster")
    with pytest.raises(ValueError, match="'waves' at 8000 Hz, 'faster' at 16000 Hz"):
        concat_corpora([waves, faster])
    for nothing in ([], six, [six, "six"], [None]):
        with pytest.raises(TypeError, match="Give a list of corpora"):
            concat_corpora(nothing)


def test_concat_takes_any_iterable_and_the_corpora_that_the_table_names(six) -> None:
    frame = pd.DataFrame({"emotion": "sad", "speaker": ["1", "1"], "corpus": ["home", "lab"]})
    mixed = Corpus(["a.wav", "b.wav"], frame=frame, name="mixed")
    joined = concat_corpora(corpus for corpus in (mixed, six))
    assert joined.groups.tolist()[:3] == ["home:1", "lab:1", "six:a"]
    twin = Corpus(["c.wav"], ["sad"], ["1"], name="lab")
    with pytest.raises(ValueError, match="Several corpora are named 'lab' and have speakers 1"):
        concat_corpora([mixed, twin])
