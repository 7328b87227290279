"""librosa's numbers, clip by clip, over a grid of parameters."""

from __future__ import annotations

import itertools

import librosa
import numpy as np
import pytest

from sertools import (
    ChromaExtractor,
    MelExtractor,
    MFCCExtractor,
    RMSExtractor,
    SpectralExtractor,
    ZCRExtractor,
)

SR = 16000
TOLERANCE = {np.dtype(np.float32): 1e-4, np.dtype(np.float64): 1e-6}

# Empty bands and short clips are part of the grid, and librosa says so.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.* bands are narrower than the bins:UserWarning"),
    pytest.mark.filterwarnings("ignore:Empty filters detected:UserWarning"),
    pytest.mark.filterwarnings("ignore:n_fft=.* is too large for input signal:UserWarning"),
]


@pytest.fixture(scope="module", params=[np.float32, np.float64], ids=["float32", "float64"])
def clips(request):
    """A buzz, noise with a gap, something soft, less than a frame, one sample, something loud."""
    rng = np.random.default_rng(7)
    t = np.arange(12000) / SR
    buzz = np.sign(np.sin(2 * np.pi * 170 * t)) * np.hanning(12000)
    broken = rng.standard_normal(5000)
    broken[1000:3500] = 0
    soft = 1e-4 * rng.standard_normal(3001)
    short = rng.standard_normal(100)
    samples = [0.3 * buzz, 0.1 * broken, soft, short, np.array([0.5]), 30 * broken[:700]]
    return [clip.astype(request.param) for clip in samples]


def assert_agree(ours, theirs):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert np.isfinite(ours).all()
    assert np.abs(ours - theirs).max() <= TOLERANCE[ours.dtype] * np.abs(theirs).max()


def at_least_a_frame(clip, n_fft, center):
    """librosa has no frame of a clip that is shorter than one without centre padding."""
    short = 0 if center else max(n_fft - len(clip), 0)
    return np.pad(clip, (0, short))


def librosa_mel(clip, options, power):
    """Mel energies by librosa in the precision of the clip."""
    options = dict(options)
    n_fft, center = options["n_fft"], options["center"]
    with np.errstate(all="ignore"):
        return librosa.feature.melspectrogram(
            y=at_least_a_frame(clip, n_fft, center), sr=SR, power=power, dtype=clip.dtype, **options
        )


GRID = [
    {"n_fft": n_fft, "win_length": win_length, "hop_length": hop_length, "center": center}
    for (n_fft, win_length), hop_length, center in itertools.product(
        [(512, None), (512, 400), (2048, None), (258, 100)], [160, 512], [True, False]
    )
]


@pytest.mark.parametrize("options", GRID, ids=str)
class TestFrames:
    @pytest.mark.parametrize("power", [1.0, 2.0])
    def test_mel(self, clips, options, power):
        for log in (True, False):
            extractor = MelExtractor(**options, power=power, log=log, stats=None)
            for clip, ours in zip(clips, extractor.fit_transform(clips), strict=True):
                theirs = librosa_mel(clip, {**options, "n_mels": 64}, power)
                assert_agree(ours, librosa.power_to_db(theirs, top_db=80.0) if log else theirs)

    @pytest.mark.parametrize("lifter", [0, 22])
    def test_mfcc(self, clips, options, lifter):
        extractor = MFCCExtractor(n_mfcc=40, lifter=lifter, **options, stats=None)
        for clip, ours in zip(clips, extractor.fit_transform(clips), strict=True):
            decibels = librosa.power_to_db(librosa_mel(clip, {**options, "n_mels": 64}, 2.0))
            assert_agree(ours, librosa.feature.mfcc(S=decibels, n_mfcc=40, lifter=lifter))


@pytest.mark.parametrize("n_mels", [13, 40, 128, 300])
@pytest.mark.parametrize(("fmin", "fmax"), [(0.0, None), (50.0, 7600.0), (3000.0, 8000.0)])
@pytest.mark.parametrize("htk", [True, False])
@pytest.mark.parametrize("norm", ["slaney", None])
def test_mel_scales(clips, n_mels, fmin, fmax, htk, norm):
    scale = {"n_mels": n_mels, "fmin": fmin, "fmax": fmax, "htk": htk, "norm": norm}
    options = {**scale, "n_fft": 512, "hop_length": 160, "center": True}
    wide = clips[1:4]  # what has no energy in the band is rounding, as librosa transforms doubles
    for clip, ours in zip(wide, MelExtractor(**scale, stats=None).fit_transform(wide), strict=True):
        assert_agree(ours, librosa.power_to_db(librosa_mel(clip, options, 2.0)))


@pytest.mark.parametrize("top_db", [None, 30.0])
def test_the_floor(clips, top_db):
    noise = clips[1]
    options = {"n_mels": 64, "n_fft": 512, "hop_length": 160, "center": True}
    (ours,) = MelExtractor(top_db=top_db, stats=None).fit_transform([noise])
    assert_agree(ours, librosa.power_to_db(librosa_mel(noise, options, 2.0), top_db=top_db))


@pytest.mark.parametrize("dct_type", [1, 2, 3])
def test_kinds_of_cosine_transforms(clips, dct_type):
    ours = MFCCExtractor(dct_type=dct_type, stats=None).fit_transform(clips[:1])[0]
    theirs = librosa.feature.mfcc(
        y=clips[0], sr=SR, n_fft=512, hop_length=160, n_mels=64, n_mfcc=20, dct_type=dct_type
    )
    assert_agree(ours, theirs)


@pytest.mark.parametrize("window", ["hamming", "blackman", ("kaiser", 8.0)])
@pytest.mark.parametrize("pad_mode", ["constant", "edge", "reflect"])
def test_windows_and_what_lies_beyond_the_ends(clips, window, pad_mode):
    ours = MelExtractor(window=window, pad_mode=pad_mode, stats=None).fit_transform(clips[:3])
    for clip, frames in zip(clips[:3], ours, strict=True):
        theirs = librosa.feature.melspectrogram(
            y=clip, sr=SR, n_fft=512, hop_length=160, n_mels=64, window=window, pad_mode=pad_mode
        )
        assert_agree(frames, librosa.power_to_db(theirs))


@pytest.mark.parametrize("frame_length", [400, 512, 2048])
@pytest.mark.parametrize("hop_length", [100, 160, 512])
@pytest.mark.parametrize("center", [True, False])
def test_of_the_waveform(clips, frame_length, hop_length, center):
    options = {"frame_length": frame_length, "hop_length": hop_length, "center": center}
    rates = ZCRExtractor(**options, stats=None).fit_transform(clips)
    levels = RMSExtractor(**options, stats=None).fit_transform(clips)
    for clip, rate, level in zip(clips, rates, levels, strict=True):
        y = at_least_a_frame(clip, frame_length, center)
        assert_agree(rate, librosa.feature.zero_crossing_rate(y, **options).astype(clip.dtype))
        assert_agree(level, librosa.feature.rms(y=y, **options, dtype=clip.dtype))


@pytest.mark.parametrize("order", [1, 2])
def test_deltas(clips, order):
    long = clips[:3]
    frames = MFCCExtractor(deltas=order, stats=None).fit_transform(long)
    for moving in frames:
        theirs = librosa.feature.delta(moving[:20].astype(np.float64), order=order)
        assert_agree(moving[-20:], theirs)


@pytest.mark.parametrize("n_chroma", [12, 24])
def test_chroma(clips, n_chroma):
    frames = ChromaExtractor(n_chroma=n_chroma, stats=None).fit_transform(clips)
    for clip, ours in zip(clips, frames, strict=True):
        theirs = librosa.feature.chroma_stft(
            S=np.abs(librosa.stft(clip, n_fft=2048, hop_length=160, pad_mode="constant")) ** 2,
            sr=SR, n_fft=2048, n_chroma=n_chroma, tuning=0.0,
        )  # fmt: skip
        assert_agree(ours, theirs)


@pytest.mark.parametrize("name", ["centroid", "bandwidth", "rolloff", "flatness"])
def test_descriptors(clips, name):
    frames = SpectralExtractor([name], n_fft=1024, hop_length=200, stats=None).fit_transform(clips)
    for clip, ours in zip(clips, frames, strict=True):
        S = np.abs(librosa.stft(clip, n_fft=1024, hop_length=200, pad_mode="constant"))
        options = {} if name == "flatness" else {"sr": SR}
        theirs = getattr(librosa.feature, f"spectral_{name}")(S=S, **options)
        if name == "rolloff":  # a rounding may move it by a bin in one frame of a hundred
            moved = ours != theirs.astype(ours.dtype)
            assert moved.mean() <= 0.01
            ours = np.where(moved, theirs, ours)
        assert_agree(ours, theirs)


def test_contrast(clips):
    frames = SpectralExtractor(["contrast"], stats=None).fit_transform(clips)
    for clip, ours in zip(clips, frames, strict=True):
        S = np.abs(librosa.stft(clip, n_fft=512, hop_length=160, pad_mode="constant"))
        assert_agree(ours, librosa.feature.spectral_contrast(S=S, sr=SR))
