"""What a model says of recordings: a label, and probabilities where it has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["Row", "columns_of", "rows_of"]

Row = dict[str, Any]


def columns_of(model: Any) -> list[str]:
    """The columns of its answers: the label, and ``p_angry`` and so on."""
    probabilities = model.classes_ if hasattr(model, "predict_proba") else []
    return ["label", *(f"p_{label}" for label in probabilities)]


def rows_of(model: Any, paths: Sequence[str]) -> list[Row]:
    """The answer to each recording, by column; features are computed once."""
    names = columns_of(model)
    last, X = _last(model, list(paths))
    columns = [last.predict(X)]
    if len(names) > 1:
        columns += list(last.predict_proba(X).T)
    return [dict(zip(names, row, strict=True)) for row in zip(*map(_plain, columns), strict=True)]


def _last(model: Any, X: Any) -> tuple[Any, Any]:
    """The last step within a model, and what it is given."""
    from sertools import AugmentedClassifier
    from sertools._sklearn import last_step

    model, X, _ = last_step(model, X)
    if isinstance(model, AugmentedClassifier) and model.n_views == 0:
        return _last(model.estimator_, X)  # which is asked about the clips as they are
    return model, X


def _plain(column: Any) -> list[Any]:
    """An array on the host or a device as Python's own numbers and text."""
    from sertools._backend import to_host

    return to_host(column).tolist()
