"""numpy scalars and arrays as plain values. Imported only for a numpy or array-like value."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from qsharp_bridge.errors import QsharpTypeError, QsharpValueError
from qsharp_bridge.syntax import ArrayType, Primitive, QsharpType, UdtType

from .limits import EXACT_INT, INT_MAX, missing_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

AnyArray = np.ndarray[Any, np.dtype[Any]]


def scalar(value: Any) -> Any:
    """Return the Python value equal to a numpy scalar or 0-d array."""
    if _is_masked(value) and np.ma.getmaskarray(value).any():
        _fail_masked(())
    data = np.asarray(value)
    kind = data.dtype.kind
    if kind in "Mm":
        _fail_dtype(data.dtype)
    if kind == "f" and data.dtype.itemsize > 8:
        return doubles(data).item()
    if kind == "c" and data.dtype.itemsize > 16:
        return complex(doubles(data.real).item(), doubles(data.imag).item())
    if kind == "V" and data.dtype.names:
        return data[()]
    return data.item()


def array(value: Any) -> AnyArray:
    """Return an array or array-like as a plain array of elements that Q# may have.

    Raises:
        QsharpTypeError: the elements are dates or bytes.
        QsharpValueError: an element is masked or missing.
    """
    if _is_masked(value):
        mask = np.ma.getmaskarray(value)
        if mask.any():
            _fail_masked(first(mask))
        return np.asarray(value.data)
    missing = _missing(value)
    if missing is not None and missing.any():
        raise missing_value().under(path_of(first(missing)))
    found = np.asarray(value)
    if found.dtype.kind in "MmS" or (found.dtype.kind == "V" and not found.dtype.names):
        _fail_dtype(found.dtype)
    return found


def _is_masked(value: Any) -> bool:
    """Check for a masked array. ``numpy.ma`` is not imported for it, which would take 20 ms."""
    return "numpy.ma" in sys.modules and isinstance(value, np.ma.MaskedArray)


def _missing(value: Any) -> AnyArray | None:
    """Return a mask of the missing values of pandas, polars or pyarrow, or None for other libraries.

    In numpy, a missing value would turn the ints beside it into floats. A nan in a plain float column is not a missing
    value; it has no literal as a Double.
    """
    library = type(value).__module__.partition(".")[0]
    if library == "pandas" and hasattr(value, "isna"):
        dtypes = value.dtypes if hasattr(value, "columns") else [getattr(value, "dtype", None)]
        nullable = np.array([not isinstance(dtype, np.dtype) or dtype.kind == "O" for dtype in dtypes])
        mask: AnyArray = np.asarray(value.isna()) & (nullable if hasattr(value, "columns") else nullable[0])
        objects = np.asarray(value, object)
        for place in map(tuple, np.argwhere(mask)):  # None among objects is Unit, and a nan a Double
            mask[place] = objects[place] is not None and not isinstance(objects[place], float)
        return mask
    if library == "polars" and hasattr(value, "iter_columns"):
        return np.array([column.is_null().to_numpy() for column in value.iter_columns()]).T
    if library == "polars" and hasattr(value, "is_null"):
        return np.asarray(value.is_null().to_numpy())
    if library == "pyarrow" and hasattr(value, "is_null"):
        return np.asarray(value.is_null())
    return None


def array_type(values: AnyArray) -> QsharpType | None:
    """Return the Q# type of an array by its dtype, or None if it depends on the elements."""
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
    """Return the elements along the first dimension: sub-arrays, or plain Python values of a one-dimensional array."""
    if values.ndim > 1:
        return list(values)
    if values.dtype.kind in "V" or (values.dtype.kind in "fc" and values.dtype.char in "gG"):
        return list(values)
    return values.tolist()  # type: ignore[no-any-return]


def records(values: AnyArray, *, as_dicts: bool) -> list[Any] | None:
    """Return the elements of a structured array as tuples or dicts of plain values; None if a field is not plain."""
    names = values.dtype.names or ()
    kinds = [values.dtype[name] for name in names]
    if any(kind.kind not in "biufcU" or kind.char in "gG" or kind.shape for kind in kinds):
        return None
    rows: list[Any] = values.tolist()
    return [dict(zip(names, row, strict=True)) for row in rows] if as_dicts else rows


def doubles(values: AnyArray) -> NDArray[np.float64]:
    """Return the same numbers as float64."""
    if values.dtype == np.float64:
        return values
    with np.errstate(all="ignore"):
        found = values.astype(np.float64)
    if values.dtype.kind == "f":
        if values.dtype.itemsize <= 8:
            return found
        wrong = (found.astype(values.dtype) != values) & ~np.isnan(values)
    elif values.dtype.itemsize < 8:
        return found
    else:
        wrong = np.asarray(values > EXACT_INT)
        if values.dtype.kind == "i":
            wrong |= values < -EXACT_INT
        for place in np.argwhere(wrong):  # few numbers are that large: compare them as Python's exact ints
            index = tuple(int(i) for i in place)
            wrong[index] = int(found[index]) != int(values[index])
    if wrong.any():
        at = first(wrong)
        shown = str(values[at]) if values.dtype.kind == "f" else str(int(values[at]))
        raise QsharpValueError(
            f"{shown} is not exactly a Double", path=path_of(at), advice="round it yourself with .astype(float)"
        )
    return found


def first(wrong: AnyArray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(wrong)), wrong.shape))


def path_of(at: tuple[int, ...]) -> str:
    return "".join(f"[{index}]" for index in at)


def _fail_masked(at: tuple[int, ...]) -> NoReturn:
    raise QsharpValueError("masked, so there is no value", path=path_of(at), advice="fill it: .filled(...)")


def _fail_dtype(dtype: np.dtype[Any]) -> NoReturn:
    raise QsharpTypeError(f"Q# has no type for numpy's {dtype}", advice="convert it to numbers or text")
