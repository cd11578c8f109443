"""Simulate every shot anew with qdk's ``run_qir``: for noise, branches, and Clifford programs of many qubits.

``run_qir`` shapes the output itself, and gets empty arrays and side-by-side records wrong (qdk 1.33.1). So the
program it is given records all its values in one flat array, and the shape is ours.
"""

from __future__ import annotations

from typing import Any

from ..errors import SimulationError, UnsupportedQirError
from .circuit import Program
from .outcomes import LOST, Outcome, Outcomes
from .reader import RECORDS, entry_point, parse

__all__ = ["run"]


def run(qir: str | bytes, program: Program, shots: int, *, kind: str, seed: int, noise: Any, why: str) -> Outcomes:
    """Run a program on an engine of qdk.

    Args:
        qir: the program.
        program: the same, as ``reader.read`` gives it.
        shots: how often to run it.
        kind: "cpu" or "clifford".
        seed: from 0 to 2**32 - 1.
        noise: a ``qdk.simulation.NoiseConfig`` or None.
        why: for the outcomes.

    Raises:
        UnsupportedQirError: the engine does not know an instruction.
        SimulationError: the engine panicked.
    """
    from qdk import Result
    from qdk.simulation import run_qir

    structure = program.structure
    if shots == 0 or structure.leaves == 0:
        return Outcomes.of([structure.build(())] * shots, engine=kind, why=why)
    plain = {Result.Zero: 0, Result.One: 1, Result.Loss: LOST}

    def made(row: list[Any]) -> Outcome:
        return structure.build([plain[value] if isinstance(value, Result) else value for value in row])

    flat = _flat(qir, program)
    try:
        rows = run_qir(flat, shots, noise=noise, seed=seed, type=kind)
    except (ValueError, KeyError, AssertionError, AttributeError) as error:
        raise UnsupportedQirError(f"the {kind} engine cannot run this program: {error}") from error
    except (KeyboardInterrupt, SystemExit, Exception):
        raise
    except BaseException as panic:  # pyo3_runtime.PanicException is no Exception
        raise SimulationError(f"the {kind} engine of qdk panicked: {panic}") from None
    return Outcomes.of(rows, engine=kind, why=why, build=made)


def _flat(qir: str | bytes, program: Program) -> bytes:
    """The program as bitcode, its recorded values in one array, and under the profile that knows all instructions."""
    import pyqir

    module = parse(qir)
    entry = entry_point(module)
    records = [
        (call, RECORDS[call.callee.name])
        for block in entry.basic_blocks
        for call in block.instructions
        if isinstance(call, pyqir.Call) and call.callee.name in RECORDS
    ]
    values = [call for call, kind in records if kind not in ("array", "tuple")]
    builder = pyqir.Builder(module.context)
    builder.insert_before(values[0])
    label = values[0].args[1]
    size = pyqir.const(pyqir.IntType(module.context, 64), len(values))
    builder.call(_record_array(module, label.type), [size, label])
    for call, kind in records:
        if kind in ("array", "tuple"):
            call.erase()
    for name, text in {
        "qir_profiles": "adaptive_profile",
        "required_num_qubits": str(program.structure.qubits),
        "required_num_results": str(program.structure.results),
    }.items():
        pyqir.add_string_attribute(entry, name, text)
    bitcode: bytes = module.bitcode
    return bitcode


def _record_array(module: Any, label: Any) -> Any:
    import pyqir

    name = "__quantum__rt__array_record_output"
    for function in module.functions:
        if function.name == name:
            return function
    context = module.context
    signature = pyqir.FunctionType(pyqir.Type.void(context), [pyqir.IntType(context, 64), label])
    return pyqir.Function(signature, pyqir.Linkage.EXTERNAL, name, module)
