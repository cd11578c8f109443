"""State vectors of many points at once, as numpy arrays: for programs of few qubits.

Real and imaginary parts are arrays of their own, shape (2,) * wires + (points,), and gates only add and multiply single
elements. So the probabilities of a point are the same bits whatever points are beside it. numpy's complex
multiplication does not give that: it may fuse operations in the middle of an array and not at its end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from qsharp_bridge.qir.program import Gate

from .interruption import check_interruption

Doubles = npt.NDArray[np.float64]
Index: TypeAlias = "tuple[int | slice, ...]"
Number: TypeAlias = "float | Doubles"

_BLOCK = 2**16
"""Amplitudes that are worked on at a time: two arrays of 512 KiB. A QAOA layer of 8 qubits takes 26 us a point with
2**14, where the innermost loops are short, 17 with 2**16, and 20 with 2**17, which no cache of a core holds."""

_FEW_PHASES = 3
"""Turns about Z by one angle, one after another, that are worth a table of phases."""

_HALF = math.sqrt(0.5)


def probabilities(wires: int, gates: Sequence[Gate], doubles: Doubles) -> Doubles:
    """Return the probability of each basis state at each point, shape (points, 2**wires); qubit k is its bit k.

    The gates are applied to |0...0>, in order; ``doubles`` are their angles, shape (points, slots).
    """
    shared, rest = _split(gates)
    begun = _State(np.zeros((2,) * wires + (1,)), np.zeros((2,) * wires + (1,)))
    begun.re[(0,) * wires] = 1.0
    for gate in shared:
        _PLAIN[gate.kind.name](begun, *gate.qubits)
    weights = np.empty((len(doubles), 2**wires))
    size = max(1, _BLOCK >> wires)
    for points, steps in _with_phases(wires, rest, doubles):
        for at in range(0, len(points), size):
            some = points[at : at + size] if len(points) < len(doubles) else slice(at, at + size)
            weights[some] = _weights(begun, steps, doubles[some])
    return weights


def _weights(begun: _State, steps: Sequence[Gate | _Phases], doubles: Doubles) -> Doubles:
    """Return the probabilities of a few points, whose states begin alike."""
    angles = np.ascontiguousarray(doubles.T)
    state = _State(*(part.repeat(len(doubles), axis=-1) for part in (begun.re, begun.im)))
    for step in steps:
        check_interruption()
        if isinstance(step, _Phases):
            state.phases(angles[step.slot], step.multiples)
        elif step.slot < 0:
            _PLAIN[step.kind.name](state, *step.qubits)
        else:
            _TURNS[step.kind.name](state, angles[step.slot], *step.qubits)
    np.multiply(state.re, state.re, out=state.re)
    np.multiply(state.im, state.im, out=state.im)
    state.re += state.im
    return state.re.reshape(-1, len(doubles)).T


def _split(gates: Sequence[Gate]) -> tuple[list[Gate], list[Gate]]:
    """Return the gates that may come first because no angle acts on their wires before, and the others."""
    shared: list[Gate] = []
    own: list[Gate] = []
    turned: set[int] = set()
    for gate in gates:
        if gate.slot < 0 and turned.isdisjoint(gate.qubits):
            shared.append(gate)
        else:
            own.append(gate)
            turned.update(gate.qubits)
    return shared, own


class _Phases(NamedTuple):
    """Several turns about Z by one angle: each basis state gets a multiple of it as its phase, shape (2**wires,)."""

    slot: int
    multiples: npt.NDArray[np.int64]


def _with_phases(
    wires: int, gates: Sequence[Gate], doubles: Doubles
) -> Iterator[tuple[npt.NDArray[np.intp], list[Gate | _Phases]]]:
    """Yield points and their gates, those turns about Z put together that follow one another and have one angle.

    Which ones these are depends on the angles of a point alone, so that its probabilities do not depend on others.
    """
    runs = [(about_z, list(run)) for about_z, run in groupby(gates, lambda gate: gate.kind.name in ("rz", "rzz"))]
    slots = list(
        dict.fromkeys(gate.slot for about_z, run in runs if about_z and len(run) >= _FEW_PHASES for gate in run)
    )
    everything = np.arange(len(doubles))
    if not slots:
        yield everything, list(gates)
        return
    columns = doubles[:, slots]
    firsts = np.empty(columns.shape, np.intp)  # of each slot, the first one with the same angle
    for place in reversed(range(len(slots))):
        firsts[columns == columns[:, place, None]] = place
    alike = [everything]
    if len(firsts) and (firsts != firsts[0]).any():
        _, members = np.unique(firsts, axis=0, return_inverse=True)
        alike = [np.flatnonzero(members.ravel() == member) for member in range(int(members.max()) + 1)]
    for points in alike if len(firsts) else []:
        first = {slot: slots[place] for slot, place in zip(slots, firsts[points[0]].tolist(), strict=True)}
        yield points, list(_joined_turns(wires, runs, first))


def _joined_turns(wires: int, runs: list[tuple[bool, list[Gate]]], first: dict[int, int]) -> Iterator[Gate | _Phases]:
    states = np.arange(2**wires)
    for about_z, run in runs:
        if not about_z or len(run) < _FEW_PHASES:
            yield from run
            continue
        by_angle: dict[int, list[Gate]] = {}
        for gate in run:
            by_angle.setdefault(first[gate.slot], []).append(gate)
        for slot, turns in by_angle.items():
            if len(turns) < _FEW_PHASES:
                yield from turns
            else:
                masks = [sum(1 << wire for wire in gate.qubits) for gate in turns]
                odd = [np.bitwise_count(states & mask) & 1 for mask in masks]
                yield _Phases(slot, np.sum(odd, axis=0, dtype=np.int64))


class _State:
    """The amplitudes of some points, and what gates do to blocks of them. A phase of all amplitudes is dropped."""

    def __init__(self, re: Doubles, im: Doubles) -> None:
        self.re, self.im = re, im
        self._wires = re.ndim - 1
        self._scratch = np.empty((2, re.size))  # else each step would take memory that is in no cache

    def at(self, wires: Sequence[int], *bits: int) -> Index:
        """Return the index of the block where each of ``wires`` has its bit."""
        index: list[int | slice] = [slice(None)] * self._wires
        for wire, bit in zip(wires, bits, strict=True):
            index[self._wires - 1 - wire] = bit
        return tuple(index)

    def _mix(self, x: Doubles, y: Doubles, c: Number, s: Number) -> None:
        """Replace two blocks x and y of one size by c x + s y and c y - s x."""
        sx, sy = (part[: x.size].reshape(x.shape) for part in self._scratch)
        np.multiply(x, s, out=sx)
        np.multiply(y, s, out=sy)
        x *= c
        x += sy
        y *= c
        y -= sx

    def phase(self, block: Index, c: Number, s: Number) -> None:
        """Multiply a block by c + is."""
        self._mix(self.im[block], self.re[block], c, s)

    def phases(self, angle: Doubles, multiples: npt.NDArray[np.int64]) -> None:
        """Multiply each amplitude by exp(ik angle), with a k for each basis state."""
        turns = np.arange(multiples.max(initial=0) + 1)[:, None] * angle
        c, s = (part(turns)[multiples].reshape(self.re.shape) for part in (np.cos, np.sin))
        self.phase((), c, s)

    def turn(self, first: Index, second: Index, c: Number, s: Number) -> None:
        """Apply [[c, -is], [-is, c]] to two blocks."""
        self._mix(self.re[first], self.im[second], c, s)
        self._mix(self.re[second], self.im[first], c, s)

    def rotate(self, first: Index, second: Index, c: Number, s: Number) -> None:
        """Apply [[c, -s], [s, c]] to two blocks."""
        for part in (self.re, self.im):
            self._mix(part[second], part[first], c, s)

    def hadamard(self, first: Index, second: Index) -> None:
        """Apply [[1, 1], [1, -1]] / sqrt(2) to two blocks."""
        for part in (self.re, self.im):
            zero, one = part[first], part[second]
            kept = (zero + one) * _HALF
            np.subtract(zero, one, out=one)
            one *= _HALF
            zero[...] = kept

    def exchange(self, first: Index, second: Index) -> None:
        """Exchange two blocks."""
        for part in (self.re, self.im):
            kept = part[first].copy()
            part[first] = part[second]
            part[second] = kept

    def y(self, first: Index, second: Index) -> None:
        """Apply [[0, -i], [i, 0]] to two blocks."""
        re, im = self.re[first].copy(), self.im[first].copy()
        self.re[first], self.im[first] = self.im[second], -self.re[second]
        self.re[second], self.im[second] = -im, re


def _half(angle: Doubles) -> tuple[Doubles, Doubles]:
    return np.cos(angle / 2), np.sin(angle / 2)


def _on(action: Callable[..., None], *more: float) -> Callable[..., None]:
    """Return the gate that does ``action`` to the two blocks of its last wire, where all wires before it are 1."""

    def gate(state: _State, *wires: int) -> None:
        ones = [1] * (len(wires) - 1)
        action(state, state.at(wires, *ones, 0), state.at(wires, *ones, 1), *more)

    return gate


def _phase(c: float, s: float) -> Callable[..., None]:
    """Return the gate that multiplies the amplitudes where all its wires are 1 by c + is."""
    return lambda state, *wires: state.phase(state.at(wires, *[1] * len(wires)), c, s)


def _swap(state: _State, *wires: int) -> None:
    state.exchange(state.at(wires, 0, 1), state.at(wires, 1, 0))


def _rzz(state: _State, angle: Doubles, *wires: int) -> None:
    c, s = np.cos(angle), np.sin(angle)
    state.phase(state.at(wires, 0, 1), c, s)
    state.phase(state.at(wires, 1, 0), c, s)


def _two(sign: int) -> Callable[..., None]:
    """Return exp(-i angle/2 XX), or with ``sign`` -1 exp(-i angle/2 YY)."""

    def gate(state: _State, angle: Doubles, *wires: int) -> None:
        c, s = _half(angle)
        state.turn(state.at(wires, 0, 0), state.at(wires, 1, 1), c, sign * s)
        state.turn(state.at(wires, 0, 1), state.at(wires, 1, 0), c, s)

    return gate


_PLAIN: dict[str, Callable[..., None]] = {
    "x": _on(_State.exchange),
    "y": _on(_State.y),
    "z": _phase(-1.0, 0.0),
    "h": _on(_State.hadamard),
    "s": _phase(0.0, 1.0),
    "s_adj": _phase(0.0, -1.0),
    "t": _phase(_HALF, _HALF),
    "t_adj": _phase(_HALF, -_HALF),
    "sx": _on(_State.turn, _HALF, _HALF),
    "sx_adj": _on(_State.turn, _HALF, -_HALF),
    "cx": _on(_State.exchange),
    "cy": _on(_State.y),
    "cz": _phase(-1.0, 0.0),
    "swap": _swap,
    "ccx": _on(_State.exchange),
}
_TURNS: dict[str, Callable[..., None]] = {
    "rx": lambda state, angle, wire: state.turn(state.at([wire], 0), state.at([wire], 1), *_half(angle)),
    "ry": lambda state, angle, wire: state.rotate(state.at([wire], 0), state.at([wire], 1), *_half(angle)),
    "rz": lambda state, angle, wire: state.phase(state.at([wire], 1), np.cos(angle), np.sin(angle)),
    "rxx": _two(1),
    "ryy": _two(-1),
    "rzz": _rzz,
}
