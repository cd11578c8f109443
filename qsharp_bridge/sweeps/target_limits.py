"""What a target takes at most, as far as it is published. What is not known is not refused: the service will say."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from ..errors import TargetError
from .target import TargetLike

#: Qubits of the targets, by Microsoft's documentation of the providers (2024-12; H1, H2, Aria, Forte, Ankaa-3).
QUBITS = {
    "ionq.simulator": 29,
    "ionq.qpu.aria-1": 25,
    "ionq.qpu.forte-1": 36,
    "ionq.qpu.forte-enterprise-1": 36,
    "quantinuum.qpu.h1-1": 20,
    "quantinuum.sim.h1-1e": 20,
    "quantinuum.sim.h1-1sc": 20,
    "quantinuum.qpu.h2-1": 56,
    "quantinuum.sim.h2-1sc": 56,
    "quantinuum.sim.h2-1e": 56,
    "quantinuum.qpu.h2-2": 56,
    "quantinuum.sim.h2-2sc": 56,
    "quantinuum.sim.h2-2e": 56,
    "rigetti.qpu.ankaa-3": 82,
}

#: Shots of a job, by pattern of the target's name: ``max_shots`` of the Qiskit backends of azure-quantum 3.13
#: (azure/quantum/qiskit/backends: ionq.py, quantinuum.py, rigetti.py). They give none for the simulators of IonQ and
#: Quantinuum.
SHOTS = {"ionq.qpu.*": 10_000, "quantinuum.qpu.*": 10_000, "rigetti.*": 10_000}


def most_shots(target: str) -> int | None:
    """The most shots that a job on the target may have; None where no limit is known.

    >>> most_shots("quantinuum.qpu.h2-1"), most_shots("ionq.simulator")
    (10000, None)
    """
    return next((shots for pattern, shots in SHOTS.items() if fnmatchcase(target, pattern)), None)


def check_shots(target: TargetLike, shots: int) -> None:
    """That a job may have so many shots.

    Raises:
        TargetError: it may not.
    """
    most = most_shots(target.name)
    if most is not None and shots > most:
        raise TargetError(
            f"{shots} shots for each point, but {target.name} takes {most} for a job",
            advice="take fewer shots, and run the sweep more than once for more",
        )


def check_qubits(target: str, needed: int, others: Sequence[int] = ()) -> None:
    """That a target has so many qubits.

    Args:
        needed: by a point; ``others``: the indices of further points that need too many.

    Raises:
        TargetError: it has not.
    """
    has = QUBITS.get(target)
    if has is None or needed <= has:
        return
    more = ", ".join(str(index) for index in others[:10]) + (", ..." if len(others) > 10 else "")
    raise TargetError(
        f"needs {needed} qubits, but {target} has {has}" + (f"; so do points {more}" if others else ""),
        advice="take another target, or a profile that reuses qubits",
    )


def profile_for(target: TargetLike, profile: Any = None) -> str:
    """The name of the profile to compile for: the one asked for, or the target's own.

    Args:
        profile: a name in any case, or a ``qdk.TargetProfile``; None for the target's own.

    Raises:
        CompileError: there is no such profile.
        TargetError: the target runs no programs of that profile.
    """
    from ..programs.profiles import PROFILES, profile_name

    if profile is None:
        return target.profile
    name = profile_name(profile)
    # Each profile allows all that those before it do.
    if not target.local and PROFILES.index(name) > PROFILES.index(profile_name(target.profile)):
        raise TargetError(
            f"{target.name} runs programs of the profile {target.profile}, not {name}",
            advice="leave the profile out, or take another target",
        )
    return name
