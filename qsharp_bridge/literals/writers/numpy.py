"""Literals of numpy arrays, written at once. Imported only for an array."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import orjson

from qsharp_bridge.errors import QsharpValueError
from qsharp_bridge.literals.layout import BLOCK, enclose, pack
from qsharp_bridge.literals.limits import INT_MAX
from qsharp_bridge.literals.numpy_values import AnyArray, doubles, first, path_of
from qsharp_bridge.syntax import ArrayType, Primitive, QsharpType

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qsharp_bridge.literals.context import Printer


def packed(printer: Printer, values: AnyArray, target: QsharpType, level: int) -> str | None:
    """Return the literal of an array of numbers or Booleans, or None if its elements have to be written one by one.

    Raises:
        QsharpValueError: an element has no literal; the error has the path to it.
        QsharpTypeError: the dtype does not fit ``target``.
    """
    element = target
    for _ in range(values.ndim):
        if not isinstance(element, ArrayType):
            return None
        element = element.element
    if not isinstance(element, Primitive) or element.name not in ("Double", "Int", "Bool"):
        return None
    kind = values.dtype.kind
    if kind not in "fiub":
        return None
    printer.enter(level + values.ndim - 1)
    if not values.size:
        printer.empty_array = True
    printer.spend(math.prod(max(size, 1) for size in values.shape))
    if element.name == "Double" and kind in "fiu":
        return _dump(_finite(doubles(values)))
    if element.name == "Int" and kind in "iu":
        return _dump(_ints(values))
    if element.name == "Bool" and kind == "b":
        return _dump(values)
    return None  # the writer of single elements raises the error with its place


def _dump(values: AnyArray) -> str:
    row = math.prod(values.shape[1:])
    if row > BLOCK:
        return enclose("[", [_dump(inner) for inner in values], "]")
    native = values.dtype.newbyteorder("=")
    step = max(1, BLOCK // max(1, row))
    return pack(
        orjson.dumps(
            np.ascontiguousarray(values[start : start + step], dtype=native), option=orjson.OPT_SERIALIZE_NUMPY
        )
        for start in range(0, max(1, len(values)), step)
    )


def _ints(values: AnyArray) -> AnyArray:
    if values.dtype.kind == "u" and values.dtype.itemsize == 8:
        above = values > INT_MAX
        if above.any():
            at = first(above)
            raise QsharpValueError(
                f"{int(values[at])} does not fit an Int, which holds -2**63 to 2**63 - 1",
                path=path_of(at),
                advice="use a BigInt",
            )
    return values


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    finite = np.isfinite(values)
    if not finite.all():
        at = first(~finite)
        raise QsharpValueError(
            f"{float(values[at])!r} is not a finite Double", path=path_of(at), advice="Q# has no literal for it"
        )
    return values
