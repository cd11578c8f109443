"""Checks of a plan against the limits of its target: shots, qubits and profile.

The limits are in ``targets.known``. Where no limit is known nothing is refused, and the service decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qsharp_bridge._plural import counted
from qsharp_bridge.errors import TargetError

from .backend import Backend
from .known import known_target
from .profiles import profile_name


def most_qubits(target: str) -> int | None:
    """Return the number of qubits of a target, or None if it is not known.

    >>> most_qubits("ionq.simulator"), most_qubits("rigetti.sim.qvm")
    (29, None)
    """
    known = known_target(target)
    return known.qubits if known is not None else None


def most_shots(target: str) -> int | None:
    """Return the most shots of a job on a target, or None if no limit is known.

    >>> most_shots("quantinuum.qpu.h2-1"), most_shots("ionq.simulator")
    (10000, None)
    """
    known = known_target(target)
    return known.shots if known is not None else None


def check_shots(target: Backend, shots: Sequence[int], jobs: int = 1) -> None:
    """Check that the target takes the shots of each point, which up to ``jobs`` jobs may share.

    Raises:
        TargetError: a point has too many shots.
    """
    most = most_shots(target.name)
    mixed = len(set(shots)) > 1
    if most is None:
        return
    over = next((place for place, one in enumerate(shots) if one > most * jobs), None)
    if over is not None:
        raise TargetError(
            f"{shots[over]} shots for {'a' if mixed else 'each'} point, but {target.name} takes {most} for a job"
            + (f", and a point may have {jobs} jobs" if jobs > 1 else ""),
            point=over if mixed else None,
            advice="take fewer shots, and run the sweep more than once for more",
        )


def check_qubits(target: str, needed: int, others: Sequence[int] = ()) -> None:
    """Check that a target has enough qubits for a point; ``others`` are further points that need too many.

    Raises:
        TargetError: the target has fewer qubits.
    """
    has = most_qubits(target)
    if has is None or needed <= has:
        return
    more = ", ".join(str(index) for index in others[:10]) + (", ..." if len(others) > 10 else "")
    raise TargetError(
        f"needs {counted(needed, 'qubit')}, but {target} has {has}" + (f"; so do points {more}" if others else ""),
        advice="take another target, or a profile that reuses qubits",
    )


def profile_for(target: Backend, profile: Any = None) -> str:
    """Return the name of the profile to compile for: the given one, or that of the target.

    Args:
        target: the backend.
        profile: a name in any case, or a ``qdk.TargetProfile``; None for the target's profile.

    Raises:
        CompileError: there is no such profile.
        TargetError: the target does not run programs of that profile.
    """
    if profile is None:
        return target.profile
    name = profile_name(profile)
    if name not in target.profiles:
        raise TargetError(
            f"{target.name} runs programs of the profile {target.profile}, not {name}",
            advice="leave the profile out, or take another target",
        )
    return name
