"""The program of a job: read, checked against its target, simulated, and its outcomes written. Pure work, any process.

``execute`` does all of it. Where an executor simulates, ``programs_of`` gives it the programs, and ``execute`` is given
the outcomes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from qsharp_bridge._plural import counted
from qsharp_bridge.emulator.state.targets import find_target, runs_jobs
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
from .provider_options import noise_options

RAW: Final = "rawOutputData"
"""The blob of an output that the service hands through as the provider wrote it."""


@dataclass(frozen=True, slots=True)
class Request:
    """Input of a run: all that the outcome of a job depends on, except the noise of its target.

    Attributes:
        provider: the id of the provider.
        target: the id of the target.
        input_format: of ``data``, such as "qir.v1".
        output_format: such as "microsoft.quantum-results.v2".
        params: the job's inputParams.
        data: the input.
        seed: of the simulation, from 0 to 2**32 - 1.
        failed_shots: how many shots a fault makes fail.
        sampling: whether the counts of ionq.simulator are drawn at random, in place of its proportions of each state.
    """

    provider: str
    target: str
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
    def noisy(self) -> bool:
        """True if the job itself asks for noise."""
        target = find_target(self.provider, self.target)
        return target is not None and noise_options(target, self.params).noise is not None

    @property
    def echoes(self) -> bool:
        """True if the target returns its input."""
        target = find_target(self.provider, self.target)
        return target is not None and target.kind == "echo"


@dataclass(frozen=True, slots=True)
class Output:
    """Result of a run.

    Attributes:
        data: the bytes of the result blob.
        blob: its name.
        cost: the job's cost estimate, None where there is none.
        listing: the text of a program that was sent as bitcode, for the job's page.
        warnings: options of the job that are not simulated.
    """

    data: bytes
    blob: str = "outputData"
    cost: dict[str, Any] | None = None
    listing: str | None = None
    warnings: list[str] = field(default_factory=list)


def execute(request: Request, noise: Any = None, batch: list[Outcomes] | None = None) -> Output:
    """Run a job with the noise of its target; ``batch`` are the outcomes of programs that have been simulated already.

    Raises:
        JobError: it fails.
    """
    target = _target_of(request)
    if target.kind == "echo":
        return Output(request.data, RAW)
    prepared, needs = _prepare(request, target)
    try:
        if batch is None:
            batch = [
                simulate_request(request, program, index, noise) for index, program in enumerate(prepared.programs)
            ]
    except BridgeError as error:
        raise JobError("RuntimeError", str(error)) from error
    if target.kind == "checker":
        batch = [_zeros_for(outcomes, request.shots) for outcomes in batch]
    errors = [
        formats.ShotError("0x20", "Simulated failure of a shot", {"Shot": i}) for i in range(request.failed_shots)
    ]
    options = noise_options(target, request.params)
    quiet = options.ideal or (noise is None and options.noise is None)
    written, blob = _write(target, request, prepared, batch, errors, quiet=quiet)
    free = request.output_format == "honeywell.qir.v1"
    cost = None if free else cost_estimate(target.id, needs[0].gates, request.shots * len(batch), request.params)
    listing = prepared.programs[0] if request.data.startswith(MAGIC) else None
    return Output(written, blob, cost, listing, options.warnings)


def simulate_request(request: Request, program: str, index: int, noise: Any) -> Outcomes:
    """Return the outcomes of one of the QIR programs of a job. The job's own options of noise come before its target's.

    Raises:
        BridgeError: it cannot be simulated.
    """
    target = _target_of(request)
    options = noise_options(target, request.params)
    noise = None if options.ideal else options.noise or noise
    shots = 1 if target.kind == "checker" else request.shots  # of a syntax checker: for the shape of the output
    if noise is None and target.id == "ionq.simulator" and not request.sampling:
        outcomes = proportional_outcomes(program, shots)
        if outcomes is not None:
            return outcomes
    seed = request.seed if options.seed is None else options.seed
    return simulate(program, shots, seed=(seed + index) % 2**32, noise=noise)


def programs_of(request: Request) -> list[str]:
    """Return the QIR programs of a job: known to fit its target, and read once as the simulators do.

    Raises:
        JobError: they do not fit, or are malformed.
    """
    prepared, _ = _prepare(request, _target_of(request))
    try:
        for program in prepared.programs:
            read_program(program)
    except BridgeError as error:
        raise JobError("RuntimeError", str(error)) from error
    return list(prepared.programs)


def _target_of(request: Request) -> KnownTarget:
    target = find_target(request.provider, request.target)
    if target is None or not runs_jobs(target):
        raise JobError("InvalidProperty", f"The target '{request.target}' of '{request.provider}' runs no jobs.")
    return target


def _prepare(request: Request, target: KnownTarget) -> tuple[Prepared, list[Needs]]:
    try:
        prepared = read(request.input_format, request.data, request.params, request.provider)
        needs = [needs_of(program) for program in prepared.programs]
    except BridgeError as error:
        raise JobError("RuntimeError", str(error)) from error
    for need in needs:
        _check_fits(target, need, prepared.is_qir)
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
    target: KnownTarget,
    request: Request,
    prepared: Prepared,
    batch: list[Outcomes],
    errors: list[formats.ShotError],
    *,
    quiet: bool,
) -> tuple[bytes, str]:
    """Write the output in the format asked for; return it and the name of its blob."""
    provider = request.provider
    try:
        match request.output_format:
            case "microsoft.quantum-results.v2" if request.input_format != "ionq.circuit.v1":  # recorded
                return formats.results_v2(batch, errors), "outputData"
            case "microsoft.quantum-results.v1":
                return formats.results_v1(batch), "outputData"
            case "ionq.quantum-results.v1" if provider == "ionq":
                circuit = prepared.circuit
                exact = quiet and target.id == "ionq.simulator"
                if exact and circuit is not None and circuit.qubits <= MOST_QUBITS:
                    return formats.ionq_exact(probabilities(circuit).tolist()), RAW
                return formats.ionq_shares(batch[0]), RAW
            case "honeywell.quantum-results.v1" if provider == "quantinuum":
                return formats.honeywell(batch[0], prepared.registers), RAW
            case "honeywell.qir.v1" if "quantinuum" in (provider, target.id.removeprefix("echo-")):
                # Recorded to succeed, without a cost; what is in the blob is not known.
                return formats.honeywell(batch[0], prepared.registers), RAW
            case "rigetti.quil-results.v1" if provider == "rigetti":
                name = prepared.registers[0][0] if prepared.registers else "ro"
                return formats.rigetti(batch, name), RAW
    except ValueError as error:
        raise _untranslatable(provider, str(error)) from error
    why = f"Input in '{request.input_format}' has no output in '{request.output_format}' on this target."
    raise _untranslatable(provider, why)


def _untranslatable(provider: str, why: str) -> JobError:
    return JobError(
        "CannotTranslateOutputData",
        f"The output returned by '{provider}' cannot be translated as specified by 'outputDataFormat'. {why} "
        "Please ensure that 'outputDataFormat' is correct.",
    )
