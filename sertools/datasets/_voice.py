"""A synthetic voice, made of a source and a filter.

The source is a train of glottal pulses and noise; the filter is a vocal tract whose formants
glide from phone to phone. Every pulse is written as a spectrum on a frequency axis that ends at
half the sampling rate, so nothing can alias, and is added in at its exact, fractional instant.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d


class Speaker(NamedTuple):
    """What stays the same in everything that one speaker says."""

    gender: str
    f0: float  # Hz, mean of neutral speech
    tract: float  # formants relative to an adult male's
    tilt: float  # dB per octave above F0, of the pulses as they leave the lips
    level: float  # dB relative to full scale, RMS of neutral speech
    tempo: float  # relative to five syllables per second


class Prosody(NamedTuple):
    """How one clip is said, relative to the speaker where that makes sense."""

    f0: float  # semitones above the speaker's own
    accent: float  # semitones by which accented syllables stand out: the range of F0
    slope: float  # semitones from the start of the utterance to its end
    rate: float  # per cent of the speaker's own tempo
    level: float  # dB above the speaker's own
    tilt: float  # dB per octave above the speaker's own: brighter
    jitter: float  # per cent of a period, standard deviation of the pulse instants
    shimmer: float  # dB, standard deviation of the pulse levels
    breath: float  # dB of aspiration noise relative to the voice


class Phone(NamedTuple):
    """A speech sound of an adult male."""

    formants: tuple[float, float, float]  # Hz
    seconds: float = 0.12  # of a vowel at five syllables per second
    voicing: float = 1.0  # amplitude of the voice
    frication: float = 0.0  # amplitude of the frication, relative to the voice's RMS
    noise: tuple[float, float] = (1000.0, 500.0)  # Hz, centre and width of the frication
    release: float = 1.0  # share of the phone, at its end, in which the frication is heard


# Vowels after Peterson & Barney (1952), consonants by rounded textbook loci and noise bands.
# A space is a pause.
PHONES = {
    "a": Phone((730.0, 1090.0, 2440.0)),
    "e": Phone((530.0, 1840.0, 2480.0)),
    "i": Phone((270.0, 2290.0, 3010.0)),
    "o": Phone((570.0, 840.0, 2410.0)),
    "u": Phone((300.0, 870.0, 2240.0)),
    "m": Phone((250.0, 1100.0, 2200.0), seconds=0.07, voicing=0.4),
    "n": Phone((250.0, 1600.0, 2600.0), seconds=0.06, voicing=0.4),
    "l": Phone((360.0, 1150.0, 2700.0), seconds=0.06, voicing=0.6),
    "s": Phone(
        (320.0, 1700.0, 2600.0), seconds=0.10, voicing=0.0, frication=0.20, noise=(6000.0, 1200.0)
    ),
    "f": Phone(
        (320.0, 1100.0, 2300.0), seconds=0.09, voicing=0.0, frication=0.08, noise=(4500.0, 3000.0)
    ),
    "t": Phone(
        (320.0, 1700.0, 2600.0),
        seconds=0.08,
        voicing=0.0,
        frication=0.30,
        noise=(4000.0, 1500.0),
        release=0.25,
    ),
    "k": Phone(
        (320.0, 1600.0, 2200.0),
        seconds=0.09,
        voicing=0.0,
        frication=0.30,
        noise=(2000.0, 600.0),
        release=0.3,
    ),
    " ": Phone((500.0, 1500.0, 2500.0), seconds=0.06, voicing=0.0),
}

CONTROL_STEP = 0.001  # seconds between two points of a curve; no curve bends faster than 8 ms
SPEECH_SECONDS = (0.5, 2.4)  # with the silence around it, a clip lasts from 0.6 to 3 s
LENGTH_SPREAD = 0.12  # relative standard deviation of a phone's length between repetitions
RESPONSE_SECONDS = 0.05  # the narrowest resonance, 48 Hz wide, has faded by 65 dB
GRAIN_SECONDS = 0.005  # of noise with one spectrum; shorter than the shortest release
# Resonances of a neutral tube of 17.5 cm above the three that move, until far above hearing:
# the highest ones keep the spectrum below them from falling off too early.
UPPER_FORMANTS = np.arange(3500.0, 30000.0, 1000.0)
DB_PER_OCTAVE = 20 * np.log10(2)  # of a spectrum that is proportional to frequency


class Score(NamedTuple):
    """What a voice does over time: the first axis of every curve."""

    f0: np.ndarray  # Hz
    formants: np.ndarray  # Hz, (n, 3)
    voicing: np.ndarray  # amplitude
    frication: np.ndarray  # amplitude
    noise: np.ndarray  # Hz, (n, 2), centre and width of the frication

    def at(self, instants: np.ndarray) -> Score:
        """The score at these instants, in seconds."""
        steps = (instants / CONTROL_STEP).astype(int)
        return Score(*(curve[steps] for curve in self))


def speak(
    speaker: Speaker, prosody: Prosody, text: str, sr: int, rng: np.random.Generator
) -> np.ndarray:
    """A spoken text ``(n_times,)`` at an RMS of 1.

    A character of the text is a phone, a capital an accented one.
    """
    # Between two short pauses the voice sets in and fades away within the recording.
    curves = _score(speaker, prosody, f" {text} ", rng)
    n_times = round(len(curves.f0) * CONTROL_STEP * sr)
    n_fft = 2 ** int(np.ceil(np.log2(RESPONSE_SECONDS * sr)))
    # Spectra are kept in single precision: 140 dB are plenty, and it is three times as fast.
    frequencies = np.fft.rfftfreq(n_fft, 1 / sr).astype(np.float32)
    upper = _tract_response(frequencies, speaker.tract * UPPER_FORMANTS[None])

    instants = _pulse_instants(curves.f0)
    score = curves.at(instants)
    jitter, shimmer = rng.standard_normal((2, len(instants)))
    instants += prosody.jitter / 100 / score.f0 * jitter
    strength = score.voicing * amplitude(prosody.shimmer * shimmer)
    glottis = _glottal_spectrum(frequencies, speaker.f0, speaker.tilt + prosody.tilt)
    starts = np.floor(instants * sr).astype(int)
    pulses = np.outer(strength, glottis).astype(np.float32)
    pulses = pulses * _delay(frequencies, instants - starts / sr)
    tract = upper * _tract_response(frequencies, score.formants)
    voice = _add_up(pulses * tract, starts, n_times)

    starts = np.arange(0, n_times, round(GRAIN_SECONDS * sr))
    score = curves.at(starts / sr)
    noise = _noise_spectra(len(starts), sr, n_fft, rng)
    tract = upper * _tract_response(frequencies, score.formants)
    breath = _add_up(score.voicing[:, None] * noise * tract, starts, n_times)
    band = _noise_band(frequencies, score.noise)
    hiss = _add_up(score.frication[:, None] * noise * band, starts, n_times)

    speech = voice / rms(voice) + amplitude(prosody.breath) * breath / rms(breath) + hiss
    return speech / rms(speech)


def amplitude(decibels: npt.ArrayLike) -> np.ndarray:
    """The factors that change a level by so many dB, in the shape of `decibels`."""
    return np.power(10.0, np.divide(decibels, 20))


def rms(samples: np.ndarray) -> float:
    """The root mean square of all samples."""
    return float(np.sqrt(np.mean(samples**2)))


def _score(speaker: Speaker, prosody: Prosody, text: str, rng: np.random.Generator) -> Score:
    """The curves ``(n_steps, ...)`` that a speaker follows through a text."""
    phones = [PHONES[character.lower()] for character in text]
    seconds = np.array([phone.seconds for phone in phones])
    seconds *= np.exp(LENGTH_SPREAD * rng.standard_normal(len(phones)))
    seconds *= 100 / (prosody.rate * speaker.tempo)
    seconds *= np.clip(seconds.sum(), *SPEECH_SECONDS) / seconds.sum()
    ends = np.cumsum(seconds)
    # Steps are looked at in their middle, so that the last one still lies within the last phone.
    time = (np.arange(int(ends[-1] / CONTROL_STEP)) + 0.5) * CONTROL_STEP
    now = np.searchsorted(ends, time, side="right")

    def held(field: str) -> np.ndarray:
        """A property ``(n_steps, ...)`` of the phone that sounds at each step."""
        return np.array([getattr(phone, field) for phone in phones], dtype=np.float32)[now]

    accent = _glide(np.array([character.isupper() for character in text], dtype=float)[now], 0.05)
    contour = prosody.accent * (accent - accent.mean()) + prosody.slope * (time / ends[-1] - 0.5)
    released = ends[now] - time <= held("release") * seconds[now]
    return Score(
        f0=speaker.f0 * 2 ** ((prosody.f0 + contour) / 12),
        formants=speaker.tract * _glide(held("formants"), 0.02),
        voicing=_glide(held("voicing"), 0.008),
        frication=held("frication") * released,
        noise=held("noise"),
    )


def _glide(curve: np.ndarray, seconds: float) -> np.ndarray:
    """A stepwise curve ``(n_steps, ...)`` with steps that take about so many seconds."""
    return gaussian_filter1d(curve, seconds / CONTROL_STEP, axis=0, mode="nearest")


def _pulse_instants(f0: np.ndarray) -> np.ndarray:
    """When the glottis closes, in seconds ``(n_pulses,)``: once per cycle of F0 ``(n_steps,)``."""
    cycles = np.cumsum(f0) * CONTROL_STEP
    return np.interp(np.arange(1, cycles[-1]), cycles, np.arange(len(f0)) * CONTROL_STEP)


def _glottal_spectrum(frequencies: np.ndarray, f0: float, tilt: float) -> np.ndarray:
    """The magnitude ``(n_bins,)`` of one pulse: it rises up to F0, then falls by its tilt.

    The rise, 6 dB per octave, is that of the lips, which do not radiate a constant flow.
    """
    relative = frequencies / f0
    return relative * (1 + relative**2) ** ((tilt / DB_PER_OCTAVE - 1) / 2)


def _tract_response(frequencies: np.ndarray, formants: np.ndarray) -> np.ndarray:
    """The complex response ``(n, n_bins)`` of a cascade of formants ``(n, n_formants)``.

    Each formant is a resonance with a gain of 1 at zero frequency.
    """
    denominator = np.ones((1, len(frequencies)), dtype=np.complex64)
    for centre in formants.T[:, :, None].astype(np.float32):
        relative = frequencies / centre
        # The bandwidth is 40 Hz + 3 % of the formant: 55 Hz at the first, 115 Hz at the third.
        denominator = denominator * (1 - relative**2 + 1j * relative * (40 / centre + 0.03))
    return 1 / denominator


def _delay(frequencies: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """The complex spectra ``(n, n_bins)`` that delay an event by so many seconds."""
    phase = np.outer(seconds, 2 * np.pi * frequencies).astype(np.float32)
    return np.cos(phase) - 1j * np.sin(phase)


def _noise_spectra(n_grains: int, sr: int, n_fft: int, rng: np.random.Generator) -> np.ndarray:
    """Complex spectra ``(n_grains, n_bins)`` of half-overlapping grains of white noise.

    Their density over frequency is the same at every rate: a filter of energy 1 gives an RMS of 1.
    """
    n_samples = 2 * round(GRAIN_SECONDS * sr)
    # The squares of half-overlapping sine windows add up to 1, so that the noise is steady.
    window = np.sin(np.pi * (np.arange(n_samples) + 0.5) / n_samples)
    grains = np.sqrt(sr / 2) * window * rng.standard_normal((n_grains, n_samples))
    return np.fft.rfft(grains.astype(np.float32), n_fft)


def _noise_band(frequencies: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Bell curves ``(n, n_bins)`` of energy 1 for centres and widths ``(n, 2)``."""
    centre, width = noise.T[:, :, None].astype(np.float32)
    return np.exp(-0.5 * ((frequencies - centre) / width) ** 2) / np.sqrt(width * np.pi**0.5)


def _add_up(spectra: np.ndarray, starts: np.ndarray, n_times: int) -> np.ndarray:
    """A sum of events ``(n_times,)`` from their spectra ``(n, n_bins)`` and starts ``(n,)``."""
    events = np.fft.irfft(spectra)
    n_fft = events.shape[1]
    # What spreads before an event's own instant comes out at the end of a cyclic transform.
    lead = n_fft // 8
    events = np.roll(events, lead, axis=1)
    total = np.zeros(n_times + n_fft)
    for start, event in zip(starts, events, strict=True):
        total[start : start + n_fft] += event
    return total[lead : lead + n_times]
