"""Results as pandas DataFrames and xarray Datasets."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.errors import BridgeError, SweepError
from qsharp_bridge.extras import needs
from qsharp_bridge.literals import to_qsharp
from qsharp_bridge.sweeps.value_json import to_json

from .names import free, free_names
from .observables import name_of
from .tables import flat

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas
    import xarray

    from qsharp_bridge.sweeps.sweep import Sweep

    from .row_store import Shares
    from .rows import ResultRows

    Array = npt.NDArray[Any]

_MOST_ELEMENTS = 16


def to_pandas(results: ResultRows, found: Shares, *, wide: bool = False) -> pandas.DataFrame:
    """Return the table of :meth:`SweepResults.to_pandas`; ``found`` has the outcomes of the results."""
    pandas = needs("pandas", "results")
    intervals = ["probability_low", "probability_high"]
    tidy = ["outcome", *([] if results.exact else ["count"]), "probability", *intervals]
    own = ["point", "job_id", "state"] if wide else ["point", *tidy]
    outcomes = free_names(results.outcomes, own) if wide else {}
    names = free_names(results.points.keys, {*own, *outcomes.values()}, "the table")
    import numpy as np

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
        absent: of an outcome that a row does not have, shape (rows, 1, ...).
    """
    import numpy as np

    places = dict(zip(outcomes, range(len(outcomes)), strict=True))
    table = np.repeat(absent, len(outcomes), axis=1)
    table[found.places, [places[display] for display in found.displays]] = values
    return table


def to_xarray(
    results: ResultRows,
    found: Shares,
    observable: str | Callable[[Any], float] | None = None,
    units: Mapping[str, str] | None = None,
) -> xarray.Dataset:
    """Return the dataset of :meth:`SweepResults.to_xarray`; ``found`` has the outcomes of the results."""
    needs("xarray", "results")
    import numpy as np

    outcomes = results.outcomes
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
            guess = did_you_mean(key, known)
            advice = None if guess else f"units are of {', '.join(known)}"
            raise SweepError(f"units: there is no parameter or value {key!r}{guess}", advice=advice)
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
    """Return values at the points of a sweep as a dataset, with the dimensions of the grid, or with ``point`` alone.

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
    """Return the coordinates of a parameter: numbers, bools and texts as they are, other values as JSON texts.

    Each number in an array is a coordinate of its own, too.
    """
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
    """Return the JSON text of a value, or its Q# literal where it has no plain JSON: ``[PauliX, PauliZ]``."""
    data = json.dumps(to_json(value))
    if '"$' not in data:
        return data
    try:
        return to_qsharp(value)
    except BridgeError:
        return data
