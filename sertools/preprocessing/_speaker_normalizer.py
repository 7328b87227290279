"""SpeakerNormalizer: every speaker's features around the same centre, with the same spread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import check_consistent_length
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted

from sertools._backend import array_namespace, at_home, device_of, to_device, to_host
from sertools._parts import is_saving
from sertools._sklearn import Interval, StrOptions, fit_context
from sertools._validation import (
    check_labels,
    check_table,
    name_some,
    refuse_missing_labels,
    warn_user,
)
from sertools.core.speakers import (
    Background,
    Speaker,
    centers_of_single_rows,
    describe,
    learn,
)

# Whose own clips count for less than this share is worth a warning.
BELIEVED = 0.5


# Where the names of those are noted while nobody is to be warned of them one by one.
_noted: ContextVar[dict[Any, None] | None] = ContextVar("noted", default=None)


@contextmanager
def noted_unbelieved() -> Iterator[dict[Any, None]]:
    """The names, as keys, of speakers who show too little of themselves, in place of warnings."""
    names: dict[Any, None] = {}
    token = _noted.set(names)
    try:
        yield names
    finally:
        _noted.reset(token)


def warn_of_unbelieved(names: list[Any], n_speakers: int, why: str = "") -> None:
    """Warn of speakers who show too little of themselves."""
    warn_user(
        f"{len(names)} of {n_speakers} speakers show too little of themselves to be believed"
        f"{why} ({name_some(names)}). Most of their mean and spread is what training makes expect. "
        "Give more of their clips, in several emotions, or SpeakerNormalizer a smaller prior.",
    )


class SpeakerNormalizer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Standardise features by speaker, as far as the speaker's clips can be believed.

    What differs between voices hides what differs between emotions. To take a speaker's own mean
    away, and to divide by its own standard deviation, leaves what the speaker expresses: on RAVDESS
    this adds 7 to 10 points of UAR. But it takes the emotion itself away from a speaker who is
    known by few clips, or by clips of one emotion. So mean and spread are the speaker's own only as
    far as its clips can be believed, and for the rest what training makes expect.

    Parameters
    ----------
    with_std : bool, default=True
        Whether to divide by the spread, too.
    prior : float, default=15
        The number of clips, of all emotions, at which a speaker's own mean and spread count for
        one half. 0 believes all speakers at once: the plain z-score by speaker, and in
        `fit_transform` with ``unknown_share=0``.
    unknown : {"resembling", "average"}, default="resembling"
        What a speaker is taken for as far as its own clips cannot be believed: like the training
        speakers whom the clips resemble, or like all of them.
    unknown_share : float, default=0.25
        The share of the rows that `fit_transform` standardises as clips of somebody unknown, so
        that what is trained on them has seen such rows. 0 is none.

    Attributes
    ----------
    mean_, scale_ : ndarray of shape (n_features,)
        Mean of the training clips, and their standard deviation: within speakers if `fit` was
        given groups and speakers are taken for those they resemble, else over all.
    speakers_ : dict
        Of each pair of a speaker and a copy that `fit` or `enroll` has seen, the ``center`` and
        ``spread``, ndarrays of shape (n_features,), and ``trust``: the share of its own in them,
        from 0 to 1.
    enrolled_ : tuple or None
        The same of the speaker that was enrolled without a name, if one was.
    n_features_in_ : int
        Columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Column names seen in `fit`, if it was given a data frame.

    See Also
    --------
    SpeakerAdaptedClassifier : Trains a classifier on each clip twice, as of a speaker who is known
        well and as of somebody unknown.
    sklearn.preprocessing.StandardScaler : Does the same for all speakers as if they were one.

    Notes
    -----
    **Who is who.** Speakers that `fit` or `enroll` has seen are remembered by their names: their
    rows do not depend on which other rows come along. Of other speakers, the rows that are
    transformed together are described together, without their labels. Rows whose speaker is ``""``,
    not known, are each taken for a speaker of one clip. Each copy of a speaker, as
    `AugmentedClassifier` makes them, is a speaker of its own.

    **In training** all speakers are known well, and a classifier that has seen nothing else is at a
    loss where a speaker is not. So `fit_transform`, which pipelines call where they are fitted, is
    not `fit` and then `transform`, as that of :class:`~sklearn.preprocessing.TargetEncoder` is not:
    `unknown_share` of the rows of each speaker, emotion and copy are standardised as if nobody knew
    who speaks. They are drawn by lot, and are the same for the same rows in the same order. Who
    wants to look at a table calls `fit`, and then `transform`.

    **Without groups** `fit` learns a plain standardisation, and `transform` takes no groups later.
    After a fit with groups, `transform` without groups takes all rows for the speaker whom `enroll`
    was shown, or else each for a speaker of one clip, with a warning: what the groups had won is
    lost.

    **How far clips are believed.** A speaker of n clips is believed by
    ``e ** 4 / (e ** 4 + prior ** 4)``, where e is n times the diversity of the clips: from 0, if
    they differ no more than a speaker's clips of one emotion do, to 1, if as much as clips of all
    emotions. It is measured on scores of emotions, of a ridge regression on the training clips.
    To that share centre and variance are the speaker's own. For the rest, the centre is the mean of
    the training speakers whom the clips resemble, by a second ridge regression that does not see
    the directions in which emotions differ, and the variance the usual one within speakers; or
    both are those of all clips. On RAVDESS the first costs speakers of three clips, or of one
    emotion, 0.3 points of UAR at the most, averaged over divisions of the speakers, where z-scores
    cost 9 to 44 (``python benchmarks/adaptation.py FOLDER --partitions 10``). In a single division
    it can be 2.7 (XGBoost on "compact", ``ravdess/emobox``), where a
    :class:`SpeakerAdaptedClassifier` costs nothing: where rows may be added, take that. The second
    leaves who is not known as without adaptation, and is for such a classifier, whose training has
    each clip twice. Without labels clips are counted only: a speaker of many clips of one emotion
    loses it.

    **With scikit-learn.** `fit` and `transform` request `groups` and `copies`, so with metadata
    routing switched on ``pipeline.fit(X, y, groups=g)`` and ``pipeline.predict(X, groups=g)``
    work. Without routing, ``pipeline.fit(X, y, speakernormalizer__groups=g)`` does, and only
    `enroll` tells `predict` who speaks. scikit-learn's ``cross_val_predict``, and its searches and
    ``cross_val_score`` with a `scoring` of their own, route no groups to `transform`: take
    :func:`evaluate`, which does.

    Statistics are float64 on the host; a CuPy table is worked on, and comes back, where it is.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import SpeakerNormalizer
    >>> X = np.array([[1.0], [3.0], [11.0], [15.0]])
    >>> normalizer = SpeakerNormalizer(prior=0).fit(X, groups=["ann", "ann", "bob", "bob"])
    >>> normalizer.transform([[20.0], [24.0]], groups=["eve", "eve"])
    array([[-1.],
           [ 1.]])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "with_std": ["boolean"],
        "prior": [Interval(Real, 0, None, closed="left")],
        "unknown": [StrOptions({"resembling", "average"})],
        "unknown_share": [Interval(Real, 0, 1, closed="both")],
    }

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": True, "copies": True}
    __metadata_request__transform: ClassVar[dict[str, bool]] = {"groups": True, "copies": True}

    def __init__(
        self,
        with_std: bool = True,
        prior: float = 15,
        unknown: str = "resembling",
        unknown_share: float = 0.25,
    ) -> None:
        self.with_std = with_std
        self.prior = prior
        self.unknown = unknown
        self.unknown_share = unknown_share

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: Any,
        y: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        copies: ArrayLike | None = None,
    ) -> Self:
        """Learn what all speakers share, and describe each.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            The features.
        y : array-like of shape (n_clips,) or None, default=None
            Labels of emotions, used with `groups` only; targets that are no classes are not used.
        groups : array-like of shape (n_clips,) or None, default=None
            The speakers; ``""`` is one that is not known.
        copies : array-like of shape (n_clips,) or None, default=None
            0 for a recording, and the number of the copy for an augmented one; None is 0 for all.
            Without groups it says nothing.

        Returns
        -------
        self
            The fitted normaliser.
        """
        table = check_table(self, X, reset=True)
        places = {} if groups is None else _places_of_speakers(groups, copies, len(table))
        labels = None if y is None or not places else _codes_of_classes(y, X)
        with at_home(table):
            x = table.astype(np.float64, copy=False)
            xp = array_namespace(x)
            background = learn(
                x,
                list(places.values()),
                labels,
                self.prior,
                resembling=self.unknown == "resembling",
                xp=xp,
            )
            self._background = Background(*map(to_host, background))
            self.mean_, self.scale_ = self._background.mean, self._background.spread
            self.speakers_ = self._described(x, places)
        self.enrolled_: Speaker | None = None
        return self

    def transform(
        self, X: Any, groups: ArrayLike | None = None, copies: ArrayLike | None = None
    ) -> Any:
        """Standardise every row by its speaker.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            The features.
        groups : array-like of shape (n_clips,) or None, default=None
            The speakers; None is the one that was enrolled.
        copies : array-like of shape (n_clips,) or None, default=None
            0 for a recording, and the number of the copy for an augmented one; None is 0 for all.
            Without groups it says nothing.

        Returns
        -------
        array of shape (n_clips, n_features)
            The standardised features.
        """
        check_is_fitted(self)
        table = check_table(self, X, reset=False)
        with at_home(table):
            x = table.astype(np.float64, copy=False)
            standardised = self._standardised(x, self._speakers_of(x, groups, copies))
            return standardised.astype(table.dtype, copy=False)

    def fit_transform(
        self,
        X: Any,
        y: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        copies: ArrayLike | None = None,
    ) -> Any:
        """Fit, and standardise the same rows, a share of them as of somebody unknown.

        It is not ``fit(...).transform(...)``, but without groups or with ``unknown_share=0``.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            The features.
        y : array-like of shape (n_clips,) or None, default=None
            Labels of emotions.
        groups : array-like of shape (n_clips,) or None, default=None
            The speakers.
        copies : array-like of shape (n_clips,) or None, default=None
            0 for a recording, and the number of the copy for an augmented one.

        Returns
        -------
        array of shape (n_clips, n_features)
            The standardised features.
        """
        self.fit(X, y, groups, copies)
        table = check_table(self, X, reset=False)
        with at_home(table):
            x = table.astype(np.float64, copy=False)
            speakers = self._speakers_of(x, groups, copies)
            if speakers:
                labels = None if y is None else _codes_of_classes(y, X)
                speakers = _without_share(speakers, labels, self.unknown_share)
            return self._standardised(x, speakers).astype(table.dtype, copy=False)

    def enroll(self, X: Any, groups: ArrayLike | None = None) -> Self:
        """Describe speakers once, so that few clips of them are enough later.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            Features of clips of these speakers, in as many emotions as can be had.
        groups : array-like of shape (n_clips,) or None, default=None
            The speakers, who are remembered by their names as those of `fit` are. None is the one
            speaker of whom all clips are that `transform` is given without groups.

        Returns
        -------
        self
            The normaliser.
        """
        check_is_fitted(self)
        table = check_table(self, X, reset=False)
        self._refuse_without_speakers("enroll")
        with at_home(table):
            x = table.astype(np.float64, copy=False)
            if groups is None:
                everything = {("enrolled", 0): np.arange(len(x))}
                (self.enrolled_,) = self._described(x, everything).values()
            else:
                places = _places_of_speakers(groups, None, len(x))
                self._refuse_other_kind(places)
                self.speakers_ = self.speakers_ | self._described(x, places)
        return self

    def _standardised(self, x: Any, speakers: list[tuple[Speaker, NDArray[np.intp]]]) -> Any:
        """The table, with rows by their speaker, and rows of no speaker each by itself."""
        standardised = array_namespace(x).empty_like(x)
        is_alone = np.ones(len(x), dtype=bool)
        for speaker, rows in speakers:
            center, spread = to_device(speaker[:2], device_of(x))
            standardised[rows] = self._around(x[rows], center, spread)
            is_alone[rows] = False
        if is_alone.any():
            rows = np.flatnonzero(is_alone)
            background = self._background_at(x)
            center = centers_of_single_rows(x[rows], background)
            standardised[rows] = self._around(x[rows], center, background.spread)
        return standardised

    def _speakers_of(
        self, x: Any, groups: ArrayLike | None, copies: ArrayLike | None
    ) -> list[tuple[Speaker, NDArray[np.intp]]]:
        """The speakers and their rows, without rows whose speaker is not known."""
        if groups is not None:
            places = _places_of_speakers(groups, copies, len(x))
            if places:
                self._refuse_without_speakers("groups")
            self._refuse_other_kind(places)
            unseen = {key: rows for key, rows in places.items() if key not in self.speakers_}
            speakers = self.speakers_ | self._described(x, unseen)
            return [(speakers[key], rows) for key, rows in places.items()]
        if self.enrolled_ is not None:
            return [(self.enrolled_, np.arange(len(x)))]
        if self.speakers_:
            warn_user(
                "SpeakerNormalizer was fitted with groups and is used without: each row is taken "
                "for a speaker of one clip, which loses what a speaker's own mean and spread had "
                "won. Pass groups, or call enroll with clips of the speaker first.",
            )
        return []

    def _refuse_without_speakers(self, what: str) -> None:
        """Refuse to standardise speakers for a model that was trained on none."""
        if not self.speakers_:
            raise ValueError(
                f"SpeakerNormalizer was fitted without groups, and {what} came afterwards: what "
                "follows has learnt from speakers as they are. Pass groups to fit as well."
            )

    def _refuse_other_kind(self, places: dict[tuple[Any, Any], NDArray[np.intp]]) -> None:
        """Refuse the name of a known speaker as text where it was a number, or a number for text.

        Text and numbers that look alike would be two speakers.
        """
        known = {str(name): name for name, _ in self.speakers_}
        for name, _ in places:
            if (same := known.get(str(name), name)) != name:
                raise ValueError(
                    f"groups holds {_shown(name)}, and the speaker that is known is "
                    f"{_shown(same)}: name speakers by text, or by numbers, everywhere."
                )

    def _described(
        self, x: Any, places: dict[tuple[Any, Any], NDArray[np.intp]]
    ) -> dict[tuple[Any, Any], Speaker]:
        """Each speaker as its rows of `x` show it, with a warning of those they hardly show."""
        background, xp = self._background_at(x), array_namespace(x)
        described = {
            key: Speaker(*map(to_host, describe(x[rows], background, self.prior, xp=xp)))
            for key, rows in places.items()
        }
        unsure = [key for key, speaker in described.items() if speaker.trust < BELIEVED]
        if unsure:
            names = dict.fromkeys(group for group, _ in unsure)
            if (noted := _noted.get()) is not None:
                noted.update(names)
                return described
            n_speakers = len({group for group, _ in described})
            why = f": their clips count for fewer than {self.prior:g} of all emotions"
            warn_of_unbelieved(list(names), n_speakers, why)
        return described

    def _around(self, x: Any, center: Any, spread: Any) -> Any:
        """Rows less their centre, in units of the spread."""
        return (x - center) / spread if self.with_std else x - center

    def _background_at(self, x: Any) -> Background:
        """The background where `x` is."""
        return Background(*to_device(self._background, device_of(x)))

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        if is_saving() and "speakers_" in state:
            # Keys of a pair are none that a file of text can hold.
            return {**state, "speakers_": list(state["speakers_"].items())}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        if isinstance(state.get("speakers_"), list):
            state = {**state, "speakers_": dict(state["speakers_"])}
        super().__setstate__(state)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _shown(name: Any) -> str:
    """A speaker's name, such that text and numbers are told apart."""
    return repr(name.item() if isinstance(name, np.generic) else name)


def _places_of_speakers(
    groups: ArrayLike, copies: ArrayLike | None, n_rows: int
) -> dict[tuple[Any, Any], NDArray[np.intp]]:
    """The rows of each pair of a speaker and a copy; those of unknown speakers are left out."""
    import pandas as pd

    labels = [
        check_labels(groups, n_rows, "groups"),
        np.zeros(n_rows, dtype=int) if copies is None else check_labels(copies, n_rows, "copies"),
    ]
    codes, keys = pd.MultiIndex.from_arrays(labels).factorize()
    return {key: np.flatnonzero(codes == code) for code, key in enumerate(keys) if key[0] != ""}


def _without_share(
    speakers: list[tuple[Speaker, NDArray[np.intp]]], labels: NDArray[Any] | None, share: float
) -> list[tuple[Speaker, NDArray[np.intp]]]:
    """Speakers and their rows, without a share of the rows of each and of each of its labels.

    Which rows is drawn by lot, and the same each time: in the order of a corpus every fourth may be
    the same sentence by all speakers.
    """
    lot = np.random.default_rng(0)
    known, n_rows = [], 0
    for speaker, rows in speakers:
        rows = lot.permutation(rows)
        if labels is not None:
            rows = rows[np.argsort(labels[rows], kind="stable")]
        counts = np.floor(0.5 + share * np.arange(n_rows, n_rows + len(rows) + 1))
        known.append((speaker, rows[np.diff(counts) == 0]))
        n_rows += len(rows)
    return known


def _codes_of_classes(y: ArrayLike, X: Any) -> NDArray[np.intp] | None:
    """The numbers of the classes ``(n_rows,)``, or None for targets that are no classes."""
    check_consistent_length(X, y)
    refuse_missing_labels(y, "y")
    labels = np.asarray(to_host(y))
    if type_of_target(labels) not in ("binary", "multiclass"):
        return None
    return np.unique(labels, return_inverse=True)[1].ravel()  # of a column, too
