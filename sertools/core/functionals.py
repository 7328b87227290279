"""Statistics: one number for a contour, however long the clip.

A contour is one channel of a feature over the frames of a clip.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

__all__ = ["check_statistics", "statistics"]


def statistics(
    contours: Any, names: Sequence[str], *, voiced: Any | None = None, xp: Any = np
) -> Any:
    """Statistics ``(n_statistics, n_channels)`` of contours ``(n_frames, n_channels)`` of a clip.

    Sums run in double precision and about the mean, so an offset costs no digits. A channel's
    numbers are the same, bit for bit, whatever channels stand beside it. A constant channel has
    no spread and no shape: all but its mean, median, extremes, percentiles and thirds are 0.

    Parameters
    ----------
    contours : array of shape (n_frames, n_channels)
        One column per channel.
    names : sequence of str
        What to compute, in this order:

        - ``mean``, ``std`` (of the population), ``min``, ``max``, ``range``, ``median``, ``iqr``
          and the percentiles ``p01`` to ``p99``, interpolated linearly;
        - ``skew`` and excess ``kurtosis``, from the moments of the population;
        - ``slope`` and ``curvature``: the highest coefficients of the line and of the parabola
          fitted over time, which runs from -1 at the first frame to 1 at the last;
        - ``first_third`` and ``last_third``: means over that many frames at either end, rounded
          down but at least one;
        - ``peak_rate``: maxima per frame that lie in the upper half of the channel's range. A
          maximum is a frame, or a run of equal ones, that the contour rises to and falls from;
          the ends of a clip are none. What differs by less than a hundred-thousandth of the range
          is equal.
    voiced : array of bool of shape (n_frames,), optional
        The frames that count; all of them if not given. Time then runs from the first of them to
        the last, each at its true place, and gaps are bridged by straight lines when maxima are
        counted.
    xp : module, default=numpy
        numpy or cupy.

    Returns
    -------
    array of shape (n_statistics, n_channels)
        In the type of the contours, all 0 if no frame counts.

    Examples
    --------
    >>> import numpy as np
    >>> contours = np.array([[1.0, 5.0], [2.0, 5.0], [6.0, 5.0]])
    >>> statistics(contours, ("mean", "p50", "range"))
    array([[3., 5.],
           [2., 5.],
           [5., 0.]])
    >>> statistics(contours, ["mean"], voiced=np.array([True, False, True]))
    array([[3.5, 5. ]])
    """
    frames = xp.arange(len(contours)) if voiced is None else xp.nonzero(voiced)[0]
    result = xp.zeros((len(names), contours.shape[1]), dtype=contours.dtype)
    if len(frames):
        clip = _Clip(contours if voiced is None else contours[voiced], frames, xp)
        for row, name in zip(result, names, strict=True):
            row[:] = _statistic(name)(clip)
    return result


def check_statistics(names: Sequence[str]) -> None:
    """Raise unless the names are those of statistics, at least one and none of them twice.

    Parameters
    ----------
    names : sequence of str
        As `statistics` takes them.

    Raises
    ------
    ValueError
        If there is no name, one is unknown or one is repeated.

    Examples
    --------
    >>> check_statistics(("mean", "p95"))
    >>> check_statistics(["meen"])
    Traceback (most recent call last):
        ...
    ValueError: unknown statistic 'meen': did you mean 'mean'? Known are 'mean', 'std', ...
    """
    if isinstance(names, str):
        raise ValueError(f"{names!r} is a string, and statistics are a sequence: pass [{names!r}].")
    if len(names) == 0:
        raise ValueError("no statistic is named: name at least one, such as 'mean'.")
    for name in names:
        _statistic(str(name))
    repeated = sorted({name for name in names if list(names).count(name) > 1})
    if repeated:
        raise ValueError(f"some statistics are named more than once: {repeated}. Name each once.")


class _Clip:
    """The contours of a clip, and what several of its statistics share, each computed once."""

    def __init__(self, contours: Any, frames: Any, xp: Any) -> None:
        """Take contours ``(n_frames, n_channels)`` that lie at the `frames` ``(n_frames,)``."""
        self.xp = xp
        self.n_frames = len(frames)
        self.n_third = max(self.n_frames // 3, 1)
        self.frames = frames
        self.resolution = xp.finfo(contours.dtype).eps
        # One channel per row: so NumPy sums each by itself and in pairs, while down the columns
        # its order would depend on how many there are.
        self.values = contours.T.astype(xp.float64, order="C")
        # Seen from its first frame a constant is 0, where from its mean it would be what rounding
        # left of that.
        first = self.values[:, 0]
        self.centred = self.values - first[:, None]
        distance = self.centred.mean(axis=1)
        self.centred -= distance[:, None]
        self.mean = first + distance

    @cached_property
    def std(self) -> Any:
        """Standard deviations; what lies within the rounding of the numbers themselves is none."""
        std = self.xp.sqrt((self.centred * self.centred).mean(axis=1))
        return self.xp.where(std > self.resolution * abs(self.mean), std, 0.0)

    @cached_property
    def standardised(self) -> Any:
        """Distances from the mean in standard deviations, one channel per row; 0 for a constant."""
        scale = self.xp.where(self.std > 0, self.std, self.xp.inf)
        return self.centred / scale[:, None]

    @cached_property
    def lowest(self) -> Any:
        """Minima."""
        return self.values.min(axis=1)

    @cached_property
    def highest(self) -> Any:
        """Maxima."""
        return self.values.max(axis=1)

    @cached_property
    def ranked(self) -> Any:
        """The contours from their lowest to their highest value, one channel per row."""
        return self.xp.sort(self.values, axis=1)

    def quantile(self, fraction: float) -> Any:
        """Quantiles, interpolated linearly between the two nearest ranks."""
        position = fraction * (self.n_frames - 1)
        below = int(position)
        above = min(below + 1, self.n_frames - 1)
        low, high = self.ranked[:, below], self.ranked[:, above]
        return low + (position - below) * (high - low)


def _skew(clip: _Clip) -> Any:
    """Mean cubes of the standardised contours."""
    return (clip.standardised * clip.standardised * clip.standardised).mean(axis=1)


def _kurtosis(clip: _Clip) -> Any:
    """Mean fourth powers of the standardised contours, less the 3 of a normal distribution."""
    squares = clip.standardised * clip.standardised
    return clip.xp.where(clip.std > 0, (squares * squares).mean(axis=1) - 3.0, 0.0)


def _coefficient(clip: _Clip, degree: int) -> Any:
    """Highest coefficients of the polynomials of some degree fitted over time from -1 to 1."""
    if clip.n_frames <= degree:
        return clip.xp.zeros(len(clip.values))
    start, stop = clip.frames[0], clip.frames[-1]
    times = (2.0 * clip.frames - (start + stop)) / (stop - start)
    # Each power of time less what the lower ones explain of it (Gram and Schmidt).
    basis: list[Any] = []
    for power in range(degree + 1):
        part = times**power
        for lower in basis:
            part = part - (part * lower).sum() / (lower * lower).sum() * lower
        basis.append(part)
    return (clip.centred * part).sum(axis=1) / (part * part).sum()


# Of the range of a channel: rounding in single precision is no movement, and no peak.
_LEAST_STEP = 1e-5


def _peak_rate(clip: _Clip) -> Any:
    """Maxima per frame in the upper half of the range."""
    xp = clip.xp
    steps = clip.values[:, 1:] - clip.values[:, :-1]
    least = (_LEAST_STEP * (clip.highest - clip.lowest))[:, None]
    direction = (steps > least).astype(xp.int8) - (steps < -least)
    # On a plateau the direction is that of the step onto it: each round looks back twice as far,
    # since CuPy has no running maximum that would do it in one.
    reach = 1
    while reach < clip.n_frames - 1:
        direction[:, reach:] += direction[:, :-reach] * (direction[:, reach:] == 0)
        reach *= 2
    middle = (clip.lowest + clip.highest) / 2.0
    is_high = clip.values[:, 1:-1] > middle[:, None]
    is_peak = (direction[:, :-1] > 0) & (direction[:, 1:] < 0) & is_high
    return xp.where(clip.std > 0, is_peak.sum(axis=1) / clip.n_frames, 0.0)


# A new statistic is a line here, and a function above if it is more than a line.
_STATISTICS: dict[str, Callable[[_Clip], Any]] = {
    "mean": lambda clip: clip.mean,
    "std": lambda clip: clip.std,
    "min": lambda clip: clip.lowest,
    "max": lambda clip: clip.highest,
    "range": lambda clip: clip.highest - clip.lowest,
    "median": lambda clip: clip.quantile(0.5),
    "iqr": lambda clip: clip.quantile(0.75) - clip.quantile(0.25),
    "skew": _skew,
    "kurtosis": _kurtosis,
    "slope": lambda clip: _coefficient(clip, 1),
    "curvature": lambda clip: _coefficient(clip, 2),
    "first_third": lambda clip: clip.mean + clip.centred[:, : clip.n_third].mean(axis=1),
    "last_third": lambda clip: clip.mean + clip.centred[:, -clip.n_third :].mean(axis=1),
    "peak_rate": _peak_rate,
}


_OTHER_WORDS = {"average": "mean", "avg": "mean", "sd": "std", "stddev": "std"}


def _statistic(name: str) -> Callable[[_Clip], Any]:
    """What computes the statistic of that name, ``(n_channels,)``, from a clip."""
    if name in _STATISTICS:
        return _STATISTICS[name]
    if re.fullmatch("p(?!00)[0-9]{2}", name):
        return lambda clip: clip.quantile(int(name[1:]) / 100)
    near = difflib.get_close_matches(name, _STATISTICS, n=1)
    if name in _OTHER_WORDS:
        near = [_OTHER_WORDS[name]]
    elif percentile := re.fullmatch("(?:p|q|percentile)_?([0-9]{1,2})", name):
        near = [f"p{percentile[1]:0>2}"]
    guess = f": did you mean {near[0]!r}?" if near else "."
    known = ", ".join(map(repr, _STATISTICS))
    raise ValueError(
        f"unknown statistic {name!r}{guess} Known are {known}, and percentiles 'p01' to 'p99'."
    )
