"""Augmenter: clips perturbed in training, and only there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sertools._backend import array_namespace, at_home
from sertools._clip_step import ClipStep
from sertools._sklearn import Interval, fit_context, keeps_row_labels
from sertools._threads import map_in_threads
from sertools._validation import Clips, check_clips, check_sample_rate
from sertools.augmentation._effect import Effect, Step
from sertools.augmentation._presets import effects_of
from sertools.augmentation._streams import content_of, stream


class Augmenter(ClipStep):
    """Perturb clips in training, and leave them alone in use.

    `fit_transform`, which a pipeline calls when it is fitted, perturbs; `transform`, which it calls
    to predict, does not. So no perturbed clip is ever tested on, whatever the split. The clips
    keep their number and order: for copies beside the originals there is
    :class:`AugmentedClassifier`.

    Parameters
    ----------
    effects : {"speech", "student", "telephone"}, effect, or list of effects, default="speech"
        What may happen to a clip, in this order. ``"speech"`` moves it by a fraction of what tells
        emotions apart; ``"student"`` is the recipe of many student projects; ``"telephone"`` is a
        noisy telephone line.
    p : float or sequence of float, default=0.5
        Probability of each effect for each clip; one for all, or one for each.
    sr : int, default=16000
        Sample rate of the clips in Hz. Clips that carry another are refused.
    random_state : int, RandomState or None, default=None
        An int gives the same result at every call; None, or a RandomState, which goes on, another
        one at every fit.
    n_jobs : int or None, default=None
        Threads that work on clips; None is 1 (or what :func:`joblib.parallel_config` says), -1 all
        cores.

    Attributes
    ----------
    effects_ : list of effects
        The effects, ready to be applied.
    seed_ : int
        What the random streams start from.
    container_ : {"list", "array"}
        What `fit` was given.
    n_features_in_ : int
        Samples per clip seen in `fit`, if it was given an array.
    feature_names_in_ : ndarray of str
        Column names seen in `fit`, if it was given a data frame.

    See Also
    --------
    AugmentedClassifier : Trains on clips and on augmented copies of them.
    Corpus.augment : Copies as data, marked with their parents.

    Notes
    -----
    ``fit(X).transform(X)`` is not ``fit_transform(X)``, as with scikit-learn's ``TargetEncoder``.

    What happens to a clip depends on the seed, on its samples and on the number of the copy, and on
    nothing else: neither on the other clips, nor on their order, on `n_jobs`, on the process or on
    the device. The same recording is perturbed in the same way in every fold, so that features of
    perturbed clips can be remembered by :class:`RowCache`; two clips with equal samples are
    perturbed alike.

    Where an effect changes lengths (TimeStretch, Speed) the clips come as a list, from `transform`
    as well: put :class:`Padder` behind.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import Augmenter, Gain
    >>> augmenter = Augmenter([Gain((-6, 6))], p=1, random_state=0)
    >>> clips = np.array([[0.5, -0.5], [0.1, 0.2]])
    >>> augmenter.fit_transform(clips).round(3)
    array([[ 0.486, -0.486],
           [ 0.09 ,  0.181]])
    >>> augmenter.transform(clips)
    array([[ 0.5, -0.5],
           [ 0.1,  0.2]])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "effects": [str, list, tuple, Effect],
        "p": [Interval(Real, 0, 1, closed="both"), list, tuple, np.ndarray],
        "sr": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        effects: str | Effect | Sequence[Effect] = "speech",
        p: float | Sequence[float] = 0.5,
        sr: int = 16000,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.effects = effects
        self.p = p
        self.sr = sr
        self.random_state = random_state
        self.n_jobs = n_jobs

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Check the parameters and the clips, find the files that effects need, draw the seed.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_times), or list of arrays of shape (n_times_i,)
            The clips.
        y : ignored
            For scikit-learn's sake.

        Returns
        -------
        self
            The fitted step.
        """
        self.effects_ = [clone(effect) for effect in effects_of(self.effects)]
        self._probabilities()
        for effect in self.effects_:
            effect.prepare(self.sr)
        self.seed_ = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        return super().fit(X, y)

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Fit, and perturb the clips.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_times), or list of arrays of shape (n_times_i,)
            The clips.
        y : ignored
            For scikit-learn's sake.

        Returns
        -------
        Clips or array of shape (n_clips, n_times)
            The perturbed clips, in their order; see `augment`.
        """
        return self.fit(X, y).augment(X)

    @keeps_row_labels
    def transform(self, X: Any) -> Any:
        """The clips as they are.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_times), or list of arrays of shape (n_times_i,)
            The clips.

        Returns
        -------
        Clips or array of shape (n_clips, n_times)
            The clips as floats; a list for a list, or where an effect changes lengths.
        """
        self._validate_params()
        clips = self._check(X, reset=False)
        if isinstance(clips, list) or self.keeps_lengths:
            return clips
        return Clips(clips)

    @keeps_row_labels
    def augment(self, X: Any, copy: int = 0) -> Any:
        """Perturbed clips: what `fit_transform` gives, or another version of it.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_times), or list of arrays of shape (n_times_i,)
            The clips.
        copy : int, default=0
            Number of the version. Each draws anew: 0 is that of `fit_transform`, those above are
            the copies, and those below the views of :class:`AugmentedClassifier`.

        Returns
        -------
        Clips or array of shape (n_clips, n_times)
            The perturbed clips, in their order; a list for a list, or where an effect changes
            lengths. A clip that nothing happened to is not copied.
        """
        clips = self._ready(X)
        plan = self._planner(copy)
        perturbed = list(
            map_in_threads(lambda clip: self._perturb(clip, plan), clips, n_jobs=self.n_jobs)
        )
        if isinstance(clips, list) or not self.keeps_lengths:
            return Clips(perturbed, sr=getattr(X, "sr", None))
        with at_home(clips):
            return array_namespace(clips).stack(perturbed)

    def plan(self, X: Any, copy: int = 0) -> list[list[Step]]:
        """What `augment` does to each clip, as effects with the values drawn for them.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_times), or list of arrays of shape (n_times_i,)
            The clips.
        copy : int, default=0
            Number of the version.

        Returns
        -------
        list of list of Step
            For each clip its steps, in their order.

        Examples
        --------
        >>> import numpy as np
        >>> from sertools import AddNoise, Augmenter, Gain
        >>> augmenter = Augmenter([Gain((-6, 6)), AddNoise()], random_state=1)
        >>> clips = [np.ones(80), np.zeros(160)]
        >>> for steps in augmenter.fit(clips).plan(clips):
        ...     print([type(step.effect).__name__ for step in steps])
        ['Gain', 'AddNoise']
        ['AddNoise']
        """
        clips = self._ready(X)
        return list(map(self._planner(copy), clips))

    def _check(self, X: Any, *, reset: bool) -> Any:
        """Checked clips of the right sample rate."""
        check_sample_rate(self, X, self.sr)
        return check_clips(self, X, reset=reset)

    def _ready(self, X: Any) -> Any:
        """Checked clips for a fitted augmenter."""
        check_is_fitted(self, "seed_")
        return self._check(X, reset=False)

    def _probabilities(self) -> list[float]:
        """The probability of each effect."""
        n_effects = len(self.effects_)
        each: list[Any] = list(np.atleast_1d(np.asarray(self.p, dtype=object)))
        if np.ndim(self.p) == 0:
            each *= n_effects
        if len(each) != n_effects:
            raise ValueError(
                f"p={self.p!r} holds {len(each)} probabilities for {n_effects} effects: give one "
                "for each, or one number for all."
            )
        is_probability = Interval(Real, 0, 1, closed="both").is_satisfied_by
        if not all(map(is_probability, each)):
            raise ValueError(f"p={self.p!r}: probabilities are numbers from 0 to 1.")
        return [float(p) for p in each]

    @property
    def keeps_lengths(self) -> bool:
        """Whether all effects keep the lengths of clips, so that an array stays one."""
        return all(effect.keeps_length for effect in effects_of(self.effects))

    def _planner(self, copy: int) -> Callable[[Any], list[Step]]:
        """What tells of a clip the steps that are drawn for a copy of it."""
        is_whole = isinstance(copy, int | np.integer) and not isinstance(copy, bool)
        if not is_whole or not -(2**31) < int(copy) < 2**31:
            raise ValueError(f"copy={copy!r}: give the whole number of a copy, such as 0 or 1.")
        effects = list(zip(self.effects_, self._probabilities(), strict=True))

        def plan(clip: Any) -> list[Step]:
            content = content_of(clip)
            steps: list[Step] = []
            for place, (effect, p) in enumerate(effects):
                # A stream for each: one more at the end of the list changes nothing before it.
                rng = stream(self.seed_, content, copy, place)
                if rng.random() < p:
                    steps += effect.plan(rng)
            return steps

        return plan

    def _perturb(self, clip: Any, plan: Callable[[Any], list[Step]]) -> Any:
        """A clip under what is drawn for it."""
        with at_home(clip):
            for effect, values in plan(clip):
                clip = effect.applied(clip, self.sr, values)
        return clip

    @property
    def _row_wise(self) -> bool:
        """No: what is remembered would be perturbed or not, depending on who came first."""
        return False
