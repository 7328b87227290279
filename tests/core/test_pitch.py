"""The pitch tracker on synthetic voices whose F0 is known, against Praat, and at the limits."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.signal import lfilter

from sertools.core.pitch import _best_path, pitch_plan, track_pitch
from sertools.datasets import make_corpus

SR = 16000
HOP = 160
TIME = np.arange(int(2.4 * SR)) / SR

# Mean F0 in Hz and length of the vocal tract relative to a man's: man, woman, child.
SPEAKERS = {"man": (110.0, 1.0), "woman": (210.0, 1.17), "child": (300.0, 1.35)}
# Octaves above the mean. The angry one moves by up to 57 semitones a second, which is about what
# speakers can (Xu & Sun 2002). On top comes a vibrato of half a semitone.
CONTOURS = {
    "calm": 0.25 * np.sin(2 * np.pi * 0.6 * TIME),
    "surprised": np.linspace(-0.4, 0.9, len(TIME)),
    "angry": 0.3 + 0.5 * np.sin(2 * np.pi * 1.5 * TIME),
    "sad": np.linspace(0.1, -0.5, len(TIME)),
}
VIBRATO = np.sin(2 * np.pi * 5.5 * TIME) / 24
# Formants in Hz of an adult man's vowels (Peterson & Barney 1952), and their bandwidths.
VOWELS = {
    "a": [730, 1090, 2440, 3400],
    "i": [270, 2290, 3010, 3700],
    "u": [300, 870, 2240, 3400],
    "e": [530, 1840, 2480, 3500],
}
BANDWIDTHS = [60, 90, 130, 180]
IS_ON = np.zeros(len(TIME), dtype=bool)
for start, stop in [(0.15, 0.65), (0.8, 1.3), (1.45, 2.2)]:
    IS_ON[int(start * SR) : int(stop * SR)] = True


def voice(f0, formants, rng, *, jitter=0.0, shimmer=0.0, is_on=IS_ON):
    """One pulse per cycle of F0 ``(n_times,)`` while the voice is on, through resonators.

    `jitter` is the mean difference between neighbouring periods as a share of them, and `shimmer`
    the standard deviation of the pulses' amplitudes.
    """
    cycles = np.cumsum(f0) / SR
    instants = np.interp(np.arange(1, cycles[-1]), cycles, np.arange(len(f0)))
    periods = SR / f0[instants.astype(int)]
    # If instants spread by 1, the mean difference between neighbouring periods is 1.95.
    spread = jitter / 1.95 * periods
    instants = np.clip(instants + spread * rng.standard_normal(len(instants)), 0, None)
    instants = instants[instants < len(f0) - 1]
    before = instants.astype(int)
    strength = np.where(is_on[before], 1 + shimmer * rng.standard_normal(len(instants)), 0)
    pulses = np.zeros(len(f0))
    np.add.at(pulses, before, strength * (before + 1 - instants))
    np.add.at(pulses, before + 1, strength * (instants - before))
    speech = lfilter([1, -1], np.convolve([1, -0.9], [1, -0.99]), pulses)
    for formant, bandwidth in zip(formants, BANDWIDTHS, strict=True):
        pole = np.exp(np.pi / SR * (-bandwidth + 2j * formant))
        speech = lfilter([abs(1 - pole) ** 2], [1, -2 * pole.real, abs(pole) ** 2], speech)
    return speech / np.abs(speech).max()


def level(x, is_on=IS_ON):
    """The root mean square of a voice while it is on."""
    return np.sqrt(np.mean(x[is_on] ** 2))


def voices(rng, *, snr=np.inf, **irregularity):
    """Clips of all speakers, contours and two vowels each, and their F0 ``(n_times,)``."""
    vowels = itertools.cycle(VOWELS.values())
    for (mean, tract), contour, _ in itertools.product(
        SPEAKERS.values(), CONTOURS.values(), range(2)
    ):
        f0 = np.clip(mean * 2 ** (contour + VIBRATO), 80, 500)
        clean = voice(f0, tract * np.array(next(vowels)), rng, **irregularity)
        noise = level(clean) * 10 ** (-snr / 20) * rng.standard_normal(len(clean))
        yield clean + noise, f0


def scores(clips, track=track_pitch):
    """How F0 compares with the truth.

    Shares of frames in which both are voiced whose F0 is off by a fifth, or by an octave; the share
    of all frames in which the voicing is wrong; the median error in semitones of the rest.
    """
    ratios, wrong = [], []
    for x, truth in clips:
        f0, _ = track(x.astype(np.float32), sr=SR, hop_length=HOP)
        centers = np.minimum(np.arange(len(f0)) * HOP, len(x) - 1)
        is_voiced = IS_ON[centers]
        both = is_voiced & (f0 > 0)
        ratios.append(f0[both] / truth[centers][both])
        wrong.append(is_voiced != (f0 > 0))
    ratio = np.concatenate(ratios)
    octaves = np.abs(np.log2(ratio))
    gross = np.abs(ratio - 1) > 0.2
    return {
        "gross": gross.mean(),
        "octave": ((octaves > 0.8) & (np.abs(octaves - np.round(octaves)) < 0.1)).mean(),
        "voicing": np.concatenate(wrong).mean(),
        "fine": 12 * np.median(octaves[~gross]),
    }


def pulse_train(f0, sr=SR, seconds=0.5):
    """Equal harmonics of F0 up to the highest that the rate holds."""
    time = np.arange(int(seconds * sr)) / sr
    n_harmonics = int(0.45 * sr / f0)
    return sum(np.cos(2 * np.pi * f0 * k * time) for k in range(1, n_harmonics + 1))


class TestVoices:
    def test_in_noise_with_jitter(self, rng):
        result = scores(voices(rng, jitter=0.01, shimmer=0.05, snr=10))
        assert result["gross"] < 0.03
        assert result["octave"] < 0.015
        assert result["voicing"] < 0.05

    def test_in_loud_noise(self, rng):
        result = scores(voices(rng, jitter=0.01, shimmer=0.05, snr=3))
        assert result["gross"] < 0.015
        assert result["voicing"] < 0.05

    def test_clean(self, rng):
        result = scores(voices(rng))
        assert result["gross"] < 0.003
        assert result["voicing"] < 0.05
        assert result["fine"] < 0.05

    def test_a_hum_below_the_voice_is_no_voice(self, rng):
        hum = np.sqrt(2) * np.sin(2 * np.pi * 60 * TIME)
        clips = [(x + 0.1 * level(x) * hum, f0) for x, f0 in voices(rng, jitter=0.01)]
        result = scores(clips)
        assert result["gross"] < 0.03
        assert result["voicing"] < 0.06

    @pytest.mark.parametrize("sr", [8000, 11025, 16000, 22050, 44100, 48000])
    @pytest.mark.parametrize("f0", [62.0, 100.0, 233.3, 470.0, 552.6, 598.0])
    def test_of_one_pitch(self, sr, f0):
        sine = np.sin(2 * np.pi * f0 * np.arange(sr // 2) / sr)
        for x in (sine, pulse_train(f0, sr)):
            track, strength = track_pitch(x, sr=sr, hop_length=sr // 100)
            np.testing.assert_allclose(track[5:-5], f0, rtol=1e-3)
            assert strength[5:-5].min() > 0.95

    def test_below_the_range_there_is_no_pitch(self):
        f0, _ = track_pitch(pulse_train(110.0), sr=SR, hop_length=HOP, fmin=150.0)
        assert not f0.any()

    @pytest.mark.parametrize("f0", [640.0, 700.0, 780.0, 830.0])
    def test_a_scream_above_the_range_is_no_voice_of_half_its_pitch(self, f0, rng):
        contour = f0 * 2.0 ** (VIBRATO / 2)
        x = voice(contour, [1000, 1500, 2900, 4000], rng, jitter=0.005)
        x += 0.02 * level(x) * rng.standard_normal(len(x))
        track, _ = track_pitch(x.astype(np.float32), sr=SR, hop_length=HOP)
        assert (track > 0).mean() < 0.02
        track, _ = track_pitch(x.astype(np.float32), sr=SR, hop_length=HOP, fmax=1000.0)
        np.testing.assert_allclose(np.median(track[track > 0]), f0, rtol=0.01)
        assert (track > 0).mean() == pytest.approx(IS_ON.mean(), abs=0.05)

    @pytest.mark.parametrize(("fmax", "f0"), [(1100.0, 1540.0), (1200.0, 1680.0), (1500.0, 1800.0)])
    def test_nor_above_a_range_as_high_as_it_may_be(self, fmax, f0):
        track, _ = track_pitch(pulse_train(f0), sr=SR, hop_length=HOP, fmax=fmax)
        assert not track[3:-3].any()

    def test_a_tracker_for_singers(self):
        x = pulse_train(880.0)
        f0, _ = track_pitch(x, sr=SR, hop_length=HOP, fmin=200.0, fmax=1500.0)
        np.testing.assert_allclose(f0[3:-3], 880, rtol=2e-3)

    def test_the_strength_is_the_share_of_the_voice_in_the_energy(self, rng):
        x = voice(np.full(SR, 150.0), VOWELS["a"], rng, is_on=np.ones(SR, dtype=bool))
        noise = rng.standard_normal(SR) * np.sqrt(np.mean(x**2))
        # The noise is white to 8 kHz: three eighths of it are in the band. Frames are voiced where
        # the share is above 0.45, but a path does not change its mind for little.
        for factor, voiced in [(0, 1), (0.5, 1), (1, 1), (1.5, 1), (2.5, 0)]:
            f0, strength = track_pitch(x + factor * noise, sr=SR, hop_length=HOP)
            assert np.median(strength) == pytest.approx(1 / (1 + factor**2 * 3 / 8), abs=0.08)
            assert (f0 > 0).mean() == pytest.approx(voiced, abs=0.05)


class TestWhatDoesNotMatter:
    @pytest.fixture
    def speech(self):
        rng = np.random.default_rng(0)
        f0 = 210 * 2 ** (CONTOURS["angry"] + VIBRATO)
        x = voice(f0, VOWELS["e"], rng, jitter=0.01)
        return x + 0.02 * rng.standard_normal(len(x))

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    @pytest.mark.parametrize("factor", [2.0**-40, 2.0**-100, 2.0**10])
    def test_the_level(self, speech, dtype, factor):
        speech = speech.astype(dtype)
        ours = track_pitch(speech * dtype(factor), sr=SR, hop_length=HOP)
        np.testing.assert_array_equal(ours, track_pitch(speech, sr=SR, hop_length=HOP))

    def test_a_constant(self, speech):
        ours = track_pitch(speech + 3.0, sr=SR, hop_length=HOP)
        np.testing.assert_allclose(ours, track_pitch(speech, sr=SR, hop_length=HOP), rtol=1e-9)

    def test_the_precision(self, speech):
        double, _ = track_pitch(speech, sr=SR, hop_length=HOP)
        single, strength = track_pitch(speech.astype(np.float32), sr=SR, hop_length=HOP)
        assert single.dtype == strength.dtype == np.float32
        assert (np.abs(single - double) <= 1e-3 * double).mean() > 0.995

    def test_the_hop(self, speech):
        # Costs are per time and not per frame, or else a path would jump more at a shorter hop.
        often, _ = track_pitch(speech, sr=SR, hop_length=HOP // 2)
        seldom, _ = track_pitch(speech, sr=SR, hop_length=HOP)
        assert (np.abs(often[::2] - seldom) <= 1e-2 * seldom).mean() > 0.98

    def test_a_hop_that_cannot_be_halved(self, speech):
        odd, _ = track_pitch(speech, sr=SR, hop_length=161)
        even, _ = track_pitch(speech, sr=SR, hop_length=HOP)
        nearest = even[np.minimum(np.round(np.arange(len(odd)) * 161 / HOP).astype(int), 240)]
        assert (np.abs(odd - nearest) <= 0.1 * nearest).mean() > 0.96


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
class TestNoVoice:
    @pytest.mark.parametrize(
        "x",
        [
            np.zeros(SR),
            np.full(1001, 0.1),  # whose mean is not exactly 0.1
            np.full(SR, -1e-30),
            np.array([0.7]),
            np.array([0.7, -0.7]),
            np.r_[np.zeros(SR // 2), 1.0, np.zeros(SR // 2)],
            np.linspace(-1, 1, SR),
            np.where(np.arange(SR) < SR // 2, 0.25, -0.5),
        ],
        ids=["silence", "constant", "soft constant", "sample", "two", "click", "ramp", "step"],
    )
    def test_is_found(self, x, dtype):
        f0, strength = track_pitch(x.astype(dtype), sr=SR, hop_length=HOP)
        assert f0.shape == strength.shape == (1 + len(x) // HOP,)
        assert f0.dtype == strength.dtype == dtype
        assert not f0.any()
        assert ((strength >= 0) & (strength < 1)).all()
        assert not strength.any() or np.ptp(x) > 0

    def test_in_the_rounding_of_silence(self, dtype):
        time = np.arange(SR) / SR
        x = 0.3 + np.where(time < 0.5, 0.1 * np.sin(2 * np.pi * 150 * time), 0)
        _, strength = track_pitch(x.astype(dtype), sr=SR, hop_length=HOP)
        assert strength[60:].max() < 1e-3

    @pytest.mark.parametrize("sr", [8000, 16000, 48000])
    def test_in_white_noise(self, rng, dtype, sr):
        x = rng.standard_normal(4 * sr).astype(dtype)
        f0, _ = track_pitch(x, sr=sr, hop_length=sr // 100)
        assert (f0 > 0).mean() < 0.02

    @pytest.mark.parametrize("amplitude", [1.0, 1e-12, 1e-30, 1e-40])
    def test_a_square_wave_is_one_at_any_level(self, dtype, amplitude):
        square = np.where(np.arange(SR) % 80 < 40, 1.0, -1.0) * amplitude
        f0, strength = track_pitch(square.astype(dtype), sr=SR, hop_length=HOP)
        np.testing.assert_allclose(f0[5:-5], 200, rtol=2e-3)
        assert ((strength > 0) & (strength < 1)).all()


class TestFrames:
    @pytest.mark.parametrize("n_times", [1, 159, 160, 161, 799, 800, 16000])
    @pytest.mark.parametrize("hop_length", [1, 2, 97, 160, 512])
    def test_as_many_as_those_of_other_features(self, rng, n_times, hop_length):
        x = rng.standard_normal(n_times)[:1600]
        for result in track_pitch(x, sr=SR, hop_length=hop_length):
            assert result.shape == (1 + len(x) // hop_length,)

    @pytest.mark.parametrize("n_times", [1, 799, 800, 959, 960, 8000])
    def test_without_padding(self, rng, n_times):
        x = rng.standard_normal(n_times)
        for result in track_pitch(x, sr=SR, hop_length=HOP, center=False):
            assert result.shape == (1 + max(0, n_times - 800) // HOP,)  # three periods of 60 Hz

    def test_are_centred(self):
        # A voice with an octave jump: at its very instant, F0 changes.
        f0 = np.where(np.arange(SR) < 50 * HOP, 150.0, 300.0)
        phase = 2 * np.pi * np.cumsum(f0) / SR
        x = sum(np.cos(k * phase) for k in range(1, 8))
        track, _ = track_pitch(x, sr=SR, hop_length=HOP)
        assert abs(np.flatnonzero(track > 220)[0] - 50) <= 1
        begin, _ = track_pitch(x, sr=SR, hop_length=HOP, center=False)
        assert abs(np.flatnonzero(begin > 220)[0] - 50 + 400 / HOP) <= 1.5


class TestPath:
    @pytest.mark.parametrize("seed", range(10))
    def test_is_the_best_of_all(self, seed):
        rng = np.random.default_rng(seed)
        n_frames, n_candidates = 5, 2
        unvoiced, frequency = rng.random(n_frames), rng.uniform(60, 600, (n_frames, n_candidates))
        merit = rng.random((n_frames, n_candidates))
        merit[2, 1] = -np.inf
        # Costs are per 10 ms: at a hop of 5 ms they are twice as high.
        plan = pitch_plan(sr=SR, hop_length=HOP // 2, fmin=60.0, fmax=600.0)

        def total(path):
            amount = 0.0
            for t, now in enumerate(path):
                amount += merit[t, now - 1] if now else unvoiced[t]
                before = path[t - 1] if t else now
                if t and now and before:
                    jump = np.log2(frequency[t, now - 1] / frequency[t - 1, before - 1])
                    amount -= 2 * 0.5 * abs(jump)
                elif t and (now or before):
                    amount -= 2 * 0.14
            return amount

        best = max(itertools.product(range(n_candidates + 1), repeat=n_frames), key=total)
        path = _best_path(unvoiced, merit, frequency, plan, np)
        assert tuple(path) == best


class TestRefusals:
    @pytest.mark.parametrize(
        ("fmin", "fmax", "sr"),
        [(0, 600, SR), (0.1, 600, SR), (300, 200, SR), (60, 2000, SR), (60, 600, 2000)],
    )
    def test_no_range(self, fmin, fmax, sr):
        match = rf"fmin={fmin} and fmax={fmax} are no range of pitch for sr={sr}.*fmax <= "
        with pytest.raises(ValueError, match=match):
            track_pitch(np.zeros(100), sr=sr, hop_length=HOP, fmin=fmin, fmax=fmax)


def test_agrees_with_praat():
    parselmouth = pytest.importorskip("parselmouth")
    emotions = ["neutral", "angry", "fearful", "sad", "surprised", "calm"]
    errors, agrees = [], []
    for x in make_corpus(n_speakers=4, n_per_speaker=6, emotions=emotions).X:
        f0, _ = track_pitch(x, sr=SR, hop_length=HOP)
        sound = parselmouth.Sound(x.astype(np.float64), SR)
        praat = sound.to_pitch_ac(time_step=0.01, pitch_floor=60.0, pitch_ceiling=600.0)
        theirs = praat.selected_array["frequency"]
        # Praat's frames lie between ours.
        position = praat.xs() * SR / HOP
        ours = f0[np.round(position).astype(int)]
        both = (ours > 0) & (theirs > 0)
        before = np.minimum(position.astype(int), len(f0) - 2)
        between = both & (f0[before] > 0) & (f0[before + 1] > 0)
        share = position[between] - before[between]
        octaves = np.log2(theirs[between]) - (
            (1 - share) * np.log2(f0[before[between]]) + share * np.log2(f0[before[between] + 1])
        )
        errors.append(12 * np.abs(octaves))
        agrees.append((ours > 0) == (theirs > 0))
    error = np.concatenate(errors)
    assert np.median(error) < 0.05
    assert (error > 1).mean() < 0.02
    assert np.concatenate(agrees).mean() > 0.92
