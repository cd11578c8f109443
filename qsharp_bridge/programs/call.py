"""Calls of operations and functions: Python arguments as Q# literals and entry expressions. Pure."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any

from qsharp_bridge.errors import BridgeError, QsharpValueError
from qsharp_bridge.literals import QsharpCode, Structs, enclose, to_qsharp

from .signature import Signature
from .sources import Sources


class Call:
    """An operation or function that an entry expression can call.

    Args:
        sources: the texts of the program that declares it.
        signature: its name, parameters and output.
        structs: the definitions of the structs that its parameters take.
    """

    def __init__(self, sources: Sources, signature: Signature, structs: Structs) -> None:
        self.sources = sources
        self.signature = signature
        self.structs = structs
        self._plan = tuple((one.name, one.type) for one in signature.parameters)
        self._lengths = tuple(
            (at, one.name, one.length) for at, one in enumerate(signature.parameters) if one.length is not None
        )

    @property
    def name(self) -> str:
        """Return the qualified name, as an entry expression writes it."""
        return self.signature.name

    def literals(self, /, *args: Any, **kwargs: Any) -> list[str]:
        """Return the Q# literal of each argument, in the order of the parameters.

        Args:
            *args: the arguments by position.
            **kwargs: the arguments by name.

        Raises:
            ArgumentError: an argument is missing, extra or doubled, or a keyword is unknown.
            QsharpValueError, QsharpTypeError: a value does not fit the parameter's type; with the path to it.

        >>> from qsharp_bridge import Program
        >>> program = Program.from_source("function Mean(n : Int, values : Double[]) : Double { 0.0 }")
        >>> program.operation("Mean").literals(2, [0, 1])
        ['2', '[0.0, 1.0]']
        """
        if kwargs or len(args) != len(self._plan):
            args = self.signature.bind(*args, **kwargs)
        structs = self.structs
        try:
            literals = [
                to_qsharp(value, kind, structs=structs, root=name)
                for (name, kind), value in zip(self._plan, args, strict=True)
            ]
            for at, name, length in self._lengths:
                _check_length(args[at], length, name)
            return literals
        except BridgeError as error:
            raise error.at(operation=self.name) from None

    def expression(self, /, *args: Any, **kwargs: Any) -> str:
        """Return the entry expression that calls the operation with these arguments.

        Args:
            *args: the arguments by position.
            **kwargs: the arguments by name.

        Raises:
            ArgumentError, QsharpValueError, QsharpTypeError: as `literals`.

        >>> from qsharp_bridge import Program
        >>> program = Program.from_source("function Mean(n : Int, values : Double[]) : Double { 0.0 }")
        >>> program.operation("Mean").expression(2, values=[0.0, 1.0])
        'Mean(2, [0.0, 1.0])'
        """
        return enclose(f"{self.signature.name}(", self.literals(*args, **kwargs), ")")

    def __qsharp__(self) -> str:
        return self.signature.name

    def __repr__(self) -> str:
        return f"<{self.signature.kind} {self.signature} of {self.sources.name}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Call):
            return NotImplemented
        return self.signature == other.signature and self.sources == other.sources

    def __hash__(self) -> int:
        return hash((self.signature.name, self.sources))


def _check_length(values: Any, length: int, name: str) -> None:
    if isinstance(values, QsharpCode) or not isinstance(values, Sized):
        return  # the length of Q# code is not known here: the program checks it
    if len(values) != length:
        raise QsharpValueError(
            f"{len(values)} values are given, {length} are needed", path=name,
            advice="give one for each element of the circuit's vector, also for elements that the circuit does not use",
        )  # fmt: skip
