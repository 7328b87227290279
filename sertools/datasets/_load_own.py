"""Loading corpora that are nobody's standard: a folder per class, or a table."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sertools._validation import name_some, warn_user
from sertools.datasets._corpus import Corpus
from sertools.datasets._load import files_below, warn_of_rejections
from sertools.datasets._table import COLUMNS, as_words, namespaced, rejection_table

__all__ = ["load_folder", "load_table"]

# What people call the parts of a corpus, and nobody an emotion.
_PARTS = {"train", "training", "val", "valid", "validation", "dev", "eval", "evaluation", "test"}


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
        left out, as are formats that cannot be read; ``rejected`` lists them, each with the
        reason.

    Raises
    ------
    ValueError
        If there is no file in a class folder, or if `speaker` is no regular expression or finds
        none in some paths.
    FileNotFoundError, NotADirectoryError
        If `root` does not exist, is a file, or holds no audio file that can be read.

    Warns
    -----
    UserWarning
        If files are left out, or if the classes seem to lie further down: all in one folder, or
        in folders named ``train``, ``test`` and the like.

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
    files, foreign = files_below(root)
    sorted_in = [(path, inside) for path, inside in files if "/" in inside]
    strays = [(path, "lies in no class folder") for path, inside in files if "/" not in inside]
    if not sorted_in:
        raise ValueError(
            f"The {len(files)} audio files of {os.fspath(root)!r} lie in no class folder. Sort "
            "them into one folder per emotion, or take load_corpus or load_table."
        )
    inside = [path for _, path in sorted_in]
    corpus = Corpus(
        [path for path, _ in sorted_in],
        [path.partition("/")[0] for path in inside],
        None if speaker is None else _speakers(inside, speaker),
        name=name or os.path.basename(os.path.abspath(root)),
        rejected=rejection_table([*strays, *foreign]),
    )
    warn_of_rejections(corpus, root)
    _warn_of_wrong_level(root, inside)
    return corpus


def _warn_of_wrong_level(root: str | os.PathLike[str], paths: Sequence[str]) -> None:
    """Tell if the first folders of the paths look like the parts of a corpus, not like classes."""
    parts = {path.split("/")[0] for path in paths}
    deeper = sorted({path.split("/")[1] for path in paths if path.count("/") > 1})
    if deeper and (len(parts) == 1 or {part.lower() for part in parts} & _PARTS):
        example = os.path.join(root, min(parts))
        warn_user(
            f"The classes of {os.fspath(root)!r} are the folders {name_some(sorted(parts))}. If "
            f"they should be those below, {name_some(deeper)}, load them from there: "
            f"load_folder({example!r}); concat_corpora joins several.",
        )


def _speakers(paths: list[str], rule: str | Callable[[str], str]) -> list[str]:
    """The speaker of each path by a function or a regular expression."""
    if callable(rule):
        found = [str(rule(path) or "") for path in paths]
    elif isinstance(rule, str):
        try:
            pattern = re.compile(rule)
        except re.error as error:
            raise ValueError(f"speaker={rule!r} is no regular expression: {error}.") from None
        matches = [pattern.search(path) for path in paths]
        found = [
            ((match[1] if pattern.groups else match[0]) or "") if match else "" for match in matches
        ]
    else:
        raise TypeError(
            f"speaker={rule!r}: give a regular expression, or a function of the path below the "
            "folder."
        )
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
        A table, or a local file that holds one: CSV (``.csv``), tab-separated (``.tsv``), both
        in UTF-8, or Parquet.
    path, label : str
        The columns of paths and of emotions; a column of the table that is called ``"emotion"``
        gives way to the one named here.
    speaker : str, optional
        The column of speakers; ``"speaker"`` if there is one. Without one, and where it is
        empty, they are unknown. If a column ``corpus`` names several corpora, speakers without a
        namespace get theirs.
    root : str or path-like, optional
        The folder that relative paths start from; by default that of the table's file. With a
        DataFrame they stay as they are, and ``root=""`` leaves them so in a file as well: that is
        how a saved ``corpus.frame`` of relative paths is to be loaded.
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
        If columns are missing, cells of paths or labels are empty, paths repeat, or a file holds
        no table.
    FileNotFoundError
        If the file does not exist; nothing is downloaded.
    TypeError
        If `table` is neither a file nor a DataFrame.
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
    elif not isinstance(table, str | os.PathLike):
        raise TypeError(
            f"table is a {type(table).__name__}: give a DataFrame (pandas.DataFrame makes one), or "
            "the path of a file."
        )
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
    columns = {column: [w.strip() for w in as_words(rows[of])] for column, of in meant.items()}
    for column in ("path", "emotion"):
        empty = np.flatnonzero(np.array(columns[column]) == "")
        if len(empty):
            raise ValueError(
                f"The column {meant[column]!r} is empty in rows {name_some(empty)} (the first is "
                "row 0): fill them in or leave them out."
            )
    corpus = Corpus(
        [os.path.join(root or "", str(cell)) for cell in rows[path]],
        frame=rows.drop(columns=list(meant.values())).assign(**{"speaker": "", **columns}),
        name=name or "corpus",
    )
    frame = corpus.frame
    if frame["corpus"].nunique() == 1:
        return corpus
    return Corpus(corpus.X, frame=frame.assign(speaker=namespaced(frame)), name=corpus.name)


def _read_table(file: Path, words: set[str]) -> pd.DataFrame:
    """The table in a file; empty cells are missing, and the columns `words` stay text."""
    suffix = file.suffix.lower()
    if suffix not in (".csv", ".tsv", ".parquet", ".pq"):
        raise ValueError(
            f"{str(file)!r} is no table that is known here: give .csv, .tsv or .parquet, or read "
            "it with pandas and give the DataFrame."
        )
    if not file.is_file():
        raise FileNotFoundError(
            f"The table {str(file)!r} does not exist (seen from {os.getcwd()!r}): give a local "
            "file, and download it first if it lies elsewhere."
        )
    if suffix in (".parquet", ".pq"):
        try:
            return pd.read_parquet(file)
        except ImportError as error:
            raise ImportError(
                f"{str(file)!r} needs a Parquet reader: pip install pyarrow, or save as CSV."
            ) from error
    try:
        # Only empty cells are missing: somebody may be called "NA", and "None" may be an emotion.
        return pd.read_csv(
            file,
            sep="\t" if suffix == ".tsv" else ",",
            dtype=dict.fromkeys(words, str),
            keep_default_na=False,
            na_values=[""],
        )
    except ValueError as error:  # also what pandas and the decoder of UTF-8 raise
        raise ValueError(
            f"{str(file)!r} cannot be read as a table in UTF-8 ({error}): save it anew, or read it "
            "with pandas and give the DataFrame."
        ) from error
