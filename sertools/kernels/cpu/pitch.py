"""Pitch with both transforms of a group of frames side by side, and compiled loops after them."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from sertools.core.pitch import (
    LEAST_ENERGY,
    N_CANDIDATES,
    OCTAVE_COST,
    PitchPlan,
    pitch_plan,
    unvoiced_merit,
)
from sertools.kernels.cpu._compile import compiled
from sertools.kernels.cpu._lanes import group_size, load, spread, store
from sertools.kernels.cpu._transform import (
    cut,
    energies,
    from_lanes,
    group_room,
    plan_of,
    transform,
)

__all__ = ["track_pitch"]


def track_pitch(
    x: np.ndarray,
    *,
    sr: float,
    hop_length: int,
    fmin: float = 60.0,
    fmax: float = 600.0,
    center: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """Twin of `sertools.core.pitch.track_pitch`."""
    plan = pitch_plan(sr=sr, hop_length=hop_length, fmin=fmin, fmax=fmax)
    # Loops over contiguous samples are several times faster than over a view of frames.
    padded, levelled = _room(len(x), len(plan.low_pass), x.dtype)
    _level(x, levelled)
    framed, band = _room(len(x) // plan.step, len(plan.window), x.dtype, center)
    _low_pass(padded, plan.low_pass.astype(x.dtype), plan.step, band)
    correlation, loudness = _correlation(framed, plan)
    energy = correlation[:, 0]
    least = np.maximum(LEAST_ENERGY * energy.max(), np.finfo(x.dtype).tiny)
    frequency, height, merit = _candidates(
        correlation,
        np.maximum(energy, least),
        plan.window_correlation.astype(x.dtype),
        plan.lag_rate,
        plan.first_lag,
        (float(fmin), plan.ceiling),
        OCTAVE_COST,
        N_CANDIDATES,
    )
    unvoiced = unvoiced_merit(loudness)
    f0, strength = _best_path(frequency, height, merit, unvoiced, plan.jump_cost, plan.voicing_cost)
    f0[f0 > fmax] = 0
    return f0, strength


def _room(
    n_times: int, frame_length: int, dtype: np.dtype[Any], center: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Zeros in which `sertools.core.framing.frame` finds its frames, and where the clip goes."""
    before = frame_length // 2 if center else 0
    after = before if center else max(0, frame_length - n_times)
    whole = np.zeros(before + n_times + after, dtype=dtype)
    return whole, whole[before : before + n_times]


def _level(x: np.ndarray, levelled: np.ndarray) -> None:
    """Write the clip without its mean, with a peak of 1; a constant becomes silence."""
    _centre(x, levelled)
    peak = max(levelled.max(), -levelled.min())
    if peak > 0:
        levelled /= peak


def _correlation(x: np.ndarray, plan: PitchPlan) -> tuple[np.ndarray, np.ndarray]:
    """The autocorrelation ``(n_frames, n_lags)`` of the frames of a clip ``(n_times,)``.

    And the weighted energy ``(n_frames,)`` of each.
    """
    n_frames = 1 + (len(x) - len(plan.window)) // plan.hop_length
    correlation = np.empty((n_frames, len(plan.window_correlation)), dtype=x.dtype)
    loudness = np.empty((n_frames, 1), dtype=x.dtype)
    _correlate(
        x,
        plan.hop_length,
        plan.window.astype(x.dtype),
        plan.loudness.astype(x.dtype),
        plan_of(plan.n_fft // 2, x.dtype),
        plan_of(plan.n_fft, x.dtype),
        correlation,
        loudness,
    )
    return correlation, loudness[:, 0]


@compiled
def _centre(x: Any, centred: Any) -> None:
    """Write the clip without its mean, exactly 0 for a constant."""
    total = 0.0
    for i in range(len(x)):
        centred[i] = x[i] - x[0]
        total += centred[i]
    mean = x.dtype.type(total / len(x))
    for i in range(len(x)):
        centred[i] -= mean


@compiled
def _low_pass(x: Any, low_pass: Any, step: int, band: Any) -> None:
    """Write every so many-th sample ``(n_samples,)`` of a padded clip after a filter."""
    for i in range(len(band)):
        piece = x[i * step : i * step + low_pass.shape[0]]
        total = x.dtype.type(0)
        for k in range(low_pass.shape[0]):
            total += low_pass[k] * piece[k]
        band[i] = total


@compiled
def _correlate(
    x: Any,
    hop_length: int,
    window: Any,
    weights: Any,
    forward: Any,
    back: Any,
    correlation: Any,
    loudness: Any,
) -> None:
    """Write the autocorrelation ``(n_frames, n_lags)`` and the loudness ``(n_frames, 1)``.

    `forward` is the plan of spectra, `back` that of their transforms.
    """
    n_samples, n_fft = len(window), len(back.halves) // 2 - 1
    group, room = group_room(n_fft, x), group_room(n_fft, x)
    # Twice the size of the spectrum, to have twice as many lags.
    mirrored, twin = group_room(2 * n_fft, x), group_room(2 * n_fft, x)
    energy, total = group_room(n_fft // 2 + 1, x), group_room(1, x)
    width = group_size(x)
    lags = mirrored[: correlation.shape[1] * width]
    for first in range(0, len(correlation), width):
        cut(x, first * hop_length, hop_length, n_samples, group, room)
        _weigh_without_mean(group, window)
        group[n_samples * width :] = 0
        bins = transform(group, room, forward.radices, forward.twiddles)
        energies(bins, forward.halves, energy)
        _sum_weighted(energy, weights, total)
        from_lanes(total, loudness, first)
        _mirror(energy, back.halves, mirrored)
        lags = transform(mirrored, twin, back.radices, back.twiddles)
        from_lanes(lags, correlation, first)


@compiled
def _weigh_without_mean(group: Any, window: Any) -> None:
    """Take its mean under the window from each frame of a group, and weigh it with the window."""
    width = group_size(group)
    mean = spread(group.dtype.type(0))
    for i in range(len(window)):
        mean = mean + load(group, i * width) * spread(window[i])
    mean = mean * spread(group.dtype.type(1) / window.sum())
    for i in range(len(window)):
        store(group, i * width, (load(group, i * width) - mean) * spread(window[i]))


@compiled
def _sum_weighted(energy: Any, weights: Any, total: Any) -> None:
    """Write the weighted sum of the bins of each frame of a group."""
    width = group_size(energy)
    even = odd = spread(energy.dtype.type(0))
    for k in range(0, len(weights) - 1, 2):
        even = even + load(energy, k * width) * spread(weights[k])
        odd = odd + load(energy, (k + 1) * width) * spread(weights[k + 1])
    if len(weights) % 2:
        last = len(weights) - 1
        even = even + load(energy, last * width) * spread(weights[last])
    store(total, 0, even + odd)


@compiled
def _mirror(energy: Any, halves: Any, mirrored: Any) -> None:
    """Write energies such that their complex transform is their cosine transform, twice as dense.

    The energies e are those of n / 2 + 1 bins. The real part of the transform of e, mirrored to n
    bins, has the lags 2m; the same turned by half a step, ``e[k] exp(-i pi k / n)``, has the lags
    2m + 1. Both are real, and are found at once as the real and the imaginary part of one transform
    of ``e[k] (1 + i exp(-i pi k / n))``. The last bin meets its mirror image there: it counts
    twice, as all others but the first.
    """
    width = group_size(energy)
    n = len(halves) // 2 - 1
    one = spread(energy.dtype.type(1))
    for k in range(n // 2 + 1):
        here = load(energy, k * width)
        cos, sin = spread(halves[2 * k]), spread(halves[2 * k + 1])
        store(mirrored, 2 * k * width, here * (one - sin))
        store(mirrored, (2 * k + 1) * width, here * cos)
        if k > 0 and 2 * k < n:
            store(mirrored, 2 * (n - k) * width, here * (one + sin))
            store(mirrored, (2 * (n - k) + 1) * width, here * cos)


@compiled
def _insert(
    its_merit: float,
    merit: Any,
    its_height: float,
    height: Any,
    its_frequency: float,
    frequency: Any,
) -> None:
    """Put a peak where it belongs among the best ones ``(n_candidates,)`` so far, if it does."""
    k = merit.shape[0]
    while k > 0 and its_merit > merit[k - 1]:
        k -= 1
        if k + 1 < merit.shape[0]:
            merit[k + 1], height[k + 1], frequency[k + 1] = merit[k], height[k], frequency[k]
    if k < merit.shape[0]:
        merit[k], height[k], frequency[k] = its_merit, its_height, its_frequency


# Another order of the sums could bring the bend of a flat peak to 0.
@functools.partial(compiled, exact=True)
def _candidates(
    correlation: Any,
    energy: Any,
    window_correlation: Any,
    lag_rate: float,
    first_lag: int,
    limits: tuple[float, float],
    octave_cost: float,
    n_candidates: int,
) -> Any:
    """Frequencies in Hz, heights and merits ``(n_frames, n_candidates)`` of the best peaks.

    A frame with fewer peaks has candidates of height 0 and merit -inf, after all others.
    """
    n_frames, n_lags = correlation.shape
    fmin, ceiling = limits
    one = correlation.dtype.type(1)
    below_one = one - np.finfo(correlation.dtype).eps
    frequency = np.full((n_frames, n_candidates), fmin, correlation.dtype)
    height = np.zeros((n_frames, n_candidates), correlation.dtype)
    merit = np.full((n_frames, n_candidates), -np.inf)
    row = np.empty(n_lags, correlation.dtype)
    lag_weights = one / window_correlation
    for t in range(n_frames):
        weight = one / energy[t]
        for lag in range(n_lags):
            row[lag] = correlation[t, lag] * weight * lag_weights[lag]
        for lag in range(first_lag, n_lags - 1):
            before, here, after = row[lag - 1], row[lag], row[lag + 1]
            if not (here > 0 and here > before and here >= after):
                continue
            bend = (here - before) + (here - after)
            shift = (after - before) / (2 * bend)
            its_frequency = lag_rate / (lag + shift)
            if not fmin <= its_frequency <= ceiling:
                continue
            its_height = min(here + (after - before) * shift / 4, below_one)
            its_merit = its_height + octave_cost * np.log2(its_frequency / fmin)
            _insert(its_merit, merit[t], its_height, height[t], its_frequency, frequency[t])
    return frequency, height, merit


@compiled
def _best_path(
    frequency: Any,
    height: Any,
    merit: Any,
    unvoiced: Any,
    jump_cost: float,
    voicing_cost: float,
) -> Any:
    """F0 and strength ``(n_frames,)`` on the path of the highest total (Viterbi)."""
    n_frames, n_candidates = frequency.shape
    octave = np.log2(frequency)
    total = np.zeros(n_candidates + 1)
    before = np.zeros(n_candidates + 1)
    came_from = np.zeros((n_frames, n_candidates + 1), np.uint8)
    for t in range(n_frames):
        before, total = total, before
        for k in range(n_candidates + 1):
            best, origin = -np.inf, 0
            for j in range(n_candidates + 1):
                if t == 0 or (k == 0 and j == 0):
                    cost = 0.0
                elif k == 0 or j == 0:
                    cost = voicing_cost
                else:
                    cost = jump_cost * abs(octave[t, k - 1] - octave[t - 1, j - 1])
                if before[j] - cost > best:
                    best, origin = before[j] - cost, j
            came_from[t, k] = origin
            total[k] = best + (merit[t, k - 1] if k else unvoiced[t])
    f0 = np.zeros(n_frames, frequency.dtype)
    strength = np.empty(n_frames, frequency.dtype)
    k = int(total.argmax())
    for t in range(n_frames - 1, -1, -1):
        if k:
            f0[t] = frequency[t, k - 1]
            strength[t] = height[t, k - 1]
        else:
            strength[t] = height[t].max()
        k = came_from[t, k]
    return f0, strength
