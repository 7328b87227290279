"""MelExtractor: energies in bands as wide as the ear's."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Literal

from sertools._sklearn import EvenInterval, Interval, StrOptions
from sertools._validation import warn_user
from sertools.core.framing import PadMode
from sertools.features._analysis import Analysis, MelSpectrum, check_analysis, check_band
from sertools.features._base import Contours, Extractor, numbered
from sertools.features._sound import Sound
from sertools.kernels.cuda.batch import Batch
from sertools.kernels.cuda.batch import Contours as BatchContours
from sertools.kernels.cuda.contours import floored


class MelBands(Extractor):
    """Base of the extractors that begin with energies in mel bands."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Extractor._parameter_constraints,
        "n_fft": [EvenInterval(2)],
        "win_length": [Interval(Integral, 1, None, closed="left"), None],
        "window": [str, tuple],
        "pad_mode": [StrOptions({"constant", "edge", "reflect"})],
        "power": [Interval(Real, 0, None, closed="neither")],
        "n_mels": [Interval(Integral, 1, None, closed="left")],
        "fmin": [Interval(Real, 0, None, closed="left")],
        "fmax": [Interval(Real, 0, None, closed="neither"), None],
        "htk": ["boolean"],
        "norm": [StrOptions({"slaney"}), None],
        "top_db": [Interval(Real, 0, None, closed="left"), None],
    }

    n_fft: int
    win_length: int | None
    window: str | tuple[Any, ...]
    pad_mode: PadMode
    power: float
    n_mels: int
    fmin: float
    fmax: float | None
    htk: bool
    norm: Literal["slaney"] | None
    top_db: float | None

    def _mel(self) -> MelSpectrum:
        """How clips become energies in bands."""
        analysis = Analysis(
            n_fft=self.n_fft,
            hop_length=self.hop_length,
            center=self.center,
            win_length=None if self.win_length == self.n_fft else self.win_length,
            window=self.window,
            pad_mode=self.pad_mode,
        )
        return MelSpectrum(
            analysis=analysis,
            sr=self.sr,
            power=self.power,
            n_mels=self.n_mels,
            fmin=self.fmin,
            fmax=self.sr / 2 if self.fmax is None else self.fmax,
            htk=self.htk,
            norm=self.norm,
        )

    def _advise(self) -> None:
        n_empty = self._mel().n_empty()
        if n_empty:
            warn_user(
                f"{n_empty} of the n_mels={self.n_mels} bands are narrower than the bins of "
                f"n_fft={self.n_fft} and stay empty: lower n_mels or raise n_fft.",
            )

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_analysis(self._mel().analysis)
        check_band(self.fmin, self.fmax, self.sr)


class MelExtractor(MelBands):
    """Mel spectrogram: energies in bands as wide as the ear's, in decibels by default.

    The numbers of ``librosa.feature.melspectrogram`` and ``librosa.power_to_db``, clip by clip.

    Parameters
    ----------
    n_fft : int, default=512
        Samples in a frame, which the Fourier transform takes; even.
    win_length : int or None, default=None
        Samples under the window, which lies in the middle of the frame; None is all of it.
    window : str or tuple, default="hann"
        A window that ``scipy.signal.get_window`` knows; it is periodic.
    pad_mode : {"constant", "edge", "reflect"}, default="constant"
        What lies beyond the ends of a clip when frames are centred: zeros, its last sample, or the
        clip mirrored.
    power : float, default=2.0
        Exponent of the magnitudes: 2 for energies, 1 for magnitudes.
    n_mels : int, default=64
        Bands.
    fmin, fmax : float, default=0.0 and None
        Where the bands begin and end in Hz; None is half the sample rate.
    htk : bool, default=False
        Whether the mel scale is that of HTK, or that of Slaney's Auditory Toolbox.
    norm : {"slaney", None}, default="slaney"
        Whether the filters have one area, or one height.
    log : bool, default=True
        Whether to give decibels, none below -100, or energies.
    top_db : float or None, default=80.0
        How far below its largest value a clip's decibels may go; None is no limit.
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
    MFCCExtractor : The same, decorrelated.
    AcousticExtractor : Several features from one pass.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import MelExtractor
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000)
    >>> frames = MelExtractor(n_mels=40, stats=None).fit_transform([tone])
    >>> frames[0].shape
    (40, 101)
    >>> table = MelExtractor(n_mels=40).set_output(transform="pandas").fit_transform([tone])
    >>> list(table.columns[:2])
    ['mel00_mean', 'mel01_mean']
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **MelBands._parameter_constraints,
        "log": ["boolean"],
    }

    def __init__(
        self,
        n_fft: int = 512,
        win_length: int | None = None,
        window: str | tuple[Any, ...] = "hann",
        pad_mode: PadMode = "constant",
        power: float = 2.0,
        n_mels: int = 64,
        fmin: float = 0.0,
        fmax: float | None = None,
        htk: bool = False,
        norm: Literal["slaney"] | None = "slaney",
        log: bool = True,
        top_db: float | None = 80.0,
        sr: int = 16000,
        hop_length: int = 160,
        center: bool = True,
        deltas: int = 0,
        stats: Sequence[str] | None = ("mean", "std"),
        device: str | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_fft = n_fft
        self.win_length = win_length
        self.window = window
        self.pad_mode = pad_mode
        self.power = power
        self.n_mels = n_mels
        self.fmin = fmin
        self.fmax = fmax
        self.htk = htk
        self.norm = norm
        self.log = log
        self.top_db = top_db
        self.sr = sr
        self.hop_length = hop_length
        self.center = center
        self.deltas = deltas
        self.stats = stats
        self.device = device
        self.n_jobs = n_jobs

    def _channel_names(self) -> list[str]:
        return numbered("mel", self.n_mels)

    def _batched(self, batch: Batch) -> BatchContours | None:
        found = self._mel().of_batch(batch, decibels=self.log)
        if found is None or not self.log or self.top_db is None:
            return found and found[0]
        return floored(*found, self.top_db)

    def _contours(self, sound: Sound) -> Contours:
        mel = self._mel()
        return Contours(mel.decibels(sound, self.top_db) if self.log else mel.energies(sound))
