"""Joining corpora without mixing up their speakers, their labels or their clips."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from sertools._validation import Clips, name_some
from sertools.datasets._corpus import Corpus
from sertools.datasets._table import namespaced

__all__ = ["concat_corpora"]


def concat_corpora(corpora: Iterable[Corpus]) -> Corpus:
    """One corpus out of several, with speakers kept apart and labels in the common vocabulary.

    Speakers without a namespace get their corpus, as the column ``corpus`` tells it, in front:
    speaker ``"01"`` of a corpus named ``"lab"`` becomes ``"lab:01"``. Speakers with the same full
    name stay one person, as in two parts of one corpus.

    Parameters
    ----------
    corpora : iterable of Corpus
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
        If paths and waveforms are mixed, or something else than a corpus is given.

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
    corpora = [] if isinstance(corpora, Corpus) else list(corpora)
    strangers = {type(item).__name__ for item in corpora if not isinstance(item, Corpus)}
    if strangers or not corpora:
        found = f"these hold {name_some(sorted(strangers))}" if strangers else "there is none here"
        raise TypeError(
            f"Give a list of corpora, at least one: concat_corpora([first, second]); {found}."
        )
    _refuse_ambiguous_speakers(corpora)
    frames = [corpus.map_labels("canonical").frame for corpus in corpora]
    frames = [frame.assign(speaker=namespaced(frame)) for frame in frames]
    return Corpus(
        _joined_clips(corpora),
        frame=pd.concat(frames, ignore_index=True),
        name="+".join(dict.fromkeys(corpus.name for corpus in corpora)),
        spec={name: spec for corpus in corpora for name, spec in corpus.specs.items()},
        rejected=pd.concat([corpus.rejected for corpus in corpora], ignore_index=True),
    )


def _refuse_ambiguous_speakers(corpora: Sequence[Corpus]) -> None:
    """Refuse equal speaker ids of corpora with equal names: one person, or two?"""
    seen: set[tuple[str, str]] = set()
    for corpus in corpora:
        people = set(zip(corpus.frame["corpus"], corpus.frame["speaker"], strict=True))
        plain = {(name, speaker) for name, speaker in people if speaker and ":" not in speaker}
        shared = sorted(plain & seen)
        if shared:
            name, speaker = shared[0]
            raise ValueError(
                f"Several corpora are named {name!r} and have speakers "
                f"{name_some(speaker for _, speaker in shared)}. If these are different people, "
                "name the corpora differently, Corpus(..., name=...); if they are the same, give "
                f'the ids a namespace, such as "{name}:{speaker}".'
            )
        seen |= plain


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
