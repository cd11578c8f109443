"""Qubits, depth, gates and measurements of a program, counted in its QIR text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import chain

from .entry import BODY
from .gates import Instructions

_CALL = re.compile(r'call\b[^@]*(?:@"?(?P<callee>[\w.$]+)"?\((?P<arguments>.*)\))?')  # linear, as in ``counts``
# "ptr" in QIR 2, which the profile Adaptive has; a Result is one too, but follows the qubit in a measurement.
_QUBIT = re.compile(
    r"(?:%Qubit\*|ptr) (?:inttoptr \(i64 (?P<number>\d+) to (?:%Qubit\*|ptr)\)|(?P<null>null)|(?P<other>[^\s,)]+))"
)
_LABEL = re.compile(r"(?P<name>[\w.]+):")
_JUMP = re.compile(r"label %([\w.]+)")
_REQUIRED = re.compile(r'"required_num_qubits"="(\d+)"')


def circuit_of(qir: str) -> tuple[int, int | None, dict[str, int], int]:
    """Return the qubits, depth, gates and measurements of a QIR text, as `resources.PointResources` describes them."""
    gates: Counter[str] = Counter()
    instructions = Instructions(qir)
    measurements = 0
    depth = _Depth(open=qir.count("\ndefine ") > 1)
    for line in chain.from_iterable(map(str.splitlines, BODY.findall(qir))):
        if label := _LABEL.match(line):
            depth.enter(label["name"])
        elif (found := _CALL.search(line)) and (callee := found["callee"]):
            instruction = instructions.find(callee)
            if instruction is None:
                continue
            qubits = list(_QUBIT.finditer(found["arguments"]))[: instruction.qubits]
            measurements += instruction.results
            if instruction.gate:
                gates[instruction.gate.name] += 1
            depth.apply([None if one["other"] else int(one["number"] or 0) for one in qubits])
        elif line.lstrip().startswith(("br ", "switch ")):
            depth.jump(_JUMP.findall(line))
    required = _REQUIRED.search(qir)
    return int(required[1]) if required else 0, depth.most, dict(gates), measurements


class _Depth:
    """The layers of each qubit, block by block; where paths meet, each qubit has the most of them."""

    def __init__(self, *, open: bool) -> None:
        self._now: dict[int, int] = {}
        self._waiting: dict[str, dict[int, int]] = {}
        self._seen: set[str] = set()
        self._most = 0
        self._open = open  # the depth is not known

    @property
    def most(self) -> int | None:
        return None if self._open else self._most

    def enter(self, label: str) -> None:
        self._now = dict(self._waiting.pop(label, {} if self._seen else self._now))
        self._seen.add(label)

    def apply(self, qubits: Sequence[int | None]) -> None:
        known = [one for one in qubits if one is not None]
        self._open |= len(known) < len(qubits)
        layer = max((self._now.get(one, 0) for one in known), default=0) + 1
        self._now.update(dict.fromkeys(known, layer))
        self._most = max(self._most, layer)

    def jump(self, labels: Sequence[str]) -> None:
        for label in labels:
            self._open |= label in self._seen  # a way back: a loop
            waiting = self._waiting.setdefault(label, {})
            for qubit, layer in self._now.items():
                waiting[qubit] = max(waiting.get(qubit, 0), layer)
