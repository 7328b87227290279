"""Pitch with both transforms of a group of frames side by side, and compiled loops after them."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np

from sertools.core.pitch import (
    LEAST_ENERGY,
    N_CANDIDATES,
    OCTAVE_COST,
    SILENCE,
    VOICING_THRESHOLD,
    pitch_plan,
)
from sertools.kernels.cpu._compile import compiled
from sertools.kernels.cpu._lanes import group_size, load, spread, store
from sertools.kernels.cpu._transform import Plan as Passes
from sertools.kernels.cpu._transform import (
    cut,
    energies,
    from_lanes,
    group_room,
    plan_of,
    transform,
)

__all__ = ["track_pitch"]


class _Plan(NamedTuple):
    """What a `PitchPlan` holds, in the precision of the clip, and the plans of both transforms."""

    step: int
    hop_length: int
    low_pass: np.ndarray
    window: np.ndarray
    loudness: np.ndarray
    window_correlation: np.ndarray
    spectra: Passes
    correlations: Passes
    lag_rate: float
    first_lag: int
    fmin: float
    fmax: float
    ceiling: float
    least_energy: float
    voicing_threshold: float
    silence: float
    octave_cost: float
    jump_cost: float
    voicing_cost: float
    n_candidates: int


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
    # In one compiled call: between two of them a thread would wait for the interpreter.
    f0, strength = _track(x, _plan_of(sr, hop_length, fmin, fmax, x.dtype), center)
    return f0, strength


@functools.lru_cache(maxsize=32)
def _plan_of(sr: float, hop_length: int, fmin: float, fmax: float, dtype: Any) -> _Plan:
    """The plan, made once."""
    plan = pitch_plan(sr=sr, hop_length=hop_length, fmin=fmin, fmax=fmax)
    # Half the length of the real transforms: that of frames, and one for twice as many lags. There
    # is a plan for all lengths that SciPy calls fast.
    spectra, correlations = plan_of(plan.n_fft // 2, dtype), plan_of(plan.n_fft, dtype)
    assert spectra is not None
    assert correlations is not None
    return _Plan(
        step=plan.step,
        hop_length=plan.hop_length,
        low_pass=plan.low_pass.astype(dtype),
        window=plan.window.astype(dtype),
        loudness=plan.loudness.astype(dtype),
        window_correlation=plan.window_correlation.astype(dtype),
        spectra=spectra,
        correlations=correlations,
        lag_rate=plan.lag_rate,
        first_lag=plan.first_lag,
        fmin=float(fmin),
        fmax=float(fmax),
        ceiling=float(plan.ceiling),
        least_energy=LEAST_ENERGY,
        voicing_threshold=VOICING_THRESHOLD,
        silence=SILENCE,
        octave_cost=OCTAVE_COST,
        jump_cost=plan.jump_cost,
        voicing_cost=plan.voicing_cost,
        n_candidates=N_CANDIDATES,
    )


@compiled
def _room(n_times: int, frame_length: int, center: bool, like: Any) -> Any:
    """Zeros in which `sertools.core.framing.frame` finds its frames, and where the clip goes."""
    before = frame_length // 2 if center else 0
    after = before if center else max(0, frame_length - n_times)
    whole = np.zeros(before + n_times + after, like.dtype)
    return whole, whole[before : before + n_times]


# Exact: the reciprocal of a denormal peak would be infinite.
@functools.partial(compiled, exact=True)
def _level(x: Any, levelled: Any) -> None:
    """Write the clip without its mean, with a peak of 1; a constant becomes silence."""
    _centre(x, levelled)
    peak = x.dtype.type(0)
    for i in range(len(levelled)):
        size = abs(levelled[i])
        peak = size if size > peak else peak
    if peak > 0:
        for i in range(len(levelled)):
            levelled[i] /= peak


@functools.partial(compiled, exact=True)
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
    width, n_taps = group_size(x), len(low_pass)
    n_together = 4 * width
    # Every so many-th sample in a row of its own: there neighbours in the band are neighbours, too.
    n_columns = len(band) + n_together + n_taps
    rows = np.empty(step * n_columns, x.dtype)
    for first in range(step):
        samples = x[first::step]
        row = rows[first * n_columns : (first + 1) * n_columns]
        n_samples = min(len(samples), n_columns)
        for i in range(n_samples):
            row[i] = samples[i]
        row[n_samples:] = 0
    last = np.empty(n_together, x.dtype)
    for at in range(0, len(band), n_together):
        # Four sums at a time, so that none waits for the one before.
        a = b = c = d = spread(x.dtype.type(0))
        for k in range(n_taps):
            tap = spread(low_pass[k])
            i = k % step * n_columns + k // step + at
            a = a + tap * load(rows, i)
            b = b + tap * load(rows, i + width)
            c = c + tap * load(rows, i + 2 * width)
            d = d + tap * load(rows, i + 3 * width)
        is_whole = at + n_together <= len(band)
        out, to = (band, at) if is_whole else (last, 0)
        store(out, to, a)
        store(out, to + width, b)
        store(out, to + 2 * width, c)
        store(out, to + 3 * width, d)
        if not is_whole:
            for i in range(at, len(band)):
                band[i] = last[i - at]


@compiled
def _correlate(x: Any, plan: Any, correlation: Any, loudness: Any) -> None:
    """Write the autocorrelation ``(n_frames, n_lags)`` and the loudness ``(n_frames, 1)``."""
    forward, back = plan.spectra, plan.correlations
    n_samples, n_fft = len(plan.window), len(back.halves) // 2 - 1
    group, room = group_room(n_fft, x), group_room(n_fft, x)
    # Twice the size of the spectrum, to have twice as many lags.
    mirrored, twin = group_room(2 * n_fft, x), group_room(2 * n_fft, x)
    energy, total = group_room(n_fft // 2 + 1, x), group_room(1, x)
    width = group_size(x)
    for first in range(0, len(correlation), width):
        cut(x, first * plan.hop_length, plan.hop_length, n_samples, group, room)
        _weigh_without_mean(group, plan.window)
        group[n_samples * width :] = 0
        bins = transform(group, room, forward.radices, forward.twiddles)
        energies(bins, forward.halves, energy)
        _sum_weighted(energy, plan.loudness, total)
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


@compiled
def _energies_of_frames(correlation: Any, share: float) -> Any:
    """Energies ``(n_frames,)``, none less than a share of the largest."""
    energy = np.empty(len(correlation), correlation.dtype)
    least = np.finfo(correlation.dtype).tiny
    for t in range(len(energy)):
        least = max(least, correlation.dtype.type(share * correlation[t, 0]))
    for t in range(len(energy)):
        energy[t] = max(correlation[t, 0], least)
    return energy


# Another order of the sums could bring the bend of a flat peak to 0.
@functools.partial(compiled, exact=True)
def _candidates(
    correlation: Any,
    energy: Any,
    plan: Any,
) -> Any:
    """Frequencies in Hz, heights and merits ``(n_frames, n_candidates)`` of the best peaks.

    A frame with fewer peaks has candidates of height 0 and merit -inf, after all others.
    """
    n_frames, n_lags = correlation.shape
    fmin, first_lag, n_candidates = plan.fmin, plan.first_lag, plan.n_candidates
    one = correlation.dtype.type(1)
    below_one = one - np.finfo(correlation.dtype).eps
    frequency = np.full((n_frames, n_candidates), fmin, correlation.dtype)
    height = np.zeros((n_frames, n_candidates), correlation.dtype)
    merit = np.full((n_frames, n_candidates), -np.inf)
    row = np.empty(n_lags, correlation.dtype)
    # Without branches, and over slices from zero on, many lags are compared at once.
    left, middle, right = row[first_lag - 1 : -2], row[first_lag:-1], row[first_lag + 1 :]
    is_peak = np.empty(len(middle), np.bool_)
    lag_weights = one / plan.window_correlation
    for t in range(n_frames):
        weight = one / energy[t]
        for lag in range(n_lags):
            row[lag] = correlation[t, lag] * weight * lag_weights[lag]
        for k in range(len(middle)):
            is_peak[k] = (middle[k] > 0) & (middle[k] > left[k]) & (middle[k] >= right[k])
        for k in range(len(middle)):
            if not is_peak[k]:
                continue
            before, here, after = left[k], middle[k], right[k]
            bend = (here - before) + (here - after)
            shift = (after - before) / (2 * bend)
            its_frequency = plan.lag_rate / (first_lag + k + shift)
            if not fmin <= its_frequency <= plan.ceiling:
                continue
            its_height = min(here + (after - before) * shift / 4, below_one)
            its_merit = its_height + plan.octave_cost * np.log2(its_frequency / fmin)
            _insert(its_merit, merit[t], its_height, height[t], its_frequency, frequency[t])
    return frequency, height, merit


@compiled
def _unvoiced(loudness: Any, plan: Any) -> Any:
    """What the voiced candidates of each frame have to beat ``(n_frames,)``."""
    share = (1 + plan.voicing_threshold) / plan.silence
    loudest = np.finfo(loudness.dtype).tiny
    for t in range(len(loudness)):
        loudest = max(loudest, loudness[t])
    merit = np.empty_like(loudness)
    for t in range(len(loudness)):
        hush = 2 - np.sqrt(loudness[t] / loudest) * share
        merit[t] = plan.voicing_threshold + max(hush, 0.0)
    return merit


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
            strength[t] = height[t, 0]
            for j in range(1, n_candidates):
                strength[t] = max(strength[t], height[t, j])
        k = came_from[t, k]
    return f0, strength


@compiled
def _track(x: Any, plan: Any, center: bool) -> Any:
    """F0 and strength ``(n_frames,)`` of a clip."""
    # Loops over contiguous samples are several times faster than over a view of frames.
    padded, levelled = _room(len(x), len(plan.low_pass), True, x)
    _level(x, levelled)
    framed, band = _room(len(x) // plan.step, len(plan.window), center, x)
    _low_pass(padded, plan.low_pass, plan.step, band)
    n_frames = 1 + (len(framed) - len(plan.window)) // plan.hop_length
    correlation = np.empty((n_frames, len(plan.window_correlation)), x.dtype)
    loudness = np.empty((n_frames, 1), x.dtype)
    _correlate(framed, plan, correlation, loudness)
    energy = _energies_of_frames(correlation, plan.least_energy)
    frequency, height, merit = _candidates(correlation, energy, plan)
    unvoiced = _unvoiced(loudness[:, 0], plan)
    f0, strength = _best_path(frequency, height, merit, unvoiced, plan.jump_cost, plan.voicing_cost)
    for t in range(n_frames):
        if f0[t] > plan.fmax:
            f0[t] = 0
    return f0, strength
