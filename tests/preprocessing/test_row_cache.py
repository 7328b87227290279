"""RowCache: what the step gives, computed once, and never anything else."""

from __future__ import annotations

import io
import os
import pickle
import sqlite3
import subprocess
import sys
import threading
import time
import tracemalloc

import numpy as np
import pandas as pd
import pytest
import sklearn
from joblib import parallel_config
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils import estimator_html_repr
from sklearn.utils.estimator_checks import parametrize_with_checks

from sertools import (
    AudioReader,
    MFCCExtractor,
    Padder,
    RowCache,
    ToDevice,
    Trimmer,
    ZCRExtractor,
    audio,
    gpu_status,
)
from sertools._validation import check_clips
from sertools.preprocessing import Clips, _cache_batch, _cache_keys, _cache_store
from sertools.preprocessing._cache_store import LEAST_BYTES, RowStore, default_folder


class Squares(TransformerMixin, BaseEstimator):
    """Frames: each clip and its square, ``(2, n_times_i)``; counts the rows that are computed."""

    _row_wise = True
    computed = 0  # by all instances

    def fit(self, X, y=None):
        check_clips(self, X, reset=True)
        return self

    def transform(self, X):
        clips = check_clips(self, X, reset=False)
        Squares.computed += len(clips)
        frames = [np.stack([clip, clip**2]) for clip in clips]
        return frames if isinstance(clips, list) else np.stack(frames)

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


class Moments(Squares):
    """A table: the mean of the first powers of each clip's samples."""

    def __init__(self, highest=2, extra=None, n_jobs=None):
        self.highest = highest
        self.extra = extra
        self.n_jobs = n_jobs

    def transform(self, X):
        clips = check_clips(self, X, reset=False)
        Squares.computed += len(clips)
        orders = range(1, self.highest + 1)
        return np.array([[(clip**order).mean() for order in orders] for clip in clips])

    def get_feature_names_out(self, input_features=None):
        return np.array([f"moment{order}" for order in range(1, self.highest + 1)], dtype=object)


@pytest.fixture(autouse=True)
def folder():
    """The folder of caches without a location."""
    Squares.computed = 0
    return default_folder()


@pytest.fixture
def clips(rng):
    return [rng.normal(size=n).astype(np.float32) for n in (50, 31, 80, 1)]


@pytest.fixture
def paths(tmp_path, rng):
    names = [str(tmp_path / f"{i}.wav") for i in range(4)]
    for name in names:
        audio.write(name, 0.1 * rng.normal(size=1600), sr=16000)
    return names


def assert_same(got, expected):
    """Equal values, types and containers, down to the rate that clips carry."""
    assert type(got) is type(expected)
    assert getattr(got, "sr", None) == getattr(expected, "sr", None)
    if isinstance(expected, list):
        assert len(got) == len(expected)
        for ours, theirs in zip(got, expected, strict=True):
            assert_same(ours, theirs)
    else:
        assert got.dtype == expected.dtype
        np.testing.assert_array_equal(got, expected)


def ragged(rng):
    return [rng.normal(size=n) for n in (9, 4, 7)]


INPUTS = {
    "list": ragged,
    "clips at a rate": lambda rng: Clips(ragged(rng), sr=16000),
    "array": lambda rng: rng.normal(size=(5, 8)),
    "float32": lambda rng: rng.normal(size=(5, 8)).astype(np.float32),
    "fortran": lambda rng: np.asfortranarray(rng.normal(size=(5, 8))),
    "pcm": lambda rng: rng.integers(-(2**15), 2**15, size=(5, 8), dtype=np.int16),
    "table": lambda rng: rng.normal(size=(3, 4)).tolist(),
    "objects": lambda rng: pd.Series(ragged(rng)),
    "awkward": lambda rng: [np.zeros(5), np.full(3, 1e-30), np.full(4, -0.0), np.ones(1)],
}
STEPS = {
    "table": Moments(),
    "frames": Squares(),
    "clips": Trimmer(),
    "padded": Padder(duration=6 / 16000),
    "pipeline": Pipeline([("a", Trimmer()), ("b", "passthrough"), ("c", make_pipeline(Moments()))]),
}


class TestResults:
    @pytest.mark.parametrize("kind", INPUTS)
    @pytest.mark.parametrize("step", STEPS)
    def test_the_results_of_the_step(self, kind, step, rng):
        X, step = INPUTS[kind](rng), STEPS[step]
        expected = clone(step).fit(X).transform(X)
        cache = RowCache(step)
        assert_same(cache.fit_transform(X), expected)
        assert cache.misses_ == len(X)
        assert_same(cache.transform(X), expected)
        assert (cache.hits_, cache.misses_) == (len(X), 0)

    def test_recordings(self, paths):
        sources = [paths[0], *map(read_bytes, paths[1:3]), io.BytesIO(read_bytes(paths[3]))]
        for step in (AudioReader(), make_pipeline(AudioReader(), Trimmer(), Moments())):
            expected = step.fit(paths).transform(paths)
            cache = RowCache(step).fit(paths)
            assert_same(cache.transform(np.array(paths)), expected)
            assert_same(cache.transform(pd.Series(sources)), expected)
            assert cache.misses_ == 0

    @pytest.mark.parametrize("stats", [("mean", "p95"), None])
    def test_an_extractor(self, paths, stats):
        step = make_pipeline(AudioReader(), Trimmer(), MFCCExtractor(n_mfcc=7, stats=stats))
        expected = step.fit(paths).transform(paths)
        cache = RowCache(step).fit(paths)
        cache.transform(paths[1:3])
        for _ in range(2):
            assert_same(cache.transform(paths), expected)
        assert cache.hits_ == 4

    def test_only_what_is_missing_is_computed(self, clips):
        cache = RowCache(Moments()).fit(clips)
        cache.transform(clips[1:3])
        Squares.computed = 0
        assert_same(cache.transform(clips), Moments().transform(clips))
        assert (cache.hits_, cache.misses_) == (2, 2)
        assert Squares.computed == 2 + 4  # those of the step itself

    def test_equal_rows_are_computed_once_and_share_no_memory(self, clips):
        cache = RowCache(Squares()).fit(clips)
        for expected in (1, 0):
            first, second = cache.transform([clips[0], clips[0].copy()])
            assert cache.misses_ == expected
            first[:] = 7
            np.testing.assert_array_equal(second[0], clips[0])

    def test_rows_by_list_serve_an_array(self, rng):
        X = rng.normal(size=(4, 6))
        RowCache(Squares()).fit_transform(list(X))
        cache = RowCache(Squares()).fit(X)
        assert_same(cache.transform(X), Squares().fit(X).transform(X))
        assert cache.misses_ == 1  # it shows what the step makes of an array
        assert_same(cache.transform(X[::-1]), Squares().fit(X).transform(X[::-1]))
        assert cache.misses_ == 0

    def test_the_step_is_the_callers_own(self, clips):
        step = Trimmer(top_db=20)
        cache = RowCache(step).fit(clips)
        assert cache.transformer_ is not step
        assert not hasattr(step, "container_")

    def test_recordings_and_arrays_in_one_list_go_to_the_step(self, paths, rng):
        mixed = [paths[0], rng.normal(size=9).astype(np.float32)]
        cache = RowCache(AudioReader()).fit(mixed)
        assert_same(cache.transform(mixed), AudioReader().fit(mixed).transform(mixed))
        assert (cache.hits_, cache.misses_) == (0, 2)

    def test_chunks(self, clips, monkeypatch):
        monkeypatch.setattr(_cache_batch, "_CHUNK_BYTES", 300)
        monkeypatch.setattr(_cache_batch, "_RECALLED", 3)
        handed = []
        monkeypatch.setattr(
            Moments, "transform", lambda self, X: handed.append(len(X)) or np.ones((len(X), 1))
        )
        cache = RowCache(Moments()).fit(clips)
        cache.transform(clips)  # 200, 124, 320 and 4 bytes
        assert handed == [1, 1, 1, 1]
        handed.clear()
        cache.transform([clip[:9] for clip in clips])
        assert handed == [3]  # together, and without the clip of one sample, which is known
        cache.transform(clips)
        assert cache.hits_ == 4

    def test_recordings_are_never_all_in_memory(self, rng, monkeypatch):
        sources = []
        for _ in range(10):
            file = io.BytesIO()
            audio.write(file, 0.01 * rng.normal(size=16000), 16000)
            sources.append(file.getvalue())
        monkeypatch.setattr(_cache_batch, "_CHUNK_BYTES", 300_000)  # two of 4 times 32 kB
        cache = RowCache(make_pipeline(AudioReader(), Moments())).fit(sources)
        tracemalloc.start()
        cache.transform(sources)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert cache.misses_ == 10
        assert peak < 10 * 64_000 / 2


class TestKeys:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (Moments(), Moments(n_jobs=2)),
            (Moments(highest=3), Moments(highest=np.int64(3))),
            (Moments(extra=0.5), Moments(extra=np.float64(0.5))),
            (Moments(extra=(1, "a")), Moments(extra=[1, "a"])),
            (Moments(extra={"a": 1, "b": 2}), Moments(extra={"b": 2, "a": 1})),
            (Moments(extra=np.arange(3)), Moments(extra=np.arange(3))),
            (Moments(extra=Trimmer()), Moments(extra=Trimmer())),
            (Moments(), make_pipeline("passthrough", make_pipeline(Moments(n_jobs=1)))),
            (Moments(extra=[Moments(n_jobs=2)]), Moments(extra=[Moments()])),
        ],
    )
    def test_equal_parameters_hit(self, one, other, clips):
        RowCache(one).fit(clips).transform(clips)
        cache = RowCache(other).fit(clips)
        cache.transform(clips)
        assert cache.misses_ == 0

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (Moments(highest=2), Moments(highest=3)),
            (Moments(extra=1), Moments(extra=True)),
            (Moments(extra=1), Moments(extra="1")),
            (Moments(extra=[1]), Moments(extra=[[1]])),
            (Moments(extra=np.arange(4)), Moments(extra=np.arange(4).reshape(2, 2))),
            (Moments(extra=np.zeros(2)), Moments(extra=np.zeros(2, np.float32))),
            (Moments(extra=Trimmer()), Moments(extra=Trimmer(top_db=30))),
            (Moments(extra={"a": 1}), Moments(extra={"a": 2})),
            (Moments(), make_pipeline(Trimmer(), Moments())),
            (make_pipeline(Trimmer(), Trimmer(20)), make_pipeline(Trimmer(20), Trimmer())),
        ],
    )  # fmt: skip
    def test_other_parameters_miss(self, one, other, clips):
        RowCache(one).fit(clips).transform(clips)
        cache = RowCache(other).fit(clips)
        assert_same(cache.transform(clips), clone(other).fit(clips).transform(clips))
        assert cache.hits_ == 0

    def test_the_type_of_samples_counts(self, clips):
        cache = RowCache(Moments()).fit(clips)
        cache.transform(clips)
        doubles = [clip.astype(np.float64) for clip in clips]
        assert_same(cache.transform(doubles), Moments().transform(doubles))
        assert cache.hits_ == 0
        for silence in (np.zeros(6), np.zeros(12, np.float32)):  # the same bytes
            assert_same(cache.transform([silence]), Moments().transform([silence]))

    def test_another_version_of_the_step(self, clips, monkeypatch):
        cache = RowCache(Moments()).fit(clips)
        cache.transform(clips)
        monkeypatch.setattr(Moments, "_row_version", 2, raising=False)
        assert cache.explain(clips[0]) == (
            "Miss: this content is remembered, but the numbers of Moments have changed, from "
            "version 1 to 2."
        )
        cache.transform(clips)
        assert cache.hits_ == 0

    def test_parameters_set_after_the_fit_count(self, clips):
        cache = RowCache(Moments()).fit(clips)
        cache.transform(clips)
        cache.transformer_.set_params(highest=4)
        assert cache.transform(clips).shape == (4, 4)

    @pytest.mark.parametrize(
        "value",
        [np.sin, object(), {1, 2}, np.array([None])],
        ids=["function", "object", "set", "objects"],
    )
    def test_parameters_of_unknown_meaning(self, value, clips):
        with pytest.raises(TypeError, match="cannot tell whether extra=.* of Moments will mean"):
            RowCache(Moments(extra=value)).fit(clips)


class TestFiles:
    def test_a_renamed_file_hits(self, paths):
        cache = RowCache(AudioReader()).fit(paths)
        cache.transform(paths[:1])
        os.rename(paths[0], paths[0] + ".other.wav")
        cache.transform([paths[0] + ".other.wav"])
        assert cache.hits_ == 1

    def test_digests_are_remembered(self, paths, folder, monkeypatch):
        monkeypatch.setattr(_cache_keys, "_TICK", -60.0)  # files of this minute are old enough
        hashed = count_hashed(monkeypatch)
        cache = RowCache(AudioReader()).fit(paths)
        cache.transform(paths)
        assert hashed == paths
        state = _cache_keys.file_state(folder / _cache_store._FILE_NAME)
        cache.transform(paths)
        assert hashed == paths
        assert cache.hits_ == 4
        assert _cache_keys.file_state(folder / _cache_store._FILE_NAME) == state  # nothing to note

    def test_digests_of_files_that_may_yet_change_are_not(self, paths, monkeypatch):
        hashed = count_hashed(monkeypatch)
        cache = RowCache(AudioReader()).fit(paths)
        cache.transform(paths)
        cache.transform(paths)
        assert hashed == 2 * paths

    @pytest.mark.skipif(os.name != "posix", reason="digests of files are not remembered there")
    @pytest.mark.parametrize("in_place", [True, False])
    def test_a_replaced_file_misses(self, paths, rng, in_place, monkeypatch):
        monkeypatch.setattr(_cache_keys, "_TICK", -60.0)
        cache = RowCache(AudioReader()).fit(paths)
        cache.transform(paths)
        status = os.stat(paths[0])
        time.sleep(0.05)  # more than the clock of any local file system needs to tick
        replaced = read_bytes(paths[1])
        if in_place:
            with open(paths[0], "r+b") as file:
                file.write(replaced)
        else:
            with open(paths[0] + "~", "wb") as file:
                file.write(replaced)
            os.replace(paths[0] + "~", paths[0])
        os.utime(paths[0], ns=(status.st_atime_ns, status.st_mtime_ns))
        assert os.stat(paths[0]).st_size == status.st_size
        assert_same(cache.transform(paths), AudioReader().transform(paths))
        assert cache.hits_ == 4  # of the content that it has now

    def test_a_file_replaced_while_it_is_read_is_not_remembered(self, paths, monkeypatch):
        other = read_bytes(paths[1])

        def replace_and_read(self, X):
            for path in X:
                with open(path, "wb") as file:
                    file.write(other)
                os.utime(path, ns=(1, 1))
            return read(self, X)

        cache, read = RowCache(AudioReader()).fit(paths), AudioReader.transform
        with open(paths[0], "rb") as file:
            before = file.read()
        with monkeypatch.context() as patch:
            patch.setattr(AudioReader, "transform", replace_and_read)
            cache.transform(paths[:1])
        assert "nothing with this content" in cache.explain(before)

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
    def test_what_is_no_file_is_left_to_the_reader(self, paths, tmp_path):
        os.mkfifo(tmp_path / "pipe.wav")
        cache = RowCache(AudioReader()).fit(paths)
        with pytest.raises(audio.AudioFileError, match="is a pipe"):
            cache.transform([str(tmp_path / "pipe.wav")])
        with pytest.raises(audio.AudioFileError, match="is a folder"):
            cache.transform([tmp_path])


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def count_hashed(monkeypatch):
    """The paths of files that are read to be hashed, as a list that grows."""
    hashed, original = [], _cache_keys._digest_of_file
    monkeypatch.setattr(
        _cache_keys, "_digest_of_file", lambda path: hashed.append(path) or original(path)
    )
    return hashed


class TestRefusals:
    @pytest.mark.parametrize(
        ("step", "named"),
        [
            (StandardScaler(), r"StandardScaler\(\) does not declare"),
            (FunctionTransformer(), r"FunctionTransformer\(\) does not"),
            (Padder(), r"Padder\(\) does not .* duration in seconds"),
            (AudioReader(sr=None), r"AudioReader\(sr=None\) does not .* with a rate"),
            (AudioReader(on_error="silence"), r'on_error="raise"'),
            (ToDevice("cpu"), r"ToDevice"),
            (make_pipeline(Trimmer(), StandardScaler()), r"\(step 'standardscaler'\)"),
            (Pipeline([("a", make_pipeline(Padder("median")))]), r"\(step 'a__padder'\)"),
            (Pipeline([("a", "passthrough")]), "holds no step"),
            (None, "None does not declare"),
        ],
    )
    def test_steps_that_are_not_row_wise(self, step, named, clips):
        with pytest.raises(ValueError, match=named):
            RowCache(step).fit(clips)

    def test_parameters(self, clips):
        for bad in ({"location": 3}, {"verbose": -1}, {"max_bytes": 1000}):
            (name,) = bad
            with pytest.raises(ValueError, match=f"The '{name}' parameter of RowCache must be"):
                RowCache(Moments(), **bad).fit(clips)

    def test_a_location_that_cannot_be_written(self, clips, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(OSError, match="cannot write into location=.*give it a folder"):
            RowCache(Moments(), location=tmp_path / "file").fit(clips)

    def test_a_step_that_is_not_what_it_says(self, clips, monkeypatch):
        cache = RowCache(Moments()).fit(clips)
        monkeypatch.setattr(Moments, "transform", lambda self, X: np.ones((1, 2)))
        with pytest.raises(ValueError, match="made 1 rows of 4"):
            cache.transform(clips)
        monkeypatch.setattr(Moments, "transform", lambda self, X: np.array([[None]] * len(X)))
        with pytest.raises(TypeError, match="row of type object"):
            cache.transform(clips)


class TestErrorsOfTheStep:
    """A hit never hides what the step would refuse."""

    def test_another_rate(self, clips):
        step = make_pipeline(Trimmer(), Padder(duration=1, sr=16000))
        cache = RowCache(step).fit(clips)
        cache.transform(clips)
        for _ in range(2):
            with pytest.raises(ValueError, match="8000 Hz and Padder works at 16000 Hz"):
                cache.transform(Clips(clips, sr=8000))

    @pytest.mark.skipif(gpu_status().usable, reason="there is a GPU to use")
    def test_a_gpu_that_is_missing(self, clips):
        cache = RowCache(ZCRExtractor()).fit(clips)
        cache.transform(clips)
        cache.transformer_.set_params(device="cuda")
        with pytest.raises(RuntimeError, match="cannot be used"):
            cache.transform(clips)

    def test_another_width(self, rng):
        X = rng.normal(size=(4, 6))
        RowCache(Moments()).fit_transform(X[:, :5].copy())
        with pytest.raises(ValueError, match="has 5 features, but RowCache is expecting 6"):
            RowCache(Moments()).fit(X).transform(X[:, :5])

    def test_several_types(self, clips):
        cache = RowCache(Moments()).fit(clips)
        doubles = [clip.astype(np.float64) for clip in clips]
        cache.transform(clips)
        cache.transform(doubles)
        with pytest.raises(ValueError, match="of several types"):
            cache.transform([clips[0], doubles[1]])

    def test_nan_is_found_in_its_place(self, clips):
        cache = RowCache(Moments()).fit(clips)
        cache.transform(clips[:2])
        bad = [*clips[:3], np.array([0, np.nan], dtype=np.float32)]
        with pytest.raises(ValueError, match="Clip 3 of X contains NaN"):
            cache.transform(bad)

    def test_files_that_are_missing_are_named_together(self, paths, monkeypatch):
        monkeypatch.setattr(_cache_batch, "_CHUNK_BYTES", 1)
        cache = RowCache(AudioReader()).fit(paths)
        with pytest.raises(audio.AudioFileError) as caught:
            cache.transform(["gone.wav", *paths, "lost.wav"])
        assert len(caught.value.failures) == 2
        assert cache.explain("gone.wav") == "Miss: 'gone.wav' cannot be read."

    def test_files_that_cannot_be_decoded(self, paths, tmp_path):
        cache = RowCache(AudioReader()).fit(paths)
        cache.transform(paths)
        closed = io.BytesIO(b"RIFF")
        closed.close()
        for bad in (b"no audio", io.StringIO("text"), closed):
            for _ in range(2):
                with pytest.raises(audio.AudioFileError, match="item 0 of X") as caught:
                    cache.transform([*paths, bad])
                assert "they are the rows 4 of X" in caught.value.__notes__[0]

    def test_what_is_no_recording(self, paths):
        cache = RowCache(AudioReader()).fit(paths)
        with pytest.raises(TypeError, match="Item 1 of X is 5"):
            cache.transform([paths[0], 5])
        with pytest.raises(ValueError, match="holds text.*put AudioReader"):
            RowCache(Trimmer()).fit(paths)

    def test_not_fitted(self, clips):
        for call in (RowCache(Moments()).transform, RowCache(Moments()).explain):
            with pytest.raises(sklearn.exceptions.NotFittedError):
                call(clips)


class TestDamage:
    """Whatever happens to the file, the numbers are right."""

    @pytest.fixture
    def warm(self, clips):
        cache = RowCache(Moments()).fit(clips)
        cache.transform(clips)
        return cache

    def path(self, folder):
        return folder / _cache_store._FILE_NAME

    @pytest.mark.parametrize("place", [18, 19, 60, 63, *range(0, 20480, 487)])
    @pytest.mark.filterwarnings("ignore:.*RowCache:RuntimeWarning")
    def test_a_flipped_byte(self, warm, folder, clips, place):
        content = bytearray(self.path(folder).read_bytes())
        content[place % len(content)] ^= 0xFF
        self.path(folder).write_bytes(content)
        expected = Moments().transform(clips)
        assert_same(warm.transform(clips), expected)
        assert_same(warm.transform(clips), expected)
        assert warm.hits_ == 4

    def test_a_flipped_byte_that_forbids_writing(self, warm, folder, clips):
        content = bytearray(self.path(folder).read_bytes())
        content[18] = 9  # the version of the format that writers must know
        self.path(folder).write_bytes(content)
        with pytest.warns(RuntimeWarning, match="is damaged"):
            warm.transform([clips[0][:5]])
        warm.transform([clips[0][:5]])
        assert warm.hits_ == 1

    @pytest.mark.parametrize("kept", [0, 1, 99, 100, 4096, 5000, 12288])
    @pytest.mark.filterwarnings("ignore:.*RowCache:RuntimeWarning")
    def test_a_truncated_file(self, warm, folder, clips, kept):
        os.truncate(self.path(folder), kept)
        assert_same(warm.transform(clips), Moments().transform(clips))
        warm.transform(clips)
        assert warm.hits_ == 4

    def test_a_damaged_row_is_explained_and_replaced(self, warm, folder, clips):
        with sqlite3.connect(self.path(folder)) as connection:
            connection.execute("UPDATE entries SET data = zeroblob(length(data))")
        connection.close()
        assert "is damaged" in warm.explain(clips[0])
        assert_same(warm.transform(clips), Moments().transform(clips))
        assert warm.misses_ == 4
        assert warm.explain(clips[0]).startswith("Hit")

    def test_a_damaged_file_is_replaced_with_a_warning(self, warm, folder, clips):
        self.path(folder).write_bytes(b"no database" * 1000)
        with pytest.warns(RuntimeWarning, match="is damaged.*starts an empty one"):
            warm.transform(clips)
        warm.transform(clips)
        assert warm.hits_ == 4

    def test_a_file_that_is_locked(self, warm, folder, clips, monkeypatch):
        monkeypatch.setattr(_cache_store, "_PATIENCE", 0.01)
        connection = sqlite3.connect(self.path(folder), isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.warns(RuntimeWarning, match="cannot use .*locked.*results are right"):
            assert_same(warm.transform(clips), Moments().transform(clips))
        connection.close()
        warm.transform(clips)
        assert warm.hits_ == 4

    def test_a_folder_that_is_gone(self, warm, folder, clips):
        self.path(folder).unlink()
        folder.rmdir()
        assert_same(warm.transform(clips), Moments().transform(clips))
        assert warm.misses_ == 4

    def test_a_folder_that_became_a_file(self, warm, folder, clips):
        self.path(folder).unlink()
        folder.rmdir()
        folder.touch()
        with pytest.warns(RuntimeWarning, match="cannot use"):
            assert_same(warm.transform(clips), Moments().transform(clips))


WRITER = """
import sys
from pathlib import Path
from sertools.preprocessing._cache_keys import digest
from sertools.preprocessing._cache_store import RowStore

store, start = RowStore(Path(sys.argv[1])), int(sys.argv[2])
for turn in range(int(sys.argv[3])):
    names = [str(start + turn * 20 + i).encode() for i in range(30)]
    store.save(digest(b"steps"), {digest(name): name * 5000 for name in names})
    print(turn, flush=True)
"""


def write_in_process(folder, start, n_turns):
    command = [sys.executable, "-c", WRITER, str(folder), str(start), str(n_turns)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def sound_names(folder, names):
    """Which entries are there; those that are must be right."""
    store, steps = RowStore(folder), _cache_keys.digest(b"steps")
    digests = {_cache_keys.digest(name): name for name in names}
    found = store.load(steps, list(digests))
    for digest, data in found.items():
        assert data == digests[digest] * 5000
    return {digests[digest] for digest in found}


class TestManyAtOnce:
    def test_a_killed_process(self, folder):
        names = [str(i).encode() for i in range(20 * 10_000)]
        for lines in (2, 5, 9):
            process = write_in_process(folder, 0, 10_000)
            for _ in range(lines):
                process.stdout.readline()
            time.sleep(0.0007 * lines)  # somewhere within the next transaction
            process.kill()
            process.wait()
            process.stdout.close()
            done = sound_names(folder, names[: 20 * lines + 10])
            assert len(done) == 20 * lines + 10  # what was reported done is there

    def test_two_processes(self, folder):
        processes = [write_in_process(folder, start, 15) for start in (0, 100)]
        for process in processes:
            process.communicate()
            assert process.returncode == 0
        names = {str(i).encode() for i in range(100 + 14 * 20 + 30)}
        assert sound_names(folder, names) == names

    def test_one_configuration_is_dropped_and_no_other(self, folder):
        store = RowStore(folder)
        for work in (b"one", b"other"):
            store.save(work, {b"row": work})
        store.drop(b"one")
        assert store.load(b"one", [b"row"]) == {}
        assert store.load(b"other", [b"row"]) == {b"row": b"other"}

    def test_entries_are_kept_together_or_not_at_all(self, folder):
        store, steps = RowStore(folder), _cache_keys.digest(b"steps")
        with pytest.raises(TypeError):
            store.save(steps, {b"a" * 16: b"data", b"b" * 16: None})
        assert store.load(steps, [b"a" * 16]) == {}

    def test_a_file_object_is_read_by_one_thread_at_a_time(self):
        class Guarded(io.BytesIO):
            busy = threading.Lock()

            def read(self, *args):
                assert self.busy.acquire(blocking=False)
                time.sleep(0.001)
                self.busy.release()
                return super().read(*args)

        file = Guarded()
        audio.write(file, np.zeros(160), 16000)
        cache = RowCache(AudioReader()).fit([file])
        with parallel_config(backend="threading", n_jobs=4):
            assert len(cache.transform([file] * 40)) == 40

    def test_threads(self, rng):
        X = list(rng.normal(size=(60, 40)))
        expected = Moments().transform(X)
        cache, results = RowCache(Moments()).fit(X), {}

        def work(i):
            results[i] = cache.transform(X[i * 10 : i * 10 + 20])

        threads = [threading.Thread(target=work, args=(i,)) for i in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for i, result in results.items():
            assert_same(result, expected[i * 10 : i * 10 + 20])
        assert len(results) == 5
        cache.transform(X)
        assert cache.misses_ == 0


class TestSize:
    @pytest.fixture
    def clock(self, monkeypatch):
        now = [1e9]
        monkeypatch.setattr(_cache_store.time, "time", lambda: now[0])
        return now

    def test_the_file_stays_within_its_bound(self, folder, rng):
        cache = RowCache(Squares(), max_bytes=LEAST_BYTES)
        for _ in range(5):
            cache.fit_transform(rng.normal(size=(8, 3000)))
            assert (folder / _cache_store._FILE_NAME).stat().st_size <= LEAST_BYTES

    def test_what_was_used_longest_ago_goes_first(self, rng, clock):
        X = list(rng.normal(size=(30, 3000)))  # 48 kB of squares each: 21 of them fit
        cache = RowCache(Squares(), max_bytes=LEAST_BYTES).fit(X)
        for i in range(15):
            cache.transform(X[i : i + 1])
            clock[0] += 100
        cache.transform(X[:5])
        clock[0] += 100
        cache.transform(X[15:25])
        explained = [cache.explain(row) for row in X]
        assert all(text.startswith("Hit") for text in explained[:5] + explained[15:25])
        dropped = [i for i, text in enumerate(explained) if "dropped to keep within" in text]
        assert dropped == list(range(5, 5 + len(dropped)))
        assert 4 <= len(dropped) <= 8
        assert all("nothing with this content" in text for text in explained[25:])

    def test_rows_larger_than_the_bound(self, rng):
        X = rng.normal(size=(1, LEAST_BYTES // 8))
        cache = RowCache(Squares(), max_bytes=LEAST_BYTES).fit(X)
        for _ in range(2):
            assert_same(cache.transform(X), Squares().fit(X).transform(X))
            assert cache.misses_ == 1

    def test_clear(self, clips, folder):
        cache = RowCache(Moments()).fit(clips)
        cache.transform(clips)
        cache.clear()
        assert "nothing with this content" in cache.explain(clips[0])
        cache.transform(clips)
        assert cache.misses_ == 4


class TestExplain:
    def test_hit_and_unknown(self, clips):
        cache = RowCache(Moments()).fit(clips)
        cache.transform(clips[:2])
        assert cache.explain(clips[0]) == "Hit: the row is remembered."
        assert "nothing with this content is remembered in '" in cache.explain(clips[2])

    def test_recordings(self, paths):
        cache = RowCache(make_pipeline(AudioReader(), Trimmer())).fit(paths)
        cache.transform(paths[:1])
        assert cache.explain(paths[0]).startswith("Hit")
        assert cache.explain(read_bytes(paths[0])).startswith("Hit")
        assert cache.explain(paths[1]).startswith("Miss: nothing with this content")

    def test_other_parameters(self, paths):
        step = make_pipeline(AudioReader(), Trimmer())
        RowCache(step).fit_transform(paths)
        RowCache(step.set_params(trimmer__hop_length=80, trimmer__top_db=20)).fit_transform(paths)
        cache = RowCache(make_pipeline(AudioReader(), Trimmer(top_db=30))).fit(paths)
        assert cache.explain(paths[0]) == (
            "Miss: this content is remembered, but top_db of Trimmer was 40, now it is 30."
        )

    def test_other_steps(self, clips):
        RowCache(Moments()).fit_transform(clips)
        cache = RowCache(make_pipeline(Trimmer(), Moments())).fit(clips)
        assert cache.explain(clips[0]) == (
            "Miss: this content is remembered, but the steps were Moments, now they are Trimmer, "
            "Moments."
        )


class TestManners:
    def test_pickle(self, clips):
        cache = RowCache(Moments()).fit(clips)
        expected = cache.transform(clips)
        again = pickle.loads(pickle.dumps(cache))
        assert_same(again.transform(clips), expected)
        assert again.hits_ == 4

    def test_in_a_grid_search(self, rng):
        X, y = list(rng.normal(size=(30, 50))), np.arange(30) % 2
        pipeline = make_pipeline(RowCache(Moments()), KNeighborsClassifier(3))
        grid = {"rowcache__transformer__highest": [1, 2, 3]}
        for expected in (3 * 30, 0):
            Squares.computed = 0
            GridSearchCV(pipeline, grid, cv=3, error_score="raise", refit=False).fit(X, y)
            assert Squares.computed == expected

    def test_data_frames(self, clips):
        names = ["moment1", "moment2"]
        cache = RowCache(Moments()).set_output(transform="pandas").fit(clips)
        assert list(cache.transform(clips).columns) == names
        assert list(cache.get_feature_names_out()) == names
        cache.set_output(transform="default")
        assert isinstance(cache.transform(clips), np.ndarray)
        cache = RowCache(Moments()).fit(clips).set_output(transform="pandas")
        assert isinstance(cache.transform(clips), pd.DataFrame)
        with sklearn.config_context(transform_output="pandas"):
            assert isinstance(RowCache(Moments()).fit_transform(clips), pd.DataFrame)
            assert isinstance(RowCache(Trimmer()).fit_transform(clips), Clips)
            assert isinstance(RowCache(Squares()).fit_transform(clips), list)

    def test_the_choice_of_the_step_is_that_of_the_cache(self, clips):
        frame = pd.DataFrame(np.ones((2, 3)), index=["a", "b"], columns=list("xyz"))
        step = Moments().set_output(transform="pandas")
        for _ in range(2):
            pd.testing.assert_frame_equal(
                RowCache(step).fit_transform(frame), step.fit_transform(frame)
            )

    def test_clips_take_the_wish_for_data_frames(self, clips):
        cache = RowCache(Trimmer()).fit(clips).set_output(transform="pandas")
        assert_same(cache.transform(clips), Trimmer().transform(clips))
        with pytest.raises(ValueError, match="transform='table'"):
            cache.set_output(transform="table")

    def test_frames_have_no_names(self, clips):
        cache = RowCache(Squares()).fit(clips)
        assert not hasattr(cache, "set_output")
        assert not hasattr(cache, "get_feature_names_out")

    def test_names_behind_a_reader(self, paths):
        pipeline = make_pipeline(RowCache(AudioReader()), Moments()).fit(paths)
        assert list(pipeline.get_feature_names_out()) == ["moment1", "moment2"]

    def test_verbose(self, clips, capsys):
        cache = RowCache(Moments(), verbose=1).fit(clips)
        cache.transform(clips)
        assert "1/1" in capsys.readouterr().err
        cache.transform(clips)
        assert capsys.readouterr().err == "RowCache: 4 hits, 0 misses\n"

    @pytest.mark.parametrize("location", ["text", "path"])
    def test_location(self, clips, tmp_path, location, folder):
        place = tmp_path / "a" / "b"
        RowCache(Moments(), location=str(place) if location == "text" else place).fit(clips)
        assert place.is_dir()
        assert not folder.exists()

    def test_the_default_folder(self, user_cache, tmp_path, monkeypatch):
        assert default_folder() == user_cache / "sertools"
        monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setattr(sys, "platform", "linux")
        assert default_folder() == tmp_path / ".cache" / "sertools"
        monkeypatch.setattr(sys, "platform", "darwin")
        assert default_folder() == tmp_path / "Library" / "Caches" / "sertools"
        monkeypatch.setattr(sys, "platform", "win32")
        monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "Local"))
        assert default_folder() == tmp_path / "Local" / "sertools" / "Cache"


A_LIST = "clips of differing lengths come back as a list, which has no shape"
EXPECTED = {
    "check_transformer_data_not_an_array": A_LIST,
    "check_transformer_general": A_LIST,
    "check_transformer_preserve_dtypes": A_LIST,
}


@parametrize_with_checks(
    [RowCache(Trimmer()), RowCache(make_pipeline(Trimmer(), Moments()))],
    expected_failed_checks=lambda cache: EXPECTED if isinstance(cache.transformer, Trimmer) else {},
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_counts_come_with_the_fit():
    with pytest.raises(NotFittedError):
        RowCache(Moments()).hits_  # noqa: B018
    assert RowCache(Moments()).fit(np.ones((2, 3))).misses_ == 0


def test_what_is_refused_in_fit_can_be_shown_before():
    refused = RowCache(StandardScaler())
    assert "StandardScaler" in estimator_html_repr(refused)
    with pytest.raises(ValueError, match="belongs before or behind RowCache"):
        refused.fit(np.ones((2, 3)))


def test_a_class_is_no_step():
    with pytest.raises(TypeError, match=r"Trimmer is a class: pass an object, Trimmer\(\)"):
        RowCache(Trimmer).fit(np.ones((2, 3)))
