"""Runs a QIR program on the engine that fits it: QIR and a number of shots in, outcomes out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

from qsharp_bridge._plural import counted
from qsharp_bridge.errors import SimulationError
from qsharp_bridge.qir.bitcode import QirLike, as_text
from qsharp_bridge.qir.program import Outcome, Program, Structure
from qsharp_bridge.qir.reader import read

from . import limits
from .noise import Noise, NoiseModel, noise_model
from .outcomes import Outcomes
from .wires import plan_of

if TYPE_CHECKING:
    from qsharp_bridge.qir.split import ProgramPart

ENGINES = ("qulacs", "numpy", "clifford", "cpu")

QSHARP = "qsharp"
"""The engine of sweeps that runs Q# by qdk's own ``run``: for programs that have no QIR, so not one of ``simulate``."""

STATE_VECTOR = ENGINES[:2]
"""Those that simulate once for all shots."""

WIDE = 20
"""A state of more qubits costs a second and more; a Clifford program then runs faster shot by shot."""

NARROW = 8
"""From this many qubits on, a shot costs less on the stabilizer engine of qdk than on its state vector."""


def simulate(
    qir: str | bytes | QirLike,
    shots: int,
    *,
    seed: int | None = None,
    noise: Noise | None = None,
    engine: str | None = None,
) -> Outcomes:
    """Run a QIR program on this machine.

    The engine is chosen from what the program does, and named with the reason in ``engine`` and ``why`` of the
    outcomes:

    * ``"qulacs"``, or ``"numpy"`` where qulacs is not installed: no noise and no branch on a measurement. The state is
      simulated once and sampled; qubits that nothing joins are simulated and sampled apart.
    * ``"clifford"``: Clifford gates only, with many qubits. qdk's stabilizer simulation, every shot.
    * ``"cpu"``: all else. qdk's state vector simulation, every shot.

    Args:
        qir: QIR as text, as LLVM bitcode, or as ``op.compile`` gives it.
        shots: how often to run it, at least 0.
        seed: any integer from 0; the same seed gives the same outcomes. None: other outcomes each time.
        noise: a ``qdk.simulation.NoiseConfig``, a mapping such as ``{"depolarizing": 0.01}``, or None;
            see ``noise.noise_model``.
        engine: one of the four, to force it.

    Raises:
        UnsupportedQirError: the QIR is malformed, or has an instruction that the simulators do not know.
        SimulationLimitError: it needs more memory than there is.
        SimulationError: the engine forced cannot run it; shots, seed or noise make no sense.

    >>> simulate(qir, 1000, seed=1).histogram()  # doctest: +SKIP
    [([0, 0], '[0, 0]', 507), ([1, 1], '[1, 1]', 493)]
    """
    if isinstance(shots, bool) or not isinstance(shots, Integral) or shots < 0:
        raise SimulationError(f"shots is {shots!r}", advice="give an integer from 0")
    shots, seed = int(shots), seed_of(seed)
    model = NoiseModel() if noise is None else noise_model(noise)
    noisy = model != NoiseModel()
    text = as_text(qir)
    program = read(text)
    limits.check_shots(shots, program.structure.leaves)
    if engine is not None:
        _check_forced(engine, program, noisy=noisy)
    return _run(text, program, shots, seed, model, engine, parts=True)


def _run(
    text: str, program: Program, shots: int, seed: int | None, model: NoiseModel, engine: str | None, *, parts: bool
) -> Outcomes:
    name, why = choose(program, shots, noisy=model != NoiseModel())
    if engine is not None:
        name, why = engine, "it was asked for"
    structure = program.structure
    if name in STATE_VECTOR:
        from .statevector import sample

        copies = 2 if name == "qulacs" else 3
        limits.check_state(plan_of(structure).width, copies=copies, what="a state")
        table, indices = sample(program, shots, seed, name)
        return Outcomes(table, indices, engine=name, why=why)
    if parts and structure.qubits >= NARROW:
        from qsharp_bridge.qir.split import split

        found = split(text)
        if len(found) > 1:
            return _run_parts(found, program, shots, seed, model, engine)

    import numpy as np

    from .stepwise import run

    if name == "clifford":
        limits.check_tableau(structure.qubits)
    else:
        # Each core runs a shot of its own, on up to three states (measured).
        at_once = min(shots, os.cpu_count() or 1)
        limits.check_state(structure.qubits, copies=3 * at_once, what="a run shot by shot")
    short = int(np.random.SeedSequence(seed).generate_state(1)[0])
    return run(text, program, shots, kind=name, seed=short, model=model, why=why)


def _run_parts(
    parts: Sequence[ProgramPart], program: Program, shots: int, seed: int | None, model: NoiseModel, engine: str | None
) -> Outcomes:
    """Run parts that nothing joins one by one, each with draws of its own, and put their values together by shot."""
    structure = program.structure
    columns: list[list[Outcome]] = [[] for _ in range(structure.leaves)]
    ran: list[Outcomes] = []
    for number, part in enumerate(parts):
        own = (
            None if seed is None else int.from_bytes(hashlib.blake2b(f"{seed} {number}".encode()).digest()[:16], "big")
        )
        outcomes = _run(part.text, read(part.text), shots, own, model, engine, parts=False)
        rows = outcomes.shots if len(part.values) > 1 else [(value,) for value in outcomes.shots]
        for place, value in enumerate(part.values):
            columns[value] = [row[place] for row in rows]
        ran.append(outcomes)
    widest = max(range(len(parts)), key=lambda number: parts[number].qubits)
    most = counted(parts[widest].qubits, "qubit")
    why = f"{len(parts)} independent parts one by one, of at most {most}: {ran[widest].why}"
    return Outcomes.of(structure.build_all(columns, shots), engine=ran[widest].engine, why=why)


def seed_of(seed: Any) -> int | None:
    """Check a seed that a user gave, and return it as an int or None.

    Raises:
        SimulationError: it is neither an integer from 0 nor None.
    """
    if seed is None:
        return None
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise SimulationError(f"the seed is {seed!r}", advice="give an integer from 0, or None")
    return int(seed)


def choose(program: Program, shots: int, *, noisy: bool) -> tuple[str, str]:
    """Return the engine for a program, and why."""
    structure = program.structure
    if not noisy and structure.branch is None:
        plan = plan_of(structure)
        if plan.width > WIDE and program.not_clifford() is None:
            return "clifford", f"all gates are Clifford, and {plan.width} qubits interact"
        if worth_once(structure, shots):
            why = "no measurement decides what is done: one simulation is enough"
            if len(plan.parts) > 1:
                why += f", in {len(plan.parts)} independent parts of at most {counted(plan.width, 'qubit')}"
            return _state_vector(), why
        reason = f"{plan.copies} measurements cannot wait until the end"
    else:
        reason = "there is noise" if noisy else f"the program {structure.branch}"
    if structure.qubits >= NARROW and program.not_clifford() is None:
        return "clifford", f"{reason}: every shot is simulated; all gates are Clifford"
    return "cpu", f"{reason}: every shot is simulated"


def worth_once(structure: Structure, shots: int) -> bool:
    """Return whether one simulation with a qubit more for each measurement that cannot wait is less than all shots."""
    plan = plan_of(structure)
    return not plan.copies or 2**plan.width <= max(shots, 1) * 2**structure.qubits


def _state_vector() -> str:
    from .statevector import ENGINE

    return ENGINE


def check_engine(engine: str | None) -> None:
    """Check that there is such an engine; None stands for the one that fits.

    Raises:
        SimulationError: there is not, or it is not installed.
    """
    if engine is not None and engine not in (*ENGINES, QSHARP):
        raise SimulationError(f"unknown engine {engine!r}", advice=f"the engines are {', '.join((*ENGINES, QSHARP))}")
    if engine == "qulacs" and _state_vector() != engine:
        raise SimulationError("the engine qulacs is not installed", advice="use the engine numpy, or install qulacs")


def _check_forced(engine: str, program: Program, *, noisy: bool) -> None:
    """Check that a program can run on an engine.

    Raises:
        SimulationError: it cannot, or there is no such engine.
    """
    check_engine(engine)
    if engine == QSHARP:
        raise SimulationError(
            f"the engine {QSHARP} runs Q#, not QIR", advice="use it in run_sweep, or take another engine"
        )
    if engine in STATE_VECTOR and (noisy or program.structure.branch):
        reason = "there is noise" if noisy else f"the program {program.structure.branch}"
        raise SimulationError(f"the engine {engine} simulates once for all shots, but {reason}")
    other = program.not_clifford() if engine == "clifford" else None
    if other is not None:
        gate, angle = other
        detail = f" by {angle!r}" if angle is not None else " by a computed angle" if gate.angle else ""
        raise SimulationError(f"the engine clifford runs Clifford gates only, but the program has {gate.name}{detail}")
