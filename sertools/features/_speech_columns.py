"""The columns of the sets speech-v1 and speech-small-v1: what becomes of the contours of a clip."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from itertools import combinations, pairwise, product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sertools.core.speech.functionals import (
    COURSE,
    DISTRIBUTION,
    EDGES,
    SCALES,
    SHAPE,
    SPREAD,
    by_rank,
    course,
    distribution,
    edges,
    scales,
    shape,
    weighted,
)
from sertools.core.speech.modulation import (
    GROUP,
    RATE_EDGES,
    RIPPLES,
    modulation_power,
    ripple_energies,
)
from sertools.core.speech.relations import (
    correlations,
    lagged_correlations,
    log_covariance,
    standardised,
)
from sertools.core.speech.timing import PITCH_EDGES, TIMING, pitch_histograms, timing
from sertools.features._sound import Sound
from sertools.features._speech import (
    CEPSTRA,
    CHANNELS,
    FORMANTS,
    FRAME_RATE,
    MEL_BANDS,
    RASTA,
    SPECTRUM,
    VOICE,
    Heard,
    heard,
)
from sertools.kernels import fastest

__all__ = ["SMALL", "SPEECH"]

Numbers = NDArray[np.float64]


class Block(NamedTuple):
    """Some columns: their names ``(n_columns,)``, and what computes them ``(n_columns,)``."""

    names: tuple[str, ...]
    values: Callable[[Heard], Numbers]


class Blocks(tuple[Block, ...]):
    """Blocks of columns, side by side."""

    @functools.cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(name for block in self for name in block.names)

    def row(self, sound: Sound) -> Any:
        """The numbers of a clip at 16 kHz ``(n_columns,)``, in its precision."""
        it = heard(sound)
        return np.concatenate([block.values(it) for block in self]).astype(sound.samples.dtype)


def _each(numbers: Sequence[str], values: Callable[[Heard], Numbers], suffix: str = "") -> Block:
    """Functionals of all channels ``(n_numbers, n_channels)``."""
    names = tuple(f"{of}{suffix}_{number}" for number in numbers for of in CHANNELS)
    return Block(names, lambda it: values(it).ravel())


def _pairs(channels: Sequence[str], values: Callable[[Heard], Numbers], suffix: str = "") -> Block:
    """Correlations of each channel with those after it; `values` are the contours."""
    upper = np.triu_indices(len(channels), 1)
    names = tuple(f"{a}_with_{b}{suffix}" for a, b in combinations(channels, 2))

    def compute(it: Heard) -> Numbers:
        moves = standardised(values(it))
        return fastest(correlations)(moves, moves)[upper]

    return Block(names, compute)


def _later(channels: Sequence[str], lag: int) -> Block:
    """Correlations of each channel, some frames later, with each, in active frames."""
    names = tuple(f"{a}_{10 * lag}ms_after_{b}" for a, b in product(channels, channels))

    def compute(it: Heard) -> Numbers:
        moves = standardised(it.of(*channels)[:, it.active])
        return fastest(lagged_correlations)(moves, lag=lag).ravel()

    return Block(names, compute)


def _moving(channels: Sequence[str]) -> tuple[str, ...]:
    """Names of the derivatives of channels."""
    return tuple(f"{name}_delta" for name in channels)


# Cepstra that say what is said and how; the higher ones are small ripples.
_LOW_CEPSTRA = CEPSTRA[:16]
# About the spread of each within a clip: what the covariance is relative to.
_CEPSTRAL_SPREADS = np.array([60, 40, 30, 25, 22, 20, 18, 16, 15, 14, 13, 12, 11, 10, 10, 10])
_TIMBRE_SPREADS = np.concatenate([_CEPSTRAL_SPREADS, _CEPSTRAL_SPREADS / 6, [4]])
_TIMBRE = (*_LOW_CEPSTRA, *_moving(_LOW_CEPSTRA), "f0")

_SOUND = (*SPECTRUM, *VOICE)
_QUALITY = (*_SOUND, *FORMANTS[:3], *_moving(_SOUND))

# What beats: pairs of mel bands, and the rest.
_BEATING_BANDS = tuple(
    f"{a}_{b[-2:]}" for a, b in zip(MEL_BANDS[::2], MEL_BANDS[1::2], strict=True)
)
_BEATING = ("energy", "f0", "loudness")

_PART_OF_SHAPE = (
    *("step", "step_to_std", "rising", "mean_crossings", "centre"),
    *(name for name in SHAPE if name.startswith("autocorrelation")),
)
_PART_OF_DISTRIBUTION = ("mean", "std", "p05", "p25", "p75", "p95")


def _amplitudes(it: Heard) -> Numbers:
    """How much frames count ``(n_frames,)`` where loud ones count more."""
    (energy,) = it.of("energy")
    return 10.0 ** ((energy - energy.max()) / 20.0)


def _part(numbers: Numbers, names: Sequence[str], wanted: Sequence[str]) -> Numbers:
    """The wanted rows of functionals ``(n_numbers, n_channels)`` with these names."""
    return numbers[[names.index(name) for name in wanted]]


def _timbre(it: Heard) -> Numbers:
    """Contours of `_TIMBRE` in active frames."""
    parts = [it.of(*_LOW_CEPSTRA), it.steps_of(*_LOW_CEPSTRA), it.of("f0")]
    return np.concatenate(parts)[:, it.active]


def _quality(it: Heard) -> Numbers:
    """Contours of `_QUALITY` in active frames."""
    parts = [it.of(*_SOUND, *FORMANTS[:3]), it.steps_of(*_SOUND)]
    return np.concatenate(parts)[:, it.active]


def _ripples() -> Block:
    """How the mel spectrogram ripples in time and frequency."""
    places = range(0, len(MEL_BANDS), GROUP)
    names = tuple(
        f"ripple_{rate:g}hz_{scale:+g}_mel{place:02d}_{place + GROUP - 1:02d}_log_{number}"
        for number in SPREAD
        for rate, scale in RIPPLES
        for place in places
    )
    return Block(names, lambda it: ripple_energies(it.mel, frame_rate=FRAME_RATE).ravel())


def _beats() -> Block:
    """How the power of movements is spread over rates."""
    names = tuple(
        f"{of}_log_share_{low:g}_to_{high:g}hz"
        for low, high in pairwise(RATE_EDGES)
        for of in (*_BEATING_BANDS, *_BEATING)
    )

    def compute(it: Heard) -> Numbers:
        mel = (it.mel[::2] + it.mel[1::2]) / 2
        contours = np.concatenate([mel, it.of(*_BEATING)])
        power = modulation_power(contours, frame_rate=FRAME_RATE)
        return np.log(power / power.sum(axis=0)).ravel()

    return Block(names, compute)


def _timing() -> Block:
    """Voices, pauses, beats and the steps of the melody."""

    def compute(it: Heard) -> Numbers:
        loudness, energy, f0 = it.of("loudness", "energy", "f0")
        return timing(
            loudness=loudness,
            energy=energy,
            f0=f0,
            voiced=it.voiced,
            active=it.active,
            frame_rate=FRAME_RATE,
        )

    return Block(TIMING, compute)


def _covariance() -> Block:
    """The logarithm of the covariance of the timbre."""
    upper = np.triu_indices(len(_TIMBRE))
    names = tuple(f"log_covariance_{_TIMBRE[a]}_{_TIMBRE[b]}" for a, b in zip(*upper, strict=True))
    return Block(names, lambda it: log_covariance(_timbre(it), _TIMBRE_SPREADS)[upper])


def _histograms() -> Block:
    """Where the melody lies."""
    names = tuple(
        f"f0_{what}_{low:g}_to_{high:g}"
        for what, places in PITCH_EDGES.items()
        for low, high in pairwise(places)
    )
    return Block(names, lambda it: pitch_histograms(it.of("f0")[0], voiced=it.voiced))


SMALL = Blocks(
    (
        _each(SHAPE, lambda it: shape(it.channels)),
        _each(SHAPE, lambda it: shape(it.channels[:, it.speaking]), "_voiced"),
        _each(SPREAD, lambda it: weighted(it.channels, _amplitudes(it)), "_weighted"),
        _each(SPREAD, lambda it: weighted(it.channels, it.between.astype(float)), "_unvoiced"),
        _each(SCALES, lambda it: scales(it.channels)),
        _timing(),
        _histograms(),
        _ripples(),
        _pairs(_TIMBRE, _timbre),
        _later(_LOW_CEPSTRA, 8),
    )
)

SPEECH = Blocks(
    (
        *SMALL,
        _each(DISTRIBUTION, lambda it: distribution(it.channels)),
        _each(DISTRIBUTION, lambda it: distribution(it.channels[:, it.speaking]), "_voiced"),
        _each(DISTRIBUTION, lambda it: distribution(it.steps), "_delta"),
        _each(DISTRIBUTION, lambda it: distribution(it.steps[:, it.speaking]), "_delta_voiced"),
        _each(
            _PART_OF_DISTRIBUTION,
            lambda it: _part(distribution(it.curves), DISTRIBUTION, _PART_OF_DISTRIBUTION),
            "_delta2",
        ),
        _each(_PART_OF_SHAPE, lambda it: _part(shape(it.steps), SHAPE, _PART_OF_SHAPE), "_delta"),
        _each(COURSE, lambda it: course(it.channels)),
        _each(
            [f"in_energy_quarter_{k}" for k in range(1, 5)],
            lambda it: by_rank(it.channels[:, it.active], it.of("energy")[0, it.active], 4),
        ),
        _each(
            [f"in_f0_third_{k}" for k in range(1, 4)],
            lambda it: by_rank(it.channels[:, it.speaking], it.of("f0")[0, it.speaking], 3),
        ),
        _each(EDGES, lambda it: edges(it.channels[:, it.active])),
        _beats(),
        _covariance(),
        _pairs(_QUALITY, _quality),
        _pairs(RASTA, lambda it: it.of(*RASTA)[:, it.active]),
        _pairs(MEL_BANDS, lambda it: it.mel[:, it.speaking], "_voiced"),
        *(_later(RASTA, lag) for lag in (3, 7)),
        *(_later(_LOW_CEPSTRA, lag) for lag in (3, 15)),
        *(_later(_SOUND, lag) for lag in (4, 10)),
    )
)
