"""Intrinsic operations in the place of a program's parameters: the Q# text that its symbolic form is compiled with."""

from __future__ import annotations

from dataclasses import dataclass

from qsharp_bridge.programs.sources import Sources

SYMBOLIC = "Adaptive_RIF"
"""The profile of the symbolic form: the one that keeps arithmetic on Doubles and unrolls every loop."""


@dataclass(frozen=True)
class Placeholders:
    """Names of the intrinsic operations, which a program does not use.

    Attributes:
        parameter: gives the Double of a number.
        mark: separates the expressions of a block.
    """

    parameter: str
    mark: str

    @classmethod
    def of(cls, sources: Sources) -> Placeholders:
        """Return those of a program.

        >>> Placeholders.of(Sources.from_text("operation BoundParameter() : Unit {}")).parameter
        'BoundParameter_'
        """
        name = "BoundParameter"
        while any(name in text for _, text in sources.files):
            name += "_"
        return cls(name, f"{name}Mark")

    @property
    def declarations(self) -> str:
        """Return the Q# text that is added to the program."""
        return (
            f"operation {self.parameter}(index : Int) : Double {{ body intrinsic; }} "
            f"operation {self.mark}(index : Int) : Unit {{ body intrinsic; }}"
        )
