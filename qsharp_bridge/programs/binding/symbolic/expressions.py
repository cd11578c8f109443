"""Expressions over the Double parameters of an operation, as the Q# compiler computes them.

Nodes live in one `Expressions` and are named by an index; equal nodes are one node. A node's operands always
have smaller indices. Nothing is simplified: what is folded must be what the compiler folds, bit for bit.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

FUNCTIONS: dict[str, int] = {
    "Sin": 1,
    "Cos": 1,
    "Tan": 1,
    "ArcSin": 1,
    "ArcCos": 1,
    "ArcTan": 1,
    "ArcTan2": 2,
    "Sinh": 1,
    "Cosh": 1,
    "Tanh": 1,
    "Sqrt": 1,
    "Log": 1,
    "QsharpBridgePower": 2,
}
"""The functions of Std.Math that the compiler evaluates itself, and how many Doubles they take. And its ``^``, as
`angles` writes it."""

COMPARISONS = frozenset(
    {"fcmp oeq", "fcmp one", "fcmp ogt", "fcmp oge", "fcmp olt", "fcmp ole"}
    | {"icmp eq", "icmp ne", "icmp sgt", "icmp sge", "icmp slt", "icmp sle"}
)

NEAR = "fcmp near"
"""The comparison of two Doubles that are within 1e-9, or of which one is no number: our own, see `residual`."""


@dataclass(frozen=True, slots=True)
class Node:
    """Step of an expression: ``op`` is "parameter", "double", "i64", "i1", an instruction's name, or a function's.

    Attributes:
        args: operand nodes; empty for a leaf.
        leaf: the index of a parameter, or a constant.
        depends: whether any parameter is in it.
    """

    op: str
    args: tuple[int, ...] = ()
    leaf: float | int | bool = 0
    depends: bool = False


class Expressions:
    """Table of expression nodes, each kept once."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._known: dict[object, int] = {}
        self._leaves: dict[tuple[int, ...], list[int] | None] = {}

    def parameter(self, index: int) -> int:
        return self._keep(("parameter", index), Node("parameter", leaf=index, depends=True))

    def constant(self, type_: str, value: float | int | bool) -> int:
        # 0.0 and -0.0 are equal but not the same
        identity = struct.pack("<d", value) if type_ == "double" else value
        return self._keep((type_, identity), Node(type_, leaf=value))

    def step(self, op: str, args: tuple[int, ...]) -> int:
        return self._keep((op, args), Node(op, args, depends=any(self.nodes[a].depends for a in args)))

    def depends(self, *nodes: int) -> bool:
        """Check whether a parameter is in any of the nodes."""
        return any(self.nodes[node].depends for node in nodes)

    def needed_by(self, nodes: Iterable[int]) -> list[int]:
        """Return the nodes and all their operands, operands first."""
        found: set[int] = set()
        stack = list(nodes)
        while stack:
            index = stack.pop()
            if index not in found:
                found.add(index)
                stack.extend(self.nodes[index].args)
        return sorted(found)

    def functions_of(self, nodes: Iterable[int]) -> set[str]:
        """Return the functions of Std.Math in the nodes and their operands."""
        return {op for index in self.needed_by(nodes) if (op := self.nodes[index].op) in FUNCTIONS}

    def parameters_of(self, nodes: Iterable[int]) -> set[int]:
        """Return the indices of the parameters in the nodes and their operands."""
        needed = map(self.nodes.__getitem__, self.needed_by(nodes))
        return {int(node.leaf) for node in needed if node.op == "parameter"}

    def leaves_of(self, nodes: tuple[int, ...]) -> list[int] | None:
        """Return the indices of the parameters that these nodes are; None where one of them is a step or a constant."""
        if nodes not in self._leaves:
            found = [self.nodes[node] for node in nodes]
            plain = all(node.op == "parameter" for node in found)
            self._leaves[nodes] = [int(node.leaf) for node in found] if plain else None
        return self._leaves[nodes]

    def _keep(self, identity: object, node: Node) -> int:
        index = self._known.get(identity)
        if index is None:
            index = self._known[identity] = len(self.nodes)
            self.nodes.append(node)
        return index
