"""Functions of cuSOLVER and cuBLAS whose rules are not those of NumPy and SciPy."""

from __future__ import annotations

import numpy as np
import scipy.linalg

from fake_cupy.functions import Mirror, checked
from fake_cupy.names import real, real_cupyx


def _cholesky(a):
    """The lower factor of a matrix; where there is none, something else, unless told to raise."""
    try:
        return np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        if real_cupyx._ufunc_config.get_config_linalg() == "raise":
            raise
        return np.tril(a)


def solve_triangular(
    a, b, trans=0, lower=False, unit_diagonal=False, overwrite_b=False, check_finite=False
):
    """SciPy's function with CuPy's arguments, by hand: to import CuPy's takes cuBLAS."""
    return scipy.linalg.solve_triangular(
        a, b, trans, lower, unit_diagonal, overwrite_b, check_finite
    )


linalg = Mirror(
    "cupy.linalg",
    real.linalg,
    np.linalg,
    cholesky=checked(real.linalg.cholesky, _cholesky),
)
scipy_linalg = Mirror(
    "cupyx.scipy.linalg",
    None,
    None,
    solve_triangular=checked(solve_triangular, solve_triangular),
)
