"""Simulate once with qulacs, sample as often as wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from qsharp_bridge.qir.program import Computed, Program, Shape, Slot

from .outcomes import Outcome
from .wires import Part, plan_of

__all__ = ["probabilities", "sample"]

Bits = npt.NDArray[np.int64]


def sample(
    program: Program, shots: int, rng: np.random.Generator
) -> tuple[list[Outcome], npt.NDArray[np.integer[Any]]]:
    """The distinct outcomes of ``shots`` runs of a program that is a plain sequence of steps, and which each run gave.

    The wires of each part are sampled from their exact joint distribution.
    """
    structure, doubles = program
    plan = plan_of(structure)
    drawn = [_draw(probabilities(part, doubles), shots, rng) for part in plan.parts]
    columns: list[Bits | None] = []
    for bit in plan.bits:
        columns.append(None if bit is None else (drawn[bit[0]] >> bit[1]) & 1)
    rows, indices = _distinct(columns, shots)
    tail = structure.tail
    as_drawn = tail is None and len(plan.bits) == structure.leaves
    if as_drawn and structure.shape == Shape("array", tuple(range(structure.leaves))):
        return rows, indices
    recorded = len(plan.bits) - (len(tail.reads) if tail else 0)
    made = []
    for row in rows:
        bits = iter(row)
        computed = tail.run(row[recorded:]) if tail else []
        values: list[Outcome] = []
        for source in structure.sources:
            if isinstance(source, int):
                values.append(next(bits))
            elif isinstance(source, Computed):
                values.append(computed[source.record])
            else:
                values.append(doubles[source.slot] if isinstance(source, Slot) else source.value)
        made.append(structure.build(values))
    return _merged(made, indices) if tail else (made, indices)


def _merged(
    made: list[Outcome], indices: npt.NDArray[np.integer[Any]]
) -> tuple[list[Outcome], npt.NDArray[np.integer[Any]]]:
    """Outcomes without repetition: different results may compute the same."""
    places: dict[str, int] = {}
    table: list[Outcome] = []
    into = np.empty(len(made), np.intp)
    for number, outcome in enumerate(made):
        place = into[number] = places.setdefault(repr(outcome), len(places))
        if place == len(table):
            table.append(outcome)
    return table, into[indices]


def probabilities(part: Part, doubles: Sequence[float]) -> npt.NDArray[np.float64]:
    """The probability of each basis state, shape (2**wires,); wire k is bit k of the index."""
    from qulacs import QuantumCircuit, QuantumState

    circuit = QuantumCircuit(part.wires)
    for kind, wires, slot in part.gates:
        if slot < 0:
            _PLAIN[kind.name](circuit, *wires)
        else:
            _TURNS[kind.name](circuit, doubles[slot], *wires)
    state = QuantumState(part.wires)
    circuit.update_quantum_state(state)
    amplitudes: npt.NDArray[np.float64] = state.get_vector().view(np.float64)
    del state
    np.multiply(amplitudes, amplitudes, out=amplitudes)
    weights: npt.NDArray[np.float64] = amplitudes[0::2] + amplitudes[1::2]
    return weights


def _draw(weights: npt.NDArray[np.float64], shots: int, rng: np.random.Generator) -> Bits:
    """Indices drawn with the given weights. One of weight 0 is never drawn. Overwrites the weights."""
    sums = np.cumsum(weights, out=weights)
    drawn: Bits = np.searchsorted(sums, rng.random(shots) * sums[-1], side="right")
    # The product may round up to the sum itself: that belongs to the last state that is possible.
    np.minimum(drawn, np.searchsorted(sums, sums[-1], side="left"), out=drawn)
    return drawn


def _distinct(columns: Sequence[Bits | None], shots: int) -> tuple[list[list[int]], npt.NDArray[np.integer[Any]]]:
    """The distinct rows of bits, in ascending order, and the number of the row of each shot."""
    width = len(columns)
    if width > 62:
        matrix = np.zeros((shots, width), dtype=np.uint8)
        for at, column in enumerate(columns):
            if column is not None:
                matrix[:, at] = column
        packed = np.packbits(matrix, axis=1)
        keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
        _, first, indices = np.unique(keys, return_index=True, return_inverse=True)
        return matrix[first].tolist(), indices
    key = np.zeros(shots, dtype=np.int64)
    for column in columns:
        key <<= 1
        if column is not None:
            key |= column
    found, indices = np.unique(key, return_inverse=True)
    return ((found[:, None] >> np.arange(width - 1, -1, -1)) & 1).tolist(), indices


def _pauli(*paulis: int) -> Callable[..., None]:
    """The rotation exp(-i angle/2 P). qulacs turns the other way round."""

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
