"""The speech set: known clips, gain, and columns computed again by their names."""

from __future__ import annotations

import re
import tracemalloc

import librosa
import numpy as np
import pytest
import scipy.fft
import scipy.linalg
import scipy.ndimage
import scipy.signal
import scipy.stats
from numpy.testing import assert_allclose, assert_array_equal
from threadpoolctl import threadpool_limits

from sertools.core.descriptors import flux, rolloff
from sertools.core.formants import prediction_gain
from sertools.core.harmonics import formant_levels, harmonic_level
from sertools.core.spectral import analysis_window, spectrum
from sertools.core.speech.contours import at_level, glide, sharpness, spectral_moments
from sertools.core.speech.modulation import RIPPLES, modulation_power, ripple_energies
from sertools.core.voice import alpha_ratio, hammarberg_index
from sertools.datasets import make_corpus
from sertools.features._mfcc import MFCCExtractor
from sertools.features._pitch import PitchExtractor
from sertools.features._rms import RMSExtractor
from sertools.features._sound import Sound
from sertools.features._speech import CEPSTRA, CHANNELS, FORMANTS, RASTA, SPECTRUM, heard
from sertools.features._speech_columns import SMALL, SPEECH
from sertools.features._voice import VoiceExtractor
from sertools.features._zcr import ZCRExtractor

SR = 16000


@pytest.fixture(scope="module")
def clips():
    return [x.astype(np.float64) for x in make_corpus(n_speakers=2, n_per_speaker=3).X]


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(0).standard_normal(SR)


def named(x):
    """The numbers of a clip by name."""
    return dict(zip(SPEECH.columns, SPEECH.row(Sound(x)), strict=True))


def buzz(seconds, semitones):
    """A buzz that begins at 120 Hz and rises steadily."""
    times = np.arange(int(seconds * SR)) / SR
    phase = 2 * np.pi * np.cumsum(120 * 2 ** (semitones / 12 * times / seconds)) / SR
    return 0.2 * sum(np.sin(k * phase) / k for k in range(1, 20))


class TestColumns:
    def test_names(self):
        assert len(SPEECH.columns) == len(set(SPEECH.columns)) == 26192
        for name in SPEECH.columns:
            assert re.fullmatch(r"[a-z][a-z0-9_.+-]+[a-z0-9]", name)

    def test_the_small_set_comes_first(self, clips):
        assert len(SMALL.columns) == 6021
        assert SPEECH.columns[:6021] == SMALL.columns
        for x in clips:
            assert_array_equal(SMALL.row(Sound(x)), SPEECH.row(Sound(x))[:6021])


class TestKnownClips:
    def test_a_buzz_that_rises_between_pauses(self, noise):
        silence = np.zeros(SR)
        hiss = 0.05 * noise[:3200]
        x = np.concatenate(
            [silence[:8000], buzz(1, semitones=12), silence[:4800], hiss, silence[:8000]]
        )
        row = named(x)
        # 120 Hz are 25.5 semitones above 27.5 Hz.
        assert row["f0_voiced_mean"] == pytest.approx(31.5, abs=0.1)
        assert row["f0_voiced_slope"] == pytest.approx(6, abs=0.1)
        assert row["f0_p01"] == pytest.approx(25.5, abs=0.2)
        assert row["f0_p99"] == pytest.approx(37.5, abs=0.2)
        assert row["f0_voiced_rising"] == 1
        assert row["f0_delta_voiced_p50"] == pytest.approx(0.12, abs=1e-3)
        # Through what has no voice the melody goes straight: it stays where it is at the ends.
        assert row["f0_mean"] == pytest.approx((50 * 25.5 + 100 * 31.5 + 100 * 37.5) / 250, abs=0.2)
        assert row["glide_voiced_p50"] == pytest.approx(2 ** (0.12 / 12) - 1, abs=1e-4)
        assert row["f0_in_f0_third_1"] == pytest.approx(-4, abs=0.1)
        assert row["f0_in_f0_third_3"] == pytest.approx(4, abs=0.1)
        assert row["f0_around_median_0_to_1"] == pytest.approx(np.sqrt(1 / 12), abs=0.01)
        assert row["f0_absolute_30_to_32"] == pytest.approx(np.sqrt(2 / 12), abs=0.01)
        assert row["duration"] == pytest.approx(2.5, abs=0.011)
        assert row["voiced_share"] == pytest.approx(0.4, abs=0.01)
        assert row["active_share"] == pytest.approx(0.48, abs=0.03)
        assert row["voices_per_second"] == pytest.approx(0.4, abs=0.01)
        assert row["bursts_per_second"] == pytest.approx(0.8, abs=0.01)
        assert row["voice_length_mean"] == pytest.approx(1, abs=0.03)
        assert row["pause_length_max"] == pytest.approx(0.5, abs=0.03)
        assert row["pause_length_mean"] == pytest.approx(1.3 / 3, abs=0.03)
        assert row["melody_slope_mean"] == pytest.approx(0.12, abs=0.005)
        assert row["melody_range_mean"] == pytest.approx(12, abs=0.2)
        # At its ends the hiss is softer.
        level = 20 * np.log10(np.std(buzz(1, semitones=12)) / 0.05)
        assert row["voice_over_noise"] == pytest.approx(level, abs=1)
        assert row["zcr_unvoiced_mean"] > 10 * row["zcr_voiced_mean"]
        assert row["flatness_unvoiced_mean"] > row["flatness_voiced_mean"] + 30

    def test_a_tone(self):
        row = named(np.sin(2 * np.pi * 1000 * np.arange(SR) / SR))
        assert row["energy_p50"] == pytest.approx(20 * np.log10(0.05))
        assert row["zcr_p50"] == pytest.approx(2 * 1000 / SR)
        assert row["centroid_p50"] == pytest.approx(1000, abs=1)
        assert row["rolloff_50_p50"] == pytest.approx(1000)
        assert row["sharpness_p50"] == pytest.approx(1, abs=0.1)
        assert row["flux_p50"] == pytest.approx(0, abs=1e-9)
        assert row["active_share"] == 1

    def test_noise_has_no_voice(self, noise):
        row = named(noise)
        voice = [name for name in row if re.match(r"f0_mean|(jitter|hnr|f1|h1_h2|glide)_p", name)]
        assert len(voice) > 40
        assert not any(row[name] for name in voice)
        assert row["voiced_share"] == row["voice_over_noise"] == row["voices_per_second"] == 0
        assert row["f0_absolute_-inf_to_14"] == row["f0_around_median_-1_to_0"] == 0
        assert row["centroid_mean"] == pytest.approx(4000, rel=0.03)
        assert row["entropy_mean"] == pytest.approx(np.log(257) - 0.42, abs=0.05)
        assert row["mfcc03_voiced_mean"] == row["mfcc03_mean"]
        assert row["mfcc03_unvoiced_mean"] == pytest.approx(row["mfcc03_mean"])


class TestHeard:
    @pytest.fixture
    def spoken(self, clips, noise):
        """A clip on a floor of noise, where no band is empty, and what is heard in it."""
        x = at_level(clips[0] + 1e-3 * np.resize(noise, len(clips[0])), level=0.05)
        return x, heard(Sound(x))

    def test_contours_are_those_of_the_extractors(self, spoken):
        x, it = spoken
        frames = {"stats": None}
        bank = {"n_mels": 40, "fmin": 50.0, "htk": True, "norm": None}
        (cepstra,) = MFCCExtractor(win_length=400, **bank, **frames).fit_transform([x])
        (level,) = RMSExtractor(kind="db", frame_length=400, **frames).fit_transform([x])
        (crossings,) = ZCRExtractor(frame_length=400, **frames).fit_transform([x])
        (pitch,) = PitchExtractor(**frames).fit_transform([x])
        (voice,) = VoiceExtractor(**frames).fit_transform([x])
        assert_allclose(it.of(*CEPSTRA), cepstra, atol=1e-6)
        assert_allclose(it.of("energy"), level, atol=1e-6)
        assert_allclose(it.of("zcr"), crossings, atol=1e-6)
        assert_allclose(it.of("voicing")[0], pitch[1], atol=1e-6)
        voiced = pitch[0] > 0
        assert_array_equal(it.voiced, voiced)
        semitones = pitch[0, voiced] - 12 * np.log2(27.5)
        assert_allclose(it.of("f0")[0, voiced], semitones, atol=1e-6)
        names = ("jitter", "shimmer", "hnr", *FORMANTS[:6])
        assert_allclose(it.of(*names)[:, voiced], voice[:9, voiced], rtol=1e-4, atol=1e-6)

    def test_spectral_contours_by_their_names(self, spoken):
        x, it = spoken
        power = spectrum(x, window=analysis_window("hann", 400, 512), hop_length=160)
        power = np.maximum(power, power.max() * 1e-9)
        levels = 10 * np.log10(power)
        bank = librosa.filters.mel(sr=SR, n_fft=512, n_mels=26, fmin=20, htk=True, norm=None)
        ear = power @ bank.T
        frequencies = np.arange(257) * SR / 512
        moments = spectral_moments(power, frequencies=frequencies)
        hertz = librosa.mel_frequencies(28, fmin=20, fmax=8000, htk=True)[1:-1]
        barks = 13 * np.arctan(0.00076 * hertz) + 3.5 * np.arctan((hertz / 7500) ** 2)
        expected = {
            "loudness": (ear**0.33).sum(axis=1),
            "rasta_loudness": np.exp(0.33 * it.of(*RASTA)).sum(axis=0),
            **dict(zip(("centroid", "spread", "skewness", "log_kurtosis"), moments.T, strict=True)),
            "flux": flux(np.sqrt(power)),
            "entropy": scipy.stats.entropy(power, axis=1),
            "flatness": levels.mean(axis=1) - 10 * np.log10(power.mean(axis=1)),
            "alpha_ratio": alpha_ratio(power, frequencies=frequencies),
            "hammarberg": hammarberg_index(power, frequencies=frequencies),
            "sharpness": sharpness(ear, barks=barks),
        }
        for name in set(SPECTRUM) - {"energy", "zcr", *expected}:
            kind, *numbers = name.split("_")
            if kind == "rolloff":
                share = int(numbers[0]) / 100
                expected[name] = rolloff(power, frequencies=frequencies, roll_percent=share)
                continue
            low, high = (int(number) for number in numbers)
            # The last bin belongs to the last band.
            inside = (frequencies >= low) & (frequencies < high + (high == 8000))
            if kind == "level":
                expected[name] = 10 * np.log10(power[:, inside].sum(axis=1)) - it.of("energy")[0]
            elif kind == "slope":
                expected[name] = np.polyfit(frequencies[inside] / 1000, levels[:, inside].T, 1)[0]
            else:
                ranked, fifth = np.sort(levels[:, inside]), inside.sum() // 5
                expected[name] = (ranked[:, -fifth:] - ranked[:, :fifth]).mean(axis=1)
        for name, contour in expected.items():
            assert_allclose(it.of(name)[0], contour, rtol=1e-6, atol=1e-6, err_msg=name)

    def test_contours_of_the_voice_by_their_names(self, spoken):
        x, it = spoken
        spectra = spectrum(x, window=analysis_window("hann", 512, 512), hop_length=160)
        f0 = 27.5 * 2 ** (it.of("f0")[0] / 12)
        bins = {"bin_width": SR / 512}
        h1, h2, h4 = (harmonic_level(spectra, f0=f0, harmonic=k, **bins) for k in (1, 2, 4))
        a1, a2, a3 = formant_levels(spectra, formants=it.of("f1", "f2", "f3").T, **bins).T
        expected = {
            "h1_h2": h1 - h2,
            "h1_h4": h1 - h4,
            "h1_a1": h1 - a1,
            "h1_a3": h1 - a3,
            "f1_level": a1 - h1,
            "f2_level": a2 - h1,
            "f3_level": a3 - h1,
            "prediction_gain": prediction_gain(spectra, sr=SR),
            "glide": glide(np.where(it.voiced, f0, 0)),
        }
        for name, contour in expected.items():
            assert_allclose(it.of(name)[0], contour, rtol=1e-6, atol=1e-4, err_msg=name)

    def test_melody_goes_straight_where_there_is_no_voice(self, clips):
        for x in clips:
            it = heard(Sound(x))
            times = np.arange(len(it.voiced))
            (semitones,) = it.of("f0")
            others = it.of("jitter", "shimmer", "hnr", "f1", "f3_bandwidth")
            for contour in (2 ** (semitones / 12), *others):
                straight = np.interp(times, times[it.voiced], contour[it.voiced])
                assert_allclose(contour, straight, rtol=1e-9, atol=1e-12)

    def test_derivatives_are_slopes_over_five_frames(self, clips):
        for x in clips:
            it = heard(Sound(x))
            assert it.channels.shape == it.steps.shape == (95, 1 + len(x) // 160)
            for smooth, slopes in ((it.channels, it.steps), (it.steps, it.curves)):
                expected = scipy.signal.savgol_filter(smooth, 5, 1, deriv=1, mode="interp")
                scale = np.abs(smooth).max(axis=1, keepdims=True) + 1e-9
                assert_allclose(slopes / scale, expected / scale, atol=1e-9)

    def test_masks(self, clips):
        for x in clips:
            it = heard(Sound(x))
            (energy,) = it.of("energy")
            assert_array_equal(it.active, energy >= energy.max() - 30)
            assert_array_equal(it.speaking, it.voiced)
            assert_array_equal(it.between, it.active & ~it.voiced)
            assert 0 < it.voiced.mean() < it.active.mean() < 1

    def test_masks_of_clips_without_a_voice_or_a_noise(self, noise):
        hiss = heard(Sound(noise))
        assert_array_equal(hiss.speaking, hiss.active)
        hum = heard(Sound(buzz(1, semitones=0)))
        assert (hum.active & ~hum.voiced).sum() < 5
        assert_array_equal(hum.between, hum.active)

    def test_gain_is_nothing(self, clips):
        soft, loud = heard(Sound(1e-3 * clips[0])), heard(Sound(10 * clips[0]))
        for ours, theirs in zip(soft, loud, strict=True):
            assert_allclose(ours, theirs, rtol=1e-7, atol=1e-7)


def by_name(it):
    """Some columns of each block, computed from what is heard by what their names say."""
    voiced, active, unvoiced = it.voiced, it.active, it.active & ~it.voiced
    channels = dict(zip(CHANNELS, it.channels, strict=True))
    delta = dict(zip(CHANNELS, it.steps, strict=True))
    delta2 = dict(zip(CHANNELS, it.curves, strict=True))
    energy, f0, spread = (channels[name] for name in ("energy", "f0", "spread"))
    alpha_ratio = channels["alpha_ratio"][active]
    around_median = f0[voiced] - np.median(f0[voiced])
    ripples = ripple_energies(it.mel, frame_rate=100.0)
    beats = modulation_power(it.mel[[6]] / 2 + it.mel[[7]] / 2, frame_rate=100.0)[:, 0]
    return {
        "loudness_slope": np.polyfit(np.linspace(-1, 1, len(f0)), channels["loudness"], 1)[0],
        "h1_h2_voiced_step": np.abs(np.diff(channels["h1_h2"][voiced])).mean(),
        "centroid_weighted_mean": np.average(channels["centroid"], weights=10 ** (energy / 20)),
        "zcr_unvoiced_std": channels["zcr"][unvoiced].std(),
        "mfcc00_log_std_from_51": np.log(smooth(channels["mfcc00"], 51).std() + 1e-4),
        "voice_length_max": np.bincount(scipy.ndimage.label(voiced)[0])[1:].max() / 100,
        "f0_around_median_0_to_1": np.sqrt(np.mean(around_median // 1 == 0)),
        "ripple_3hz_+0.08_mel20_23_log_mean": ripples[0, RIPPLES.index((3, 0.08)), 5],
        "ripple_20hz_-0.16_mel36_39_log_std": ripples[1, RIPPLES.index((20, -0.16)), 9],
        "mfcc02_delta_with_f0": correlation(delta["mfcc02"][active], f0[active]),
        "mfcc05_80ms_after_mfcc11": later(
            8, channels["mfcc05"][active], channels["mfcc11"][active]
        ),
        "flatness_p25_to_p50": -np.subtract(*np.percentile(channels["flatness"], [25, 50])),
        "f1_voiced_p90": np.percentile(channels["f1"][voiced], 90),
        "rasta13_delta_skewness": scipy.stats.skew(delta["rasta13"]),
        "f0_delta_voiced_std": delta["f0"][voiced].std(),
        "sharpness_delta2_p95": np.percentile(delta2["sharpness"], 95),
        "entropy_delta_autocorrelation_8": later(8, delta["entropy"], delta["entropy"]),
        "energy_cosine_2": scipy.fft.dct(energy, norm="ortho")[2] / np.sqrt(len(f0)),
        "spread_in_energy_quarter_4": in_top(1 / 4, spread[active], energy[active]),
        "spread_in_f0_third_3": in_top(1 / 3, spread[voiced], f0[voiced]),
        "alpha_ratio_offset": alpha_ratio[-25:].mean() - alpha_ratio.mean(),
        "mel06_07_log_share_4_to_6hz": np.log(beats[4] / beats.sum()),
        "log_covariance_mfcc03_mfcc10_delta": log_covariance(channels, delta, active)[3, 26],
        "hnr_with_f2": correlation(channels["hnr"][active], channels["f2"][active]),
        "voicing_with_energy_delta": correlation(
            channels["voicing"][active], delta["energy"][active]
        ),
        "rasta05_with_rasta21": correlation(
            channels["rasta05"][active], channels["rasta21"][active]
        ),
        "mel10_with_mel30_voiced": correlation(it.mel[10, voiced], it.mel[30, voiced]),
        "rasta03_30ms_after_rasta09": later(
            3, channels["rasta03"][active], channels["rasta09"][active]
        ),
        "rasta09_70ms_after_rasta03": later(
            7, channels["rasta09"][active], channels["rasta03"][active]
        ),
        "mfcc01_30ms_after_mfcc04": later(
            3, channels["mfcc01"][active], channels["mfcc04"][active]
        ),
        "mfcc14_150ms_after_mfcc00": later(
            15, channels["mfcc14"][active], channels["mfcc00"][active]
        ),
        "flux_40ms_after_voicing": later(4, channels["flux"][active], channels["voicing"][active]),
        "f0_100ms_after_energy": later(10, f0[active], energy[active]),
    }


def correlation(a, b):
    return np.corrcoef(a, b)[0, 1]


def later(lag, ours, theirs):
    """The correlation of a contour some frames later with another."""
    a, b = scipy.stats.zscore(ours), scipy.stats.zscore(theirs)
    return np.mean(a[lag:] * b[:-lag])


def in_top(share, contour, order):
    """The mean of a contour where another is highest, less that of all."""
    n_others = int(len(order) * (1 - share))
    return contour[np.argsort(order, kind="stable")[n_others:]].mean() - contour.mean()


def smooth(contour, width):
    window = np.hanning(width + 2)[1:-1]
    return np.convolve(np.pad(contour, width // 2, mode="edge"), window / window.sum(), "valid")


def log_covariance(channels, delta, active):
    """Of 16 cepstra, their derivatives and the melody, each in the unit of the set."""
    cepstra = [f"mfcc{i:02d}" for i in range(16)]
    units = np.array([60, 40, 30, 25, 22, 20, 18, 16, 15, 14, 13, 12, 11, 10, 10, 10])
    units = np.concatenate([units, units / 6, [4]])
    contours = [of[name][active] for of in (channels, delta) for name in cepstra]
    contours.append(channels["f0"][active])
    covariance = np.cov(contours, ddof=0) / np.outer(units, units)
    return scipy.linalg.logm(covariance + 1e-3 * np.eye(33))


class TestByName:
    def test_columns_are_what_they_are_called(self, clips):
        for x in clips:
            row = named(x)
            for name, expected in by_name(heard(Sound(x))).items():
                assert row[name] == pytest.approx(expected, rel=1e-4, abs=1e-5), name

    def test_every_block_is_looked_at(self, clips):
        names = by_name(heard(Sound(clips[0]))).keys()
        assert all(names & set(block.names) for block in SPEECH)


class TestWhatMustNotMatter:
    @pytest.mark.parametrize("gain", [0.01, 0.3, 10])
    def test_gain(self, clips, gain):
        table, louder = (np.stack([SPEECH.row(Sound(g * x)) for x in clips]) for g in (1, gain))
        size = np.abs(table).max(axis=0) + 1e-6
        assert (np.abs(louder - table) / size).max() < 1e-6

    def test_silence_at_the_ends(self, clips):
        silence = np.zeros(SR)
        for x in clips:
            row, longer = named(x), named(np.concatenate([silence, x, silence]))
            assert longer["duration"] == pytest.approx(row["duration"] + 2)
            for name in CHANNELS:
                spread = row[f"{name}_voiced_std"] + 1e-3
                for number in ("voiced_mean", "voiced_std", "voiced_p50", "weighted_mean"):
                    of = f"{name}_{number}"
                    assert longer[of] == pytest.approx(row[of], abs=0.05 * spread), of

    def test_precision(self, clips):
        for x in clips:
            # These samples are single ones already.
            single, double = SPEECH.row(Sound(x.astype(np.float32))), SPEECH.row(Sound(x))
            assert (single.dtype, double.dtype) == (np.float32, np.float64)
            assert_array_equal(single, double.astype(np.float32))

    def test_threads_of_blas(self, clips):
        x = np.concatenate(clips)
        rows = []
        for n_threads in (1, 2):
            with threadpool_limits(n_threads):
                rows.append(SPEECH.row(Sound(x)))
        assert_array_equal(*rows)


tone = np.sin(np.arange(SR) / 9)
hiss = np.random.default_rng(0).standard_normal(SR)

ODD_CLIPS = {
    "one zero": np.zeros(1),
    "one one": np.ones(1),
    "silence": np.zeros(SR),
    "constant": np.full(SR, 0.5),
    "not quite constant": np.full(SR, 0.1),
    "soft": 1e-12 * tone,
    "tiny": 1e-30 * tone,
    "denormal": 1e-42 * tone,
    "huge": 1e10 * tone,
    "far from zero": 1e6 + tone,
    "tone": tone,
    "square": np.sign(np.sin(np.arange(SR) / 25)),
    "click": np.r_[np.zeros(3999), 1],
    "noise": hiss,
    **{f"{n} samples of noise": hiss[:n] for n in (1, 2, 159, 400, 1600)},
    **{f"{n} samples of a tone": tone[:n] for n in (2, 90, 159, 400, 1600)},
    "0.35 s of a buzz": buzz(0.35, semitones=5),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("x", ODD_CLIPS.values(), ids=ODD_CLIPS)
def test_finite_whatever_the_clip(x, dtype):
    row = SPEECH.row(Sound(x.astype(dtype)))
    assert row.shape == (26192,)
    assert row.dtype == dtype
    assert np.isfinite(row).all()


def test_a_minute(clips):
    x = np.resize(np.concatenate(clips), 60 * SR)
    SPEECH.row(Sound(clips[0]))  # banks and windows
    tracemalloc.start()
    row = SPEECH.row(Sound(x))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert np.isfinite(row).all()
    # The contours and their derivatives are 14 MB, and the spectra 12 MB each.
    assert peak < 150e6
