"""Spectra and bands of a clip, by the parameters that librosa gives them."""

from __future__ import annotations

import functools
import warnings
from typing import Any, Literal, NamedTuple

import numpy as np

from sertools.core.framing import PadMode
from sertools.core.spectral import Bank, analysis_window, as_bank, filtered, power_to_db, spectrum
from sertools.features._sound import Sound
from sertools.kernels import fastest
from sertools.kernels.cuda.batch import Batch, Contours
from sertools.kernels.cuda.spectral import LONGEST_WINDOW, mel

__all__ = ["Analysis", "MelSpectrum", "check_analysis", "check_band", "chroma_bank"]


class Analysis(NamedTuple):
    """How a clip is cut into frames and turned into spectra."""

    n_fft: int
    hop_length: int
    center: bool
    win_length: int | None = None
    window: str | tuple[Any, ...] = "hann"
    pad_mode: PadMode = "constant"

    def energies(self, sound: Sound) -> Any:
        """Energies ``(n_frames, n_fft // 2 + 1)`` of a clip."""
        return sound.once(self, lambda: self._energies_of(sound.samples, sound.xp))

    def magnitudes(self, sound: Sound, power: float = 1.0) -> Any:
        """Magnitudes to some power, ``(n_frames, n_fft // 2 + 1)``, of a clip."""
        energies = self.energies(sound)
        if power == 2.0:
            return energies
        return sound.once((self, power), lambda: energies ** (power / 2.0))

    def exact_magnitudes(self, sound: Sound) -> Any:
        """Magnitudes ``(n_frames, n_fft // 2 + 1)`` without the noise of single precision.

        That lies some 120 dB below the peak of a frame, where speech may have its deepest valleys.
        """
        xp, samples = sound.xp, sound.samples
        if samples.dtype == np.float64:
            return self.magnitudes(sound)
        exact = self._energies_of(samples.astype(np.float64), xp)
        return xp.sqrt(exact).astype(samples.dtype)

    def _energies_of(self, samples: Any, xp: Any) -> Any:
        return fastest(spectrum, xp)(
            samples,
            window=_window(self.window, self.win_length or self.n_fft, self.n_fft, samples.dtype),
            hop_length=self.hop_length,
            center=self.center,
            pad_mode=self.pad_mode,
        )


class MelSpectrum(NamedTuple):
    """How the spectra of a clip are summed in bands as wide as the ear's."""

    analysis: Analysis
    sr: int
    power: float
    n_mels: int
    fmin: float
    fmax: float
    htk: bool
    norm: Literal["slaney"] | None

    def energies(self, sound: Sound) -> Any:
        """Energies ``(n_frames, n_mels)`` of a clip in the bands."""
        return sound.once(self, lambda: self._energies(sound))

    def decibels(self, sound: Sound, top_db: float | None) -> Any:
        """The energies in decibels, none further than `top_db` below the clip's largest."""
        return sound.once(
            (self, top_db), lambda: power_to_db(self.energies(sound), top_db=top_db, xp=sound.xp)
        )

    def of_batch(self, batch: Batch, *, decibels: bool) -> tuple[Contours, Any] | None:
        """The energies of many clips on a GPU, or their decibels and each clip's largest.

        None for what no kernel computes.
        """
        analysis = self.analysis
        is_padded = analysis.center and analysis.pad_mode != "constant"
        if analysis.n_fft > LONGEST_WINDOW or is_padded:
            return None
        dtype = np.dtype(np.float32)
        return batch.once(
            (self, decibels),
            lambda: mel(
                batch,
                window=_window(
                    analysis.window, analysis.win_length or analysis.n_fft, analysis.n_fft, dtype
                ),
                hop_length=analysis.hop_length,
                center=analysis.center,
                power=self.power,
                bank=_mel_bank(self, dtype),
                decibels=decibels,
            ),
        )

    def n_empty(self) -> int:
        """Bands that no bin falls into."""
        bank = _mel_bank(self, np.dtype(np.float32))  # that of most clips
        return int((bank.first == bank.stop).sum())

    def _energies(self, sound: Sound) -> Any:
        spectra = self.analysis.magnitudes(sound, self.power)
        return fastest(filtered, sound.xp)(spectra, bank=_mel_bank(self, spectra.dtype))


def check_analysis(analysis: Analysis) -> None:
    """Refuse windows that do not exist or do not fit."""
    if analysis.win_length is not None and analysis.win_length > analysis.n_fft:
        raise ValueError(
            f"win_length={analysis.win_length} is longer than n_fft={analysis.n_fft}: the window "
            "must fit into the transform. Give win_length=None for a window as long as n_fft, or "
            "raise n_fft."
        )
    try:
        _window(analysis.window, analysis.win_length or analysis.n_fft, analysis.n_fft, None)
    except (IndexError, TypeError, ValueError) as error:
        raise ValueError(
            f"window={analysis.window!r} is not known to scipy.signal.get_window ({error}): take "
            '"hann", "hamming", "blackman" or another name it knows.'
        ) from error


def check_band(fmin: float, fmax: float | None, sr: int) -> None:
    """Refuse a band of frequencies that is empty or that a sample rate does not hold."""
    if fmax is not None and fmax > sr / 2:
        raise ValueError(
            f"fmax={fmax} Hz is above half of sr={sr} Hz, where a recording holds nothing: take "
            f"at most {sr / 2:g}, or None for that."
        )
    top = sr / 2 if fmax is None else fmax
    if fmin >= top:
        raise ValueError(f"fmin={fmin} Hz is not below fmax={top:g} Hz: the band is empty.")


@functools.lru_cache(maxsize=32)
def _window(name: Any, win_length: int, n_fft: int, dtype: Any) -> np.ndarray:
    """The window, made once for all clips."""
    return analysis_window(name, win_length, n_fft).astype(dtype)


@functools.lru_cache(maxsize=32)
def chroma_bank(sr: int, n_fft: int, n_chroma: int, dtype: Any) -> Bank:
    """A bank of filters for pitch classes, made once for all clips."""
    from librosa.filters import chroma

    return as_bank(chroma(sr=sr, n_fft=n_fft, n_chroma=n_chroma, tuning=0.0, dtype=dtype))


@functools.lru_cache(maxsize=32)
def _mel_bank(mel: MelSpectrum, dtype: Any) -> Bank:
    """The bank, made once for all clips."""
    from librosa.filters import mel as mel_filters

    with warnings.catch_warnings():
        # Said in `fit`, with the way out, and not once for the life of the process.
        warnings.filterwarnings("ignore", "Empty filters", UserWarning)
        weights = mel_filters(
            sr=mel.sr,
            n_fft=mel.analysis.n_fft,
            n_mels=mel.n_mels,
            fmin=mel.fmin,
            fmax=mel.fmax,
            htk=mel.htk,
            norm=mel.norm,
            dtype=dtype,
        )
    return as_bank(weights)
