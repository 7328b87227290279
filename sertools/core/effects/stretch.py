"""Tempo without pitch, and pitch without tempo: a phase vocoder that keeps phases locked.

Frames are taken from the clip at one pace and laid down at another. What would beat where they
overlap is turned into step: every frame is analysed a second time one synthesis hop earlier, so
that the step of its phases over that hop is measured and need not be unwrapped (Puckette 1995,
Phase-locked vocoder), and all bins around a peak of the spectrum turn with the peak (Laroche &
Dolson 1999, Improved phase vocoder time-scale modification of audio: identity phase locking).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from sertools.core.effects.level import factor_to, power
from sertools.core.effects.transforms import fourier, resampled, smooth_numbers
from sertools.core.spectral import analysis_window

__all__ = ["HOPS", "PEAK_REACH", "align_phases", "pitch_shift", "time_stretch"]

# Frames that overlap at each sample: the fewest whose windows, squared, add up to a constant. More
# of them changed neither mel spectra nor clicks for the better.
HOPS = 3

# A peak is louder than so many bins to either side of it: the main lobe of a Hann window.
PEAK_REACH = 2


# Frames may be as much longer or shorter than asked for, so that two lengths are found in most
# ratios. Their lengths have these factors: transforms take half as long again with the larger ones.
_NEAR = 1.25
_FRAME_PRIMES = ((2, 3, 5, 7), (2, 3, 5, 7, 11, 13, 17, 19))

# Two cents, a fiftieth of a semitone: the best ears begin to hear at twice that.
_OUT_OF_TUNE = 2.0 ** (2 / 1200) - 1


# More than a decibel is never lost where frames overlap: what is missing beyond 3 has been shifted
# out of the band, and is not made up for.
_MOST_LOST = 10.0 ** (3 / 20)


def align_phases(bins: Any, before: Any, *, xp: Any = np) -> Any:
    """Spectra ``(n_frames, n_bins)`` turned so that each continues the one in front of it.

    `before` holds the spectra of the same sound one synthesis hop earlier. A bin turns as the
    nearest peak of its frame does, and the peak turns so far that its phase is that of the frame
    in front, one hop on.
    """
    n_frames = len(bins)
    leaders = _nearest_peak(bins.real**2 + bins.imag**2, xp)
    # The lowest bin is real: turned by anything else than 1 it would lose what is slower than a
    # frame, as wind and steps on the floor are.
    leaders[:, 0] = 0
    # Where the frame in front ends up, seen from this one: it lies at another place of the clip.
    steps = bins[:-1] * before[1:].conj()
    size = xp.abs(steps)
    steps = xp.where(size > 0, steps / xp.where(size > 0, size, 1), 1)
    steps[:, 0] = 1
    turns = xp.concatenate([xp.ones_like(bins[:1]), steps])
    turns = xp.take_along_axis(turns, leaders, axis=1)
    # Each frame goes on from the turn that its leader had in the frame in front. Joining ever
    # longer chains of frames takes a few steps where going from frame to frame takes hundreds.
    joined = 1
    while joined < n_frames:
        behind = leaders[joined:]
        turns = xp.concatenate(
            [
                turns[:joined],
                turns[joined:] * xp.take_along_axis(turns[:-joined], behind, axis=1),
            ]
        )
        leaders = xp.concatenate(
            [leaders[:joined], xp.take_along_axis(leaders[:-joined], behind, axis=1)]
        )
        joined *= 2
    return bins * turns


def time_stretch(
    x: Any,
    *,
    n_samples: int,
    n_fft: int,
    align: Callable[..., Any] = align_phases,
    xp: Any = np,
) -> Any:
    """A clip ``(n_times,)`` told in ``(n_samples,)`` samples at the same pitch.

    Parameters
    ----------
    x : array of shape (n_times,)
        The clip.
    n_samples : int
        Length of the result.
    n_fft : int
        Samples in a frame, a multiple of `HOPS`: two or three periods of the deepest voice, and no
        more, for what is sudden is smeared over a frame.
    align : callable
        `align_phases` or its twin.
    xp : module, default=numpy
        numpy or cupy.
    """
    if n_samples == len(x):
        return x
    return _retold(x, n_samples=n_samples, n_fft=n_fft, n_ifft=n_fft, align=align, xp=xp)


def _retold(
    x: Any, *, n_samples: int, n_fft: int, n_ifft: int, align: Callable[..., Any], xp: Any
) -> Any:
    """A clip ``(n_times,)`` told in ``(n_samples,)``, higher by ``n_fft / n_ifft``.

    Its frames of `n_fft` samples become frames of `n_ifft`, with the same frequencies beside the
    same window: as if the result of a stretch had been resampled, but frame by frame.
    """
    measured, hop_length = n_fft // HOPS, n_ifft // HOPS
    # Frame i is centred on sample (i - 1) * hop_length of the result, so that each of its samples
    # lies in as many frames as any other. Their windows, squared, add up to 3/8 of their number.
    n_frames = 4 + (n_samples - 2) // hop_length
    centers = np.arange(-1, n_frames - 1) * (hop_length * len(x) / n_samples)
    starts = np.rint(np.clip(centers, -measured, len(x))).astype(np.int64) + measured
    padded = xp.pad(x, (n_fft // 2 + 2 * measured, n_fft - n_fft // 2))
    frames = xp.lib.stride_tricks.sliding_window_view(padded, n_fft)
    window = xp.asarray(_window(n_fft), dtype=x.dtype)
    n_bins = min(n_fft, n_ifft) // 2 + 1
    before, bins = (
        fourier(xp).rfft(_weighed(frames[xp.asarray(places)], window), axis=1)[:, :n_bins]
        for places in (starts, starts + measured)
    )
    told = fourier(xp).irfft(align(bins, before), n_ifft, axis=1)
    window = _window(n_ifft) * (n_ifft / n_fft / (0.375 * HOPS))
    told = _overlapped(_weighed(told, xp.asarray(window, dtype=x.dtype)), xp)
    first = n_ifft // 2 + hop_length
    # Where neighbouring frames disagree, as those of a hoarse voice do, a little level is lost.
    return _as_loud(told[first : first + n_samples], x, xp)


def pitch_shift(
    x: Any,
    *,
    semitones: float,
    n_fft: int,
    align: Callable[..., Any] = align_phases,
    xp: Any = np,
) -> Any:
    """A clip ``(n_times,)`` at another pitch, in as many samples, formants moved with the pitch.

    Frames have about `n_fft` samples.
    """
    if semitones == 0:
        return x
    n_times, ratio = len(x), 2.0 ** (semitones / 12.0)
    pair = _frame_pair(ratio, n_fft)
    if pair is not None:
        n_fft, n_ifft = pair
        return _retold(x, n_samples=n_times, n_fft=n_fft, n_ifft=n_ifft, align=align, xp=xp)
    n_samples = max(1, round(n_times * ratio))
    stretched = time_stretch(x, n_samples=n_samples, n_fft=n_fft, align=align, xp=xp)
    shifted = resampled(stretched, n_samples=n_times, xp=xp)
    return _as_loud(shifted, x, xp)


def _as_loud(told: Any, x: Any, xp: Any) -> Any:
    """A clip ``(n_samples,)`` at the level of the clip ``(n_times,)`` that it was made of."""
    factor = factor_to(power(x, xp=xp), power(told, xp=xp), xp=xp)
    return told * xp.minimum(factor, _MOST_LOST).astype(x.dtype)


def _frame_pair(ratio: float, n_fft: int) -> tuple[int, int] | None:
    """Two lengths of frames in a ratio, the first near `n_fft`; None where none are in tune."""
    hop_length = n_fft // HOPS
    longest = 2 * hop_length * max(1.0, 1.0 / ratio)
    for primes in _FRAME_PRIMES:
        hops = smooth_numbers(2 ** math.ceil(math.log2(longest)), primes)
        measured = hops[(hops >= hop_length / _NEAR) & (hops <= hop_length * _NEAR)]
        wanted = measured / ratio
        above = np.searchsorted(hops, wanted)
        laid = hops[above - (wanted - hops[above - 1] < hops[above] - wanted)]
        out_of_tune = np.abs(laid / wanted - 1)
        best = int(np.argmin(out_of_tune))
        if out_of_tune[best] < _OUT_OF_TUNE:
            return HOPS * int(measured[best]), HOPS * int(laid[best])
    return None


def _nearest_peak(energy: Any, xp: Any) -> Any:
    """The bin ``(n_frames, n_bins)`` of the peak next to each bin, the lower of two as near."""
    n_bins = energy.shape[1]
    is_peak = xp.ones(energy.shape, dtype=bool)
    for apart in range(1, PEAK_REACH + 1):
        # Of equals the upper one is the peak, so that there is always one.
        is_peak[:, apart:] &= energy[:, apart:] >= energy[:, :-apart]
        is_peak[:, :-apart] &= energy[:, :-apart] > energy[:, apart:]
    places = xp.arange(n_bins)
    below = xp.where(is_peak, places, -n_bins)
    above = xp.where(is_peak, places, 2 * n_bins)
    reach = 1
    while reach < n_bins:
        below[:, reach:] = xp.maximum(below[:, reach:], below[:, :-reach])
        above[:, :-reach] = xp.minimum(above[:, :-reach], above[:, reach:])
        reach *= 2
    return xp.where(places - below <= above - places, below, above)


@functools.lru_cache(maxsize=64)
def _window(length: int) -> np.ndarray:
    """A Hann window ``(length,)``, made once and not to be written to."""
    return analysis_window("hann", length, length)


def _weighed(frames: Any, window: Any) -> Any:
    """Frames ``(n_frames, n_fft)`` times a window, in the memory of the frames."""
    frames *= window
    return frames


def _overlapped(frames: Any, xp: Any) -> Any:
    """Frames ``(n_frames, n_fft)`` laid down one behind the other in steps of a hop, added up."""
    n_frames, n_fft = frames.shape
    hop_length = n_fft // HOPS
    parts = frames.reshape(n_frames, HOPS, hop_length)
    total = xp.zeros((n_frames + HOPS - 1, hop_length), dtype=frames.dtype)
    for i in range(HOPS):
        total[i : i + n_frames] += parts[:, i]
    return total.ravel()
