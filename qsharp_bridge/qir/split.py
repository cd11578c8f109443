"""Cuts a QIR program into programs of its independent parts, which no gate, branch or computation joins.

The outcomes of such parts are independent, so that they can be simulated separately. A part is the text of the program
without the lines of the other parts. The branches stay; one that depends only on other parts has no effect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .calls import BODY, LABEL, REQUIRED_QUBITS, TARGET, call_in
from .flow import UnknownShape, on_every_path, topological
from .program import RECORDS


@dataclass(frozen=True)
class ProgramPart:
    """A part of a program, as a program.

    Attributes:
        text: its QIR, which records its values side by side.
        values: the places of these values among those of the whole program, in recorded order.
        qubits: number of its qubits.
    """

    text: str
    values: tuple[int, ...]
    qubits: int


_NODE = re.compile(r"%(Qubit|Result)\* (?:inttoptr \(i64 (\d+) to %\w+\*\)|(null))")
_TYPE = re.compile(r"%(?:Qubit|Result)\b")
_VARIABLE = re.compile(r'%(?:[\w.$-]+|"[^"]+")')
_CONDITION = re.compile(r'\bbr i1 (%(?:[\w.$-]+|"[^"]+"))')
_UNKNOWN = re.compile(r"\bptr\b|\b(?:switch|alloca|load|store|indirectbr|invoke|unreachable)\b")


@dataclass
class _Line:
    text: str
    block: str
    nodes: tuple[str, ...]
    callee: str = ""
    kept: bool = False  # in every part
    condition: str = ""


def split(qir: str) -> list[ProgramPart]:
    """Return the parts of a program that record output, by their first values; [] if the parts are not known.

    They are not known if the text has loops, functions, memory, or computed qubits.
    """
    body = BODY.findall(qir)
    if len(body) != 1 or _UNKNOWN.search(body[0]):
        return []
    try:
        lines, ways = _lines(body[0])
        regions = _regions(ways)
    except UnknownShape:
        return []
    joined = _Joined()
    conditions: dict[int, list[str]] = {}
    for line in lines:
        if line.condition:
            conditions.setdefault(regions[line.block][0], []).append(line.condition)
    for line in lines:
        joined.join(line.nodes)
        region, always = regions[line.block]
        # Lines that a branch may skip depend on its condition, and so does a phi after it.
        decided = region if not always else region - 1 if " = phi " in line.text else None
        if decided is not None and line.nodes:
            joined.join((line.nodes[0], *conditions.get(decided, ())))
    return list(_parts(qir, body[0], lines, joined))


def _lines(body: str) -> tuple[list[_Line], dict[str, tuple[str, ...]]]:
    """Return the lines of the entry point, and the successors of its blocks.

    Raises:
        UnknownShape: a line is not of a known form.
    """
    lines: list[_Line] = []
    ways: dict[str, tuple[str, ...]] = {}
    block = ""
    for text in body.splitlines():
        stripped = text.strip()
        if not stripped or stripped.startswith(";"):
            continue
        if named := LABEL.match(text):
            block = named[1] or named[2]
            ways.setdefault(block, ())
            lines.append(_Line(text, block, (), kept=True))
            continue
        ways.setdefault(block, ())
        if stripped.startswith(("br ", "ret ")):
            ways[block] = tuple(one or other for one, other in TARGET.findall(text))
            condition = _CONDITION.search(text)
            lines.append(_Line(text, block, (), kept=True, condition=condition[1] if condition else ""))
            continue
        nodes = [f"{kind} {number or 0}" for kind, number, _ in _NODE.findall(text)]
        rest = _NODE.sub("", text)
        if _TYPE.search(rest.partition("(")[2]):
            raise UnknownShape("a computed qubit")
        incoming = re.sub(r", %[\w.$-]+ ?\]", "]", rest) if " = phi " in rest else rest
        nodes += [name for name in _VARIABLE.findall(incoming) if name not in ("%Qubit", "%Result")]
        call = call_in(text)
        name = call.callee if call else ""
        if not nodes and name not in RECORDS and name != "__quantum__rt__initialize":
            raise UnknownShape(text)
        lines.append(_Line(text, block, tuple(nodes), callee=name, kept=name == "__quantum__rt__initialize"))
    return lines, ways


def _regions(ways: dict[str, tuple[str, ...]]) -> dict[str, tuple[int, bool]]:
    """Return the number of each block's region, and whether the block is on every path.

    A region is a block on every path, with the following blocks that are only on some.

    Raises:
        UnknownShape: there is a loop.
    """
    order = topological(ways)
    found = {name: (number, True) for number, name in enumerate(on_every_path(ways, order))}
    for name in order:  # a block on some paths is in the region of the last block on all paths before it
        if name in found:
            for after in ways[name]:
                found.setdefault(after, (found[name][0], False))
        if name not in found:
            raise UnknownShape("a block without a way to it")
    for name in ways:
        found.setdefault(name, (0, False))
    return found


class _Joined:
    """Sets of nodes, joined one by one."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def root(self, node: str) -> str:
        while self._parent.setdefault(node, node) != node:
            self._parent[node] = node = self._parent[self._parent[node]]
        return node

    def join(self, nodes: tuple[str, ...]) -> None:
        for node in nodes[1:]:
            self._parent[self.root(node)] = self.root(nodes[0])


def _parts(qir: str, body: str, lines: list[_Line], joined: _Joined) -> Iterator[ProgramPart]:
    values: dict[str, list[int]] = {}
    constants: list[int] = []
    count = 0
    for line in lines:
        if line.callee in RECORDS and RECORDS[line.callee] not in ("array", "tuple"):
            if line.nodes:
                values.setdefault(joined.root(line.nodes[0]), []).append(count)
            else:
                constants.append(count)
            count += 1
    roots = list(values)
    for place, root in enumerate(roots):
        wanted = {*values[root], *(constants if place == 0 else ())}
        numbers: dict[str, int] = {}
        written: list[str] = []
        count = 0
        for line in lines:
            if line.callee in RECORDS:
                if RECORDS[line.callee] in ("array", "tuple"):
                    continue
                count += 1
                if count - 1 not in wanted:
                    continue
            elif line.condition:
                if joined.root(line.condition) != root:
                    written.append(line.text.replace(f"i1 {line.condition},", "i1 false,"))
                    continue
            elif not line.kept and joined.root(line.nodes[0]) != root:
                continue
            written.append(_renumbered(line.text, numbers))
        text = qir.replace(body, "\n".join(written) + "\n")
        yield ProgramPart(REQUIRED_QUBITS.sub(rf'\g<1>"{len(numbers)}"', text), tuple(sorted(wanted)), len(numbers))


def _renumbered(text: str, numbers: dict[str, int]) -> str:
    """Return a line with new numbers of its qubits, from 0 in the order in which they occur."""

    def again(found: re.Match[str]) -> str:
        if found[1] != "Qubit":
            return found[0]
        number = numbers.setdefault(found[2] or "0", len(numbers))
        return f"%Qubit* inttoptr (i64 {number} to %Qubit*)"

    return _NODE.sub(again, text)
