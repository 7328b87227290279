"""Rooms: the impulse response of a box, and a clip heard in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.fft

from sertools.core.effects.level import factor_to, power
from sertools.core.effects.transforms import fourier

__all__ = ["reverberate", "room_response"]

_SPEED_OF_SOUND = 343.0  # m/s, in air of 20 °C

# The decay of a room is looked at in steps of a millisecond, and its walls are known to one part in
# a thousand.
_MOMENT = 0.001
_HALVINGS = 10


def room_response(
    *,
    size: np.ndarray,
    source: np.ndarray,
    microphone: np.ndarray,
    rt60: float,
    sr: int,
) -> np.ndarray:
    """The impulse response ``(n_taps,)`` of a box-shaped room, which begins with the direct sound.

    All images of the source in the walls that are heard within `rt60`, each at the nearest sample
    (Allen & Berkley 1979, Image method for efficiently simulating small-room acoustics). All walls
    reflect alike, by as much as gives `rt60`.

    Parameters
    ----------
    size, source, microphone : ndarray of shape (3,)
        Lengths of the edges, and places from one corner of the room, in metres.
    rt60 : float
        Seconds in which sound decays by 60 dB, above 0; three times those from -5 to -25 dB.
    sr : int
        Sample rate in Hz.
    """
    distance, bounces = _images(size, source, microphone, _SPEED_OF_SOUND * rt60)
    direct = np.sqrt(((source - microphone) ** 2).sum())
    delay = np.maximum(distance - direct, 0.0) / _SPEED_OF_SOUND
    # Were walls not to turn the sign, reflections that fall on one sample would add up to a drone.
    powers = (-_reflection(delay, bounces, distance, rt60)) ** np.arange(bounces.max() + 1)
    strength = powers[bounces] * (direct / distance)
    return np.bincount(np.rint(delay * sr).astype(np.int64), weights=strength)


def _images(
    size: np.ndarray, source: np.ndarray, microphone: np.ndarray, farthest: float
) -> tuple[np.ndarray, np.ndarray]:
    """Distances ``(n_images,)`` of the images within reach, and by how many walls each is seen."""
    squares, bounces = [], []
    for axis in range(3):
        n_rooms = int(np.ceil(farthest / (2 * size[axis])))
        rooms = np.arange(-n_rooms, n_rooms + 1)
        # In every second mirror the source stands the other way round.
        straight = 2 * rooms * size[axis] + source[axis] - microphone[axis]
        turned = 2 * rooms * size[axis] - source[axis] - microphone[axis]
        squares.append((np.concatenate([straight, turned]) ** 2).astype(np.float32))
        walls = np.concatenate([2 * np.abs(rooms), np.abs(rooms) + np.abs(rooms - 1)])
        bounces.append(walls.astype(np.int32))
    square = _sums(*squares)
    # The source itself is heard however short the time is.
    heard = np.flatnonzero(square <= max(farthest**2, square.min()))
    return np.sqrt(square[heard]), _sums(*bounces)[heard]


def _reflection(delay: np.ndarray, bounces: np.ndarray, distance: np.ndarray, rt60: float) -> float:
    """The share of the pressure that walls reflect, so that sound decays by 60 dB in `rt60`.

    Formulas for it (Sabine, Eyring) hold where sound comes from everywhere. In a box it runs on
    between opposite walls, and half as long again; so it is sought.
    """
    moment = (delay / _MOMENT).astype(np.int64)
    n_moments, n_bounces = moment.max() + 1, bounces.max() + 1
    energy = np.bincount(
        moment * n_bounces + bounces, weights=distance**-2, minlength=n_moments * n_bounces
    ).reshape(n_moments, n_bounces)
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        # Not by BLAS, as in level.power.
        heard = np.einsum("mb,b->m", energy, middle ** (2.0 * np.arange(n_bounces)))
        left = np.cumsum(heard[::-1])[::-1]
        # The curve falls, and np.interp wants it to rise.
        decibels = -10 * np.log10(np.maximum(left / left[0], 1e-9))
        early, late = np.interp((5.0, 25.0), decibels, np.arange(n_moments) * _MOMENT)
        if 3 * (late - early) < rt60:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def reverberate(x: Any, *, response: np.ndarray, xp: Any = np) -> Any:
    """A clip ``(n_times,)`` heard through a response ``(n_taps,)``, at the level it had.

    The level is that without a constant offset, which nobody hears.
    """
    n_padded = scipy.fft.next_fast_len(len(x) + len(response) - 1, real=True)
    transform = fourier(xp)
    bins = transform.rfft(x, n_padded)
    bins *= transform.rfft(xp.asarray(response, dtype=x.dtype), n_padded)
    heard = transform.irfft(bins, n_padded)[: len(x)]
    there, wanted = (power(sound - sound.mean(), xp=xp) for sound in (heard, x))
    return heard * factor_to(wanted, there, xp=xp).astype(x.dtype)


def _sums(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """All sums ``(n_a * n_b * n_c,)`` of one number from each of three."""
    return (a[:, None, None] + b[:, None] + c).ravel()
