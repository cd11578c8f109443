"""Exact probabilities of a circuit that measures all qubits at its end."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from qsharp_bridge.qir.gates import CALLEES, GATES
from qsharp_bridge.qir.program import Gate
from qsharp_bridge.simulators.statevector import state_weights

from .inputs.circuit import Circuit

MOST_QUBITS: Final = 24
"""Qubits at most of a circuit whose probabilities are all listed."""


def probabilities(circuit: Circuit) -> npt.NDArray[np.float64]:
    """Return the probability of each basis state, shape (2 ** qubits,), qubit 0 least significant.

    Raises:
        ValueError: it has more than ``MOST_QUBITS`` qubits, or a gate without an exact form.
    """
    if circuit.qubits > MOST_QUBITS:
        raise ValueError(f"exact probabilities are given for at most {MOST_QUBITS} qubits")
    gates: list[Gate] = []
    angles: list[float] = []
    for gate in circuit.gates:
        if gate.name not in CALLEES:
            raise ValueError(f"{gate.name} has no exact form")
        kind = GATES[CALLEES[gate.name]]
        gates.append(Gate(kind, gate.qubits, len(angles) if kind.angle else -1))
        if kind.angle:
            angles.append(gate.angle)
    return state_weights(circuit.qubits, gates, angles)
