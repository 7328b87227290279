"""Classifiers by neural networks: what they take, what they learn, and how they are kept."""

from __future__ import annotations

import copy
import pickle
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from safetensors.numpy import save_file
from sklearn.base import clone
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline

from sertools import (
    CNNClassifier,
    CRNNClassifier,
    MelExtractor,
    MLPClassifier,
    RNNClassifier,
    make_corpus,
)
from sertools.models import _network_classifier, networks

EMOTIONS = np.array(["angry", "happy", "sad"])

# Each architecture, cell and summary once, as narrow as it learns.
OF_FRAMES = [
    CNNClassifier("cnn1d", width=8),
    CNNClassifier("cnn2d", width=8),
    CNNClassifier("resnet1d", width=8),
    CNNClassifier("resnet2d", width=8),
    CNNClassifier("alexnet1d", width=8),
    RNNClassifier("lstm", width=16, bidirectional=True),
    RNNClassifier("gru", width=16, depth=1, pooling="mean"),
    RNNClassifier("rnn", width=16, pooling="last"),
    CRNNClassifier(width=4),
]


@pytest.fixture
def y():
    return EMOTIONS[np.arange(12) % 3]


@pytest.fixture
def clips(rng):
    """Clips of five channels of noise, long and short."""
    return [rng.normal(size=(5, n)) for n in rng.integers(15, 40, 12)]


@pytest.fixture
def block(rng):
    return rng.normal(size=(12, 5, 9))


@pytest.fixture(scope="module")
def spoken():
    """Log-mel spectrograms of six emotions, as eight synthetic speakers feel them."""
    corpus = make_corpus(random_state=0)
    frames = MelExtractor(n_mels=24, hop_length=320, stats=None).fit_transform(corpus.X)
    return frames, corpus.y, corpus.groups


def small(**parameters):
    """A network that takes frames, and no time."""
    brief = {"width": 4, "depth": 1, "max_epochs": 2, "random_state": 0}
    return CNNClassifier("cnn1d", **{**brief, **parameters})


def dense(**parameters):
    return MLPClassifier(**{"width": 4, "max_epochs": 2, "random_state": 0, **parameters})


def given(model, clips):
    """What a model takes of some clips: all frames, or the first of each."""
    return [clip[:, 0] for clip in clips] if isinstance(model, MLPClassifier) else clips


class TestLearning:
    @pytest.mark.parametrize("model", [*OF_FRAMES, MLPClassifier(width=16)], ids=str)
    def test_a_few_clips_of_noise_are_learnt_by_heart(self, model, clips, y):
        model = clone(model).set_params(dropout=0, max_epochs=60, lr=0.03, random_state=0)
        X = given(model, clips)
        assert model.fit(X, y).score(X, y) == 1

    @pytest.mark.parametrize("model", OF_FRAMES, ids=str)
    def test_emotions_of_unknown_speakers_are_heard(self, model, spoken):
        model = clone(model).set_params(max_epochs=30, lr=0.01, random_state=0)
        X, y, groups = spoken
        predicted = cross_val_predict(model, X, y, groups=groups, cv=GroupKFold(2))
        assert balanced_accuracy_score(y, predicted) > 2 / 6

    @pytest.mark.parametrize("model", OF_FRAMES, ids=str)
    def test_of_shuffled_labels_nothing_is_known(self, model, spoken, rng):
        model = clone(model).set_params(max_epochs=10, lr=0.01, random_state=0)
        X, y, groups = spoken
        drawn = rng.permutation(y)
        predicted = cross_val_predict(model, X, drawn, groups=groups, cv=GroupKFold(2))
        # Three standard deviations of the mean recall of six classes of forty.
        assert abs(balanced_accuracy_score(drawn, predicted) - 1 / 6) < 0.075


class TestFrames:
    @pytest.mark.parametrize("model", OF_FRAMES, ids=str)
    def test_of_a_clip_have_the_answer_that_they_have_alone(self, model, rng, clips, y):
        model = clone(model).set_params(max_epochs=3, random_state=0).fit(clips, y)
        short, long = rng.normal(size=(5, 21)), rng.normal(size=(5, 42))
        together = model.decision_function([short, long])
        assert_allclose(model.decision_function([short]), together[:1], atol=1e-5)
        assert_allclose(model.decision_function([long]), together[1:], atol=1e-5)

    @pytest.mark.parametrize(
        "container",
        [
            list,
            tuple,
            np.asfortranarray,
            np.ndarray.tolist,
            lambda block: list(block.astype(np.float32)),
            lambda block: pd.Series(list(block)),
        ],
        ids=["list", "tuple", "fortran", "lists", "single", "series"],
    )
    def test_are_the_same_in_any_container(self, block, y, container):
        expected = small().fit(block, y).decision_function(block)
        frames = container(block)
        assert_array_equal(small().fit(frames, y).decision_function(frames), expected)

    @pytest.mark.parametrize("container", [list, pd.DataFrame, lambda table: table[:, None]])
    def test_of_one_channel_are_a_table(self, block, y, container):
        table = block[:, 0]
        expected = small().fit(table, y).decision_function(table)
        frames = container(table)
        model = small().fit(frames, y)
        assert model.n_channels_in_ == 1
        assert_array_equal(model.decision_function(frames), expected)

    def test_of_one_channel_may_have_any_lengths(self, clips, y):
        mono = [clip[0] for clip in clips]
        model = small().fit(mono, y)
        assert_array_equal(model.predict([clip[:1] for clip in clips]), model.predict(mono))

    @pytest.mark.parametrize(
        ("model", "container"),
        [
            (small(), lambda block: block),
            (small(), list),
            (small(), lambda block: block[:, 0].copy()),
            (dense(), lambda block: block[:, 0].copy()),
        ],
        ids=["frames", "list", "mono", "table"],
    )
    @pytest.mark.parametrize("writeable", [True, False])
    def test_are_not_written_to(self, block, y, model, container, writeable):
        """Those in single precision, too, which torch would take as they are."""
        X = container(block.astype(np.float32))
        before = copy.deepcopy(X)
        for part in [X] if isinstance(X, np.ndarray) else X:
            part.setflags(write=writeable)
        clone(model).fit(X, y).predict(X)
        assert_array_equal(X, before)

    def test_of_no_weight_are_left_out(self, clips, y):
        weights = np.arange(12) % 5 > 0
        used = [clip for clip, weight in zip(clips, weights, strict=True) if weight]
        expected = small().fit(used, y[weights]).decision_function(clips)
        model = small().fit(clips, y, sample_weight=weights)
        assert_array_equal(model.decision_function(clips), expected)

    @pytest.mark.parametrize("model", [RNNClassifier(), CRNNClassifier()], ids=str)
    def test_too_many_for_a_gradient_are_refused(self, model, y):
        most = {"RNNClassifier": 5000, "CRNNClassifier": 20000}[type(model).__name__]
        X = [np.zeros((1, n)) for n in [most + 1, *range(1, 12)]]
        with pytest.raises(ValueError, match=f"has {most + 1} frames.* takes up to {most}: give"):
            model.fit(X, y)
        model = clone(model).set_params(width=2, depth=1, max_epochs=1).fit(X[1:], y[1:])
        with pytest.raises(ValueError, match=f"has {most + 1} frames"):
            model.predict(X)
        assert len(model.predict([np.zeros((1, most))])) == 1

    @pytest.mark.parametrize("model", [small(), RNNClassifier(), dense()], ids=str)
    def test_are_refused_with_another_number_of_channels(self, block, y, model):
        model = clone(model).set_params(max_epochs=1).fit(given(model, block), y)
        with pytest.raises(ValueError, match="4 (features|channels)"):
            model.predict(given(model, block[:, :4]))

    def test_that_are_fewer_than_a_network_sees_are_told_once(self, clips, y, caplog):
        _network_classifier._mention_once.cache_clear()
        model = small(depth=3)
        model.fit(clips, y)
        (record,) = caplog.records
        field = model.engine_.module_.receptive_field
        assert record.levelname == "WARNING"
        assert f"clips shorter than the {field} frames" in record.getMessage()
        model.fit(clips, y)
        model.predict(clips)
        small(depth=1).fit([np.tile(clip, 3) for clip in clips], y)
        dense().fit([clip[:, 0] for clip in clips], y)
        assert len(caplog.records) == 1


class TestStandardisation:
    def test_is_by_channel_over_all_frames(self, clips, y):
        frames = np.hstack(clips)
        model = small().fit(clips, y)
        assert_allclose(model.mean_, frames.mean(axis=1), atol=1e-6)
        assert_allclose(model.scale_, frames.std(axis=1), rtol=1e-5)

    @pytest.mark.parametrize("model", [small(), dense()], ids=["frames", "table"])
    def test_makes_units_and_offsets_mean_nothing(self, model, block, y):
        units = np.array([[1], [1e-30], [1e25], [1e4], [1e-4]])
        X, moved = (given(model, frames) for frames in (block, (block + 1000) * units))
        expected = clone(model).fit(X, y).decision_function(X)
        found = clone(model).fit(moved, y).decision_function(moved)
        assert_allclose(found, expected, atol=0.01)

    @pytest.mark.parametrize("value", [0, 0.1, 1e6])
    def test_leaves_a_constant_channel_silent(self, block, y, value):
        block[:, 2] = value
        model = small().fit(block, y)
        assert model.scale_[2] == 1
        without = block.copy()
        without[:, 2] = 0
        expected = small().fit(without, y).decision_function(without)
        assert_array_equal(model.decision_function(block), expected)

    def test_takes_rounding_for_no_spread(self, block, y):
        """Near a million a number in single precision knows its sixteenth."""
        block[:, 2] = 1e6 + 0.05 * block[:, 2]
        assert small().fit(block, y).scale_[2] == 1

    def test_of_numbers_beyond_single_precision_is_refused(self, block, y):
        model = small().fit(block, y)
        block[7, 2, 3] = 1e39
        with pytest.raises(ValueError, match="^Rows 7 of X hold numbers too large for single"):
            model.predict(block)
        with pytest.raises(ValueError, match="^Columns or channels 2 of X hold numbers too large"):
            model.fit(block, y)


class TestEnsembles:
    def test_average_probabilities(self, clips, y):
        model = small(n_models=3, max_epochs=5).fit(clips, y)
        single = small(max_epochs=5)
        chances = []
        for net in model.engines_:
            one = copy.copy(model)
            one.engines_ = [net]
            chances.append(one.predict_proba(clips))
        assert_allclose(model.predict_proba(clips), np.mean(chances, axis=0), rtol=1e-5)
        assert_array_equal(single.fit(clips, y).predict_proba(clips), chances[0])
        assert np.ptp(chances, axis=0).max() > 0.01

    def test_count_the_weights_of_one(self, clips, y):
        one, three = (small(n_models=n).fit(clips, y) for n in (1, 3))
        # Of the convolution from 5 channels to 4 maps of 5 taps, its norm, and 8 statistics.
        assert one.n_parameters_ == three.n_parameters_ == 5 * 4 * 5 + 2 * 4 + (8 + 1) * 3


class TestParametersOfParts:
    def test_have_other_names_here(self):
        model = CNNClassifier().set_params(
            module__width=5,
            optimizer__lr=0.5,
            optimizer__weight_decay=0.25,
            iterator_train__batch_size=7,
            iterator_train__mixup=0.2,
            iterator_train__spec_augment=0.1,
        )
        assert repr(model) == repr(
            CNNClassifier(
                width=5, lr=0.5, weight_decay=0.25, batch_size=7, mixup=0.2, spec_augment=0.1
            )
        )

    @pytest.mark.parametrize(
        ("name", "value", "found"),
        [
            ("optimizer__betas", (0.5, 0.9), lambda net: net.optimizer_.param_groups[0]["betas"]),
            ("optimizer__eps", 1e-3, lambda net: net.optimizer_.param_groups[0]["eps"]),
            ("iterator_train__shuffle", False, lambda net: net.iterator_train__shuffle),
            ("iterator_train__drop_last", True, lambda net: net.iterator_train__drop_last),
            ("iterator_valid__batch_size", 2, lambda net: net.iterator_valid__batch_size),
        ],
    )
    def test_reach_skorch(self, block, y, name, value, found):
        model = small().set_params(**{name: value})
        assert model.get_params()[name] == value
        assert clone(model).net_params == model.net_params == {name: value}
        assert found(model.fit(block, y).engine_) == value

    def test_that_were_given_before_are_kept(self):
        given = {"optimizer__eps": 1e-3}
        model = MLPClassifier(net_params=given)
        model.set_params(optimizer__amsgrad=True, width=3)
        assert model.net_params == {"optimizer__eps": 1e-3, "optimizer__amsgrad": True}
        assert given == {"optimizer__eps": 1e-3}

    def test_are_found_by_a_search_within_a_pipeline(self, rng):
        y = EMOTIONS[np.arange(60) % 3]
        X = [clip + 2 * np.eye(3)[[i % 3]].T for i, clip in enumerate(rng.normal(size=(60, 3, 7)))]
        network = small(optimizer="sgd", lr=0.01, scheduler=None, batch_size=4)
        pipeline = Pipeline([("classifier", network)])
        grid = {
            "classifier__module__width": [8],
            "classifier__optimizer__momentum": [0.0, 0.9],
            "classifier__iterator_train__drop_last": [True],
        }
        search = GridSearchCV(pipeline, grid, cv=2).fit(X, y)
        assert search.best_params_["classifier__optimizer__momentum"] == 0.9
        net = search.best_estimator_["classifier"].engine_
        assert net.optimizer_.param_groups[0]["momentum"] == 0.9
        assert net.module__width == 8
        assert net.iterator_train__drop_last

    @pytest.mark.parametrize(
        ("typo", "meant"),
        [
            ("module__widht", "module__width"),
            ("modul__width", "module"),
            ("optimizer__weight_dekay", "optimizer__weight_decay"),
            ("optimizer__beta", "optimizer__betas"),
            ("iterator_train__drop_lst", "iterator_train__drop_last"),
            ("scheduler__pct_strat", "scheduler__pct_start"),
        ],
    )
    def test_that_are_none_are_refused_at_once(self, typo, meant):
        model = CNNClassifier(net_params={"optimizer__eps": 1e-3})
        before = model.get_params()
        with pytest.raises(ValueError, match=f"^'{typo}' is .*Did you mean '{meant}'"):
            model.set_params(**{typo: 1})
        assert model.get_params() == before

    @pytest.mark.parametrize(
        ("parameters", "words"),
        [
            ({"net_params": {"wide": 3}}, "'wide' is unknown: known are module, optimizer"),
            ({"net_params": {"module__width": 3}}, "'module__width': set width in its place"),
            ({"net_params": {"optimizer__lr": 3}}, "'optimizer__lr': set lr in its place"),
            (
                {"optimizer": "adam", "net_params": {"optimizer__momentum": 0.9}},
                "'optimizer__momentum' is unknown: known are optimizer__betas",
            ),
            (
                {"scheduler": None, "net_params": {"scheduler__pct_start": 0.1}},
                "'scheduler__pct_start' is unknown: known are none with scheduler=None",
            ),
            (
                {"net_params": {"iterator_train__spec_augment": 0.1}},
                "'iterator_train__spec_augment' is unknown",
            ),
        ],
        ids=str,
    )
    def test_that_are_none_are_refused_in_a_fit(self, rng, y, parameters, words):
        with pytest.raises(ValueError, match=words):
            dense(**parameters).fit(rng.normal(size=(12, 2)), y)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (CNNClassifier("cnn3d"), "architecture='cnn3d' is unknown: .*Did you mean 'cnn[12]d'"),
        (CNNClassifier("resnet"), "cnn1d, cnn2d, resnet1d, .*Did you mean 'resnet[12]d'"),
        (CNNClassifier("alexnet1d", depth=3), "depth=3: AlexNet1d has no such parameter: leave"),
        (
            CNNClassifier("cnn1d", depth=30),
            "width=64 and depth=30 end in more than 8192 maps, for each",
        ),
        (CNNClassifier("cnn1d", depth=np.int64(66)), "depth=66 end in more than 8192 maps"),
        (CNNClassifier("resnet2d", width=9000), "width=9000 and depth=3 end in more than"),
        (CNNClassifier(optimizer="adamm"), "optimizer='adamm' is unknown: .*Did you mean 'adam'"),
    ],
    ids=str,
)
def test_what_is_no_choice_is_refused(model, words, block, y):
    with pytest.raises(ValueError, match=words):
        model.fit(block, y)


class TestPickles:
    @pytest.mark.parametrize("options", [{}, {"early_stopping": 1, "n_models": 2}], ids=str)
    @pytest.mark.parametrize("model", [small(), dense()], ids=["frames", "table"])
    def test_hold_no_data(self, rng, model, options):
        model = clone(model).set_params(batch_size=1000, **options)
        sizes = []
        for n in (30, 600):
            X = rng.normal(size=(n, 40))
            model.fit(X, EMOTIONS[np.arange(n) % 3])
            sizes.append(len(pickle.dumps(model)))
        assert abs(sizes[0] - sizes[1]) < 200
        loaded = pickle.loads(pickle.dumps(model))
        assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))

    def test_lie_on_the_cpu_ready_to_predict(self, block, y):
        loaded = pickle.loads(pickle.dumps(small().fit(block, y)))
        assert loaded.engine_.device == "cpu"
        assert not loaded.engine_.module_.training
        assert len(loaded.history_) == 2


class TestWeightsInAFile:
    @pytest.fixture
    def path(self, tmp_path):
        return tmp_path / "weights.safetensors"

    @pytest.mark.parametrize(
        "labels",
        [
            EMOTIONS.astype("<U20"),
            EMOTIONS.astype(object),
            np.array([7, -3, 5], dtype=np.int16),
            np.array([True, False, False]),
        ],
        ids=["text", "object", "int", "bool"],
    )
    def test_are_those_of_the_same_answers(self, block, path, labels):
        model = small(n_models=2).fit(block, labels[np.arange(12) % 3])
        model.set_params(width=9).save_weights(path)  # of what was fitted
        loaded = small(n_models=2, random_state=5).load_weights(str(path))
        assert loaded.classes_.dtype == model.classes_.dtype
        assert_array_equal(loaded.predict(block), model.predict(block))
        assert_array_equal(loaded.decision_function(block), model.decision_function(block))
        assert loaded.n_parameters_ == model.n_parameters_
        with pytest.raises(ValueError, match="4 channels.* was fitted on 5"):
            loaded.predict(block[:, :4])

    def test_of_parameters_of_numpy_are_the_same(self, rng, y, path):
        X = rng.normal(size=(12, 2))
        of_numpy = {"width": np.int64(4), "dropout": np.float64(0), "max_epochs": np.int64(2)}
        dense(**of_numpy).fit(X, y).save_weights(path)
        dense(dropout=0).load_weights(path).predict(X)

    def test_take_the_place_of_all_that_was_learnt(self, rng, y, path):
        model = dense(n_models=2).fit(rng.normal(size=(12, 3)), y)
        model.save_weights(path)
        other = dense(n_models=2).fit(pd.DataFrame(rng.normal(size=(12, 2)), columns=["a", "b"]), y)
        X = rng.normal(size=(4, 3))
        assert_array_equal(other.load_weights(path).predict(X), model.predict(X))

    @pytest.mark.parametrize(
        ("saved", "loaded"),
        [
            (dense(), dense(width=5)),
            (dense(), dense(n_models=2)),
            (dense(), small()),
            # Of the same shapes, and another network all the same.
            (RNNClassifier(width=4, pooling="mean"), RNNClassifier(width=4, pooling="last")),
        ],
        ids=["width", "number", "class", "pooling"],
    )
    def test_of_other_parameters_are_refused(self, rng, y, path, saved, loaded):
        clone(saved).set_params(max_epochs=1).fit(rng.normal(size=(12, 5)), y).save_weights(path)
        other = clone(loaded)
        with pytest.raises(
            ValueError, match=r"(?s)holds weights of 1 x .* make [12] x .*: set those"
        ):
            other.load_weights(path)
        assert not hasattr(other, "classes_")

    @pytest.mark.parametrize("damage", ["shape", "missing", "more"])
    def test_of_a_damaged_file_are_refused(self, rng, y, path, damage):
        dense().fit(rng.normal(size=(12, 2)), y).save_weights(path)
        tensors, metadata = _network_classifier._read_weights(path)
        name = "0.layers.0.bias"
        changes = {"shape": {name: np.zeros(3)}, "more": {"0.extra": np.zeros(3)}, "missing": {}}
        tensors |= changes[damage]
        if damage == "missing":
            del tensors[name]
        save_file(tensors, path, metadata)
        with pytest.raises(ValueError, match=r"does not fit: 0\.(layers\.0\.bias|extra) has shape"):
            dense().load_weights(path)

    def test_of_no_such_file_at_all_are_refused(self, path):
        path.write_bytes(b"weights")
        with pytest.raises(ValueError, match="is no file of safetensors, or a damaged one"):
            dense().load_weights(path)

    def test_need_labels_that_can_be_written(self, rng, y, path):
        days = np.array(["2026-01-01", "2026-01-02", "2026-01-03"], dtype="datetime64[D]")
        model = dense().fit(rng.normal(size=(12, 2)), days[np.arange(12) % 3])
        with pytest.raises(TypeError, match="Labels of type datetime64.* cannot be written"):
            model.save_weights(path)

    def test_leave_chance_alone(self, rng, y, path):
        dense().fit(rng.normal(size=(12, 2)), y).save_weights(path)
        before = torch.random.get_rng_state()
        dense().load_weights(path)
        assert_array_equal(torch.random.get_rng_state(), before)

    @pytest.mark.parametrize("metadata", [None, {"format": "pt"}])
    def test_of_other_files_are_refused(self, path, metadata):
        save_file({"weight": np.zeros(2)}, path, metadata)
        with pytest.raises(ValueError, match=r"weights.safetensors was not written by save_weight"):
            dense().load_weights(path)


def test_weights_into_a_folder_that_is_not_there(block, y, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no folder .*nowhere to write weights to"):
        small().fit(block, y).save_weights(tmp_path / "nowhere" / "weights")


class TestWhatIsMissing:
    @pytest.mark.parametrize("package", ["torch", "skorch"])
    def test_is_named(self, block, y, monkeypatch, package):
        fitted = small().fit(block, y)
        monkeypatch.setitem(sys.modules, package, None)
        words = r'CNNClassifier needs PyTorch and skorch.*: pip install "sertools\[deep\]"'
        for ask in (lambda: small().fit(block, y), lambda: fitted.predict(block)):
            with pytest.raises(ImportError, match=words):
                ask()

    def test_is_named_for_a_file_of_weights(self, block, y, monkeypatch, tmp_path):
        model = small().fit(block, y)
        model.save_weights(tmp_path / "weights")
        for module in ("safetensors", "safetensors.numpy"):
            monkeypatch.setitem(sys.modules, module, None)
        for ask in (model.save_weights, model.load_weights):
            with pytest.raises(ImportError, match=r'pip install "sertools\[deep\]"'):
                ask(tmp_path / "weights")


@pytest.mark.parametrize(
    ("batch_size", "advice"), [(11, ["Batches are of 11 rows: try batch_size=5."]), (1, [])]
)
def test_a_gpu_without_room_is_told_what_to_try(block, y, monkeypatch, batch_size, advice):
    def forward(self, X, n_frames):
        raise torch.OutOfMemoryError("CUDA out of memory")

    model = small(batch_size=batch_size).fit(block, y)
    monkeypatch.setattr(networks.CNN1d, "forward", forward)
    for ask in (lambda: model.predict(block), lambda: clone(model).fit(block, y)):
        with pytest.raises(torch.OutOfMemoryError) as caught:
            ask()
        assert [note for note in caught.value.__notes__ if "batch_size" in note] == advice
