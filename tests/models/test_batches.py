"""Rows and clips as torch takes them: whole, padded with zeros, and perturbed in training only."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sertools._backend import Device
from sertools.models._batches import Batches, rows_of_frames, rows_of_table

HERE = Device("cpu")
LENGTHS = (3, 5, 2, 4)


@pytest.fixture
def clips(rng):
    """Clips of two channels, none of them of another's length."""
    return [rng.normal(size=(2, n)) for n in LENGTHS]


@pytest.fixture
def block(rng):
    return rng.normal(size=(4, 2, 3))


def marked_clips():
    """Four clips, each with ones in a channel of its own."""
    return [np.eye(4)[:, [clip]].repeat(n, axis=1) for clip, n in enumerate(LENGTHS)]


def with_targets(rows, targets):
    return rows.part(np.arange(len(rows)), np.asarray(targets))


def batch_of(rows):
    """What a network gets when it is called with all rows at once, as arrays."""
    return {name: part.numpy() for name, part in rows.batch(np.arange(len(rows))).items()}


class TestRows:
    def test_are_clips_with_zeros_behind_their_ends(self, clips):
        batch = rows_of_frames(clips, HERE).batch(np.array([2, 1]))
        X = batch["X"].numpy()
        assert X.shape == (2, 5, 2)
        assert X.dtype == np.float32
        assert batch["n_frames"].tolist() == [2, 5]
        assert_allclose(X[0, :2], clips[2].T, rtol=1e-6)
        assert_allclose(X[1], clips[1].T, rtol=1e-6)
        assert not X[0, 2:].any()

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    @pytest.mark.parametrize(
        "laid_out",
        [np.ascontiguousarray, np.asfortranarray, lambda x: x[..., ::-1].copy()[..., ::-1]],
        ids=["C", "Fortran", "backwards"],
    )
    @pytest.mark.parametrize("writeable", [True, False])
    def test_are_the_same_however_the_numbers_lie(self, block, dtype, laid_out, writeable):
        given = laid_out(block.astype(dtype))
        given.setflags(write=writeable)
        for frames in (given, list(given)):
            found = batch_of(rows_of_frames(frames, HERE))
            assert_array_equal(found["X"], block.astype(np.float32).transpose(0, 2, 1))
            assert found["n_frames"].tolist() == [3] * 4
        table = given[:, 0]
        assert_array_equal(batch_of(rows_of_table(table, HERE))["X"], table.astype(np.float32))

    @pytest.mark.parametrize(
        ("rows_of", "given"),
        [
            (rows_of_table, lambda block: block[:, :, 0].copy()),
            (rows_of_frames, lambda block: block),
            (rows_of_frames, list),
        ],
        ids=["table", "array", "list"],
    )
    def test_are_copies(self, block, rows_of, given):
        data = given(block.astype(np.float32))
        rows = rows_of(data, HERE)
        rows.standardise(np.ones(2), np.full(2, 3.0))
        assert_array_equal(data, given(block.astype(np.float32)))

    def test_have_the_moments_of_all_frames(self, clips):
        for clip in clips:
            clip *= [[1], [100]]
            clip += [[1000], [-1]]
        mean, scale = rows_of_frames(clips, HERE).moments()
        frames = np.hstack(clips)
        assert_allclose(mean, frames.mean(axis=1), rtol=1e-6)
        assert_allclose(scale, frames.std(axis=1), rtol=1e-4)  # of 1000 a float32 knows 6e-5

    def test_are_standardised_but_for_what_lies_behind_their_ends(self, clips):
        rows = rows_of_frames(clips, HERE)
        rows.standardise(np.array([5.0, -3.0]), np.array([2.0, 0.5]))
        X = batch_of(rows)["X"]
        for x, clip in zip(X, clips, strict=True):
            n = clip.shape[1]
            assert_allclose(x[:n], (clip.T - [5, -3]) / [2, 0.5], rtol=1e-5)
            assert not x[n:].any()

    def test_can_be_parted_twice(self, clips):
        part = rows_of_frames(clips, HERE).part(np.array([3, 1, 0]), np.zeros((3, 2)))
        part = part.part(np.array([2, 0]), np.array([[1.0, 2.0], [3.0, 4.0]]))
        assert len(part) == 2
        assert part.lengths().tolist() == [3, 4]
        assert part.targets.tolist() == [[1, 2], [3, 4]]
        assert_allclose(batch_of(part)["X"][1], clips[3].T, rtol=1e-6)

    def test_are_asked_for_with_others_of_their_length(self, clips):
        rows = rows_of_frames(clips, HERE)
        assert [places.tolist() for places in rows.by_length(3)] == [[2, 0, 3], [1]]
        table = rows_of_table(np.zeros((5, 2)), HERE)
        assert [places.tolist() for places in table.by_length(3)] == [[0, 1, 2], [3, 4]]


class TestBatches:
    @pytest.fixture
    def rows(self):
        """Ten rows, each with its place in it and in its target."""
        return with_targets(rows_of_table(np.arange(10.0)[:, None], HERE), np.eye(10))

    @pytest.mark.parametrize(
        ("batch_size", "drop_last", "sizes"),
        [
            (4, False, [4, 4, 2]),
            (4, True, [4, 4]),
            (5, True, [5, 5]),
            (10, True, [10]),
            (64, False, [10]),
            (64, True, [10]),
        ],
    )
    def test_are_of_all_rows_or_of_full_batches(self, rows, batch_size, drop_last, sizes):
        batches = Batches(rows, batch_size, drop_last=drop_last)
        found = list(batches)
        assert len(batches) == len(found)
        assert [len(targets) for _, targets in found] == sizes
        seen = np.concatenate([inputs["X"].numpy()[:, 0] for inputs, _ in found])
        assert_array_equal(seen, np.arange(sum(sizes)))

    def test_that_are_shuffled_hold_each_row_once_beside_its_target(self, rows):
        batches = Batches(rows, 4, shuffle=True, random_state=0)
        passes = []
        for _ in range(2):
            order = []
            for inputs, targets in batches:
                assert_array_equal(inputs["X"][:, 0], targets.argmax(axis=1))
                order += inputs["X"][:, 0].tolist()
            assert sorted(order) == list(range(10))
            passes.append(order)
        assert passes[0] != passes[1]

    @pytest.mark.parametrize("drawn", ["shuffle", "mixup", "spec_augment"])
    def test_are_drawn_from_the_seed(self, drawn):
        rows = with_targets(rows_of_frames(np.ones((6, 4, 8)).cumsum(axis=0), HERE), np.eye(6))

        def inputs(seed):
            options = {drawn: True if drawn == "shuffle" else 0.5}
            return [part["X"].numpy() for part, _ in Batches(rows, 6, **options, random_state=seed)]

        assert_array_equal(inputs(1), inputs(1))
        assert (inputs(1)[0] != inputs(2)[0]).any()


class TestMixup:
    def test_mixes_clips_and_targets_by_the_same_shares(self, rng):
        clips = marked_clips()
        rows = rows_of_frames(clips, HERE)
        padded = batch_of(rows)["X"]
        weighted = rng.uniform(0.5, 2, (4, 1)) * np.eye(4, 3)
        ((inputs, targets),) = Batches(with_targets(rows, weighted), 4, mixup=1, random_state=5)
        shares = inputs["X"][:, 0].numpy()  # in the first frame every clip has a one
        assert np.isin((shares > 0).sum(axis=1), [1, 2]).all()
        assert (shares > 0).sum() > 4
        assert_allclose(shares.sum(axis=1), 1, rtol=1e-6)
        assert_allclose(inputs["X"], np.einsum("ij,jtc->itc", shares, padded), rtol=1e-6)
        assert_array_equal(inputs["n_frames"], ((shares > 0) * LENGTHS).max(axis=1))
        assert_allclose(targets, shares @ weighted, rtol=1e-6)

    @pytest.mark.parametrize("alpha", [0.2, 1.0, 5.0])
    def test_draws_its_shares_from_a_beta_distribution(self, alpha):
        n = 800
        rows = with_targets(rows_of_table(np.eye(n), HERE), np.eye(n))
        ((inputs, _),) = Batches(rows, n, mixup=alpha, random_state=0)
        own = np.diag(inputs["X"])
        assert own.mean() == pytest.approx(0.5, abs=0.05)
        assert own.var() == pytest.approx(0.25 / (2 * alpha + 1), rel=0.15)


class TestSpecAugment:
    @pytest.mark.parametrize("share", [0.1, 0.25, 0.4])
    def test_blanks_bands_and_stretches_of_a_share_of_each_clip(self, share):
        clips = [np.ones((10, n)) for n in [1, 6, 30] * 40]
        rows = with_targets(rows_of_frames(clips, HERE), np.ones((120, 2)))
        ((inputs, _),) = Batches(rows, 120, spec_augment=share, random_state=0)
        widest = 0
        for x, clip in zip(inputs["X"].numpy(), clips, strict=True):
            n_frames = clip.shape[1]
            assert not x[n_frames:].any()
            x = x[:n_frames]
            frames, channels = x.any(axis=1), x.any(axis=0)
            assert_array_equal(x, np.outer(frames, channels))
            for kept in (frames, channels):
                edges = np.flatnonzero(np.diff(kept, prepend=True, append=True))
                assert len(edges) <= 4
                assert (~kept).sum() <= 2 * np.floor(share * len(kept))
            widest = max(widest, (~frames).sum())
        assert widest > 30 * share

    def test_blanks_any_place_and_any_width(self):
        rows = with_targets(rows_of_frames(np.ones((400, 6, 9)), HERE), np.ones((400, 2)))
        ((inputs, _),) = Batches(rows, 400, spec_augment=0.35, random_state=0)
        kept = inputs["X"].numpy()
        for axis in (1, 2):
            is_blank = ~kept.any(axis=axis)
            assert is_blank.any(axis=0).all()
            assert not is_blank.all(axis=0).any()
            assert np.bincount(is_blank.sum(axis=1)).all()
