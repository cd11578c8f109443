"""Columns of a plot: parameters, and elements of array-valued parameters, that vary from point to point.

A sweep of ``angle`` over pairs has the columns ``angle[0]`` and ``angle[1]``. Constants are left out, and so is a
column whose values follow from those of another one, as in a zip.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from qsharp_bridge.results.names import free
from qsharp_bridge.results.tables import flat, label
from qsharp_bridge.sweeps.identity import canonical

if TYPE_CHECKING:
    from qsharp_bridge.results.point import PointResult

Columns = dict[str, list[Any]]
"""Name of a column to its value at each point."""

POINT = "point"
"""Name of the number of the point for ``over``, unless a parameter of that name varies."""
MOST_LINES = 8
_FEW = 5  # values of a number that are drawn as lines rather than along an axis


def varying(rows: list[PointResult], *, first: str | None = None, companions: bool = False) -> Columns:
    """Return the columns that vary from point to point: scalar parameters, and elements of array-valued ones.

    Args:
        rows: results of the points.
        first: of columns that follow from each other one is kept: this one, if it is among them.
        companions: keep all of them.
    """
    columns: Columns = {}
    for row in rows:
        point = row.point
        for key, given in point.items():
            for name, value in flat(key, given):
                # A circuit may have a parameter "phi[0]" beside an array "phi".
                columns.setdefault(name if name == key else free(name, point), []).append(value)
    varied = {
        name: values
        for name, values in columns.items()
        if len(values) == len(rows) and any(value != values[0] for value in values)
    }
    return varied if companions else _without_companions(varied, first)


def number_name(rows: list[PointResult]) -> str:
    """Return the name of the number of the point on an axis: ``point``, unless a parameter has that name."""
    return "number of the point" if POINT in rows[0].point else POINT


def axis_name(name: str, rows: list[PointResult]) -> str:
    """Return the name of a column with those that follow from it: ``theta (with phi)``."""
    every = varying(rows, companions=True)
    if name not in every:
        return name
    others = [other for other, values in every.items() if other != name and _together(values, every[name])]
    shown = ", ".join(others[:3]) + (", ..." if len(others) > 3 else "")
    return f"{name} (with {shown})" if others else name


def numeric(values: list[Any]) -> bool:
    """Return whether all values are ints or floats that an axis can have."""
    return all(type(value) in (int, float) and _fits_a_float(value) for value in values)


def distinct(values: list[Any]) -> list[Any]:
    """Return each value once: numbers in order, others as they first occur."""
    found = list({key_of(value): value for value in values}.values())
    return sorted(found) if numeric(found) or set(map(type, found)) == {str} else found


def key_of(value: Any) -> Hashable:
    """Return a key that two values share if a plot has them at the same position."""
    try:
        hash(value)
    except TypeError:  # qdk's Pauli
        return canonical({"": value})
    return isinstance(value, bool), value


def is_lattice(columns: Columns, most: int) -> bool:
    """Return whether the points fill a grid without repetition; some may be missing, since jobs may fail.

    The shortest of three axes has at most ``most`` values.
    """
    rows = list(zip(*([key_of(value) for value in values] for values in columns.values()), strict=True))
    sizes = [len(set(map(key_of, values))) for values in columns.values()]
    fits = len(sizes) < 3 or min(sizes) <= most
    return fits and len(rows) == len(set(rows)) and 0.6 * math.prod(sizes) < len(rows)


def as_lines(columns: Columns) -> tuple[str, list[str]] | None:
    """Return the column of the axis and the columns of lines and panels; None if the lines would have too few points.

    A column gives lines if it is no number, or if it is a number with few values beside an axis with many.
    """
    numbers = [name for name, values in columns.items() if numeric(values)]
    if not numbers:
        return None
    along = max(numbers, key=lambda name: len(distinct(columns[name])))  # the first of those with the most values
    places = len(distinct(columns[along]))
    others = [name for name in columns if name != along]
    for name in others:
        values = len(distinct(columns[name]))
        if name in numbers and not (values <= _FEW and places >= max(_FEW, 2 * values)):
            return None
        if values > MOST_LINES:
            return None
    each = len(next(iter(columns.values()))) / math.prod(len(distinct(columns[name])) for name in others)
    return (along, others) if each >= 2 else None


def _without_companions(columns: Columns, first: str | None) -> Columns:
    """Leave out columns whose values follow from those of an earlier one."""
    kept: Columns = {}
    for name, values in sorted(columns.items(), key=lambda item: (item[0] != first, not numeric(item[1]))):
        if not any(_together(values, other) for other in kept.values()):
            kept[name] = values
    return {name: values for name, values in columns.items() if name in kept}


def _together(values: list[Any], other: list[Any]) -> bool:
    """Return whether each follows from the other; of two numbers, whether one grows or falls with the other."""
    pairs = {(key_of(one), key_of(two)) for one, two in zip(other, values, strict=True)}
    if not len(pairs) == len(set(map(key_of, other))) == len(set(map(key_of, values))):
        return False
    if not (numeric(values) and numeric(other)):
        return True
    steps = {a[1] < b[1] for (_, a), (_, b) in pairwise(sorted(pairs))}  # type: ignore[index]
    return len(steps) == 1


def _fits_a_float(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def assigned(values: Mapping[str, Any], digits: int = 3) -> str:
    """Return values by name: ``n = 2, basis = X``."""
    return ", ".join(f"{name} = {label(value, digits)}" for name, value in values.items())
