"""Features of a shuffled table stand in its rows, whichever steps they came through."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, make_pipeline

from sertools import (
    AudioReader,
    Augmenter,
    Gain,
    Padder,
    RMSExtractor,
    RowCache,
    Trimmer,
    ZCRExtractor,
    audio,
)


@pytest.fixture(scope="module")
def shuffled(tmp_path_factory):
    """Recordings, each as loud as its age says, in another order than that of their index."""
    folder = tmp_path_factory.mktemp("recordings")
    rows = []
    for age in range(1, 9):
        path = str(folder / f"{age}.wav")
        audio.write(path, np.where(np.arange(4000) % 2, 0.1, -0.1) * age, 16000)
        rows.append({"path": path, "age": age})
    return pd.DataFrame(rows).sample(frac=1, random_state=0)


def steps(kind, folder):
    """What turns recordings into clips, and leaves them as loud as they are."""
    return {
        "reader": [AudioReader()],
        "trimmer": [AudioReader(), Trimmer()],
        "padder": [AudioReader(), Padder()],
        "augmenter": [AudioReader(), Augmenter([Gain((-3, 3))], p=0)],
        "cached": [RowCache(AudioReader(), folder)],
        "cached pipeline": [RowCache(make_pipeline(AudioReader(), Trimmer()), folder)],
    }[kind]


@pytest.fixture(params=["reader", "trimmer", "padder", "augmenter", "cached", "cached pipeline"])
def loudness(request, tmp_path):
    return make_pipeline(*steps(request.param, tmp_path), RMSExtractor(stats=["mean"]))


@pytest.mark.parametrize("n_rows", [8, 3])
def test_beside_other_columns(shuffled, loudness, n_rows):
    part = shuffled.iloc[:n_rows]
    columns = ColumnTransformer([("rms", loudness, "path"), ("age", "passthrough", ["age"])])
    table = columns.set_output(transform="pandas").fit_transform(part)
    assert table.index.equals(part.index)
    assert table["age__age"].tolist() == part["age"].tolist()
    assert table["age__age"].rank().equals(table.iloc[:, 0].rank())


def test_joined_to_the_table_they_are_of(shuffled, loudness):
    with config_context(transform_output="pandas"):
        features = loudness.fit_transform(shuffled["path"])
    table = shuffled.join(features)
    assert table["age"].rank().equals(table.iloc[:, -1].rank())


def test_beside_features_that_came_another_way(shuffled, loudness):
    other = make_pipeline(AudioReader(), ZCRExtractor())
    union = FeatureUnion([("zcr", other), ("rms", loudness)]).set_output(transform="pandas")
    table = union.fit_transform(shuffled["path"])
    assert table.index.equals(shuffled.index)
    assert not table.isna().any(axis=None)


def test_lists_have_no_labels(shuffled, loudness):
    features = loudness.set_output(transform="pandas").fit_transform(shuffled["path"].tolist())
    assert features.index.tolist() == list(range(8))
