"""EmotionTimelineDisplay: what a model hears in each part of a recording."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from sertools._backend import to_host
from sertools._validation import Clips
from sertools.plotting._clip import check_kind, waveform_at
from sertools.plotting._figure import CLASS_COLORS, pyplot, rows_for
from sertools.plotting._waveform import WaveformDisplay

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["EmotionTimelineDisplay"]

_KINDS = ("stacked", "lines")

# What tells classes apart when there are more of them than colours.
_HATCHES, _DASHES = ("", "///", "..."), ("-", "--", ":")


class EmotionTimelineDisplay:
    """Probabilities of the classes in a window that slides over a recording, under its waveform.

    Made by :meth:`from_estimator`.

    Parameters
    ----------
    samples : ndarray of shape (n_times,)
        The waveform.
    sr : int
        Its sample rate in Hz.
    probabilities : ndarray of shape (n_windows, n_classes)
        What the model says of each window.
    centers : ndarray of shape (n_windows,)
        The middles of the windows in seconds, rising.
    classes : ndarray of shape (n_classes,)
        The labels.

    Attributes
    ----------
    waveform_ : WaveformDisplay
        The waveform on top.
    artists_ : list of StepPatch or Line2D
        For each class its area, or its line.
    axes_ : ndarray of Axes of shape (2,)
        Where waveform and probabilities are drawn.
    figure_ : Figure
        The figure of these axes.

    Notes
    -----
    Areas change midway between the middles of two windows: a model has said nothing of what lies
    between its answers.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> from sertools import make_corpus, make_emotion_pipeline
    >>> from sertools.plotting import EmotionTimelineDisplay
    >>> corpus = make_corpus(n_speakers=2, n_per_speaker=6)
    >>> model = make_emotion_pipeline("kernel").fit(corpus.X, corpus.y)
    >>> recording = np.concatenate(corpus.X[:3])
    >>> display = EmotionTimelineDisplay.from_estimator(model, recording, window=1.5)
    >>> display.centers[:4].tolist()
    [0.75, 1.25, 1.75, 2.25]
    >>> plt.close(display.figure_)
    """

    axes_: NDArray[Any]
    figure_: Figure | SubFigure
    waveform_: WaveformDisplay
    artists_: Sequence[Artist]

    def __init__(
        self,
        samples: NDArray[np.floating],
        sr: int,
        probabilities: NDArray[np.floating],
        centers: NDArray[np.floating],
        classes: NDArray[Any],
    ) -> None:
        self.samples = samples
        self.sr = sr
        self.probabilities = probabilities
        self.centers = centers
        self.classes = classes

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        clip: Any,
        sr: int = 16000,
        *,
        window: float = 2.0,
        step: float = 0.5,
        kind: str = "stacked",
        ax: Axes | Sequence[Axes] | None = None,
    ) -> Self:
        """Ask a model of each window of a recording, and draw its answers.

        Parameters
        ----------
        estimator : estimator
            A fitted pipeline that takes waveforms and has `predict_proba`.
        clip : ndarray of shape (n_times,), str, path-like, bytes or binary file object
            The waveform, or the recording to read.
        sr : int, default=16000
            Sample rate in Hz that the model works at: that of a waveform, to which a recording is
            resampled.
        window : float, default=2.0
            Seconds in a window. A clip that is shorter is one window.
        step : float, default=0.5
            Seconds from one window to the next. The last window ends where the clip does, and
            overlaps the one before by more.
        kind : {"stacked", "lines"}, default="stacked"
            Areas on top of each other, or lines.
        ax : Axes, sequence of Axes or None, default=None
            Where to draw: axes to divide, or those of waveform and probabilities; None is a new
            figure.

        Returns
        -------
        EmotionTimelineDisplay
            The display, drawn.
        """
        pyplot("EmotionTimelineDisplay")  # looked for before the model works for minutes
        check_kind(kind, _KINDS)
        if not hasattr(estimator, "predict_proba"):
            raise TypeError(
                f"{estimator!r:.200} has no predict_proba: take a classifier that has, such as "
                "SVMClassifier(probability=True) or KernelRidgeClassifier()."
            )
        samples = waveform_at(clip, sr)
        length = min(_in_samples("window", window, sr), len(samples))
        starts = _starts(len(samples), length, _in_samples("step", step, sr))
        windows = Clips((samples[start : start + length] for start in starts), sr=sr)
        probabilities = to_host(estimator.predict_proba(windows))
        centers = (starts + length / 2) / sr
        return cls(samples, sr, probabilities, centers, estimator.classes_).plot(ax, kind=kind)

    def plot(self, ax: Axes | Sequence[Axes] | None = None, *, kind: str = "stacked") -> Self:
        """Draw waveform and probabilities.

        Parameters
        ----------
        ax : Axes, sequence of Axes or None, default=None
            Where to draw: axes to divide, or those of waveform and probabilities; None is a new
            figure.
        kind : {"stacked", "lines"}, default="stacked"
            Areas on top of each other, or lines.

        Returns
        -------
        EmotionTimelineDisplay
            The display itself.
        """
        check_kind(kind, _KINDS)
        self.axes_ = rows_for("EmotionTimelineDisplay", ax, [1.6, 2.6])
        above, below = self.axes_
        self.figure_ = below.figure
        self.waveform_ = WaveformDisplay(self.samples, self.sr).plot(above)
        self.artists_ = self._areas(below) if kind == "stacked" else self._lines(below)
        above.set(xlabel="")
        below.set(xlabel="seconds", ylabel="probability", xlim=above.get_xlim(), ylim=(0, 1))
        # Beside the axes, where it hides nothing; of areas in their order from the top.
        handles = self.artists_[::-1] if kind == "stacked" else self.artists_
        legend = below.legend(
            handles=handles,
            loc="center left",
            bbox_to_anchor=(1, 0.5),
            ncols=-(-len(handles) // len(CLASS_COLORS)),
            frameon=False,
        )
        for text in legend.get_texts():
            text.set_parse_math(False)  # two dollars in a label are no mathematics
        return self

    def _areas(self, below: Axes) -> Sequence[Artist]:
        """Draw the probabilities on top of each other."""
        changes = (self.centers[1:] + self.centers[:-1]) / 2
        edges = np.concatenate([[0], changes, [len(self.samples) / self.sr]])
        tops = self.probabilities.cumsum(axis=1)
        bottoms = tops - self.probabilities
        return [
            below.stairs(
                tops[:, place],
                edges,
                baseline=bottoms[:, place],
                fill=True,
                label=label,
                facecolor=color,
                hatch=_HATCHES[turn % len(_HATCHES)],
                edgecolor="white",
                linewidth=0,
            )
            for place, label, color, turn in self._styles()
        ]

    def _lines(self, below: Axes) -> Sequence[Artist]:
        """Draw the probabilities as lines."""
        return [
            below.plot(
                self.centers,
                self.probabilities[:, place],
                color=color,
                linestyle=_DASHES[turn % len(_DASHES)],
                marker=".",
                label=label,
            )[0]
            for place, label, color, turn in self._styles()
        ]

    def _styles(self) -> list[tuple[int, str, str, int]]:
        """Place, label and colour of each class, and how often all colours were used before."""
        n_colors = len(CLASS_COLORS)
        return [
            (place, str(label), CLASS_COLORS[place % n_colors], place // n_colors)
            for place, label in enumerate(self.classes)
        ]


def _in_samples(name: str, seconds: Any, sr: int) -> int:
    """A number of seconds in samples, of which there must be one at least."""
    is_number = isinstance(seconds, Real) and not isinstance(seconds, bool)
    if not (is_number and 0 < seconds < np.inf and round(seconds * sr) > 0):
        raise ValueError(f"{name}={seconds!r}: give seconds, at least one sample at {sr} Hz.")
    return round(seconds * sr)


def _starts(n_times: int, length: int, hop: int) -> NDArray[np.intp]:
    """Where windows begin: every `hop` samples, and one more if the last ends before the clip."""
    last = n_times - length
    starts = np.arange(0, last + 1, hop)
    return starts if starts[-1] == last else np.append(starts, last)
