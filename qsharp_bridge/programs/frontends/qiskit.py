"""Qiskit circuits as Q# text, by way of OpenQASM 3 and qdk's importer.

The importer takes no functions of an ``input``, and OpenQASM has other reserved names than Q#. So the circuit is
written with a plain parameter, ``value_0``, for each different expression in it, and gets a small operation around it
that has the circuit's own parameters and computes those values:

    operation pair(theta : Double) : Result[] {
        pair_of_values(QsharpBridge.Qiskit.Finite(Std.Math.Sin(theta), "sin(theta)"))
    }

A vector of parameters is one array, of the vector's full length, and its elements are those of the array.

So the text is the whole program: a journal can resume it, and a worker compile it, without Qiskit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from qsharp_bridge._warnings import warn
from qsharp_bridge.errors import MissingExtraError, QsharpTypeError, SourceError
from qsharp_bridge.literals import callable_path, to_qsharp

from .generated import qsharp_name, wrapped
from .openqasm import import_openqasm, openqasm_as_qsharp
from .qiskit_expressions import HELPERS, expression
from .vectors import LENGTH_HELPER, length_check

_NO_NAME = re.compile(r"\W")
_COUNTED = re.compile(r"circuit-\d+(-\d+)*")  # Qiskit's own names, other ones in the next process

# A whole turn more is nothing to these, or a phase of the whole circuit. It is more to a controlled rotation, and to
# whatever halves an angle, and OpenQASM takes whole turns away: so all gates but these are decomposed before.
_PERIODIC = {"u", "p", "rx", "ry", "rz", "cp", "id", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "cx", "cy", "cz"}
_PERIODIC |= {"ch", "swap", "ccx", "cswap", "u1"}
_DEEPEST = 50  # levels of definitions
_WRAPPING = {"BIT_NOT", "SHIFT_LEFT", "ADD", "SUB", "MUL", "a cast"}  # whose results depend on the width of an int
_NO_REGISTER = {"false", "pragma", "true", "void"}  # reserved in OpenQASM, and not renamed by Qiskit's exporter


def circuit_as_qsharp(circuit: Any) -> str:
    """Return the Q# text of a Qiskit circuit: an operation ``qasm_import.NAME`` with its free parameters.

    Raises:
        MissingExtraError: Qiskit is not installed.
        QsharpTypeError: it is no circuit.
        SourceError: the circuit has something that OpenQASM 3, or qdk's importer, cannot say.
    """
    try:
        from qiskit import QuantumCircuit
    except ImportError:
        raise MissingExtraError("this needs qiskit", advice='pip install "qsharp-bridge[qiskit]"') from None
    if not isinstance(circuit, QuantumCircuit):
        raise QsharpTypeError(f"expected a Qiskit circuit, found {type(circuit).__name__}")
    for register in (*circuit.qregs, *circuit.cregs):
        if register.name in _NO_REGISTER:
            raise SourceError(
                f"the register {register.name!r} cannot be written as OpenQASM 3, which reserves the name",
                advice="give it another name",
            )
    _refuse_wrapping(circuit)
    name = _operation_name(str(circuit.name))
    free = circuit.parameters  # also those of delays
    circuit, zero = _all_measured(_without_delays(_periodic(_unrolled(circuit))))
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
        # Otherwise what is within 1e-9 of a multiple of pi / 16 is printed as that.
        return str(qasm3.dumps(circuit, disable_constants=True))
    except qasm3.QASM3ExporterError as error:
        raise SourceError(f"the circuit cannot be written as OpenQASM 3: {error}") from None


class _Values:
    """The values that a circuit computes from its parameters.

    Attributes:
        parameters: of the operation in Q#: the name and the type of each.
        lengths: of those that are arrays.
        names: what each parameter of the circuit is in Q#: a parameter, or an element of one.
        own: what the user calls each parameter of the operation.
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
            # A vector that was made shorter than it was does not count elements that are still in use.
            self.lengths[name] = max(len(vector), *(one.index + 1 for one in members))
            self.names |= {one: f"{name}[{one.index}]" for one in members}
        self._values: dict[str, Any] = {}

    def in_place_of_expressions(self, circuit: Any) -> Any:
        """Return the circuit with a parameter of its own for each different expression."""
        made = circuit.copy_empty_like()
        made.global_phase = self._replaced(circuit.global_phase)
        for step in circuit.data:
            operation = _with_blocks(step.operation, self.in_place_of_expressions)
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
    """Return the parameters with their vector, those of one vector together; each other one alone, with None."""
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
    """Return a number that all elements of a vector share: Qiskit counts their ids up from it."""
    return int(element.uuid.int - element.index)


def _unrolled(circuit: Any) -> Any:
    """Return the circuit without loops that count for its angles: each turn of them gets angles of its own.

    In OpenQASM a loop counts with an integer, and ``k / 4`` is the division of integers. Qiskit's own `UnrollForLoops`
    fails where a loop counts for nothing.
    """
    if not any(map(_counts, _operations(circuit))):
        return circuit
    made = circuit.copy_empty_like()
    for step in circuit.data:
        operation = _with_blocks(step.operation, _unrolled)
        if not _counts(operation):
            made.append(operation, step.qubits, step.clbits)
            continue
        turns, counted, body = operation.params
        if _may_end_early(body):
            raise SourceError(
                "an angle depends on what a loop counts, and the loop has a break or a continue: it cannot be unrolled",
                advice="let the angle depend on parameters of the circuit alone",
            )
        for turn in turns:
            one = body.assign_parameters({counted: turn})
            made.compose(one, step.qubits, step.clbits, inplace=True, inline_captures=True)
    return made


def _operations(circuit: Any) -> Iterator[Any]:
    """Yield all operations of a circuit, also those in its blocks."""
    for step in circuit.data:
        yield step.operation
        for block in getattr(step.operation, "blocks", ()):
            yield from _operations(block)


def _counts(operation: Any) -> bool:
    """Check whether an operation is a loop that counts for its angles."""
    if operation.name != "for_loop":
        return False
    _, counted, body = operation.params
    return counted is not None and counted in body.parameters


def _may_end_early(body: Any) -> bool:
    """Check whether a break or a continue ends a turn of the loop with this body."""
    for step in body.data:
        if step.operation.name in ("break_loop", "continue_loop"):
            return True
        if step.operation.name in ("if_else", "switch_case") and any(map(_may_end_early, step.operation.blocks)):
            return True
    return False


def _periodic(circuit: Any) -> Any:
    """Return the circuit with no gate that is changed by a whole turn."""
    for _ in range(_DEEPEST):
        others = {step.operation.name for step in circuit.data if _is_composed(step.operation)}
        if not others:
            break
        circuit = circuit.decompose(sorted(others))
    if not any(hasattr(step.operation, "blocks") for step in circuit.data):
        return circuit
    made = circuit.copy_empty_like()
    for step in circuit.data:
        made.append(_with_blocks(step.operation, _periodic), step.qubits, step.clbits)
    return made


def _with_blocks(operation: Any, change: Callable[[Any], Any]) -> Any:
    """Return a loop or condition with its blocks changed; any other operation as it is."""
    if not hasattr(operation, "blocks"):
        return operation
    return operation.replace_blocks([change(block) for block in operation.blocks])


def _without_delays(circuit: Any) -> Any:
    """Return the circuit without its delays: QIR has no instruction that waits, and simulators need none."""
    if not any(operation.name == "delay" for operation in _operations(circuit)):
        return circuit
    warn("the delays of the circuit are left out: QIR has no instruction that waits")
    return _stripped(circuit)


def _stripped(circuit: Any) -> Any:
    made = circuit.copy_empty_like()
    for step in circuit.data:
        if step.operation.name != "delay":
            made.append(_with_blocks(step.operation, _stripped), step.qubits, step.clbits)
    return made


def _all_measured(circuit: Any) -> tuple[Any, str]:
    """Return the circuit with a measurement for each bit that had none, and the register of the qubit for it, or "".

    Qiskit reads such a bit as 0. No profile has a result that is known beforehand, so one more qubit, which stays in
    its state |0>, is measured at the end.
    """
    from qiskit import QuantumRegister

    written = _written(circuit)
    left = [bit for bit in circuit.clbits if bit not in written]
    if not left:
        return circuit, ""
    name = "never_measured"
    while any(register.name == name for register in (*circuit.qregs, *circuit.cregs)):
        name += "_"
    made = circuit.copy()
    register = QuantumRegister(1, name)
    made.add_register(register)
    for bit in left:
        made.measure(register[0], bit)
    return made, name


def _written(circuit: Any) -> set[Any]:
    """Return the bits of a circuit that something is written to, also in its blocks."""
    found = set()
    for step in circuit.data:
        blocks = getattr(step.operation, "blocks", ())
        for block in blocks:
            inner = _written(block)
            found |= {outer for outer, bit in zip(step.clbits, block.clbits, strict=True) if bit in inner}
        if not blocks:
            found |= set(step.clbits)
            if step.operation.name == "store":
                found |= set(circuit.clbits)  # it may write any of them
    return found


def _refuse_wrapping(circuit: Any) -> None:
    """Refuse integer computations of which the importer, which computes with 64 bits, makes other numbers.

    Raises:
        SourceError: an int of few bits may overflow, or is stored in a register: the importer would begin with the
            most significant bit.
    """
    from qiskit.circuit import ClassicalRegister
    from qiskit.circuit.classical import expr, types

    def whole(node: Any) -> bool:
        return isinstance(node, expr.Var) and isinstance(node.var, ClassicalRegister)

    for operation in _operations(circuit):
        if operation.name == "store" and whole(operation.lvalue) and not whole(operation.rvalue):
            raise SourceError(
                f"the circuit stores an int in the register {operation.lvalue.var.name!r}, which has no form in Q#",
                advice="store its bits one by one",
            )
        for name in ("condition", "target", "rvalue"):
            for node in _nodes(getattr(operation, name, None)):
                if not isinstance(node.type, types.Uint):
                    continue
                done = getattr(getattr(node, "op", None), "name", "")
                if isinstance(node, expr.Cast) and getattr(node.operand.type, "width", 0) > node.type.width:
                    done = "a cast"
                if done in _WRAPPING:
                    raise SourceError(
                        f"the circuit computes {done} with ints of {node.type.width} bits, and Q# with 64",
                        advice="compare registers and bits with numbers that need no such computation",
                    )


def _nodes(node: Any) -> Iterator[Any]:
    """Yield a classical expression and all within it; nothing for what is none."""
    from qiskit.circuit.classical import expr

    if isinstance(node, expr.Expr):
        yield node
        for name in ("operand", "left", "right", "target", "index"):
            yield from _nodes(getattr(node, name, None))


def _first_bit_least(text: str) -> str:
    """Return the importer's text with registers as Qiskit's ints: bit 0 is the least significant one.

    To the importer it is the most significant one.

    Raises:
        SourceError: a bit of an int variable is asked for, or several of them.
    """
    if "Std.OpenQASM.Convert.IntAsResultArrayBE(" in text:
        raise SourceError(
            "the circuit takes bits of an int variable, which has no form in Q#", advice="take those of a register"
        )
    return text.replace("Std.OpenQASM.Convert.ResultArrayAsIntBE(", "Std.Convert.ResultArrayAsInt(")


def _one_zero(text: str, register: str) -> str:
    """Return the text with one measurement of the qubit that stays in |0>, for all bits that have its result."""
    measured = f"Std.Intrinsic.M({register}[0])"
    if not register or measured not in text:
        return text
    line = text.rindex("\n", 0, text.index(measured)) + 1
    indent = " " * (len(text[line:]) - len(text[line:].lstrip(" ")))
    first = f"{indent}let {register}_result = {measured};\n"
    return text[:line] + first + text[line:].replace(measured, f"{register}_result")


def _is_composed(operation: Any) -> bool:
    if operation.name in _PERIODIC or hasattr(operation, "blocks"):
        return False
    return getattr(operation, "definition", None) is not None
