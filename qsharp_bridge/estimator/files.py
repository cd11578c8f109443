"""Estimates in files: JSON, which is read back, and CSV."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from qsharp_bridge.errors import BridgeError, ResultFormatError
from qsharp_bridge.paulis import PauliSum
from qsharp_bridge.results.files import text_of, written
from qsharp_bridge.results.names import free_names
from qsharp_bridge.sweeps.constructors import write_cell
from qsharp_bridge.sweeps.sweep import Sweep
from qsharp_bridge.sweeps.value_json import to_json as value_to_json

Rows = Any  # Estimates, which imports this module
E = TypeVar("E")

_KEY, _VERSION = "qsharp_bridge.estimates", 1


def to_json(estimates: Rows, path: str | os.PathLike[str] | None = None, *, single: bool = False) -> str:
    """Return the text of :meth:`Estimates.to_json`."""
    rows = [
        {
            "point": {name: value_to_json(value) for name, value in row.point.items()},
            "values": {name: _finite(mean.value) for name, mean in row.means.items()},
            "errors": {name: _finite(mean.error) for name, mean in row.means.items()},
            "shots": row.shots,
        }
        for row in estimates
    ]
    data = {
        _KEY: _VERSION,
        "operation": estimates.operation,
        "target": estimates.target,
        "observables": {
            name: {"qubits": one.qubits, "terms": dict(one.terms)} for name, one in estimates.observables.items()
        },
        "single": single,
        "notes": list(estimates.notes),
        "sweep": json.loads(estimates.points.to_json()),
        "rows": rows,
    }
    return written(json.dumps(data, separators=(",", ":"), allow_nan=False), path)


def from_json(source: str | os.PathLike[str], kind: Callable[..., E], *, trusted: bool = False) -> E:
    """Return the estimates of :meth:`Estimates.from_json`."""
    try:
        data = json.loads(text_of(source))
        if not isinstance(data, dict) or data.get(_KEY) != _VERSION:
            raise ResultFormatError(f'not estimates: expected "{_KEY}": {_VERSION}')
        points = Sweep.from_json(json.dumps(data["sweep"]), trusted=trusted)
        sums = {name: PauliSum(one["terms"], qubits=one["qubits"]) for name, one in data["observables"].items()}
        rows = data["rows"]
        values, errors = (
            np.array([[_number(row[column][name]) for name in sums] for row in rows], np.float64).reshape(-1, len(sums))
            for column in ("values", "errors")
        )
        shots = [row["shots"] for row in rows]
        if len(rows) != len(points) or (data["single"] and len(sums) != 1):
            raise ResultFormatError("the rows of the estimates are not those of the sweep")
        exact = all(count is None for count in shots)
        return kind(
            points, sums, values, errors, operation=str(data["operation"]), target=str(data["target"]),
            shots=None if exact and shots else [int(count) for count in shots], single=bool(data["single"]),
            notes=[str(note) for note in data["notes"]],
        )  # fmt: skip
    except ResultFormatError:
        raise
    except (BridgeError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ResultFormatError(f"not estimates: {type(error).__name__} {error}") from None


def to_csv(estimates: Rows, path: str | os.PathLike[str] | None = None) -> str:
    """Return the text of :meth:`Estimates.to_csv`."""
    columns, keys = estimates.columns(), estimates.points.keys
    names = free_names(keys, {"point", "shots", *columns}, "the table")
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["point", *names.values(), *columns, *(["shots"] if estimates.shots is not None else [])])
    for index, point in enumerate(estimates.points):
        cells = [index, *(write_cell(value_to_json(point[key])) for key in keys)]
        cells += [_finite(float(column[index])) for column in columns.values()]
        writer.writerow(cells + ([estimates.shots[index]] if estimates.shots is not None else []))
    return written(stream.getvalue(), path)


def _finite(value: float) -> float | None:
    return None if math.isnan(value) else value


def _number(value: Any) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return float(value)
