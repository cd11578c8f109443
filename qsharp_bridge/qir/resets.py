"""Finds the qubits that a QIR program may leave in another state than |0>. Pure.

Releasing a qubit resets nothing in QIR, and a compiler that reuses qubits gives the next part of a program the state
that the last one left. Only a reset on every path makes certain that a qubit is |0> at the end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .gates import CLASSICAL, IGNORED, MEASUREMENTS, RESET

_LABEL = re.compile(r"([\w.$]+):")
_TARGET = re.compile(r"label %([\w.$]+)")
_CALL = re.compile(r'call\b[^@\n]*(?:@"?([\w.$]+)"?\(([^\n]*)\))?')  # linear, as in ``counts``
_POINTER = re.compile(r"(?:%Qubit\*|\bptr\b)(?: \w+)* (?:inttoptr \(i64 (\d+) to [^)]*\)|(null)|(%[\w.]+|@[\w.]+))")
_RESULT = re.compile(r"%Result\* (?:inttoptr \(i64 (\d+) to|null)")
_ENTRY = re.compile(r"^define\b[^@\n]*@[^\n]*#(\d+) \{\n", re.MULTILINE)
_HELPER = re.compile(r"^define\b[^@\n]*@[^\n]*\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)

_UNKNOWN = -1  # a qubit whose number the text does not give


def unreset_qubits(qir: str) -> list[int | None]:
    """Return the qubits that are not certainly reset when the program ends, in ascending order.

    A qubit counts as reset where, on every path, no gate acts on it after its last reset. A measurement alone resets
    nothing, and neither does a gate that depends on a result.

    Args:
        qir: as the Q# compiler prints it, of any profile.

    Returns:
        Numbers of qubits; None is among them where a qubit is used whose number the text does not give, such as one
        of an array in a loop.

    >>> unreset_qubits("nothing that can be read")
    [None]
    """
    entry = _ENTRY.search(qir)
    end = qir.find("\n}", entry.end()) if entry else -1
    if entry is None or end < 0:
        return [None]
    blocks, ways, first = _blocks(qir[entry.end() : end])
    dirty: dict[str, frozenset[int]] = {first: frozenset()}
    waiting, ends = [first], frozenset[int]()
    while waiting:
        label = waiting.pop()
        left = _after(blocks.get(label), dirty[label])
        if not ways.get(label):
            ends |= left
        for following in ways.get(label, ()):
            if following not in dirty or not left <= dirty[following]:
                dirty[following] = dirty.get(following, frozenset()) | left
                waiting.append(following)
    rest = qir[: entry.start()] + qir[end + 2 :]
    if any(re.search(r"(?:%Qubit\*|ptr) (?:inttoptr|null|@)", body) for body in _HELPER.findall(rest)):
        ends |= {_UNKNOWN}  # a function that acts on qubits other than its arguments
    numbers: list[int | None] = [*sorted(ends - {_UNKNOWN})]
    return [*numbers, None] if _UNKNOWN in ends else numbers


def steps_of(qir: str) -> tuple[list[list[int]], list[int]]:
    """Return what a program without branches acts on; a qubit without a number is -1.

    Returns:
        (the qubits of each gate, in order; the qubit of each measurement, in the order of the results).

    >>> steps_of("  call void @__quantum__qis__h__body(%Qubit* null)")
    ([[0]], [])
    """
    gates: list[list[int]] = []
    measured: list[tuple[int, int]] = []
    for line in qir.split("\n"):
        call = _CALL.search(line) if "call " in line else None
        if call is None or not call[1] or _is_classical(call[1]):
            continue
        if call[1] in MEASUREMENTS:
            qubits, result = _qubits(call[2]), _RESULT.search(call[2])
            measured.append((int(result[1] or 0) if result else _UNKNOWN, qubits[0] if qubits else _UNKNOWN))
        else:
            gates.append(_qubits(call[2]))
    return gates, [qubit for _, qubit in sorted(measured)]


def shared_qubit(qir: str, parts: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """Return the first qubit of a Base program of several parts that two of its parts act on; None where there is none.

    For the profile Base the compiler numbers a qubit anew after a reset. One that was only measured and is used again
    it copies, with a gate that joins the two parts; the measurements come last.

    Args:
        qir: parts that follow one another, as the Q# compiler prints it.
        parts: how many gates and measurements each part has when it is compiled alone.

    Returns:
        (the part, from 0, whose qubit a later one acts on; the qubit).
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
    """Return whether a call records output, reads a result, or does nothing."""
    return callee.startswith("__quantum__rt__") or callee in IGNORED or callee in CLASSICAL


def _qubits(arguments: str) -> list[int]:
    return [_UNKNOWN if name else int(number or 0) for number, _null, name in _POINTER.findall(arguments)]


def _blocks(body: str) -> tuple[dict[str, list[str]], dict[str, list[str]], str]:
    """Return the lines with calls of each block, the blocks after each, and the first label."""
    blocks: dict[str, list[str]] = {}
    ways: dict[str, list[str]] = {}
    label = first = ""
    for line in body.split("\n"):
        if named := _LABEL.match(line):
            label = named[1]
            first = first or label
        elif "call " in line:
            blocks.setdefault(label, []).append(line)
        elif targets := _TARGET.findall(line):
            ways.setdefault(label, []).extend(targets)
    return blocks, ways, first


def _after(calls: list[str] | None, dirty: frozenset[int]) -> frozenset[int]:
    """Return the qubits that are not reset after a block, given those before it."""
    left = set(dirty)
    for line in calls or ():
        call = _CALL.search(line)
        if call is None or not call[1]:
            left.add(_UNKNOWN)
            continue
        callee, arguments = call.groups()
        if _is_classical(callee):
            continue
        qubits = _qubits(arguments)
        if callee in MEASUREMENTS or callee == RESET:
            if MEASUREMENTS.get(callee, True):
                left -= set(qubits[:1]) - {_UNKNOWN}
        else:
            left.update(qubits)
    return frozenset(left)
