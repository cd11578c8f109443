"""Boxes of a circuit diagram, and their columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Box:
    """One gate, measurement or reset of a diagram.

    Attributes:
        kind: "unitary", "measurement" or "ket", as in qdk's format.
        gate: the name, such as "Rx", "M", or "0" for a reset.
        targets: the qubits that it acts on, or the one that is measured.
        controls: the qubits that control it.
        conditions: the results that control it, each as (qubit, number of the result of that qubit).
        args: the texts of its angles.
        adjoint: whether it is the adjoint of the gate.
        result: of a measurement, the number of the result of its qubit.
    """

    kind: str
    gate: str
    targets: tuple[int, ...]
    controls: tuple[int, ...] = ()
    conditions: tuple[tuple[int, int], ...] = ()
    args: tuple[str, ...] = ()
    adjoint: bool = False
    result: int = 0

    @property
    def label(self) -> str:
        """Text in the box: ``Rx(0.3)``, ``S'``, ``|0〉``."""
        if self.kind == "ket":
            return f"|{self.gate}〉"
        return self.gate + "'" * self.adjoint + (f"({', '.join(self.args)})" if self.args else "")

    @property
    def qubits(self) -> tuple[int, ...]:
        """All qubits of the box."""
        return (*self.targets, *self.controls, *(qubit for qubit, _ in self.conditions))


def boxes_of(grid: Iterable[Mapping[str, Any]]) -> Iterator[Box]:
    """Yield the boxes of a ``componentGrid`` of qdk's format in order; operations and loops are expanded."""
    for column in grid:
        for one in column["components"]:
            if one.get("children"):
                yield from boxes_of(one["children"])
                continue
            places = one["qubits"] if one["kind"] == "measurement" else one["targets"]
            controls = one.get("controls", ())
            results = one.get("results") or [{}]
            yield Box(
                one["kind"],
                one["gate"],
                tuple(place["qubit"] for place in places if "result" not in place),
                tuple(place["qubit"] for place in controls if "result" not in place),
                tuple((place["qubit"], place["result"]) for place in controls if "result" in place),
                tuple(one.get("args", ())),
                one.get("isAdjoint", False),
                results[0].get("result", 0),
            )


def columns_of(boxes: Iterable[Box], qubits: int) -> list[list[Box]]:
    """Return the boxes by column, each in the first column that is free on all wires from its first to its last."""
    free = [0] * qubits  # the first free column of each qubit
    columns: list[list[Box]] = []
    for box in boxes:
        crossed = range(min(box.qubits), max(box.qubits) + 1)
        at = max(free[qubit] for qubit in crossed)
        if at == len(columns):
            columns.append([])
        columns[at].append(box)
        for qubit in crossed:
            free[qubit] = at + 1
    return columns


def json_of(boxes: list[Box], qubits: int) -> dict[str, Any]:
    """Return the boxes in qdk's format."""
    results = [0] * qubits
    for box in boxes:
        if box.kind == "measurement":
            results[box.targets[0]] += 1
    return {
        "qubits": [{"id": qubit, "numResults": count} for qubit, count in enumerate(results)],
        "componentGrid": [{"components": list(map(_component, column))} for column in columns_of(boxes, qubits)],
    }


def _component(box: Box) -> dict[str, Any]:
    targets = [{"qubit": qubit} for qubit in box.targets]
    if box.kind == "measurement":
        results = [{"qubit": box.targets[0], "result": box.result}]
        return {"kind": box.kind, "gate": box.gate, "qubits": targets, "results": results}
    found: dict[str, Any] = {"kind": box.kind, "gate": box.gate, "targets": targets}
    if box.args:
        found["args"] = list(box.args)
    if box.controls:
        found["controls"] = [{"qubit": qubit} for qubit in box.controls]
    if box.adjoint:
        found["isAdjoint"] = True
    return found
