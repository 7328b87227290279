"""Pitch with transforms in single precision and compiled loops between them."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from scipy.fft import dct, rfft

from sertools.core.pitch import (
    LAGS_PER_SAMPLE,
    LEAST_ENERGY,
    N_CANDIDATES,
    OCTAVE_COST,
    PitchPlan,
    pitch_plan,
    unvoiced_merit,
)
from sertools.kernels.cpu._compile import compiled

__all__ = ["track_pitch"]

# Frames in a block: with their spectra they stay in a second-level cache.
_BLOCK = 64


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
    window, weights = plan.window.astype(x.dtype), plan.loudness.astype(x.dtype)
    n_frames = 1 + (len(x) - len(window)) // plan.hop_length
    n_lags = len(plan.window_correlation)
    correlation = np.empty((n_frames, n_lags), dtype=x.dtype)
    loudness = np.empty(n_frames, dtype=x.dtype)
    # The end of both stays zero: of frames for lack of samples, of spectra to make lags denser.
    windowed = np.zeros((_BLOCK, plan.n_fft), dtype=x.dtype)
    energies = np.zeros((_BLOCK, LAGS_PER_SAMPLE * plan.n_fft // 2 + 1), dtype=x.dtype)
    for start in range(0, n_frames, _BLOCK):
        n_block = min(_BLOCK, n_frames - start)
        block = slice(start, start + n_block)
        _window(x[start * plan.hop_length :], plan.hop_length, window, windowed[:n_block])
        _measure(rfft(windowed[:n_block], axis=1), weights, energies, loudness[block])
        # The cosine transform is the half that matters of a transform that is real and even.
        correlation[block] = dct(energies[:n_block], type=1, axis=1)[:, :n_lags]
    return correlation, loudness


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
def _window(x: Any, hop_length: int, window: Any, windowed: Any) -> None:
    """Write frames without their mean, times the window, into the first columns of `windowed`."""
    total_weight = window.sum()
    for t in range(windowed.shape[0]):
        piece = x[t * hop_length : t * hop_length + window.shape[0]]
        mean = x.dtype.type(0)
        for i in range(window.shape[0]):
            mean += piece[i] * window[i]
        mean /= total_weight
        for i in range(window.shape[0]):
            windowed[t, i] = (piece[i] - mean) * window[i]


@compiled
def _measure(bins: Any, weights: Any, energies: Any, loudness: Any) -> None:
    """Write ``|bins|²`` into the first columns of `energies`, and their weighted sums."""
    for t in range(bins.shape[0]):
        total = energies.dtype.type(0)
        for k in range(bins.shape[1]):
            energy = bins[t, k].real * bins[t, k].real + bins[t, k].imag * bins[t, k].imag
            energies[t, k] = energy
            total += energy * weights[k]
        loudness[t] = total


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
