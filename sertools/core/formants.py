"""Formants: the resonances of the vocal tract, read from power spectra by linear prediction."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np

from sertools.core.cepstral import bridged

__all__ = [
    "FORMANT_LIMITS",
    "LEAST_NOISE",
    "FormantLimits",
    "completed",
    "emphasised_cosines",
    "first_formants",
    "gain_of",
    "prediction_gain",
    "resonances",
    "tract_autocorrelation",
]

# A tract of 17 cm, an adult's, resonates about once per 1000 Hz. Five resonances up to 5 kHz fit a
# man; a woman's shorter tract has four there, and the model's fifth comes out too broad for a
# formant. One more, or a ceiling higher, splits the formants of men.
_CEILING = 5000.0
_SPACING = 1000.0

# Glottis and lips tilt the spectrum by -6 dB per octave from about here on (Hz).
_EMPHASIS_FROM = 50.0

# -90 dB of white noise: bands that a codec or a filter left empty would ask for infinite precision.
LEAST_NOISE = 1e-9

# Hz, of a uniform tube of 17.5 cm: the tract of which nothing is known.
_NEUTRAL = np.array([500.0, 1500.0, 2500.0])


class FormantLimits(NamedTuple):
    """Which resonances can be formants; lower is hum.

    Broader is a pole that follows the tilt of the spectrum or fills a wide gap between two
    formants. The higher a formant, the broader it is itself.
    """

    lowest: float = 90.0  # Hz
    broadest: float = 700.0  # Hz, at 0 Hz
    broader: float = 0.3  # per Hz

    def width(self, frequencies: Any) -> Any:
        """How broad formants can be, in Hz."""
        return self.broadest + self.broader * frequencies


FORMANT_LIMITS = FormantLimits()


def first_formants(frequencies: Any, bandwidths: Any, *, xp: Any = np) -> tuple[Any, Any]:
    """The first three formants and their bandwidths in Hz, both ``(n_frames, 3)``.

    Parameters
    ----------
    frequencies, bandwidths : arrays of shape (n_frames, n_resonances)
        What `resonances` found in the voiced frames of a clip.
    xp : module, default=numpy
        numpy or cupy.

    Returns
    -------
    formants, bandwidths : arrays of shape (n_frames, 3)
        In Hz, ascending. Frames with fewer than three resonances that can be formants take theirs
        from a straight line between their neighbours. Where no frame has three, all are those of a
        neutral tube, as broad as formants can be.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools.core.formants import first_formants
    >>> frequencies = np.array([[60.0, 500.0, 1400.0, 2500.0], [510.0, 2500.0, np.inf, np.inf]])
    >>> bandwidths = np.array([[40.0, 80.0, 90.0, 120.0], [70.0, 130.0, np.inf, np.inf]])
    >>> first_formants(frequencies, bandwidths)[0]
    array([[ 500., 1400., 2500.],
           [ 500., 1400., 2500.]])
    """
    can_be = frequencies >= FORMANT_LIMITS.lowest
    can_be &= bandwidths < FORMANT_LIMITS.width(frequencies)
    first = xp.argsort(xp.where(can_be, frequencies, xp.inf), axis=1)[:, :3]
    found = can_be.sum(axis=1) >= 3
    both = [xp.take_along_axis(of, first, axis=1) for of in (frequencies, bandwidths)]
    return completed(xp.concatenate(both, axis=1), found=found, xp=xp)


def completed(formants: Any, *, found: Any, xp: Any = np) -> tuple[Any, Any]:
    """Formants and bandwidths, both ``(n_frames, 3)``, of all frames from those where found.

    `formants` ``(n_frames, 6)`` holds both side by side; `found` is of shape ``(n_frames,)``.
    """
    if not found.any():
        neutral = xp.tile(xp.asarray(_NEUTRAL, dtype=formants.dtype), (len(formants), 1))
        return neutral, FORMANT_LIMITS.width(neutral)
    if not found.all():
        formants = bridged(formants, voiced=found, xp=xp)
    return formants[:, :3], formants[:, 3:]


def resonances(spectra: Any, *, sr: float, xp: Any = np) -> tuple[Any, Any]:
    """Frequencies and bandwidths in Hz of the resonances below 5 kHz, ``(n_frames, n_resonances)``.

    An all-pole model is fitted to the spectrum up to 5 kHz only (selective linear prediction:
    Makhoul, 1975, Spectral linear prediction: properties and applications, IEEE Transactions on
    Acoustics, Speech, and Signal Processing 23, 283-296). Its poles are the resonances: a pole
    ``z`` has the frequency ``angle(z)`` and the bandwidth ``-2 log|z|``, in units of ``rate / 2π``.

    Parameters
    ----------
    spectra : array of shape (n_frames, n_bins)
        Power spectra, up to half the sample rate.
    sr : float
        Sample rate in Hz.
    xp : module, default=numpy
        numpy or cupy.

    Returns
    -------
    frequencies, bandwidths : arrays of shape (n_frames, n_resonances)
        Ascending in frequency; infinite where a frame has fewer resonances than the model allows.
    """
    correlation, ceiling = tract_autocorrelation(spectra, sr=sr, xp=xp)
    predictors = _predictors(correlation, xp)
    n_frames, order = len(predictors), predictors.shape[1] - 1
    companions = xp.tile(xp.eye(order, k=-1), (n_frames, 1, 1))
    companions[:, 0] = -predictors[:, 1:]
    poles = xp.linalg.eigvals(companions)
    resonates = poles.imag > 0
    frequencies = xp.where(resonates, xp.angle(poles) * (ceiling / np.pi), xp.inf)
    # A silent frame has its poles at zero.
    damping = -xp.log(xp.maximum(xp.abs(poles), np.finfo(float).tiny))
    bandwidths = xp.where(resonates, damping * (2 * ceiling / np.pi), xp.inf)
    ascending = xp.argsort(frequencies, axis=1)[:, : order // 2]
    return (
        xp.take_along_axis(frequencies, ascending, axis=1).astype(spectra.dtype),
        xp.take_along_axis(bandwidths, ascending, axis=1).astype(spectra.dtype),
    )


def prediction_gain(spectra: Any, *, sr: float, xp: Any = np) -> Any:
    """How much of a signal below 5 kHz its resonances explain, ``(n_frames,)`` in dB.

    The power of the pre-emphasised signal over that of what linear prediction, as `resonances` does
    it, leaves over. Noise has little, a clear vowel much; silence has 0.

    Parameters
    ----------
    spectra : array of shape (n_frames, n_bins)
        Power spectra, up to half the sample rate.
    sr : float
        Sample rate in Hz.
    xp : module, default=numpy
        numpy or cupy.

    Returns
    -------
    array of shape (n_frames,)
        From 0 to 90 dB, in the type of the spectra.
    """
    correlation, _ = tract_autocorrelation(spectra, sr=sr, xp=xp)
    predictors = _predictors(correlation, xp)
    errors = (predictors * correlation).sum(axis=1) / correlation[:, 0]
    return gain_of(errors, xp=xp).astype(spectra.dtype)


def gain_of(errors: Any, *, xp: Any = np) -> Any:
    """Prediction gains in dB of the shares of the power ``(n_frames,)`` that are left over."""
    return -10 * xp.log10(xp.clip(errors, LEAST_NOISE, 1))


def tract_autocorrelation(spectra: Any, *, sr: float, xp: Any = np) -> tuple[Any, float]:
    """Autocorrelation of the pre-emphasised signal below a ceiling, and that ceiling in Hz.

    Parameters
    ----------
    spectra : array of shape (n_frames, n_bins)
        Power spectra, up to half the sample rate.
    sr : float
        Sample rate in Hz.
    xp : module, default=numpy
        numpy or cupy.

    Returns
    -------
    correlation : array of float64, of shape (n_frames, 2 * n_resonances + 1)
        As if the signal were sampled at twice the ceiling, relative to its power.
    ceiling : float
        The bin nearest to 5 kHz, or half the sample rate if that is lower.
    """
    cosines, ceiling = emphasised_cosines(spectra.shape[1], sr)
    correlation = spectra[:, : len(cosines)].astype(np.float64) @ xp.asarray(cosines)
    power = correlation[:, :1].copy()
    correlation /= xp.where(power > 0, power, 1)
    correlation[:, :1] = 1 + LEAST_NOISE
    return correlation, ceiling


@functools.cache
def emphasised_cosines(n_bins: int, sr: float) -> tuple[np.ndarray, float]:
    """Weights that turn power spectra into correlations ``(n_lags,)``, and the ceiling in Hz."""
    bin_width = sr / (2 * (n_bins - 1))
    last = min(round(_CEILING / bin_width), n_bins - 1)
    ceiling = last * bin_width
    order = 2 * max(3, round(ceiling / _SPACING))
    angles = np.arange(last + 1) * (np.pi / last)
    zero = np.exp(-np.pi * _EMPHASIS_FROM / ceiling)
    weights = np.abs(1 - zero * np.exp(-1j * angles)) ** 2
    weights[1:-1] *= 2  # the bins that stand for a negative frequency too
    return weights[:, None] * np.cos(np.outer(angles, np.arange(order + 1))), ceiling


def _predictors(correlation: Any, xp: Any) -> Any:
    """Prediction error filters ``(n_frames, order + 1)`` by Levinson's and Durbin's recursion."""
    predictors = xp.zeros_like(correlation)
    predictors[:, 0] = 1
    error = correlation[:, 0].copy()
    for i in range(1, correlation.shape[1]):
        reflection = -(predictors[:, :i] * correlation[:, i:0:-1]).sum(axis=1) / error
        predictors[:, 1 : i + 1] += reflection[:, None] * predictors[:, i - 1 :: -1]
        error *= 1 - reflection**2
    return predictors
