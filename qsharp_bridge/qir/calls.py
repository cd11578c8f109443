"""The calls, labels and jumps in the lines of QIR text, for readers that need no LLVM. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

BODY = re.compile(r"^define\b[^{\n]*\{[^\n]*\n((?:(?!\}|define\b)[^\n]*\n)*)\}", re.MULTILINE)
"""A function; its lines are the group."""

LABEL = re.compile(r'(?:"([^"\n]+)"|([\w.$-]+)):')
TARGET = re.compile(r'label %(?:"([^"\n]+)"|([\w.$-]+))')

CALL = re.compile(r'call\b[^@\n]*(?:@"?([\w.$]+)"?\(([^\n]*))?')
"""A call: the callee, and the rest of the line, which begins with the arguments. It also matches a call
without a name, so that each character is read once: "call call call" takes linear time."""

REQUIRED_QUBITS = re.compile(r'("(?:required_num_qubits|num_required_qubits)"=)"(\d+)"')

# "ptr" in QIR 2, which the profile Adaptive has; a few attributes may follow the type.
_QUBIT = re.compile(r"(?:%Qubit\*|\bptr\b)(?: \w+){0,4} (?:inttoptr \(i64 (\d+) to [^)]*\)|(null)|[%@][\w.]+)")


class Call(NamedTuple):
    """A call of a function.

    Attributes:
        callee: the name of the function; "" for one that is computed.
        arguments: the text from the first argument to the end of the line.
    """

    callee: str
    arguments: str

    def qubits(self) -> list[int | None]:
        """Return the number of each qubit among the arguments; None for one whose number the text does not give.

        In QIR 2 a Result is a pointer, too: of a measurement only the first is a qubit.

        >>> Call("__quantum__qis__cz__body", "ptr null, ptr %var_1)").qubits()
        [0, None]
        """
        return [int(number or 0) if number or null else None for number, null in _QUBIT.findall(self.arguments)]


class CallBlock(NamedTuple):
    """The calls of a basic block, and the labels of the blocks that may follow it."""

    calls: list[Call]
    successors: list[str]


def call_in(line: str) -> Call | None:
    """Return the call in a line, or None."""
    found = CALL.search(line) if "call" in line else None
    return None if found is None else Call(found[1] or "", found[2] or "")


def call_blocks(body: str) -> dict[str, CallBlock]:
    """Return the blocks of a function's lines by label, in the order of the text; the first has "" without a label.

    >>> list(call_blocks("first:\\n  br label %last\\nlast:\\n  ret void"))
    ['first', 'last']
    """
    blocks: dict[str, CallBlock] = {}
    label = ""
    for line in body.splitlines():
        if named := LABEL.match(line):
            label = named[1] or named[2]
        calls, successors = blocks.setdefault(label, CallBlock([], []))
        if call := call_in(line):
            calls.append(call)
        elif "label %" in line:
            successors += [quoted or plain for quoted, plain in TARGET.findall(line)]
    return blocks
