"""SpeakerNormalizer: whose clips are believed, and what becomes of the others."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sertools import SpeakerNormalizer
from sertools._sklearn import fit_with

starved = pytest.mark.filterwarnings("ignore:.* speakers show too little")

N_FEATURES = 20
N_EMOTIONS = 4


def speakers(seed, *, n_speakers=12, n_clips=40, offset=3.0):
    """Table, labels and speakers: means of emotions that all share, and an offset for each."""
    emotions = np.random.default_rng(0).normal(0, 0.8, (N_EMOTIONS, N_FEATURES))
    rng = np.random.default_rng(seed)
    groups = np.repeat([f"{seed}-{i}" for i in range(n_speakers)], n_clips)
    labels = np.tile(np.arange(N_EMOTIONS), n_speakers * n_clips // N_EMOTIONS)
    voices = np.repeat(rng.normal(0, offset, (n_speakers, N_FEATURES)), n_clips, axis=0)
    X = emotions[labels] + voices + rng.normal(size=voices.shape)
    return X, labels, groups


def standardised(X, groups):
    """The plain z-scores by speaker."""
    z = np.empty_like(X)
    for group in np.unique(groups):
        z[groups == group] = StandardScaler().fit_transform(X[groups == group])
    return z


def by_speaker(normalizer, X, y, groups, copies=None):
    """The rows that are fitted, each by its speaker."""
    return normalizer.fit(X, y, groups, copies).transform(X, groups, copies)


@pytest.fixture
def training():
    return speakers(1)


@pytest.fixture
def fitted(training):
    return SpeakerNormalizer().fit(*training)


class TestFormula:
    def test_two_speakers_by_hand(self):
        X = np.array([[-3.0], [-1.0], [1.0], [3.0]])
        normalizer = SpeakerNormalizer(prior=2).fit(X, groups=["a", "a", "b", "b"])
        # The spread within speakers: four squares of 1 for two degrees of freedom.
        assert normalizer.mean_ == [0]
        assert normalizer.scale_ == pytest.approx(np.sqrt(2))
        # Two clips and a prior of two. The means are -2 and 2; for each of them the regression
        # expects 4 / (5 + 4 * 0.5), where 5 is the weighted sum of squares.
        first, second = normalizer.speakers_["a", 0], normalizer.speakers_["b", 0]
        assert first.trust == second.trust == 0.5
        assert second.center == pytest.approx(0.5 * 2 + 0.5 * 2 * 4 / 7)
        assert first.center == pytest.approx(-second.center)
        # Half of their own variance, 1, and half of the usual, 2.
        assert first.spread == pytest.approx(np.sqrt(1.5))
        np.testing.assert_allclose(
            normalizer.transform(X, ["a", "a", "b", "b"])[:, 0],
            (X[:, 0] - np.repeat([*first.center, *second.center], 2)) / np.sqrt(1.5),
        )

    def test_no_prior_is_the_plain_z_score(self, training):
        X, y, groups = training
        z = by_speaker(SpeakerNormalizer(prior=0), X, y, groups)
        np.testing.assert_allclose(z, standardised(X, groups), atol=1e-9)

    @starved
    def test_an_endless_prior_is_training_alone(self, training):
        X, y, groups = training
        normalizer = SpeakerNormalizer(prior=1e9).fit(X, y, groups)
        z = normalizer.transform(X, groups)
        np.testing.assert_allclose(z, (X - X.mean(axis=0)) / normalizer.scale_, atol=1e-3)

    def test_the_unknown_may_be_like_the_average(self, training, fitted):
        X, y, groups = training
        normalizer = SpeakerNormalizer(prior=30, unknown="average").fit(X, None, groups)
        center, spread = X.mean(axis=0), X.std(axis=0)
        nobody = normalizer.transform(X, [""] * len(X))
        np.testing.assert_allclose(nobody, (X - center) / spread)
        own = X[groups == groups[0]]
        trust = 40**4 / (40**4 + 30**4)
        variance = trust * own.var(axis=0) + (1 - trust) * spread**2
        expected = (own - center - trust * (own.mean(axis=0) - center)) / np.sqrt(variance)
        z = normalizer.transform(X, groups)[groups == groups[0]]
        np.testing.assert_allclose(z, expected)
        # What is not believed is another thing than how far.
        told = SpeakerNormalizer(unknown="average").fit(X, y, groups)
        trusts = [of.speakers_[groups[0], 0].trust for of in (told, fitted)]
        assert trusts[0] == pytest.approx(trusts[1], abs=0.05)

    def test_centres_alone(self, training):
        X, y, groups = training
        both, center = (
            SpeakerNormalizer(with_std=with_std).fit(X, y, groups) for with_std in (True, False)
        )
        expected = X[:1] - both.speakers_[groups[0], 0].center
        np.testing.assert_allclose(center.transform(X[:1], groups[:1]), expected)

    def test_trust_grows_with_clips_of_all_emotions(self, fitted):
        X, _, _ = speakers(2, n_speakers=1, n_clips=400)
        trusts = [fitted.enroll(X[:n]).enrolled_.trust for n in (40, 100, 400)]
        assert 0.5 < trusts[0] < trusts[1] < trusts[2] <= 400**4 / (400**4 + 15**4)

    @starved
    def test_clips_of_one_emotion_are_not_believed(self, fitted):
        X, y, _ = speakers(2, n_speakers=1, n_clips=400)
        assert fitted.enroll(X[y == 0]).enrolled_.trust < 0.1

    def test_voices_that_differ_as_emotions_do_are_believed(self, rng):
        y, groups = np.tile([0, 1], 200), np.repeat(np.arange(4), 100)
        X = (y + 10 * groups + rng.normal(0, 0.5, 400))[:, None]
        normalizer = SpeakerNormalizer().fit(X, y, groups)
        assert min(speaker.trust for speaker in normalizer.speakers_.values()) > 0.8

    def test_without_labels_clips_are_counted(self, training):
        X, y, groups = training
        for targets in (None, np.full(len(y), 3), np.linspace(0.5, 1.5, len(y))):
            normalizer = SpeakerNormalizer(prior=30).fit(X, targets, groups)
            assert {s.trust for s in normalizer.speakers_.values()} == {40**4 / (40**4 + 30**4)}

    def test_more_columns_than_rows(self, training):
        X, y, groups = training
        wide = np.hstack([X, np.ones((len(X), len(X)))])
        z = by_speaker(SpeakerNormalizer(), wide, y, groups)
        expected = by_speaker(SpeakerNormalizer(), X, y, groups)
        np.testing.assert_allclose(z[:, :N_FEATURES], expected, atol=1e-9)
        assert (z[:, N_FEATURES:] == 0).all()

    @pytest.mark.parametrize("prior", [0, 20])
    def test_a_column_that_is_constant_for_one_speaker(self, training, prior):
        X, y, groups = training
        X[groups == groups[0], 3] = 0.1
        z = by_speaker(SpeakerNormalizer(prior=prior), X, y, groups)
        assert np.isfinite(z).all()
        assert np.ptp(z[groups == groups[0], 3]) == 0


class TestInvariance:
    def test_shift_and_scale_of_a_speaker_nearly_vanish(self, fitted):
        X, _, groups = speakers(2, n_speakers=1, n_clips=2000)
        z = fitted.transform(X, groups)
        moved = fitted.transform(1.5 * X + np.linspace(-5, 5, N_FEATURES), groups)
        np.testing.assert_allclose(moved, z, atol=0.02)

    def test_units_of_columns_do_not_matter(self, training, fitted):
        X, y, groups = training
        units = np.logspace(-6, 6, N_FEATURES)
        z = by_speaker(SpeakerNormalizer(), X * units + units, y, groups)
        np.testing.assert_allclose(z, fitted.transform(X, groups), atol=1e-8)

    def test_order_of_rows(self, fitted, rng):
        X, _, groups = speakers(2)
        order = rng.permutation(len(X))
        shuffled = fitted.transform(X[order], groups[order])
        np.testing.assert_allclose(shuffled, fitted.transform(X, groups)[order], atol=1e-12)

    def test_known_speakers_are_remembered(self, training, fitted):
        X, _, groups = training
        together = fitted.transform(X, groups)
        for i in (0, 57):
            alone = fitted.transform(X[i : i + 1], groups[i : i + 1])
            np.testing.assert_array_equal(alone[0], together[i])

    def test_speakers_do_not_touch_each_other(self, fitted):
        X, _, groups = speakers(2)
        part = groups == groups[0]
        z = fitted.transform(X, groups)[part]
        np.testing.assert_array_equal(fitted.transform(X[part], groups[part]), z)

    def test_single_precision_is_that_of_the_table_only(self, training):
        X, y, groups = training
        X = (X + 1000).astype(np.float32)
        z = by_speaker(SpeakerNormalizer(), X, y, groups)
        assert z.dtype == np.float32
        expected = by_speaker(SpeakerNormalizer(), X.astype(np.float64), y, groups)
        np.testing.assert_allclose(z, expected, atol=1e-6)


class TestInTraining:
    """`fit_transform`, which gives a share of the rows as clips of somebody unknown."""

    @staticmethod
    def unknown(normalizer, X, y, groups, copies=None):
        """Which rows are as of somebody unknown; all others must be by their speakers."""
        z = normalizer.fit_transform(X, y, groups, copies)
        known = normalizer.transform(X, groups, copies)
        alone = normalizer.transform(X, np.full(len(X), ""))
        is_known, is_alone = (np.isclose(z, rows).all(axis=1) for rows in (known, alone))
        assert (is_known | is_alone).all()
        return is_alone

    @pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.9])
    @pytest.mark.parametrize("unknown", ["resembling", "average"])
    @pytest.mark.parametrize("period", [4, 8, 13])
    def test_the_share_is_that_of_each_speaker_copy_and_emotion(
        self, training, share, unknown, period
    ):
        X, _, groups = training
        y = np.arange(480) % period
        copies = np.arange(480) // 20 % 2
        normalizer = SpeakerNormalizer(prior=0, unknown=unknown, unknown_share=share)
        is_unknown = pd.Series(self.unknown(normalizer, X, y, groups, copies))
        assert is_unknown.sum() == 480 * share
        for keys in ([groups], [groups, copies], [groups, copies, y]):
            cells = is_unknown.groupby(keys)
            # One at the most, but for what the rounding of floats moves from cell to cell.
            assert (abs(cells.sum() - cells.size() * share) < 1 + 1e-9).all()

    @pytest.mark.parametrize("n_clips", [40, 60, 144])
    def test_it_is_not_the_same_sentence_of_all_speakers(self, n_clips):
        # As in corpora in which all speakers say the same, in one order.
        X, y, groups = speakers(1, n_speakers=20, n_clips=n_clips)
        is_unknown = pd.Series(self.unknown(SpeakerNormalizer(prior=0), X, y, groups))
        shares = is_unknown.groupby(np.arange(len(X)) % n_clips).mean()
        # Of 20 speakers; the standard deviation of a share is 0.1.
        assert 0.07 < shares.std() < 0.13
        assert shares.max() < 0.7

    def test_speakers_of_few_clips_are_counted_together(self):
        X, y, groups = speakers(1)
        few = np.arange(480) % 40 < 3
        normalizer = SpeakerNormalizer(prior=0, unknown_share=0.1)
        assert self.unknown(normalizer, X[few], y[few], groups[few]).sum() == round(36 * 0.1)

    def test_it_is_not_the_same_recordings_in_all_copies(self):
        X, y, groups = speakers(1, n_speakers=12, n_clips=120)
        # Copies come after all recordings, as AugmentedClassifier stacks them.
        n = len(X)
        copies = np.repeat([0, 1], n)
        is_unknown = self.unknown(
            SpeakerNormalizer(prior=0),
            np.vstack([X, X + 1]),
            np.tile(y, 2),
            np.tile(groups, 2),
            copies,
        )
        both = (is_unknown[:n] & is_unknown[n:]).mean()
        assert both == pytest.approx(0.25**2, abs=0.02)

    @pytest.mark.parametrize("share", [0, 1])
    def test_none_and_all(self, training, share):
        is_unknown = self.unknown(SpeakerNormalizer(unknown_share=share), *training)
        assert (is_unknown == bool(share)).all()

    def test_what_is_learnt_is_the_same(self, training):
        X, y, groups = training
        new, _, names = speakers(2)
        normalizer = SpeakerNormalizer()
        normalizer.fit_transform(X, y, groups)
        expected = SpeakerNormalizer().fit(X, y, groups).transform(new, names)
        np.testing.assert_array_equal(normalizer.transform(new, names), expected)

    def test_it_is_the_same_each_time(self, training):
        first, second = (SpeakerNormalizer().fit_transform(*training) for _ in range(2))
        np.testing.assert_array_equal(first, second)

    def test_single_precision(self, training):
        X, y, groups = training
        z = SpeakerNormalizer().fit_transform(X.astype(np.float32), y, groups)
        assert z.dtype == np.float32
        np.testing.assert_allclose(z, SpeakerNormalizer().fit_transform(X, y, groups), atol=1e-4)

    def test_without_labels_it_is_the_share_of_each_speaker(self, training):
        X, _, groups = training
        is_unknown = pd.Series(self.unknown(SpeakerNormalizer(prior=5), X, None, groups))
        assert is_unknown.groupby(groups).sum().between(9, 11).all()

    def test_rows_whose_speaker_is_not_known_come_besides(self, training):
        X, y, groups = training
        groups = np.where(np.arange(480) % 40 < 20, groups, "")
        is_unknown = self.unknown(SpeakerNormalizer(prior=5), X, y, groups)
        assert is_unknown[groups == ""].all()
        assert is_unknown[groups != ""].mean() == pytest.approx(0.25, abs=0.01)


class TestWho:
    def test_copies_are_speakers_of_their_own(self, training):
        X, y, groups = training
        copies = np.arange(len(X)) % 2
        z = by_speaker(SpeakerNormalizer(prior=0), X, y, groups, copies)
        pairs = np.char.add(groups, copies.astype(str))
        np.testing.assert_allclose(z, standardised(X, pairs), atol=1e-9)

    def test_recordings_are_copy_0(self, training):
        X, y, groups = training
        normalizer = SpeakerNormalizer().fit(X, y, groups, np.zeros(len(X)))
        np.testing.assert_array_equal(
            normalizer.transform(X, groups), by_speaker(SpeakerNormalizer(), X, y, groups)
        )

    @pytest.mark.parametrize(
        "container",
        [
            list,
            tuple,
            lambda groups: pd.Series(groups, index=range(len(groups), 0, -1)),
            lambda groups: pd.Series(groups, dtype="category"),
            lambda groups: np.array(groups, dtype=object),
            lambda groups: np.unique(groups, return_inverse=True)[1],
        ],
        ids=["list", "tuple", "series", "categories", "objects", "numbers"],
    )
    def test_containers_and_kinds_of_names(self, training, fitted, container):
        X, y, groups = training
        z = by_speaker(SpeakerNormalizer(), X, y, container(groups))
        np.testing.assert_allclose(z, fitted.transform(X, groups), atol=1e-9)

    def test_the_speaker_that_was_enrolled(self, fitted):
        X, _, groups = speakers(2, n_speakers=1)
        expected = fitted.transform(X, groups)
        np.testing.assert_array_equal(fitted.enroll(X).transform(X), expected)
        np.testing.assert_array_equal(fitted.transform(X[:1]), expected[:1])

    def test_a_new_fit_forgets_whom_it_enrolled(self, training, fitted):
        fitted.enroll(training[0]).fit(*training)
        with pytest.warns(UserWarning, match="used without"):
            fitted.transform(training[0])

    def test_rows_without_a_speaker_each_stand_for_one(self, fitted):
        X, _, groups = speakers(2)
        unknown = np.arange(len(X)) % 4 == 0
        names = np.where(unknown, "", groups)
        z = fitted.transform(X, names)
        np.testing.assert_array_equal(z[~unknown], fitted.transform(X[~unknown], groups[~unknown]))
        with pytest.warns(UserWarning, match="used without"):
            alone = np.vstack([fitted.transform(row[None]) for row in X[unknown]])
        np.testing.assert_allclose(z[unknown], alone, atol=1e-12)

    @starved
    def test_one_clip_tells_of_the_voice_and_not_of_the_emotion(self, training):
        X, y, groups = training
        normalizer = SpeakerNormalizer(with_std=False).fit(X, y, groups)
        alone = normalizer.transform(X, [""] * len(X))
        np.testing.assert_allclose(normalizer.transform(X[:1], ["new"]), alone[:1], atol=1e-12)
        # Nearer to what is left without the voices than the rows themselves.
        emotions = np.array([X[y == label].mean(axis=0) for label in y])
        assert np.square(alone - emotions).sum() < 0.5 * np.square(X - emotions).sum()
        moved = normalizer.transform(X + emotions - emotions[0], [""] * len(X))
        np.testing.assert_allclose(moved - alone, emotions - emotions[0], atol=1e-9)

    def test_rows_without_a_speaker_teach_no_voices(self, training):
        X, y, groups = training
        stranger = np.full_like(X[:5], 1.0)
        normalizer = SpeakerNormalizer().fit(
            np.vstack([X, stranger]), [*y, 0, 1, 2, 3, 0], [*groups, *[""] * 5]
        )
        assert len(normalizer.speakers_) == 12

    @pytest.mark.parametrize("groups", [None, [""] * 480])
    def test_without_speakers_it_is_a_standard_scaler(self, training, groups):
        X, y, _ = training
        X[:, 3] = 0.1
        normalizer = SpeakerNormalizer()
        z = normalizer.fit_transform(X, y, groups)
        np.testing.assert_allclose(z, StandardScaler().fit_transform(X), atol=1e-9)
        np.testing.assert_array_equal(normalizer.transform(X), z)

    def test_it_survives_a_pickle(self, fitted):
        X, _, groups = speakers(2)
        again = pickle.loads(pickle.dumps(fitted))
        np.testing.assert_array_equal(again.transform(X, groups), fitted.transform(X, groups))


class TestWarnings:
    def test_speakers_that_show_too_little_are_named(self, fitted):
        X, _, groups = speakers(2, n_speakers=12, n_clips=8)
        names = r"2-0, 2-1, 2-2, 2-3, 2-4, 2-5, 2-6, 2-7, 2-8, 2-9 and 2 more"
        with pytest.warns(UserWarning, match=rf"12 of 12 speakers show .*\({names}\)") as caught:
            fitted.transform(X, groups)
        assert [warning.filename for warning in caught] == [__file__]

    def test_those_who_are_enrolled_are_warned_of_where_they_are(self, fitted):
        X, _, groups = speakers(2, n_speakers=1, n_clips=8)
        for names in (None, groups):
            with pytest.warns(
                UserWarning, match="count for fewer than 15 of all emotions"
            ) as caught:
                fitted.enroll(X, names)
            assert [warning.filename for warning in caught] == [__file__]

    def test_copies_of_a_speaker_count_as_one(self, training):
        X, y, groups = training
        with pytest.warns(UserWarning, match=r"1 of 12 speakers .*\(1-0\)") as caught:
            SpeakerNormalizer().fit(X, y, groups, [2] * 4 + [0] * (len(X) - 4))
        assert [warning.filename for warning in caught] == [__file__]

    def test_speakers_of_fit_are_named_once(self, training):
        X, y, groups = training
        with pytest.warns(UserWarning, match="12 of 12 speakers") as caught:
            SpeakerNormalizer(prior=100).fit_transform(X, y, groups)
        assert len(caught) == 1

    def test_the_plain_z_score_believes_all(self, training):
        X, y, groups = training
        normalizer = SpeakerNormalizer(prior=0).fit(X, y, groups)
        np.testing.assert_allclose(normalizer.transform(X[:1], ["new"]), 0, atol=1e-12)

    @starved
    @pytest.mark.parametrize(
        "prior", [np.uint8(15), np.int16(20), np.int32(300), np.float16(30), 1e100], ids=repr
    )
    def test_a_prior_is_a_number_however_wide(self, training, prior):
        X, y, groups = training
        found = SpeakerNormalizer(prior=prior).fit(X, y, groups)
        same = SpeakerNormalizer(prior=float(prior)).fit(X, y, groups)
        for key, speaker in found.speakers_.items():
            assert 0 <= speaker.trust == same.speakers_[key].trust <= 1
        assert np.isfinite(found.transform(X, groups)).all()

    def test_losing_the_groups(self, fitted):
        X, _, _ = speakers(2)
        with pytest.warns(UserWarning, match=r"used without.*Pass groups, or call enroll"):
            fitted.transform(X)


def test_labels_may_be_a_column(training):
    X, y, groups = training
    as_column = SpeakerNormalizer().fit_transform(X, y[:, None], groups)
    np.testing.assert_array_equal(as_column, SpeakerNormalizer().fit_transform(X, y, groups))


class TestRefusals:
    @pytest.mark.parametrize("name", ["groups", "copies"])
    @pytest.mark.parametrize("method", ["fit", "transform"])
    @pytest.mark.parametrize(
        ("change", "match"),
        [
            (lambda values: values[1:], r"{} has shape \(479,\) and X has 480 rows"),
            (lambda values: values[:, None], r"{} has shape \(480, 1\)"),
            (lambda values: np.where(np.arange(480) < 12, None, values), r"{} is missing for 12"),
            (lambda values: pd.Series(values).shift(), r"{} is missing for 1 rows \(0\)"),
        ],
        ids=["short", "column", "none", "nan"],
    )
    def test_names_that_are_none(self, training, fitted, method, name, change, match):
        X, y, groups = training
        names = {"groups": groups, "copies": np.zeros(len(X))}
        names[name] = change(names[name])
        known = {"y": y} if method == "fit" else {}
        with pytest.raises(ValueError, match=match.format(name)):
            getattr(fitted, method)(X, **known, **names)

    @pytest.mark.parametrize(
        ("known", "asked", "words"), [(str, int, "7, .* is '7'"), (int, str, "'7', .* is 7")]
    )
    def test_text_and_numbers_that_look_alike(self, training, known, asked, words):
        X, y, groups = training
        numbers = np.unique(groups, return_inverse=True)[1]
        normalizer = SpeakerNormalizer().fit(X, y, numbers.astype(known))
        for method in (normalizer.transform, normalizer.enroll):
            with pytest.raises(
                ValueError, match=f"groups holds {words}: name speakers by text, or"
            ):
                method(X[numbers == 7], np.full(40, 7).astype(asked))
        normalizer.transform(X, (100 + numbers).astype(asked))

    def test_a_fit_that_is_refused_leaves_what_was_learnt(self, training, fitted):
        X, y, groups = training
        before = fitted.transform(X, groups)
        with pytest.raises(ValueError, match=r"groups has shape \(479,\)"):
            fitted.fit(X[:, :5], y, groups[1:])
        np.testing.assert_array_equal(fitted.transform(X, groups), before)

    def test_labels_of_another_length(self, training):
        X, y, groups = training
        with pytest.raises(ValueError, match="inconsistent numbers of samples"):
            SpeakerNormalizer().fit(X, y[1:], groups)

    @pytest.mark.parametrize(
        "change",
        [
            lambda labels: [None, *labels[1:]],
            lambda labels: [np.nan, *labels[1:]],
            lambda labels: pd.Series(labels).shift(),
            lambda labels: np.where(np.arange(480) == 0, np.nan, 1.0),
            lambda labels: [[None], *([label] for label in labels[1:])],
            lambda labels: pd.DataFrame({"y": labels}).shift(),
        ],
        ids=["none", "nan", "series", "numbers", "column", "frame"],
    )
    def test_labels_that_are_missing(self, training, change):
        X, y, groups = training
        with pytest.raises(ValueError, match=r"y is missing for 1 rows \(0\)"):
            SpeakerNormalizer().fit(X, change(y.tolist()), groups)

    def test_missing_features(self, training):
        X, y, groups = training
        X[17, 3] = np.nan
        with pytest.raises(ValueError, match="contains NaN"):
            SpeakerNormalizer().fit(X, y, groups)

    def test_speakers_after_a_fit_without(self, training):
        X, y, groups = training
        normalizer = SpeakerNormalizer().fit(X, y)
        with pytest.raises(ValueError, match="fitted without groups, and groups came afterwards"):
            normalizer.transform(X, groups)
        with pytest.raises(ValueError, match="fitted without groups, and enroll came afterwards"):
            normalizer.enroll(X)


class TestInPipelines:
    def test_routing_hands_groups_to_fit_and_predict(self, training, fitted):
        X, y, groups = training
        new, _, names = speakers(2)
        rows = SpeakerNormalizer().fit_transform(X, y, groups)
        model = LogisticRegression(max_iter=1000).fit(rows, y)
        expected = model.predict(fitted.transform(new, names))
        pipeline = make_pipeline(SpeakerNormalizer(), LogisticRegression(max_iter=1000))
        with config_context(enable_metadata_routing=True):
            predicted = pipeline.fit(X, y, groups=groups).predict(new, groups=names)
        np.testing.assert_array_equal(predicted, expected)

    @pytest.mark.parametrize("routing", [True, False])
    def test_fit_with_hands_groups_and_copies(self, training, routing):
        X, y, groups = training
        pipeline = make_pipeline(SpeakerNormalizer(), LogisticRegression(max_iter=1000))
        with config_context(enable_metadata_routing=routing):
            fit_with(pipeline, X, y, groups=groups, copies=np.repeat([0, 1], 240))
        found = pipeline[0].speakers_
        assert [key for key in found if key[0] in ("1-0", "1-11")] == [("1-0", 0), ("1-11", 1)]

    def test_names_of_columns(self, training):
        X, y, groups = training
        frame = pd.DataFrame(X, columns=[f"f{i}" for i in range(N_FEATURES)])
        table = SpeakerNormalizer().set_output(transform="pandas").fit_transform(frame, y, groups)
        assert list(table.columns) == list(frame.columns)


def uar(normalizer, training, testing):
    """What a model behind a normaliser scores: fitted on one corpus, asked about another."""
    X, y, groups = training
    model = LogisticRegression(max_iter=1000).fit(normalizer.fit_transform(X, y, groups), y)
    X, y, groups = testing
    return balanced_accuracy_score(y, model.predict(normalizer.transform(X, groups)))


class TestWhatItIsWorth:
    def test_what_losing_the_groups_costs(self):
        X, y, groups = speakers(1)
        pipeline = make_pipeline(SpeakerNormalizer(), LogisticRegression(max_iter=1000))
        pipeline.fit(X, y, speakernormalizer__groups=groups)
        X, y, groups = speakers(2)
        with config_context(enable_metadata_routing=True):
            with_groups = pipeline.predict(X, groups=groups)
        with pytest.warns(UserWarning, match="used without"):
            without = pipeline.predict(X)
        enrolled = np.empty_like(y)
        for group in np.unique(groups):
            pipeline[0].enroll(X[groups == group])
            enrolled[groups == group] = pipeline.predict(X[groups == group])
        scores = [balanced_accuracy_score(y, found) for found in (with_groups, enrolled, without)]
        assert scores[0] > 0.9
        assert scores[1] == scores[0]
        assert 0.4 < scores[2] < scores[0] - 0.2

    @starved
    @pytest.mark.parametrize("side", [0, 1], ids=["training", "testing"])
    def test_speakers_of_one_emotion_keep_it(self, side):
        corpora = [speakers(1, offset=1.0), speakers(2, offset=1.0)]
        raw = uar(SpeakerNormalizer(), *[(X, y, None) for X, y, _ in corpora])
        X, y, groups = corpora[side]
        # All that is known of a speaker is one emotion.
        corpora[side] = X, y, np.char.add(groups, y.astype(str))
        assert uar(SpeakerNormalizer(prior=0, unknown_share=0), *corpora) < 0.4
        assert uar(SpeakerNormalizer(), *corpora) > raw - 0.01

    def test_speakers_of_all_emotions_gain(self):
        corpora = [speakers(1), speakers(2)]
        raw = uar(SpeakerNormalizer(), *[(X, y, None) for X, y, _ in corpora])
        plain = uar(SpeakerNormalizer(prior=0, unknown_share=0), *corpora)
        ours = uar(SpeakerNormalizer(), *corpora)
        assert raw + 0.3 < ours
        assert plain - 0.05 < ours
