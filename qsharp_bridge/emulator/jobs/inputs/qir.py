"""qir.v1: QIR as text or bitcode, and what it needs of a target."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from qsharp_bridge.qir.bitcode import MAGIC
from qsharp_bridge.qir.counts import GateCounts, count_gates
from qsharp_bridge.qir.profile import needed_profile

from .errors import InputError
from .prepared import Prepared

__all__ = ["Needs", "needs_of", "read_qir"]

_ENTRY: Final = re.compile(r"^attributes #\d+ = \{[^}\n]*\"entry_point\"", re.MULTILINE)
_DEFINED: Final = re.compile(r'^define [^@\n]*@"?([\w.$]+)"?\([^)\n]*\)[^{\n]*?( #\d+)', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Needs:
    """What a program needs of a target: a profile, and the operations that it is billed by."""

    profile: str
    gates: GateCounts


def read_qir(data: bytes, params: dict[str, Any]) -> Prepared:
    """Read a QIR program, text or bitcode.

    Raises:
        InputError: it is neither, or has no entry point.
    """
    text = _text_of(data)
    if not _ENTRY.search(text):
        raise InputError("cannot compile QIR bitcode, status code '1'", "CompilationError")
    items = params.get("items")
    if isinstance(items, list) and len(items) > 1:
        return Prepared(tuple(_with_entry(text, item) for item in items), is_qir=True)
    return Prepared((text,), is_qir=True)


def _text_of(data: bytes) -> str:
    """Return the text of a program, "" if it has none. On damaged bitcode LLVM may end the process, a job's own."""
    if not data.startswith(MAGIC):
        return data.decode(errors="replace")
    from pyqir import Context, Module

    try:
        return str(Module.from_bitcode(Context(), data))
    except ValueError:
        return ""


def _with_entry(text: str, item: Any) -> str:
    """Return the program with one of its entry points alone: the others lose the attribute that makes them one."""
    wanted = item.get("entryPoint") if isinstance(item, dict) else None
    names = {match[1] for match in _DEFINED.finditer(text)}
    if not isinstance(wanted, str) or wanted not in names:
        raise InputError(f"There is no entry point {wanted!r} in the program.")
    return _DEFINED.sub(lambda match: match[0] if match[1] == wanted else match[0].replace(match[2], ""), text)


def needs_of(qir: str) -> Needs:
    """Return what a program needs, from what it does."""
    return Needs(needed_profile(qir), count_gates(qir))
