"""Near-identical recordings: the same sound at another level, rate or place, coded or with noise.

Two takes of a sentence sound alike, yet their waveforms do not agree: of all 42,480 pairs of clips
by one actor of RAVDESS no two recordings correlate by more than 0.60. With what a low-rate MP3, 10
dB of noise, a trim or another sample rate made of them, 150 of its clips correlate by 0.93 or more.
To correlate all pairs of the corpus would take 18 minutes, so that landmarks pick the likely ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.fft import ifft, next_fast_len, rfft
from scipy.ndimage import gaussian_filter1d
from scipy.signal import butter, find_peaks, sosfilt

from sertools import audio
from sertools._threads import map_in_threads
from sertools.core.spectral import analysis_window, power_to_db, spectrum

__all__ = ["near_identical"]

# What coding, resampling and telephones leave alone lies between 200 and 2000 Hz: hum of the mains
# and rumble, which recordings of one room share, lie below.
_RATE = 4000
_HIGH_PASS = butter(2, 200, "high", fs=_RATE, output="sos")
_USUAL_RATE = 16000  # of waveforms that do not tell theirs

_HOP = 32  # 8 ms
_WINDOW = analysis_window("hann", 128, 128).astype(np.float32)
_BINS = slice(6, 62)  # 190 to 1940 Hz
_BINS_PER_BAND = 2  # narrow enough to tell the harmonics of two pitches apart
_N_LANDMARKS = 8  # a cut that takes away the loudest syllables leaves some
_SMOOTHING = 3  # frames: the peaks of syllables, and not of glottal pulses
_APART = 8  # frames from peak to peak
_AROUND = np.arange(-20, 21, 5)  # frames around a peak that are looked at: 160 ms on either side
_FLOOR_DB = 20  # below the loudest in sight, noise and coding change what there is
# Cosine of two landmarks. Each change named above kept one of every clip beyond it, and of the
# 1,036,080 pairs of RAVDESS 675 come so far.
_LIKELY = 0.9
_SIMILARITIES_AT_ONCE = 2**24  # 64 MB

# What is compared lasts half a second at least, for two vowels of one pitch may agree for less. It
# is most of one clip, for two syllables may agree, and more of the other than its silence.
_LEAST_OVERLAP = _RATE // 2
_MOST_SHARE = 0.8
_LEAST_SHARE = 0.01
_ALIKE = 0.8


class _Heard(NamedTuple):
    """A clip ``(n_times,)`` between 200 and 2000 Hz, and its landmarks ``(n, n_values)``."""

    samples: NDArray[np.float32]
    landmarks: NDArray[np.float32]


def near_identical(
    clips: Sequence[Any], sr: int | None, n_jobs: int | None, verbose: int
) -> NDArray[np.intp]:
    """Pairs ``(n_pairs, 2)`` of paths, or of waveforms at rate `sr`, that hold the same sound."""
    heard = list(
        map_in_threads(
            lambda clip: _hear(clip, sr),
            clips,
            n_jobs=n_jobs,
            label="Listening" if verbose else None,
        )
    )
    likely = _likely_pairs([clip.landmarks for clip in heard])
    likeness = map_in_threads(
        lambda pair: _likeness(heard[pair[0]].samples, heard[pair[1]].samples),
        likely.tolist(),
        n_jobs=n_jobs,
        label="Comparing" if verbose and len(likely) else None,
    )
    return likely[np.array(list(likeness), dtype=float) > _ALIKE]


def _hear(clip: Any, sr: int | None) -> _Heard:
    """What there is to compare of a path or a waveform ``(n_times,)``."""
    if isinstance(clip, str):
        samples = audio.read(clip, _RATE)[0]
    else:
        samples = audio.resample(clip, sr or _USUAL_RATE, _RATE)
    samples = sosfilt(_HIGH_PASS, samples)
    samples = (samples / max(np.abs(samples).max(), np.finfo(float).tiny)).astype(np.float32)
    return _Heard(samples, _landmarks(samples))


def _landmarks(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Spectra around the loudest syllables of a clip, as vectors of length 1 ``(n, n_values)``."""
    power = spectrum(samples, window=_WINDOW, hop_length=_HOP)[:, _BINS]
    power = power.reshape(len(power), -1, _BINS_PER_BAND).sum(axis=2)
    energy = gaussian_filter1d(power.sum(axis=1), _SMOOTHING, mode="constant")
    peaks = find_peaks(np.pad(energy, 1), distance=_APART)[0] - 1
    loudest = peaks[np.argsort(-energy[peaks])][:_N_LANDMARKS]
    decibels = power_to_db(power, top_db=None)
    reach = _AROUND.max()
    padded = np.pad(decibels, ((reach, reach), (0, 0)), constant_values=decibels.min())
    views = padded[loudest[:, None] + reach + _AROUND]
    views = np.maximum(views, views.max(axis=(1, 2), keepdims=True) - _FLOOR_DB)
    views = views.reshape(len(loudest), _AROUND.size * decibels.shape[1])
    views = views - views.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(views, axis=1, keepdims=True)
    return (views / np.maximum(lengths, np.finfo(np.float32).tiny)).astype(np.float32)


def _likely_pairs(landmarks: Sequence[NDArray[np.float32]]) -> NDArray[np.intp]:
    """Pairs ``(n_pairs, 2)`` of clips of which two landmarks are alike."""
    owners = np.repeat(np.arange(len(landmarks)), [len(own) for own in landmarks])
    vectors = np.concatenate(landmarks)
    rows = max(1, _SIMILARITIES_AT_ONCE // max(1, len(vectors)))
    pairs = [np.empty((0, 2), dtype=np.intp)]
    for start in range(0, len(vectors), rows):
        first, second = np.nonzero(vectors[start : start + rows] @ vectors[start:].T > _LIKELY)
        found = np.stack([owners[start + first], owners[start + second]], axis=1)
        pairs.append(np.unique(found[found[:, 0] < found[:, 1]], axis=0))
    return np.unique(np.concatenate(pairs), axis=0)


def _likeness(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """The largest correlation of two clips over all shifts, each with what it covers of both."""
    n_fft = next_fast_len(len(first) + len(second) - 1, real=True)
    cross = np.zeros(n_fft, dtype=np.complex64)
    cross[: n_fft // 2 + 1] = 2 * rfft(first, n_fft) * rfft(second, n_fft).conj()
    shifts = np.arange(1 - len(second), len(first))
    # The envelope, for a shift may fall between samples and a polarity may be reversed.
    products = np.abs(ifft(cross)[shifts])
    start, stop = np.maximum(shifts, 0), np.minimum(shifts + len(second), len(first))
    energy, share = _energy(first, start, stop)
    other_energy, other_share = _energy(second, start - shifts, stop - shifts)
    enough = stop - start >= _LEAST_OVERLAP
    enough &= np.maximum(share, other_share) >= _MOST_SHARE
    enough &= np.minimum(share, other_share) >= _LEAST_SHARE
    correlations = products[enough] / np.sqrt(energy[enough] * other_energy[enough])
    return float(correlations.max(initial=0))


def _energy(
    samples: NDArray[np.float32], start: NDArray[np.intp], stop: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Energy of parts of a clip ``(n,)``, and their share of all of it."""
    until = np.concatenate([[0], np.cumsum(samples.astype(float) ** 2)])
    energy = until[stop] - until[start]
    return energy, energy / until[-1]
