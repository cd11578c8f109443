"""Simulate once, sample as often as wanted: exact probabilities of the parts of a program, and draws from them.

The draws of a point depend on its seed and its probabilities alone, not on the points beside it: a generator of random
numbers that takes any place of its sequence at once (Philox, keyed by the seed) gives each part of each point its own.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from qsharp_bridge.qir.gates import GATES
from qsharp_bridge.qir.program import Computed, Gate, Outcome, Program, Slot, Structure

from . import kernels, qulacs_state
from .wires import Part, plan_of

Bits = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]

FEW = 9
"""Up to this many qubits a batch of points as numpy arrays is the fastest; beyond, qulacs point by point.

A QAOA layer, microseconds a point on one core, numpy and qulacs: 0.2 and 28 at 2 qubits, 24 and 68 at 8, 171 and 136 at
10, 1,300 and 403 at 12. A single point with numpy costs 81, 474, 1,030 and 1,408."""

BATCH = 8
"""Fewer points than this are not worth the batch: numpy costs microseconds a gate, however small the arrays."""

_FEW_STATES = 8
"""Up to this many states, comparing with all of them is quicker than a search, and takes no call a point."""

_RZZ = GATES["__quantum__qis__rzz__body"]

ENGINE = "qulacs" if qulacs_state.available() else "numpy"
"""The engine of a single point: the best that is installed."""


@dataclass(frozen=True, eq=False)
class Group:
    """Parts of a program that have the same gates, so that they are simulated as points of one part.

    Attributes:
        wires: of each part.
        gates: with slots counted from 0 in each part.
        parts: their numbers.
        slots: the slots of the program that they use, shape (parts, slots).
    """

    wires: int
    gates: tuple[Gate, ...]
    parts: tuple[int, ...]
    slots: npt.NDArray[np.intp]

    @cached_property
    def circuit(self) -> qulacs_state.Circuit:
        """The gates of one part, as qulacs simulates them."""
        return qulacs_state.Circuit(self.wires, self.gates)


_GROUPS: WeakKeyDictionary[Structure, tuple[Group, ...]] = WeakKeyDictionary()


def groups_of(structure: Structure) -> tuple[Group, ...]:
    """Return the parts of a program, those with the same gates together. Kept as long as the structure."""
    known = _GROUPS.get(structure)
    if known is None:
        found: dict[tuple[Any, ...], list[tuple[int, list[int]]]] = {}
        for number, part in enumerate(plan_of(structure).parts):
            gates, slots = _own_slots(part)
            found.setdefault((part.wires, gates), []).append((number, slots))
        known = _GROUPS[structure] = tuple(
            Group(wires, gates, tuple(number for number, _ in parts), np.array([slots for _, slots in parts], np.intp))
            for (wires, gates), parts in found.items()
        )
    return known


def _own_slots(part: Part) -> tuple[tuple[Gate, ...], list[int]]:
    """Return the gates of a part with its slots counted from 0, and the slots that these are."""
    places: dict[int, int] = {}
    gates = tuple(
        gate if gate.slot < 0 else gate._replace(slot=places.setdefault(gate.slot, len(places))) for gate in part.gates
    )
    return _merged_gates(gates), list(places)


def _merged_gates(gates: tuple[Gate, ...]) -> tuple[Gate, ...]:
    """Return the gates with each CNOT, Rz, CNOT on the same wires as the one Rzz that it is."""
    found: list[Gate] = []
    for gate in gates:
        found.append(gate)
        if len(found) < 3:
            continue
        first, turn, last = found[-3:]
        if (first.kind.name, turn.kind.name) == ("cx", "rz") and first == last and turn.qubits == first.qubits[1:]:
            found[-3:] = [Gate(_RZZ, first.qubits, turn.slot)]
    return tuple(found)


def group_weights(group: Group, doubles: Doubles, engine: str | None = None) -> Doubles:
    """Return the probabilities of the parts of a group, shape (points, parts, 2**wires).

    Args:
        group: the parts.
        doubles: of the program, shape (points, slots).
        engine: "qulacs" or "numpy"; None for the faster one of those installed.
    """
    points, parts = len(doubles), len(group.parts)
    rows = doubles[:, group.slots].reshape(points * parts, group.slots.shape[1])
    if engine is None:
        engine = "numpy" if group.wires <= FEW and len(rows) >= BATCH else ENGINE
    if engine == "numpy":
        weights = kernels.probabilities(group.wires, group.gates, rows)
    else:
        weights = np.empty((len(rows), 2**group.wires))
        for at, row in enumerate(rows.tolist()):
            weights[at] = group.circuit.probabilities(row)
    return weights.reshape(points, parts, -1)


def state_weights(wires: int, gates: Sequence[Gate], doubles: Sequence[float]) -> Doubles:
    """Return the probability of each basis state, as ``qulacs_state.probabilities``, by the engine of single points."""
    if ENGINE == "numpy":
        weights: Doubles = kernels.probabilities(wires, gates, np.array([doubles], np.float64))[0]
        return weights
    return qulacs_state.probabilities(wires, gates, doubles)


class Draws:
    """Random numbers by seed."""

    def __init__(self) -> None:
        self._bits = np.random.Philox(key=0)
        self._random = np.random.Generator(self._bits)
        self._state: Any = self._bits.state
        self._state["buffer_pos"], self._state["has_uint32"] = 4, 0  # nothing is left of another sequence
        self._key, self._counter = self._state["state"]["key"], self._state["state"]["counter"]
        self._counter[:] = 0

    def fill(self, out: Doubles, seed: int | None, part: int) -> Doubles:
        """Fill a contiguous array of shape (shots,) with numbers from [0, 1), and return it.

        Each part of a point has numbers of its own; without a seed they are others each time.
        """
        if seed is None:
            seed = secrets.randbits(128)
        elif seed >> 128:
            seed = int.from_bytes(hashlib.blake2b(str(seed).encode(), digest_size=16).digest(), "little")
        self._key[0], self._key[1], self._counter[2] = seed & (1 << 64) - 1, seed >> 64, part
        self._bits.state = self._state
        return self._random.random(out=out)


def draw(weights: Doubles, uniforms: Doubles) -> Bits:
    """Return the indices that numbers from [0, 1) choose by the weights of their row, shape (points, shots).

    An index of weight 0 is never chosen. Both arrays are overwritten.

    Args:
        weights: shape (points, states), rows of any positive sum.
        uniforms: shape (points, shots).
    """
    sums = np.cumsum(weights, axis=1, out=weights)
    uniforms *= sums[:, -1:]
    drawn = np.empty(uniforms.shape, np.int64)
    if sums.shape[1] <= _FEW_STATES:
        np.sum([uniforms >= sums[:, state, None] for state in range(sums.shape[1])], axis=0, out=drawn)
    else:
        for found, ascending, row in zip(drawn, sums, uniforms, strict=True):
            found[:] = ascending.searchsorted(row, side="right")
    # The product may round up to the sum itself: that belongs to the last state that is possible.
    np.minimum(drawn, np.argmax(sums == sums[:, -1:], axis=1)[:, None], out=drawn)
    return drawn


def sample(
    program: Program, shots: int, seed: int | None, engine: str = ENGINE
) -> tuple[list[Outcome], npt.NDArray[np.integer[Any]]]:
    """Return the distinct outcomes of ``shots`` runs of a plain sequence of steps, and which of them each run gave.

    The wires of each part are sampled from their exact joint distribution.
    """
    structure, doubles = program
    plan = plan_of(structure)
    row = np.array([doubles], np.float64)
    draws = Draws()
    drawn: dict[int, Bits] = {}
    for group in groups_of(structure):
        weights = group_weights(group, row, engine)
        for place, part in enumerate(group.parts):
            drawn[part] = draw(weights[:, place], draws.fill(np.empty(shots), seed, part)[None])[0]
    columns = [None if bit is None else (drawn[bit[0]] >> bit[1]) & 1 for bit in plan.bits]
    rows, indices = distinct(columns, shots)
    made = build_outcomes(structure, doubles, rows)
    return merged(made, indices) if structure.tail else (made, indices)


def build_outcomes(structure: Structure, doubles: Sequence[float], rows: npt.NDArray[np.uint8]) -> list[Outcome]:
    """Return the outcomes that rows of measured bits make, shape (rows, bits)."""
    tail = structure.tail
    columns = rows.T.tolist() if rows.shape[1] else []
    recorded = rows.shape[1] - (len(tail.reads) if tail else 0)
    computed = [tail.run(row) for row in rows[:, recorded:].tolist()] if tail else []
    bits: Iterator[list[int]] = iter(columns)
    values: list[Sequence[Outcome]] = []
    for source in structure.sources:
        if isinstance(source, int):
            values.append(next(bits))
        elif isinstance(source, Computed):
            values.append([row[source.record] for row in computed])
        else:
            values.append([doubles[source.slot] if isinstance(source, Slot) else source.value] * len(rows))
    return structure.build_all(values, len(rows))


def merged(
    made: list[Outcome], indices: npt.NDArray[np.integer[Any]]
) -> tuple[list[Outcome], npt.NDArray[np.integer[Any]]]:
    """Return outcomes without repetition: different results may compute the same."""
    places: dict[str, int] = {}
    table: list[Outcome] = []
    into = np.empty(len(made), np.intp)
    for number, outcome in enumerate(made):
        place = into[number] = places.setdefault(repr(outcome), len(places))
        if place == len(table):
            table.append(outcome)
    return table, into[indices]


def distinct(columns: Sequence[Bits | None], shots: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.integer[Any]]]:
    """Return the distinct rows of bits, ascending, shape (rows, bits), and the number of the row of each shot."""
    width = len(columns)
    if width > 62:
        matrix = np.zeros((shots, width), dtype=np.uint8)
        for at, column in enumerate(columns):
            if column is not None:
                matrix[:, at] = column
        packed = np.packbits(matrix, axis=1)
        keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
        _, first, indices = np.unique(keys, return_index=True, return_inverse=True)
        return matrix[first], indices
    key = np.zeros(shots, dtype=np.int64)
    for column in columns:
        key <<= 1
        if column is not None:
            key |= column
    found, indices = np.unique(key, return_inverse=True)
    return unpack(found, width), indices


def unpack(keys: Bits, width: int) -> npt.NDArray[np.uint8]:
    """Return the bits of packed outcomes, shape (keys, width), the first bit the most significant."""
    return ((keys[:, None] >> np.arange(width - 1, -1, -1)) & 1).astype(np.uint8)
