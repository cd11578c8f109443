"""The two kinds of target of a sweep: one behind a workspace, and the simulator on this machine."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from ..workspace.target_spec import TargetSpec


@dataclass(frozen=True)
class TargetLike:
    """A target as a plan sees it.

    Attributes:
        name: the target's name; ``profile``: what programs for it are compiled for.
        spec: how to send it QIR; None for the simulator on this machine.
        target: the target itself: an ``azure.quantum.target.Target`` or a ``LocalSimulator``.
    """

    name: str
    profile: str
    spec: TargetSpec | None
    target: Any

    @property
    def local(self) -> bool:
        """Whether it is the simulator on this machine: no service, no jobs."""
        return self.spec is None

    @property
    def executor(self) -> Executor | None:
        """What compiles the points that no template can be made of; None for this process."""
        given = self.target.executor if self.local else None
        return given if isinstance(given, Executor) else None


def describe_target(target: Any) -> TargetLike:
    """What a target is.

    Raises:
        TargetError: it is neither a target of a workspace nor a LocalSimulator.
    """
    from ..simulators import LocalSimulator

    if isinstance(target, LocalSimulator):
        return TargetLike(target.name, target.profile, None, target)
    spec = TargetSpec.of(target)
    return TargetLike(spec.name, spec.profile, spec, target)
