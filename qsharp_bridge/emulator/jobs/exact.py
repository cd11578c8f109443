"""Exact probabilities of a circuit that measures all qubits at its end, by qulacs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .inputs.circuit import Circuit, Gate

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["MOST_QUBITS", "probabilities"]

MOST_QUBITS: Final = 24
"""Above, a list of all probabilities makes no sense."""

_PLAIN: Final = {
    "x": "X", "y": "Y", "z": "Z", "h": "H", "s": "S", "t": "T", "sdg": "Sdag", "tdg": "Tdag", "sx": "sqrtX",
    "cx": "CNOT", "cz": "CZ", "swap": "SWAP",
}  # fmt: skip
_PAULIS: Final = {"x": 1, "y": 2, "z": 3}


def probabilities(circuit: Circuit) -> npt.NDArray[np.float64]:
    """The probability of each basis state, shape (2 ** qubits,), qubit 0 least significant.

    Raises:
        ValueError: it has more than ``MOST_QUBITS`` qubits, or a gate without an exact form.
    """
    import numpy as np
    import qulacs

    if circuit.qubits > MOST_QUBITS:
        raise ValueError(f"exact probabilities are given for at most {MOST_QUBITS} qubits")
    state = qulacs.QuantumState(circuit.qubits)
    for gate in circuit.gates:
        _gate(gate).update_quantum_state(state)
    amplitudes = state.get_vector()
    return np.asarray(np.abs(amplitudes) ** 2)


def _gate(gate: Gate) -> Any:
    import qulacs.gate as gates

    name, qubits = gate.name, list(gate.qubits)
    if name in _PLAIN:
        return getattr(gates, _PLAIN[name])(*qubits)
    if name in ("rx", "ry", "rz", "rxx", "ryy", "rzz"):
        # qulacs turns by +angle/2 where the others turn by -angle/2.
        return gates.PauliRotation(qubits, [_PAULIS[name[1]]] * len(qubits), -gate.angle)
    if name in ("cy", "ccx"):
        flip = gates.to_matrix_gate(gates.Y(qubits[-1]) if name == "cy" else gates.X(qubits[-1]))
        for control in qubits[:-1]:
            flip.add_control_qubit(control, 1)
        return flip
    raise ValueError(f"{name} has no exact form")
