"""Run one job: input bytes and parameters in, output bytes or an error out. Touches neither store nor clock.

What a stranger sent is parsed and simulated in child processes (``processes``): LLVM crashes on damaged input, and a
simulation may take all memory or never end. Only a small straight program, which a reader of our own understands, is
run in this process, since it takes less time than sending it elsewhere.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, Final

from qsharp_bridge.emulator.state.models import Job
from qsharp_bridge.errors import BridgeError
from qsharp_bridge.qir.plain import read_plain
from qsharp_bridge.simulators.effort import effort

from .errors import JobError
from .processes import JobProcesses
from .program import Output, Request, execute, programs_of
from .simulation import Simulation, Ticket

_SMALL_TEXT: Final = 64 * 2**10
_SMALL_SHOTS: Final = 10_000
_SMALL_QUBITS: Final = 12
"""Proportions are of the states of all qubits, also of those that no result depends on."""
_SMALL_EFFORT: Final = 0.005
"""Seconds. This process answers requests as well, and Python runs one thread at a time."""


def seed_of(secret: bytes, job: Job) -> int:
    """Return the seed of a job's simulation: the same whenever the job is run again, and in another run of a script.

    So it does not follow from the job's id, which clients draw at random, but from its target and the name that it came
    with, and from how many of these were before it: the points of a sweep have a name each, so the order in which they
    come is no matter.
    """
    what = "\0".join((job.workspace, job.target.lower(), job.body["name"], str(job.ordinal)))
    return int.from_bytes(hashlib.sha256(secret + what.encode()).digest()[:4], "big")


class Runner:
    """Runs jobs, from as many threads as there are jobs at once.

    Args:
        noise: noise models of targets, by id in lower case: ``qdk.simulation.NoiseConfig`` or mappings. Others are
            ideal.
        simulation: the executor that simulates the programs; None: child processes of this one.
        seconds: how long a job may run in a child process before it is ended and has failed.
        processes: how many child processes run jobs at once.
        sampling: whether the counts of ionq.simulator are drawn at random, in place of proportions of each state.
    """

    def __init__(
        self,
        noise: dict[str, Any] | None = None,
        simulation: Simulation | None = None,
        *,
        seconds: float = 600,
        processes: int = 1,
        sampling: bool = False,
    ) -> None:
        self.noise = noise or {}
        self._sampling = sampling
        self._simulation = simulation or Simulation()
        self._processes = JobProcesses(processes, seconds)

    def stop(self) -> None:
        """End what runs; those who wait for it get ``StoppedError``."""
        self._simulation.stop()
        self._processes.stop()

    def close(self) -> None:
        """End the child processes, and disconnect from a cluster."""
        self._processes.stop()
        self._simulation.close()

    def run(
        self,
        provider: str,
        target_name: str,
        body: dict[str, Any],
        data: bytes,
        seed: int,
        failed_shots: int = 0,
        ticket: Ticket | None = None,
    ) -> Output:
        """Run a job, of which ``failed_shots`` shots are to fail; ``ticket`` cancels it.

        Raises:
            JobError: the job fails.
            DroppedError: it was cancelled.
            StoppedError: the service ends.
        """
        request = Request(
            provider,
            target_name,
            body.get("inputDataFormat") or "qir.v1",
            body.get("outputDataFormat") or "microsoft.quantum-results.v2",
            body.get("inputParams") or {},
            data,
            seed,
            failed_shots,
            self._sampling,
        )
        ticket = ticket or Ticket()
        noise = self.noise.get(target_name.lower())
        here = request.echoes or (_is_small(request) and not request.noisy)
        if not request.echoes and self._simulation.remote:
            return self._run_remotely(request, noise, ticket, here=here)
        if here and noise is None:
            return execute(request)
        return self._processes.run(request, noise, None, ticket)

    def _run_remotely(self, request: Request, noise: Any, ticket: Ticket, *, here: bool) -> Output:
        """Have the executor simulate the programs. They are read and checked first: bad ones would break it."""
        programs = programs_of(request) if here else self._processes.programs(request, ticket)
        batch = []
        for index, program in enumerate(programs):
            try:
                outcomes = self._simulation.run(replace(request, data=b""), program, index, noise, ticket)
            except BridgeError as error:
                raise JobError("RuntimeError", str(error)) from error
            if outcomes is None:
                return self._processes.run(request, noise, None, ticket)
            batch.append(outcomes)
        return execute(request, batch=batch) if here else self._processes.run(request, noise, batch, ticket)


def _is_small(request: Request) -> bool:
    """Check that a job takes a few milliseconds, and that its input is safe to read in this process."""
    if not request.input_format.endswith("qir.v1") or len(request.data) > _SMALL_TEXT:
        return False
    shots = request.shots
    if not isinstance(shots, int) or shots > _SMALL_SHOTS or not request.data.isascii():
        return False
    text = request.data.decode("ascii")
    try:
        program = read_plain(text)
        if program is None or program.structure.qubits > _SMALL_QUBITS:
            return False
        return effort(text, shots) <= _SMALL_EFFORT
    except BridgeError:
        return False
