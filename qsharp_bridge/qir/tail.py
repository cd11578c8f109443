"""The classical end of a program: Bools and Ints that it computes from its results.

Pure. No gate depends on this computation, so the qubits are simulated once, and the computation is run for each
distinct row of sampled results. Integers are those of LLVM: without a sign, modulo 2**width.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

Operand: TypeAlias = "int | str"
"""A constant, or the name of a value."""


class Phi(NamedTuple):
    """A value that depends on the block that was run before."""

    name: str
    choices: Mapping[str, Operand]


class Compute(NamedTuple):
    """``name = operation(operands)``; the operands are ``width`` bits wide, the value ``out`` bits."""

    name: str
    operation: str
    operands: tuple[Operand, ...]
    width: int
    out: int


class Block(NamedTuple):
    """Phis, which take effect together, then steps; ``next[0]`` follows if ``test`` is not 0, else ``next[-1]``."""

    phis: tuple[Phi, ...]
    steps: tuple[Compute, ...]
    test: Operand
    next: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Tail:
    """The computation. Its blocks have no loop, and all paths end in the same block.

    Attributes:
        first: the name of the first block.
        blocks: the blocks by name.
        reads: names of values to the numbers of the measurements that they hold.
        records: the recorded operands, each with True for a Bool and False for an Int.
    """

    first: str
    blocks: Mapping[str, Block]
    reads: Mapping[str, int]
    records: tuple[tuple[Operand, bool], ...]

    def run(self, bits: Sequence[int]) -> list[int | bool]:
        """Return the recorded values for ``bits``, the outcomes of the measurements in the order of ``reads``."""
        values: dict[str, int] = dict(zip(self.reads, bits, strict=True))

        def value(operand: Operand) -> int:
            return operand if isinstance(operand, int) else values[operand]

        before, at = "", self.first
        while at:
            phis, steps, test, following = self.blocks[at]
            values.update([(name, value(choices[before])) for name, choices in phis])
            for name, operation, operands, width, out in steps:
                values[name] = OPERATIONS[operation](width, *map(value, operands)) & (1 << out) - 1
            before, at = at, (following[0] if value(test) else following[-1]) if following else ""
        return [bool(value(one)) if is_bool else _signed(64, value(one)) for one, is_bool in self.records]


def _signed(width: int, value: int) -> int:
    return value - (1 << width) if value >> (width - 1) else value


OPERATIONS: dict[str, Callable[..., int]] = {
    "add": lambda _, a, b: a + b,
    "sub": lambda _, a, b: a - b,
    "mul": lambda _, a, b: a * b,
    "and": lambda _, a, b: a & b,
    "or": lambda _, a, b: a | b,
    "xor": lambda _, a, b: a ^ b,
    "zext": lambda _, a: a,
    "trunc": lambda _, a: a,
    "sext": _signed,
    "eq": lambda _, a, b: a == b,
    "ne": lambda _, a, b: a != b,
    "ult": lambda _, a, b: a < b,
    "ule": lambda _, a, b: a <= b,
    "ugt": lambda _, a, b: a > b,
    "uge": lambda _, a, b: a >= b,
    "slt": lambda w, a, b: _signed(w, a) < _signed(w, b),
    "sle": lambda w, a, b: _signed(w, a) <= _signed(w, b),
    "sgt": lambda w, a, b: _signed(w, a) > _signed(w, b),
    "sge": lambda w, a, b: _signed(w, a) >= _signed(w, b),
    "select": lambda _, test, a, b: a if test else b,
}
"""LLVM's instructions on integers that are defined for all operands; division and shifts are not."""
