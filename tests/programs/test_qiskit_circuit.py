"""Qiskit circuits as programs: their parameters, their expressions, and what they do."""

import math

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import CompileError, SourceError

pytest.importorskip("qiskit", reason='needs pip install "qsharp-bridge[qiskit]"')


def pair():
    from qiskit import QuantumCircuit
    from qiskit.circuit import Parameter, ParameterVector

    theta, phi = Parameter("theta"), ParameterVector("phi", 2)
    made = QuantumCircuit(2, 2, name="pair")
    made.rx(theta, 0)
    made.ry(2 * phi[0] + phi[1], 1)
    made.measure([0, 1], [0, 1])
    return made


def test_free_parameters_are_parameters():
    operation = qb.Program.from_qiskit(pair()).operation("pair")
    assert str(operation.signature) == "qasm_import.pair(phi : Double[], theta : Double) : Result[]"
    assert [one.length for one in operation.signature.parameters] == [2, None]
    point = {"theta": math.pi, "phi": [math.pi / 2, 0.0]}
    results = qb.run_sweep(operation, qb.Sweep.points([point]), qb.LocalSimulator(), shots=10)
    assert results.counts == [{"[1, 1]": 10}]
    point = {"theta": math.pi, "phi": [0.0, 0.0]}
    results = qb.run_sweep(operation, qb.Sweep.points([point]), qb.LocalSimulator(), shots=10)
    assert results.counts == [{"[1, 0]": 10}]  # bit 0 first


def test_a_name_that_qsharp_cannot_have():
    from qiskit import QuantumCircuit

    circuit = QuantumCircuit(1, 1, name="operation")
    circuit.measure(0, 0)
    assert qb.Program.from_qiskit(circuit).operations == ("qasm_import.Circuit",)


def test_no_circuit():
    with pytest.raises(qb.QsharpTypeError, match="expected a Qiskit circuit, found str"):
        qb.Program.from_qiskit("circuit")


def test_against_qiskits_own_simulation():
    from qiskit.quantum_info import Statevector

    circuit = pair()
    operation = qb.Program.from_qiskit(circuit).operation("pair")
    values = {"theta": 0.7, "phi": (0.3, 0.4)}
    results = qb.run_sweep(operation, qb.Sweep.points([values]), qb.LocalSimulator(seed=5), shots=20_000)
    named = {"theta": 0.7, "phi[0]": 0.3, "phi[1]": 0.4}
    bare = circuit.remove_final_measurements(inplace=False)
    bare = bare.assign_parameters({one: named[one.name] for one in bare.parameters})
    for bits, exact in Statevector(bare).probabilities_dict().items():
        found = results.probabilities[0].get(f"[{bits[1]}, {bits[0]}]", 0.0)
        assert abs(found - exact) < 6 * math.sqrt(exact * (1 - exact) / 20_000) + 1e-9


@pytest.mark.parametrize("value", [-0.5, 0.5, 7.0])
def test_a_whole_turn_counts_for_controlled_rotations(value):
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


def test_a_whole_turn_counts_under_a_condition():
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


def made_of(*angles, **options):
    """A circuit with each of the angles in a gate."""
    from qiskit import QuantumCircuit

    circuit = QuantumCircuit(1, 1, name="made", **options)
    for angle in angles:
        circuit.rx(angle, 0)
    circuit.measure(0, 0)
    return circuit


def angles_of(program):
    import re

    return re.findall(r"rx__body\(double ([^,]+),", str(program))


def the_operation(circuit):
    program = qb.Program.from_qiskit(circuit)
    return program.operation(program.operations[0])


def test_functions_of_parameters():
    """Each gives the angle that Qiskit computes, and is bound by template."""
    from qiskit.circuit import Parameter

    a, b = Parameter("a"), Parameter("b")
    forms = [a.sin(), a.cos(), a.tan(), a.arcsin(), a.arccos(), a.arctan(), a.log(), a.exp(), a.abs(), a.sign()]
    forms += [a**2, a**b, 2**a, (a - b) ** -3, a**0.5, -(a**2), a.conjugate(), (a * b).sin() ** 2 + b / 7 - 1 / a]
    circuit = made_of(*forms)
    operation = the_operation(circuit)
    assert str(operation.signature) == "qasm_import.made(a : Double, b : Double) : Result[]"
    points = [{"a": 0.05 + 0.09 * k, "b": 2.0 - 0.3 * k} for k in range(9)]
    bound = operation.bind(points)
    assert set(bound.methods) == {"template"}, bound.report()
    for point, program in zip(points, bound, strict=True):
        assert str(program) == str(operation.compile(**point))
        values = [made_of(form).assign_parameters(point, strict=False) for form in forms]
        exact = [float(one.data[0].operation.params[0]) % math.tau for one in values]
        found = [float(angle) % math.tau for angle in angles_of(program)]
        for form, one, other in zip(forms, found, exact, strict=True):
            assert abs(one - other) < 1e-14 or abs(abs(one - other) - math.tau) < 1e-14, form


def test_a_point_gives_what_assign_parameters_gives():
    """Byte for byte: the steps are Qiskit's, but for exp, and for long sums and products, which it regroups."""
    from qiskit.circuit import Parameter, ParameterVector

    a, phi = Parameter("a"), ParameterVector("phi", 2)
    forms = [a, a.sin(), 3 * a**2, (phi[0] + a) ** 3 / 7, (0.1 * phi[1]).arctan() * math.pi, 2**a, (a - phi[1]).cos()]
    forms += [(-3 + 7 * a) * phi[0] / 3 + (2 - a) / 5, a**-0.5, 0.3 * a - (phi[0] - phi[1]) * a]
    circuit = made_of(*forms, global_phase=a.sin())
    operation = the_operation(circuit)
    points = [{"a": 0.1 + 0.7 * k, "phi": [1.1 - 0.3 * k, -1e-3 * 7**k]} for k in range(6)]
    for point, program in zip(points, operation.bind(points), strict=True):
        values = {"a": point["a"], phi: point["phi"]}
        assert str(program) == str(the_operation(circuit.assign_parameters(values)).compile())


def test_angles_near_fractions_of_pi_are_kept():
    """Qiskit's exporter prints what is within 1e-9 of such a fraction as the fraction, unless told."""
    from qiskit.circuit import Parameter

    near = [3.1415926535, 1.570796327, math.pi]
    found = angles_of(the_operation(made_of(*near)).compile())
    assert [float(one) for one in found] == pytest.approx(near, abs=2e-15)
    (found,) = angles_of(the_operation(made_of(3.1415926535 * Parameter("a"))).compile(1.0))
    assert float(found) == pytest.approx(3.1415926535, abs=2e-15)


def test_parameters_keep_their_names():
    from qiskit.circuit import Parameter

    names = ["θ", "x", "h", "q", "c", "pi", "p", "Double", "Sin", "value_0", "made", "rx"]
    operation = the_operation(made_of(*map(Parameter, names), Parameter("c2").sin()))
    assert sorted(one.name for one in operation.signature.parameters) == sorted([*names, "c2"])
    given = {name: 0.1 * k for k, name in enumerate([*names, "c2"], 1)}
    expected = [*list(given.values())[:-1], math.sin(given["c2"])]
    assert [float(one) for one in angles_of(operation.compile(**given))] == pytest.approx(expected, abs=2e-15)


def test_names_that_qsharp_cannot_have():
    from qiskit.circuit import Parameter

    names = ["operation", "1 a", "a-b", "a.b", "_", "$", "a b", "_a_b", "Std", "made_of_values"]
    operation = the_operation(made_of(*map(Parameter, names)))
    found = [one.name for one in operation.signature.parameters]
    wanted = ["_parameter", "_parameter_", "_1_a", "_a_b", "_a_b_", "_a_b__", "_a_b___", "_operation"]
    assert sorted(found) == sorted([*wanted, "Std_", "made_of_values_"])
    assert len(angles_of(operation.compile(*[0.5] * len(names)))) == len(names)


def test_what_is_no_number_is_told():
    """The importer would take it for some angle."""
    from qiskit.circuit import Parameter

    a, b, c, d = map(Parameter, "abcd")
    operation = the_operation(made_of(a.log(), (2 * b).arcsin(), c**0.5, 1 / d, d * d))
    good = [dict.fromkeys("abcd", value) for value in (0.1, 0.2, 0.3)]
    bad = [{"a": -1.0}, {"b": 0.75}, {"c": -2.0}, {"d": 0.0}, {"d": 1e200}]
    told = [r"log\(a\) is NaN", r"asin\(2\*b\) is NaN", r"c\*\*0.5 is NaN", "1/d is inf", r"d\*d is inf"]
    bound = operation.bind([*good, *(good[0] | one for one in bad)])
    assert list(bound.methods) == ["template"] * 3 + ["direct"] * 5
    for point, words in enumerate(told, 3):
        with pytest.raises(CompileError, match=f"made, point {point}: the program fails: {words} here"):
            bound[point]


def test_complex_angles_are_refused():
    from qiskit.circuit import Parameter

    with pytest.raises(SourceError, match=r"expression \(1i\)\*alpha of a gate has no form in Q#"):
        qb.Program.from_qiskit(made_of(1j * Parameter("alpha")))


def test_a_loop_keeps_its_own_parameter():
    from qiskit import QuantumCircuit
    from qiskit.circuit import Parameter

    a, k = Parameter("a"), Parameter("k")
    circuit = QuantumCircuit(1, 1, name="loop")
    with circuit.for_loop(range(1, 3), k):
        circuit.rx(a * k, 0)
        circuit.rx(a.sin(), 0)
    circuit.measure(0, 0)
    operation = the_operation(circuit)
    assert str(operation.signature) == "qasm_import.loop(a : Double) : Result[]"
    found = [float(one) for one in angles_of(operation.compile(0.5))]
    assert found == pytest.approx([0.5, math.sin(0.5), 1.0, math.sin(0.5)], abs=2e-15)


def test_inputs_of_the_circuit_itself_are_passed_on():
    from qiskit import QuantumCircuit
    from qiskit.circuit import Parameter
    from qiskit.circuit.classical import types

    circuit = QuantumCircuit(1, 1, name="inputs")
    flip = circuit.add_input("flip", types.Bool())
    circuit.rx(Parameter("a").sin(), 0)
    with circuit.if_test(flip):
        circuit.x(0)
    circuit.measure(0, 0)
    operation = the_operation(circuit)
    assert str(operation.signature) == "qasm_import.inputs(a : Double, flip : Bool) : Result[]"
    results = qb.run_sweep(operation, qb.Sweep.grid(a=[0.0], flip=[False, True]), qb.LocalSimulator(), shots=10)
    assert results.counts == [{"[0]": 10}, {"[1]": 10}]


def test_qiskits_own_names_do_not_count():
    """A journal knows a program by its text, and Qiskit counts its circuits."""
    from qiskit import QuantumCircuit

    made = []
    for _ in range(2):
        circuit = QuantumCircuit(1, 1)
        circuit.measure(0, 0)
        made.append(qb.Program.from_qiskit(circuit))
    assert made[0] == made[1]
    assert made[0].operations == ("qasm_import.Circuit",)


def test_a_sweep_is_resumed_without_qiskit(tmp_path):
    """The journal has the program with its expressions."""
    from qiskit.circuit import Parameter

    path = tmp_path / "run.db"
    circuit = made_of(math.pi * Parameter("a").sin() ** 2)
    sweep = qb.Sweep.grid(a=[0.0, math.pi / 2])
    results = qb.run_sweep(circuit, sweep, qb.LocalSimulator(seed=1), shots=10, journal=path)
    assert results.counts == [{"[0]": 10}, {"[1]": 10}]
    assert qb.resume_sweep(path, qb.LocalSimulator(seed=1)).counts == results.counts
    assert results.points == sweep
