"""Reads points: from values by name to a structure and its Doubles, checking everything on the way."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from qsharp_bridge.errors import ArgumentError, BridgeError

from .skeleton import Skeleton, split

if TYPE_CHECKING:
    from qsharp_bridge.programs.call import Call

__all__ = ["PointReader"]

_Quick = Callable[[Any, list[float]], Any]


class PointReader:
    """Reads the points of one operation.

    The literal layer decides what a value is in Q#; but for plain floats, and lists and arrays of them, this is
    known beforehand, and a structure that was met before is recognised without printing anything.
    """

    def __init__(self, operation: Call) -> None:
        self._operation = operation
        self._met: dict[tuple[Any, ...], Skeleton] = {}
        self._same: dict[Skeleton, Skeleton] = {}
        quick = [(one.name, _QUICK.get(str(one.type))) for one in operation.signature.parameters]
        self._plan = [(name, read) for name, read in quick if read is not None]
        self._quick = len(self._plan) == len(quick)

    def read(self, point: Mapping[str, Any], index: int) -> tuple[Skeleton, list[float]]:
        """The structure of a point and its Doubles. Equal structures are one object.

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

    def expression(self, point: Mapping[str, Any], index: int) -> str:
        """The entry expression of a point. Raises as `read`."""
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
        """What sets a point of plain values apart, or None; its Doubles go to ``values``."""
        try:
            if len(point) != len(self._plan):
                return None
            key = tuple([read(point[name], values) for name, read in self._plan])
        except (KeyError, TypeError):
            return None
        # One NaN or infinity makes the sum one. A sum may also overflow: then nothing is lost but time.
        return None if None in key or not math.isfinite(sum(values)) else key


def _double(value: Any, values: list[float]) -> Any:
    if type(value) is not float and type(value) is not np.float64:
        return None
    values.append(float(value))
    return 0


def _doubles(value: Any, values: list[float]) -> Any:
    if type(value) is np.ndarray:
        if value.ndim != 1 or value.dtype != np.float64:
            return None
        value = value.tolist()
    elif type(value) not in (list, tuple):
        return None
    if set(map(type, value)) - {float}:
        return None
    values.extend(value)
    return len(value)


def _int(value: Any, values: list[float]) -> Any:
    return value if type(value) is int else None


_QUICK: dict[str, _Quick] = {"Double": _double, "Double[]": _doubles, "Int": _int}
