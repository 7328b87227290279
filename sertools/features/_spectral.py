"""SpectralExtractor: the shape of the spectrum in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sertools._sklearn import EvenInterval
from sertools._validation import did_you_mean
from sertools.core import descriptors
from sertools.features._analysis import Analysis
from sertools.features._base import Contours, Extractor
from sertools.features._sound import Sound
from sertools.kernels import fastest

_DESCRIPTORS = ("centroid", "bandwidth", "rolloff", "flatness", "flux", "contrast", "slope")

# Those that go by the shape of a spectrum only, and not by its place.
_WITHOUT_FREQUENCIES = {"flatness", "flux"}


class SpectralExtractor(Extractor):
    """Descriptors of the spectrum: where its energy lies, how wide, how noisy, how steady.

    The numbers of ``librosa.feature.spectral_centroid`` and its fellows; flux and slope are
    defined in `Notes`.

    Parameters
    ----------
    descriptors : sequence of str, default=all of them
        Any of "centroid", "bandwidth" and "rolloff" (in Hz), "flatness", "flux", "contrast" (in
        dB, one channel for each octave band) and "slope" (in dB per kHz), in the order of the
        channels.
    n_fft : int, default=512
        Samples in a frame, which the Fourier transform takes; even.
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
    VoiceExtractor : Descriptors that know the voice.
    AcousticExtractor : Several features from one pass.

    Notes
    -----
    The roll-off is the frequency up to which 85 % of the magnitudes lie. The contrast has the bands
    of librosa that the sample rate holds: at 16 kHz one up to 200 Hz and six octaves from there.
    The flux is the Euclidean distance between the magnitudes of a frame and the frame before, each
    scaled to a norm of 1. The slope is that of the least-squares line through the spectrum in
    decibels.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import SpectralExtractor
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000)
    >>> extractor = SpectralExtractor(["centroid", "rolloff"], stats=["median"])
    >>> extractor.fit_transform([tone]).round()
    array([[1000., 1031.]])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Extractor._parameter_constraints,
        "descriptors": [list, tuple],
        "n_fft": [EvenInterval(4)],
    }

    def __init__(
        self,
        descriptors: Sequence[str] = _DESCRIPTORS,
        n_fft: int = 512,
        sr: int = 16000,
        hop_length: int = 160,
        center: bool = True,
        deltas: int = 0,
        stats: Sequence[str] | None = ("mean", "std"),
        device: str | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.descriptors = descriptors
        self.n_fft = n_fft
        self.sr = sr
        self.hop_length = hop_length
        self.center = center
        self.deltas = deltas
        self.stats = stats
        self.device = device
        self.n_jobs = n_jobs

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if not self.descriptors:
            raise ValueError(f"descriptors is empty: name some of {', '.join(_DESCRIPTORS)}.")
        for name in self.descriptors:
            if name not in _DESCRIPTORS:
                raise ValueError(
                    f"{name!r} is no spectral descriptor.{did_you_mean(name, _DESCRIPTORS)} Known "
                    f"are {', '.join(_DESCRIPTORS)}."
                )
        if len(set(self.descriptors)) < len(self.descriptors):
            raise ValueError(f"descriptors={self.descriptors!r}: name each once.")
        if "contrast" in self.descriptors:
            descriptors.contrast_edges(self._frequencies())

    def _channel_names(self) -> list[str]:
        names = []
        for name in self.descriptors:
            if name == "contrast":
                n_bands = len(descriptors.contrast_edges(self._frequencies()))
                names += [f"contrast{band}" for band in range(n_bands)]
            else:
                names.append(name)
        return names

    def _contours(self, sound: Sound) -> Contours:
        xp = sound.xp
        analysis = Analysis(self.n_fft, self.hop_length, self.center)
        channels = []
        for name in self.descriptors:
            look = analysis.exact_magnitudes if name == "contrast" else analysis.magnitudes
            where = {} if name in _WITHOUT_FREQUENCIES else {"frequencies": self._frequencies()}
            channels.append(fastest(getattr(descriptors, name), xp)(look(sound), **where))
        return Contours(xp.column_stack(channels))

    def _frequencies(self) -> NDArray[np.floating[Any]]:
        """Frequencies of the bins in Hz."""
        return np.fft.rfftfreq(self.n_fft, 1 / self.sr)
