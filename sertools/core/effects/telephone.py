"""A telephone line: its band, its rate, and its eight bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from sertools.core.effects.transforms import fourier, padded_length, resampled

__all__ = ["band_pass", "mu_law", "telephone"]

_LINE_SR = 8000  # Hz

# ITU-T G.711, in the scale of 16 bits: what is added first, so that steps begin with a power of
# two, and where the line is overdriven.
_FULL_SCALE = 2.0**15
_BIAS = 132.0
_LOUDEST = 32635.0

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
    weights = xp.sqrt(rises / (1.0 + rises)) / xp.sqrt(1.0 + falls)
    return fourier(xp).irfft(bins * weights.astype(x.dtype), n_padded)[: len(x)]


def mu_law(x: Any, *, xp: Any = np) -> Any:
    """A clip ``(n_times,)`` as the 255 levels of mu-law tell it, cut off at full scale.

    Digital silence stays silent: zero is one of the levels.
    """
    magnitude = xp.minimum(xp.abs(x) * _FULL_SCALE, _LOUDEST) + _BIAS
    # Sixteen steps of one size from each power of two to the next, the lowest 128.
    step = 2.0 ** (xp.floor(xp.log2(magnitude)) - 4.0)
    told = (xp.floor(magnitude / step) + 0.5) * step - _BIAS
    return (xp.sign(x) * told / _FULL_SCALE).astype(x.dtype)
