"""How the kernels of this room are compiled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

__all__ = ["compiled"]


# What all kernels share is in the files that begin with an underscore, and tuples of the core are
# compiled in by the order of their fields.
_HERE = Path(__file__).parent
_SHARED = sorted([*_HERE.glob("_*.py"), *(_HERE.parents[1] / "core").rglob("*.py")])
_EDITION = hashlib.sha256(b"".join(file.read_bytes() for file in _SHARED)).hexdigest()[:12]


def compiled(function: Callable[..., Any], *, exact: bool = False) -> Callable[..., Any]:
    """A function compiled at its first call, which other threads may run beside.

    What was compiled is kept on disk beside the source, or in the user's cache folder, until the
    source file changes or one of those that all share: constants of any other file are passed as
    arguments, for a change of them would not show. Sums may be taken in any order, which lets them
    use the full width of the processor. `exact` forbids it where the order is part of the result,
    and where a function that is compiled into several others would come out with other last bits.

    Loops over numbers are compiled quickest: an assignment from one slice to another costs seconds
    of the first call.
    """
    liberties = set() if exact else {"reassoc", "contract", "nsz", "arcp"}
    # numba looks at the file of the function alone, but it does look at the name.
    function.__qualname__ += f"-{_EDITION}"
    try:
        return numba.njit(nogil=True, fastmath=liberties, cache=True)(function)
    except RuntimeError:  # no folder to keep it in can be written to
        return numba.njit(nogil=True, fastmath=liberties)(function)
