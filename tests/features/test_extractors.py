"""What holds for every extractor: rows, containers, types, odd clips, refusals."""

from __future__ import annotations

import pickle
import re
import tracemalloc
import warnings

import numpy as np
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

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
    kernels,
)
from sertools.features._base import Extractor
from sertools.preprocessing import Clips

EXTRACTORS = [
    ZCRExtractor(),
    RMSExtractor(kind="db", deltas=2),
    MelExtractor(n_mels=20),
    MFCCExtractor(n_mfcc=13, deltas=1, stats=("median", "iqr", "slope", "p90")),
    ChromaExtractor(),
    SpectralExtractor(),
    PitchExtractor(deltas=1, stats=("mean", "std", "p20", "slope")),
    VoiceExtractor(deltas=1),
    AcousticExtractor(),
    AcousticExtractor("gemaps"),
    AcousticExtractor("speech"),
    AcousticExtractor(["zcr", ("wide", MFCCExtractor(n_fft=2048)), "mfcc"], deltas=1),
]
FAMILIES = [extractor for extractor in EXTRACTORS if isinstance(extractor, Extractor)]


def ids(extractor):
    return re.sub(r"\s+", " ", str(extractor))


every_extractor = pytest.mark.parametrize("extractor", EXTRACTORS, ids=ids)
every_family = pytest.mark.parametrize("extractor", FAMILIES, ids=ids)


def as_frames(extractor):
    """The same extractor, giving frames."""
    return clone(extractor).set_params(stats=None)


def speechlike(rng, n_times):
    """A buzz with a moving pitch, some noise and a pause."""
    t = np.arange(n_times) / 16000
    phase = 2 * np.pi * np.cumsum(150 + 60 * np.sin(2 * np.pi * 2 * t)) / 16000
    buzz = sum(np.sin(k * phase) / k for k in range(1, 20))
    loudness = np.clip(np.sin(2 * np.pi * 1.3 * t + rng.uniform(0, 6)), 0, None)
    return (0.2 * loudness * buzz + 1e-3 * rng.standard_normal(n_times)).astype(np.float32)


@pytest.fixture
def clips(rng):
    return [speechlike(rng, n) for n in (8000, 12345, 3000, 16000)]


@pytest.fixture
def block(rng):
    return np.stack([speechlike(rng, 8000) for _ in range(5)])


@every_extractor
class TestRows:
    def test_a_row_depends_on_its_clip_only(self, extractor, clips):
        table = extractor.fit_transform(clips)
        for i, clip in enumerate(clips):
            assert_array_equal(extractor.transform([clip])[0], table[i])
        assert_array_equal(extractor.transform(clips[::-1]), table[::-1])

    def test_a_list_is_an_array_bit_for_bit(self, extractor, block):
        table = extractor.fit_transform(block)
        assert_array_equal(clone(extractor).fit_transform(list(block)), table)

    def test_threads_change_nothing(self, extractor, clips):
        many = clips * 6
        table = extractor.fit_transform(many)
        assert_array_equal(clone(extractor).set_params(n_jobs=2).fit_transform(many), table)

    def test_any_memory_layout(self, extractor, block, tmp_path):
        table = extractor.fit_transform(block)
        assert_array_equal(extractor.transform(np.asfortranarray(block)), table)
        assert_array_equal(extractor.transform(block[::-1])[::-1], table)
        np.save(tmp_path / "block.npy", block)
        mapped = np.load(tmp_path / "block.npy", mmap_mode="r")
        assert_array_equal(extractor.transform(mapped), table)
        before = block.copy()
        block.setflags(write=False)
        extractor.transform(block)
        assert_array_equal(block, before)

    def test_doubles_stay_doubles_and_agree(self, extractor, clips):
        single = extractor.fit_transform(clips)
        double = extractor.fit_transform([clip.astype(np.float64) for clip in clips])
        assert (single.dtype, double.dtype) == (np.float32, np.float64)
        scale = np.abs(double).max(axis=0) + 1e-3
        assert (np.abs(single - double) / scale).max() < 5e-4

    def test_integer_pcm_is_scaled(self, extractor, clips):
        pcm = [np.round(clip * 2**14).astype(np.int16) for clip in clips]
        table = extractor.fit_transform(pcm)
        assert_array_equal(
            table, extractor.transform([(x / np.float32(2**15)).astype(np.float32) for x in pcm])
        )
        wide = extractor.transform([x.astype(np.int32) * 2**16 for x in pcm])
        assert_array_equal(wide, table)

    def test_names_and_data_frames(self, extractor, clips):
        table = extractor.fit_transform(clips)
        names = extractor.get_feature_names_out()
        assert len(names) == len(set(names)) == table.shape[1] == extractor.n_features_out_
        framed = clone(extractor).set_output(transform="pandas").fit_transform(clips)
        assert list(framed.columns) == list(names)

    def test_pickles(self, extractor, clips):
        table = extractor.fit_transform(clips)
        copy = pickle.loads(pickle.dumps(extractor))
        assert_array_equal(copy.transform(clips), table)

    def test_without_kernels_the_numbers_are_the_same(self, extractor, clips, monkeypatch):
        table = extractor.fit_transform(clips)
        monkeypatch.setattr(kernels, "_twin", lambda reference, xp: None)
        plain = extractor.fit_transform(clips)
        scale = np.abs(plain).max(axis=0)
        assert (np.abs(table - plain) <= 1e-3 * scale + 1e-5).mean() > 0.995

    def test_in_a_pipeline(self, extractor, clips):
        table = make_pipeline(clone(extractor), StandardScaler()).fit_transform(clips)
        assert np.isfinite(table).all()

    @pytest.mark.parametrize(
        "clip",
        [
            np.zeros(4000),
            np.ones(4000),
            np.full(4000, 0.1),
            np.zeros(1),
            np.ones(1),
            np.ones(2),
            np.full(4000, 1e-12),
            1e-12 * np.sin(np.arange(4000)),
            1e-30 * np.sin(np.arange(4000)),
            np.sin(np.arange(159)),
            np.where(np.arange(4000) // 40 % 2, 1.0, -1.0),
            1e10 * np.sin(np.arange(4000)),
            np.r_[np.zeros(3999), 1.0],
        ],
        ids=lambda clip: f"{clip[0]:g}-{len(clip)}-{clip.std():.1e}",
    )
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_odd_clips_are_finite_without_a_warning(self, extractor, clip, dtype):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert np.isfinite(extractor.fit_transform([clip.astype(dtype)])).all()


@every_family
class TestFrames:
    def test_as_many_frames_as_hops(self, extractor, clips):
        frames = as_frames(extractor).fit_transform(clips)
        n_channels = len(extractor._channel_names()) * (1 + extractor.deltas)
        for clip, channels in zip(clips, frames, strict=True):
            assert channels.shape == (n_channels, 1 + len(clip) // 160)
            assert channels.flags.c_contiguous

    def test_an_array_gives_an_array(self, extractor, block):
        frames = as_frames(extractor)
        stacked = frames.fit_transform(block)
        assert stacked.ndim == 3
        for clip, channels in zip(block, stacked, strict=True):
            assert_array_equal(frames.transform([clip])[0], channels)

    @pytest.mark.parametrize("n_times", [1, 7, 500, 8000])
    def test_without_centring_too(self, extractor, rng, n_times):
        frames = as_frames(extractor).set_params(center=False)
        (channels,) = frames.fit_transform([speechlike(rng, n_times)])
        assert channels.shape[1] >= 1
        assert np.isfinite(channels).all()

    def test_frames_are_no_table(self, extractor, clips):
        frames = as_frames(extractor).fit(clips)
        assert not hasattr(frames, "get_feature_names_out")
        with pytest.raises(ValueError, match="stats=None gives frames.*Ask for statistics"):
            frames.set_output(transform="pandas")
        assert frames.set_output(transform="default") is frames
        with sklearn.config_context(transform_output="pandas"):
            assert isinstance(frames.transform(clips), list)

    def test_the_mean_is_over_the_frames_of_the_clip(self, extractor, clips):
        voiceless = [n for n in extractor._channel_names() if n not in extractor._voiced_channels]
        assert voiceless
        frames = as_frames(extractor).fit_transform(clips)
        table = clone(extractor).set_params(stats=("mean",)).set_output(transform="pandas")
        table = table.fit_transform(clips)
        for name in voiceless:
            row = extractor._channel_names().index(name)
            means = [channels[row].mean(dtype=np.float64) for channels in frames]
            np.testing.assert_allclose(table[f"{name}_mean"], means, rtol=1e-5, atol=1e-6)


@every_extractor
@pytest.mark.parametrize("kind", ["floats", "pcm", "columns"])
def test_memory_is_that_of_one_clip_at_a_time(extractor, rng, kind):
    block = 0.1 * rng.standard_normal((64, 16000)).astype(np.float32)
    if kind == "pcm":
        block = (block * 2**15).astype(np.int16)
    elif kind == "columns":
        block = np.asfortranarray(block)
    extractor.fit_transform(block)  # banks and windows
    tracemalloc.start()
    table = extractor.transform(block)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    one_clip = 24 * 16000 * 8  # spectra overlap, some are in double precision
    assert peak < table.nbytes + one_clip


@settings(max_examples=25)
@given(
    lengths=st.lists(st.integers(1, 3000), min_size=1, max_size=5),
    seed=st.integers(0, 1000),
    keep=st.integers(0, 4),
)
@pytest.mark.parametrize("extractor", EXTRACTORS, ids=ids)
def test_rows_are_independent(extractor, lengths, seed, keep):
    rng = np.random.default_rng(seed)
    clips = [speechlike(rng, n) for n in lengths]
    i = keep % len(clips)
    row = extractor.fit_transform(clips)[i]
    assert_array_equal(extractor.transform([clips[i]])[0], row)


@every_extractor
class TestRefusals:
    def test_nan(self, extractor, clips):
        clips[2][17] = np.nan
        with pytest.raises(ValueError, match="Clip 2 of X .* NaN in clip 2 at sample 17"):
            extractor.fit_transform(clips)

    def test_another_rate(self, extractor, clips):
        with pytest.raises(ValueError, match="44100 Hz.*sr=44100"):
            extractor.fit_transform(Clips(clips, sr=44100))

    def test_three_dimensions(self, extractor):
        with pytest.raises(ValueError, match="average them"):
            extractor.fit(np.zeros((2, 3, 4)))

    def test_mixed_types(self, extractor):
        with pytest.raises(ValueError, match="several types"):
            extractor.fit([np.zeros(9), np.zeros(9, dtype=np.float32)])

    def test_another_width(self, extractor, block):
        extractor.fit(block)
        with pytest.raises(ValueError, match="pass list"):
            extractor.transform(block[:, :-1])

    @pytest.mark.parametrize("hop_length", [0, -160, 1.5])
    def test_no_hop(self, extractor, clips, hop_length):
        with pytest.raises(ValueError, match="hop_length"):
            clone(extractor).set_params(hop_length=hop_length).fit(clips)

    def test_an_unknown_statistic(self, extractor, clips):
        broken = clone(extractor).set_params(stats=["mean", "meadian"])
        if extractor.get_params(deep=False).get("features") in ("compact", "gemaps", "speech"):
            with pytest.raises(ValueError, match="never change"):
                broken.fit(clips)
        else:
            with pytest.raises(ValueError, match="median"):
                broken.fit(clips)

    def test_parameters_set_after_fit_are_checked(self, extractor, clips):
        fitted = clone(extractor).fit(clips)
        with pytest.raises(ValueError, match="'sr' parameter"):
            fitted.set_params(sr=-1).transform(clips)


@pytest.mark.parametrize(
    ("extractor", "message"),
    [
        (ZCRExtractor(frame_length=401), "even int"),
        (RMSExtractor(frame_length=0), "even int"),
        (MelExtractor(n_fft=513), "even int"),
        (MelExtractor(n_fft=-2), "even int"),
        (MelExtractor(win_length=600), "win_length=600 is longer than n_fft=512"),
        (MelExtractor(window="hat"), "window='hat' is not known"),
        (MelExtractor(window=("kaiser",)), "is not known"),
        (MelExtractor(fmin=4000, fmax=4000.0), "fmin=4000 Hz is not below fmax=4000"),
        (MelExtractor(fmin=9000), "fmin=9000 Hz is not below fmax=8000"),
        (MFCCExtractor(fmax=8001.0), "fmax=8001.0 Hz is above half of sr=16000"),
        (MFCCExtractor(n_mfcc=65), "n_mfcc=65 is more than n_mels=64"),
        (MFCCExtractor(dct_type=4), "dct_type"),
        (MFCCExtractor(top_db=-1), "top_db"),
        (MFCCExtractor(deltas=3), "deltas"),
        (MFCCExtractor(stats=[]), "stat"),
        (MFCCExtractor(stats=["mean", "mean"]), "mean"),
        (MFCCExtractor(device="gpu"), "device='gpu' is unknown"),
        (ChromaExtractor(n_fft=2047), "even int"),
        (SpectralExtractor(["centroids"]), "Did you mean 'centroid'"),
        (SpectralExtractor(["flux", "flux"]), "name each once"),
        (SpectralExtractor([]), "descriptors is empty"),
        (SpectralExtractor(n_fft=64), "take a larger n_fft, or leave the contrast out"),
        (AcousticExtractor("compct"), "Did you mean 'compact'"),
        (AcousticExtractor("compact", hop_length=100), "leave hop_length out"),
        (AcousticExtractor("compact-v1", deltas=1, stats=["mean"]), "leave deltas, stats out"),
        (AcousticExtractor(sr=8000), "is defined at 16000 Hz"),
        (AcousticExtractor([]), "features is empty"),
        (AcousticExtractor(["mfc"]), "Did you mean 'mfcc'"),
        (AcousticExtractor(["mfcc", MFCCExtractor()]), "Several extractors are called 'mfcc'"),
        (AcousticExtractor([MFCCExtractor(sr=8000)]), "works at 8000 Hz"),
        (AcousticExtractor([MFCCExtractor(n_mels=10)]), "n_mfcc=20 is more than n_mels=10"),
        (AcousticExtractor([MFCCExtractor(n_mels=-1)]), "'n_mels' parameter"),
        (AcousticExtractor(["zcr", MFCCExtractor(stats=None)]), "statistics and some frames"),
        (AcousticExtractor("mfcc"), r"for one family pass a list, features=\['mfcc'\]"),
        (AcousticExtractor(["compact", "pitch"]), "A named set stands alone"),
        (AcousticExtractor([("a__b", MFCCExtractor())]), "cannot be called 'a__b'"),
        (AcousticExtractor([("sr", MFCCExtractor())]), "cannot be called 'sr'"),
        (AcousticExtractor([MFCCExtractor(device="cpu")]), "device or n_jobs of its own"),
        (MelExtractor(window=()), "is not known"),
        (MFCCExtractor(n_mels=1, n_mfcc=1, dct_type=1), "needs two bands"),
        (ZCRExtractor(stats=["average"]), "did you mean 'mean'"),
        (ZCRExtractor(stats=["p5"]), "did you mean 'p05'"),
        (ZCRExtractor(stats="mean"), "'stats' parameter"),
    ],
    ids=lambda value: ids(value) if isinstance(value, sklearn.base.BaseEstimator) else "",
)
def test_parameters_that_make_no_sense(extractor, message, clips):
    with pytest.raises(ValueError, match=message):
        extractor.fit(clips)


def test_bands_that_stay_empty_are_told_in_fit(clips):
    for extractor in (MelExtractor(n_mels=256), AcousticExtractor([MelExtractor(n_mels=256)])):
        with pytest.warns(UserWarning, match="n_mels=256 bands .* stay empty: lower n_mels"):
            extractor.fit(clips)
        extractor.transform(clips)  # once is enough


def test_what_is_no_extractor(clips):
    with pytest.raises(TypeError, match="StandardScaler"):
        AcousticExtractor([StandardScaler()]).fit(clips)


def test_every_extractor_is_tested():
    public = {getattr(sertools, name) for name in sertools.__all__ if name.endswith("Extractor")}
    assert public == {type(extractor) for extractor in EXTRACTORS}


@every_extractor
def test_threads_of_blas_change_nothing(extractor, clips):
    with threadpool_limits(1):
        alone = extractor.fit_transform(clips)
    with threadpool_limits(2):
        assert_array_equal(extractor.transform(clips), alone)
