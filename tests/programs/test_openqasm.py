"""OpenQASM 3 and Qiskit circuits as programs, bound and run like those of Q#."""

import math

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import SourceError

PAIR = """OPENQASM 3.0;
include "stdgates.inc";
input float theta;
input int n;
qubit[2] q;
output bit[2] c;
rx(theta) q[0];
if (n > 1) { x q[1]; }
cx q[0], q[1];
c = measure q;
"""


def test_inputs_are_parameters_and_a_sweep_runs():
    operation = qb.Program.from_openqasm(PAIR, name="Pair").operation("Pair")
    assert str(operation.signature) == "qasm_import.Pair(theta : Double, n : Int) : Result[]"
    sweep = qb.Sweep.grid(theta=[0.0, math.pi], n=[1, 2])
    results = qb.run_sweep(operation, sweep, qb.LocalSimulator(seed=1), shots=20)
    assert results.counts == [{"[0, 0]": 20}, {"[0, 1]": 20}, {"[1, 1]": 20}, {"[1, 0]": 20}]


def test_bind_gives_what_compile_gives():
    operation = qb.Program.from_openqasm(PAIR).operation("Circuit")
    points = [{"theta": 0.1 * k, "n": k % 3} for k in range(6)]
    bound = operation.bind(points, profile="Base")
    for point, program in zip(points, bound, strict=True):
        assert str(program) == str(operation.compile(**point, profile="Base"))


def test_an_angle_is_rounded_by_no_more_than_documented():
    import re

    operation = qb.Program.from_openqasm(PAIR).operation("Circuit")
    for theta in (0.5, 1e-3, 3.0):
        found = re.search(r"rx__body\(double ([^,]+),", str(operation.compile(theta, 1)))
        assert found is not None
        assert abs(float(found[1]) - theta) < 2e-15


def test_openqasm_2_as_cirq_writes_it():
    text = """OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
creg m[2];
rx(pi*1.0) q[0];
cx q[0],q[1];
measure q[0] -> m[0];
measure q[1] -> m[1];
"""
    operation = qb.Program.from_openqasm(text).operation("Circuit")
    results = qb.run_sweep(operation, qb.Sweep.points([{}]), qb.LocalSimulator(), shots=10)
    assert results.counts == [{"[1, 1]": 10}]


@pytest.mark.parametrize("text", ["OPENQASM 3.0;\nfoo bar;", "OPENQASM 3.0;\ninput float x; qubit q; U(x) q;", "}"])
def test_what_is_wrong_is_said_without_a_traceback(text):
    with pytest.raises(SourceError, match=r"OpenQASM does not compile: .*line [0-9]") as caught:
        qb.Program.from_openqasm(text)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("name", ["operation", "A.B", "a b", "", "X() {"])
def test_a_bad_name_is_refused(name):
    with pytest.raises(SourceError):
        qb.Program.from_openqasm(PAIR, name=name)


def test_something_else_is_refused():
    with pytest.raises(SourceError, match="must be a string"):
        qb.Program.from_openqasm(b"OPENQASM 3.0;")  # type: ignore[arg-type]


class TestQiskit:
    @pytest.fixture(autouse=True)
    def qiskit(self):
        return pytest.importorskip("qiskit", reason='needs pip install "qsharp-bridge[qiskit]"')

    def circuit(self):
        from qiskit import QuantumCircuit
        from qiskit.circuit import Parameter, ParameterVector

        theta, phi = Parameter("theta"), ParameterVector("phi", 2)
        made = QuantumCircuit(2, 2, name="pair")
        made.rx(theta, 0)
        made.ry(2 * phi[0] + phi[1], 1)
        made.measure([0, 1], [0, 1])
        return made

    def test_free_parameters_are_parameters(self):
        operation = qb.Program.from_qiskit(self.circuit()).operation("pair")
        assert [one.name for one in operation.signature.parameters] == ["_phi_0_", "_phi_1_", "theta"]
        point = {"theta": math.pi, "_phi_0_": math.pi / 2, "_phi_1_": 0.0}
        results = qb.run_sweep(operation, qb.Sweep.points([point]), qb.LocalSimulator(), shots=10)
        assert results.counts == [{"[1, 1]": 10}]
        point = {"theta": math.pi, "_phi_0_": 0.0, "_phi_1_": 0.0}
        results = qb.run_sweep(operation, qb.Sweep.points([point]), qb.LocalSimulator(), shots=10)
        assert results.counts == [{"[1, 0]": 10}]  # bit 0 first

    def test_a_name_that_qsharp_cannot_have(self):
        from qiskit import QuantumCircuit

        circuit = QuantumCircuit(1, 1, name="operation")
        circuit.measure(0, 0)
        assert qb.Program.from_qiskit(circuit).operations == ("qasm_import.Circuit",)

    def test_no_circuit(self):
        with pytest.raises(qb.QsharpTypeError, match="expected a Qiskit circuit, found str"):
            qb.Program.from_qiskit("circuit")

    def test_against_qiskits_own_simulation(self):
        from qiskit.quantum_info import Statevector

        circuit = self.circuit()
        operation = qb.Program.from_qiskit(circuit).operation("pair")
        values = {"theta": 0.7, "_phi_0_": 0.3, "_phi_1_": 0.4}
        results = qb.run_sweep(operation, qb.Sweep.points([values]), qb.LocalSimulator(seed=5), shots=20_000)
        named = {"theta": 0.7, "phi[0]": 0.3, "phi[1]": 0.4}
        bare = circuit.remove_final_measurements(inplace=False)
        bare = bare.assign_parameters({one: named[one.name] for one in bare.parameters})
        for bits, exact in Statevector(bare).probabilities_dict().items():
            found = results.probabilities[0].get(f"[{bits[1]}, {bits[0]}]", 0.0)
            assert abs(found - exact) < 6 * math.sqrt(exact * (1 - exact) / 20_000) + 1e-9

    @pytest.mark.parametrize("value", [-0.5, 0.5, 7.0])
    def test_a_whole_turn_counts_for_controlled_rotations(self, value):
        """OpenQASM takes whole turns away, which controlled rotations and halved angles notice."""
        from qiskit import QuantumCircuit, QuantumRegister
        from qiskit.circuit import Gate, Parameter
        from qiskit.circuit.library import RXGate, XXPlusYYGate
        from qiskit.quantum_info import Statevector

        angle = Parameter("alpha")
        halves = Gate("halves", 2, [angle])
        halves.definition = QuantumCircuit(QuantumRegister(2))
        halves.definition.crz(angle / 2, 0, 1)
        uses = [
            lambda made: made.crx(angle, 0, 1),
            lambda made: made.cry(angle, 0, 1),
            lambda made: made.crz(2 * angle, 0, 1),
            lambda made: made.cu(angle, 0.1, angle, 0.3, 0, 1),
            lambda made: made.append(XXPlusYYGate(angle, 0.3), [0, 1]),
            lambda made: made.append(RXGate(angle).control(1, ctrl_state=0), [0, 1]),
            lambda made: made.append(halves, [0, 1]),
        ]
        for use in uses:
            circuit = QuantumCircuit(2, 2)
            circuit.h(0)
            circuit.ry(0.4, 1)
            use(circuit)
            circuit.h(0)
            bare = circuit.assign_parameters([value])
            circuit.measure([0, 1], [0, 1])
            results = qb.run_sweep(circuit, qb.Sweep.grid(alpha=[value]), qb.LocalSimulator(seed=5), shots=20_000)
            for bits, exact in Statevector(bare).probabilities_dict().items():
                found = results.probabilities[0].get(f"[{bits[1]}, {bits[0]}]", 0.0)
                assert abs(found - exact) < 6 * math.sqrt(exact * max(0.0, 1 - exact) / 20_000) + 1e-4

    def test_a_whole_turn_counts_under_a_condition(self):
        from qiskit import QuantumCircuit

        circuit = QuantumCircuit(2, 3, name="conditional")
        circuit.x(0)
        circuit.measure(0, 0)
        with circuit.if_test((circuit.clbits[0], 1)):
            circuit.h(0)
            circuit.crz(-math.pi, 0, 1)
            circuit.p(-math.pi / 2, 0)  # together nothing; with crz(pi) it would be a Z
            circuit.h(0)
        circuit.measure([0, 1], [1, 2])
        operation = qb.Program.from_qiskit(circuit).operation("conditional")
        sweep = qb.Sweep.points([{}])
        results = qb.run_sweep(operation, sweep, qb.LocalSimulator(), shots=20, profile="Adaptive_RI")
        assert results.counts == [{"[1, 1, 0]": 20}]
