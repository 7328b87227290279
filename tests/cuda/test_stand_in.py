"""The stand-in for a GPU runs right kernels right, and tells what is wrong with the others."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from stand_in import LaunchError, RawKernel, RawModule
from stand_in.marks import needs_compiler, needs_race_detector
from stand_in.races import race_report

pytestmark = needs_compiler

SCHEDULES = [0, 1, 5, 9]

KERNELS = r"""
extern "C" __global__ void add(const float* a, const float* b, float* sum, const long long n) {
    const size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) sum[i] = a[i] + b[i];
}

extern "C" __global__ void __launch_bounds__(128)
sum_per_block(const float* __restrict__ x, const int n, float* __restrict__ sums, int* count) {
    extern __shared__ __align__(16) float partial[];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    partial[threadIdx.x] = i < n ? __ldg(x + i) : 0.0f;
    __syncthreads();
    for (int half = blockDim.x / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) partial[threadIdx.x] += partial[threadIdx.x + half];
        __syncthreads();
    }
    if (threadIdx.x == 0) {
        sums[blockIdx.x] = partial[0];
        atomicAdd(count, 1);
    }
}

extern "C" __global__ void cumulate_in_warps(int* x) {
    const int lane = threadIdx.x % 32;
    int total = x[threadIdx.x];
    for (int delta = 1; delta < 32; delta *= 2) {
        const int before = __shfl_up_sync(0xffffffffu, total, delta);
        if (lane >= delta) total += before;
    }
    x[threadIdx.x] = total;
}

extern "C" __global__ void transpose(const float* x, float* y, int n_rows, int n_columns) {
    __shared__ __align__(16) float tile[8][9];
    const int row = blockIdx.y * 8 + threadIdx.y;
    const int column = blockIdx.x * 8 + threadIdx.x;
    if (row < n_rows && column < n_columns) {
        tile[threadIdx.y][threadIdx.x] = x[row * n_columns + column];
    }
    __syncthreads();
    const int to_row = blockIdx.x * 8 + threadIdx.y;
    const int to_column = blockIdx.y * 8 + threadIdx.x;
    if (to_row < n_columns && to_column < n_rows) {
        y[to_row * n_rows + to_column] = tile[threadIdx.x][threadIdx.y];
    }
}

template <int FACTOR, class T>
__global__ void reversed(const T* x, float* y) {
    __shared__ T swap[FACTOR * 4];
    swap[threadIdx.x] = x[threadIdx.x];
    __syncthreads();
    y[threadIdx.x] = FACTOR * (float)swap[blockDim.x - 1 - threadIdx.x];
}
"""


@pytest.fixture(scope="module")
def module():
    return RawModule(code=KERNELS, name_expressions=["reversed<2, short>", "reversed<3, float>"])


@pytest.fixture(params=SCHEDULES)
def schedule(request, monkeypatch):
    monkeypatch.setattr(RawKernel, "schedule", request.param)


def kernel_of(body, parameters="float* x"):
    """A kernel whose body begins at the second line of its source."""
    code = f'extern "C" __global__ void kernel({parameters}) {{\n{body}\n}}'
    return RawModule(code=code).get_function("kernel")


@pytest.mark.usefixtures("schedule")
class TestResults:
    def test_each_thread_its_own_element(self, module, rng):
        a, b = rng.standard_normal((2, 300)).astype(np.float32)
        total = np.empty_like(a)
        module.get_function("add")((3,), (128,), (a, b, total, 300))
        assert_array_equal(total, a + b)

    def test_threads_of_a_block_meet_at_barriers(self, module):
        x = np.arange(300, dtype=np.float32)
        sums = np.empty(3, np.float32)
        count = np.zeros(1, np.int32)
        arguments = (x, np.int32(300), sums, count)
        module.get_function("sum_per_block")((3,), (128,), arguments, shared_mem=512)
        assert_array_equal(sums, [x[:128].sum(), x[128:256].sum(), x[256:].sum()])
        assert count == [3]

    def test_lanes_of_a_warp_exchange_values_and_the_last_warp_may_be_short(self, module):
        x = np.arange(75, dtype=np.int32)
        expected = np.concatenate([part.cumsum() for part in np.split(x, [32, 64])])
        module.get_function("cumulate_in_warps")((1,), (75,), (x,))
        assert_array_equal(x, expected)

    def test_a_grid_has_two_dimensions_and_ragged_edges(self, module, rng):
        x = rng.standard_normal((13, 21)).astype(np.float32)
        y = np.empty((21, 13), np.float32)
        module.get_function("transpose")((3, 2), (8, 8), (x, y, np.int32(13), np.int32(21)))
        assert_array_equal(y, x.T)

    @pytest.mark.parametrize(("factor", "kind", "dtype"), [(2, "short", "h"), (3, "float", "f")])
    def test_templates_have_instances(self, module, factor, kind, dtype):
        x = np.arange(8).astype(dtype)
        y = np.empty(8, np.float32)
        module.get_function(f"reversed<{factor}, {kind}>")((1,), (8,), (x, y))
        assert_array_equal(y, factor * x[::-1])


T = np.arange(32)

# What thread t of a full warp gets, where x[t] is t.
COLLECTIVES = {
    "__shfl_sync(~0u, x[t], 5)": 5 + 0 * T,
    "__shfl_sync(~0u, x[t], 5, 4)": T // 4 * 4 + 1,
    "__shfl_xor_sync(~0u, x[t], 3)": T ^ 3,
    "__shfl_xor_sync(~0u, x[t], 12, 8)": np.where(T & 8, T ^ 12, T),
    "__shfl_down_sync(~0u, x[t], 3)": np.where(T < 29, T + 3, T),
    "__shfl_down_sync(~0u, x[t], 3, 8)": np.where(T % 8 < 5, T + 3, T),
    "__shfl_up_sync(~0u, x[t], 3)": np.where(T >= 3, T - 3, T),
    "__shfl_up_sync(~0u, x[t], 3, 8)": np.where(T % 8 >= 3, T - 3, T),
    "__ballot_sync(~0u, t % 8 == 1)": 0x02020202 + 0 * T,
    "__any_sync(~0u, t == 7)": 1 + 0 * T,
    "__any_sync(~0u, t == 99)": 0 * T,
    "__all_sync(~0u, t < 32)": 1 + 0 * T,
    "__all_sync(~0u, t < 31)": 0 * T,
}

NUMBERS = {
    "min(3, -1)": -1,
    "max(2, 3.5f)": 3.5,
    "max(__int_as_float(0x7fffffff), 2.0f)": 2,  # a number goes before NaN
    "__int_as_float(__float_as_int(2.5f) + 1)": np.nextafter(np.float32(2.5), np.float32(3)),
    "__fdividef(1.0f, 3.0f)": np.float32(1) / np.float32(3),
    "fmaf(2.0f, 3.0f, 1.0f) + sqrtf(4.0f) + fabsf(-1.0f)": 10,
    "log10f(fmaxf(1e-30f, 1e-10f))": -10,
    "make_float4(1, 2, 3, 4).w + make_float2(1, 2).y": 6,
    "tiny * 1e-10f": 0,  # CuPy has denormals flushed
}


class TestDeviceFunctions:
    def test_collectives(self):
        x = np.arange(32, dtype=np.int32)
        y = np.empty((len(COLLECTIVES), 32), np.int32)
        lines = [f"y[{32 * i} + t] = {call};" for i, call in enumerate(COLLECTIVES)]
        body = "\n".join(["const int t = threadIdx.x;", *lines])
        kernel_of(body, "const int* x, int* y")((1,), (32,), (x, y))
        for got, (call, expected) in zip(y, COLLECTIVES.items(), strict=True):
            assert_array_equal(got, expected, err_msg=call)

    def test_numbers(self):
        y = np.empty(len(NUMBERS), np.float32)
        body = "\n".join(f"y[{i}] = {call};" for i, call in enumerate(NUMBERS))
        kernel_of(body, "float* y, float tiny")((1,), (1,), (y, np.float32(1e-30)))
        assert dict(zip(NUMBERS, y, strict=True)) == NUMBERS

    def test_atomics_see_every_thread(self):
        x = np.zeros(3, np.uint32)
        body = (
            "const int t = threadIdx.x;\natomicAdd(x, t); atomicMax(x + 1, t); atomicOr(x + 2, t);"
        )
        kernel_of(body, "unsigned* x")((1,), (100,), (x,))
        assert x.tolist() == [4950, 99, 127]

    def test_a_shuffle_from_a_lane_that_is_not_there_is_undefined(self):
        x = np.ones(40, np.float32)
        kernel_of("x[threadIdx.x] = __shfl_sync(~0u, x[threadIdx.x], 8);")((1,), (40,), (x,))
        assert np.isfinite(x[:32]).all()
        assert np.isnan(x[32:]).all()


MISTAKES = {
    "barrier in a branch": (
        "if (threadIdx.x < 32) __syncthreads();",
        "the barrier of line 2 was reached by 32 of 128 threads, the others have returned",
    ),
    "return before a barrier": (
        "if (threadIdx.x >= 96) return;\n__syncthreads();",
        "the barrier of line 3 was reached by 96 of 128 threads, the others have returned",
    ),
    "two barriers taken as one": (
        "if (threadIdx.x == 0)\n__syncthreads();\nelse\n__syncthreads();",
        "thread 0 is at the barrier of line 3, thread 127 at that of line 5",
    ),
    "shuffle in a branch": (
        "if (threadIdx.x < 16) x[0] = __shfl_xor_sync(~0u, x[0], 1);\n__syncthreads();",
        r"thread 15 waits in a warp collective \(line 2, mask ffffffff\).* 112 of 128 threads",
    ),
    "shuffle with a lane that has returned": (
        "if (threadIdx.x == 3) return;\nx[0] = __shfl_xor_sync(~0u, x[0], 1);",
        "line 3: mask ffffffff names lane 3, which has returned",
    ),
    "shuffle with a mask without the caller": (
        "x[0] = __shfl_xor_sync(0xffu, x[0], 1);",
        "thread 8 calls a warp collective with mask 000000ff, which leaves it out",
    ),
    "two shuffles taken as one": (
        "if (threadIdx.x % 2)\n__syncwarp();\nelse\nx[0] = __shfl_sync(~0u, x[0], 0);",
        "different collectives: line 3, mask ffffffff and line 5, mask ffffffff",
    ),
    "write past an array": (
        "x[threadIdx.x + 1] = 0.0f;",
        "argument 0: the kernel wrote outside the array",
    ),
    "write before an array": (
        "x[(int)threadIdx.x - 1] = 0.0f;",
        "argument 0: the kernel wrote outside the array",
    ),
    "write past dynamic shared memory": (
        "extern __shared__ float s[];\ns[threadIdx.x + 1] = 0.0f;",
        "wrote 1 bytes past its 512 bytes of dynamic shared memory",
    ),
    "write before dynamic shared memory": (
        "extern __shared__ float s[];\ns[(int)threadIdx.x - 1] = 0.0f;",
        "wrote 1 bytes before its dynamic shared memory",
    ),
}


@pytest.mark.parametrize(("body", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_errors(body, message):
    kernel = kernel_of(body)
    with pytest.raises(LaunchError, match=message):
        kernel((2,), (128,), (np.zeros(128, np.float32),), shared_mem=512)


@pytest.mark.parametrize(
    "body",
    [
        "x[threadIdx.x] = x[threadIdx.x + 1];",
        "__shared__ float s[128];\nx[threadIdx.x] = s[threadIdx.x];",
        "extern __shared__ float s[];\nx[threadIdx.x] = s[threadIdx.x];",
    ],
    ids=["read past an array", "static shared memory", "dynamic shared memory"],
)
def test_what_was_never_written_is_nan(body):
    x = np.zeros(128, np.float32)
    kernel_of(body)((1,), (128,), (x,), shared_mem=512)
    assert np.isnan(x[-1])


@pytest.mark.parametrize("kind", ["float", "T"])
def test_shared_memory_does_not_outlive_its_block(kind):
    code = f"""
    template <class T> __global__ void kernel(T* x) {{
        __shared__ {kind} s;
        if (blockIdx.x == 0) s = 1;
        x[blockIdx.x] = s;
    }}"""
    kernel = RawModule(code=code, name_expressions=["kernel<float>"]).get_function("kernel<float>")
    x = np.zeros(2, np.float32)
    kernel((2,), (1,), (x,))
    assert_array_equal(x, [1, np.nan])


# Without the barrier between, a thread reads what another may not have written. Those around are
# for the race detector: a barrier orders what is before and after it, and no more.
EXCHANGE = """
extern "C" __global__ void exchange(float* x) {
    __shared__ float s[32];
    AROUND;
    s[threadIdx.x] = x[threadIdx.x];
    BETWEEN;
    x[threadIdx.x] = s[31 - threadIdx.x];
    AROUND;
}
"""


def exchange(around, between):
    return EXCHANGE.replace("AROUND", around).replace("BETWEEN", between)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_missing_barrier_shows_under_every_schedule(schedule):
    results = []
    for between in ("__syncthreads()", ""):
        kernel = RawModule(code=exchange("__syncthreads()", between)).get_function("exchange")
        kernel.schedule = schedule
        x = np.arange(32, dtype=np.float32)
        kernel((1,), (32,), (x,))
        results.append(x)
    right, wrong = results
    assert_array_equal(right, np.arange(32)[::-1])
    assert np.isnan(wrong).any()


def test_schedules_order_blocks_and_threads(monkeypatch):
    orders = []
    kernel = kernel_of(
        "order[atomicAdd(n, 1)] = 4 * blockIdx.x + threadIdx.x;", "int* order, int* n"
    )
    for schedule in SCHEDULES:
        monkeypatch.setattr(RawKernel, "schedule", schedule)
        orders.append(np.full(16, -1, np.int32))
        kernel((4,), (4,), (orders[-1], np.zeros(1, np.int32)))
    ascending, descending, first, second = (order.tolist() for order in orders)
    assert ascending == list(range(16))
    assert descending == ascending[::-1]
    assert sorted(first) == sorted(second) == ascending
    assert len({tuple(order) for order in (ascending, descending, first, second)}) == 4


@needs_race_detector
class TestRaces:
    @pytest.mark.parametrize(
        ("around", "between", "races"),
        [
            ("__syncthreads()", "__syncthreads()", False),
            ("__syncthreads()", "", True),
            ("__syncwarp()", "__syncwarp()", False),
            ("__syncwarp()", "", True),
            # A shuffle exchanges values, and orders no memory.
            ("__syncwarp()", "__shfl_sync(~0u, 0, 0)", True),
        ],
    )
    def test_only_barriers_order_memory(self, around, between, races):
        x = np.zeros(32, np.float32)
        report = race_report(exchange(around, between), "exchange", (2,), (32,), (x,))
        assert (report != "") == races
        assert ("data race" in report and "kernel.cu:7" in report) == races

    @pytest.mark.parametrize(("access", "races"), [("atomicOr(n, 1)", False), ("*n", True)])
    def test_atomics_race_with_plain_reads_only(self, access, races):
        code = f"""
        extern "C" __global__ void kernel(int* n) {{
            if (threadIdx.x == 0) n[1] = {access};
            else atomicAdd(n, 1);
        }}"""
        report = race_report(code, "kernel", (1,), (32,), (np.zeros(2, np.int32),))
        assert ("data race" in report) == races

    def test_a_mistake_is_told_as_without_the_detector(self):
        code = 'extern "C" __global__ void kernel(float* x) { x[1] = 0.0f; }'
        with pytest.raises(LaunchError, match="wrote outside the array"):
            race_report(code, "kernel", (1,), (1,), (np.zeros(1, np.float32),))


SCALED = "*x = scale * (float)*x;"
F32 = np.zeros(4, np.float32)


class TestArguments:
    @pytest.fixture
    def kernel(self):
        return kernel_of(SCALED, "float* x, const float scale")

    @pytest.mark.parametrize(
        ("args", "message"),
        [
            ((F32,), "1 arguments for 2 parameters"),
            ((F32, 1.0), r"argument 1 is float64, the parameter is float32.*np.float32\("),
            ((F32, np.int32(1)), "argument 1 is int32, the parameter is float32"),
            ((F32, "1"), "argument 1 is str, the parameter is float32"),
            ((F32.astype(np.float64), np.float32(1)), "argument 0 is float64.* points to float32"),
            (([0.0], np.float32(1)), "argument 0 is list, the parameter is a pointer"),
            ((F32[::2], np.float32(1)), "argument 0 is not C-contiguous"),
        ],
    )
    def test_wrong_arguments(self, kernel, args, message):
        with pytest.raises(LaunchError, match=message):
            kernel((1,), (1,), args)

    def test_scalars_of_the_right_type(self):
        x = np.empty(5, np.float64)
        parameters = "double* x, bool a, long long b, double c, size_t d, short e"
        body = "x[0] = a;\nx[1] = b;\nx[2] = c;\nx[3] = d;\nx[4] = e;"
        args = (x, True, -(2**40), 0.1, np.uint64(2**40), np.int16(-2))
        kernel_of(body, parameters)((1,), (1,), args)
        assert tuple(x) == args[1:]

    def test_arrays_begin_at_multiples_of_512_bytes(self):
        x = np.ones(5, np.int32)
        kernel_of("*x = (size_t)x % 512;", "int* x")((1,), (1,), (x[1:],))
        assert x[1] == 0

    def test_float2_points_to_complex_numbers(self):
        x = np.array([1 + 2j], np.complex64)
        kernel_of("*x = make_float2(x->y, x->x);", "float2* x")((1,), (1,), (x,))
        assert x == [2 + 1j]

    def test_a_read_only_array_may_be_read(self, kernel):
        x = np.ones(1, np.float32)
        x.flags.writeable = False
        kernel((1,), (1,), (x, np.float32(1)))
        with pytest.raises(LaunchError, match="argument 0 is read-only, and the kernel wrote"):
            kernel((1,), (1,), (x, np.float32(2)))

    def test_arrays_must_not_overlap(self):
        x = np.zeros(8, np.float32)
        with pytest.raises(LaunchError, match="argument 1 shares memory with another"):
            kernel_of("*x = *y;", "float* x, const float* y")((1,), (1,), (x[:5], x[4:]))


class TestLimits:
    @pytest.mark.parametrize(
        ("grid", "block", "message"),
        [
            ((1, 70000), (32,), r"grid \(1, 70000\) is outside the limits.*65535"),
            ((0,), (32,), "grid"),
            (1, (32,), "grid 1 is no tuple of 1 to 3 numbers"),
            ((1,), (1, 1, 65), r"block \(1, 1, 65\) is outside the limits.*64"),
            ((1,), (32, 33), r"block \(32, 33, 1\) is over 1024 threads"),
        ],
    )
    def test_grid_and_block(self, grid, block, message):
        with pytest.raises(LaunchError, match=message):
            kernel_of("")(grid, block, (F32,))

    def test_shared_memory_must_be_asked_for(self):
        kernel = kernel_of("")
        kernel((1,), (1,), (F32,), shared_mem=48 * 1024)
        with pytest.raises(LaunchError, match="set max_dynamic_shared_size_bytes"):
            kernel((1,), (1,), (F32,), shared_mem=48 * 1024 + 1)
        kernel.max_dynamic_shared_size_bytes = 64 * 1024
        kernel((1,), (1,), (F32,), shared_mem=64 * 1024)
        with pytest.raises(LaunchError, match="65537 bytes of shared memory; sm_75 has 65536"):
            kernel.max_dynamic_shared_size_bytes = 64 * 1024 + 1


class TestSource:
    def test_an_error_of_the_compiler_names_the_line(self):
        with pytest.raises(LaunchError, match=r"(?s)do not compile.*kernel.cu:2:"):
            kernel_of("x[0] = y;")

    @pytest.mark.parametrize("name", ["INFINITY", "(float)(int32_t)1", "std::fabs(1.0f)"])
    def test_what_a_gpu_compiler_lacks_is_not_there(self, name):
        with pytest.raises(LaunchError, match="do not compile"):
            kernel_of(f"*x = {name};")

    def test_an_unknown_kernel(self, module):
        with pytest.raises(LaunchError, match=r"no kernel 'reversed<2,short>'; there is add, .*"):
            module.get_function("reversed<2,short>")

    def test_options(self):
        code = 'extern "C" __global__ void kernel(int* x) { *x = N; }'
        x = np.zeros(1, np.int32)
        RawModule(code=code, options=("-DN=7",)).get_function("kernel")((1,), (1,), (x,))
        assert x == [7]
        with pytest.raises(LaunchError, match="option '--use_fast_math' is not known on the CPU"):
            RawModule(code=code, options=("--use_fast_math",))

    @pytest.mark.parametrize("n", [1, 2])
    def test_modules_keep_templates_of_one_name_apart(self, n):
        code = f"""
        template <class T> __global__ void kernel(T* x) {{
            __shared__ T s[{n}];
            x[0] = s[0];
            s[0] = 7;
        }}"""
        x = np.zeros(1, np.int32)
        kernel = RawModule(code=code, name_expressions=["kernel<int>"]).get_function("kernel<int>")
        kernel((1,), (1,), (x,))
        assert x == [-1]  # never written, by this module

    def test_fibers_do_without_assembler(self):
        module = RawModule(code=KERNELS, options=("-DSTAND_IN_PORTABLE",))
        x = np.ones(1000, np.float32)
        sums = np.empty(8, np.float32)
        arguments = (x, np.int32(1000), sums, np.zeros(1, np.int32))
        module.get_function("sum_per_block")((8,), (128,), arguments, shared_mem=512)
        assert_array_equal(sums, [128] * 7 + [104])
