"""AugmentationDisplay: a clip and what an augmenter makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from sertools.augmentation import Augmenter
from sertools.plotting._clip import check_kind, waveform_at
from sertools.plotting._figure import rows_for
from sertools.plotting._spectrogram import SpectrogramDisplay, extractor_at, spectrogram
from sertools.plotting._waveform import WaveformDisplay

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure, SubFigure

__all__ = ["AugmentationDisplay"]

_KINDS = ("mel", "waveform")


class AugmentationDisplay:
    """A clip and augmented copies of it below each other, on one time axis and one scale.

    Made by :meth:`from_augmenter`.

    Parameters
    ----------
    clips : list of ndarray of shape (n_times_i,)
        The clip, and its copies.
    sr : int
        Their sample rate in Hz.
    titles : list of str
        What stands above each.

    Attributes
    ----------
    displays_ : list of WaveformDisplay or SpectrogramDisplay
        The rows.
    colorbar_ : Colorbar or None
        The colour bar of spectrograms.
    axes_ : ndarray of Axes of shape (1 + n_copies,)
        Where they are drawn.
    figure_ : Figure
        The figure of these axes.

    See Also
    --------
    Augmenter : Makes the copies.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sertools import Augmenter, Gain, Speed, make_corpus
    >>> from sertools.plotting import AugmentationDisplay
    >>> corpus = make_corpus(n_speakers=1, n_per_speaker=1, emotions=["happy"])
    >>> augmenter = Augmenter([Gain((-6, 6)), Speed((0.9, 1.1))], random_state=1)
    >>> display = AugmentationDisplay.from_augmenter(augmenter, corpus.X[0])
    >>> display.titles
    ['the clip', 'copy 1: Speed', 'copy 2: Gain, Speed', 'copy 3: Speed']
    >>> plt.close(display.figure_)
    """

    axes_: NDArray[Any]
    figure_: Figure | SubFigure
    displays_: Sequence[WaveformDisplay | SpectrogramDisplay]
    colorbar_: Colorbar | None

    def __init__(
        self, clips: Sequence[NDArray[np.floating]], sr: int, titles: Sequence[str]
    ) -> None:
        self.clips = clips
        self.sr = sr
        self.titles = titles

    @classmethod
    def from_augmenter(
        cls,
        augmenter: Augmenter,
        clip: Any,
        *,
        n_copies: int = 3,
        kind: str = "mel",
        ax: Axes | Sequence[Axes] | None = None,
    ) -> Self:
        """Draw a clip and the first copies that :class:`AugmentedClassifier` makes of it.

        Parameters
        ----------
        augmenter : Augmenter
            The augmenter; if it is not fitted, a clone is fitted to the clip.
        clip : ndarray of shape (n_times,), str, path-like, bytes or binary file object
            The waveform at the rate of the augmenter, or the recording, which is resampled to it.
        n_copies : int, default=3
            How many copies to draw.
        kind : {"mel", "waveform"}, default="mel"
            Spectrograms, or waveforms.
        ax : Axes, sequence of Axes or None, default=None
            Where to draw: axes to divide, or one for each row; None is a new figure.

        Returns
        -------
        AugmentationDisplay
            The display, drawn.
        """
        check_kind(kind, _KINDS)
        if not isinstance(augmenter, Augmenter):
            raise TypeError(
                f"augmenter is {augmenter!r:.80}: give an Augmenter, such as "
                "Augmenter([PitchShift((-1, 1))])."
            )
        if not isinstance(n_copies, Integral) or isinstance(n_copies, bool) or n_copies < 1:
            raise ValueError(f"n_copies={n_copies!r}: give a whole number above 0.")
        samples = waveform_at(clip, augmenter.sr)
        fitted = augmenter if hasattr(augmenter, "seed_") else clone(augmenter).fit([samples])
        clips, titles = [samples], ["the clip"]
        for copy in range(1, 1 + int(n_copies)):
            clips += fitted.augment([samples], copy)
            (steps,) = fitted.plan([samples], copy)
            names = ", ".join(type(step.effect).__name__ for step in steps)
            titles.append(f"copy {copy}: {names or 'no effect'}")
        return cls(clips, augmenter.sr, titles).plot(ax, kind=kind)

    def plot(self, ax: Axes | Sequence[Axes] | None = None, *, kind: str = "mel") -> Self:
        """Draw the rows.

        Parameters
        ----------
        ax : Axes, sequence of Axes or None, default=None
            Where to draw: axes to divide, or one for each row; None is a new figure.
        kind : {"mel", "waveform"}, default="mel"
            Spectrograms, or waveforms.

        Returns
        -------
        AugmentationDisplay
            The display itself.
        """
        check_kind(kind, _KINDS)
        self.axes_ = rows_for("AugmentationDisplay", ax, [1.5] * len(self.clips))
        self.figure_ = self.axes_[0].figure
        self.colorbar_ = None
        self.displays_ = self._spectrograms() if kind == "mel" else self._waveforms()
        longest = max(map(len, self.clips)) / self.sr
        for row, title in zip(self.axes_, self.titles, strict=True):
            row.set_title(title, loc="left", size="medium")
            row.set(xlim=(0, longest))
        for row in self.axes_[:-1]:
            row.set(xlabel="")
        return self

    def _waveforms(self) -> Sequence[WaveformDisplay]:
        """Draw the rows as waveforms."""
        loudest = max(float(np.abs(clip).max()) for clip in self.clips)
        displays = []
        for clip, row in zip(self.clips, self.axes_, strict=True):
            displays.append(WaveformDisplay(clip, self.sr).plot(row))
            row.set(ylim=(-1.05 * loudest, 1.05 * loudest) if loudest else (-1, 1))
        return displays

    def _spectrograms(self) -> Sequence[SpectrogramDisplay]:
        """Draw the rows as spectrograms, with one colour bar for all."""
        extractor = extractor_at(self.sr, "mel")
        displays = [SpectrogramDisplay(**spectrogram(extractor, clip)) for clip in self.clips]
        low = min(float(display.frames.min()) for display in displays)
        high = max(float(display.frames.max()) for display in displays)
        for display, row in zip(displays, self.axes_, strict=True):
            display.plot(row, colorbar=False, vmin=low, vmax=high)
        aspect = 10 * len(displays)  # as wide however many rows it is high
        self.colorbar_ = self.figure_.colorbar(
            displays[0].im_, ax=list(self.axes_), label=displays[0].unit, aspect=aspect
        )
        return displays
