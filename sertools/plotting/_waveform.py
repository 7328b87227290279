"""WaveformDisplay: a clip over seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from sertools.plotting._clip import waveform_of
from sertools.plotting._figure import BLUE, axes_for, line_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D

__all__ = ["WaveformDisplay"]

# More than a printed page has dots across.
_STRETCHES = 2000


class WaveformDisplay:
    """Waveform of a clip over seconds.

    Made by :meth:`from_clip`.

    Parameters
    ----------
    samples : ndarray of shape (n_times,)
        The waveform.
    sr : int
        Its sample rate in Hz.

    Attributes
    ----------
    line_ : Line2D
        The line. Of a long clip it goes through the smallest and the largest sample of each of
        2000 stretches.
    ax_ : Axes
        Where it is drawn.
    figure_ : Figure
        The figure of these axes.

    See Also
    --------
    SpectrogramDisplay : What the clip is made of.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sertools import make_corpus
    >>> from sertools.plotting import WaveformDisplay
    >>> corpus = make_corpus(n_speakers=1, n_per_speaker=1, emotions=["happy"])
    >>> display = WaveformDisplay.from_clip(corpus.X[0], sr=16000)
    >>> display.ax_.get_xlabel()
    'seconds'
    >>> plt.close(display.figure_)
    """

    ax_: Axes
    figure_: Figure | SubFigure
    line_: Line2D

    def __init__(self, samples: NDArray[np.floating], sr: int) -> None:
        self.samples = samples
        self.sr = sr

    @classmethod
    def from_clip(
        cls, clip: Any, sr: int = 16000, *, ax: Axes | None = None, **kwargs: Any
    ) -> Self:
        """Draw a clip, or a recording.

        Parameters
        ----------
        clip : ndarray of shape (n_times,), str, path-like, bytes or binary file object
            The waveform, or the recording to read.
        sr : int, default=16000
            Sample rate of a waveform in Hz; a recording has its own.
        ax : Axes or None, default=None
            Where to draw; None is a new figure.
        **kwargs : dict
            More for the line, such as ``color``.

        Returns
        -------
        WaveformDisplay
            The display, drawn.
        """
        return cls(*waveform_of(clip, sr)).plot(ax, **kwargs)

    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw the waveform.

        Parameters
        ----------
        ax : Axes or None, default=None
            Where to draw; None is a new figure.
        **kwargs : dict
            More for the line, such as ``color``.

        Returns
        -------
        WaveformDisplay
            The display itself.
        """
        self.ax_ = axes_for("WaveformDisplay", ax, height=2.4)
        self.figure_ = self.ax_.figure
        places = _drawn(self.samples)
        # A line through one point is not seen.
        own = {"color": BLUE, "linewidth": 0.6, "marker": "." if len(self.samples) == 1 else None}
        style = line_style(own, kwargs)
        (self.line_,) = self.ax_.plot(places / self.sr, self.samples[places], **style)
        self.ax_.set(xlabel="seconds", ylabel="amplitude", xlim=(0, len(self.samples) / self.sr))
        return self


def _drawn(samples: NDArray[np.floating]) -> NDArray[np.intp]:
    """Positions ``(n_drawn,)`` of the samples that are seen: all, or the extremes of stretches."""
    n_times = len(samples)
    if n_times <= 2 * _STRETCHES:
        return np.arange(n_times)
    width = -(-n_times // _STRETCHES)
    stretches = np.pad(samples, (0, -n_times % width), mode="edge").reshape(-1, width)
    extremes = np.stack([stretches.argmin(axis=1), stretches.argmax(axis=1)], axis=1)
    return np.unique(extremes + width * np.arange(len(stretches))[:, None])
