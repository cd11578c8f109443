"""Reads the body of the entry point in QIR text that the Q# compiler prints.

This is not a reader of LLVM: it knows the few forms of lines that the compiler prints, and refuses all others. Operands
have their place in the text, so that a constant can be cut out of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .flow import UnknownShape


@dataclass(frozen=True, slots=True)
class Operand:
    """One operand.

    Attributes:
        type: "double", "i64", "i1", or another type's text, such as "%Qubit*".
        text: the value: "0.5", "%var_1", "true", "inttoptr (i64 0 to %Qubit*)".
        start, end: place of the value in the whole text.
        source: of a phi, the label of the block that the value comes from; else "".
    """

    type: str
    text: str
    start: int
    end: int
    source: str = ""

    @property
    def is_variable(self) -> bool:
        return self.text.startswith("%")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction. ``op`` is such as "fmul", "fcmp ogt", "phi" or "call Sin"; ``result`` is "" if there is none."""

    result: str
    op: str
    operands: tuple[Operand, ...]
    type: str  # of the result; "void" where there is none


@dataclass(frozen=True, slots=True)
class Block:
    """A basic block: instructions, and the branch or return at its end.

    Attributes:
        condition: the condition of a two-way branch, else None.
        successors: the labels of the following blocks: two (if true, if false), one, or none at a return.
    """

    label: str
    instructions: tuple[Instruction, ...]
    condition: Operand | None
    successors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """The blocks of the entry point by label, in the order of the text."""

    blocks: dict[str, Block]

    def ways(self) -> dict[str, tuple[str, ...]]:
        """Return the successors of each block."""
        return {label: tuple(dict.fromkeys(block.successors)) for label, block in self.blocks.items()}


_ENTRY = re.compile(r"^define i64 @ENTRYPOINT__main\(\) #0 \{\n", re.MULTILINE)
_LABEL = re.compile(r"(\w+):$")
_RESULT = re.compile(r"  (%[\w.]+) = ")
_CALL = re.compile(r"call (?:zeroext )?([\w%*]+) @([\w.]+)\(")
_BRANCH = re.compile(r"br i1 (\S+), label %(\w+), label %(\w+)$")
_JUMP = re.compile(r"br label %(\w+)$")
_BINARY = re.compile(
    r"([fi]cmp \w+|fadd|fsub|fmul|fdiv|frem|add|sub|mul|sdiv|srem|shl|ashr|and|or|xor)"
    r" (double|i64|i1) (\S+), (\S+)$"
)
_CONVERT = re.compile(r"(fptosi|sitofp) (double|i64) (\S+) to (double|i64)$")
_PHI = re.compile(r"phi (double|i64|i1) ")
_INCOMING = re.compile(r"\[([^\s,\[]+), %(\w+)\](?:, |$)")
_SELECT = re.compile(r"select i1 (\S+), (double|i64|i1) (\S+), (double|i64|i1) (\S+)$")
_PLAIN = re.compile(r"(double|i64|i1)(?: zeroext)? (\S+)$")


def parse_entry(qir: str) -> Function:
    """Return the entry point of a QIR program that the Q# compiler printed.

    Raises:
        UnknownShape: the text has a line that is not of a known form.
    """
    head = _ENTRY.search(qir)
    if head is None:
        raise UnknownShape("no entry point")
    blocks: dict[str, Block] = {}
    label = ""
    instructions: list[Instruction] = []
    at = head.end()
    while True:
        end = qir.find("\n", at)
        if end < 0:
            raise UnknownShape("the entry point does not end")
        line = qir[at:end]
        if line == "}":
            break
        if named := _LABEL.match(line):
            if label:
                raise UnknownShape(f"block {label} does not end")
            label, instructions = named[1], []
        else:
            way_out = _way_out(line, at)
            if way_out is None:
                instructions.append(_instruction(line, at))
            else:
                if not label or label in blocks:
                    raise UnknownShape(f"a branch outside of a block: {line}")
                blocks[label] = Block(label, tuple(instructions), *way_out)
                label = ""
        at = end + 1
    if label or not blocks:
        raise UnknownShape("a block does not end")
    return Function(blocks)


def _way_out(line: str, at: int) -> tuple[Operand | None, tuple[str, ...]] | None:
    if line == "  ret i64 0":
        return None, ()
    if not line.startswith("  br "):
        return None
    if jump := _JUMP.match(line, 2):
        return None, (jump[1],)
    branch = _BRANCH.match(line, 2)
    if branch is None:
        raise UnknownShape(line)
    return Operand("i1", branch[1], at + branch.start(1), at + branch.end(1)), (branch[2], branch[3])


def _instruction(line: str, at: int) -> Instruction:
    result, begin = "", 2
    if named := _RESULT.match(line):
        result, begin = named[1], named.end()
    if call := _CALL.match(line, begin):
        close = line.rfind(")")
        return Instruction(result, f"call {call[2]}", tuple(_arguments(line, call.end(), close, at)), call[1])
    if not result:
        raise UnknownShape(line)
    if binary := _BINARY.match(line, begin):
        type_ = "i1" if "cmp" in binary[1] else binary[2]
        operands = tuple(Operand(binary[2], binary[n], at + binary.start(n), at + binary.end(n)) for n in (3, 4))
        return Instruction(result, binary[1], operands, type_)
    if convert := _CONVERT.match(line, begin):
        operand = Operand(convert[2], convert[3], at + convert.start(3), at + convert.end(3))
        return Instruction(result, convert[1], (operand,), convert[4])
    if phi := _PHI.match(line, begin):
        incoming = [
            Operand(phi[1], one[1], at + one.start(1), at + one.end(1), one[2])
            for one in _INCOMING.finditer(line, phi.end())
        ]
        return Instruction(result, "phi", tuple(incoming), phi[1])
    if select := _SELECT.match(line, begin):
        parts = ((("i1", 1)), (select[2], 3), (select[4], 5))
        operands = tuple(Operand(t, select[n], at + select.start(n), at + select.end(n)) for t, n in parts)
        return Instruction(result, "select", operands, select[2])
    raise UnknownShape(line)


def _arguments(line: str, begin: int, close: int, at: int) -> Iterator[Operand]:
    """Return the arguments of a call; commas inside brackets do not separate them."""
    if "," not in line[begin:close] and begin < close:  # most calls
        yield _argument(line[begin:close], at + begin)
        return
    depth, start = 0, begin
    for index in range(begin, close + 1):
        character = line[index]
        if (character == "," and depth == 0) or index == close:
            if index > start:
                yield _argument(line[start:index], at + start)
            start = index + 2
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1


def _argument(text: str, at: int) -> Operand:
    if plain := _PLAIN.match(text):
        return Operand(plain[1], plain[2], at + plain.start(2), at + plain.end(2))
    type_, _, value = text.partition(" ")
    return Operand(type_, value, at + len(type_) + 1, at + len(text))
