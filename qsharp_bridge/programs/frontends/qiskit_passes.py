"""Changes of a Qiskit circuit before it is written as OpenQASM 3, so that qdk's importer reads the same circuit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from qsharp_bridge._warnings import warn
from qsharp_bridge.errors import SourceError

# A whole turn more changes at most the global phase of these gates. It changes a controlled rotation, and gates that
# halve an angle, and OpenQASM removes whole turns: so all other gates are decomposed before.
_PERIODIC = {"u", "p", "rx", "ry", "rz", "cp", "id", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "cx", "cy", "cz"}
_PERIODIC |= {"ch", "swap", "ccx", "cswap", "u1"}
_DEEPEST = 50  # levels of definitions
_WRAPPING = {"BIT_NOT", "SHIFT_LEFT", "ADD", "SUB", "MUL", "a cast"}  # whose results depend on the width of an int


def prepared(circuit: Any) -> tuple[Any, str]:
    """Return the circuit in the form that the importer reads, and the register that `_all_measured` added, or "".

    Raises:
        SourceError: the circuit has something that has no form in OpenQASM 3 or Q#.
    """
    _refuse_wrapping(circuit)
    return _all_measured(_without_delays(_periodic(_unrolled(circuit))))


def _unrolled(circuit: Any) -> Any:
    """Return the circuit with the loops unrolled whose variable is in an angle.

    In OpenQASM the variable of a loop is an integer, and ``k / 4`` a division of integers. Qiskit's `UnrollForLoops`
    fails on a loop without a variable.
    """
    if not any(map(_counts, _operations(circuit))):
        return circuit
    made = circuit.copy_empty_like()
    for step in circuit.data:
        operation = with_blocks(step.operation, _unrolled)
        if not _counts(operation):
            made.append(operation, step.qubits, step.clbits)
            continue
        turns, counted, body = operation.params
        if _may_end_early(body):
            raise SourceError(
                "an angle depends on the variable of a loop that has a break or a continue, which cannot be unrolled",
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
    """Check whether an operation is a loop whose variable is in an angle."""
    if operation.name != "for_loop":
        return False
    _, counted, body = operation.params
    return counted is not None and counted in body.parameters


def _may_end_early(body: Any) -> bool:
    """Check whether a loop with this body has a break or a continue."""
    for step in body.data:
        if step.operation.name in ("break_loop", "continue_loop"):
            return True
        if step.operation.name in ("if_else", "switch_case") and any(map(_may_end_early, step.operation.blocks)):
            return True
    return False


def _periodic(circuit: Any) -> Any:
    """Return the circuit without gates that a whole turn more would change."""
    for _ in range(_DEEPEST):
        others = {step.operation.name for step in circuit.data if _is_composed(step.operation)}
        if not others:
            break
        circuit = circuit.decompose(sorted(others))
    if not any(hasattr(step.operation, "blocks") for step in circuit.data):
        return circuit
    made = circuit.copy_empty_like()
    for step in circuit.data:
        made.append(with_blocks(step.operation, _periodic), step.qubits, step.clbits)
    return made


def with_blocks(operation: Any, change: Callable[[Any], Any]) -> Any:
    """Return a loop or condition with its blocks changed; any other operation unchanged."""
    if not hasattr(operation, "blocks"):
        return operation
    return operation.replace_blocks([change(block) for block in operation.blocks])


def _without_delays(circuit: Any) -> Any:
    """Return the circuit without its delays: QIR has no instruction for them, and simulators do not need one."""
    if not any(operation.name == "delay" for operation in _operations(circuit)):
        return circuit
    warn("the delays of the circuit are left out: QIR has no instruction for them")
    return _stripped(circuit)


def _stripped(circuit: Any) -> Any:
    made = circuit.copy_empty_like()
    for step in circuit.data:
        if step.operation.name != "delay":
            made.append(with_blocks(step.operation, _stripped), step.qubits, step.clbits)
    return made


def _all_measured(circuit: Any) -> tuple[Any, str]:
    """Return the circuit with a measurement for each bit that has none, and the register of the qubit for it, or "".

    Qiskit reads such a bit as 0. QIR has no constant results, so an additional qubit, which stays in its state |0>, is
    measured at the end.
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
    """Return the bits of a circuit that are written, also in its blocks."""
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
    """Raise an error for integer computations that have other results with the 64 bits of Q#.

    Raises:
        SourceError: an int of few bits may overflow, or is stored in a register, where the importer would reverse the
            bits.
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
                        advice="compare registers and bits with constants instead",
                    )


def _nodes(node: Any) -> Iterator[Any]:
    """Yield a classical expression and all expressions in it; nothing for another value."""
    from qiskit.circuit.classical import expr

    if isinstance(node, expr.Expr):
        yield node
        for name in ("operand", "left", "right", "target", "index"):
            yield from _nodes(getattr(node, name, None))


def _is_composed(operation: Any) -> bool:
    if operation.name in _PERIODIC or hasattr(operation, "blocks"):
        return False
    return getattr(operation, "definition", None) is not None
