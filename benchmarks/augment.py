"""Augmentation: the effects against librosa, audiomentations and python-stretch.

    OMP_NUM_THREADS=1 python benchmarks/augment.py [--clips 64] [--repeats 8] [--only Pitch]
    python benchmarks/augment.py --quality [--speech FOLDER]

The first table times each effect on clips of 3.75 s at 16 kHz (synthetic voices) on one thread.
Everybody draws anew for every clip, from the same ranges, and is called as their users do it: the
others clip by clip, sertools as ``Augmenter([effect], p=1).augment(clips)``. That checks the clips
and takes their digests, which the random numbers hang on; the row "only drawn" is that part alone.
They take turns; printed are the median times and the median ratio of a round.

TimeStretch and PitchShift are compared with librosa.effects, with python-stretch, and with those of
audiomentations, which call python-stretch. The others have one neighbour each, in audiomentations:
Resample for Speed; AddGaussianSNR and AddColorNoise for AddNoise; AddBackgroundNoise, both from
the same four files of 10 s; ApplyImpulseResponse, both with the same file of 0.5 s, and for made-up
rooms RoomSimulator with images of third order, if pyroomacoustics is there; BandPassFilter for
Telephone, which changes the rate and quantises as well; Shift, TimeMask and Gain.

Nobody but librosa has to be there. audiomentations 0.43 asks for an older soxr than sertools, and
works with the newer one:
``pip install --no-deps audiomentations numpy-minmax numpy-rms python-stretch``.

The second table says what stretching and shifting do to a sound:

- cents: by how much a tone of 440 Hz misses the frequency that it should have;
- clicks: the share of the energy of a click train that lies within 5 ms of where clicks belong;
- level: the change of the level of speech in dB, on average, and in the clip where it is worst;
- mel: the root mean square of the difference in dB between the log-mel spectrogram of the result
  and that of the clip with its time axis stretched, over the 40 loudest dB of the latter.

Speech is 24 clips: synthetic voices, or recordings spread over the folder ``--speech``.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import librosa
import numpy as np
from features import SR, voices
from timing import rounds

from sertools import (
    AddNoise,
    Augmenter,
    BackgroundNoise,
    Gain,
    PitchShift,
    Reverb,
    Speed,
    Telephone,
    TimeMask,
    TimeShift,
    TimeStretch,
    audio,
    make_corpus,
)
from sertools.augmentation import Effect

RATES = (0.8, 1.25)
SEMITONES = (-2.0, 2.0)
SNR = (10.0, 30.0)
SHIFT = (-0.1, 0.1)  # of the clip's length
MASK = (0.02, 0.1)  # of the clip's length
DECIBELS = (-6.0, 6.0)
RT60 = (0.2, 0.6)
BAND = (300.0, 3400.0)

QUALITY_RATES = (0.8, 0.9, 1.1, 1.25)
QUALITY_SEMITONES = (-2, -1, 1, 2)
N_SPOKEN = 24
TONE = 440.0

Change = Callable[[np.ndarray], np.ndarray]


class Sounds(NamedTuple):
    """Folders of what is mixed in: noises, and the response of a room."""

    noises: Path
    responses: Path


class Vocoder(NamedTuple):
    """Functions of a clip and its ``rate``, and of a clip and the ``steps`` that it moves."""

    stretch: Callable[..., np.ndarray]
    shift: Callable[..., np.ndarray]


def vocoders() -> dict[str, Vocoder]:
    """Who can stretch and shift."""
    found = {
        "librosa": Vocoder(
            lambda y, rate: librosa.effects.time_stretch(y, rate=rate),
            lambda y, steps: librosa.effects.pitch_shift(y, sr=SR, n_steps=steps),
        ),
        "sertools": Vocoder(
            lambda y, rate: TimeStretch().apply(y, SR, rate=rate),
            lambda y, steps: PitchShift().apply(y, SR, semitones=steps),
        ),
    }
    if importlib.util.find_spec("python_stretch"):
        found["python-stretch"] = Vocoder(
            lambda y, rate: signalsmith(y, rate=rate),
            lambda y, steps: signalsmith(y, semitones=steps),
        )
    return found


def signalsmith(y: np.ndarray, *, rate: float = 1.0, semitones: float = 0.0) -> np.ndarray:
    """A clip stretched or shifted by python-stretch."""
    import python_stretch

    stretch = python_stretch.Signalsmith.Stretch()
    stretch.preset(1, SR)
    stretch.setTimeFactor(rate)
    stretch.setTransposeSemitones(semitones)
    return stretch.process(y[np.newaxis])[0]


def effects(sounds: Sounds) -> dict[str, Effect]:
    """The effects of sertools, by the name of their row."""
    return {
        "TimeStretch": TimeStretch(RATES),
        "PitchShift": PitchShift(SEMITONES),
        "Speed": Speed(RATES),
        "AddNoise, white": AddNoise(SNR),
        "AddNoise, pink": AddNoise(SNR, color="pink"),
        "BackgroundNoise": BackgroundNoise(SNR, sounds.noises),
        "Reverb, made-up room": Reverb(RT60),
        "Reverb, response": Reverb(sounds.responses),
        "Telephone": Telephone(*BAND),
        "TimeShift": TimeShift(SHIFT, unit="fraction"),
        "TimeMask": TimeMask(MASK),
        "Gain": Gain(DECIBELS),
    }


def neighbours(sounds: Sounds) -> dict[str, dict[str, Change]]:
    """What others offer, by the name of the row and who offers it."""
    found: dict[str, dict[str, Change]] = {name: {} for name in effects(sounds)}
    for who, (stretch, shift) in vocoders().items():
        if who == "sertools":
            continue
        found["TimeStretch"][who] = lambda y, f=stretch: f(y, rate=random.uniform(*RATES))
        found["PitchShift"][who] = lambda y, f=shift: f(y, steps=random.uniform(*SEMITONES))
    if importlib.util.find_spec("audiomentations"):
        for name, transform in transforms(sounds).items():
            found[name]["audiomentations"] = lambda y, f=transform: f(y, SR)
    return found


def transforms(sounds: Sounds) -> dict[str, Callable[[np.ndarray, int], np.ndarray]]:
    """The transforms of audiomentations that are nearest to the effects."""
    import audiomentations as am

    low, high = BAND
    center = (low + high) / 2
    width = (high - low) / center
    found = {
        "TimeStretch": am.TimeStretch(*RATES, leave_length_unchanged=False, p=1),
        "PitchShift": am.PitchShift(*SEMITONES, p=1),
        "Speed": am.Resample(round(SR / RATES[1]), round(SR / RATES[0]), p=1),
        "AddNoise, white": am.AddGaussianSNR(*SNR, p=1),
        "AddNoise, pink": am.AddColorNoise(*SNR, min_f_decay=-3.01, max_f_decay=-3.01, p=1),
        "BackgroundNoise": am.AddBackgroundNoise(sounds.noises, *SNR, p=1),
        "Reverb, response": am.ApplyImpulseResponse(
            sounds.responses, leave_length_unchanged=True, p=1
        ),
        "Telephone": am.BandPassFilter(center, center, width, width, 24, 24, p=1),
        "TimeShift": am.Shift(*SHIFT, rollover=False, p=1),
        "TimeMask": am.TimeMask(*MASK, p=1),
        "Gain": am.Gain(*DECIBELS, p=1),
    }
    if importlib.util.find_spec("pyroomacoustics"):
        found["Reverb, made-up room"] = am.RoomSimulator(
            calculation_mode="rt60",
            min_target_rt60=RT60[0],
            max_target_rt60=RT60[1],
            use_ray_tracing=False,
            max_order=3,
            leave_length_unchanged=True,
            p=1,
        )
    return found


def write_sounds(folder: str) -> Sounds:
    """Four noises of 10 s, and a response of 0.5 s, as WAV files."""
    sounds = Sounds(Path(folder, "noises"), Path(folder, "responses"))
    rng = np.random.default_rng(0)
    for path in sounds:
        path.mkdir()
    for i in range(4):
        audio.write(sounds.noises / f"{i}.wav", 0.1 * rng.standard_normal(10 * SR), SR)
    fall = np.exp(-np.arange(SR // 2) / (0.05 * SR))
    audio.write(sounds.responses / "room.wav", 0.1 * fall * rng.standard_normal(SR // 2), SR)
    return sounds


def print_times(n_clips: int, repeats: int, only: str) -> None:
    """The first table."""
    random.seed(0)
    clips = voices(n_clips)
    print(f"{'effect':<22}{'who':<24}{'ms a clip':>10}{'sertools is faster':>20}")
    with tempfile.TemporaryDirectory() as folder:
        sounds = write_sounds(folder)
        others = neighbours(sounds)
        for name, effect in effects(sounds).items():
            if not name.startswith(only):
                continue
            augmenter = Augmenter([effect], p=1, random_state=0).fit(clips)
            works: dict[str, Callable[[], object]] = {
                "sertools": lambda augmenter=augmenter: augmenter.augment(clips),
                "sertools, only drawn": lambda augmenter=augmenter: augmenter.plan(clips),
            }
            for who, change in others[name].items():
                works[who] = lambda change=change: [change(clip) for clip in clips]
            seconds = rounds(repeats, list(works.values()))
            per_clip = 1e3 * np.median(seconds, axis=0) / n_clips
            ratios = np.median(seconds / seconds[:, :1], axis=0)
            for i, who in enumerate(works):
                ratio = f"{ratios[i]:.1f} times" if who in others[name] else ""
                print(f"{name if i == 0 else '':<22}{who:<24}{per_clip[i]:>10.3f}{ratio:>20}")


def cents_off(change: Change, wanted: float) -> float:
    """By how many cents a tone misses the frequency that it should have."""
    tone = 0.5 * np.sin(2 * np.pi * TONE * np.arange(4 * SR) / SR)
    changed = change(tone.astype(np.float32))
    middle = changed[len(changed) // 4 : -len(changed) // 4]
    # With zeros behind it, the spectrum has a bin every twentieth of a cent.
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 2**20))
    return float(1200 * np.log2(spectrum.argmax() * SR / 2**20 / wanted))


def click_share(change: Change, rate: float) -> float:
    """The share of the energy of a click train that lies within 5 ms of where clicks belong."""
    # At no regular distance: frames would meet all of them alike.
    places = SR // 5 * np.arange(1, 20) + np.random.default_rng(0).integers(-1000, 1000, 19)
    train = np.zeros(4 * SR, np.float32)
    train[places] = 1
    energy = change(train).astype(float) ** 2
    distance = np.abs(np.arange(len(energy)) - places[:, np.newaxis] / rate).min(axis=0)
    return float(energy[distance <= 0.005 * SR].sum() / energy.sum())


def level_change(change: Change, clip: np.ndarray) -> float:
    """By how many decibels the mean square of a clip changes."""
    before, after = (np.mean(np.square(y, dtype=float)) for y in (clip, change(clip)))
    return float(10 * np.log10(after / before))


def mel_distance(change: Change, clip: np.ndarray, rate: float) -> float:
    """RMS of the difference in dB between what a mel spectrogram is and what it should be."""
    before, after = (
        librosa.power_to_db(
            librosa.feature.melspectrogram(y=y, sr=SR, n_fft=512, hop_length=160, n_mels=40),
            top_db=60,
        )
        for y in (clip, change(clip))
    )
    there = rate * np.arange(after.shape[1])
    wanted = np.array([np.interp(there, np.arange(len(band)), band) for band in before])
    loud = wanted > wanted.max() - 40
    return float(np.sqrt(np.mean((after - wanted)[loud] ** 2)))


def spoken(folder: str | None) -> list[np.ndarray]:
    """Clips of speech: synthetic voices, or recordings spread over a folder."""
    if folder is None:
        return list(make_corpus(n_speakers=4, n_per_speaker=N_SPOKEN // 4, sr=SR).X)
    paths = audio.find(folder)
    chosen = np.linspace(0, len(paths) - 1, min(N_SPOKEN, len(paths))).astype(int)
    return [audio.read(paths[i], SR)[0] for i in chosen]


def print_quality(folder: str | None) -> None:
    """The second table."""
    clips = spoken(folder)
    head = f"{'cents':>8}{'clicks':>8}{'level':>8}{'worst':>8}{'mel':>8}"
    print(f"{'effect':<20}{'who':<16}{head}")
    found = vocoders()
    for rate in QUALITY_RATES:
        for who, vocoder in found.items():
            change = partial(vocoder.stretch, rate=rate)
            mel = np.mean([mel_distance(change, clip, rate) for clip in clips])
            cells = measures(change, clips, hertz=TONE, rate=rate)
            print(f"{f'TimeStretch({rate})':<20}{who:<16}{cells}{mel:>8.2f}")
    for steps in QUALITY_SEMITONES:
        for who, vocoder in found.items():
            change = partial(vocoder.shift, steps=steps)
            cells = measures(change, clips, hertz=TONE * 2 ** (steps / 12), rate=1.0)
            print(f"{f'PitchShift({steps})':<20}{who:<16}{cells}")


def measures(change: Change, clips: list[np.ndarray], *, hertz: float, rate: float) -> str:
    """What is measured of both effects, as cells of the table."""
    cents, clicks = cents_off(change, hertz), click_share(change, rate)
    levels = [level_change(change, clip) for clip in clips]
    worst = max(levels, key=abs)
    return f"{cents:>8.2f}{clicks:>8.3f}{np.mean(levels):>8.2f}{worst:>8.2f}"


def main() -> None:
    """Print one table or the other."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clips", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=8)
    parser.add_argument("--only", default="", help="effects that begin so")
    parser.add_argument("--quality", action="store_true", help="print the second table")
    parser.add_argument("--speech", help="folder of recordings for the second table")
    arguments = parser.parse_args()
    if arguments.quality:
        print_quality(arguments.speech)
    else:
        print_times(arguments.clips, arguments.repeats, arguments.only)


if __name__ == "__main__":
    main()
