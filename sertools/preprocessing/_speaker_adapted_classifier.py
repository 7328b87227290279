"""SpeakerAdaptedClassifier: a classifier of features that are relative to who speaks."""

from __future__ import annotations

import itertools
from numbers import Number
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.utils.metadata_routing import UNUSED, MetadataRouter, MethodMapping
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sertools._backend import array_namespace, at_home, to_host
from sertools._growing_classifier import GrowingClassifier, can, refuse_splits
from sertools._sklearn import fit_context, fit_parameters
from sertools._validation import check_labels, check_table
from sertools.preprocessing._speaker_normalizer import BELIEVED, SpeakerNormalizer

# The shares of a speaker's clips that self-training learns from, the surest first: labels that are
# wrong are rarest there, and better ones of the others come of it.
_SHARES = (0.5, 0.7, 0.9)

# What says how sure a classifier is, the more telling first.
_SURE = ("decision_function", "predict_proba")


class _Training(NamedTuple):
    """An estimator, what it was fitted on, and how many of the rows there are of a recording."""

    estimator: Any
    rows: Any
    labels: NDArray[Any]
    told: dict[str, Any]
    n_versions: int

    def fitted_with(self, rows: Any, labels: NDArray[Any], names: NDArray[Any] | None) -> Any:
        """The estimator fitted on these recordings of these speakers as well.

        None for the names is one speaker, whoever it is.
        """
        places = np.repeat(np.arange(len(rows)), self.n_versions)
        told = {name: self._longer(name, value, places, names) for name, value in self.told.items()}
        with at_home(rows):
            xp = array_namespace(rows)
            everything = xp.concatenate([xp.asarray(self.rows), rows[xp.asarray(places)]])
        labels = np.concatenate([self.labels, labels[places]])
        return clone(self.estimator).fit(everything, labels, **told)

    def _longer(
        self, name: str, value: Any, places: NDArray[np.intp], names: NDArray[Any] | None
    ) -> Any:
        """What `fit` is told under a name, with values for more rows if it has one for each."""
        if not hasattr(value, "__len__") or len(value) != len(self.labels):
            return value
        known = np.asarray(value)
        kind = name.rpartition("__")[2]
        if kind == "groups":
            more = np.array([_another(known)]) if names is None else names
            more = more[places % len(more)]
        elif kind == "sample_weight":
            more = np.full(len(places), known.mean())
        elif kind == "copies":
            # Two versions of a recording are none of its copies.
            more = np.maximum(np.arange(len(places)) % self.n_versions - 1, 0)
        else:
            raise ValueError(
                f"fit was given {name}, a value for each clip, and has none for the clips that it "
                "learns from now: self_train knows what groups and sample_weight are, and no more."
            )
        return np.concatenate([known, more])


class SpeakerAdaptedClassifier(GrowingClassifier):
    """Train a classifier on features relative to their speakers, known and not known.

    What :class:`SpeakerNormalizer` makes of a clip depends on how well its speaker is known. In
    training all speakers are known well, and a classifier that has seen nothing else is at a loss
    where a speaker is not. So it is trained on each recording twice: standardised by its speaker,
    and as if it was the only clip of a speaker whom nobody knows.

    Parameters
    ----------
    estimator : estimator
        A classifier of tables, such as ``make_pipeline(StandardScaler(), SVC())``.
    normalizer : SpeakerNormalizer or None, default=None
        What standardises; None is ``SpeakerNormalizer(unknown="average")``, under which a clip of
        somebody unknown is what it is without adaptation. Its `unknown_share` is for those who
        train on each clip once, and has no part here.
    keep_training : bool, default=False
        Whether to keep what the estimator is fitted on, which `self_train` needs.

    Attributes
    ----------
    estimator_ : estimator
        The fitted classifier.
    normalizer_ : SpeakerNormalizer
        The fitted normaliser.
    classes_ : ndarray of shape (n_classes,)
        The labels.
    n_features_in_ : int
        Columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Column names seen in `fit`, if it was given a data frame.

    See Also
    --------
    SpeakerNormalizer : The same as a step of a pipeline, with each clip once.
    evaluate : Scores a model with and without it, by ``adapt=True``.

    Notes
    -----
    **What it is worth.** On RAVDESS, behind a balanced SVM on the features "compact", it scores
    0.568 where all clips of a speaker are known, and 0.490 where those of one emotion are. Without
    normalisation it is 0.481, and with :class:`SpeakerNormalizer` and each clip once 0.574 and
    0.465. Behind SVMs, kernel ridge and XGBoost, speakers of three clips or of one emotion lose
    nothing. Rows that are there twice weigh twice, so that the same `C` or `alpha` is half the
    penalty, which alone takes that SVM from 0.481 to 0.491. All from
    ``python benchmarks/adaptation.py FOLDER``.

    **Twice the rows.** A step of a pipeline cannot add rows, and this is a classifier for that
    reason. Both versions of a recording have its label, weight and group, so that what splits by
    group inside `fit` keeps them together. What splits without groups would judge itself by
    versions of what it has learnt, and is refused. A kernel machine takes four times the memory.
    Augmented copies are there once, by their speaker, and whoever takes `copies` within the
    estimator is told of them. Without groups `fit` is a plain standardisation, and each clip is
    there once.

    **Self-training.** :meth:`self_train` goes on to learn from unlabelled clips, under the labels
    that are predicted of them.

    **With scikit-learn.** With metadata routing switched on ``pipeline.fit(X, y, groups=g)`` and
    ``pipeline.predict(X, groups=g)`` work. Without routing
    ``pipeline.fit(X, y, speakeradaptedclassifier__groups=g)`` does, and a pipeline of which this is
    the last step hands it the groups of `predict` all the same. scikit-learn's searches and
    ``cross_val_score`` hand groups to `score` alone, with routing and no `scoring` of another kind:
    take :func:`evaluate`, which does.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sertools import SpeakerAdaptedClassifier, SpeakerNormalizer
    >>> X = np.array([[1.0], [3.0], [11.0], [15.0]])
    >>> y = ["calm", "loud", "calm", "loud"]
    >>> model = SpeakerAdaptedClassifier(LogisticRegression(), SpeakerNormalizer(prior=0))
    >>> model = model.fit(X, y, groups=["ann", "ann", "bob", "bob"])
    >>> model.predict([[21.0], [26.0]], groups=["eve", "eve"])
    array(['calm', 'loud'], dtype='<U4')
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **GrowingClassifier._parameter_constraints,
        "normalizer": [SpeakerNormalizer, None],
        "keep_training": ["boolean"],
    }

    # Weights are for whoever takes them within the estimator, and who does says so for itself.
    __metadata_request__fit: ClassVar[dict[str, bool | str]] = {
        "sample_weight": UNUSED,
        "groups": True,
        "copies": True,
    }
    __metadata_request__predict: ClassVar[dict[str, bool]] = {"groups": True}
    __metadata_request__predict_proba: ClassVar[dict[str, bool]] = {"groups": True}
    __metadata_request__predict_log_proba: ClassVar[dict[str, bool]] = {"groups": True}
    __metadata_request__decision_function: ClassVar[dict[str, bool]] = {"groups": True}
    __metadata_request__score: ClassVar[dict[str, bool]] = {"groups": True}

    def __init__(
        self,
        estimator: Any,
        normalizer: SpeakerNormalizer | None = None,
        keep_training: bool = False,
    ) -> None:
        self.estimator = estimator
        self.normalizer = normalizer
        self.keep_training = keep_training

    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        copies: ArrayLike | None = None,
        **params: Any,
    ) -> Self:
        """Learn how speakers differ, and fit the classifier.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            The features.
        y : array-like of shape (n_clips,)
            The labels.
        sample_weight : array-like of shape (n_clips,) or None, default=None
            Weights, for estimators that take them; the normaliser counts all clips alike.
        groups : array-like of shape (n_clips,) or None, default=None
            The speakers, handed as well to whatever takes them within the estimator; ``""`` is one
            that is not known.
        copies : array-like of shape (n_clips,) or None, default=None
            0 for a recording, and the number of the copy for an augmented one.
        **params : dict
            More for the estimator's `fit`, such as ``svc__sample_weight`` of a pipeline; what has a
            value for each clip grows with the clips.

        Returns
        -------
        self
            The fitted classifier.
        """
        self._refuse_no_labels(y)
        if self.keep_training:
            self._refuse_unsure()
        table = check_table(self, X, reset=True)
        self._refuse_what_cannot_be(len(table), y, sample_weight, groups)
        normalizer = clone(self.normalizer or SpeakerNormalizer(unknown="average"))
        # Its rows are stacked, whatever scikit-learn is told to show elsewhere.
        normalizer.set_output(transform="default")
        rows = normalizer.fit(table, y, groups, copies).transform(table, groups, copies)
        numbers = np.zeros(len(table), dtype=int) if copies is None else np.asarray(copies)
        places = np.arange(len(table))
        recordings = np.flatnonzero(numbers == 0)
        if normalizer.speakers_:
            places = np.concatenate([places, recordings])
            refuse_splits(self.estimator, groups, len(places))
            with at_home(table):
                xp = array_namespace(table)
                alone = table[xp.asarray(recordings)]
                alone = normalizer.transform(alone, groups=np.full(len(alone), ""))
                rows = xp.concatenate([rows, alone])
        metadata = {"sample_weight": sample_weight, "groups": groups, **params}
        labels, told = self._grown(table, y, metadata, places)
        if copies is not None:
            told |= fit_parameters(self.estimator, {"copies": numbers[places]})
        self.estimator_ = clone(self.estimator).fit(rows, labels, **told)
        self.normalizer_ = normalizer
        self._training: _Training | None = None
        self._learnt_from: set[Any] = set()
        if self.keep_training:
            n_versions = max(1, round(len(places) / max(1, len(recordings))))
            told = {name: _on_its_own(value) for name, value in told.items()}
            known = np.ravel(_on_its_own(labels))
            self._training = _Training(self.estimator_, to_host(rows), known, told, n_versions)
        return self

    def predict(self, X: Any, groups: ArrayLike | None = None) -> NDArray[Any]:
        """Predict labels.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            The features.
        groups : array-like of shape (n_clips,) or None, default=None
            The speakers; None is the one that was enrolled.

        Returns
        -------
        ndarray of shape (n_clips,)
            The labels.
        """
        return self._ask("predict", X, groups)

    @available_if(can("predict_proba"))
    def predict_proba(self, X: Any, groups: ArrayLike | None = None) -> Any:
        """Predict probabilities.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            The features.
        groups : array-like of shape (n_clips,) or None, default=None
            The speakers; None is the one that was enrolled.

        Returns
        -------
        ndarray of shape (n_clips, n_classes)
            The probabilities, in the order of `classes_`.
        """
        return self._ask("predict_proba", X, groups)

    @available_if(can("predict_log_proba"))
    def predict_log_proba(self, X: Any, groups: ArrayLike | None = None) -> Any:
        """Predict logarithms of probabilities.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            The features.
        groups : array-like of shape (n_clips,) or None, default=None
            The speakers; None is the one that was enrolled.

        Returns
        -------
        ndarray of shape (n_clips, n_classes)
            Logarithms of the probabilities, in the order of `classes_`.
        """
        return self._ask("predict_log_proba", X, groups)

    @available_if(can("decision_function"))
    def decision_function(self, X: Any, groups: ArrayLike | None = None) -> Any:
        """Confidence scores of the classes.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            The features.
        groups : array-like of shape (n_clips,) or None, default=None
            The speakers; None is the one that was enrolled.

        Returns
        -------
        ndarray of shape (n_clips,) or (n_clips, n_classes)
            The scores.
        """
        return self._ask("decision_function", X, groups)

    def enroll(self, X: Any, groups: ArrayLike | None = None) -> Self:
        """Describe speakers once, so that few clips of them are enough later.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            Features of clips of these speakers, in as many emotions as can be had.
        groups : array-like of shape (n_clips,) or None, default=None
            The speakers, who are remembered by their names; None is the one speaker of whom all
            clips are that are predicted without groups.

        Returns
        -------
        self
            The classifier.
        """
        check_is_fitted(self, "estimator_")
        self.normalizer_.enroll(check_table(self, X, reset=False), groups)
        if groups is not None:
            self._learnt_from -= set(np.asarray(to_host(groups)).tolist())
        return self

    def self_train(self, X: Any, groups: ArrayLike | None = None) -> Self:
        """Learn from unlabelled clips, under the labels that are predicted of them.

        The estimator is fitted three times again, on what it was fitted on and on the half of each
        speaker's clips that it is surest of, then on 7 and on 9 of 10, each under the label that
        was predicted last. A clip is there as often as a recording of the training with all of its
        versions, for it is worth as much. New speakers are enrolled by their names. Speakers who
        show too little of themselves to be believed are not learnt from, nor are those who are not
        known.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            Features of clips of those who are to be predicted; 50 of each, in many emotions.
        groups : array-like of shape (n_clips,) or None, default=None
            The speakers; None is the one that was enrolled.

        Returns
        -------
        self
            The classifier. What an earlier call had learnt is forgotten.
        """
        check_is_fitted(self, "estimator_")
        training: _Training | None = getattr(self, "_training", None)
        if training is None:
            raise ValueError(
                "self_train fits again on what was fitted on, and nothing of it was kept: fit "
                "with SpeakerAdaptedClassifier(..., keep_training=True)."
            )
        table = check_table(self, X, reset=False)
        names, is_believed = self._believed(table, groups)
        estimator = training.estimator
        if is_believed.any():
            with at_home(table):
                rows = self.normalizer_.transform(table, groups)
                rows = rows[array_namespace(rows).asarray(is_believed)]
                names = None if names is None else names[is_believed]
                for share in _SHARES:
                    sure = _surest(estimator, rows, names, share)
                    learnt = rows[array_namespace(rows).asarray(sure)]
                    labels = to_host(estimator.predict(learnt))
                    speakers = None if names is None else names[sure]
                    estimator = training.fitted_with(learnt, labels, speakers)
        self.estimator_ = estimator
        return self

    def get_metadata_routing(self) -> MetadataRouter:
        """What metadata goes where when metadata routing is on.

        Returns
        -------
        MetadataRouter
            Groups and copies to the normaliser, and all of `fit` but the copies to the estimator.
        """
        router = MetadataRouter(owner=self).add_self_request(self)
        mapping = MethodMapping().add(caller="fit", callee="fit")
        try:
            return router.add(estimator=self.estimator, method_mapping=mapping)
        except NotImplementedError:  # some of scikit-learn's own hand on no metadata at all
            return router.add(estimator=None, method_mapping=mapping)

    def _refuse_unsure(self) -> None:
        """Refuse to self-train a classifier that does not say how sure it is."""
        if not says_how_sure(self.estimator):
            raise TypeError(
                "self_train learns from what the classifier is sure of, and "
                f"{self.estimator!r:.500} has neither decision_function nor predict_proba."
            )

    def _believed(
        self, table: Any, groups: ArrayLike | None
    ) -> tuple[NDArray[Any] | None, NDArray[np.bool_]]:
        """Who speaks ``(n_rows,)``, None for the one enrolled, and where it can be learnt from."""
        normalizer = self.normalizer_
        if groups is None:
            if normalizer.enrolled_ is None:
                raise ValueError(
                    "self_train has to know who speaks: pass groups, the speaker of each clip, or "
                    "call enroll first."
                )
            return None, np.full(len(table), normalizer.enrolled_.trust >= BELIEVED)
        names = check_labels(groups, len(table), "groups")
        before = normalizer.speakers_
        # What an earlier call has learnt from is forgotten, unless this one is refused.
        earlier = {(name, 0) for name in self._learnt_from}
        normalizer.speakers_ = {key: one for key, one in before.items() if key not in earlier}
        is_new = np.array([name != "" and (name, 0) not in normalizer.speakers_ for name in names])
        if is_new.any():
            try:
                with at_home(table):
                    normalizer.enroll(table[array_namespace(table).asarray(is_new)], names[is_new])
            except BaseException:
                normalizer.speakers_ = before
                raise
        self._learnt_from = set(names[is_new].tolist())
        trust = {name: one.trust for (name, copy), one in normalizer.speakers_.items() if copy == 0}
        return names, np.array([trust.get(name, 0) >= BELIEVED for name in names])

    def _ask(self, method: str, X: Any, groups: ArrayLike | None) -> Any:
        """What the estimator says of clips whose speakers are these."""
        check_is_fitted(self, "estimator_")
        table = check_table(self, X, reset=False)
        return getattr(self.estimator_, method)(self.normalizer_.transform(table, groups))


def says_how_sure(estimator: Any) -> bool:
    """Whether a classifier says how sure it is, as `self_train` needs."""
    return any(hasattr(estimator, name) for name in _SURE)


def _surest(
    estimator: Any, rows: Any, names: NDArray[Any] | None, share: float
) -> NDArray[np.intp]:
    """The places of this share of each speaker's rows, of which the estimator is surest."""
    method = next(name for name in _SURE if hasattr(estimator, name))
    scores = to_host(getattr(estimator, method)(rows))
    if scores.ndim == 1:
        margins = np.abs(scores)
    else:
        best = np.partition(scores, -2, axis=1)[:, -2:]
        margins = best[:, 1] - best[:, 0]
    units = np.zeros(len(rows), dtype=int)
    if names is not None:
        units = np.unique(names, return_inverse=True)[1]
    order = np.lexsort((-margins, units))
    starts = np.concatenate([[0], np.cumsum(np.bincount(units))])
    return np.concatenate(
        [
            order[start : start + max(1, round(share * (end - start)))]
            for start, end in itertools.pairwise(starts)
        ]
    )


def _on_its_own(values: Any) -> Any:
    """What `fit` was told, on the host, and without pandas, which no file of a model holds."""
    return values.to_numpy() if hasattr(values, "to_numpy") else to_host(values)


def _another(names: NDArray[Any]) -> Any:
    """A speaker who is none of these, of text or of numbers."""
    if all(isinstance(name, Number) for name in names.tolist()):
        return names.max() + 1
    return "enrolled" + max(map(str, names), key=len)
