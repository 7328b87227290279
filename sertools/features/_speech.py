"""What is heard in a clip by the sets speech-v1 and speech-small-v1: contours and masks."""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sertools.core.cepstral import bridged, cepstrum, dct_basis, delta
from sertools.core.descriptors import flux, line_slope, rolloff
from sertools.core.formants import prediction_gain
from sertools.core.harmonics import formant_levels, harmonic_level
from sertools.core.spectral import power_to_db
from sertools.core.speech.contours import (
    at_level,
    auditory_loudness,
    band_contrast,
    band_levels,
    entropy,
    glide,
    rasta,
    sharpness,
    spectral_moments,
)
from sertools.core.temporal import mean_square, zero_crossing_rate
from sertools.core.voice import alpha_ratio, band, hammarberg_index
from sertools.features._analysis import Analysis, MelSpectrum
from sertools.features._sound import Sound
from sertools.features._voice import Voice
from sertools.kernels import fastest

__all__ = [
    "CEPSTRA",
    "CHANNELS",
    "FORMANTS",
    "FRAME_RATE",
    "MEL_BANDS",
    "RASTA",
    "SPECTRUM",
    "VOICE",
    "Heard",
    "heard",
]

# All parameters are spelt out and none can be set: the sets are frozen.
_SR = 16000
_HOP_LENGTH = 160
FRAME_RATE = _SR / _HOP_LENGTH

# Root mean square of the sounding parts: clips are brought to it, so that gain does not matter.
_LEVEL = 0.05
# Decibels below the clip's strongest bin, and band, at which spectra have their floor.
_RANGE_OF_BINS, _RANGE_OF_BANDS = 90.0, 80.0
# Decibels below the loudest frame down to which frames are active.
_RANGE_OF_ACTIVE = 30.0
# Fewer voiced frames than that say nothing of a voice, fewer without one nothing of the noise.
_LEAST_VOICED, _LEAST_BETWEEN = 8, 5
# Of power: -120 dB of full scale, so that silence has a spectrum.
_LEAST_POWER = 1e-12
# Frames that derivatives are taken over.
_DELTA_WIDTH = 5

_ANALYSIS = Analysis(512, _HOP_LENGTH, center=True, win_length=400, window="hann")
_FRAMES = {"frame_length": 400, "hop_length": _HOP_LENGTH}
_FREQUENCIES = np.fft.rfftfreq(_ANALYSIS.n_fft, 1 / _SR)
_BANK: dict[str, Any] = {"sr": _SR, "power": 2.0, "fmax": 8000.0, "htk": True, "norm": None}
_MEL = MelSpectrum(_ANALYSIS, n_mels=40, fmin=50.0, **_BANK)
_EAR = MelSpectrum(_ANALYSIS, n_mels=26, fmin=20.0, **_BANK)
_VOICE = Voice(_SR, _HOP_LENGTH, center=True)
_BASIS = dct_basis(20, _MEL.n_mels)
_SEMITONE_ZERO = 27.5  # Hz: F0 is given in semitones above it

# Shares of the power, and bands in Hz. The last bin belongs to the last band.
_SHARES = (0.25, 0.5, 0.75, 0.9)
_TOP = _SR / 2 + 1
_LEVEL_BANDS = ((250.0, 650.0), (1000.0, 4000.0), (4000.0, _TOP))
_SLOPE_BANDS = ((60.0, 500.0), (500.0, 1500.0), (1500.0, 5000.0))
_CONTRAST_BANDS = (
    *((100.0, 400.0), (400.0, 800.0), (800.0, 1600.0)),
    *((1600.0, 3200.0), (3200.0, _TOP)),
)


def _numbered(name: str, count: int) -> tuple[str, ...]:
    """Names of channels of one kind."""
    return tuple(f"{name}{i:02d}" for i in range(count))


#: The contours, by where they come from.
CEPSTRA = _numbered("mfcc", len(_BASIS))
RASTA = _numbered("rasta", _EAR.n_mels)
SPECTRUM = (
    *("energy", "loudness", "rasta_loudness"),
    *("centroid", "spread", "skewness", "log_kurtosis"),
    *(f"rolloff_{int(100 * share)}" for share in _SHARES),
    *("flux", "entropy", "flatness", "alpha_ratio", "hammarberg"),
    *("level_250_650", "level_1000_4000", "level_4000_8000"),
    *("slope_60_500", "slope_500_1500", "slope_1500_5000"),
    *("zcr", "sharpness"),
    *("contrast_100_400", "contrast_400_800", "contrast_800_1600"),
    *("contrast_1600_3200", "contrast_3200_8000"),
)
VOICE = (
    *("f0", "voicing", "jitter", "shimmer", "hnr"),
    *("h1_h2", "h1_h4", "h1_a1", "h1_a3", "prediction_gain", "glide"),
)
FORMANTS = (
    *("f1", "f2", "f3", "f1_bandwidth", "f2_bandwidth", "f3_bandwidth"),
    *("f1_level", "f2_level", "f3_level"),
)
CHANNELS = (*CEPSTRA, *RASTA, *SPECTRUM, *VOICE, *FORMANTS)
_PLACES = {name: place for place, name in enumerate(CHANNELS)}

#: The bands of the mel spectrogram.
MEL_BANDS = _numbered("mel", _MEL.n_mels)


class Heard(NamedTuple):
    """Contours of a clip, float64 ``(n_channels, n_frames)``, and masks ``(n_frames,)``."""

    channels: NDArray[np.float64]  # one for each of CHANNELS
    steps: NDArray[np.float64]  # their first derivatives over time
    curves: NDArray[np.float64]  # and their second
    mel: NDArray[np.float64]  # in dB
    voiced: NDArray[np.bool_]
    active: NDArray[np.bool_]  # the loudest frame at least
    speaking: NDArray[np.bool_]  # the voiced frames, or the active ones if hardly any is voiced
    between: NDArray[np.bool_]  # active frames without a voice, or the active ones if hardly any

    def of(self, *names: str) -> NDArray[np.float64]:
        """The contours of these names ``(n_names, n_frames)``."""
        return self.channels[[_PLACES[name] for name in names]]

    def steps_of(self, *names: str) -> NDArray[np.float64]:
        """Their derivatives ``(n_names, n_frames)``."""
        return self.steps[[_PLACES[name] for name in names]]


def heard(sound: Sound) -> Heard:
    """What is heard in a clip at 16 kHz once it is brought to the level of all clips.

    In double precision, whatever the clip is in: the sets hold many a number that jumps where a
    comparison tips over.
    """
    levelled = Sound(at_level(sound.samples.astype(np.float64), level=_LEVEL))
    mel = power_to_db(_MEL.energies(levelled), top_db=_RANGE_OF_BANDS)
    ear = power_to_db(_EAR.energies(levelled), top_db=_RANGE_OF_BANDS)
    log_ear = ear * (math.log(10) / 10)
    silence = log_ear.max() - _RANGE_OF_BANDS * (math.log(10) / 10)
    moving = rasta(log_ear, silence=silence)
    f0 = _VOICE.pitch(levelled)
    cepstra = fastest(cepstrum)(mel, basis=_BASIS)
    spectra = _of_spectra(levelled, log_ear, moving)
    channels = np.concatenate([cepstra, moving, spectra, _of_voice(levelled, f0)], axis=1)
    steps = fastest(delta)(channels, width=_DELTA_WIDTH)
    curves = fastest(delta)(steps, width=_DELTA_WIDTH)
    energy = spectra[:, 0]
    voiced, active = f0 > 0, energy >= energy.max() - _RANGE_OF_ACTIVE
    noise = active & ~voiced
    speaking = voiced if voiced.sum() >= _LEAST_VOICED else active
    between = noise if noise.sum() >= _LEAST_BETWEEN else active
    # One contour in a row, as functionals take them.
    return Heard(
        channels=np.ascontiguousarray(channels.T),
        steps=np.ascontiguousarray(steps.T),
        curves=np.ascontiguousarray(curves.T),
        mel=np.ascontiguousarray(mel.T),
        voiced=voiced,
        active=active,
        speaking=speaking,
        between=between,
    )


def _of_spectra(sound: Sound, log_ear: Any, moving: Any) -> Any:
    """The contours of `SPECTRUM` ``(n_frames, 29)``."""
    power = _ANALYSIS.energies(sound)
    floor = power.max() * 10.0 ** (-_RANGE_OF_BINS / 10.0)
    power = np.maximum(power, max(floor, _LEAST_POWER))
    levels = power_to_db(power, top_db=None)
    squares = fastest(mean_square)(sound.samples, **_FRAMES)
    energy = power_to_db(squares, top_db=None)[:, None]
    slopes = [slice(*band(_FREQUENCIES, *limits)) for limits in _SLOPE_BANDS]
    return np.column_stack(
        [
            energy,
            auditory_loudness(log_ear),
            auditory_loudness(moving),
            spectral_moments(power, frequencies=_FREQUENCIES),
            *(
                fastest(rolloff)(power, frequencies=_FREQUENCIES, roll_percent=share)
                for share in _SHARES
            ),
            fastest(flux)(np.sqrt(power)),
            entropy(power),
            # The flatness in dB: the mean level beside that of the mean.
            levels.mean(axis=1) - power_to_db(power.mean(axis=1), top_db=None),
            fastest(alpha_ratio)(power, frequencies=_FREQUENCIES),
            fastest(hammarberg_index)(power, frequencies=_FREQUENCIES),
            band_levels(power, frequencies=_FREQUENCIES, bands=_LEVEL_BANDS) - energy,
            *(
                fastest(line_slope)(levels[:, bins], frequencies=_FREQUENCIES[bins])
                for bins in slopes
            ),
            fastest(zero_crossing_rate)(sound.samples, **_FRAMES),
            sharpness(np.exp(log_ear), barks=_barks()),
            band_contrast(levels, frequencies=_FREQUENCIES, bands=_CONTRAST_BANDS),
        ]
    )


def _of_voice(sound: Sound, f0: Any) -> Any:
    """The contours of `VOICE` and `FORMANTS` ``(n_frames, 20)``, F0 in Hz given.

    What needs a voice is drawn straight through frames without one, and harmonics and formants are
    looked for there too. In a clip without any voice all is 0 but what needs none.
    """
    voiced = f0 > 0
    spectra = _VOICE.energies(sound)
    contours = np.zeros((len(f0), len(VOICE) + len(FORMANTS)))
    contours[:, 1] = _VOICE.strength(sound)
    contours[:, 9] = fastest(prediction_gain)(spectra, sr=_SR)
    if not voiced.any():
        return contours
    known = np.column_stack([f0[voiced], _VOICE.cycles(sound), *_VOICE.formants(sound)])
    drawn = np.zeros((len(f0), known.shape[1]))
    drawn[voiced] = known
    drawn = bridged(drawn, voiced=voiced)
    melody, cycles, formants, bandwidths = np.split(drawn, [1, 4, 7], axis=1)
    bin_width = float(_VOICE.frequencies()[1])
    h1, h2, h4 = (
        fastest(harmonic_level)(spectra, f0=melody[:, 0], harmonic=k, bin_width=bin_width)
        for k in (1, 2, 4)
    )
    peaks = fastest(formant_levels)(spectra, formants=formants, bin_width=bin_width)
    contours[:, 0] = 12 * np.log2(melody[:, 0] / _SEMITONE_ZERO)
    contours[:, 2:5] = cycles
    contours[:, 5:9] = np.column_stack([h1 - h2, h1 - h4, h1 - peaks[:, 0], h1 - peaks[:, 2]])
    contours[:, 10] = glide(f0)
    contours[:, 11:] = np.column_stack([formants, bandwidths, peaks - h1[:, None]])
    return contours


@functools.cache
def _barks() -> NDArray[np.float64]:
    """Centres of the bands of the ear in Bark, by the formula of Zwicker & Terhardt (1980)."""
    from librosa import mel_frequencies

    hertz = mel_frequencies(_EAR.n_mels + 2, fmin=_EAR.fmin, fmax=_EAR.fmax, htk=True)[1:-1]
    return 13 * np.arctan(0.00076 * hertz) + 3.5 * np.arctan((hertz / 7500) ** 2)
