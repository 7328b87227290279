"""The stand-in for CuPy has CuPy's names and arguments only, and each of its rules bites."""

from __future__ import annotations

import inspect
import operator
import pickle
import shutil
import sys
import threading
import types

import numpy as np
import pytest
from fake_cupy import fake, fake_cupyx, installed
from fake_cupy.copies import Copy
from fake_cupy.names import real, real_cupyx, signature
from numpy.testing import assert_allclose, assert_array_equal
from stand_in import LaunchError

import sertools
from sertools._backend import Device, to_device

HOST = np.array([3.0, 1.0, 2.0], dtype=np.float32)

DOUBLED = r"""
extern "C" __global__ void doubled(const float* x, int n, float* out) {
    if (threadIdx.x < n) out[threadIdx.x] = 2.0f * x[threadIdx.x];
}
"""

needs_compiler = pytest.mark.skipif(
    shutil.which("g++") is None, reason="kernels run on the CPU by way of g++, which is missing"
)


@pytest.fixture
def x():
    return fake.asarray(HOST)


@pytest.fixture
def cupy():
    """Two fake devices of 1 MB each."""
    with installed(n_devices=2, memory=1_000_000) as module:
        yield module


def everything(module, theirs):
    """The things of CuPy's that a fake module has by itself, each with the real one."""
    for name, value in vars(module).items():
        if not name.startswith("_"):
            yield pytest.param(value, operator.attrgetter(name)(theirs), id=f"{name}")
            if isinstance(value, types.ModuleType):
                yield from everything(value, getattr(theirs, name))


OWN = [*everything(fake, real), *everything(fake_cupyx, real_cupyx)]


def parameters(function):
    """The names of a function's parameters that somebody may use."""
    taken = inspect.signature(function, follow_wrapped=False).parameters.values()
    return {one.name for one in taken if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)}


class TestNames:
    @pytest.mark.parametrize(("ours", "theirs"), OWN)
    def test_and_arguments_are_cupys(self, ours, theirs):
        if inspect.isfunction(ours):
            assert parameters(ours) <= set(signature(theirs).parameters)
        elif inspect.isclass(ours):
            assert {name for name in dir(ours) if not name.startswith("_")} <= set(dir(theirs))
            for name, method in inspect.getmembers(ours, inspect.isfunction):
                if not name.startswith("_"):
                    known = signature(getattr(theirs, name)).parameters
                    assert parameters(method) <= set(known)

    @pytest.mark.parametrize("name", ["nanquantile", "quantile_of", "float128", "strings"])
    def test_that_cupy_lacks(self, name):
        with pytest.raises(AttributeError):
            getattr(fake, name)

    def test_of_methods_that_cupy_lacks(self, x):
        with pytest.raises(AttributeError, match="cupy.ndarray has no attribute 'resize'"):
            x.resize(2)

    def test_that_are_not_modelled_say_so(self, x):
        with pytest.raises(NotImplementedError, match="cupy.random is not modelled"):
            fake.random  # noqa: B018
        with pytest.raises(NotImplementedError, match="cupy.cuda.Graph is not modelled"):
            fake.cuda.Graph  # noqa: B018
        with pytest.raises(NotImplementedError, match="'flat' of device arrays is not modelled"):
            x.flat  # noqa: B018
        with pytest.raises(NotImplementedError, match="is not modelled"):
            fake.divmod(x, 2)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (lambda x: fake.sum(x, where=x > 1), "where"),
        (lambda x: x.sum(where=x > 1), "where"),
        (lambda x: x.max(initial=0), "initial"),
        (lambda x: fake.std(x, correction=1), "correction"),
        (lambda x: np.std(x, correction=1), "correction"),
        (lambda x: x.std(correction=1), "correction"),
        (lambda x: fake.fft.rfft(x, out=x), "out"),
        (lambda x: fake.log(x, where=x > 1), "where"),
        (lambda x: fake.asarray(x, like=x), "like"),
        (lambda x: fake.linalg.svd(x, hermitian=True), "hermitian"),
    ],
)
def test_arguments_that_cupy_lacks(x, wrong, word):
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{word}'"):
        wrong(x)


@pytest.mark.parametrize(
    "function",
    [
        lambda xp, x: x.sum(axis=0, keepdims=True),
        lambda xp, x: xp.std(x, ddof=1),
        lambda xp, x: np.log(x) + np.sum(x),
        lambda xp, x: 2 * x - x[::-1] / np.float32(3),
        lambda xp, x: xp.where(x > 1, x, 0.0),
        lambda xp, x: xp.concatenate([x, x[:1]]),
        lambda xp, x: xp.take_along_axis(x, xp.argsort(x), axis=0),
        lambda xp, x: xp.searchsorted(xp.sort(x), x),
        lambda xp, x: xp.interp(xp.arange(5) / 2, xp.arange(3), x),
        lambda xp, x: xp.cumsum(x),
        lambda xp, x: xp.nonzero(x > 1)[0],
        lambda xp, x: xp.outer(x, x)[xp.ix_(x > 1, x > 0)],
        lambda xp, x: xp.lib.stride_tricks.sliding_window_view(x, 2) @ x[:2],
        lambda xp, x: xp.fft.rfft(x).real.astype(np.float32),
        lambda xp, x: xp.linalg.norm(x),
        lambda xp, x: xp.linalg.eigh(xp.outer(x, x))[0],
        lambda xp, x: xp.asarray([x[0], x[1]]),
        lambda xp, x: xp.add(x, x, out=xp.empty(3, dtype=xp.float32)),
        lambda xp, x: x[None, ..., [0, 2]].reshape(2, -1).T,
    ],
)
def test_the_numbers_are_numpys(x, function):
    ours, theirs = function(fake, x), np.asarray(function(np, HOST))
    assert type(ours) is fake.ndarray
    assert_array_equal(ours.get(), theirs)
    assert ours.dtype == theirs.dtype


@pytest.mark.parametrize(
    "mixed",
    [
        lambda x: np.asarray(x),
        lambda x: np.array([x, x]),
        lambda x: x + HOST,
        lambda x: HOST + x,
        lambda x: x.__iadd__(HOST),
        lambda x: np.add(HOST, HOST, out=x),
        lambda x: x == HOST,
        lambda x: x * [1, 2, 3],
        lambda x: fake.maximum(x, [1, 2, 3]),
        lambda x: fake.concatenate([x, HOST]),
        lambda x: np.concatenate([x, HOST]),
        lambda x: fake.asarray([x, HOST]),
        lambda x: fake.where(x > 1, x, HOST),
        lambda x: x.dot(HOST),
        lambda x: fake.sum(HOST),
        lambda x: fake.ascontiguousarray(HOST),
        lambda x: fake.sum([1.0, 2.0]),
        lambda x: np.multiply.outer(x, x),
        lambda x: np.nanquantile(x, 0.5),
    ],
)
def test_device_arrays_never_meet_host_data(x, mixed):
    with pytest.raises(TypeError):
        mixed(x)


def test_out_is_what_comes_back(x):
    out = fake.empty_like(x)
    assert fake.add(x, x, out=out) is out
    assert out.tolist() == [6.0, 2.0, 4.0]
    before = x
    x += 1
    assert x is before


class TestElements:
    def test_reductions_and_elements_are_arrays(self, x):
        for element in (x.max(), fake.sum(x), x[0], next(iter(x))):
            assert type(element) is fake.ndarray
            assert element.shape == ()

    def test_are_numbers_if_asked(self, x):
        assert (float(x[0]), int(x[1]), bool(x[2] > 5), x[2].item()) == (3.0, 1, False, 2.0)
        assert x.tolist() == [3.0, 1.0, 2.0]

    def test_are_no_indices_of_python(self, x):
        with pytest.raises(TypeError):
            ["a", "b", "c"][x.argmin()]
        with pytest.raises(TypeError):
            range(x.argmin())

    def test_are_views(self, x):
        first = x[0]
        first += 1
        assert x.tolist() == [4.0, 1.0, 2.0]

    def test_never_warn(self):
        assert fake.log(fake.zeros(1)).tolist() == [-np.inf]


class TestHostData:
    def test_are_copied_to_the_device(self):
        host = HOST.copy()
        there = fake.asarray(host)
        host[0] = 9
        assert there.tolist() == HOST.tolist()
        assert fake.asarray(there) is there

    def test_fill_a_whole_array_of_their_type(self, x):
        x[:] = HOST[::-1].copy()
        assert x.tolist() == [2.0, 1.0, 3.0]

    @pytest.mark.parametrize(
        ("index", "value"),
        [
            (slice(0, 3), HOST),
            (slice(None), HOST[:1]),
            (slice(None), HOST.astype(np.float64)),
            (slice(None), [np.float32(1)] * 3),
        ],
    )
    def test_fill_nothing_else(self, x, index, value):
        with pytest.raises(ValueError, match="x.:. = host takes"):
            x[index] = value

    def test_may_be_indices_and_what_they_pick(self, x):
        x[HOST > 1] = HOST[:2]
        assert x[np.array([0, 2])].tolist() == [3.0, 1.0]

    def test_of_other_types_are_refused(self):
        with pytest.raises(ValueError, match="Unsupported dtype <U1"):
            fake.asarray(["a"])

    def test_asnumpy_and_the_module_of_an_array(self, x):
        assert_array_equal(fake.asnumpy(x), HOST)
        assert fake.asnumpy(HOST) is HOST
        assert fake.get_array_module(HOST, x) is fake
        assert fake.get_array_module(HOST) is np


def test_memory_is_nan_until_it_is_written_to(x):
    for memory in (fake.empty(2), fake.empty_like(x), fake.ndarray(2)):
        assert np.isnan(memory.get()).all()
    assert np.isnan(fake_cupyx.empty_pinned(2)).all()
    assert fake.empty(1, dtype=np.int32).item() == 77


class TestSharing:
    def test_is_by_no_protocol(self, x):
        assert not hasattr(x, "__cuda_array_interface__")
        with pytest.raises(NotImplementedError, match="DLPack"):
            np.from_dlpack(x)
        with pytest.raises(NotImplementedError, match="DLPack"):
            x.__dlpack_device__()

    def test_pickles_are_of_values(self, x):
        assert pickle.loads(pickle.dumps(x)).tolist() == x.tolist()


class TestDevices:
    def test_arrays_remember_theirs(self, cupy):
        with cupy.cuda.Device(1):
            there = cupy.arange(3)
        assert (there.device.id, cupy.arange(3).device.id) == (1, 0)
        assert there[1:].device == cupy.cuda.Device(1)
        assert_array_equal(there.get(), [0, 1, 2])

    @pytest.mark.parametrize(
        "work", [lambda x: x + 1, lambda x: x.sum(), lambda x: abs(x), lambda x: x[[0]]]
    )
    def test_work_is_for_the_current_one(self, cupy, work):
        with cupy.cuda.Device(1):
            there = cupy.arange(3)
            work(there)
        with pytest.raises(ValueError, match=r"resides \(1\) is different from the current"):
            work(there)
        with pytest.raises(ValueError, match="Peer access is unavailable"):
            there[:] = 0

    def test_two_never_mix(self, cupy):
        here = cupy.arange(3)
        with cupy.cuda.Device(1):
            there = cupy.arange(3)
            with pytest.raises(ValueError, match="Peer access"):
                here + there
            with pytest.raises(ValueError, match="Peer access"):
                there[:] = here

    def test_copies_move(self, cupy):
        here = cupy.arange(3)
        with cupy.cuda.Device(1):
            assert cupy.asarray(here).device.id == here.copy().device.id == 1

    def test_a_thread_begins_with_the_first(self, cupy):
        seen = []
        with cupy.cuda.Device(1):
            thread = threading.Thread(target=lambda: seen.append(cupy.cuda.runtime.getDevice()))
            thread.start()
            thread.join()
            assert cupy.cuda.runtime.getDevice() == 1
        assert seen == [0]

    def test_that_do_not_exist(self, cupy):
        assert cupy.cuda.runtime.getDeviceCount() == 2
        with pytest.raises(cupy.cuda.runtime.CUDARuntimeError, match="cudaErrorInvalidDevice"):
            cupy.cuda.Device(2)


class TestMemory:
    def test_has_an_end(self, cupy):
        half = cupy.zeros(500_000, dtype=np.int8)
        with pytest.raises(cupy.cuda.memory.OutOfMemoryError, match="500,001 bytes"):
            cupy.zeros(500_001, dtype=np.int8)
        with cupy.cuda.Device(1):
            cupy.zeros(500_001, dtype=np.int8)
        del half
        cupy.zeros(500_001, dtype=np.int8)

    def test_of_views_counts_once(self, cupy):
        pool = cupy.get_default_memory_pool()
        whole = cupy.zeros(1000, dtype=np.int8)
        views = [whole[1:], whole.reshape(10, 100).T, *whole]
        views += [cupy.lib.stride_tricks.sliding_window_view(whole, 10)]
        assert pool.used_bytes() == 1000
        del whole
        assert pool.used_bytes() == 1000
        del views
        assert pool.used_bytes() == 0

    def test_stays_in_the_pool_of_its_device_until_told(self, cupy):
        pool = cupy.get_default_memory_pool()
        cupy.zeros(1000, dtype=np.int8)
        cupy.zeros(10, dtype=np.int8)
        assert (pool.used_bytes(), pool.total_bytes()) == (0, 1000)
        assert cupy.cuda.runtime.memGetInfo() == (999_000, 1_000_000)
        with cupy.cuda.Device(1) as other:
            pool.free_all_blocks()
            assert other.mem_info == (1_000_000, 1_000_000)
        assert pool.total_bytes() == 1000
        pool.free_all_blocks()
        assert cupy.cuda.Device(0).mem_info == (1_000_000, 1_000_000)

    def test_that_is_pinned_is_known_as_such(self):
        runtime = fake.cuda.runtime
        pool = fake.get_default_pinned_memory_pool()
        pool.free_all_blocks()
        buffer = fake_cupyx.empty_pinned(10, dtype=np.int16)
        kinds = [runtime.pointerGetAttributes(host.ctypes.data).type for host in (buffer[5:], HOST)]
        assert kinds == [runtime.memoryTypeHost, real.cuda.runtime.memoryTypeUnregistered]
        assert pool.n_free_blocks() == 0
        del buffer
        assert pool.n_free_blocks() == 1


class TestCopies:
    @pytest.fixture
    def stream(self):
        return fake.cuda.Stream(non_blocking=True)

    @pytest.fixture
    def host(self):
        host = fake_cupyx.empty_pinned(3, dtype=np.float32)
        host[:] = HOST
        return host

    def test_must_be_waited_for_before_their_source_is_overwritten(self, x, host, stream):
        x.set(host, stream=stream)
        host[0] = 9
        with pytest.raises(RuntimeError, match="overwritten before its copy"):
            stream.synchronize()

    @pytest.mark.parametrize("wait", ["event", "stream", "device"])
    def test_that_were_waited_for_are_done(self, x, host, stream, wait):
        x.set(host, stream=stream)
        event = stream.record()
        {"event": event, "stream": stream, "device": fake.cuda.Device()}[wait].synchronize()
        host[0] = 9
        stream.synchronize()
        assert x.tolist() == HOST.tolist()

    def test_after_an_event_are_no_part_of_it(self, x, host, stream):
        event = stream.record()
        x.set(host, stream=stream)
        event.synchronize()
        host[0] = 9
        with pytest.raises(RuntimeError, match="overwritten"):
            stream.synchronize()

    def test_must_be_waited_for_by_whoever_uses_them(self, x, host, stream):
        with stream:
            x.set(host)
            x + 1
        for use in (lambda: x + 1, x.get):
            with pytest.raises(RuntimeError, match="does not wait for the copy"):
                use()
        fake.cuda.get_current_stream().wait_event(stream.record())
        assert (x + 1).tolist() == [4.0, 2.0, 3.0]

    def test_without_a_stream_are_done_at_once(self, x):
        host = HOST.copy()
        x.set(host)
        host[0] = 9
        assert x.tolist() == HOST.tolist()

    @pytest.mark.parametrize("create", [fake.array, fake.asarray, fake.asanyarray])
    def test_into_new_arrays_come_straight_from_pinned_memory(self, host, stream, create):
        with stream:
            there = create(host)
            there + 1
        with pytest.raises(RuntimeError, match="does not wait for the copy"):
            there + 1
        host[0] = 9
        with pytest.raises(RuntimeError, match="overwritten before its copy"):
            stream.synchronize()

    def test_into_new_arrays_are_under_way_on_the_null_stream_too(self, host):
        there = fake.asarray(host)
        host[0] = 9
        with pytest.raises(RuntimeError, match="overwritten before its copy"):
            there.get()

    @pytest.mark.parametrize("create", [fake.array, fake.asarray, fake.asanyarray])
    def test_that_block_are_done_at_once(self, host, stream, create):
        with stream:
            there = create(host, blocking=True)
        host[0] = 9
        stream.synchronize()
        assert there.tolist() == HOST.tolist()

    def test_that_block_wait_for_those_before(self, x, host, stream):
        with stream:
            x.set(host)
            fake.asarray(HOST, blocking=True)
        host[0] = 9
        stream.synchronize()
        assert x.tolist() == HOST.tolist()

    @pytest.mark.parametrize(
        "create",
        [
            lambda host: fake.asarray(host, dtype=np.float64),
            lambda host: fake.array(host[::2]),
            lambda host: fake.asarray(host[0:1].reshape(())),
            lambda host: fake.asarray([host, host]),
        ],
    )
    def test_of_what_is_put_in_order_first_leave_the_source_free(self, host, stream, create):
        with stream:
            there = create(host)
        host[0] = 9
        stream.synchronize()
        assert 9 not in there.get()

    def test_to_the_host_show_when_they_are_done(self, x, host, stream):
        x.get(out=host, stream=stream, blocking=False)
        assert np.isnan(host).all()
        stream.synchronize()
        assert_array_equal(host, HOST)

    def test_are_done_for_both_of_two_threads_that_wait(self):
        begun, may_end = threading.Event(), threading.Event()

        class LongCopy(Copy):
            def _arrive(self):
                begun.set()
                may_end.wait()

        copy = LongCopy()
        first, second = (threading.Thread(target=copy.finish) for _ in range(2))
        first.start()
        begun.wait()
        second.start()
        second.join(timeout=0.1)
        still_waits = second.is_alive()
        may_end.set()
        first.join()
        second.join()
        assert still_waits

    def test_are_between_equals(self, x):
        with pytest.raises(TypeError, match="float64"):
            x.set(HOST.astype(np.float64))
        with pytest.raises(TypeError, match="Only numpy.ndarray"):
            x.set(HOST.tolist())
        with pytest.raises(TypeError, match="float64"):
            x.get(out=np.empty(3))

    def test_streams_that_wait_by_themselves_are_not_modelled(self):
        with pytest.raises(NotImplementedError, match="non_blocking=True"):
            fake.cuda.Stream()

    def test_time_passes_between_events(self, stream):
        start, end = stream.record(), stream.record()
        assert fake.cuda.get_elapsed_time(start, end) > 0


def test_plans_are_kept_for_each_device_up_to_a_number(cupy):
    plans = cupy.fft.config.get_plan_cache()
    for n in (8, 16, 8, 32):
        cupy.fft.rfft(cupy.zeros((2, n)))
    assert plans.get_curr_size() == 3
    plans.set_size(2)
    cupy.fft.rfft(cupy.zeros(5))
    assert (plans.get_size(), plans.get_curr_size()) == (2, 2)
    with cupy.cuda.Device(1):
        assert cupy.fft.config.get_plan_cache().get_curr_size() == 0
    plans.clear()
    assert plans.get_curr_size() == 0


@needs_compiler
class TestKernels:
    @pytest.fixture
    def doubled(self):
        return fake.RawKernel(DOUBLED, "doubled")

    def test_take_device_arrays_and_typed_scalars(self, x, doubled):
        out = fake.empty_like(x)
        doubled((1,), (32,), (x, np.int32(3), out))
        assert_array_equal(out.get(), 2 * HOST)

    def test_of_a_module(self, x):
        doubled = fake.RawModule(code=DOUBLED).get_function("doubled")
        doubled.max_dynamic_shared_size_bytes = 50_000
        doubled((1,), (32,), (x, np.int32(0), x.copy()), shared_mem=50_000)

    def test_take_no_host_arrays(self, x, doubled):
        with pytest.raises(TypeError, match="Unsupported type <class 'numpy.ndarray'>"):
            doubled((1,), (32,), (HOST, np.int32(3), x))

    @pytest.mark.parametrize("n", [3, np.int64(3), np.float32(3)])
    def test_take_no_scalars_of_other_types(self, x, doubled, n):
        with pytest.raises(LaunchError, match="argument 1"):
            doubled((1,), (32,), (x, n, fake.empty_like(x)))

    def test_take_no_arrays_of_another_device(self, cupy):
        doubled = cupy.RawKernel(DOUBLED, "doubled")
        here = cupy.zeros(3, dtype=np.float32)
        with cupy.cuda.Device(1), pytest.raises(ValueError, match="current device"):
            doubled((1,), (32,), (here, np.int32(3), here))


@needs_compiler
class TestInstalled:
    def test_is_a_usable_gpu_for_as_long_as_it_lasts(self):
        before = sertools.gpu_status()
        with installed():
            assert sertools.gpu_status() == (True, "Fake GPU")
        assert sertools.gpu_status() == before

    def test_is_found_by_every_name(self, cupy):
        import cupyx.scipy.fft
        from cupy.cuda import runtime

        assert cupyx.scipy.fft is fake_cupyx.scipy.fft
        assert runtime.getDeviceCount() == 2
        with pytest.raises(ModuleNotFoundError, match="cupy._core"):
            import cupy._core  # noqa: F401

    def test_leaves_the_real_one_where_it_was(self):
        with installed():
            assert sys.modules["cupy"] is fake
        assert sys.modules["cupy"] is real
        assert sys.modules["cupy.cuda"] is real.cuda

    @pytest.mark.usefixtures("cupy")
    def test_data_go_there_and_back(self):
        there = to_device([HOST, HOST[:2]], Device("cuda", 1))
        assert [clip.device.id for clip in there] == [1, 1]
        assert to_device(there, Device("cpu"))[1].tolist() == [3.0, 1.0]
        assert sertools.ToDevice("cuda").fit_transform([HOST])[0].device.id == 0

    @pytest.mark.parametrize("device", ["cuda", "cuda:1"])
    @pytest.mark.parametrize("stats", [("mean", "std"), None])
    def test_extractors_run_their_array_code(self, device, stats, rng):
        clips = [(0.1 * rng.standard_normal(n)).astype(np.float32) for n in (4000, 2500)]
        chroma = sertools.ChromaExtractor(deltas=1, stats=stats)
        on_host = chroma.fit_transform(clips)
        with installed(n_devices=2):
            on_device = chroma.set_params(device=device).fit_transform(clips)
        for ours, theirs in zip(on_device, on_host, strict=True):
            assert type(ours) is np.ndarray
            assert_allclose(ours, theirs, atol=1e-5)
