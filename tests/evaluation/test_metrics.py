"""Scores: what they count, and how sure they are."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier

from sertools.evaluation import clustered_interval, uar_score, uar_scorer

EMOTIONS = np.array(["angry", "happy", "neutral", "sad"])


@pytest.fixture
def guesses(rng):
    """Labels and predictions of which two thirds are right, for 300 clips."""
    y_true = rng.choice(EMOTIONS, 300, p=[0.1, 0.2, 0.3, 0.4])
    return y_true, np.where(rng.random(300) < 2 / 3, y_true, rng.choice(EMOTIONS, 300))


class TestUar:
    @pytest.mark.parametrize("weighted", [False, True])
    def test_is_balanced_accuracy(self, guesses, rng, weighted):
        weights = rng.random(300) if weighted else None
        expected = balanced_accuracy_score(*guesses, sample_weight=weights)
        assert uar_score(*guesses, sample_weight=weights) == pytest.approx(expected, abs=1e-12)

    def test_is_the_mean_of_recalls_and_not_of_clips(self):
        assert uar_score(["sad"] * 9 + ["angry"], ["sad"] * 10) == 0.5

    def test_a_class_that_is_only_predicted_is_an_error_like_any_other(self):
        assert uar_score([1, 1, 2, 2], [1, 3, 2, 2]) == 0.75

    def test_of_one_class_is_its_recall(self):
        assert uar_score(["sad", "sad"], ["sad", "angry"]) == 0.5
        assert uar_score(["sad", "sad"], ["sad", "sad"]) == 1.0

    def test_a_class_whose_clips_do_not_count_is_left_out(self):
        assert uar_score([1, 1, 2], [1, 2, 1], sample_weight=[3, 1, 0]) == 0.75

    def test_does_not_care_for_the_kind_of_labels_or_their_order(self, guesses):
        y_true, y_pred = guesses
        codes = {emotion: code for code, emotion in enumerate(EMOTIONS[::-1])}
        as_codes = [codes[label] for label in y_true], [codes[label] for label in y_pred]
        assert uar_score(*as_codes) == pytest.approx(uar_score(y_true, y_pred), abs=1e-12)
        assert uar_score(y_true.astype(object), list(y_pred)) == uar_score(y_true, y_pred)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (([], []), "y_true holds 0 labels"),
            ((["sad"], ["sad", "sad"]), "inconsistent numbers of samples"),
            ((["sad", "angry"], [0, 1]), "string and number"),
            (([0.5, 1.5], [0, 1]), "continuous"),
            (([[0, 1]], [[0, 1]]), "1d array"),
            ((["sad"], ["sad"], [0]), "sample_weight is 0 for every clip"),
            ((["sad"], ["sad"], [1, 1]), "inconsistent numbers of samples"),
        ],
    )
    def test_refusals(self, arguments, message):
        y_true, y_pred, *weights = arguments
        with pytest.raises(ValueError, match=message):
            uar_score(y_true, y_pred, sample_weight=weights[0] if weights else None)

    def test_chooses_in_a_search(self, guesses):
        y = guesses[0]
        search = GridSearchCV(
            DecisionTreeClassifier(), {"max_depth": [None, 1]}, scoring=uar_scorer, cv=3
        ).fit(np.unique(y, return_inverse=True)[1][:, None], y)
        # A stump tells two of the four classes apart from the others.
        assert search.cv_results_["mean_test_score"].tolist() == [1.0, 0.5]


class TestInterval:
    def test_holds_the_score(self, guesses, rng):
        low, high = clustered_interval(*guesses, rng.integers(12, size=300))
        assert low < uar_score(*guesses) < high

    def test_is_that_of_drawing_speakers_one_by_one(self, guesses, rng):
        y_true, y_pred = guesses
        speakers = np.sort(rng.integers(8, size=300))
        scores = []
        for _ in range(1000):
            drawn = rng.integers(8, size=8)
            rows = np.concatenate([np.flatnonzero(speakers == speaker) for speaker in drawn])
            scores.append(balanced_accuracy_score(y_true[rows], y_pred[rows]))
        expected = np.quantile(scores, [0.05, 0.95])
        found = clustered_interval(y_true, y_pred, speakers, level=0.9)
        assert found == pytest.approx(expected, abs=0.01)

    def test_is_wide_where_speakers_differ(self):
        y_true = np.tile([0, 1], 80)
        speakers = np.repeat(range(8), 20)
        y_pred = np.where(speakers < 4, y_true, 1 - y_true)
        low, high = clustered_interval(y_true, y_pred, speakers)
        assert (low, high) == (0.125, 0.875)  # between one and seven of eight draws succeed
        of_clips = clustered_interval(y_true, y_pred)
        assert high - low > 3 * (of_clips[1] - of_clips[0])

    def test_is_of_clips_where_there_is_one_speaker(self, guesses):
        of_clips = clustered_interval(*guesses)
        assert clustered_interval(*guesses, ["ann"] * 300) == of_clips
        each_alone = clustered_interval(*guesses, np.arange(300))
        assert each_alone == of_clips

    def test_a_draw_without_a_class_is_scored_on_the_others(self):
        # Only the last speaker is ever sad, and is never understood then.
        y_true = ["angry", "angry", "angry", "sad"]
        y_pred = ["angry", "angry", "angry", "angry"]
        assert clustered_interval(y_true, y_pred, list("abcd")) == (0.5, 1.0)

    def test_does_not_depend_on_the_order_of_clips_or_the_names_of_speakers(self, guesses, rng):
        speakers = rng.integers(10, size=300)
        expected = clustered_interval(*guesses, speakers)
        order = rng.permutation(300)
        y_true, y_pred = (labels[order] for labels in guesses)
        names = [f"speaker {9 - speaker}" for speaker in speakers[order]]
        assert clustered_interval(y_true, y_pred, names) == expected

    def test_narrows_with_the_level_and_follows_the_random_state(self, guesses, rng):
        speakers = rng.integers(10, size=300)
        low, high = clustered_interval(*guesses, speakers)
        narrow = clustered_interval(*guesses, speakers, level=0.5)
        assert low < narrow[0] < narrow[1] < high
        assert clustered_interval(*guesses, speakers, random_state=1) != (low, high)
        assert clustered_interval(*guesses, speakers) == (low, high)

    @pytest.mark.parametrize(
        ("arguments", "options", "message"),
        [
            (([1], [1, 1]), {}, "inconsistent numbers of samples"),
            (([1, 2], [1, 2], ["ann"]), {}, "inconsistent numbers of samples"),
            (([], []), {}, "y_true holds 0 labels"),
            ((["sad"], [1]), {}, "string and number"),
            (([1], [1]), {"level": 95}, "level=95: give a share between 0 and 1"),
            (([1], [1]), {"n_resamples": 0}, "n_resamples=0: give a number of draws"),
        ],
    )
    def test_refusals(self, arguments, options, message):
        with pytest.raises(ValueError, match=message):
            clustered_interval(*arguments, **options)

    def test_of_one_clip(self):
        assert clustered_interval(["sad"], ["sad"]) == (1.0, 1.0)
