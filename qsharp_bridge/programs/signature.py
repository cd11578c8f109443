"""Signatures of operations and functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qsharp_bridge.syntax import QsharpType

__all__ = ["Parameter", "Signature"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name and its type.

    Args:
        name: as the source declares it.
        type: its Q# type.
        length: how many values it takes, where the program says so, as for a vector of a Qiskit circuit; else None.

    >>> from qsharp_bridge.syntax import parse_type
    >>> Parameter("angle", parse_type("Double[]")).name
    'angle'
    """

    name: str
    type: QsharpType
    length: int | None = None

    def __str__(self) -> str:
        return f"{self.name} : {self.type}"


@dataclass(frozen=True, slots=True)
class Signature:
    """What an operation or function takes and gives. ``str()`` prints it as Q# source declares it.

    Attributes:
        name: qualified, as an entry expression writes it.
        kind: "operation" or "function".
        parameters: in order.
        output: the type of the result.
        functors: any of "Adj" and "Ctl".
        note: None when the parameter names come from the source. Otherwise they are p0, p1 ..., and this says why.

    >>> from qsharp_bridge.syntax import parse_type
    >>> print(Signature("Twice", "function", (Parameter("x", parse_type("Int")),), parse_type("Int")))
    Twice(x : Int) : Int
    """

    name: str
    kind: Literal["operation", "function"]
    parameters: tuple[Parameter, ...]
    output: QsharpType
    functors: frozenset[str] = frozenset()
    note: str | None = None

    def __str__(self) -> str:
        functors = f" is {' + '.join(sorted(self.functors))}" if self.functors else ""
        return f"{self.name}({', '.join(map(str, self.parameters))}) : {self.output}{functors}"
