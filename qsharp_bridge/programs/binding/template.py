"""Templates: the text of one path with slots for numbers, and the expressions that fill them.

A template comes from a direct compile, in the target's own profile, at a point of the path. The residual of the
symbolic form (see `residual`) says, instruction by instruction, which Doubles must be in that text and how each
depends on the parameters. Nothing is searched for: the two are walked side by side, and where they disagree in a
block, an instruction or one bit of a number, there is no template.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from operator import itemgetter
from typing import Any

import numpy as np

from qsharp_bridge.qir.entry import Operand, parse_entry
from qsharp_bridge.qir.flow import UnknownShape, runs

from .symbolic.doubles import double_text, double_texts
from .symbolic.expressions import Expressions
from .symbolic.folding import Doubles, Folding
from .symbolic.residual import Residual

_PRINTED = 2048  # numbers that are printed together


class Unproved(Exception):
    """Error that no template can be proved for a path. Never leaves the package: the caller compiles directly."""


@dataclass(frozen=True)
class Template:
    """QIR of a path with slots for numbers.

    Attributes:
        pieces: the text between the slots: one more than there are slots.
        nodes: the different expressions that fill slots.
        fills: for each slot, the index in ``nodes`` of what fills it.
    """

    pieces: tuple[str, ...]
    nodes: tuple[int, ...]
    fills: tuple[int, ...]

    @property
    def slots(self) -> int:
        return len(self.fills)

    @property
    def size(self) -> int:
        """About the characters of one program."""
        return sum(map(len, self.pieces)) + 18 * self.slots

    def values(self, folding: Folding) -> Doubles:
        """Return the Doubles of ``nodes`` for each point, shape (points, nodes)."""
        if not self.nodes:
            return np.empty((folding.count, 0))
        return folding.values(self.nodes)

    def render(self, numbers: tuple[str, ...]) -> str:
        """Return the program of one point."""
        if not self.fills:
            return self.pieces[0]
        parts: list[Any] = self._parts.copy()
        parts[1::2] = numbers if self._in_order else self._pick(numbers)
        return "".join(parts)

    def __reduce__(self) -> tuple[Any, ...]:
        return Template, (self.pieces, self.nodes, self.fills)

    @cached_property
    def _parts(self) -> list[Any]:
        parts: list[Any] = [None] * (2 * len(self.fills) + 1)
        parts[::2] = self.pieces
        return parts

    @cached_property
    def _in_order(self) -> bool:
        return self.fills == tuple(range(len(self.nodes)))

    def text(self, values: Doubles) -> str:
        """Return the program of one point, from the Doubles of ``nodes``, shape (nodes,)."""
        return self.render(tuple(double_texts(values)))

    def _pick(self, numbers: tuple[str, ...]) -> Sequence[str]:
        picked = itemgetter(*self.fills)(numbers)
        return picked if len(self.fills) > 1 else (picked,)

    def __iter__(self) -> Iterator[tuple[str, int | None]]:
        """Yield (piece of text, node of the slot after it or None at the end)."""
        yield from zip(self.pieces, [*(self.nodes[fill] for fill in self.fills), None], strict=True)


def numbers_of(values: Doubles) -> Iterator[tuple[str, ...]]:
    """Yield the texts of the numbers of each point, to be rendered.

    Some thousand numbers are printed together, so that they are still in the processor's cache when they are rendered:
    that halves the time of a point.

    Args:
        values: the Doubles of a template's nodes, shape (points, nodes).
    """
    points, nodes = values.shape
    if not nodes:
        yield from repeat((), points)
        return
    together = max(1, _PRINTED // nodes)
    for first in range(0, points, together):
        texts = double_texts(values[first : first + together].ravel())
        for start in range(0, len(texts), nodes):
            yield tuple(texts[start : start + nodes])


def align(residual: Residual, qir: str, expressions: Expressions, row: Doubles) -> Template:
    """Make the template of a path from the text of a direct compile at one of its points.

    Args:
        residual: of the path.
        qir: the direct compile.
        row: the parameters that it was compiled for, one for each.

    Raises:
        Unproved: the text is not what the residual says.
    """
    try:
        found = _uses(qir)
    except UnknownShape as error:
        raise Unproved(f"QIR of a shape not known here: {error}") from None
    if len(found) != len(residual.uses):
        raise Unproved(
            f"the compiled program has {len(found)} instructions with Doubles, its symbolic form {len(residual.uses)}"
        )
    folding = Folding(expressions, row.reshape(1, -1))
    slots: list[tuple[Operand, int]] = []
    for (block, op, operands), use in zip(found, residual.uses, strict=True):
        if (block, op, len(operands)) != (use.block, use.op, len(use.doubles)):
            raise Unproved(f"{op} is in the compiled program where its symbolic form has {use.op}")
        for operand, node in zip(operands, use.doubles, strict=True):
            if (node is None) != operand.is_variable:
                raise Unproved(f"an operand of {op} is a constant on one side only")
            if node is None:
                continue
            if not _same(operand.text, float(folding.value(node)[0])):
                raise Unproved(f"an operand of {op} is {operand.text} and should be {folding.value(node)[0]!r}")
            if expressions.depends(node):
                slots.append((operand, node))
    slots.sort(key=lambda slot: slot[0].start)
    nodes = tuple(dict.fromkeys(node for _, node in slots))
    place = {node: index for index, node in enumerate(nodes)}
    starts = [0, *(operand.end for operand, _ in slots)]
    ends = [*(operand.start for operand, _ in slots), len(qir)]
    pieces = tuple(qir[start:end] for start, end in zip(starts, ends, strict=True))
    return Template(pieces, nodes, tuple(place[node] for _, node in slots))


def _same(text: str, value: float) -> bool:
    """Check that a printed Double is this one, bit for bit, and printed as we would print it."""
    if not np.isfinite(value):
        return False
    try:
        read = float(text)
    except ValueError:
        return False
    return struct.pack("<d", read) == struct.pack("<d", value) and text == double_text(value)


def _uses(qir: str) -> list[tuple[int, str, tuple[Operand, ...]]]:
    """Read the instructions with Doubles among their operands from a text, as in `Residual.uses`."""
    function = parse_entry(qir)
    found = []
    for label, run in runs(function.ways()).items():
        for instruction in function.blocks[label].instructions:
            doubles = tuple(operand for operand in instruction.operands if operand.type == "double")
            if doubles:
                found.append((run, instruction.op, doubles))
    return found
