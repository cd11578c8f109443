"""The ``[parameters]`` of a sweep file as a :class:`~qsharp_bridge.sweeps.Sweep`.

A parameter is a value, or a table that makes its values::

    n = 2                                                       one value, at every point
    basis = { qsharp = "[PauliX, PauliY]" }                     the same, written in Q#
    theta = { linspace = [0.0, "2*pi", 9] }                     start, stop, number; both ends included
    k = { arange = [0, 10, 2] }                                 start, end (left out), step
    noise = { random = [0.0, 1.0, 20], seed = 7 }               low, high, number
    angle = { values = [[0.0, 0.0], [1.0, 0.0]] }               written out
    angle = { grid = [{ linspace = [0, 3, 5] }, [0.0, 1.0]] }   arrays: every combination of their elements
    phi = { file = "angles.csv", column = "phi" }               a column of a CSV file
    phi = { linspace = [0, 1, 7], zip = "theta" }               paired with theta, not combined with it

The points are every combination; the parameter named last varies fastest. If the type of a parameter is known, a text
such as "pi/4" is a number for a Double, and evenly spaced numbers for an Int become ints if they are whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qsharp_bridge._plural import counted
from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.errors import BridgeError, SweepError
from qsharp_bridge.syntax.types import ArrayType, Primitive, TupleType

from .checks import as_fault
from .numbers import read_number
from .value_tables import check_point_count, make_values, read_csv, read_value, whole

if TYPE_CHECKING:
    from qsharp_bridge.sweeps.sweep import Sweep
    from qsharp_bridge.syntax.types import QsharpType


def sweep_of(
    parameters: Mapping[str, Any], folder: Path, types: Mapping[str, QsharpType] | None = None
) -> tuple[Sweep, list[SweepError]]:
    """Return the sweep over the parameters, and every fault.

    Args:
        parameters: the table of a sweep file.
        folder: the folder that the paths of CSV files are relative to.
        types: the types of the parameters by name, as far as they are known.

    Returns:
        The sweep (incomplete if there are faults), and the faults, each with its path, such as
        ``parameters.theta.linspace``.
    """
    from qsharp_bridge.sweeps.sweep import Sweep

    faults: list[SweepError] = []
    groups: dict[str, dict[str, list[Any]]] = {}  # parameters that are zipped, by the first of them
    for name, spec in parameters.items():
        where = f"parameters.{name}"
        try:
            values = _typed(name, spec, where, folder, (types or {}).get(name))
            leader = _leader(name, spec, values, groups, parameters, where)
            groups.setdefault(leader, {})[name] = values
        except BridgeError as error:
            faults.append(as_fault(error))
    sweep = Sweep.points([{}])
    for place, group in enumerate(groups.values()):
        try:
            factor = Sweep.grid(**group) if len(group) == 1 else Sweep.zip(**group)
            sweep = sweep * factor if place else factor
            check_point_count(len(sweep), "parameters")
        except BridgeError as error:
            where = error.path if error.path.startswith("parameters") else f"parameters.{error.path}"
            faults.append(as_fault(error, where))
            break
    return sweep, faults


def points_of(points: Any, folder: Path, types: Mapping[str, QsharpType] | None = None) -> Sweep:
    """Return the sweep of the key ``points``: the path of a CSV file, or an array of tables.

    Raises:
        SweepError: the file cannot be read, or the tables are not alike.
    """
    from qsharp_bridge.sweeps.sweep import Sweep

    if isinstance(points, str):
        return read_csv(folder / points, "points")
    known = types or {}
    rows = [
        {
            name: _read_numbers(
                read_value(value, f"points[{place}].{name}"), known.get(name), f"points[{place}].{name}"
            )
            for name, value in point.items()
        }
        for place, point in enumerate(points)
    ]
    try:
        return Sweep.points(rows)
    except BridgeError as error:
        raise as_fault(error, error.path or "points") from None


def _typed(name: str, spec: Any, where: str, folder: Path, type_: QsharpType | None) -> list[Any]:
    if not isinstance(spec, Mapping):
        if isinstance(spec, list) and isinstance(type_, Primitive) and type_.name != "Range":
            raise SweepError(
                f"{name} is of type {type_}, and this is an array: one value",
                path=where,
                advice=f"for one point for each element write {name} = {{ values = [...] }}",
            )
        return [_check_type(_read_numbers(read_value(spec, where), type_, where), type_, where)]
    made = make_values(name, spec, where, folder)
    spaced = next((kind for kind in ("linspace", "geomspace", "logspace", "arange") if kind in spec), None)
    if spaced and type_ in (Primitive("Int"), Primitive("BigInt")):
        return [whole(value, spec, f"{where}.{spaced}", str(type_)) for value in made]
    values = [_read_numbers(value, type_, where) for value in made]
    if "values" in spec:
        return [_check_type(value, type_, f"{where}.values[{place}]") for place, value in enumerate(values)]
    return values


def _check_type(value: Any, type_: QsharpType | None, where: str) -> Any:
    """Return a value after a check of its type, so that a wrong one is reported with the other faults of the file.

    Raises:
        BridgeError: the value is not of the type of its parameter.
    """
    from qsharp_bridge.literals.dispatch import to_qsharp

    if isinstance(type_, Primitive) and type_.name in ("Int", "BigInt", "Double", "Bool"):
        to_qsharp(value, type_, root=where)
    return value


def _read_numbers(value: Any, type_: QsharpType | None, where: str) -> Any:
    """Return a value with its texts read as numbers where the type has Doubles."""
    if isinstance(value, str) and type_ == Primitive("Double"):
        return read_number(value, where)
    if isinstance(value, list):
        match type_:
            case ArrayType(element=element):
                return [_read_numbers(each, element, f"{where}[{place}]") for place, each in enumerate(value)]
            case TupleType(items=items) if len(items) == len(value):
                pairs = zip(value, items, strict=True)
                return [_read_numbers(each, item, f"{where}[{place}]") for place, (each, item) in enumerate(pairs)]
    return value


def _leader(
    name: str,
    spec: Any,
    values: list[Any],
    groups: Mapping[str, Mapping[str, list[Any]]],
    parameters: Mapping[str, Any],
    where: str,
) -> str:
    """Return the first parameter of the zipped group that a parameter belongs to; without ``zip``, itself."""
    beside = spec.get("zip") if isinstance(spec, Mapping) else None
    if beside is None:
        return name
    leader = next((first for first, group in groups.items() if beside in group), None)
    if leader is None:
        raise SweepError(
            f"{beside!r} is not a parameter above this one{did_you_mean(str(beside), parameters)}", path=f"{where}.zip"
        )
    if len(values) != len(groups[leader][leader]):
        raise SweepError(
            f"{name} has {counted(len(values), 'value')}, but {leader} has {len(groups[leader][leader])}",
            path=f"{where}.zip",
        )
    return leader
