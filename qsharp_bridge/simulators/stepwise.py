"""Simulate every shot anew with qdk's ``run_qir``: for noise, branches, and Clifford programs of many qubits.

``run_qir`` shapes the output itself, and gets empty arrays and side-by-side records wrong (qdk 1.33.1). So the
program it is given records all its values in one flat array, and the shape is ours.
"""

from __future__ import annotations

import functools
from typing import Any

from qsharp_bridge.errors import SimulationError, UnsupportedQirError
from qsharp_bridge.qir.gates import MEASUREMENTS
from qsharp_bridge.qir.llvm import contained, entry_point, parse
from qsharp_bridge.qir.program import RECORDS, Outcome, Program

from .noise import NoiseModel
from .outcomes import LOST, Outcomes


def run(text: str, program: Program, shots: int, *, kind: str, seed: int, model: NoiseModel, why: str) -> Outcomes:
    """Run a program, given as text and as ``reader.read`` gives it, on an engine of qdk.

    Args:
        kind: "cpu" or "clifford".
        seed: from 0 to 2**32 - 1.
        why: for the outcomes.

    Raises:
        UnsupportedQirError: the engine does not know an instruction.
        SimulationError: the engine panicked.
    """
    structure = program.structure
    if shots == 0 or structure.leaves == 0:
        return Outcomes.of([()] * shots, engine=kind, why=why, build=structure.build)
    panicked = f"the {kind} engine of qdk panicked"
    return contained(SimulationError, panicked, _run, text, program, shots, kind, seed, model, why)


def _run(text: str, program: Program, shots: int, kind: str, seed: int, model: NoiseModel, why: str) -> Outcomes:
    from qdk import Result
    from qdk.simulation import run_qir

    _visit_each_block_once()
    structure = program.structure
    plain = {Result.Zero: 0, Result.One: 1, Result.Loss: LOST}

    partial = UnsupportedQirError("the program does not record its output on every path")

    def made(row: list[Any]) -> Outcome:
        if len(row) != structure.leaves:
            raise partial
        return structure.build([plain[value] if isinstance(value, Result) else value for value in row])

    flat = _flat(text, program, readout=model.readout)
    try:
        rows = run_qir(flat, shots, noise=model.config, seed=seed, type=kind)
    except IndexError:
        raise partial from None
    except (ValueError, KeyError, AssertionError, AttributeError) as error:
        raise UnsupportedQirError(f"the {kind} engine cannot run this program: {error}") from error
    return Outcomes.of(rows, engine=kind, why=why, build=made)


@functools.cache
def _visit_each_block_once() -> None:
    """Make pyqir's visitor list each block once, in the order that it has.

    It lists the blocks after a branch once for each path to them: twice as many with every branch, so that qdk took
    all memory for a program of 40 branches (pyqir 0.12).
    """
    from pyqir import QirModuleVisitor

    def visit(self: Any, function: Any) -> None:
        blocks = dict.fromkeys(function.basic_blocks[:1])
        waiting = list(blocks)
        for block in waiting:
            if block.terminator is not None:
                new = [one for one in reversed(block.terminator.successors) if one not in blocks]
                blocks.update(dict.fromkeys(new))
                waiting += dict.fromkeys(new)
        for block in blocks:
            self._on_block(block)

    QirModuleVisitor._on_function = visit  # type: ignore[method-assign]


def _flat(text: str, program: Program, *, readout: float) -> bytes:
    """Return the program as bitcode for qdk.

    Its recorded values are in one array, its profile is the one that knows all instructions, and each measurement
    gives the wrong result with probability ``readout``.
    """
    import pyqir

    module = parse(text)
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
    integer = pyqir.IntType(module.context, 64)
    array = _declared(module, "__quantum__rt__array_record_output", [integer, label.type])
    builder.call(array, [pyqir.const(integer, len(values)), label])
    for call, kind in records:
        if kind in ("array", "tuple"):
            call.erase()
    if readout:
        _add_readout_noise(module, builder, readout)
    for name, value in {
        "qir_profiles": "adaptive_profile",
        "required_num_qubits": str(program.structure.qubits),
        "required_num_results": str(program.structure.results),
    }.items():
        pyqir.add_string_attribute(entry, name, value)
    bitcode: bytes = module.bitcode
    return bitcode


def _add_readout_noise(module: Any, builder: Any, chance: float) -> None:
    """Add a call after each measurement that may flip its result: qdk's noise tables act on qubits, not results."""
    import pyqir

    double = pyqir.Type.double(module.context)
    amount = pyqir.const(double, chance)
    for function in module.functions:
        for block in function.basic_blocks:
            for call in block.instructions:
                if isinstance(call, pyqir.Call) and call.callee.name in MEASUREMENTS:
                    result = call.args[1]
                    flip = _declared(module, "__quantum__rt__readout_noise", [double, double, result.type])
                    builder.insert_after(call)
                    builder.call(flip, [amount, amount, result])


def _declared(module: Any, name: str, arguments: list[Any]) -> Any:
    """Return the function of that name, declared if the module does not have it."""
    import pyqir

    for function in module.functions:
        if function.name == name:
            return function
    signature = pyqir.FunctionType(pyqir.Type.void(module.context), arguments)
    return pyqir.Function(signature, pyqir.Linkage.EXTERNAL, name, module)
