"""The set gemaps-v1: the 88 numbers of the extended Geneva set, of one clip."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sertools.core.cepstral import cepstrum, dct_basis, lifter_weights
from sertools.core.gemaps import CHANNELS, functionals, loudness, sound_level, spectral_change
from sertools.core.harmonics import formant_levels, harmonic_level
from sertools.core.spectral import power_to_db
from sertools.features._analysis import Analysis, MelSpectrum
from sertools.features._sound import Sound
from sertools.features._voice import Voice, spectral_balance
from sertools.kernels import fastest

__all__ = ["gemaps"]

# All parameters are spelt out and none can be set: the set is frozen. Windows, bands, lifter and
# steps are those of the paper.
_SR = 16000
_HOP_LENGTH = 160
_LOWEST, _HIGHEST = 20.0, 8000.0  # Hz, of the mel bands
_ANALYSIS = Analysis(512, _HOP_LENGTH, center=True, win_length=320, window="hamming")
_FREQUENCIES = np.fft.rfftfreq(_ANALYSIS.n_fft, 1 / _SR)
_MEL = MelSpectrum(
    _ANALYSIS, sr=_SR, power=2.0, n_mels=26, fmin=_LOWEST, fmax=_HIGHEST, htk=True, norm=None
)
_VOICE = Voice(_SR, _HOP_LENGTH, center=True)

# The first four cepstra, without that of the level.
_CEPSTRA = dct_basis(5, _MEL.n_mels)[1:] * lifter_weights(4, 22)[:, None]
# Hz: F0 is given in semitones above it.
_SEMITONE_ZERO = 27.5

_DB_PER_NEPER = 10 / math.log(10)


def gemaps(sound: Sound) -> Any:
    """The extended Geneva set ``(88,)`` of a clip at 16 kHz; see `sertools.core.gemaps.COLUMNS`."""
    dtype = sound.samples.dtype
    voiced = _VOICE.pitch(sound) > 0
    contours = np.zeros((len(voiced), len(CHANNELS)), dtype=dtype)
    everywhere = _everywhere(sound)
    contours[:, : everywhere.shape[1]] = everywhere
    contours[voiced, everywhere.shape[1] :] = _in_voice(sound, voiced)
    row = fastest(functionals)(
        contours,
        voiced=voiced,
        frame_rate=_SR / _HOP_LENGTH,
        level=fastest(sound_level)(sound.samples),
    )
    return row.astype(dtype)


def _everywhere(sound: Sound) -> Any:
    """The ten contours that need no voice, ``(n_frames, 10)``."""
    energies = _ANALYSIS.energies(sound)
    log_bands = power_to_db(_MEL.energies(sound), top_db=None) / _DB_PER_NEPER
    return np.column_stack(
        [
            loudness(log_bands, frequencies=_band_centres()),
            *spectral_balance(energies, frequencies=_FREQUENCIES),
            fastest(spectral_change)(energies),
            fastest(cepstrum)(log_bands, basis=_CEPSTRA.astype(log_bands.dtype)),
        ]
    )


def _in_voice(sound: Sound, voiced: Any) -> Any:
    """The fifteen contours of the voiced frames, ``(n_voiced, 15)``."""
    f0 = _VOICE.pitch(sound)[voiced]
    spectra = _VOICE.energies(sound)[voiced]
    bin_width = float(_VOICE.frequencies()[1])
    formants, bandwidths = _VOICE.formants(sound)
    h1, h2 = (
        fastest(harmonic_level)(spectra, f0=f0, harmonic=harmonic, bin_width=bin_width)[:, None]
        for harmonic in (1, 2)
    )
    levels = fastest(formant_levels)(spectra, formants=formants, bin_width=bin_width)
    of_formants = np.stack([formants, bandwidths, levels - h1], axis=2).reshape(len(f0), 9)
    semitones = 12 * np.log2(f0 / _SEMITONE_ZERO)[:, None]
    return np.concatenate(
        [semitones, _VOICE.cycles(sound), h1 - h2, h1 - levels[:, 2:], of_formants], axis=1
    )


@functools.cache
def _band_centres() -> NDArray[np.floating[Any]]:
    """Centres in Hz of the mel bands."""
    from librosa import mel_frequencies

    return mel_frequencies(_MEL.n_mels + 2, fmin=_LOWEST, fmax=_HIGHEST, htk=True)[1:-1]
