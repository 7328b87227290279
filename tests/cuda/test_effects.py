"""Effects do the same on a GPU: the same draws, the same noise, and samples but for rounding."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sertools import (
    AddNoise,
    AugmentedClassifier,
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
    ToDevice,
    ZCRExtractor,
)
from sertools.augmentation import PRESETS
from sertools.core.effects.noise import white_noise
from sertools.datasets import make_corpus
from sertools.preprocessing import Clips

HUM = np.sin(2 * np.pi * 50 * np.arange(3000) / 16000)
RESPONSE = np.array([1.0, 0.0, -0.5, 0.2])

EFFECTS = [
    AddNoise(10),
    AddNoise(10, color="pink"),
    AddNoise((0, 0.05), unit="peak", color="brown"),
    BackgroundNoise(10, [HUM.astype(np.float32), HUM[:700].astype(np.float32)]),
    Gain(),
    OneOf([Gain(), TimeShift()]),
    Reverb(0.2),
    Reverb([RESPONSE]),
    SomeOf((0, 2), [Gain(), TimeMask(), TimeShift()]),
    Speed(),
    TimeMask(0.3),
    TimeShift(),
    TimeShift((-0.5, 0.5), unit="fraction", roll=True),
]
VOCODERS = [
    PitchShift(3),
    PitchShift(0.05),
    TimeStretch(0.8),
    TimeStretch((1.1, 1.3), keep_length=True),
]


@pytest.fixture(scope="module")
def clips():
    """Speech, and clips of odd lengths, one of them silent."""
    rng = np.random.default_rng(0)
    odd = [rng.normal(0, 0.1, n).astype(np.float32) for n in (1, 2, 3, 767, 5001)]
    return [*make_corpus(n_speakers=2, n_per_speaker=2, emotions=["sad"]).X, *odd, 0 * odd[-1]]


def always(effect):
    """What perturbs every clip by one effect."""
    return Augmenter(effect, p=1, random_state=0)


def both(effect, clips, on_gpu):
    """Clips as they are perturbed here, and there."""
    augmenter = always(effect)
    here = augmenter.fit_transform(clips)
    with on_gpu() as cupy:
        there = augmenter.fit_transform([cupy.asarray(clip) for clip in clips])
        assert isinstance(there, Clips)
        assert all(isinstance(clip, cupy.ndarray) for clip in there)
        return here, [clip.get() for clip in there]


def error(there, here):
    """Root mean square of a difference, as a share of that of the clip."""
    assert (there.shape, there.dtype) == (here.shape, here.dtype)
    scale = np.sqrt(np.mean(np.square(here, dtype=float)))
    return np.sqrt(np.mean(np.square(there - here.astype(float)))) / max(scale, 1e-5)


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: type(effect).__name__)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_samples(effect, dtype, clips, on_gpu):
    typed = [clip.astype(dtype) for clip in clips]
    # Noise that falls with frequency comes from transforms of single precision.
    is_single = dtype == np.float32 or isinstance(effect, AddNoise)
    for here, there in zip(*both(effect, typed, on_gpu), strict=True):
        assert error(there, here) < (2e-6 if is_single else 1e-12)


@pytest.mark.parametrize("effect", VOCODERS, ids=str)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 0.05), (np.float64, 1e-9)])
def test_samples_of_the_vocoder(effect, dtype, tolerance, clips, on_gpu):
    """Where two bins are as loud but for rounding, another one leads those around it.

    A few samples may then differ by as much as they have, so the measure is the energy of the
    difference in a whole clip. In a clip of three samples, a click, all bins are as loud: there
    nothing is promised but the length.
    """
    typed = [clip.astype(dtype) for clip in clips]
    for x, here, there in zip(typed, *both(effect, typed, on_gpu), strict=True):
        assert np.isfinite(there).all()
        assert error(there, here) < (tolerance if len(x) > 3 else np.inf)


def test_samples_of_the_telephone(clips, on_gpu):
    """What is at the edge between two steps of mu-law may go to either: a step is 4 %."""
    for here, there in zip(*both(Telephone(), clips, on_gpu), strict=True):
        assert error(there, here) < 1e-2


@pytest.mark.parametrize("key", [0, 2**63 - 1])
@pytest.mark.parametrize("n_times", [1, 2, 767, 5000])
def test_white_noise_is_the_same_to_the_last_bit(key, n_times, on_gpu):
    with on_gpu() as cupy:
        there = white_noise(n_times, key=key, xp=cupy)
        assert isinstance(there, cupy.ndarray)
        np.testing.assert_array_equal(there.get(), white_noise(n_times, key=key))


@pytest.mark.parametrize("preset", PRESETS)
def test_draws(preset, clips, on_gpu):
    augmenter = Augmenter(preset, random_state=0).fit(clips)
    here = augmenter.plan(clips, copy=1)
    with on_gpu() as cupy:
        # Steps are equal that have the same numbers, to the last bit, for the same effects.
        assert augmenter.plan([cupy.asarray(clip) for clip in clips], copy=1) == here


@pytest.mark.parametrize("effects", [[Gain()], [Gain(), Speed()]], ids=["array", "list"])
def test_what_is_given_as_an_array(effects, clips, on_gpu):
    block = np.stack([clip[:3000] for clip in clips if len(clip) >= 3000])
    here = Augmenter(effects, random_state=0).fit_transform(block)
    with on_gpu() as cupy:
        there = Augmenter(effects, random_state=0).fit_transform(cupy.asarray(block))
        assert isinstance(there, Clips if isinstance(here, Clips) else cupy.ndarray)
        assert isinstance(there[0], cupy.ndarray)
        there = [clip.get() for clip in there]
    for ours, theirs in zip(there, here, strict=True):
        assert error(ours, theirs) < 2e-6


@pytest.mark.parametrize(
    "effect_of", [lambda sound: BackgroundNoise(5, [sound]), lambda sound: Reverb([sound])]
)
def test_sounds_may_be_there_as_well(effect_of, on_gpu):
    clips = [np.random.default_rng(0).normal(size=500)]
    (here,) = always(effect_of(HUM)).fit_transform(clips)
    with on_gpu() as cupy:
        effect = effect_of(cupy.asarray(HUM))
        for X in (clips, [cupy.asarray(clips[0])]):
            (there,) = always(effect).fit_transform(X)
            assert type(there) is type(X[0])
            assert error(cupy.asnumpy(there), here) < 1e-12


@pytest.mark.parametrize("container", [list, np.stack])
def test_a_classifier_of_clips_on_a_gpu(on_gpu, container):
    rng = np.random.default_rng(0)
    clips = container([rng.normal(0, 0.1, 2000).astype(np.float32) for _ in range(8)])
    y = np.arange(8) % 2
    inner = make_pipeline(ZCRExtractor(), ToDevice("cpu"), LogisticRegression())
    model = AugmentedClassifier(inner, Augmenter([AddNoise(10)], p=1, random_state=0), n_views=1)
    here = model.fit(clips, y).predict_proba(clips)
    with on_gpu():
        there = ToDevice("cuda").fit_transform(clips)
        model.fit(there, y)
        labels = model.predict(there)
        assert isinstance(labels, np.ndarray)
        np.testing.assert_allclose(model.predict_proba(there), here, atol=1e-5)
