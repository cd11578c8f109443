"""The steps of a QIR program: gates, measurements and resets on numbered qubits. Pure."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from .gates import GateKind

__all__ = ["Gate", "Measure", "Reset", "Step"]


class Gate(NamedTuple):
    """A gate on qubits; its angle is the Double in slot ``slot``, or -1 when it has none or it is not constant."""

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
