"""Qiskit circuits as Q# text, through OpenQASM 3 and qdk's importer.

The importer does not read functions of an ``input``, and OpenQASM has other reserved names than Q#. So the circuit is
written with a plain parameter, such as ``value_0``, for each different expression, and a small operation with the
circuit's own parameters computes these values and calls it:

    operation pair(theta : Double) : Result[] {
        pair_of_values(QsharpBridge.Qiskit.Finite(Std.Math.Sin(theta), "sin(theta)"))
    }

A vector of parameters is one array of the vector's full length.

So the text is the whole program: it can be resumed from a journal, and compiled by a worker, without Qiskit.
"""

from __future__ import annotations

import re
from typing import Any

from qsharp_bridge.errors import QsharpTypeError, SourceError
from qsharp_bridge.extras import needs
from qsharp_bridge.literals import callable_path, to_qsharp

from .generated import qsharp_name, wrapped
from .openqasm import import_openqasm, openqasm_as_qsharp
from .qiskit_expressions import HELPERS, expression
from .qiskit_passes import prepared, with_blocks
from .vectors import LENGTH_HELPER, length_check

_NO_NAME = re.compile(r"\W")
_COUNTED = re.compile(r"circuit-\d+(-\d+)*")  # names that Qiskit makes; they differ in the next process

_NO_REGISTER = {"false", "pragma", "true", "void"}  # reserved in OpenQASM, and not renamed by Qiskit's exporter


def circuit_as_qsharp(circuit: Any) -> str:
    """Return the Q# text of a Qiskit circuit: an operation ``qasm_import.NAME`` with its free parameters.

    Raises:
        MissingExtraError: Qiskit is not installed.
        QsharpTypeError: ``circuit`` is not a Qiskit circuit.
        SourceError: the circuit has something that has no form in OpenQASM 3 or that qdk's importer does not read.
    """
    if not isinstance(circuit, needs("qiskit", "qiskit").QuantumCircuit):
        raise QsharpTypeError(f"expected a Qiskit circuit, found {type(circuit).__name__}")
    for register in (*circuit.qregs, *circuit.cregs):
        if register.name in _NO_REGISTER:
            raise SourceError(
                f"the register {register.name!r} cannot be written as OpenQASM 3, which reserves the name",
                advice="give it another name",
            )
    name = _operation_name(str(circuit.name))
    free = circuit.parameters  # also those of delays
    circuit, zero = prepared(circuit)
    if not free:
        return _one_zero(_first_bit_least(openqasm_as_qsharp(_openqasm(circuit), name)), zero)
    inner = f"{name}_of_values"
    values = _Values(circuit, free, ["Std", "QsharpBridge", inner])
    made = import_openqasm(_openqasm(values.in_place_of_expressions(circuit)), inner)
    # Inputs that the circuit itself declares, `QuantumCircuit.add_input`, are passed on.
    passed = [(one.name, one.type) for one in made.operation.parameters if one.name not in values.made]
    around = wrapped(
        name,
        [*values.parameters, *passed],
        _one_zero(_first_bit_least(made.text), zero),
        made.operation,
        [values.made.get(one.name, one.name) for one in made.operation.parameters],
        own=values.own | made.own,
        checks=[length_check(one, length) for one, length in values.lengths.items()],
    )
    helpers = [HELPERS] if any(one not in values.names.values() for one in values.made.values()) else []
    helpers += [LENGTH_HELPER] if values.lengths else []
    return "\n".join([around, *helpers])


def _operation_name(name: str) -> str:
    found = _NO_NAME.sub("_", name)
    try:
        return "Circuit" if _COUNTED.fullmatch(name) else callable_path(found)
    except ValueError:
        return "Circuit"


def _openqasm(circuit: Any) -> str:
    from qiskit import qasm3

    try:
        # Without the option, an angle within 1e-9 of a multiple of pi / 16 is printed as that multiple.
        return str(qasm3.dumps(circuit, disable_constants=True))
    except qasm3.QASM3ExporterError as error:
        raise SourceError(f"the circuit cannot be written as OpenQASM 3: {error}") from None


class _Values:
    """The values that a circuit computes from its parameters.

    Attributes:
        parameters: the name and the type of each parameter of the operation in Q#.
        lengths: the lengths of those that are arrays.
        names: each parameter of the circuit in Q#: a parameter, or an element of one.
        own: the user's name of each parameter of the operation.
        made: the Q# expression of each value, by its name.
    """

    def __init__(self, circuit: Any, free: Any, reserved: list[str]) -> None:
        self.parameters: list[tuple[str, str]] = []
        self.lengths: dict[str, int] = {}
        self.names: dict[Any, str] = {}
        self.own: dict[str, str] = {}
        self.made: dict[str, str] = {}
        inputs = [var.name for var in circuit.iter_input_vars()]
        taken = [*reserved, *inputs]
        for vector, members in _by_vector(free):
            wanted = members[0].name if vector is None else vector.name
            name = qsharp_name(wanted, taken)
            taken.append(name)
            usable = wanted.isprintable() and wanted.strip() == wanted != ""
            self.own[name] = wanted if usable and wanted not in (*inputs, *self.own.values()) else name
            self.parameters.append((name, "Double" if vector is None else "Double[]"))
            if vector is None:
                self.names[members[0]] = name
                continue
            # After a resize, a vector may be shorter than the elements that are still in use.
            self.lengths[name] = max(len(vector), *(one.index + 1 for one in members))
            self.names |= {one: f"{name}[{one.index}]" for one in members}
        self._values: dict[str, Any] = {}

    def in_place_of_expressions(self, circuit: Any) -> Any:
        """Return the circuit with a parameter of its own for each different expression."""
        made = circuit.copy_empty_like()
        made.global_phase = self._replaced(circuit.global_phase)
        for step in circuit.data:
            operation = with_blocks(step.operation, self.in_place_of_expressions)
            if not hasattr(operation, "blocks") and operation.params:
                operation = operation.to_mutable()
                operation.params = [self._replaced(one) for one in operation.params]
            made.append(operation, step.qubits, step.clbits)
        return made

    def _replaced(self, value: Any) -> Any:
        from qiskit.circuit import ParameterExpression

        return self._value(value) if isinstance(value, ParameterExpression) else value

    def _value(self, wanted: Any) -> Any:
        from qiskit.circuit import Parameter

        text = expression(wanted, self.names)
        if not isinstance(wanted, Parameter):
            text = f"QsharpBridge.Qiskit.Finite({text}, {to_qsharp(str(wanted))})"
        if text not in self._values:  # by its text: Qiskit cannot hash every expression
            name = f"value_{len(self._values)}"
            self._values[text] = Parameter(name)
            self.made[name] = text
        return self._values[text]


def _by_vector(parameters: Any) -> list[tuple[Any, list[Any]]]:
    """Return the parameters by vector: a vector with its elements, or None with a single other parameter."""
    found: list[tuple[Any, list[Any]]] = []
    for one in parameters:
        vector = getattr(one, "vector", None)
        for other, members in found:
            if other is None or vector is None or other.name != vector.name:
                continue
            if _root(members[0]) == _root(one) or other == vector:
                members.append(one)
                break
        else:
            found.append((vector, [one]))
    return found


def _root(element: Any) -> int:
    """Return the number from which Qiskit counts the ids of a vector's elements, which is the same for all of them."""
    return int(element.uuid.int - element.index)


def _first_bit_least(text: str) -> str:
    """Return the importer's text with ints as in Qiskit, where bit 0 of a register is the least significant bit.

    In the importer's text it is the most significant one.

    Raises:
        SourceError: the circuit uses bits of an int variable.
    """
    if "Std.OpenQASM.Convert.IntAsResultArrayBE(" in text:
        raise SourceError(
            "the circuit uses bits of an int variable, which has no form in Q#", advice="use bits of a register"
        )
    return text.replace("Std.OpenQASM.Convert.ResultArrayAsIntBE(", "Std.Convert.ResultArrayAsInt(")


def _one_zero(text: str, register: str) -> str:
    """Return the text with a single measurement of the qubit that stays in |0>, whose result all its bits share."""
    measured = f"Std.Intrinsic.M({register}[0])"
    if not register or measured not in text:
        return text
    line = text.rindex("\n", 0, text.index(measured)) + 1
    indent = " " * (len(text[line:]) - len(text[line:].lstrip(" ")))
    first = f"{indent}let {register}_result = {measured};\n"
    return text[:line] + first + text[line:].replace(measured, f"{register}_result")
