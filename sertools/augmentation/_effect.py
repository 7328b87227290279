"""What all effects have in common: drawing, and doing what was drawn."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator

__all__ = ["Effect", "Step", "effect_list"]


class Effect(BaseEstimator):
    """Base of the effects, for your own as well: draws what happens to a clip, and does it.

    A subclass has a constructor that stores its parameters under their names, `draw`, and `apply`.
    The two are apart so that all chance is in `draw`, which sees no clip, and `apply` does the same
    with the same numbers wherever and whenever it runs.

    See Also
    --------
    Augmenter : Draws for every clip from a stream of its own, and applies.

    Examples
    --------
    >>> from sertools import Augmenter
    >>> from sertools.augmentation import Effect
    >>> class Invert(Effect):
    ...     def draw(self, rng):
    ...         return {"sign": rng.choice([-1.0, 1.0])}
    ...
    ...     def apply(self, x, sr, sign):
    ...         return x * x.dtype.type(sign)
    >>> Augmenter([Invert()], p=1, random_state=0)
    Augmenter(effects=[Invert()], p=1, random_state=0)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}

    @property
    def keeps_length(self) -> bool:
        """Whether a clip has as many samples after the effect as before."""
        return True

    def prepare(self, sr: int) -> None:
        """Check the parameters for clips at `sr` Hz, and find the files that are needed.

        Parameters
        ----------
        sr : int
            Sample rate of the clips in Hz.
        """
        if self._parameter_constraints:
            self._validate_params()

    def plan(self, rng: np.random.Generator) -> list[Step]:
        """What is to be done with one clip, in its order.

        Parameters
        ----------
        rng : Generator
            The clip's own random stream.

        Returns
        -------
        list of Step
            Effects with the values drawn for them.
        """
        return [Step(self, self.draw(rng))]

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        """The values for one clip.

        Parameters
        ----------
        rng : Generator
            The clip's own random stream.

        Returns
        -------
        dict of str to number
            The keyword arguments of `apply`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no draw: see Effect.")

    def apply(self, x: Any, sr: int, **values: Any) -> Any:
        """Do what was drawn to a clip.

        Parameters
        ----------
        x : ndarray or cupy.ndarray of shape (n_times,)
            The clip, which must not be written to.
        sr : int
            Its sample rate in Hz.
        **values : number
            What `draw` gave.

        Returns
        -------
        array of shape (n_times,)
            The clip under the effect, of its type and on its device.
        """
        raise NotImplementedError(f"{type(self).__name__} has no apply: see Effect.")

    def applied(self, x: Any, sr: int, values: dict[str, Any]) -> Any:
        """A clip under what was drawn, if that is a clip still.

        Parameters
        ----------
        x : ndarray or cupy.ndarray of shape (n_times,)
            The clip.
        sr : int
            Its sample rate in Hz.
        values : dict of str to number
            What `draw` gave.

        Returns
        -------
        array of shape (n_times,)
            What `apply` makes of it.

        Raises
        ------
        TypeError
            If that is no array of the clip's kind.
        ValueError
            If it has another shape than a clip, or another length though the effect keeps it.
        """
        lent = x.view()
        if isinstance(lent, np.ndarray):
            lent.flags.writeable = False
        heard = self.apply(lent, sr, **values)
        if type(heard) is not type(x) or heard.dtype != x.dtype:
            given = f"{type(heard).__name__} of {getattr(heard, 'dtype', 'no numbers')}"
            raise TypeError(
                f"{self!r} made a {given} of a {type(x).__name__} of {x.dtype}: apply has to give "
                "a clip of the same type."
            )
        if heard.ndim != 1 or not len(heard) or (self.keeps_length and len(heard) != len(x)):
            raise ValueError(
                f"{self!r} made shape {heard.shape} of a clip of {len(x)} samples: apply has to "
                "give at least one sample, and as many as there were unless keeps_length is False."
            )
        return x if heard is lent else heard


class Step(NamedTuple):
    """An effect and the values that were drawn for it.

    Parameters
    ----------
    effect : Effect
        The effect.
    values : dict of str to number
        The keyword arguments of its `apply`.
    """

    effect: Effect
    values: dict[str, Any]

    def __str__(self) -> str:
        values = ", ".join(
            f"{name}={value:.6g}" if isinstance(value, float) else f"{name}={value}"
            for name, value in self.values.items()
        )
        return f"{type(self.effect).__name__}({values})"


def effect_list(effects: Any, owner: str) -> list[Effect]:
    """The effects of a parameter as a list that is not empty."""
    found = [effects] if isinstance(effects, Effect) else effects
    if not isinstance(found, list | tuple):
        raise TypeError(
            f"effects={effects!r} of {owner}: give an effect, such as PitchShift((-1, 1)), or a "
            "list of effects."
        )
    if len(found) == 0:
        raise ValueError(f"effects={effects!r} of {owner} is empty: give at least one effect.")
    for i, effect in enumerate(found):
        if not isinstance(effect, Effect):
            is_class = isinstance(effect, type) and issubclass(effect, Effect)
            hint = f": did you mean {effect.__name__}()?" if is_class else "."
            raise TypeError(
                f"Item {i} of effects of {owner} is {effect!r}, which is no effect{hint}"
            )
    return list(found)
