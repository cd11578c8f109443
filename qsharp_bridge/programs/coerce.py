"""Operations from what a user may give: an operation, a circuit, or OpenQASM text."""

from __future__ import annotations

import re
from typing import Any

from qsharp_bridge.errors import QsharpTypeError

from .operation import Operation
from .program import Program

_OPENQASM = re.compile(r"\s*(?://[^\n]*\n\s*|/\*.*?\*/\s*)*OPENQASM\s", re.DOTALL)


def as_operation(given: Any) -> Operation:
    """Return the given operation, or that of a circuit or of OpenQASM text.

    Args:
        given: an `Operation`; a Qiskit or a Cirq circuit, whose free parameters or symbols become the parameters; or
            OpenQASM text that begins with its ``OPENQASM`` line, whose ``input`` variables become the parameters.

    Raises:
        QsharpTypeError: ``given`` is something else, or the operation returns nothing, so that a job would have no
            outcome to pay for.
        SourceError: the circuit or the text does not compile.

    >>> as_operation('OPENQASM 3.0; include "stdgates.inc"; input float a; qubit q; rx(a) q; bit r = measure q;').name
    'qasm_import.Circuit'
    """
    operation = given if isinstance(given, Operation) else _of_circuit(given)
    if str(operation.signature.output) == "Unit":
        raise QsharpTypeError(
            "the operation returns nothing, so no point would have an outcome",
            operation=operation.name, advice="let it return what it measures, a Result or a Result[]",
        )  # fmt: skip
    return operation


def _of_circuit(given: Any) -> Operation:
    if isinstance(given, str) and _OPENQASM.match(given):
        program = Program.from_openqasm(given)
    elif _is_a(given, "qiskit", "QuantumCircuit"):
        program = Program.from_qiskit(given)
    elif _is_a(given, "cirq", "AbstractCircuit"):
        program = Program.from_cirq(given)
    else:
        advice = 'give program.operation("Name"), or a Qiskit or Cirq circuit'
        if isinstance(given, str):
            advice += ", or OpenQASM text that begins with OPENQASM 3.0;"
        raise QsharpTypeError(f"expected an operation, found {type(given).__name__}", advice=advice)
    return program.operation(program.operations[0])


def _is_a(given: Any, package: str, name: str) -> bool:
    """Check the class of a value by name, so that neither Qiskit nor Cirq is imported."""
    kinds = ((kind.__module__.partition(".")[0], kind.__name__) for kind in type(given).__mro__)
    return (package, name) in kinds
