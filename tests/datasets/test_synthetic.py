"""Synthetic corpora: what they hold, what they repeat and how hard they are."""

import librosa
import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sertools.datasets import make_corpus
from sertools.datasets._synthetic import (
    EMOTIONS,
    MIN_SR,
    PEAK,
    SILENCE_SECONDS,
    TEXTS,
    _draw_speaker,
    _record,
)


@pytest.fixture(scope="module")
def corpus():
    return make_corpus()


def clips_by_key(corpus):
    """Return the clips of a corpus by speaker, emotion, text and take."""
    frame = corpus.frame
    keys = zip(frame["speaker"], frame["emotion"], frame["text"], frame["take"], strict=True)
    return dict(zip(keys, corpus.X, strict=True))


def median_f0(clip, sr):
    """Return the median F0, in Hz, of the louder half of a clip's frames."""
    f0 = librosa.yin(clip, fmin=60, fmax=700, sr=sr, frame_length=1024, hop_length=160)
    level = librosa.feature.rms(y=clip, frame_length=1024, hop_length=160)[0]
    return np.median(f0[level > np.median(level[level > 0])])


def speech_level(clip):
    """Return the RMS, in dB, of what lies between the silences."""
    return 10 * np.log10(np.mean(clip[clip != 0].astype(float) ** 2))


def test_default_corpus_is_balanced_and_described(corpus):
    assert len(corpus) == 240
    assert corpus.sr == corpus.X.sr == 16000
    assert corpus.name == "synthetic"
    frame = corpus.frame
    assert frame["speaker"].unique().tolist() == [f"synthetic:{i:02d}" for i in range(1, 9)]
    assert set(frame.groupby(["speaker", "emotion"]).size()) == {5}
    assert frame.groupby("speaker")["gender"].unique().str[0].tolist() == ["male", "female"] * 4
    assert set(frame["text"]) == set(TEXTS)
    assert set(frame["channel"]) == {"speech"}
    assert (frame["emotion_raw"] == frame["emotion"]).all()
    same = frame.groupby(["speaker", "emotion", "text"])["take"]
    assert all(takes.tolist() in (["1"], ["1", "2"]) for _, takes in same)


def test_clips_are_finite_float32_within_length_and_full_scale(corpus):
    for clip in corpus.X:
        assert clip.dtype == np.float32
        assert clip.ndim == 1
        assert 0.6 <= len(clip) / corpus.sr <= 3.0
        assert np.isfinite(clip).all()
        # A clip whose gain was turned down ends up at the peak, rounded to float32.
        assert 0.005 < np.abs(clip).max() <= PEAK * (1 + 1e-6)


def test_length_and_peak_hold_for_the_slowest_softest_fastest_and_loudest_voice():
    rng = np.random.default_rng(0)
    speaker = _draw_speaker(0, 0)._replace(tempo=0.85)
    slow = _record(speaker, EMOTIONS["sad"]._replace(rate=50.0), TEXTS["s4"], 16000, rng)
    assert 2.4 < len(slow) / 16000 <= 3.0
    speaker = speaker._replace(tempo=1.2, level=-10.0)
    fast = _record(speaker, EMOTIONS["fearful"]._replace(rate=400.0), TEXTS["s1"], 16000, rng)
    assert 0.6 <= len(fast) / 16000 < 1.2
    assert np.abs(fast).max() == pytest.approx(PEAK)


def test_speech_lies_between_digital_silences_of_random_length(corpus):
    leading = [np.argmax(clip != 0) / corpus.sr for clip in corpus.X]
    trailing = [np.argmax(clip[::-1] != 0) / corpus.sr for clip in corpus.X]
    for silence in (leading, trailing):
        assert min(silence) >= SILENCE_SECONDS[0] - 1 / corpus.sr
        assert max(silence) <= SILENCE_SECONDS[1] + 1 / corpus.sr
        assert np.std(silence) > 0.05


def test_same_random_state_gives_the_same_bits():
    one, two = (make_corpus(2, 3, ["sad"], random_state=3) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one.X, two.X, strict=True))
    other = make_corpus(2, 3, ["sad"], random_state=4)
    assert not any(np.array_equal(a, b) for a, b in zip(one.X, other.X, strict=True))


@pytest.mark.parametrize("make_state", [np.random.RandomState, np.random.default_rng])
def test_random_state_may_be_a_generator_that_moves_on(make_state):
    state = make_state(0)
    first, second = (make_corpus(1, 1, ["sad"], random_state=state).X[0] for _ in range(2))
    again = make_corpus(1, 1, ["sad"], random_state=make_state(0)).X[0]
    assert np.array_equal(first, again)
    assert not np.array_equal(first, second)


def test_random_state_none_gives_new_voices():
    first, second = (make_corpus(1, 1, ["sad"], random_state=None).X[0] for _ in range(2))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(
    "larger",
    [
        {"n_speakers": 4, "n_per_speaker": 4},
        {"n_speakers": 2, "n_per_speaker": 10},
        {"n_speakers": 2, "n_per_speaker": 8, "emotions": ("sad", "calm", "angry", "neutral")},
    ],
    ids=["speakers", "clips", "emotions"],
)
def test_clips_stay_the_same_in_a_larger_corpus(larger):
    emotions = ("angry", "sad")
    small = clips_by_key(make_corpus(2, 4, emotions))
    large = clips_by_key(make_corpus(**{"emotions": emotions, **larger}))
    assert small.keys() < large.keys()
    assert all(np.array_equal(clip, large[key]) for key, clip in small.items())


def test_no_two_clips_are_the_same(corpus):
    assert len({clip.tobytes() for clip in corpus.X}) == len(corpus)


def test_fewer_clips_than_emotions_rotate_through_all_of_them():
    frame = make_corpus(n_speakers=3, n_per_speaker=2).frame
    assert frame.groupby("speaker").size().tolist() == [2, 2, 2]
    assert frame["emotion"].nunique() == 6


@pytest.mark.parametrize("sr", [4000, 11025, 48000])
def test_any_rate_gives_the_same_lengths_in_seconds_and_finite_samples(sr):
    reference = make_corpus(2, 1, ["happy", "sad"], sr=16000)
    corpus = make_corpus(2, 1, ["happy", "sad"], sr=sr)
    assert corpus.sr == sr
    for clip, expected in zip(corpus.X, reference.X, strict=True):
        assert len(clip) / sr == pytest.approx(len(expected) / 16000, abs=2 / MIN_SR)
        assert np.isfinite(clip).all()
        assert speech_level(clip) == pytest.approx(speech_level(expected), abs=0.1)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_speakers": 0}, ValueError, "n_speakers=0: give 1 or more"),
        ({"n_per_speaker": -1}, ValueError, "n_per_speaker=-1: give 1 or more"),
        ({"n_per_speaker": 2.5}, TypeError, "n_per_speaker=2.5: give an integer"),
        ({"n_speakers": True}, TypeError, "n_speakers=True: give an integer"),
        ({"sr": 0}, ValueError, "sr=0: give 4000 or more"),
        ({"sr": "16k"}, TypeError, "sr='16k': give an integer"),
        ({"emotions": ()}, ValueError, "at least one"),
        ({"emotions": ("sad", "angry", "sad")}, ValueError, "none twice"),
        ({"emotions": ("sad", "sadness")}, ValueError, "none twice"),
        ({"emotions": ("sad", "bored")}, ValueError, "'bored' is no emotion.* They know neutral,"),
        ({"emotions": ["hapy"]}, ValueError, "'hapy' is no .* Did you mean 'happy'"),
        ({"emotions": "sad"}, TypeError, "emotions='sad' is one string: give a list"),
        ({"n_speakers": 2, "n_per_speaker": 2}, ValueError, "2 x 2 clips cannot show 6 emotions"),
        ({"random_state": -1}, ValueError, "random_state=-1: give 0 or more"),
        ({"random_state": "seed"}, TypeError, "random_state='seed': give an integer, .* or None"),
    ],
)
def test_bad_parameters_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        make_corpus(**arguments)


def test_emotions_may_be_named_by_other_words():
    corpus = make_corpus(1, 2, ["Anger", "joy"])
    assert corpus.y.tolist() == ["angry", "happy"]


def test_every_emotion_can_be_heard():
    corpus = make_corpus(n_speakers=1, n_per_speaker=8, emotions=list(EMOTIONS))
    assert corpus.y.tolist() == list(EMOTIONS)


def test_neutral_speech_is_near_the_speakers_own_f0(corpus):
    for index, speaker in enumerate(sorted(set(corpus.groups))):
        rows = np.flatnonzero((corpus.groups == speaker) & (corpus.y == "neutral"))
        f0 = np.median([median_f0(corpus.X[row], corpus.sr) for row in rows])
        # Half an octave holds the speaker's way with neutral speech; twice the F0 does not.
        assert abs(12 * np.log2(f0 / _draw_speaker(0, index).f0)) < 4


def test_men_are_lower_and_have_longer_tracts_than_women():
    speakers = [_draw_speaker(0, index) for index in range(40)]
    men, women = speakers[::2], speakers[1::2]
    assert {speaker.gender for speaker in men} == {"male"}
    assert max(speaker.f0 for speaker in men) < min(speaker.f0 for speaker in women)
    assert np.mean([s.tract for s in men]) < np.mean([s.tract for s in women]) - 0.1


@pytest.mark.parametrize("measure", [median_f0, lambda clip, sr: speech_level(clip)])
def test_every_speaker_is_higher_and_louder_in_anger_than_in_sadness(corpus, measure):
    for speaker in sorted(set(corpus.groups)):
        mean = {
            emotion: np.mean(
                [
                    measure(corpus.X[row], corpus.sr)
                    for row in np.flatnonzero((corpus.groups == speaker) & (corpus.y == emotion))
                ]
            )
            for emotion in ("angry", "sad")
        }
        assert mean["angry"] > mean["sad"]


@pytest.mark.parametrize("field", ["f0", "accent", "rate", "level", "tilt"])
def test_sadness_lowers_and_anger_raises(field):
    sad, neutral, angry = (getattr(EMOTIONS[name], field) for name in ("sad", "neutral", "angry"))
    assert sad < neutral < angry


def test_unseen_speakers_are_harder_than_seen_ones_and_easier_than_chance(corpus):
    features = []
    for clip in corpus.X:
        mfcc = librosa.feature.mfcc(y=clip, sr=corpus.sr, n_mfcc=20, n_fft=512, hop_length=160)
        features.append(np.concatenate([mfcc.mean(axis=1), mfcc.std(axis=1)]))
    model = make_pipeline(StandardScaler(), SVC())

    def uar(cv, groups=None):
        predicted = cross_val_predict(model, features, corpus.y, groups=groups, cv=cv)
        return balanced_accuracy_score(corpus.y, predicted)

    unseen = uar(GroupKFold(5), corpus.groups)
    seen = uar(StratifiedKFold(5, shuffle=True, random_state=0))
    assert 0.55 < unseen < 0.85
    assert seen > unseen + 0.08
