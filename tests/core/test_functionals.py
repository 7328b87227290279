"""Statistics against NumPy, SciPy and closed forms, and on contours without any shape."""

from __future__ import annotations

import re

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sertools.core.functionals import check_statistics, statistics

PLACES = ("mean", "min", "max", "median", "p01", "p95", "first_third", "last_third")
SPREADS = ("std", "range", "iqr", "slope", "curvature")
SHAPES = ("skew", "kurtosis", "peak_rate")
ALL = PLACES + SPREADS + SHAPES


def polynomial(degree):
    """The highest coefficient of a fitted polynomial, by NumPy."""
    return lambda x: np.polyfit(np.linspace(-1, 1, len(x)), x, degree)[0]


ORACLES = {
    "mean": lambda x: np.mean(x, axis=0),
    "std": lambda x: np.std(x, axis=0),
    "min": lambda x: np.min(x, axis=0),
    "max": lambda x: np.max(x, axis=0),
    "range": lambda x: np.ptp(x, axis=0),
    "median": lambda x: np.median(x, axis=0),
    "iqr": lambda x: scipy.stats.iqr(x, axis=0),
    "p01": lambda x: np.percentile(x, 1, axis=0),
    "p37": lambda x: np.percentile(x, 37, axis=0),
    "p99": lambda x: np.percentile(x, 99, axis=0),
    "skew": lambda x: scipy.stats.skew(x, axis=0),
    "kurtosis": lambda x: scipy.stats.kurtosis(x, axis=0),
    "slope": polynomial(1),
    "curvature": polynomial(2),
    "first_third": lambda x: np.mean(x[: len(x) // 3], axis=0),
    "last_third": lambda x: np.mean(x[-(len(x) // 3) :], axis=0),
}


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize("n_frames", [4, 5, 6, 100, 376])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-6)])
def test_against_numpy_and_scipy(rng, name, n_frames, dtype, tolerance):
    contours = rng.gamma(2.0, size=(n_frames, 7)).astype(dtype)
    ours = statistics(contours, [name])
    assert ours.shape == (1, 7)
    assert ours.dtype == dtype
    theirs = ORACLES[name](contours.astype(np.float64))
    np.testing.assert_allclose(ours[0], theirs, rtol=tolerance, atol=tolerance)


def test_the_order_is_that_of_the_names():
    contours = np.array([[3.0], [1.0], [8.0]])
    assert statistics(contours, ("max", "mean", "min")).ravel().tolist() == [8, 4, 1]
    assert statistics(contours, ("min", "max")).ravel().tolist() == [1, 8]


class TestOverTime:
    @pytest.mark.parametrize("n_frames", [3, 50, 51])
    def test_the_coefficients_of_a_parabola(self, n_frames):
        t = np.linspace(-1, 1, n_frames)
        parabola = (7 + 3 * t - 2 * t**2)[:, None]
        np.testing.assert_allclose(statistics(parabola, ("slope", "curvature")), [[3], [-2]])

    def test_of_the_first_and_last_third(self):
        contours = np.arange(8.0)[:, None]  # 8 // 3 frames at either end
        assert statistics(contours, ("first_third", "last_third")).tolist() == [[0.5], [6.5]]

    @pytest.mark.parametrize("n_periods", [1, 3, 10])
    def test_a_sine_has_one_peak_per_period(self, n_periods):
        sine = np.sin(2 * np.pi * n_periods * (np.arange(500) + 0.5) / 500)
        # The other one is all in the lower half, next to a step that makes the range.
        low = np.where(np.arange(500) < 499, sine, 9)
        rates = statistics(np.stack([sine, low], axis=1), ["peak_rate"])
        np.testing.assert_allclose(rates, [[n_periods / 500, 0]])

    @pytest.mark.parametrize(
        ("contour", "n_peaks"),
        [
            ([0, 1, 0], 1),
            ([0, 1, 1, 1, 0], 1),
            ([0, 1, 1, 2, 2, 2, 2, 2, 1, 1, 0], 1),  # stairs up and down
            ([0, 2, 1, 1, 2, 2, 1], 2),
            ([2, 1, 1, 0], 0),
            ([0, 1, 1], 0),  # the ends are no peaks
            ([1, 1, 0, 0, 1], 0),
            ([0, 1, 0, 5, 0], 1),  # the lower one is not in the upper half
            ([0, 1, 0, 2, 0], 1),  # nor is the middle itself
            ([0, 1], 0),
        ],
    )
    def test_a_plateau_is_one_peak(self, contour, n_peaks):
        contours = np.array(contour, dtype=np.float64)[:, None]
        expected = n_peaks / len(contour)
        np.testing.assert_allclose(statistics(contours, ["peak_rate"]), [[expected]])

    def test_a_long_plateau(self):
        contours = np.zeros((1000, 1), dtype=np.float32)
        contours[1:-1] = 1
        assert statistics(contours, ["peak_rate"]).item() == np.float32(1 / 1000)


class TestVoiced:
    @pytest.mark.parametrize("name", sorted(set(ALL) - {"slope", "curvature"}))
    def test_are_the_statistics_of_the_voiced_frames_alone(self, rng, name):
        contours = rng.normal(size=(40, 3))
        voiced = rng.random(40) < 0.5
        contours[~voiced] = np.nan
        np.testing.assert_array_equal(
            statistics(contours, [name], voiced=voiced), statistics(contours[voiced], [name])
        )

    def test_fits_keep_the_true_times(self):
        voiced = np.zeros(60, dtype=bool)
        voiced[[10, 11, 12, 30, 47, 50]] = True  # so time runs from frame 10 to frame 50
        t = (np.arange(60) - 30) / 20
        contours = np.where(voiced, 4 + 3 * t - 2 * t**2, 1e9)[:, None]
        (slope,), (curvature,) = statistics(contours, ("slope", "curvature"), voiced=voiced)
        np.testing.assert_allclose(slope, np.polyfit(t[voiced], contours[voiced, 0], 1)[0])
        np.testing.assert_allclose(curvature, -2)

    def test_all_voiced_changes_nothing(self, rng):
        contours = rng.normal(size=(30, 4)).astype(np.float32)
        np.testing.assert_array_equal(
            statistics(contours, ALL, voiced=np.ones(30, dtype=bool)), statistics(contours, ALL)
        )

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_none_voiced_is_all_zero(self, dtype):
        found = statistics(np.ones((9, 2), dtype=dtype), ALL, voiced=np.zeros(9, dtype=bool))
        np.testing.assert_array_equal(found, np.zeros((len(ALL), 2)))
        assert found.dtype == dtype


class TestAccuracy:
    @pytest.mark.parametrize("name", ALL)
    @pytest.mark.parametrize("scale", [1e-30, 1e-12, 1e12])
    def test_at_any_scale(self, rng, name, scale):
        contours = rng.gamma(2.0, size=(100, 3)).astype(np.float32)
        unit = 1 if name in SHAPES else scale
        np.testing.assert_allclose(
            statistics(contours * np.float32(scale), [name]),
            statistics(contours, [name]) * unit,
            rtol=1e-5,
        )

    def test_of_a_small_movement_far_from_zero(self, rng):
        contours = (1e3 + 1e-2 * rng.gamma(2.0, size=(400, 5))).astype(np.float32)
        names = ("std", "skew", "kurtosis", "slope", "curvature", "iqr")
        exact = statistics(contours.astype(np.float64) - 1e3, names)
        np.testing.assert_allclose(statistics(contours, names), exact, rtol=1e-6)

    def test_of_a_small_movement_far_from_zero_in_doubles(self, rng):
        contours = 1e9 + rng.gamma(2.0, size=(400, 5))
        names = ("std", "skew", "kurtosis", "slope", "curvature")
        exact = statistics(contours - 1e9, names)
        np.testing.assert_allclose(statistics(contours, names), exact, rtol=1e-12)

    @pytest.mark.parametrize("n_frames", [1, 2, 7, 376, 9001])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_a_channel_knows_no_other(self, rng, n_frames, dtype):
        contours = rng.normal(size=(n_frames, 23)).astype(dtype)
        together = statistics(contours, ALL)
        alone = [statistics(contours[:, [c]], ALL) for c in range(23)]
        np.testing.assert_array_equal(together, np.concatenate(alone, axis=1))
        np.testing.assert_array_equal(together, statistics(np.asfortranarray(contours), ALL))


class TestWithoutShape:
    @pytest.mark.parametrize("value", [0.0, 0.1, -1e3, 1e-12, 1e-30, 1e30])
    @pytest.mark.parametrize("n_frames", [1, 2, 3, 10, 999])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_a_constant(self, value, n_frames, dtype):
        contours = np.full((n_frames, 2), value, dtype=dtype)
        np.testing.assert_array_equal(statistics(contours, PLACES), contours[:1].repeat(8, axis=0))
        assert not statistics(contours, SPREADS + SHAPES).any()

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_a_constant_that_was_rounded(self, dtype):
        contours = np.full((50, 1), 0.1, dtype=dtype)
        contours[::7] = np.nextafter(contours[0], dtype(1))
        assert not statistics(contours, ("std", *SHAPES)).any()

    def test_too_few_frames_for_a_fit(self):
        contours = np.array([[1.0], [5.0]])
        assert statistics(contours, ("slope", "curvature")).tolist() == [[2], [0]]
        assert statistics(contours[:1], ("slope", "curvature")).tolist() == [[0], [0]]


contours_of_any_kind = arrays(
    np.float64,
    st.tuples(st.integers(1, 40), st.integers(1, 4)),
    elements=st.floats(-(2.0**100), 2.0**100, width=32),
)


class TestProperties:
    @given(contours=contours_of_any_kind, dtype=st.sampled_from([np.float32, np.float64]))
    def test_always_finite(self, contours, dtype):
        assert np.isfinite(statistics(contours.astype(dtype), ALL)).all()

    @given(
        seed=st.integers(0, 999),
        n_frames=st.integers(5, 60),
        offset=st.floats(-1e3, 1e3),
        factor=st.floats(0.01, 100),
    )
    def test_what_an_offset_and_a_factor_do(self, seed, n_frames, offset, factor):
        contours = np.random.default_rng(seed).normal(size=(n_frames, 2))
        moved = contours * factor + offset
        near = {"rtol": 1e-8, "atol": 1e-8}
        for names, expected in (
            (PLACES, statistics(contours, PLACES) * factor + offset),
            (SPREADS, statistics(contours, SPREADS) * factor),
            (SHAPES, statistics(contours, SHAPES)),
        ):
            np.testing.assert_allclose(statistics(moved, names), expected, **near)

    @given(seed=st.integers(0, 999), n_frames=st.integers(1, 60))
    def test_backwards(self, seed, n_frames):
        contours = np.random.default_rng(seed).normal(size=(n_frames, 2))
        mirrored = ("slope", "first_third", "last_third")
        ahead, back = statistics(contours, mirrored), statistics(contours[::-1], mirrored)
        np.testing.assert_allclose(back, [-ahead[0], ahead[2], ahead[1]], atol=1e-12)
        same = sorted(set(ALL) - set(mirrored))
        np.testing.assert_allclose(
            statistics(contours[::-1], same), statistics(contours, same), atol=1e-12
        )


class TestNames:
    @pytest.mark.parametrize("names", [("mean",), ["p01", "p99"], ALL])
    def test_good_ones_pass(self, names):
        check_statistics(names)

    @pytest.mark.parametrize(
        ("names", "message"),
        [
            (["mean", "meen"], "unknown statistic 'meen': did you mean 'mean'? Known are 'mean', "),
            (["kurtoses"], "did you mean 'kurtosis'?"),
            (["zzz"], "unknown statistic 'zzz'. Known are "),
            (["p00"], "and percentiles 'p01' to 'p99'."),
            (["p5"], "unknown statistic 'p5': did you mean 'p05'?"),
            (["p100"], "unknown statistic 'p100'"),
            ([95], "unknown statistic '95'"),
            (["mean", "std", "mean"], "named more than once: ['mean']"),
            ([], "no statistic is named"),
            ("mean", "'mean' is a string, and statistics are a sequence: pass ['mean']"),
        ],
    )
    def test_bad_ones_are_refused(self, names, message):
        with pytest.raises(ValueError, match=re.escape(message)):
            check_statistics(names)
