"""The functionals of the speech set against NumPy, SciPy and closed forms."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import scipy.fft
import scipy.signal
import scipy.stats
from numpy.testing import assert_allclose, assert_array_equal

from sertools.core.speech.functionals import (
    COURSE,
    DISTRIBUTION,
    EDGES,
    SCALES,
    SHAPE,
    SPREAD,
    by_rank,
    course,
    distribution,
    edges,
    scales,
    shape,
    weighted,
)

LENGTHS = [1, 2, 3, 4, 5, 9, 10, 60, 1500]

# All of them, as functions of contours alone.
FUNCTIONALS = {
    "distribution": distribution,
    "shape": shape,
    "course": course,
    "weighted": lambda contours: weighted(contours, np.arange(contours.shape[1]) + 1.0),
    "scales": scales,
    "by_rank": lambda contours: by_rank(contours, np.sin(np.arange(contours.shape[1])), 4),
    "edges": edges,
}
every_functional = pytest.mark.parametrize("functional", FUNCTIONALS.values(), ids=FUNCTIONALS)


def named(names, numbers):
    """The rows of functionals by name."""
    return dict(zip(names, numbers, strict=True))


def percentile(q):
    return lambda x: np.percentile(x, q)


def between(low, high):
    return lambda x: np.percentile(x, high) - np.percentile(x, low)


DISTRIBUTION_ORACLES = {
    "mean": np.mean,
    "std": np.std,
    "skewness": scipy.stats.skew,
    "log_kurtosis": lambda x: np.log(scipy.stats.kurtosis(x, fisher=False)),
    **{f"p{q:02d}": percentile(q) for q in (1, 5, 10, 25, 50, 75, 90, 95, 99)},
    **{
        f"p{low:02d}_to_p{high:02d}": between(low, high)
        for low, high in ((25, 75), (25, 50), (50, 75), (1, 99), (10, 90))
    },
}


def times(x):
    return np.linspace(-1, 1, len(x))


def residual(degree):
    return lambda x: np.std(x - np.polyval(np.polyfit(times(x), x, degree), times(x)))


def above(share):
    return lambda x: np.mean((x - x.min()) / np.ptp(x) > share)


def autocorrelation(lag):
    def compute(x):
        z = scipy.stats.zscore(x)
        return np.mean(z[lag:] * z[:-lag]) if lag < len(x) else 0

    return compute


SHAPE_ORACLES = {
    "slope": lambda x: np.polyfit(times(x), x, 1)[0],
    "curvature": lambda x: np.polyfit(times(x), x, 2)[0],
    "error_of_line": residual(1),
    "error_of_parabola": residual(2),
    "step": lambda x: np.abs(np.diff(x)).mean(),
    "step_to_std": lambda x: np.abs(np.diff(x)).mean() / x.std(),
    "rising": lambda x: np.mean(np.diff(x) > 0),
    **{f"above_{share}": above(share / 100) for share in (25, 50, 75, 90)},
    "place_of_max": lambda x: np.argmax(x) / len(x),
    "place_of_min": lambda x: np.argmin(x) / len(x),
    "mean_crossings": lambda x: np.mean(np.diff(np.sign(x - x.mean())) != 0),
    "centre": lambda x: np.average(times(x), weights=x - x.min()),
    **{f"autocorrelation_{lag}": autocorrelation(lag) for lag in (3, 8, 16)},
    "peaks": lambda x: len(scipy.signal.find_peaks(x, x.min() + np.ptp(x) / 2)[0]) / len(x),
}


@pytest.mark.parametrize("n_frames", [4, 5, 10, 60, 1500])
@pytest.mark.parametrize(
    ("functional", "names", "oracles"),
    [(distribution, DISTRIBUTION, DISTRIBUTION_ORACLES), (shape, SHAPE, SHAPE_ORACLES)],
    ids=["distribution", "shape"],
)
def test_against_numpy_and_scipy(rng, functional, names, oracles, n_frames):
    contours = rng.gamma(2.0, size=(5, n_frames)) - 1
    assert list(names) == list(oracles)
    for name, ours in named(names, functional(contours)).items():
        theirs = [oracles[name](contour) for contour in contours]
        # Of four frames a parabola leaves little, and of little a root leaves rounding.
        assert_allclose(ours, theirs, rtol=1e-9, atol=1e-7, err_msg=name)


class TestShape:
    def test_of_a_parabola(self):
        t = np.linspace(-1, 1, 81)
        row = named(SHAPE, shape((7 + 3 * t - 2 * t**2)[None]))
        assert row["slope"] == pytest.approx(3)
        assert row["curvature"] == pytest.approx(-2)
        assert row["error_of_line"] == pytest.approx(2 * np.std(t**2))
        assert row["error_of_parabola"] == pytest.approx(0, abs=1e-6)
        assert row["place_of_max"] == pytest.approx(70 / 81)  # at t = 3/4
        assert row["rising"] == pytest.approx(70 / 80)

    def test_of_a_sine(self):
        sine = 4 + np.sin(2 * np.pi * np.arange(0.3, 1600) / 16)[None]
        row = named(SHAPE, shape(sine))
        assert row["peaks"] == pytest.approx(1 / 16)
        assert row["mean_crossings"] == pytest.approx(199 / 1599)
        assert row["autocorrelation_8"] == pytest.approx(-1)
        assert row["autocorrelation_16"] == pytest.approx(1)
        assert row["rising"] == pytest.approx(0.5, abs=1e-3)
        assert row["centre"] == pytest.approx(0, abs=0.01)

    def test_a_plateau_is_one_peak(self):
        stairs = np.array([[0, 1, 2, 2, 2, 1, 0, 2, 0, 0.5, 0.0]])
        # Two are in the upper half of the range.
        assert named(SHAPE, shape(stairs))["peaks"] == pytest.approx(2 / 11)


class TestCourse:
    @pytest.mark.parametrize("n_frames", [1, 2, 5, 8, 9, 60, 1500])
    def test_is_a_cosine_transform(self, rng, n_frames):
        contours = rng.normal(size=(3, n_frames))
        coefficients = scipy.fft.dct(contours, norm="ortho")[:, 1:9] / np.sqrt(n_frames)
        expected = np.zeros((3, 8))
        expected[:, : coefficients.shape[1]] = coefficients
        assert_allclose(course(contours).T, expected, atol=1e-12)

    @pytest.mark.parametrize("n_frames", [40, 400])
    def test_does_not_grow_with_the_clip(self, n_frames):
        wave = 5 * np.cos(3 * np.pi * (np.arange(n_frames) + 0.5) / n_frames)[None]
        row = named(COURSE, course(wave))
        assert row["cosine_3"] == pytest.approx(5 / np.sqrt(2))
        assert row["cosine_2"] == pytest.approx(0, abs=1e-12)


class TestWeighted:
    def test_weights_are_repetitions(self, rng):
        contours = rng.normal(3, 1, (4, 30))
        counts = rng.integers(0, 5, 30)
        often = np.repeat(contours, counts, axis=1)
        mean, std = weighted(contours, counts / 7)
        assert SPREAD == ("mean", "std")
        assert_allclose(mean, often.mean(axis=1))
        assert_allclose(std, often.std(axis=1))

    def test_a_single_weight(self, rng):
        contours = rng.normal(size=(3, 8))
        mean, std = weighted(contours, np.eye(8)[5])
        assert_allclose(mean, contours[:, 5])
        assert_array_equal(std, 0)


class TestScales:
    def test_are_differences_of_smoothings(self, rng):
        contour = rng.normal(size=200).cumsum()
        layers = [contour]
        for width in (5, 11, 25, 51):
            window = scipy.signal.windows.hann(width + 2)[1:-1]
            padded = np.pad(contour, width // 2, mode="edge")
            layers.append(np.convolve(padded, window / window.sum(), mode="valid"))
        parts = [*(fine - coarse for fine, coarse in pairwise(layers)), layers[-1]]
        expected = np.log([np.std(part) + 1e-4 for part in parts])
        assert_allclose(scales(contour[None])[:, 0], expected)

    @pytest.mark.parametrize(
        ("period", "loudest"),
        [(2, "1_to_5"), (10, "5_to_11"), (20, "11_to_25"), (40, "25_to_51"), (200, "from_51")],
    )
    def test_each_hears_its_own_speed(self, period, loudest):
        wave = np.sin(2 * np.pi * (np.arange(1000) + 0.5) / period)[None]
        assert SCALES[scales(wave).argmax()] == f"log_std_{loudest}"


class TestRanks:
    def test_of_a_ramp(self):
        ramp = np.arange(60.0)
        order = -ramp  # so that the end of the clip ranks lowest
        means = by_rank(np.stack([ramp, 2 * ramp]), order, 3)
        assert_allclose(means, np.outer([20, 0, -20], [1, 2]))

    @pytest.mark.parametrize(("n_frames", "n_parts"), [(60, 4), (60, 3), (8, 4)])
    def test_parts_of_one_size(self, rng, n_frames, n_parts):
        contours, order = rng.normal(size=(2, n_frames)), rng.normal(size=n_frames)
        parts = np.split(contours[:, np.argsort(order)], n_parts, axis=1)
        expected = [part.mean(axis=1) - contours.mean(axis=1) for part in parts]
        assert_allclose(by_rank(contours, order, n_parts), expected)

    def test_a_frame_at_a_border_is_in_both_parts(self):
        x = np.arange(10.0)
        parts = [x[0:3], x[2:5], x[5:8], x[7:10]]
        expected = [part.mean() - 4.5 for part in parts]
        assert_allclose(by_rank(x[None], x, 4)[:, 0], expected)

    def test_more_parts_than_frames(self):
        x = np.array([[1.0, 5.0]])
        assert_allclose(by_rank(x, x[0], 4)[:, 0], [-2, -2, 2, 2])

    def test_equals_keep_their_order(self):
        # The even frames rank lower; the first half of them comes first.
        means = by_rank(np.arange(400.0)[None], np.tile([0.0, 1.0], 200), 4)
        assert_allclose(means[:, 0], [-100.5, 99.5, -99.5, 100.5])


class TestEdges:
    def test_of_a_long_clip(self):
        contours = np.zeros((2, 100))
        contours[0, :25] = 4
        contours[1, -25:] = 8
        row = named(EDGES, edges(contours))
        assert_allclose(row["onset"], [3, -2])
        assert_allclose(row["offset"], [-1, 6])

    def test_a_short_clip_is_both_its_ends(self):
        assert_allclose(edges(np.arange(20.0)[None]), 0, atol=1e-12)


class TestAnyContour:
    @every_functional
    @pytest.mark.parametrize("n_frames", [1, 2, 7, 376, 3001])
    def test_a_channel_knows_no_other(self, rng, functional, n_frames):
        contours = rng.normal(size=(23, n_frames))
        together = functional(contours)
        alone = [functional(contours[[c]]) for c in range(23)]
        assert_array_equal(together, np.concatenate(alone, axis=1))

    @every_functional
    @pytest.mark.parametrize("n_frames", LENGTHS)
    def test_is_finite(self, rng, functional, n_frames):
        contours = np.stack(
            [
                np.zeros(n_frames),
                np.full(n_frames, -1e3),
                np.full(n_frames, 5e-324),
                5e-324 * (np.arange(n_frames) % 3),
                1e100 * rng.normal(size=n_frames),
                1e-200 * rng.normal(size=n_frames),
                1e3 + 1e-13 * rng.normal(size=n_frames),
                np.eye(n_frames)[n_frames // 2],
                (-1.0) ** np.arange(n_frames),
                np.arange(n_frames),
                rng.normal(size=n_frames),
            ]
        )
        assert np.isfinite(functional(contours)).all()

    @pytest.mark.parametrize("n_frames", LENGTHS)
    @pytest.mark.parametrize("value", [0.0, 0.1, -1e3, 1e-30])
    def test_what_does_not_move_has_no_shape(self, n_frames, value):
        contours = np.full((2, n_frames), value)
        assert not shape(contours).any()
        assert_allclose(course(contours), 0, atol=1e-12 * abs(value))
        assert_allclose(scales(contours), np.log(1e-4), rtol=1e-6)
        for name, of_both in named(DISTRIBUTION, distribution(contours)).items():
            is_place = name == "mean" or (name.startswith("p") and "to" not in name)
            assert_array_equal(of_both, value if is_place else 0)

    @pytest.mark.parametrize("functional", [distribution, shape])
    def test_rounding_is_no_movement(self, functional):
        still = np.full(50, 0.1)
        rounded = still.copy()
        rounded[::7] = np.float32(0.1)
        numbers = functional(np.stack([still, rounded]))
        assert_allclose(numbers[:, 0], numbers[:, 1], atol=1e-8)

    @pytest.mark.parametrize("functional", [distribution, shape])
    def test_nor_is_it_where_a_contour_rests(self, rng, functional):
        # At its least, its greatest, and its mean, which is 0.
        contour = np.repeat([-0.4, 0.0, 0.6, 0.0, 0.0, -0.2], 25)
        numbers = functional(np.stack([contour, contour + 1e-16 * rng.normal(size=150)]))
        assert_allclose(numbers[:, 0], numbers[:, 1], atol=1e-12)
        assert_array_equal(numbers[:, 0] == 0, numbers[:, 1] == 0)
