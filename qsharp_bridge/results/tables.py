"""Results as tables: text, pandas, xarray."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import BridgeError
from qsharp_bridge.extras import needs
from qsharp_bridge.literals import to_qsharp
from qsharp_bridge.sweeps.values import to_json

from .names import free, free_names

if TYPE_CHECKING:
    import pandas
    import xarray

    from .rows import ResultRows


_MOST_COLUMNS = 8
_MOST_ELEMENTS = 16


def label(value: Any, digits: int = 4) -> str:
    """A value as a short label: floats with ``digits`` significant digits, lists in brackets."""
    if value is None:
        return "()"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (float, complex)):
        return f"{value:.{digits}g}"
    if isinstance(value, (list, tuple)):
        shown = [label(item, digits) for item in value[:6]] + (["..."] if len(value) > 6 else [])
        return f"[{', '.join(shown)}]" if isinstance(value, list) else f"({', '.join(shown)})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}={label(item, digits)}' for name, item in value.items())}}}"
    if isinstance(value, int) and value.bit_length() > 256:
        return f"an int of {value.bit_length()} bits"
    if type(value).__name__ == "Pauli":  # qdk's, which is not imported for that
        return str(value).replace("Pauli.", "Pauli")
    text = str(value)
    if not text.isprintable():
        text = repr(text)  # a line break would break the table
    return text if len(text) <= 40 else f"{text[:37]}..."


def to_text(results: ResultRows, *, most: int = 2) -> str:
    """An aligned text table, one line a point."""
    keys = results.points.keys
    own = ["job", "state", "most frequent", "counts"]
    head = ["point", *free_names(keys, {"point", *own}).values(), *own]
    shown = results.outcomes[:_MOST_COLUMNS]
    lines = [head]
    for row in results:
        frequent = "  ".join(f"{display} {count}" for display, count in row.most_frequent(most))
        counts = " ".join(str(row.counts.get(display, 0)) for display in shown) if row.output else "-"
        lines.append(
            [str(row.index), *(label(row.point[key]) for key in keys), row.job_id or "-", row.state,
             frequent or _line(row.error), counts]
        )  # fmt: skip
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    told = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    more = ", ..." if len(results.outcomes) > len(shown) else ""
    return "\n".join([told[0], "-" * len(told[0]), *told[1:], "", f"counts: shots of {', '.join(shown)}{more}"])


def _line(error: str | None) -> str:
    text = " ".join((error or "-").split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def to_pandas(results: ResultRows, *, wide: bool = False) -> pandas.DataFrame:
    """See :meth:`SweepResults.to_pandas`."""
    pandas = needs("pandas", "results")
    own = ["point", "job_id", "state"] if wide else ["point", "outcome", "count", "probability"]
    outcomes = free_names(results.outcomes, own) if wide else {}
    names = free_names(results.points.keys, {*own, *outcomes.values()}, "the table")
    rows: list[dict[str, Any]] = []
    for row in results:
        line = {"point": row.index, **{names[key]: value for key, value in row.point.items()}}
        if wide:
            counts = {column: row.counts.get(display, 0) for display, column in outcomes.items()}
            rows.append({**line, "job_id": row.job_id, "state": row.state, **counts})
        else:
            for display, count in sorted(row.counts.items()):
                rows.append({**line, "outcome": display, "count": count, "probability": count / row.shots})
    return pandas.DataFrame(rows, columns=["point", *names.values(), *own[1:], *outcomes.values()])


def to_xarray(results: ResultRows) -> xarray.Dataset:
    """See :meth:`SweepResults.to_xarray`."""
    xarray_ = needs("xarray", "results")
    import numpy as np

    outcomes = results.outcomes
    places = {display: place for place, display in enumerate(outcomes)}
    counts = np.zeros((len(results), len(outcomes)), dtype=np.int64)
    shares = np.full(counts.shape, np.nan)
    for at, row in enumerate(results):
        for display, count in row.counts.items():
            counts[at, places[display]] = count
        if row.shots:
            shares[at] = counts[at] / row.shots
    own = {"counts", "probability", "state", "outcome"}
    names = free_names(results.points.keys, own, "the Dataset")
    taken = {*own, *names.values()}  # a dimension that is no parameter gives way: the parameters keep their names
    axes = results.points.axes
    grid = axes is not None and all(axis.keys for axis in axes)
    sides = list(axes or ()) if grid else [results.points]
    dimensions: list[str] = []
    coordinates: dict[str, Any] = {"outcome": outcomes}
    for axis in sides:
        columns = [names[key] for key in axis.keys]
        dimension = columns[0] if grid and len(columns) == 1 else free("_".join(columns) if grid else "point", taken)
        dimensions.append(dimension)
        taken.add(dimension)
        if not grid:
            coordinates[dimension] = (dimension, [row.index for row in results])
        for key, column in zip(axis.keys, columns, strict=True):
            for told, values in _coordinates(column, [point[key] for point in axis]):
                name = told if told == column else free(told, taken)
                taken.add(name)
                coordinates[name] = (dimension, values)
    shape = [len(axis) for axis in sides]
    data: xarray.Dataset = xarray_.Dataset(
        {
            "counts": ([*dimensions, "outcome"], counts.reshape([*shape, len(outcomes)])),
            "probability": ([*dimensions, "outcome"], shares.reshape([*shape, len(outcomes)])),
            "state": (dimensions, np.array(results.states, dtype=str).reshape(shape)),
        },
        coords=coordinates,
        attrs={"operation": results.operation, "target": results.target, "shots": results.shots},
    )
    return data


def _coordinates(name: str, values: list[Any]) -> list[tuple[str, list[Any]]]:
    """Numbers, bools and texts as they are. Others as JSON texts; the numbers in an array have coordinates too."""
    kinds = set(map(type, values))
    if kinds in ({bool}, {str}) or (kinds <= {int, float} and all(abs(value) < 2**63 for value in values)):
        return [(name, values)]
    found = [(name, [_text(value) for value in values])]
    elements = [dict(flat(name, value)) for value in values]
    if all(parts.keys() == elements[0].keys() and len(parts) <= _MOST_ELEMENTS for parts in elements):
        for part in elements[0]:
            column = [parts[part] for parts in elements]
            if part != name and all(type(value) in (int, float) for value in column):
                found.append((part, column))
    return found


def _text(value: Any) -> str:
    """JSON; for what JSON has no form for, the Q# literal if it is one: ``[PauliX, PauliZ]``."""
    data = json.dumps(to_json(value))
    if '"$' not in data:
        return data
    try:
        return to_qsharp(value)
    except BridgeError:
        return data


def flat(name: str, value: Any) -> list[tuple[str, Any]]:
    """The scalars in a value, each by its name: ``angle[0]``, ``angle[1]``."""
    if isinstance(value, (list, tuple)):
        return [item for place, part in enumerate(value) for item in flat(f"{name}[{place}]", part)]
    if isinstance(value, dict):
        return [item for field, part in value.items() for item in flat(f"{name}.{field}", part)]
    return [(name, value)]
