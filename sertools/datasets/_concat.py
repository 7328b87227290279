"""Joining corpora without mixing up their speakers, their labels or their clips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from sertools._validation import Clips, name_some
from sertools.datasets._corpus import Corpus

__all__ = ["concat_corpora"]


def concat_corpora(corpora: Sequence[Corpus]) -> Corpus:
    """One corpus out of several, with speakers kept apart and labels in the common vocabulary.

    Speakers without a namespace get the name of their corpus in front: speaker ``"01"`` of a
    corpus named ``"lab"`` becomes ``"lab:01"``. Speakers with the same full name stay one person,
    as in two parts of one corpus.

    Parameters
    ----------
    corpora : sequence of Corpus
        All of paths, or all of waveforms at one sample rate.

    Returns
    -------
    Corpus
        The clips in order, named after the corpora, with the table columns of all.

    Raises
    ------
    ValueError
        If a clip occurs twice, if sample rates differ, or if corpora of one name share speaker
        ids without a namespace.
    TypeError
        If paths and waveforms are mixed.

    Examples
    --------
    >>> from sertools.datasets import Corpus, concat_corpora
    >>> home = Corpus(["a.wav", "b.wav"], ["anger", "joy"], ["1", "2"], name="home")
    >>> lab = Corpus(["c.wav"], ["happy"], ["1"], name="lab")
    >>> both = concat_corpora([home, lab])
    >>> both.frame[["emotion", "speaker"]]
      emotion speaker
    0   angry  home:1
    1   happy  home:2
    2   happy   lab:1
    """
    if not isinstance(corpora, Sequence) or not corpora:
        raise TypeError("Give a list of corpora, at least one: concat_corpora([first, second]).")
    _refuse_ambiguous_speakers(corpora)
    frames = [_namespaced(corpus.map_labels("canonical").frame, corpus.name) for corpus in corpora]
    return Corpus(
        _joined_clips(corpora),
        frame=pd.concat(frames, ignore_index=True),
        name="+".join(dict.fromkeys(corpus.name for corpus in corpora)),
        spec={name: spec for corpus in corpora for name, spec in corpus.specs.items()},
        rejected=pd.concat([corpus.rejected for corpus in corpora], ignore_index=True),
    )


def _refuse_ambiguous_speakers(corpora: Sequence[Corpus]) -> None:
    """Refuse equal speaker ids of corpora with equal names: one person, or two?"""
    seen: dict[str, set[str]] = {}
    for corpus in corpora:
        plain = {name for name in corpus.frame["speaker"] if name and ":" not in name}
        shared = plain & seen.setdefault(corpus.name, set())
        if shared:
            raise ValueError(
                f"Several corpora are named {corpus.name!r} and have speakers "
                f"{name_some(sorted(shared))}. If these are different people, name the corpora "
                "differently, Corpus(..., name=...); if they are the same, give the ids a "
                f'namespace, such as "{corpus.name}:{min(shared)}".'
            )
        seen[corpus.name] |= plain


def _namespaced(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """A table whose speakers all have a namespace; the unknown ones stay unknown."""
    speakers = frame["speaker"]
    has_one = (speakers == "") | speakers.str.contains(":", regex=False)
    return frame.assign(speaker=speakers.where(has_one, name + ":" + speakers))


def _joined_clips(corpora: Sequence[Corpus]) -> list[Any]:
    """The clips of all corpora, waveforms with their common sample rate."""
    clips = [clip for corpus in corpora for clip in corpus.X]
    if any(corpus.paths for corpus in corpora):
        return clips
    rates = {corpus.sr: corpus.name for corpus in corpora}
    if len(rates) > 1:
        found = name_some(f"{name!r} at {sr} Hz" for sr, name in rates.items())
        raise ValueError(
            f"The waveforms have different sample rates ({found}): resample them to one with "
            "sertools.audio.resample."
        )
    return Clips(clips, corpora[0].sr)
