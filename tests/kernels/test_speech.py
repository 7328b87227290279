"""Correlations in compiled loops and by BLAS."""

from __future__ import annotations

import numpy as np
import pytest

from sertools.core.speech import relations as reference
from sertools.kernels import fastest
from sertools.kernels.cpu.speech import relations as twin


def assert_same(ours, theirs):
    assert ours.dtype == theirs.dtype == np.float64
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("n_frames", [1, 2, 7, 33, 400])
@pytest.mark.parametrize(("n_of_a", "n_of_b"), [(1, 1), (3, 7), (83, 83)])
@pytest.mark.parametrize("layout", ["C", "F"])
def test_correlations(rng, n_frames, n_of_a, n_of_b, layout):
    a, b = (rng.normal(size=(n, n_frames)).copy(layout) for n in (n_of_a, n_of_b))
    assert_same(twin.correlations(a, b), reference.correlations(a, b))


@pytest.mark.parametrize("n_frames", [1, 2, 3, 4, 33, 400])
@pytest.mark.parametrize("lag", [1, 3, 15])
@pytest.mark.parametrize("layout", ["C", "F"])
def test_lagged_correlations(rng, n_frames, lag, layout):
    contours = rng.normal(size=(26, n_frames)).copy(layout)
    ours, theirs = (of.lagged_correlations(contours, lag=lag) for of in (twin, reference))
    assert_same(ours, theirs)


@pytest.mark.parametrize("name", twin.__all__)
def test_they_are_found(name):
    assert fastest(getattr(reference, name)) is getattr(twin, name)
