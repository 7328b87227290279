"""MFCCExtractor: the shape of the spectrum in a few uncorrelated numbers."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Literal

import numpy as np

from sertools._sklearn import Interval, Options
from sertools.core.cepstral import cepstrum, dct_basis, lifter_weights
from sertools.core.framing import PadMode
from sertools.features._base import Contours, numbered
from sertools.features._mel import MelBands
from sertools.features._sound import Sound
from sertools.kernels import fastest
from sertools.kernels.cuda.batch import Batch
from sertools.kernels.cuda.batch import Contours as BatchContours
from sertools.kernels.cuda.spectral import MOST_BANDS, cepstra


class MFCCExtractor(MelBands):
    """Mel-frequency cepstral coefficients: the shape of the spectrum in a few numbers.

    The numbers of ``librosa.feature.mfcc``, clip by clip.

    Parameters
    ----------
    n_mfcc : int, default=20
        Coefficients, from the zeroth on; at most `n_mels`.
    dct_type : {1, 2, 3}, default=2
        Kind of the cosine transform, which is orthonormal.
    lifter : float, default=0
        Strength of the sinusoidal lifter, which lifts the higher coefficients; 0 is none.
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
    MelExtractor : The spectrum that these describe.
    AcousticExtractor : Several features from one pass.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import MFCCExtractor
    >>> clips = [np.sin(np.arange(16000)), np.sin(np.arange(8000) ** 1.5)]
    >>> MFCCExtractor(n_mfcc=13, deltas=1).fit_transform(clips).shape
    (2, 52)
    >>> [frames.shape for frames in MFCCExtractor(n_mfcc=13, stats=None).fit_transform(clips)]
    [(13, 101), (13, 51)]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **MelBands._parameter_constraints,
        "n_mfcc": [Interval(Integral, 1, None, closed="left")],
        "dct_type": [Options(Integral, {1, 2, 3})],
        "lifter": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        n_mfcc: int = 20,
        dct_type: Literal[1, 2, 3] = 2,
        lifter: float = 0,
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
        top_db: float | None = 80.0,
        sr: int = 16000,
        hop_length: int = 160,
        center: bool = True,
        deltas: int = 0,
        stats: Sequence[str] | None = ("mean", "std"),
        device: str | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_mfcc = n_mfcc
        self.dct_type = dct_type
        self.lifter = lifter
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
        self.top_db = top_db
        self.sr = sr
        self.hop_length = hop_length
        self.center = center
        self.deltas = deltas
        self.stats = stats
        self.device = device
        self.n_jobs = n_jobs

    def _channel_names(self) -> list[str]:
        return numbered("mfcc", self.n_mfcc)

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.n_mfcc > self.n_mels:
            raise ValueError(
                f"n_mfcc={self.n_mfcc} is more than n_mels={self.n_mels}: a transform of so many "
                f"bands has no more coefficients. Take n_mfcc={self.n_mels} or raise n_mels."
            )

        if self.dct_type == 1 and self.n_mels == 1:
            raise ValueError("dct_type=1 needs two bands at least: raise n_mels=1, or take type 2.")

    def _batched(self, batch: Batch) -> BatchContours | None:
        found = self._mel().of_batch(batch, decibels=True) if self.n_mels <= MOST_BANDS else None
        if found is None:
            return None
        dtype = np.dtype(np.float32)
        pooled = self._are_moments()
        return cepstra(
            *found,
            top_db=self.top_db,
            basis=_basis(self.n_mfcc, self.n_mels, self.dct_type, self.lifter, dtype),
            frames=self.deltas > 0 or not pooled,
            moments=pooled,
        )

    def _contours(self, sound: Sound) -> Contours:
        decibels = self._mel().decibels(sound, self.top_db)
        basis = _basis(self.n_mfcc, self.n_mels, self.dct_type, self.lifter, decibels.dtype)
        return Contours(fastest(cepstrum, sound.xp)(decibels, basis=basis))


@functools.lru_cache(maxsize=32)
def _basis(
    n_mfcc: int, n_mels: int, dct_type: Literal[1, 2, 3], lifter: float, dtype: Any
) -> np.ndarray:
    """The liftered transform, made once for all clips."""
    basis = dct_basis(n_mfcc, n_mels, dct_type=dct_type)
    return (lifter_weights(n_mfcc, lifter)[:, None] * basis).astype(dtype)
