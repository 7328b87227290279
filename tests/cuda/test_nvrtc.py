"""The compile gate finds planted mistakes, and lets a sound kernel pass."""

from __future__ import annotations

import csv
from importlib import metadata

import nvrtc
import pytest
from nvrtc import CompileError, Compiler, ToolMissingError, broken_limits, compiler_or_skip

from sertools.kernels.cuda._kernels import ARCHITECTURES, KERNELS, Kernel

SOUND = "x[threadIdx.x] *= 0.1f;"


def needs_of(body, architecture=90, bounds="__launch_bounds__(128)", before=""):
    code = f'{before} extern "C" __global__ void {bounds} planted(float* x, int n) {{ {body} }}'
    return compiler_or_skip().compile(code, ("planted",), architecture)["planted"]


def broken(needs, block=128, registers=32, shared=0):
    return broken_limits(Kernel("planted.cu", ("planted",), block, registers, shared), needs)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
class TestInstructions:
    def test_a_sound_kernel_keeps_all_limits(self, architecture):
        needs = needs_of(SOUND, architecture)
        assert broken(needs) == []
        assert needs.registers > 0
        assert needs.instructions > 0

    def test_a_double_literal(self, architecture):
        needs = needs_of("x[threadIdx.x] *= 0.1;", architecture)
        assert broken(needs) == [f"{needs.fp64} FP64 instructions"]

    @pytest.mark.parametrize("statement", ["y[n] = x[0];", "y[n] += y[0];"])
    def test_doubles_that_are_only_converted_or_only_added(self, architecture, statement):
        needs = needs_of(f"double* y = (double*)x; {statement}", architecture)
        assert broken(needs) == ["1 FP64 instructions"]

    def test_a_double_in_a_function_that_is_called(self, architecture):
        needs = needs_of(
            "x[0] = scaled(x[1]);",
            architecture,
            before="__device__ __noinline__ float scaled(float x) { return x * 0.1; }",
        )
        assert needs.fp64 > 0

    def test_an_array_indexed_at_run_time(self, architecture):
        needs = needs_of(
            "float sums[9] = {}; for (int i = 0; i < n; ++i) sums[i % 9] += x[i]; x[0] = sums[3];",
            architecture,
        )
        assert broken(needs, registers=64) == [
            f"a stack frame of {needs.stack} bytes",
            f"{needs.local} instructions on local memory",
        ]

    def test_spilled_registers(self, architecture):
        # 64 values are alive at once where 1024 threads leave 64 registers to each.
        needs = needs_of(
            "float kept[64];\n"
            "#pragma unroll\n"
            "for (int i = 0; i < 64; ++i) kept[i] = x[i * n + threadIdx.x];\n"
            "__syncthreads();\n"
            "#pragma unroll\n"
            "for (int i = 0; i < 64; ++i) x[i + n * threadIdx.x] = kept[63 - i];\n",
            architecture,
            bounds="__launch_bounds__(1024)",
        )
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
    def test_what_the_compiler_refuses(self, body, reason):
        with pytest.raises(CompileError, match=reason):
            needs_of(body)

    def test_a_warning_of_the_assembler(self):
        with pytest.raises(CompileError, match="minnctapersm for entry planted is out of range"):
            needs_of(SOUND, bounds="__launch_bounds__(1024, 100)")

    def test_an_included_header(self):
        with pytest.raises(CompileError, match='could not open source file "math.h"'):
            needs_of(SOUND, before="#include <math.h>\n")

    def test_an_instance_that_does_not_exist(self):
        with pytest.raises(CompileError, match='identifier "other" is undefined'):
            compiler_or_skip().compile("", ("other<3>",), 90)

    def test_a_kernel_that_is_not_declared(self):
        with pytest.raises(CompileError, match=r"no instance declares: \['forgotten'\]"):
            needs_of(SOUND, before='extern "C" __global__ void forgotten() {}')


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


def test_a_missing_wheel_is_named(monkeypatch):
    def not_installed(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "files", not_installed)
    with pytest.raises(ToolMissingError, match="on Linux: pip install nvidia-cuda-nvrtc"):
        Compiler()
