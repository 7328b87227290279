"""What a file may hold: types by name, in a tree that is no larger than it is written.

skops trusts all of scikit-learn's estimators. Some of those open files, or call methods whose names
are in the file, and a model is called as soon as it is loaded. So the types are named here one by
one, none of which does either, and the tree is looked through before skops makes anything of it.
"""

from __future__ import annotations

import functools
import inspect
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

from sertools.persistence._file import refuse_packed

__all__ = ["trusted_types", "unknown_types"]

# Which are no public names of ours, and stand in the state of estimators that are.
_WITHIN = (
    "sertools._validation.Clips",
    "sertools.core.speakers.Background",
    "sertools.core.speakers.Speaker",
    "sertools.models._svm_engines.HostSVM",
    "sertools.preprocessing._speaker_adapted_classifier._Training",
)

# Of scikit-learn: what stands beside our extractors. Its compiled trees are not among them, whose
# nodes point at each other unchecked.
_OF_SCIKIT_LEARN = (
    "sklearn.calibration.CalibratedClassifierCV",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.calibration._TemperatureScaling",
    "sklearn.compose._column_transformer.ColumnTransformer",
    "sklearn.decomposition._pca.PCA",
    "sklearn.discriminant_analysis.LinearDiscriminantAnalysis",
    "sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis",
    "sklearn.dummy.DummyClassifier",
    "sklearn.ensemble._voting.VotingClassifier",
    "sklearn.feature_selection._mutual_info.mutual_info_classif",
    "sklearn.feature_selection._univariate_selection.SelectKBest",
    "sklearn.feature_selection._univariate_selection.SelectPercentile",
    "sklearn.feature_selection._univariate_selection.chi2",
    "sklearn.feature_selection._univariate_selection.f_classif",
    "sklearn.feature_selection._variance_threshold.VarianceThreshold",
    "sklearn.frozen._frozen.FrozenEstimator",
    "sklearn.impute._base.SimpleImputer",
    "sklearn.kernel_approximation.Nystroem",
    "sklearn.kernel_approximation.RBFSampler",
    "sklearn.linear_model._logistic.LogisticRegression",
    "sklearn.linear_model._ridge.RidgeClassifier",
    "sklearn.model_selection._split.GroupKFold",
    "sklearn.model_selection._split.StratifiedGroupKFold",
    "sklearn.model_selection._split.StratifiedKFold",
    "sklearn.naive_bayes.GaussianNB",
    "sklearn.neighbors._nearest_centroid.NearestCentroid",
    "sklearn.neural_network._multilayer_perceptron.MLPClassifier",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.pipeline.FeatureUnion",
    "sklearn.pipeline.Pipeline",
    # Whose function would have to be trusted, too.
    "sklearn.preprocessing._function_transformer.FunctionTransformer",
    "sklearn.preprocessing._data.MaxAbsScaler",
    "sklearn.preprocessing._data.MinMaxScaler",
    "sklearn.preprocessing._data.Normalizer",
    "sklearn.preprocessing._data.PowerTransformer",
    "sklearn.preprocessing._data.QuantileTransformer",
    "sklearn.preprocessing._data.RobustScaler",
    "sklearn.preprocessing._data.StandardScaler",
    "sklearn.preprocessing._label.LabelBinarizer",
    "sklearn.preprocessing._label.LabelEncoder",
    "sklearn.svm._classes.LinearSVC",
    "sklearn.svm._classes.SVC",
    "sklearn.utils._bunch.Bunch",
)

# What holds other things, or numbers and text.
_CONTAINERS = {
    "DictNode": {"builtins.dict", "collections.OrderedDict"},
    "JsonNode": {"builtins.str"},
    "ListNode": {"builtins.list"},
    "RandomStateNode": {"numpy.random.RandomState", "numpy.random.mtrand.RandomState"},
    "SetNode": {"builtins.set"},
    "SliceNode": {"builtins.slice"},
    "TupleNode": {"builtins.tuple"},
}
_ARRAYS = {"DtypeNode", "NdArrayNode"}  # whose bytes are read without pickle
_BUILT = {
    "DictNode",
    "FunctionNode",
    "ObjectNode",
    "TupleNode",
}  # whose types have to be named above
_TYPES_OF_KEYS = {"builtins." + name for name in ("bool", "float", "int", "str")}


@functools.cache
def trusted_types() -> frozenset[str]:
    """Names of what is built when a model is loaded, beside containers and arrays.

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
    names = (f"{one.__module__}.{one.__qualname__}" for one in own)
    return frozenset([*_WITHIN, *_OF_SCIKIT_LEARN, *names])


def unknown_types(body: bytes) -> list[str]:
    """Names of what skops would build of its archive and is not trusted.

    Raises
    ------
    ValueError
        If the tree is none that skops writes, such as one that refers to itself.
    """
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        refuse_packed(archive)
        schema = json.loads(archive.read("schema.json"))
    seen: dict[Any, str] = {}
    return sorted(set(_unknown(schema, seen, is_key=False)))


def _unknown(node: Any, seen: dict[Any, str], *, is_key: bool) -> Iterator[str]:
    """What is not trusted in a part of the tree; `seen` holds the parts met so far by their id."""
    if isinstance(node, list):
        for one in node:
            yield from _unknown(one, seen, is_key=is_key)
    if not isinstance(node, dict):
        return
    if "__loader__" in node:
        # skops takes parts of one id for one object. Each is written out wherever it stands, or a
        # short file could mean a tree without end.
        words = json.dumps(_without_ids(node), sort_keys=True)
        if seen.setdefault(node.get("__id__"), words) != words:
            raise ValueError("a part of it is written down in two ways")
        yield from _unknown_itself(node, is_key)
    for key, value in node.items():
        yield from _unknown(value, seen, is_key=is_key or key == "key_types")


def _unknown_itself(node: dict[str, Any], is_key: bool) -> Iterator[str]:
    """The type of a node if it is not trusted."""
    loader, name = node["__loader__"], f"{node['__module__']}.{node['__class__']}"
    if name in _CONTAINERS.get(loader, ()):
        return
    if loader in _ARRAYS and node["__module__"] == "numpy":
        return
    if loader == "TypeNode" and is_key and (name in _TYPES_OF_KEYS or name.startswith("numpy.")):
        return
    if loader in _BUILT and name in trusted_types():
        return
    yield name


def _without_ids(node: Any) -> Any:
    """A part of the tree without the numbers that memory had for its objects and their files."""
    if isinstance(node, dict):
        names = ("__id__", "file")
        return {key: _without_ids(value) for key, value in node.items() if key not in names}
    return [_without_ids(one) for one in node] if isinstance(node, list) else node
