"""Augmenter: perturbs when it is fitted and never after, by the content of a clip alone."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from sertools import AddNoise, Augmenter, Gain, RowCache, Speed, TimeShift, ZCRExtractor
from sertools.augmentation import PRESETS, Effect
from sertools.preprocessing import Clips


@pytest.fixture
def clips(rng):
    """Five clips of one length, which a list may hold as well as an array."""
    return [rng.normal(0, 0.1, 800).astype(np.float32) for _ in range(5)]


def noisy(**parameters):
    return Augmenter([AddNoise((0, 20)), Gain()], **{"p": 1, "random_state": 0, **parameters})


def assert_same(got, expected):
    assert len(got) == len(expected)
    for ours, theirs in zip(got, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def all_differ(got, other):
    return not any(np.array_equal(ours, theirs) for ours, theirs in zip(got, other, strict=True))


def drawn(plan):
    """What a plan holds, comparable where the effects are other objects."""
    return [[(type(step.effect), step.values) for step in steps] for steps in plan]


class Listener(TransformerMixin, BaseEstimator):
    """Two features of clips; remembers the clips it heard last."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        self.heard_ = X
        return np.array([[x.mean(), x.std()] for x in X])


class TestTrainingOnly:
    @pytest.mark.parametrize("container", [list, np.stack])
    def test_fit_transform_perturbs_and_transform_does_not(self, clips, container):
        augmenter = noisy()
        assert all_differ(augmenter.fit_transform(container(clips)), clips)
        assert_same(augmenter.transform(container(clips)), clips)

    def test_a_pipeline_perturbs_to_fit_and_not_to_predict(self, clips):
        pipeline = make_pipeline(noisy(), Listener(), KNeighborsClassifier(1))
        pipeline.fit(clips, range(5))
        assert_same(pipeline[1].heard_, noisy().fit_transform(clips))
        pipeline.predict(clips)
        assert_same(pipeline[1].heard_, clips)

    def test_rows_keep_their_order(self, clips):
        louder = Augmenter([Gain((1, 6))], p=1, random_state=0).fit_transform(clips)
        for clip, perturbed in zip(clips, louder, strict=True):
            factors = perturbed / clip
            np.testing.assert_allclose(factors, factors[0], rtol=1e-5)

    @pytest.mark.parametrize("name", PRESETS)
    def test_what_is_given_is_not_written_to(self, clips, name):
        X = np.stack(clips)
        before = X.copy()
        X.flags.writeable = False
        Augmenter(name, p=1, random_state=0).fit_transform(X)
        np.testing.assert_array_equal(X, before)

    def test_effects_that_are_given_stay_unfitted(self, clips):
        class Fitted(Effect):
            def prepare(self, sr):
                self.sr_ = sr

        effect = Fitted()
        augmenter = Augmenter(effect, sr=8000).fit(clips)
        assert augmenter.effects_[0].sr_ == 8000
        assert not hasattr(effect, "sr_")


class TestProbability:
    def test_0_and_1(self, clips):
        assert_same(noisy(p=0).fit_transform(clips), clips)
        assert all_differ(noisy(p=1).fit_transform(clips), clips)

    @pytest.mark.parametrize("container", [list, tuple, np.array])
    def test_one_for_each_effect(self, clips, container):
        effects = [Gain(), AddNoise(), TimeShift()]
        plan = Augmenter(effects, p=container([1, 0, 1]), random_state=0).fit(clips).plan(clips)
        for steps in plan:
            assert [type(step.effect) for step in steps] == [Gain, TimeShift]

    def test_each_clip_and_effect_draws_for_itself(self, rng):
        n, first, second = 2000, 0.2, 0.7
        clips = list(rng.normal(size=(n, 4)))
        augmenter = Augmenter([Gain(), AddNoise()], p=[first, second], random_state=0)
        plan = [{type(step.effect) for step in steps} for steps in augmenter.fit(clips).plan(clips)]
        for chance, effects in [
            (first, {Gain}),
            (second, {AddNoise}),
            (first * second, {Gain, AddNoise}),
        ]:
            count = sum(effects <= applied for applied in plan)
            assert abs(count - n * chance) < 4 * np.sqrt(n * chance * (1 - chance))

    @pytest.mark.parametrize(
        ("p", "message"),
        [
            ([0.5], r"p=\[0.5\] holds 1 probabilities for 2 effects"),
            ([0.5, 1.5], r"p=\[0.5, 1.5\]: probabilities are numbers from 0 to 1"),
            ([0.5, np.nan], "probabilities are numbers from 0 to 1"),
            (["often", "rarely"], "probabilities are numbers from 0 to 1"),
            (1.5, r"'p' parameter of Augmenter must be a float in the range \[0.0, 1.0\]"),
            (-0.1, "'p' parameter of Augmenter must be a float"),
            (None, "'p' parameter of Augmenter must be a float"),
        ],
    )
    def test_no_probability(self, clips, p, message):
        with pytest.raises(ValueError, match=message):
            noisy(p=p).fit(clips)


class TestContainers:
    @pytest.mark.parametrize("method", ["fit_transform", "transform"])
    def test_a_list_keeps_its_rate(self, clips, method):
        got = getattr(noisy(sr=8000), method)(Clips(clips, sr=8000))
        assert isinstance(got, Clips)
        assert got.sr == 8000

    @pytest.mark.parametrize("method", ["fit_transform", "transform"])
    def test_an_array_stays_one(self, clips, method):
        got = getattr(noisy(), method)(np.stack(clips))
        assert isinstance(got, np.ndarray)
        assert got.shape == (5, 800)

    @pytest.mark.parametrize("p", [0, 0.5])
    def test_an_array_becomes_a_list_where_lengths_may_change(self, clips, p):
        augmenter = Augmenter([Gain(), Speed((0.5, 0.9))], p=p, random_state=0)
        perturbed = augmenter.fit_transform(np.stack(clips))
        assert isinstance(perturbed, Clips)
        is_longer = [
            any(isinstance(s.effect, Speed) for s in plan) for plan in augmenter.plan(clips)
        ]
        assert [len(clip) > 800 for clip in perturbed] == is_longer
        clean = augmenter.transform(np.stack(clips))
        assert isinstance(clean, Clips)
        assert_same(clean, clips)

    def test_a_list_and_an_array_of_the_same_clips_are_perturbed_alike(self, clips):
        assert_same(noisy().fit_transform(clips), noisy().fit_transform(np.stack(clips)))

    @pytest.mark.parametrize("name", PRESETS)
    @pytest.mark.parametrize("container", [list, np.stack])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_precision_is_kept(self, clips, name, container, dtype):
        X = container([clip.astype(dtype) for clip in clips])
        augmenter = Augmenter(name, p=1, random_state=0)
        for got in (augmenter.fit_transform(X), augmenter.transform(X)):
            assert {clip.dtype for clip in got} == {np.dtype(dtype)}

    @pytest.mark.parametrize("container", [list, np.stack])
    def test_pcm_is_scaled_by_both(self, clips, container):
        pcm = [np.round(clip * 2**15).astype(np.int16) for clip in clips]
        floats = [clip / np.float32(2**15) for clip in pcm]
        assert_same(noisy().transform(container(pcm)), floats)
        assert_same(noisy().fit_transform(container(pcm)), noisy().fit_transform(container(floats)))

    def test_a_data_frame(self, clips):
        got = noisy().fit_transform(pd.DataFrame(np.stack(clips)))
        assert_same(got, noisy().fit_transform(clips))


class TestRandomness:
    def test_an_int_gives_the_same_at_every_fit(self, clips):
        augmenter = noisy(random_state=3)
        first = augmenter.fit_transform(clips)
        assert_same(augmenter.fit_transform(clips), first)
        assert all_differ(noisy(random_state=4).fit_transform(clips), first)

    @pytest.mark.parametrize("random_state", [None, np.random.RandomState(0)])
    def test_none_and_a_generator_give_another_at_every_fit(self, clips, random_state):
        augmenter = noisy(random_state=random_state)
        first = augmenter.fit_transform(clips)
        assert_same(augmenter.augment(clips), first)  # of one fit it is the same
        assert all_differ(augmenter.fit_transform(clips), first)

    def test_every_copy_draws_anew(self, clips):
        augmenter = noisy()
        copies = [augmenter.fit_transform(clips), *(augmenter.augment(clips, k) for k in (1, 2))]
        assert_same(augmenter.augment(clips, copy=0), copies[0])
        for i in range(3):
            assert all_differ(copies[i], copies[i - 1])

    def test_neither_order_nor_batch_nor_threads_matter(self, clips):
        expected = noisy().fit_transform(clips)
        assert_same(noisy().fit_transform(clips[::-1]), expected[::-1])
        assert_same([noisy().fit_transform([clip])[0] for clip in clips], expected)
        assert_same(noisy(n_jobs=2).fit_transform(clips), expected)

    def test_the_draws_are_the_same_in_every_process_and_release(self):
        clip = np.arange(16, dtype=np.float32) / 16
        ((noise, gain),) = noisy(random_state=7).fit([clip]).plan([clip], copy=2)
        assert noise.values == {"level": pytest.approx(6.1143594919), "key": 2876185490292163569}
        assert gain.values == {"decibels": pytest.approx(0.0413713745)}

    def test_no_two_clips_or_copies_share_noise(self, rng):
        clip = rng.normal(size=4000)
        other = clip.copy()
        other[-1] = np.nextafter(np.float32(clip[-1]), np.float32(9))  # as near as it gets
        clips = [clip, other, *rng.normal(size=(6, 4000)), np.full(4000, 0.5)]
        augmenter = Augmenter([AddNoise((0, 20))], p=1, random_state=0).fit(clips)
        noises = [
            noised - clip
            for copy in (-1, 0, 1)
            for clip, noised in zip(clips, augmenter.augment(clips, copy), strict=True)
        ]
        correlations = np.corrcoef(noises)[np.triu_indices(len(noises), 1)]
        assert np.abs(correlations).max() < 5 / np.sqrt(4000)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_equal_clips_are_perturbed_alike(self, clips, dtype):
        plan = noisy().fit(clips).plan([clips[0].astype(dtype), clips[0].astype(dtype).copy()])
        assert drawn(plan) == drawn([noisy().fit(clips).plan(clips)[0]] * 2)

    def test_one_more_effect_at_the_end_changes_nothing_before_it(self, clips):
        effects = [Gain(), AddNoise(), TimeShift()]
        short, long = (
            drawn(Augmenter(effects[:n], random_state=0).fit(clips).plan(clips)) for n in (2, 3)
        )
        assert short == [[step for step in steps if step[0] is not TimeShift] for steps in long]
        assert short != long

    @pytest.mark.parametrize("name", PRESETS)
    def test_the_plan_is_what_is_done(self, clips, name):
        augmenter = Augmenter(name, random_state=0).fit(clips)
        by_hand = list(clips)
        for i, steps in enumerate(augmenter.plan(clips, copy=1)):
            for effect, values in steps:
                by_hand[i] = effect.apply(by_hand[i], 16000, **values)
        assert_same(augmenter.augment(clips, copy=1), by_hand)


class TestRefusals:
    @pytest.mark.parametrize("method", ["fit", "fit_transform", "transform", "augment", "plan"])
    def test_another_rate(self, clips, method):
        augmenter = noisy().fit(clips)
        with pytest.raises(ValueError, match="at 8000 Hz and Augmenter works at 16000 Hz"):
            getattr(augmenter, method)(Clips(clips, sr=8000))

    @pytest.mark.parametrize("method", ["fit_transform", "transform", "augment", "plan"])
    @pytest.mark.parametrize(
        ("X", "message"),
        [
            ([], "X holds 0 clips"),
            ([np.zeros(0)], r"Clip 0 of X is empty \(0 samples\)"),
            (np.zeros(9), "If it is one clip, pass"),
            ([np.zeros((2, 9))], r"Clip 0 of X has shape \(2, 9\), and a clip is 1-D"),
            (np.zeros((2, 2, 9)), "If one axis holds channels, average them"),
            ([np.ones(3), np.array([1, np.nan])], "NaN in clip 1 at sample 1"),
            (np.array([[0, 1], [np.inf, 0]]), "inf in clip 1 at sample 0"),
            (["clip.wav"], r"put AudioReader\(\) first in the pipeline"),
        ],
    )
    def test_no_clips(self, clips, method, X, message):
        augmenter = noisy().fit(clips)
        with pytest.raises(ValueError, match=message):
            getattr(augmenter, method)(X)

    def test_clips_of_another_width(self, clips):
        augmenter = noisy().fit(np.stack(clips))
        with pytest.raises(ValueError, match="X has 9 features, but Augmenter is expecting 800"):
            augmenter.transform(np.zeros((1, 9)))

    @pytest.mark.parametrize("method", ["augment", "plan"])
    def test_before_a_fit_there_is_no_seed(self, clips, method):
        with pytest.raises(NotFittedError):
            getattr(noisy(), method)(clips)

    @pytest.mark.parametrize(
        ("effects", "error", "message"),
        [
            ("speehc", ValueError, "'speehc' is no preset. Did you mean 'speech'"),
            ([], ValueError, "effects=.. of Augmenter is empty: give at least one effect"),
            ([Gain], TypeError, r"which is no effect: did you mean Gain\(\)\?"),
            ([Gain(), 3], TypeError, "Item 1 of effects of Augmenter is 3"),
            ([Gain((6, -6))], ValueError, "'decibels' parameter of Gain must be"),
            (None, ValueError, "'effects' parameter of Augmenter must be"),
        ],
    )
    def test_no_effects(self, clips, effects, error, message):
        with pytest.raises(error, match=message):
            Augmenter(effects).fit(clips)


class TestInScikitLearn:
    def test_a_cache_does_not_hold_it(self, clips):
        for step in (noisy(), make_pipeline(noisy(), ZCRExtractor())):
            with pytest.raises(ValueError, match="Augmenter.* before or behind RowCache"):
                RowCache(step).fit(clips)

    def test_a_cache_behind_it_knows_the_clips_of_another_fold(self, clips):
        pipeline = make_pipeline(noisy(), RowCache(ZCRExtractor()))
        for fold, hits in [(clips[:3], 0), (clips[1:], 2), (clips[::-1], 5)]:
            pipeline.fit_transform(fold)
            assert pipeline[1].hits_ == hits
        pipeline.transform(clips)  # as they are, they are others
        assert pipeline[1].hits_ == 0

    @pytest.mark.parametrize(
        "duplicate", [clone, lambda fitted: pickle.loads(pickle.dumps(fitted))]
    )
    def test_duplicates_do_the_same(self, clips, duplicate):
        augmenter = Augmenter("telephone", p=[1, 0.5, 1], random_state=0)
        expected = augmenter.fit_transform(clips)
        assert_same(duplicate(augmenter).fit_transform(clips), expected)

    def test_a_pickle_needs_no_fit(self, clips):
        augmenter = noisy(random_state=None).fit(clips)
        again = pickle.loads(pickle.dumps(augmenter))
        assert_same(again.augment(clips, 3), augmenter.augment(clips, 3))

    def test_repr(self):
        assert repr(noisy(p=0.3)) == (
            "Augmenter(effects=[AddNoise(level=(0, 20)), Gain()], p=0.3, random_state=0)"
        )

    def test_the_probability_is_set(self, clips):
        augmenter = noisy(p=0)
        augmenter.fit(clips)
        assert all_differ(augmenter.set_params(p=1).fit_transform(clips), clips)

    def test_a_grid_search_over_the_probability(self, rng):
        # Clips of two levels, which a change of level by 60 dB hides from who is trained on it.
        X = list(rng.normal(size=(20, 50)) * np.tile([[1], [10]], (10, 1)))
        y = np.tile(["soft", "loud"], 10)
        loud = Augmenter([Gain((-60, 60))], random_state=0)
        search = GridSearchCV(
            make_pipeline(loud, Listener(), KNeighborsClassifier(1)),
            {"augmenter__p": [1, 0]},
            cv=2,
            error_score="raise",
        )
        search.fit(X, y)
        assert search.best_params_ == {"augmenter__p": 0}
        assert search.best_score_ == 1

    def test_data_frames_are_made_behind_it(self, clips):
        pipeline = make_pipeline(noisy(), ZCRExtractor()).set_output(transform="pandas")
        assert isinstance(pipeline.fit_transform(clips), pd.DataFrame)
        assert isinstance(pipeline[0].transform(clips), Clips)
