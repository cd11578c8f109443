"""A target of sweeps that is this machine: no service, no jobs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field

from qsharp_bridge.errors import BridgeError, SimulationError

from .noise import Noise, check_noise
from .outcomes import Outcomes
from .select import check_engine, seed_of, simulate


@dataclass(frozen=True)
class LocalSimulator:
    """A target that simulates where the caller runs.

    The outcomes of a point depend on the seed and the index of the point alone: not on the order of the points,
    nor on how many workers run them. It can be pickled if its noise is a mapping.

    Attributes:
        noise: a mapping such as ``{"depolarizing": 0.01}``, a ``qdk.simulation.NoiseConfig``, or None.
        seed: an integer from 0, or None for other outcomes each time.
        name: the name of the target.
        profile: the target profile to compile for. It keeps qubits few, and knows every instruction that the
            simulators do.
        executor: who simulates the points of a sweep: any ``concurrent.futures.Executor`` (it also compiles what no
            template exists), or a number of processes to start for each run; None for this process.
        engine: the engine that simulates every point, such as ``"cpu"``; None for the one that fits (see ``simulate``).
            In sweeps also ``"qsharp"``, qdk's own ``run`` of the operation: chosen where no QIR profile can run it.

    Raises:
        SimulationError: the seed, the noise, the executor or the engine makes no sense.

    >>> LocalSimulator(seed=7).name
    'local.simulator'
    """

    noise: Noise | None = None
    seed: int | None = None
    name: str = "local.simulator"
    profile: str = "Adaptive_RIF"
    executor: Executor | int | None = field(default=None, compare=False)
    engine: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", seed_of(self.seed))
        check_noise(self.noise)
        check_engine(self.engine)
        count = self.executor
        if isinstance(count, bool) or (isinstance(count, int) and count < 1):
            raise SimulationError(
                f"the executor is {count}", advice="give a number of processes from 1, or an executor"
            )
        if count is not None and not hasattr(count, "submit") and not isinstance(count, int):
            raise SimulationError(
                f"the executor is a {type(count).__name__}",
                advice="give a concurrent.futures.Executor, such as qb.dask_executor(...), or a number of processes",
            )
        if isinstance(count, int) and not isinstance(self.noise, Mapping | None):
            raise SimulationError(
                f"the noise is a {type(self.noise).__name__}, which cannot be sent to another process",
                advice='with a number of processes, give a mapping such as {"depolarizing": 0.01}',
            )

    def run(self, qir: str | bytes, shots: int, point_index: int = 0) -> Outcomes:
        """Simulate one point of a sweep.

        Args:
            qir: the program, as text or as LLVM bitcode.
            shots: how often to run it, the shots of the point.
            point_index: of the point in its sweep, from 0.

        Raises:
            SimulationError: as ``simulate``, with the point.
        """
        try:
            return simulate(qir, shots, seed=self.point_seed(point_index), noise=self.noise, engine=self.engine)
        except BridgeError as error:
            raise error.at(point=point_index) from None

    def point_seed(self, point_index: int) -> int | None:
        """Return the seed of a point, from the seed and its index; None without a seed.

        Args:
            point_index: of the point in its sweep, from 0.

        >>> LocalSimulator(seed=7).point_seed(0) == LocalSimulator(seed=7).point_seed(1)
        False
        """
        if self.seed is None:
            return None
        digest = hashlib.blake2b(f"{self.seed} {point_index}".encode(), digest_size=16).digest()
        return int.from_bytes(digest, "little")
