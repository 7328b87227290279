"""KernelRidgeClassifier: a ridge regression for each class over a Gaussian kernel."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from typing import Any, ClassVar

import numpy as np
import scipy.linalg
import xxhash
from numpy.typing import NDArray

from sertools._backend import Device, array_namespace, at_home, is_device_array, to_host
from sertools._sklearn import Interval, StrOptions
from sertools.models._base import EngineClassifier, Task
from sertools.models._calibration import fitted_temperature

# Rows of a kernel that are made at a time: enough for BLAS, and little beside the kernel.
_BLOCK = 512

# Columns of an inverse that are made at a time: fewer, since each is as long as the kernel.
_COLUMNS = 128

# Rows that are left out to find the temperature: it is one number, and more rows cost more than
# the fit itself.
_ROWS_FOR_TEMPERATURE = 1000

# And units, which may be many rows, and cost up to twice the fit: a voice or two say little of
# others.
_LEAST_UNITS = 6

# Rounded rows end at so many times the mean distance of a column from its mean, which for a normal
# distribution is 4.8 standard deviations: one row that went wrong must not set the steps of all.
_WIDEST = 6.0

# A row with that much ridge has no say any more, and its square root still has in single precision.
_MOST_RIDGE = 1e30


class KernelRidgeClassifier(EngineClassifier):
    """Classification by kernel ridge regression, in which a rare class gets less ridge.

    For tables of many columns and few rows, as features of speech are. Each class has targets of 1
    and -1 and a regression over the kernel ``exp(-gamma * d)``, `d` being the squared distance of
    two rows averaged over the columns; all share one Cholesky factor. Standardise the columns
    before.

    Parameters
    ----------
    gamma : float, default=0.1
        Inverse width of the kernel, above 0.
    alpha : float, default=0.3
        Ridge, above 0: how little a single row is believed.
    balanced : bool, default=True
        Whether a row of a rare class gets less ridge: `alpha` times the share of its class times
        the number of classes. The same as ``class_weight="balanced"``, and beside a dict on top.
    storage : {"float", "int8"}, default="float"
        How training rows are kept: as they are, or rounded to 8 bits on a scale for each column, a
        quarter or an eighth of the size, and cut off at six times the mean distance from the mean.
        What is kept is what the model is fitted on.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes; more weight is less ridge.
    device : {None, "cpu", "cuda", "cuda:<index>", "auto"}, default=None
        Where to work; None is where `X` is.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    gamma_ : float
        Inverse width of the kernel that the coefficients are for.
    rows_ : ndarray of shape (n_rows, n_features)
        The training rows as they are kept, less `center_` and, if rounded, in steps of `scale_`.
    center_ : ndarray of shape (n_features,)
        Means of the columns, which keep single precision precise.
    scale_ : ndarray of shape (n_features,) or None
        The steps of the rounding.
    coefficients_ : ndarray of shape (n_rows, n_classes)
        What the kernel is multiplied with.
    intercept_ : ndarray of shape (n_classes,)
        What is added: the scores far from all training rows.
    temperature_ : float
        What scores are divided by before the softmax of `predict_proba`.
    n_features_in_ : int
        Columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Column names seen in `fit`, if it was given a data frame.

    See Also
    --------
    SVMClassifier : Keeps fewer rows, and takes other kernels.

    Notes
    -----
    With kernel `K`, weights `w`, targets `T` and their weighted means `t`, the coefficients are
    ``(K + diag(alpha / w))^-1 (T - t)``: a row of weight 2 is the row twice. Of balanced classes
    the means are equal, and change no decision and no probability. Memory beside the rows is one
    matrix ``(n_rows, n_rows)``, on a GPU two, and for the temperature the square of the largest
    group that is left out, at most a quarter.

    The temperature is the one under which rows were likeliest that the model had not seen. Leaving
    out a group needs no second fit: with ``G = K + diag(alpha / w)`` the scores of its rows `B`
    would be ``T_B - (G^-1)_BB^-1 (G^-1 (T - t))_B``. Without `groups` single rows are left out, or
    within AugmentedClassifier a clip with its copies, which makes too sure of voices that are new:
    give the speakers. Of more than 1000 rows as many are left out, of 6 groups or more.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sertools import KernelRidgeClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = KernelRidgeClassifier().fit(X, y)
    >>> model.predict(X[[0, 60, 120]])
    array([0, 1, 2])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **EngineClassifier._parameter_constraints,
        "gamma": [Interval(Real, 0, None, closed="neither")],
        "alpha": [Interval(Real, 0, None, closed="neither")],
        "balanced": ["boolean"],
        "storage": [StrOptions({"float", "int8"})],
    }

    _leaves_out_groups = True

    def __init__(
        self,
        gamma: float = 0.1,
        alpha: float = 0.3,
        balanced: bool = True,
        storage: str = "float",
        class_weight: Any = None,
        device: str | None = None,
    ) -> None:
        self.gamma = gamma
        self.alpha = alpha
        self.balanced = balanced
        self.storage = storage
        self.class_weight = class_weight
        self.device = device

    def _fit_engine(self, task: Task) -> None:
        self.gamma_ = float(self.gamma)  # which may be a half-precision number of NumPy
        codes, weights = task.codes, task.weights
        if self.balanced and self.class_weight != "balanced":
            totals = np.bincount(codes, task.row_weights)
            weights = weights * (totals.sum() / (task.n_classes * totals[codes]))
        ridge = np.minimum(self.alpha / weights, _MOST_RIDGE)
        with at_home(task.X):
            xp = array_namespace(task.X)
            rows = self._keep(task.X, task.row_weights)
            signs = np.where(np.arange(task.n_classes) == codes[:, None], 1, -1).astype(rows.dtype)
            self.intercept_ = (weights @ signs / weights.sum()).astype(rows.dtype)
            squares = _squares(rows)
            self._squares = to_host(squares)
            factor = self._factor(rows, squares, xp.asarray(ridge, dtype=rows.dtype))
            half = _solved(factor, xp.asarray(signs - self.intercept_))
            self.coefficients_ = to_host(_solved(factor, half, transposed=True))
            # The same row twice is no row that the model has not seen.
            digests = _digests(to_host(task.X))
            units = digests if task.groups is None else task.groups
            places, scores = _left_out(factor, signs, self.coefficients_, units, digests)
        self.temperature_ = fitted_temperature(scores, codes[places], weights[places])

    def _keep(self, X: Any, weights: NDArray[np.float64]) -> Any:
        """Keep the rows of `X (n_rows, n_features)`, and give them as `_scores` will see them."""
        xp = array_namespace(X)
        shares = xp.asarray(weights / weights.sum(), dtype=X.dtype)
        center = shares @ X
        rows = X - center
        self.center_ = to_host(center)
        self.scale_ = None
        if self.storage == "float":
            self.rows_ = to_host(rows)
            return rows
        widest = xp.maximum(rows.max(axis=0), -rows.min(axis=0))
        widest = xp.minimum(widest, _WIDEST * (shares @ xp.abs(rows)))
        scale = xp.maximum(widest / 127, np.finfo(rows.dtype).tiny)
        rows /= scale
        xp.clip(rows, -127, 127, out=rows)
        xp.rint(rows, out=rows)
        self.rows_ = to_host(rows.astype(np.int8))
        self.scale_ = to_host(scale)
        rows *= scale
        return rows

    def _factor(self, rows: Any, squares: Any, ridge: Any) -> Any:
        """Lower Cholesky factor ``(n_rows, n_rows)`` of the kernel of the rows plus their ridge."""
        xp = array_namespace(rows)
        n_rows = len(rows)
        matrix = xp.empty((n_rows, n_rows), dtype=rows.dtype)
        for block in _blocks(n_rows):
            # What lies above the diagonal is not looked at.
            known = slice(0, block.stop)
            matrix[block, known] = gaussian_kernel(
                rows[block], rows[known], squares[block], squares[known], gamma=self.gamma_
            )
        diagonal = xp.arange(n_rows)
        matrix[diagonal, diagonal] += ridge
        factor = _cholesky(matrix)
        if factor is None:
            raise ValueError(
                f"alpha={self.alpha} is too little ridge for these rows in {rows.dtype}: raise it"
                + (", or give X as float64." if rows.dtype == np.float32 else ".")
            )
        return factor

    def _scores(self, table: Any, device: Device) -> Any:
        with at_home(table):
            xp = array_namespace(table)
            center, coefficients = xp.asarray(self.center_), xp.asarray(self.coefficients_)
            table = table.astype(center.dtype, copy=False) - center
            asked = _squares(table)
            scores = xp.zeros((len(table), 1), dtype=center.dtype) + xp.asarray(self.intercept_)
            for of_rows in _blocks(len(self.rows_)):
                rows = xp.asarray(self.rows_[of_rows])
                if self.scale_ is not None:
                    rows = rows * xp.asarray(self.scale_)
                squares = xp.asarray(self._squares[of_rows])
                for part in _blocks(len(table)):
                    kernel = gaussian_kernel(
                        table[part], rows, asked[part], squares, gamma=self.gamma_
                    )
                    scores[part] += kernel @ coefficients[of_rows]
        return scores

    def _temperature(self) -> float:
        return self.temperature_


def gaussian_kernel(a: Any, b: Any, of_a: Any, of_b: Any, *, gamma: float) -> Any:
    """Kernel ``(n, m)`` of rows ``a (n, d)`` and ``b (m, d)``: exp(-gamma |a_i - b_j|^2 / d).

    ``of_a (n,)`` and ``of_b (m,)`` are the sums of their squares.
    """
    xp = array_namespace(a)
    distances = a @ b.T
    distances *= -2
    distances += of_a[:, None]
    distances += of_b
    # Of equal rows rounding may leave less than nothing.
    xp.maximum(distances, 0, out=distances)
    distances *= -gamma / a.shape[1]
    return xp.exp(distances, out=distances)


def _squares(rows: Any) -> Any:
    """Sums of squares ``(n,)`` of rows ``(n, d)``; refused if they leave the precision."""
    xp = array_namespace(rows)
    squares = xp.einsum("ij,ij->i", rows, rows)
    if not bool(xp.isfinite(squares).all()):
        raise ValueError(
            f"X holds numbers whose squares {rows.dtype} cannot hold: standardise the columns."
        )
    return squares


def _blocks(n_rows: int, size: int | None = None) -> list[slice]:
    """Slices that go through the rows in blocks."""
    size = size or _BLOCK
    return [slice(start, min(start + size, n_rows)) for start in range(0, n_rows, size)]


def _cholesky(matrix: Any) -> Any:
    """Lower factor of a matrix ``(n, n)``, of which on the CPU nothing else is left.

    None if the matrix is not positive definite in its precision. What lies above the diagonal is
    not looked at.
    """
    try:
        if is_device_array(matrix):
            import cupyx

            # Unless it is told to, CuPy does not say that a matrix has no factor.
            with cupyx.errstate(linalg="raise"):
                return array_namespace(matrix).linalg.cholesky(matrix)
        # Its transpose is what LAPACK takes without a copy.
        return scipy.linalg.cholesky(matrix.T, overwrite_a=True, check_finite=False).T
    except np.linalg.LinAlgError:
        return None


def _solved(factor: Any, sides: Any, *, transposed: bool = False) -> Any:
    """Solutions ``(n, m)`` for the right sides ``(n, m)`` of a lower factor, or its transpose.

    What the sides were is lost: in Fortran's order they become the solutions.
    """
    if is_device_array(factor):
        from cupyx.scipy.linalg import solve_triangular
    else:
        solve_triangular = scipy.linalg.solve_triangular
    way = "T" if transposed else "N"
    return solve_triangular(
        factor, sides, trans=way, lower=True, overwrite_b=True, check_finite=False
    )


def _left_out(
    factor: Any,
    targets: NDArray[Any],
    coefficients: NDArray[Any],
    units: NDArray[Any],
    order: NDArray[Any],
) -> tuple[NDArray[np.intp], NDArray[Any]]:
    """Places ``(k,)`` and scores ``(k, n_classes)`` of rows as if their unit were not known.

    Of many rows some units are left out, those that come first by the smallest `order (n_rows,)`
    of their rows. A unit of more than half of the rows is not; if the others are less than a
    quarter of the rows, those of equal order are units.
    """
    n_rows = len(targets)
    members = [unit for unit in _members(units) if 2 * len(unit) <= n_rows]
    if 4 * sum(map(len, members)) < n_rows:
        members = _members(order)
    members.sort(key=lambda unit: order[unit].min())
    lengths = np.cumsum([len(unit) for unit in members])
    enough = 1 + int(np.searchsorted(lengths, _ROWS_FOR_TEMPERATURE))
    members = members[: max(enough, _LEAST_UNITS)]
    scores = []
    for batch in _batches(members):
        inverse = _inverse_part(factor, np.concatenate(batch))
        start = 0
        for unit in batch:
            part = slice(start, start + len(unit))
            correction = np.linalg.solve(inverse[part, part], coefficients[unit])
            scores.append(targets[unit] - correction)
            start += len(unit)
    return np.concatenate(members), np.concatenate(scores)


def _members(units: NDArray[Any]) -> list[NDArray[np.intp]]:
    """The places of each unit, given the units of the rows ``(n_rows,)``."""
    found = np.unique(units, return_inverse=True)[1]
    return np.split(np.argsort(found, kind="stable"), np.cumsum(np.bincount(found))[:-1])


def _inverse_part(factor: Any, places: NDArray[np.intp]) -> NDArray[Any]:
    """Rows and columns at some places ``(k,)`` of the inverse of a matrix with a lower factor."""
    xp = array_namespace(factor)
    inverse = np.empty((len(places), len(places)), dtype=factor.dtype)
    rows = xp.asarray(places)
    for block in _blocks(len(places), _COLUMNS):
        columns = rows[block]
        sides = xp.zeros((len(factor), len(columns)), dtype=factor.dtype, order="F")
        sides[columns, xp.arange(len(columns))] = 1
        solved = _solved(factor, _solved(factor, sides), transposed=True)
        inverse[:, block] = to_host(solved[rows])
    return inverse


def _batches(members: list[NDArray[np.intp]]) -> Iterator[list[NDArray[np.intp]]]:
    """Units that together have at most as many rows as a block, and single ones that have more."""
    batch: list[NDArray[np.intp]] = []
    for unit in members:
        if batch and sum(map(len, batch)) + len(unit) > _BLOCK:
            yield batch
            batch = []
        batch.append(unit)
    yield batch


def _digests(rows: NDArray[Any]) -> NDArray[np.uint64]:
    """Numbers ``(n_rows,)`` that are equal for equal rows, and in no order that rows come in."""
    return np.array([xxhash.xxh3_64_intdigest(row.tobytes()) for row in rows], dtype=np.uint64)
