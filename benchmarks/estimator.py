"""Expectation values: what an evaluation costs beside Qiskit's estimator and beside a loop over ``run_sweep``.

An ansatz of 6 qubits with 24 angles, and an observable of 60 random terms on two qubits each, on this machine.

1. A loop that asks for one point after the other, as an optimiser does: ``session.objective`` (sampled), and Qiskit's
   ``StatevectorEstimator`` with the standard error of those shots as its precision.
2. The same points at once: ``qb.estimate``, and one PUB of ``StatevectorEstimator``.
3. Both once more with exact values: ``shots=None``, and a precision of 0, the default of ``StatevectorEstimator``.
4. The loop by hand: for each evaluation one ``run_sweep`` over the bases, and signs and means in Python.

    python benchmarks/estimator.py [--quick] [--json PATH]

Each of them runs once before it is timed: programs are compiled, and caches are filled.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["QDK_PYTHON_TELEMETRY"] = "none"

import numpy as np
from qdk.qsharp import Pauli

import qsharp_bridge as qb

QUBITS, LAYERS, TERMS, SHOTS = 6, 2, 60, 1800
ANGLES = 2 * QUBITS * LAYERS
SOURCE = """
operation Ansatz(qubits : Qubit[], angles : Double[]) : Unit {
    for layer in 0..1 {
        for i in 0..5 {
            Ry(angles[2 * (6 * layer + i)], qubits[i]);
            Rz(angles[2 * (6 * layer + i) + 1], qubits[i]);
        }
        for i in 0..4 { CNOT(qubits[i], qubits[i + 1]); }
    }
}
operation Measured(angles : Double[], basis : Pauli[]) : Result[] {
    use qubits = Qubit[6];
    Ansatz(qubits, angles);
    for i in 0..5 {
        if basis[i] == PauliX { H(qubits[i]); }
        elif basis[i] == PauliY { Adjoint S(qubits[i]); H(qubits[i]); }
    }
    MResetEachZ(qubits)
}
"""
PAULI = {"I": Pauli.Z, "X": Pauli.X, "Y": Pauli.Y, "Z": Pauli.Z}


def observable() -> qb.PauliSum:
    chance = np.random.default_rng(3)
    terms: dict[str, float] = {}
    while len(terms) < TERMS:
        letters = ["I"] * QUBITS
        for qubit in chance.permutation(QUBITS)[:2]:
            letters[qubit] = str(chance.choice(list("XYZ")))
        terms["".join(letters)] = float(chance.normal())
    return qb.PauliSum(terms)


def by_hand(operation: Any, energy: qb.PauliSum, points: list[list[float]]) -> list[float]:
    """Return the values as a script without an estimator finds them."""
    groups = energy.groups()
    shots = SHOTS // len(groups)
    found = []
    for angles in points:
        sweep = [{"angles": angles, "basis": [PAULI[letter] for letter in group.basis]} for group in groups]
        results = qb.run_sweep(operation, sweep, qb.LocalSimulator(seed=1), shots=shots, progress=False)
        value = energy.constant
        for group, counts in zip(groups, results.counts, strict=True):
            for text, count in counts.items():
                value += group.value([int(letter) for letter in text if letter in "01"]) * count / shots
        found.append(value)
    return found


def qiskit_parts(energy: qb.PauliSum) -> tuple[Any, Any, Any]:
    from qiskit import QuantumCircuit
    from qiskit.circuit import ParameterVector
    from qiskit.primitives import StatevectorEstimator
    from qiskit.quantum_info import SparsePauliOp

    angles = ParameterVector("angles", ANGLES)
    circuit = QuantumCircuit(QUBITS)
    for layer in range(LAYERS):
        for i in range(QUBITS):
            circuit.ry(angles[2 * (QUBITS * layer + i)], i)
            circuit.rz(angles[2 * (QUBITS * layer + i) + 1], i)
        for i in range(QUBITS - 1):
            circuit.cx(i, i + 1)
    operator = SparsePauliOp.from_list([(term[::-1], number) for term, number in energy])
    return StatevectorEstimator(seed=1), circuit, operator


def seconds(work: Callable[[], Any], rounds: int) -> float:
    """Return the seconds of the best of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best


def measure(count: int, rounds: int) -> dict[str, float]:
    """Return the milliseconds of an evaluation, by who evaluates."""
    program, energy = qb.Program.from_source(SOURCE), observable()
    ansatz, measured = program.operation("Ansatz"), program.operation("Measured")
    points = np.random.default_rng(1).uniform(0, 2 * np.pi, (count, ANGLES)).tolist()
    sweep = qb.Sweep.points([{"angles": angles} for angles in points])
    estimator, circuit, operator = qiskit_parts(energy)
    bases = len(energy.groups())

    def ours(some: qb.Sweep, shots: int | None) -> Any:
        return qb.estimate(ansatz, some, energy, qb.LocalSimulator(seed=1), shots=shots, progress=False)

    exact = ours(sweep[:10], None).values
    peer = np.array(
        [float(estimator.run([(circuit, operator, angles)]).result()[0].data.evs) for angles in points[:10]]
    )
    assert np.allclose(exact, peer, atol=1e-10), "two exact values differ"
    sampled = ours(sweep[:10], SHOTS)
    assert np.all(np.abs(sampled.values - exact) < 6 * sampled.errors), "sampled values are off"
    precision = float(sampled.errors.mean())
    hand = by_hand(measured, energy, points[:2])
    assert np.all(np.abs(np.array(hand) - exact[:2]) < 8 * precision), "the loop by hand is off"

    found: dict[str, float] = {}
    with qb.HybridSession(ansatz, qb.LocalSimulator(seed=1), shots=SHOTS // bases) as session:
        value = session.objective(energy)
        value(points[0])
        found["ours, loop"] = seconds(lambda: [value(angles) for angles in points], 1)
    with qb.HybridSession(ansatz, qb.LocalSimulator(), shots=None) as session:
        value = session.objective(energy)
        value(points[0])
        found["ours, loop, exact"] = seconds(lambda: [value(angles) for angles in points], rounds)
    found["ours, sweep"] = seconds(lambda: ours(sweep, SHOTS), rounds)
    found["ours, sweep, exact"] = seconds(lambda: ours(sweep, None), rounds)

    def peer_loop(**how: float) -> list[Any]:
        return [estimator.run([(circuit, operator, angles)], **how).result()[0].data.evs for angles in points]

    found["Qiskit, loop"] = seconds(lambda: peer_loop(precision=precision), rounds)
    found["Qiskit, sweep"] = seconds(
        lambda: estimator.run([(circuit, operator, points)], precision=precision).result(), rounds
    )
    found["Qiskit, loop, exact"] = seconds(peer_loop, rounds)
    found["Qiskit, sweep, exact"] = seconds(lambda: estimator.run([(circuit, operator, points)]).result(), rounds)
    few = max(5, count // 10)  # the slow one: a part of the points is enough
    found["by hand"] = seconds(lambda: by_hand(measured, energy, points[:few]), 1) * count / few
    return {who: 1e3 * took / count for who, took in found.items()} | {"bases": bases}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer points")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the ratios there")
    asked = parser.parse_args()
    count = 40 if asked.quick else 200
    found = measure(count, 1 if asked.quick else 3)
    print(f"{count} evaluations, {QUBITS} qubits, {TERMS} terms in {found.pop('bases')} bases, {SHOTS} shots")
    for who, took in found.items():
        print(f"{who:20} {took:8.2f} ms an evaluation")
    rows = [
        {"what": "StatevectorEstimator / ours, one after the other", "goal": ">= 1",
         "ratio": found["Qiskit, loop"] / found["ours, loop"]},
        {"what": "StatevectorEstimator / ours, all at once", "goal": ">= 1",
         "ratio": found["Qiskit, sweep"] / found["ours, sweep"]},
        {"what": "StatevectorEstimator / ours, one after the other, exact", "goal": ">= 1",
         "ratio": found["Qiskit, loop, exact"] / found["ours, loop, exact"]},
        {"what": "StatevectorEstimator / ours, all at once, exact", "goal": ">= 1",
         "ratio": found["Qiskit, sweep, exact"] / found["ours, sweep, exact"]},
        {"what": "a run_sweep an evaluation / ours, one after the other", "goal": ">= 5",
         "ratio": found["by hand"] / found["ours, loop"]},
        {"what": "a run_sweep an evaluation / ours, all at once", "goal": ">= 5",
         "ratio": found["by hand"] / found["ours, sweep"]},
    ]  # fmt: skip
    for row in rows:
        print(f"{row['what']:55} {row['ratio']:8.2f}   goal {row['goal']}")
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
