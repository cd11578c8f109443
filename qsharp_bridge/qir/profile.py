"""The target profile that a QIR text needs, by its instructions and not by its label.

The real service accepts straight programs whose label is neither Base nor Adaptive, as pyqir and qiskit-qir write them,
on targets of the profile Base; and it ignores a module flag with the value ``false`` (recorded, api-versions of 2022
to 2025).
"""

from __future__ import annotations

import re

from .calls import BODY, LABEL, TARGET, Call, call_in
from .flow import UnknownShape, topological
from .gates import CLASSICAL, GATES, MEASUREMENTS, RESET

_FLOATS = re.compile(r"(?:f[a-z]+|sitofp|uitofp)\b")
_TYPED = re.compile(r"(?:phi|select|load)\b")
_CALLS = re.compile(r"(?:(?:tail|musttail|notail) )?call\b")
_MEMORY = re.compile(r"= (?:alloca|load|getelementptr|insertvalue|extractvalue)\b|\bstore\b")
_FLAG = re.compile(r'!"(?:backwards_branching|arrays|ir_functions|writable_results)", i\d+ (?:true|-?[1-9])')


def needed_profile(qir: str) -> str:
    """Return the least able profile that allows the instructions of a QIR text.

    - "Base": one path, no computation while it runs, and no use of a qubit after its measurement or reset.
    - "Adaptive_RI": reads results, branches, computes integers, or resets qubits.
    - "Adaptive_RIF": computes Doubles too.
    - "Adaptive": loops, calls functions of its own, has variables in memory, or is flagged for these.

    >>> needed_profile("  call void @__quantum__qis__h__body(%Qubit* null)")
    'Base'
    """
    bodies = BODY.findall(qir) or [qir]
    if len(bodies) > 1 or _FLAG.search(qir):
        return "Adaptive"
    used: set[int | None] = set()
    done: set[int | None] = set()  # qubits that were measured or reset after a gate
    ways: dict[str, tuple[str, ...]] = {}
    label, level = "", 0
    for line in bodies[0].splitlines():
        if named := LABEL.match(line):
            label = named[1] or named[2]
            ways.setdefault(label, ())
        elif (call := call_in(line)) and call.callee:
            level = max(level, _level_of_call(call, used, done), 2 * _computes_double(line))
        elif "label %" in line:
            ways[label] = (*ways.get(label, ()), *(one or other for one, other in TARGET.findall(line)))
            level = max(level, int(len(ways[label]) > 1))
        elif " = " in line or "store" in line:
            level = max(level, 3 if _MEMORY.search(line) else 2 if _computes_double(line) else 1)
    try:
        topological(ways or {"": ()})
    except UnknownShape:
        level = 3
    return ("Base", "Adaptive_RI", "Adaptive_RIF", "Adaptive")[level]


def _computes_double(line: str) -> bool:
    value = line.partition(" = ")[2]
    if _CALLS.match(value):
        return "double @" in value
    return bool(_FLOATS.match(value)) or (bool(_TYPED.match(value)) and "double" in value)


def _level_of_call(call: Call, used: set[int | None], done: set[int | None]) -> int:
    """Return 1 for a call that the profile Base does not allow, else 0; note the qubits that it uses."""
    callee = call.callee
    if callee in CLASSICAL:
        return 1
    measures = callee in MEASUREMENTS
    if not (measures or callee == RESET or callee in GATES):
        return 0
    qubits = set(call.qubits()[: 1 if measures else None]) - {None}
    level = int(not done.isdisjoint(qubits))
    if callee == RESET or MEASUREMENTS.get(callee):
        level |= int(callee != RESET or not used.isdisjoint(qubits))
    used.update(qubits)
    if measures:
        done.update(qubits)
    return level
