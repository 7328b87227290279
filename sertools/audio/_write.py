"""Writing samples to an audio file."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile as sf
from numpy.typing import ArrayLike, NDArray

from sertools._validation import LARGEST_SAMPLE, check_rate
from sertools.audio._open import name_of
from sertools.audio._waveform import as_waveform

# How a suffix is written: libsndfile's name of the container, and the encoding where it is not
# the container's usual one.
_CONTAINERS = {
    ".wav": ("WAV", None),
    ".wave": ("WAV", None),
    ".rf64": ("RF64", None),
    ".w64": ("W64", None),
    ".flac": ("FLAC", None),
    ".ogg": ("OGG", None),
    ".oga": ("OGG", None),
    ".opus": ("OGG", "OPUS"),
    ".mp3": ("MP3", None),
    ".aif": ("AIFF", None),
    ".aiff": ("AIFF", None),
    ".au": ("AU", None),
    ".snd": ("AU", None),
    ".caf": ("CAF", None),
}
_PCM_BITS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
_UNBOUNDED = frozenset({"FLOAT", "DOUBLE"})  # encodings that hold values beyond full scale


def write(
    target: str | os.PathLike[str] | BinaryIO,
    samples: ArrayLike,
    sr: int,
    *,
    subtype: str | None = None,
) -> None:
    """Write samples ``(n_times,)`` or ``(n_channels, n_times)`` in [-1, 1] to an audio file.

    Parameters
    ----------
    target : str, path-like or binary file object
        Where to write; an existing file is replaced, once all is encoded. The suffix chooses the
        format; a file object gets WAV.
    samples : array-like of shape (n_times,) or (n_channels, n_times)
        The waveform, floats or int16 or int32 PCM. Values beyond [-1, 1] would be clipped by
        most encodings and are refused by these.
    sr : int
        Sample rate in Hz.
    subtype : str or None, default=None
        Encoding in libsndfile's words, such as ``"PCM_24"`` or ``"FLOAT"``; None is the usual one
        of the format, 16 bits for WAV and FLAC.

    Raises
    ------
    ValueError
        If the samples, the rate, the suffix or the encoding cannot be written.
    FileNotFoundError
        If the folder does not exist.
    """
    waveform = as_waveform(samples)
    sr = check_rate(sr)
    container, subtype = _container(target, subtype)
    peak = float(np.abs(waveform).max(initial=0.0))
    if not peak <= LARGEST_SAMPLE:
        raise ValueError(
            f"The samples contain NaN, inf or numbers beyond {LARGEST_SAMPLE:g}: repair them first."
        )
    if peak > 1.0 and subtype not in _UNBOUNDED:
        raise ValueError(
            f"The samples reach {peak:g}, and {subtype} holds [-1, 1]: scale them down, or write "
            'WAV with subtype="FLOAT".'
        )
    bits = _PCM_BITS.get(subtype)
    encodable = waveform if bits is None else _quantised(waveform, bits)
    encoded = io.BytesIO()
    try:
        sf.write(encoded, encodable.T, sr, subtype=subtype, format=container)
    except (sf.LibsndfileError, OverflowError) as error:
        reason = getattr(error, "error_string", str(error)).rstrip(".")
        raise ValueError(
            f"{name_of(target)} cannot be written as {container} at sr={sr} ({reason}): resample "
            "to a rate that the format holds, such as 16000 or 48000."
        ) from error
    if not isinstance(target, str | os.PathLike):
        target.write(encoded.getvalue())
        return
    if not Path(target).parent.is_dir():
        raise FileNotFoundError(f"{name_of(target)} cannot be written: its folder is missing.")
    Path(target).write_bytes(encoded.getvalue())


def _container(target: str | os.PathLike[str] | BinaryIO, subtype: str | None) -> tuple[str, str]:
    """Format and encoding, in libsndfile's words, of a file to write."""
    suffix = ".wav"
    if isinstance(target, str | os.PathLike):
        suffix = Path(target).suffix.lower()
    if suffix not in _CONTAINERS:
        raise ValueError(
            f"{name_of(target)}: the suffix says no format that sertools writes, which are "
            f"{', '.join(_CONTAINERS)}."
        )
    container, usual = _CONTAINERS[suffix]
    chosen = (subtype or usual or sf.default_subtype(container)).upper()
    if not sf.check_format(container, chosen):
        raise ValueError(
            f"subtype={subtype!r} is no encoding of {suffix} files, which may be "
            f"{', '.join(sf.available_subtypes(container))}."
        )
    return container, chosen


def _quantised(waveform: NDArray[np.floating], bits: int) -> NDArray[np.int32]:
    """Floats in [-1, 1] as integers whose upper `bits` bits hold the sample.

    By the full scale 2 ** (bits - 1) that reading divides by; libsndfile, left to itself, would
    multiply by one less, and what was read and written again would not be the same.
    """
    full_scale = 2.0 ** (bits - 1)
    steps = np.clip(np.rint(waveform.astype(np.float64) * full_scale), -full_scale, full_scale - 1)
    return (steps.astype(np.int64) << (32 - bits)).astype(np.int32)
