"""Input data after reading: the programs to run, and the registers that they measure into."""

from __future__ import annotations

from dataclasses import dataclass, field

from .circuit import Circuit


@dataclass(frozen=True, slots=True)
class Prepared:
    """Input data after reading.

    Attributes:
        programs: the QIR of each run: one, or one for each set of parameters.
        registers: name and width of each classical register, first declared first; empty if the format has none.
        circuit: the gates, if the format is a list of gates; exact probabilities are computed from it.
        is_qir: whether the data were QIR, which must fit the target profile. Targets run all programs in the formats of
            their provider.
    """

    programs: tuple[str, ...]
    registers: tuple[tuple[str, int], ...] = ()
    circuit: Circuit | None = field(default=None, repr=False)
    is_qir: bool = False
