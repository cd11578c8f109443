"""The columns of a plot: parameters, and elements of parameters, that vary from point to point.

Array-valued parameters count by their elements: a sweep of ``angle`` over pairs is a sweep of ``angle[0]`` and
``angle[1]``. What never varies is left out, and so is what goes along with another column, as in a zip.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from qsharp_bridge.results.names import free
from qsharp_bridge.results.tables import flat, label
from qsharp_bridge.sweeps.values import canonical

if TYPE_CHECKING:
    from qsharp_bridge.results.point import PointResult

Columns = dict[str, list[Any]]
"""Name of a column to its value at each point."""

POINT = "point"
"""The name by which ``over`` takes the number of the point, unless a parameter of that name varies."""
MOST_LINES = 8
_FEW = 5  # values of a number that are told apart as lines rather than along an axis


def varying(rows: list[PointResult], *, first: str | None = None, companions: bool = False) -> Columns:
    """Return every scalar that varies from point to point, by name: parameters, and elements of array-valued ones.

    Of columns that go along with one another one is kept, ``first`` if it is among them; with ``companions`` all are.
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
    """Return how an axis calls the number of the point: ``point``, unless a parameter has that name."""
    return "number of the point" if POINT in rows[0].point else POINT


def axis_name(name: str, rows: list[PointResult]) -> str:
    """Return a column's name, with those that go along with it: ``theta (with phi)``."""
    every = varying(rows, companions=True)
    if name not in every:
        return name
    others = [other for other, values in every.items() if other != name and _together(values, every[name])]
    shown = ", ".join(others[:3]) + (", ..." if len(others) > 3 else "")
    return f"{name} (with {shown})" if others else name


def numeric(values: list[Any]) -> bool:
    """Return whether these are plain numbers, which have a place on an axis."""
    return all(type(value) in (int, float) and _fits_a_float(value) for value in values)


def distinct(values: list[Any]) -> list[Any]:
    """Return each value once: numbers in order, others as they first occur."""
    found = list({same(value): value for value in values}.values())
    return sorted(found) if numeric(found) or set(map(type, found)) == {str} else found


def same(value: Any) -> Hashable:
    """Return a key that two values share when a plot puts them in one place."""
    try:
        hash(value)
    except TypeError:  # qdk's Pauli, of which no two are one key of a set
        return canonical({"": value})
    return isinstance(value, bool), value


def is_lattice(columns: Columns, most: int) -> bool:
    """Return whether the points fill a grid, each place once; some may be missing, where jobs failed.

    The shortest of three axes may have ``most`` values.
    """
    rows = list(zip(*([same(value) for value in values] for values in columns.values()), strict=True))
    sizes = [len(set(map(same, values))) for values in columns.values()]
    fits = len(sizes) < 3 or min(sizes) <= most
    return fits and len(rows) == len(set(rows)) and 0.6 * math.prod(sizes) < len(rows)


def as_lines(columns: Columns) -> tuple[str, list[str]] | None:
    """Return the column along the axis and those that lines and panels are for, if such lines have points enough.

    A column tells lines apart when it is no number, or a number with few values beside an axis with many.
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
    """Leave out columns that go along with an earlier one: they say nothing that it does not say."""
    kept: Columns = {}
    for name, values in sorted(columns.items(), key=lambda item: (item[0] != first, not numeric(item[1]))):
        if not any(_together(values, other) for other in kept.values()):
            kept[name] = values
    return {name: values for name, values in columns.items() if name in kept}


def _together(values: list[Any], other: list[Any]) -> bool:
    """Return whether each follows from the other; of two numbers, whether one grows or falls with the other."""
    pairs = {(same(one), same(two)) for one, two in zip(other, values, strict=True)}
    if not len(pairs) == len(set(map(same, other))) == len(set(map(same, values))):
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
