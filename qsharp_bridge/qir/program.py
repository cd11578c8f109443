"""A QIR program as data: its gates, measurements and resets, and the shape of its output.

Pure. Doubles are kept apart, in numbered slots, so that the programs of a sweep share one structure. Both readers
collect a program with a `ProgramBuilder`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

from qsharp_bridge.errors import UnsupportedQirError

from .gates import GateKind, quarter_turns
from .tail import Tail

Outcome: TypeAlias = Any
"""One shot's output: 0 or 1 for a Result (2 when the qubit was lost), bool, int, float, a list, a tuple."""


class Gate(NamedTuple):
    """A gate on qubits. ``slot`` is that of its angle, or -1 for a gate without an angle or with a computed one."""

    kind: GateKind
    qubits: tuple[int, ...]
    slot: int = -1


class Measure(NamedTuple):
    """A measurement of a qubit in the Z basis. Measurements are numbered in order."""

    qubit: int


class Reset(NamedTuple):
    """A qubit put back to |0>."""

    qubit: int


Step: TypeAlias = Gate | Measure | Reset


class Shape(NamedTuple):
    """A recorded array or tuple. An item is a Shape, or the place of a value in recorded order."""

    kind: Literal["array", "tuple"]
    items: tuple[Shape | int, ...]

    def build(self, values: Sequence[Outcome]) -> Outcome:
        """Return the outcome with these recorded values, arrays as lists."""
        items = [item.build(values) if isinstance(item, Shape) else values[item] for item in self.items]
        return tuple(items) if self.kind == "tuple" else items

    def build_all(self, columns: Sequence[Sequence[Outcome]], rows: int) -> list[Outcome]:
        """Return the outcomes of many shots, given each recorded value at all of them."""
        items = [item.build_all(columns, rows) if isinstance(item, Shape) else columns[item] for item in self.items]
        made: list[Outcome] = list(zip(*items, strict=True)) if items else [()] * rows
        if self.kind == "tuple":
            return made
        if any(isinstance(item, Shape) for item in self.items):
            return list(map(list, made))
        # Equal arrays are one object: the garbage collector would take most of the time with many small lists.
        known = {values: list(values) for values in set(made)}
        return [known[values] for values in made]


class Constant(NamedTuple):
    """A recorded value that the program text gives."""

    value: int | bool


class Slot(NamedTuple):
    """A recorded Double that the program text gives."""

    slot: int


class Computed(NamedTuple):
    """A recorded value that the tail computes: its place among the tail's records."""

    record: int


Source: TypeAlias = "int | Constant | Slot | Computed"
"""Where a recorded value comes from: the number of a measurement, in order, the text, or the tail."""


@dataclass(frozen=True, eq=False)
class Structure:
    """All of a program but its Doubles.

    Attributes:
        qubits: number of qubits that it declares.
        results: number of results that it declares.
        shape: the shape of its output; an int if it records one value outside of arrays and tuples.
        leaves: number of values that it records.
        gates: all gates in the text.
        branch: the reason why it is adaptive ("reads a result"), or None for a plain sequence of steps.
        steps: that sequence; empty if adaptive.
        sources: where each recorded value comes from; empty if adaptive.
        tail: the computation from the results at the end; None without one, or if adaptive.
    """

    qubits: int
    results: int
    shape: Shape | int
    leaves: int
    gates: tuple[Gate, ...]
    branch: str | None
    steps: tuple[Step, ...] = ()
    sources: tuple[Source, ...] = ()
    tail: Tail | None = None

    def build(self, values: Sequence[Outcome]) -> Outcome:
        """Return the outcome with these recorded values."""
        return values[self.shape] if isinstance(self.shape, int) else self.shape.build(values)

    def build_all(self, columns: Sequence[Sequence[Outcome]], rows: int) -> list[Outcome]:
        """Return the outcomes of many shots, given each recorded value at all of them."""
        return list(columns[self.shape]) if isinstance(self.shape, int) else self.shape.build_all(columns, rows)


class Program(NamedTuple):
    """A structure and the Doubles in its slots."""

    structure: Structure
    doubles: tuple[float, ...]

    def not_clifford(self) -> tuple[GateKind, float | None] | None:
        """Return the first gate that is not Clifford, with its angle if that is known; None if all are."""
        for gate in self.structure.gates:
            angle = self.doubles[gate.slot] if gate.slot >= 0 else None
            if not gate.kind.clifford or (gate.kind.angle and (angle is None or quarter_turns(angle) is None)):
                return gate.kind, angle
        return None


MAX_NESTING = 100
"""The most levels of recorded arrays and tuples; Q# types have far fewer."""

RECORDS = {
    f"__quantum__rt__{kind}_record_output": kind for kind in ("result", "bool", "int", "double", "array", "tuple")
}
"""Callee name of a record of output to the kind of the record."""


def shape_of(records: Sequence[tuple[str, int]]) -> tuple[Shape | int, int]:
    """Return the shape of the output, and how many values it has.

    A record has a kind, and that of an array or tuple a size: so many of the following records are its items. A single
    record is the output; several records side by side are a tuple, and no record is the empty tuple.

    Raises:
        UnsupportedQirError: an array or tuple lacks items, or they are nested too deep.

    >>> shape_of([("tuple", 2), ("array", 1), ("result", 0), ("bool", 0)])
    (Shape(kind='tuple', items=(Shape(kind='array', items=(0,)), 1)), 2)
    """
    top: list[Shape | int] = []
    begun: list[tuple[str, int, list[Shape | int]]] = []  # kind, size, the items so far
    leaves = 0
    for kind, size in records:
        if kind in ("array", "tuple"):
            begun.append((kind, size, []))
            if len(begun) > MAX_NESTING:
                raise UnsupportedQirError(f"output nested more than {MAX_NESTING} deep")
        else:
            (begun[-1][2] if begun else top).append(leaves)
            leaves += 1
        while begun and len(begun[-1][2]) == begun[-1][1]:
            done, _, items = begun.pop()
            shape = Shape("array" if done == "array" else "tuple", tuple(items))
            (begun[-1][2] if begun else top).append(shape)
    if begun:
        kind, size, items = begun[-1]
        raise UnsupportedQirError(f"malformed QIR: the output has an {kind} of {size} with {len(items)} items")
    return (top[0] if len(top) == 1 else Shape("tuple", tuple(top))), leaves


class ProgramBuilder:
    """The parts of a program that a reader has found so far, in the order in which they run.

    A qubit or result is None where the text computes it; such a program is adaptive, and its steps are not used.

    Attributes:
        doubles: the constant Doubles, by slot.
        top_qubit, top_result: the highest numbers in use; -1 for none.
    """

    def __init__(self) -> None:
        self.doubles: list[float] = []
        self.top_qubit = self.top_result = -1
        self._gates: list[Gate] = []
        self._steps: list[Step] = []
        self._records: list[tuple[str, int]] = []
        self._sources: list[Source] = []
        self._measured: dict[int, int] = {}  # result: the number of the measurement that last wrote it
        self._measurements = 0

    def add_double(self, value: float) -> int:
        """Add a Double, and return its slot."""
        self.doubles.append(value)
        return len(self.doubles) - 1

    def add_gate(self, kind: GateKind, qubits: tuple[int, ...], slot: int) -> None:
        """Add a gate on the qubits whose numbers are known."""
        gate = Gate(kind, qubits, slot)
        self._gates.append(gate)
        self.top_qubit = max(self.top_qubit, *qubits, -1)
        if len(qubits) == kind.qubits:
            self._steps.append(gate)

    def add_measurement(self, qubit: int | None, result: int | None, *, resets: bool) -> None:
        """Add a measurement, which may also reset its qubit."""
        self.use_qubit(qubit)
        self.use_result(result)
        if qubit is None or result is None:
            return
        self._measured[result] = self._measurements
        self._measurements += 1
        self._steps.append(Measure(qubit))
        if resets:
            self._steps.append(Reset(qubit))

    def add_reset(self, qubit: int | None) -> None:
        """Add a reset."""
        self.use_qubit(qubit)
        if qubit is not None:
            self._steps.append(Reset(qubit))

    def use_qubit(self, qubit: int | None) -> None:
        """Note that a qubit is in use."""
        self.top_qubit = max(self.top_qubit, -1 if qubit is None else qubit)

    def use_result(self, result: int | None) -> None:
        """Note that a result is in use."""
        self.top_result = max(self.top_result, -1 if result is None else result)

    def record_group(self, kind: str, size: int) -> None:
        """Record that the next ``size`` records are the items of an array or tuple."""
        self._records.append((kind, size))

    def record_result(self, result: int | None) -> None:
        """Record a result; one that was never measured is Zero."""
        self.use_result(result)
        self._records.append(("result", 0))
        if result is not None:
            self._sources.append(self._measured.get(result, Constant(0)))

    def record_value(self, kind: str, source: Source | float | None) -> None:
        """Record a Bool, Int or Double by its source, by its own value, or by None where it is computed."""
        self._records.append((kind, 0))
        if isinstance(source, float):
            source = Slot(self.add_double(source))
        if source is not None:
            self._sources.append(source)

    def program(self, qubits: int, results: int, *, branch: str | None = None, tail: Tail | None = None) -> Program:
        """Return the program with so many qubits and results; see `Structure` for the rest.

        Raises:
            UnsupportedQirError: the records have no shape.
        """
        shape, leaves = shape_of(self._records)
        gates = tuple(self._gates)
        if branch is not None:
            return Program(Structure(qubits, results, shape, leaves, gates, branch), tuple(self.doubles))
        steps, sources = tuple(self._steps), tuple(self._sources)
        structure = Structure(qubits, results, shape, leaves, gates, None, steps, sources, tail)
        return Program(structure, tuple(self.doubles))
