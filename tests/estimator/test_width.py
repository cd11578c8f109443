"""Observables on another number of qubits than the operation uses."""

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import CompileError, SweepError

SOURCE = """
operation Chain(qubits : Qubit[], a : Double) : Unit {
    Ry(a, qubits[0]);
    CNOT(qubits[0], qubits[1]);
    CNOT(qubits[1], qubits[3]);
}
operation Each(a : Double, basis : Pauli[]) : Result[] {
    use q = Qubit[2];
    Ry(a, q[0]);
    for i in 0..1 { if basis[i] == PauliX { H(q[i]); } }
    MResetEachZ(q)
}
operation Broken(qubits : Qubit[], a : Double) : Unit {
    Ry([a][5], qubits[0]);
}
"""
FEWER = r"Chain: observable: the operation uses 4 qubits, and the observable acts on 2 qubits; .*qubits=4"
MORE = r"Each: observable: the operation returns 2 results, and the observable acts on 3 qubits"


@pytest.fixture(scope="module")
def program():
    return qb.Program.from_source(SOURCE)


@pytest.mark.parametrize("shots", [100, None])
@pytest.mark.parametrize(
    ("name", "observable", "message"),
    [
        ("Chain", "ZZ", FEWER),
        ("Each", "X0", "Each: observable: the operation uses 2 qubits, and the observable acts on 1 qubit"),
        ("Each", "Z0 X2", MORE),
    ],
)
def test_both_numbers_are_in_the_error(program, name, observable, message, shots):
    operation, target = program.operation(name), qb.LocalSimulator(seed=1)
    with pytest.raises(SweepError, match=message):
        qb.estimate(operation, [{"a": 0.5}], observable, target, shots=shots, progress=False)
    with qb.HybridSession(operation, target, shots=shots) as session:
        with pytest.raises(SweepError, match=message):
            session.estimate(0.5, observable)
        with pytest.raises(SweepError, match=message):
            session.gradient(0.5, observable)
        assert len(session.results) == 0  # nothing ran


def test_more_qubits_than_a_state_needs_are_zero(program):
    found = qb.estimate(program.operation("Chain"), [{"a": 0.5}], "IIZIIZ", qb.LocalSimulator(), shots=None)
    assert found.values[0] == pytest.approx(1.0)


def test_an_error_that_no_number_of_qubits_cures_stays_as_it_is(program):
    with pytest.raises(CompileError, match="index out of range"):
        qb.estimate(program.operation("Broken"), [{"a": 0.5}], "ZZ", qb.LocalSimulator(), shots=None)
