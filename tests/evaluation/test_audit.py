"""Audits: every way in which the test side gets into the training is named, and no other."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, KFold

from sertools import Augmenter, Corpus, Gain, audio, concat_corpora, make_corpus
from sertools.evaluation import audit_split

SR = 4000


@pytest.fixture(scope="module")
def voices():
    return make_corpus(n_speakers=3, n_per_speaker=6, sr=SR)


@pytest.fixture(scope="module")
def grown(voices):
    """18 recordings, and a copy of each 18 rows further on."""
    return voices.augment(Augmenter([Gain((-12, -6))], p=1, sr=SR, random_state=0))


def joined_by(voices, change, speaker="guest"):
    """The voices, and clip 0 changed and under another speaker and text, as clip 18."""
    guest = Corpus([change(voices.X[0])], ["sad"], [speaker], sr=SR, name="guest")
    return concat_corpora([voices, guest])


def kinds(corpus, train, test, **options):
    """The kinds of findings in one split, and the clips that they are about, test before train."""
    findings = audit_split(corpus, [(train, test)], **options).findings
    counts = zip(findings["n_test"], findings["n_train"], strict=True)
    return dict(zip(findings["kind"], counts, strict=True))


FIRST, SECOND, THIRD = range(6), range(6, 12), range(12, 18)  # the clips of each speaker


class TestLeaks:
    def test_none_between_speakers(self, voices):
        audit = audit_split(voices, [([*FIRST, *SECOND], THIRD)])
        assert audit.ok
        assert audit.findings["kind"].tolist() == ["text"]
        assert audit.findings["examples"].tolist() == ["synthetic s1"]

    def test_speakers(self, voices):
        audit = audit_split(voices, [(range(8), [8, 12])])
        assert not audit.ok
        row = audit.findings.iloc[0].to_dict()
        assert row == {
            "fold": 1, "kind": "speaker", "n_test": 1, "n_train": 2, "examples": "synthetic:02",
        }  # fmt: skip

    def test_rows(self, voices):
        found = kinds(voices, [*FIRST, 12, 13], THIRD)
        assert found == {"row": (2, 2), "speaker": (6, 2), "recording": (2, 2), "text": (6, 8)}

    def test_equal_samples(self, voices):
        corpus = joined_by(voices, np.copy)
        assert kinds(corpus, [*FIRST, *SECOND], [18]) == {"recording": (1, 1)}
        assert kinds(corpus, [18], [*FIRST, *SECOND]) == {"recording": (1, 1)}
        assert kinds(corpus, [*SECOND], [18]) == {}

    def test_near_identical_sound(self, voices):
        corpus = joined_by(voices, lambda clip: 0.3 * np.pad(clip, (200, 0)))
        assert kinds(corpus, [*FIRST, *SECOND], [18]) == {"near-identical": (1, 1)}
        assert kinds(corpus, [*FIRST, *SECOND], [18], audio=False) == {}
        assert kinds(corpus, [18], [*FIRST]) == {"near-identical": (1, 1)}
        assert kinds(corpus, [*SECOND], [18]) == {}

    def test_near_identical_sound_beside_a_file_that_is_there_twice(self, voices):
        twins = joined_by(joined_by(voices, np.copy), lambda clip: 0.3 * clip, "third")
        assert kinds(twins, [0, 6, 18], [19]) == {"near-identical": (1, 2)}

    @pytest.mark.parametrize(
        ("train", "test", "found"),
        [
            ([0, 18], [6], {}),
            ([6, 18], [0], {"speaker": (1, 1), "copy": (1, 1)}),
            ([0, 6], [18], {"speaker": (1, 1), "copy": (1, 1)}),
            ([18, 19, 6], [0, 1], {"speaker": (2, 2), "copy": (2, 2)}),
            ([0, 18, 6], [1, 19], {"speaker": (2, 2)}),
        ],
    )
    def test_copies(self, grown, train, test, found):
        without_texts = Corpus(grown.X, frame=grown.frame.assign(text=""), name="grown")
        assert kinds(without_texts, train, test) == found

    def test_the_sides_of_one_speaker_may_share_anything(self, grown):
        assert audit_split(grown, "loso").ok


class TestNotes:
    def test_unknown_speakers(self, voices):
        corpus = joined_by(voices, lambda clip: clip[::-1].copy(), speaker="")
        assert kinds(corpus, [0, 6], [12, 18]) == {"text": (1, 2), "unknown speaker": (1, 0)}
        assert kinds(corpus, [0, 18], [12]) == {"text": (1, 1), "unknown speaker": (0, 1)}
        audit = audit_split(corpus, [([0], [18])])
        assert audit.ok
        assert "unknown speaker (note)" in audit.summary()

    def test_equal_numbers_of_texts_in_two_corpora_are_different_words(self, voices):
        other = make_corpus(n_speakers=1, n_per_speaker=6, sr=SR, random_state=1)
        frame = other.frame.assign(speaker="x", corpus="other")
        joined = concat_corpora([voices, Corpus(other.X, frame=frame, name="other")])
        assert kinds(joined, FIRST, range(18, 24)) == {}


class TestSplits:
    def test_of_a_protocol(self, voices):
        assert audit_split(voices, "loso").ok
        corpus = make_corpus(n_speakers=3, n_per_speaker=10, emotions=["happy", "sad"], sr=SR)
        findings = audit_split(corpus, "random5").findings
        speakers = findings[findings["kind"] == "speaker"]
        assert speakers["fold"].tolist() == [1, 2, 3, 4, 5]
        assert speakers["n_test"].sum() == 30

    def test_of_a_number_of_folds_as_evaluate_draws_them(self, voices):
        assert audit_split(voices, 3).ok
        assert audit_split(voices, None).n_folds == 3

    def test_of_a_splitter_with_and_without_groups(self, voices):
        assert audit_split(voices, GroupKFold(3)).ok
        assert not audit_split(voices, KFold(2)).ok

    def test_positions_and_masks_are_the_same(self, voices):
        test = np.arange(18) % 5 == 0
        by_mask = audit_split(voices, [(~test, test)])
        by_position = audit_split(voices, [(np.flatnonzero(~test), np.flatnonzero(test).tolist())])
        assert by_mask.findings.equals(by_position.findings)

    def test_a_clip_drawn_twice_counts_once(self, voices):
        assert kinds(voices, [0, 0, 0, 6], [1, 1])["speaker"] == (1, 1)

    @pytest.mark.parametrize(
        ("cv", "error", "message"),
        [
            ([], ValueError, "cv gives no fold"),
            (2.5, TypeError, "cv=2.5: give a number of folds, the name of a protocol"),
            ("lose", ValueError, "Did you mean 'loso'"),
            ([([0], [1], [2])], ValueError, r"Fold 1 is .* a pair \(train, test\)"),
            (([0], [1]), ValueError, r"one split is given as \[\(train, test\)\]"),
            ([([0], [18])], ValueError, "Fold 1 .* beyond the 18"),
            ([([0], [1]), ([0], [-1])], ValueError, "Fold 2 .* beyond the 18"),
            ([([0], [])], ValueError, "at least one clip"),
            ([([0], [0.5])], ValueError, "give the positions"),
        ],
    )
    def test_refusals(self, voices, cv, error, message):
        with pytest.raises(error, match=message):
            audit_split(voices, cv)

    def test_waveforms_are_no_corpus(self, voices):
        with pytest.raises(TypeError, match="corpus is a Clips: give a Corpus"):
            audit_split(voices.X, "loso")


class TestReport:
    def test_in_words(self, voices, tmp_path):
        paths = [str(tmp_path / name) for name in ("ann.wav", "ben.wav", "twin.wav", "soft.wav")]
        clips = [voices.X[0], voices.X[6], voices.X[0], 0.5 * voices.X[0]]
        for path, clip in zip(paths, clips, strict=True):
            audio.write(path, clip, SR)
        corpus = Corpus(paths, ["sad"] * 4, ["ann", "ben", "cyd", "dan"], name="home")
        audit = audit_split(corpus, [([0], [1]), ([0, 1], [2, 3])])
        assert str(audit).splitlines() == [
            "Corpus('home': 4 clips, 4 speakers, 1 emotion), folds: 2, "
            "shared by both sides: recording, near-identical",
            "  recording (leak) in folds: 1; in fold 2 test clips: 1, training clips: 1, "
            "such as twin.wav ~ ann.wav",
            "  near-identical (leak) in folds: 1; in fold 2 test clips: 2, training clips: 1, "
            "such as twin.wav ~ ann.wav, soft.wav ~ ann.wav",
        ]
        assert repr(audit) == f"SplitAudit({str(audit).splitlines()[0]})"

    def test_of_nothing_has_its_columns_all_the_same(self, voices):
        corpus = Corpus(voices.X[:2], ["sad", "angry"], ["ann", "ben"], sr=SR)
        audit = audit_split(corpus, [([0], [1])])
        assert audit.ok
        assert list(audit.findings) == ["fold", "kind", "n_test", "n_train", "examples"]

    def test_tells_what_was_not_listened_for(self, voices):
        assert "not listened for" in audit_split(voices, "loso", audio=False).summary()
        assert "not listened for" not in audit_split(voices, "loso").summary()

    def test_names_the_fold_with_most(self, voices):
        audit = audit_split(voices, [([0], [1, 2]), ([6], [7, 8, 9])])
        assert "speaker (leak) in folds: 2; in fold 2 test clips: 3" in audit.summary()

    def test_names_three_and_counts_the_others(self, voices):
        audit = audit_split(voices, [(range(18), range(18))])
        assert "such as clip 0, clip 1, clip 2 and 15 more" in audit.summary()
