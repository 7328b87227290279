"""The compile gate finds planted mistakes, and lets a sound kernel pass."""

from __future__ import annotations

import csv
from importlib import metadata

import nvrtc
import pytest
from nvrtc import (
    WHEELS,
    CompileError,
    Compiler,
    ToolMissingError,
    broken_limits,
    compiler_or_skip,
    most_shared,
)

from sertools.kernels.cuda._kernels import ARCHITECTURES, KERNELS, Kernel

SOUND = "x[threadIdx.x] *= 0.1f;"


def kernel(body, name="planted", bounds="__launch_bounds__(128)"):
    return f'extern "C" __global__ void {bounds} {name}(float* x, int n) {{ {body} }}\n'


# Compiled all at once, for disassembling takes as long for one as for all.
PLANTED = {
    "sound": kernel(SOUND, "sound"),
    "literal": kernel("x[threadIdx.x] *= 0.1;", "literal"),
    "converted": kernel("double* y = (double*)x; y[n] = x[0];", "converted"),
    "added": kernel("double* y = (double*)x; y[n] += y[0];", "added"),
    "called": "__device__ __noinline__ float scaled(float x) { return x * 0.1; }\n"
    + kernel("x[0] = scaled(x[1]);", "called"),
    "indexed": kernel(
        "float sums[9] = {}; for (int i = 0; i < n; ++i) sums[i % 9] += x[i]; x[0] = sums[3];",
        "indexed",
    ),
    # 64 values are alive at once where 1024 threads leave 64 registers to each.
    "spilled": kernel(
        "float kept[64];\n"
        "#pragma unroll\n"
        "for (int i = 0; i < 64; ++i) kept[i] = x[i * n + threadIdx.x];\n"
        "__syncthreads();\n"
        "#pragma unroll\n"
        "for (int i = 0; i < 64; ++i) x[i + n * threadIdx.x] = kept[63 - i];\n",
        "spilled",
        bounds="__launch_bounds__(1024)",
    ),
}


def needs_of(body, wheel=WHEELS[0], before="", **options):
    code = before + kernel(body, **options)
    return compiler_or_skip(wheel).compile(code, ("planted",), 90)["planted"]


def broken(needs, block=128, registers=32, shared=0):
    return broken_limits(Kernel("planted.cu", ("planted",), block, registers, shared), needs)


@pytest.fixture(params=WHEELS)
def wheel(request):
    return request.param


@pytest.fixture(params=ARCHITECTURES)
def planted(request, wheel):
    code = "".join(PLANTED.values())
    return compiler_or_skip(wheel).compile(code, tuple(PLANTED), request.param)


class TestInstructions:
    def test_a_sound_kernel_keeps_all_limits(self, planted):
        needs = planted["sound"]
        assert broken(needs) == []
        assert needs.registers > 0
        assert needs.instructions > 0

    def test_a_double_literal(self, planted):
        needs = planted["literal"]
        assert broken(needs) == [f"{needs.fp64} FP64 instructions"]

    @pytest.mark.parametrize("name", ["converted", "added"])
    def test_doubles_that_are_only_converted_or_only_added(self, planted, name):
        assert broken(planted[name]) == ["1 FP64 instructions"]

    def test_a_double_in_a_function_that_is_called(self, planted):
        assert planted["called"].fp64 > 0

    def test_an_array_indexed_at_run_time(self, planted):
        needs = planted["indexed"]
        assert broken(needs, registers=64) == [
            f"a stack frame of {needs.stack} bytes",
            f"{needs.local} instructions on local memory",
        ]

    def test_spilled_registers(self, planted):
        needs = planted["spilled"]
        assert needs.spills > 0
        assert f"{needs.spills} bytes of spilled registers" in broken(needs, block=1024)


class TestLimits:
    def test_more_registers_than_declared(self):
        needs = needs_of(SOUND)
        assert broken(needs, registers=needs.registers) == []
        assert broken(needs, registers=needs.registers - 1) == [
            f"{needs.registers} registers, at most {needs.registers - 1} declared"
        ]

    def test_more_registers_than_a_multiprocessor_has(self):
        needs = needs_of(SOUND)._replace(registers=65, block=1024)
        assert broken(needs, block=1024, registers=65) == [
            "66560 registers per block, at most 65536"
        ]

    def test_more_shared_memory_than_every_gpu_has(self):
        needs = needs_of(
            "__shared__ float kept[128]; kept[threadIdx.x] = x[n]; __syncthreads();"
            "x[threadIdx.x] = kept[127 - threadIdx.x];"
        )
        assert needs.shared == 512
        assert broken(needs, shared=48 * 1024 - 512) == []
        assert broken(needs, shared=48 * 1024) == ["49664 bytes of shared memory, at most 49152"]

    @pytest.mark.parametrize(("bounds", "threads"), [("", 0), ("__launch_bounds__(64)", 64)])
    def test_other_launch_bounds_than_declared(self, bounds, threads):
        assert broken(needs_of(SOUND, bounds=bounds)) == [
            f"__launch_bounds__ of {threads} threads, 128 declared"
        ]


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ("x[0] = -INFINITY;", 'identifier "INFINITY" is undefined'),
            ("int unused; x[0] = 1.0f;", 'variable "unused" was declared but never referenced'),
        ],
    )
    def test_what_the_compiler_refuses(self, wheel, body, reason):
        with pytest.raises(CompileError, match=reason):
            needs_of(body, wheel)

    def test_a_warning_of_the_assembler(self, wheel):
        with pytest.raises(CompileError, match="minnctapersm for entry planted is out of range"):
            needs_of(SOUND, wheel, bounds="__launch_bounds__(1024, 100)")

    def test_an_included_header(self, wheel):
        with pytest.raises(CompileError, match='could not open source file "math.h"'):
            needs_of(SOUND, wheel, before="#include <math.h>\n")

    def test_an_instance_that_does_not_exist(self, wheel):
        with pytest.raises(CompileError, match='identifier "other" is undefined'):
            compiler_or_skip(wheel).compile("", ("other<3>",), 90)

    def test_a_kernel_that_is_not_declared(self, wheel):
        with pytest.raises(CompileError, match=r"no instance declares: \['forgotten'\]"):
            needs_of(SOUND, wheel, before='extern "C" __global__ void forgotten() {}')


def test_instances_are_found_by_the_names_they_were_asked_for():
    code = "template <int N, typename T> __global__ void filled(T* x) { x[threadIdx.x] = N; }"
    instances = ("filled<3, float>", "filled<4, short>")
    assert tuple(compiler_or_skip().compile(code, instances, 90)) == instances


def test_what_was_compiled_once_is_not_compiled_again(tmp_path, monkeypatch):
    compiler_or_skip()
    compiler = Compiler(cache=tmp_path)
    code = "__global__ void empty() {}"
    needs = compiler.compile(code, ("empty",), 90)
    monkeypatch.setattr(Compiler, "_inspect", lambda *arguments: {})
    assert compiler.compile(code, ("empty",), 90) == needs
    assert compiler.compile(code, ("empty",), 80) == {}


def test_the_table_has_a_row_for_each_instance(monkeypatch):
    kernel = KERNELS[0]
    monkeypatch.setattr(nvrtc, "KERNELS", (kernel,))
    _, options, blank, *lines = nvrtc.table(compiler_or_skip()).splitlines()
    assert (options.strip(), blank) == (":header-rows: 1", "")
    header, *rows = csv.reader(line.strip() for line in lines)
    assert header[-len(ARCHITECTURES) :] == [f"sm_{number}" for number in ARCHITECTURES]
    assert [row[0] for row in rows] == [f"``{instance}``" for instance in kernel.instances]
    assert {len(row) for row in rows} == {len(header)}


def test_launches_ask_for_no_more_shared_memory_than_declared():
    most = most_shared()
    for kernel in KERNELS:
        for instance in kernel.instances:
            assert bool(most[instance]) == bool(kernel.shared), instance
            assert most[instance] <= kernel.shared, instance


def test_a_missing_wheel_is_named(wheel, monkeypatch):
    def not_installed(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "files", not_installed)
    with pytest.raises(ToolMissingError, match=f"on Linux: pip install {wheel}$"):
        Compiler(wheel)
