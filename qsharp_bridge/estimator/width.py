"""Check of the number of qubits of an observable against that of an operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qsharp_bridge._plural import counted
from qsharp_bridge.errors import BridgeError, CompileError, SweepError
from qsharp_bridge.qir.program import Structure
from qsharp_bridge.qir.reader import read
from qsharp_bridge.sweeps.sweep import Sweep

from .measurement import MeasuredOperation

_TRIED = 16
"""Numbers of qubits that are tried."""


def check_results(asked: MeasuredOperation, structure: Structure, qubits: int) -> None:
    """Check that a program records one result for each qubit of an observable.

    Raises:
        SweepError: it records another number.
    """
    if structure.leaves != qubits:
        raise SweepError(
            f"the operation returns {counted(structure.leaves, 'result')}, and the observable acts on "
            f"{counted(qubits, 'qubit')}",
            path="observable",
            operation=asked.name,
            advice=f"write the observable for {structure.leaves}, or return one Result for each basis",
        )


def check_width(asked: MeasuredOperation, qubits: int, point: Mapping[str, Any], profile: str) -> None:
    """Check, before anything runs, that an operation with its own measurement gives one result for each qubit.

    Args:
        asked: the operation; if the toolkit wrote the measurement, there is nothing to check.
        qubits: of the observable.
        point: its other parameters, by name.
        profile: to compile for.

    Raises:
        SweepError: it gives another number of results.
    """
    if asked.wrapped:
        return
    try:
        structure = read(str(_program(asked, qubits, point, profile))).structure
    except BridgeError:
        return  # the run reports the error
    check_results(asked, structure, qubits)


def with_width(
    error: CompileError, asked: MeasuredOperation, qubits: int, point: Mapping[str, Any], profile: str
) -> BridgeError:
    """Return the error of a program that does not compile, or a better one if it compiles with more qubits.

    Args:
        error: of the compiler.
        asked: the operation.
        qubits: of the observable.
        point: the other parameters of the operation, by name.
        profile: to compile for.
    """
    if (more := fewest_qubits(asked, point, profile, qubits + 1)) is not None:
        return SweepError(
            f"the operation uses {counted(more, 'qubit')}, and the observable acts on {counted(qubits, 'qubit')}",
            path="observable",
            operation=asked.name,
            advice=f"write the observable for the whole register: PauliSum(..., qubits={more})",
        )
    return error


def fewest_qubits(asked: MeasuredOperation, point: Mapping[str, Any], profile: str, least: int = 1) -> int | None:
    """Return the fewest qubits, from ``least`` up, for which an operation compiles; None where none is found.

    Args:
        asked: the operation.
        point: its other parameters, by name.
        profile: to compile for.
        least: where to begin; the next 16 numbers are tried.
    """
    for qubits in range(least, least + _TRIED):
        try:
            _program(asked, qubits, point, profile)
        except BridgeError:
            continue
        return qubits
    return None


def _program(asked: MeasuredOperation, qubits: int, point: Mapping[str, Any], profile: str) -> Any:
    return asked.operation.bind(Sweep.points([asked.point(point, "Z" * qubits)]), profile=profile)[0]
