"""Opening an audio file, or saying precisely why there is none to open."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import soundfile as sf

AudioSource = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO

_FORMATS = "WAV, FLAC, OGG (Vorbis, Opus), MP3, AIFF, AU, CAF, RF64 and W64"
_CONVERT = "convert it once, for example: ffmpeg -i input -ac 1 -ar 16000 output.wav"

_NAMED = 10  # an error that names more hides what it says

# A writer that miscounts a few samples is common and harmless; a loss of one hop (10 ms) or
# more changes features, so it is refused.
TOLERATED_LOSS = 0.01

# Programs that write WAV into a pipe cannot know its size and put a value just below 2**31 or
# 2**32 into the header: such a size promises nothing.
_STREAMED_BYTES = 2**31 - 2**16

# libsndfile's count of samples where the header of a stream does not tell one.
_UNKNOWN_LENGTH = 2**62

# Formats in which libsndfile takes the samples that are there for all there are, and what its log
# says of a header that promises more: bytes of a chunk (WAV, AIFF; W64 and AU call it otherwise),
# or samples (RF64).
_COUNTED_BY_HEADER = frozenset({"WAV", "WAVEX", "RF64", "W64", "AIFF", "AU"})
_SHORT_CHUNK = re.compile(
    r"^\s*(?:data|SSND|riff|Data Size)\s*: (?P<promised>\d+) \(should be (?P<held>\d+)\)", re.M
)
_SHORT_DS64 = re.compile(
    r"Calculated frame count (?P<held>\d+) does not match .* chunk of (?P<promised>\d+)"
)
_OGG_TAIL = 2**16  # bytes; no page of an OGG file is longer
_OGG_LAST_PAGE = 4  # the flag, in the sixth byte of a page, of the last one


class AudioFileError(OSError):
    """An audio file cannot be read; the message says which, why and what to do.

    Attributes
    ----------
    failures : tuple of OSError
        If many files were to be read: the error of each that could not be.
    """

    failures: tuple[OSError, ...] = ()

    @classmethod
    def of_many(cls, failures: Sequence[OSError], total: int, advice: str) -> AudioFileError:
        """One error for all of `total` files that could not be read; its text names the first.

        Parameters
        ----------
        failures : sequence of OSError
            The error of each file.
        total : int
            How many files were to be read.
        advice : str
            What to do, or what was done.

        Returns
        -------
        AudioFileError
            The error, not raised.
        """
        named = [f"  - {failure}" for failure in failures[:_NAMED]]
        if len(failures) > _NAMED:
            named.append(f"  ... and {len(failures) - _NAMED} more")
        reasons = "\n".join(named)
        error = cls(f"{len(failures)} of {total} recordings cannot be read:\n{reasons}\n{advice}")
        error.failures = tuple(failures)
        return error


class LFSStubError(AudioFileError):
    """A Git LFS stub lies where a recording should."""


class NotFiniteError(AudioFileError):
    """A recording holds NaN, infinite or absurdly large samples."""


class Recording(sf.SoundFile):
    """An audio file that is read forward from one place.

    After each read soundfile seeks to where the file stands anyway, if it can be sought at all; to
    FLAC that costs 3 % of the reading. So it is told that it cannot.
    """

    def seekable(self) -> bool:
        """Whether soundfile may seek on its own account: no."""
        return False

    @property
    def can_seek(self) -> bool:
        """Whether the file can be sought."""
        return super().seekable()


@contextlib.contextmanager
def opened(source: AudioSource) -> Iterator[Recording]:
    """An open soundfile on `source`, or the error that explains why there is none."""
    stream = _stream(source)
    try:
        file = Recording(stream)
    except (sf.LibsndfileError, OSError, TypeError) as error:  # the last is of headerless ".raw"
        raise _diagnose(source, error) from None
    with file:
        if file.frames >= _UNKNOWN_LENGTH:
            raise AudioFileError(
                f"{name_of(source)} does not say how long it is, as if it came through a pipe: "
                "rewrite it with ffmpeg -i input output.wav"
            )
        _refuse_truncated(source, stream, file)
        try:
            yield file
        except sf.LibsndfileError as error:
            reason = error.error_string.rstrip(".")
            raise AudioFileError(
                f"{name_of(source)} is damaged: decoding stopped ({reason}). "
                "Copy or download it again, or leave it out."
            ) from None


def _stream(source: AudioSource) -> Any:
    """What soundfile is to open for a source."""
    if isinstance(source, bytes | bytearray | memoryview):
        return io.BytesIO(source)
    if isinstance(source, str | os.PathLike):
        if not os.path.isfile(source):
            raise _no_file(source)
        # On Linux names are bytes, and need not be valid UTF-8.
        return os.fspath(source) if os.name == "nt" else os.fsencode(source)
    if not (hasattr(source, "read") and hasattr(source, "seek")):
        raise TypeError(
            f"{source!r:.80} is no audio file: give a path, bytes or a binary file object."
        )
    if getattr(source, "closed", False):
        raise AudioFileError(f"{name_of(source)} is closed: open it again, or give its path.")
    source.seek(0)
    if not isinstance(source.read(0), bytes):
        raise AudioFileError(f'{name_of(source)} is open as text: open it with mode "rb".')
    return source


def _no_file(path: str | os.PathLike[str]) -> OSError:
    """The error for a path at which there is no regular file."""
    name = name_of(path)
    if os.path.isdir(path):
        return IsADirectoryError(
            f"{name} is a folder, not an audio file: give one file, or list its recordings with "
            "sertools.audio.find(folder)."
        )
    if os.path.exists(path):
        return AudioFileError(f"{name} is a pipe or a device: give a file, or bytes read from it.")
    return FileNotFoundError(f"{name} does not exist (seen from {os.getcwd()!r}).")


def _refuse_truncated(source: AudioSource, stream: Any, file: sf.SoundFile) -> None:
    """Refuse a file whose header promises more than it holds, or whose last page is missing."""
    if file.format == "OGG":
        if not _has_last_page(stream):
            raise truncated(source, "its last page is missing")
        return
    if file.format not in _COUNTED_BY_HEADER:
        return  # the decoder notices
    tolerated = TOLERATED_LOSS * file.samplerate
    log = file.extra_info
    ds64 = _SHORT_DS64.search(log)
    if ds64 and int(ds64["promised"]) - int(ds64["held"]) > tolerated:
        raise truncated(source, f"{ds64['held']} of {ds64['promised']} samples are there")
    chunk = _SHORT_CHUNK.search(log)
    if chunk and int(chunk["promised"]) < _STREAMED_BYTES:
        promised, held = int(chunk["promised"]), int(chunk["held"])
        if (promised - held) * file.frames > tolerated * held:
            raise truncated(source, f"{held} of {promised} bytes are there")


def _has_last_page(stream: Any) -> bool:
    """Whether the last page in an OGG file says that it is the last."""
    if isinstance(stream, str | bytes):
        with open(stream, "rb") as file:
            return _has_last_page(file)
    place = stream.tell()
    stream.seek(0, os.SEEK_END)
    stream.seek(max(0, stream.tell() - _OGG_TAIL))
    tail = stream.read()
    stream.seek(place)
    page = tail.rfind(b"OggS")
    return page < 0 or len(tail) < page + 6 or bool(tail[page + 5] & _OGG_LAST_PAGE)


def truncated(source: AudioSource, what: str) -> AudioFileError:
    """The error for a file that ends early."""
    return AudioFileError(
        f"{name_of(source)} is truncated ({what}). Copy or download it again; to keep what is "
        "there, rewrite it with ffmpeg -i input output.wav"
    )


def name_of(source: AudioSource) -> str:
    """How an error message calls a source."""
    if isinstance(source, str | os.PathLike):
        return repr(os.fspath(source))
    name = getattr(source, "name", None)
    return repr(name) if isinstance(name, str) else f"<{type(source).__name__}>"


def _diagnose(source: AudioSource, error: Exception) -> OSError:
    """The most helpful error for a file that libsndfile refused with `error`."""
    name = name_of(source)
    if isinstance(source, str | os.PathLike):
        if not os.access(source, os.R_OK):
            return PermissionError(f"{name} may not be read: change its permissions.")
        head = _head(Path(source))
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
    reason = getattr(error, "error_string", str(error)).rstrip(".")
    return AudioFileError(
        f"{name} cannot be opened as audio ({reason}). sertools reads {_FORMATS}. "
        f"If it is another format (M4A, AAC, WMA, AMR, a video), {_CONVERT}"
    )


def _head(path: Path) -> bytes:
    """The first bytes of a file."""
    with path.open("rb") as file:
        return file.read(64)


def _looks_like_text(head: bytes) -> bool:
    """Whether the first bytes of a file are printable ASCII or white space."""
    return all(32 <= byte < 127 or byte in b"\t\r\n" for byte in head)
