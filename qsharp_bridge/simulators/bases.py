"""A program that measures in the basis Z, made to measure the same qubits in other bases."""

from __future__ import annotations

from dataclasses import replace
from weakref import WeakKeyDictionary

from qsharp_bridge.errors import SimulationError
from qsharp_bridge.qir.gates import GATES
from qsharp_bridge.qir.program import Gate, Measure, Step, Structure

_TURNS = {"I": (), "Z": (), "X": ("h__body",), "Y": ("s__adj", "h__body")}


_TURNED: WeakKeyDictionary[Structure, dict[str, Structure]] = WeakKeyDictionary()


def in_basis(structure: Structure, basis: str) -> Structure:
    """Return a structure that measures its recorded bits in other bases.

    Each qubit is turned right before the measurement whose bit is recorded, as the compiler does it where the program
    says so. The slots stay the same, so that one array of Doubles goes with the structures of all bases. It is the same
    object each time: the plan of its simulation is kept with it.

    Args:
        structure: a plain sequence of steps that records measured bits only.
        basis: one letter for each recorded bit; ``I`` is as ``Z``.

    Raises:
        SimulationError: a bit is recorded twice, so that there are not as many qubits as letters.
    """
    known = _TURNED.setdefault(structure, {})
    if basis not in known:
        known[basis] = _turned(structure, basis)
    return known[basis]


def _turned(structure: Structure, basis: str) -> Structure:
    turns: dict[int, str] = {}
    for source, letter in zip(structure.sources, basis, strict=True):
        if not isinstance(source, int) or source in turns:
            raise SimulationError("a basis is given for something else than a measurement of its own")
        turns[source] = letter
    steps: list[Step] = []
    added: list[Gate] = []
    measured = 0
    for step in structure.steps:
        if isinstance(step, Measure):
            for name in _TURNS[turns.get(measured, "I")]:
                gate = Gate(GATES[f"__quantum__qis__{name}"], (step.qubit,))
                added.append(gate)
                steps.append(gate)
            measured += 1
        steps.append(step)
    return replace(structure, gates=(*structure.gates, *added), steps=tuple(steps))
