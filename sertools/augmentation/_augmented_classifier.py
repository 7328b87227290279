"""AugmentedClassifier: a classifier that trains on clips and on augmented copies of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import (
    UNUSED,
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sertools._backend import array_namespace, at_home, to_host
from sertools._growing_classifier import GrowingClassifier, can, refuse_splits
from sertools._sklearn import (
    Interval,
    _routing_enabled,
    fit_context,
    fit_parameters,
    last_step,
    names_of_those_who_leave_out,
    parts_of,
)
from sertools._validation import Clips, check_clips, holds_sources
from sertools.augmentation._augmenter import Augmenter
from sertools.preprocessing import AudioReader, RowCache
from sertools.preprocessing._cache_keys import digest


class AugmentedClassifier(GrowingClassifier):
    """Train a classifier on clips and on augmented copies of them, without a leak.

    The copies are made inside `fit`, of the clips that `fit` is given: in a cross-validation those
    of the training folds. What is tested on was never copied, and no copy is ever tested on.

    Parameters
    ----------
    estimator : estimator
        A classifier of clips, such as a pipeline of an extractor and an SVM. It may begin with an
        :class:`AudioReader`, and then takes paths.
    augmenter : Augmenter or list of Augmenter
        What perturbs the copies.
    n_copies : int, default=1
        Copies of each clip; of a list of augmenters, by each. 0 trains on the clips alone.
    n_views : int, default=0
        Perturbed versions of a clip that are looked at beside the clip itself when predicting; the
        probabilities are averaged. Needs an estimator with ``predict_proba``.

    Attributes
    ----------
    estimator_ : estimator
        The fitted classifier.
    augmenters_ : list of Augmenter
        The fitted augmenters.
    classes_ : ndarray of shape (n_classes,)
        The labels.
    n_features_in_ : int
        Samples per clip seen in `fit`, if it was given an array.
    feature_names_in_ : ndarray of str
        Column names seen in `fit`, if it was given a data frame.

    See Also
    --------
    Augmenter : Perturbs clips instead of adding copies, as a step of a pipeline.
    Corpus.augment : Copies as data, marked with their parents.

    Notes
    -----
    A copy has the label, the weight and the group of its clip, so that a grouped split inside
    `fit` keeps them together. Steps that take ``copies`` in their `fit`, as whatever normalises by
    speaker does, are told 0 for the clips and the number of the copy for the copies; with metadata
    routing on they have to request it. What splits inside `fit` without groups, such as a search,
    a calibration or scikit-learn's early stopping, would judge itself by copies of what it has
    learnt: it is refused, and belongs outside, as in ``GridSearchCV(AugmentedClassifier(...))``.

    Copy k of a clip is ``augmenter.augment(X, k)``: with an int as ``random_state`` the same in
    every fold, for every order of clips and for every number of processes; see
    :class:`Augmenter`. With ``p`` below 1 some copies are the clip itself.

    Effects act on the clips that this is given: put :class:`Trimmer` in front of it, and not into
    the estimator, or noise in the silence keeps copies from being trimmed as clips are. With
    views, `predict` gives the most probable class, whatever rule the estimator has.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sertools import AcousticExtractor, AugmentedClassifier, Augmenter, make_corpus
    >>> corpus = make_corpus(n_speakers=2, n_per_speaker=6)
    >>> features = make_pipeline(AcousticExtractor(), StandardScaler())
    >>> model = AugmentedClassifier(
    ...     make_pipeline(features, LogisticRegression()), Augmenter(p=0.8, random_state=0)
    ... )
    >>> model.fit(corpus.X, corpus.y).predict(corpus.X[:1])
    array(['neutral'], dtype='<U7')
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **GrowingClassifier._parameter_constraints,
        "augmenter": [Augmenter, list, tuple],
        "n_copies": [Interval(Integral, 0, None, closed="left")],
        "n_views": [Interval(Integral, 0, None, closed="left")],
    }

    # What these are wanted for is growing them; whoever consumes them says so for itself.
    __metadata_request__fit: ClassVar[dict[str, str]] = {"sample_weight": UNUSED, "groups": UNUSED}

    def __init__(
        self,
        estimator: Any,
        augmenter: Augmenter | Sequence[Augmenter],
        n_copies: int = 1,
        n_views: int = 0,
    ) -> None:
        self.estimator = estimator
        self.augmenter = augmenter
        self.n_copies = n_copies
        self.n_views = n_views

    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        **params: Any,
    ) -> Self:
        """Make the copies, and fit the classifier on clips and copies.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_times), list of arrays of shape (n_times_i,), or paths
            The clips, or recordings to read.
        y : array-like of shape (n_clips,)
            The labels.
        sample_weight : array-like of shape (n_clips,) or None, default=None
            Weights, for estimators that take them.
        groups : array-like of shape (n_clips,) or None, default=None
            Speakers, handed to whatever takes them within the estimator. Without them a
            KernelRidgeClassifier, alone or as a step, leaves out a clip together with its copies
            where it learns how sure it may be.
        **params : dict
            More for the estimator's `fit`, such as ``svc__sample_weight`` of a pipeline; what has a
            value for each clip grows with the clips.

        Returns
        -------
        self
            The fitted classifier.
        """
        self._refuse_no_labels(y)
        clips = self._clips(X, reset=True)
        self._refuse_what_cannot_be(len(clips), y, sample_weight, groups)
        self.augmenters_ = [clone(augmenter).fit(clips) for augmenter in self._augmenters()]
        n_copies = self.n_copies * len(self.augmenters_)
        # Version 0 is what the augmenter itself gives in a pipeline; copies count from 1.
        copies = (self._augmenter(copy).augment(clips, copy) for copy in range(1, 1 + n_copies))
        metadata = {"sample_weight": sample_weight, "groups": groups, **params}
        places = np.tile(np.arange(len(clips)), 1 + n_copies)
        labels, told = self._grown(clips, y, metadata, places)
        numbers = np.repeat(np.arange(1 + n_copies), len(clips))
        told |= fit_parameters(self.estimator, {"copies": numbers})
        if groups is None and n_copies:
            # A clip is left out with its copies, and with its equals.
            names = names_of_those_who_leave_out(self.estimator)
            units = _numbers_of_contents(clips)[places] if names else None
            told = dict.fromkeys(names, units) | told
        self.estimator_ = clone(self.estimator)
        is_array = not isinstance(clips, list) and all(
            augmenter.keeps_lengths for augmenter in self.augmenters_
        )
        self.estimator_.fit(_joined(clips, copies, n_copies, is_array), labels, **told)
        return self

    def predict(self, X: Any, **params: Any) -> NDArray[Any]:
        """Predict labels.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_times), list of arrays of shape (n_times_i,), or paths
            The clips, or recordings to read.
        **params : dict
            More for the estimator's method.

        Returns
        -------
        ndarray of shape (n_clips,)
            The labels.
        """
        check_is_fitted(self, "estimator_")
        if self.n_views == 0:
            return self._ask("predict", X, params)
        likeliest = to_host(self._mean_of_views(X, params)).argmax(axis=1)
        return self.classes_[likeliest]

    @available_if(can("predict_proba"))
    def predict_proba(self, X: Any, **params: Any) -> Any:
        """Predict probabilities, averaged over the views.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_times), list of arrays of shape (n_times_i,), or paths
            The clips, or recordings to read.
        **params : dict
            More for the estimator's method.

        Returns
        -------
        ndarray of shape (n_clips, n_classes)
            The probabilities, in the order of `classes_`.
        """
        check_is_fitted(self, "estimator_")
        if self.n_views == 0:
            return self._ask("predict_proba", X, params)
        return self._mean_of_views(X, params)

    @available_if(can("predict_proba"))
    def predict_log_proba(self, X: Any, **params: Any) -> Any:
        """Predict logarithms of probabilities, which are averaged over the views first.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_times), list of arrays of shape (n_times_i,), or paths
            The clips, or recordings to read.
        **params : dict
            More for the estimator's method.

        Returns
        -------
        ndarray of shape (n_clips, n_classes)
            Logarithms of the probabilities, in the order of `classes_`.
        """
        check_is_fitted(self, "estimator_")
        if self.n_views == 0 and hasattr(self.estimator_, "predict_log_proba"):
            return self._ask("predict_log_proba", X, params)
        probabilities = self.predict_proba(X, **params)
        with np.errstate(divide="ignore"):
            return array_namespace(probabilities).log(probabilities)

    @available_if(lambda self: self.n_views == 0 and can("decision_function")(self))
    def decision_function(self, X: Any, **params: Any) -> Any:
        """Confidence scores of the classes; there are none of several views.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_times), list of arrays of shape (n_times_i,), or paths
            The clips, or recordings to read.
        **params : dict
            More for the estimator's method.

        Returns
        -------
        ndarray of shape (n_clips,) or (n_clips, n_classes)
            The scores.
        """
        check_is_fitted(self, "estimator_")
        return self._ask("decision_function", X, params)

    @available_if(lambda self: _last(self, "enroll"))
    def enroll(self, X: Any, groups: ArrayLike | None = None) -> Self:
        """Describe speakers once, for an estimator that ends in a SpeakerAdaptedClassifier.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_times), list of arrays of shape (n_times_i,), or paths
            Clips or recordings of these speakers, in as many emotions as can be had.
        groups : array-like of shape (n_clips,) or None, default=None
            The speakers; None is the one speaker of whom all clips are that are predicted without
            groups.

        Returns
        -------
        self
            The classifier.
        """
        check_is_fitted(self, "estimator_")
        classifier, table, _ = last_step(self.estimator_, self._handed_on(X), of_any=True)
        classifier.enroll(table, groups)
        return self

    @available_if(lambda self: _last(self, "self_train"))
    def self_train(self, X: Any, groups: ArrayLike | None = None) -> Self:
        """Learn from unlabelled clips, if the estimator ends in a SpeakerAdaptedClassifier.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_times), list of arrays of shape (n_times_i,), or paths
            Clips or recordings of those who are to be predicted; 50 of each, in many emotions.
        groups : array-like of shape (n_clips,) or None, default=None
            The speakers; None is the one that was enrolled.

        Returns
        -------
        self
            The classifier; see :meth:`SpeakerAdaptedClassifier.self_train`.
        """
        check_is_fitted(self, "estimator_")
        classifier, table, _ = last_step(self.estimator_, self._handed_on(X), of_any=True)
        classifier.self_train(table, groups)
        return self

    def get_metadata_routing(self) -> MetadataRouter:
        """What metadata goes where when metadata routing is on.

        Returns
        -------
        MetadataRouter
            All of it to the estimator.
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        for method in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
            mapping.add(caller=method, callee=method)
        mapping.add(caller="score", callee="predict")
        router = MetadataRouter(owner=self).add_self_request(self)
        return router.add(estimator=self.estimator, method_mapping=mapping)

    def _augmenters(self) -> list[Augmenter]:
        """The augmenters, of which there is at least one."""
        given = self.augmenter
        found = [given] if isinstance(given, Augmenter) else list(given)
        if not found or not all(isinstance(augmenter, Augmenter) for augmenter in found):
            raise TypeError(
                f"augmenter={given!r}: give an Augmenter, or a list of at least one, as in "
                "AugmentedClassifier(estimator, Augmenter([PitchShift((-1, 1))], p=1))."
            )
        return found

    def _augmenter(self, copy: int) -> Augmenter:
        """Who makes the copy of this number, or the view below zero: they take turns."""
        return self.augmenters_[(abs(copy) - 1) % len(self.augmenters_)]

    def _clips(self, X: Any, *, reset: bool) -> Any:
        """The clips of `X`, read from recordings where these are given."""
        if not holds_sources(X):
            return check_clips(self, X, reset=reset)
        reader = self._reader() or AudioReader(sr=self._augmenters()[0].sr)
        return check_clips(self, clone(reader).fit_transform(X), reset=reset)

    def _reader(self) -> Any:
        """The reader that the estimator begins with, or None: then it takes waveforms only."""
        step = self.estimator
        while isinstance(step, Pipeline | RowCache):
            if isinstance(step, RowCache):
                if isinstance(step.transformer, AudioReader):
                    return step
                step = step.transformer
            else:
                step = step.steps[0][1]
        if isinstance(step, AudioReader):
            return step
        if any(isinstance(part, AudioReader) for part in parts_of(self.estimator)):
            raise ValueError(
                f"X holds recordings, and {self.estimator!r} has an AudioReader, but does not "
                "begin with it: copies are made of clips as they are first read. Put one reader "
                "at the beginning, before what branches, or before AugmentedClassifier."
            )
        return None

    def _refuse_what_cannot_be(self, n_clips: int, y: Any, sample_weight: Any, groups: Any) -> None:
        """Refuse as well an estimator without votes, and one that splits copies from clips."""
        super()._refuse_what_cannot_be(n_clips, y, sample_weight, groups)
        if self.n_views and not hasattr(self.estimator, "predict_proba"):
            raise TypeError(
                f"n_views={self.n_views} averages probabilities, and {self.estimator!r} has no "
                "predict_proba: take n_views=0, or a classifier that has."
            )
        n_copies = self.n_copies * len(self._augmenters())
        if n_copies:
            refuse_splits(self.estimator, groups, (1 + n_copies) * n_clips)

    def _ask(self, method: str, X: Any, params: dict[str, Any]) -> Any:
        """What the estimator says of clips or recordings."""
        return self._answer(method, self._handed_on(X), params)

    def _handed_on(self, X: Any) -> Any:
        """What the estimator is asked about: checked clips, or recordings that it reads."""
        # A reader within may be remembered by RowCache, and then opens no file.
        reads_itself = holds_sources(X) and self._reader() is not None
        return X if reads_itself else self._clips(X, reset=False)

    def _answer(self, method: str, clips: Any, params: dict[str, Any]) -> Any:
        """What the estimator says of checked clips, or of recordings that it reads."""
        if _routing_enabled():
            params = process_routing(self, method, **params).estimator[method]
        return getattr(self.estimator_, method)(clips, **params)

    def _mean_of_views(self, X: Any, params: dict[str, Any]) -> Any:
        """Probabilities ``(n_clips, n_classes)``, averaged over the clip and its views."""
        clips = self._clips(X, reset=False)
        total = self._answer("predict_proba", clips, params)
        for view in range(self.n_views):
            # Below zero: a view is never a copy that was trained on.
            seen = self._augmenter(-1 - view).augment(clips, -1 - view)
            total = total + self._answer("predict_proba", seen, params)
        return total / (1 + self.n_views)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = get_tags(self.estimator).input_tags.string
        return tags


def _last(classifier: Any, method: str) -> bool:
    """Whether what the estimator ends in has a method; its own error says why not."""
    step = classifier.estimator
    while isinstance(step, Pipeline):
        step = step.steps[-1][1]
    getattr(step, method)
    return True


def _numbers_of_contents(clips: Any) -> NDArray[np.intp]:
    """A number for each clip ``(n_clips,)``, the same for clips that are equal."""
    contents = [digest(np.ascontiguousarray(to_host(clip))).hex() for clip in clips]
    return np.unique(contents, return_inverse=True)[1]


def _joined(clips: Any, copies: Iterable[Any], n_copies: int, is_array: bool) -> Any:
    """Clips and copies one after the other: an array if all are arrays, else a list."""
    batches = itertools.chain([clips], copies)
    if not is_array:
        return Clips(itertools.chain.from_iterable(batches), sr=getattr(clips, "sr", None))
    # Room for all, so that no copy is held twice.
    with at_home(clips):
        joined = array_namespace(clips).empty(
            ((1 + n_copies) * len(clips), clips.shape[1]), clips.dtype
        )
        for copy, batch in enumerate(batches):
            joined[copy * len(clips) : (1 + copy) * len(clips)] = batch
    return joined
