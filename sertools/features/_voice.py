"""VoiceExtractor: what is heard of a voice besides its melody."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sertools._sklearn import Interval
from sertools.core.descriptors import line_slope
from sertools.core.formants import first_formants, resonances
from sertools.core.pitch import pitch_plan
from sertools.core.spectral import power_to_db
from sertools.core.voice import (
    alpha_ratio,
    band,
    cycles,
    hammarberg_index,
)
from sertools.features._analysis import Analysis
from sertools.features._base import Contours, Extractor
from sertools.features._pitch import PitchTrack
from sertools.features._sound import Sound
from sertools.kernels import fastest

__all__ = ["Voice", "VoiceExtractor", "spectral_balance"]

# Hz: the range of F0, from low male voices to excited high ones.
_FMIN, _FMAX = 60.0, 600.0

# Long enough to tell the harmonics of a low voice apart, short enough for formants that move.
_WINDOW_SECONDS = 0.032

# Hz: the bands of the slopes.
_SLOPES = ((0.0, 500.0), (500.0, 1500.0))

# The channels of `spectral_balance`, and those that need a voice.
_BALANCE = ("alpha_ratio", "hammarberg", "slope_0_500", "slope_500_1500")
_CYCLES = ("jitter", "shimmer", "hnr")
_FORMANTS = ("f1", "f2", "f3", "f1_bandwidth", "f2_bandwidth", "f3_bandwidth")


class Voice(NamedTuple):
    """How the voice in a clip is looked at; all its contours have the frames of the pitch track."""

    sr: int
    hop_length: int
    center: bool

    def pitch(self, sound: Sound) -> Any:
        """F0 ``(n_frames,)`` in Hz, 0 in unvoiced frames."""
        return self._track().of(sound)[0]

    def strength(self, sound: Sound) -> Any:
        """Strength of the voicing ``(n_frames,)``, from 0 to 1."""
        return self._track().of(sound)[1]

    def energies(self, sound: Sound) -> Any:
        """Power spectra ``(n_frames, n_bins)``."""
        return self._analysis().energies(sound)

    def frequencies(self) -> NDArray[np.floating[Any]]:
        """Frequencies of their bins in Hz."""
        return np.fft.rfftfreq(self._analysis().n_fft, 1 / self.sr)

    def cycles(self, sound: Sound) -> Any:
        """Jitter, shimmer and harmonics-to-noise ratio ``(n_voiced, 3)`` of the voiced frames."""
        f0 = self.pitch(sound)
        centers = np.arange(len(f0)) * self.hop_length
        if not self.center:
            centers += self._pitch_frame_length() // 2
        measures = fastest(cycles)(sound.samples, f0=f0, centers=centers, sr=self.sr)
        return measures.astype(sound.samples.dtype)

    def formants(self, sound: Sound) -> tuple[Any, Any]:
        """Formants in Hz and their bandwidths of the voiced frames, both ``(n_voiced, 3)``."""
        spectra = self.energies(sound)[self.pitch(sound) > 0]
        found = fastest(resonances)(spectra, sr=self.sr)
        formants, bandwidths = fastest(first_formants)(*found)
        return formants, bandwidths

    def _track(self) -> PitchTrack:
        """How the pitch is tracked."""
        return PitchTrack(self.sr, self.hop_length, self.center, _FMIN, _FMAX)

    def _analysis(self) -> Analysis:
        """How the clip is turned into spectra."""
        win_length = 2 * round(_WINDOW_SECONDS / 2 * self.sr)
        if self.center:
            return Analysis(win_length, self.hop_length, center=True)
        # In the middle of the pitch tracker's frames, so that both see the same moment.
        return Analysis(self._pitch_frame_length(), self.hop_length, False, win_length)

    def _pitch_frame_length(self) -> int:
        """Samples of the clip in a frame of the pitch tracker."""
        plan = pitch_plan(sr=self.sr, hop_length=self.hop_length, fmin=_FMIN, fmax=_FMAX)
        return len(plan.window) * plan.step


def spectral_balance(spectra: Any, *, frequencies: NDArray[Any]) -> list[Any]:
    """Alpha ratio, Hammarberg index and slopes below 500 and 1500 Hz of power spectra."""
    contours = [
        fastest(measure)(spectra, frequencies=frequencies)
        for measure in (alpha_ratio, hammarberg_index)
    ]
    bands = [slice(*band(frequencies, *limits)) for limits in _SLOPES]
    decibels = power_to_db(spectra[:, : bands[-1].stop], top_db=None)
    contours += [
        fastest(line_slope)(decibels[:, bins], frequencies=frequencies[bins]) for bins in bands
    ]
    return contours


class VoiceExtractor(Extractor):
    """Voice quality: regularity of the cycles, breath, formants, balance of the spectrum.

    The channels are

    - ``jitter``: mean difference of consecutive periods, relative to the period;
    - ``shimmer``: mean difference of consecutive amplitudes, in dB;
    - ``hnr``: energy of the harmonics over that of the noise, in dB;
    - ``f1``, ``f2``, ``f3``: formants in Hz, and ``f1_bandwidth`` and so on: their bandwidths;
    - ``alpha_ratio``: energy from 50 Hz to 1 kHz over that from 1 to 5 kHz, in dB;
    - ``hammarberg``: the strongest energy below 2 kHz over that from 2 to 5 kHz, in dB;
    - ``slope_0_500`` and ``slope_500_1500``: slopes of the spectrum in dB per kHz.

    All but the last four are defined in voiced frames only and 0 elsewhere; their statistics are
    those of the voiced frames, whose share is in the column ``voiced_ratio``.

    Parameters
    ----------
    sr : int, default=16000
        Sample rate of the clips in Hz, at least 8000; clips that carry another are refused.
    hop_length : int, default=160
        Samples from one frame to the next.
    center : bool, default=True
        Whether frames are centred on multiples of `hop_length`, or start there; like those of
        `PitchExtractor` they then last 50 ms.
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
    PitchExtractor : The melody of the voice, by the same tracker.
    SpectralExtractor : Descriptors that do not know the voice.

    Notes
    -----
    The cycles are found in the waveform, guided by F0, as in Praat's "Sound & Pitch: To
    PointProcess (cc)"; jitter, shimmer and the ratio are means over 60 ms. Formants come from
    linear prediction up to 5 kHz, in spectra of 32 ms; above an F0 of 250 Hz the first follows the
    nearest harmonic. The definitions are those of the Geneva Minimalistic Acoustic Parameter Set.

    F0 is sought from 60 to 600 Hz, and a scream above, up to 900 Hz, counts as unvoiced. The upper
    bands of the alpha ratio and the Hammarberg index end where the rate does: at 8 kHz, 4 kHz. The
    four channels of the balance count in pauses too, where they are those of the noise; in silence
    the spectra rest on a floor of -100 dB, which shows in the pauses of very soft recordings.
    Nothing else depends on the level of a clip.

    References
    ----------
    Eyben, F. et al. (2016). The Geneva Minimalistic Acoustic Parameter Set (GeMAPS) for voice
    research and affective computing. IEEE Transactions on Affective Computing 7, 190-202.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import VoiceExtractor
    >>> pulses = np.zeros(16000)
    >>> pulses[::100] = 1
    >>> extractor = VoiceExtractor(stats=["median"])
    >>> table = extractor.set_output(transform="pandas").fit_transform([pulses])
    >>> table[["jitter_median", "shimmer_median", "hnr_median"]].round(2).values.tolist()
    [[0.0, 0.0, 40.0]]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Extractor._parameter_constraints,
        # Below, there is no third formant and no upper band of the spectrum.
        "sr": [Interval(Integral, 8000, None, closed="left")],
    }

    _on_host = True
    _voiced_channels = frozenset((*_CYCLES, *_FORMANTS))

    def __init__(
        self,
        sr: int = 16000,
        hop_length: int = 160,
        center: bool = True,
        deltas: int = 0,
        stats: Sequence[str] | None = ("mean", "std"),
        device: str | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.sr = sr
        self.hop_length = hop_length
        self.center = center
        self.deltas = deltas
        self.stats = stats
        self.device = device
        self.n_jobs = n_jobs

    def _channel_names(self) -> list[str]:
        return [*_CYCLES, *_FORMANTS, *_BALANCE]

    def _contours(self, sound: Sound) -> Contours:
        voice = Voice(self.sr, self.hop_length, self.center)
        is_voiced = voice.pitch(sound) > 0
        balance = spectral_balance(voice.energies(sound), frequencies=voice.frequencies())
        n_in_voice = len(self._voiced_channels)
        values = np.zeros((len(is_voiced), n_in_voice + len(balance)), dtype=sound.samples.dtype)
        values[:, n_in_voice:] = np.stack(balance, axis=1)
        in_voice = [voice.cycles(sound), *voice.formants(sound)]
        values[is_voiced, :n_in_voice] = np.concatenate(in_voice, axis=1)
        return Contours(values, is_voiced)
