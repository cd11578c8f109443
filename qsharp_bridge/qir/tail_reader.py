"""Reads the classical end of a program, if it is of the simple kind that `tail` runs.

In such a program every gate, measurement and reset is in a block on every path and on constant qubits; the rest is
arithmetic on integers, branches without loops, and one block at the end that records the output. Other programs are
run shot by shot.
"""

from __future__ import annotations

from typing import Any

from .flow import UnknownShape, on_every_path, topological
from .gates import GATES, IGNORED, MEASUREMENTS, RESET
from .llvm import constant_number
from .program import RECORDS
from .tail import OPERATIONS, Block, Compute, Operand, Phi, Tail

_READS = ("__quantum__rt__read_result", "__quantum__qis__read_result__body")


class _Unfit(Exception):
    """The program is not of this kind."""


def read_tail(entry: Any) -> tuple[list[Any], Tail] | None:
    """Return the blocks of a verified ``pyqir.Function`` in an order of execution, and the tail; or None."""
    try:
        return _read(entry)
    except _Unfit:
        return None


def _read(entry: Any) -> tuple[list[Any], Tail]:
    by_name = {block.name: block for block in entry.basic_blocks}
    if "" in by_name or len(by_name) != len(entry.basic_blocks):
        raise _Unfit
    always, order = _order(entry.basic_blocks[0], by_name)
    reads: dict[str, int] = {}
    blocks: dict[str, Block] = {}
    records: list[tuple[Operand, bool]] = []
    measured: dict[int, int] = {}
    measurements = 0
    for name in order:
        phis: list[Phi] = []
        steps: list[Compute] = []
        for instruction in by_name[name].instructions:
            kind = str(instruction.opcode).removeprefix("Opcode.").lower()
            if kind == "phi":
                choices = {block.name: _operand(value) for value, block in instruction.incoming}
                phis.append(Phi(_name(instruction), choices))
            elif kind == "call":
                callee = instruction.callee.name
                if callee in _READS:
                    number = constant_number(instruction.args[0])
                    if number is None:
                        raise _Unfit
                    if number in measured:
                        reads[_name(instruction)] = measured[number]
                    else:  # never measured: Zero
                        steps.append(Compute(_name(instruction), "zext", (0,), 1, 1))
                elif callee in GATES or callee in MEASUREMENTS or callee == RESET:
                    if name not in always or not all(map(_is_constant, instruction.args)):
                        raise _Unfit
                    if callee in MEASUREMENTS:
                        result = constant_number(instruction.args[1])
                        if result is None:
                            raise _Unfit
                        measured[result] = measurements
                        measurements += 1
                elif callee in RECORDS:
                    if by_name[name].terminator.successors:
                        raise _Unfit
                    if not _is_constant(instruction.args[0]):
                        if RECORDS[callee] not in ("bool", "int"):
                            raise _Unfit
                        records.append((_operand(instruction.args[0]), RECORDS[callee] == "bool"))
                elif callee not in IGNORED:
                    raise _Unfit
            elif kind not in ("br", "ret"):
                steps.append(_compute(instruction, kind))
        end = by_name[name].terminator
        following = tuple(block.name for block in reversed(end.successors))  # pyqir has "false" before "true"
        test = _operand(end.operands[0]) if len(following) == 2 else 0
        blocks[name] = Block(tuple(phis), tuple(steps), test, following)
    return [by_name[name] for name in order], Tail(order[0], blocks, reads, tuple(records))


def _order(first: Any, by_name: dict[str, Any]) -> tuple[set[str], list[str]]:
    """Return the blocks on every path, and all reachable blocks in topological order."""
    from pyqir import Opcode

    following: dict[str, tuple[str, ...]] = {}
    waiting = [first.name]
    while waiting:
        name = waiting.pop()
        if name in following:
            continue
        end = by_name[name].terminator
        if end is None or end.opcode not in (Opcode.BR, Opcode.RET):
            raise _Unfit
        following[name] = tuple(block.name for block in end.successors)
        waiting += following[name]
    if sum(not names for names in following.values()) != 1:
        raise _Unfit
    try:
        order = topological(following)
    except UnknownShape:
        raise _Unfit from None
    return set(on_every_path(following, order)), order  # two of these are ordered alike on every path


def _compute(instruction: Any, kind: str) -> Compute:
    import pyqir

    if kind == "icmp":
        kind = str(instruction.predicate).removeprefix("IntPredicate.").lower()
    operands = tuple(instruction.operands)
    if kind not in OPERATIONS or not isinstance(instruction.type, pyqir.IntType):
        raise _Unfit
    measured = operands[-1].type
    if not isinstance(measured, pyqir.IntType):
        raise _Unfit
    return Compute(_name(instruction), kind, tuple(map(_operand, operands)), measured.width, instruction.type.width)


def _operand(value: Any) -> Operand:
    import pyqir

    if isinstance(value, pyqir.IntConstant):
        width: int = value.type.width
        return int(value.value) & (1 << width) - 1
    if isinstance(value, pyqir.Constant) or not isinstance(value.type, pyqir.IntType):
        raise _Unfit
    return _name(value)


def _name(value: Any) -> str:
    if not value.name:
        raise _Unfit
    return str(value.name)


def _is_constant(value: Any) -> bool:
    import pyqir

    return isinstance(value, pyqir.Constant)
