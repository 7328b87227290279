"""Recorded sounds: from folders, files and arrays, of any length and rate."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from sertools import Augmenter, BackgroundNoise, Reverb, audio
from sertools.core.effects.level import power

SR = 16000


def perturbed(effect, *clips):
    """Clips under an effect."""
    return Augmenter(effect, p=1, random_state=0).fit_transform(list(clips))


def tone(hertz, n_times, sr=SR):
    """A soft sine."""
    return 0.2 * np.sin(2 * np.pi * hertz * np.arange(n_times) / sr)


def frequencies(effect, rng, n_clips=40, n_times=1600):
    """Frequencies in Hz, to the next 10, of the tones that an effect has put under clips."""
    clips = list(0.1 * rng.standard_normal((n_clips, n_times)))
    added = np.array(perturbed(effect, *clips)) - clips
    return set((10 * np.abs(np.fft.rfft(added)).argmax(axis=1)).tolist())


@pytest.fixture
def folder(tmp_path):
    """Files of three lengths, formats and rates, and what is no recording."""
    (tmp_path / "night").mkdir()
    audio.write(tmp_path / "a.wav", tone(500, 20000), SR)
    audio.write(tmp_path / "b.flac", tone(1000, 5000, 8000), 8000)
    audio.write(tmp_path / "night" / "c.wav", tone(2000, 9999, 44100), 44100)
    (tmp_path / "notes.txt").write_text("no sound")
    return tmp_path


class TestWhereSoundsComeFrom:
    def test_a_folder_and_those_in_it(self, folder, rng):
        assert frequencies(BackgroundNoise(0, folder), rng) == {500, 1000, 2000}
        assert frequencies(BackgroundNoise(0, str(folder)), rng) == {500, 1000, 2000}

    def test_a_list_of_files(self, folder, rng):
        files = [folder / "a.wav", str(folder / "b.flac")]
        assert frequencies(BackgroundNoise(0, files), rng) == {500, 1000}
        assert frequencies(BackgroundNoise(0, np.array(list(map(str, files)))), rng) == {500, 1000}

    def test_a_file(self, folder, rng):
        assert frequencies(BackgroundNoise(0, folder / "night" / "c.wav"), rng) == {2000}

    def test_arrays(self, rng):
        sounds = [tone(hertz, 3000).astype(np.float32) for hertz in (700, 900)]
        assert frequencies(BackgroundNoise(0, sounds), rng) == {700, 900}
        assert frequencies(BackgroundNoise(0, tuple(sounds)), rng) == {700, 900}

    def test_pcm(self, rng):
        sounds = [(32767 * tone(700, 3000)).astype(np.int16)]
        assert frequencies(BackgroundNoise(0, sounds), rng) == {700}


class TestPieces:
    @pytest.mark.parametrize("kind", ["array", "file"])
    def test_a_shorter_sound_is_repeated(self, tmp_path, rng, kind):
        sound = rng.uniform(-1, 1, 300)
        audio.write(tmp_path / "short.wav", sound, SR, subtype="DOUBLE")
        effect = BackgroundNoise(0, [sound] if kind == "array" else tmp_path / "short.wav")
        clips = rng.standard_normal((50, 1000))
        added = np.array(perturbed(effect, *clips)) - clips
        # It begins anywhere, comes back after its length, and fades at the seam: its ends, a
        # quarter of it at most, are softer.
        np.testing.assert_allclose(added[:, 300:], added[:, :-300], atol=1e-4)
        starts = set()
        for piece in added:
            once = max(range(300), key=lambda shift: np.roll(sound, -shift) @ piece[:300])
            middle = (np.arange(300) + once) % 300
            inner = (middle >= 75) & (middle < 225)
            ratios = piece[:300][inner] / sound[middle[inner]]
            np.testing.assert_allclose(ratios, ratios[0], rtol=1e-4)
            starts.add(once)
        assert len(starts) > 30

    @pytest.mark.parametrize("kind", ["array", "file"])
    def test_of_a_longer_sound_all_places_are_heard(self, tmp_path, rng, kind):
        # A sound that tells the time.
        sound = np.linspace(0.1, 0.9, SR)
        audio.write(tmp_path / "long.wav", sound, SR, subtype="DOUBLE")
        effect = BackgroundNoise(0, [sound] if kind == "array" else tmp_path / "long.wav")
        clips = list(rng.standard_normal((100, 1600)))
        added = np.array(perturbed(effect, *clips)) - clips
        slopes = np.diff(sound[:2]) / np.diff(added).mean(axis=1)
        starts = (added[:, 0] * slopes - 0.1) / 0.8
        assert starts.min() == pytest.approx(0, abs=0.03)
        assert starts.max() == pytest.approx(0.9, abs=0.03)
        assert np.std(starts) == pytest.approx(0.9 / np.sqrt(12), rel=0.2)

    @pytest.mark.parametrize("sr", [8000, 44100])
    @pytest.mark.parametrize("n_times", [2, 1599, 8000])
    def test_pieces_of_another_rate_are_as_long_as_the_clip(self, tmp_path, rng, sr, n_times):
        audio.write(tmp_path / "b.wav", tone(1000, sr, sr), sr)
        x = rng.standard_normal(n_times)
        (heard,) = perturbed(BackgroundNoise(20, tmp_path), x)
        assert 10 * np.log10(x.var() / power(heard - x)) == pytest.approx(20, abs=0.1)

    @pytest.mark.parametrize("kind", ["array", "file"])
    def test_a_silent_sound_adds_nothing(self, tmp_path, rng, kind):
        audio.write(tmp_path / "silence.wav", np.zeros(100), SR)
        x = rng.standard_normal(500)
        effect = BackgroundNoise(-20, [np.zeros(100)] if kind == "array" else tmp_path)
        np.testing.assert_array_equal(perturbed(effect, x)[0], x)


def test_broken_files_are_named_before_any_clip(tmp_path):
    audio.write(tmp_path / "good.wav", np.ones(100), SR)
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).write_bytes(b"no audio")
    with pytest.raises(audio.AudioFileError, match=r"2 of 3 recordings(.|\n)*a.wav(.|\n)*b.wav"):
        Augmenter(BackgroundNoise(5, tmp_path), p=0).fit([np.ones(9)])


class TestResponses:
    RESPONSE = np.array([1.0, 0.0, -0.5, 0.2])

    def test_from_a_file_are_those_of_an_array(self, tmp_path, rng):
        audio.write(tmp_path / "hall.wav", self.RESPONSE, SR, subtype="FLOAT")
        x = rng.standard_normal(500)
        (expected,) = perturbed(Reverb([self.RESPONSE]), x)
        for room in (tmp_path, tmp_path / "hall.wav", [tmp_path / "hall.wav"]):
            np.testing.assert_allclose(perturbed(Reverb(room), x)[0], expected, atol=1e-6)

    def test_of_another_rate_are_resampled(self, tmp_path):
        # An echo after a tenth of a second, heard there at the rate of the clip too.
        response = np.zeros(8000)
        response[[0, 800]] = 0.9, 0.5
        audio.write(tmp_path / "echo.wav", response, 8000)
        click = np.zeros(4000)
        click[100] = 1
        (heard,) = perturbed(Reverb(tmp_path), click)
        assert np.abs(heard).argmax() == 100
        assert 200 + np.abs(heard[200:]).argmax() == 100 + 1600

    def test_each_is_used(self, rng):
        rooms = [np.array([1.0, factor]) for factor in (0.9, -0.9)]
        click = np.eye(1, 50)[0]
        clips = [click * level for level in rng.uniform(0.1, 1, 30)]
        echoes = {np.sign(heard[1]) for heard in perturbed(Reverb(rooms), *clips)}
        assert echoes == {-1, 1}


def test_a_file_of_no_samples_is_named_before_any_clip(tmp_path):
    soundfile.write(tmp_path / "none.wav", np.zeros(0), SR)
    audio.write(tmp_path / "some.wav", np.ones(9) / 2, SR)
    augmenter = Augmenter([BackgroundNoise(5, tmp_path)], p=0.1)
    with pytest.raises(audio.AudioFileError, match="none.wav' holds no samples"):
        augmenter.fit([np.ones(100)])


@pytest.mark.parametrize("effect_of", [lambda given: BackgroundNoise(5, given), Reverb])
class TestRefusals:
    def test_missing_files_are_named_at_once_and_ten_of_them(self, tmp_path, effect_of):
        audio.write(tmp_path / "there.wav", np.zeros(9), SR)
        files = [tmp_path / "there.wav", *(tmp_path / f"{i:02}.wav" for i in range(12))]
        with pytest.raises(FileNotFoundError, match="12 of 13 files do not exist") as refusal:
            Augmenter(effect_of(files)).fit([np.ones(9)])
        assert "00.wav" in str(refusal.value)
        assert "09.wav' and 2 more" in str(refusal.value)
        assert "10.wav" not in str(refusal.value)
        assert "there.wav" not in str(refusal.value)

    def test_a_missing_folder(self, tmp_path, effect_of):
        with pytest.raises(FileNotFoundError, match="nowhere"):
            Augmenter(effect_of(tmp_path / "nowhere")).fit([np.ones(9)])

    def test_an_empty_folder(self, tmp_path, effect_of):
        with pytest.raises(ValueError, match="holds no audio files"):
            Augmenter(effect_of(tmp_path)).fit([np.ones(9)])

    @pytest.mark.parametrize(
        "sounds", [[], {"a": 1}, np.ones((2, 9)), np.ones(9), ["a.wav", 5], [[0.1, 0.2]]], ids=repr
    )
    def test_what_is_no_sound(self, effect_of, sounds):
        with pytest.raises(TypeError, match="give a folder, a list of audio files, or a list of"):
            Augmenter(effect_of(sounds)).fit([np.ones(9)])


def test_noise_has_no_default():
    with pytest.raises(TypeError, match="was given None: give a folder"):
        Augmenter(BackgroundNoise()).fit([np.ones(9)])
