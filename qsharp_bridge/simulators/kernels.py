"""State vectors of many points at once, as numpy arrays: for programs of few qubits.

Real and imaginary parts are arrays of their own, shape (2,) * wires + (points,), and gates only add and multiply single
elements. So the probabilities of a point are the same bits whatever points are beside it. numpy's complex
multiplication does not give that: it may fuse operations in the middle of an array and not at its end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from qsharp_bridge.qir.program import Gate

__all__ = ["probabilities"]

Doubles = npt.NDArray[np.float64]
Index: TypeAlias = "tuple[int | slice, ...]"
Number: TypeAlias = "float | Doubles"

_BLOCK = 2**14
"""Amplitudes that are worked on at a time: two arrays of 128 KiB, which stay in the cache of a core."""

_HALF = math.sqrt(0.5)


def probabilities(wires: int, gates: Sequence[Gate], doubles: Doubles) -> Doubles:
    """Return the probability of each basis state at each point, shape (points, 2**wires).

    Args:
        wires: the number of qubits; qubit k is bit k of the index of a basis state.
        gates: applied to |0...0>, in order.
        doubles: the angles, shape (points, slots).
    """
    weights = np.empty((len(doubles), 2**wires))
    step = max(1, _BLOCK >> wires)
    for at in range(0, len(doubles), step):
        angles = np.ascontiguousarray(doubles[at : at + step].T)
        shape = (2,) * wires + (len(doubles[at : at + step]),)
        state = _State(np.zeros(shape), np.zeros(shape))
        state.re[(0,) * wires] = 1.0
        for kind, qubits, slot in gates:
            if slot < 0:
                _PLAIN[kind.name](state, *qubits)
            else:
                _TURNS[kind.name](state, angles[slot], *qubits)
        np.multiply(state.re, state.re, out=state.re)
        np.multiply(state.im, state.im, out=state.im)
        state.re += state.im
        weights[at : at + step] = state.re.reshape(2**wires, -1).T
    return weights


class _State:
    """The amplitudes of some points, and what gates do to blocks of them. A phase of all amplitudes is dropped."""

    def __init__(self, re: Doubles, im: Doubles) -> None:
        self.re, self.im = re, im
        self._wires = re.ndim - 1

    def at(self, wires: Sequence[int], *bits: int) -> Index:
        """Return the index of the block where each of ``wires`` has its bit."""
        index: list[int | slice] = [slice(None)] * self._wires
        for wire, bit in zip(wires, bits, strict=True):
            index[self._wires - 1 - wire] = bit
        return tuple(index)

    def phase(self, block: Index, c: Number, s: Number) -> None:
        """Multiply a block by c + is."""
        re, im = self.re[block], self.im[block]
        kept = c * re - s * im
        im *= c
        im += s * re
        re[...] = kept

    def turn(self, first: Index, second: Index, c: Number, s: Number) -> None:
        """Apply [[c, -is], [-is, c]] to two blocks."""
        re, im, re1, im1 = self.re[first], self.im[first], self.re[second], self.im[second]
        kept_re, kept_im = c * re + s * im1, c * im - s * re1
        re1 *= c
        re1 += s * im
        im1 *= c
        im1 -= s * re
        re[...], im[...] = kept_re, kept_im

    def rotate(self, first: Index, second: Index, c: Number, s: Number) -> None:
        """Apply [[c, -s], [s, c]] to two blocks."""
        for part in (self.re, self.im):
            zero, one = part[first], part[second]
            kept = c * zero - s * one
            one *= c
            one += s * zero
            zero[...] = kept

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
