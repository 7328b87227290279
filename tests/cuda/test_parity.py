"""The numbers of the CPU from the GPU's own code."""

from __future__ import annotations

import numpy as np
import pytest
from fake_cupy import installed
from sklearn.base import clone

import sertools
from sertools import (
    AcousticExtractor,
    ChromaExtractor,
    MelExtractor,
    MFCCExtractor,
    PitchExtractor,
    RMSExtractor,
    SpectralExtractor,
    VoiceExtractor,
    ZCRExtractor,
)

KERNELS = [
    ZCRExtractor(),
    ZCRExtractor(frame_length=2048, hop_length=512, center=False, stats=None),
    RMSExtractor(kind="db", deltas=2),
    RMSExtractor(frame_length=400, hop_length=441, kind="energy", stats=None),
    MelExtractor(n_mels=40),
    MelExtractor(n_fft=1024, log=False, power=1.0, n_mels=128, stats=None, center=False),
    MelExtractor(n_fft=256, win_length=200, top_db=None, window="hamming", deltas=1, n_mels=20),
    MFCCExtractor(),
    MFCCExtractor(n_fft=2048, hop_length=512, n_mels=128, n_mfcc=40, stats=None),
    MFCCExtractor(n_fft=4096, n_mfcc=13, lifter=22, dct_type=3, top_db=None, deltas=2),
    MFCCExtractor(stats=("median", "slope", "std")),
    AcousticExtractor(),
    AcousticExtractor([of(stats=None) for of in (ZCRExtractor, RMSExtractor, MFCCExtractor)]),
]
ARRAY_CODE = [
    MFCCExtractor(n_fft=600, n_mels=40),
    MelExtractor(pad_mode="reflect"),
    ZCRExtractor(frame_length=16384),
    ChromaExtractor(),
    SpectralExtractor(),
    PitchExtractor(deltas=1),
    VoiceExtractor(),
    AcousticExtractor("gemaps"),
    AcousticExtractor("speech"),
]


@pytest.fixture
def clips(rng):
    """Clips of odd lengths, one of them silent, with a tone that moves."""
    clips = []
    for n_times in (9000, 16001, 1600, 8192):
        times = np.arange(n_times) / 16000
        tone = np.sin(2 * np.pi * (150 + 40 * times) * times) + 0.3 * np.sin(2700 * times)
        clips.append((0.3 * tone + 0.05 * rng.standard_normal(n_times)).astype(np.float32))
    return [*clips, np.zeros(4000, dtype=np.float32)]


def assert_close(there, here, tolerance=1e-4):
    """Equal within the tolerance that is stated for each column of a table, and each clip."""
    assert type(there) is type(here)
    # Of frames those of a clip, all of one feature here, have one scale.
    pairs = list(zip(there, here, strict=True)) if isinstance(here, list) else [(there.T, here.T)]
    for ours, theirs in pairs:
        assert ours.shape == theirs.shape
        assert ours.dtype == np.float32 or theirs.dtype == np.float64
        largest = np.abs(theirs).max(axis=None if isinstance(here, list) else 1, keepdims=True)
        assert (np.abs(ours - theirs) <= tolerance * largest).all()


@pytest.mark.parametrize("extractor", [*KERNELS, *ARRAY_CODE], ids=str)
def test_lists(extractor, clips, on_gpu):
    here = clone(extractor).fit_transform(clips)
    with on_gpu():
        there = clone(extractor).set_params(device="cuda").fit_transform(clips)
    assert_close(there, here)


@pytest.mark.filterwarnings("ignore:24 of the n_mels=256 bands:UserWarning")
def test_empty_bands_have_no_spread(clips, on_gpu):
    here = MelExtractor(n_mels=256).fit_transform(clips)
    with on_gpu():
        there = MelExtractor(n_mels=256, device="cuda").fit_transform(clips)
    # Not even that of rounding, which a scaler would blow up.
    assert np.count_nonzero((here == 0).all(axis=0)) == 24
    assert_close(there, here)


@pytest.mark.parametrize("extractor", KERNELS, ids=str)
def test_odd_lengths_against_double_precision(extractor, rng, on_gpu):
    clips = [0.3 * rng.standard_normal(n) for n in (1, 2, 3, 159, 160, 161, 511, 513, 2047, 4097)]
    clips += [np.full(700, 0.1), 1e-15 * clips[-1], np.r_[np.zeros(900), 1.0]]
    here = clone(extractor).fit_transform(clips)
    with on_gpu():
        moved = clone(extractor).set_params(device="cuda")
        there = moved.fit_transform([clip.astype(np.float32) for clip in clips])
    assert_close(there, here)


@pytest.mark.parametrize("extractor", [KERNELS[0], KERNELS[7], KERNELS[-1]], ids=str)
@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float64])
def test_sample_types(extractor, clips, dtype, on_gpu):
    scale = 2.0 ** (8 * np.dtype(dtype).itemsize - 1) if np.dtype(dtype).kind == "i" else 1.0
    clips = [(0.4 * scale * clip).astype(dtype) for clip in clips]
    here = clone(extractor).fit_transform(clips)
    with on_gpu():
        there = clone(extractor).set_params(device="cuda").fit_transform(clips)
    assert_close(there, here)


@pytest.mark.parametrize("extractor", [KERNELS[0], KERNELS[8], KERNELS[-1]], ids=str)
def test_small_chunks_change_nothing(extractor, clips, on_gpu):
    with on_gpu():
        moved = clone(extractor).set_params(device="cuda")
        whole = moved.fit_transform(clips)
        sertools.set_gpu_budget(112 * 10000)
        try:
            parts = moved.fit_transform(clips)
        finally:
            sertools.set_gpu_budget(None)
    for ours, theirs in zip(parts, whole, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_bytes_in_any_order(clips, on_gpu):
    pcm = [(20000 * clip).astype(np.int16) for clip in clips]
    here = RMSExtractor().fit_transform(pcm)
    mixed = [pcm[0].astype(">i2"), *pcm[1:]]
    with on_gpu():
        for some in (mixed, mixed[::-1]):
            there = RMSExtractor(device="cuda").fit_transform(some)
            assert_close(there if some is mixed else there[::-1], here)


def test_parameters_from_numpy(clips, on_gpu):
    here = AcousticExtractor(["zcr", "mfcc"], hop_length=200).fit_transform(clips)
    with on_gpu():
        extractor = AcousticExtractor(["zcr", "mfcc"], hop_length=np.int64(200), device="cuda")
        assert_close(extractor.fit_transform(clips), here)


def test_what_is_on_the_gpu_stays_there(clips, on_gpu):
    with on_gpu() as cupy:
        block = np.stack([clip[:1600] for clip in clips])
        there = MFCCExtractor().fit_transform(cupy.asarray(block))
        assert isinstance(there, cupy.ndarray)
        frames = MFCCExtractor(stats=None).fit_transform([cupy.asarray(clip) for clip in clips])
        assert all(isinstance(of_clip, cupy.ndarray) for of_clip in frames)
        frames = MFCCExtractor(stats=None).fit_transform(cupy.asarray(block))
        assert frames.shape == (5, 20, 11)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1e11])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_that_are_no_samples(clips, bad, dtype, on_gpu):
    clips = [clip.astype(dtype) for clip in clips]
    clips[2][77] = bad
    with on_gpu(), pytest.raises(ValueError, match="Clip 2 of X .* in clip 2 at sample 77"):
        ZCRExtractor(device="cuda").fit_transform(clips)


def test_too_little_memory_halves_the_chunks(clips):
    here = MFCCExtractor(stats=None).fit_transform(clips)
    with installed(memory=600_000):
        sertools.set_gpu_budget(2**30)
        try:
            there = MFCCExtractor(stats=None, device="cuda").fit_transform(clips)
        finally:
            sertools.set_gpu_budget(None)
    assert_close(there, here)


def test_chunks_of_one_clip_in_as_little_memory_as_one_needs(clips):
    clips = [np.resize(clips[0], 30_000) for _ in range(4)]
    here = ZCRExtractor().fit_transform(clips)
    with installed(memory=300_000):
        sertools.set_gpu_budget(1)
        try:
            there = ZCRExtractor(device="cuda").fit_transform(clips)
        finally:
            sertools.set_gpu_budget(None)
    assert_close(there, here)
