"""One job run: input bytes and parameters in, output bytes or an error out. Touches neither store nor clock."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from qsharp_bridge.emulator.state.models import Job
from qsharp_bridge.emulator.state.targets import find_target, runs_jobs
from qsharp_bridge.errors import BridgeError
from qsharp_bridge.simulators import Outcomes
from qsharp_bridge.targets.known import KnownTarget

from . import formats
from .cost import cost_estimate
from .exact import MOST_QUBITS, probabilities
from .inputs import InputError, Prepared, read
from .inputs.openqasm import Compiler
from .inputs.qir import Needs, needs_of
from .simulation import Simulation, Ticket

__all__ = ["JobError", "Output", "Runner", "seed_of"]

_log = logging.getLogger(__name__)

_RAW: Final = "rawOutputData"
"""The blob of an output that the service hands through as the provider wrote it."""


class JobError(Exception):
    """The job fails: the code and message of its errorData."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Output:
    """What a run gave: the bytes of the result blob, the blob's name, and what the job would cost."""

    data: bytes
    blob: str = "outputData"
    cost: dict[str, Any] | None = None


def seed_of(secret: bytes, job: Job) -> int:
    """The seed of a job's simulation: the same whenever the job is run again, and in another run of a script.

    So it does not follow from the job's id, which clients draw at random, but from its target and the name that it came
    with, and from how many of these were before it: the points of a sweep have a name each, so the order in which they
    come is no matter.
    """
    what = "\0".join((job.workspace, job.target.lower(), job.body["name"], str(job.ordinal)))
    return int.from_bytes(hashlib.sha256(secret + what.encode()).digest()[:4], "big")


class Runner:
    """Runs jobs.

    Args:
        noise: noise models of targets, by id in lower case: ``qdk.simulation.NoiseConfig``. Others are ideal.
        simulation: what simulates their programs; None: this process.
    """

    def __init__(self, noise: dict[str, Any] | None = None, simulation: Simulation | None = None) -> None:
        self.noise = noise or {}
        self._simulation = simulation or Simulation()
        self._compiler = Compiler()

    def stop(self) -> None:
        """Let go of what others simulate for it."""
        self._simulation.stop()

    def close(self) -> None:
        """End the helpers of this runner."""
        self._compiler.close()
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
        """Run a job.

        Args:
            provider, target_name: where it was submitted.
            body: its definition.
            data: its input.
            seed: the seed of the simulation.
            failed_shots: how many shots are to fail.
            ticket: by which the job is let go of; None for one that never is.

        Raises:
            JobError: it fails.
            DroppedError, StoppedError: it was let go of, or the service ends.
        """
        target = find_target(provider, target_name)
        if target is None or not runs_jobs(target):
            raise JobError("InvalidProperty", f"The target '{target_name}' of '{provider}' runs no jobs.")
        if target.kind == "echo":
            return Output(data, _RAW)
        params = body.get("inputParams") or {}
        shots = params.get("shots") or params.get("count") or 1
        try:
            prepared = read(body.get("inputDataFormat") or "qir.v1", data, params, self._compiler)
            needs = [needs_of(program) for program in prepared.programs]
            for need in needs:
                _check_fits(target, need, prepared.is_qir)
            batch = [
                self._outcomes(target, program, shots, seed + index, ticket)
                for index, program in enumerate(prepared.programs)
            ]
        except InputError as error:
            raise JobError(error.code, error.message) from error
        except BridgeError as error:
            raise JobError("RuntimeError", str(error)) from error
        errors = [formats.ShotError("0x20", "Simulated failure of a shot", {"Shot": i}) for i in range(failed_shots)]
        written, blob = _write(target, provider, body, prepared, batch, errors)
        return Output(written, blob, cost_estimate(target.id, needs[0].gates, shots * len(batch)))

    def _outcomes(
        self, target: KnownTarget, program: str | bytes, shots: int, seed: int, ticket: Ticket | None
    ) -> Outcomes:
        if target.kind != "checker":
            return self._simulation.run(program, shots, seed % 2**32, self.noise.get(target.id.lower()), ticket)
        # A syntax checker runs nothing; one shot tells the shape of the output.
        shape = self._simulation.run(program, 1, 0, None, ticket).shots[0]
        table = np.zeros(shots, dtype=np.intp)
        return Outcomes([_zeros(shape)], table, engine="zeros", why="a syntax checker answers zeros")


def _zeros(outcome: Any) -> Any:
    if isinstance(outcome, list):
        return [_zeros(item) for item in outcome]
    if isinstance(outcome, tuple):
        return tuple(_zeros(item) for item in outcome)
    return type(outcome)() if isinstance(outcome, bool | int | float) else outcome


def _check_fits(target: KnownTarget, needs: Needs, is_qir: bool) -> None:
    if is_qir and needs.profile not in target.profiles:
        # As recorded of a target that was given QIR beyond its profile.
        raise JobError("CompilationError", "cannot compile QIR bitcode, status code '1'")
    if target.qubits is not None and needs.gates.qubits > target.qubits:
        raise JobError(
            "InvalidInputData",
            f"The program needs {needs.gates.qubits} qubits; {target.id} has {target.qubits}.",
        )


def _write(
    target: KnownTarget,
    provider: str,
    body: dict[str, Any],
    prepared: Prepared,
    batch: list[Outcomes],
    errors: list[formats.ShotError],
) -> tuple[bytes, str]:
    """The output in the format asked for, and the name of its blob."""
    wanted = body.get("outputDataFormat") or "microsoft.quantum-results.v2"
    try:
        match wanted:
            case "microsoft.quantum-results.v2":
                return formats.results_v2(batch, errors), "outputData"
            case "microsoft.quantum-results.v1":
                return formats.results_v1(batch), "outputData"
            case "ionq.quantum-results.v1" if provider == "ionq":
                circuit = prepared.circuit
                exact = circuit is not None and target.id == "ionq.simulator" and circuit.qubits <= MOST_QUBITS
                if exact and circuit is not None:
                    return formats.ionq_exact(probabilities(circuit).tolist()), _RAW
                return formats.ionq_shares(batch[0]), _RAW
            case "honeywell.quantum-results.v1" if provider == "quantinuum":
                return formats.honeywell(batch[0], prepared.registers), _RAW
            case "rigetti.quil-results.v1" if provider == "rigetti":
                name = prepared.registers[0][0] if prepared.registers else "ro"
                return formats.rigetti(batch, name), _RAW
    except ValueError as error:
        raise _untranslatable(provider, str(error)) from error
    raise _untranslatable(provider, f"The format '{wanted}' is unknown for this target.")


def _untranslatable(provider: str, why: str) -> JobError:
    return JobError(
        "CannotTranslateOutputData",
        f"The output returned by '{provider}' cannot be translated as specified by 'outputDataFormat'. {why}",
    )
