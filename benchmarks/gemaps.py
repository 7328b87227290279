"""The gemaps set column by column: definitions, and how clips rank by openSMILE and by Praat.

    pip install opensmile praat-parselmouth
    OMP_NUM_THREADS=1 python benchmarks/gemaps.py ROOT [--per-speaker 8] [--out docs]

ROOT is the folder of the RAVDESS corpus. openSMILE (set eGeMAPSv02, its licence forbids commercial
use) and Praat are called as they come. For each column the table has Spearman's rank correlation of
ours with openSMILE; the same if ours are given openSMILE's own F0, so that only definitions differ
and not pitch trackers; of ours with Praat; and of Praat with openSMILE. Above it stands what
explains the differences: openSMILE as a black box on sounds whose numbers are known.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import opensmile
import pandas as pd
import parselmouth
from parselmouth.praat import call
from scipy.signal import lfilter

import sertools
from sertools.core.gemaps import COLUMNS
from sertools.core.harmonics import formant_levels, harmonic_level
from sertools.features._gemaps import gemaps
from sertools.features._pitch import PitchTrack
from sertools.features._sound import Sound
from sertools.features._voice import Voice

SR, HOP_LENGTH = 16000, 160
TRACK = PitchTrack(SR, HOP_LENGTH, center=True, fmin=60.0, fmax=600.0)
OUR_ZERO = 27.5  # Hz: both give F0 in semitones above it
THEIR_FIRST_FRAME = 3  # of 60 ms, not centred: its middle is that of our fourth

CHANNELS = {
    "f0": "F0 in semitones above 27.5 Hz",
    "loudness": "sum over 26 mel bands of the cube root of the energy as the ear weights it",
    "flux": "root mean square change of the magnitudes since the frame before",
    **{f"mfcc{k}": f"cepstral coefficient {k} of 26 mel bands, lifter 22" for k in range(1, 5)},
    "jitter": "mean difference of consecutive periods over their mean, in 60 ms",
    "shimmer": "mean difference in level of consecutive periods in dB, in 60 ms",
    "hnr": "harmonics-to-noise ratio in dB, by cross-correlation one period apart",
    "h1_h2": "level of F0 over that of the second harmonic, dB",
    "h1_a3": "level of F0 over that of the strongest harmonic within 20 % of F3, dB",
    **{f"f{k}": f"formant {k} in Hz, by linear prediction up to 5 kHz" for k in (1, 2, 3)},
    **{f"f{k}_bandwidth": f"bandwidth of formant {k} in Hz" for k in (1, 2, 3)},
    **{
        f"f{k}_level": f"level of the strongest harmonic within 20 % of F{k} over that of F0, dB"
        for k in (1, 2, 3)
    },
    "alpha_ratio": "energy 50–1000 Hz over energy 1–5 kHz, dB",
    "hammarberg": "strongest energy 0–2 kHz over strongest 2–5 kHz, dB",
    "slope_0_500": "slope of the spectrum 0–500 Hz, dB/kHz",
    "slope_500_1500": "slope of the spectrum 500–1500 Hz, dB/kHz",
}
STATISTICS = {
    "rise_mean": "mean slope of rising parts, per second",
    "rise_std": "standard deviation of the slopes of rising parts",
    "fall_mean": "mean slope of falling parts, per second",
    "fall_std": "standard deviation of the slopes of falling parts",
    "mean": "mean",
    "cv": "standard deviation over mean",
    "p20": "20th percentile",
    "p50": "median",
    "p80": "80th percentile",
    "range": "80th less 20th percentile",
}
WHOLE = {
    "loudness_peak_rate": "peaks of loudness per second, with a prominence of 10 % of its range",
    "voiced_rate": "voiced stretches per second",
    "voiced_length_mean": "mean length of voiced stretches, s",
    "voiced_length_std": "standard deviation of the lengths of voiced stretches, s",
    "unvoiced_length_mean": "mean length of unvoiced stretches, s",
    "unvoiced_length_std": "standard deviation of the lengths of unvoiced stretches, s",
    "level": "equivalent sound level: mean power of the clip, dB of full scale",
}
# Channels whose plain columns are over all frames; those of all others are over voiced frames.
OVER_ALL = {"loudness", "flux", "mfcc1", "mfcc2", "mfcc3", "mfcc4"}


def definition(column: str) -> str:
    """What a column is, in words."""
    if column in WHOLE:
        return WHOLE[column]
    ending = next(ending for ending in STATISTICS if column.endswith(f"_{ending}"))
    channel = column.removesuffix(f"_{ending}")
    plain = channel.removesuffix("_unvoiced").removesuffix("_voiced")
    frames = ", unvoiced frames" if channel.endswith("_unvoiced") else ", voiced frames"
    return f"{CHANNELS[plain]}: {STATISTICS[ending]}{'' if channel in OVER_ALL else frames}"


def by_praat(x: np.ndarray, gender: str) -> dict[str, float]:
    """What Praat says of a clip, by our names of columns."""
    sound = parselmouth.Sound(x.astype(np.float64), float(SR))
    pitch = sound.to_pitch_ac(time_step=0.01, pitch_floor=60, pitch_ceiling=600)
    f0 = pitch.selected_array["frequency"]
    times = pitch.xs()[f0 > 0]
    semitones = 12 * np.log2(f0[f0 > 0] / OUR_ZERO)
    pulses = call([sound, pitch], "To PointProcess (cc)")
    harmonicity = sound.to_harmonicity_cc(time_step=0.01, minimum_pitch=60).values[0]
    # Praat's manual has these ceilings for men and for women.
    ceiling = 5000.0 if gender == "male" else 5500.0
    formants = sound.to_formant_burg(time_step=0.01, maximum_formant=ceiling)
    periods = (0, 0, 1e-4, 0.02, 1.3)
    numbers = {
        "f0_mean": semitones.mean(),
        "f0_cv": semitones.std() / semitones.mean(),
        "jitter_mean": call(pulses, "Get jitter (local)", *periods),
        "shimmer_mean": call([sound, pulses], "Get shimmer (local_dB)", *periods, 1.6),
        "hnr_mean": harmonicity[harmonicity > -200].mean(),  # -200 stands for silence
    }
    for k in (1, 2, 3):
        values = [formants.get_value_at_time(k, time) for time in times]
        widths = [formants.get_bandwidth_at_time(k, time) for time in times]
        numbers[f"f{k}_mean"] = np.nanmean(values)
        numbers[f"f{k}_bandwidth_mean"] = np.nanmean(widths)
    return numbers


def in_our_frames(semitones: np.ndarray, n_times: int) -> np.ndarray:
    """openSMILE's F0 in Hz ``(n_frames,)``, 0 where unvoiced, at our frames of a clip."""
    f0 = np.zeros(1 + n_times // HOP_LENGTH, dtype=np.float32)
    theirs = np.where(semitones > 0, OUR_ZERO * 2 ** (semitones / 12), 0)
    room = f0[THEIR_FIRST_FRAME:][: len(theirs)]
    room[:] = theirs[: len(room)]
    return f0


def with_f0(x: np.ndarray, f0: np.ndarray) -> Sound:
    """A clip whose F0 is known."""
    sound = Sound(x)
    sound.once(TRACK, lambda: (f0, f0 > 0))
    return sound


def levels_above(x: np.ndarray, f0: np.ndarray) -> tuple[float, float]:
    """Means of the second harmonic over the third, and over the strongest one near F3, in dB."""
    sound = with_f0(x, f0)
    voice = Voice(SR, HOP_LENGTH, center=True)
    spectra, bin_width = voice.energies(sound)[f0 > 0], float(voice.frequencies()[1])
    second, third = (
        harmonic_level(spectra, f0=f0[f0 > 0], harmonic=k, bin_width=bin_width) for k in (2, 3)
    )
    near_formants = formant_levels(spectra, formants=voice.formants(sound)[0], bin_width=bin_width)
    return float((second - third).mean()), float((second - near_formants[:, 2]).mean())


def probe(contours: opensmile.Smile) -> None:
    """Print what openSMILE says of sounds whose numbers are known."""
    x = np.zeros(2 * SR)
    x[:: SR // 125] = 1.0
    x = lfilter([1, -1], np.convolve([1, -0.9], [1, -0.99]), x)  # the tilt of a voice
    for formant, bandwidth in ((730, 60), (1090, 70), (2440, 80), (3400, 130)):
        pole = np.exp(np.pi / SR * (-bandwidth + 2j * formant))
        x = lfilter([abs(1 - pole) ** 2], [1, -2 * pole.real, abs(pole) ** 2], x)
    vowel = contours.process_signal((x / np.abs(x).max() / 2).astype(np.float32), SR)
    names = [f"F{k}{what}_sma3nz" for k in (1, 2, 3) for what in ("frequency", "bandwidth")]
    medians = vowel[names].median().round().astype(int).tolist()
    print("a vowel with formants at 730, 1090, 2440 Hz, 60 to 80 Hz wide:", medians)
    noise = np.random.default_rng(0).standard_normal(2 * SR)
    for gain in (0.1, 0.01, 0.001):
        frames = contours.process_signal((gain * noise).astype(np.float32), SR)
        slopes = 1000 * frames[["slope0-500_sma3", "slope500-1500_sma3"]].mean()
        print(f"white noise of level {gain}: slopes in dB/kHz", slopes.round(1).tolist())
    for level_of_second in (-12, 0, 12):
        levels = 10 ** (np.array([0, level_of_second, 6, *[-20] * 12]) / 20)
        times = np.arange(2 * SR) / SR
        x = sum(a * np.cos(2 * np.pi * 200 * k * times) for k, a in enumerate(levels, 1))
        frames = contours.process_signal((x / np.abs(x).max() / 2).astype(np.float32), SR)
        median = frames["logRelF0-H1-H2_sma3nz"].median()
        print(f"harmonics of 0, {level_of_second}, 6 dB: H1-H2 {median:.1f}")


def compare(clips: list[np.ndarray], f0: list[np.ndarray], theirs: pd.DataFrame) -> None:
    """Print how much each tracker calls voiced, and whose harmonics openSMILE's ratios are."""
    ours = [TRACK.of(Sound(x))[0] for x in clips]
    pitch = {"time_step": 0.01, "pitch_floor": 60, "pitch_ceiling": 600}
    praat = [parselmouth.Sound(x.astype(np.float64), float(SR)).to_pitch_ac(**pitch) for x in clips]
    voiced = {
        "ours": np.concatenate(ours),
        "Praat": np.concatenate([track.selected_array["frequency"] for track in praat]),
        "openSMILE": np.concatenate(f0),
    }
    print("voiced:", {who: f"{(track > 0).mean():.0%}" for who, track in voiced.items()})
    levels = [levels_above(x, track) for x, track in zip(clips, f0, strict=True)]
    columns = theirs[["h1_h2_mean", "h1_a3_mean"]]
    rank = columns.corrwith(pd.DataFrame(levels, columns=columns.columns), method="spearman")
    print("second harmonic over the third, over that near F3:", rank.round(2).tolist())


def measure(root: str, per_speaker: int) -> tuple[pd.DataFrame, str]:
    """The table, and how many clips it is made from."""
    corpus = sertools.load_corpus("ravdess", root)
    rng = np.random.default_rng(0)
    chosen = np.concatenate(
        [
            rng.choice(np.flatnonzero(corpus.groups == speaker), per_speaker, replace=False)
            for speaker in np.unique(corpus.groups)
        ]
    )
    clips = sertools.AudioReader(sr=SR).fit_transform([corpus.X[i] for i in chosen])
    genders = corpus.frame["gender"].to_numpy()[chosen]
    sets, levels = opensmile.FeatureSet, opensmile.FeatureLevel
    functionals = opensmile.Smile(sets.eGeMAPSv02, levels.Functionals)
    contours = opensmile.Smile(sets.eGeMAPSv02, levels.LowLevelDescriptors)
    theirs = pd.concat([functionals.process_signal(x, SR) for x in clips], ignore_index=True)
    published = list(theirs.columns)
    theirs.columns = list(COLUMNS)
    extractor = sertools.AcousticExtractor("gemaps-v1").set_output(transform="pandas")
    ours = extractor.fit_transform(clips)
    semitones = [contours.process_signal(x, SR)["F0semitoneFrom27.5Hz_sma3nz"] for x in clips]
    f0 = [in_our_frames(s.to_numpy(), len(x)) for s, x in zip(semitones, clips, strict=True)]
    compare(clips, f0, theirs)
    probe(contours)
    rows = [gemaps(with_f0(x, track)) for x, track in zip(clips, f0, strict=True)]
    given = pd.DataFrame(rows, columns=list(COLUMNS))
    praat = pd.DataFrame([by_praat(x, sex) for x, sex in zip(clips, genders, strict=True)])
    table = pd.DataFrame(
        {
            "definition": [definition(column) for column in COLUMNS],
            "published name": published,
            "openSMILE": ours.corrwith(theirs, method="spearman"),
            "with its F0": given.corrwith(theirs, method="spearman"),
            "Praat": ours[praat.columns].corrwith(praat, method="spearman"),
            "Praat with openSMILE": praat.corrwith(theirs[praat.columns], method="spearman"),
        },
        index=pd.Index(COLUMNS, name="column"),
    )
    return table, f"{len(clips)} clips of {len(set(corpus.groups))} speakers"


def main() -> None:
    """Write the table, and print what it comes to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("root")
    parser.add_argument("--per-speaker", type=int, default=8)
    parser.add_argument("--out")
    arguments = parser.parse_args()
    table, clips = measure(arguments.root, arguments.per_speaker)
    if arguments.out:
        folder = Path(arguments.out)
        table[["published name"]].to_csv(folder / "gemaps_names.csv")
        numbers = table.drop(columns="published name")
        numbers.to_csv(folder / "gemaps.csv", float_format="%.2f")
    rank = table["openSMILE"].abs()
    print(table.drop(columns=["definition", "published name"]).round(2).to_string())
    print(
        f"{clips}: beyond 0.9 in {(rank > 0.9).sum()} columns, from 0.7 in "
        f"{rank.between(0.7, 0.9).sum()}, below in {(rank < 0.7).sum()}; median {rank.median():.2f}"
    )


if __name__ == "__main__":
    main()
