"""QIR target profiles, which say what a target can do while a program runs.

The names are those of qdk's ``TargetProfile``. They are read in any case and with ``-`` or ``_``.
"""

from __future__ import annotations

from typing import Any

from qsharp_bridge.errors import CompileError

PROFILES = ("Base", "Adaptive_RI", "Adaptive_RIF", "Adaptive")
"""The profiles that QIR can be made for, from the least capable."""

UNRESTRICTED = "Unrestricted"
"""The profile of no target: all of Q# is allowed, and no QIR can be made. Used to ask the compiler for types."""

_BY_FOLDED = {name.replace("_", "").lower(): name for name in (*PROFILES, UNRESTRICTED)}


def profile_name(profile: Any) -> str:
    """Return the name of a target profile that QIR can be made for.

    Args:
        profile: a name in any case ("base", "Adaptive_RI", "adaptive-ri") or a ``qdk.TargetProfile``.

    Raises:
        CompileError: there is no such profile, or it is Unrestricted, which no QIR can be made for.

    >>> profile_name("adaptive_ri")
    'Adaptive_RI'
    """
    text = profile if isinstance(profile, str) else str(profile)  # str(TargetProfile.Base) is "Base"
    folded = text.rpartition(".")[2].replace("_", "").replace("-", "").strip().lower()
    name = _BY_FOLDED.get(folded)
    if name == UNRESTRICTED:
        raise CompileError(
            "the profile Unrestricted belongs to no target, so no QIR can be made for it",
            advice=f"choose one of {', '.join(PROFILES)}",
        )
    if name is None:
        raise CompileError(f"unknown target profile {text!r}", advice=f"choose one of {', '.join(PROFILES)}")
    return name
