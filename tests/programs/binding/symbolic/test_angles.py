"""OpenQASM programs and Qiskit circuits bound by template: what is written here of angles is what qdk does."""

import itertools
import math
import os
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from qsharp_bridge.programs import Program
from qsharp_bridge.programs.binding import Binder
from qsharp_bridge.programs.binding.structure import forget
from qsharp_bridge.programs.binding.symbolic import angles

SPECIAL = [0.0, -0.0, math.pi, -math.pi, 2 * math.pi, -2 * math.pi, math.pi / 2, 4 * math.pi, -1e-17, -5e-324, 1e-300]
SPECIAL += [1e-9, 1e17, -1e300, math.nextafter(2 * math.pi, 0), math.nextafter(2 * math.pi, 9), 0.5, -7, 1]
values = st.floats(-7, 7) | st.sampled_from(SPECIAL) | st.floats(allow_nan=False, allow_infinity=False)
EXAMPLES = int(os.environ.get("BINDING_EXAMPLES", "10"))


def gates():
    """(name, how many angles, how many qubits) of each gate that is written anew."""
    for name, parameters in re.findall(r"operation ([a-zU]\w*)\(([^)]*)\)", angles._library()):
        yield name, parameters.count("Int"), parameters.count("Qubit")


def test_every_gate_is_that_of_qdk(comparing):
    lines = []
    for (name, count, qubits), start in zip(gates(), itertools.count()):
        given = ", ".join(f"x{(start + index) % 4}" for index in range(count))
        arguments = ", ".join([given, *(f"q[{index}]" for index in range(qubits))])
        bundle = f"({arguments})" if "," in arguments else arguments
        lines += [f"{name}({arguments});", f"Adjoint {name}({arguments});", f"Controlled {name}([q[2]], {bundle});"]
        lines += [f"Controlled Adjoint {name}([q[2], q[3]], {bundle});"]
    assert len(lines) > 80
    names = [f"x{index}" for index in range(4)]
    source = "\n".join(
        ["namespace Own { import Std.OpenQASM.Intrinsic.*;"]
        + [f"operation Every({', '.join(f'y{index} : Double' for index in range(4))}) : Result[] {{ use q = Qubit[4];"]
        + [f"let {name} = Std.OpenQASM.Angle.DoubleAsAngle(y{index}, 53);" for index, name in enumerate(names)]
        + [*lines, "MResetEachZ(q) } }"]
    )
    operation = Program.from_source(source).operation("Every")
    chance = np.random.default_rng(3)
    rows = [chance.permutation(SPECIAL)[:4] for _ in range(5)] + [chance.uniform(-7, 7, 4) for _ in range(3)]
    bound = comparing(operation, [{f"y{i}": float(v) for i, v in enumerate(row)} for row in rows], "Adaptive_RI")
    assert set(bound.methods) == {"template"}, bound.report()


@settings(deadline=None, max_examples=20)
@given(st.lists(values, max_size=60), st.lists(st.integers(0, 2**53), max_size=60))
def test_the_arithmetic_is_that_of_qdk(numbers, whole):
    # The last bits decide where an angle is between two steps.
    near = [(count + part) * 2 * math.pi / 2**53 for count, part in itertools.product(whole[:20], (0.5, 0.25, 1.5))]
    assert angles.differing([*map(float, numbers), *near, *map(float, SPECIAL)], whole) == 0


def test_another_arithmetic_is_noticed(monkeypatch):
    other = angles._library().replace("* 2.)", "* 1.999)")
    assert other != angles._library()
    monkeypatch.setattr(angles, "_library", lambda: other)
    assert angles.unlike.__wrapped__() > 0
    forget()
    monkeypatch.setattr("qsharp_bridge.programs.binding.structure.unlike", angles.unlike.__wrapped__)
    operation = Program.from_openqasm(f"{HEAD} input float a; qubit q; rx(a) q;").operation("Circuit")
    bound = operation.bind([{"a": 0.1 * k} for k in range(5)])
    assert set(bound.methods) == {"direct"}
    assert "another way" in str(bound.report())
    forget()


def test_another_gate_is_noticed(monkeypatch):
    """A gate that differs from qdk's at a turn of zero only: the special points of a proof are compared too."""
    other = angles._library().replace(
        "Rx(AngleAsDouble(theta), qubit);", "if theta == 0 { X(qubit); } Rx(AngleAsDouble(theta), qubit);"
    )
    monkeypatch.setattr(angles, "_library", lambda: other)
    forget()
    operation = Program.from_openqasm(f"{HEAD} input float a; qubit q; rx(a + 0) q;").operation("Circuit")
    points = [{"a": 0.1 * k} for k in range(1, 9)] + [{"a": 0.0}, {"a": -0.0}, {"a": 2 * math.pi}]
    bound = operation.bind(points)
    assert [str(one) for one in bound] == [str(operation.compile(**point)) for point in points]
    assert set(bound.methods[-3:]) == {"direct"}
    forget()


HEAD = 'OPENQASM 3.0; include "stdgates.inc";'

PROGRAM = """OPENQASM 3.0;
include "stdgates.inc";
input float a;
input float b;
input int n;
qubit[3] q;
output bit[3] c;
const float k = 0.25;
gate two(x, y) u, v { rx(x / 2) u; rz(x * 3 - y) v; ry(-x) u; U(x + y, 0, pi / 2) v; }
def turn(float f, qubit u) -> float { rx(f * 2) u; return f + 1; }
angle kept = a;
rx(a) q[0]; ry(kept) q[1]; rz(a * k + b / n) q[2];
two(a, -b) q[0], q[1];
inv @ two(b, 0.5) q[1], q[2];
kept += b;
for int i in [1:n] { rz(kept / 2) q[0]; p(i * pi / 4) q[1]; }
if (b > 0.5) { cp(b) q[0], q[2]; }
if (kept == angle(0.75)) { x q[0]; }
ctrl @ ry(turn(b, q[0])) q[0], q[1];
gphase(a);
U(a, b, k) q[2];
c[0] = measure q[0];
if (c[0] == 1) { rx(b - a) q[1]; }
c[1] = measure q[1];
c[2] = measure q[2];
"""


def test_all_that_openqasm_has(comparing):
    operation = Program.from_openqasm(PROGRAM).operation("Circuit")
    points = [{"a": 0.3 * k - 3, "b": 0.25 * (k % 5), "n": 1 + k % 2} for k in range(24)]
    bound = comparing(operation, points, "Adaptive_RI")
    assert set(bound.methods) == {"template"}, bound.report()


def test_the_report_says_what_is_rounded():
    operation = Program.from_openqasm(f"{HEAD} input float a; qubit q; rx(2 * a) q; rx(pi/4) q; rz(0.5) q;")
    bound = operation.operation("Circuit").bind([{"a": 0.1 * k} for k in range(5)])
    assert bound.report().groups[0].forms == ("angle(2.0 * x0)",)


def test_a_power_is_compiled_directly(comparing):
    operation = Program.from_openqasm(f"{HEAD} input float a; qubit q; rx(a ** 2) q;").operation("Circuit")
    bound = comparing(operation, [{"a": 0.5 + k} for k in range(5)], "Base")
    assert set(bound.methods) == {"direct"}
    assert "panicked" in bound.report().groups[0].reason


def test_an_angle_of_another_size_is_compiled_directly(comparing):
    source = """namespace Own { import Std.OpenQASM.Intrinsic.*;
        operation Coarse(a : Double) : Unit { use q = Qubit(); rx(Std.OpenQASM.Angle.DoubleAsAngle(a, 10), q); }
        operation Fine(a : Double) : Unit { use q = Qubit(); rx(Std.OpenQASM.Angle.DoubleAsAngle(a, 53), q); } }"""
    program = Program.from_source(source)
    points = [{"a": 0.5 + k} for k in range(5)]
    assert set(comparing(program.operation("Fine"), points, "Base").methods) == {"template"}
    bound = comparing(program.operation("Coarse"), points, "Base")
    assert set(bound.methods) == {"direct"}
    assert "out of range" in bound.report().groups[0].reason


def test_one_by_one():
    operation = Program.from_openqasm(f"{HEAD} input float a; qubit q; rx(a / 3) q; bit c = measure q;")
    operation = operation.operation("Circuit")
    binder = Binder(operation)
    for a in (0.5, -0.5, 7.0, 0.0, -1e-17):
        assert str(binder({"a": a})) == str(operation.compile(a))
    assert binder.report().groups[0].method == "template"


def test_a_number_that_is_none_is_left_to_qdk():
    operation = Program.from_openqasm(f"{HEAD} input float a; qubit q; rx(a * a) q;").operation("Circuit")
    bound = operation.bind([*({"a": 0.25 * k} for k in range(1, 6)), {"a": 1e200}])
    assert list(bound.methods) == ["template"] * 5 + ["direct"]
    assert str(bound[5]) == str(operation.compile(1e200))  # qdk takes infinity for some angle


PARAMETERS = ("alpha", "beta", "gamma[0]", "gamma[2]")


def circuits():
    """Qiskit circuits as plain data: (gate, expressions of its angles, qubits)."""
    constant = st.sampled_from([0.5, 2, -3, math.pi, 0.1])
    expression = st.recursive(
        st.sampled_from(PARAMETERS).map(lambda name: ("parameter", name)) | constant.map(lambda x: ("number", x)),
        lambda inner: (
            st.tuples(st.sampled_from(["+", "-", "*"]), inner, inner)
            | st.tuples(st.just("/"), inner, constant.map(lambda x: ("number", x)))
            | st.tuples(st.sampled_from(["neg", "sin", "cos squared"]), inner)
        ),
        max_leaves=4,
    )
    kinds = {"rx": (1, 1), "ry": (1, 1), "rz": (1, 1), "p": (1, 1), "u": (3, 1), "cp": (1, 2), "crx": (1, 2)}
    kinds |= {"crz": (1, 2), "rzz": (1, 2), "rxx": (1, 2), "ryy": (1, 2), "cu": (4, 2), "h": (0, 1), "cx": (0, 2)}
    kinds |= {"r": (2, 1), "rzx": (1, 2)}

    def gate(name):
        count, qubits = kinds[name]
        chosen = st.permutations(range(3)).map(lambda order: tuple(order[:qubits]))
        return st.tuples(st.just(name), st.tuples(*[expression] * count), chosen)

    return st.lists(st.sampled_from(sorted(kinds)).flatmap(gate), min_size=1, max_size=12)


def build(description):
    from qiskit import QuantumCircuit
    from qiskit.circuit import Parameter, ParameterVector

    known = {one.name: one for one in (Parameter("alpha"), Parameter("beta"), *ParameterVector("gamma", 3))}
    circuit = QuantumCircuit(3, 3, name="random")

    def value(tree):
        op, *rest = tree
        if op == "parameter":
            return known[rest[0]]
        if op == "number":
            return rest[0]
        if op == "neg":
            return -value(rest[0])
        if op in ("sin", "cos squared"):
            angle = value(rest[0]) + 0 * known["alpha"]  # a number has no sine here
            return angle.sin() if op == "sin" else angle.cos() ** 2
        a, b = map(value, rest)
        return {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b}[op]()

    for name, trees, qubits in description:
        getattr(circuit, name)(*map(value, trees), *qubits)
    circuit.measure(range(3), range(3))
    return circuit


def check_circuit(data, comparing):
    program = Program.from_qiskit(build(data.draw(circuits())))
    operation = program.operation(program.operations[0])
    found = operation.signature.parameters
    kinds = {one.name: str(one.type) for one in found}
    assert all(kind == ("Double[]" if name == "gamma" else "Double") for name, kind in kinds.items())
    one = st.fixed_dictionaries({name: st.tuples(*[values] * 3) if name == "gamma" else values for name in kinds})
    # Special values may each have a path of their own, so there are ordinary points for a template, too.
    ordinary = [0.31 + 1e-4 * k for k in range(5)]
    points = [data.draw(one) for _ in range(5)]
    points += [
        {name: (a, a + 0.17, a + 0.43) if name == "gamma" else a + 0.07 * place for place, name in enumerate(kinds)}
        for a in ordinary
    ]
    bound = comparing(operation, points, data.draw(st.sampled_from(["Base", "Adaptive_RI"])))
    if found and bound is not None and len(bound) > 4:
        assert "template" in bound.methods, bound.report()


QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


# Without shrinking: each step of it takes several compiles, minutes in all, and what is drawn is small.
QUICK = [Phase.explicit, Phase.generate]


@settings(max_examples=4, deadline=None, suppress_health_check=QUIET, database=None, phases=QUICK)
@given(data=st.data())
def test_qiskit_circuits(data, comparing):
    pytest.importorskip("qiskit", reason="needs the extra [qiskit]")
    check_circuit(data, comparing)


@pytest.mark.long
@settings(max_examples=10 * EXAMPLES, deadline=None, suppress_health_check=QUIET, database=None)
@given(data=st.data())
def test_many_qiskit_circuits(data, comparing):
    pytest.importorskip("qiskit", reason="needs the extra [qiskit]")
    check_circuit(data, comparing)
