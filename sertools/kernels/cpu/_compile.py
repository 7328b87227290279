"""How the kernels of this room are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

__all__ = ["compiled"]


def compiled(function: Callable[..., Any], *, exact: bool = False) -> Callable[..., Any]:
    """A function compiled at its first call, which other threads may run beside.

    What was compiled is kept on disk beside the source, or in the user's cache folder, until the
    source file changes: constants of other files are passed as arguments, for a change of them
    would not show. Sums may be taken in any order, which lets them use the full width of the
    processor; `exact` forbids it where the order is part of the result.
    """
    liberties = set() if exact else {"reassoc", "contract", "nsz", "arcp"}
    try:
        return numba.njit(nogil=True, fastmath=liberties, cache=True)(function)
    except RuntimeError:  # no folder to keep it in can be written to
        return numba.njit(nogil=True, fastmath=liberties)(function)
