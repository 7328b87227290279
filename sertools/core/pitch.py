"""Pitch: the fundamental frequency (F0) of a voice, and how surely there is one.

After Boersma, P. (1993), Accurate short-term analysis of the fundamental frequency and the
harmonics-to-noise ratio of a sampled sound, IFA Proceedings 17, 97-110: the peaks of the
autocorrelation of a frame, divided by that of its window, are candidates; "unvoiced" is one more;
the best path through the candidates of all frames wins. It differs from the paper in three things,
all for recordings that were not made in a studio: it listens below 3 kHz only, where a voice is
louder than noise; it measures loudness above 150 Hz, so that mains hum in a pause is no voice; and
it has more against jumps by an octave.
"""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import numpy as np
from scipy.fft import next_fast_len

from sertools.core.framing import frame
from sertools.core.spectral import analysis_window

__all__ = [
    "LAGS_PER_SAMPLE",
    "LEAST_ENERGY",
    "N_CANDIDATES",
    "OCTAVE_COST",
    "SILENCE",
    "VOICING_THRESHOLD",
    "PitchPlan",
    "pitch_plan",
    "track_pitch",
]

# Hz that are listened to, and the seconds of the filter that sees to it. The filter has closed
# 0.75 kHz above the band, so that a rate of 8 kHz holds what is left.
_BAND = 3000.0
_FILTER_SECONDS = 0.002
_LEAST_RATE = 8000.0
# Of the lowest pitch: as the paper has it, under a window that fades two of them remain.
_PERIODS_PER_FRAME = 3
# Hz. No voice is lower, and frames of three of its periods would grow out of bounds.
_LOWEST = 10.0
# Hz. A hum of 60 Hz loses 16 dB of its loudness, a voice next to nothing: its harmonics count.
_LOUD_ABOVE = 150.0
# A parabola through three lags is then less than 1 % too low on the narrow peaks of a pulse train;
# with one lag per sample it is up to 10 %.
LAGS_PER_SAMPLE = 2

# What a candidate loses per octave that it lies below another, and a path per octave of a jump in
# 10 ms. The paper has 0.01 and 0.35. In noisy or irregular voices multiples of a period look as
# good as the period; these halve such errors, and tracks of recorded speech hardly change.
OCTAVE_COST = 0.02
_JUMP_COST = 0.5
# What a path loses per change of voicing in 10 ms; from the paper, as the next two.
_VOICING_COST = 0.14
# A frame is voiced if a peak reaches this height, and the more it takes the softer the frame is,
# once its amplitude is below about this share (-30 dB) of that of the loudest frame.
VOICING_THRESHOLD = 0.45
SILENCE = 0.03
# Peaks are sought this far above the range. A scream above it is then unvoiced; if its own peak
# were not looked at, the one an octave lower would be taken for it.
_HEADROOM = 1.5
# Peaks kept per frame. High voices need most, for all multiples of their period are peaks too.
N_CANDIDATES = 8
# Frames this far below the energy of the loudest (-90 dB) hold rounding, and their peaks fade out.
LEAST_ENERGY = 1e-9


class PitchPlan(NamedTuple):
    """What a pitch track needs to know before it sees a clip."""

    step: int  # samples of the clip to one of the band
    hop_length: int  # samples of the band
    low_pass: np.ndarray  # (n_taps,), at the rate of the clip
    window: np.ndarray  # (frame_length,), at that of the band
    n_fft: int
    loudness: np.ndarray  # (n_bins,), how much the energy at each frequency counts
    window_correlation: np.ndarray  # (n_lags,), normalised
    lag_rate: float  # Hz: what to divide by a lag
    ceiling: float  # Hz, up to where peaks are sought
    first_lag: int  # where they are sought
    last_lag: int
    jump_cost: float  # of a path, per octave from one frame to the next
    voicing_cost: float


@functools.lru_cache(maxsize=32)
def pitch_plan(*, sr: float, hop_length: int, fmin: float, fmax: float) -> PitchPlan:
    """The plan of a pitch track.

    Parameters
    ----------
    sr : float
        Sample rate of the clips in Hz.
    hop_length : int
        Samples from one frame to the next.
    fmin, fmax : float
        The range of F0 in Hz.

    Returns
    -------
    PitchPlan
        Filter, window, lags and the like; arrays not to be written to.

    Raises
    ------
    ValueError
        If the range is empty, or ends too high for a voice to have two harmonics in the band.
    """
    band = min(_BAND, 0.375 * sr)
    if not _LOWEST <= fmin < fmax <= band / 2:
        raise ValueError(
            f"fmin={fmin:g} and fmax={fmax:g} are no range of pitch for sr={sr:g}: give both in "
            f"Hz, with {_LOWEST:g} <= fmin < fmax <= {band / 2:g}. Speech lies between 60 and 600."
        )
    # A divisor of the hop, so that the centres of the frames are samples of the band.
    steps = range(1, max(int(sr / _LEAST_RATE), 1) + 1)
    step = max(step for step in steps if hop_length % step == 0)
    rate = sr / step
    window = _hann(2 * math.ceil(_PERIODS_PER_FRAME / 2 * rate / fmin))
    lag_rate = LAGS_PER_SAMPLE * rate
    ceiling = min(_HEADROOM * fmax, band)
    first_lag, last_lag = int(lag_rate / ceiling), math.ceil(lag_rate / fmin)
    n_lags = last_lag + 2  # a peak has neighbours
    # Long enough for no lag in use to wrap around; the first sample of the window is 0.
    least = len(window) - 1 + n_lags // LAGS_PER_SAMPLE
    # Even, for real transforms are complex ones of half the length.
    n_fft = 2 * next_fast_len(math.ceil(least / 2), real=True)
    window_energies = np.abs(np.fft.rfft(window, n_fft)) ** 2
    window_correlation = np.fft.irfft(window_energies, LAGS_PER_SAMPLE * n_fft)[:n_lags]
    frequencies = np.fft.rfftfreq(n_fft, 1 / rate)
    return PitchPlan(
        step=step,
        hop_length=hop_length // step,
        low_pass=_low_pass(sr, band),
        window=window,
        n_fft=n_fft,
        loudness=frequencies**4 / (frequencies**4 + _LOUD_ABOVE**4),
        window_correlation=window_correlation / window_correlation[0],
        lag_rate=lag_rate,
        ceiling=ceiling,
        first_lag=first_lag,
        last_lag=last_lag,
        jump_cost=_JUMP_COST * 0.01 * sr / hop_length,
        voicing_cost=_VOICING_COST * 0.01 * sr / hop_length,
    )


def track_pitch(
    x: Any,
    *,
    sr: float,
    hop_length: int,
    fmin: float = 60.0,
    fmax: float = 600.0,
    center: bool = True,
    xp: Any = np,
) -> tuple[Any, Any]:
    """F0 ``(n_frames,)`` in Hz of a clip ``(n_times,)``, and the strength of its voicing.

    Frames hold three periods of `fmin`. The best path is sought frame by frame, for which a GPU
    is no help.

    Parameters
    ----------
    x : array of shape (n_times,)
        The clip, of at least one sample. Neither its level nor a constant in it matters.
    sr : float
        Sample rate in Hz.
    hop_length : int
        Samples from one frame to the next.
    fmin, fmax : float
        The range of F0 in Hz. A voice up to 1.5 times as high as `fmax` is recognised and
        reported as unvoiced.
    center : bool, default=True
        Whether frames are centred on multiples of `hop_length`, or start there.
    xp : module, default=numpy
        numpy or cupy.

    Returns
    -------
    f0 : array of shape (n_frames,)
        F0 in Hz, 0 in unvoiced frames.
    strength : array of shape (n_frames,)
        The normalised autocorrelation at the period, in unvoiced frames at the best candidate:
        from 0 to just below 1. It is high in a voice above `fmax`, too.

    Raises
    ------
    ValueError
        If `fmin` and `fmax` are no range of pitch.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools.core.pitch import track_pitch
    >>> sine = np.sin(2 * np.pi * 220 * np.arange(16000) / 16000)
    >>> f0, strength = track_pitch(sine, sr=16000, hop_length=4000)
    >>> f0.round()
    array([220., 220., 220., 220., 220.])
    """
    plan = pitch_plan(sr=sr, hop_length=hop_length, fmin=fmin, fmax=fmax)
    x = _levelled(x, xp=xp)
    pieces = frame(x, frame_length=len(plan.low_pass), hop_length=plan.step, xp=xp)
    # As many samples as make `frame` give the frames of the clip itself.
    band = (pieces @ xp.asarray(plan.low_pass, dtype=x.dtype))[: len(x) // plan.step]
    frames = frame(
        band, frame_length=len(plan.window), hop_length=plan.hop_length, center=center, xp=xp
    )
    correlation, loudness = _correlation(frames, plan, xp)
    frequency, height, merit = _candidates(correlation, plan, fmin, xp)
    unvoiced = _unvoiced_merit(loudness, xp=xp)
    path = _best_path(unvoiced, merit, frequency, plan, xp)
    chosen = xp.where(path > 0, path - 1, height.argmax(axis=1))[:, None]
    f0 = xp.take_along_axis(frequency, chosen, axis=1)[:, 0]
    strength = xp.take_along_axis(height, chosen, axis=1)[:, 0]
    return xp.where((path > 0) & (f0 <= fmax), f0, 0.0), strength


def _levelled(x: Any, *, xp: Any = np) -> Any:
    """A clip ``(n_times,)`` without its mean, with a peak of 1; a constant becomes silence."""
    # Less its first sample, a constant is exactly 0; less its mean, which is rounded, it need not.
    x = x - x[0]
    x = x - x.mean(dtype=np.float64).astype(x.dtype)
    peak = xp.abs(x).max()
    return x / xp.where(peak > 0, peak, 1)


def _unvoiced_merit(loudness: Any, *, xp: Any = np) -> Any:
    """What the voiced candidates of each frame have to beat ``(n_frames,)``.

    By the weighted energies ``(n_frames,)`` of all frames of the clip.
    """
    loudest = xp.maximum(loudness.max(), xp.finfo(loudness.dtype).tiny)
    hush = 2.0 - xp.sqrt(loudness / loudest) * ((1.0 + VOICING_THRESHOLD) / SILENCE)
    return VOICING_THRESHOLD + xp.maximum(hush, 0.0)


def _correlation(frames: Any, plan: PitchPlan, xp: Any) -> tuple[Any, Any]:
    """The normalised autocorrelation ``(n_frames, n_lags)`` of frames ``(n_frames, frame_length)``.

    And the weighted energy ``(n_frames,)`` of each.
    """
    window = xp.asarray(plan.window, dtype=frames.dtype)
    mean = frames @ (window / window.sum())
    bins = xp.fft.rfft((frames - mean[:, None]) * window, plan.n_fft, axis=1)
    energies = bins.real**2 + bins.imag**2
    loudness = energies @ xp.asarray(plan.loudness, dtype=frames.dtype)
    correlation = xp.fft.irfft(energies, LAGS_PER_SAMPLE * plan.n_fft, axis=1)
    energy = correlation[:, :1]
    least = xp.maximum(LEAST_ENERGY * energy.max(), xp.finfo(frames.dtype).tiny)
    window_correlation = xp.asarray(plan.window_correlation, dtype=frames.dtype)
    normalised = correlation[:, : len(window_correlation)] / xp.maximum(energy, least)
    return normalised / window_correlation, loudness


def _candidates(correlation: Any, plan: PitchPlan, fmin: float, xp: Any) -> tuple[Any, Any, Any]:
    """Frequencies in Hz, heights and merits ``(n_frames, n_candidates)`` of the best peaks.

    A frame with fewer peaks has candidates of height 0 and merit -inf.
    """
    lags = xp.arange(plan.first_lag, plan.last_lag + 1)
    before, here, after = (correlation[:, lags + i] for i in (-1, 0, 1))
    is_peak = (here > 0) & (here > before) & (here >= after)
    # Twice the height less both neighbours, in an order that rounding cannot bring to 0.
    bend = xp.where(is_peak, (here - before) + (here - after), 1)
    shift = xp.where(is_peak, (after - before) / (2 * bend), 0)
    frequency = plan.lag_rate / (lags.astype(here.dtype) + shift)
    is_peak &= (fmin <= frequency) & (frequency <= plan.ceiling)
    below_one = 1 - xp.finfo(here.dtype).eps
    height = xp.where(is_peak, (here + (after - before) * shift / 4).clip(0, below_one), 0)
    merit = xp.where(is_peak, height + OCTAVE_COST * xp.log2(frequency / fmin), -xp.inf)
    best = xp.argsort(-merit, axis=1)[:, :N_CANDIDATES]
    return tuple(xp.take_along_axis(of, best, axis=1) for of in (frequency, height, merit))


def _best_path(unvoiced: Any, merit: Any, frequency: Any, plan: PitchPlan, xp: Any) -> Any:
    """The candidate of each frame ``(n_frames,)`` on the path of the highest total (Viterbi).

    0 is the unvoiced one, of merit ``unvoiced (n_frames,)``; the others, whose merit and frequency
    are ``(n_frames, n_candidates)``, count from 1.
    """
    n_frames, n_candidates = merit.shape
    octave = xp.log2(frequency)
    cost = xp.full((n_frames - 1, n_candidates + 1, n_candidates + 1), plan.voicing_cost)
    cost[:, 0, 0] = 0
    cost[:, 1:, 1:] = plan.jump_cost * xp.abs(octave[:-1, :, None] - octave[1:, None, :])
    # In double precision, for the totals of a long clip are large.
    merit = xp.concatenate([unvoiced[:, None], merit], axis=1).astype(np.float64)
    total = merit[0]
    came_from = xp.empty(merit.shape, dtype=np.intp)
    for t in range(1, n_frames):
        totals = total[:, None] - cost[t - 1]
        came_from[t] = totals.argmax(axis=0)
        total = totals.max(axis=0) + merit[t]
    path = xp.empty(n_frames, dtype=np.intp)
    path[-1] = total.argmax()
    for t in range(n_frames - 1, 0, -1):
        path[t - 1] = came_from[t, path[t]]
    return path


def _hann(n_samples: int) -> np.ndarray:
    """A periodic Hann window ``(n_samples,)``: 0 at its first sample, 1 in its middle."""
    return analysis_window("hann", n_samples, n_samples)


def _low_pass(sr: float, band: float) -> np.ndarray:
    """A filter ``(n_taps,)``: its gain is 1 in the band, a half at its end; its first tap is 0."""
    half = int(_FILTER_SECONDS / 2 * sr) + 1
    taps = np.sinc(2 * band / sr * np.arange(-half, half)) * _hann(2 * half)
    return taps / taps.sum()
