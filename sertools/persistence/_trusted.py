"""The types that a file may hold: scikit-learn's and NumPy's, which skops knows, and our own."""

from __future__ import annotations

import functools
import inspect

__all__ = ["trusted_types"]

# Which are no public names, and stand in the state of estimators that are.
_WITHIN = (
    "sertools._validation.Clips",
    "sertools.core.speakers.Background",
    "sertools.core.speakers.Speaker",
    "sertools.models._svm_engines.HostSVM",
    "sertools.preprocessing._speaker_adapted_classifier._Training",
)

# Of scikit-learn, beside what skops trusts: plain containers and functions of arrays. Its compiled
# trees are not among them, whose nodes point at each other unchecked.
_OF_SCIKIT_LEARN = (
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.calibration._TemperatureScaling",
    "sklearn.feature_selection._mutual_info.mutual_info_classif",
    "sklearn.feature_selection._univariate_selection.chi2",
    "sklearn.feature_selection._univariate_selection.f_classif",
    "sklearn.metrics._scorer._PassthroughScorer",
    "sklearn.metrics._scorer._Scorer",
    "sklearn.model_selection._split.GroupKFold",
    "sklearn.model_selection._split.LeaveOneGroupOut",
    "sklearn.model_selection._split.StratifiedGroupKFold",
    "sklearn.model_selection._split.StratifiedKFold",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.utils._bunch.Bunch",
)


@functools.cache
def trusted_types() -> frozenset[str]:
    """Names of what is built when a model is loaded, beside what skops trusts of itself.

    Ours are estimators and effects: to make one and to set its attributes runs nothing else.
    """
    import sertools.augmentation
    import sertools.features
    import sertools.models
    import sertools.preprocessing
    from sertools.augmentation import Effect

    rooms = (
        sertools.augmentation,
        sertools.features,
        sertools.models,
        sertools.preprocessing,
    )
    public = [getattr(room, name) for room in rooms for name in room.__all__]
    own = [
        thing
        for thing in public
        if inspect.isclass(thing) and (hasattr(thing, "get_params") or issubclass(thing, Effect))
    ]
    return frozenset(
        [*_WITHIN, *_OF_SCIKIT_LEARN, *(f"{one.__module__}.{one.__qualname__}" for one in own)]
    )
