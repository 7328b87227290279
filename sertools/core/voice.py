"""Voice quality: how regular the cycles of a voice are, and how its energy lies over frequency.

What is read from the waveform is guided by a pitch contour. Time runs in samples of the clip there,
and `centers` are those of the frames. The choice of measures, and what their definitions leave
open, follow the GeMAPS: Eyben et al. (2016), The Geneva Minimalistic Acoustic Parameter Set for
voice research and affective computing, IEEE Transactions on Affective Computing 7, 190-202.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ALPHA_BANDS",
    "CYCLE_LIMITS",
    "HAMMARBERG_BANDS",
    "PERIODS_COMPARED",
    "PULSE_SEARCH",
    "CycleLimits",
    "PulseSearch",
    "Pulses",
    "alpha_ratio",
    "band",
    "correlation_to_db",
    "cycles",
    "decibels_between",
    "glottal_pulses",
    "hammarberg_index",
    "harmonics_to_noise",
    "jitter",
    "shimmer",
]


class PulseSearch(NamedTuple):
    """Where glottal pulses are sought, in expected periods.

    The first two are from Praat's manual, "Sound & Pitch: To PointProcess (cc)".
    """

    shortest: float = 0.8
    longest: float = 1.2
    # The part of a period on either side of a pulse whose level is the pulse's amplitude: a mean,
    # unlike the highest sample, does not depend on how samples fall on the peak.
    reach: float = 0.18


PULSE_SEARCH = PulseSearch()


class CycleLimits(NamedTuple):
    """Which pulses are neighbouring cycles of one voice."""

    # The correlation of the waveforms around two pulses below which what lies between them is no
    # period: Praat's manual, "Sound & Pitch: To PointProcess (cc)".
    least_likeness: float = 0.3
    # Neighbours that differ by more than these factors are none: Praat's manual, "Voice 2. Jitter"
    # and "Voice 3. Shimmer".
    period_factor: float = 1.3
    amplitude_factor: float = 1.6
    # Seconds before and after the centre of a frame in which cycles are looked at: 60 ms in all, as
    # in the GeMAPS.
    reach: float = 0.03


CYCLE_LIMITS = CycleLimits()

# Periods that are compared with the ones after them: as many as a pitch tracker's frame has.
PERIODS_COMPARED = 3
# From -20 dB, where a voice is lost in noise, to 40 dB, where samples are too far apart to tell.
_LEAST_CORRELATION = 0.01
_LARGEST_CORRELATION = 0.9999

# -100 dB of full scale: softer than any recording, so that silence has an even balance.
_LEAST_POWER = 1e-10

# Hz: the bands that the alpha ratio and the Hammarberg index compare.
ALPHA_BANDS = ((50.0, 1000.0), (1000.0, 5000.0))
HAMMARBERG_BANDS = ((0.0, 2000.0), (2000.0, 5000.0))


class Pulses(NamedTuple):
    """The cycles of a voice, each array of shape ``(n_pulses,)``."""

    instants: np.ndarray  # in samples
    amplitudes: np.ndarray
    likeness: np.ndarray  # to the pulse before: their correlation, 0 if there is none


def glottal_pulses(x: Any, *, f0: Any, centers: np.ndarray, sr: float, xp: Any = np) -> Pulses:
    """When the cycles of a voice begin and how strong they are, between samples.

    Each stretch of voiced frames begins with the largest sample in its middle. From there on, to
    both sides, the next pulse is where the waveform of one period is most like that around the
    last one (Praat's manual, "Sound & Pitch: To PointProcess (cc)"). Its amplitude is the level of
    the waveform around it. Each pulse needs the one before, for which a GPU is no help.

    Parameters
    ----------
    x : array of shape (n_times,)
        The clip.
    f0 : array of shape (n_frames,)
        F0 in Hz, 0 in unvoiced frames.
    centers : ndarray of shape (n_frames,)
        Samples on which the frames are centred, equally far apart.
    sr : float
        Sample rate in Hz.
    xp : module, default=numpy
        numpy or cupy.

    Returns
    -------
    Pulses
        On the host, in double precision.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools.core.voice import glottal_pulses
    >>> x = np.zeros(800)
    >>> x[50::100] = 1
    >>> centers = np.array([200, 400, 600])
    >>> glottal_pulses(x, f0=np.full(3, 80.0), centers=centers, sr=8000).instants
    array([150., 250., 350., 450., 550., 650.])
    """
    x = x.astype(xp.float64)
    x -= x.mean()
    contour = np.array(f0.tolist())
    instants: list[float] = []
    amplitudes: list[float] = []
    likeness: list[float] = []
    half_hop = (centers[1] - centers[0]) / 2 if len(centers) > 1 else 0.0
    for start, stop in _stretches(contour > 0):
        here, rates = centers[start:stop], contour[start:stop]
        # A frame of a clip shorter than it may be centred beyond the clip's end.
        first, last = np.clip((here[0] - half_hop, here[-1] + half_hop), 0, len(x) - 1)
        middle = (first + last) / 2
        half = sr / np.interp(middle, here, rates) / 2
        low = max(math.ceil(middle - half), 0)
        seed = low + float(xp.abs(x[low : int(middle + half) + 1]).argmax())
        earlier, to_later = _walk(x, seed, -1, first, here, rates, sr, xp)
        later, to_earlier = _walk(x, seed, 1, last, here, rates, sr, xp)
        found = [*reversed(earlier), seed, *later]
        instants += found
        likeness += [0.0, *reversed(to_later), *to_earlier]
        reaches = PULSE_SEARCH.reach * sr / np.interp(found, here, rates)
        amplitudes += [_level(x, *pulse, xp) for pulse in zip(found, reaches, strict=True)]
    return Pulses(np.array(instants), np.array(amplitudes), np.array(likeness))


def jitter(pulses: Pulses, *, centers: np.ndarray, sr: float) -> np.ndarray:
    """Local jitter ``(n_frames,)``: how much consecutive periods differ, relative to their mean.

    The mean absolute difference of the periods around each frame, over their mean (Praat's manual,
    "Voice 2. Jitter"), within 60 ms as in the GeMAPS.

    Parameters
    ----------
    pulses : Pulses
        The cycles of the voice.
    centers : ndarray of shape (n_frames,)
        Samples on which the frames are centred.
    sr : float
        Sample rate in Hz.

    Returns
    -------
    ndarray of float64, of shape (n_frames,)
        Around frames without a pair of periods, that of the next pair or of the last one; 0 if
        there is none at all.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools.core.voice import Pulses, jitter
    >>> pulses = Pulses(np.array([0.0, 101.0, 200.0, 301.0]), np.ones(4), np.ones(4))
    >>> jitter(pulses, centers=np.array([150]), sr=16000)
    array([0.02])
    """
    periods = np.diff(pulses.instants)
    before, after = periods[:-1], periods[1:]
    alike = pulses.likeness[1:] >= CYCLE_LIMITS.least_likeness
    longest = CYCLE_LIMITS.period_factor * np.minimum(before, after)
    pairs = np.maximum(before, after) <= longest
    pairs &= alike[:-1] & alike[1:]
    before, after, instants = before[pairs], after[pairs], pulses.instants[1:-1][pairs]
    differences = _means_around(centers, instants, np.abs(after - before), sr)
    means = _means_around(centers, instants, (before + after) / 2, sr)
    return differences / np.where(means > 0, means, 1)


def shimmer(pulses: Pulses, *, centers: np.ndarray, sr: float) -> np.ndarray:
    """Local shimmer ``(n_frames,)``: how much consecutive amplitudes differ, in dB.

    The mean absolute difference of the levels of consecutive pulses around each frame (Praat's
    manual, "Voice 3. Shimmer"), within 60 ms as in the GeMAPS.

    Parameters
    ----------
    pulses : Pulses
        The cycles of the voice.
    centers : ndarray of shape (n_frames,)
        Samples on which the frames are centred.
    sr : float
        Sample rate in Hz.

    Returns
    -------
    ndarray of float64, of shape (n_frames,)
        Around frames without a pair of pulses, that of the next pair or of the last one; 0 if
        there is none at all.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools.core.voice import Pulses, shimmer
    >>> pulses = Pulses(np.array([0.0, 100.0, 200.0]), np.array([0.5, 0.55, 0.5]), np.ones(3))
    >>> shimmer(pulses, centers=np.array([100]), sr=16000)
    array([0.827...])
    """
    before, after = pulses.amplitudes[:-1], pulses.amplitudes[1:]
    loudest = CYCLE_LIMITS.amplitude_factor * np.minimum(before, after)
    pairs = np.maximum(before, after) <= loudest
    pairs &= (pulses.likeness[1:] >= CYCLE_LIMITS.least_likeness) & (before > 0)
    steps = np.abs(20 * np.log10(after[pairs] / before[pairs]))
    return _means_around(centers, pulses.instants[1:][pairs], steps, sr)


def harmonics_to_noise(x: Any, *, f0: Any, centers: np.ndarray, sr: float, xp: Any = np) -> Any:
    """Harmonics-to-noise ratio ``(n_frames,)`` in dB, 0 in unvoiced frames.

    The correlation ``r`` of the waveform with itself one period later is the share of what repeats,
    so the ratio is ``r / (1 - r)`` (Boersma, 1993, IFA Proceedings 17, 97-110). It is taken over
    three periods around the centre of each frame and at the lag near ``sr / f0`` where it is
    highest, by direct cross-correlation (Praat's manual, "Sound: To Harmonicity (cc)"). All
    frequencies count: a pitch tracker's own correlation leaves out the highest ones, where breath
    is.

    Parameters
    ----------
    x : array of shape (n_times,)
        The clip.
    f0 : array of shape (n_frames,)
        F0 in Hz, 0 in unvoiced frames.
    centers : ndarray of shape (n_frames,)
        Samples on which the frames are centred.
    sr : float
        Sample rate in Hz.
    xp : module, default=numpy
        numpy or cupy.

    Returns
    -------
    array of shape (n_frames,)
        From -20 to 40 dB, in the type of the clip.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools.core.voice import harmonics_to_noise
    >>> tone = np.sin(2 * np.pi * 200 * np.arange(4000) / 16000)
    >>> noisy = tone + 0.1 * np.random.default_rng(0).normal(size=4000)
    >>> ratio = harmonics_to_noise(
    ...     noisy, f0=np.array([200.0, 0.0]), centers=np.array([1000, 2000]), sr=16000
    ... )
    >>> ratio.round()
    array([17.,  0.])
    """
    dtype = x.dtype
    x = x.astype(xp.float64)
    x -= x.mean()
    contour = np.array(f0.tolist())
    correlation = np.zeros(len(contour))
    for t in np.flatnonzero(contour > 0):
        period = sr / contour[t]
        lags = int(period) + np.arange(-1, 3)
        room = len(x) - lags[-1]
        width = min(int(PERIODS_COMPARED * period), room)
        if width > 0:
            start = int(centers[t] - (PERIODS_COMPARED + 1) / 2 * period)
            start = min(max(start, 0), room - width)
            correlation[t] = _peak(_likeness(x, start, width, lags, xp))[1]
    return xp.asarray(correlation_to_db(correlation, voiced=contour > 0), dtype=dtype)


def cycles(x: Any, *, f0: Any, centers: np.ndarray, sr: float, xp: Any = np) -> NDArray[np.float64]:
    """Jitter, shimmer and harmonics-to-noise ratio ``(n_voiced, 3)`` of the voiced frames.

    See `jitter`, `shimmer` and `harmonics_to_noise` for what they are.

    Parameters
    ----------
    x : array of shape (n_times,)
        The clip.
    f0 : array of shape (n_frames,)
        F0 in Hz, 0 in unvoiced frames.
    centers : ndarray of shape (n_frames,)
        Samples on which the frames are centred.
    sr : float
        Sample rate in Hz.
    xp : module, default=numpy
        numpy or cupy.

    Returns
    -------
    ndarray of float64 of shape (n_voiced, 3)
        One column for each.
    """
    voiced = np.array((f0 > 0).tolist(), dtype=bool)
    pulses = glottal_pulses(x, f0=f0, centers=centers, sr=sr, xp=xp)
    ratio = harmonics_to_noise(x, f0=f0, centers=centers, sr=sr, xp=xp)
    of_pulses = [measure(pulses, centers=centers[voiced], sr=sr) for measure in (jitter, shimmer)]
    return np.stack([*of_pulses, np.array(ratio.tolist())[voiced]], axis=1)


def correlation_to_db(correlation: np.ndarray, *, voiced: np.ndarray) -> np.ndarray:
    """Ratios of harmonics to noise in dB, where voiced, from correlations one period later.

    All are of shape ``(n_frames,)``, and the ratio is 0 in unvoiced frames.
    """
    correlation = correlation.clip(_LEAST_CORRELATION, _LARGEST_CORRELATION)
    return np.where(voiced, 10 * np.log10(correlation / (1 - correlation)), 0)


def alpha_ratio(spectra: Any, *, frequencies: np.ndarray, xp: Any = np) -> Any:
    """Energy from 50 Hz to 1 kHz over that from 1 to 5 kHz, in dB ``(n_frames,)``.

    As in the GeMAPS: the softer or the more relaxed a voice, the higher.

    Parameters
    ----------
    spectra : array of shape (n_frames, n_bins)
        Power spectra.
    frequencies : ndarray of shape (n_bins,)
        Frequencies of the bins in Hz, ascending.
    xp : module, default=numpy
        numpy or cupy.

    Returns
    -------
    array of shape (n_frames,)
        0 in silence.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools.core.voice import alpha_ratio
    >>> alpha_ratio(np.array([[0.0, 10.0, 1.0, 9.0]]), frequencies=np.array([0, 500, 2000, 6000]))
    array([10.])
    """
    low, high = (
        spectra[:, slice(*band(frequencies, *limits))].sum(axis=1) for limits in ALPHA_BANDS
    )
    return decibels_between(low, high, xp)


def hammarberg_index(spectra: Any, *, frequencies: np.ndarray, xp: Any = np) -> Any:
    """The strongest energy below 2 kHz over the strongest from 2 to 5 kHz, in dB ``(n_frames,)``.

    After Hammarberg, Fritzell, Gauffin, Sundberg & Wedin (1980), as in the GeMAPS.

    Parameters
    ----------
    spectra : array of shape (n_frames, n_bins)
        Power spectra.
    frequencies : ndarray of shape (n_bins,)
        Frequencies of the bins in Hz, ascending.
    xp : module, default=numpy
        numpy or cupy.

    Returns
    -------
    array of shape (n_frames,)
        0 in silence.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools.core.voice import hammarberg_index
    >>> hammarberg_index(np.array([[5.0, 100.0, 1.0]]), frequencies=np.array([0, 500, 3000]))
    array([20.])
    """
    low, high = (
        spectra[:, slice(*band(frequencies, *limits))].max(axis=1) for limits in HAMMARBERG_BANDS
    )
    return decibels_between(low, high, xp)


def band(frequencies: np.ndarray, low: float, high: float) -> tuple[int, int]:
    """The first bin from `low` Hz on and the first from `high` Hz on: the ends of a slice.

    Frequencies ``(n_bins,)`` ascend.
    """
    first, stop = np.searchsorted(frequencies, (low, high)).tolist()
    return first, stop


def decibels_between(above: Any, below: Any, xp: Any = np) -> Any:
    """Ratios of powers in dB, 0 where both are silent."""
    return 10 * xp.log10(xp.maximum(above, _LEAST_POWER) / xp.maximum(below, _LEAST_POWER))


def _stretches(voiced: np.ndarray) -> list[tuple[int, int]]:
    """First frames, and frames past the last, of the runs of True in ``(n_frames,)``."""
    edges = np.flatnonzero(np.diff(voiced, prepend=False, append=False))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _walk(
    x: Any,
    pulse: float,
    direction: int,
    end: float,
    centers: np.ndarray,
    f0: np.ndarray,
    sr: float,
    xp: Any,
) -> tuple[list[float], list[float]]:
    """The pulses from a pulse to the end of its stretch, and how alike each is to the one before.

    The direction is 1 for later ones, -1 for earlier ones.
    """
    pulses: list[float] = []
    likeness: list[float] = []
    while True:
        period = sr / np.interp(pulse, centers, f0)
        shortest = math.ceil(PULSE_SEARCH.shortest * period)
        lags = np.arange(shortest, int(PULSE_SEARCH.longest * period) + 1)
        width = 2 * int(period / 2) + 1
        start = int(pulse + 0.5) - width // 2
        furthest = start + direction * lags[-1]
        if min(start, furthest) < 0 or max(start, furthest) + width > len(x):
            return pulses, likeness
        offset, height = _peak(_likeness(x, start, width, direction * lags, xp))
        pulse += direction * (shortest + offset)
        if direction * (pulse - end) > 0:
            return pulses, likeness
        pulses.append(pulse)
        likeness.append(height)


def _likeness(x: Any, start: int, width: int, lags: np.ndarray, xp: Any) -> np.ndarray:
    """Correlations ``(n_lags,)`` of a piece of `x` with those that lie the lags away from it."""
    pieces = xp.lib.stride_tricks.sliding_window_view(x, width)
    here, there = pieces[start], pieces[xp.asarray(start + lags)]
    energy = (there * there).sum(axis=1) * (here @ here)
    likeness = there @ here / xp.sqrt(xp.maximum(energy, np.finfo(np.float64).tiny))
    return np.array(likeness.tolist())


def _peak(values: np.ndarray) -> tuple[float, float]:
    """Place and height of the maximum of ``(n,)`` values, by a parabola through its neighbours."""
    best = int(values.argmax())
    if not 0 < best < len(values) - 1:
        return float(best), values[best]
    before, here, after = values[best - 1 : best + 2]
    bend = 2 * here - before - after
    shift = (after - before) / (2 * bend) if bend > 0 else 0.0
    return best + shift, here + (after - before) * shift / 4


def _level(x: Any, pulse: float, reach: float, xp: Any) -> float:
    """Root mean square of the waveform around a pulse, under a parabola."""
    first, stop = max(math.ceil(pulse - reach), 0), min(int(pulse + reach) + 1, len(x))
    weights = 1 - ((xp.arange(first, stop) - pulse) / reach) ** 2
    return math.sqrt(weights @ x[first:stop] ** 2 / weights.sum())


def _means_around(
    centers: np.ndarray, instants: np.ndarray, values: np.ndarray, sr: float
) -> np.ndarray:
    """Means ``(n_frames,)`` of the values at the instants, which ascend, that are within reach.

    Where there is none, the next one, or else the last; 0 if there are none at all.
    """
    if len(instants) == 0:
        return np.zeros(len(centers))
    sums = np.append(0.0, np.cumsum(values))
    reach = CYCLE_LIMITS.reach * sr
    start = np.searchsorted(instants, centers - reach).clip(max=len(instants) - 1)
    stop = np.searchsorted(instants, centers + reach, side="right").clip(min=start + 1)
    return (sums[stop] - sums[start]) / (stop - start)
