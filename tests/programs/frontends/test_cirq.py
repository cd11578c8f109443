"""Cirq circuits as programs: the same states, the same bits."""

import math
import re
import types

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import qsharp_bridge as qb
from qsharp_bridge.errors import SourceError

cirq = pytest.importorskip("cirq", reason="needs the extra [cirq]")
sympy = pytest.importorskip("sympy")
expm = pytest.importorskip("scipy.linalg").expm

from qsharp_bridge.programs.frontends.cirq import circuit_as_qsharp  # noqa: E402

A, B = sympy.symbols("a b")
Q = cirq.LineQubit.range(3)
exponents = st.sampled_from(
    [A, -B, A + B / 3, 2 * A - 0.3, A * B, sympy.sin(A), A**2, sympy.sqrt(B), 1 / (B + 3), 0.5, 1, -1, 0.25, 0.123]
)
ONE = [cirq.X, cirq.Y, cirq.Z, cirq.H, cirq.T, cirq.S]
TWO = [cirq.CZ, cirq.CX, cirq.SWAP, cirq.ISWAP, cirq.XX, cirq.YY, cirq.ZZ]
THREE = [cirq.CCX, cirq.CCZ]
orders = st.permutations(Q)
operations = (
    st.tuples(st.sampled_from(ONE), exponents, orders).map(lambda t: (t[0] ** t[1])(t[2][0]))
    | st.tuples(st.sampled_from(TWO), exponents, orders).map(lambda t: (t[0] ** t[1])(*t[2][:2]))
    | st.tuples(st.sampled_from(THREE), exponents, orders).map(lambda t: (t[0] ** t[1])(*t[2]))
    | st.tuples(st.sampled_from([cirq.rx, cirq.ry, cirq.rz]), exponents, orders).map(lambda t: t[0](t[1])(t[2][0]))
    | st.tuples(st.sampled_from([cirq.rx, cirq.ry, cirq.rz]), exponents, orders).map(
        lambda t: t[0](t[1])(t[2][0]).controlled_by(*t[2][1:])
    )
    | st.tuples(st.sampled_from(ONE), exponents, orders).map(lambda t: (t[0] ** t[1])(t[2][0]).controlled_by(t[2][1]))
    | st.tuples(exponents, exponents, orders).map(lambda t: cirq.FSimGate(t[0], t[1])(*t[2][:2]))
    | st.tuples(exponents, exponents, orders).map(
        lambda t: cirq.PhasedXZGate(x_exponent=t[0], z_exponent=t[1], axis_phase_exponent=0.2)(t[2][0])
    )
    | st.integers(0, 9).map(lambda seed: cirq.MatrixGate(cirq.testing.random_unitary(4, random_state=seed))(*Q[:2]))
)
X, Y, Z = (cirq.unitary(gate) for gate in (cirq.X, cirq.Y, cirq.Z))
FIXED = {
    "X": X,
    "Y": Y,
    "Z": Z,
    "H": cirq.unitary(cirq.H),
    "S": np.diag([1, 1j]),
    "T": np.diag([1, np.exp(0.25j * np.pi)]),
}
FIXED |= {"CNOT": cirq.unitary(cirq.CX), "CZ": np.diag([1, 1, 1, -1]), "SWAP": cirq.unitary(cirq.SWAP)}
FIXED |= {"CCNOT": cirq.unitary(cirq.CCX)}
AXES = {"Rx": X, "Ry": Y, "Rz": Z, "Rxx": np.kron(X, X), "Ryy": np.kron(Y, Y), "Rzz": np.kron(Z, Z)}


def matrix_of(name, angle):
    """What a gate is by the documentation of Std.Intrinsic."""
    if name == "R1":
        return np.diag([1, np.exp(1j * angle)])
    return FIXED[name] if angle is None else expm(-0.5j * angle * AXES[name])


def state_of(text, values):
    """The state that the gates of a program prepare.

    Not qdk's own: that of 1.33.1 has Ry(1.0), Rx(PI()), Ry(-0.5) turn by 0.5 in the wrong direction.
    """
    names = values | {"q": range(3), "Std": types.SimpleNamespace(Math=MATH)}
    operations = []
    for functor, name, written in re.findall(
        r"(?:(Adjoint|Controlled) )?Std\.(?:Intrinsic|Canon)\.(\w+)\(([^;]*)\);", text
    ):
        arguments = list(eval(f"({written},)", names))
        controls = []
        if functor == "Controlled":
            controls, arguments = arguments[0], list(arguments[1])
        angle = arguments.pop(0) if name in AXES or name == "R1" else None
        made = matrix_of(name, angle)
        gate = cirq.MatrixGate(made.conj().T if functor == "Adjoint" else made)
        operations.append(gate(*(Q[one] for one in arguments)).controlled_by(*(Q[one] for one in controls)))
    return cirq.Circuit(operations).final_state_vector(qubit_order=Q, dtype=np.complex128)


MATH = types.SimpleNamespace(Sin=math.sin, Sqrt=math.sqrt, PI=lambda: math.pi)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(operations, min_size=1, max_size=6), st.floats(-4, 4), st.floats(0, 3))
def test_the_state_is_that_of_cirq(chosen, a, b):
    # Every amplitude differs from every other before, so that no gate does nothing.
    start = [cirq.ry(0.3 + index)(qubit) for index, qubit in enumerate(Q)] + [cirq.X(Q[1]) ** 0.3, cirq.CX(Q[0], Q[2])]
    circuit = cirq.Circuit(start, chosen)
    text = circuit_as_qsharp(circuit + cirq.Circuit(cirq.measure(*Q, key="m")), "Circuit")
    names = sorted(cirq.parameter_names(circuit))
    values = {name: {"a": a, "b": b}[name] for name in names}
    assert len(text.split("Std.Intrinsic.M(")) == 4
    ours = state_of(text, values)
    theirs = cirq.resolve_parameters(circuit, values).final_state_vector(qubit_order=Q, dtype=np.complex128)
    assert abs(np.vdot(ours, theirs)) == pytest.approx(1, abs=1e-6)


def test_a_sweep_is_bound_by_template():
    circuit = cirq.Circuit(cirq.rx(A)(Q[0]), cirq.ISWAP(Q[0], Q[1]) ** (A + B), cirq.measure(*Q[:2], key="m"))
    operation = qb.Program.from_cirq(circuit).operation("Circuit")
    assert str(operation.signature) == "Circuit(a : Double, b : Double) : Result[]"
    points = [{"a": 0.3 * k, "b": 0.1 - k} for k in range(6)]
    bound = operation.bind(points)
    assert set(bound.methods) == {"template"}
    assert [str(one) for one in bound] == [str(operation.compile(**point)) for point in points]


def test_a_circuit_is_swept_by_its_symbols():
    circuit = cirq.FrozenCircuit(cirq.rx(A)(Q[0]), cirq.CX(Q[0], Q[1]), cirq.measure(*Q[:2], key="m"))
    results = qb.run_sweep(circuit, qb.Sweep.grid(a=[0.0, math.pi]), qb.LocalSimulator(seed=1), shots=50)
    assert results.counts == [{"[0, 0]": 50}, {"[1, 1]": 50}]


def test_bits_keys_and_inversion():
    circuit = cirq.Circuit(
        cirq.X(Q[0]),
        cirq.measure(Q[0], Q[1], key="first", invert_mask=(False, True)),
        cirq.CX(Q[1], Q[2]),  # after the inversion Q[1] is what it was
        cirq.measure(Q[2], key="2nd-key"),
    )
    results = qb.run_sweep(circuit, qb.Sweep.points([{}]), qb.LocalSimulator(), shots=10, profile="Adaptive_RI")
    assert results.counts == [{"([1, 1], [0])": 10}]


def test_names_that_qsharp_cannot_have():
    symbols = sympy.symbols("operation q θ 1st a_b Std")
    odd = [*symbols, sympy.Symbol("a b")]
    circuit = cirq.Circuit([cirq.rx(symbol)(Q[0]) for symbol in odd], cirq.measure(Q[0], key="m"))
    operation = qb.Program.from_cirq(circuit, name="Odd").operation("Odd")
    assert str(operation.compile(0, 1, 2, 3, 4, 5, θ=0.5))
    assert [one.name for one in operation.signature.parameters] == ["1st", "Std", "a b", "a_b", "operation", "q", "θ"]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ([cirq.X(Q[0])], "measures nothing"),
        ([cirq.depolarize(0.1)(Q[0]), cirq.measure(Q[0])], "no form in Q#"),
        ([cirq.measure(Q[0], key="m"), cirq.X(Q[1]).with_classical_controls("m")], "no form in Q#"),
        ([cirq.measure(Q[0], key="m"), cirq.measure(Q[0], key="m")], "have the key 'm'"),
        ([cirq.measure(cirq.LineQid(0, 3))], "3 levels"),
        ([cirq.rx(sympy.gamma(A))(Q[0]), cirq.measure(Q[0])], "expression gamma"),
    ],
)
def test_functions_without_a_form_are_errors(broken, said):
    with pytest.raises(SourceError, match=said):
        qb.Program.from_cirq(cirq.Circuit(broken))


def test_something_else_is_refused():
    with pytest.raises(qb.QsharpTypeError, match="expected a Cirq circuit, found str"):
        qb.Program.from_cirq("circuit")
    with pytest.raises(SourceError):
        qb.Program.from_cirq(cirq.Circuit(cirq.measure(Q[0])), name="operation")


def test_functions_that_qsharp_can_compute():
    t = sympy.Symbol("t")
    piecewise = sympy.Piecewise((t**2, t < 0), (sympy.Rational(1, 3), sympy.And(t >= 0, t < 1)), (2 * t, True))
    trees = (sympy.exp(t), sympy.Max(t, 0.25), sympy.Min(t, 0.25, 1.5), sympy.sign(t), piecewise)
    for tree in trees:
        circuit = cirq.Circuit(cirq.rx(tree)(Q[0]), cirq.measure(Q[0], key="m"))
        operation = qb.Program.from_cirq(circuit).operation("Circuit")
        for value in (-0.75, 0.0, 0.5, 2.0):
            text = str(operation.compile(value))
            angle = float(re.search(r"rx__body\(double ([^,]+),", text)[1]) if "rx__body" in text else 0.0
            assert angle == pytest.approx(float(tree.subs(t, value)), abs=1e-15), (tree, value)


def test_a_piecewise_without_a_last_case():
    t = sympy.Symbol("t")
    circuit = cirq.Circuit(cirq.rx(sympy.Piecewise((t, t > 0)))(Q[0]), cirq.measure(Q[0], key="m"))
    with pytest.raises(SourceError, match="has no value outside of its cases"):
        qb.Program.from_cirq(circuit)
