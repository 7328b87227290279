"""Reading: the header of an audio file, and its samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import soundfile as sf
from numpy.typing import DTypeLike, NDArray

from sertools._validation import LARGEST_SAMPLE, are_samples, check_rate
from sertools.audio._open import (
    TOLERATED_LOSS,
    AudioFileError,
    AudioSource,
    NotFiniteError,
    name_of,
    opened,
    truncated,
)
from sertools.audio._waveform import resample

# Seeking in these lands beside the place: libsndfile loses its count in the last pages of Vorbis,
# and an MP3 frame needs the ones before it.
_SEEKS_POORLY = frozenset({"OGG", "MP3"})

_HOLDS_NAN = frozenset({"FLOAT", "DOUBLE"})  # other encodings have no word for it

_SAMPLE_TYPES: dict[Any, str] = {np.dtype(name): name for name in ("float32", "float64")}

# Samples decoded at a time: a broken header may promise more than there is memory.
_BLOCK = 2**22


@dataclass(frozen=True)
class AudioInfo:
    """What the header of an audio file tells.

    Parameters
    ----------
    sr : int
        Sample rate in Hz.
    n_channels : int
        Number of channels.
    n_samples : int
        Samples per channel, as the header counts them; of an MP3 file without such a header,
        libsndfile's estimate.
    format, subtype : str
        Container and encoding in libsndfile's words, such as ``"WAV"`` and ``"PCM_16"``.
    """

    sr: int
    n_channels: int
    n_samples: int
    format: str
    subtype: str

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.n_samples / self.sr


def probe(source: AudioSource) -> AudioInfo:
    """Rate, channels, length and format of an audio file, read from its header.

    Parameters
    ----------
    source : str, path-like, bytes or binary file object
        The audio file.

    Returns
    -------
    AudioInfo
        The header's facts; no sample is decoded.

    Raises
    ------
    AudioFileError, FileNotFoundError, IsADirectoryError
        If the file cannot be opened as audio.

    Examples
    --------
    >>> import io, numpy as np, sertools
    >>> file = io.BytesIO()
    >>> sertools.audio.write(file, np.zeros(8000, dtype="float32"), sr=16000)
    >>> info = sertools.audio.probe(file)
    >>> info.sr, info.n_channels, info.duration, info.subtype
    (16000, 1, 0.5, 'PCM_16')
    """
    with opened(source) as file:
        return AudioInfo(file.samplerate, file.channels, file.frames, file.format, file.subtype)


def read(
    source: AudioSource,
    sr: int | None = None,
    *,
    mono: bool = True,
    offset: float = 0.0,
    duration: float | None = None,
    dtype: DTypeLike = "float32",
) -> tuple[NDArray[np.floating], int]:
    """Samples ``(n_times,)`` and sample rate of an audio file, as floats in [-1, 1].

    Parameters
    ----------
    source : str, path-like, bytes or binary file object
        The audio file. A file object is read from its start.
    sr : int or None, default=None
        Rate to resample to, once, with soxr's HQ setting; None keeps the file's own.
    mono : bool, default=True
        Average the channels. If False, a file of several channels comes as
        ``(n_channels, n_times)``.
    offset : float, default=0.0
        Seconds to skip; the file is sought where that is exact.
    duration : float or None, default=None
        Seconds to read at most; None reads to the end.
    dtype : {"float32", "float64"}, default="float32"
        Type of the samples.

    Returns
    -------
    samples : ndarray of shape (n_times,) or (n_channels, n_times)
        The waveform, C-contiguous.
    sr : int
        Its sample rate in Hz.

    Raises
    ------
    AudioFileError
        If the file is no audio, empty, truncated, holds NaN, or ends before `offset`.
    FileNotFoundError, IsADirectoryError
        If there is no such file, or it is a folder.
    ValueError
        If `sr`, `offset`, `duration` or `dtype` make no sense.

    Notes
    -----
    OGG and MP3 are decoded from the start and cut, because libsndfile does not seek in them to the
    sample.

    Examples
    --------
    >>> import io, numpy as np, sertools
    >>> file = io.BytesIO()
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(48000) / 48000)
    >>> sertools.audio.write(file, 0.5 * tone, sr=48000)
    >>> samples, sr = sertools.audio.read(file, sr=16000, offset=0.25)
    >>> samples.shape, samples.dtype, sr
    ((12000,), dtype('float32'), 16000)
    """
    target_sr = None if sr is None else check_rate(sr)
    _check_seconds(offset, duration)
    sample_type = _SAMPLE_TYPES.get(np.dtype(dtype))
    if sample_type is None:
        raise ValueError(f"dtype={dtype!r}: samples come as float32 or float64.")
    with opened(source) as file:
        rate, total = file.samplerate, file.frames
        start = round(offset * rate)
        if total == 0:
            raise AudioFileError(
                f"{name_of(source)} holds no samples. If a program wrote it into a pipe, its "
                "header lacks the length: rewrite it with ffmpeg -i input output.wav"
            )
        if start >= total:
            raise AudioFileError(
                f"{name_of(source)} lasts {total / rate:.3f} s, so nothing follows "
                f"offset={offset} s: take a smaller offset, or leave the file out."
            )
        wanted = total - start
        if duration is not None:
            wanted = min(wanted, max(1, round(duration * rate)))
        if start == 0:  # FLAC pays for a seek to where it is
            frames = _decode(file, wanted, sample_type)
        elif file.format in _SEEKS_POORLY or not file.can_seek:
            frames = _decode(file, start + wanted, sample_type)[start:]
        else:
            file.seek(start)
            frames = _decode(file, wanted, sample_type)
        if wanted - len(frames) > TOLERATED_LOSS * rate:
            raise truncated(source, f"{len(frames)} of {wanted} samples can be decoded")
        if file.subtype in _HOLDS_NAN and not are_samples(frames):
            raise NotFiniteError(
                f"{name_of(source)} contains NaN, inf or numbers beyond {LARGEST_SAMPLE:g}: repair "
                "it or leave it out."
            )
    if frames.shape[1] == 1:
        samples = np.ascontiguousarray(frames[:, 0])
    else:
        samples = frames.mean(axis=1) if mono else np.ascontiguousarray(frames.T)
    if target_sr is not None and target_sr != rate:
        return resample(samples, rate, target_sr), target_sr
    return samples, rate


def _check_seconds(offset: Any, duration: Any) -> None:
    """Refuse an offset or a duration that no file can satisfy."""
    if not (isinstance(offset, int | float | np.number) and 0 <= offset < np.inf):
        raise ValueError(f"offset={offset!r}: give the seconds to skip, 0 or more.")
    if duration is None:
        return
    if not (isinstance(duration, int | float | np.number) and 0 < duration < np.inf):
        raise ValueError(f"duration={duration!r}: give seconds above 0, or None to read all.")


def _decode(file: sf.SoundFile, n_frames: int, sample_type: str) -> NDArray[np.floating]:
    """Up to `n_frames` samples from where the file stands, ``(n_frames, n_channels)``."""
    blocks = []
    while n_frames > 0:
        asked = min(n_frames, _BLOCK)
        blocks.append(file.read(asked, dtype=sample_type, always_2d=True))
        if len(blocks[-1]) < asked:
            break
        n_frames -= asked
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
