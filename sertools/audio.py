"""Audio files: find, probe, read, resample and write them. No other module opens one.

soundfile (libsndfile) decodes, soxr resamples. What libsndfile cannot open is refused with
the reason and a way out; nothing is converted behind the caller's back and nothing is written
but what :func:`write` is told to.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import soundfile as sf
import soxr
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "AUDIO_SUFFIXES",
    "FOREIGN_SUFFIXES",
    "AudioFileError",
    "AudioInfo",
    "LFSStubError",
    "find",
    "probe",
    "read",
    "recording_id",
    "resample",
    "write",
]

AudioSource = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO

# What people keep speech in, among the formats that libsndfile decodes.
AUDIO_SUFFIXES = frozenset(
    {".wav", ".wave", ".rf64", ".w64", ".flac", ".ogg", ".oga", ".opus", ".mp3"}
    | {".aif", ".aiff", ".aifc", ".au", ".snd", ".caf", ".sph"}
)

# What people also keep speech in, and libsndfile does not decode.
FOREIGN_SUFFIXES = frozenset(
    {".m4a", ".aac", ".wma", ".amr", ".3gp", ".ac3", ".ape", ".wv", ".mka", ".weba"}
    | {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".flv", ".wmv", ".mpg", ".mpeg"}
)

_FORMATS = "WAV, FLAC, OGG (Vorbis, Opus), MP3, AIFF, AU, CAF, RF64 and W64"
_CONVERT = "convert it once, for example: ffmpeg -i input -ac 1 -ar 16000 output.wav"

# A writer that miscounts a few samples is common and harmless; a loss of one hop (10 ms) or
# more changes features, so it is refused.
_TOLERATED_LOSS = 0.01

# Programs that write WAV into a pipe cannot know its size and put 0 or a value near 2**31 or
# 2**32 into the header: such a size promises nothing.
_STREAMED = 0x7FFFF000

# libsndfile's log of a chunk that promises more bytes than the file holds.
_SHORT_CHUNK = re.compile(r"^\s*(?:data|SSND)\s*: (\d+) \(should be (\d+)\)", re.MULTILINE)


class AudioFileError(OSError):
    """An audio file cannot be read; the message says which, why and what to do.

    Attributes
    ----------
    failures : tuple of OSError
        If many files were to be read: the error of each that could not be.
    """

    failures: tuple[OSError, ...] = ()


class LFSStubError(AudioFileError):
    """A Git LFS stub lies where a recording should."""


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
        Samples per channel.
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


def find(root: str | os.PathLike[str], suffixes: Collection[str] = AUDIO_SUFFIXES) -> list[str]:
    """Paths of all audio files below a folder, sorted.

    Hidden files and folders, and the shadow files that macOS leaves in archives (``._x.wav``,
    ``__MACOSX``), are left out. Links to folders are followed, each folder once.

    Parameters
    ----------
    root : str or path-like
        The folder to walk.
    suffixes : collection of str, default=AUDIO_SUFFIXES
        Lower-case endings of the file names to look for, in any case.

    Returns
    -------
    list of str
        The paths, each starting with `root`, in the order of their names.

    Raises
    ------
    FileNotFoundError, NotADirectoryError, PermissionError
        If `root` does not exist or is a file, or if a folder below it cannot be listed.
    """
    root = os.fspath(root)
    if not os.path.exists(root):
        raise FileNotFoundError(f"The folder {root!r} does not exist (seen from {os.getcwd()!r}).")
    if not os.path.isdir(root):
        raise NotADirectoryError(f"{root!r} is a file; give the folder that holds the recordings.")
    found: list[str] = []
    visited: set[str] = set()
    for folder, subfolders, files in os.walk(root, followlinks=True, onerror=_refuse_unlisted):
        real = os.path.realpath(folder)
        if real in visited:
            subfolders.clear()
            continue
        visited.add(real)
        subfolders[:] = sorted(name for name in subfolders if not _is_litter(name))
        found.extend(
            os.path.join(folder, name)
            for name in files
            if os.path.splitext(name)[1].lower() in suffixes and not _is_litter(name)
        )
    return sorted(found)


def _refuse_unlisted(error: OSError) -> None:
    """Raise what a walk would swallow: the recordings of a folder that cannot be listed."""
    raise type(error)(
        f"The folder {error.filename!r} cannot be listed ({error.strerror}): change its "
        "permissions, or move it out of the way."
    ) from None


def _is_litter(name: str) -> bool:
    """Whether a file or folder name is hidden or an archive's shadow."""
    return name.startswith(".") or name == "__MACOSX"


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
    with _open(source) as file:
        return AudioInfo(file.samplerate, file.channels, file.frames, file.format, file.subtype)


def read(
    source: AudioSource,
    sr: int | None = None,
    *,
    mono: bool = True,
    offset: float = 0.0,
    duration: float | None = None,
    dtype: str = "float32",
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
        Seconds to skip; the file is sought, not read and cut.
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
        If the file is no audio, empty, truncated, or ends before `offset`.
    FileNotFoundError, IsADirectoryError
        If there is no such file, or it is a folder.
    ValueError
        If `sr`, `offset`, `duration` or `dtype` make no sense.

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
    _check_options(sr, offset, duration)
    if dtype not in ("float32", "float64"):
        raise ValueError(f'dtype={dtype!r}: samples come as "float32" or "float64".')
    with _open(source) as file:
        rate, total = file.samplerate, file.frames
        start = round(offset * rate)
        if start >= total:
            raise AudioFileError(
                f"{name_of(source)} holds {total} samples ({total / rate:.3f} s) and nothing after "
                f"offset={offset} s: take a smaller offset, or leave the file out."
            )
        wanted = total - start
        if duration is not None:
            wanted = min(wanted, max(1, round(duration * rate)))
        if start:
            file.seek(start)
        frames = file.read(wanted, dtype=dtype, always_2d=True)
        if wanted - len(frames) > _TOLERATED_LOSS * rate:
            raise _truncated(source, len(frames), wanted)
    if frames.shape[1] == 1:
        samples = frames[:, 0]
    else:
        samples = frames.mean(axis=1) if mono else np.ascontiguousarray(frames.T)
    if sr is not None and sr != rate:
        return resample(samples, rate, sr), sr
    return samples, rate


def _check_options(sr: int | None, offset: float, duration: float | None) -> None:
    """Refuse a rate, offset or duration that no file can satisfy."""
    if sr is not None and (sr <= 0 or sr != int(sr)):
        raise ValueError(f"sr={sr!r}: give a whole number of Hz above 0, or None for the file's.")
    if not 0 <= offset < np.inf:
        raise ValueError(f"offset={offset!r}: give the seconds to skip, 0 or more.")
    if duration is not None and not 0 < duration < np.inf:
        raise ValueError(f"duration={duration!r}: give seconds above 0, or None to read all.")


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
        The waveform at `target_sr`, by soxr's HQ filter. float64 is kept, all else becomes
        float32.

    Examples
    --------
    >>> import numpy as np, sertools
    >>> sertools.audio.resample(np.zeros(44100), 44100, 16000).shape
    (16000,)
    """
    for rate in (sr, target_sr):
        if rate <= 0:
            raise ValueError(f"sr={rate!r}: a sample rate is a number of Hz above 0.")
    waveform = np.asarray(samples)
    if waveform.dtype != np.float64:
        waveform = waveform.astype(np.float32, copy=False)
    if sr == target_sr:
        return waveform
    resampled = np.ascontiguousarray(soxr.resample(waveform.T, sr, target_sr, quality="HQ").T)
    # soxr rounds the length and librosa rounds it up: one convention, or frames would differ.
    n_times = -(-waveform.shape[-1] * target_sr // sr)
    short = n_times - resampled.shape[-1]
    if short > 0:
        return np.pad(resampled, [(0, 0)] * (resampled.ndim - 1) + [(0, short)])
    return resampled[..., :n_times]


def write(
    target: str | os.PathLike[str] | BinaryIO,
    samples: ArrayLike,
    sr: int,
    *,
    subtype: str = "PCM_16",
) -> None:
    """Write samples ``(n_times,)`` or ``(n_channels, n_times)`` in [-1, 1] to an audio file.

    Parameters
    ----------
    target : str, path-like or binary file object
        Where to write; an existing file is replaced, a missing folder is an error. The suffix
        chooses the format; a file object gets WAV.
    samples : array-like of shape (n_times,) or (n_channels, n_times)
        The waveform. Values beyond [-1, 1] would be clipped by an integer encoding and are
        refused there.
    sr : int
        Sample rate in Hz.
    subtype : str, default="PCM_16"
        Encoding in libsndfile's words, such as ``"PCM_24"`` or ``"FLOAT"``.
    """
    waveform = np.asarray(samples)
    if subtype.startswith("PCM") and np.issubdtype(waveform.dtype, np.floating) and waveform.size:
        peak = float(np.abs(waveform).max())
        if not peak <= 1.0:
            raise ValueError(
                f"The samples reach {peak:g}; {subtype} holds [-1, 1]. Scale them down, or write "
                'with subtype="FLOAT".'
            )
    stream: Any = target
    container: str | None = "WAV"
    if isinstance(target, str | os.PathLike):
        stream, container = _native(target), None
        if not Path(target).parent.is_dir():
            raise FileNotFoundError(f"{name_of(target)} cannot be written: its folder is missing.")
    sf.write(stream, waveform.T, sr, subtype=subtype, format=container)


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


@contextlib.contextmanager
def _open(source: AudioSource) -> Iterator[sf.SoundFile]:
    """An open soundfile on `source`, or the error that explains why there is none."""
    stream: Any = source
    if isinstance(source, bytes | bytearray | memoryview):
        stream = io.BytesIO(source)
    elif isinstance(source, str | os.PathLike):
        stream = _native(source)
    elif hasattr(source, "read") and hasattr(source, "seek"):
        stream.seek(0)
    else:
        raise TypeError(
            f"{source!r:.80} is no audio file: give a path, bytes or a binary file object."
        )
    try:
        file = sf.SoundFile(stream)
    except (sf.LibsndfileError, OSError) as error:
        raise _diagnose(source, error) from None
    with file:
        promise = _SHORT_CHUNK.search(file.extra_info)
        if promise:
            promised, held = int(promise[1]), int(promise[2])
            per_second = held / max(file.frames, 1) * file.samplerate
            if promised < _STREAMED and promised - held > _TOLERATED_LOSS * per_second:
                raise _truncated(source, held, promised, unit="bytes")
        try:
            yield file
        except sf.LibsndfileError as error:
            raise AudioFileError(
                f"{name_of(source)} is damaged: decoding stopped with {str(error).rstrip('.')!r}. "
                "Copy or download it again, or leave it out."
            ) from None


def content_of(source: AudioSource) -> AudioSource:
    """The bytes of a file object; any other source as it is."""
    if hasattr(source, "read") and hasattr(source, "seek"):
        source.seek(0)
        return source.read()
    return source


def _native(path: str | os.PathLike[str]) -> str | bytes:
    """A path as the system takes it: on Linux names are bytes, and need not be valid UTF-8."""
    return os.fspath(path) if os.name == "nt" else os.fsencode(path)


def _truncated(
    source: AudioSource, held: int, promised: int, unit: str = "samples"
) -> AudioFileError:
    """The error for a file that ends early."""
    return AudioFileError(
        f"{name_of(source)} is truncated: it holds {held} of the {promised} {unit} its header "
        "promises. Copy or download it again; to keep what is there, rewrite it: "
        "ffmpeg -i input output.wav"
    )


def name_of(source: AudioSource) -> str:
    """How an error message calls a source."""
    if isinstance(source, str | os.PathLike):
        return repr(os.fspath(source))
    name = getattr(source, "name", None)
    return repr(name) if isinstance(name, str) else f"<{type(source).__name__}>"


def _diagnose(source: AudioSource, error: Exception) -> OSError:
    """The most helpful error for a source that libsndfile refused with `error`."""
    name = name_of(source)
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        if not path.exists():
            return FileNotFoundError(f"{name} does not exist (seen from {os.getcwd()!r}).")
        if path.is_dir():
            return IsADirectoryError(
                f"{name} is a folder, not an audio file: give one file, or list its recordings "
                "with sertools.audio.find(folder)."
            )
        if not os.access(path, os.R_OK):
            return PermissionError(f"{name} may not be read: change its permissions.")
        head = _head(path)
    elif isinstance(source, bytes | bytearray | memoryview):
        head = bytes(source[:64])
    else:
        source.seek(0)
        head = source.read(64)
    if not head:
        return AudioFileError(f"{name} is empty (0 bytes): copy or download it again.")
    if head.startswith(b"version https://git-lfs"):
        return LFSStubError(
            f"{name} is a Git LFS stub, a few lines of text in place of the recording: "
            "run `git lfs pull` in the repository it came from."
        )
    if _looks_like_text(head):
        return AudioFileError(
            f"{name} holds text ({head[:24].decode(errors='replace')!r}...), not audio: "
            "a failed download, perhaps. Get the recording itself."
        )
    return AudioFileError(
        f"{name} cannot be opened as audio ({str(error).rstrip('.')}). sertools reads {_FORMATS}. "
        f"If it is another format (M4A, AAC, WMA, AMR, a video), {_CONVERT}"
    )


def _head(path: Path) -> bytes:
    """The first bytes of a file."""
    with path.open("rb") as file:
        return file.read(64)


def _looks_like_text(head: bytes) -> bool:
    """Whether the first bytes of a file are printable ASCII or white space."""
    return all(32 <= byte < 127 or byte in b"\t\r\n" for byte in head)
