"""Results as tables: text, pandas, xarray."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.errors import BridgeError, SweepError
from qsharp_bridge.extras import needs
from qsharp_bridge.literals import to_qsharp
from qsharp_bridge.sweeps.value_json import to_json

from .counts import outcome_name
from .names import free, free_names
from .observables import name_of
from .point import weight_text

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas
    import xarray

    from qsharp_bridge.sweeps.sweep import Sweep

    from .point import PointResult
    from .row_store import Shares
    from .rows import ResultRows

    Array = npt.NDArray[Any]


_MOST_COLUMNS = 8
_MOST_ELEMENTS = 16


def label(value: Any, digits: int = 4) -> str:
    """Return a value as a short label: floats with ``digits`` significant digits, lists in brackets."""
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
    """Return an aligned text table, one line a point."""
    keys = results.points.keys
    exact = results.exact
    own = ["job", "state", "most frequent", "probabilities" if exact else "counts"]
    head = ["point", *free_names(keys, {"point", *own}).values(), *own]
    shown = results.outcomes[:_MOST_COLUMNS]
    lines = [head]
    for row in results:
        frequent = "  ".join(
            f"{outcome_name(display)}: {weight_text(count)}" for display, count in row.most_frequent(most)
        )
        counts = " ".join(weight_text(row.weights.get(display, 0)) for display in shown) if row.output else "-"
        lines.append(
            [str(row.index), *(label(row.point[key]) for key in keys), row.job_id or "-", row.state,
             frequent or _line(row.error), counts]
        )  # fmt: skip
    more = ", ..." if len(results.outcomes) > len(shown) else ""
    kind = "probabilities, exact: those" if exact else "counts: shots"
    notes = [f"{kind} of {', '.join(map(outcome_name, shown))}{more}", *missing_note(results)]
    return "\n".join([*aligned(lines), "", *notes])


def aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table with aligned columns; below the first line, the head, there is a rule.

    >>> aligned([["point", "n"], ["0", "12"]])
    ['point  n', '--------', '0      12']
    """
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    head, *rest = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    ]
    return [head, "-" * len(head), *rest]


def missing_note(results: Iterable[PointResult]) -> list[str]:
    """Return the sentence on shots that the service did not count, in a list; an empty list where there are none."""
    found = [row for row in results if row.missing_shots]
    if not found:
        return []
    shown = ", ".join(f"{row.missing_shots} at point {row.index}" for row in found[:4])
    return [f"shots that the service did not count: {shown}{', ...' if len(found) > 4 else ''}"]


def _line(error: str | None) -> str:
    text = " ".join((error or "-").split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def to_pandas(results: ResultRows, *, wide: bool = False) -> pandas.DataFrame:
    """See :meth:`SweepResults.to_pandas`."""
    pandas = needs("pandas", "results")
    intervals = ["probability_low", "probability_high"]
    tidy = ["outcome", *([] if results.exact else ["count"]), "probability", *intervals]
    own = ["point", "job_id", "state"] if wide else ["point", *tidy]
    outcomes = free_names(results.outcomes, own) if wide else {}
    names = free_names(results.points.keys, {*own, *outcomes.values()}, "the table")
    import numpy as np

    found = results._shares()
    places = np.arange(len(results)) if wide else found.places
    columns: dict[str, Any] = {"point": found.indices[places]}
    for key, values in results.points.columns().items():
        column = (
            values if isinstance(values, np.ndarray) and values.ndim == 1 else pandas.Series(results[key]).to_numpy()
        )
        columns[names[key]] = column[places]
    if wide:
        columns |= {"job_id": results.job_ids, "state": results.states}
        weights = found.shares[:, 0] if results.exact else found.counts
        table = _dense(found, list(outcomes), weights, np.zeros((len(results), 1), weights.dtype))
        columns |= {column: table[:, place] for place, column in enumerate(outcomes.values())}
    else:
        columns |= {
            "outcome": found.displays,
            "count": found.counts,
            **dict(zip(tidy[-3:], found.shares.T, strict=True)),
        }
    order = ["point", *names.values(), *own[1:], *outcomes.values()]
    return pandas.DataFrame(columns if len(places) else [], columns=order)


def _dense(found: Shares, outcomes: Sequence[str], values: Array, absent: Array) -> Array:
    """Return a value for each row and outcome, shape (rows, outcomes, ...).

    Args:
        found: the outcomes of the rows.
        outcomes: their texts, without repetition.
        values: of each of ``found``, shape (outcomes, ...).
        absent: of an outcome that a row has not, shape (rows, 1, ...).
    """
    import numpy as np

    places = dict(zip(outcomes, range(len(outcomes)), strict=True))
    table = np.repeat(absent, len(outcomes), axis=1)
    table[found.places, [places[display] for display in found.displays]] = values
    return table


def to_xarray(
    results: ResultRows,
    observable: str | Callable[[Any], float] | None = None,
    units: Mapping[str, str] | None = None,
) -> xarray.Dataset:
    """See :meth:`SweepResults.to_xarray`."""
    needs("xarray", "results")
    import numpy as np

    outcomes = results.outcomes
    found = results._shares()
    variables: dict[str, Any] = {}
    if not results.exact:
        variables["counts"] = _dense(found, outcomes, found.counts, np.zeros((len(results), 1), np.int64))
    for place, name in enumerate(("probability", "probability_low", "probability_high")):
        variables[name] = _dense(found, outcomes, found.shares[:, place], found.absent[:, None, place])
    variables["state"] = np.array(results.states, dtype=str)
    if observable is not None:
        means = results.expectation(observable)
        variables |= {"value": means.values, "error": means.errors}
    shots = results.shots if isinstance(results.shots, int) else list(results.shots)
    attributes = {"operation": results.operation, "target": results.target, "shots": shots}
    if observable is not None:
        attributes["observable"] = name_of(observable)
    names = free_names(results.points.keys, {*variables, "outcome"}, "the Dataset")
    data = grid_dataset(results.points, names, found.indices.tolist(), variables, {"outcome": outcomes}, attributes)
    own = dict.fromkeys(variables.keys() & {"counts", "probability", "probability_low", "probability_high"}, "1")
    return with_units(data, names, own, units, {"value": ["value", "error"]} if observable is not None else {})


def with_units(
    data: xarray.Dataset,
    names: Mapping[str, str],
    own: Mapping[str, str],
    units: Mapping[str, str] | None,
    values: Mapping[str, Sequence[str]],
) -> xarray.Dataset:
    """Return the dataset with the attribute ``units``, which xarray writes on the axes of its plots.

    Args:
        data: the dataset, which is changed.
        names: of the coordinate of each parameter.
        own: units of variables that are known.
        units: as the user gives them, by parameter or by value; those of an array go to each of its elements.
        values: for each value that may have a unit, the variables that share it.

    Raises:
        SweepError: there is no such parameter or value.
    """
    found = dict(own)
    for key, unit in (units or {}).items():
        if key not in names and key not in values:
            known = [*names, *values]
            advice = did_you_mean(key, known).removeprefix("; ") or f"units are of {', '.join(known)}"
            raise SweepError(f"units: there is no parameter or value {key!r}", advice=advice)
        if not isinstance(unit, str):
            raise SweepError(f"units: that of {key!r} is {unit!r}, not a text", advice='give a text, such as "rad"')
        if key in values:
            found |= dict.fromkeys(values[key], unit)
        else:
            column = names[key]
            found |= {
                str(one): unit
                for one in data.coords
                if one == column or str(one).startswith((f"{column}[", f"{column}."))
            }
    for name, unit in found.items():
        data[name].attrs["units"] = unit
    return data


def grid_dataset(
    points: Sweep,
    names: Mapping[str, str],
    indices: Sequence[int],
    variables: Mapping[str, Any],
    more: Mapping[str, Sequence[Any]],
    attributes: Mapping[str, Any],
) -> xarray.Dataset:
    """Return values at the points of a sweep as a dataset: of a grid with its dimensions, else with one, the point.

    Args:
        points: the sweep.
        names: of the coordinate of each parameter, as :func:`free_names` gives them.
        indices: the number of each point.
        variables: arrays whose first dimension is that of the points; a second one is that of ``more``.
        more: further dimensions, with their coordinates.
        attributes: of the dataset.
    """
    xarray_ = needs("xarray", "results")
    taken = {*variables, *more, *names.values()}  # parameters keep their names
    axes = points.axes
    grid = axes is not None and all(axis.keys for axis in axes)
    sides = list(axes or ()) if grid else [points]
    dimensions: list[str] = []
    coordinates: dict[str, Any] = dict(more)
    for axis in sides:
        columns = [names[key] for key in axis.keys]
        dimension = columns[0] if grid and len(columns) == 1 else free("_".join(columns) if grid else "point", taken)
        dimensions.append(dimension)
        taken.add(dimension)
        if not grid:
            coordinates[dimension] = (dimension, list(indices))
        values_of = axis.columns()
        for key, own_name in zip(axis.keys, columns, strict=True):
            column = values_of[key]
            for found, values in _coordinates(own_name, column if isinstance(column, list) else column.tolist()):
                name = found if found == own_name else free(found, taken)
                taken.add(name)
                coordinates[name] = (dimension, values)
    shape = [len(axis) for axis in sides]
    data: xarray.Dataset = xarray_.Dataset(
        {
            name: ([*dimensions, *more][: len(shape) + values.ndim - 1], values.reshape(*shape, *values.shape[1:]))
            for name, values in variables.items()
        },
        coords=coordinates,
        attrs=dict(attributes),
    )
    return data


def _coordinates(name: str, values: list[Any]) -> list[tuple[str, list[Any]]]:
    """Return numbers, bools and texts as they are, others as JSON texts; the numbers in an array as coordinates too."""
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
    """Return JSON, or the Q# literal of what JSON has no form for: ``[PauliX, PauliZ]``."""
    data = json.dumps(to_json(value))
    if '"$' not in data:
        return data
    try:
        return to_qsharp(value)
    except BridgeError:
        return data


def flat(name: str, value: Any) -> list[tuple[str, Any]]:
    """Return the scalars in a value, each by its name: ``angle[0]``, ``angle[1]``."""
    if isinstance(value, (list, tuple)):
        return [item for place, part in enumerate(value) for item in flat(f"{name}[{place}]", part)]
    if isinstance(value, dict):
        return [item for field, part in value.items() for item in flat(f"{name}.{field}", part)]
    return [(name, value)]
