"""Gates, measurements, resets, qubits and depth of a QIR text: for prices and for tables of resources."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .calls import BODY, REQUIRED_QUBITS, call_blocks
from .flow import UnknownShape, topological
from .gates import Instructions


@dataclass(frozen=True)
class GateCounts:
    """How often a program has each kind of operation.

    Attributes:
        one_qubit: gates on one qubit.
        two_qubit: two-qubit gates as IonQ bills them: a gate on two qubits is one, a gate on N > 2 qubits is
            6 * (N - 2).
        native: two-qubit gates as Quantinuum bills them: those equivalent to a CNOT up to one-qubit gates. A SWAP is
            three, a CCX six.
        measurements: measurements; one that also resets the qubit is one of ``resets``, too.
        resets: qubits put back to |0> while the program runs.
        qubits: number of qubits that the program declares, or that it uses where it declares none.
    """

    one_qubit: int
    two_qubit: int
    native: int
    measurements: int
    resets: int
    qubits: int


_CALL = re.compile(r'call\b[^@\n]*(?:@"?([\w.$]+)"?\()?')
"""`calls.CALL` without the arguments: LLVM reads several calls on one line, and all of them are counted."""
_DEFINED = re.compile(r'^define\b[^@\n]*@"?([\w.$]+)"?\(', re.MULTILINE)
_ENTRY = re.compile(r'^attributes (#\d+) = \{[^}\n]*"entry_point"', re.MULTILINE)
_NAMED = re.compile(r"%Qubit\* (?:inttoptr \(i64 (\d+) to|(null))")
_MOST = 2**60
"""The most calls counted: functions that call each other twice, a thousand deep, are more than a float holds."""


def count_gates(qir: str) -> GateCounts:
    """Count the operations of a QIR text.

    A call of a function that the text defines counts as the operations of the function; the profile Adaptive has a
    function for each gate. A loop counts once, and both sides of a branch count. A gate or measurement that the user
    declares is counted by its declaration.

    >>> count_gates("  call void @__quantum__qis__h__body(%Qubit* null)").one_qubit
    1
    """
    one = two = native = measurements = resets = 0
    instructions = Instructions(qir)
    for callee, times in _calls(qir).items():
        if found := instructions.find(callee):
            measurements += times * found.results
            resets += times * found.resets
            if found.gate:
                one += times * (found.qubits == 1)
                two += times * found.gate.two_qubit
                native += times * found.gate.native
    return GateCounts(one, two, native, measurements, resets, _qubits(qir))


def _qubits(qir: str) -> int:
    if required := REQUIRED_QUBITS.search(qir):
        return int(required[2])
    return max((int(number or 0) + 1 for number, _ in _NAMED.findall(qir)), default=0)


def _called(text: str) -> Counter[str]:
    return Counter(name for name in _CALL.findall(text) if name)


def _calls(qir: str) -> Counter[str]:
    """Return how often the entry point calls each function by name, directly or through others."""
    starts = list(_DEFINED.finditer(qir))
    if len(starts) <= 1:
        return _called(qir)
    own: dict[str, Counter[str]] = {}
    roots: Counter[str] = Counter()
    entry = _ENTRY.search(qir)
    for start in starts:
        head, _, body = qir[start.end() : qir.find("\n}", start.end())].partition("\n")
        own[start[1]] = _called(body)
        if entry is None or re.search(rf"{entry[1]}\b", head):
            roots[start[1]] = 1
    own[""] = roots
    ways = {"": tuple(roots)} | {
        name: tuple(callee for callee in calls if callee in own) for name, calls in own.items()
    }
    try:
        order = topological(ways)
    except UnknownShape:  # a recursive function
        return _called(qir)
    times: Counter[str] = Counter({"": 1})
    for name in order:
        for callee, count in own[name].items():
            times[callee] = min(times[callee] + times[name] * count, _MOST)
    return times


class CircuitSize(NamedTuple):
    """The size of a program, in the terms of `resources.PointResources`."""

    qubits: int
    depth: int | None
    gates: dict[str, int]
    measurements: int


def circuit_size(qir: str) -> CircuitSize:
    """Return the size of a QIR text.

    >>> circuit_size("define void @main() {\\n  call void @__quantum__qis__h__body(%Qubit* null)\\n}").gates
    {'h': 1}
    """
    gates: Counter[str] = Counter()
    measurements = 0
    instructions = Instructions(qir)
    bodies = BODY.findall(qir)
    layers = _Layers(known=len(bodies) == 1)
    for body in bodies:
        for label, block in call_blocks(body).items():
            layers.enter(label)
            for call in block.calls:
                instruction = instructions.find(call.callee)
                if instruction is None:
                    continue
                measurements += instruction.results
                if instruction.gate:
                    gates[instruction.gate.name] += 1
                layers.apply(call.qubits()[: instruction.qubits])
            layers.jump(block.successors)
    required = REQUIRED_QUBITS.search(qir)
    return CircuitSize(int(required[2]) if required else 0, layers.most, dict(gates), measurements)


class _Layers:
    """The layers of gates on each qubit, block by block; where paths meet, each qubit has the most of them."""

    def __init__(self, *, known: bool) -> None:
        self._now: dict[int, int] = {}
        self._at_start: dict[str, dict[int, int]] = {}
        self._entered: set[str] = set()
        self._most = 0
        self._known = known

    @property
    def most(self) -> int | None:
        """Return the depth, or None where a loop, a function or a computed qubit leaves it open."""
        return self._most if self._known else None

    def enter(self, label: str) -> None:
        self._now = self._at_start.pop(label, {})
        self._entered.add(label)

    def apply(self, qubits: Sequence[int | None]) -> None:
        numbers = [one for one in qubits if one is not None]
        self._known &= len(numbers) == len(qubits)
        layer = max((self._now.get(one, 0) for one in numbers), default=0) + 1
        self._now.update(dict.fromkeys(numbers, layer))
        self._most = max(self._most, layer)

    def jump(self, labels: Sequence[str]) -> None:
        for label in labels:
            self._known &= label not in self._entered  # a jump back: a loop
            layers = self._at_start.setdefault(label, {})
            for qubit, layer in self._now.items():
                layers[qubit] = max(layers.get(qubit, 0), layer)
