"""The two kinds of backend of a sweep: a target of a workspace, and the simulator on this machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

from qsharp_bridge.errors import TargetError

from .prices import Cost, job_cost
from .profiles import PROFILES, profile_name
from .spec import TargetSpec

if TYPE_CHECKING:
    from azure.quantum.workspace import Workspace

    from qsharp_bridge.qir.counts import GateCounts
    from qsharp_bridge.simulators import LocalSimulator


class Backend(Protocol):
    """Properties of a backend that a plan needs before anything runs."""

    @property
    def local(self) -> bool:
        """Whether programs run on this machine, where nothing is sent and nothing is paid."""

    @property
    def name(self) -> str:
        """Name of the target, such as ``ionq.simulator``."""

    @property
    def provider(self) -> str | None:
        """Id of the provider, such as ``ionq``; None for the simulator on this machine."""

    @property
    def profile(self) -> str:
        """QIR target profile that programs are compiled for by default."""

    @property
    def profiles(self) -> tuple[str, ...]:
        """QIR target profiles that the backend runs."""

    @property
    def place(self) -> str:
        """Text that identifies the source of the results. A run is resumed only in the same place."""

    @property
    def engine(self) -> str | None:
        """Engine that the user chose; None if each program gets its own, and on a service."""

    @property
    def only_samples(self) -> str | None:
        """Reason why there are no exact values, such as ``on a service``; None if there are."""

    @property
    def executor(self) -> Executor | None:
        """Executor that compiles the points without a template; None for this process."""

    def in_round(self, number: int) -> Self:
        """Return the backend for a further round of shots at the same points: a simulator draws other numbers."""

    def cost(self, gates: GateCounts, shots: int, input_params: Mapping[str, Any] | None = None) -> Cost:
        """Return the price of one job."""

    def check_options(self, input_params: Mapping[str, Any] | None, session: str | None) -> None:
        """Check that the backend takes these options.

        Raises:
            TargetError: it does not take one of them.
        """


@dataclass(frozen=True)
class ServiceBackend:
    """A target of a workspace, which runs jobs.

    Attributes:
        spec: the parameters with which QIR is sent to the target.
        workspace: the ``azure.quantum.Workspace`` of the target.
    """

    spec: TargetSpec
    workspace: Workspace
    local: ClassVar[bool] = False
    engine: ClassVar[str | None] = None
    only_samples: ClassVar[str | None] = "on a service"
    executor: ClassVar[Executor | None] = None

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def provider(self) -> str | None:
        return self.spec.provider_id

    @property
    def profile(self) -> str:
        return self.spec.profile

    @property
    def profiles(self) -> tuple[str, ...]:
        """The target's profile and those before it, since each profile allows all that the earlier ones allow."""
        return tuple(PROFILES[: PROFILES.index(profile_name(self.spec.profile)) + 1])

    @property
    def place(self) -> str:
        """The workspace, without the address of the service: a local one has another port at every start."""
        workspace = self.workspace
        return f"workspace {workspace.subscription_id}/{workspace.resource_group}/{workspace.name}"

    def in_round(self, number: int) -> Self:
        """Return the same backend."""
        return self

    def cost(self, gates: GateCounts, shots: int, input_params: Mapping[str, Any] | None = None) -> Cost:
        """Return the price of one job, if the provider publishes it."""
        return job_cost(self.spec.name, gates, shots, input_params)

    def check_options(self, input_params: Mapping[str, Any] | None, session: str | None) -> None:
        """Do nothing: a service takes all options."""


@dataclass(frozen=True)
class LocalBackend:
    """The simulator on this machine, without a service or jobs.

    Attributes:
        simulator: the simulator.
    """

    simulator: LocalSimulator
    local: ClassVar[bool] = True
    provider: ClassVar[str | None] = None

    @property
    def name(self) -> str:
        return self.simulator.name

    @property
    def profile(self) -> str:
        return self.simulator.profile

    @property
    def profiles(self) -> tuple[str, ...]:
        return tuple(PROFILES)

    @property
    def place(self) -> str:
        """The simulator's seed, noise and engine."""
        noise = self.simulator.noise
        model = json.dumps(noise, sort_keys=True, default=repr) if isinstance(noise, Mapping) else type(noise).__name__
        forced = f", engine {self.simulator.engine}" if self.simulator.engine is not None else ""
        return f"seed {self.simulator.seed}, noise {'none' if noise is None else model}{forced}"

    @property
    def engine(self) -> str | None:
        return self.simulator.engine

    @property
    def only_samples(self) -> str | None:
        return None if self.simulator.noise is None else "with noise"

    @property
    def executor(self) -> Executor | None:
        """The simulator's executor; None if it has a number of processes or nothing."""
        given = self.simulator.executor
        return given if isinstance(given, Executor) else None

    def in_round(self, number: int) -> Self:
        """Return the simulator with another seed, one that no point has: no draws come twice."""
        return replace(self, simulator=replace(self.simulator, seed=self.simulator.point_seed(-number)))

    def cost(self, gates: GateCounts, shots: int, input_params: Mapping[str, Any] | None = None) -> Cost:
        """Return a price of zero."""
        return Cost(0.0, "", "simulated on this machine")

    def check_options(self, input_params: Mapping[str, Any] | None, session: str | None) -> None:
        """Check that no option is given that only a service takes.

        Raises:
            TargetError: one is given.
        """
        if input_params:
            raise TargetError(f"{self.name} takes no input_params", advice="give LocalSimulator(noise=...) for noise")
        if session is not None:
            raise TargetError(f"{self.name} has no sessions", advice="leave session= out")


def backend_of(target: Any) -> ServiceBackend | LocalBackend:
    """Return the backend of a target; a backend is returned as it is.

    Raises:
        TargetError: it is neither a target of a workspace nor a LocalSimulator.
    """
    from qsharp_bridge.simulators import LocalSimulator

    if isinstance(target, ServiceBackend | LocalBackend):
        return target
    if isinstance(target, LocalSimulator):
        return LocalBackend(target)
    return ServiceBackend(TargetSpec.of(target), target.workspace)
