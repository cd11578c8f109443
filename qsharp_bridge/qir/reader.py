"""Reads QIR text: with `plain` if it knows the text, else with pyqir.

LLVM takes milliseconds to parse a program that is simulated in microseconds. The programs of a sweep differ only in
their Doubles, so a text is cut at its Doubles, and the rest is the key of a cache of structures. The structure is read
from the same text with *marks* in the place of the Doubles, and it is only kept if the Doubles of that program are all
the marks in order.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from qsharp_bridge.errors import UnsupportedQirError

from .gates import CLASSICAL, GATES, IGNORED, MEASUREMENTS, RESET
from .llvm import check_constant, constant_number, contained, entry_point, parse
from .plain import read_plain
from .program import RECORDS, Computed, Constant, Program, ProgramBuilder, Structure
from .tail import Tail
from .tail_reader import read_tail

_DOUBLE = re.compile(r"double (-?[0-9]+\.[0-9]*(?:[eE][-+]?[0-9]+)?)(?=[,)])")
_CACHED_TEXT = 1_000_000


def read(text: str) -> Program:
    """Return the program in a QIR text.

    Raises:
        UnsupportedQirError: the text is malformed, does not have exactly one entry point, calls an unknown function, or
            records output without a shape.
    """
    return contained(UnsupportedQirError, "malformed QIR, LLVM panicked reading it", _read, text)


def _read(text: str) -> Program:
    if len(text) <= _CACHED_TEXT:
        pieces = _DOUBLE.split(text)
        doubles = tuple(map(float, pieces[1::2]))
        if all(map(math.isfinite, doubles)):
            structure = _structure(tuple(pieces[::2]))
            if structure is not None:
                return Program(structure, doubles)
    return _Reader(text).program()


@lru_cache(maxsize=128)
def _structure(pieces: tuple[str, ...]) -> Structure | None:
    """Return the structure of a text cut at its Doubles, or None if the place of a Double in it is not certain."""
    marks = [mark + 0.5 for mark in range(len(pieces) - 1)]
    text = pieces[0] + "".join(f"double {mark}{piece}" for mark, piece in zip(marks, pieces[1:], strict=True))
    try:
        program = read_plain(text) or _Reader(text).program()
    except UnsupportedQirError:
        return None  # the caller reads the original text, for the message
    sure = program.structure.branch is None and list(program.doubles) == marks
    return program.structure if sure else None


class _Reader:
    """The reader of one module by LLVM."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._module = parse(text)
        self._entry = entry_point(self._module)
        self._made = ProgramBuilder()
        self._branch: str | None = None
        self._recording: Any = None  # the basic block of the first record
        self._tail: Tail | None = None
        self._computed = 0

    def program(self) -> Program:
        import pyqir

        for block in self._blocks():
            for instruction in block.instructions:
                if instruction.opcode == pyqir.Opcode.CALL:
                    self._call(instruction, block)
                elif self._tail is None and instruction.opcode not in (pyqir.Opcode.BR, pyqir.Opcode.RET):
                    self._adaptive(f"computes ({str(instruction.opcode).removeprefix('Opcode.').lower()})")
        if self._branch is not None:
            self._read_the_rest()
        return self._made.program(
            self._declared("qubits", pyqir.required_num_qubits(self._entry), self._made.top_qubit),
            self._declared("results", pyqir.required_num_results(self._entry), self._made.top_result),
            branch=self._branch,
            tail=self._tail,
        )

    def _read_the_rest(self) -> None:
        """Read the other functions of an adaptive program, and check all constants."""
        import pyqir

        for variable in self._module.global_variables:
            check_constant(variable.initializer)
        for function in self._module.functions:
            for block in function.basic_blocks:
                for instruction in block.instructions:
                    if instruction.opcode == pyqir.Opcode.CALL and function.name != self._entry.name:
                        self._call(instruction, None)
                    for operand in instruction.operands:
                        check_constant(operand)

    def _blocks(self) -> Iterator[Any]:
        """Return the blocks of the entry point, in the order in which they run if there is one."""
        if any(name in self._text for name in CLASSICAL):
            found = read_tail(self._entry)
            if found is not None:
                self._tail = found[1]
                return iter(found[0])
        return self._straight_blocks()

    def _straight_blocks(self) -> Iterator[Any]:
        """Return the blocks of the entry point in the order in which they run; in any order if it branches."""
        from pyqir import Opcode

        blocks = self._entry.basic_blocks
        seen = []
        block = blocks[0]
        while block.terminator is not None and block not in seen:
            seen.append(block)
            end = block.terminator
            if end.opcode == Opcode.RET:
                return iter(seen)
            if end.opcode != Opcode.BR or len(end.operands) != 1:
                break
            block = end.operands[0]
        self._adaptive("branches")
        return iter(blocks)

    def _adaptive(self, why: str) -> None:
        self._branch = self._branch or why

    def _call(self, call: Any, block: Any) -> None:
        callee = call.callee.name
        args = call.args
        if callee in GATES:
            self._gate(callee, args)
        elif callee in MEASUREMENTS:
            self._measurement(callee, args)
        elif callee == RESET:
            self._expect(callee, args, 1)
            self._made.add_reset(self._constant(callee, args[0]))
        elif callee in RECORDS:
            self._record(callee, args, block)
        elif callee in IGNORED:
            return
        elif callee in CLASSICAL:
            if self._tail is not None:
                self._made.use_result(self._constant(callee, args[0]))
            else:
                self._adaptive(CLASSICAL[callee])
        elif self._is_noise(call.callee):
            return  # without effect, unless there is a noise model, for which the steps are not used
        elif getattr(call.callee, "basic_blocks", None):
            self._adaptive("calls functions of its own")
        else:
            raise UnsupportedQirError(f"unknown instruction {callee or '(computed)'}{self._where(callee)}")

    @staticmethod
    def _is_noise(callee: Any) -> bool:
        attributes = getattr(callee, "attributes", None)
        return attributes is not None and "qdk_noise" in attributes.func

    def _gate(self, callee: str, args: list[Any]) -> None:
        kind = GATES[callee]
        self._expect(callee, args, kind.angle + kind.qubits)
        slot = self._slot(callee, args[0]) if kind.angle else -1
        qubits = [self._constant(callee, arg) for arg in args[int(kind.angle) :]]
        known = tuple(qubit for qubit in qubits if qubit is not None)
        if len(set(known)) < len(known):
            raise UnsupportedQirError(f"{callee} on the same qubit twice{self._where(callee)}")
        self._made.add_gate(kind, known, slot)

    def _slot(self, callee: str, arg: Any) -> int:
        value = getattr(arg, "value", None)
        if not isinstance(value, float):
            self._adaptive("computes an angle")
            return -1
        if not math.isfinite(value):
            raise UnsupportedQirError(f"{callee} with the angle {value}{self._where(callee)}")
        return self._made.add_double(value)

    def _measurement(self, callee: str, args: list[Any]) -> None:
        self._expect(callee, args, 2)
        qubit, result = (self._constant(callee, arg) for arg in args)
        self._made.add_measurement(qubit, result, resets=MEASUREMENTS[callee])

    def _record(self, callee: str, args: list[Any], block: Any) -> None:
        self._expect(callee, args, 2)
        if block is None or (self._recording not in (None, block) and self._branch == "branches"):
            raise UnsupportedQirError(
                f"output recorded on more than one path{self._where(callee)}",
                advice="record it in one block of the entry point",
            )
        if self._recording is None:
            self._recording = block
        kind = RECORDS[callee]
        value = getattr(args[0], "value", None)
        if kind in ("array", "tuple"):
            if not isinstance(value, int):
                raise UnsupportedQirError(f"{callee} with a computed size{self._where(callee)}")
            self._made.record_group(kind, value)
        elif kind == "result":
            self._made.record_result(self._constant(callee, args[0]))
        elif value is None and self._tail is not None:
            self._made.record_value(kind, Computed(self._computed))
            self._computed += 1
        elif value is None:
            self._adaptive("records a computed value")
            self._made.record_value(kind, None)
        elif kind == "double":
            self._made.record_value(kind, float(value))
        else:
            number = bool(value) if kind == "bool" else (value & (2**64 - 1)) - (2**64 if value >= 2**63 else 0)
            self._made.record_value(kind, Constant(number))

    def _constant(self, callee: str, arg: Any) -> int | None:
        """Return the number of a qubit or result, or None if it is computed, which makes the program adaptive."""
        import pyqir

        if isinstance(arg, pyqir.Constant):
            number = constant_number(arg)
            if number is None:
                raise UnsupportedQirError(
                    f"{callee} on {str(arg).strip()}, which is not a qubit or result{self._where(callee)}"
                )
            return number
        self._adaptive("computes a qubit")
        return None

    def _declared(self, what: str, declared: int | None, top: int) -> int:
        if declared is None:
            return top + 1
        if top >= declared:
            raise UnsupportedQirError(
                f"malformed QIR: number {top} of {what} is used, and {declared} are declared, counted from 0"
            )
        return declared

    def _expect(self, callee: str, args: list[Any], count: int) -> None:
        if len(args) != count:
            raise UnsupportedQirError(
                f"{callee} with {len(args)} arguments where it takes {count}{self._where(callee)}"
            )

    def _where(self, callee: str) -> str:
        """Return the line of the first call of a function, for an error."""
        if not callee:
            return ""
        called = re.compile(rf"@\"?{re.escape(callee)}\"?\(")
        for number, line in enumerate(self._text.splitlines(), 1):
            if (found := called.search(line)) and "call " in line[: found.start()]:
                return f", line {number}"
        return ""
