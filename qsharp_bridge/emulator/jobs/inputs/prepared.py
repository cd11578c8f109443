"""Input data made ready: programs to run, and the names of what they measure."""

from __future__ import annotations

from dataclasses import dataclass, field

from .circuit import Circuit


@dataclass(frozen=True, slots=True)
class Prepared:
    """Input data made ready.

    Attributes:
        programs: the QIR of each run: one, or one for each set of parameters.
        registers: name and width of each classical register, first declared first; empty when the format has none.
        circuit: the gates, where the format is a list of gates; exact probabilities come from it.
        is_qir: whether the data were QIR, so that the target profile limits what they may do. Formats of a provider's
            own are what its targets run.
    """

    programs: tuple[str, ...]
    registers: tuple[tuple[str, int], ...] = ()
    circuit: Circuit | None = field(default=None, repr=False)
    is_qir: bool = False
