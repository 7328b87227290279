"""Loading corpora that are nobody's standard: a folder per class, or a table."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from sertools._validation import name_some
from sertools.datasets._corpus import Corpus
from sertools.datasets._load import files_below
from sertools.datasets._table import COLUMNS, as_words, rejection_table

__all__ = ["load_folder", "load_table"]


def load_folder(
    root: str | os.PathLike[str],
    *,
    speaker: str | Callable[[str], str] | None = None,
    name: str | None = None,
) -> Corpus:
    r"""A corpus from a folder with one folder per class, which is the label as it is written.

    Parameters
    ----------
    root : str or path-like
        The folder of the class folders, which may hold further folders.
    speaker : str or callable, optional
        Who speaks: a regular expression searched in the path below `root` (with slashes), whose
        first group or whole match is the speaker, or a function of that path. None leaves the
        speakers unknown, and then no split can keep them apart.
    name : str, optional
        Name of the corpus; the folder's own by default.

    Returns
    -------
    Corpus
        Of paths, in the order of their names. Audio files that lie beside the class folders are
        left out, listed in ``rejected`` and warned of.

    Raises
    ------
    ValueError
        If there is no file in a class folder, or if `speaker` finds none in some paths.
    FileNotFoundError, NotADirectoryError
        If `root` does not exist, is a file, or holds no audio file.

    Examples
    --------
    >>> import tempfile
    >>> from sertools.datasets import load_folder, make_corpus, write_corpus
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paths = write_corpus(make_corpus(n_speakers=2, n_per_speaker=6), folder, "ravdess")
    ...     corpus = load_folder(folder, speaker=r"(\d\d)\.wav", name="by actor")
    >>> corpus.frame.loc[0, ["emotion", "speaker"]].to_list()
    ['Actor_01', '01']
    """
    files = files_below(root)
    sorted_in = [(path, inside) for path, inside in files if "/" in inside]
    strays = [(path, "lies in no class folder") for path, inside in files if "/" not in inside]
    if not sorted_in:
        raise ValueError(
            f"The {len(files)} audio files of {os.fspath(root)!r} lie in no class folder. Sort "
            "them into one folder per emotion, or take load_corpus or load_table."
        )
    if strays:
        warnings.warn(
            f"{len(strays)} audio files lie beside the class folders of {os.fspath(root)!r} and "
            f"are left out: {name_some((repr(path) for path, _ in strays), limit=3)}.",
            UserWarning,
            stacklevel=2,
        )
    inside = [path for _, path in sorted_in]
    return Corpus(
        [path for path, _ in sorted_in],
        [path.partition("/")[0] for path in inside],
        None if speaker is None else _speakers(inside, speaker),
        name=name or os.path.basename(os.path.abspath(root)),
        rejected=rejection_table(strays),
    )


def _speakers(paths: list[str], rule: str | Callable[[str], str]) -> list[str]:
    """The speaker of each path by a function or a regular expression."""
    if callable(rule):
        found = [str(rule(path) or "") for path in paths]
    else:
        matches = [re.search(rule, path) for path in paths]
        found = [(match[1] if match.re.groups else match[0]) if match else "" for match in matches]
    without = [path for path, name in zip(paths, found, strict=True) if not name]
    if without:
        raise ValueError(
            f"speaker={rule!r} finds no speaker in {len(without)} of {len(paths)} paths: "
            f"{name_some(map(repr, without), limit=3)}. It sees paths as they are shown here."
        )
    return found


def load_table(
    table: str | os.PathLike[str] | pd.DataFrame,
    path: str = "path",
    label: str = "emotion",
    speaker: str | None = None,
    root: str | os.PathLike[str] | None = None,
    *,
    name: str | None = None,
) -> Corpus:
    """A corpus from a table of paths and labels.

    Parameters
    ----------
    table : str, path-like or DataFrame
        A table, or a file that holds one: CSV (``.csv``), tab-separated (``.tsv``) or Parquet.
    path, label : str
        The columns of paths and of emotions; a column of the table that is called ``"emotion"``
        gives way to the one named here.
    speaker : str, optional
        The column of speakers; ``"speaker"`` if there is one. Without one, and if it is empty
        throughout, they are unknown.
    root : str or path-like, optional
        The folder that relative paths start from; by default that of the table's file. With a
        DataFrame they stay as they are.
    name : str, optional
        Name of the corpus; by default that of the file, or ``"corpus"``.

    Returns
    -------
    Corpus
        Of paths, in the order of the table, with all its other columns. The files need not exist
        yet; ``check()`` finds out.

    Raises
    ------
    ValueError
        If columns are missing, cells of paths, labels or speakers are empty, or paths repeat.
    ImportError
        If a Parquet file is given and pyarrow is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from sertools.datasets import load_table
    >>> table = pd.DataFrame({"file": ["a.wav", "b.wav"], "mood": ["sad", "glad"]})
    >>> corpus = load_table(table, path="file", label="mood", root="recordings")
    >>> corpus.y
    array(['sad', 'glad'], dtype='<U4')
    """
    if isinstance(table, pd.DataFrame):
        rows = table.reset_index(drop=True)
    else:
        rows = _read_table(Path(table), {path, label, speaker or "speaker", *COLUMNS})
        root = Path(table).parent if root is None else root
        name = name or Path(table).stem
    if speaker is None and "speaker" in rows:
        speaker = "speaker"
    meant = {"path": path, "emotion": label} | ({"speaker": speaker} if speaker else {})
    missing = [column for column in meant.values() if column not in rows]
    if missing:
        raise ValueError(
            f"The table has no column {name_some(map(repr, missing))}; it has "
            f"{name_some(map(repr, rows.columns), limit=40)}. Say which columns hold what: "
            "load_table(table, path=..., label=..., speaker=...)."
        )
    columns = {column: as_words(rows[of]) for column, of in meant.items()}
    for column, words in columns.items():
        empty = np.flatnonzero(np.array(words) == "")
        if len(empty) and not (column == "speaker" and len(empty) == len(words)):
            raise ValueError(
                f"The column {meant[column]!r} is empty in rows {name_some(empty)} (the first is "
                "row 0): fill them in or leave them out."
            )
    return Corpus(
        [os.path.join(root or "", str(cell)) for cell in rows[path]],
        frame=rows.drop(columns=list(meant.values())).assign(**{"speaker": "", **columns}),
        name=name or "corpus",
    )


def _read_table(file: Path, words: set[str]) -> pd.DataFrame:
    """The table in a file; empty cells are missing, and the columns `words` stay text."""
    suffix = file.suffix.lower()
    if suffix in (".parquet", ".pq"):
        try:
            return pd.read_parquet(file)
        except ImportError as error:
            raise ImportError(
                f"{str(file)!r} needs a Parquet reader: pip install pyarrow, or save as CSV."
            ) from error
    if suffix not in (".csv", ".tsv"):
        raise ValueError(
            f"{str(file)!r} is no table that is known here: give .csv, .tsv or .parquet, or read "
            "it with pandas and give the DataFrame."
        )
    # Only empty cells are missing: somebody may be called "NA", and "None" may be an emotion.
    return pd.read_csv(
        file,
        sep="\t" if suffix == ".tsv" else ",",
        dtype=dict.fromkeys(words, str),
        keep_default_na=False,
        na_values=[""],
    )
