"""OpenQASM 3 and Qiskit circuits as Q# text, by qdk's own importer.

``input`` parameters of OpenQASM, and the free parameters of a circuit, become the parameters of an operation, so that
a sweep binds them as those of Q#. The importer turns an angle into an integer fraction of a turn, as OpenQASM defines
it: an angle may differ from the value given by some 1e-15 (``rx(0.5)`` turns by 0.4999999999999997), and whole turns
are taken away: ``crx(-0.5)`` becomes a controlled turn by 2 pi - 0.5, which is not what Qiskit means.
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import CompilerCrashError, MissingExtraError, QsharpTypeError, SourceError
from ..literals import callable_path
from . import compiler
from .reports import summary

__all__ = ["circuit_as_openqasm", "openqasm_as_qsharp"]

_NO_NAME = re.compile(r"\W")

# A whole turn more is nothing to these, or a phase of the whole circuit. It is more to a controlled rotation, and to
# whatever halves an angle, and OpenQASM takes whole turns away: so all gates but these are decomposed before.
_PERIODIC = {"u", "p", "rx", "ry", "rz", "cp", "id", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "cx", "cy", "cz"}
_PERIODIC |= {"ch", "swap", "ccx", "cswap", "u1"}
_DEEPEST = 50  # levels of definitions


def openqasm_as_qsharp(text: str, name: str) -> str:
    """The Q# text of an OpenQASM program: an operation ``qasm_import.NAME`` that allocates its own qubits.

    Raises:
        SourceError: it is no OpenQASM that the importer takes, or ``name`` is no Q# name.
    """
    if not isinstance(text, str):
        raise SourceError(f"OpenQASM source must be a string, not {type(text).__name__}")
    try:
        callable_path(name)
    except ValueError as error:
        raise SourceError(str(error)) from None
    if "." in name:
        raise SourceError(f"{name!r}: the name of an OpenQASM program has no namespace")
    return compiler.run(lambda _: _convert(text, name))


def _convert(text: str, name: str) -> str:
    from qdk._fs import list_directory, read_file, resolve
    from qdk._http import fetch_github
    from qdk._native import ProgramType, QasmError, compile_qasm_to_qsharp

    problem, advice, crash = "", None, ""
    try:
        return str(
            compile_qasm_to_qsharp(
                text, read_file, list_directory, resolve, fetch_github,
                name=name, search_path=".", program_type=ProgramType.File,
            )
        )  # fmt: skip
    except QasmError as error:
        problem, advice = summary(str(error))
    except BaseException as error:  # a panic of the importer, which cannot be imported
        if type(error).__name__ != "PanicException":
            raise
        crash = " ".join(str(error).split())[:300]
    if crash:
        raise CompilerCrashError(f"the OpenQASM importer panicked: {crash}")
    raise SourceError(f"the OpenQASM does not compile: {problem}", advice=advice)


def circuit_as_openqasm(circuit: Any) -> tuple[str, str]:
    """The OpenQASM 3 text of a Qiskit circuit, and its name as Q# can have it.

    Raises:
        MissingExtraError: Qiskit is not installed.
        QsharpTypeError: it is no circuit.
        SourceError: the circuit has something that OpenQASM 3 cannot say.
    """
    try:
        from qiskit import QuantumCircuit, qasm3
    except ImportError:
        raise MissingExtraError("this needs qiskit", advice='pip install "qsharp-bridge[qiskit]"') from None
    if not isinstance(circuit, QuantumCircuit):
        raise QsharpTypeError(f"expected a Qiskit circuit, found {type(circuit).__name__}")
    try:
        text = qasm3.dumps(_periodic(circuit))
    except qasm3.QASM3ExporterError as error:
        raise SourceError(f"the circuit cannot be written as OpenQASM 3: {error}") from None
    name = _NO_NAME.sub("_", str(circuit.name))
    try:
        callable_path(name)
    except ValueError:
        name = "Circuit"
    return text, name


def _periodic(circuit: Any) -> Any:
    """The circuit with no gate that is changed by a whole turn."""
    for _ in range(_DEEPEST):
        others = {step.operation.name for step in circuit.data if _is_composed(step.operation)}
        if not others:
            break
        circuit = circuit.decompose(sorted(others))
    if not any(hasattr(step.operation, "blocks") for step in circuit.data):
        return circuit
    made = circuit.copy_empty_like()
    for step in circuit.data:
        operation = step.operation
        if hasattr(operation, "blocks"):
            operation = operation.replace_blocks([_periodic(block) for block in operation.blocks])
        made.append(operation, step.qubits, step.clbits)
    return made


def _is_composed(operation: Any) -> bool:
    if operation.name in _PERIODIC or hasattr(operation, "blocks"):
        return False
    return getattr(operation, "definition", None) is not None
