"""Checking a corpus: what is wrong with it, clip by clip, and what to do about it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sertools import audio
from sertools._validation import name_some
from sertools.datasets._listen import Heard
from sertools.datasets._table import as_words, path_series
from sertools.datasets.specs import SPECS, CorpusSpec

__all__ = ["CorpusReport"]

# What to do with a clip that has the defect. Kept are those whose emotion can still be heard.
_ACTIONS = {
    "count": "keep",  # the corpus as a whole has not the clips that were published
    "nested-copy": "drop",  # the same recording in another folder or format: it would leak
    "misnamed": "drop",  # name and folder tell different emotions
    "lfs-stub": "drop",
    "unreadable": "drop",  # missing, empty, truncated or no audio
    "not-finite": "drop",  # holds NaN or infinity
    "silent": "drop",
    "contradiction": "drop",  # identical samples under two labels or speakers: one is wrong
    "identical": "drop",  # identical samples, equally labelled: the first one is kept
    "stereo": "keep",  # readers average the channels
    "sample-rate": "keep",  # readers resample
    "clipped": "keep",
}

# -60 dB of full scale: the softest of RAVDESS swings by 201 / 32768 (-44 dB), and 16 bits leave
# nothing but 32 steps there.
_SILENT_SWING = 1e-3

# A peak may touch full scale once or twice by chance, or by normalisation; a flat top is three.
_CLIPPED_SAMPLES = 3

_WHOLE_CORPUS = -1  # the row of a finding that is about no clip in particular

Finding = tuple[str, int, str]  # defect, row, detail


@dataclass(frozen=True, eq=False, repr=False)
class CorpusReport:
    """What `Corpus.check` found, and the plan to repair it: ``corpus.select(report)``.

    Parameters
    ----------
    name : str
        Name of the corpus.
    n_clips : int
        Number of clips checked.
    findings : DataFrame
        One row per clip and defect: ``defect``, ``row`` (of the corpus's frame; -1 for a finding
        about the whole corpus), ``path``, ``detail``, and ``action``, which is ``"drop"`` or
        ``"keep"``.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools.datasets import Corpus
    >>> clips = [np.sin(np.arange(800.0)), np.zeros(800)]
    >>> report = Corpus(clips, ["sad", "angry"], sr=16000).check()
    >>> print(report)
    'corpus', clips checked: 2, findings: 1, clips to leave out: 1
      silent (drop) its samples swing by 0 of full scale
    corpus.select(report) leaves out the clips marked drop.
    >>> report.ok, report.drops
    (False, array([1]))
    """

    name: str
    n_clips: int
    findings: pd.DataFrame

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return self.findings.empty

    @property
    def drops(self) -> NDArray[np.intp]:
        """Rows of the clips to leave out, sorted."""
        doomed = self.findings["action"] == "drop"
        return np.unique(self.findings.loc[doomed, "row"].to_numpy(dtype=np.intp))

    def summary(self) -> str:
        """The findings in words: a line per defect, with the first clip that has it.

        Returns
        -------
        str
            What ``print(report)`` shows.
        """
        lines = [
            f"{self.name!r}, clips checked: {self.n_clips}, findings: {len(self.findings)}, "
            f"clips to leave out: {len(self.drops)}"
        ]
        for defect in dict.fromkeys(self.findings["defect"]):
            of_kind = self.findings[self.findings["defect"] == defect]
            first = of_kind.iloc[0]
            where = f"{first['path']!r}: " if first["path"] else ""
            more = f" ... and {len(of_kind) - 1} more" if len(of_kind) > 1 else ""
            lines.append(f"  {defect} ({first['action']}) {where}{first['detail']}{more}")
        if len(self.drops):
            lines.append("corpus.select(report) leaves out the clips marked drop.")
        return "\n".join(lines)

    __str__ = summary

    def __repr__(self) -> str:
        return f"CorpusReport({self.summary().splitlines()[0]})"


def examine(
    name: str, frame: pd.DataFrame, specs: Mapping[str, CorpusSpec], heard: Sequence[Heard] | None
) -> CorpusReport:
    """The report on a corpus, from its table and from what was heard of its clips, if anything."""
    unreadable = {row for row, facts in enumerate(heard or ()) if facts.error}
    copies = list(_nested_copies(frame, unreadable))
    findings = [*_wrong_counts(frame, specs), *copies, *_misnamed(frame)]
    if heard is not None:
        sounds = list(_sounds(heard))
        findings += sounds
        findings += _odd_rates(frame, heard)
        # Silence equals silence, and a copy was reported as a copy.
        settled = {row for defect, row, _ in [*copies, *sounds] if _ACTIONS[defect] == "drop"}
        findings += _same_samples(frame, heard, settled)
    return CorpusReport(name, len(frame), _finding_table(findings, frame))


def _finding_table(findings: Sequence[Finding], frame: pd.DataFrame) -> pd.DataFrame:
    """Findings as a table, those about the whole corpus first, then in the order of the clips."""
    findings = sorted(findings, key=lambda finding: finding[1])
    paths = frame["path"].to_list()
    return pd.DataFrame(
        {
            "defect": as_words([defect for defect, _, _ in findings]),
            "row": np.array([row for _, row, _ in findings], dtype=np.intp),
            "path": path_series(
                ["" if row == _WHOLE_CORPUS else paths[row] for _, row, _ in findings]
            ),
            "detail": as_words([detail for _, _, detail in findings]),
            "action": as_words([_ACTIONS[defect] for defect, _, _ in findings]),
        }
    )


def _wrong_counts(frame: pd.DataFrame, specs: Mapping[str, CorpusSpec]) -> Iterator[Finding]:
    """Corpora that have more or fewer clips than were published."""
    for name, spec in specs.items():
        clips = frame[frame["corpus"] == name]
        odd, missing, surplus = [], 0, 0
        for channel in spec.counts:
            emotions = clips.loc[clips["channel"] == channel, "emotion"]
            if emotions.empty:  # speech is often loaded without song
                continue
            for emotion, published in spec.counts[channel].items():
                held = int((emotions == emotion).sum()) if emotion else len(emotions)
                missing += max(0, published - held)
                surplus += max(0, held - published)
                if held != published:
                    odd.append(f"{channel} {emotion}".rstrip() + f" {held} of {published}")
        if surplus or missing > spec.slack:
            detail = f"{name} has not the clips that were published: {', '.join(odd)}"
            n_speakers = clips["speaker"].nunique()
            if n_speakers != spec.n_speakers and spec.n_speakers:
                detail += f"; {n_speakers} of {spec.n_speakers} speakers"
            yield "count", _WHOLE_CORPUS, detail


def _nested_copies(frame: pd.DataFrame, unreadable: Collection[int]) -> Iterator[Finding]:
    """Files of a known corpus whose name and speaker occur in another folder or format as well."""
    paths = [path.replace("\\", "/") for path in frame["path"]]
    keys = [
        (corpus, speaker, os.path.splitext(os.path.basename(path))[0].lower())
        for corpus, speaker, path in zip(frame["corpus"], frame["speaker"], paths, strict=True)
    ]
    rows = [row for row, path in enumerate(paths) if path and keys[row][0] in SPECS]
    kept: dict[tuple[str, str, str], int] = {}
    # The copy to keep is one that can be read, then the one that lies highest.
    for row in sorted(rows, key=lambda row: (row in unreadable, paths[row].count("/"), paths[row])):
        first = kept.setdefault(keys[row], row)
        if first != row:
            yield "nested-copy", row, f"another copy of {_title(frame, first)}"


def _misnamed(frame: pd.DataFrame) -> Iterator[Finding]:
    """Files that lie in the folder of another emotion than the one in their name."""
    for row in np.flatnonzero(frame["flags"].str.split().map(lambda flags: "misnamed" in flags)):
        name, folder = frame.loc[row, ["emotion", "emotion_raw"]]
        yield "misnamed", int(row), f"its name says {name}, its folder {folder}"


def _sounds(heard: Sequence[Heard]) -> Iterator[Finding]:
    """What is wrong with single clips."""
    for row, facts in enumerate(heard):
        if facts.error:
            is_stub = isinstance(facts.error, audio.LFSStubError)
            yield "lfs-stub" if is_stub else "unreadable", row, str(facts.error)
        elif not np.isfinite(facts.swing):
            yield "not-finite", row, "some samples are NaN or infinite"
        elif facts.swing < _SILENT_SWING:
            yield "silent", row, f"its samples swing by {facts.swing:.1g} of full scale"
        if facts.n_channels > 1:
            which = "that differ" if facts.channels_differ else "all the same"
            yield "stereo", row, f"{facts.n_channels} channels, {which}"
        if facts.longest_clipping >= _CLIPPED_SAMPLES:
            yield "clipped", row, f"{facts.longest_clipping} samples in a row at full scale"


def _odd_rates(frame: pd.DataFrame, heard: Sequence[Heard]) -> Iterator[Finding]:
    """Clips at another rate than most of their speaker's, and corpora that were resampled."""
    rates = pd.Series([facts.sr for facts in heard])
    readable = rates[[facts.error is None for facts in heard]]
    overall = readable.value_counts()
    for _, group in readable.groupby(frame["speaker"].loc[readable.index]):
        of_speaker = group.value_counts()
        # Among equally frequent rates of a speaker, the one that most of the corpus has.
        usual = max(of_speaker.index, key=lambda rate: (of_speaker[rate], overall[rate]))
        for row in group.index[group != usual]:
            yield "sample-rate", row, f"{group[row]} Hz; most clips of its speaker: {usual} Hz"
    for name, group in readable.groupby(frame["corpus"].loc[readable.index]):
        published = SPECS[name].sr if name in SPECS else None
        if published and (group == group.iloc[0]).all() and group.iloc[0] != published:
            yield (
                "sample-rate",
                _WHOLE_CORPUS,
                f"{name}: all clips are at {group.iloc[0]} Hz, published at {published} Hz",
            )


def _same_samples(
    frame: pd.DataFrame, heard: Sequence[Heard], settled: Collection[int]
) -> Iterator[Finding]:
    """Clips with identical samples: the first is kept if they agree on emotion and speaker."""
    rows_of: dict[str, list[int]] = {}
    for row, facts in enumerate(heard):
        if row not in settled:
            rows_of.setdefault(facts.recording_id, []).append(row)
    for rows in rows_of.values():
        if len(rows) == 1:
            continue
        meanings = frame.loc[rows, ["emotion", "speaker"]].drop_duplicates()
        if len(meanings) == 1:
            for row in rows[1:]:
                yield "identical", row, f"the samples of {_title(frame, rows[0])}"
        else:
            for row in rows:
                others = name_some((_title(frame, other) for other in rows if other != row), 3)
                yield "contradiction", row, f"the samples of {others}, under other labels"


def _title(frame: pd.DataFrame, row: int) -> str:
    """How a finding calls another clip: its path or number, its emotion and its speaker."""
    path, emotion, speaker = frame.loc[row, ["path", "emotion", "speaker"]]
    return f"{repr(path) if path else f'clip {row}'} ({emotion}, {speaker or 'speaker unknown'})"
