"""PitchExtractor: the melody of speech."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any, ClassVar, NamedTuple

import numpy as np

from sertools._sklearn import Interval
from sertools.core.pitch import pitch_plan, track_pitch
from sertools.features._base import Contours, Extractor
from sertools.features._sound import Sound
from sertools.kernels import fastest

__all__ = ["PitchExtractor", "PitchTrack"]


class PitchTrack(NamedTuple):
    """How the pitch of a clip is tracked."""

    sr: int
    hop_length: int
    center: bool
    fmin: float
    fmax: float

    def of(self, sound: Sound) -> tuple[Any, Any]:
        """F0 ``(n_frames,)`` in Hz, 0 in unvoiced frames, and the strength of the voicing."""
        return sound.once(self, lambda: fastest(track_pitch)(sound.samples, **self._asdict()))


class PitchExtractor(Extractor):
    """Pitch in semitones, and how surely there is one.

    The channel ``f0`` is 12 · log2 of the fundamental frequency in Hz, so that a step means the
    same to all voices: 81.1 at 108 Hz, 12 more at 216 Hz, and 0 in unvoiced frames. Its statistics
    are those of the voiced frames, whose share is in the column ``voiced_ratio``. The channel
    ``voicing`` is the strength of the voicing, from 0 to 1 in all frames; a voice above `fmax` has
    that and no F0.

    Parameters
    ----------
    fmin : float, default=60.0
        The lowest fundamental frequency in Hz, at least 10.
    fmax : float, default=600.0
        The highest: 1500 Hz at most, at rates below 8000 Hz less. A voice above it, up to 1.5 times
        as high, counts as unvoiced; for screams, which reach 900 Hz, give a higher `fmax`.
    sr : int, default=16000
        Sample rate of the clips in Hz; clips that carry another are refused.
    hop_length : int, default=160
        Samples from one frame to the next. Where the rate is above 8000 Hz, an even number or one
        with other small factors is faster.
    center : bool, default=True
        Whether frames are centred on multiples of `hop_length`, or start there. They last three
        periods of `fmin`.
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
    VoiceExtractor : What else is heard of a voice.
    AcousticExtractor : Several features from one pass.

    Notes
    -----
    The tracker is that of Boersma (1993), which Praat made known, with costs against octave errors
    that were set on noisy and emotional voices, a band of 3 kHz and a deaf ear for mains hum. Its
    result does not depend on the level of a clip.

    References
    ----------
    Boersma, P. (1993). Accurate short-term analysis of the fundamental frequency and the
    harmonics-to-noise ratio of a sampled sound. IFA Proceedings 17, 97-110.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import PitchExtractor
    >>> time = np.arange(16000) / 16000
    >>> low, high = np.sin(2 * np.pi * 110 * time), np.sin(2 * np.pi * 220 * time)
    >>> PitchExtractor(stats=["median"]).fit_transform([low, high, 0 * time]).round(1)
    array([[81.4,  1. ,  1. ],
           [93.4,  1. ,  1. ],
           [ 0. ,  0. ,  0. ]])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Extractor._parameter_constraints,
        "fmin": [Interval(Real, 0, None, closed="neither")],
        "fmax": [Interval(Real, 0, None, closed="neither")],
    }

    _on_host = True
    _voiced_channels = frozenset({"f0"})

    def __init__(
        self,
        fmin: float = 60.0,
        fmax: float = 600.0,
        sr: int = 16000,
        hop_length: int = 160,
        center: bool = True,
        deltas: int = 0,
        stats: Sequence[str] | None = ("mean", "std"),
        device: str | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.fmin = fmin
        self.fmax = fmax
        self.sr = sr
        self.hop_length = hop_length
        self.center = center
        self.deltas = deltas
        self.stats = stats
        self.device = device
        self.n_jobs = n_jobs

    def _check_parameters(self) -> None:
        super()._check_parameters()
        pitch_plan(sr=self.sr, hop_length=self.hop_length, fmin=self.fmin, fmax=self.fmax)

    def _channel_names(self) -> list[str]:
        return ["f0", "voicing"]

    def _contours(self, sound: Sound) -> Contours:
        track = PitchTrack(self.sr, self.hop_length, self.center, self.fmin, self.fmax)
        f0, strength = track.of(sound)
        is_voiced = f0 > 0
        semitones = 12 * np.log2(np.where(is_voiced, f0, 1))
        return Contours(np.stack([semitones, strength], axis=1), is_voiced)
