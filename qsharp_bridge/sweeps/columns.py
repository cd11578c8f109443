"""Values of one parameter of a sweep: a numpy array where they are numbers or arrays of numbers of one shape.

A column returns single values, and arrays for work on many points at once (binding, digests). numpy is imported only
when an array is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias, cast, overload

from .value_json import to_json
from .values import copied, list_of_values

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array: TypeAlias = npt.NDArray[np.float64] | npt.NDArray[np.int64] | npt.NDArray[np.bool_]

_NONE: Any = object()  # the array was not built yet


class Column(Sequence[Any]):
    """An immutable sequence of values of one parameter, all plain.

    Args:
        values: plain values that are never changed, or a contiguous array of float64, int64 or bool, one value a row.

    >>> column = Column((0.5, 1.0, 2.0))
    >>> column[1], column.array, Column((1, 1.0)).array is None
    (1.0, array([0.5, 1. , 2. ]), True)
    """

    __slots__ = ("_array", "_values")

    def __init__(self, values: tuple[Any, ...] | Array) -> None:
        if isinstance(values, tuple):
            self._values: tuple[Any, ...] | None = values
            self._array: Array | None = _NONE
        else:
            values.flags.writeable = False
            self._values, self._array = None, values

    @classmethod
    def of(cls, name: str, given: Iterable[Any]) -> Column:
        """Return the column of the values that a user gave for a parameter; an array of numbers stays one.

        Args:
            name: of the parameter, for errors.
            given: the values.

        Raises:
            SweepError: ``given`` is no list of values.
        """
        array = _numbers(given)
        return cls(list_of_values(name, given)) if array is None else cls(array)

    @property
    def array(self) -> Array | None:
        """Array of float64, int64 or bool; None if the values are not numbers of one kind and shape."""
        if self._array is _NONE:
            self._array = _array_of(cast("tuple[Any, ...]", self._values))
        return self._array

    def pick(self, indices: npt.NDArray[np.intp]) -> Array | list[Any]:
        """Return the values at some indices: an array, or a list where there is no array of all.

        Args:
            indices: from 0, shape (points,).
        """
        array = self.array
        if array is not None:
            return array[indices]
        places = indices.tolist()
        known = {place: self[place] for place in set(places)}  # in a product of sweeps, values occur many times
        return [known[place] for place in places]

    def take(self, indices: Sequence[int]) -> Column:
        """Return the column of the values at some indices.

        Args:
            indices: from 0.
        """
        if self._values is not None:
            return Column(tuple(self._values[index] for index in indices))
        assert self._array is not None
        if isinstance(indices, range) and indices:
            last = indices.stop if indices.stop >= 0 else None
            return Column(self._array[slice(indices.start, last, indices.step)].copy())
        return Column(self._array[list(indices)])

    def data(self) -> list[Any]:
        """Return the values as JSON data."""
        if self._values is None and is_finite(self.array):
            return cast("list[Any]", cast("Array", self._array).tolist())
        return [to_json(value) for value in self]

    def __len__(self) -> int:
        return len(self._values if self._values is not None else cast("Array", self._array))

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return self.take(range(len(self))[index])
        if self._values is not None:
            return copied(self._values[index])
        return cast("Array", self._array)[index].tolist()

    def __iter__(self) -> Iterator[Any]:
        """Yield the values, which are not copied."""
        return iter(self._values if self._values is not None else cast("Array", self._array).tolist())


def _numbers(given: Any) -> Array | None:
    """Return a numpy array of numbers as float64, int64 or bool, exact and copied; None for other values."""
    if type(given).__module__ != "numpy":
        return None
    import numpy as np

    if type(given) is not np.ndarray or not given.ndim:
        return None
    if given.dtype.kind == "f" and given.dtype.itemsize <= 8:
        return np.array(given, np.float64, order="C")
    if given.dtype.kind == "b":
        return np.array(given, np.bool_, order="C")
    if given.dtype.kind == "i" or (given.dtype.kind == "u" and given.dtype.itemsize < 8):
        return np.array(given, np.int64, order="C")
    return None


_DTYPES = {float: "float64", int: "int64", bool: "bool"}


def _array_of(values: tuple[Any, ...]) -> Array | None:
    kinds = set(map(type, values))
    if kinds == {list}:
        kinds = set(map(type, chain.from_iterable(values)))
        if len(set(map(len, values))) > 1:
            return None
    if len(kinds) != 1 or (kind := kinds.pop()) not in _DTYPES:
        return None
    import numpy as np

    try:
        array = np.array(values, _DTYPES[kind])
    except OverflowError:  # an int beyond 64 bits
        return None
    array.flags.writeable = False
    return array


def is_finite(array: Array | None) -> bool:
    """Return whether there is an array, and no nan and no infinity in it."""
    if array is None or array.dtype.kind != "f":
        return array is not None
    import numpy as np

    return bool(np.isfinite(array).all())
