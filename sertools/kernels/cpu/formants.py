"""Poles of linear prediction without an eigenvalue problem for each frame, and the first three."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from sertools.core import formants as core
from sertools.kernels.cpu._compile import compiled

__all__ = ["first_formants", "prediction_gain", "resonances"]

# Newton's steps for one factor: a dozen settle nearly all, and what has not settled by now wanders.
_STEPS = 40

# Convergence is quadratic: after a step as small as this, what is left is rounding.
_SETTLED = 1e-7

# Hz. How broad the poles are where a search starts: as formants, then broader and broader. Of the
# voiced frames of speech, the third start leaves one in 10000 without factors.
_START_BANDWIDTHS = (150.0, 600.0, 2000.0)


def first_formants(
    frequencies: np.ndarray, bandwidths: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Twin of `sertools.core.formants.first_formants`, for frequencies that ascend."""
    formants = np.zeros((len(frequencies), 6), dtype=frequencies.dtype)
    found = _pick(frequencies, bandwidths, core.FORMANT_LIMITS, formants)
    return core.completed(formants, found=found)


def resonances(spectra: np.ndarray, *, sr: float) -> tuple[np.ndarray, np.ndarray]:
    """Twin of `sertools.core.formants.resonances`.

    Each frame's polynomial is split into quadratic factors by Bairstow's method, in real numbers.
    The few frames where that does not converge go to the reference.
    """
    cosines, starts, hertz = _search(spectra.shape[1], sr, _START_BANDWIDTHS)
    frequencies = np.empty((len(spectra), starts.shape[1]), dtype=spectra.dtype)
    bandwidths = np.empty_like(frequencies)
    settled = _resonances(
        spectra, cosines, core.LEAST_NOISE, starts, hertz, frequencies, bandwidths
    )
    if not settled.all():
        frequencies[~settled], bandwidths[~settled] = core.resonances(spectra[~settled], sr=sr)
    return frequencies, bandwidths


def prediction_gain(spectra: np.ndarray, *, sr: float) -> np.ndarray:
    """Twin of `sertools.core.formants.prediction_gain`."""
    cosines = _search(spectra.shape[1], sr, _START_BANDWIDTHS)[0]
    errors = np.empty(len(spectra))
    _errors(spectra, cosines, core.LEAST_NOISE, errors)
    return core.gain_of(errors).astype(spectra.dtype)


@functools.lru_cache(maxsize=32)
def _search(
    n_bins: int, sr: float, start_bandwidths: tuple[float, ...]
) -> tuple[np.ndarray, np.ndarray, float]:
    """Cosines ``(n_lags, n_bins)``, where searches start ``(n_starts, n_pairs, 2)``, one radian.

    That is in Hz.
    """
    cosines, ceiling = core.emphasised_cosines(n_bins, sr)
    n_pairs = cosines.shape[1] // 2
    centres = (np.arange(n_pairs) + 0.5) * (np.pi / n_pairs)
    radii = np.exp(-np.pi / 2 / ceiling * np.array(start_bandwidths))[:, None]
    starts = np.stack(np.broadcast_arrays(-2 * radii * np.cos(centres), radii**2), axis=2)
    return np.ascontiguousarray(cosines.T), starts, ceiling / np.pi


@compiled
def _pick(frequencies: Any, bandwidths: Any, limits: Any, formants: Any) -> Any:
    """Write the first three that can be formants, and tell which frames ``(n_frames,)`` have them.

    Frequencies lie in the first three columns of `formants`, bandwidths in the last.
    """
    found = np.zeros(len(frequencies), np.bool_)
    for t in range(len(frequencies)):
        n_formants = 0
        for k in range(frequencies.shape[1]):
            frequency, bandwidth = frequencies[t, k], bandwidths[t, k]
            broadest = limits.broadest + limits.broader * frequency
            if frequency >= limits.lowest and bandwidth < broadest:
                formants[t, n_formants] = frequency
                formants[t, 3 + n_formants] = bandwidth
                n_formants += 1
                if n_formants == 3:
                    found[t] = True
                    break
    return found


@compiled
def _resonances(
    spectra: Any,
    cosines: Any,
    least_noise: float,
    starts: Any,
    hertz: float,
    frequencies: Any,
    bandwidths: Any,
) -> Any:
    """Write both ``(n_frames, n_pairs)``, and tell for which frames ``(n_frames,)`` they are good.

    `hertz` is the frequency of one radian per sample.
    """
    n_frames, n_lags = len(spectra), len(cosines)
    n_pairs = n_lags // 2
    settled = np.zeros(n_frames, dtype=np.bool_)
    below = np.empty(cosines.shape[1])
    correlation, predictor = np.empty(n_lags), np.empty(n_lags)
    factors = np.empty((n_pairs, 2))
    for t in range(n_frames):
        for k in range(len(below)):
            below[k] = spectra[t, k]
        _correlate(below, cosines, least_noise, correlation)
        for start in starts:
            _predictor(correlation, predictor)
            settled[t] = _split(predictor, start, factors)
            if settled[t]:
                break
        if not settled[t]:
            continue
        for k in range(n_pairs):
            u, v = factors[k]
            frequency, bandwidth = np.inf, np.inf
            if 4 * v > u * u:
                frequency = hertz * math.atan2(math.sqrt(4 * v - u * u), -u)
                bandwidth = -hertz * math.log(v)
            place = k
            while place > 0 and frequencies[t, place - 1] > frequency:
                frequencies[t, place] = frequencies[t, place - 1]
                bandwidths[t, place] = bandwidths[t, place - 1]
                place -= 1
            frequencies[t, place] = frequency
            bandwidths[t, place] = bandwidth
    return settled


@compiled
def _errors(spectra: Any, cosines: Any, least_noise: float, errors: Any) -> None:
    """Write the shares of the power ``(n_frames,)`` that prediction leaves over."""
    correlation, predictor = np.empty(len(cosines)), np.empty(len(cosines))
    for t in range(len(spectra)):
        _correlate(spectra[t, : cosines.shape[1]], cosines, least_noise, correlation)
        errors[t] = _predictor(correlation, predictor) / correlation[0]


@compiled
def _correlate(spectrum: Any, cosines: Any, least_noise: float, correlation: Any) -> None:
    """Write the autocorrelation ``(n_lags,)``, relative to the power, and a little noise."""
    for lag in range(len(cosines)):
        total = 0.0
        for k in range(len(spectrum)):
            total += spectrum[k] * cosines[lag, k]
        correlation[lag] = total
    power = correlation[0] if correlation[0] > 0 else 1.0
    for lag in range(1, len(cosines)):
        correlation[lag] /= power
    correlation[0] = 1 + least_noise


@functools.partial(compiled, exact=True)
def _predictor(correlation: Any, predictor: Any) -> float:
    """Write the prediction error filter ``(n_lags,)`` by the recursion of Levinson and Durbin.

    And return the power of the error.
    """
    n_lags = correlation.shape[0]
    predictor[0] = 1
    error = correlation[0]
    for i in range(1, n_lags):
        total = 0.0
        for k in range(i):
            total += predictor[k] * correlation[i - k]
        reflection = -total / error
        predictor[i] = 0
        for k in range(i // 2 + 1):
            low, high = predictor[k], predictor[i - k]
            predictor[k] = low + reflection * high
            predictor[i - k] = high + reflection * low
        error *= 1 - reflection * reflection
    return error


@compiled
def _split(polynomial: Any, start: Any, factors: Any) -> bool:
    """Write the factors ``z² + u z + v`` as rows ``(u, v)``; False if Newton's method wanders off.

    The polynomial, of even degree and with a first coefficient of 1, is used up.
    """
    degree = polynomial.shape[0] - 1
    quotient = np.empty(degree + 1)
    slope = np.empty(degree + 1)
    for k in range(factors.shape[0] - 1):
        u, v = start[k]
        settled = False
        for _ in range(_STEPS):
            _divide(polynomial, degree, u, v, quotient, slope)
            remainder, rest = quotient[degree - 1], quotient[degree]
            a, b = slope[degree - 2], slope[degree - 3]
            c = slope[degree - 1] - remainder
            determinant = a * a - b * c
            if determinant == 0:
                break
            du = (remainder * a - rest * b) / determinant
            dv = (rest * a - remainder * c) / determinant
            u += du
            v += dv
            settled = abs(du) + abs(dv) < _SETTLED
            if settled:
                break
        if not settled:
            return False
        factors[k, 0], factors[k, 1] = u, v
        _divide(polynomial, degree, u, v, quotient, slope)
        degree -= 2
        for i in range(degree + 1):
            polynomial[i] = quotient[i]
    factors[-1, 0], factors[-1, 1] = polynomial[1], polynomial[2]
    return True


@functools.partial(compiled, exact=True)
def _divide(polynomial: Any, degree: int, u: float, v: float, quotient: Any, slope: Any) -> None:
    """Write the quotient by ``z² + u z + v``, and after it what remains, ``(degree + 1,)``.

    And divide the quotient once more, which gives the derivatives of what remains.
    """
    quotient[0] = slope[0] = polynomial[0]
    quotient[1] = polynomial[1] - u * quotient[0]
    slope[1] = quotient[1] - u * slope[0]
    for k in range(2, degree + 1):
        quotient[k] = polynomial[k] - u * quotient[k - 1] - v * quotient[k - 2]
        slope[k] = quotient[k] - u * slope[k - 1] - v * slope[k - 2]
