"""No file runs code, hangs or crashes: what is no whole model of ours is refused, with the why."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import pickle
import shutil
import zipfile

import joblib
import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sertools import (
    KernelRidgeClassifier,
    MLPClassifier,
    XGBoostClassifier,
    audio,
    load,
    make_corpus,
    make_emotion_pipeline,
    model_card,
    save,
)
from sertools.persistence import ModelFileError
from sertools.persistence._golden import Stage

LINE = 82  # bytes before the archive
N_FILES = 2000


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """A model as bytes."""
    corpus = make_corpus(n_speakers=2, n_per_speaker=4, emotions=("angry", "sad"))
    path = tmp_path_factory.mktemp("model") / "model.ser"
    save(make_emotion_pipeline("kernel").fit(corpus.X, corpus.y), path)
    return path.read_bytes()


@pytest.fixture
def opened(tmp_path):
    """What is loaded from these bytes."""

    def open_(content):
        (tmp_path / "model.ser").write_bytes(content)
        return load(tmp_path / "model.ser")

    return open_


def signed(archive, version=1):
    """An archive behind a line that vouches for it, as anybody can write it."""
    digest = hashlib.sha256(archive).hexdigest()
    return f"sertools-model {version} {digest}\n".encode() + archive


def changed(content, change):
    """A model whose parts were changed by a function, and vouched for again."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return signed(file.getvalue())


def with_schema(change):
    """A change of the schema by which skops makes the estimator again."""

    def apply(parts):
        def within(inner):
            schema = json.loads(inner["schema.json"])
            change(schema)
            inner["schema.json"] = json.dumps(schema).encode()

        parts["model.skops"] = changed(parts["model.skops"], within)[LINE:]

    return apply


def test_the_line_is_as_long_as_the_tests_say(content):
    assert signed(content[LINE:]) == content


class Boom:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize(
    ("dump", "words"),
    [
        (pickle.dumps, "a pickle, which could run anything"),
        (lambda thing: dumped(thing, compress=3), "zlib, as of a compressed pickle"),
        (lambda thing: dumped(thing, compress=("gzip", 3)), "gzip, as of a compressed pickle"),
    ],
    ids=["pickle", "joblib", "joblib with gzip"],
)
def test_pickles_are_told_and_not_opened(opened, tmp_path, dump, words):
    with pytest.raises(ModelFileError, match=words):
        opened(dump(Boom(tmp_path / "canary")))
    assert not (tmp_path / "canary").exists()


def dumped(thing, compress):
    file = io.BytesIO()
    joblib.dump(thing, file, compress=compress)
    return file.getvalue()


@pytest.mark.parametrize(
    ("begin", "words"),
    [
        (b"", "it is empty"),
        (b"PK\x03\x04 and so on", "a ZIP archive"),
        (b"RIFF....WAVE", "a sound"),
        (b"\x93NUMPY\x01\x00", "a NumPy array"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"hello\n" * 100, "is no model of sertools"),
        (b"sertools-model one", "is no model of sertools"),
    ],
)
def test_other_files(opened, begin, words):
    with pytest.raises(ModelFileError, match=words):
        opened(begin)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "model.ser")


def test_a_newer_format(opened, content):
    with pytest.raises(ModelFileError, match="format 2, and this sertools reads up to 1: update"):
        opened(signed(content[LINE:], version=2))


def test_every_byte_counts(opened, content, rng):
    places = np.concatenate([np.arange(LINE), rng.integers(LINE, len(content), 100)])
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 1 << rng.integers(8)
        with pytest.raises(ModelFileError):
            opened(bytes(damaged))


def test_so_does_the_end(opened, content, rng):
    for length in [*range(0, LINE + 1, 9), *rng.integers(LINE, len(content), 20), len(content) - 1]:
        with pytest.raises(ModelFileError):
            opened(content[:length])
    with pytest.raises(ModelFileError, match="damaged or cut off"):
        opened(content + b"\n")


class TestForgeries:
    """What somebody wrote who can write digests, too."""

    @pytest.mark.parametrize(
        ("module", "name"),
        [
            ("builtins", "eval"),
            ("os", "system"),
            ("subprocess", "Popen"),
            ("sertools.audio", "write"),
        ],
    )
    def test_types_that_are_not_known_are_not_made(self, opened, content, module, name):
        def change(schema):
            schema["content"] |= {"__class__": name, "__module__": module}

        with pytest.raises(ModelFileError, match=rf"{module}\.{name}.*it is not built"):
            opened(changed(content, with_schema(change)))

    @pytest.mark.parametrize("loader", ["ReduceNode", "ObjectNode", "NoSuchNode", "MethodNode", 7])
    def test_nor_by_another_way(self, opened, content, loader):
        def change(schema):
            schema["__loader__"] = loader
            schema["__class__"] = "system"
            schema["__module__"] = "os"

        with pytest.raises(ModelFileError):
            opened(changed(content, with_schema(change)))

    @pytest.mark.parametrize("name", ["card.json", "golden.npz", "model.skops"])
    @pytest.mark.parametrize("part", [None, b"", b"[]", b"{" * 10_000, b"PK\x05\x06" + bytes(18)])
    def test_parts_that_are_missing_or_nonsense(self, opened, content, name, part):
        def change(parts):
            if part is None:
                del parts[name]
            else:
                parts[name] = part

        with pytest.raises(ModelFileError):
            opened(changed(content, change))

    def test_arrays_of_objects_are_no_golden_clips(self, opened, content, tmp_path):
        def change(parts):
            file = io.BytesIO()
            np.savez(file, **{"0.clip": np.array([Boom(tmp_path / "canary")], dtype=object)})
            parts["golden.npz"] = file.getvalue()

        with pytest.raises(ModelFileError, match="allow_pickle"):
            opened(changed(content, change))
        assert not (tmp_path / "canary").exists()

    def test_nothing_unfolds(self, opened, content):
        def packed(parts):
            file = io.BytesIO()
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("schema.json", bytes(10_000_000))
            parts["model.skops"] = file.getvalue()

        with pytest.raises(ModelFileError, match="'schema.json' packed"):
            opened(changed(content, packed))
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("card.json", bytes(10_000_000))
        with pytest.raises(ModelFileError, match="'card.json' packed"):
            opened(signed(file.getvalue()))

    def test_golden_clips_are_no_names_of_files(self, opened, content, tmp_path):
        (tmp_path / "secret").write_text("secret")

        def change(parts):
            file = io.BytesIO()
            with np.load(io.BytesIO(parts["golden.npz"])) as golden:
                stages = {name: golden[name] for name in golden.files if name.startswith("stage")}
            np.savez(file, **{"0.table": np.array([str(tmp_path / "secret")])}, **stages)
            parts["golden.npz"] = file.getvalue()

        with pytest.raises(ModelFileError, match="golden clips that are no numbers"):
            opened(changed(content, change))

    def test_a_short_tree_means_no_long_one(self, opened, content):
        def change(schema):
            pair = {"__class__": "list", "__module__": "builtins", "__loader__": "ListNode"}
            for i in range(60):
                again = {"__id__": i - 1, **{key: pair[key] for key in list(pair)[:3]}}
                pair = {**pair, "__id__": i, "content": [again, again]}
                schema[f"more {i}"] = pair

        with pytest.raises(ModelFileError, match="written down in two ways"):
            opened(changed(content, with_schema(change)))

    def test_a_card_is_as_careful(self, content, tmp_path):
        (tmp_path / "model.ser").write_bytes(content[:-1])
        with pytest.raises(ModelFileError, match="damaged"):
            model_card(tmp_path / "model.ser")


@pytest.fixture
def forged(tmp_path, monkeypatch):
    """The file of a model that was tampered with after its fit."""

    def save_(model):
        told = [Stage("a stage", [np.zeros(1)])]
        monkeypatch.setattr("sertools.persistence._save.stages", lambda *args: told)
        monkeypatch.setattr(
            "sertools.persistence._save._without_folders", lambda model: contextlib.nullcontext()
        )
        save(model, tmp_path / "forged.ser", examples=np.zeros((1, 3)))
        return tmp_path / "forged.ser"

    return save_


@pytest.fixture
def table(rng):
    return rng.normal(size=(30, 3)), np.arange(30) % 3


class TestTampering:
    """What is made of trusted types only, and is none the less no model that anybody fitted."""

    def test_an_attribute_in_the_place_of_a_method(self, forged, table):
        model = StandardScaler().fit(table[0])
        model.transform = "builtins.str"
        with pytest.raises(ModelFileError, match="StandardScaler with an attribute 'transform'"):
            load(forged(model))

    def test_an_attribute_in_the_place_of_the_constraints(self, forged, table):
        model = StandardScaler().fit(table[0])
        model._parameter_constraints = {}
        with pytest.raises(ModelFileError, match="hides its own"):
            load(forged(model))

    def test_a_parameter_that_is_none(self, forged, table):
        model = KernelRidgeClassifier().fit(*table)
        model.gamma = "fast"
        with pytest.raises(ModelFileError, match="'gamma' parameter of KernelRidgeClassifier"):
            load(forged(model))

    def test_a_folder_to_remember_in(self, forged, table, tmp_path):
        model = make_pipeline(StandardScaler(), GaussianNB()).fit(*table)
        model.memory = str(tmp_path / "notes")
        assert load(forged(model), verify=False).memory is None

    def test_what_is_frozen_hides_nothing(self, forged, table):
        model = FrozenEstimator(GaussianNB().fit(*table))
        model.classes_ = ["nobody"]
        with pytest.raises(ModelFileError, match="'classes_' that hides what it holds"):
            load(forged(model))

    @pytest.mark.parametrize("name", ["_dual_coef_", "dual_coef_", "_intercept_", "support_"])
    def test_support_vectors_that_do_not_belong_together(self, forged, table, name):
        model = SVC().fit(*table)
        setattr(model, name, getattr(model, name)[..., :1])
        with pytest.raises(ModelFileError, match="do not belong together"):
            load(forged(model))

    @pytest.mark.parametrize(
        ("name", "value"), [("n_models", 100_000), ("width", 10**9), ("depth", 10**9)]
    )
    def test_networks_of_any_size(self, forged, table, name, value, monkeypatch):
        model = MLPClassifier(width=4, max_epochs=1).fit(*table)
        setattr(model, name, value)
        # Who forges a file does not ask whether it would load.
        monkeypatch.setattr(MLPClassifier, "_fitted_networks", MLPClassifier._networks)
        with pytest.raises(ModelFileError):
            load(forged(model))

    @pytest.mark.parametrize(
        ("place", "value"),
        [
            ("left_children", 10**8),
            ("left_children", -7),
            ("right_children", 0),
            ("split_indices", 10**9),
            ("split_type", 1),
            ("parents", None),
            ("tree_info", 10**7),
            ("num_nodes", None),
        ],
    )
    def test_trees_that_lead_astray(self, table, tmp_path, place, value):
        save(XGBoostClassifier(n_estimators=2, max_depth=2).fit(*table), tmp_path / "model.ser")

        def change(parts):
            (name,) = (name for name in parts if name.startswith("XGBoostClassifier"))
            model = json.loads(parts[name])
            trees = model["learner"]["gradient_booster"]["model"]
            if place == "tree_info":
                trees["tree_info"][0] = value
            elif place == "num_nodes":
                trees["trees"][0]["tree_param"]["num_nodes"] = "99"
            elif value is None:
                trees["trees"][0][place].pop()
            else:
                trees["trees"][0][place][0] = value
            parts[name] = json.dumps(model).encode()

        content = (tmp_path / "model.ser").read_bytes()
        (tmp_path / "model.ser").write_bytes(changed(content, change))
        with pytest.raises(ModelFileError, match="a tree|a booster"):
            load(tmp_path / "model.ser")

    def test_trees_that_are_dropped_and_are_not_there(self, table, tmp_path):
        dart = XGBoostClassifier(n_estimators=2, booster_params={"booster": "dart"})
        save(dart.fit(*table), tmp_path / "model.ser")

        def change(parts):
            (name,) = (name for name in parts if name.startswith("XGBoostClassifier"))
            model = json.loads(parts[name])
            model["learner"]["gradient_booster"]["weight_drop"].pop()
            parts[name] = json.dumps(model).encode()

        content = (tmp_path / "model.ser").read_bytes()
        (tmp_path / "model.ser").write_bytes(changed(content, change))
        with pytest.raises(ModelFileError, match="scales other trees than it has"):
            load(tmp_path / "model.ser")


def mutated(content, rng):
    """The content with some bytes changed, cut out or doubled."""
    found = bytearray(content)
    for _ in range(rng.integers(1, 9)):
        place = int(rng.integers(len(found) + 1))
        length = int(rng.integers(1, 65))
        kind = rng.integers(4)
        if kind == 0:
            found[place : place + length] = rng.bytes(length)
        elif kind == 1:
            del found[place : place + length]
        elif kind == 2:
            found[place:place] = found[place : place + length]
        else:
            found[place : place + 1] = bytes([rng.integers(256)])
    # One byte in 256 is replaced by itself.
    return bytes(found) if found != content else mutated(content, rng)


class TestMutations:
    @pytest.mark.filterwarnings("ignore")  # of whatever nonsense a mutated number leads to
    def test_of_models(self, opened, content, rng):
        n_loaded = 0
        for _ in range(N_FILES // 2):
            with pytest.raises(ModelFileError):
                opened(mutated(content, rng))
            try:  # a mutation may hit a byte that says nothing
                opened(signed(mutated(content[LINE:], rng)))
                n_loaded += 1
            except ModelFileError:
                continue
        assert n_loaded < N_FILES // 4

    def test_of_recordings(self, rng, tmp_path):
        sound = rng.uniform(-0.1, 0.1, 4000)
        path = tmp_path / "one.wav"
        audio.write(path, sound, 16000)
        whole = path.read_bytes()
        for _ in range(N_FILES):
            head = mutated(whole[:60], rng) + whole[60:]
            path.write_bytes(head if rng.integers(2) else mutated(whole, rng))
            try:
                samples, rate = audio.read(path)
            except (ValueError, OSError):
                continue
            assert np.isfinite(samples).all()
            assert rate > 0


def test_a_model_in_a_folder_that_moved(content, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "model.ser").write_bytes(content)
    shutil.move(tmp_path / "a", tmp_path / "b")
    assert load(str(tmp_path / "b" / "model.ser")).classes_.tolist() == ["angry", "sad"]
