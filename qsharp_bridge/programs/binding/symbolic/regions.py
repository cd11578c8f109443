"""Symbolic forms of several structures from one compile.

A compile takes some 50 ms before it reaches the first gate, a gate some microseconds (measured, qdk 1.33.1). So the
expressions of several structures are compiled as one block, with a call of an intrinsic operation, the mark, between
one and the next. The code between two marks is the symbolic form of one structure. It differs from that of the
expression alone in the numbers of its qubits and results, which no form looks at, and in the output, which is recorded
at the end of the block: hence only for operations that return nothing but Results, where no output has a Double.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qsharp_bridge.programs.binding.skeleton import Skeleton
from qsharp_bridge.qir.entry import Block, Function, Instruction
from qsharp_bridge.qir.flow import UnknownShape, on_every_path, topological

MOST_STRUCTURES = 64  # of one compile
MOST_DOUBLES = 4_000


def symbolic_expression(skeleton: Skeleton, parameter: str) -> str:
    """Return the entry expression of a structure with a call of the intrinsic operation in the place of each Double."""
    return skeleton.fill(f"{parameter}({index})" for index in range(skeleton.doubles))


def block_of(skeletons: Sequence[Skeleton], parameter: str, mark: str) -> str:
    """Return one entry expression that evaluates those of several structures.

    Args:
        skeletons: two or more.
        parameter: the intrinsic operation that gives the Doubles.
        mark: the intrinsic operation that is called before, between and after them.
    """
    lines = []
    for number, skeleton in enumerate(skeletons):
        lines.append(f"{mark}({number});\nlet {mark}{number} = {symbolic_expression(skeleton, parameter)};")
    outputs = ", ".join(f"{mark}{number}" for number in range(len(skeletons)))
    return "\n".join(["{", *lines, f"{mark}({len(skeletons)});", f"({outputs})", "}"])


def shares(skeletons: Sequence[Skeleton]) -> Iterator[Sequence[Skeleton]]:
    """Yield the structures in parts that are compiled together; a structure that is left alone is in none."""
    part: list[Skeleton] = []
    doubles = 0
    for skeleton in skeletons:
        if part and (len(part) == MOST_STRUCTURES or doubles + skeleton.doubles > MOST_DOUBLES):
            if len(part) > 1:
                yield part
            part, doubles = [], 0
        part.append(skeleton)
        doubles += skeleton.doubles
    if len(part) > 1:
        yield part


def divide(function: Function, mark: str, count: int) -> list[Function]:
    """Return the code between each mark and the next, as functions of their own.

    Args:
        function: the entry point that was compiled from `block_of`.
        mark: the name of the operation that marks.
        count: how many structures there are.

    Raises:
        UnknownShape: the marks are not where they should be.
    """
    ways = function.ways()
    places = [
        (label, at)
        for label in on_every_path(ways, topological(ways))
        for at, instruction in enumerate(function.blocks[label].instructions)
        if instruction.op == f"call {mark}"
    ]
    numbers = [function.blocks[label].instructions[at].operands[0].text for label, at in places]
    if numbers != [str(number) for number in range(count + 1)]:
        raise UnknownShape("the marks between the structures are not where they were written")
    return [_between(function, *places[number], *places[number + 1]) for number in range(count)]


def _between(function: Function, first: str, start: int, last: str, stop: int) -> Function:
    """Return the code after the instruction ``start`` of the block ``first`` and before ``stop`` of ``last``."""
    if first == last:
        return Function({first: _end(first, function.blocks[first].instructions[start + 1 : stop])})
    begin = function.blocks[first]
    blocks = {first: Block(first, begin.instructions[start + 1 :], begin.condition, begin.successors)}
    open_ = list(begin.successors)
    while open_:
        label = open_.pop()
        if label not in blocks:
            block = function.blocks[label]
            blocks[label] = block if label != last else _end(last, block.instructions[:stop])
            open_ += blocks[label].successors
    return Function(blocks)


def _end(label: str, instructions: tuple[Instruction, ...]) -> Block:
    return Block(label, instructions, None, ())
