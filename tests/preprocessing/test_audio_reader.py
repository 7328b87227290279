"""AudioReader: many recordings, any container, every failure named."""

from __future__ import annotations

import io
import pickle
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from joblib import parallel_config
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from sertools import AudioReader, Corpus, Padder, ToDevice, Trimmer, audio
from sertools.preprocessing import Clips

SR = 16000


@pytest.fixture
def recordings(tmp_path, rng):
    """Five recordings of 0.1 to 0.5 s as paths, and what they hold."""
    paths, clips = [], []
    for i in range(5):
        clip = np.round(rng.uniform(-0.5, 0.5, SR * (i + 1) // 10) * 2**15) / 2**15
        path = tmp_path / f"clip{i}.{'flac' if i % 2 else 'wav'}"
        audio.write(path, clip, SR)
        paths.append(str(path))
        clips.append(clip.astype(np.float32))
    return paths, clips


def assert_same(read, clips):
    assert len(read) == len(clips)
    for ours, theirs in zip(read, clips, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2**-15)


class TestContainers:
    @pytest.mark.parametrize(
        "container", [list, tuple, np.array, pd.Series, lambda x: np.array(x, dtype=object)]
    )
    def test_of_paths(self, recordings, container):
        paths, clips = recordings
        read = AudioReader().fit_transform(container(paths))
        assert isinstance(read, Clips)
        assert read.sr == SR
        assert_same(read, clips)

    def test_a_series_of_a_table(self, recordings):
        paths, clips = recordings
        table = pd.DataFrame({"path": paths}).iloc[::-1]
        assert_same(AudioReader().transform(table["path"]), clips[::-1])

    def test_path_objects_bytes_and_file_objects(self, recordings, tmp_path):
        paths, clips = recordings
        data = [Path(path).read_bytes() for path in paths]
        mixed = [tmp_path / "clip0.wav", data[1], io.BytesIO(data[2]), bytearray(data[3]), paths[4]]
        reader = AudioReader()
        assert_same(reader.fit_transform(mixed), clips)
        assert_same(reader.transform(mixed), clips)  # file objects can be read again

    def test_waveforms_pass_through(self, recordings):
        _, clips = recordings
        read = AudioReader().fit_transform(clips)
        assert all(ours is theirs for ours, theirs in zip(read, clips, strict=True))
        block = np.zeros((3, 100))
        assert AudioReader().fit_transform(block) is block

    def test_paths_and_waveforms_together(self, recordings):
        paths, clips = recordings
        mixed = [paths[0], clips[1], paths[2]]
        read = AudioReader().fit_transform(mixed)
        assert_same(read, clips[:3])
        assert isinstance(mixed[0], str)

    def test_data_frames_everywhere_are_no_obstacle(self, recordings):
        paths, _ = recordings
        with config_context(transform_output="pandas"):
            clips = make_pipeline(AudioReader(), Trimmer(), ToDevice("cpu")).fit_transform(paths)
            assert isinstance(clips, Clips)
            assert AudioReader().fit_transform(pd.DataFrame(np.zeros((2, 9)))).shape == (2, 9)

    def test_names_for_a_pipeline(self, recordings):
        paths, clips = recordings
        assert AudioReader().fit(paths).get_feature_names_out().tolist() == []
        pipeline = make_pipeline(AudioReader(), Padder(0.001)).set_output(transform="pandas")
        table = pipeline.fit_transform(paths)
        assert list(table.columns) == [f"padder{i}" for i in range(16)]
        np.testing.assert_allclose(table.iloc[0], clips[0][:16], atol=2**-15)


class TestReading:
    def test_options_reach_the_files(self, tmp_path, rng):
        stereo = rng.uniform(-0.5, 0.5, (2, 4800))
        path = tmp_path / "stereo.wav"
        audio.write(path, stereo, 48000, subtype="FLOAT")
        (clip,) = AudioReader(sr=8000, offset=0.02, duration=0.05).fit_transform([path])
        expected, _ = audio.read(path, 8000, offset=0.02, duration=0.05)
        np.testing.assert_array_equal(clip, expected)
        (both,) = AudioReader(sr=None, mono=False).fit_transform([path])
        assert both.shape == (2, 4800)

    @pytest.mark.parametrize("n_jobs", [None, 1, 2, -1])
    def test_threads_change_nothing(self, recordings, n_jobs):
        paths, clips = recordings
        assert_same(AudioReader(n_jobs=n_jobs).fit_transform(paths * 10), clips * 10)

    def test_a_file_object_may_stand_twice_in_a_list(self, recordings):
        paths, clips = recordings
        file = io.BytesIO(Path(paths[4]).read_bytes())
        assert_same(AudioReader(n_jobs=2).fit_transform([file] * 40), [clips[4]] * 40)

    def test_the_callers_backend_is_no_obstacle(self, recordings):
        paths, clips = recordings
        files = [io.BytesIO(Path(path).read_bytes()) for path in paths]
        with parallel_config("loky", n_jobs=2):  # file objects do not travel to processes
            assert_same(AudioReader().fit_transform(files), clips)

    def test_the_rate_of_the_files(self, recordings, tmp_path):
        paths, _ = recordings
        assert AudioReader(sr=None).fit_transform(paths).sr == SR
        audio.write(tmp_path / "other.wav", np.zeros(100), 8000)
        with pytest.raises(ValueError, match="rates 8000, 16000 Hz: give AudioReader"):
            AudioReader(sr=None).fit_transform([*paths, tmp_path / "other.wav"])

    def test_fit_reads_nothing(self, recordings, monkeypatch):
        paths, _ = recordings
        monkeypatch.setattr(audio, "read", None)
        AudioReader().fit(paths)

    def test_progress(self, recordings, capsys):
        paths, _ = recordings
        AudioReader().fit_transform(paths)
        assert capsys.readouterr() == ("", "")
        AudioReader(verbose=1).fit_transform(paths)
        assert "5/5" in capsys.readouterr().err

    def test_clone_and_pickle(self, recordings):
        paths, clips = recordings
        reader = AudioReader(offset=0.05).fit(paths)
        for copy in (clone(reader), pickle.loads(pickle.dumps(reader))):
            assert_same(copy.transform(paths), [clip[800:] for clip in clips])

    def test_cross_validation_from_paths(self, tmp_path):
        paths, y = [], np.array(["soft", "loud"] * 6)
        for i, label in enumerate(y):
            paths.append(str(tmp_path / f"{i}.wav"))
            audio.write(paths[-1], np.full(100 + i, 0.1 if label == "soft" else 0.9), SR)
        pipeline = make_pipeline(AudioReader(), Padder(), KNeighborsClassifier(1))
        np.testing.assert_array_equal(cross_val_predict(pipeline, paths, y, cv=3), y)


class TestFailures:
    def test_missing_paths_are_named_at_once(self, recordings):
        paths, _ = recordings
        missing = [f"gone{i}.wav" for i in range(12)]
        with pytest.raises(audio.AudioFileError) as caught:
            AudioReader().fit_transform(paths + missing)
        message = str(caught.value)
        assert "12 of 17 recordings" in message
        assert "'gone9.wav' does not exist" in message
        assert "2 more" in message
        assert all(isinstance(failure, FileNotFoundError) for failure in caught.value.failures)

    @pytest.fixture
    def broken(self, recordings, tmp_path):
        paths, clips = recordings
        (tmp_path / "empty.wav").touch()
        (tmp_path / "text.wav").write_text("not found")
        sf.write(tmp_path / "nan.wav", np.array([0.0, np.nan]), SR, subtype="FLOAT")
        bad = [str(tmp_path / name) for name in ("empty.wav", "text.wav", "nan.wav")]
        return [paths[0], *bad, paths[1], str(tmp_path)], clips

    def test_all_are_named_in_one_error(self, broken):
        X, _ = broken
        with pytest.raises(audio.AudioFileError) as caught:
            AudioReader(n_jobs=2).fit_transform(X)
        message = str(caught.value)
        for words in ("4 of 6 recordings", "empty.wav' is empty", "text.wav' holds text",
                      "nan.wav' contains NaN", "is a folder", 'on_error="silence"'):  # fmt: skip
            assert words in message

    def test_a_nameless_source_is_named_by_its_place(self, recordings):
        paths, _ = recordings
        X = [paths[0], b"no audio at all", io.StringIO("text")]
        with pytest.raises(audio.AudioFileError) as caught:
            AudioReader(n_jobs=2).fit_transform(X)
        assert "item 1 of X, <bytes> holds text" in str(caught.value)
        assert "item 2 of X, <StringIO> is open as text" in str(caught.value)

    def test_a_stream_without_a_length_is_one_failure_among_others(self, recordings):
        paths, clips = recordings
        flac = bytearray(Path(paths[1]).read_bytes())
        flac[21] &= 0xF0
        flac[22:26] = bytes(4)
        with pytest.warns(UserWarning, match="does not say how long it is"):
            read = AudioReader(on_error="silence").fit_transform([flac, paths[0]])
        np.testing.assert_allclose(read[1], clips[0], atol=2**-15)

    def test_waveforms_at_another_rate_are_refused(self, recordings):
        paths, clips = recordings
        at_8k = Clips(clips, sr=8000)
        with pytest.raises(ValueError, match="8000 Hz and AudioReader works at 16000 Hz"):
            AudioReader().transform(at_8k)
        assert AudioReader(sr=None).transform(at_8k).sr == 8000
        with pytest.raises(ValueError, match="8000 Hz"):
            AudioReader(sr=None).transform(Clips([*clips, paths[0]], sr=8000))

    def test_a_long_list_is_cut(self, tmp_path):
        for i in range(30):
            (tmp_path / f"{i:02d}.wav").touch()
        with pytest.raises(audio.AudioFileError) as caught:
            AudioReader().fit_transform(audio.find(tmp_path))
        message = str(caught.value)
        assert "30 of 30" in message
        assert "09.wav" in message
        assert "10.wav" not in message
        assert "20 more" in message
        assert len(caught.value.failures) == 30

    def test_silence_stands_in_and_the_list_is_warned_of(self, broken):
        X, clips = broken
        X = [*X, "gone.wav"]
        with pytest.warns(UserWarning, match=r"5 of 7 recordings(.|\n)*0.1 s of silence"):
            read = AudioReader(on_error="silence").fit_transform(X)
        np.testing.assert_allclose(read[0], clips[0], atol=2**-15)
        np.testing.assert_allclose(read[4], clips[1], atol=2**-15)
        for i in (1, 2, 3, 5, 6):
            np.testing.assert_array_equal(read[i], np.zeros(SR // 10, np.float32))

    def test_nothing_but_silence(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read = AudioReader(sr=None, on_error="silence").fit_transform(["gone.wav"])
        assert len(read[0]) == 1600

    @pytest.mark.parametrize(
        ("X", "error", "message"),
        [
            ("a.wav", ValueError, r"one recording.*pass \[X\]"),
            ([], ValueError, "0 clips"),
            (Clips([]), ValueError, "0 clips"),
            (np.array([], dtype="U1"), ValueError, "0 clips"),
            (pd.Series([], dtype=str), ValueError, "0 clips"),
            (pd.DataFrame({"path": []}, dtype=str), ValueError, "the one column"),
            (pd.DataFrame({"path": ["a.wav"]}), ValueError, "the one column"),
            (pd.DataFrame({"id": [1], "path": ["a.wav"]}), ValueError, "the one column"),
            (iter(["a.wav"]), TypeError, r"pass list\(X\)"),
            (Corpus(["a.wav"], ["sad"]), TypeError, "pass its clips, corpus.X"),
            (np.array([["a.wav", "b.wav"]]), ValueError, "the one column"),
            (["a.wav", None], TypeError, "Item 1 of X is None"),
            (pd.Series(["a.wav", np.nan]), TypeError, "Item 1 of X is nan"),
            (["a.wav", 3], TypeError, "Item 1 of X is 3"),
            (np.zeros(100), ValueError, "pass \\[X\\]"),
            ([np.array([np.nan])], ValueError, "NaN"),
        ],
    )
    def test_what_is_no_batch_of_recordings(self, X, error, message):
        with pytest.raises(error, match=message):
            AudioReader().fit(X)

    def test_a_mixed_batch_is_checked_as_a_whole(self, recordings):
        paths, clips = recordings
        with pytest.raises(ValueError, match="Clip 1 of X is empty"):
            AudioReader().fit_transform([paths[0], clips[0][:0]])

    @pytest.mark.parametrize(
        "bad", [{"sr": 0}, {"sr": -1}, {"offset": -0.1}, {"duration": 0}, {"on_error": "skip"},
                {"n_jobs": 0.5}, {"mono": "yes"}]
    )  # fmt: skip
    def test_parameters(self, recordings, bad):
        (name,) = bad
        for call in (AudioReader(**bad).fit, AudioReader(**bad).transform):
            with pytest.raises(ValueError, match=f"The '{name}' parameter of AudioReader must be"):
                call(recordings[0])
