"""QIR and a number of shots in, outcomes out: runs a program on the engine that fits it."""

from __future__ import annotations

from typing import Any

from ..errors import SimulationError, UnsupportedQirError
from .outcomes import Outcomes

__all__ = ["simulate"]


def simulate(
    qir: str | bytes,
    shots: int,
    *,
    seed: int | None = None,
    noise: Any = None,
    engine: str | None = None,
) -> Outcomes:
    """Run a QIR program.

    Args:
        qir: QIR as text, or as LLVM bitcode.
        shots: how often to run it, at least 0.
        seed: any integer from 0; the same seed gives the same outcomes.
        noise: a ``qdk.simulation.NoiseConfig``, or None.
        engine: "cpu" or "clifford" to force one.

    Raises:
        UnsupportedQirError: the QIR is malformed, or has an instruction that the engines do not know.
    """
    from qdk.simulation import run_qir

    name = engine or "cpu"
    try:
        shots_run = run_qir(qir, shots, noise=noise, seed=None if seed is None else seed % 2**32, type=name)
    except (ValueError, KeyError, StopIteration, AttributeError) as problem:
        raise UnsupportedQirError(f"cannot run this QIR: {problem}") from problem
    except BaseException as problem:
        if type(problem).__name__ != "PanicException":
            raise
        raise SimulationError(f"the simulator of qdk panicked: {problem}") from None
    return Outcomes.of(map(_plain, shots_run), engine=name, why="it runs every program")


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    if type(value).__name__ == "Result":
        return {"Zero": 0, "One": 1, "Loss": 2}[str(value)]
    return value
