"""qir.v1: QIR as text or bitcode, and its requirements of a target."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from qsharp_bridge.emulator.jobs.errors import InputError
from qsharp_bridge.qir.bitcode import MAGIC
from qsharp_bridge.qir.counts import GateCounts, count_gates
from qsharp_bridge.qir.profile import needed_profile

from .prepared import Prepared

_GROUP: Final = re.compile(r'^attributes (#\d+) = \{[^}\n]*"entry_point"', re.MULTILINE)
_DEFINED: Final = re.compile(r'^define [^@\n]*@"?([\w.$]+)"?\([^)\n]*\)([^{\n]*)', re.MULTILINE)
_ONE_SET: Final = (
    "Input parameters root properties must contain only one of the following sets:"
    "\n\t{entryPoint, arguments}\n\t{items}"
)


@dataclass(frozen=True, slots=True)
class Needs:
    """Requirements of a program: its profile, and the operations that are billed."""

    profile: str
    gates: GateCounts


def read_qir(data: bytes, params: dict[str, Any]) -> Prepared:
    """Read a QIR program, text or bitcode.

    Raises:
        InputError: the data are not QIR, have no entry point, or not one that the parameters name.
    """
    text = _text_of(data)
    groups = set(_GROUP.findall(text))
    entries = {match[1]: match for match in _DEFINED.finditer(text) if not groups.isdisjoint(match[2].split())}
    if not entries:
        raise InputError("cannot compile QIR bitcode, status code '1'", "CompilationError")
    wanted = _wanted(params)
    for name in wanted:
        if name not in entries:
            raise InputError(f'Function named "{name}" not found.', "QIRPreProcessingFailed", begun=False)
    programs = [_select_entry(text, entries, name) for name in wanted] if len(entries) > 1 else [text] * len(wanted)
    return Prepared(tuple(programs or [text]), is_qir=True)


def _wanted(params: dict[str, Any]) -> list[Any]:
    """Return the entry points that the parameters name; none if they name no entry point."""
    items = params.get("items")
    if items is None and "entryPoint" not in params:
        return []
    listed = items if items is not None else [params]
    if (
        not isinstance(listed, list)
        or (items is not None and "entryPoint" in params)
        or not all(isinstance(item, dict) and "entryPoint" in item and "arguments" in item for item in listed)
    ):
        raise InputError(_ONE_SET, "QIRPreProcessingFailed", begun=False)  # recorded
    return [item["entryPoint"] for item in listed]


def _select_entry(text: str, entries: dict[str, re.Match[str]], wanted: str) -> str:
    """Return the program with one entry point: the others are removed, or are plain functions if they are called."""
    pieces, at = [], 0
    for name, match in entries.items():
        if name == wanted:
            continue
        pieces.append(text[at : match.start()])
        end = text.find("\n}", match.end())
        if text.count(f"@{name}(") > 1 or end < 0:
            pieces.append(text[match.start() : match.start(2)])
            at = match.end()
        else:
            at = end + 2
    return "".join([*pieces, text[at:]])


def _text_of(data: bytes) -> str:
    """Return the text of a program, or "" for bad bitcode; LLVM may also crash on that, in the process of the job."""
    if not data.startswith(MAGIC):
        return data.decode(errors="replace")
    from pyqir import Context, Module

    try:
        return str(Module.from_bitcode(Context(), data))
    except ValueError:
        return ""


def needs_of(qir: str) -> Needs:
    """Return the requirements of a program."""
    return Needs(needed_profile(qir), count_gates(qir))
