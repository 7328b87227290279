"""Protocols: the published folds to the letter, and refusals of what they do not split."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

from sertools import Augmenter, Corpus, Gain, concat_corpora, make_corpus
from sertools.datasets import find_spec
from sertools.evaluation import find_protocol, protocol
from sertools.evaluation._protocols import PROTOCOLS

PUBLISHED = {
    "ravdess/emobox": [
        ["01", "11", "20", "21"],
        ["04", "10", "12", "14"],
        ["08", "09", "19", "23"],
        ["03", "05", "07", "24"],
        ["02", "15", "16", "18"],
        ["06", "13", "17", "22"],
    ],
    "savee/loso": [["JE"], ["KL"], ["DC"], ["JK"]],
    "jl/loso": [["male2"], ["female1"], ["male1"], ["female2"]],
    "esd/emobox": [
        ["0005", "0011", "0016", "0018"],
        ["0012", "0014", "0015", "0019"],
        ["0003", "0004", "0006", "0009"],
        ["0007", "0008", "0013", "0020"],
        ["0001", "0002", "0010", "0017"],
    ],
    "emo-db/loso": [[str(speaker)] for speaker in ("03", "08", "09", *range(10, 17))],
    "tess/loso": [["OAF"], ["YAF"]],
    "crema-d/speakers6": [
        [str(actor) for actor in range(first, 1092, 6)] for first in range(1001, 1007)
    ],
}


def spoken_by(speakers, name="corpus", **columns):
    """A corpus of paths: the speakers in turn, with three emotions each."""
    groups = list(speakers) * 3
    frame = pd.DataFrame({"speaker": groups, **columns})
    frame["emotion"] = np.repeat(["angry", "happy", "sad"], len(speakers))
    return Corpus([f"{i}.wav" for i in range(len(groups))], frame=frame, name=name)


def corpus_for(name):
    """A corpus of all speakers that a protocol lists."""
    corpus = name.partition("/")[0]
    people = sorted(speaker for fold in PUBLISHED[name] for speaker in fold)
    return spoken_by([f"{corpus}:{speaker}" for speaker in people], corpus)


def stems_of_emo_db():
    folds = json.loads(files("sertools.evaluation").joinpath("folds.json").read_text())
    return [stem for fold in folds["emo-db"] for stem in fold]


def emo_db(n_copies=0):
    """EMO-DB in no order, as waveforms that know their paths, and copies of them."""
    stems = np.tile(sorted(stems_of_emo_db()), 1 + n_copies)
    copy = np.repeat(range(1 + n_copies), len(stems) // (1 + n_copies))
    order = np.random.default_rng(0).permutation(len(stems))
    stems, copy = stems[order], copy[order]
    spec = find_spec("emo-db")
    frame = pd.DataFrame([spec.parse(f"{stem}.wav") for stem in stems])
    frame["path"] = np.where(copy == 0, [f"wav/{stem}.wav" for stem in stems], "")
    frame["copy"], frame["parent_id"] = copy, stems
    return Corpus([np.full(4, 0.1) for _ in stems], frame=frame, name="emo-db", sr=16000)


def recordings_of(corpus, rows):
    return set(corpus.frame["parent_id"].to_numpy()[rows])


@pytest.mark.parametrize("name", PUBLISHED)
def test_folds_test_the_published_speakers_in_their_order(name):
    corpus = corpus_for(name)
    namespace = name.partition("/")[0]
    folds = protocol(name, corpus)
    assert [sorted(set(corpus.groups[test])) for _, test in folds] == [
        sorted(f"{namespace}:{speaker}" for speaker in fold) for fold in PUBLISHED[name]
    ]
    for train, test in folds:
        assert sorted([*train, *test]) == list(range(len(corpus)))


def test_emo_db_of_emobox():
    corpus = emo_db()
    folds = protocol("emo-db/emobox", corpus)
    stems = corpus.frame["parent_id"].to_numpy()
    assert [len(test) for _, test in folds] == [107] * 5
    firsts = ["03a02Nc", "03a02Ta", "03a01Nc", "03a04Nc", "03a01Fa"]
    assert [min(stems[test]) for _, test in folds] == firsts
    assert len({row for _, test in folds for row in test}) == 535
    for train, test in folds:
        assert len(set(train) | set(test)) == 535
        assert len(set(corpus.groups[train]) & set(corpus.groups[test])) == 10


def test_the_list_of_emo_db_holds_the_published_counts_and_splits_takes():
    stems = stems_of_emo_db()
    emotions = sorted(Counter(stem[5] for stem in stems).items())
    assert emotions == [
        ("A", 69),
        ("E", 46),
        ("F", 71),
        ("L", 81),
        ("N", 79),
        ("T", 62),
        ("W", 127),
    ]
    speakers = Counter(sorted(stem[:2] for stem in stems))
    assert list(speakers.values()) == [49, 58, 43, 38, 55, 35, 61, 69, 56, 71]
    folds_of = {}
    for place, stem in enumerate(stems):
        folds_of.setdefault(stem[:6], []).append(place // 107)
    takes = [set(folds) for folds in folds_of.values() if len(folds) > 1]
    assert (len(takes), sum(len(folds) > 1 for folds in takes)) == (60, 46)


def test_loso_leaves_each_speaker_out_in_the_order_of_their_names():
    corpus = spoken_by(["zoe", "ann", "ben"])
    tested = [corpus.groups[test].tolist() for _, test in protocol("loso", corpus)]
    assert tested == [["ann"] * 3, ["ben"] * 3, ["zoe"] * 3]


def test_random5_is_stratified_and_the_same_at_every_call():
    corpus = make_corpus(n_speakers=3, n_per_speaker=35, sr=4000)
    folds = protocol("random5", corpus)
    np.random.seed(1)  # noqa: NPY002 - what the user does to it must not matter
    again = protocol("random5", corpus)
    for (train, test), (_, test_again) in zip(folds, again, strict=True):
        assert test.tolist() == test_again.tolist()
        counts = Counter(corpus.y[test]).values()
        assert max(counts) - min(counts) <= 1
        assert sorted([*train, *test]) == list(range(105))
        assert set(corpus.groups[test]) == set(corpus.groups[train])
    assert sorted(row for _, test in folds for row in test) == list(range(105))


def test_which_protocols_there_are_and_which_mix_speakers():
    mixed = {"emo-db/emobox", "random5"}
    assert PROTOCOLS.keys() == PUBLISHED.keys() | mixed | {"loso"}
    for name, known in PROTOCOLS.items():
        assert find_protocol(name) is known
        assert known.speaker_independent == (name not in mixed)
        assert known.corpus == (name.partition("/")[0] if "/" in name else None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        known.name = "other"


def test_a_selection_is_split_as_the_whole_is():
    corpus = corpus_for("ravdess/emobox")
    part = corpus.select(emotion=["angry", "sad"])
    for (_, whole), (_, test) in zip(
        protocol("ravdess/emobox", corpus), protocol("ravdess/emobox", part), strict=True
    ):
        assert set(part.groups[test]) == set(corpus.groups[whole])


class TestAugmentedCopies:
    @pytest.fixture
    def grown(self):
        corpus = make_corpus(n_speakers=3, n_per_speaker=12, sr=4000)
        return corpus.augment(Augmenter([Gain((-6, 6))], p=1, sr=4000, random_state=0), n=2)

    @pytest.mark.parametrize("name", ["loso", "random5"])
    @pytest.mark.parametrize("shuffled", [False, True])
    def test_train_beside_their_recordings_and_are_never_tested(self, grown, name, shuffled):
        if shuffled:
            grown = grown.select(np.random.default_rng(0).permutation(len(grown)))
        folds = protocol(name, grown)
        for train, test in folds:
            assert (grown.frame["copy"][test] == 0).all()
            assert not recordings_of(grown, train) & recordings_of(grown, test)
            assert len(train) == 3 * (36 - len(test))
        assert sum(len(test) for _, test in folds) == 36

    @pytest.mark.parametrize("name", ["loso", "random5"])
    def test_do_not_change_what_is_tested(self, grown, name):
        recordings = grown.select(grown.frame["copy"] == 0)
        for (_, test), (_, without) in zip(
            protocol(name, grown), protocol(name, recordings), strict=True
        ):
            assert test.tolist() == without.tolist()

    def test_go_with_their_file_in_a_list_of_files(self):
        grown = emo_db(n_copies=1)
        for train, test in protocol("emo-db/emobox", grown):
            assert (len(train), len(test)) == (2 * 428, 107)
            assert not recordings_of(grown, train) & recordings_of(grown, test)

    def test_two_recordings_of_equal_samples_stay_together_at_random(self, grown):
        frame = grown.frame
        frame.loc[frame["parent_id"] == frame["parent_id"][1], "parent_id"] = frame["parent_id"][0]
        twins = Corpus(grown.X, frame=frame)
        for train, test in protocol("random5", twins):
            assert not recordings_of(twins, train) & recordings_of(twins, test)

    def test_joined_to_recordings_that_know_nothing_of_copies(self, grown):
        other = make_corpus(n_speakers=1, n_per_speaker=12, sr=4000, random_state=1)
        other = Corpus(other.X, other.y, ["other:1"] * 12, name="other")
        joined = concat_corpora([grown, other])
        tested = [test for _, test in protocol("random5", joined)]
        assert sum(map(len, tested)) == 36 + 12

    def test_without_their_recordings_are_refused(self, grown):
        orphans = grown.select(lambda frame: (frame["copy"] > 0) | (frame.index > 0))
        with pytest.raises(ValueError, match="2 augmented copies .* without their recordings"):
            protocol("random5", orphans)


RAVDESS = [f"ravdess:{actor:02}" for actor in range(1, 25)]


@pytest.mark.parametrize(
    ("name", "corpus", "message"),
    [
        ("ravdess/emobx", spoken_by("ab"), "no known protocol. Did you mean 'ravdess/emobox'"),
        ("speakers", spoken_by("ab"), "Known are ravdess/emobox, .* loso, random5"),
        (
            "ravdess/emobox",
            spoken_by(RAVDESS[2:]),
            "lacks ravdess:01, ravdess:02, .* none",
        ),
        ("ravdess/emobox", spoken_by([*RAVDESS, "x:1"]), "lacks none, and has besides x:1"),
        ("savee/loso", spoken_by(["DC", "JE", "JK", "KL"]), "lacks savee:DC, .* besides DC"),
        ("jl/loso", spoken_by(RAVDESS), "for 4 speakers, jl:male2, .* and 14 more"),
        ("loso", spoken_by(["a", "b", ""]), r"speaker of 3 clips is not known \(2, 5, 8\)"),
        ("loso", spoken_by(["a"]), "leaves one speaker out, and .* has 1"),
        (
            "ravdess/emobox",
            spoken_by(RAVDESS, channel=["song"] * 24 + ["speech"] * 48),
            'splits speech, and 24 clips are none: .*channel="speech"',
        ),
        ("random5", spoken_by("abcd"), "over 5 folds, and of '[a-z]*' there are 4 recordings"),
        ("emo-db/emobox", spoken_by("ab"), "lacks 03a01Fa, .* 525 more, .* besides '0', '1',"),
        ("emo-db/emobox", emo_db().select(slice(534)), "lacks 16b01Lc, and has besides none"),
    ],
)
def test_refusals(name, corpus, message):
    with pytest.raises(ValueError, match=message):
        protocol(name, corpus)


def test_waveforms_are_no_corpus():
    with pytest.raises(TypeError, match="corpus is a list: give a Corpus"):
        protocol("loso", [np.zeros(100)])
