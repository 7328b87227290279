"""Synthetic corpora: speakers, emotions and repetitions, in need of no download."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral

import numpy as np
import pandas as pd

from sertools._validation import Clips, did_you_mean
from sertools.datasets._corpus import Corpus
from sertools.datasets._labels import canonical_label
from sertools.datasets._voice import Prosody, Speaker, amplitude, speak

# The directions are those on which reviews of vocal expression agree (Banse & Scherer 1996,
# Juslin & Laukka 2003, Scherer 2003): active emotions raise F0, its range, tempo, level and the
# high frequencies, sadness and calm lower them and are breathy; fear is high, fast and unsteady,
# disgust low and slow, surprise rises. The amounts are those of actors, not of daily life.
# The order is part of the random streams: a new emotion goes to the end.
# fmt: off
EMOTIONS = {
    #                      f0 accent slope   rate level  tilt jitter shimmer breath
    "neutral":   Prosody( 0.0,  3.0, -2.0, 100.0,  0.0,  0.0,  0.5,  0.3, -26.0),
    "calm":      Prosody(-1.0,  2.0, -2.0,  84.0, -5.0, -1.5,  0.5,  0.3, -20.0),
    "happy":     Prosody( 6.0,  7.0,  1.0, 110.0,  6.0,  2.0,  0.7,  0.4, -26.0),
    "sad":       Prosody(-2.0,  1.5, -3.0,  72.0, -8.0, -3.0,  1.0,  0.5, -12.0),
    "angry":     Prosody( 5.0,  5.5, -4.0, 117.0, 12.0,  4.5,  1.6,  1.1, -29.0),
    "fearful":   Prosody( 8.5,  2.0,  0.5, 132.0,  3.0, -0.5,  2.2,  1.2, -14.0),
    "disgust":   Prosody(-3.0,  3.5, -6.0,  76.0, -1.0,  2.0,  2.0,  1.0, -21.0),
    "surprised": Prosody( 9.0,  9.0,  6.0, 105.0,  5.0,  1.2,  0.7,  0.5, -24.0),
}
# Standard deviations: of a speaker's own way with an emotion, and of a clip around that way.
# The first is the wider: it is what a model can learn of the speakers it has heard only.
STYLE_SPREAD = Prosody( 1.3,  1.0,  1.4,   8.0,  2.9,  1.2,  0.3,  0.2,   3.6)
CLIP_SPREAD  = Prosody( 0.4,  0.4,  0.5,   3.0,  0.7,  0.25, 0.1,  0.05,  0.8)
# Below this no voice goes: no accents, half the tempo, the regularity of a trained singer.
LOWEST = Prosody(-np.inf, 0.0, -np.inf, 50.0, -np.inf, -np.inf, 0.1, 0.05, -np.inf)
# fmt: on

# Five or six syllables in two phrases, in which all vowels are heard: a text is no emotion.
TEXTS = {
    "s1": "samIto lenUka",
    "s2": "kanElu sOmeti",
    "s3": "lUfi nomAta ke",
    "s4": "tesAna mIku lO",
}

SILENCE_SECONDS = (0.05, 0.3)  # before and after speech; recorded corpora hold up to a second
ROOM_LEVEL = -75.0  # dB relative to full scale, under the speech only: edited clips end in zeros
PEAK = 0.95  # of full scale: where a loud clip would pass it, the recordist turned the gain down
MIN_SR = 4000  # Hz; below, the second formant is lost and with it the vowels


def make_corpus(
    n_speakers: int = 8,
    n_per_speaker: int = 30,
    emotions: Sequence[str] = ("neutral", "happy", "sad", "angry", "fearful", "disgust"),
    sr: int = 16000,
    random_state: int | np.random.RandomState | np.random.Generator | None = 0,
) -> Corpus:
    """Make a corpus of synthetic emotional speech, waveforms of 0.6 to 3 s.

    Speakers differ in F0, vocal tract, spectral tilt, level and tempo. Emotions move F0, its
    range and contour, tempo, level, tilt, jitter, shimmer and breathiness, and every speaker has
    a way of their own with each. Speech lies between digital silences of random length. As in
    recorded corpora, emotions overlap, and a model that has heard a speaker knows their
    emotions better than those of a stranger.

    Parameters
    ----------
    n_speakers : int, default=8
        Number of speakers, male and female in turn.
    n_per_speaker : int, default=30
        Clips per speaker, spread over the emotions as evenly as possible. Where they do not
        divide evenly, each speaker goes on with the emotion at which the one before stopped.
    emotions : sequence of str
        One or more of neutral, calm, happy, sad, angry, fearful, disgust and surprised, or other
        words for these, such as anger.
    sr : int, default=16000
        Sampling rate in Hz, at least 4000.
    random_state : int, RandomState, Generator or None, default=0
        An int gives the same corpus at every call. Repetition k of an emotion by speaker i is
        then the same clip however many speakers, clips and emotions are asked for. None gives a
        new corpus at every call.

    Returns
    -------
    Corpus
        `X` holds float32 waveforms of shape (n_times,) in [-1, 1], speaker by speaker; `frame`
        tells the emotion, speaker, gender, text and take of each.

    Raises
    ------
    ValueError
        If an emotion is unknown or named twice, a number or the rate is too low, or there are
        fewer clips than emotions.
    TypeError
        If a number, the list of emotions or the random state is of another kind.

    Examples
    --------
    >>> from sertools.datasets import make_corpus
    >>> corpus = make_corpus(n_speakers=2, n_per_speaker=4, emotions=["angry", "sad"])
    >>> corpus
    Corpus('synthetic': 8 clips, 2 speakers, 2 emotions)
    >>> corpus.y[:4].tolist()
    ['angry', 'sad', 'angry', 'sad']
    """
    n_speakers = _integer("n_speakers", n_speakers, minimum=1)
    n_per_speaker = _integer("n_per_speaker", n_per_speaker, minimum=1)
    sr = _integer("sr", sr, minimum=MIN_SR)
    emotions = _known_emotions(emotions)
    if n_speakers * n_per_speaker < len(emotions):
        raise ValueError(
            f"{n_speakers} x {n_per_speaker} clips cannot show {len(emotions)} emotions: raise "
            "n_per_speaker, or name fewer emotions."
        )
    seed = _seed(random_state)
    waveforms, rows = [], []
    for speaker_index in range(n_speakers):
        speaker = _draw_speaker(seed, speaker_index)
        for turn in range(n_per_speaker):
            emotion = emotions[(speaker_index * n_per_speaker + turn) % len(emotions)]
            repetition = turn // len(emotions)
            text = list(TEXTS)[repetition % len(TEXTS)]
            way = (speaker_index, list(EMOTIONS).index(emotion))
            rng = _stream(seed, *way, repetition)
            prosody = _draw_prosody(emotion, _stream(seed, *way), rng)
            waveforms.append(_record(speaker, prosody, TEXTS[text], sr, rng))
            rows.append(
                {
                    "emotion": emotion,
                    "emotion_raw": emotion,
                    "speaker": f"synthetic:{speaker_index + 1:02d}",
                    "gender": speaker.gender,
                    "text": text,
                    "take": str(repetition // len(TEXTS) + 1),
                    "channel": "speech",
                }
            )
    return Corpus(Clips(waveforms, sr=sr), frame=pd.DataFrame(rows), name="synthetic")


def _integer(name: str, value: int, minimum: int) -> int:
    """The value as an int, which must not lie below its minimum."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name}={value!r}: give an integer, {minimum} or more.")
    if value < minimum:
        raise ValueError(f"{name}={value}: give {minimum} or more.")
    return int(value)


def _known_emotions(emotions: Sequence[str]) -> list[str]:
    """The canonical names of the emotions, each of them known and named once."""
    if isinstance(emotions, str):
        raise TypeError(f"emotions={emotions!r} is one string: give a list, [{emotions!r}].")
    named = [canonical_label(str(emotion)) for emotion in emotions]
    for emotion, name in zip(emotions, named, strict=True):
        if name not in EMOTIONS:
            raise ValueError(
                f"{emotion!r} is no emotion that the synthetic voices know."
                f"{did_you_mean(emotion, EMOTIONS)} They know {', '.join(EMOTIONS)}."
            )
    if not named or len(set(named)) < len(named):
        raise ValueError(f"emotions={emotions!r}: give at least one, and none twice.")
    return named


def _seed(random_state: int | np.random.RandomState | np.random.Generator | None) -> int:
    """The number that all streams of a corpus start from."""
    if isinstance(random_state, Integral):
        return _integer("random_state", random_state, minimum=0)
    if random_state is None:
        random_state = np.random.default_rng()
    if not isinstance(random_state, np.random.RandomState | np.random.Generator):
        raise TypeError(
            f"random_state={random_state!r}: give an integer, a numpy RandomState or Generator, "
            "or None."
        )
    return int.from_bytes(random_state.bytes(16), "little")


def _stream(seed: int, *key: int) -> np.random.Generator:
    """The random stream of a speaker, of their way with an emotion, or of one clip."""
    # A spawn key counts with its length: (3,) and (3, 0) are different streams.
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def _deviates(rng: np.random.Generator, n: int) -> np.ndarray:
    """Draws ``(n,)`` of mean 0 and variance 1, none beyond 1.8: no voice is a caricature."""
    return rng.uniform(-np.sqrt(3), np.sqrt(3), n)


def _draw_speaker(seed: int, index: int) -> Speaker:
    """The speaker of this index, male if it is even."""
    # Means of adult men and women; tracts differ as their formants do in Peterson & Barney (1952).
    gender, f0, tract = ("male", 120.0, 1.0) if index % 2 == 0 else ("female", 205.0, 1.17)
    z = _deviates(_stream(seed, index), len(Speaker._fields) - 1)
    return Speaker(
        gender,
        f0=f0 * 2 ** (1.6 * z[0] / 12),
        tract=tract * (1 + 0.04 * z[1]),
        tilt=-7.5 + 1.1 * z[2],
        level=-35.0 + 2.4 * z[3],
        tempo=np.exp(0.08 * z[4]),
    )


def _draw_prosody(
    emotion: str, style_rng: np.random.Generator, clip_rng: np.random.Generator
) -> Prosody:
    """The prosody of one clip, drawn around the speaker's own way with the emotion."""
    style = STYLE_SPREAD * _deviates(style_rng, len(Prosody._fields))
    clip = CLIP_SPREAD * _deviates(clip_rng, len(Prosody._fields))
    return Prosody(*np.maximum(np.array(EMOTIONS[emotion]) + style + clip, LOWEST))


def _record(
    speaker: Speaker, prosody: Prosody, text: str, sr: int, rng: np.random.Generator
) -> np.ndarray:
    """A clip ``(n_times,)`` in float32: speech at its level between two silences."""
    silence = rng.uniform(*SILENCE_SECONDS, size=2)
    speech = amplitude(speaker.level + prosody.level) * speak(speaker, prosody, text, sr, rng)
    speech += amplitude(ROOM_LEVEL) * rng.standard_normal(len(speech))
    speech *= min(1.0, PEAK / np.abs(speech).max())
    return np.pad(speech, np.round(silence * sr).astype(int)).astype(np.float32)
