"""Functionals of the speech set: numbers for contours ``(n_channels, n_frames)``.

Each gives ``(n_numbers, n_channels)`` in the order of the names beside it. A channel that does not
move has no shape: what is relative to its range or spread is 0 there.
"""

from __future__ import annotations

import functools
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "COURSE",
    "DISTRIBUTION",
    "EDGES",
    "SCALES",
    "SHAPE",
    "SPREAD",
    "by_rank",
    "course",
    "distribution",
    "edges",
    "scales",
    "shape",
    "weighted",
]

Contours = NDArray[np.float64]

_PERCENTILES = (1, 5, 10, 25, 50, 75, 90, 95, 99)

DISTRIBUTION = (
    *("mean", "std", "skewness", "log_kurtosis"),
    *(f"p{percentile:02d}" for percentile in _PERCENTILES),
    *("p25_to_p75", "p25_to_p50", "p50_to_p75", "p01_to_p99", "p10_to_p90"),
)
SPREAD = ("mean", "std")

# Shares of the range above which the time is taken.
_HEIGHTS = (0.25, 0.5, 0.75, 0.9)
# Frames: about a phone, a syllable, and two.
_LAGS = (3, 8, 16)

SHAPE = (
    *("slope", "curvature", "error_of_line", "error_of_parabola"),
    *("step", "step_to_std", "rising"),
    *(f"above_{int(100 * height)}" for height in _HEIGHTS),
    *("place_of_max", "place_of_min", "mean_crossings", "centre"),
    *(f"autocorrelation_{lag}" for lag in _LAGS),
    "peaks",
)

N_CYCLES = 8
COURSE = tuple(f"cosine_{k}" for k in range(1, N_CYCLES + 1))

# Frames of the windows that contours are smoothed over: from a phone to half a second.
SCALE_WIDTHS = (5, 11, 25, 51)
SCALES = (
    *(f"log_std_{narrow}_to_{wide}" for narrow, wide in pairwise((1, *SCALE_WIDTHS))),
    f"log_std_from_{SCALE_WIDTHS[-1]}",
)
# Below any movement that is heard, in the units of any contour.
LEAST_MOVEMENT = 1e-4

# Frames at either end: a quarter of a second.
N_EDGE = 25
EDGES = ("onset", "offset")

# A spread below this share of the mean is what rounding left of a contour that does not move, or
# that of the samples: clips mostly come in single precision. So is a step, or a distance from the
# mean, below this share of the spread: where a contour rests.
ROUNDING = 1e-6


def distribution(contours: Contours) -> Contours:
    """How the values of contours are distributed ``(18, n_channels)``: see `DISTRIBUTION`."""
    n_frames = contours.shape[1]
    mean, std, standardised = _standardised(contours)
    squares = standardised * standardised
    skewness = (squares * standardised).mean(axis=1)
    kurtosis = (squares * squares).mean(axis=1)
    ranked = np.sort(contours, axis=1)
    ranks = np.array(_PERCENTILES) / 100 * (n_frames - 1)
    below = ranks.astype(int)
    above = np.minimum(below + 1, n_frames - 1)
    low = ranked[:, below]
    p = (low + (ranks - below) * (ranked[:, above] - low)).T
    log_kurtosis = np.log(np.where(kurtosis > 0, kurtosis, 1))
    ranges = np.stack([p[5] - p[3], p[4] - p[3], p[5] - p[4], p[8] - p[0], p[6] - p[2]])
    for values in (mean, p, ranges):
        values[np.abs(values) < ROUNDING * std] = 0
    return np.concatenate([np.stack([mean, std, skewness, log_kurtosis]), p, ranges])


def shape(contours: Contours) -> Contours:
    """How contours run ``(19, n_channels)``: see `SHAPE`.

    Time runs from -1 to 1 for the line, the parabola and the centre of what lies above the minimum;
    steps are from frame to frame, and places, shares and rates are per frame.
    """
    n_frames = contours.shape[1]
    _, std, standardised = _standardised(contours)
    line, parabola = _polynomials(n_frames)
    slope, curvature = (_sums(standardised, of) for of in (line, parabola))
    # Of standardised contours the mean square is 1, and what a polynomial explains of it is known.
    explained = slope**2 * _mean_square(line), curvature**2 * _mean_square(parabola)
    of_line = np.sqrt(np.maximum((std > 0) - explained[0], 0))
    of_parabola = np.sqrt(np.maximum((std > 0) - explained[0] - explained[1], 0))
    steps = standardised[:, 1:] - standardised[:, :-1]
    steps[np.abs(steps) < ROUNDING] = 0
    n_steps = max(n_frames - 1, 1)
    step = np.abs(steps).sum(axis=1) / n_steps
    lowest = standardised.min(axis=1)
    extent = standardised.max(axis=1) - lowest
    heights = (standardised - lowest[:, None]) / np.where(extent > 0, extent, 1)[:, None]
    is_above = standardised > -ROUNDING
    crossings = (is_above[:, 1:] != is_above[:, :-1]).sum(axis=1) / n_steps
    mass = heights.sum(axis=1)
    times = np.linspace(-1, 1, n_frames) if n_frames > 1 else np.zeros(1)
    is_peak = (steps[:, :-1] > 0) & (steps[:, 1:] <= 0) & (heights[:, 1:-1] > 0.5)
    return np.stack(
        [
            *(slope * std, curvature * std, of_line * std, of_parabola * std),
            *(step * std, step, (steps > 0).sum(axis=1) / n_steps),
            *((heights > height).mean(axis=1) for height in _HEIGHTS),
            (heights > 1 - ROUNDING).argmax(axis=1) / n_frames,
            (heights < ROUNDING).argmax(axis=1) / n_frames,
            crossings,
            _sums(heights, times) / np.where(mass > 0, mass, 1),
            *(_autocorrelation(standardised, lag) for lag in _LAGS),
            is_peak.sum(axis=1) / n_frames,
        ]
    )


def course(contours: Contours) -> Contours:
    """Cosine coefficients 1 to 8 of contours over time ``(8, n_channels)``: their slow course.

    As of contours of one frame a unit of time, so that they do not grow with the length of a clip.
    """
    return np.stack([_sums(contours, cosine) for cosine in _cosines(contours.shape[1])])


def weighted(contours: Contours, weights: NDArray[np.float64]) -> Contours:
    """Weighted means and standard deviations ``(2, n_channels)`` with weights ``(n_frames,)``."""
    shares = weights / weights.sum()
    mean = _sums(contours, shares)
    distances = contours - mean[:, None]
    return np.stack([mean, np.sqrt(_sums(distances * distances, shares))])


def scales(contours: Contours) -> Contours:
    """How much contours move at five speeds ``(5, n_channels)``: logarithms of standard deviations.

    Of the differences of contours smoothed over windows of growing length, and of the smoothest.
    """
    layers = [contours, *(_smoothed(contours, width) for width in SCALE_WIDTHS)]
    parts = [fine - coarse for fine, coarse in pairwise(layers)]
    return np.log(np.stack([part.std(axis=1) for part in (*parts, layers[-1])]) + LEAST_MOVEMENT)


def by_rank(contours: Contours, order: NDArray[np.floating[Any]], n_parts: int) -> Contours:
    """Means over parts of the frames ``(n_parts, n_channels)``, ranked by `order` ``(n_frames,)``.

    From the lowest to the highest, relative to the mean over all. A frame that lies on a border is
    in the parts on both sides of it.
    """
    ranked = contours.take(np.argsort(order, kind="stable"), axis=1)
    n_frames = contours.shape[1]
    places = np.arange(n_parts + 1) * n_frames / n_parts
    starts, stops = places[:-1].astype(int), np.ceil(places[1:]).astype(int)
    mean = contours.mean(axis=1)
    means = [ranked[:, start:stop].mean(axis=1) for start, stop in zip(starts, stops, strict=True)]
    return np.stack(means) - mean


def edges(contours: Contours) -> Contours:
    """Means over a quarter of a second at either end ``(2, n_channels)``, less that of all."""
    ends = contours[:, :N_EDGE], contours[:, -N_EDGE:]
    return np.stack([end.mean(axis=1) for end in ends]) - contours.mean(axis=1)


def _standardised(contours: Contours) -> tuple[Any, Any, Contours]:
    """Means and standard deviations ``(n_channels,)``, and contours in units of both.

    A channel that does not move has the standard deviation 0 and is 0.
    """
    # Seen from its first frame a constant is exactly 0.
    first = contours[:, :1]
    centred = contours - first
    distance = centred.mean(axis=1, keepdims=True)
    centred -= distance
    mean = (first + distance)[:, 0]
    std = np.sqrt((centred * centred).mean(axis=1))
    std = np.where(std > ROUNDING * np.abs(mean), std, 0.0)
    centred /= np.where(std > 0, std, np.inf)[:, None]
    return mean, std, centred


@functools.lru_cache(maxsize=256)
def _polynomials(n_frames: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights ``(n_frames,)`` whose sums over a contour are its slope and its curvature."""
    times = np.linspace(-1, 1, n_frames) if n_frames > 1 else np.zeros(1)
    parabola = times * times - (times * times).mean()
    return tuple(  # type: ignore[return-value]
        basis / energy if (energy := (basis * basis).sum()) > ROUNDING else np.zeros(n_frames)
        for basis in (times, parabola)
    )


def _mean_square(weights: NDArray[np.float64]) -> float:
    """Mean square of the polynomial that some weights of `_polynomials` measure."""
    energy = (weights * weights).sum()
    return 1 / (energy * len(weights)) if energy > 0 else 0.0


@functools.lru_cache(maxsize=256)
def _cosines(n_frames: int) -> NDArray[np.float64]:
    """Weights ``(8, n_frames)`` of the cosine coefficients; 0 for those a short clip has not."""
    angles = np.outer(np.arange(1, N_CYCLES + 1), np.arange(n_frames) + 0.5) * np.pi / n_frames
    weights = np.cos(angles) * np.sqrt(2) / n_frames
    weights[n_frames - 1 :] = 0
    return weights


def _sums(contours: Contours, weights: NDArray[np.float64]) -> Any:
    """Weighted sums over time ``(n_channels,)``, in an order that no thread count changes."""
    return np.einsum("ct,t->c", contours, weights)


def _autocorrelation(standardised: Contours, lag: int) -> Any:
    """Correlation ``(n_channels,)`` of standardised contours with themselves some frames later."""
    n_pairs = standardised.shape[1] - lag
    if n_pairs <= 0:
        return np.zeros(len(standardised))
    return np.einsum("ct,ct->c", standardised[:, lag:], standardised[:, :-lag]) / n_pairs


def _smoothed(contours: Contours, width: int) -> Contours:
    """Contours smoothed by a Hann window; their ends go on level."""
    window = np.hanning(width + 2)[1:-1]
    padded = np.pad(contours, ((0, 0), (width // 2, width // 2)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, width, axis=1)
    return windows @ (window / window.sum())
