"""DATA: what people have, as a corpus or as a list of recordings."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from sertools.cli._say import note

if TYPE_CHECKING:
    import pandas as pd

    from sertools import Corpus

__all__ = ["audio_files", "load_data", "recordings"]

_TABLES = (".csv", ".tsv", ".parquet", ".pq")

# The value of --corpus for what is no known corpus.
_PER_CLASS = "folder"

_KINDS = (
    "--corpus NAME names a known corpus, --corpus folder takes a folder per class, --speaker finds "
    "who speaks there, and a table is DATA itself."
)


def load_data(
    data: str,
    *,
    corpus: str | None = None,
    speaker: str | None = None,
    path_column: str | None = None,
    label_column: str | None = None,
    speaker_column: str | None = None,
) -> Corpus:
    """The corpus that DATA is; the parameters are the options of `data_options`."""
    columns = {"path": path_column, "label": label_column, "speaker": speaker_column}
    given = {name: column for name, column in columns.items() if column is not None}
    if os.path.isdir(data):
        if given:
            raise click.UsageError(f"--{min(given)}-column is of a table, and DATA is a folder.")
        found = _of_folder(data, corpus, speaker)
    else:
        if corpus or speaker:
            raise click.UsageError("--corpus and --speaker are of a folder, and DATA is a file.")
        if not data.lower().endswith(_TABLES):
            raise click.ClickException(
                f"{data!r} is neither a folder nor a table: give a folder, or one of "
                f"{', '.join(_TABLES)}."
            )
        found = _of_table(data, given)
    note(f"{data}: {found!r}")
    return found


def _of_table(data: str, columns: dict[str, str]) -> Corpus:
    """The corpus of a table."""
    from sertools import load_table

    with _hint("the columns are named by --path-column, --label-column and --speaker-column."):
        return load_table(data, **columns)


def _of_folder(data: str, corpus: str | None, speaker: str | None) -> Corpus:
    """The known corpus in a folder, or the one of a folder per class."""
    from sertools import load_corpus, load_folder

    if corpus not in (None, _PER_CLASS):
        if speaker:
            raise click.UsageError(
                "--speaker is of a folder per class: a known corpus tells the speakers itself."
            )
        with _hint(_KINDS):
            return load_corpus(corpus, data)
    known = _known(data) if corpus is None and speaker is None else None
    if known is not None:
        return known
    with _hint(_KINDS):
        return load_folder(data, speaker=speaker)


@contextmanager
def _hint(hint: str) -> Iterator[None]:
    """A context in which DATA is refused in words for Python, and this is what they mean here."""
    try:
        yield
    except ValueError as error:
        raise click.ClickException(f"{error} In this command, {hint}") from error


def _known(data: str) -> Corpus | None:
    """The known corpora in a folder, if most of its recordings are named as theirs."""
    from sertools import load_corpora

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", UserWarning)
        try:
            found = load_corpora(data)
        except ValueError:  # no file is named so
            return None
    # A few files of a folder per class may be called like those of a corpus by accident.
    if len(found) < len(found.rejected):
        return None
    for warning in told:
        warnings.warn(warning.message, stacklevel=1)
    return found


def recordings(data: Sequence[str], **how: str | None) -> pd.DataFrame:
    """The recordings in all DATA: the column ``path``, and ``emotion`` and ``speaker`` if known."""
    import pandas as pd

    frames = [_listed(one, how) for one in data]
    table = pd.concat(frames, ignore_index=True).drop_duplicates("path", ignore_index=True)
    table = table.fillna("")
    return table.drop(columns=[name for name in table if (table[name] == "").all()])


def _listed(data: str, how: dict[str, str | None]) -> pd.DataFrame:
    """The recordings of one DATA, with labels where it has any."""
    import pandas as pd

    is_table = data.lower().endswith(_TABLES)
    if is_table or any(how.values()):
        corpus = load_data(data, **how)
    else:
        known = _known(data) if os.path.isdir(data) else None
        if known is None:
            # Objects, for the names of files are bytes that may be no text.
            return pd.DataFrame({"path": pd.Series(audio_files(data), dtype=object)})
        note(f"{data}: {known!r}")
        corpus = known
    return corpus.frame[["path", "emotion", "speaker"]]


def audio_files(path: str) -> list[str]:
    """The audio files below a folder, of which there must be some; a file is itself."""
    from sertools import audio

    if not os.path.isdir(path):
        return [path]
    found = audio.find(path)
    if not found:
        raise click.ClickException(
            f"No audio file lies below {path!r}. Looked for "
            f"{', '.join(sorted(audio.AUDIO_SUFFIXES))}."
        )
    return found
