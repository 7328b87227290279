"""SpectrogramDisplay: mel bands or cepstral coefficients over seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from sertools.features import MelExtractor, MFCCExtractor
from sertools.plotting._clip import check_kind, waveform_at, waveform_of
from sertools.plotting._figure import axes_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.image import AxesImage

__all__ = ["SpectrogramDisplay", "extractor_at", "spectrogram"]

_EXTRACTORS = {"mel": MelExtractor, "mfcc": MFCCExtractor}

# Seconds, which at 16 kHz are the extractors' defaults: at any rate a frame is to hold two periods
# of a low voice, and bands are to hold a bin.
_FRAME, _HOP = 0.032, 0.01

# Frequencies that are worth a label, and the share of the axis that keeps labels apart even where
# it is an inch high.
_LABELLED_HZ = (100, 200, 500, 1000, 2000, 5000, 10000, 20000)
_LEAST_GAP = 0.125

# Of the largest value; what differs by less is rounding, as between the coefficients of silence.
_LEAST_RANGE = 1e-6


class SpectrogramDisplay:
    """Mel spectrogram, or cepstral coefficients, of a clip over seconds.

    Made by :meth:`from_clip` or :meth:`from_extractor`.

    Parameters
    ----------
    frames : ndarray of shape (n_channels, n_frames)
        The channels over time.
    hop : float
        Seconds from one frame to the next.
    start : float, default=0.0
        Second on which the first frame is centred.
    frequencies : ndarray of shape (n_channels,) or None, default=None
        Centres of the bands in Hz, rising; None if the channels are coefficients.
    unit : str, default="dB"
        What the colours measure.

    Attributes
    ----------
    im_ : AxesImage
        The image.
    colorbar_ : Colorbar or None
        The colour bar.
    ax_ : Axes
        Where it is drawn.
    figure_ : Figure
        The figure of these axes.

    See Also
    --------
    WaveformDisplay : The clip itself.

    Notes
    -----
    The colours of coefficients lie evenly around zero, and leave the zeroth coefficient out of
    account, which is about the level and many times as large as the others: the colour bar has an
    arrow where values lie beyond it.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sertools import MelExtractor, make_corpus
    >>> from sertools.plotting import SpectrogramDisplay
    >>> corpus = make_corpus(n_speakers=1, n_per_speaker=1, emotions=["happy"])
    >>> display = SpectrogramDisplay.from_extractor(MelExtractor(n_mels=40), corpus.X[0])
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['100', '500', '1000', '2000', '5000']
    >>> plt.close(display.figure_)
    """

    ax_: Axes
    figure_: Figure | SubFigure
    im_: AxesImage
    colorbar_: Colorbar | None

    def __init__(
        self,
        frames: NDArray[np.floating],
        *,
        hop: float,
        start: float = 0.0,
        frequencies: NDArray[np.floating] | None = None,
        unit: str = "dB",
    ) -> None:
        self.frames = frames
        self.hop = hop
        self.start = start
        self.frequencies = frequencies
        self.unit = unit

    @classmethod
    def from_clip(
        cls,
        clip: Any,
        sr: int = 16000,
        *,
        kind: str = "mel",
        ax: Axes | None = None,
        colorbar: bool = True,
        **kwargs: Any,
    ) -> Self:
        """Draw the frames of a clip, or of a recording, 32 ms long and 10 ms apart.

        Parameters
        ----------
        clip : ndarray of shape (n_times,), str, path-like, bytes or binary file object
            The waveform, or the recording to read.
        sr : int, default=16000
            Sample rate of a waveform in Hz; a recording has its own.
        kind : {"mel", "mfcc"}, default="mel"
            Bands in decibels, or cepstral coefficients.
        ax : Axes or None, default=None
            Where to draw; None is a new figure.
        colorbar : bool, default=True
            Whether to draw a colour bar.
        **kwargs : dict
            More for the image, such as ``cmap`` or ``vmin``.

        Returns
        -------
        SpectrogramDisplay
            The display, drawn.
        """
        check_kind(kind, _EXTRACTORS)
        samples, rate = waveform_of(clip, sr)
        return cls(**spectrogram(extractor_at(rate, kind), samples)).plot(
            ax, colorbar=colorbar, **kwargs
        )

    @classmethod
    def from_extractor(
        cls,
        extractor: MelExtractor | MFCCExtractor,
        clip: Any,
        *,
        ax: Axes | None = None,
        colorbar: bool = True,
        **kwargs: Any,
    ) -> Self:
        """Draw the frames that an extractor makes of a clip, or of a recording.

        Parameters
        ----------
        extractor : MelExtractor or MFCCExtractor
            The extractor, which stays as it is; its `stats` and `deltas` are left out.
        clip : ndarray of shape (n_times,), str, path-like, bytes or binary file object
            The waveform at the rate of the extractor, or the recording, which is resampled to it.
        ax : Axes or None, default=None
            Where to draw; None is a new figure.
        colorbar : bool, default=True
            Whether to draw a colour bar.
        **kwargs : dict
            More for the image, such as ``cmap`` or ``vmin``.

        Returns
        -------
        SpectrogramDisplay
            The display, drawn.
        """
        if not isinstance(extractor, MelExtractor | MFCCExtractor):
            raise TypeError(
                f"extractor is {extractor!r:.80}: give a MelExtractor or an MFCCExtractor, whose "
                "channels are neighbours and of one unit."
            )
        data = spectrogram(extractor, waveform_at(clip, extractor.sr))
        return cls(**data).plot(ax, colorbar=colorbar, **kwargs)

    def plot(self, ax: Axes | None = None, *, colorbar: bool = True, **kwargs: Any) -> Self:
        """Draw the image.

        Parameters
        ----------
        ax : Axes or None, default=None
            Where to draw; None is a new figure.
        colorbar : bool, default=True
            Whether to draw a colour bar.
        **kwargs : dict
            More for the image, such as ``cmap`` or ``vmin``.

        Returns
        -------
        SpectrogramDisplay
            The display itself.
        """
        self.ax_ = axes_for("SpectrogramDisplay", ax, height=3.2)
        self.figure_ = self.ax_.figure
        n_channels, n_frames = self.frames.shape
        first = self.start - self.hop / 2
        low, high = self._limits()
        style = {"cmap": "viridis", "vmin": low, "vmax": high, **kwargs}
        self.im_ = self.ax_.imshow(
            self.frames,
            extent=(first, first + n_frames * self.hop, -0.5, n_channels - 0.5),
            origin="lower",
            aspect="auto",
            **style,
        )
        self.ax_.set(xlabel="seconds")
        self._label_channels()
        self.colorbar_ = None
        if colorbar:
            self.colorbar_ = self.figure_.colorbar(
                self.im_, ax=self.ax_, label=self.unit, extend=self._beyond()
            )
        return self

    def _limits(self) -> tuple[float, float]:
        """The values at both ends of the colours."""
        if self.frequencies is None:
            high = float(np.abs(self.frames[1:] if len(self.frames) > 1 else self.frames).max())
            low = -high
        else:
            low, high = float(self.frames.min()), float(self.frames.max())
        if high - low <= _LEAST_RANGE * float(np.abs(self.frames).max()):
            middle = (low + high) / 2
            margin = abs(middle) / 10 or 0.1
            return middle - margin, middle + margin
        return low, high

    def _beyond(self) -> str:
        """At which ends of the colours there are values beyond, in matplotlib's words."""
        low, high = self.im_.get_clim()
        is_below, is_above = bool(self.frames.min() < low), bool(self.frames.max() > high)
        return ("neither", "min", "max", "both")[is_below + 2 * is_above]

    def _label_channels(self) -> None:
        """Label the vertical axis: round frequencies where they lie, or numbers."""
        if self.frequencies is None:
            from matplotlib.ticker import MaxNLocator

            self.ax_.set(ylabel="coefficient")
            self.ax_.yaxis.set_major_locator(MaxNLocator("auto", integer=True, min_n_ticks=1))
            return
        places: dict[int, float] = {}
        above = np.inf
        for hertz in reversed(_LABELLED_HZ):
            place = np.interp(
                hertz, self.frequencies, np.arange(len(self.frequencies)), left=np.nan, right=np.nan
            )
            if above - place >= _LEAST_GAP * len(self.frequencies):
                places[hertz] = above = float(place)
        self.ax_.set(ylabel="Hz")
        self.ax_.set_yticks(list(places.values())[::-1], list(map(str, places))[::-1])


def extractor_at(sr: int, kind: str) -> MelExtractor | MFCCExtractor:
    """An extractor of some kind whose frames last as long at any sample rate."""
    n_fft = 2 * max(1, round(_FRAME * sr / 2))
    return _EXTRACTORS[kind](n_fft=n_fft, hop_length=max(1, round(_HOP * sr)), sr=sr)


def spectrogram(
    extractor: MelExtractor | MFCCExtractor, samples: NDArray[np.floating]
) -> dict[str, Any]:
    """What a SpectrogramDisplay is made of, of a clip ``(n_times,)`` at the extractor's rate."""
    of_frames = clone(extractor).set_params(stats=None, deltas=0)
    (frames,) = of_frames.fit_transform([samples])
    return {
        "frames": frames,
        "hop": extractor.hop_length / extractor.sr,
        "start": 0.0 if extractor.center else extractor.n_fft / 2 / extractor.sr,
        "frequencies": _centres(extractor) if isinstance(extractor, MelExtractor) else None,
        "unit": _unit(extractor),
    }


def _centres(extractor: MelExtractor) -> NDArray[np.floating]:
    """The frequencies ``(n_mels,)`` in Hz at which the bands have their peaks."""
    from librosa import mel_frequencies

    top = extractor.sr / 2 if extractor.fmax is None else extractor.fmax
    # Each band begins at the peak of the one before, and ends at that of the next.
    edges = mel_frequencies(extractor.n_mels + 2, fmin=extractor.fmin, fmax=top, htk=extractor.htk)
    return edges[1:-1]


def _unit(extractor: MelExtractor | MFCCExtractor) -> str:
    """What the frames measure."""
    if isinstance(extractor, MFCCExtractor) or extractor.log:
        return "dB"
    powers = {1.0: "magnitude", 2.0: "energy"}
    return powers.get(extractor.power, f"magnitude to the power of {extractor.power:g}")
