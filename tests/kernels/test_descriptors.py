"""The compiled roll-off against its reference."""

from __future__ import annotations

import numpy as np
import pytest

from sertools.core import descriptors as reference
from sertools.kernels import fastest

rolloff = fastest(reference.rolloff)


@pytest.mark.parametrize("roll_percent", [0.01, 0.5, 0.85, 1.0])
@pytest.mark.parametrize("shape", [(1, 2), (1, 257), (3, 17), (376, 257), (40, 1025)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_parity(rng, roll_percent, shape, dtype):
    magnitudes = (rng.gamma(0.5, size=shape) / np.arange(1, shape[1] + 1)).astype(dtype)
    magnitudes[::5] = 0
    frequencies = np.linspace(0, 8000, shape[1])
    options = {"frequencies": frequencies, "roll_percent": roll_percent}
    ours, theirs = rolloff(magnitudes, **options), reference.rolloff(magnitudes, **options)
    assert ours.dtype == dtype
    if roll_percent == 1.0:  # where the sum stops growing is a matter of its rounding
        assert (ours >= theirs - 8000).all()
    else:
        assert np.abs(ours - theirs).max() <= frequencies[1]
        assert (ours != theirs).mean() <= 0.01
