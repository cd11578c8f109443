"""Reads the QIR text of straight programs as qdk prints it, in a fifth of the time that LLVM needs. Pure.

Only the exact lines that qdk 1.33 prints for a program without branches and computed values are read; for any other
text `read_plain` returns None, and `reader` uses LLVM. So this reader need not be complete, but LLVM must read the same
program in each text that it reads: tests compare the two on texts of qdk and on mutations of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from .gates import GATES, MEASUREMENTS, RESET, GateKind
from .program import RECORDS, Constant, Program, ProgramBuilder


class _Form(NamedTuple):
    """The form of a known call: its kind, a pattern of its arguments, and the types of its declaration."""

    what: str
    arguments: re.Pattern[str]
    types: str
    gate: GateKind | None = None


_NUMBER = r"(0|[1-9][0-9]{0,5})"
_DOUBLE = r"double (-?[0-9]+\.[0-9]*(?:[eE][-+]?[0-9]+)?)"
_QUBIT = rf"%Qubit\* inttoptr \(i64 {_NUMBER} to %Qubit\*\)"
_RESULT = rf"%Result\* inttoptr \(i64 {_NUMBER} to %Result\*\)"
_LABEL = r"i8\* getelementptr inbounds \(\[([0-9]+) x i8\], \[([0-9]+) x i8\]\* @([0-9]+), i64 0, i64 0\)"


def _form(what: str, arguments: list[str], types: list[str], gate: GateKind | None = None) -> _Form:
    return _Form(what, re.compile(", ".join(arguments) + r"\)"), ", ".join(types), gate)


_VALUES = {
    "result": (_RESULT, "%Result*"),
    "bool": (r"i1 zeroext (true|false)", "i1 zeroext"),
    "int": (r"i64 (0|-?[1-9][0-9]{0,18})", "i64"),
    "double": (_DOUBLE, "double"),
    "array": (rf"i64 {_NUMBER}", "i64"),
    "tuple": (rf"i64 {_NUMBER}", "i64"),
}
_FORMS: dict[str, _Form] = {
    **{
        name: _form(
            "gate",
            [_DOUBLE] * kind.angle + [_QUBIT] * kind.qubits,
            ["double"] * kind.angle + ["%Qubit*"] * kind.qubits,
            kind,
        )
        for name, kind in GATES.items()
    },
    **{
        name: _form("mreset" if resets else "measure", [_QUBIT, _RESULT], ["%Qubit*", "%Result*"])
        for name, resets in MEASUREMENTS.items()
    },
    RESET: _form("reset", [_QUBIT], ["%Qubit*"]),
    "__quantum__rt__initialize": _form("nothing", [r"i8\* null"], ["i8*"]),
    **{
        name: _form(kind, [_VALUES[kind][0], _LABEL], [_VALUES[kind][1], "i8*"]) for name, kind in RECORDS.items()
    },
}  # fmt: skip
_MEASURES = {"measure": False, "mreset": True}
_TYPE = r"(?:i8\*|i64|i1 zeroext|double|%Qubit\*|%Result\*)"
_HEAD = re.compile(
    r"%Result = type opaque\n%Qubit = type opaque\n\n"
    r'((?:@[0-9]+ = internal constant \[[0-9]+ x i8\] c"[0-9a-z_]*\\00"\n)*)\n?'
    r"define i64 @ENTRYPOINT__main\(\) #0 {\nblock_0:\n"
)
_CONSTANT = re.compile(r'@([0-9]+) = internal constant \[([0-9]+) x i8\] c"([0-9a-z_]*)')
_END = "  ret i64 0\n}\n\n"
_TAIL = re.compile(
    rf"((?:declare void @__quantum__[0-9a-z_]+\((?:{_TYPE}(?:, {_TYPE})*)?\)(?: #1)?\n\n)*)"
    r'attributes #0 = { "entry_point" "output_labeling_schema" "qir_profiles"="(?:base|adaptive)_profile"'
    rf' "required_num_qubits"="{_NUMBER}" "required_num_results"="{_NUMBER}" }}\n'
    r'attributes #1 = { "irreversible" }\n\n; module flags\n\n'
    r"!llvm\.module\.flags = !{!0, !1, !2, !3(?P<int>, !4(?P<float>, !5)?)?}\n\n"
    r'!0 = !{i32 1, !"qir_major_version", i32 1}\n'
    r'!1 = !{i32 7, !"qir_minor_version", i32 0}\n'
    r'!2 = !{i32 1, !"dynamic_qubit_management", i1 false}\n'
    r'!3 = !{i32 1, !"dynamic_result_management", i1 false}\n'
    r'(?(int)!4 = !{i32 5, !"int_computations", !{!"i64"}}\n)'
    r'(?(float)!5 = !{i32 5, !"float_computations", !{!"double"}}\n)\n*'
)
_DECLARED = re.compile(r"declare void @(\w+)\(([^)]*)\)")
_CALL = "  call void @"


def read_plain(text: str) -> Program | None:
    """Return the program in a text, as ``reader`` reads it; None for any text but a straight program of qdk.

    Raises:
        UnsupportedQirError: the recorded output has no shape.

    >>> read_plain("define void @main() { ret void }") is None
    True
    """
    head = _HEAD.match(text)
    begin, end = (head.end() if head else 0), text.rfind(_END)
    tail = _TAIL.fullmatch(text, end + len(_END)) if 0 < begin <= end else None
    if head is None or tail is None:
        return None
    lengths = _lengths(head[1])
    declared = _DECLARED.findall(tail[1])
    types = dict(declared)
    *lines, rest = text[begin:end].split("\n")
    if lengths is None or len(types) < len(declared) or rest:
        return None
    made = ProgramBuilder()
    used: dict[str, str] = {}
    for line in lines:
        callee, _, rest = line[len(_CALL) :].partition("(")
        form = _FORMS.get(callee) if line.startswith(_CALL) else None
        found = form.arguments.fullmatch(rest) if form else None
        if form is None or found is None or not _add(made, form, found.groups(), lengths):
            return None
        used[callee] = form.types
    qubits, results = int(tail[2]), int(tail[3])
    if any(types.get(callee) != wanted for callee, wanted in used.items()):
        return None
    if made.top_qubit >= qubits or made.top_result >= results or not all(map(math.isfinite, made.doubles)):
        return None
    return made.program(qubits, results)


def _add(made: ProgramBuilder, form: _Form, arguments: tuple[str, ...], lengths: Mapping[str, str]) -> bool:
    """Add a call to the program, and return False for one that LLVM may refuse."""
    what = form.what
    if form.gate is not None:
        slot = made.add_double(float(arguments[0])) if form.gate.angle else -1
        qubits = tuple(map(int, arguments[form.gate.angle :]))
        made.add_gate(form.gate, qubits, slot)
        return len(set(qubits)) == len(qubits)
    if what in _MEASURES:
        made.add_measurement(int(arguments[0]), int(arguments[1]), resets=_MEASURES[what])
    elif what == "reset":
        made.add_reset(int(arguments[0]))
    elif what != "nothing":
        value, length, again, label = arguments
        if what in ("array", "tuple"):
            made.record_group(what, int(value))
        elif what == "result":
            made.record_result(int(value))
        elif what == "double":
            made.record_value(what, float(value))
        else:
            number = value == "true" if what == "bool" else int(value)
            made.record_value(what, Constant(number))
            if not -(2**63) <= number < 2**63:
                return False
        return length == again == lengths.get(label)
    return True


def _lengths(constants: str) -> dict[str, str] | None:
    """Return the length of each label by number; None if the numbers are not in order or a length is wrong."""
    found = _CONSTANT.findall(constants)
    for place, (number, length, content) in enumerate(found):
        if number != str(place) or length != str(len(content) + 1):
            return None
    return {number: length for number, length, _ in found}
