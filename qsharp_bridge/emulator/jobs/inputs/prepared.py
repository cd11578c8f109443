"""What the reader of an input format gives: programs to run, and how to name what they measure."""

from __future__ import annotations

from dataclasses import dataclass, field

from .circuit import Circuit

__all__ = ["Prepared"]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Input data made ready.

    Attributes:
        programs: the QIR of each run: one, or one for each set of parameters.
        registers: name and width of each classical register, first declared first; empty when the format has none.
        circuit: the gates, where the format is a list of gates; exact probabilities come from it.
    """

    programs: tuple[str | bytes, ...]
    registers: tuple[tuple[str, int], ...] = ()
    circuit: Circuit | None = field(default=None, repr=False)
