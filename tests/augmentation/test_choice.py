"""OneOf and SomeOf choose evenly, as many as they are told, in the order of the list."""

from __future__ import annotations

import numpy as np
import pytest

from sertools import Augmenter, Gain, OneOf, SomeOf, Speed, TimeStretch

N_CLIPS = 1200
FOUR = [Gain(decibels) for decibels in range(4)]


@pytest.fixture
def clips(rng):
    return list(rng.standard_normal((N_CLIPS, 2)))


def chosen(effect, clips):
    """The gains that are drawn for each clip."""
    plan = Augmenter(effect, p=1, random_state=0).fit(clips).plan(clips)
    return [tuple(int(step.values["decibels"]) for step in steps) for steps in plan]


def assert_even(found, expected):
    """Each of the expected comes as often as the others, but for five standard deviations."""
    assert set(found) == set(expected)
    share = 1 / len(expected)
    tolerance = 5 * np.sqrt(len(found) * share * (1 - share))
    for one in expected:
        assert abs(found.count(one) - share * len(found)) <= tolerance


def test_one_of(clips):
    assert_even(chosen(OneOf(FOUR), clips), [(0,), (1,), (2,), (3,)])


def test_some_of_in_their_order(clips):
    pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    assert_even(chosen(SomeOf(2, FOUR), clips), pairs)


@pytest.mark.parametrize("bounds", [(0, 4), (1, 3), [2, 2]])
def test_the_number_is_drawn_with_both_ends(clips, bounds):
    low, high = bounds
    numbers = [len(gains) for gains in chosen(SomeOf(bounds, FOUR), clips)]
    assert_even(numbers, range(low, high + 1))


@pytest.mark.parametrize(("number", "expected"), [(0, ()), (4, (0, 1, 2, 3))])
def test_none_and_all(clips, number, expected):
    assert set(chosen(SomeOf(number, FOUR), clips)) == {expected}


def test_one_within_another(clips):
    nested = SomeOf(1, [OneOf(FOUR[:2]), SomeOf(2, FOUR[1:3]), FOUR[3]])
    found = chosen(nested, clips)
    branches = {(0,): "one", (1,): "one", (1, 2): "two", (3,): "last"}
    assert set(found) == set(branches)
    assert_even([branches[gains] for gains in found], ["one", "two", "last"])


def test_a_chosen_effect_draws_for_each_clip(clips):
    plan = Augmenter(OneOf([Gain((-6, 6))]), p=1, random_state=0).fit(clips).plan(clips)
    assert len({steps[0].values["decibels"] for steps in plan}) == N_CLIPS


def test_an_effect_alone_needs_no_list(clips):
    assert set(chosen(OneOf(FOUR[2]), clips)) == {(2,)}


@pytest.mark.parametrize("choice", [OneOf, lambda effects: SomeOf(1, effects)])
def test_lengths_stay_where_all_keep_them(clips, choice):
    assert choice([Gain(), TimeStretch(keep_length=True)]).keeps_length
    assert not choice([Gain(), Speed()]).keeps_length
    assert not OneOf([Gain(), choice([Speed()])]).keeps_length
    block = np.stack(clips[:9])
    assert Augmenter(choice([Gain()])).fit_transform(block).shape == (9, 2)
    assert isinstance(Augmenter(choice([Speed(0.5)])).fit_transform(block), list)


@pytest.mark.parametrize("choice", [OneOf, lambda effects: SomeOf(1, effects)])
@pytest.mark.parametrize(
    ("effects", "error", "message"),
    [
        ([], ValueError, "is empty: give at least one effect"),
        (None, TypeError, "give an effect, such as PitchShift"),
        ("speech", TypeError, "give an effect, such as PitchShift"),
        ([Gain], TypeError, r"Item 0 of effects of \w+ is .* did you mean Gain\(\)\?"),
        ([Gain(), "loud"], TypeError, r"Item 1 of effects of \w+ is 'loud', which is no effect"),
    ],
)
def test_what_is_no_list_of_effects(choice, effects, error, message):
    with pytest.raises(error, match=message):
        Augmenter(choice(effects)).fit([np.ones(9)])


@pytest.mark.parametrize("number", [5, -1, (2, 1), (0, 5), 1.5, True, "2", (1, 2, 3), None])
def test_numbers_out_of_range(number):
    with pytest.raises(ValueError, match="give a whole number from 0 to 4, the number of effects"):
        Augmenter(SomeOf(number, FOUR)).fit([np.ones(9)])
