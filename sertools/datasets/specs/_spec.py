"""CorpusSpec: what one corpus says in its file names, declared as data."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sertools._validation import name_some

__all__ = ["CorpusSpec"]

Fields = dict[str, str]

# Not the flags, in which the sound of a video differs from the audio file of the same take.
_IDENTITY = ("speaker", "emotion", "text", "take", "intensity", "channel")


@dataclass(frozen=True, eq=False, kw_only=True)
class CorpusSpec:
    """How one corpus names its files, and what is known about it.

    Parameters
    ----------
    name : str
        Short name, the namespace of the speakers: ``"ravdess"``.
    title : str
        The name that its authors gave it.
    aliases : tuple of str
        Further names in use.
    source, licence : str
        Where to get it, and on which terms.
    example : str
        A path as the corpus writes it.
    pattern : re.Pattern
        Matches the whole stem of a file name; the names of its groups are columns. If it ignores
        case, columns without a table come in lower case.
    tables : mapping of column to mapping of code to value
        What codes mean, in whatever case a name writes them; a code that is not in the table of
        its column is refused.
    folders : mapping of column to re.Pattern
        Columns read from the nearest folder whose whole name matches, by the pattern's first
        group. The file name, where it tells the same column, comes first.
    derive : callable, optional
        Completes the codes of a file, in place, where a table does not do; raises ValueError
        with the reason for codes that cannot be.
    gender : mapping of speaker to gender
        Every speaker that a name can tell.
    language, channel : str
        Columns that are the same for all files.
    sr : int, optional
        The published sample rate in Hz, if there is one.
    n_speakers : int, optional
        The published number of speakers.
    counts : mapping of channel to mapping of emotion to number
        The published number of clips; the emotion ``""`` stands for all of a channel.
    slack : int
        By how many clips good copies are known to fall short of `counts`.
    unwanted : mapping of flag to reason
        Clips that loaders leave out unless told otherwise.
    repeats : mapping of flag to reason
        Clips that loaders leave out beside another file of the same `identity`.
    unique_names : bool
        Whether files of the same `identity` are copies of one recording.
    layout : str
        Format of a path with the codes of a clip, for writing.
    free : mapping of a field of `layout` to codes, or to codes by emotion
        The codes that number the clips of one speaker and emotion, for writing.

    Examples
    --------
    >>> from sertools.datasets import find_spec
    >>> spec = find_spec("emo-db")
    >>> spec.title, spec.language, spec.n_speakers
    ('EMO-DB', 'de', 10)
    """

    name: str
    title: str
    aliases: tuple[str, ...] = ()
    source: str
    licence: str
    example: str
    pattern: re.Pattern[str]
    tables: Mapping[str, Mapping[str, str]]
    folders: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    derive: Callable[[Fields], None] | None = None
    gender: Mapping[str, str]
    language: str = ""
    channel: str = "speech"
    sr: int | None = None
    n_speakers: int | None = None
    counts: Mapping[str, Mapping[str, int]]
    slack: int = 0
    unwanted: Mapping[str, str] = field(default_factory=dict)
    repeats: Mapping[str, str] = field(default_factory=dict)
    unique_names: bool = True
    layout: str
    free: Mapping[str, Sequence[str] | Mapping[str, Sequence[str]]]

    @property
    def emotion_codes(self) -> dict[str, str]:
        """The code of each emotion, for writing: the first one where there are several."""
        codes: dict[str, str] = {}
        for code, emotion in self.tables["emotion"].items():
            codes.setdefault(emotion, code)
        return codes

    def recognises(self, path: str) -> bool:
        """Whether a file is named as this corpus names its files.

        Parameters
        ----------
        path : str
            A path, with slashes or backslashes.

        Returns
        -------
        bool
            Whether the pattern matches; `parse` may still refuse a code or miss the speaker.
        """
        return self.pattern.fullmatch(_stem(path)) is not None

    def parse(self, path: str) -> dict[str, str]:
        """What a path says about its clip: values by column.

        Parameters
        ----------
        path : str
            A path, absolute or not, with slashes or backslashes. Give it from the corpus's own
            folder on, for a folder further up could have a telling name by accident.

        Returns
        -------
        dict
            Values of the columns that the path tells; the speaker comes with the namespace.

        Raises
        ------
        ValueError
            With the reason, if this is no path of the corpus.

        Examples
        --------
        >>> from sertools.datasets import find_spec
        >>> row = find_spec("ravdess").parse("Actor_12/03-01-05-02-01-01-12.wav")
        >>> row["emotion"], row["speaker"], row["gender"], row["intensity"]
        ('angry', 'ravdess:12', 'female', 'strong')
        """
        match = self.pattern.fullmatch(_stem(path))
        if match is None:
            raise ValueError(f"not named as {self.title} names its files")
        folder = path.replace("\\", "/").rpartition("/")[0]
        codes = {**_told_by_folders(self, folder), **_present(match)}
        raw = codes.get("emotion", "")
        if self.derive is not None:
            self.derive(codes)
        row = {column: self._meaning(column, code) for column, code in codes.items()}
        if not row.get("speaker"):
            raise ValueError(
                f"neither its name nor a folder tells the speaker, as {self.example} does; "
                "if a folder further up does, load that one"
            )
        return {
            "corpus": self.name,
            "language": self.language,
            "channel": self.channel,
            "emotion_raw": raw,
            "gender": self.gender.get(row["speaker"], ""),
            **row,
            "speaker": f"{self.name}:{row['speaker']}",
        }

    def identity(self, row: Mapping[str, str]) -> tuple[str, ...]:
        """What tells a recording from the others of its corpus, however a copy spells its name.

        Parameters
        ----------
        row : mapping of column to value
            What `parse` says of a path.

        Returns
        -------
        tuple of str
            Equal for the copies of one recording, and for them only if `unique_names`.

        Examples
        --------
        >>> from sertools.datasets import find_spec
        >>> spec = find_spec("savee")
        >>> spec.identity(spec.parse("ALL/DC_a01.wav")) == spec.identity(spec.parse("DC/a01.wav"))
        True
        """
        return tuple(row.get(column, "") for column in _IDENTITY)

    def _meaning(self, column: str, code: str) -> str:
        """The value that a code stands for."""
        if column not in self.tables:
            return code.lower() if self._ignores_case else code
        value = self._values[column].get(code.lower())
        if value is None:
            accepted = name_some(self.tables[column], limit=20)
            raise ValueError(f"{column} code {code!r} is none of {accepted}")
        return value

    @functools.cached_property
    def _ignores_case(self) -> bool:
        """Whether names may be in any case; asked once, for an enum is slow to ask."""
        return bool(self.pattern.flags & re.IGNORECASE)

    @functools.cached_property
    def _values(self) -> dict[str, dict[str, str]]:
        """The tables with their codes in lower case."""
        return {
            column: {code.lower(): value for code, value in table.items()}
            for column, table in self.tables.items()
        }


def _stem(path: str) -> str:
    """The file name without folder and suffix, whatever system wrote the path."""
    name = path.replace("\\", "/").rpartition("/")[2]
    return name.rpartition(".")[0] or name


def _present(match: re.Match[str]) -> Fields:
    """The groups that took part in a match."""
    return {column: code for column, code in match.groupdict().items() if code is not None}


@functools.lru_cache(maxsize=1024)  # a corpus has few folders and many files in each
def _told_by_folders(spec: CorpusSpec, folder: str) -> Mapping[str, str]:
    """What the folders of a path say, the nearest first."""
    told = {}
    for column, pattern in spec.folders.items():
        for name in reversed(folder.split("/")):
            match = pattern.fullmatch(name)
            if match:
                told[column] = match[1]
                break
    return told


def numbers(first: int, last: int, digits: int) -> tuple[str, ...]:
    """Numbers from `first` to `last`, zero-padded."""
    return tuple(f"{number:0{digits}d}" for number in range(first, last + 1))


def genders(speakers: str, female: str) -> dict[str, str]:
    """The gender of each of the space-separated speakers."""
    return {name: "female" if name in female.split() else "male" for name in speakers.split()}
