"""Copies as data: beside their clips, with their parents' names on them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold

from sertools import Augmenter, Gain, Speed, audio, make_corpus, write_corpus
from sertools.datasets import Corpus, concat_corpora, load_corpus


@pytest.fixture
def corpus():
    return make_corpus(n_speakers=2, n_per_speaker=6)


def louder(**parameters):
    return Augmenter([Gain((-6, 6))], **{"p": 1, "random_state": 0, **parameters})


def test_copies_stand_behind_all_clips(corpus):
    grown = corpus.augment(louder(), n=2)
    assert len(grown) == 36
    assert grown.sr == corpus.sr
    assert grown.y.tolist() == corpus.y.tolist() * 3
    assert grown.groups.tolist() == corpus.groups.tolist() * 3
    assert grown.frame["copy"].tolist() == [0] * 12 + [1] * 12 + [2] * 12
    for clip, same in zip(corpus.X, grown.X[:12], strict=True):
        np.testing.assert_array_equal(same, clip)


def test_copies_are_those_of_the_augmenter_and_say_what_was_done(corpus):
    grown = corpus.augment(louder(), n=2)
    augmenter = louder().fit(corpus.X)
    for copy in (1, 2):
        rows = grown.select(copy=copy)
        for ours, theirs in zip(rows.X, augmenter.augment(corpus.X, copy), strict=True):
            np.testing.assert_array_equal(ours, theirs)
        told = [str(step) for (step,) in augmenter.plan(corpus.X, copy)]
        assert rows.frame["augmentation"].tolist() == told
    assert (grown.select(copy=0).frame["augmentation"] == "").all()


def test_every_copy_knows_its_parent(corpus):
    ids = corpus.recording_ids()
    assert corpus.augment(louder(), n=2).frame["parent_id"].tolist() == [*ids] * 3


def test_copies_of_copies_have_the_recording_for_parent(corpus):
    once = corpus.augment(louder())
    twice = once.augment(louder(), n=2)
    assert twice.frame["parent_id"].tolist() == [*corpus.recording_ids()] * 6
    assert sorted(set(twice.frame["copy"])) == [0, 1, 2, 3]
    (chain,) = set(twice.frame["augmentation"].str.count("Gain")[-12:])
    assert chain == 2
    # The second round has draws of its own.
    assert not any(np.array_equal(a, b) for a, b in zip(once.X[12:], twice.X[24:36], strict=True))


def test_corpora_joined_from_copies_and_recordings_grow_too(corpus):
    others = make_corpus(n_speakers=2, n_per_speaker=6, random_state=1)
    joined = concat_corpora([corpus.augment(louder()), others])
    frame = joined.augment(louder()).frame
    assert frame["parent_id"][24:36].tolist() == others.recording_ids().tolist()
    assert frame["parent_id"][:36].tolist() == frame["parent_id"][36:].tolist()
    assert frame["copy"].tolist() == [0] * 12 + [1] * 12 + [0] * 12 + [2] * 36


def test_a_child_of_a_test_clip_is_found(corpus):
    grown = corpus.augment(louder())
    clean = grown.select(copy=0)
    test = clean.select(np.arange(4))
    planted = grown.select([4, 5, 6, 12 + 2])
    shared = set(planted.frame["parent_id"]) & set(test.frame["parent_id"])
    assert shared == {corpus.recording_ids()[2]}
    honest = grown.select([4, 5, 6, 12 + 5])
    assert not set(honest.frame["parent_id"]) & set(test.frame["parent_id"])


def test_groups_by_parent_keep_copies_with_their_clips(corpus):
    parents = corpus.augment(louder(), n=3).frame["parent_id"]
    for train, test in GroupKFold(3).split(parents, groups=parents):
        assert not set(parents[train]) & set(parents[test])


def test_files_are_read_at_the_rate_of_the_augmenter(corpus, tmp_path):
    paths = write_corpus(corpus, tmp_path)
    on_disk = load_corpus("ravdess", tmp_path)
    grown = on_disk.augment(louder(sr=8000), n=1)
    assert grown.sr == 8000
    assert grown.paths is None
    np.testing.assert_array_equal(grown.X[0], audio.read(on_disk.paths[0], 8000)[0])
    # The parent is the recording as it lies on the disk.
    assert grown.frame["parent_id"].tolist() == [*on_disk.recording_ids()] * 2
    assert grown.frame["path"].tolist() == [*on_disk.paths] + [""] * len(paths)


def test_lengths_may_change(corpus):
    grown = corpus.augment(Augmenter([Speed(2)], p=1))
    assert [len(x) for x in grown.X[12:]] == [round(len(x) / 2) for x in corpus.X]


def test_an_unperturbed_copy_is_another_array(corpus):
    grown = corpus.augment(louder(p=0))
    assert not np.shares_memory(grown.X[0], grown.X[12])
    np.testing.assert_array_equal(grown.X[0], grown.X[12])


def test_no_copies_are_no_loss(corpus):
    grown = corpus.augment(louder(), n=0)
    assert len(grown) == len(corpus)
    assert grown.frame["parent_id"].tolist() == corpus.recording_ids().tolist()


@pytest.mark.parametrize("n", [-1, 1.5, True, "2"])
def test_numbers_that_are_none(corpus, n):
    with pytest.raises(ValueError, match="give a number of copies, 0 or more"):
        corpus.augment(louder(), n=n)


@pytest.mark.parametrize("augmenter", [Augmenter, Gain(), "speech", None])
def test_what_cannot_augment(corpus, augmenter):
    with pytest.raises(TypeError, match=r"give an Augmenter, as in corpus.augment\(Augmenter"):
        corpus.augment(augmenter)


def test_another_rate_is_refused(corpus):
    with pytest.raises(ValueError, match="clips are at 16000 Hz and Augmenter works at 8000 Hz"):
        corpus.augment(louder(sr=8000))


def test_files_that_cannot_be_read_are_named(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"no audio")
    (tmp_path / "b.wav").write_bytes(b"none either")
    corpus = Corpus([tmp_path / "a.wav", tmp_path / "b.wav"], ["sad", "sad"])
    with pytest.raises(audio.AudioFileError, match="2 of 2 recordings cannot be read"):
        corpus.augment(louder())


def test_the_augmenter_that_is_given_stays_as_it_is(corpus):
    augmenter = louder(random_state=None).fit(corpus.X)
    seed = augmenter.seed_
    corpus.augment(augmenter)
    assert augmenter.seed_ == seed


def test_copies_are_not_written_as_recordings(corpus, tmp_path):
    grown = corpus.augment(louder())
    with pytest.raises(ValueError, match=r"holds augmented copies.* corpus.select\(copy=0\)"):
        write_corpus(grown, tmp_path)
    assert len(write_corpus(grown.select(copy=0), tmp_path)) == len(corpus)
