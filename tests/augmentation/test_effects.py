"""What all effects share, what each promises of lengths and levels, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sertools import (
    AddNoise,
    Augmenter,
    BackgroundNoise,
    Gain,
    OneOf,
    PitchShift,
    Reverb,
    SomeOf,
    Speed,
    Telephone,
    TimeMask,
    TimeShift,
    TimeStretch,
    augmentation,
)
from sertools.augmentation import PRESETS, Effect
from sertools.datasets import make_corpus
from sertools.preprocessing import Clips

SR = 16000
DTYPES = [np.float32, np.float64]
NAN = float("nan")
HUM = np.sin(2 * np.pi * 50 * np.arange(1000) / SR)
RESPONSE = np.array([1.0, 0.0, -0.5, 0.2])

# Of hypothesis, for each of many effects.
FEWER = 20

# Each effect as it is used, and so that it does nothing, if it can.
EFFECTS = [
    (AddNoise(10), AddNoise(200)),
    (AddNoise(10, color="brown"), AddNoise(200, color="brown")),
    (AddNoise(0.05, unit="peak"), AddNoise(0, unit="peak")),
    (BackgroundNoise(10, [HUM]), BackgroundNoise(10, [0 * HUM])),
    (Gain(6), Gain(0)),
    (OneOf([Gain(6), PitchShift(3)]), OneOf([Gain(0), PitchShift(0)])),
    (PitchShift(3), PitchShift(0)),
    (PitchShift(-0.05), PitchShift((0, 0))),
    (Reverb(0.2), None),
    (Reverb([RESPONSE]), Reverb([RESPONSE[:1]])),
    (SomeOf(2, [Gain(6), TimeMask(0.2), PitchShift(-3)]), SomeOf(0, [Gain(6)])),
    (Speed(1.3), Speed(1)),
    (Telephone(), None),
    (TimeMask(0.3), TimeMask(0)),
    (TimeShift(2, unit="samples"), TimeShift(0)),
    (TimeShift(-0.3, unit="fraction", roll=True), TimeShift(0, roll=True)),
    (TimeStretch(0.8), TimeStretch(1)),
    (TimeStretch(1.25, keep_length=True), TimeStretch(1, keep_length=True)),
]
USED = [used for used, _ in EFFECTS]
IDLE = [idle for _, idle in EFFECTS if idle is not None]


@pytest.fixture(scope="module")
def speech():
    return make_corpus(n_speakers=2, n_per_speaker=6).X


def kind(effect):
    """What an effect is called in the report of a test."""
    return type(effect).__name__


def perturbed(effect, *clips, sr=SR):
    """Clips under an effect."""
    return Augmenter(effect, p=1, sr=sr, random_state=0).fit_transform(list(clips))


def noise(n_times, dtype=float, seed=0):
    """A clip that nobody may write to."""
    x = np.random.default_rng(seed).normal(0, 0.1, n_times).astype(dtype)
    x.flags.writeable = False
    return x


def tone(hertz, sr=SR):
    """One second of a sine."""
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(sr) / sr)


def decibels(x):
    """Level of a clip by its mean square."""
    return 10 * np.log10(np.mean(np.square(x, dtype=float)))


def test_every_effect_is_in_the_table():
    public = (getattr(augmentation, name) for name in augmentation.__all__)
    kinds = {one for one in public if isinstance(one, type) and issubclass(one, Effect)}
    assert {type(used) for used in USED} == kinds - {Effect}


@pytest.mark.parametrize("effect", USED, ids=kind)
class TestAllEffects:
    @settings(max_examples=FEWER)
    @given(n_times=st.integers(1, 3000), dtype=st.sampled_from(DTYPES), seed=st.integers(0, 9))
    def test_lengths(self, effect, n_times, dtype, seed):
        (heard,) = perturbed(effect, noise(n_times, dtype, seed))
        rate = 1 if effect.keeps_length else effect.rate
        assert heard.shape == (max(1, round(n_times / rate)),)
        assert heard.dtype == dtype

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_odd_clips(self, effect, dtype):
        loudest, softest = 1e10, 9 * np.finfo(dtype).smallest_subnormal
        clips = [
            (level * x / np.abs(x).max()).astype(dtype)
            for x in map(noise, (1, 2, 3, 50, 767, 768, 5000))
            for level in (0, softest, 0.5, loudest)
        ]
        for x, heard in zip(clips, perturbed(effect, *clips), strict=True):
            assert heard.dtype == dtype
            assert np.isfinite(heard).all()
            # Noise under silence is so soft that nobody hears it.
            assert x.any() or np.mean(np.square(heard)) < 1e-10

    def test_something_happens(self, effect):
        x = noise(5000)
        (heard,) = perturbed(effect, x)
        assert len(heard) != len(x) or np.abs(heard - x).max() > 0.01


@pytest.mark.parametrize("effect", IDLE, ids=kind)
@settings(max_examples=FEWER)
@given(n_times=st.integers(1, 3000), dtype=st.sampled_from(DTYPES))
def test_at_zero_strength_nothing_happens(effect, n_times, dtype):
    x = noise(n_times, dtype)
    (heard,) = perturbed(effect, x)
    assert heard.dtype == dtype
    np.testing.assert_allclose(heard, x, rtol=0, atol=1e-6)


class TestLevels:
    @pytest.mark.parametrize("change", [-120, -6, 0.5, 120])
    def test_gain(self, change):
        x = noise(100)
        (heard,) = perturbed(Gain(change), x)
        np.testing.assert_allclose(heard, x * 10 ** (change / 20))

    @pytest.mark.parametrize(
        "effect",
        [
            *[PitchShift(semitones) for semitones in (-4, -0.7, 0.03, 2, 12)],
            *[TimeStretch(rate) for rate in (0.5, 0.8, 1.1, 1.25)],
            *[Reverb(rt60) for rt60 in (0.1, 0.5)],
            Reverb([RESPONSE]),
        ],
        ids=str,
    )
    def test_of_speech_and_of_a_tone_stay(self, effect, speech):
        clips = [*speech, tone(440).astype(np.float32)]
        for x, heard in zip(clips, perturbed(effect, *clips), strict=True):
            assert decibels(heard) == pytest.approx(decibels(x), abs=0.01)

    @pytest.mark.parametrize("dtype", DTYPES)
    @pytest.mark.parametrize("level", [1e-7, 1e10])
    @pytest.mark.parametrize(
        "effect",
        [PitchShift(3), PitchShift(0.05), Reverb([RESPONSE]), Speed(1.3), TimeStretch(0.8)],
        ids=kind,
    )
    def test_of_soft_and_loud_clips_stay_too(self, effect, level, dtype):
        x = np.clip(noise(5000), -0.2, 0.2) / 0.2
        scaled, usual = (perturbed(effect, (by * x).astype(dtype))[0] for by in (level, 1))
        np.testing.assert_allclose(scaled / level, usual, rtol=0, atol=1e-4)

    @given(
        snr=st.floats(-20, 60),
        n_times=st.integers(50, 3000),
        dtype=st.sampled_from(DTYPES),
        effect_of=st.sampled_from(
            [
                AddNoise,
                lambda snr: AddNoise(snr, color="pink"),
                lambda snr: AddNoise(snr, color="brown"),
                lambda snr: BackgroundNoise(snr, [HUM]),
            ]
        ),
    )
    def test_of_noise_are_those_asked_for(self, snr, n_times, dtype, effect_of):
        x = noise(n_times, dtype)
        (heard,) = perturbed(effect_of(snr), x)
        added = heard.astype(float) - x
        # A constant offset is no sound.
        assert decibels(x - x.mean()) - decibels(added) == pytest.approx(snr, abs=0.1)

    @pytest.mark.parametrize("color", ["white", "pink", "brown"])
    def test_of_noise_by_the_peak(self, color):
        x = np.tile(tone(100) - 0.25, 8)
        (heard,) = perturbed(AddNoise(0.1, unit="peak", color=color), x)
        # A tenth: most of brown noise is near 20 Hz, and 8 seconds hold few waves of that.
        assert np.std(heard - x) == pytest.approx(0.1 * 0.25, rel=0.1)

    def test_a_clip_without_a_positive_sample_has_no_peak(self):
        x = -np.abs(noise(100))
        np.testing.assert_array_equal(perturbed(AddNoise(0.1, unit="peak"), x)[0], x)


@pytest.mark.parametrize(("hertz", "semitones"), [(5000, 12), (7000, 6), (7900, 1)])
def test_what_is_shifted_out_of_the_band_is_gone(hertz, semitones):
    x = tone(hertz)
    (heard,) = perturbed(PitchShift(semitones), x)
    assert decibels(heard) < decibels(x) - 20


class TestOwnEffects:
    X = np.ones(50, dtype=np.float32)

    @pytest.mark.parametrize(
        ("made", "error", "message"),
        [
            (None, TypeError, r"Own\(\) made a NoneType of no numbers of a ndarray of float32"),
            ([1.0] * 50, TypeError, "made a list"),
            (np.ones(50), TypeError, "made a ndarray of float64 of a ndarray of float32"),
            (X[:40], ValueError, r"made shape \(40,\) of a clip of 50 samples"),
            (X[None], ValueError, r"made shape \(1, 50\)"),
        ],
        ids=str,
    )
    def test_have_to_give_clips(self, made, error, message):
        class Own(Effect):
            def draw(self, rng):
                return {}

            def apply(self, x, sr):
                return made

        with pytest.raises(error, match=message):
            perturbed(Own(), self.X)

    def test_cannot_write_to_the_clip(self):
        class Careless(Effect):
            def draw(self, rng):
                return {"how": "by half"}

            def apply(self, x, sr, how):
                x *= 0.5
                return x

        augmenter = Augmenter(Careless(), p=1).fit([self.X])
        with pytest.raises(ValueError, match="read-only"):
            augmenter.augment([self.X])
        assert str(augmenter.plan([self.X])[0][0]) == "Careless(how=by half)"

    @pytest.mark.parametrize("method", ["draw", "apply"])
    def test_that_lack_a_method(self, method):
        lacking = type("Lacking", (Effect,), {} if method == "draw" else {"draw": lambda *_: {}})
        with pytest.raises(NotImplementedError, match=f"Lacking has no {method}"):
            perturbed(lacking(), self.X)


class TestPlaces:
    X = np.arange(1.0, 101.0)

    @pytest.mark.parametrize(
        "effect",
        [
            TimeShift(12, unit="samples", fade=0),
            TimeShift(0.12, unit="fraction", fade=0),
            TimeShift(12 / SR, fade=0),
        ],
        ids=str,
    )
    def test_of_a_shift(self, effect):
        (heard,) = perturbed(effect, self.X)
        np.testing.assert_array_equal(heard, np.r_[np.zeros(12), self.X[:-12]])

    @pytest.mark.parametrize("shift", [-250, -12, 12, 250])
    def test_of_a_roll(self, shift):
        effect = TimeShift(shift, unit="samples", roll=True, fade=0)
        (heard,) = perturbed(effect, self.X)
        np.testing.assert_array_equal(heard, np.roll(self.X, shift))

    def test_of_masks_are_all_over_the_clip(self, rng):
        clips = list(rng.uniform(1, 2, (300, 40)))
        starts = set()
        for heard in perturbed(TimeMask(0.25, fade=0), *clips):
            (silent,) = np.nonzero(heard == 0)
            np.testing.assert_array_equal(silent, np.arange(silent[0], silent[0] + 10))
            starts.add(int(silent[0]))
        assert starts == set(range(31))

    def test_fades_are_in_seconds(self):
        (heard,) = perturbed(TimeShift(0.01, fade=0.02), np.ones(SR // 2))
        assert np.count_nonzero((heard > 0) & (heard < 1)) == 0.02 * SR


@pytest.mark.parametrize("sr", [8000, 16000, 44100])
def test_a_telephone_passes_its_band_at_any_rate(sr):
    for hertz, least, most in [(1000, -0.5, 0.5), (100, -99, -20), (0.45 * sr, -99, -3)]:
        x = tone(hertz, sr)
        (heard,) = perturbed(Telephone(), x, sr=sr)
        assert least < decibels(heard) - decibels(x) < most


class TestRooms:
    def draws(self, n=300):
        """Sizes, mouths and microphones of rooms."""
        reverb, rng = Reverb(), np.random.default_rng(0)
        reverb.prepare(SR)
        for values in (reverb.draw(rng) for _ in range(n)):
            yield [
                np.array([values[f"{name}_{axis}"] for axis in "xyz"])
                for name in ("size", "mouth", "microphone")
            ]

    def test_speaker_and_microphone_are_in_the_room(self):
        for size, mouth, microphone in self.draws():
            assert (size >= [3, 3, 2.4]).all()
            assert (size <= [8, 6, 3.2]).all()
            for place in (mouth, microphone):
                assert (place >= 0.1).all()
                assert (place <= size - 0.1).all()

    def test_and_as_far_apart_as_the_documentation_says(self):
        distances = [np.linalg.norm(mouth - microphone) for _, mouth, microphone in self.draws()]
        assert min(distances) >= 0.5
        assert max(distances) <= 2

    @pytest.mark.parametrize("rt60", [0.2, 0.5])
    def test_a_click_decays_in_the_time_asked_for(self, rt60):
        click = np.zeros(SR)
        click[99] = 1
        (heard,) = perturbed(Reverb(rt60), click)
        left = np.cumsum(np.square(heard[::-1]))[::-1]
        fallen = 10 * np.log10(np.maximum(left / left[0], 1e-9))
        seconds = (np.argmax(fallen < -25) - np.argmax(fallen < -5)) / SR
        assert 3 * seconds == pytest.approx(rt60, rel=0.1)
        assert np.abs(heard[:99]).max() < 1e-9

    def test_a_recorded_response_counts_from_its_strongest_sample(self):
        x = noise(500)
        late = np.r_[0.0, 0.1, -2 * RESPONSE]
        np.testing.assert_allclose(
            perturbed(Reverb([late]), x)[0], -perturbed(Reverb([RESPONSE]), x)[0], atol=1e-12
        )


def test_the_recipe_of_student_projects(rng):
    """0.035 * U(0, 1) * max(x) * N(0, 1); a stretch by 0.8; a roll within 5000; 0.7 semitones."""
    clips = list(rng.normal(size=(200, 50)))
    augmenter = Augmenter("student", p=1, random_state=0).fit(clips)
    drawn = [{type(effect): values for effect, values in plan} for plan in augmenter.plan(clips)]
    assert list(drawn[0]) == [AddNoise, TimeStretch, TimeShift, PitchShift]
    levels = [values[AddNoise]["level"] for values in drawn]
    shifts = [values[TimeShift]["shift"] for values in drawn]
    assert 0 < min(levels) < 0.002
    assert 0.033 < max(levels) < 0.035
    assert -5000 < min(shifts) < -4700
    assert 4700 < max(shifts) < 5000
    assert {values[TimeStretch]["rate"] for values in drawn} == {0.8}
    assert {values[PitchShift]["semitones"] for values in drawn} == {0.7}
    added, _, rolled, _ = PRESETS["student"]
    assert (added.unit, added.color) == ("peak", "white")
    assert (rolled.unit, rolled.roll, rolled.fade) == ("samples", True, 0)


A_RANGE = "or a pair .low, high. of such, low not above high"


@pytest.mark.parametrize(
    ("effect", "message"),
    [
        (AddNoise(NAN), A_RANGE),
        (AddNoise((30, 10)), A_RANGE),
        (AddNoise(color="red"), "'color' parameter of AddNoise must be a str among"),
        (AddNoise(-1, unit="peak"), "not below 0. For decibels take unit=.snr."),
        (AddNoise((-0.1, 0.1), unit="peak"), "not below 0"),
        (BackgroundNoise((3, 1), [HUM]), A_RANGE),
        (BackgroundNoise(5, [np.array([1.0, NAN])]), "NaN in clip 0 at sample 1"),
        (BackgroundNoise(5, [HUM, np.zeros((2, 9))]), r"shape \(2, 9\), and a clip is 1-D"),
        (BackgroundNoise(5, [HUM, np.zeros(0)]), "is empty"),
        (Gain((3, -3)), A_RANGE),
        (Gain(((-3, 3), (0, 6))), A_RANGE),
        (BackgroundNoise(5, Clips([HUM], sr=8000)), "sounds are at 8000 Hz and the clips at 16000"),
        (Reverb(Clips([RESPONSE], sr=48000)), "sounds are at 48000 Hz and the clips at 16000"),
        (Reverb([RESPONSE, 0 * RESPONSE]), "responses 1 are silent"),
        (Gain(121), r"'decibels' parameter of Gain must be a float in the range \[-120.0, 120.0\]"),
        (PitchShift((0, float("inf"))), A_RANGE),
        (PitchShift("high"), A_RANGE),
        (Reverb(0), r"Reverb.room=0.: reverberation times are a float in the range \[0.1, 0.8\]"),
        (Reverb((0.6, 0.2)), A_RANGE),
        (Reverb(NAN), A_RANGE),
        (Speed(0), r"'rate' parameter of Speed must be a float in the range \[0.25, 4.0\]"),
        (Speed(-1), A_RANGE),
        (Speed((1, 2, 3)), A_RANGE),
        (Telephone(high=5000), "'high' parameter of Telephone must be"),
        (Telephone(low=(400, 200)), A_RANGE),
        (TimeMask(1.1), "'fraction' parameter of TimeMask must be"),
        (TimeMask(fade=-1), "'fade' parameter of TimeMask must be"),
        (TimeShift((NAN, 1)), A_RANGE),
        (TimeShift(unit="ms"), "'unit' parameter of TimeShift must be a str among"),
        (TimeShift(fade=NAN), "'fade' parameter of TimeShift must be"),
        (TimeStretch(0), r"'rate' parameter of TimeStretch must be .* Got 0 instead"),
        (TimeStretch((1.1, 0.9)), A_RANGE),
        (TimeStretch((NAN, 1)), A_RANGE),
        (TimeStretch(True), A_RANGE),
        (TimeStretch(keep_length=1), "'keep_length' parameter of TimeStretch must be"),
    ],
)
def test_numbers_that_make_no_sense(effect, message):
    for given_effect in (effect, OneOf([effect]), SomeOf(0, [effect])):
        with pytest.raises(ValueError, match=message):
            Augmenter(given_effect).fit([np.ones(9)])
