"""Kernels, which run on the CPU stand-in."""

from __future__ import annotations

import stand_in

from fake_cupy.arrays import argument


class RawModule:
    """A source of kernels that run on the CPU stand-in, which checks what they are given."""

    def __init__(self, code, *, options=(), name_expressions=None):
        self._module = stand_in.RawModule(
            code=code, options=options, name_expressions=name_expressions
        )

    def get_function(self, name):
        """The kernel of that name."""
        return _Kernel(self._module.get_function(name))


class _Kernel:
    """A kernel of device arrays."""

    def __init__(self, kernel):
        self._kernel = kernel

    @property
    def max_dynamic_shared_size_bytes(self):
        """How much shared memory a launch may take."""
        return self._kernel.max_dynamic_shared_size_bytes

    @max_dynamic_shared_size_bytes.setter
    def max_dynamic_shared_size_bytes(self, n_bytes):
        self._kernel.max_dynamic_shared_size_bytes = n_bytes

    def __call__(self, grid, block, args, *, shared_mem=0):
        self._kernel(grid, block, argument(args), shared_mem=shared_mem)


def raw_kernel(code, name, options=()):
    """The kernel of that name in a source."""
    return RawModule(code, options=options).get_function(name)
