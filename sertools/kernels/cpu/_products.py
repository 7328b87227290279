"""Small products of one clip."""

from __future__ import annotations

from typing import Any

import numpy as np

from sertools.kernels.cpu._compile import compiled

__all__ = ["products"]


def products(table: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The product ``table @ rows.T`` of ``(n_frames, n)`` and ``(n_rows, n)``, without BLAS.

    BLAS splits its sums by the threads that it may use, so that the last bits of a row would
    depend on what else the process does. For products of this size it is hardly faster.
    """
    result = np.empty((len(table), len(rows)), dtype=table.dtype)
    # Rows that lie apart are no use to a loop over vectors: it takes forty times as long.
    table, rows = (np.ascontiguousarray(of, dtype=table.dtype) for of in (table, rows))
    _multiply(table, rows, result)
    return result


@compiled
def _multiply(table: Any, rows: Any, result: Any) -> None:
    """Write the products of all rows of both."""
    for t in range(table.shape[0]):
        for r in range(rows.shape[0]):
            total = table.dtype.type(0)
            for k in range(table.shape[1]):
                total += table[t, k] * rows[r, k]
            result[t, r] = total
