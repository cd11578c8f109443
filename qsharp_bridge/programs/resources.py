"""Resources of the programs of a sweep: qubits, depth, gates, and qdk's logical counts and physical estimate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

from qsharp_bridge._markup import table
from qsharp_bridge._plural import counted
from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.errors import ArgumentError, BridgeError, CompileError, ProgramError
from qsharp_bridge.extras import needs
from qsharp_bridge.qir.counts import circuit_size
from qsharp_bridge.targets.profiles import UNRESTRICTED

from .binding import bind
from .call import Call
from .compiler import thread as compiler
from .compiler.contexts import COMPILED, Contexts
from .sources import Sources

if TYPE_CHECKING:
    import pandas

_MOST_SHOWN = 60  # points in a notebook

_LOGICAL = {
    "numQubits": "logical_qubits", "tCount": "t_gates", "rotationCount": "rotations", "rotationDepth": "rotation_depth",
    "cczCount": "ccz_gates", "ccixCount": "ccix_gates", "measurementCount": "logical_measurements",
}  # fmt: skip

_PARAMETERS = (
    "errorBudget", "qubitParams", "qecScheme", "distillationUnitSpecifications", "constraints", "estimateType",
)  # fmt: skip
"""The parameters of an estimate, as qdk's `EstimatorInputParamsItem` lists them."""


@dataclass(frozen=True)
class PointResources:
    """The resources of the program of one point.

    Attributes:
        point: the values of the parameters.
        qubits: number of qubits that the compiled program declares.
        depth: number of layers of gates and measurements, where each layer has a qubit at most once. With branches on
            measurements it is an upper bound for every path; None where a loop, a function or a computed qubit leaves
            it unknown.
        gates: number of times that each gate is in the program, by its QIR name: ``{"h": 2, "s_adj": 1}``, without
            measurements and resets. Both sides of a branch are counted. Under the profile Adaptive loops remain, and
            a gate in a loop is counted once.
        measurements: number of measurements, counted as the gates are.
        logical: qdk's logical counts, by its names: ``numQubits``, ``tCount``, ``rotationCount`` ...; of the program
            before it is compiled for a target. Empty if they were not requested.
        estimate: qdk's whole physical estimate; empty if it was not requested.

    >>> import qsharp_bridge as qb
    >>> op = qb.Program.from_source("operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }").operation("Flip")
    >>> row = op.resources([{}])[0]
    >>> row.qubits, row.depth, dict(row.gates), row.measurements
    (1, 2, {'x': 1}, 1)
    """

    point: Mapping[str, Any]
    qubits: int
    depth: int | None
    gates: Mapping[str, int]
    measurements: int
    logical: Mapping[str, int] = field(default_factory=dict)
    estimate: Mapping[str, Any] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        """Return all figures side by side; the physical ones are ``physical_qubits`` and ``runtime_ns``."""
        row: dict[str, Any] = {"qubits": self.qubits, "depth": self.depth, "measurements": self.measurements}
        row |= dict(self.gates)
        row |= {name: self.logical[key] for key, name in _LOGICAL.items() if key in self.logical}
        if self.estimate:
            counts = self.estimate["physicalCounts"]
            row |= {"physical_qubits": counts["physicalQubits"], "runtime_ns": counts["runtime"]}
        return row


class ResourceTable(Sequence[PointResources]):
    """The resources of each point of a sweep, in its order, as `Operation.resources` returns them; prints as a table.

    Args:
        rows: the resources of each point.

    >>> source = "operation Chain(n : Int) : Unit { use q = Qubit[n]; for i in 1..n - 1 { CNOT(q[0], q[i]); } }"
    >>> table = qb.Program.from_source(source).operation("Chain").resources(qb.Sweep.grid(n=[2, 4]), logical=False)
    >>> [row["depth"] for row in table.rows()], table[1].row()["qubits"]
    ([1, 3], 4)
    """

    def __init__(self, rows: Sequence[PointResources]) -> None:
        self._rows = tuple(rows)

    @overload
    def __getitem__(self, index: int) -> PointResources: ...
    @overload
    def __getitem__(self, index: slice) -> ResourceTable: ...
    def __getitem__(self, index: int | slice) -> PointResources | ResourceTable:
        return ResourceTable(self._rows[index]) if isinstance(index, slice) else self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __eq__(self, other: object) -> bool:
        return self._rows == other._rows if isinstance(other, ResourceTable) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def rows(self) -> list[dict[str, Any]]:
        """Return a dictionary for each point: its values, then its figures.

        Every row has the same names. The count of a gate that a program does not have is 0; a parameter with the name
        of a figure is called ``point.NAME``.
        """
        figures = [one.row() for one in self._rows]
        gates = dict.fromkeys(name for one in self._rows for name in one.gates)
        names = [name for name in dict.fromkeys(name for row in figures for name in row) if name not in gates]
        names[3:3] = sorted(gates)
        return [
            {(f"point.{key}" if key in names else key): value for key, value in one.point.items()}
            | {name: row.get(name, 0) for name in names}
            for one, row in zip(self._rows, figures, strict=True)
        ]

    def to_pandas(self) -> pandas.DataFrame:
        """Return the rows as a DataFrame.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        frame: pandas.DataFrame = needs("pandas", "results").DataFrame(self.rows())
        return frame

    def __str__(self) -> str:
        rows = self.rows()
        if not rows:
            return "no points"
        cells = [list(rows[0]), *([_text(value) for value in row.values()] for row in rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        return "\n".join(
            "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells
        )

    def __repr__(self) -> str:
        return f"<ResourceTable: {counted(len(self), 'point')}>"

    def _repr_html_(self) -> str:
        """Return the table, for a notebook."""
        rows = self.rows()
        if not rows:
            return "<i>no points</i>"
        shown = table(list(rows[0]), [list(map(_text, row.values())) for row in rows[:_MOST_SHOWN]])
        more = f"<i>and {len(rows) - _MOST_SHOWN} more points</i>" if len(rows) > _MOST_SHOWN else ""
        return f"<div>{shown}{more}</div>"


def _text(value: Any) -> str:
    return "?" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def resources(
    operation: Call,
    points: Sequence[Mapping[str, Any]],
    *,
    profile: str = "Base",
    logical: bool = True,
    estimate: bool | Mapping[str, Any] = False,
) -> ResourceTable:
    """Count the resources of each point: see `Operation.resources`."""
    _check(operation, estimate)
    programs = bind(operation, points, profile=profile)
    rows = []
    for index, (point, program) in enumerate(zip(points, programs, strict=True)):
        qubits, depth, gates, measurements = circuit_size(str(program))
        counts: Mapping[str, int] = {}
        physical: Mapping[str, Any] = {}
        if logical or estimate is not False:
            try:
                counts, physical = _traced(operation.sources, operation.expression(**point), estimate)
            except BridgeError as error:
                raise error.at(operation=operation.name, point=index) from None
        rows.append(PointResources(dict(point), qubits, depth, gates, measurements, counts, physical))
    return ResourceTable(rows)


def _check(operation: Call, estimate: bool | Mapping[str, Any]) -> None:
    for name in estimate if isinstance(estimate, Mapping) else ():
        if name not in _PARAMETERS:  # qdk ignores names that it does not know
            guess = did_you_mean(str(name), _PARAMETERS)
            advice = None if guess else f"the parameters are {', '.join(_PARAMETERS)}"
            raise ArgumentError(
                f"an estimate has no parameter {name!r}{guess}", operation=operation.name, advice=advice
            )


def _traced(
    sources: Sources, expression: str, estimate: bool | Mapping[str, Any]
) -> tuple[Mapping[str, int], Mapping[str, Any]]:
    """Return qdk's logical counts of an entry expression, and the estimate for them if it is requested."""
    from qdk.estimator import EstimatorError
    from qdk.qsharp import QSharpError

    def count(contexts: Contexts) -> Any:
        with contexts.using(sources, UNRESTRICTED, growth=COMPILED * len(expression)) as context:
            return context.logical_counts(expression)

    try:
        counts = compiler.run(count)
    except CompileError as error:
        raise ProgramError(f"its resources cannot be counted: {error.problem}", advice=error.advice) from None
    if estimate is False:
        return dict(counts), {}
    try:
        return dict(counts), dict(counts.estimate(None if estimate is True else dict(estimate)))
    except (EstimatorError, QSharpError) as error:
        raise ProgramError(f"its resources cannot be estimated: {' '.join(str(error).split())}") from None
