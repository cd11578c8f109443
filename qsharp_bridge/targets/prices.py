"""What a job costs, by the providers' published prices; or plainly: unknown.

Source: "Pricing plans for Azure Quantum providers", Microsoft's documentation of Azure Quantum, article of
2024-12-05 (``articles/pricing.md``). Prices change: look into your workspace before you rely on them.

- IonQ: ``AQT = m + 0.000220 * N1q * C + 0.000975 * N2q * C`` tokens a job, with C shots, N1q one-qubit and N2q
  two-qubit gates, and the minimum m of 97.50 with error mitigation (the default on a QPU) or 12.4166 without it.
- Quantinuum: ``HQC = 5 + C * (N1q + 10 * N2q + 5 * Nm) / 5000`` credits a job, Nm being measurements and resets.
  What a credit costs depends on the plan, so the unit stays HQC (eHQC for emulators).
- Rigetti charges for the execution time of its QPUs, which nothing tells beforehand: unknown. Pasqal likewise.
  For Quantinuum's Helios, younger than the article, and for QCI no price was found.
- IonQ's simulator, Rigetti's QVM, Quantinuum's syntax checkers and the echo targets cost nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PRICES_OF = "2024-12-05"

#: IonQ's QPUs, in tokens: the minimum of a job with error mitigation, a one-qubit and a two-qubit gate in one shot.
IONQ_MINIMUM, IONQ_ONE_QUBIT, IONQ_TWO_QUBIT = 97.50, 0.000220, 0.000975


@dataclass(frozen=True)
class GateCounts:
    """What a program has of each kind of operation, read off its QIR text."""

    one_qubit: int
    two_qubit: int
    measurements: int
    resets: int
    qubits: int


@dataclass(frozen=True)
class Cost:
    """An amount in the unit that the provider charges in (``AQT``, ``HQC``, ``eHQC``), or unknown.

    Attributes:
        amount: None when unknown.
        unit: what the amount counts; "" when it is zero or unknown.
        why: where the figure comes from, or why there is none.
    """

    amount: float | None
    unit: str
    why: str

    def __str__(self) -> str:
        if self.amount is None:
            return f"unknown ({self.why})"
        return f"{self.amount:.2f} {self.unit}".strip() + f" ({self.why})" if self.amount else f"nothing ({self.why})"


def job_cost(target: str, gates: GateCounts, shots: int) -> Cost:
    """The price of one job.

    >>> print(job_cost("ionq.qpu.aria-1", GateCounts(2, 2, 2, 0, 2), 1000))
    99.89 AQT (IonQ, prices of 2024-12-05, error mitigation on)
    """
    name = target.lower()
    if is_free(name):
        return Cost(0.0, "", f"{target} is free of charge")
    if name.startswith("ionq.qpu"):
        amount = IONQ_MINIMUM + (IONQ_ONE_QUBIT * gates.one_qubit + IONQ_TWO_QUBIT * gates.two_qubit) * shots
        return Cost(amount, "AQT", f"IonQ, prices of {PRICES_OF}, error mitigation on")
    if bills_credits(name):
        unit = "eHQC" if name.startswith("quantinuum.sim.") else "HQC"
        credits = quantinuum_credits(gates.one_qubit, gates.two_qubit, gates.measurements + gates.resets, shots)
        return Cost(credits, unit, f"Quantinuum, formula of {PRICES_OF}")
    return Cost(None, "", f"no price per job is published for {target}")


def is_free(target: str) -> bool:
    """Whether jobs on the target cost nothing.

    >>> is_free("ionq.simulator"), is_free("quantinuum.sim.h2-1e")
    (True, False)
    """
    return re.fullmatch(r"ionq\.simulator|rigetti\.sim\.qvm|quantinuum\.sim\..*sc|echo-.*", target.lower()) is not None


def bills_credits(target: str) -> bool:
    """Whether jobs on the target are counted in Quantinuum's credits: the H series, whose formula is published.

    >>> bills_credits("quantinuum.qpu.h2-1"), bills_credits("quantinuum.qpu.helios-1")
    (True, False)
    """
    return re.match(r"quantinuum\.(qpu|sim)\.h\d", target.lower()) is not None


def quantinuum_credits(one_qubit: int, two_qubit: int, measured: int, shots: int) -> float:
    """The credits of a job on a Quantinuum machine or emulator; ``measured`` counts measurements and resets."""
    return 5 + shots * (one_qubit + 10 * two_qubit + 5 * measured) / 5000


_GATE = re.compile(r"call (?:void|i1) @__quantum__(?:qis|rt)__([a-z0-9_]+?)(?:__body|__adj)?\(")
_QUBITS = re.compile(r'"required_num_qubits"="(\d+)"')
_TWO = frozenset({"cx", "cnot", "cy", "cz", "swap", "rxx", "ryy", "rzz", "ccx"})
_MEASURE = frozenset({"m", "mz", "mresetz"})
_CLASSICAL = re.compile(r"record_output|initialize|read_result|read_loss|barrier|message|read_atom")


def count_gates(qir: str) -> GateCounts:
    """Count the operations in a QIR text. Loops that stayed loops (Adaptive) count once."""
    one = two = measurements = resets = 0
    for name in _GATE.findall(qir):
        if name in _MEASURE:
            measurements += 1
            resets += name == "mresetz"
        elif name == "reset":
            resets += 1
        elif name in _TWO:
            two += 6 if name == "ccx" else 1  # a doubly controlled gate is billed as 6 * (3 - 2) two-qubit gates
        elif not _CLASSICAL.search(name):
            one += 1
    qubits = _QUBITS.search(qir)
    return GateCounts(one, two, measurements, resets, int(qubits.group(1)) if qubits else 0)
