"""The named sets are frozen: columns and numbers are those of the reference files, for ever."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from reference_clips import clips

from sertools import AcousticExtractor
from sertools.features._sets import LATEST, SETS

REFERENCE = Path(__file__).with_name("reference")

# In the units of a column's own size over the clips.
TOLERANCE = {np.float64: 1e-6, np.float32: 5e-4}


@pytest.mark.parametrize("version", SETS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_columns_and_numbers_are_frozen(version, dtype):
    reference = pd.read_csv(REFERENCE / f"{version}.csv", index_col="column").T
    extractor = AcousticExtractor(version).set_output(transform="pandas")
    table = extractor.fit_transform([clip.astype(dtype) for clip in clips()])
    assert list(table.columns) == list(reference.columns)
    size = reference.abs().max().to_numpy()
    off = np.abs(table.to_numpy() - reference.to_numpy()) / np.where(size > 0, size, 1)
    assert off.max() < TOLERANCE[dtype], table.columns[off.max(axis=0).argmax()]


def test_the_name_without_a_version_is_the_newest():
    for name, version in LATEST.items():
        assert version in SETS
        newest = AcousticExtractor(name).fit_transform(clips())
        np.testing.assert_array_equal(newest, AcousticExtractor(version).fit_transform(clips()))
