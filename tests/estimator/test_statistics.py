"""Values and standard errors of random circuits against the state vector that numpy computes.

The z-scores of many estimates follow a normal distribution only if the values, the variances and the covariances of
the terms that share a basis are all right.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import kstest

import qsharp_bridge as qb

SOURCE = """
operation Random(qubits : Qubit[], kinds : Int[], wires : Int[], angles : Double[]) : Unit {
    for i in 0..Length(kinds) - 1 {
        let (one, other) = (qubits[wires[2 * i]], qubits[wires[2 * i + 1]]);
        if kinds[i] == 0 { Rx(angles[i], one); }
        elif kinds[i] == 1 { Ry(angles[i], one); }
        elif kinds[i] == 2 { Rz(angles[i], one); }
        elif kinds[i] == 3 { Rzz(angles[i], one, other); }
        elif kinds[i] == 4 { CNOT(one, other); }
        else { CZ(one, other); }
    }
}
"""
GATES = 6

Complex = npt.NDArray[np.complex128]
PAULIS = {
    "I": np.eye(2), "X": np.array([[0, 1], [1, 0]]), "Y": np.array([[0, -1j], [1j, 0]]), "Z": np.diag([1, -1]),
}  # fmt: skip


@functools.cache
def random_operation() -> qb.Operation:
    return qb.Program.from_source(SOURCE).operation("Random")


def random_circuit(chance: np.random.Generator, qubits: int, gates: int) -> dict[str, Any]:
    """Return the kinds of gates and their qubits. One qubit has no gate on two."""
    kinds = chance.integers(0, GATES if qubits > 1 else 3, gates).tolist()
    wires = [int(w) for _ in range(gates) for w in (chance.permutation(qubits) if qubits > 1 else [0, 0])[:2]]
    return {"kinds": kinds, "wires": wires}


def random_sum(chance: np.random.Generator, qubits: int, terms: int) -> qb.PauliSum:
    strings = ["".join(chance.choice(list("IXYZ"), qubits)) for _ in range(terms)]
    return qb.PauliSum({string: float(chance.normal()) for string in strings}, qubits=qubits)


def angles_for(chance: np.random.Generator, circuit: dict[str, Any]) -> list[float]:
    return chance.uniform(0, 2 * np.pi, len(circuit["kinds"])).tolist()


def state(qubits: int, kinds: Sequence[int], wires: Sequence[int], angles: Sequence[float]) -> Complex:
    """Return the state as a tensor: axis k is qubit k."""
    found = np.zeros((2,) * qubits, complex)
    found[(0,) * qubits] = 1
    for at, (kind, angle) in enumerate(zip(kinds, angles, strict=True)):
        one, other = wires[2 * at], wires[2 * at + 1]
        if kind < 3:
            generator = PAULIS["XYZ"[kind]]
            found = applied(np.cos(angle / 2) * np.eye(2) - 1j * np.sin(angle / 2) * generator, [one], found)
        elif kind == 3:
            both = np.kron(PAULIS["Z"], PAULIS["Z"])
            found = applied(np.cos(angle / 2) * np.eye(4) - 1j * np.sin(angle / 2) * both, [one, other], found)
        else:
            controlled = np.eye(4, dtype=complex)
            controlled[2:, 2:] = PAULIS["X" if kind == 4 else "Z"]
            found = applied(controlled, [one, other], found)
    return found


def applied(matrix: Any, wires: Sequence[int], found: Complex) -> Complex:
    tensor = np.asarray(matrix, complex).reshape((2,) * 2 * len(wires))
    moved = np.tensordot(tensor, found, (range(len(wires), 2 * len(wires)), wires))
    return np.moveaxis(moved, range(len(wires)), wires)


def mean(observable: qb.PauliSum, vector: Complex) -> float:
    total = 0.0
    for term, coefficient in observable:
        turned = vector
        for qubit, letter in enumerate(term):
            turned = turned if letter == "I" else applied(PAULIS[letter], [qubit], turned)
        total += coefficient * float(np.vdot(vector, turned).real)
    return total


def difference_of_exact_values(chance: np.random.Generator, most_qubits: int, most_terms: int) -> float:
    qubits = int(chance.integers(1, most_qubits + 1))
    circuit = random_circuit(chance, qubits, int(chance.integers(1, 25)))
    observable = random_sum(chance, qubits, int(chance.integers(1, most_terms + 1)))
    point = {**circuit, "angles": angles_for(chance, circuit)}
    found = qb.estimate(random_operation(), [point], observable, qb.LocalSimulator(), shots=None)
    return abs(float(found.values[0]) - mean(observable, state(qubits, **point)))


def z_scores(seed: int, circuits: int, points: int, shots: int, terms: int = 8) -> npt.NDArray[np.float64]:
    chance = np.random.default_rng(seed)
    found = []
    for number in range(circuits):
        qubits = int(chance.integers(2, 5))
        circuit = random_circuit(chance, qubits, 12)
        # Two rotations of each qubit come first: the value of a parity that is certain has no spread.
        circuit["kinds"] = [1, 0] * qubits + circuit["kinds"]
        circuit["wires"] = [wire for qubit in range(qubits) for wire in [qubit, 0] * 2] + circuit["wires"]
        observable = random_sum(chance, qubits, terms)
        sweep = qb.Sweep.points([{**circuit, "angles": angles_for(chance, circuit)} for _ in range(points)])
        target = qb.LocalSimulator(seed=seed + number)
        given = qb.estimate(random_operation(), sweep, observable, target, shots=shots)
        exact = np.array([mean(observable, state(qubits, **point)) for point in sweep])
        found.append((given.values - exact) / given.errors)
    return np.concatenate(found)


@pytest.mark.long
def test_300_exact_values_are_those_of_the_state_vector() -> None:
    chance = np.random.default_rng(18)
    assert max(difference_of_exact_values(chance, 8, 7) for _ in range(300)) < 1e-10


@pytest.mark.long
def test_1000_z_scores_are_normal() -> None:
    found = z_scores(seed=8, circuits=10, points=100, shots=6000)
    assert len(found) == 1000
    assert kstest(found, "norm").pvalue > 0.01
    assert 0.92 < found.std() < 1.08
