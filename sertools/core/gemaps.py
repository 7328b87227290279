"""The extended Geneva Minimalistic Acoustic Parameter Set: 25 contours, 88 numbers.

After Eyben, F., Scherer, K. R., Schuller, B. W., Sundberg, J., André, E., Busso, C., Devillers,
L. Y., Epps, J., Laukka, P., Narayanan, S. S. & Truong, K. P. (2016), The Geneva Minimalistic
Acoustic Parameter Set (GeMAPS) for voice research and affective computing, IEEE Transactions on
Affective Computing 7, 190-202. Here are the contours that belong to this set alone, and the
functionals that make numbers of all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.signal import find_peaks

from sertools.core.spectral import power_to_db

__all__ = [
    "CHANNELS",
    "COLUMNS",
    "N_EVERYWHERE",
    "PEAK_PROMINENCE",
    "ROUNDING",
    "equal_loudness",
    "functionals",
    "loudness",
    "sound_level",
    "spectral_change",
]

_EVERYWHERE = (
    *("loudness", "alpha_ratio", "hammarberg", "slope_0_500", "slope_500_1500", "flux"),
    *("mfcc1", "mfcc2", "mfcc3", "mfcc4"),
)
_IN_VOICE = (
    *("f0", "jitter", "shimmer", "hnr", "h1_h2", "h1_a3"),
    *("f1", "f1_bandwidth", "f1_level"),
    *("f2", "f2_bandwidth", "f2_level"),
    *("f3", "f3_bandwidth", "f3_level"),
)

#: The contours that the functionals are taken of; the first ones need no voice.
CHANNELS = _EVERYWHERE + _IN_VOICE
N_EVERYWHERE = len(_EVERYWHERE)


def _names(channels: Sequence[str], statistics: Sequence[str], where: str = "") -> list[str]:
    """Names of columns: all statistics of the first channel, then those of the next."""
    return [f"{channel}{where}_{name}" for channel in channels for name in statistics]


_SPREAD = ("mean", "cv")
_DYNAMICS = (
    *_SPREAD,
    *("p20", "p50", "p80", "range", "rise_mean", "rise_std", "fall_mean", "fall_std"),
)

#: The 88 numbers, in the order of the implementation that was published with the paper.
COLUMNS = (
    *_names(["f0", "loudness"], _DYNAMICS),
    *_names(_EVERYWHERE[5:], _SPREAD),
    *_names(_IN_VOICE[1:], _SPREAD),
    *_names(_EVERYWHERE[1:], _SPREAD, "_voiced"),
    *_names(_EVERYWHERE[1:6], ["mean"], "_unvoiced"),
    *("loudness_peak_rate", "voiced_rate", "voiced_length_mean", "voiced_length_std"),
    *("unvoiced_length_mean", "unvoiced_length_std", "level"),
)

# The share of the range of a clip's loudness by which a peak stands above the valleys beside it: a
# syllable does, a ripple within one does not.
PEAK_PROMINENCE = 0.1

# A mean smaller than this share of the spread, or a step smaller than this share of the largest
# value, is what rounding left of 0.
ROUNDING = 1e-6


def loudness(log_energies: Any, *, frequencies: Any, xp: Any = np) -> Any:
    """Perceived loudness ``(n_frames,)``: the sum of an auditory spectrum.

    Bands are weighted by the equal-loudness curve and compressed by the cube root, as in perceptual
    linear prediction (Hermansky, 1990, The Journal of the Acoustical Society of America 87,
    1738-1752).

    Parameters
    ----------
    log_energies : array of shape (n_frames, n_bands)
        Natural logarithms of the energies in mel bands.
    frequencies : ndarray of shape (n_bands,)
        Centres of the bands in Hz.
    xp : module, default=numpy
        numpy or cupy.

    Returns
    -------
    array of shape (n_frames,)
        Loudness.
    """
    weights = xp.asarray(np.log(equal_loudness(frequencies)), dtype=log_energies.dtype)
    return xp.exp((log_energies + weights) / 3).sum(axis=1)


def equal_loudness(frequencies: np.ndarray) -> np.ndarray:
    """Sensitivity of the ear to power at frequencies in Hz, in their shape.

    Hermansky's (1990) approximation of the curve at 40 dB, made for frequencies up to 5 kHz; above,
    it comes close to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools.core.gemaps import equal_loudness
    >>> equal_loudness(np.array([100.0, 1000.0, 4000.0])).round(3)
    array([0.001, 0.171, 0.667])
    """
    square = (2 * np.pi * frequencies) ** 2
    return (square + 56.8e6) * square**2 / ((square + 6.3e6) ** 2 * (square + 0.38e9))


def spectral_change(spectra: Any, *, xp: Any = np) -> Any:
    """Root mean square change of the magnitudes since the frame before, ``(n_frames,)``.

    Of power spectra ``(n_frames, n_bins)``; the first frame has none. Unlike the flux of
    `sertools.core.descriptors`, it grows with the level.
    """
    magnitudes = xp.sqrt(spectra)
    steps = magnitudes[1:] - magnitudes[:-1]
    change = xp.zeros(len(spectra), dtype=spectra.dtype)
    change[1:] = xp.sqrt((steps * steps).mean(axis=1))
    return change


def sound_level(x: Any, *, xp: Any = np) -> float:
    """Equivalent level in dB of full scale of a clip ``(n_times,)``, none below -100."""
    power = xp.asarray((x.astype(xp.float64) ** 2).mean())
    return float(power_to_db(power, top_db=None, xp=xp))


def functionals(
    contours: np.ndarray, *, voiced: np.ndarray, frame_rate: float, level: float
) -> np.ndarray:
    """The 88 numbers of the extended set, named in `COLUMNS`.

    Contours are smoothed over three frames, those of the voice within voiced stretches only. Then
    come means and coefficients of variation (``cv``), of F0 and loudness also percentiles and the
    slopes of their rising and falling parts, a part being a run of frames that each lie above, or
    below, the one before. The rest is timing: peaks of loudness and voiced stretches per second,
    the lengths in seconds of voiced and unvoiced stretches, and the equivalent sound level.

    Parameters
    ----------
    contours : ndarray of shape (n_frames, 25)
        One column for each of `CHANNELS`.
    voiced : ndarray of bool of shape (n_frames,)
        Which frames are voiced.
    frame_rate : float
        Frames per second.
    level : float
        Of the whole clip, in dB: the equivalent sound level.

    Returns
    -------
    ndarray of float64 of shape (88,)
        What needs voiced or unvoiced frames is 0 where there are none, and a coefficient of
        variation where the mean is 0.
    """
    contours = contours.astype(np.float64)
    always = np.ones_like(voiced)
    everywhere = _smoothed(contours[:, :N_EVERYWHERE], always)
    in_voice = _smoothed(contours[:, N_EVERYWHERE:], voiced)
    return np.concatenate(
        [
            _dynamics(in_voice[:, 0], voiced, frame_rate),
            _dynamics(everywhere[:, 0], always, frame_rate),
            _spread(everywhere[:, 5:]),
            _spread(in_voice[voiced, 1:]),
            _spread(everywhere[voiced, 1:]),
            _spread(everywhere[~voiced, 1:6])[::2],
            _timing(everywhere[:, 0], voiced, frame_rate),
            [level],
        ]
    )


def _smoothed(contours: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Means of each frame and its neighbours, as far as they count; 0 where a frame does not."""
    sums = contours * counts[:, None]
    n_summed = counts.astype(np.float64)
    for total in (sums, n_summed):
        alone = total.copy()
        total[1:] += alone[:-1]
        total[:-1] += alone[1:]
    return sums * (counts / np.maximum(n_summed, 1))[:, None]


def _spread(values: np.ndarray) -> np.ndarray:
    """Mean and coefficient of variation of each column of ``(n_frames, n_channels)``, by turns."""
    if len(values) == 0:
        return np.zeros(2 * values.shape[1])
    mean = values.mean(axis=0)
    std = np.sqrt(((values - mean) ** 2).mean(axis=0))
    varies = np.abs(mean) > ROUNDING * std
    return np.stack([mean, np.where(varies, std, 0) / np.where(varies, mean, 1)], axis=1).ravel()


def _dynamics(contour: np.ndarray, counts: np.ndarray, frame_rate: float) -> np.ndarray:
    """The statistics named in `_DYNAMICS` of the frames ``(n_frames,)`` of a contour that count."""
    values = contour[counts]
    n_values = len(values)
    if n_values == 0:
        return np.zeros(len(_DYNAMICS))
    ranks = np.array([0.2, 0.5, 0.8]) * (n_values - 1)
    low, middle, high = np.interp(ranks, np.arange(n_values), np.sort(values))
    steps = contour[1:] - contour[:-1]
    moves = np.abs(steps) > ROUNDING * np.abs(values).max()
    direction = np.sign(steps) * (moves & counts[1:] & counts[:-1])
    starts = np.flatnonzero(np.diff(direction, prepend=0))
    rises = np.add.reduceat(steps, starts) if len(starts) else steps[:0]
    slopes = rises * frame_rate / np.diff(starts, append=len(steps))
    rising, falling = slopes[direction[starts] > 0], -slopes[direction[starts] < 0]
    return np.array(
        [
            *_spread(values[:, None]),
            *(low, middle, high, high - low),
            *(*_mean_and_std(rising), *_mean_and_std(falling)),
        ]
    )


def _timing(loudness: np.ndarray, voiced: np.ndarray, frame_rate: float) -> list[float]:
    """Peaks of loudness and voiced stretches per second, and lengths of stretches in seconds."""
    seconds = len(voiced) / frame_rate
    least = max(PEAK_PROMINENCE * np.ptp(loudness), ROUNDING * np.abs(loudness).max())
    peaks, _ = find_peaks(loudness, prominence=least)
    voices, pauses = _lengths(voiced) / frame_rate, _lengths(~voiced) / frame_rate
    return [
        *(len(peaks) / seconds, len(voices) / seconds),
        *(*_mean_and_std(voices), *_mean_and_std(pauses)),
    ]


def _lengths(mask: np.ndarray) -> np.ndarray:
    """Lengths ``(n_stretches,)`` of the runs of True."""
    edges = np.flatnonzero(np.diff(mask, prepend=False, append=False))
    return edges[1::2] - edges[::2]


def _mean_and_std(values: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of ``(n,)`` values, 0 of none."""
    return (values.mean(), values.std()) if len(values) else (0.0, 0.0)
