"""The run of one job, from input bytes and parameters to output bytes or an error. It uses neither store nor clock.

Input of strangers is parsed and simulated in child processes (``processes``): LLVM crashes on damaged input, and a
simulation may take all memory or never end. Only a small program without branches, which our own reader understands,
runs in this process, since it takes less time than sending it elsewhere.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, Final

from qsharp_bridge.emulator.state.models import Job
from qsharp_bridge.emulator.state.targets import find_target, runs_jobs
from qsharp_bridge.errors import BridgeError
from qsharp_bridge.qir.plain import read_plain
from qsharp_bridge.simulators.effort import effort

from .errors import JobError
from .execution import JobInput, Output, execute, programs_of
from .job_run import JobRun
from .processes import JobProcesses
from .simulation import Simulation

_SMALL_TEXT: Final = 64 * 2**10
_SMALL_SHOTS: Final = 10_000
_SMALL_QUBITS: Final = 12
"""Qubits of all kinds: proportions cover the states also of qubits that no result depends on."""
_SMALL_EFFORT: Final = 0.005
"""Seconds at most of a job in this process, which answers requests as well; Python runs one thread at a time."""


def seed_of(secret: bytes, job: Job) -> int:
    """Return the seed of a job's simulation: the same each time the job runs, and in another run of the same script.

    It is derived from the target, the name that the job was submitted with, and the number of such jobs before it, not
    from the job's id, which clients draw at random. The points of a sweep have different names, so the order in which
    they arrive does not matter.
    """
    what = "\0".join((job.workspace, job.target.lower(), job.body["name"], str(job.ordinal)))
    return int.from_bytes(hashlib.sha256(secret + what.encode()).digest()[:4], "big")


class Runner:
    """Runner of jobs. ``run`` may be called from several threads.

    Args:
        noise: noise models of targets, by id in lower case: ``qdk.simulation.NoiseConfig`` or mappings. Other targets
            are ideal.
        simulation: the executor that simulates the programs; None: child processes of this one.
        seconds: the time that a job may run in a child process; a job that takes longer is ended, and has failed.
        processes: the number of child processes.
        sampling: whether the counts of ionq.simulator are drawn at random, and are not proportions of each state.
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
        """End the jobs that run: their ``run`` raises ``StoppedError``."""
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
        run: JobRun | None = None,
    ) -> Output:
        """Run a job, of which ``failed_shots`` shots are to fail; ``run`` cancels it.

        Raises:
            JobError: the job fails, or no such target runs jobs: a data folder keeps jobs of older versions.
            JobCancelledError: the job was cancelled.
            StoppedError: the service stops.
        """
        target = find_target(provider, target_name)
        if target is None or not runs_jobs(target):
            raise JobError("InvalidProperty", f"The target '{target_name}' of '{provider}' runs no jobs.")
        job = JobInput(
            target,
            body.get("inputDataFormat") or "qir.v1",
            body.get("outputDataFormat") or "microsoft.quantum-results.v2",
            body.get("inputParams") or {},
            data,
            seed,
            failed_shots,
            self._sampling,
        )
        run = run or JobRun()
        noise = self.noise.get(target_name.lower())
        echoes = target.kind == "echo"
        here = echoes or (_is_small(job) and job.options.noise is None)
        if not echoes and self._simulation.available:
            return self._run_remotely(job, noise, run, here=here)
        if here and noise is None:
            return execute(job)
        return self._processes.run(job, noise, None, run)

    def _run_remotely(self, job: JobInput, noise: Any, run: JobRun, *, here: bool) -> Output:
        """Run a job whose programs the executor simulates. They are checked first: bad programs would break it."""
        programs = programs_of(job) if here else self._processes.programs(job, run)
        batch = []
        for index, program in enumerate(programs):
            try:
                outcomes = self._simulation.run(replace(job, data=b""), program, index, noise, run)
            except BridgeError as error:
                raise JobError("RuntimeError", str(error)) from error
            if outcomes is None:
                return self._processes.run(job, noise, None, run)
            batch.append(outcomes)
        return execute(job, batch=batch) if here else self._processes.run(job, noise, batch, run)


def _is_small(job: JobInput) -> bool:
    """Check that a job takes a few milliseconds, and that its input is safe to read in this process."""
    if not job.input_format.endswith("qir.v1") or len(job.data) > _SMALL_TEXT:
        return False
    shots = job.shots
    if not isinstance(shots, int) or shots > _SMALL_SHOTS or not job.data.isascii():
        return False
    text = job.data.decode("ascii")
    try:
        program = read_plain(text)
        if program is None or program.structure.qubits > _SMALL_QUBITS:
            return False
        return effort(text, shots) <= _SMALL_EFFORT
    except BridgeError:
        return False
