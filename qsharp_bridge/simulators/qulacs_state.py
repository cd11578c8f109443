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

# Amplitudes times gates that no interruption divides: about 3 ms on one core. qulacs holds the interpreter's lock
# meanwhile, and on a busy machine its threads wait for each other at every gate: with 2**24 the main thread got it
# after 0.8 s at worst, with 2**21 after 0.1 to 0.3 s, in the same time of the processor.
_PIECE = 2**21


def available() -> bool:
    """Return whether qulacs is installed. It has no wheels for some of the platforms that the rest runs on."""
    return find_spec("qulacs") is not None


def probabilities(wires: int, gates: Sequence[Gate], doubles: Sequence[float]) -> npt.NDArray[np.float64]:
    """Return the probability of each basis state, shape (2**wires,); qubit k is bit k of its index.

    The gates are applied to |0...0>, in order; ``doubles`` are their angles, by slot.
    """
    return Circuit(wires, gates).probabilities(doubles)


class Circuit:
    """Gates on |0...0>, to be simulated at one point after the other.

    One state is often measured in several bases, one after the other: the last state of few qubits after all angles is
    kept, and the gates behind them are a circuit that is built once.

    Args:
        wires: the number of qubits.
        gates: in their order.
    """

    def __init__(self, wires: int, gates: Sequence[Gate]) -> None:
        self.wires = wires
        head = 1 + max((place for place, gate in enumerate(gates) if gate.slot >= 0), default=-1)
        self._head, rest = (tuple(gates[:head]), gates[head:]) if wires <= _FEW else (tuple(gates), ())
        self._rest = _circuit(wires, rest, ()) if rest else None

    def probabilities(self, doubles: Sequence[float]) -> npt.NDArray[np.float64]:
        """Return the probability of each basis state, shape (2**wires,), with these angles by slot."""
        from qulacs import QuantumState

        global _last
        state = QuantumState(self.wires)
        begun = (self.wires, doubles, self._head)
        last = _last
        if last is not None and last[0] == begun:
            check_interruption()
            state.load(last[1])
        else:
            piece = max(1, _PIECE >> self.wires)
            for first in range(0, len(self._head), piece):
                check_interruption()
                _circuit(self.wires, self._head[first : first + piece], doubles).update_quantum_state(state)
            if self.wires <= _FEW:
                _last = begun, state.copy()
        if self._rest is not None:
            self._rest.update_quantum_state(state)
        amplitudes: npt.NDArray[np.float64] = state.get_vector().view(np.float64)
        del state
        np.multiply(amplitudes, amplitudes, out=amplitudes)
        weights: npt.NDArray[np.float64] = amplitudes[0::2] + amplitudes[1::2]
        return weights


def _circuit(wires: int, gates: Sequence[Gate], doubles: Sequence[float]) -> Any:
    """Return gates as a circuit of qulacs."""
    from qulacs import QuantumCircuit

    circuit = QuantumCircuit(wires)
    for kind, on, slot in gates:
        if slot < 0:
            _PLAIN[kind.name](circuit, *on)
        else:
            _TURNS[kind.name](circuit, doubles[slot], *on)
    return circuit


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
