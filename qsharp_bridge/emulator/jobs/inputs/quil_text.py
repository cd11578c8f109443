"""rigetti.quil.v1: Quil programs of basic gates, MEASURE and RESET, parsed by Rigetti's own ``quil``.

Parameters are DECLAREd REAL memory; ``inputParams.substitutions`` has their values, a run for each set of values.
"""

from __future__ import annotations

import math
from typing import Any, Final

from qsharp_bridge.emulator.jobs.errors import InputError

from .circuit import Circuit
from .prepared import Prepared

_GATES: Final = {
    "I": None, "X": "x", "Y": "y", "Z": "z", "H": "h", "S": "s", "T": "t", "RX": "rx", "RY": "ry", "RZ": "rz",
    "PHASE": "rz", "CPHASE": "cphase", "CNOT": "cx", "CZ": "cz", "SWAP": "swap", "CCNOT": "ccx",
}  # fmt: skip
_STANDARD: Final = frozenset({"CPHASE00", "CPHASE01", "CPHASE10", "CSWAP", "ISWAP", "PISWAP", "PSWAP", "XY", "CAN"})
"""Standard gates that are not simulated here. The machine does not know any other gate either."""
_INVERSE: Final = {"s": "s_adj", "t": "t_adj", "s_adj": "s", "t_adj": "t"}
_CONTROLLED: Final = {"x": "cx", "y": "cy", "z": "cz", "cx": "ccx"}


def read_quil(data: bytes, params: dict[str, Any]) -> Prepared:
    """Read a Quil program.

    Raises:
        InputError: the data are not Quil, or have an instruction that is not simulated here.
    """
    try:
        from quil.program import Program
    except ImportError:
        raise InputError(
            "The service needs the package 'quil' to run Quil programs: pip install 'qsharp-bridge[rigetti]'"
        ) from None
    try:
        program = Program.parse(data.decode())
    except UnicodeDecodeError:
        raise InputError("The program is not UTF-8 text.") from None
    except Exception as error:
        raise InputError(f"Failed to parse the Quil program: {error}") from None
    widths = {name: d.size.length for name, d in program.declarations.items() if "Bit" in str(d.size)}
    # Memory that no substitution fills is zero, as on the QVM.
    zeros = {name: [0.0] * d.size.length for name, d in program.declarations.items() if name not in widths}
    runs = [_circuit(program, zeros | values, widths) for values in _sets(params.get("substitutions") or {})]
    order = [register for register in widths.items() if register[0] == "ro"] or list(widths.items())
    return Prepared(tuple(runs), registers=tuple(order[:1]))


def _sets(substitutions: Any) -> list[dict[str, list[float]]]:
    """Return the sets of parameters, each a mapping from the name of a memory to its values."""
    if not substitutions:
        return [{}]
    try:
        lengths = {len(vectors) for vectors in substitutions.values()}
        sets = [
            {name: [float(v) for v in vectors[i]] for name, vectors in substitutions.items()}
            for i in range(min(lengths))
        ]
    except (TypeError, ValueError, AttributeError, KeyError):
        raise InputError("substitutions must give a list of vectors of numbers for each region.") from None
    if len(lengths) != 1:
        raise InputError("substitutions must give equally many vectors for each region.")
    return sets


def _circuit(program: Any, values: dict[str, list[float]], widths: dict[str, int]) -> str:
    from quil.instructions import Instruction

    numbers = sorted({q for i in program.body_instructions for q in _qubits_of(i)})
    place = {number: index for index, number in enumerate(numbers)}
    circuit = Circuit(max(len(numbers), 1))
    written: dict[tuple[str, int], int] = {}
    for instruction in program.body_instructions:
        try:
            match instruction:
                case Instruction.Gate(gate):
                    _add(circuit, gate, [place[_index(q)] for q in gate.qubits], values)
                case Instruction.Measurement(measurement):
                    if measurement.target is not None:
                        written[measurement.target.name, measurement.target.index] = circuit.results
                    circuit.measure(place[_index(measurement.qubit)])
                case Instruction.Reset(reset):
                    chosen = numbers if reset.qubit is None else [_index(reset.qubit)]
                    for number in chosen if circuit.steps else []:
                        circuit.add("reset", place[number])
                case Instruction.Halt() | Instruction.Nop() | Instruction.Pragma() | Instruction.Declaration():
                    pass
                case _:
                    raise InputError(f"'{instruction.to_quil_or_debug()}' is not simulated here.")
        except (ValueError, KeyError) as error:
            raise InputError(f"'{instruction.to_quil_or_debug()}': {error}") from None
    name = "ro" if "ro" in widths else next(iter(widths), "ro")
    order = [written[name, i] for i in range(widths.get(name, 0)) if (name, i) in written]
    return circuit.to_qir(order)


def _index(qubit: Any) -> int:
    from quil.instructions import Qubit

    match qubit:
        case Qubit.Fixed(number):
            return int(number)
        case _:
            raise ValueError("qubits must be numbers")


def _qubits_of(instruction: Any) -> list[int]:
    from quil.instructions import Instruction

    match instruction:
        case Instruction.Gate(gate):
            qubits = gate.qubits
        case Instruction.Measurement(measurement):
            qubits = [measurement.qubit]
        case Instruction.Reset(reset) if reset.qubit is not None:
            qubits = [reset.qubit]
        case _:
            qubits = []
    try:
        return [_index(qubit) for qubit in qubits]
    except ValueError:
        raise InputError("Qubits must be numbers.") from None


def _add(circuit: Circuit, gate: Any, qubits: list[int], values: dict[str, list[float]]) -> None:
    if gate.name in _STANDARD:
        raise ValueError("this gate is not simulated here")
    if gate.name not in _GATES:
        text = gate.to_quil_or_debug()
        raise InputError(  # recorded
            "QVM reported a problem running your program: error when calling QVM: failed to perform multishot: "
            f"Encountered the invalid instruction\n\n    {text}\n\nwhich could not be executed because the operator "
            f"{gate.name} is not known"
        )
    name = _GATES[gate.name]
    angles = [_number(parameter, values) for parameter in gate.parameters]
    angle = angles[0] if angles else 0.0
    for modifier in reversed(gate.modifiers):
        kind = str(modifier).rsplit(".", 1)[-1].upper()
        if kind == "DAGGER":
            name, angle = _INVERSE.get(name or "", name), -angle
        elif kind == "CONTROLLED" and gate.name == "PHASE" and name == "rz":
            name = "cphase"
        elif kind == "CONTROLLED" and name in _CONTROLLED:
            name = _CONTROLLED[name]
        else:
            raise ValueError(f"the modifier {kind} is not simulated here for this gate")
    if name == "cphase":  # up to a global phase, as PHASE is replaced by RZ
        for qubit in qubits:
            circuit.add("rz", qubit, angle=angle / 2)
        circuit.add("rzz", *qubits, angle=-angle / 2)
    elif name is not None:
        circuit.add(name, *qubits, angle=angle)


def _number(expression: Any, values: dict[str, list[float]]) -> float:
    from quil.expression import EvaluationError

    try:
        result = expression.evaluate({}, values)
    except EvaluationError:
        raise ValueError("a parameter is not declared") from None
    if not math.isfinite(result.real) or abs(result.imag) > 1e-12:
        raise ValueError("the angle is not a real number")
    return float(result.real)
