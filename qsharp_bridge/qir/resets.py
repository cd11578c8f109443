"""Finds the qubits that a QIR program may leave in another state than |0>. Pure.

In QIR, the release of a qubit does not reset it, and a compiler that reuses qubits gives a part of a program the state
that the part before has left. Only a reset on every path makes sure that a qubit is |0> at the end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .calls import Call, call_blocks, call_in
from .gates import CLASSICAL, IGNORED, MEASUREMENTS, RESET

_RESULT = re.compile(r"%Result\* (?:inttoptr \(i64 (\d+) to|null)")
_ENTRY = re.compile(r"^define\b[^@\n]*@[^\n]*#(\d+) \{\n", re.MULTILINE)
_HELPER = re.compile(r"^define\b[^@\n]*@[^\n]*\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)

_UNKNOWN = -1
"""The number of a qubit that the text does not number."""


def unreset_qubits(qir: str) -> list[int | None]:
    """Return the qubits that are not certainly reset when the program ends, in ascending order.

    A qubit is reset if, on every path, no gate acts on it after its last reset. Neither a measurement alone nor a gate
    that depends on a result is a reset.

    Args:
        qir: a text of the Q# compiler, of any profile.

    Returns:
        Numbers of qubits, and None if the program uses a qubit whose number the text does not give, such as one of an
        array in a loop.

    >>> unreset_qubits("nothing that can be read")
    [None]
    """
    entry = _ENTRY.search(qir)
    end = qir.find("\n}", entry.end()) if entry else -1
    if entry is None or end < 0:
        return [None]
    blocks = call_blocks(qir[entry.end() : end])
    first = next(iter(blocks))
    dirty: dict[str, frozenset[int]] = {first: frozenset()}
    waiting, ends = [first], frozenset[int]()
    while waiting:
        label = waiting.pop()
        calls, successors = blocks.get(label, ([], []))
        left = _after(calls, dirty[label])
        if not successors:
            ends |= left
        for following in successors:
            if following not in dirty or not left <= dirty[following]:
                dirty[following] = dirty.get(following, frozenset()) | left
                waiting.append(following)
    rest = qir[: entry.start()] + qir[end + 2 :]
    if any(re.search(r"(?:%Qubit\*|ptr) (?:inttoptr|null|@)", body) for body in _HELPER.findall(rest)):
        ends |= {_UNKNOWN}  # a function that acts on qubits other than its arguments
    numbers: list[int | None] = [*sorted(ends - {_UNKNOWN})]
    return [*numbers, None] if _UNKNOWN in ends else numbers


def steps_of(qir: str) -> tuple[list[list[int]], list[int]]:
    """Return the qubits of the gates and measurements of a program without branches; -1 for one without a number.

    Returns:
        (the qubits of each gate, in order; the qubit of each measurement, in the order of the results).

    >>> steps_of("  call void @__quantum__qis__h__body(%Qubit* null)")
    ([[0]], [])
    """
    gates: list[list[int]] = []
    measured: list[tuple[int, int]] = []
    for line in qir.split("\n"):
        call = call_in(line)
        if call is None or not call.callee or _is_classical(call.callee):
            continue
        qubits = _qubits(call)
        if call.callee in MEASUREMENTS:
            result = _RESULT.search(call.arguments)
            measured.append((int(result[1] or 0) if result else _UNKNOWN, qubits[0] if qubits else _UNKNOWN))
        else:
            gates.append(qubits)
    return gates, [qubit for _, qubit in sorted(measured)]


def shared_qubit(qir: str, parts: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """Return the first qubit on which two parts of a Base program act, or None.

    For the profile Base the compiler gives a qubit a new number after a reset. A qubit that was only measured and is
    used again is copied by a gate, which joins the two parts; the measurements come last.

    Args:
        qir: a text of the Q# compiler, of a program of consecutive parts.
        parts: the numbers of gates and of measurements of each part when it is compiled alone.

    Returns:
        (the number of the part, from 0, whose qubit a later part acts on; the qubit).
    """
    gates, measured = steps_of(qir)
    owner: dict[int, int] = {}
    of_gates = [part for part, (count, _) in enumerate(parts) for _ in range(count)]
    of_measurements = [part for part, (_, count) in enumerate(parts) for _ in range(count)]
    last = len(parts)  # what is beyond the parts belongs to none of them
    for uses, of in ((gates, of_gates), ([[qubit] for qubit in measured], of_measurements)):
        for place, qubits in enumerate(uses):
            part = of[place] if place < len(of) else last
            for qubit in qubits:
                if qubit == _UNKNOWN or part == last or owner.setdefault(qubit, part) != part:
                    return min(owner.get(qubit, 0), last - 1), qubit
    return None


def _is_classical(callee: str) -> bool:
    """Check whether a call records output, reads a result, or does nothing."""
    return callee.startswith("__quantum__rt__") or callee in IGNORED or callee in CLASSICAL


def _qubits(call: Call) -> list[int]:
    return [_UNKNOWN if number is None else number for number in call.qubits()]


def _after(calls: Sequence[Call], dirty: frozenset[int]) -> frozenset[int]:
    """Return the qubits that are not reset after these calls, given those before them."""
    left = set(dirty)
    for call in calls:
        if not call.callee:
            left.add(_UNKNOWN)
        elif MEASUREMENTS.get(call.callee) or call.callee == RESET:
            left -= {*_qubits(call)[:1]} - {_UNKNOWN}
        elif call.callee not in MEASUREMENTS and not _is_classical(call.callee):
            left.update(_qubits(call))
    return frozenset(left)
