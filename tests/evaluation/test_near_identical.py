"""Near-identical recordings: found under every disguise, and takes are none."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile as sf

from sertools import audio, make_corpus
from sertools.evaluation._near_identical import near_identical

SR = 16000


@pytest.fixture(scope="module")
def clips():
    """Two speakers, each with three takes of a text in two emotions."""
    corpus = make_corpus(n_speakers=2, n_per_speaker=20, emotions=["happy", "sad"])
    return corpus.select(text="s1").X


def noisy(x, snr=25):
    noise = np.random.default_rng(1).standard_normal(len(x))
    return x + noise * np.sqrt((x**2).mean() / 10 ** (snr / 10))


def coded(x, **options):
    file = io.BytesIO()
    sf.write(file, x, SR, compression_level=0.99, **options)
    return sf.read(io.BytesIO(file.getvalue()), dtype="float32")[0]


def trimmed(x):
    loud = np.flatnonzero(np.abs(x) > 0.02 * np.abs(x).max())
    return x[loud[0] : loud[-1]]


DISGUISES = {
    "softer": lambda x: 0.1 * x,
    "reversed polarity": lambda x: -x,
    "noise at 25 dB": noisy,
    "noise at 10 dB": lambda x: noisy(x, snr=10),
    "begins 50 ms later": lambda x: np.pad(x, (800, 0)),
    "begins 3 s later": lambda x: np.pad(x, (3 * SR, 0)),
    # A fraction of a sample at the rate that is compared at.
    "cut by 50 ms": lambda x: x[802:],
    "resampled": lambda x: audio.resample(audio.resample(x, SR, 22050), 22050, SR),
    "silence trimmed": trimmed,
    "the second two thirds": lambda x: trimmed(x)[len(trimmed(x)) // 3 :],
    "between other sound": lambda x: np.concatenate([noisy(0 * x + 0.01), x, x[::-1]]),
    "MP3 of 8 kbit/s": lambda x: coded(x, format="MP3", bitrate_mode="CONSTANT"),
    "Vorbis": lambda x: coded(x, format="OGG"),
    "hum of the mains": lambda x: x + 0.5 * np.abs(x).max() * np.sin(np.arange(len(x)) / 50),
    "clipped": lambda x: np.clip(x, -0.3 * np.abs(x).max(), 0.3 * np.abs(x).max()),
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_finds_the_same_recording(clips, disguise):
    for original in (0, len(clips) - 1):
        other = DISGUISES[disguise](clips[original])
        found = near_identical([*clips, other], SR, None, 0)
        assert found.tolist() == [[original, len(clips)]]


def test_takes_of_a_text_by_one_speaker_are_none(clips):
    assert near_identical(clips, SR, None, 0).shape == (0, 2)


# In the first case the end of one take agrees with the beginning of another, in the second two
# takes agree as far as any do.
@pytest.mark.parametrize(("n_speakers", "n_takes", "seed"), [(13, 9, 0), (1, 31, 2)])
def test_takes_of_a_voice_more_regular_than_people_are(n_speakers, n_takes, seed):
    corpus = make_corpus(n_speakers, n_takes, emotions=["happy"], random_state=seed)
    takes = corpus.select(speaker=f"synthetic:{n_speakers:02}").X
    assert not len(near_identical(takes, SR, None, 0))


def test_hum_in_common_is_no_sound_in_common(clips):
    humming = [DISGUISES["hum of the mains"](clip) for clip in clips]
    assert not len(near_identical(humming, SR, None, 0))


@pytest.mark.parametrize("rate", [SR, None])
def test_a_part_is_known_by_half_a_second(clips, rate):
    clip = trimmed(clips[0])
    loud = int(np.argmax(np.convolve(clip**2, np.ones(SR // 2), mode="valid")))
    for seconds, found in ((0.6, 1), (0.4, 0)):
        part = clip[loud : loud + int(seconds * SR)]
        assert len(near_identical([clip, part], rate, None, 0)) == found


def test_a_pause_that_ends_one_clip_and_begins_another_is_not_the_same_recording(clips, rng):
    pause = 0.005 * rng.standard_normal(SR)
    speech = [trimmed(clip)[: SR // 4] for clip in clips]
    cut = [np.append(speech[0], pause), np.append(pause, speech[-1])]
    assert not len(near_identical(cut, SR, None, 0))


def test_whispers_cut_between_two_samples(rng):
    # Half a sample at the rate that is compared at turns high frequencies by a quarter.
    whisper = rng.standard_normal(SR) * np.hanning(SR // 4).repeat(4)
    assert len(near_identical([whisper, whisper[802:]], SR, None, 0))


@pytest.mark.parametrize("nothing", [np.zeros(SR), np.zeros(1), np.ones(1), np.full(SR, 1e-40)])
def test_where_nothing_is_heard_nothing_is_alike(clips, nothing):
    silence = np.zeros(2 * SR)
    assert not len(near_identical([nothing, silence, clips[0], clips[-1]], SR, None, 0))


def test_files_at_several_rates_and_waveforms_agree(clips, tmp_path):
    paths = []
    for i, rate in enumerate((SR, 44100, 8000)):
        paths.append(str(tmp_path / f"{i}.wav"))
        audio.write(paths[-1], audio.resample(clips[min(i, 1) * 3], SR, rate), rate)
    assert near_identical(paths, None, None, 0).tolist() == [[1, 2]]


def test_waveforms_that_do_not_tell_their_rate(clips):
    found = near_identical([*clips, 0.5 * clips[2]], None, None, 0)
    assert found.tolist() == [[2, len(clips)]]


def test_threads_and_progress(clips, capsys):
    twice = [*clips, *(0.5 * clip for clip in clips)]
    found = near_identical(twice, SR, 2, 1)
    assert found.tolist() == [[i, i + len(clips)] for i in range(len(clips))]
    told = capsys.readouterr().err
    assert "Listening" in told
    assert "Comparing" in told
    assert near_identical(twice, SR, None, 0).tolist() == found.tolist()
    assert capsys.readouterr().err == ""
