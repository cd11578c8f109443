"""Turns a sequence of gates, measurements and resets into independent unitaries, measured at the end.

Pure. Four facts make it sound, all without noise:

* A reset qubit is a new wire: nothing can tell the old one's state any more.
* A measurement waits until the end while only gates that are diagonal on its wire follow. One that cannot wait is
  a CX onto a new wire that is measured at the end (deferred measurement).
* A wire whose only gate is as the target of a CX is a measurement of the control. The Base profile makes such a
  copy for each measurement; most need not be simulated.
* Wires that no gate joins, directly or through others, are independent; gates that no recorded result can feel
  do not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from weakref import WeakKeyDictionary

from qsharp_bridge.qir.gates import GATES
from qsharp_bridge.qir.program import Gate, Measure, Reset, Step, Structure

_CX = GATES["__quantum__qis__cx__body"]


@dataclass(frozen=True)
class Part:
    """Wires that interact, and the gates on them; the ``qubits`` of a gate are places among these wires."""

    wires: int
    gates: tuple[Gate, ...]


@dataclass(frozen=True)
class Plan:
    """Independent parts, and where each wanted bit is found.

    Attributes:
        parts: what to simulate.
        bits: for each wanted measurement, (part, wire in the part); None for one that is always 0.
        width: the wires of the widest part: the size of the simulation.
        copies: how many measurements could not wait, each one more wire.
    """

    parts: tuple[Part, ...]
    bits: tuple[tuple[int, int] | None, ...]
    width: int
    copies: int


class _Copy(NamedTuple):
    """A CX onto a wire without other gates."""

    control: int
    target: int


_PLANS: WeakKeyDictionary[Structure, Plan] = WeakKeyDictionary()


def plan_of(structure: Structure) -> Plan:
    """Return what to simulate, for a program that is a plain sequence of steps. Kept as long as the structure."""
    known = _PLANS.get(structure)
    if known is None:
        recorded = [source for source in structure.sources if isinstance(source, int)]
        wanted = [*recorded, *(structure.tail.reads.values() if structure.tail else ())]
        known = _PLANS[structure] = plan(structure.steps, wanted)
    return known


def plan(steps: Sequence[Step], wanted: Sequence[int]) -> Plan:
    """Plan the simulation of ``steps``, of which the measurements numbered ``wanted`` are to be known.

    >>> h, m = Gate(GATES["__quantum__qis__h__body"], (0,)), Measure(0)
    >>> plan([h, m, Reset(0), h, m], [0, 1]).width
    1
    """
    gates, found, copies = _defer(_mark_copies(_assign_wires(steps)))
    wires = [found[number] for number in wanted]
    kept = _felt(gates, set(wires))
    parts, place = _split(kept)
    bits = tuple(place.get(wire) for wire in wires)
    return Plan(parts, bits, max((part.wires for part in parts), default=0), copies)


def _assign_wires(steps: Sequence[Step]) -> list[Gate | Measure]:
    """Return the steps on wires in place of qubits: a reset begins a new wire, a swap exchanges two."""
    wire_of: dict[int, int] = {}
    count = 0
    used: list[Gate | Measure] = []
    for step in steps:
        if isinstance(step, Reset):
            wire_of.pop(step.qubit, None)
            continue
        qubits = step.qubits if isinstance(step, Gate) else (step.qubit,)
        for qubit in qubits:
            if qubit not in wire_of:
                wire_of[qubit] = count
                count += 1
        if isinstance(step, Measure):
            used.append(Measure(wire_of[step.qubit]))
        elif step.kind.name == "swap":
            a, b = qubits
            wire_of[a], wire_of[b] = wire_of[b], wire_of[a]
        else:
            used.append(step._replace(qubits=tuple(wire_of[qubit] for qubit in qubits)))
    return used


def _mark_copies(steps: Sequence[Gate | Measure]) -> list[Gate | Measure | _Copy]:
    """Return the steps with each CX that is only a measurement of its control marked as such.

    From the last to the first: a wire that is copied and else only the target of a CX is a copy itself.
    """
    uses: Counter[int] = Counter()
    begins: dict[int, int] = {}
    for at, step in enumerate(steps):
        for wire in _wires(step):
            uses[wire] += isinstance(step, Gate)
            begins.setdefault(wire, at)
    marked: list[Gate | Measure | _Copy] = list(steps)
    for at in range(len(steps) - 1, -1, -1):
        step = steps[at]
        if isinstance(step, Gate) and step.kind is _CX:
            control, target = step.qubits
            if uses[target] == 1 and begins[target] == at:
                marked[at] = _Copy(control, target)
                uses[control] -= 1
    return marked


def _wires(step: Gate | Measure | _Copy) -> tuple[int, ...]:
    return step.qubits if isinstance(step, Gate) else tuple(step)


def _defer(steps: Sequence[Gate | Measure | _Copy]) -> tuple[list[Gate], list[int], int]:
    """Return the gates alone, the wire that holds each measurement at the end, and how many wires that added."""
    gates: list[Gate] = []
    holders: list[int] = []  # the wire of each moment at which some wire was measured
    moments: list[int] = []  # the moment of each measurement
    waiting: dict[int, int] = {}  # wire: the moment of its measurement that only diagonal gates followed
    copied: dict[int, int] = {}  # copy: the moment at which it was made
    fresh = 1 + max((wire for step in steps for wire in _wires(step)), default=-1)
    first = fresh

    def moment(wire: int) -> int:
        if wire in copied:
            return copied[wire]
        if wire not in waiting:
            waiting[wire] = len(holders)
            holders.append(wire)
        return waiting[wire]

    for step in steps:
        if isinstance(step, Measure):
            moments.append(moment(step.qubit))
        elif isinstance(step, _Copy):
            copied[step.target] = moment(step.control)
        else:
            for at, wire in enumerate(step.qubits):
                if wire in waiting and at not in step.kind.diagonal:
                    holders[waiting.pop(wire)] = fresh
                    gates.append(Gate(_CX, (wire, fresh)))
                    fresh += 1
            gates.append(step)
    return gates, [holders[at] for at in moments], fresh - first


def _felt(gates: Sequence[Gate], live: set[int]) -> list[Gate]:
    """Return the gates that act on the wires ``live``, which grows by the wires that these are entangled with."""
    kept = []
    for gate in reversed(gates):
        if not live.isdisjoint(gate.qubits):
            live.update(gate.qubits)
            kept.append(gate)
    kept.reverse()
    return kept


def _split(gates: Sequence[Gate]) -> tuple[tuple[Part, ...], dict[int, tuple[int, int]]]:
    """Return the independent parts, and for each wire with a gate its part and place there."""
    parent: dict[int, int] = {}

    def root(wire: int) -> int:
        while parent.setdefault(wire, wire) != wire:
            parent[wire] = wire = parent[parent[wire]]
        return wire

    for gate in gates:
        for wire in gate.qubits:
            parent[root(wire)] = root(gate.qubits[0])
    number: dict[int, int] = {}
    sizes: list[int] = []
    place: dict[int, tuple[int, int]] = {}
    for wire in sorted(parent):
        part = number.setdefault(root(wire), len(sizes))
        if part == len(sizes):
            sizes.append(0)
        place[wire] = (part, sizes[part])
        sizes[part] += 1
    inside: list[list[Gate]] = [[] for _ in sizes]
    for gate in gates:
        part = place[gate.qubits[0]][0]
        inside[part].append(gate._replace(qubits=tuple(place[wire][1] for wire in gate.qubits)))
    return tuple(Part(size, tuple(found)) for size, found in zip(sizes, inside, strict=True)), place
