"""The targets of the service: what is listed, what each can run, and how it runs it.

Ids and providers as recorded from the real service; numbers of qubits from the providers' public pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["PROVIDERS", "Target", "find_target", "provider_name"]


@dataclass(frozen=True, slots=True)
class Target:
    """One target.

    Attributes:
        id: the name a job gives.
        kind: "simulate", "zeros" (a syntax checker), "echo" (the input comes back) or "closed" (listed only).
        profiles: the QIR profiles it runs.
        native: the output format that the provider writes itself; "" for none.
        qubits: how many it has.
    """

    id: str
    kind: str
    profiles: tuple[str, ...]
    native: str
    qubits: int
    status_page: str | None = None

    @property
    def availability(self) -> str:
        """What providerStatus says of it."""
        return "Unavailable" if self.kind == "closed" else "Available"


_ANY = ("Base", "Adaptive_RI", "Adaptive_RIF", "Adaptive")
_RI = ("Base", "Adaptive_RI", "Adaptive_RIF")
_BASE = ("Base",)


def _ionq(name: str, qubits: int) -> Target:
    return Target(name, "simulate", _BASE, "ionq.quantum-results.v1", qubits, "https://status.ionq.co")


def _quantinuum(name: str, kind: str, qubits: int) -> Target:
    page = "https://www.quantinuum.com/hardware/h1"
    return Target(name, kind, _RI, "honeywell.quantum-results.v1", qubits, page)


def _rigetti(name: str, qubits: int) -> Target:
    return Target(name, "simulate", _BASE, "rigetti.quil-results.v1", qubits, "https://rigetti.statuspage.io/")


PROVIDERS: Final[dict[str, tuple[Target, ...]]] = {
    "ionq": (
        _ionq("ionq.simulator", 29),
        _ionq("ionq.qpu.aria-1", 25),
        _ionq("ionq.qpu.forte-1", 36),
        _ionq("ionq.qpu.forte-enterprise-1", 36),
    ),
    "pasqal": (
        Target("pasqal.sim.emu-tn", "closed", (), "pasqal.pulser-results.v1", 100),
        Target("pasqal.qpu.fresnel", "closed", (), "pasqal.pulser-results.v1", 100),
    ),
    "quantinuum": (
        _quantinuum("quantinuum.qpu.h1-1", "simulate", 20),
        _quantinuum("quantinuum.sim.h1-1sc", "zeros", 20),
        _quantinuum("quantinuum.sim.h1-1e", "simulate", 20),
        _quantinuum("quantinuum.qpu.h2-1", "simulate", 56),
        _quantinuum("quantinuum.sim.h2-1sc", "zeros", 56),
        _quantinuum("quantinuum.sim.h2-1e", "simulate", 32),
        _quantinuum("quantinuum.qpu.h2-2", "simulate", 56),
        _quantinuum("quantinuum.sim.h2-2sc", "zeros", 56),
        _quantinuum("quantinuum.sim.h2-2e", "simulate", 32),
    ),
    "rigetti": (
        _rigetti("rigetti.sim.qvm", 32),
        _rigetti("rigetti.qpu.ankaa-3", 84),
        _rigetti("rigetti.qpu.cepheus-1-36q", 36),
    ),
    "qci": (
        Target("qci.simulator", "simulate", _RI, "", 29),
        Target("qci.simulator.noisy", "simulate", _RI, "", 29),
        Target("qci.machine1", "simulate", _RI, "", 11),
    ),
    "Microsoft.Test.FirstParty": (
        Target("echo-rigetti", "simulate", _BASE, "", 32),
        Target("echo-quantinuum", "simulate", _ANY, "", 32),
        Target("echo-qci", "simulate", _RI, "", 29),
        Target("echo-ionq", "simulate", _BASE, "", 29),
        Target("echo-output", "echo", _ANY, "microsoft.quantum-log.v1", 0),
    ),
}
"""Provider id, in the casing of providerStatus, and its targets."""

_BY_PROVIDER: Final = {
    name.lower(): {target.id.lower(): target for target in targets} for name, targets in PROVIDERS.items()
}


def provider_name(provider: str) -> str | None:
    """The provider as jobs and sessions show it, in lower case; None when there is none of that name."""
    lower = provider.lower()
    return lower if lower in _BY_PROVIDER else None


def find_target(provider: str, name: str) -> Target | None:
    """The target of a provider, whatever the casing, or None."""
    return _BY_PROVIDER.get(provider.lower(), {}).get(name.lower())
