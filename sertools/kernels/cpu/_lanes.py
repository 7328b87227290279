"""Numbers of many frames side by side, which a processor works on at once.

numba turns a loop into such code where it can show that the arrays in it do not overlap; in the
butterflies of a transform it cannot. Here 64 bytes are a type of their own, one number of each of
sixteen frames (eight in double precision): the frames of a group do the same steps on numbers of
their own, so that none hears of its neighbours. Where registers are shorter, one instruction
becomes two or four.
"""

from __future__ import annotations

import operator
from typing import Any

import numba.extending
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import lower_builtin, models, register_model, type_callable

__all__ = ["GROUP_BYTES", "group_size", "load", "spread", "store", "transpose"]

if getattr(numba.config, "DISABLE_JIT", False):
    raise ImportError("Vectors exist in compiled code only, and NUMBA_DISABLE_JIT is set.")

GROUP_BYTES = 64

# A function that numba writes out where it is called; its arguments are types then, not values.
intrinsic: Any = numba.extending.intrinsic


class Lanes(types.Type):
    """One number of each frame of a group."""

    def __init__(self, scalar: types.Float) -> None:
        self.scalar = scalar
        super().__init__(name=f"Lanes({scalar})")

    @property
    def count(self) -> int:
        """How many frames a group has."""
        return GROUP_BYTES * 8 // self.scalar.bitwidth


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    """A register, or as many as it takes."""

    def __init__(self, manager: Any, lanes: Lanes) -> None:
        scalar = manager[lanes.scalar].get_value_type()
        super().__init__(manager, lanes, ir.VectorType(scalar, lanes.count))


@intrinsic
def group_size(typing_context: Any, x: Any) -> Any:
    """How many frames a group has whose numbers are those of an array."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        # Known to the compiler, which the size of the items of an array is not.
        return context.get_constant(types.intp, Lanes(x.dtype).count)

    return types.intp(x), generate


@intrinsic
def load(typing_context: Any, x: Any, at: Any) -> Any:
    """The numbers of a flat array from place `at` on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        x, at = arguments
        place = _index(context, builder, at, signature.args[1])
        return _load(context, builder, signature.args[0], x, place)

    _check_flat(x)
    return Lanes(x.dtype)(x, at), generate


@intrinsic
def store(typing_context: Any, x: Any, at: Any, lanes: Any) -> Any:
    """Write numbers into a flat array from place `at` on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        x, at, lanes = arguments
        place = _index(context, builder, at, signature.args[1])
        _store(context, builder, signature.args[0], x, place, lanes)
        return context.get_dummy_value()

    _check_flat(x)
    return types.void(x, at, lanes), generate


@intrinsic
def spread(typing_context: Any, number: Any) -> Any:
    """The same number for every frame."""
    lanes = Lanes(number)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = context.get_value_type(lanes)
        undefined = ir.Constant(kind, ir.Undefined)
        one = builder.insert_element(undefined, arguments[0], cgutils.int32_t(0))
        return builder.shuffle_vector(one, undefined, _order([0] * lanes.count))

    return lanes(number), generate


@intrinsic
def transpose(
    typing_context: Any, x: Any, at: Any, step: Any, y: Any, to: Any, to_step: Any
) -> Any:
    """Write a square of a flat array with its rows as columns into another.

    Row r begins at ``x[at + r * step]``, column c is written from ``y[to + c * to_step]`` on; there
    are as many of both as frames in a group.
    """
    lanes = Lanes(x.dtype)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        x, _, _, y, _, _ = arguments
        at, step, to, to_step = (
            _index(context, builder, arguments[k], signature.args[k]) for k in (1, 2, 4, 5)
        )
        rows = [
            _load(context, builder, signature.args[0], x, _stepped(builder, at, step, row))
            for row in range(lanes.count)
        ]
        for column, numbers in enumerate(_transposed(builder, rows)):
            place = _stepped(builder, to, to_step, column)
            _store(context, builder, signature.args[3], y, place, numbers)
        return context.get_dummy_value()

    _check_flat(x)
    _check_flat(y)
    return types.void(x, at, step, y, to, to_step), generate


def _arithmetic(operation: Any, instruction: str) -> None:
    """Teach numba an operation on two groups, number by number."""

    @type_callable(operation)
    def _typed(context: Any) -> Any:
        def result(left: Any, right: Any) -> Any:
            return left if isinstance(left, Lanes) and left == right else None

        return result

    @lower_builtin(operation, Lanes, Lanes)
    def _lowered(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        # A product and a sum may become one instruction, which rounds once.
        return getattr(builder, instruction)(*arguments, flags=("contract",))


_arithmetic(operator.add, "fadd")
_arithmetic(operator.sub, "fsub")
_arithmetic(operator.mul, "fmul")


def _transposed(builder: Any, rows: list[Any]) -> list[Any]:
    """The columns of a square of registers: halves are exchanged, then quarters and so on."""
    count = len(rows)
    width = 1
    while width < count:
        # From the second register, numbers count on from the first.
        first = _order([at - width + count if at & width else at for at in range(count)])
        second = _order([at + count if at & width else at + width for at in range(count)])
        exchanged = list(rows)
        for row in range(count):
            if not row & width:
                pair = rows[row], rows[row + width]
                exchanged[row] = builder.shuffle_vector(*pair, first)
                exchanged[row + width] = builder.shuffle_vector(*pair, second)
        rows = exchanged
        width *= 2
    return rows


def _check_flat(x: Any) -> None:
    """Refuse to compile for arrays whose numbers do not lie side by side."""
    if x.ndim != 1 or x.layout != "C":
        raise TypingError(f"Lanes are read from flat contiguous arrays, and this is {x}.")


def _order(places: list[int]) -> Any:
    """Which numbers of two registers a third is made of."""
    return ir.Constant(ir.VectorType(cgutils.int32_t, len(places)), places)


def _index(context: Any, builder: Any, value: Any, kind: Any) -> Any:
    """A place in an array, as wide as those of the machine."""
    return context.cast(builder, value, kind, types.intp)


def _stepped(builder: Any, start: Any, step: Any, count: int) -> Any:
    """So many steps after the start."""
    return builder.add(start, builder.mul(step, ir.Constant(step.type, count)))


def _address(context: Any, builder: Any, kind: Any, x: Any, at: Any) -> Any:
    """Where the numbers of an array from place `at` on lie."""
    data = context.make_array(kind)(context, builder, x).data
    lanes = context.get_value_type(Lanes(kind.dtype))
    return builder.bitcast(builder.gep(data, [at]), lanes.as_pointer())


def _load(context: Any, builder: Any, kind: Any, x: Any, at: Any) -> Any:
    """What lies there; arrays begin where their numbers may, not where registers would like."""
    return builder.load(_address(context, builder, kind, x, at), align=kind.dtype.bitwidth // 8)


def _store(context: Any, builder: Any, kind: Any, x: Any, at: Any, lanes: Any) -> None:
    """Write it there."""
    builder.store(lanes, _address(context, builder, kind, x, at), align=kind.dtype.bitwidth // 8)
