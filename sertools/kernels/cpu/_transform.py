"""Fourier transforms of many frames at once: Stockham's passes over frames side by side.

A group of frames lies in a flat array with sample i of frame l at place ``i * width + l``, `width`
being the number of frames in a group: in this order samples 2i and 2i + 1 are the real and the
imaginary part of a complex number, so that a real transform is a complex one of half the length and
a step that takes the two apart.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sertools.kernels.cpu._compile import compiled
from sertools.kernels.cpu._lanes import GROUP_BYTES, group_size, load, spread, store, transpose

__all__ = ["Plan", "cut", "energies", "from_lanes", "group_room", "plan_of", "transform", "weigh"]

# Fewer passes over a group are faster: fours before twos, and fives before threes.
_RADICES = (5, 4, 3, 2)


class Plan(NamedTuple):
    """Passes of a complex transform, and what takes real ones of twice the length apart.

    ``radices (n_passes,)``; ``twiddles`` of all passes in a row, cosines and sines in turns; and
    the roots of unity ``halves (2 * (n + 1),)`` of the real transform, likewise.
    """

    radices: NDArray[np.int64]
    twiddles: NDArray[Any]
    halves: NDArray[Any]


@functools.lru_cache(maxsize=32)
def plan_of(length: int, dtype: Any) -> Plan | None:
    """The plan of complex transforms of this length, made once; None where there is none.

    There is none for lengths with factors besides 2, 3 and 5.
    """
    radices, twiddles = [], []
    left = length
    while left > 1:
        radix = next((radix for radix in _RADICES if left % radix == 0), None)
        if radix is None:
            return None
        turns = np.outer(np.arange(left // radix), np.arange(1, radix)) / left
        radices.append(radix)
        twiddles.append(_roots(turns.ravel()))
        left //= radix
    halves = _roots(np.arange(length + 1) / (2 * length))
    return Plan(
        np.array(radices, dtype=np.int64),
        np.concatenate([*twiddles, np.empty(0)]).astype(dtype),
        halves.astype(dtype),
    )


def _roots(turns: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Cosines and sines in turns, ``(2 * n,)``, of a rotation by minus so many turns ``(n,)``."""
    return np.stack([np.cos(2 * np.pi * turns), -np.sin(2 * np.pi * turns)], axis=1).ravel()


@compiled
def group_room(n_numbers: int, like: Any) -> Any:
    """Room ``(n_numbers * width,)`` for a group, where registers are read fastest."""
    width = group_size(like)
    room = np.empty((n_numbers + 1) * width, like.dtype)
    first = (-room.ctypes.data % GROUP_BYTES) // like.itemsize
    return room[first : first + n_numbers * width]


@compiled
def cut(x: Any, start: int, hop_length: int, n_samples: int, group: Any, room: Any) -> None:
    """Write the frames of a clip from sample `start` on into a group, side by side.

    What lies beyond the ends of the clip is zero. The room is as large as the group.
    """
    width = group_size(x)
    if start < 0 or start + (width - 1) * hop_length + n_samples > len(x):
        for lane in range(width):
            left = start + lane * hop_length
            frame = room[lane * n_samples : (lane + 1) * n_samples]
            before = min(max(-left, 0), n_samples)
            stop = max(min(len(x) - left, n_samples), before)
            frame[:before] = 0
            for i in range(before, stop):
                frame[i] = x[left + i]
            frame[stop:] = 0
        x, start, hop_length = room, 0, n_samples
    n_whole = n_samples - n_samples % width
    for i in range(0, n_whole, width):
        transpose(x, start + i, hop_length, group, i * width, width)
    for i in range(n_whole, n_samples):
        for lane in range(width):
            group[i * width + lane] = x[start + lane * hop_length + i]


@compiled
def weigh(group: Any, weights: Any) -> None:
    """Multiply the samples of every frame of a group by weights ``(n_samples,)``."""
    width = group_size(group)
    for i in range(len(weights)):
        store(group, i * width, load(group, i * width) * spread(weights[i]))


@compiled
def from_lanes(group: Any, rows: Any, first: int) -> None:
    """Write the numbers of a group into rows ``(n_frames, n_numbers)`` from the first on.

    Frames beyond the last row are left out.
    """
    width = group_size(rows)
    n_numbers = rows.shape[1]
    n_whole = 0
    if first + width <= rows.shape[0]:
        flat = rows.reshape(-1)
        n_whole = n_numbers - n_numbers % width
        for k in range(0, n_whole, width):
            transpose(group, k * width, width, flat, first * n_numbers + k, n_numbers)
    for lane in range(min(width, rows.shape[0] - first)):
        for k in range(n_whole, n_numbers):
            rows[first + lane, k] = group[k * width + lane]


@compiled
def transform(x: Any, y: Any, radices: Any, twiddles: Any) -> Any:
    """The complex transforms of a group in `x`: where they are, in `x` or in `y`.

    Both have room for them and are overwritten.
    """
    length = 1
    for radix in radices:
        length *= radix
    stride, first = 1, 0
    for radix in radices:
        length //= radix
        turns = twiddles[first : first + 2 * length * (radix - 1)]
        if radix == 5:
            _by_five(x, y, length, stride, turns)
        elif radix == 4:
            _by_four(x, y, length, stride, turns)
        elif radix == 3:
            _by_three(x, y, length, stride, turns)
        else:
            _by_two(x, y, length, stride, turns)
        x, y = y, x
        first += 2 * length * (radix - 1)
        stride *= radix
    return x


@compiled
def energies(bins: Any, halves: Any, energy: Any) -> None:
    """Write ``|bins|²`` of the real transforms of a group, from complex ones of half the length.

    `bins` has room for ``n`` complex numbers, `energy` for ``n + 1``; they may not overlap.
    """
    width = group_size(bins)
    last = len(bins) // (2 * width)
    half = spread(bins.dtype.type(0.5))
    real, imag = load(bins, 0), load(bins, width)
    total, difference = real + imag, real - imag
    store(energy, 0, total * total)
    store(energy, last * width, difference * difference)
    for k in range(1, last // 2 + 1):
        here, there = 2 * k * width, 2 * (last - k) * width
        a, b = load(bins, here), load(bins, here + width)
        c, d = load(bins, there), load(bins, there + width)
        # Of the samples at even places, and of those at odd places.
        even_real, even_imag = half * (a + c), half * (b - d)
        odd_real, odd_imag = half * (b + d), half * (c - a)
        cos, sin = spread(halves[2 * k]), spread(halves[2 * k + 1])
        turned_real = odd_real * cos - odd_imag * sin
        turned_imag = odd_real * sin + odd_imag * cos
        real, imag = even_real + turned_real, even_imag + turned_imag
        store(energy, k * width, real * real + imag * imag)
        real, imag = even_real - turned_real, even_imag - turned_imag
        store(energy, (last - k) * width, real * real + imag * imag)


# A pass splits transforms of length ``radix * length`` into those of `length`; `stride` of them lie
# interleaved. A butterfly reads numbers ``stride * length`` apart and writes them `stride` apart,
# turned by the roots of unity of its place.


@compiled
def _store_turned(y: Any, at: int, real: Any, imag: Any, cos: Any, sin: Any) -> None:
    """Write a complex number of each frame, turned."""
    store(y, at, real * cos - imag * sin)
    store(y, at + group_size(y), real * sin + imag * cos)


@compiled
def _by_two(x: Any, y: Any, length: int, stride: int, turns: Any) -> None:
    """A pass of radix 2."""
    width = group_size(x)
    apart, step = 2 * width * stride * length, 2 * width * stride
    for p in range(length):
        cos, sin = spread(turns[2 * p]), spread(turns[2 * p + 1])
        for q in range(stride):
            i = 2 * width * (q + stride * p)
            o = 2 * width * (q + 2 * stride * p)
            a_real, a_imag = load(x, i), load(x, i + width)
            b_real, b_imag = load(x, i + apart), load(x, i + apart + width)
            store(y, o, a_real + b_real)
            store(y, o + width, a_imag + b_imag)
            _store_turned(y, o + step, a_real - b_real, a_imag - b_imag, cos, sin)


@compiled
def _by_three(x: Any, y: Any, length: int, stride: int, turns: Any) -> None:
    """A pass of radix 3."""
    width = group_size(x)
    apart, step = 2 * width * stride * length, 2 * width * stride
    half = spread(x.dtype.type(0.5))
    sine = spread(x.dtype.type(np.sqrt(0.75)))
    for p in range(length):
        cos_1, sin_1 = spread(turns[4 * p]), spread(turns[4 * p + 1])
        cos_2, sin_2 = spread(turns[4 * p + 2]), spread(turns[4 * p + 3])
        for q in range(stride):
            i = 2 * width * (q + stride * p)
            o = 2 * width * (q + 3 * stride * p)
            a_real, a_imag = load(x, i), load(x, i + width)
            b_real, b_imag = load(x, i + apart), load(x, i + apart + width)
            c_real, c_imag = load(x, i + 2 * apart), load(x, i + 2 * apart + width)
            sum_real, sum_imag = b_real + c_real, b_imag + c_imag
            cross_real, cross_imag = sine * (b_imag - c_imag), sine * (b_real - c_real)
            mid_real, mid_imag = a_real - half * sum_real, a_imag - half * sum_imag
            store(y, o, a_real + sum_real)
            store(y, o + width, a_imag + sum_imag)
            real, imag = mid_real + cross_real, mid_imag - cross_imag
            _store_turned(y, o + step, real, imag, cos_1, sin_1)
            real, imag = mid_real - cross_real, mid_imag + cross_imag
            _store_turned(y, o + 2 * step, real, imag, cos_2, sin_2)


@compiled
def _by_four(x: Any, y: Any, length: int, stride: int, turns: Any) -> None:
    """A pass of radix 4."""
    width = group_size(x)
    apart, step = 2 * width * stride * length, 2 * width * stride
    for p in range(length):
        cos_1, sin_1 = spread(turns[6 * p]), spread(turns[6 * p + 1])
        cos_2, sin_2 = spread(turns[6 * p + 2]), spread(turns[6 * p + 3])
        cos_3, sin_3 = spread(turns[6 * p + 4]), spread(turns[6 * p + 5])
        for q in range(stride):
            i = 2 * width * (q + stride * p)
            o = 2 * width * (q + 4 * stride * p)
            a_real, a_imag = load(x, i), load(x, i + width)
            b_real, b_imag = load(x, i + apart), load(x, i + apart + width)
            c_real, c_imag = load(x, i + 2 * apart), load(x, i + 2 * apart + width)
            d_real, d_imag = load(x, i + 3 * apart), load(x, i + 3 * apart + width)
            even_real, even_imag = a_real + c_real, a_imag + c_imag
            odd_real, odd_imag = b_real + d_real, b_imag + d_imag
            store(y, o, even_real + odd_real)
            store(y, o + width, even_imag + odd_imag)
            real, imag = even_real - odd_real, even_imag - odd_imag
            _store_turned(y, o + 2 * step, real, imag, cos_2, sin_2)
            even_real, even_imag = a_real - c_real, a_imag - c_imag
            odd_real, odd_imag = b_real - d_real, b_imag - d_imag
            real, imag = even_real + odd_imag, even_imag - odd_real
            _store_turned(y, o + step, real, imag, cos_1, sin_1)
            real, imag = even_real - odd_imag, even_imag + odd_real
            _store_turned(y, o + 3 * step, real, imag, cos_3, sin_3)


@compiled
def _by_five(x: Any, y: Any, length: int, stride: int, turns: Any) -> None:
    """A pass of radix 5."""
    width = group_size(x)
    apart, step = 2 * width * stride * length, 2 * width * stride
    cosine_1 = spread(x.dtype.type(np.cos(2 * np.pi / 5)))
    cosine_2 = spread(x.dtype.type(np.cos(4 * np.pi / 5)))
    sine_1 = spread(x.dtype.type(np.sin(2 * np.pi / 5)))
    sine_2 = spread(x.dtype.type(np.sin(4 * np.pi / 5)))
    for p in range(length):
        cos_1, sin_1 = spread(turns[8 * p]), spread(turns[8 * p + 1])
        cos_2, sin_2 = spread(turns[8 * p + 2]), spread(turns[8 * p + 3])
        cos_3, sin_3 = spread(turns[8 * p + 4]), spread(turns[8 * p + 5])
        cos_4, sin_4 = spread(turns[8 * p + 6]), spread(turns[8 * p + 7])
        for q in range(stride):
            i = 2 * width * (q + stride * p)
            o = 2 * width * (q + 5 * stride * p)
            a_real, a_imag = load(x, i), load(x, i + width)
            b_real, b_imag = load(x, i + apart), load(x, i + apart + width)
            c_real, c_imag = load(x, i + 2 * apart), load(x, i + 2 * apart + width)
            d_real, d_imag = load(x, i + 3 * apart), load(x, i + 3 * apart + width)
            e_real, e_imag = load(x, i + 4 * apart), load(x, i + 4 * apart + width)
            outer_real, outer_imag = b_real + e_real, b_imag + e_imag
            inner_real, inner_imag = c_real + d_real, c_imag + d_imag
            store(y, o, a_real + outer_real + inner_real)
            store(y, o + width, a_imag + outer_imag + inner_imag)
            across_real, across_imag = b_real - e_real, b_imag - e_imag
            within_real, within_imag = c_real - d_real, c_imag - d_imag
            mid_real = a_real + cosine_1 * outer_real + cosine_2 * inner_real
            mid_imag = a_imag + cosine_1 * outer_imag + cosine_2 * inner_imag
            turn_real = sine_1 * across_imag + sine_2 * within_imag
            turn_imag = sine_1 * across_real + sine_2 * within_real
            real, imag = mid_real + turn_real, mid_imag - turn_imag
            _store_turned(y, o + step, real, imag, cos_1, sin_1)
            real, imag = mid_real - turn_real, mid_imag + turn_imag
            _store_turned(y, o + 4 * step, real, imag, cos_4, sin_4)
            mid_real = a_real + cosine_2 * outer_real + cosine_1 * inner_real
            mid_imag = a_imag + cosine_2 * outer_imag + cosine_1 * inner_imag
            turn_real = sine_2 * across_imag - sine_1 * within_imag
            turn_imag = sine_2 * across_real - sine_1 * within_real
            real, imag = mid_real + turn_real, mid_imag - turn_imag
            _store_turned(y, o + 2 * step, real, imag, cos_2, sin_2)
            real, imag = mid_real - turn_real, mid_imag + turn_imag
            _store_turned(y, o + 3 * step, real, imag, cos_3, sin_3)
