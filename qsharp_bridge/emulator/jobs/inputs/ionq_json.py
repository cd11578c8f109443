"""ionq.circuit.v1: IonQ's JSON circuits, in its gate set "qis". All qubits are measured at the end.

https://docs.ionq.com/api-reference/v0.3/writing-quantum-programs. Rotations are in radians here, as the Qiskit and
Cirq providers send them.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from qsharp_bridge._plural import counted
from qsharp_bridge.emulator.jobs.errors import InputError

from .circuit import Circuit
from .prepared import Prepared

_PLAIN: Final = {
    "x": "x", "not": "x", "y": "y", "z": "z", "h": "h", "s": "s", "si": "s_adj", "t": "t", "ti": "t_adj", "v": "sx",
}  # fmt: skip
_CONTROLLED: Final = {"x": "cx", "not": "cx", "cnot": "cx", "y": "cy", "z": "cz"}
_ROTATIONS: Final = frozenset({"rx", "ry", "rz"})
_PAIRS: Final = {"xx": "rxx", "yy": "ryy", "zz": "rzz"}
_MOST_QUBITS: Final = 64


def read_ionq(data: bytes, params: dict[str, Any]) -> Prepared:
    """Read an IonQ circuit.

    Raises:
        InputError: the data are not JSON, not a circuit, or have a gate that is not simulated here.
    """
    try:
        content = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise InputError(f"The input is not JSON: {error}") from None
    if not isinstance(content, dict) or not isinstance(content.get("circuit"), list):
        raise InputError("The input must be an object with a list 'circuit'.")
    if content.get("gateset", "qis") != "qis":
        raise InputError(f"The gate set {content['gateset']!r} is not simulated here; 'qis' is.")
    gates = content["circuit"]
    qubits = content.get("qubits")
    if qubits is None:
        qubits = 1 + max((q for gate in gates for q in _all_qubits(gate)), default=0)
    if not isinstance(qubits, int) or isinstance(qubits, bool) or not 1 <= qubits <= _MOST_QUBITS:
        raise InputError(f"'qubits' must be a whole number from 1 to {_MOST_QUBITS}.")
    circuit = Circuit(qubits)
    for place, gate in enumerate(gates):
        try:
            _add(circuit, gate)
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(f"Gate {place} of the circuit: {error}.") from None
    for qubit in range(qubits):
        circuit.measure(qubit)
    return Prepared((circuit.to_qir(),), circuit=circuit)


def _add(circuit: Circuit, gate: Any) -> None:
    name = gate.get("gate") if isinstance(gate, dict) else None
    if not isinstance(name, str):
        raise ValueError("it must be an object with the text 'gate'")
    controls, targets = _qubits(gate, "control"), _qubits(gate, "target")
    angle = gate.get("rotation", 0.0)
    if not isinstance(angle, int | float) or isinstance(angle, bool):
        raise ValueError("its rotation must be a number")
    if name in _PAIRS and not controls:
        circuit.add(_PAIRS[name], *targets, angle=angle)
    elif name == "swap" and not controls:
        circuit.add("swap", *targets)
    elif not targets:
        raise ValueError(f"{name} needs a target")
    else:
        for target in targets:
            _add_to_target(circuit, name, controls, target, angle)


def _add_to_target(circuit: Circuit, name: str, controls: list[int], target: int, angle: float) -> None:
    if name in _CONTROLLED and len(controls) == 1:
        circuit.add(_CONTROLLED[name], controls[0], target)
    elif name in ("x", "not", "cnot") and len(controls) == 2:
        circuit.add("ccx", *controls, target)
    elif name in _ROTATIONS and not controls:
        circuit.add(name, target, angle=angle)
    elif name in _ROTATIONS and len(controls) == 1:
        _add_controlled_rotation(circuit, name, controls[0], target, angle)
    elif name == "vi" and not controls:
        # The inverse of the square root of X is that root followed by X, up to a phase.
        circuit.add("sx", target)
        circuit.add("x", target)
    elif name in _PLAIN and not controls:
        circuit.add(_PLAIN[name], target)
    else:
        raise ValueError(f"{name} with {counted(len(controls), 'control')} is not simulated here")


def _add_controlled_rotation(circuit: Circuit, name: str, control: int, target: int, angle: float) -> None:
    """Append a controlled rotation: two half rotations, with gates between them that invert the axis."""
    flip = "cz" if name == "rx" else "cx"
    circuit.add(name, target, angle=angle / 2)
    circuit.add(flip, control, target)
    circuit.add(name, target, angle=-angle / 2)
    circuit.add(flip, control, target)


def _qubits(gate: dict[str, Any], role: str) -> list[int]:
    """Return the qubits of a role, which a gate names as "target": 1 or as "targets": [0, 1]."""
    found = gate.get(f"{role}s", gate.get(role))
    listed = [] if found is None else found if isinstance(found, list) else [found]
    if not all(isinstance(qubit, int) and not isinstance(qubit, bool) for qubit in listed):
        raise ValueError(f"its {role}s must be numbers of qubits")
    return listed


def _all_qubits(gate: Any) -> list[int]:
    if not isinstance(gate, dict):
        return []
    try:
        return _qubits(gate, "control") + _qubits(gate, "target")
    except ValueError:
        return []
