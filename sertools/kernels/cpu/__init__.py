"""Twins for the CPU, compiled by numba: loaded by `sertools.kernels.fastest` and nobody else."""
