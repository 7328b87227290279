"""SpeakerAdaptedClassifier: a classifier of features that are relative to who speaks."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.utils.metadata_routing import UNUSED, MetadataRouter, MethodMapping
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sertools._backend import array_namespace, at_home
from sertools._growing_classifier import GrowingClassifier, can, refuse_splits
from sertools._sklearn import _fit_context
from sertools._validation import check_table
from sertools.preprocessing._speaker_normalizer import SpeakerNormalizer


class SpeakerAdaptedClassifier(GrowingClassifier):
    """Train a classifier on features relative to their speakers, known and not known.

    What :class:`SpeakerNormalizer` makes of a clip depends on how well its speaker is known. In
    training all speakers are known well, and a classifier that has seen nothing else is at a loss
    where a speaker is not. So it is trained on each clip twice: standardised by its speaker, and as
    if it was the only clip of a speaker whom nobody knows.

    Parameters
    ----------
    estimator : estimator
        A classifier of tables, such as ``make_pipeline(StandardScaler(), SVC())``.
    normalizer : SpeakerNormalizer or None, default=None
        What standardises; None is ``SpeakerNormalizer(unknown="average")``, under which a clip of
        somebody unknown is what it is without adaptation.

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
    0.574 where all clips of a speaker are known, and 0.481 where those of one emotion are. Without
    normalisation it is 0.481, and with :class:`SpeakerNormalizer` and each clip once 0.564 and
    0.465. Behind SVMs, kernel ridge and XGBoost, speakers of three clips or of one emotion lose 0.9
    points at the most. Rows that are there twice weigh twice, so that the same `C` or `alpha` is
    half the penalty, which alone takes that SVM from 0.481 to 0.491. All from
    ``python benchmarks/adaptation.py FOLDER``.

    **Twice the rows.** A step of a pipeline cannot add rows, and this is a classifier for that
    reason. Both versions of a clip have its label, weight and group, so that what splits by group
    inside `fit` keeps them together. What splits without groups would judge itself by versions of
    what it has learnt, and is refused. A kernel machine takes four times the memory. Without groups
    `fit` is a plain standardisation, and each clip is there once.

    **With scikit-learn.** With metadata routing switched on ``pipeline.fit(X, y, groups=g)`` and
    ``pipeline.predict(X, groups=g)`` work. Without routing
    ``pipeline.fit(X, y, speakeradaptedclassifier__groups=g)`` does, and only `enroll` tells
    `predict` who speaks. scikit-learn's searches and ``cross_val_score`` hand no groups to
    `predict`: take :func:`evaluate`, which does.

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

    def __init__(self, estimator: Any, normalizer: SpeakerNormalizer | None = None) -> None:
        self.estimator = estimator
        self.normalizer = normalizer

    @_fit_context(prefer_skip_nested_validation=False)
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
            0 for a recording, and the number of the copy for an augmented one: for the normaliser.
        **params : dict
            More for the estimator's `fit`, such as ``svc__sample_weight`` of a pipeline; what has a
            value for each clip grows with the clips.

        Returns
        -------
        self
            The fitted classifier.
        """
        self._refuse_no_labels(y)
        table = check_table(self, X, reset=True)
        self._refuse_what_cannot_be(len(table), y, sample_weight, groups)
        normalizer = clone(self.normalizer or SpeakerNormalizer(unknown="average"))
        # Its rows are stacked, whatever scikit-learn is told to show elsewhere.
        normalizer.set_output(transform="default")
        rows = normalizer.fit_transform(table, y, groups, copies)
        n_versions = 1
        if normalizer.speakers_:
            n_versions = 2
            refuse_splits(self.estimator, groups, n_versions * len(table))
            alone = normalizer.transform(table, groups=np.full(len(table), ""))
            with at_home(table):
                rows = array_namespace(table).concatenate([rows, alone])
        metadata = {"sample_weight": sample_weight, "groups": groups, **params}
        labels, told = self._grown(table, y, metadata, n_versions)
        self.estimator_ = clone(self.estimator).fit(rows, labels, **told)
        self.normalizer_ = normalizer
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

    def enroll(self, X: Any) -> Self:
        """Describe the speaker of whom all clips are that are predicted without groups.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features)
            Features of clips of this speaker, in as many emotions as can be had.

        Returns
        -------
        self
            The classifier.
        """
        check_is_fitted(self, "estimator_")
        self.normalizer_.enroll(check_table(self, X, reset=False))
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

    def _ask(self, method: str, X: Any, groups: ArrayLike | None) -> Any:
        """What the estimator says of clips whose speakers are these."""
        check_is_fitted(self, "estimator_")
        table = check_table(self, X, reset=False)
        return getattr(self.estimator_, method)(self.normalizer_.transform(table, groups))
