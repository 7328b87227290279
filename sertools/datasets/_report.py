"""CorpusReport: what was found wrong with a corpus, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sertools._validation import name_some
from sertools.datasets._table import as_words, path_series

__all__ = ["CorpusReport"]

# What to do with a clip that has the defect. Kept are those whose emotion can still be heard.
ACTIONS = {
    "count": "keep",  # the corpus as a whole has not the clips that were published
    "nested-copy": "drop",  # the same recording in another folder or format: it would leak
    "misnamed": "drop",  # name and folder tell different emotions
    "lfs-stub": "drop",
    "unreadable": "drop",  # missing, empty, truncated or no audio
    "not-finite": "drop",  # holds NaN, infinity or absurd numbers
    "silent": "drop",
    "contradiction": "drop",  # identical samples under two labels or speakers: one is wrong
    "identical": "drop",  # identical samples, equally labelled: the first one is kept
    "stereo": "keep",  # readers average the channels
    "sample-rate": "keep",  # readers resample
    "clipped": "keep",
}

WHOLE_CORPUS = -1  # the row of a finding that is about no clip in particular

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
    fingerprint : str
        A hash of which clips were checked, in which order: rows mean nothing in another corpus.

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
    fingerprint: str

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


def finding_table(findings: Sequence[Finding], frame: pd.DataFrame) -> pd.DataFrame:
    """Findings as a table, those about the whole corpus first, then in the order of the clips."""
    findings = sorted(findings, key=lambda finding: finding[1])
    paths = frame["path"].to_list()
    return pd.DataFrame(
        {
            "defect": as_words([defect for defect, _, _ in findings]),
            "row": np.array([row for _, row, _ in findings], dtype=np.intp),
            "path": path_series(
                ["" if row == WHOLE_CORPUS else paths[row] for _, row, _ in findings]
            ),
            "detail": as_words([detail for _, _, detail in findings]),
            "action": as_words([ACTIONS[defect] for defect, _, _ in findings]),
        }
    )


def survivors(report: CorpusReport, fingerprint: str, corpus: str) -> NDArray[np.intp]:
    """Positions ``(n_kept,)`` of the clips that a report on this corpus does not want dropped."""
    if report.fingerprint != fingerprint:
        raise ValueError(
            f"The report is about another corpus ({report.name!r}, {report.n_clips} clips) than "
            f"{corpus}: check() the corpus that you select from."
        )
    kept = np.setdiff1d(np.arange(report.n_clips), report.drops)
    if not len(kept):
        reasons = report.findings.loc[report.findings["action"] == "drop", "defect"].value_counts()
        found = name_some(f"{defect} {number}" for defect, number in reasons.items())
        raise ValueError(
            f"No clip of {corpus} is left, for the report wants all of them dropped ({found}): "
            "print(report) says what is wrong with the files."
        )
    return kept
