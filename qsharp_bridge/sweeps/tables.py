"""Results as tables: text, pandas, xarray."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from .extras import needs
from .values import to_json

if TYPE_CHECKING:
    import pandas
    import xarray

    from .results import SweepResults


def label(value: Any, digits: int = 4) -> str:
    """A value as a short label: floats with ``digits`` significant digits, lists in brackets."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.{digits}g}"
    if isinstance(value, list):
        shown = ", ".join(label(item, digits) for item in value[:6])
        return f"[{shown}, ...]" if len(value) > 6 else f"[{shown}]"
    if isinstance(value, tuple):
        return f"({', '.join(label(item, digits) for item in value)})"
    return str(value)


def to_text(results: SweepResults, *, most: int = 2) -> str:
    """An aligned text table, one line a point."""
    keys = results.points.keys
    head = ["point", *keys, "job", "state", "most frequent", "counts"]
    lines = [head]
    for row in results:
        frequent = "  ".join(f"{display} {count}" for display, count in row.most_frequent(most))
        counts = " ".join(str(row.counts.get(display, 0)) for display in results.outcomes[:8])
        lines.append(
            [str(row.index), *(label(row.point[key]) for key in keys), row.job_id or "-", row.state,
             frequent or (row.error or "-")[:60], counts]
        )  # fmt: skip
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    told = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    shown = results.outcomes[:8]
    more = ", ..." if len(results.outcomes) > 8 else ""
    return "\n".join([told[0], "-" * len(told[0]), *told[1:], "", f"counts: shots of {', '.join(shown)}{more}"])


def to_pandas(results: SweepResults, *, wide: bool = False) -> pandas.DataFrame:
    """See :meth:`SweepResults.to_pandas`."""
    pandas = needs("pandas", "results")
    keys = results.points.keys
    if wide:
        outcomes = results.outcomes
        rows = [
            {"point": row.index, **row.point, "job_id": row.job_id, "state": row.state,
             **{display: row.counts.get(display, 0) for display in outcomes}}
            for row in results
        ]  # fmt: skip
        return pandas.DataFrame(rows, columns=["point", *keys, "job_id", "state", *outcomes])
    rows = [
        {
            "point": row.index,
            **row.point,
            "outcome": display,
            "count": count,
            "probability": count / row.shots,
        }
        for row in results
        for display, count in sorted(row.counts.items())
    ]
    return pandas.DataFrame(rows, columns=["point", *keys, "outcome", "count", "probability"])


def to_csv(results: SweepResults) -> str:
    """See :meth:`SweepResults.to_csv`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    keys = results.points.keys
    writer.writerow(["point", *keys, "outcome", "count", "probability"])
    for row in results:
        values = [_csv_cell(row.point[key]) for key in keys]
        for display, count in sorted(row.counts.items()):
            writer.writerow([row.index, *values, display, count, repr(count / row.shots)])
    return out.getvalue()


def _csv_cell(value: Any) -> str:
    """A cell that ``Sweep.from_csv`` reads back: JSON, but a text that is no JSON stands for itself."""
    if isinstance(value, str):
        try:
            json.loads(value)
        except ValueError:
            return value
    return json.dumps(to_json(value))


def to_xarray(results: SweepResults) -> xarray.Dataset:
    """See :meth:`SweepResults.to_xarray`."""
    xarray = needs("xarray", "results")
    import numpy as np

    outcomes = results.outcomes
    table = np.zeros((len(results), len(outcomes)), dtype=np.int64)
    for place, row in enumerate(results):
        for display, count in row.counts.items():
            table[place, outcomes.index(display)] = count
    axes = results.points.axes
    coordinates: dict[str, Any] = {"outcome": outcomes}
    if axes is None:
        dimensions, shape = ["point"], [len(results)]
        for key in results.points.keys:
            coordinates[key] = ("point", _coordinate([point[key] for point in results.points]))
    else:
        dimensions, shape = [], []
        for axis in axes:
            name = "_".join(axis.keys)
            dimensions.append(name)
            shape.append(len(axis))
            for key in axis.keys:
                coordinates[key] = (name, _coordinate([point[key] for point in axis]))
    data = xarray.Dataset(
        {"counts": ([*dimensions, "outcome"], table.reshape([*shape, len(outcomes)]))},
        coords=coordinates,
        attrs={"operation": results.operation, "target": results.target, "shots": results.shots},
    )
    states = np.array(results.states).reshape(shape)
    data["state"] = (dimensions, states)
    return data


def _coordinate(values: list[Any]) -> Any:
    """Numbers, bools and strings as they are; anything else (array-valued parameters) as its JSON text."""
    if all(isinstance(value, (bool, int, float, str)) for value in values):
        return values
    return [json.dumps(to_json(value)) for value in values]
