"""Prices of jobs by the formulas that the providers publish; without one the price is unknown.

Source: "Pricing plans for Azure Quantum providers", Microsoft's documentation of Azure Quantum, article of
2024-12-05 (``articles/pricing.md``). Prices change: check them in your workspace before you rely on them.

- IonQ: ``AQT = m + 0.000220 * N1q * C + 0.000975 * N2q * C`` tokens a job, with C shots, N1q one-qubit and N2q
  two-qubit gates as submitted, a gate on N > 2 qubits as 6 * (N - 2) two-qubit gates, and the minimum m of 97.50 with
  error mitigation (the default on a QPU) or 12.4166 without it.
- Quantinuum: ``HQC = 5 + C * (N1q + 10 * N2q + 5 * Nm) / 5000`` credits a job. N2q are native two-qubit operations,
  each equivalent to a CNOT up to one-qubit gates: a SWAP is three, a CCX six. Nm are "state preparation and
  measurement (SPAM) operations [...] including initial implicit state preparation and any intermediate and final
  measurements and state resets": one for each qubit, measurement and reset, so that a measurement that resets is two.
  The client's recorded job of 2024-04-19 agrees: a teleportation of 3 qubits, 100 shots, was billed 6.20; the formula
  gives 6.14 with the initial preparation and 5.84 without it. The rest are one-qubit gates that the machine's compiler
  adds, whose number is not known beforehand. The price of a credit depends on the plan, so the unit is HQC (eHQC for
  emulators).
- Rigetti and Pasqal charge for the execution time of their QPUs, which is not known beforehand, so their prices are
  unknown. For Quantinuum's Helios, newer than the article, and for QCI no price was found.
- IonQ's simulator, Rigetti's QVM, Quantinuum's syntax checkers and Microsoft's test targets are free.

The local service uses these functions too, so that a plan and the cost estimates of the jobs have the same amounts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from qsharp_bridge.qir.counts import GateCounts

PRICES_OF: Final = "2024-12-05"

_MINIMUM, _MINIMUM_UNMITIGATED, _ONE_QUBIT, _TWO_QUBIT = 97.50, 12.4166, 0.000220, 0.000975
"""Prices of IonQ's QPUs in tokens: the minimum of a job with error mitigation and without, and a one-qubit and a
two-qubit gate in one shot."""

_FREE: Final = re.compile(r"ionq\.simulator|rigetti\.sim\.qvm|quantinuum\.sim\..*sc|(echo|sparse-sim)-.*")


@dataclass(frozen=True)
class Cost:
    """A price in the unit of the provider (``AQT``, ``HQC``, ``eHQC``), or an unknown price.

    Attributes:
        amount: the amount; None if it is unknown.
        unit: the unit of the amount; "" if it is zero or unknown.
        why: the source of the amount, or the reason why there is none.
    """

    amount: float | None
    unit: str
    why: str

    def __str__(self) -> str:
        if self.amount is None:
            return f"unknown ({self.why})"
        return f"{self.amount:.2f} {self.unit}".strip() + f" ({self.why})" if self.amount else f"nothing ({self.why})"


@dataclass(frozen=True)
class Usage:
    """One billed quantity of a job, as the service lists it in its ``costEstimate``.

    Attributes:
        dimension: the service's id of the quantity: ``gs1q``, ``gs2q``, ``hqc``, ``ehqc``, ``qpu_time_centiseconds``.
        amount: the amount that the job uses.
        unit_price: the price of one unit in tokens; 0 if it is paid with the credits of a plan.
    """

    dimension: str
    amount: float
    unit_price: float


def usage(target: str, gates: GateCounts, shots: int) -> tuple[Usage, ...]:
    """Return the billed quantities of a job; none if the provider publishes no price per job.

    >>> usage("quantinuum.qpu.h2-1", GateCounts(2, 1, 1, 2, 0, 2), 1000)
    (Usage(dimension='hqc', amount=11.4, unit_price=0.0),)
    """
    name = target.lower()
    if name == "ionq.simulator" or name.startswith("ionq.qpu"):
        prices = (0.0, 0.0) if is_free(name) else (_ONE_QUBIT, _TWO_QUBIT)
        amounts = (("gs1q", gates.one_qubit), ("gs2q", gates.two_qubit))
        return tuple(
            Usage(key, float(count * shots), price) for (key, count), price in zip(amounts, prices, strict=True)
        )
    if re.match(r"quantinuum\.(qpu|sim)\.h\d", name):
        prepared = gates.qubits + gates.measurements + gates.resets
        credits = 5 + shots * (gates.one_qubit + 10 * gates.native + 5 * prepared) / 5000
        emulated = ".sim." in name and not is_free(name)  # recordings have HQC for syntax checkers too
        return (Usage("ehqc" if emulated else "hqc", 0.0 if is_free(name) else credits, 0.0),)
    if name == "rigetti.sim.qvm":
        return (Usage("qpu_time_centiseconds", 0.0, 0.0),)
    return ()


def job_cost(target: str, gates: GateCounts, shots: int, input_params: Mapping[str, Any] | None = None) -> Cost:
    """Return the price of one job.

    Args:
        target: the name of the target.
        gates: the gate counts of the program.
        shots: the number of shots.
        input_params: options of the provider; ``{"error-mitigation": {"debias": False}}`` makes IonQ's jobs cheaper.

    >>> print(job_cost("ionq.qpu.aria-1", GateCounts(2, 2, 2, 2, 0, 2), 1000))
    99.89 AQT (IonQ, prices of 2024-12-05, error mitigation on)
    """
    if is_free(target):
        return Cost(0.0, "", f"{target} is free of charge")
    used = usage(target, gates, shots)
    if not used:
        return Cost(None, "", f"no price per job is published for {target}")
    if used[0].dimension == "gs1q":
        options = (input_params or {}).get("error-mitigation")
        mitigated = not (isinstance(options, Mapping) and options.get("debias") is False)
        minimum = _MINIMUM if mitigated else _MINIMUM_UNMITIGATED
        amount = minimum + sum(one.amount * one.unit_price for one in used)
        return Cost(amount, "AQT", f"IonQ, prices of {PRICES_OF}, error mitigation {'on' if mitigated else 'off'}")
    unit = {"hqc": "HQC", "ehqc": "eHQC"}[used[0].dimension]
    return Cost(used[0].amount, unit, f"Quantinuum, formula of {PRICES_OF}")


def is_free(target: str) -> bool:
    """Return whether jobs on the target cost nothing.

    >>> is_free("ionq.simulator"), is_free("quantinuum.sim.h2-1e")
    (True, False)
    """
    return _FREE.fullmatch(target.lower()) is not None
