"""The cycles of a voice, sought in compiled loops."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from sertools.core.voice import (
    ALPHA_BANDS,
    CYCLE_LIMITS,
    HAMMARBERG_BANDS,
    PERIODS_COMPARED,
    PULSE_SEARCH,
    Pulses,
    band,
    correlation_to_db,
    decibels_between,
)
from sertools.kernels.cpu._compile import compiled

__all__ = [
    "alpha_ratio",
    "cycles",
    "hammarberg_index",
]

_TINY = np.finfo(np.float64).tiny


def cycles(x: np.ndarray, *, f0: np.ndarray, centers: np.ndarray, sr: float) -> np.ndarray:
    """Twin of `sertools.core.voice.cycles`."""
    f0, centers, voiced = f0.astype(np.float64), centers.astype(np.float64), f0 > 0
    jitter, shimmer, correlation = _cycles(
        x, f0, centers, centers[voiced], float(sr), PULSE_SEARCH, CYCLE_LIMITS, PERIODS_COMPARED
    )
    ratio = correlation_to_db(correlation, voiced=voiced)[voiced]
    return np.stack([jitter, shimmer, ratio], axis=1)


def alpha_ratio(spectra: np.ndarray, *, frequencies: np.ndarray) -> np.ndarray:
    """Twin of `sertools.core.voice.alpha_ratio`."""
    low, high = (_sums(spectra, *band(frequencies, *limits)) for limits in ALPHA_BANDS)
    return decibels_between(low, high)


def hammarberg_index(spectra: np.ndarray, *, frequencies: np.ndarray) -> np.ndarray:
    """Twin of `sertools.core.voice.hammarberg_index`."""
    low, high = (_peaks(spectra, *band(frequencies, *limits)) for limits in HAMMARBERG_BANDS)
    return decibels_between(low, high)


@compiled
def _sums(spectra: Any, first: int, stop: int) -> Any:
    """Sums ``(n_frames,)`` of the bins from `first` on and before `stop`."""
    sums = np.empty(spectra.shape[0], spectra.dtype)
    for t in range(spectra.shape[0]):
        part = spectra[t, first:stop]
        total = spectra.dtype.type(0)
        for k in range(part.shape[0]):
            total += part[k]
        sums[t] = total
    return sums


@compiled
def _peaks(spectra: Any, first: int, stop: int) -> Any:
    """The largest ``(n_frames,)`` of the bins from `first` on and before `stop`."""
    peaks = np.empty(spectra.shape[0], spectra.dtype)
    for t in range(spectra.shape[0]):
        part = spectra[t, first:stop]
        peak = spectra.dtype.type(0)
        for k in range(part.shape[0]):
            # No branch, so that several are compared at once.
            peak = part[k] if part[k] > peak else peak
        peaks[t] = peak
    return peaks


@functools.partial(compiled, exact=True)
def _centred(x: Any) -> Any:
    """The clip in double precision, without its mean."""
    mean = 0.0
    for i in range(x.shape[0]):
        mean += x[i]
    mean /= x.shape[0]
    centred = np.empty(x.shape[0])
    for i in range(x.shape[0]):
        centred[i] = x[i] - mean
    return centred


@compiled
def _glottal_pulses(x: Any, f0: Any, centers: Any, sr: float, search: Any) -> Any:
    """Instants, amplitudes and likeness ``(n_pulses,)`` of the pulses."""
    n_frames = f0.shape[0]
    half_hop = (centers[1] - centers[0]) / 2 if n_frames > 1 else 0.0
    # Periods are no shorter than this, and each stretch has one pulse more than periods.
    n_most = int(len(x) * f0.max() / (sr * search.shortest)) + n_frames + 1
    instants, amplitudes, likeness = np.empty(n_most), np.empty(n_most), np.zeros(n_most)
    n_pulses = 0
    stop = 0
    while stop < n_frames:
        start = stop
        stop += 1
        if f0[start] == 0:
            continue
        while stop < n_frames and f0[stop] > 0:
            stop += 1
        here, rates = centers[start:stop], f0[start:stop]
        first = min(max(here[0] - half_hop, 0.0), len(x) - 1.0)
        last = min(here[-1] + half_hop, len(x) - 1.0)
        middle = (first + last) / 2
        half = sr / _interpolated(middle, here, rates) / 2
        seed = max(math.ceil(middle - half), 0)
        for i in range(seed, min(int(middle + half) + 1, len(x))):
            if abs(x[i]) > abs(x[seed]):
                seed = i
        found, alike = instants[n_pulses:], likeness[n_pulses + 1 :]
        n_found = _walk(x, seed, -1, first, here, rates, sr, search, found, alike)
        _reverse(found[:n_found])
        _reverse(alike[:n_found])
        found[n_found] = seed
        found, alike = found[n_found + 1 :], alike[n_found:]
        n_found += 1 + _walk(x, seed, 1, last, here, rates, sr, search, found, alike)
        for i in range(n_pulses, n_pulses + n_found):
            period = sr / _interpolated(instants[i], here, rates)
            amplitudes[i] = _level(x, instants[i], search.reach * period)
        n_pulses += n_found
    return instants[:n_pulses], amplitudes[:n_pulses], likeness[:n_pulses]


@compiled
def _reverse(values: Any) -> None:
    """Turn the order of values ``(n,)`` round, where they are."""
    for i in range(len(values) // 2):
        values[i], values[-1 - i] = values[-1 - i], values[i]


@compiled
def _walk(
    x: Any,
    pulse: float,
    direction: int,
    end: float,
    centers: Any,
    f0: Any,
    sr: float,
    search: Any,
    pulses: Any,
    likeness: Any,
) -> int:
    """Write the pulses from a pulse to the end of its stretch, and return their number.

    And write how alike each is to the one before.
    """
    n_pulses = 0
    while True:
        period = sr / _interpolated(pulse, centers, f0)
        shortest = math.ceil(search.shortest * period)
        longest = int(search.longest * period)
        width = 2 * int(period / 2) + 1
        start = int(pulse + 0.5) - width // 2
        furthest = start + direction * longest
        if min(start, furthest) < 0 or max(start, furthest) + width > len(x):
            return n_pulses
        offset, height = _peak(_likeness(x, start, width, direction, shortest, longest))
        pulse += direction * (shortest + offset)
        if direction * (pulse - end) > 0:
            return n_pulses
        pulses[n_pulses] = pulse
        likeness[n_pulses] = height
        n_pulses += 1


@compiled
def _jitter(pulses: Any, centers: Any, sr: float, limits: Any) -> Any:
    """Mean differences of consecutive periods around the frames, relative ``(n_frames,)``."""
    n_most = max(len(pulses.instants) - 2, 0)
    instants, differences, means = np.empty(n_most), np.empty(n_most), np.empty(n_most)
    n_pairs = 0
    for i in range(1, len(pulses.instants) - 1):
        before = pulses.instants[i] - pulses.instants[i - 1]
        after = pulses.instants[i + 1] - pulses.instants[i]
        alike = min(pulses.likeness[i], pulses.likeness[i + 1]) >= limits.least_likeness
        if alike and max(before, after) <= limits.period_factor * min(before, after):
            instants[n_pairs] = pulses.instants[i]
            differences[n_pairs] = abs(after - before)
            means[n_pairs] = (before + after) / 2
            n_pairs += 1
    reach = limits.reach * sr
    result = _means_around(centers, instants[:n_pairs], differences[:n_pairs], reach)
    if n_pairs > 0:
        result /= _means_around(centers, instants[:n_pairs], means[:n_pairs], reach)
    return result


@compiled
def _shimmer(pulses: Any, centers: Any, sr: float, limits: Any) -> Any:
    """Mean differences of consecutive amplitudes around the frames, in dB ``(n_frames,)``."""
    instants, steps = np.empty(len(pulses.instants)), np.empty(len(pulses.instants))
    n_pairs = 0
    for i in range(1, len(pulses.instants)):
        before, after = pulses.amplitudes[i - 1], pulses.amplitudes[i]
        alike = pulses.likeness[i] >= limits.least_likeness and before > 0
        if alike and max(before, after) <= limits.amplitude_factor * min(before, after):
            instants[n_pairs] = pulses.instants[i]
            steps[n_pairs] = abs(20 * math.log10(after / before))
            n_pairs += 1
    return _means_around(centers, instants[:n_pairs], steps[:n_pairs], limits.reach * sr)


@compiled
def _means_around(centers: Any, instants: Any, values: Any, reach: float) -> Any:
    """Means ``(n_frames,)`` of the values within reach, or the next one, or the last; or 0."""
    means = np.zeros(len(centers))
    if len(instants) == 0:
        return means
    for t in range(len(centers)):
        start = min(np.searchsorted(instants, centers[t] - reach), len(instants) - 1)
        stop = max(np.searchsorted(instants, centers[t] + reach, side="right"), start + 1)
        means[t] = values[start:stop].mean()
    return means


@compiled
def _correlation(x: Any, f0: Any, centers: Any, sr: float, n_periods: int) -> Any:
    """Correlations ``(n_frames,)`` of the waveform with itself one period later."""
    correlation = np.zeros(f0.shape[0])
    for t in range(f0.shape[0]):
        if f0[t] == 0:
            continue
        period = sr / f0[t]
        shortest, longest = int(period) - 1, int(period) + 2
        room = len(x) - longest
        width = min(int(n_periods * period), room)
        if width > 0:
            start = int(centers[t] - (n_periods + 1) / 2 * period)
            start = min(max(start, 0), room - width)
            correlation[t] = _peak(_likeness(x, start, width, 1, shortest, longest))[1]
    return correlation


@compiled
def _likeness(x: Any, start: int, width: int, direction: int, shortest: int, longest: int) -> Any:
    """Correlations ``(n_lags,)`` of a piece of `x` with those that lie the lags away from it."""
    here = x[start : start + width]
    own_energy = 0.0
    for i in range(width):
        own_energy += here[i] * here[i]
    likeness = np.empty(longest - shortest + 1)
    for k in range(likeness.shape[0]):
        shifted = start + direction * (shortest + k)
        there = x[shifted : shifted + width]
        product, energy = 0.0, 0.0
        for i in range(width):
            product += here[i] * there[i]
            energy += there[i] * there[i]
        likeness[k] = product / math.sqrt(max(energy * own_energy, _TINY))
    return likeness


@compiled
def _peak(values: Any) -> Any:
    """Place and height of the maximum of ``(n,)`` values, by a parabola through its neighbours."""
    best = values.argmax()
    here = values[best]
    if best == 0 or best == len(values) - 1:
        return float(best), here
    before, after = values[best - 1], values[best + 1]
    bend = 2 * here - before - after
    shift = (after - before) / (2 * bend) if bend > 0 else 0.0
    return best + shift, here + (after - before) * shift / 4


@functools.partial(compiled, exact=True)
def _level(x: Any, pulse: float, reach: float) -> float:
    """Root mean square of the waveform around a pulse, under a parabola."""
    power, total = 0.0, 0.0
    for i in range(max(math.ceil(pulse - reach), 0), min(int(pulse + reach) + 1, len(x))):
        weight = 1 - ((i - pulse) / reach) ** 2
        power += weight * x[i] * x[i]
        total += weight
    return math.sqrt(power / total)


@compiled
def _interpolated(sample: float, centers: Any, values: Any) -> float:
    """A contour at some sample; level before its first frame and after its last."""
    if len(centers) == 1 or sample <= centers[0]:
        return values[0]
    frame = (sample - centers[0]) / (centers[1] - centers[0])
    before = int(frame)
    if before >= len(centers) - 1:
        return values[-1]
    return values[before] + (frame - before) * (values[before + 1] - values[before])


@compiled
def _cycles(
    x: Any,
    f0: Any,
    centers: Any,
    voiced_centers: Any,
    sr: float,
    search: Any,
    limits: Any,
    n_periods: int,
) -> Any:
    """Jitter and shimmer of the voiced frames, correlation one period later of all frames."""
    x = _centred(x)
    instants, amplitudes, likeness = _glottal_pulses(x, f0, centers, sr, search)
    pulses = Pulses(instants, amplitudes, likeness)
    return (
        _jitter(pulses, voiced_centers, sr, limits),
        _shimmer(pulses, voiced_centers, sr, limits),
        _correlation(x, f0, centers, sr, n_periods),
    )
