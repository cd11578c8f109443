"""The kinds of tables that make the values of a parameter in a sweep file, such as ``{ linspace = [0, 1, 5] }``.

To add a kind, write a class and add it to ``KINDS``; the JSON Schema and the checks of keys use that table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from qsharp_bridge._plural import counted
from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.errors import BridgeError, SweepError

from .checks import as_fault, check_keys, convert_table, describe, keys_of
from .numbers import read_number

if TYPE_CHECKING:
    from qsharp_bridge.sweeps.sweep import Sweep

MOST_POINTS = 10_000_000
"""The most points of a sweep file. Planning so many takes hours; more are a mistake, and exhaust the memory."""

_WIDEST = 100_000
"""The widest linspace for which :func:`whole` searches the number of values that makes all of them whole."""

Number = int | float | str
HowMany = Annotated[int, Meta(ge=1, le=MOST_POINTS)]
_Span = Annotated[
    tuple[Number, Number, HowMany],
    Meta(
        description='[start, stop, number]; numbers, or texts such as "2*pi".',
        extra={"expected": f"[start, stop, number] with a whole number from 1 to {MOST_POINTS:,} at the end"},
    ),
]


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table that makes the values of a parameter. The first key of a kind is its name."""

    zip: (
        Annotated[
            str,
            Meta(
                min_length=1,
                description="Another parameter, above this one: their values are paired, not combined.",
                extra={"expected": "the name of another parameter"},
            ),
        ]
        | UnsetType
    ) = UNSET
    EXAMPLE: ClassVar[str] = ""

    def make(self, name: str, where: str, folder: Path) -> list[Any]:
        """Return the values.

        Args:
            name: the parameter.
            where: the path of the table's first key.
            folder: the folder that paths are relative to.

        Raises:
            SweepError: the values cannot be made.
        """
        raise NotImplementedError


class Values(Kind, frozen=True, kw_only=True):
    """Values written out."""

    values: Annotated[
        list[Any],
        Meta(description="The values.", extra={"expected": "an array of values"}, extra_json_schema={"minItems": 1}),
    ]
    EXAMPLE: ClassVar[str] = "{ values = [[0.0, 0.0], [1.0, 0.5]] }"

    def make(self, name: str, where: str, folder: Path) -> list[Any]:
        return read_value(self.values, where)  # type: ignore[no-any-return]


class _Spaced(Kind, frozen=True, kw_only=True):
    endpoint: Annotated[bool, Meta(description="Whether stop is the last value.")] = True

    def make(self, name: str, where: str, folder: Path) -> list[Any]:
        from qsharp_bridge.sweeps.sweep import Sweep

        kind = kind_name(type(self))
        start, stop, number = _numbers(getattr(self, kind), where)
        constructor = getattr(Sweep, kind)
        return _values_of(lambda: constructor("x", start, stop, number, endpoint=self.endpoint), where)


class Linspace(_Spaced, frozen=True, kw_only=True):
    """From start to stop, both included: [start, stop, number]."""

    linspace: _Span
    EXAMPLE: ClassVar[str] = '{ linspace = [0.0, "2*pi", 9] }'


class Geomspace(_Spaced, frozen=True, kw_only=True):
    """From start to stop, each the same multiple of the one before: [start, stop, number]."""

    geomspace: _Span
    EXAMPLE: ClassVar[str] = "{ geomspace = [0.001, 1.0, 4] }"


class Logspace(_Spaced, frozen=True, kw_only=True):
    """Powers of ten whose exponents are evenly spaced: [start, stop, number]."""

    logspace: _Span
    EXAMPLE: ClassVar[str] = "{ logspace = [-3, 0, 4] }"


class Arange(Kind, frozen=True, kw_only=True):
    """From start up to end, which is left out: [start, end], or [start, end, step]."""

    arange: Annotated[
        list[Number],
        Meta(
            min_length=2,
            max_length=3,
            description="[start, end] or [start, end, step].",
            extra={"expected": "the numbers [start, end] or [start, end, step]"},
        ),
    ]
    EXAMPLE: ClassVar[str] = "{ arange = [0, 10, 2] }"

    def make(self, name: str, where: str, folder: Path) -> list[Any]:
        from qsharp_bridge.sweeps.sweep import Sweep

        numbers = _numbers(self.arange, where)
        return _values_of(lambda: Sweep.arange("x", *numbers), where)


class Random(Kind, frozen=True, kw_only=True):
    """Drawn evenly, always the same for a seed: [low, high, number]."""

    random: _Span
    seed: Annotated[
        int,
        Meta(ge=0, description="Makes the values the same every time, also when a run is resumed."),
    ]
    EXAMPLE: ClassVar[str] = "{ random = [0.0, 1.0, 20], seed = 7 }"

    def make(self, name: str, where: str, folder: Path) -> list[Any]:
        from qsharp_bridge.sweeps.sweep import Sweep

        low, high, number = _numbers(self.random, where)
        return _values_of(lambda: Sweep.random("x", low, high, number, seed=self.seed), where)


class Grid(Kind, frozen=True, kw_only=True):
    """Arrays: every combination of their elements, the last varying fastest."""

    grid: Annotated[
        list[Any],
        Meta(
            min_length=1,
            description="The values of each element: an array, or a table such as { linspace = [0.0, 1.0, 5] }.",
            extra={"expected": "an array with the values of each element"},
        ),
    ]
    EXAMPLE: ClassVar[str] = "{ grid = [{ linspace = [0.0, 3.0, 5] }, [0.0, 1.0]] }"

    def make(self, name: str, where: str, folder: Path) -> list[Any]:
        elements = []
        for place, axis in enumerate(self.grid):
            at = f"{where}[{place}]"
            if isinstance(axis, list):
                elements.append(read_value(axis, at))
                continue
            if not isinstance(axis, Mapping):
                raise SweepError(f"expected an array of values, found {describe(axis)}", path=at)
            if unfit := next((key for key in ("file", "grid", "zip") if key in axis), None):
                raise SweepError(f"{unfit} cannot be inside a grid", path=at)
            elements.append(make_values(name, axis, at, folder))
        check_point_count(math.prod(map(len, elements)), where)
        return [list(values) for values in product(*elements)]


class Qsharp(Kind, frozen=True, kw_only=True):
    """One value, at every point, as a Q# literal: for Pauli operators, results, ranges, tuples and big integers."""

    qsharp: str
    EXAMPLE: ClassVar[str] = '{ qsharp = "[PauliX, PauliY]" }'

    def make(self, name: str, where: str, folder: Path) -> list[Any]:
        return [read_value({"qsharp": self.qsharp}, where)]


class Value(Kind, frozen=True, kw_only=True):
    """One value, at every point; for a table, such as the fields of a struct."""

    value: Any
    EXAMPLE: ClassVar[str] = "{ value = { X = 1, Y = 2 } }"

    def make(self, name: str, where: str, folder: Path) -> list[Any]:
        return [read_value(self.value, where)]


class File(Kind, frozen=True, kw_only=True):
    """A column of a CSV file; by default the one with the name of the parameter."""

    file: Annotated[
        str,
        Meta(
            extra_json_schema={"pattern": r"\.[cC][sS][vV]$"},
            description="The path of the CSV file.",
            extra={"expected": "the path of a CSV file"},
        ),
    ]
    column: Annotated[str, Meta(description="The column.")] | UnsetType = UNSET
    EXAMPLE: ClassVar[str] = '{ file = "angles.csv", column = "theta" }'

    def make(self, name: str, where: str, folder: Path) -> list[Any]:
        points = read_csv(folder / self.file, where)
        column = name if self.column is UNSET else str(self.column)
        if column not in points.keys:
            raise SweepError(
                f"{self.file} has no column {column!r}{did_you_mean(column, points.keys)}",
                path=where,
                advice=f"it has {', '.join(points.keys)}; column = names another one",
            )
        return [point[column] for point in points]


def kind_name(kind: type[Kind]) -> str:
    """Return the key that names a kind, such as "linspace"."""
    return next(key for key in keys_of(kind) if key not in ("zip", "endpoint", "seed", "column"))


KINDS: dict[str, type[Kind]] = {
    kind_name(kind): kind for kind in (Values, Linspace, Geomspace, Logspace, Arange, Random, Grid, Qsharp, Value, File)
}
"""The kinds by the key that names them. A parameter's table has one of these keys."""

_OPTIONS = {key: None for kind in KINDS.values() for key in keys_of(kind)}
_ADVICE = f"use one of {', '.join(KINDS)}"


def make_values(name: str, spec: Mapping[str, Any], where: str, folder: Path) -> list[Any]:
    """Return the values that a table makes.

    Args:
        name: the parameter.
        spec: the table.
        where: its path in the file.
        folder: the folder that the paths of CSV files are relative to.

    Raises:
        SweepError: the table names no kind or several, has an unknown key, or makes no values.
    """
    kinds = [key for key in spec if key in KINDS]
    if len(kinds) > 1:
        raise SweepError(f"{kinds[0]} and {kinds[1]} exclude each other", path=where)
    known = keys_of(KINDS[kinds[0]]) if kinds else _OPTIONS
    unknown = check_keys(spec, known, where, advice=_ADVICE)
    if unknown:
        raise unknown[0]
    if not kinds:
        raise SweepError("the table has no key that makes values", path=where, advice=_ADVICE)
    if "random" in spec and "seed" not in spec:
        raise SweepError("random needs a seed", path=where, advice="so that a resumed run has the same points")
    values = convert_table(spec, KINDS[kinds[0]], where).make(name, f"{where}.{kinds[0]}", folder)
    if not values:
        raise SweepError("there are no values", path=where)
    return values


def whole(value: float, spec: Mapping[str, Any], where: str, type_: str) -> int:
    """Return a whole number that ``spec`` made, as an int.

    Raises:
        SweepError: it is not whole. The advice for ``linspace`` has the nearest number of values that are all whole.
    """
    if float(value).is_integer() and (isinstance(value, int) or abs(value) <= 2**53):
        return int(value)
    advice = "write the whole numbers out: { values = [...] }"
    if "linspace" in spec:
        start, stop, number = _numbers(spec["linspace"], where)
        more = 1 if spec.get("endpoint", True) else 0
        span = abs(float(stop) - start)
        if float(start).is_integer() and span.is_integer() and 1 <= span <= _WIDEST:
            fitting = [step + more for step in range(int(span), 0, -1) if span % step == 0]
            near = min(fitting, key=lambda each: abs(each - number))
            advice = f"with {counted(near, 'value')} instead of {number} all are whole"
    raise SweepError(
        f"{value!r} is not a whole number, and the parameter is of type {type_}", path=where, advice=advice
    )


def read_value(data: Any, where: str) -> Any:
    """Return a TOML value in which each table ``{ qsharp = "..." }``, at any depth, is the value of the Q# literal.

    Raises:
        SweepError: a text is not a Q# literal.
    """
    if isinstance(data, list):
        return [read_value(item, f"{where}[{place}]") for place, item in enumerate(data)]
    if not isinstance(data, Mapping):
        return data
    if set(data) != {"qsharp"}:
        return {field: read_value(item, f"{where}.{field}") for field, item in data.items()}
    from qsharp_bridge.literals import from_qsharp

    text = data["qsharp"]
    try:
        return from_qsharp(text)
    except BridgeError as error:
        raise SweepError(f"{text!r} is not a Q# literal: {error.problem}", path=where) from None


def read_csv(path: Path, where: str) -> Sweep:
    """Return the points of a CSV file.

    Raises:
        SweepError: it cannot be read. The error shows no line of a file that is not CSV.
    """
    from qsharp_bridge.sweeps.sweep import Sweep

    if "\0" in str(path) or path.resolve().suffix.lower() != ".csv":  # links are followed
        raise SweepError(f"{path.name} is not a CSV file", path=where)
    try:
        return Sweep.from_csv(path)
    except BridgeError as error:
        raise as_fault(error, f"{where}: {error.path}" if error.path else where) from None


def check_point_count(points: int, where: str) -> None:
    """Check that there are not too many values or points to hold and plan.

    Raises:
        SweepError: there are more than ``MOST_POINTS``.
    """
    if points > MOST_POINTS:
        raise SweepError(f"{points:,} points are too many", path=where, advice=f"at most {MOST_POINTS:,}")


def _numbers(given: Any, where: str) -> list[Any]:
    return [
        read_number(item, f"{where}[{place}]") if isinstance(item, str) else item for place, item in enumerate(given)
    ]


def _values_of(make: Callable[[], Sweep], where: str) -> list[Any]:
    try:
        return [point["x"] for point in make()]
    except BridgeError as error:
        raise as_fault(error, where) from None
