"""The named sets are frozen: columns and numbers are those of the reference files, for ever."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from reference_clips import clips, clips_in_a_room

from sertools import AcousticExtractor
from sertools.features._sets import LATEST, SETS

REFERENCE = Path(__file__).with_name("reference")

# In the units of a column's own size over the clips.
TOLERANCE = {np.float64: 1e-6, np.float32: 5e-4}
# Below that a number is what rounding left of 0.
LEAST_SIZE = 1e-6

# What is the first columns of another set needs no file of its own.
FIRST_COLUMNS = {"speech-small-v1": ("speech-v1", 6021)}


def reference_of(version):
    """The columns and numbers of a version, and the clips that they are of."""
    name, n_columns = FIRST_COLUMNS.get(version, (version, None))
    (path,) = REFERENCE.glob(f"{name}.csv*")
    table = pd.read_csv(path, index_col="column").T.iloc[:, :n_columns]
    # It holds ranks and places, which tip over where two moments are equal.
    return table, clips_in_a_room() if name == "speech-v1" else clips()


@pytest.mark.parametrize("version", SETS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_columns_and_numbers_are_frozen(version, dtype):
    reference, of = reference_of(version)
    extractor = AcousticExtractor(version).set_output(transform="pandas")
    table = extractor.fit_transform([clip.astype(dtype) for clip in of])
    assert list(table.columns) == list(reference.columns)
    size = np.maximum(reference.abs().max().to_numpy(), LEAST_SIZE)
    off = (np.abs(table.to_numpy() - reference.to_numpy()) / size).max(axis=0)
    assert (off < TOLERANCE[dtype]).all(), table.columns[off.argmax()]


def test_the_name_without_a_version_is_the_newest():
    for name, version in LATEST.items():
        assert version in SETS
        newest = AcousticExtractor(name).fit_transform(clips())
        np.testing.assert_array_equal(newest, AcousticExtractor(version).fit_transform(clips()))
