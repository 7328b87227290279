"""OneOf and SomeOf: effects that choose among effects."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np

from sertools.augmentation._effect import Effect, Step, effect_list


class Choice(Effect):
    """Base of what chooses among effects."""

    effects: Sequence[Effect]

    @property
    def keeps_length(self) -> bool:
        """Whether all of the effects keep a clip's length."""
        return all(effect.keeps_length for effect in self._effects())

    def prepare(self, sr: int) -> None:
        """Check the effects."""
        super().prepare(sr)
        for effect in self._effects():
            effect.prepare(sr)

    def _effects(self) -> list[Effect]:
        """The effects, of which there is at least one."""
        return effect_list(self.effects, type(self).__name__)


class SomeOf(Choice):
    """Some of several effects, drawn anew for every clip, in the order of the list.

    Parameters
    ----------
    number : int or (low, high)
        How many, or a range to draw the number from, both ends included.
    effects : list of effects
        What to choose from, each with the same chance.

    See Also
    --------
    OneOf : Exactly one.

    Examples
    --------
    >>> from sertools import AddNoise, Augmenter, SomeOf, TimeShift, TimeStretch
    >>> recipe = SomeOf((1, 3), [AddNoise((20, 40)), TimeStretch(0.9), TimeShift((-0.1, 0.1))])
    >>> augmenter = Augmenter(recipe, p=1)
    """

    def __init__(self, number: int | tuple[int, int], effects: Sequence[Effect]) -> None:
        self.number = number
        self.effects = effects

    def prepare(self, sr: int) -> None:
        """Check the number and the effects."""
        n_effects = len(self._effects())
        low, high = self._bounds()
        numbers_fit = all(
            isinstance(number, Integral) and not isinstance(number, bool) for number in (low, high)
        )
        if not (numbers_fit and 0 <= low <= high <= n_effects):
            raise ValueError(
                f"SomeOf(number={self.number!r}): give a whole number from 0 to {n_effects}, "
                "the number of effects, or a pair (low, high) of such, low not above high."
            )
        super().prepare(sr)

    def plan(self, rng: np.random.Generator) -> list[Step]:
        """What the chosen effects have to do."""
        low, high = self._bounds()
        number = int(rng.integers(low, high + 1))
        effects = self._effects()
        chosen = np.sort(rng.permutation(len(effects))[:number])
        return [step for i in chosen for step in effects[i].plan(rng)]

    def _bounds(self) -> tuple[Any, Any]:
        """Least and largest number of effects."""
        if isinstance(self.number, list | tuple) and len(self.number) == 2:
            low, high = self.number
            return low, high
        return self.number, self.number


class OneOf(Choice):
    """One of several effects, drawn anew for every clip, each with the same chance.

    Parameters
    ----------
    effects : list of effects
        What to choose from.

    See Also
    --------
    SomeOf : Several of them.

    Examples
    --------
    >>> from sertools import Augmenter, OneOf, PitchShift, Speed
    >>> augmenter = Augmenter(OneOf([PitchShift((-1, 1)), Speed((0.9, 1.1))]), p=1)
    """

    def __init__(self, effects: Sequence[Effect]) -> None:
        self.effects = effects

    def plan(self, rng: np.random.Generator) -> list[Step]:
        """What the chosen effect has to do."""
        effects = self._effects()
        return effects[int(rng.integers(len(effects)))].plan(rng)
