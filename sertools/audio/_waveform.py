"""Samples and rates: what is taken, what is refused, resampling and hashing."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import soxr
from numpy.typing import ArrayLike, NDArray

from sertools._validation import as_float, check_rate

_MOST_CHANNELS = 64  # more are samples in the wrong axis


def as_waveform(samples: ArrayLike) -> NDArray[np.floating]:
    """Samples ``(n_times,)`` or ``(n_channels, n_times)`` as float32 or float64."""
    waveform = np.asarray(samples)
    if waveform.ndim not in (1, 2):
        raise ValueError(
            f"The samples have shape {waveform.shape}: give (n_times,), or (n_channels, n_times)."
        )
    if waveform.ndim == 2 and len(waveform) > _MOST_CHANNELS:
        raise ValueError(
            f"The samples have shape {waveform.shape}, which is {len(waveform)} channels: channels "
            "come first, so perhaps you mean samples.T."
        )
    if waveform.dtype.kind in "iu" and waveform.dtype.itemsize not in (2, 4):
        raise ValueError(
            f"The samples are {waveform.dtype}: give floats in [-1, 1], or int16 or int32 PCM."
        )
    return as_float(waveform, "samples")


def resample(samples: ArrayLike, sr: int, target_sr: int) -> NDArray[np.floating]:
    """Samples ``(..., n_times)`` at another rate: ``(..., ceil(n_times * target_sr / sr))``.

    Parameters
    ----------
    samples : array-like of shape (n_times,) or (n_channels, n_times)
        The waveform.
    sr, target_sr : int
        Rates before and after, in Hz.

    Returns
    -------
    ndarray of float32 or float64
        The waveform at `target_sr`, by soxr's HQ filter. float64 is kept, int16 and int32 PCM is
        scaled by its full scale, and all else becomes float32.

    Examples
    --------
    >>> import numpy as np, sertools
    >>> sertools.audio.resample(np.zeros(44100), 44100, 16000).shape
    (16000,)
    """
    sr, target_sr = check_rate(sr), check_rate(target_sr)
    waveform = as_waveform(samples)
    if sr == target_sr:
        return waveform
    resampled = np.ascontiguousarray(soxr.resample(waveform.T, sr, target_sr, quality="HQ").T)
    # soxr rounds the length and librosa rounds it up: one convention, or frames would differ.
    n_times = -(-waveform.shape[-1] * target_sr // sr)
    short = n_times - resampled.shape[-1]
    if short > 0:
        return np.pad(resampled, [(0, 0)] * (resampled.ndim - 1) + [(0, short)])
    return resampled[..., :n_times]


def recording_id(samples: NDArray[Any], sr: int) -> str:
    """A hash of what is heard: equal for the same samples in another file or container.

    Parameters
    ----------
    samples : ndarray of shape (n_times,)
        The mono waveform as :func:`read` gives it.
    sr : int
        Its sample rate in Hz.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    digest = hashlib.blake2b(str(int(sr)).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(samples, dtype="<f4").data)
    return digest.hexdigest()
