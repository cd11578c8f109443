"""Expectation values of the points of a sweep, with standard errors."""

from __future__ import annotations

import html
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.errors import SweepError
from qsharp_bridge.extras import needs
from qsharp_bridge.results.datasets import grid_dataset, with_units
from qsharp_bridge.results.names import free_names, own_name
from qsharp_bridge.results.observables import Expectation
from qsharp_bridge.results.tables import aligned, label

if TYPE_CHECKING:
    import pandas
    import xarray
    from matplotlib.axes import Axes

    from qsharp_bridge.paulis import PauliSum
    from qsharp_bridge.results.results import SweepResults
    from qsharp_bridge.sweeps.leaves import Point
    from qsharp_bridge.sweeps.sweep import Sweep

Doubles = npt.NDArray[np.float64]
_MOST_ROWS = 60


@dataclass(frozen=True)
class PointEstimate:
    """Values of the observables at one point.

    Attributes:
        index: the number of the point.
        point: parameter name to value.
        means: for each observable, by name: the value and its standard error.
        shots: the shots of the point in all bases; None for exact values.

    >>> row = PointEstimate(0, {"theta": 0.5}, {"value": Expectation(0.25, 0.01)}, 1000)
    >>> row.value, row.error
    (0.25, 0.01)
    """

    index: int
    point: Point
    means: Mapping[str, Expectation]
    shots: int | None

    @property
    def value(self) -> float:
        """Value of the only observable.

        Raises:
            SweepError: there are several.
        """
        return self._only().value

    @property
    def error(self) -> float:
        """Standard error of the value; 0 for an exact value.

        Raises:
            SweepError: there are several observables.
        """
        return self._only().error

    def _only(self) -> Expectation:
        if len(self.means) != 1:
            raise SweepError(
                f"there are several observables: {', '.join(self.means)}", advice="take one by name: row.means[name]"
            )
        return next(iter(self.means.values()))


class Estimates(Sequence[PointEstimate]):
    """Expectation values with standard errors, one row a point. Made by ``qb.estimate``.

    Attributes:
        operation: the name of the operation.
        target: the name of the target.
        points: the sweep.
        observables: each by its name.
        results: the counts, for each point those of all bases, one after the other; None for exact values.
        notes: sentences on what could not be reached, such as a precision.

    >>> import qsharp_bridge as qb
    >>> source = "operation Prepare(qubits : Qubit[], theta : Double) : Unit { Ry(theta, qubits[0]); }"
    >>> op = qb.Program.from_source(source).operation("Prepare")
    >>> found = qb.estimate(op, qb.Sweep.linspace("theta", 0, 3, 4), "Z", qb.LocalSimulator(), shots=None)
    >>> found.values.round(3).tolist(), found.errors.tolist()
    ([1.0, 0.54, -0.416, -0.99], [0.0, 0.0, 0.0, 0.0])
    """

    def __init__(
        self,
        points: Sweep,
        observables: Mapping[str, PauliSum],
        values: Doubles,
        errors: Doubles,
        *,
        operation: str,
        target: str,
        shots: Sequence[int] | None,
        single: bool,
        results: SweepResults | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        self.points, self.observables = points, dict(observables)
        self.operation, self.target = operation, target
        self.results, self.notes = results, tuple(notes)
        self._values, self._errors, self._single = values, errors, single
        self._shots = None if shots is None else list(shots)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the observables, in their order."""
        return tuple(self.observables)

    @property
    def values(self) -> Doubles:
        """Value at each point, shape (points,), or (points, observables) for observables by name.

        It is nan at a point whose jobs have no result.
        """
        return self._shown(self._values)

    @property
    def errors(self) -> Doubles:
        """Standard error of each value, in the same shape; 0 for exact values."""
        return self._shown(self._errors)

    @property
    def shots(self) -> list[int] | None:
        """Shots of each point, in all bases; None for exact values."""
        return self._shots

    def _shown(self, table: Doubles) -> Doubles:
        shown: Doubles = table[:, 0] if self._single else table
        return shown.copy()

    # --- a sequence

    @overload
    def __getitem__(self, index: int) -> PointEstimate: ...
    @overload
    def __getitem__(self, index: slice) -> list[PointEstimate]: ...
    @overload
    def __getitem__(self, index: str) -> Estimates: ...
    def __getitem__(self, index: int | slice | str) -> PointEstimate | list[PointEstimate] | Estimates:
        """Return the row of a point, or the estimates of one observable, by its name."""
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        if isinstance(index, str):
            place = self._place(index)
            return Estimates(
                self.points, {index: self.observables[index]}, self._values[:, [place]], self._errors[:, [place]],
                operation=self.operation, target=self.target, shots=self._shots, single=True,
                results=self.results, notes=self.notes,
            )  # fmt: skip
        index = range(len(self))[index]
        means = {
            name: Expectation(float(value), float(error))
            for name, value, error in zip(self.names, self._values[index], self._errors[index], strict=True)
        }
        return PointEstimate(index, self.points[index], means, None if self._shots is None else self._shots[index])

    def __len__(self) -> int:
        return len(self.points)

    def __iter__(self) -> Iterator[PointEstimate]:
        return (self[index] for index in range(len(self)))

    def _place(self, name: str) -> int:
        if name not in self.observables:
            guess = did_you_mean(name, self.names)
            advice = None if guess else f"there are {', '.join(self.names)}"
            raise SweepError(f"there is no observable {name!r}{guess}", advice=advice)
        return self.names.index(name)

    # --- files, tables and plots

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return everything but the counts as JSON text, also written to ``path`` if given.

        :meth:`from_json` reads it back. ``found.results.to_json()`` has the counts.

        Args:
            path: a file to write to; None for none.
        """
        from .files import to_json

        return to_json(self, path, single=self._single)

    @staticmethod
    def from_json(source: str | os.PathLike[str], *, trusted: bool = False) -> Estimates:
        """Return the estimates that :meth:`to_json` gave as a text, or wrote to a file; ``results`` is None.

        Args:
            source: the text, or the path of a file. A str that begins with ``{`` is the text.
            trusted: read Q# code among the values as trusted code, see :meth:`Sweep.from_json`.

        Raises:
            ResultFormatError: it is something else, or cannot be read.
        """
        from .files import from_json

        return from_json(source, Estimates, trusted=trusted)

    def to_csv(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return a CSV text with the columns of :meth:`to_pandas`, also written to ``path`` if given.

        A value without a result is an empty cell.

        Args:
            path: a file to write to; None for none.
        """
        from .files import to_csv

        return to_csv(self, path)

    def to_pandas(self) -> pandas.DataFrame:
        """Return a table: one row a point, with the parameters, the values, the errors and the shots.

        The columns of one observable are ``value`` and ``error``; of several, the name, and the name with ``_error``.
        """
        pandas = needs("pandas", "results")
        columns = self.columns()
        names = free_names(self.points.keys, {"point", "shots", *columns}, "the table")
        table: dict[str, Any] = {"point": list(range(len(self)))}
        for key, name in names.items():
            table[name] = [point[key] for point in self.points]
        table |= columns
        if self._shots is not None:
            table["shots"] = self._shots
        return pandas.DataFrame(table)

    def to_xarray(self, *, units: Mapping[str, str] | None = None) -> xarray.Dataset:
        """Return a dataset with the dimensions of the sweep, and values and errors as in :meth:`to_pandas`.

        Args:
            units: units of parameters and of values, by name: ``{"theta": "rad", "value": "Ha"}``. They become the
                attribute ``units`` of the coordinate or variable, an error's that of its value.

        Raises:
            SweepError: ``units`` names no parameter and no value.
        """
        variables = dict(self.columns())
        if self._shots is not None:
            variables["shots"] = np.array(self._shots, np.int64)
        attributes = {"operation": self.operation, "target": self.target}
        attributes |= {name: str(one) for name, one in self.observables.items()}
        names = free_names(self.points.keys, variables.keys(), "the Dataset")
        data = grid_dataset(self.points, names, range(len(self)), variables, {}, attributes)
        values = (
            {"value": ["value", "error"]} if self._single else {name: [name, f"{name}_error"] for name in self.names}
        )
        return with_units(data, names, {}, units, values)

    def columns(self) -> dict[str, Doubles]:
        """Return values and errors by the names of :meth:`to_pandas`, each of shape (points,)."""
        if self._single:
            return {"value": self._values[:, 0], "error": self._errors[:, 0]}
        columns: dict[str, Doubles] = {}
        for place, name in enumerate(self.names):
            columns |= {name: self._values[:, place], f"{name}_error": self._errors[:, place]}
        return columns

    def plot(self, *, over: str | None = None, ax: Axes | None = None, unit: str | None = None) -> Any:
        """Draw the values over what varies, as :meth:`SweepResults.plot` does, with their standard errors.

        Args:
            over: the parameter along the axis; None for the one that fits.
            ax: where to draw; None for a new figure.
            unit: the unit of the values, such as ``"Ha"``, which is written on their axis; None for none.

        Returns:
            matplotlib's Axes, or an array of them for several panels.

        Raises:
            SweepError: there is nothing to draw, or no such parameter.
        """
        from qsharp_bridge.results.plots.choice import plot_values

        good = [row for row in self if not all(np.isnan(mean.value) for mean in row.means.values())]
        shots = set(self._shots or ())
        how = "exact" if self._shots is None else f"{min(shots)} shots a point" if len(shots) == 1 else "sampled"
        names = {name: "value" if self._single and name == "value" else name for name in self.names}
        return plot_values(
            good, names, f"{own_name(self.operation)} on {self.target}, {how}", over=over, ax=ax, unit=unit
        )

    def table(self) -> str:
        """Return a text table, one line a point."""
        keys, columns = self.points.keys, self.columns()
        head = ["point", *free_names(keys, {"point", "shots", *columns}).values(), *columns]
        lines = [head + (["shots"] if self._shots is not None else [])]
        for index in range(min(len(self), _MOST_ROWS)):
            point = self.points[index]
            cells = [str(index), *(label(point[key]) for key in keys)]
            cells += [f"{column[index]:.6f}" for column in columns.values()]
            lines.append(cells + ([str(self._shots[index])] if self._shots is not None else []))
        more = [f"... {len(self) - _MOST_ROWS} more points"] if len(self) > _MOST_ROWS else []
        return "\n".join([*aligned(lines), *more, *self.notes])

    __str__ = table

    def __repr__(self) -> str:
        how = "exact" if self._shots is None else "sampled"
        what = f"{own_name(self.operation)} on {self.target}"
        return f"<Estimates of {what}: {len(self)} points, {', '.join(self.names)}, {how}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.table())}</pre>"


class EstimatedValue(float):
    """An expectation value as a float, with its standard error.

    Attributes:
        error: the standard error; 0 for an exact value.

    >>> value = EstimatedValue(0.5, 0.01)
    >>> value + 1, value.error
    (1.5, 0.01)
    """

    error: float

    def __new__(cls, value: float, error: float) -> EstimatedValue:
        """Return a value with its standard error."""
        made = super().__new__(cls, value)
        made.error = error
        return made

    def __getnewargs__(self) -> tuple[float, float]:  # type: ignore[override]
        """Return the arguments of a copy."""
        return float(self), self.error
