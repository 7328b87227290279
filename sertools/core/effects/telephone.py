"""A telephone line: its band, its rate, and its eight bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from sertools.core.effects.transforms import fourier, padded_length, resampled

__all__ = ["band_pass", "mu_law", "telephone"]

_LINE_SR = 8000  # Hz

# ITU-T G.711.
_MU = 255.0

# Beyond its edges the band fades by 24 dB an octave, as gently as the filters of a handset.
_ORDER = 4


def telephone(x: Any, *, low: float, high: float, sr: int, xp: Any = np) -> Any:
    """A clip ``(n_times,)`` at `sr` Hz heard over a telephone line: band, 8 kHz, mu-law."""
    n_line = max(1, round(len(x) * min(_LINE_SR / sr, 1.0)))
    line_sr = sr * n_line / len(x)
    sent = band_pass(resampled(x, n_samples=n_line, xp=xp), low=low, high=high, sr=line_sr, xp=xp)
    return resampled(mu_law(sent, xp=xp), n_samples=len(x), xp=xp)


def band_pass(x: Any, *, low: float, high: float, sr: float, xp: Any = np) -> Any:
    """A clip ``(n_times,)`` without what lies below `low` and above `high` Hz, not delayed.

    The gain is that of Butterworth filters of fourth order, half the power at the edges.
    """
    n_padded = padded_length(len(x))
    bins = fourier(xp).rfft(x, n_padded)
    hertz = xp.arange(len(bins), dtype=x.dtype) * (sr / n_padded)
    falls = (hertz / high) ** (2 * _ORDER)
    rises = (hertz / low) ** (2 * _ORDER)
    weights = xp.sqrt(rises / ((1.0 + rises) * (1.0 + falls)))
    return fourier(xp).irfft(bins * weights.astype(x.dtype), n_padded)[: len(x)]


def mu_law(x: Any, *, xp: Any = np) -> Any:
    """A clip ``(n_times,)`` as 255 logarithmic steps from -1 to 1 tell it, cut off beyond.

    Digital silence stays silent: zero is one of the steps.
    """
    loudness = xp.log1p(_MU * xp.minimum(xp.abs(x), 1.0)) / np.log1p(_MU)
    steps = xp.rint(loudness * 127.0) / 127.0
    return (xp.sign(x) * xp.expm1(steps * np.log1p(_MU)) / _MU).astype(x.dtype)
