"""Counts the gates, measurements and resets of a QIR text: what providers bill by."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from .entry import UnknownShape, topological
from .gates import Instructions


@dataclass(frozen=True)
class GateCounts:
    """How often a program has each kind of operation.

    Attributes:
        one_qubit: gates on one qubit.
        two_qubit: two-qubit gates as IonQ bills them: a gate on two qubits is one, on N > 2 qubits 6 * (N - 2).
        native: two-qubit gates as Quantinuum bills them: those equivalent to a CNOT up to one-qubit gates. A SWAP
            takes three, a CCX six.
        measurements: a measurement that also resets the qubit is one here and one of ``resets``.
        resets: qubits put back to |0> while the program runs.
        qubits: that the program declares; where it declares none, those that it names.
    """

    one_qubit: int
    two_qubit: int
    native: int
    measurements: int
    resets: int
    qubits: int


# Matches also where no name follows, so that each character is read once: "call call call" takes linear time.
_CALL = re.compile(r'call\b[^@\n]*(?:@"?([\w.$]+)"?\()?')
_DEFINED = re.compile(r'^define\b[^@\n]*@"?([\w.$]+)"?\(', re.MULTILINE)
_ENTRY = re.compile(r'^attributes (#\d+) = \{[^}\n]*"entry_point"', re.MULTILINE)
_DECLARED = re.compile(r'"(?:required_num_qubits|num_required_qubits)"="(\d+)"')
_NAMED = re.compile(r"%Qubit\* (?:inttoptr \(i64 (\d+) to|(null))")
_MOST = 2**60
"""The most calls counted: functions that call each other twice, a thousand deep, are more than a float holds."""


def count_gates(qir: str) -> GateCounts:
    """Count the operations of a QIR text.

    The calls of functions that the text defines count as what they do: the profile Adaptive has one for each gate.
    A loop that stayed a loop counts once, and of a branch both sides. A gate or a measurement of a user's own counts
    by what its declaration takes.

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
    if declared := _DECLARED.search(qir):
        return int(declared[1])
    return max((int(number or 0) + 1 for number, _ in _NAMED.findall(qir)), default=0)


def _called(text: str) -> Counter[str]:
    return Counter(name for name in _CALL.findall(text) if name)


def _calls(qir: str) -> Counter[str]:
    """Count how often the entry point calls each function, directly or through others, by the name of the function."""
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
    except UnknownShape:  # a function within its own call
        return _called(qir)
    times: Counter[str] = Counter({"": 1})
    for name in order:
        for callee, count in own[name].items():
            times[callee] = min(times[callee] + times[name] * count, _MOST)
    return times
