"""Expectation values: what an evaluation costs beside Qiskit's estimator and beside a loop over ``run_sweep``.

An ansatz of 6 qubits with 24 angles, and an observable of 60 random terms on two qubits each, on this machine.

1. A loop that asks for one point after the other, as an optimiser does: ``session.objective`` (sampled), and Qiskit's
   ``StatevectorEstimator`` with the standard error of those shots as its precision.
2. The same points at once: ``qb.estimate``, and one PUB of ``StatevectorEstimator``.
3. Both once more with exact values: ``shots=None``, and a precision of 0, the default of ``StatevectorEstimator``.
4. The loop by hand: for each evaluation one ``run_sweep`` over the bases, and signs and means in Python.
5. Where Aer is installed, Qiskit's ``BackendEstimatorV2`` on it, one point after the other, at as many shots a basis.

``StatevectorEstimator`` samples nothing: with a precision it adds a normally distributed number to the exact value.
``BackendEstimatorV2`` measures circuits, as ours does.

    python benchmarks/estimator.py [--quick] [--json PATH]

Each of them runs once before it is timed: programs are compiled, and caches are filled. Then they take turns, some
evaluations each; of the CPU times of these rounds the median counts,
since other processes may keep the cores busy.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

os.environ["QDK_PYTHON_TELEMETRY"] = "none"

import numpy as np
from qdk.qsharp import Pauli

import qsharp_bridge as qb

_WARM = 13  # evaluations by hand after which its loop compiles nothing
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


def sampling_estimator() -> Any | None:
    """Return Qiskit's estimator that measures circuits, on Aer; None where Aer is not installed."""
    try:
        from qiskit_aer import AerSimulator
    except ImportError:
        return None
    from qiskit.primitives import BackendEstimatorV2

    return BackendEstimatorV2(backend=AerSimulator(seed_simulator=1))


def milliseconds(contestants: Mapping[str, tuple[Callable[[int], Any], int]], rounds: int) -> dict[str, float]:
    """Return the CPU milliseconds of an evaluation, the median of some rounds, in which all take turns.

    Args:
        contestants: by name, a function of the number of the round, and how many evaluations it makes.
    """
    took: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds):
        for name, (work, evaluations) in contestants.items():
            began = time.process_time()
            work(number)
            took[name].append(1e3 * (time.process_time() - began) / evaluations)
    return {name: statistics.median(found) for name, found in took.items()}


def measure(count: int, rounds: int) -> dict[str, float]:
    """Return the milliseconds of an evaluation, by who evaluates."""
    program, energy = qb.Program.from_source(SOURCE), observable()
    ansatz, measured = program.operation("Ansatz"), program.operation("Measured")
    points = np.random.default_rng(1).uniform(0, 2 * np.pi, (count, ANGLES)).tolist()
    sweep = qb.Sweep.points([{"angles": angles} for angles in points])
    estimator, circuit, operator = qiskit_parts(energy)
    sampler = sampling_estimator()
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

    by_hand(measured, energy, points[:_WARM])  # its sweeps of a few points have their templates then
    with (
        qb.HybridSession(ansatz, qb.LocalSimulator(seed=1), shots=SHOTS // bases) as session,
        qb.HybridSession(ansatz, qb.LocalSimulator(), shots=None) as exact_session,
    ):
        value, exact_value = session.objective(energy), exact_session.objective(energy)
        few = count // rounds  # of a round, so that a loop makes all evaluations, each once

        def some(number: int) -> list[list[float]]:
            return points[number * few : (number + 1) * few]

        def peer_loop(number: int, **how: float) -> None:
            for angles in some(number):
                float(estimator.run([(circuit, operator, angles)], **how).result()[0].data.evs)

        def peer_sweep(**how: float) -> Any:
            return estimator.run([(circuit, operator, points)], **how).result()[0].data.evs

        contestants: dict[str, tuple[Callable[[int], Any], int]] = {
            "ours, loop": (lambda number: [value(angles) for angles in some(number)], few),
            "Qiskit, loop": (lambda number: peer_loop(number, precision=precision), few),
            "ours, loop, exact": (lambda number: [exact_value(angles) for angles in some(number)], few),
            "Qiskit, loop, exact": (peer_loop, few),
            "by hand": (lambda number: by_hand(measured, energy, points[_WARM + 2 * number :][:2]), 2),
            "ours, sweep": (lambda _: ours(sweep, SHOTS), count),
            "Qiskit, sweep": (lambda _: peer_sweep(precision=precision), count),
            "ours, sweep, exact": (lambda _: ours(sweep, None), count),
            "Qiskit, sweep, exact": (lambda _: peer_sweep(), count),
        }
        if sampler is not None:
            each = (SHOTS // bases) ** -0.5  # its precision is that of one measured circuit: this gives it our shots

            def measure_circuits(number: int) -> None:
                for angles in some(number)[:2]:
                    float(sampler.run([(circuit, operator, angles)], precision=each).result()[0].data.evs)

            contestants["Qiskit on Aer, loop"] = (measure_circuits, 2)
        for work, _ in contestants.values():
            work(0)
        found = milliseconds(contestants, rounds)
    return found | {"bases": bases}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer points")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the ratios there")
    asked = parser.parse_args()
    count = 40 if asked.quick else 200
    found = measure(count, 5 if asked.quick else 10)
    print(f"{count} evaluations, {QUBITS} qubits, {TERMS} terms in {found.pop('bases')} bases, {SHOTS} shots")
    for who, took in found.items():
        print(f"{who:20} {took:8.2f} ms of CPU an evaluation")
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
    if "Qiskit on Aer, loop" in found:
        rows.append({"what": "BackendEstimatorV2 on Aer / ours, one after the other", "goal": ">= 1",
                     "ratio": found["Qiskit on Aer, loop"] / found["ours, loop"]})  # fmt: skip
    for row in rows:
        print(f"{row['what']:55} {row['ratio']:8.2f}   goal {row['goal']}")
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
