"""Timing of a clip: voices and pauses, beats, and the steps of the melody."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["PITCH_EDGES", "TIMING", "pitch_histograms", "timing"]

_SUMMARY = ("mean", "std", "max", "median")

TIMING = (
    *("duration", "log_duration", "voiced_share", "active_share"),
    *("voices_per_second", "bursts_per_second", "beats_per_second"),
    *(f"voice_length_{name}" for name in _SUMMARY),
    *(f"pause_length_{name}" for name in _SUMMARY),
    *(f"burst_length_{name}" for name in _SUMMARY),
    *(f"beat_interval_{name}" for name in _SUMMARY),
    *(f"beat_loudness_{name}" for name in _SUMMARY),
    *(f"melody_slope_{name}" for name in _SUMMARY),
    *(f"melody_range_{name}" for name in _SUMMARY),
    *("melody_slope_size", "voice_over_noise"),
)

# Frames of the window that smooths loudness, of which the first and last are 0, and the share of
# its maximum that a beat reaches.
_BEAT_WIDTH = 9
_LEAST_BEAT = 0.2
# Frames of a voice that has a melody.
_LEAST_VOICE = 5

# Semitones from the median, and above 27.5 Hz: 60 Hz is 13.5, 600 Hz is 53.4.
_AROUND_MEDIAN = (-np.inf, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, np.inf)
_ABSOLUTE = (-np.inf, *range(14, 54, 2), np.inf)
PITCH_EDGES = {"around_median": _AROUND_MEDIAN, "absolute": _ABSOLUTE}


def timing(
    *,
    loudness: NDArray[np.float64],
    energy: NDArray[np.float64],
    f0: NDArray[np.float64],
    voiced: NDArray[np.bool_],
    active: NDArray[np.bool_],
    frame_rate: float,
) -> NDArray[np.float64]:
    """Timing of a clip ``(37,)``: see `TIMING`. All are of shape ``(n_frames,)``.

    Lengths are in seconds, `f0` in semitones, slopes in semitones per frame, `energy` in dB. Bursts
    are stretches of active frames, beats maxima of smooth loudness; what there is none of is 0.
    """
    seconds = len(voiced) / frame_rate
    voices, bursts = _stretches(voiced), _stretches(active)
    beats, heights = _beats(loudness)
    melodies = [f0[start:stop] for start, stop in voices if stop - start >= _LEAST_VOICE]
    slopes = np.array([(melody[-1] - melody[0]) / (len(melody) - 1) for melody in melodies])
    noise = active & ~voiced
    is_mixed = voiced.any() and noise.any()
    return np.array(
        [
            *(seconds, np.log(seconds), voiced.mean(), active.mean()),
            *(len(voices) / seconds, len(bursts) / seconds, len(beats) / seconds),
            *_summary(_lengths(voices) / frame_rate),
            *_summary(_lengths(_stretches(~active)) / frame_rate),
            *_summary(_lengths(bursts) / frame_rate),
            *_summary(np.diff(beats) / frame_rate),
            *_summary(heights),
            *_summary(slopes),
            *_summary(np.array([np.ptp(melody) for melody in melodies])),
            np.abs(slopes).mean() if len(slopes) else 0.0,
            energy[voiced].mean() - energy[noise].mean() if is_mixed else 0.0,
        ]
    )


def pitch_histograms(f0: NDArray[np.float64], *, voiced: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Square roots of the shares of voiced frames in steps of semitones ``(35,)``.

    Around the median first, then above 27.5 Hz: see `PITCH_EDGES`. Roots, for between them the
    straight distance is that between distributions (Hellinger's). All 0 without a voice.
    """
    voice = f0[voiced]
    if len(voice) == 0:
        return np.zeros(sum(len(edges) - 1 for edges in PITCH_EDGES.values()))
    counts = [
        np.histogram(voice - np.median(voice), bins=_AROUND_MEDIAN)[0],
        np.histogram(voice, bins=_ABSOLUTE)[0],
    ]
    return np.sqrt(np.concatenate(counts) / len(voice))


def _stretches(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """First frames, and frames past the last, of the runs of True ``(n_stretches, 2)``."""
    return np.flatnonzero(np.diff(mask, prepend=False, append=False)).reshape(-1, 2)


def _lengths(stretches: NDArray[np.intp]) -> NDArray[np.intp]:
    """Frames of each stretch."""
    return stretches[:, 1] - stretches[:, 0]


def _summary(values: NDArray[np.floating]) -> tuple[float, ...]:
    """Mean, standard deviation, maximum and median, 0 of none."""
    if len(values) == 0:
        return (0.0,) * len(_SUMMARY)
    return values.mean(), values.std(), values.max(), np.median(values)


def _beats(loudness: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Frames of the maxima of smooth loudness, and how loud they are."""
    window = np.hanning(_BEAT_WIDTH)
    spread = np.convolve(loudness, window / window.sum())
    smooth = spread[_BEAT_WIDTH // 2 :][: len(loudness)]
    middle = smooth[1:-1]
    is_beat = (
        (middle > smooth[:-2]) & (middle >= smooth[2:]) & (middle > _LEAST_BEAT * smooth.max())
    )
    frames = 1 + np.flatnonzero(is_beat)
    return frames, smooth[frames]
