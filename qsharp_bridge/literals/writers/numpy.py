"""numpy scalars and arrays. Imported only when a numpy or array-like value turns up."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import orjson

from qsharp_bridge.errors import QsharpTypeError, QsharpValueError
from qsharp_bridge.literals.layout import BLOCK, enclose, pack
from qsharp_bridge.syntax import ArrayType, Primitive, QsharpType, UdtType

from .scalars import INT_MAX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qsharp_bridge.literals.dispatch import Printer

__all__ = ["array", "array_type", "packed", "rows", "scalar"]

AnyArray = np.ndarray[Any, np.dtype[Any]]

_EXACT_INTS = 2**53  # every int of at most this magnitude is a Double


def scalar(value: Any) -> Any:
    """The Python value equal to a numpy scalar or 0-d array."""
    if isinstance(value, np.ma.MaskedArray) and np.ma.getmaskarray(value).any():
        _fail_masked(())
    data = np.asarray(value)
    kind = data.dtype.kind
    if kind in "Mm":
        _fail_dtype(data.dtype)
    if kind == "f" and data.dtype.itemsize > 8:
        return _doubles(data).item()
    if kind == "c" and data.dtype.itemsize > 16:
        return complex(_doubles(data.real).item(), _doubles(data.imag).item())
    if kind == "V" and data.dtype.names:
        return data[()]
    return data.item()


def array(value: Any) -> AnyArray:
    """An array, or what an array-like gives for ``__array__``, as a plain array of Q#-like elements.

    Raises:
        QsharpTypeError: the elements are dates or bytes, which Q# does not have.
        QsharpValueError: an element is masked.
    """
    if isinstance(value, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(value)
        if mask.any():
            _fail_masked(_first(mask))
        return np.asarray(value.data)
    found = np.asarray(value)
    if found.dtype.kind in "MmS" or (found.dtype.kind == "V" and not found.dtype.names):
        _fail_dtype(found.dtype)
    return found


def array_type(values: AnyArray) -> QsharpType | None:
    """The Q# type of an array by its dtype alone, or None where each element has to be looked at."""
    kind = values.dtype.kind
    element: QsharpType
    if kind == "f":
        element = Primitive("Double")
    elif kind in "iu":
        wide = kind == "u" and values.dtype.itemsize == 8 and values.size and int(values.max()) > INT_MAX
        element = Primitive("BigInt" if wide else "Int")
    elif kind == "b":
        element = Primitive("Bool")
    elif kind == "c":
        element = UdtType("Std.Math.Complex")
    elif kind in "UT":
        element = Primitive("String")
    else:
        return None
    for _ in range(values.ndim):
        element = ArrayType(element)
    return element


def rows(values: AnyArray) -> list[Any]:
    """The elements along the first dimension: sub-arrays, or plain Python values where there is one dimension."""
    if values.ndim > 1:
        return list(values)
    if values.dtype.kind in "V" or (values.dtype.kind in "fc" and values.dtype.char in "gG"):
        return list(values)
    return values.tolist()  # type: ignore[no-any-return]


def packed(printer: Printer, values: AnyArray, target: QsharpType, level: int) -> str | None:
    """The literal of an array of numbers or Booleans written in one go, or None where there is no fast way.

    Raises:
        QsharpValueError: an element that Q# cannot hold; the path names it.
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
        return _dump(_finite(_doubles(values)))
    if element.name == "Int" and kind in "iu":
        return _dump(_ints(values))
    if element.name == "Bool" and kind == "b":
        return _dump(values)
    return None  # the element-wise way says what is wrong, and where


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
            at = _first(above)
            raise QsharpValueError(
                f"{int(values[at])} does not fit an Int, which holds -2**63 to 2**63 - 1",
                path=_path(at),
                advice="use a BigInt",
            )
    return values


def _doubles(values: AnyArray) -> NDArray[np.float64]:
    """The same numbers as float64, or an error where one of them is none."""
    if values.dtype == np.float64:
        return values
    with np.errstate(all="ignore"):
        doubles = values.astype(np.float64)
    if values.dtype.kind == "f":
        if values.dtype.itemsize <= 8:
            return doubles
        wrong = (doubles.astype(values.dtype) != values) & ~np.isnan(values)
    elif values.dtype.itemsize < 8:
        return doubles
    else:
        wrong = (values > _EXACT_INTS) if values.dtype.kind == "u" else _beyond_exact(values)
        for found in np.argwhere(wrong):  # few numbers are that large: compare them as Python's exact ints
            index = tuple(int(i) for i in found)
            wrong[index] = int(doubles[index]) != int(values[index])
    if wrong.any():
        at = _first(wrong)
        shown = str(values[at]) if values.dtype.kind == "f" else str(int(values[at]))
        raise QsharpValueError(
            f"{shown} is not exactly a Double", path=_path(at), advice="round it yourself with .astype(float)"
        )
    return doubles


def _beyond_exact(values: AnyArray) -> AnyArray:
    return np.asarray((values > _EXACT_INTS) | (values < -_EXACT_INTS))


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    finite = np.isfinite(values)
    if not finite.all():
        at = _first(~finite)
        raise QsharpValueError(
            f"{float(values[at])!r} is not a finite Double", path=_path(at), advice="Q# has no literal for it"
        )
    return values


def _first(wrong: AnyArray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(wrong)), wrong.shape))


def _path(at: tuple[int, ...]) -> str:
    return "".join(f"[{index}]" for index in at)


def _fail_masked(at: tuple[int, ...]) -> NoReturn:
    raise QsharpValueError("masked, so there is no value", path=_path(at), advice="fill it: .filled(...)")


def _fail_dtype(dtype: np.dtype[Any]) -> NoReturn:
    raise QsharpTypeError(f"Q# has no type for numpy's {dtype}", advice="convert it to numbers or text")
