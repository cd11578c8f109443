"""The known targets of Azure Quantum: their providers, profiles and limits.

Plans refuse by this table what a target would refuse, and the local service offers these targets. Only published
figures are listed; None means that a figure is not published, and is never a reason to refuse.

- Names: from a recording of the service's list of targets, and from azure-quantum 3.13
  (``azure/quantum/target/*.py``): Helios and Cepheus-1-108Q.
- Qubits: Microsoft's documentation of the providers (``articles/provider-*.md``: IonQ and Pasqal 2025, Quantinuum
  2025-01-28, Rigetti 2025-02-26, H1 of 2024-12-18), and azure-quantum 3.13 for Helios, Cepheus-1-108Q and QCI
  (``azure/quantum/qiskit/backends``, ``azure/quantum/target/rigetti``). Quantinuum's H2 emulators simulate 56 qubits of
  a program of Clifford gates and 32 of any other: 56 is used here. The documentation has no figure for Rigetti's QVM.
- Shots of a job: ``max_shots`` of the Qiskit backends of azure-quantum 3.13, which have no limit for the simulators of
  IonQ and Quantinuum.
- Profiles: those documentation pages, and recordings of jobs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["qpu", "simulator", "checker", "echo"]


@dataclass(frozen=True, slots=True)
class KnownTarget:
    """Published facts about one target.

    Attributes:
        id: the target's name, such as ``ionq.simulator``.
        provider: its provider, in the casing of the service.
        kind: "qpu" (a machine), "simulator", "checker" (of syntax; it returns zeros) or "echo" (it returns the input).
        profiles: the QIR target profiles that it runs, from the least capable; empty if it takes no QIR.
        qubits: its number of qubits; None if that is not published.
        shots: the most shots of a job; None if no limit is published.

    >>> known_target("quantinuum.qpu.h2-1").qubits
    56
    """

    id: str
    provider: str
    kind: Kind
    profiles: tuple[str, ...]
    qubits: int | None = None
    shots: int | None = None

    @property
    def answers_with_proportions(self) -> bool:
        """Whether counts are floor(p * shots) for each state, so that their sum may be less than the shots: IonQ."""
        return self.provider == "ionq"


_ALL = ("Base", "Adaptive_RI", "Adaptive_RIF", "Adaptive")
_RIF, _BASE, _NONE = _ALL[:3], _ALL[:1], _ALL[:0]
_MICROSOFT: Final = "Microsoft.Test.FirstParty"

KNOWN_TARGETS: Final = (
    KnownTarget("ionq.simulator", "ionq", "simulator", _BASE, 29),
    KnownTarget("ionq.qpu.aria-1", "ionq", "qpu", _BASE, 25, 10_000),
    KnownTarget("ionq.qpu.forte-1", "ionq", "qpu", _BASE, 36, 10_000),
    KnownTarget("ionq.qpu.forte-enterprise-1", "ionq", "qpu", _BASE, 36, 10_000),
    KnownTarget("pasqal.sim.emu-tn", "pasqal", "simulator", _NONE, 100),
    KnownTarget("pasqal.qpu.fresnel", "pasqal", "qpu", _NONE, 100),
    KnownTarget("quantinuum.qpu.h1-1", "quantinuum", "qpu", _RIF, 20, 10_000),
    KnownTarget("quantinuum.sim.h1-1sc", "quantinuum", "checker", _RIF, 20),
    KnownTarget("quantinuum.sim.h1-1e", "quantinuum", "simulator", _RIF, 20),
    KnownTarget("quantinuum.sim.h1-2e-preview", "quantinuum", "simulator", _RIF),
    KnownTarget("quantinuum.qpu.h2-1", "quantinuum", "qpu", _RIF, 56, 10_000),
    KnownTarget("quantinuum.sim.h2-1sc", "quantinuum", "checker", _RIF, 56),
    KnownTarget("quantinuum.sim.h2-1e", "quantinuum", "simulator", _RIF, 56),
    KnownTarget("quantinuum.qpu.h2-2", "quantinuum", "qpu", _RIF, 56, 10_000),
    KnownTarget("quantinuum.sim.h2-2sc", "quantinuum", "checker", _RIF, 56),
    KnownTarget("quantinuum.sim.h2-2e", "quantinuum", "simulator", _RIF, 56),
    KnownTarget("quantinuum.qpu.helios-1", "quantinuum", "qpu", _RIF, 98, 10_000),
    KnownTarget("quantinuum.sim.helios-1sc", "quantinuum", "checker", _RIF, 98),
    KnownTarget("quantinuum.sim.helios-1e", "quantinuum", "simulator", _RIF, 98),
    KnownTarget("rigetti.sim.qvm", "rigetti", "simulator", _BASE, None, 10_000),
    KnownTarget("rigetti.qpu.ankaa-3", "rigetti", "qpu", _BASE, 84, 10_000),
    KnownTarget("rigetti.qpu.cepheus-1-36q", "rigetti", "qpu", _BASE, 36, 10_000),
    KnownTarget("rigetti.qpu.cepheus-1-108q", "rigetti", "qpu", _BASE, 108, 10_000),
    KnownTarget("qci.simulator", "qci", "simulator", _RIF, 29, 1_000_000),
    KnownTarget("qci.simulator.noisy", "qci", "simulator", _RIF, 29, 1_000_000),
    KnownTarget("qci.machine1", "qci", "qpu", _RIF, 11, 10_000),
    KnownTarget("echo-rigetti", _MICROSOFT, "simulator", _BASE),
    KnownTarget("echo-quantinuum", _MICROSOFT, "simulator", _ALL),
    KnownTarget("echo-qci", _MICROSOFT, "simulator", _RIF),
    KnownTarget("echo-ionq", _MICROSOFT, "simulator", _BASE),
    KnownTarget("echo-aquarius", _MICROSOFT, "simulator", _ALL),
    KnownTarget("sparse-sim-rigetti", _MICROSOFT, "simulator", _BASE),
    KnownTarget("sparse-sim-quantinuum", _MICROSOFT, "simulator", _ALL),
    KnownTarget("sparse-sim-qci", _MICROSOFT, "simulator", _RIF),
    KnownTarget("sparse-sim-ionq", _MICROSOFT, "simulator", _BASE),
    KnownTarget("echo-output", _MICROSOFT, "echo", _ALL),
)
"""The known targets by provider, in the order of the service's list."""

_BY_ID: Final = {target.id.lower(): target for target in KNOWN_TARGETS}


def known_target(name: str) -> KnownTarget | None:
    """Return the facts about a target by its name in any casing; None for an unknown target.

    >>> known_target("ionq.qpu.aria-1").shots, known_target("ionq.qpu.of-tomorrow")
    (10000, None)
    """
    return _BY_ID.get(name.lower())
