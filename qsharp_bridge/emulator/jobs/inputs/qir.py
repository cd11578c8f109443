"""qir.v1: QIR as text or bitcode; what it asks of a target, read off its attributes and flags."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from .errors import InputError
from .prepared import Prepared

__all__ = ["Needs", "needs_of", "read_qir"]

_PROFILE: Final = re.compile(r'"qir_profiles"="(\w+)"')
_QUBITS: Final = re.compile(r'"(?:required_num_qubits|num_required_qubits)"="(\d+)"')
_CALL: Final = re.compile(r"call [^@\n]*@__quantum__qis__(\w+)__(?:body|adj|ctl|ctladj)\(")
_ENTRY: Final = re.compile(r"^attributes #\d+ = \{[^}\n]*\"entry_point\"", re.MULTILINE)
_DEFINED: Final = re.compile(r'^define [^@\n]*@"?([\w.$]+)"?\([^)\n]*\)[^{\n]*?( #\d+)', re.MULTILINE)
_MEASURE: Final = frozenset({"m", "mz", "mresetz", "reset", "read_result"})
_PAIRS: Final = frozenset({"cx", "cnot", "cy", "cz", "swap", "rxx", "ryy", "rzz", "ccx"})


@dataclass(frozen=True, slots=True)
class Needs:
    """What a program asks of a target, and what it is billed by."""

    profile: str
    qubits: int
    single: int
    double: int
    measured: int


def read_qir(data: bytes, params: dict[str, Any]) -> Prepared:
    """Read a QIR program, text or bitcode.

    Raises:
        InputError: it is neither, or has no entry point.
    """
    if data[:2] == b"BC":
        return Prepared((text_of(data),))
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = ""
    if not _ENTRY.search(text):
        raise InputError("cannot compile QIR bitcode, status code '1'", "CompilationError")
    items = params.get("items")
    if isinstance(items, list) and len(items) > 1:
        return Prepared(tuple(_with_entry(text, item) for item in items))
    return Prepared((text,))


def _with_entry(text: str, item: Any) -> str:
    """The program with one of its entry points alone: the others lose the attribute that makes them one."""
    wanted = item.get("entryPoint") if isinstance(item, dict) else None
    names = {match[1] for match in _DEFINED.finditer(text)}
    if not isinstance(wanted, str) or wanted not in names:
        raise InputError(f"There is no entry point {wanted!r} in the program.")
    return _DEFINED.sub(lambda match: match[0] if match[1] == wanted else match[0].replace(match[2], ""), text)


def text_of(bitcode: bytes) -> str:
    """The text of LLVM bitcode.

    Raises:
        InputError: it is none.
    """
    from pyqir import Context, Module

    try:
        return str(Module.from_bitcode(Context(), bitcode))
    except Exception:
        raise InputError("cannot compile QIR bitcode, status code '1'", "CompilationError") from None


def needs_of(qir: str | bytes) -> Needs:
    """What a program asks for, from its attributes, its module flags and its calls."""
    text = text_of(qir) if isinstance(qir, bytes) else qir
    match = _PROFILE.search(text)
    profile = "Base"
    if match and match[1] != "base_profile":
        profile = "Adaptive_RI"
        if '!"float_computations"' in text:
            profile = "Adaptive_RIF"
        if '!"backwards_branching"' in text:
            profile = "Adaptive"
    qubits = _QUBITS.search(text)
    calls = Counter(_CALL.findall(text))
    double = sum(count for name, count in calls.items() if name in _PAIRS)
    measured = sum(count for name, count in calls.items() if name in _MEASURE)
    return Needs(profile, int(qubits[1]) if qubits else 0, calls.total() - double - measured, double, measured)
