"""The ``[parameters]`` of a sweep file as a :class:`~qsharp_bridge.sweeps.Sweep`.

A parameter is a value, or a table that says how to make its values::

    n = 2                                                       one value, at every point
    basis = { qsharp = "[PauliX, PauliY]" }                     the same, written in Q#
    theta = { linspace = [0.0, 3.14, 7] }                       start, stop, how many; both ends included
    k = { arange = [0, 10, 2] }                                 start, end (left out), step
    noise = { random = [0.0, 1.0, 20], seed = 7 }               low, high, how many
    angle = { values = [[0.0, 0.0], [1.0, 0.0]] }               written out
    angle = { grid = [{ linspace = [0, 3, 5] }, [0.0, 1.0]] }   arrays: every combination of their elements
    phi = { file = "angles.csv", column = "phi" }               a column of a CSV file
    phi = { linspace = [0, 1, 7], zip = "theta" }               side by side with theta, not combined with it

The points are every combination; the parameter named last varies fastest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.errors import BridgeError, SweepError

if TYPE_CHECKING:
    from qsharp_bridge.sweeps.sweep import Sweep

_OPTIONS = {"random": ("seed",), "file": ("column",)}


def sweep_of(parameters: Mapping[str, Any], folder: Path) -> Sweep:
    """The sweep over the parameters.

    Args:
        parameters: the table of a sweep file.
        folder: what the paths of CSV files are relative to.

    Raises:
        SweepError: with the place, as ``parameters.theta.linspace``.
    """
    from qsharp_bridge.sweeps.sweep import Sweep

    groups: dict[str, dict[str, list[Any]]] = {}
    for name, spec in parameters.items():
        where = f"parameters.{name}"
        beside = spec.get("zip") if isinstance(spec, Mapping) else None
        values = _values(name, spec, where, folder)
        if not values:
            raise SweepError("there are no values", path=where)
        if beside is None:
            groups[name] = {name: values}
            continue
        leader = next((first for first, group in groups.items() if beside in group), None)
        if leader is None:
            raise SweepError(
                f"{beside!r} is no parameter above this one{did_you_mean(str(beside), parameters)}", path=f"{where}.zip"
            )
        group = groups[leader]
        if len(values) != len(group[leader]):
            raise SweepError(
                f"{name} has {len(values)} values, but {leader} has {len(group[leader])}", path=f"{where}.zip"
            )
        group[name] = values
    sweep: Sweep | None = None
    for group in groups.values():
        try:
            factor = Sweep.grid(**group) if len(group) == 1 else Sweep.zip(**group)
        except BridgeError as error:
            raise error.under("parameters.") from None
        sweep = factor if sweep is None else sweep * factor
    return sweep if sweep is not None else Sweep.points([{}])


def points_of(points: Any, folder: Path) -> Sweep:
    """The sweep of the key ``points``: the path of a CSV file, or an array of tables.

    Raises:
        SweepError: the file cannot be read, or the tables are not alike.
    """
    from qsharp_bridge.sweeps.sweep import Sweep

    if isinstance(points, str):
        return _csv(folder / points, "points")
    try:
        return Sweep.points({name: _value(value, "points") for name, value in point.items()} for point in points)
    except BridgeError as error:
        error.path = error.path or "points"
        raise


def _values(name: str, spec: Any, where: str, folder: Path) -> list[Any]:
    if not isinstance(spec, Mapping):
        return [_value(spec, where)]
    kind = _kind(spec, where)
    made = f"{where}.{kind}"
    if kind == "file":
        return _column(name, spec, made, folder)
    if kind == "random" and "seed" not in spec:
        raise SweepError("random needs a seed", path=where, advice="so that a resumed run has the same points")
    return _MAKERS[kind](spec, made)


def _kind(spec: Mapping[str, Any], where: str) -> str:
    kinds = [key for key in spec if key in KINDS]
    if len(kinds) > 1:
        raise SweepError(f"{kinds[0]} and {kinds[1]} exclude each other", path=where)
    known = (*KINDS, "zip") if not kinds else (*KINDS, "zip", *_OPTIONS.get(kinds[0], ()))
    for key in spec:
        if key not in known:
            every = (*KINDS, "zip", *(option for options in _OPTIONS.values() for option in options))
            raise SweepError(f"unknown key {key!r}{did_you_mean(key, every)}", path=where, advice=_ADVICE)
    if not kinds:
        raise SweepError("nothing says which values", path=where, advice=_ADVICE)
    if "zip" in spec and not isinstance(spec["zip"], str):
        raise SweepError("expected the name of another parameter", path=f"{where}.zip")
    return kinds[0]


def _value(spec: Any, where: str) -> Any:
    """A value of TOML; a table ``{ qsharp = "..." }`` in it, at any depth, is what the Q# literal says."""
    if isinstance(spec, list):
        return [_value(item, f"{where}[{place}]") for place, item in enumerate(spec)]
    if not isinstance(spec, Mapping):
        return spec
    if set(spec) != {"qsharp"}:
        return {field: _value(item, f"{where}.{field}") for field, item in spec.items()}
    from qsharp_bridge.literals import from_qsharp

    text = spec["qsharp"]
    try:
        return from_qsharp(text)
    except BridgeError as error:
        raise SweepError(f"{text!r} is no Q# literal: {error.problem}", path=where) from None


def _listed(given: Any, where: str) -> list[Any]:
    if not isinstance(given, list):
        raise SweepError(f"expected an array of values, found {_kind_name(given)}", path=where)
    return [_value(item, f"{where}[{place}]") for place, item in enumerate(given)]


def _numbers(given: Any, where: str, names: tuple[str, ...]) -> list[Any]:
    right = isinstance(given, list) and len(given) == len(names)
    if not right or not all(isinstance(item, (int, float)) and not isinstance(item, bool) for item in given):
        raise SweepError(f"expected the numbers [{', '.join(names)}]", path=where)
    if names[-1] == "number" and not isinstance(given[-1], int):
        raise SweepError(f"expected a whole number of values, found {given[-1]}", path=f"{where}[{len(names) - 1}]")
    return list(given)


def _linspace(spec: Mapping[str, Any], where: str) -> list[Any]:
    from qsharp_bridge.sweeps.sweep import Sweep

    start, stop, number = _numbers(spec["linspace"], where, ("start", "stop", "number"))
    return _of(lambda: Sweep.linspace("x", start, stop, number), where)


def _arange(spec: Mapping[str, Any], where: str) -> list[Any]:
    from qsharp_bridge.sweeps.sweep import Sweep

    start, stop, step = _numbers(spec["arange"], where, ("start", "end", "step"))
    return _of(lambda: Sweep.arange("x", start, stop, step), where)


def _random(spec: Mapping[str, Any], where: str) -> list[Any]:
    from qsharp_bridge.sweeps.sweep import Sweep

    low, high, number = _numbers(spec["random"], where, ("low", "high", "number"))
    if isinstance(spec["seed"], bool) or not isinstance(spec["seed"], int) or spec["seed"] < 0:
        raise SweepError("the seed is a whole number from 0", path=where.replace("random", "seed"))
    return _of(lambda: Sweep.random("x", low, high, number, seed=spec["seed"]), where)


def _grid(spec: Mapping[str, Any], where: str) -> list[Any]:
    axes = spec["grid"]
    if not isinstance(axes, list) or not axes:
        raise SweepError("expected an array with the values of each element", path=where)
    elements = []
    for place, axis in enumerate(axes):
        at = f"{where}[{place}]"
        if isinstance(axis, Mapping):
            kind = _kind(axis, at)
            if kind in ("file", "grid") or "zip" in axis:
                raise SweepError(f"{'zip' if 'zip' in axis else kind} cannot stand inside a grid", path=at)
            if kind == "random" and "seed" not in axis:
                raise SweepError("random needs a seed", path=at)
            elements.append(_MAKERS[kind](axis, f"{at}.{kind}"))
        else:
            elements.append(_listed(axis, at))
    return [list(values) for values in product(*elements)]


def _of(make: Callable[[], Sweep], where: str) -> list[Any]:
    try:
        return [point["x"] for point in make()]
    except BridgeError as error:
        error.path = where
        raise
    except (ValueError, OverflowError) as error:  # numpy's own words: a negative number, an infinite range
        raise SweepError(str(error), path=where) from None


def _column(name: str, spec: Mapping[str, Any], where: str, folder: Path) -> list[Any]:
    if not isinstance(spec["file"], str):
        raise SweepError("expected the path of a CSV file", path=where)
    column = spec.get("column", name)
    points = _csv(folder / spec["file"], where)
    if column not in points.keys:
        raise SweepError(
            f"{spec['file']} has no column {column!r}{did_you_mean(str(column), points.keys)}",
            path=where,
            advice=f"it has {', '.join(points.keys)}; column = names another one",
        )
    return [point[column] for point in points]


def _csv(path: Path, where: str) -> Sweep:
    from qsharp_bridge.sweeps.sweep import Sweep

    if path.suffix.lower() != ".csv":
        raise SweepError(f"{path.name} is no CSV file", path=where)
    try:
        return Sweep.from_csv(path)
    except BridgeError as error:
        error.path = f"{where}: {error.path}" if error.path else where
        raise


def _kind_name(value: Any) -> str:
    names = {str: "a string", bool: "a boolean", int: "a number", float: "a number", dict: "a table"}
    return names.get(type(value), f"a {type(value).__name__}")


_MAKERS: dict[str, Callable[[Mapping[str, Any], str], list[Any]]] = {
    "values": lambda spec, where: _listed(spec["values"], where),
    "linspace": _linspace,
    "arange": _arange,
    "random": _random,
    "grid": _grid,
    "qsharp": lambda spec, where: [_value(spec, where)],
    "value": lambda spec, where: [_value(spec["value"], where)],
}
KINDS = (*_MAKERS, "file")
"""The keys that say which values a parameter has; a parameter has one of them."""

_ADVICE = f"use one of {', '.join(KINDS)}"
