"""Asymmetric observables of asymmetric states: the values of Qiskit and Cirq for the same circuit."""

from __future__ import annotations

import cirq
import numpy as np
import pytest
from openfermion import QubitOperator, get_sparse_operator
from qiskit import QuantumCircuit
from qiskit.quantum_info import SparsePauliOp, Statevector

import qsharp_bridge as qb

ANGLES = [0.3, 1.1, 2.3]
SOURCE = """
operation Prepare(angles : Double[], qubits : Qubit[]) : Unit is Adj + Ctl {
    for i in 0..2 { Ry(angles[i], qubits[i]); }
    CNOT(qubits[0], qubits[2]);
    Rx(0.7, qubits[1]);
    S(qubits[2]);
}
operation Measured(angles : Double[], basis : Pauli[]) : Result[] {
    use qubits = Qubit[3];
    Prepare(angles, qubits);
    for i in 0..2 {
        if basis[i] == PauliX { H(qubits[i]); }
        if basis[i] == PauliY { Adjoint S(qubits[i]); H(qubits[i]); }
    }
    MResetEachZ(qubits)
}
"""
TERMS = {"ZII": 1.0, "IZI": 0.5, "IIZ": -0.25, "XYI": 0.75, "IXZ": 1.5, "YIY": -0.6, "ZXY": 0.35, "III": 0.125}


def qiskit_value(operator: SparsePauliOp) -> float:
    circuit = QuantumCircuit(3)
    for qubit, angle in enumerate(ANGLES):
        circuit.ry(angle, qubit)
    circuit.cx(0, 2)
    circuit.rx(0.7, 1)
    circuit.s(2)
    return float(Statevector(circuit).expectation_value(operator).real)


def cirq_circuit(qubits: list[cirq.LineQubit]) -> cirq.Circuit:
    return cirq.Circuit(
        [cirq.ry(angle)(qubit) for angle, qubit in zip(ANGLES, qubits, strict=True)],
        cirq.CNOT(qubits[0], qubits[2]), cirq.rx(0.7)(qubits[1]), cirq.S(qubits[2]),
    )  # fmt: skip


@pytest.fixture(scope="module", params=["Prepare", "Measured"])
def operation(request: pytest.FixtureRequest) -> qb.Operation:
    return qb.Program.from_source(SOURCE).operation(request.param)


def exact(operation: qb.Operation, observable: object) -> float:
    found = qb.estimate(operation, [{"angles": ANGLES}], observable, qb.LocalSimulator(), shots=None)
    return float(found.values[0])


def test_every_library_gives_the_same_value(operation: qb.Operation) -> None:
    """One number from three libraries: each operator is written in its own library's order of qubits."""
    ours = exact(operation, qb.PauliSum(TERMS))

    qiskit_operator = SparsePauliOp.from_list([(term[::-1], number) for term, number in TERMS.items()])
    assert ours == pytest.approx(qiskit_value(qiskit_operator), abs=1e-10)
    assert ours == pytest.approx(exact(operation, qiskit_operator), abs=1e-12)

    qubits = cirq.LineQubit.range(3)
    cirq_operator = sum(
        number * cirq.PauliString({q: letter for q, letter in zip(qubits, term, strict=True) if letter != "I"})
        for term, number in TERMS.items()
    )
    simulated = cirq.Simulator(dtype=np.complex128).simulate_expectation_values(cirq_circuit(qubits), cirq_operator)
    assert ours == pytest.approx(simulated[0].real, abs=1e-7)
    assert ours == pytest.approx(exact(operation, cirq_operator), abs=1e-12)

    fermion = QubitOperator()
    for term, number in TERMS.items():
        fermion += QubitOperator(tuple((q, letter) for q, letter in enumerate(term) if letter != "I"), number)
    vector = cirq_circuit(qubits).final_state_vector(dtype=np.complex128)
    assert ours == pytest.approx(float(np.vdot(vector, get_sparse_operator(fermion, 3) @ vector).real), abs=1e-7)
    assert ours == pytest.approx(exact(operation, fermion), abs=1e-12)


def test_each_term_alone(operation: qb.Operation) -> None:
    """No two wrong terms make up for each other."""
    names = [term for term in TERMS if term != "III"]
    found = qb.estimate(
        operation, [{"angles": ANGLES}], {f"o_{term}": qb.PauliSum({term: 1.0}) for term in names},
        qb.LocalSimulator(), shots=None,
    )  # fmt: skip
    expected = [qiskit_value(SparsePauliOp(term[::-1])) for term in names]
    assert found.values[0] == pytest.approx(expected, abs=1e-10)
    assert min(abs(one - other) for i, one in enumerate(expected) for other in expected[:i]) > 1e-3
