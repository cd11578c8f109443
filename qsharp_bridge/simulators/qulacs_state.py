"""The state vector of one point, by qulacs: for programs of more qubits than a batch of numpy arrays is good for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from qsharp_bridge.qir.program import Gate

from .interruption import check_interruption

_FEW = 12  # qubits of a state that is kept: 64 KiB
_last: tuple[tuple[Any, ...], Any] | None = None  # the last state after all angles, and what made it; never changed

_PIECE = 2**24  # amplitudes times gates that no interruption divides: about 20 ms on one core


def available() -> bool:
    """Return whether qulacs is installed. It has no wheels for some of the platforms that the rest runs on."""
    return find_spec("qulacs") is not None


def probabilities(wires: int, gates: Sequence[Gate], doubles: Sequence[float]) -> npt.NDArray[np.float64]:
    """Return the probability of each basis state, shape (2**wires,); qubit k is bit k of its index.

    The gates are applied to |0...0>, in order; ``doubles`` are their angles, by slot.
    """
    from qulacs import QuantumState

    global _last
    state = QuantumState(wires)
    head = 0
    if wires <= _FEW:  # one state is measured in several bases, one after the other
        head = 1 + max((place for place, gate in enumerate(gates) if gate.slot >= 0), default=-1)
        begun = (wires, tuple(gates[:head]), tuple(doubles))
        last = _last
        if last is not None and last[0] == begun:
            state.load(last[1])
        else:
            _apply(state, wires, gates[:head], doubles)
            _last = begun, state.copy()
    _apply(state, wires, gates[head:], doubles)
    amplitudes: npt.NDArray[np.float64] = state.get_vector().view(np.float64)
    del state
    np.multiply(amplitudes, amplitudes, out=amplitudes)
    weights: npt.NDArray[np.float64] = amplitudes[0::2] + amplitudes[1::2]
    return weights


def _apply(state: Any, wires: int, gates: Sequence[Gate], doubles: Sequence[float]) -> None:
    from qulacs import QuantumCircuit

    piece = max(1, _PIECE >> wires)
    for first in range(0, len(gates), piece):
        check_interruption()
        circuit = QuantumCircuit(wires)
        for kind, on, slot in gates[first : first + piece]:
            if slot < 0:
                _PLAIN[kind.name](circuit, *on)
            else:
                _TURNS[kind.name](circuit, doubles[slot], *on)
        circuit.update_quantum_state(state)


def _pauli(*paulis: int) -> Callable[..., None]:
    """Return the rotation exp(-i angle/2 P). qulacs turns the other way round."""

    def add(circuit: Any, angle: float, *wires: int) -> None:
        circuit.add_multi_Pauli_rotation_gate(list(wires), list(paulis), -angle)

    return add


def _cy(circuit: Any, control: int, target: int) -> None:
    circuit.add_Sdag_gate(target)
    circuit.add_CNOT_gate(control, target)
    circuit.add_S_gate(target)


def _ccx(circuit: Any, first: int, second: int, target: int) -> None:
    from qulacs.gate import TOFFOLI

    circuit.add_gate(TOFFOLI(first, second, target))


_PLAIN: dict[str, Callable[..., None]] = {
    "x": lambda circuit, wire: circuit.add_X_gate(wire),
    "y": lambda circuit, wire: circuit.add_Y_gate(wire),
    "z": lambda circuit, wire: circuit.add_Z_gate(wire),
    "h": lambda circuit, wire: circuit.add_H_gate(wire),
    "s": lambda circuit, wire: circuit.add_S_gate(wire),
    "s_adj": lambda circuit, wire: circuit.add_Sdag_gate(wire),
    "t": lambda circuit, wire: circuit.add_T_gate(wire),
    "t_adj": lambda circuit, wire: circuit.add_Tdag_gate(wire),
    "sx": lambda circuit, wire: circuit.add_sqrtX_gate(wire),
    "sx_adj": lambda circuit, wire: circuit.add_sqrtXdag_gate(wire),
    "cx": lambda circuit, control, target: circuit.add_CNOT_gate(control, target),
    "cy": _cy,
    "cz": lambda circuit, control, target: circuit.add_CZ_gate(control, target),
    "swap": lambda circuit, first, second: circuit.add_SWAP_gate(first, second),
    "ccx": _ccx,
}
_TURNS: dict[str, Callable[..., None]] = {
    "rx": lambda circuit, angle, wire: circuit.add_RX_gate(wire, -angle),
    "ry": lambda circuit, angle, wire: circuit.add_RY_gate(wire, -angle),
    "rz": lambda circuit, angle, wire: circuit.add_RZ_gate(wire, -angle),
    "rxx": _pauli(1, 1),
    "ryy": _pauli(2, 2),
    "rzz": _pauli(3, 3),
}
