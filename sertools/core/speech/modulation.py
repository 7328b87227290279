"""How fast contours move, and how a spectrogram ripples in time and frequency at once."""

from __future__ import annotations

import functools
import math
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.fft import fft, ifft, next_fast_len, rfft

__all__ = ["GROUP", "RATE_EDGES", "RIPPLES", "modulation_power", "ripple_energies"]

# Hz: edges of the bands of rates. Stress and syllables lie below 8 Hz, roughness above 15.
RATE_EDGES = (0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 11.0, 15.0, 20.0, 30.0, 50.0)
# Frames that a clip is filled up to, so that the lowest band holds several bins at 100 frames a
# second.
_LEAST_LENGTH = 1024
# Added to powers, so that they have a logarithm.
_LEAST_POWER = 1e-6


class Ripple(NamedTuple):
    """What a filter of the spectrogram listens to."""

    rate: float  # Hz in time
    scale: float  # cycles per band; above 0 falling, below 0 rising


_RATES = (1.5, 3.0, 6.0, 12.0, 20.0)
_SCALES = (0.0, 0.04, -0.04, 0.08, -0.08, 0.16, -0.16)
RIPPLES = tuple(Ripple(rate, scale) for rate, scale in product(_RATES, _SCALES))
# A Gaussian in both directions, so much as wide as what it is centred on, and at least so wide.
_WIDTH = 0.45
_LEAST_WIDTH = 0.02
# Standard deviations of the slowest filter after which its ringing is over.
_N_DEVIATIONS = 3.0
# Bands that the spectrogram is filled up to.
_N_BANDS = 64
# Neighbouring bands whose moduli are taken together.
GROUP = 4
_LEAST_MODULUS = 1e-3


def modulation_power(contours: NDArray[np.float64], *, frame_rate: float) -> NDArray[np.float64]:
    """Power of contours in bands of rates ``(11, n_channels)``, above 0.

    Of contours ``(n_channels, n_frames)`` under a Hann window, per frame.
    """
    n_frames = contours.shape[1]
    n_fft = next_fast_len(max(_LEAST_LENGTH, n_frames), real=True)
    centred = contours - contours.mean(axis=1, keepdims=True)
    spectrum = rfft(centred * np.hanning(n_frames + 2)[1:-1], n_fft, axis=1)
    power = (spectrum.real**2 + spectrum.imag**2) / n_frames
    edges = np.searchsorted(np.arange(power.shape[1]) * frame_rate / n_fft, RATE_EDGES)
    bands = [power[:, low:high].sum(axis=1) for low, high in pairwise(edges)]
    return np.stack(bands) * (_LEAST_LENGTH / n_fft) + _LEAST_POWER


def ripple_energies(levels: NDArray[np.float64], *, frame_rate: float) -> NDArray[np.float64]:
    """How strongly a spectrogram ripples ``(2, n_ripples, n_groups)``, in groups of four bands.

    Logarithms of mean and standard deviation over time of the moduli of Gabor filters, one for each
    of `RIPPLES`, after Chi, Ru & Shamma (2005), Multiresolution spectrotemporal analysis of complex
    sounds, The Journal of the Acoustical Society of America 118, 887-906.

    Parameters
    ----------
    levels : array of shape (n_bands, n_frames)
        The spectrogram in dB; a multiple of four bands, 64 at most.
    frame_rate : float
        Frames per second.
    """
    n_bands, n_frames = levels.shape
    # Filled up, so that its end does not ring into its beginning.
    ringing = _N_DEVIATIONS * frame_rate / (2 * np.pi * _WIDTH * min(_RATES))
    n_fft = 2 * next_fast_len(math.ceil((n_frames + ringing) / 2))
    over_time, over_bands = _gabor_filters(n_fft, frame_rate)
    centred = levels - levels.mean(axis=1, keepdims=True)
    # One side of the spectrum of rates only: moduli then vary as slowly as energies do, and half
    # of the frames are enough to know them.
    n_kept = n_fft // 2
    spectrum = fft(fft(centred, n_fft, axis=1)[:, :n_kept], _N_BANDS, axis=0)
    n_seen = max(n_frames // 2, 1)
    of_rates = {
        rate: ifft(spectrum * weights, axis=1)[:, :n_seen] for rate, weights in over_time.items()
    }
    energies = np.empty((2, len(RIPPLES), n_bands // GROUP))
    for i, (rate, scale) in enumerate(RIPPLES):
        ripple = ifft(of_rates[rate] * over_bands[scale][:, None], axis=0)[:n_bands]
        moduli = np.abs(ripple).reshape(-1, GROUP, n_seen).mean(axis=1)
        energies[:, i] = moduli.mean(axis=1), moduli.std(axis=1)
    return np.log(energies + _LEAST_MODULUS)


@functools.lru_cache(maxsize=256)
def _gabor_filters(
    n_fft: int, frame_rate: float
) -> tuple[dict[float, NDArray[np.float64]], dict[float, NDArray[np.float64]]]:
    """Gains of the filters by rate ``(n_fft // 2,)``, and by scale ``(64,)``."""
    rates = np.arange(n_fft // 2) * frame_rate / n_fft
    scales = np.fft.fftfreq(_N_BANDS)
    over_time = {r: _bell(rates, r, _WIDTH * r) for r in {ripple.rate for ripple in RIPPLES}}
    over_bands = {
        s: _bell(scales, s, max(_WIDTH * abs(s), _LEAST_WIDTH))
        for s in {ripple.scale for ripple in RIPPLES}
    }
    return over_time, over_bands


def _bell(places: NDArray[np.floating], center: float, width: float) -> NDArray[np.float64]:
    """A Gaussian over places, in their shape."""
    return np.exp(-0.5 * ((places - center) / width) ** 2)
