"""What can stand where an operation is wanted."""

import math

import pytest

import qsharp_bridge as qb
from qsharp_bridge.programs.coerce import as_operation

QASM = """// a comment first
OPENQASM 3.0;
include "stdgates.inc";
input float phi;
qubit q;
rx(phi) q;
bit r = measure q;
"""


def test_an_operation_is_itself():
    operation = qb.Program.from_source("operation Zeros() : Result[] { [Zero] }").operation("Zeros")
    assert as_operation(operation) is operation


def test_what_returns_nothing_is_not_run():
    """Also a circuit that measures nothing."""
    text = 'OPENQASM 3.0; include "stdgates.inc"; input float a; qubit q; rx(a) q;'
    with pytest.raises(
        qb.QsharpTypeError, match="Circuit: the operation returns nothing, so no point would have an outcome"
    ):
        as_operation(text)


def test_openqasm_text_is_swept_by_its_inputs():
    results = qb.run_sweep(QASM, qb.Sweep.grid(phi=[0.0, math.pi]), qb.LocalSimulator(seed=1), shots=50)
    assert [sum(counts.values()) for counts in results.counts] == [50, 50]
    assert [row.most_frequent()[0][1] for row in results] == [50, 50]
    assert results[0].most_frequent() != results[1].most_frequent()


def test_a_qiskit_circuit_is_swept_by_its_parameters():
    circuit_module = pytest.importorskip("qiskit.circuit", reason="needs the extra [qiskit]")
    theta = circuit_module.Parameter("theta")
    circuit = circuit_module.QuantumCircuit(1, 1, name="Turn")
    circuit.rx(theta, 0)
    circuit.measure(0, 0)
    results = qb.run_sweep(circuit, qb.Sweep.grid(theta=[0.0, math.pi]), qb.LocalSimulator(seed=1), shots=50)
    assert results.operation.endswith("Turn")
    assert results[0].most_frequent() != results[1].most_frequent()


@pytest.mark.parametrize("given", ["GenerateRandomBits", 3, None, qb.Program, "OPENQASM_is_a_name"])
def test_anything_else_is_an_error(given):
    with pytest.raises(qb.QsharpTypeError, match="expected an operation"):
        qb.run_sweep(given, qb.Sweep.grid(x=[1]), qb.LocalSimulator())
