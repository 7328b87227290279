"""Speakers: what is their own in a table of features, and how far their clips can tell it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Background", "Speaker", "centers_of_single_rows", "describe", "learn"]

# Of the ridge regressions, for each row of features with unit variance. Anything from 0.2 to 1
# scores alike on speakers held out of training.
PENALTY = 0.5

# A spread below this share of the mean is rounding: the column is constant.
ROUNDING = 1e-10


class Background(NamedTuple):
    """What training tells of speakers in general.

    `mean` and `spread` ``(n_features,)`` are those of all clips, and of the clips of one speaker
    or, where nobody is taken to resemble anybody, of all clips; the others are about features less
    that mean, in units of that spread. `emotions` ``(n_features, n_classes)`` gives scores whose
    variance is 1 between emotions and `noise` within one; it has no columns where labels were not
    known. `resemblance` ``(n_features, n_speakers)`` gives scores of the training speakers, whose
    means are `voices` ``(n_speakers, n_features)``; it has no columns where nobody is taken to
    resemble anybody.
    """

    mean: Any
    spread: Any
    emotions: Any
    noise: Any
    resemblance: Any
    voices: Any


class Speaker(NamedTuple):
    """Centre and spread ``(n_features,)`` of a speaker, and the share of its own in them."""

    center: Any
    spread: Any
    trust: float


def learn(
    x: Any,
    speakers: Sequence[NDArray[Any]],
    labels: Any,
    prior: float,
    *,
    resembling: bool,
    xp: Any = np,
) -> Background:
    """The background of a table ``(n_rows, n_features)``, given the rows of each speaker.

    `labels` ``(n_rows,)`` are the numbers of the classes, on the host, or None. `resembling` says
    whether a speaker of whom little is known is taken for the ones it resembles, or for the average
    of all. Without speakers it is mean and standard deviation, and nothing else.
    """
    mean = x.mean(axis=0)
    variance = _variance_within(x, speakers) if resembling else x.var(axis=0)
    spread = _usable(xp.sqrt(variance), mean, xp=xp)
    nothing = xp.zeros((x.shape[1], 0))
    emotions, noise = nothing, xp.zeros(())
    if not speakers:
        return Background(mean, spread, emotions, noise, nothing, nothing.T)
    unit = (x - mean) / spread
    if labels is not None:
        targets = xp.asarray(np.eye(labels.max() + 1)[labels])
        emotions, noise = _scores_of_emotions(unit, targets, speakers, xp=xp)
    if not resembling:
        return Background(mean, spread, emotions, noise, nothing, nothing.T)
    axes = nothing.T
    if labels is not None:
        axes = _directions(targets.T @ unit / targets.sum(axis=0)[:, None], xp=xp)
    # A speaker of whom little is known teaches little: else a corpus of few clips a speaker would
    # have whatever its clips express taken for their voices.
    weights = np.zeros((len(x), len(speakers)))
    for i, rows in enumerate(speakers):
        weights[rows, i] = _trust(unit[rows], emotions, noise, prior) ** 0.5
    weights = xp.asarray(weights)
    # Coefficients of a ridge regression lie in the span of its rows: these are blind to what
    # emotions differ in, in any row to come.
    neutral = unit - (unit @ axes.T) @ axes
    resemblance = _ridge(neutral * weights.sum(axis=1)[:, None], weights, xp=xp)
    voices = xp.stack([unit[rows].mean(axis=0) for rows in speakers])
    return Background(mean, spread, emotions, noise, resemblance, voices)


def describe(x: Any, background: Background, prior: float, *, xp: Any = np) -> Speaker:
    """Centre and spread of the speaker of all rows ``(n_rows, n_features)``.

    The more, and the more different, the rows are, the more both are the speaker's own; the less,
    the more they are what training expects: the voices that the mean resembles, if any, and the
    usual spread.
    """
    unit = (x - background.mean) / background.spread
    trust = _trust(unit, background.emotions, background.noise, prior)
    own = unit.mean(axis=0)
    center = trust * own + (1 - trust) * _expected(own, background)
    spread = xp.sqrt(trust * unit.var(axis=0) + (1 - trust))
    center = background.mean + background.spread * center
    return Speaker(center, _usable(background.spread * spread, center, xp=xp), trust)


def centers_of_single_rows(x: Any, background: Background) -> Any:
    """Centres ``(n_rows, n_features)`` of speakers of whom one row each is known."""
    unit = (x - background.mean) / background.spread
    return background.mean + background.spread * _expected(unit, background)


def _expected(unit: Any, background: Background) -> Any:
    """The mean ``(..., n_features)`` of the speakers whom clips resemble, in the same units."""
    return (unit @ background.resemblance) @ background.voices


def _variance_within(x: Any, speakers: Sequence[NDArray[Any]]) -> Any:
    """Variance ``(n_columns,)`` within speakers, or over all rows where each speaker has one."""
    freedom = sum(len(rows) - 1 for rows in speakers)
    if freedom == 0:
        return x.var(axis=0)
    return sum(len(rows) * x[rows].var(axis=0) for rows in speakers) / freedom


def _usable(spread: Any, mean: Any, *, xp: Any = np) -> Any:
    """The spread ``(n_features,)``, and 1 where it is nothing but rounding, to divide by."""
    return xp.where(spread <= ROUNDING * abs(mean), 1.0, spread)


def _scores_of_emotions(
    unit: Any, targets: Any, speakers: Sequence[NDArray[Any]], *, xp: Any
) -> tuple[Any, Any]:
    """Weights ``(n_features, n_classes)`` of scores that vary by 1 between classes, and within.

    `targets` ``(n_rows, n_classes)`` is 1 for the class of a row. Within is what a speaker's scores
    vary by in one class. There are no weights where the classes do not differ.
    """
    weights = _ridge(unit, targets - targets.mean(axis=0), xp=xp)
    scores = unit @ weights
    counts = targets.sum(axis=0)[:, None]
    means = targets.T @ scores / counts
    between = (counts * means**2).sum() / len(unit)
    if not between > 0:
        return weights[:, :0], xp.zeros(())
    within = _variance_within(scores - targets @ means, speakers).sum()
    return weights / xp.sqrt(between), within / between


def _directions(points: Any, *, xp: Any) -> Any:
    """Orthonormal directions ``(n_directions, n_features)`` that span the points."""
    _, lengths, directions = xp.linalg.svd(points, full_matrices=False)
    return directions[lengths > ROUNDING * (1 + lengths[0])]


def _trust(unit: Any, emotions: Any, noise: Any, prior: float) -> float:
    """How far ``(n_rows, n_features)`` of a speaker tell its mean and spread, from 0 to 1."""
    if prior == 0:
        return 1.0
    # A steep rise: a speaker of 8 clips of one emotion must count for next to nothing, for a little
    # of an emotion that is taken for the voice costs more than speakers of few clips can gain, and
    # one of 60 clips for nearly all.
    evidence = (len(unit) * _diversity(unit, emotions, noise)) ** 4
    with np.errstate(over="ignore"):  # a prior beyond all numbers believes nobody
        return float(evidence / (evidence + np.float64(prior) ** 4))


def _diversity(unit: Any, emotions: Any, noise: Any) -> float:
    """From 0 for clips as alike as those of one emotion to 1 for those of all emotions."""
    if emotions.shape[1] == 0:
        return 1.0
    if len(unit) == 1:
        return 0.0
    variance = (unit @ emotions).var(axis=0, ddof=1).sum()
    return min(max(float(variance - noise), 0.0), 1.0)


def _ridge(x: Any, targets: Any, *, xp: Any) -> Any:
    """Coefficients ``(n_features, n_targets)`` of ridge regressions on rows of features."""
    n_rows, n_features = x.shape
    penalty = PENALTY * n_rows
    if n_rows < n_features:
        return x.T @ xp.linalg.solve(x @ x.T + penalty * xp.eye(n_rows), targets)
    return xp.linalg.solve(x.T @ x + penalty * xp.eye(n_features), x.T @ targets)
