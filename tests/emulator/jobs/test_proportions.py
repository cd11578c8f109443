"""Counts of ionq.simulator: floor(p * shots) for each state of all qubits, as recorded; and our readers of them."""

from __future__ import annotations

import math
from itertools import groupby
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qsharp_bridge as qb
from qsharp_bridge.emulator import LocalService
from qsharp_bridge.emulator.jobs.inputs.circuit import Circuit
from qsharp_bridge.emulator.jobs.proportions import proportional_outcomes
from qsharp_bridge.simulators import simulate


def superposition(qubits: int, measured: list[int]) -> str:
    circuit = Circuit(qubits)
    for qubit in range(qubits):
        circuit.add("h", qubit)
    for qubit in measured:
        circuit.measure(qubit)
    return circuit.to_qir()


@pytest.fixture
def ionq(service: LocalService) -> Any:
    return service.workspace().get_targets("ionq.simulator")


def submit(target: Any, qir: str, shots: int, **params: Any) -> Any:
    form = {"input_data_format": "qir.v1", "output_data_format": "microsoft.quantum-results.v2"}
    return target.submit(qir, shots=shots, input_params=params or None, **form)


def test_the_recorded_answers(ionq: Any, bell: Any) -> None:
    """Recorded on 2025-11-20: test_qiskit_submit_ionq_5_qubit_superposition, test_qiskit_qir_submit_ionq."""
    five = submit(ionq, superposition(5, [0]), 1000)
    assert {text: row["count"] for text, row in five.get_results_histogram().items()} == {"[0]": 496, "[1]": 496}
    shots = five.get_results_shots()
    assert [(bits, len(list(run))) for bits, run in groupby(shots)] == [([0], 31), ([1], 31)] * 16
    pair = ionq.submit(bell, shots=500)
    assert pair.get_results_shots() == [[0, 0]] * 250 + [[1, 1]] * 250
    ghz = Circuit(4)
    for name, *qubits in (("h", 0), ("cx", 0, 1), ("cx", 0, 2), ("h", 3)):
        ghz.add(name, *qubits)
    for qubit in range(3):
        ghz.measure(qubit)
    runs = [[0, 0, 0], [1, 1, 1]] * 2
    assert submit(ionq, ghz.to_qir(), 100).get_results_shots() == [bits for bits in runs for _ in range(25)]


@settings(max_examples=25)
@given(st.data())
def test_counts_are_the_floors_of_the_exact_probabilities(data: st.DataObject) -> None:
    """Against amplitudes that numpy computes here from the matrices of the gates."""
    qubits, shots = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 3000))
    measured = data.draw(st.permutations(range(qubits)).map(lambda all_: all_[: max(1, qubits - 1)]))
    circuit, state = Circuit(qubits), np.zeros([2] * qubits, complex)
    state[(0,) * qubits] = 1
    for _ in range(data.draw(st.integers(1, 8))):
        qubit, angle = data.draw(st.integers(0, qubits - 1)), data.draw(st.floats(-4, 4))
        if qubits > 1 and data.draw(st.booleans()):
            other = data.draw(st.integers(0, qubits - 1).filter(lambda one, taken=qubit: one != taken))
            circuit.add("cx", qubit, other)
            flipped = np.flip(state, other)
            state = np.where(np.indices(state.shape)[qubit] == 1, flipped, state)
        else:
            circuit.add("rx", qubit, angle=angle)
            c, s = math.cos(angle / 2), -1j * math.sin(angle / 2)
            state = np.moveaxis(np.tensordot([[c, s], [s, c]], state, axes=(1, qubit)), 0, qubit)
    for qubit in measured:
        circuit.measure(qubit)
    expected = []
    for place in sorted(np.ndindex(state.shape), key=lambda bits: sum(bit << at for at, bit in enumerate(bits))):
        exact = abs(state[place]) ** 2 * shots
        if abs(exact - round(exact)) < 1e-5:
            return  # on the edge of a whole shot the last digit decides
        expected += [[place[qubit] for qubit in measured]] * math.floor(exact)
    found = proportional_outcomes(circuit.to_qir(), shots)
    assert (found.shots if found is not None else []) == expected


def test_many_independent_qubits_and_what_has_no_proportions(ionq: Any) -> None:
    """States are found without listing all of them; where no state has a whole shot, the shots are drawn."""
    wide = Circuit(29)
    for qubit in range(29):
        wide.add("rx", qubit, angle=0.1)
        wide.measure(qubit)
    found = proportional_outcomes(wide.to_qir(), 1000)
    assert found is not None
    assert found.histogram()[0][2] == math.floor(1000 * math.cos(0.05) ** 58)
    assert proportional_outcomes(superposition(8, [0]), 100) is None
    assert len(submit(ionq, superposition(8, [0]), 100).get_results_shots()) == 100


def test_sampling_by_choice(bell: Any) -> None:
    with LocalService(seed=1, sampling=True) as service:
        target = service.workspace().get_targets("ionq.simulator")
        counts = [str(target.submit(bell, shots=500).get_results()) for _ in range(3)]
        assert len(submit(target, superposition(5, [0]), 1000).get_results_shots()) == 1000
    assert len(set(counts)) > 1
    assert len(simulate(bell.text, 500)) == 500  # the simulators themselves always draw


def test_a_sweep_is_at_peace_with_sums_below_the_shots() -> None:
    source = "operation Turn(theta : Double) : Result[] { use q = Qubit[2]; Rx(theta, q[0]); H(q[1]); MResetEachZ(q) }"
    operation = qb.Program.from_source(source).operation("Turn")
    with qb.connect("local", seed=1) as workspace:
        target = workspace.get_targets("ionq.simulator")
        results = qb.run_sweep(operation, qb.Sweep.linspace("theta", 0.3, 1.2, 3), target, shots=101)
    assert {row.state for row in results} == {"Succeeded"}
    for row in results:
        one = math.sin(row.point["theta"] / 2) ** 2
        floors = [math.floor(101 * p / 2) for p in (1 - one, 1 - one, one, one)]
        assert [row.counts.get(key, 0) for key in ("[0, 0]", "[0, 1]", "[1, 0]", "[1, 1]")] == floors
        assert row.shots == sum(floors) == 101 - row.missing_shots
        assert row.missing_shots > 0
        assert sum(row.probabilities.values()) == pytest.approx(1)
