"""ChromaExtractor: how the energy falls on the twelve notes."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar

from sertools._sklearn import EvenInterval, Interval
from sertools.core.chroma import chroma
from sertools.core.spectral import filtered
from sertools.features._analysis import Analysis, chroma_bank
from sertools.features._base import Contours, Extractor, numbered
from sertools.features._sound import Sound
from sertools.kernels import fastest


class ChromaExtractor(Extractor):
    """Chroma: how the energy of a frame falls on the pitch classes, the strongest of them 1.

    The numbers of ``librosa.feature.chroma_stft`` with ``tuning=0``. In speech they carry what is
    left of the melody when octaves are forgotten; `PitchExtractor` says more.

    Parameters
    ----------
    n_chroma : int, default=12
        Pitch classes in an octave, from C on.
    n_fft : int, default=2048
        Samples in a frame, which the Fourier transform takes; even. Neighbouring notes of a low
        voice lie 8 Hz apart, so frames are long.
    sr : int, default=16000
        Sample rate of the clips in Hz; clips that carry another are refused.
    hop_length : int, default=160
        Samples from one frame to the next.
    center : bool, default=True
        Whether frames are centred on multiples of `hop_length`, or start there.
    deltas : {0, 1, 2}, default=0
        How many derivatives over time to add as channels.
    stats : sequence of str or None, default=("mean", "std")
        Statistics of each channel over the frames of a clip; None gives the frames themselves.
    device : {None, "cpu", "cuda", "cuda:<index>", "auto"}, default=None
        Where to compute; None is where the clips are.
    n_jobs : int or None, default=None
        Threads over clips; None means 1 unless joblib says otherwise, -1 all cores.

    Attributes
    ----------
    n_features_out_ : int or None
        Columns of the table; None for frames.
    n_features_in_ : int
        Samples per clip seen in `fit`, if it was given an array.
    feature_names_in_ : ndarray of str
        Column names seen in `fit`, if it was given a data frame.

    See Also
    --------
    PitchExtractor : The pitch itself.
    AcousticExtractor : Several features from one pass.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import ChromaExtractor
    >>> a = np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    >>> ChromaExtractor(stats=["median"]).fit_transform([a]).argmax()  # C is 0, A is 9
    np.int64(9)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Extractor._parameter_constraints,
        "n_chroma": [Interval(Integral, 1, None, closed="left")],
        "n_fft": [EvenInterval(2)],
    }

    def __init__(
        self,
        n_chroma: int = 12,
        n_fft: int = 2048,
        sr: int = 16000,
        hop_length: int = 160,
        center: bool = True,
        deltas: int = 0,
        stats: Sequence[str] | None = ("mean", "std"),
        device: str | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_chroma = n_chroma
        self.n_fft = n_fft
        self.sr = sr
        self.hop_length = hop_length
        self.center = center
        self.deltas = deltas
        self.stats = stats
        self.device = device
        self.n_jobs = n_jobs

    def _channel_names(self) -> list[str]:
        return numbered("chroma", self.n_chroma)

    def _contours(self, sound: Sound) -> Contours:
        energies = Analysis(self.n_fft, self.hop_length, self.center).energies(sound)
        bank = chroma_bank(self.sr, self.n_fft, self.n_chroma, energies.dtype)
        return Contours(chroma(fastest(filtered, sound.xp)(energies, bank=bank), xp=sound.xp))
