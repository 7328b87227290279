"""Loading known corpora: every file goes to the declaration that recognises its name."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence

import pandas as pd

from sertools import audio
from sertools._validation import name_some, warn_user
from sertools.datasets._concat import concat_corpora
from sertools.datasets._corpus import Corpus
from sertools.datasets._table import COLUMNS, rejection_table
from sertools.datasets.specs import SPECS, CorpusSpec, find_spec

__all__ = ["load_corpora", "load_corpus"]

Row = dict[str, str]
Rejection = tuple[str, str]  # path, reason


def load_corpus(name: str, root: str | os.PathLike[str], *, keep_flagged: bool = False) -> Corpus:
    """A known corpus from the files below a folder, read from their names alone.

    Parameters
    ----------
    name : str
        One of ``"ravdess"``, ``"crema-d"``, ``"tess"``, ``"savee"``, ``"jl"``, ``"emov-db"``,
        ``"asvp-esd"``, ``"esd"`` and ``"emo-db"``, in any usual spelling.
    root : str or path-like
        The folder; the files may lie anywhere below it.
    keep_flagged : bool, default=False
        Whether to keep clips that are better left out: of RAVDESS the sound of a video beside
        the audio-only file of the same take, of ASVP-ESD clips of mixed voices unless there are no
        others. The column ``flags`` tells which they are.

    Returns
    -------
    Corpus
        Of paths, in the order of their names. ``rejected`` lists the files that were left out,
        videos and formats that cannot be read among them, each with the reason; a warning counts
        them.

    Raises
    ------
    ValueError
        If the corpus is not known or no file is named as it names them.
    FileNotFoundError, NotADirectoryError
        If `root` does not exist, is a file, or holds no audio file that can be read.

    Warns
    -----
    UserWarning
        If files are left out, or if some clips are there more than once.

    Examples
    --------
    >>> import tempfile
    >>> from sertools.datasets import load_corpus, make_corpus, write_corpus
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paths = write_corpus(make_corpus(n_speakers=2, n_per_speaker=6), folder, "crema-d")
    ...     corpus = load_corpus("crema-d", folder)
    >>> corpus
    Corpus('crema-d': 12 clips, 2 speakers, 6 emotions)
    """
    spec = find_spec(name)
    files, foreign = files_below(root)
    rows, strays = _sorted_by_corpus(files, root, [spec])
    if not rows:
        raise ValueError(_nothing_recognised(spec, os.fspath(root), strays))
    corpus = _build(spec, rows[spec.name], [*strays, *foreign], keep_flagged)
    warn_of_rejections(corpus, root)
    return corpus


def load_corpora(root: str | os.PathLike[str], *, keep_flagged: bool = False) -> Corpus:
    """All known corpora below a folder as one, whatever the folders are called.

    Parameters
    ----------
    root : str or path-like
        A folder with one known corpus or several, side by side or mixed.
    keep_flagged : bool, default=False
        Whether to keep clips that are better left out, as in `load_corpus`.

    Returns
    -------
    Corpus
        Of paths; its name joins those of the corpora found, and the column ``corpus`` tells them
        apart. Speakers carry their corpus as a namespace. ``rejected`` lists the files that were
        left out, each with the reason; a warning counts them.

    Raises
    ------
    ValueError
        If no file is named as a known corpus names its files.
    FileNotFoundError, NotADirectoryError
        If `root` does not exist, is a file, or holds no audio file that can be read.

    Warns
    -----
    UserWarning
        If files are left out, or if some clips are there more than once.

    Examples
    --------
    >>> import tempfile
    >>> from sertools.datasets import load_corpora, make_corpus, write_corpus
    >>> corpus = make_corpus(n_speakers=2, n_per_speaker=6)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for layout in ("crema-d", "ravdess"):
    ...         paths = write_corpus(corpus, f"{folder}/{layout}", layout)
    ...     load_corpora(folder)
    Corpus('crema-d+ravdess': 24 clips, 4 speakers, 6 emotions)
    """
    files, foreign = files_below(root)
    rows_of, strays = _sorted_by_corpus(files, root, list(SPECS.values()))
    if not rows_of:
        raise ValueError(
            f"None of the {len(strays)} audio files below {os.fspath(root)!r} is named as a known "
            f"corpus names its files: {listed(strays)}. Known are {', '.join(SPECS)}. "
            "For another one take load_folder (a folder per class) or load_table."
        )
    parts = []
    rejected = [*strays, *foreign]
    for name, rows in rows_of.items():
        parts.append(_build(SPECS[name], rows, rejected, keep_flagged))
        rejected = []  # they are no corpus's own, so the first one takes them into the whole
    corpus = concat_corpora(parts)
    warn_of_rejections(corpus, root)
    return corpus


def files_below(root: str | os.PathLike[str]) -> tuple[list[tuple[str, str]], list[Rejection]]:
    """Every audio file below a folder, and the recordings in formats that cannot be read.

    An audio file is its path, and its path from the folder on, with slashes.
    """
    found = audio.find(root, audio.AUDIO_SUFFIXES | audio.FOREIGN_SUFFIXES)
    paths = [path for path in found if _suffix(path) in audio.AUDIO_SUFFIXES]
    foreign = [
        (
            path,
            f"sertools cannot read {_suffix(path)} files: convert it, for example with "
            "ffmpeg -i input output.wav",
        )
        for path in found
        if _suffix(path) in audio.FOREIGN_SUFFIXES
    ]
    if not paths:
        others = f" There are {len(foreign)} others: {listed(foreign)}." if foreign else ""
        raise FileNotFoundError(
            f"No audio file that sertools reads lies below {os.fspath(root)!r}. Looked for "
            f"{', '.join(sorted(audio.AUDIO_SUFFIXES))}.{others}"
        )
    start = len(os.path.join(root, ""))
    return [(path, path[start:].replace(os.sep, "/")) for path in paths], foreign


def _suffix(path: str) -> str:
    """The ending of a file name, in lower case."""
    return os.path.splitext(path)[1].lower()


def _sorted_by_corpus(
    files: Sequence[tuple[str, str]], root: str | os.PathLike[str], specs: Sequence[CorpusSpec]
) -> tuple[dict[str, list[Row]], list[Rejection]]:
    """Table rows of the files below a folder by corpus, and the files of none of them."""
    # The folder itself may tell the speaker, those above it may do so by accident only.
    folder = os.path.basename(os.path.abspath(root))
    rows_of: dict[str, list[Row]] = {}
    strays = []
    for path, inside in files:
        try:
            row = _parse(f"{folder}/{inside}", specs)
        except ValueError as reason:
            strays.append((path, str(reason)))
        else:
            row["path"] = path
            rows_of.setdefault(row["corpus"], []).append(row)
    return rows_of, strays


def _parse(path: str, specs: Sequence[CorpusSpec]) -> Row:
    """What a path says by the rules of the corpus that recognises it."""
    if len(specs) == 1:
        return specs[0].parse(path)
    for spec in specs:
        if spec.recognises(path):
            return spec.parse(path)
    raise ValueError("not named as any known corpus names its files")


def _build(
    spec: CorpusSpec, rows: Sequence[Row], rejected: Sequence[Rejection], keep_flagged: bool
) -> Corpus:
    """A known corpus from its rows, without those that are better left out."""
    if not keep_flagged:
        reasons = _better_left_out(rows, spec)
        rows = [row for row in rows if row["path"] not in reasons] or rows
        kept = {row["path"] for row in rows}
        rejected = [*rejected, *((path, why) for path, why in reasons.items() if path not in kept)]
    _warn_of_copies(rows, spec)
    return Corpus(
        [row["path"] for row in rows],
        frame=pd.DataFrame({column: [row.get(column, "") for row in rows] for column in COLUMNS}),
        name=spec.name,
        spec=spec,
        rejected=rejection_table(rejected),
    )


def _better_left_out(rows: Sequence[Row], spec: CorpusSpec) -> dict[str, str]:
    """By path the reasons why flagged clips are better left out."""
    reasons = {}
    taken = set()
    for row in sorted(rows, key=lambda row: row.get("flags", "")):  # those without flags first
        identity = spec.identity(row)
        for flag in row.get("flags", "").split():
            reason = spec.unwanted.get(flag) or (identity in taken and spec.repeats.get(flag))
            if reason:
                reasons[row["path"]] = f"{flag}: {reason}; keep_flagged=True keeps it"
        taken.add(identity)
    return reasons


def warn_of_rejections(corpus: Corpus, root: str | os.PathLike[str]) -> None:
    """Tell the caller's caller how many files were left out, and why the first ones."""
    rejected = corpus.rejected
    if len(rejected):
        first = list(zip(rejected["path"], rejected["reason"], strict=True))
        warn_user(
            f"{len(rejected)} of {len(corpus) + len(rejected)} recordings below "
            f"{os.fspath(root)!r} are left out: {listed(first)}. The table corpus.rejected has "
            "them all.",
        )


def _warn_of_copies(rows: Sequence[Row], spec: CorpusSpec) -> None:
    """Tell if clips are there more than once, other than those that were asked to be kept."""
    plain = [row for row in rows if not {*spec.repeats} & {*row.get("flags", "").split()}]
    expected = sum(
        sum(spec.counts[channel].values()) for channel in {row["channel"] for row in plain}
    )
    if spec.unique_names:
        expected = min(expected, len({spec.identity(row) for row in plain}))
    if len(plain) > expected:
        warn_user(
            f"{len(plain) - expected} of the {len(plain)} clips of {spec.title} are copies of "
            "others, which leak from training into test. Leave them out with "
            "corpus.select(corpus.check()).",
        )


def _nothing_recognised(spec: CorpusSpec, root: str, strays: Sequence[Rejection]) -> str:
    """The message for a folder without a file of the corpus, with the corpus it holds if any."""
    others = [
        other
        for other in SPECS.values()
        if other is not spec and any(other.recognises(path) for path, _ in strays)
    ]
    instead = (
        " or ".join(f'load_corpus("{other.name}", ...)' for other in others)
        or "load_folder (a folder per class) or load_table"
    )
    return (
        f"None of the {len(strays)} audio files below {root!r} is a clip of {spec.title}, whose "
        f"files look like {spec.example}: {listed(strays)}. Try {instead}."
    )


def listed(rejections: Collection[Rejection]) -> str:
    """The first files that were left out, with the reasons."""
    return name_some((f"{path!r} ({reason})" for path, reason in rejections), limit=3)
