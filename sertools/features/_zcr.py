"""ZCRExtractor: how often a waveform changes its sign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sertools._sklearn import EvenInterval
from sertools.core.temporal import zero_crossing_rate
from sertools.features._base import Contours, Extractor
from sertools.features._sound import Sound
from sertools.kernels import fastest
from sertools.kernels.cuda.batch import Batch
from sertools.kernels.cuda.batch import Contours as BatchContours
from sertools.kernels.cuda.temporal import LONGEST_FRAME, crossings_and_power


class ZCRExtractor(Extractor):
    """Zero-crossing rate: sign changes per sample, high in hisses and low in vowels.

    The numbers of ``librosa.feature.zero_crossing_rate``.

    Parameters
    ----------
    frame_length : int, default=512
        Samples in a frame; even.
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
    AcousticExtractor : Several features from one pass.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import ZCRExtractor
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000 + 0.1)
    >>> ZCRExtractor(stats=["median"]).fit_transform([tone]).round(2)  # 2000 in 16000 samples
    array([[0.12]])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Extractor._parameter_constraints,
        "frame_length": [EvenInterval(2)],
    }

    def __init__(
        self,
        frame_length: int = 512,
        sr: int = 16000,
        hop_length: int = 160,
        center: bool = True,
        deltas: int = 0,
        stats: Sequence[str] | None = ("mean", "std"),
        device: str | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.frame_length = frame_length
        self.sr = sr
        self.hop_length = hop_length
        self.center = center
        self.deltas = deltas
        self.stats = stats
        self.device = device
        self.n_jobs = n_jobs

    def _channel_names(self) -> list[str]:
        return ["zcr"]

    def _batched(self, batch: Batch) -> BatchContours | None:
        if self.frame_length > LONGEST_FRAME:
            return None
        return crossings_and_power(
            batch,
            frame_length=self.frame_length,
            hop_length=self.hop_length,
            center=self.center,
        )[0]

    def _contours(self, sound: Sound) -> Contours:
        rate = fastest(zero_crossing_rate, sound.xp)(
            sound.samples,
            frame_length=self.frame_length,
            hop_length=self.hop_length,
            center=self.center,
        )
        return Contours(rate[:, None])
