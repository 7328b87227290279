"""Checking a corpus: what is wrong with it, clip by clip."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import pandas as pd

from sertools import audio
from sertools._validation import name_some
from sertools.datasets._listen import Heard
from sertools.datasets._report import ACTIONS, WHOLE_CORPUS, Finding
from sertools.datasets.specs import SPECS, CorpusSpec

# -60 dB of full scale: the softest of RAVDESS swings by 201 / 32768 (-44 dB), and 16 bits leave
# nothing but 32 steps there.
_SILENT_SWING = 1e-3

# A peak may touch full scale once or twice by chance, or by normalisation; a flat top is three.
_CLIPPED_SAMPLES = 3

# Floats may overshoot a little, as decoders do; twice full scale is no decoder's doing.
_OVERSHOOT = 2.0

# Of fewer clips the most frequent rate says nothing about what is usual for a speaker.
_ENOUGH_CLIPS = 3

# What decodes to other samples than were encoded: the worse one of two copies.
_LOSSY_SUFFIXES = (".mp3", ".ogg", ".oga", ".opus")


def examine(
    frame: pd.DataFrame, specs: Mapping[str, CorpusSpec], heard: Sequence[Heard] | None
) -> list[Finding]:
    """All findings on a corpus, from its table and what was heard of its clips, if anything."""
    titles = _titles(frame)
    findings = list(_misnamed(frame))
    if heard is not None:
        findings += _sounds(heard)
        findings += _odd_rates(frame, heard)
    settled = {row for defect, row, _ in findings if ACTIONS[defect] == "drop"}
    copies = list(_nested_copies(frame, settled, titles))
    settled.update(row for _, row, _ in copies)
    if heard is not None:
        # Silence equals silence, and a copy was reported as a copy.
        findings += _same_samples(frame, heard, settled, titles)
    originals = frame.drop(index=[row for _, row, _ in copies])
    return [*_wrong_counts(originals, specs), *copies, *findings]


def _titles(frame: pd.DataFrame) -> list[str]:
    """How a finding calls each of the clips: its path or number, its emotion and its speaker."""
    columns = (frame["path"], frame["emotion"], frame["speaker"])
    return [
        f"{repr(path) if path else f'clip {row}'} ({emotion}, {speaker or 'speaker unknown'})"
        for row, (path, emotion, speaker) in enumerate(zip(*columns, strict=True))
    ]


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
            yield "count", WHOLE_CORPUS, detail


def _nested_copies(
    frame: pd.DataFrame, unhealthy: Collection[int], titles: Sequence[str]
) -> Iterator[Finding]:
    """Files of a known corpus whose names tell the same recording as that of a better file."""
    paths = [path.replace("\\", "/") for path in frame["path"]]
    flagged = (frame["flags"] != "").to_list()

    def rank(row: int) -> tuple[bool, bool, bool, int, str]:
        """The lower, the better: sound, plain, lossless, high up, early in the alphabet."""
        path = paths[row]
        is_lossy = path.lower().endswith(_LOSSY_SUFFIXES)
        return row in unhealthy, flagged[row], is_lossy, path.count("/"), path

    rows_of = defaultdict(list)
    for row, file in enumerate(zip(frame["path"], frame["corpus"], strict=True)):
        identity = _identity(*file)
        if identity is not None:
            rows_of[identity].append(row)
    for rows in rows_of.values():
        best, *others = sorted(rows, key=rank)
        for row in others:
            yield "nested-copy", row, f"another copy of {titles[best]}"


def _identity(path: str, corpus: str) -> tuple[str, ...] | None:
    """What tells a recording from all others; None where the name of its file does not."""
    spec = SPECS.get(corpus)
    if not path or spec is None or not spec.unique_names:
        return None
    try:
        # Parsed again, for the labels of the table may have been mapped to others since.
        return corpus, *spec.identity(spec.parse(os.path.abspath(path)))
    except ValueError:  # a table of one's own may count any file to a known corpus
        return None


def _misnamed(frame: pd.DataFrame) -> Iterator[Finding]:
    """Files that lie in the folder of another emotion than the one in their name."""
    columns = (frame["flags"], frame["emotion"], frame["emotion_raw"])
    for row, (flags, name, folder) in enumerate(zip(*columns, strict=True)):
        if "misnamed" in flags.split():
            yield "misnamed", row, f"its name says {name}, its folder {folder}"


def _sounds(heard: Sequence[Heard]) -> Iterator[Finding]:
    """What is wrong with single clips."""
    for row, facts in enumerate(heard):
        if facts.error:
            yield _defect_of(facts.error), row, str(facts.error)
        else:
            if facts.swing < _SILENT_SWING:
                yield "silent", row, f"its samples swing by {facts.swing:.1g} of full scale"
            if facts.peak > _OVERSHOOT:
                yield "clipped", row, f"its samples reach {facts.peak:.3g} times full scale"
            elif facts.longest_clipping >= _CLIPPED_SAMPLES:
                yield "clipped", row, f"{facts.longest_clipping} samples in a row at full scale"
        if facts.n_channels > 1:
            which = "that differ" if facts.channels_differ else "all the same"
            yield "stereo", row, f"{facts.n_channels} channels, {which}"


def _defect_of(error: OSError) -> str:
    """The defect of a file that could not be read."""
    if isinstance(error, audio.LFSStubError):
        return "lfs-stub"
    return "not-finite" if isinstance(error, audio.NotFiniteError) else "unreadable"


def _odd_rates(frame: pd.DataFrame, heard: Sequence[Heard]) -> Iterator[Finding]:
    """Clips at another rate than was published or, if none was, than is usual for the speaker."""
    rows_of: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    columns = (frame["corpus"], frame["speaker"], heard)
    for row, (corpus, speaker, facts) in enumerate(zip(*columns, strict=True)):
        if facts.sr:
            rows_of[corpus][speaker].append(row)
    for corpus, speakers in rows_of.items():
        rates = Counter(heard[row].sr for rows in speakers.values() for row in rows)
        usual = rates.most_common(1)[0][0]
        published = SPECS[corpus].sr if corpus in SPECS else None
        if published and published not in rates:
            detail = f"{corpus}: no clip is at the published {published} Hz, most are at {usual} Hz"
            yield "sample-rate", WHOLE_CORPUS, detail
            published = usual
        for rows in speakers.values():
            expected = published or _usual_rate([heard[row].sr for row in rows], usual)
            for row in rows:
                if heard[row].sr != expected:
                    yield "sample-rate", row, f"{heard[row].sr} Hz, where {expected} Hz is usual"


def _usual_rate(rates: Sequence[int], otherwise: int) -> int:
    """The rate of most clips of a speaker, or that of the corpus if they are few or divided."""
    rate, number = Counter(rates).most_common(1)[0]
    return rate if len(rates) >= _ENOUGH_CLIPS and 2 * number > len(rates) else otherwise


def _same_samples(
    frame: pd.DataFrame, heard: Sequence[Heard], settled: Collection[int], titles: Sequence[str]
) -> Iterator[Finding]:
    """Clips with identical samples: the first is kept if they agree on emotion and speaker."""
    meanings = list(zip(frame["emotion"], frame["speaker"], strict=True))
    rows_of = defaultdict(list)
    for row, facts in enumerate(heard):
        if row not in settled:
            rows_of[facts.recording_id].append(row)
    for rows in rows_of.values():
        if len({meanings[row] for row in rows}) == 1:
            for row in rows[1:]:
                yield "identical", row, f"the samples of {titles[rows[0]]}"
        else:
            # Said once for all: to name the others of each would take time quadratic in them.
            detail = (
                f"one of {len(rows)} clips with the same samples under different labels: "
                f"{name_some((titles[row] for row in rows), limit=3)}"
            )
            yield from (("contradiction", row, detail) for row in rows)
