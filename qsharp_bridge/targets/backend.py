"""The two kinds of target of a sweep: one behind a workspace, and the simulator on this machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from .spec import TargetSpec


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
    def place(self) -> str:
        """Where its results come from: the workspace, or the simulator's seed, noise and engine. A run stays there.

        The address of the service is not part of it: the port of a local one changes with every start.
        """
        if self.spec is not None:
            workspace = self.target.workspace
            return f"workspace {workspace.subscription_id}/{workspace.resource_group}/{workspace.name}"
        noise = self.target.noise
        told = json.dumps(noise, sort_keys=True, default=repr) if isinstance(noise, Mapping) else type(noise).__name__
        forced = f", engine {self.target.engine}" if self.target.engine is not None else ""
        return f"seed {self.target.seed}, noise {'none' if noise is None else told}{forced}"

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
    from qsharp_bridge.simulators import LocalSimulator

    if isinstance(target, LocalSimulator):
        return TargetLike(target.name, target.profile, None, target)
    spec = TargetSpec.of(target)
    return TargetLike(spec.name, spec.profile, spec, target)
