"""Levels that were asked for are the levels that are measured."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from sertools.core.effects.level import gain, mix, power

DTYPES = [np.float32, np.float64]


def test_power_of_the_loudest_clips_does_not_overflow():
    # The largest samples that are let in, made louder by as much as there is.
    loud = np.full(100_000, 1e16, dtype=np.float32)
    assert power(loud) == pytest.approx(1e32, rel=1e-4)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("decibels", "factor"), [(-20.0, 0.1), (0.0, 1.0), (40.0, 100.0)])
def test_gain(dtype, decibels, factor):
    x = np.array([0.5, -1.0, 0.0], dtype=dtype)
    louder = gain(x, decibels=decibels)
    assert louder.dtype == dtype
    np.testing.assert_allclose(louder, factor * x, rtol=1e-6)


@given(
    snr=st.floats(-60, 60),
    level=st.floats(1e-4, 1e10),
    softness=st.floats(1e-9, 1e9),
    seed=st.integers(0, 9),
)
def test_the_ratio_is_exact(snr, level, softness, seed):
    x, sound = np.random.default_rng(seed).standard_normal((2, 300))
    x, sound = level * x, softness * sound
    added = mix(x, sound, snr=snr) - x
    assert 10 * np.log10(x.var() / power(added)) == pytest.approx(snr, abs=1e-3)
    assert np.corrcoef(added, sound)[0, 1] == pytest.approx(1)


def test_a_constant_offset_is_no_sound(rng):
    x, sound = rng.standard_normal((2, 300))
    np.testing.assert_allclose(mix(x + 5, sound, snr=3) - 5, mix(x, sound, snr=3), atol=1e-12)


@pytest.mark.parametrize("n_threads", [1, 2])
def test_levels_do_not_hang_on_the_threads_of_blas(rng, n_threads):
    # BLAS splits long sums among its threads, and workers of a search have fewer of them.
    clips = rng.standard_normal((20, 60_000))
    usual = [power(x) for x in clips]
    with threadpool_limits(n_threads):
        assert [power(x) for x in clips] == usual


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("clip", [np.zeros(1000), np.full(1000, 1e-9)], ids=["zeros", "soft"])
def test_a_clip_of_silence_counts_as_one_of_minus_100_decibels(rng, dtype, clip):
    sound = rng.standard_normal(1000).astype(dtype)
    mixed = mix(clip.astype(dtype), sound, snr=20.0)
    assert mixed.dtype == dtype
    assert 10 * np.log10(power(mixed - clip)) == pytest.approx(-120, abs=0.01)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sample", [0.0, 1e-40])
def test_a_silent_sound_adds_nothing(rng, dtype, sample):
    x = rng.standard_normal(1000).astype(dtype)
    sound = np.full(1000, sample, dtype=dtype)
    np.testing.assert_array_equal(mix(x, sound, snr=-40.0), x)
