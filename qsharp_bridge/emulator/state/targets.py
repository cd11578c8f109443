"""The targets of the service: those of ``targets.known``, by provider."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from qsharp_bridge.targets.known import KNOWN_TARGETS, KnownTarget, known_target

PROVIDERS: Final[dict[str, tuple[KnownTarget, ...]]] = {
    provider: tuple(targets) for provider, targets in groupby(KNOWN_TARGETS, key=lambda target: target.provider)
}
"""The targets of each provider, whose id is in the casing of providerStatus."""

_LOWER: Final = frozenset(provider.lower() for provider in PROVIDERS)


def provider_name(provider: str) -> str | None:
    """Return the id of a provider as jobs and sessions show it, in lower case; None if there is no such provider."""
    lower = provider.lower()
    return lower if lower in _LOWER else None


def find_target(provider: str, name: str) -> KnownTarget | None:
    """Return the target of a provider, whatever the casing, or None."""
    target = known_target(name)
    return target if target is not None and target.provider.lower() == provider.lower() else None


def runs_jobs(target: KnownTarget) -> bool:
    """Check whether the service runs the jobs of a target. A target that takes no QIR is listed as Unavailable."""
    return bool(target.profiles)
