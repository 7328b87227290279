"""The extended Geneva set: its own contours, and all functionals of a clip in one pass."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sertools.core.gemaps import COLUMNS, N_EVERYWHERE, PEAK_PROMINENCE, ROUNDING
from sertools.core.spectral import power_to_db
from sertools.kernels.cpu._compile import compiled

__all__ = ["functionals", "sound_level", "spectral_change"]


def spectral_change(spectra: np.ndarray) -> np.ndarray:
    """Twin of `sertools.core.gemaps.spectral_change`."""
    change = np.zeros(len(spectra), dtype=spectra.dtype)
    _changes(np.sqrt(spectra), change)
    return change


def sound_level(x: np.ndarray) -> float:
    """Twin of `sertools.core.gemaps.sound_level`."""
    return float(power_to_db(np.array(_power(x)), top_db=None))


def functionals(
    contours: np.ndarray, *, voiced: np.ndarray, frame_rate: float, level: float
) -> np.ndarray:
    """Twin of `sertools.core.gemaps.functionals`."""
    row = np.zeros(len(COLUMNS))
    # One channel per row, in double precision.
    channels = contours.T.astype(np.float64, order="C")
    _fill(channels, voiced, N_EVERYWHERE, frame_rate, ROUNDING, PEAK_PROMINENCE, row)
    row[-1] = level
    return row


@compiled
def _changes(magnitudes: Any, change: Any) -> None:
    """Write the root mean square changes ``(n_frames,)``, from the second frame on."""
    n_frames, n_bins = magnitudes.shape
    for t in range(1, n_frames):
        squares = magnitudes.dtype.type(0)
        for b in range(n_bins):
            step = magnitudes[t, b] - magnitudes[t - 1, b]
            squares += step * step
        change[t] = math.sqrt(squares / n_bins)


@compiled
def _power(x: Any) -> float:
    """Mean square of a clip, summed in double precision."""
    total = 0.0
    for i in range(x.shape[0]):
        total += np.float64(x[i]) * np.float64(x[i])
    return total / x.shape[0]


@compiled
def _fill(
    channels: Any,
    voiced: Any,
    n_everywhere: int,
    frame_rate: float,
    rounding: float,
    prominence: float,
    row: Any,
) -> None:
    """Write all numbers but the level into the row, in the order of their columns."""
    n_channels, n_frames = channels.shape
    always = np.ones(n_frames, np.bool_)
    unvoiced = ~voiced
    smooth = np.zeros_like(channels)
    for c in range(n_channels):
        _smooth(channels[c], always if c < n_everywhere else voiced, smooth[c])
    loudness = smooth[0]
    _write_dynamics(smooth[n_everywhere], voiced, frame_rate, rounding, row[:10])
    _write_dynamics(loudness, always, frame_rate, rounding, row[10:20])
    at = 20
    for c in range(5, n_everywhere):
        row[at], row[at + 1] = _spread(smooth[c], always, rounding)
        at += 2
    for c in range(n_everywhere + 1, n_channels):
        row[at], row[at + 1] = _spread(smooth[c], voiced, rounding)
        at += 2
    for c in range(1, n_everywhere):
        row[at], row[at + 1] = _spread(smooth[c], voiced, rounding)
        at += 2
    for c in range(1, 6):
        row[at], _ = _spread(smooth[c], unvoiced, rounding)
        at += 1
    seconds = n_frames / frame_rate
    row[at] = _count_peaks(loudness, prominence, rounding) / seconds
    n_voices, row[at + 2], row[at + 3] = _stretches(voiced, frame_rate)
    row[at + 1] = n_voices / seconds
    _, row[at + 4], row[at + 5] = _stretches(unvoiced, frame_rate)


@compiled
def _smooth(contour: Any, counts: Any, smooth: Any) -> None:
    """Write the means of each frame that counts and its neighbours, as far as they do."""
    n_frames = contour.shape[0]
    for t in range(n_frames):
        if not counts[t]:
            continue
        total, n_summed = contour[t], 1
        if t > 0 and counts[t - 1]:
            total += contour[t - 1]
            n_summed += 1
        if t + 1 < n_frames and counts[t + 1]:
            total += contour[t + 1]
            n_summed += 1
        smooth[t] = total * (1 / n_summed)


@compiled
def _spread(contour: Any, counts: Any, rounding: float) -> Any:
    """Mean and coefficient of variation of the frames that count."""
    n_values, total, squares = 0, 0.0, 0.0
    for t in range(contour.shape[0]):
        if counts[t]:
            total += contour[t]
            n_values += 1
    if n_values == 0:
        return 0.0, 0.0
    mean = total / n_values
    for t in range(contour.shape[0]):
        if counts[t]:
            squares += (contour[t] - mean) ** 2
    std = math.sqrt(squares / n_values)
    return mean, std / mean if abs(mean) > rounding * std else 0.0


@compiled
def _write_dynamics(
    contour: Any, counts: Any, frame_rate: float, rounding: float, row: Any
) -> None:
    """Write spread, percentiles and slopes of the frames that count."""
    n_frames = contour.shape[0]
    ranked = np.sort(contour[counts])
    if ranked.shape[0] == 0:
        return
    row[0], row[1] = _spread(contour, counts, rounding)
    row[2], row[3], row[4] = _quantile(ranked, 0.2), _quantile(ranked, 0.5), _quantile(ranked, 0.8)
    row[5] = row[4] - row[2]
    least = rounding * max(abs(ranked[0]), abs(ranked[-1]))
    rising, falling = np.empty(n_frames), np.empty(n_frames)
    n_rising, n_falling = 0, 0
    stop = 0
    while stop < n_frames - 1:
        start = stop
        direction = _direction(contour, counts, start, least)
        stop += 1
        while stop < n_frames - 1 and _direction(contour, counts, stop, least) == direction:
            stop += 1
        slope = (contour[stop] - contour[start]) * frame_rate / (stop - start)
        if direction > 0:
            rising[n_rising] = slope
            n_rising += 1
        elif direction < 0:
            falling[n_falling] = -slope
            n_falling += 1
    row[6], row[7] = _mean_and_std(rising[:n_rising])
    row[8], row[9] = _mean_and_std(falling[:n_falling])


@compiled
def _quantile(ranked: Any, fraction: float) -> float:
    """A quantile of ranked values ``(n,)``, interpolated between the two nearest."""
    rank = fraction * (ranked.shape[0] - 1)
    below = int(rank)
    above = min(below + 1, ranked.shape[0] - 1)
    return ranked[below] + (rank - below) * (ranked[above] - ranked[below])


@compiled
def _direction(contour: Any, counts: Any, t: int, least: float) -> int:
    """Whether a contour rises (1) or falls (-1) from a frame to the next, if both count."""
    step = contour[t + 1] - contour[t]
    if not (counts[t] and counts[t + 1]) or abs(step) <= least:
        return 0
    return 1 if step > 0 else -1


@compiled
def _count_peaks(contour: Any, prominence: float, rounding: float) -> int:
    """How many maxima, of one frame or several equal ones, rise by a share of the range."""
    n_frames = contour.shape[0]
    highest, lowest = contour.max(), contour.min()
    least = max(prominence * (highest - lowest), rounding * max(abs(highest), abs(lowest)))
    n_peaks = 0
    last = 0  # frame of the plateau that ends here
    for t in range(1, n_frames - 1):
        if contour[t - 1] < contour[t]:
            last = t
            while last < n_frames - 1 and contour[last + 1] == contour[t]:
                last += 1
            if last < n_frames - 1 and contour[last + 1] < contour[t]:
                valley = max(_lowest(contour, t, -1), _lowest(contour, last, 1))
                n_peaks += contour[t] - valley >= least
    return n_peaks


@compiled
def _lowest(contour: Any, peak: int, direction: int) -> float:
    """The lowest value on the way from a peak to the next frame above it, or to the end."""
    lowest = contour[peak]
    t = peak
    while 0 <= t < contour.shape[0] and contour[t] <= contour[peak]:
        lowest = min(lowest, contour[t])
        t += direction
    return lowest


@compiled
def _stretches(mask: Any, frame_rate: float) -> Any:
    """Number of the runs of True, and mean and standard deviation of their lengths in seconds."""
    lengths = np.zeros(mask.shape[0])
    n_runs = 0
    for t in range(mask.shape[0]):
        if mask[t]:
            n_runs += t == 0 or not mask[t - 1]
            lengths[n_runs - 1] += 1
    mean, std = _mean_and_std(lengths[:n_runs] / frame_rate)
    return n_runs, mean, std


@compiled
def _mean_and_std(values: Any) -> Any:
    """Mean and standard deviation of ``(n,)`` values, 0 of none."""
    if values.shape[0] == 0:
        return 0.0, 0.0
    return values.mean(), values.std()
