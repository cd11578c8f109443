"""Signatures of operations and functions."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any, Literal

from qsharp_bridge._markup import table
from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.errors import ArgumentError
from qsharp_bridge.syntax import QsharpType


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name and its type.

    Args:
        name: as the source declares it.
        type: its Q# type.
        length: number of values of an array of fixed length, such as a vector of a Qiskit circuit; else None.

    >>> from qsharp_bridge.syntax import parse_type
    >>> Parameter("angle", parse_type("Double[]")).name
    'angle'
    """

    name: str
    type: QsharpType
    length: int | None = None

    def __str__(self) -> str:
        return f"{self.name} : {self.type}"


@dataclass(frozen=True, slots=True, repr=False)
class Signature:
    """The parameters and the output of an operation or function. ``str()`` prints it as Q# source declares it.

    Attributes:
        name: qualified, as an entry expression writes it.
        kind: "operation" or "function".
        parameters: in order.
        output: the type of the result.
        functors: any of "Adj" and "Ctl".
        note: None when the parameter names come from the source; otherwise the reason why they are p0, p1 ...

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

    def bind(self, /, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """Return the arguments of a call in the order of the parameters, by the rules of Python calls.

        Args:
            *args: the arguments by position.
            **kwargs: the arguments by name.

        Raises:
            ArgumentError: an argument is missing, extra or doubled, or a keyword is unknown.

        >>> from qsharp_bridge.syntax import parse_type
        >>> number = parse_type("Int")
        >>> Signature("Add", "function", (Parameter("a", number), Parameter("b", number)), number).bind(1, b=2)
        (1, 2)
        """
        names = [one.name for one in self.parameters]
        if len(args) > len(names):
            raise self._wrong_call(
                f"takes {len(names) or 'no'} argument{'s' if len(names) != 1 else ''}, {len(args)} were given"
            )
        values = dict(zip(names, args, strict=False))
        for name, value in kwargs.items():
            if name in values:
                raise self._wrong_call(f"parameter {name!r} is given twice")
            if name not in names:
                raise self._wrong_call(f"has no parameter {name!r}{did_you_mean(name, names)}")
            values[name] = value
        missing = [name for name in names if name not in values]
        if missing:
            raise self._wrong_call(f"argument missing: {', '.join(map(repr, missing))}")
        return tuple(values[name] for name in names)

    def _wrong_call(self, problem: str) -> ArgumentError:
        return ArgumentError(problem, operation=self.name, advice=f"it is declared as {self}")

    def _repr_html_(self) -> str:
        """Return the signature and a table of its parameters, for a notebook."""
        rows = [
            (one.name, one.type, f"{one.length} values" if one.length is not None else "") for one in self.parameters
        ]
        head = ["parameter", "type", ""] if any(row[2] for row in rows) else ["parameter", "type"]
        text = f"<div><code>{html.escape(str(self))}</code>"
        return f"{text}{table(head, [row[: len(head)] for row in rows]) if rows else ''}</div>"

    def __str__(self) -> str:
        functors = f" is {' + '.join(sorted(self.functors))}" if self.functors else ""
        return f"{self.name}({', '.join(map(str, self.parameters))}) : {self.output}{functors}"

    def __repr__(self) -> str:
        return f"<Signature {self}>"
