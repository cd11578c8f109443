"""Reads points: from values by name to a structure and its Doubles, with every value checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from qsharp_bridge.errors import ArgumentError, BridgeError
from qsharp_bridge.literals.kinds import Kind, kind_of
from qsharp_bridge.literals.writers.scalars import pauli_text
from qsharp_bridge.syntax.types import ArrayType, Primitive, QsharpType, TupleType

from .skeleton import Skeleton, split

if TYPE_CHECKING:
    from qsharp_bridge.programs.call import Call

Rows: TypeAlias = list[tuple[Skeleton, NDArray[np.int64], NDArray[np.float64]]]
"""Points by structure: (structure, their indices, ascending, their Doubles, shape (points, doubles))."""

_Quick = Callable[[Any, list[float]], Any]


class PointReader:
    """Reads the points of one operation.

    The literal layer decides what a value is in Q#. For the common kinds (floats and integers of Python and numpy,
    Bools, strings, Paulis, and lists, arrays and tuples of them) this is known beforehand, and a structure that was met
    before is recognised without printing anything. Of 80 angles, floats take 3 us to read and np.float32 10; to print
    them takes 130 (measured).
    """

    def __init__(self, operation: Call) -> None:
        self._operation = operation
        self._met: dict[tuple[Any, ...], Skeleton] = {}
        self._same: dict[Skeleton, Skeleton] = {}
        quick = [(one.name, _quick(one.type)) for one in operation.signature.parameters]
        self._plan = [(name, read) for name, read in quick if read is not None]
        self._quick = len(self._plan) == len(quick)

    def read(self, point: Mapping[str, Any], index: int) -> tuple[Skeleton, list[float]]:
        """Return the structure of a point and its Doubles. Equal structures are one object.

        Raises:
            ArgumentError: the keys are not the parameters of the operation.
            QsharpValueError, QsharpTypeError: a value does not fit; with the path to it, and the point's index.
        """
        key: tuple[Any, ...] | None = None
        values: list[float] = []
        if self._quick:
            key = self._recognise(point, values)
            if key is not None and (known := self._met.get(key)) is not None:
                return known, values
        skeleton, printed = split(self.expression(point, index))
        skeleton = self._same.setdefault(skeleton, skeleton)
        if key is not None and printed == values and len(self._met) < 10_000:
            self._met[key] = skeleton
        return skeleton, printed

    def read_columns(self, columns: Mapping[str, Any], first: Mapping[str, Any], start: int) -> Rows | None:
        """Return the structures of many points and their Doubles; None where they must be read one by one.

        Args:
            columns: by parameter, an array of the values of these points, or a list of them.
            first: the first of these points.
            start: its index.
        """
        if not self._quick or len(columns) != len(self._plan):
            return None
        parts: list[NDArray[np.float64]] = []
        keys: list[Any] = []
        tables: dict[int, list[Any]] = {}  # by the place of a parameter, the structures that its numbers stand for
        for place, (parameter, (_, quick)) in enumerate(
            zip(self._operation.signature.parameters, self._plan, strict=True)
        ):
            values = columns.get(parameter.name)
            if type(values) is list:
                coded = _coded(quick, values)
                if coded is None:
                    return None
                tables[place], key = coded
                parts.append(np.empty((len(values), 0)))
            else:
                read = _column(parameter.type, values) if type(values) is np.ndarray else None
                if read is None:
                    return None
                key = read[0]
                parts.append(read[1])
            if isinstance(key, np.ndarray) and (key == key[0]).all():
                key = tables.pop(place)[0] if place in tables else key[0].item()
            keys.append(key)
        parts = [part for part in parts if part.shape[1]] or parts[:1]  # what is part of the structure has no Doubles
        rows = np.hstack(parts) if len(parts) > 1 else np.ascontiguousarray(parts[0])
        if not np.isfinite(rows).all():
            return None  # to be read one by one, for the error
        varying = [place for place, key in enumerate(keys) if isinstance(key, np.ndarray)]
        if not varying:
            skeleton = self._skeleton_of(tuple(keys), first, start, rows[0])
            return None if skeleton is None else [(skeleton, np.arange(start, start + len(rows)), rows)]
        return self._split(keys, varying, tables, columns, rows, start)

    def _split(
        self,
        keys: list[Any],
        varying: list[int],
        tables: Mapping[int, list[Any]],
        columns: Mapping[str, Any],
        rows: NDArray[np.float64],
        start: int,
    ) -> Rows | None:
        """Return the points by the values of the parameters that are part of the structure."""
        different, members = np.unique(np.column_stack([keys[place] for place in varying]), axis=0, return_inverse=True)
        members = members.ravel()
        order = np.argsort(members, kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(members[order])) + 1)
        found: Rows = []
        for structural, places in zip(different.tolist(), groups, strict=True):
            key = list(keys)
            for place, value in zip(varying, structural, strict=True):
                known = tables.get(place)
                key[place] = known[value] if known else bool(value) if keys[place].dtype == np.bool_ else value
            one = int(places[0])
            point = {
                name: values[one] if type(values) is list else values[one].tolist() for name, values in columns.items()
            }
            skeleton = self._skeleton_of(tuple(key), point, start + one, rows[one])
            if skeleton is None:
                return None
            found.append((skeleton, places + start, rows[places]))
        found.sort(key=lambda group: int(group[1][0]))
        return found

    def _skeleton_of(
        self, key: tuple[Any, ...], point: Mapping[str, Any], index: int, row: NDArray[np.float64]
    ) -> Skeleton | None:
        """Return the structure of a point with this key, which is read by itself where the key was not met before."""
        if key not in self._met:
            self.read(point, index)
        skeleton = self._met.get(key)
        return skeleton if skeleton is not None and skeleton.doubles == len(row) else None

    def expression(self, point: Mapping[str, Any], index: int) -> str:
        """Return the entry expression of a point. Raises as `read`."""
        operation = self._operation
        if not isinstance(point, Mapping):
            raise ArgumentError(
                f"a point is a mapping from parameter names to values, not {type(point).__name__}",
                operation=operation.name,
                point=index,
            )
        for name in point:
            if not isinstance(name, str):
                raise ArgumentError(f"has no parameter {name!r}", operation=operation.name, point=index)
        try:
            return operation.expression(**point)
        except BridgeError as error:
            raise error.at(point=index) from None

    def _recognise(self, point: Mapping[str, Any], values: list[float]) -> tuple[Any, ...] | None:
        """Return a key of the structure of a point, or None if unsure; add its Doubles to ``values``."""
        try:
            if len(point) != len(self._plan):
                return None
            key = tuple([read(point[name], values) for name, read in self._plan])
        except (KeyError, TypeError):
            return None
        # One NaN or infinity makes the sum one. A sum may also overflow: then nothing is lost but time.
        return None if None in key or not math.isfinite(sum(values)) else key


def _coded(read: _Quick, values: list[Any]) -> tuple[list[Any], NDArray[np.int64]] | None:
    """Return the different structures of values without Doubles, and the place of each value's; None if unsure.

    Repeated points of a product have the same objects as values, which are read once.
    """
    doubles: list[float] = []
    found: dict[Any, int] = {}
    places: dict[int, int] = {}
    for value in values:
        if id(value) not in places:
            key = read(value, doubles)
            if key is None or doubles:
                return None
            places[id(value)] = found.setdefault(key, len(found))
    return list(found), np.array([places[id(value)] for value in values])


def _column(type_: QsharpType, values: NDArray[Any]) -> tuple[Any, NDArray[np.float64]] | None:
    """Return the structure of the values of a parameter and their Doubles, shape (points, doubles); None if unsure.

    The structure is one for all, or an array of the values that are part of it.
    """
    count, kind = len(values), values.dtype.kind
    none = np.empty((count, 0))
    if type_ in (Primitive("Int"), Primitive("Bool")):
        return (values, none) if values.ndim == 1 and kind == ("i" if type_ == Primitive("Int") else "b") else None
    levels = 0
    while isinstance(type_, ArrayType):
        type_, levels = type_.element, levels + 1
    if type_ != Primitive("Double") or values.ndim != 1 + levels or kind not in "fi":
        return None
    if kind == "i" and ((values < -_EXACT) | (values > _EXACT)).any():
        return None
    key: Any = 0 if not levels else values.shape[-1]
    for length in reversed(values.shape[1:-1]):
        key = (key,) * length
    return key, values.reshape(count, -1).astype(np.float64, copy=False)


def _quick(type_: QsharpType) -> _Quick | None:
    """Return a function that adds the Doubles of a value to a list and returns its structure, or None if unsure."""
    match type_:
        case Primitive(name):
            return _PRIMITIVES.get(name)
        case ArrayType(Primitive("Double")):
            return _doubles
        case ArrayType(element):
            read = _quick(element)
            return read and partial(_array, read)
        case TupleType(items):
            reads = [read for item in items if (read := _quick(item))]
            return partial(_tuple, reads) if len(reads) == len(items) else None
    return None


def _double(value: Any, values: list[float]) -> Any:
    kind = type(value)
    if kind in _FLOATS or ((kind is int or kind in _NUMPY_INTS) and -_EXACT <= value <= _EXACT):
        values.append(float(value))
        return 0
    return None


def _doubles(value: Any, values: list[float]) -> Any:
    if type(value) is np.ndarray:
        if value.ndim != 1:
            return None
        if value.dtype != np.float64:
            if value.dtype.type not in _FLOATS:
                return _array(_double, value, values)
            value = value.astype(np.float64)
        value = value.tolist()
    elif type(value) not in (list, tuple):
        return None
    kinds = set(map(type, value))
    if kinds - {float}:
        if kinds - _FLOATS:
            return _array(_double, value, values)
        value = map(float, value)
    count = len(values)
    values.extend(value)
    return len(values) - count


def _array(read: _Quick, value: Any, values: list[float]) -> Any:
    """Read a list, or a numpy array row by row. The structure is the number of Doubles where these are all."""
    if type(value) is np.ndarray:
        if value.ndim == 2 and read is _doubles and value.dtype.type in _FLOATS:
            values.extend(value.astype(np.float64).ravel().tolist())
            return (value.shape[1],) * len(value)
        if not value.ndim:
            return None
        value = list(value) if value.ndim > 1 else value.tolist()
    elif type(value) not in (list, tuple):
        return None
    if read is _double:
        return None if None in [read(one, values) for one in value] else len(value)
    key = tuple([read(one, values) for one in value])
    return None if None in key else key


def _tuple(reads: list[_Quick], value: Any, values: list[float]) -> Any:
    if type(value) is not tuple or len(value) != len(reads):
        return None
    key = tuple([read(one, values) for read, one in zip(reads, value, strict=True)])
    return None if None in key else key


def _int(value: Any, values: list[float]) -> Any:
    return value if type(value) is int else int(value) if type(value) in _NUMPY_INTS else None


def _bool(value: Any, values: list[float]) -> Any:
    return bool(value) if type(value) in (bool, np.bool_) else None


def _string(value: Any, values: list[float]) -> Any:
    return value if type(value) is str else None


def _pauli(value: Any, values: list[float]) -> Any:
    return pauli_text(value) if kind_of(type(value)) is Kind.PAULI else None


_EXACT = 2**53  # integers up to here are Doubles as they are
_FLOATS = {float, np.float64, np.float32, np.float16}
_NUMPY_INTS = {np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64}
_PRIMITIVES: dict[str, _Quick] = {
    "Double": _double, "Int": _int, "Bool": _bool, "String": _string, "Pauli": _pauli,
}  # fmt: skip
