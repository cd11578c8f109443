"""Operation.circuit: qdk's diagram of a call, and diagrams with symbols."""

from __future__ import annotations

import json
import sys
import types

import pytest
from qdk import Context

import qsharp_bridge as qb

SOURCE = """
struct Pulse { Angle : Double, Axis : Int }
operation Mixed(a : Double, b : Double[], pulse : Pulse) : Result[] {
    use q = Qubit[2];
    Rx(2.0 * a - Std.Math.PI() / 2.0, q[0]);
    Ry(b[0] * b[1], q[1]);
    Rz(Std.Math.Cos(pulse.Angle) / -a, q[0]);
    Rx(0.5, q[1]);
    CNOT(q[0], q[1]);
    MResetEachZ(q)
}
operation Doubles(a : Double, b : Double[]) : Result {
    use q = Qubit();
    Rx(a + 0.25, q);
    Ry(b[0] * b[1], q);
    Rz(Std.Math.Cos(a) / (b[1] - a), q);
    MResetZ(q)
}
operation Branch(t : Double) : Result {
    use q = Qubit[2];
    Rx(t, q[0]);
    if M(q[0]) == One { X(q[1]); }
    let r = M(q[1]);
    ResetAll(q);
    r
}
operation Chosen(t : Double, u : Double) : Result { use q = Qubit(); if t > 0.0 { Ry(u, q); } MResetZ(q) }
operation Plain(n : Int) : Result[] { use q = Qubit[n]; ApplyToEach(H, q); MResetEachZ(q) }
operation Named(symbols : Double) : Result { use q = Qubit(); Rx(symbols, q); MResetZ(q) }
"""


@pytest.fixture(scope="module")
def program() -> qb.Program:
    return qb.Program.from_source(SOURCE)


def test_a_call_is_drawn_by_qdk(program: qb.Program) -> None:
    op = program.operation("Plain")
    context = Context()
    context.eval(SOURCE)
    drawn = context.circuit("Plain(3)")
    ours = op.circuit(n=3)
    assert str(ours).split() == str(drawn).split()
    assert json.loads(ours.json()) == json.loads(drawn.json())
    assert repr(ours) == str(ours)
    assert ours == op.circuit(3) != op.circuit(2)
    assert ours.qubits == 3


def test_symbols(program: qb.Program) -> None:
    op = program.operation("Mixed")
    pulse = {"Angle": 0.25, "Axis": 1}
    some = op.circuit(b=[0.2, 0.3], pulse=pulse)
    assert set(some.parameters) == {"2*a - pi/2", "0.0600", "0.968912/(-a)", "0.5000"}
    assert "Rx(2*a - pi/2)" in str(some)
    everything = program.operation("Doubles").circuit(0.1, [0.2, 0.3], symbols=True)
    assert set(everything.parameters) == {"a + 0.25", "b[0]*b[1]", "cos(a)/(b[1] - a)"}
    numbers = op.circuit(0.1, [0.2, 0.3], pulse)
    assert set(numbers.parameters) == {"-1.3708", "0.0600", "-9.6891", "0.5000"}
    assert [len(line) > 0 for line in str(numbers).splitlines()] == [True] * 4


def test_branches(program: qb.Program) -> None:
    op = program.operation("Branch")
    assert "●" in str(op.circuit(t=0.3)), "qdk draws a condition on a result"
    with pytest.raises(qb.errors.ProgramError, match="Branch: it has no diagram with symbols: it branches"):
        op.circuit()
    with pytest.raises(qb.errors.ProgramError, match="its gates depend on the value of t"):
        program.operation("Chosen").circuit()
    assert program.operation("Chosen").circuit(t=0.5).parameters == ("u",), "the value of t is known here"
    assert program.operation("Chosen").circuit(t=-0.5).parameters == ()


def test_arguments_are_checked(program: qb.Program) -> None:
    with pytest.raises(qb.errors.ArgumentError, match="argument missing: 'b', 'pulse'"):
        program.operation("Mixed").circuit(0.1)
    with pytest.raises(qb.QsharpTypeError, match=r"Mixed: b\[0\]"):
        program.operation("Mixed").circuit(0.1, ["x"], {"Angle": 0.1, "Axis": 1})
    assert program.operation("Named").circuit(0.3).parameters == ("0.3000",)
    assert program.operation("Named").circuit(0.3, symbols=True).parameters == ("symbols",)
    assert program.operation("Plain").circuit(2, symbols=True) == program.operation("Plain").circuit(2)


def test_what_a_notebook_shows(program: qb.Program, monkeypatch: pytest.MonkeyPatch) -> None:
    circuit = program.operation("Plain").circuit(2)
    monkeypatch.setitem(sys.modules, "qsharp_widgets", None)  # as if it were not installed
    bundle = circuit._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "image/svg+xml"}
    assert bundle["text/plain"] == str(circuit)
    assert bundle["image/svg+xml"].startswith("<svg")


def test_the_widget_of_qdk(program: qb.Program, monkeypatch: pytest.MonkeyPatch) -> None:
    widgets = pytest.importorskip("qsharp_widgets", reason="needs qdk[jupyter]")
    assert isinstance(widgets, types.ModuleType)
    bundle = program.operation("Plain").circuit(2)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "image/svg+xml" in bundle


def test_the_symbols_of_a_qiskit_circuit() -> None:
    """Its angles are those of OpenQASM, rounded to fractions of a turn: that is left out of the labels."""
    qiskit = pytest.importorskip("qiskit", reason="needs the extra [qiskit]")
    circuit_module = pytest.importorskip("qiskit.circuit")
    theta, phi = circuit_module.Parameter("theta"), circuit_module.Parameter("phi")
    circuit = qiskit.QuantumCircuit(2, 2, name="turns")
    circuit.rx(theta, 0)
    circuit.ry(2 * theta + phi, 1)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    program = qb.Program.from_qiskit(circuit)
    drawn = program.operation(program.operations[0]).circuit()
    assert drawn.parameters == ("theta", "phi + 2*theta")
    assert "Rx(theta)" in str(drawn)
