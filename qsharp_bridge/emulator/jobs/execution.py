"""The run of a job's program: read it, check that it fits its target, simulate it, and write the outcomes.

``execute`` does all of it, in any process. If an executor simulates, ``programs_of`` returns the programs for it, and
``execute`` takes their outcomes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from qsharp_bridge._plural import counted
from qsharp_bridge.errors import BridgeError
from qsharp_bridge.qir.bitcode import MAGIC
from qsharp_bridge.qir.reader import read as read_program
from qsharp_bridge.simulators import Outcomes, simulate
from qsharp_bridge.targets.known import KnownTarget

from . import formats
from .cost import cost_estimate
from .errors import JobError
from .exact import MOST_QUBITS, probabilities
from .inputs.prepared import Prepared
from .inputs.qir import Needs, needs_of
from .inputs.readers import read
from .proportions import proportional_outcomes
from .provider_options import NoiseOptions, noise_options

RAW: Final = "rawOutputData"
"""The blob of an output in the format of the provider."""


@dataclass(frozen=True, slots=True)
class JobInput:
    """Input of a run: all that the outcome of a job depends on, except the noise of its target.

    Attributes:
        input_format: the format of ``data``, such as "qir.v1".
        output_format: such as "microsoft.quantum-results.v2".
        params: the job's inputParams.
        data: the input.
        seed: the seed of the simulation, from 0 to 2**32 - 1.
        failed_shots: the number of shots that a fault makes fail.
        sampling: whether the counts of ionq.simulator are drawn at random, and are not proportions of each state.
    """

    target: KnownTarget
    input_format: str
    output_format: str
    params: dict[str, Any]
    data: bytes
    seed: int
    failed_shots: int = 0
    sampling: bool = False

    @property
    def shots(self) -> Any:
        """The number of shots."""
        return self.params.get("shots") or self.params.get("count") or 1

    @property
    def provider(self) -> str:
        """The id of the provider, as jobs show it."""
        return self.target.provider.lower()

    @property
    def options(self) -> NoiseOptions:
        """The noise that the job itself asks for."""
        return noise_options(self.target, self.params)


@dataclass(frozen=True, slots=True)
class Output:
    """Result of a run.

    Attributes:
        data: the bytes of the result blob.
        blob: the name of that blob.
        cost: the job's cost estimate; None if the target has no known price.
        listing: the text of a program that was sent as bitcode, for the job's page.
        warnings: options of the job that are not simulated.
    """

    data: bytes
    blob: str = "outputData"
    cost: dict[str, Any] | None = None
    listing: str | None = None
    warnings: list[str] = field(default_factory=list)


def execute(job: JobInput, noise: Any = None, batch: list[Outcomes] | None = None) -> Output:
    """Run a job with the noise of its target; ``batch`` are the outcomes of programs that have been simulated already.

    Raises:
        JobError: the job fails.
    """
    target, options = job.target, job.options
    if target.kind == "echo":
        return Output(job.data, RAW)
    prepared, needs = _prepare(job)
    try:
        if batch is None:
            batch = [simulate_program(job, program, index, noise) for index, program in enumerate(prepared.programs)]
    except BridgeError as error:
        raise JobError("RuntimeError", str(error)) from error
    if target.kind == "checker":
        batch = [_zeros_for(outcomes, job.shots) for outcomes in batch]
    ideal = options.ideal or (noise is None and options.noise is None)
    written, blob = _write(job, prepared, batch, ideal=ideal)
    free = job.output_format == "honeywell.qir.v1"
    cost = None if free else cost_estimate(target.id, needs[0].gates, job.shots * len(batch), job.params)
    listing = prepared.programs[0] if job.data.startswith(MAGIC) else None
    return Output(written, blob, cost, listing, options.warnings)


def simulate_program(job: JobInput, program: str, index: int, noise: Any) -> Outcomes:
    """Return the outcomes of one of the QIR programs of a job. The noise of the job replaces that of its target.

    Raises:
        BridgeError: the program cannot be simulated.
    """
    target, options = job.target, job.options
    noise = None if options.ideal else options.noise or noise
    shots = 1 if target.kind == "checker" else job.shots  # of a syntax checker: for the shape of the output
    if noise is None and target.id == "ionq.simulator" and not job.sampling:
        outcomes = proportional_outcomes(program, shots)
        if outcomes is not None:
            return outcomes
    seed = job.seed if options.seed is None else options.seed
    return simulate(program, shots, seed=(seed + index) % 2**32, noise=noise)


def programs_of(job: JobInput) -> list[str]:
    """Return the QIR programs of a job, which fit its target and can be read by the simulators.

    Raises:
        JobError: a program does not fit, or is malformed.
    """
    prepared, _ = _prepare(job)
    try:
        for program in prepared.programs:
            read_program(program)
    except BridgeError as error:
        raise JobError("RuntimeError", str(error)) from error
    return list(prepared.programs)


def _prepare(job: JobInput) -> tuple[Prepared, list[Needs]]:
    try:
        prepared = read(job.input_format, job.data, job.params, job.provider)
        needs = [needs_of(program) for program in prepared.programs]
    except BridgeError as error:
        raise JobError("RuntimeError", str(error)) from error
    for need in needs:
        _check_fits(job.target, need, prepared.is_qir)
    return prepared, needs


def _zeros_for(outcomes: Outcomes, shots: int) -> Outcomes:
    table = np.zeros(shots, dtype=np.intp)
    return Outcomes([_zeros(outcomes.shots[0])], table, engine="zeros", why="a syntax checker answers zeros")


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
            f"The program needs {counted(needs.gates.qubits, 'qubit')}; {target.id} has {target.qubits}.",
        )


def _write(
    job: JobInput,
    prepared: Prepared,
    batch: list[Outcomes],
    *,
    ideal: bool,
) -> tuple[bytes, str]:
    """Return the output in the format that the job asks for, and the name of its blob."""
    target, provider = job.target, job.provider
    try:
        match job.output_format:
            case "microsoft.quantum-results.v2" if job.input_format != "ionq.circuit.v1":  # recorded
                return formats.results_v2(batch, job.failed_shots), "outputData"
            case "microsoft.quantum-results.v1":
                return formats.results_v1(batch), "outputData"
            case "ionq.quantum-results.v1" if provider == "ionq":
                circuit = prepared.circuit
                exact = ideal and target.id == "ionq.simulator"
                if exact and circuit is not None and circuit.qubits <= MOST_QUBITS:
                    return formats.ionq_exact(probabilities(circuit).tolist()), RAW
                return formats.ionq_shares(batch[0]), RAW
            case "honeywell.quantum-results.v1" if provider == "quantinuum":
                return formats.honeywell(batch[0], prepared.registers), RAW
            case "honeywell.qir.v1" if "quantinuum" in (provider, target.id.removeprefix("echo-")):
                # Recorded to succeed, without a cost; the content of its blob is not known.
                return formats.honeywell(batch[0], prepared.registers), RAW
            case "rigetti.quil-results.v1" if provider == "rigetti":
                name = prepared.registers[0][0] if prepared.registers else "ro"
                return formats.rigetti(batch, name), RAW
    except ValueError as error:
        raise _untranslatable(provider, str(error)) from error
    why = f"Input in '{job.input_format}' has no output in '{job.output_format}' on this target."
    raise _untranslatable(provider, why)


def _untranslatable(provider: str, why: str) -> JobError:
    return JobError(
        "CannotTranslateOutputData",
        f"The output returned by '{provider}' cannot be translated as specified by 'outputDataFormat'. {why} "
        "Please ensure that 'outputDataFormat' is correct.",
    )
