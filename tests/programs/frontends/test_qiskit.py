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
    points = [{"theta": math.pi, "phi": [math.pi / 2, 0.0]}, {"theta": math.pi, "phi": [0.0, 0.0]}]
    results = qb.run_sweep(operation, qb.Sweep.points(points), qb.LocalSimulator(), shots=10)
    assert results.counts == [{"[1, 1]": 10}, {"[1, 0]": 10}]  # bit 0 first


@pytest.mark.parametrize("name", ["operation", "_"])
def test_a_name_that_qsharp_cannot_have(name):
    from qiskit import QuantumCircuit

    circuit = QuantumCircuit(1, 1, name=name)
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


def test_a_whole_turn_counts_for_controlled_rotations():
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
        bare = circuit.copy()
        circuit.measure([0, 1], [0, 1])
        values = [-0.5, 0.5, 7.0]
        results = qb.run_sweep(circuit, qb.Sweep.grid(alpha=values), qb.LocalSimulator(seed=5), shots=20_000)
        for value, probabilities in zip(values, results.probabilities, strict=True):
            for bits, exact in Statevector(bare.assign_parameters([value])).probabilities_dict().items():
                found = probabilities.get(f"[{bits[1]}, {bits[0]}]", 0.0)
                assert abs(found - exact) < 6 * math.sqrt(exact * max(0.0, 1 - exact) / 20_000) + 1e-4, value


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
    bound = operation.bind(points)
    for place in (0, 3, 5):  # each is a program of its own to the compiler
        values = {"a": points[place]["a"], phi: points[place]["phi"]}
        assert str(bound[place]) == str(the_operation(circuit.assign_parameters(values)).compile())


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
    assert sorted(found) == sorted(names)
    assert len(angles_of(operation.compile(*[0.5] * len(names)))) == len(names)


def test_an_angle_without_a_number_is_an_error():
    """The importer would take it for some angle."""
    from qiskit.circuit import Parameter

    a, b, c, d = map(Parameter, "abcd")
    operation = the_operation(made_of(a.log(), (2 * b).arcsin(), c**0.5, 1 / d, d * d))
    good = [dict.fromkeys("abcd", value) for value in (0.1, 0.2, 0.3, 0.4, 0.45)]
    bad = [{"a": -1.0}, {"b": 0.75}, {"c": -2.0}, {"d": 0.0}, {"d": 1e200}]
    told = [r"log\(a\) is NaN", r"asin\(2\*b\) is NaN", r"c\*\*0.5 is NaN", "1/d is inf", r"d\*d is inf"]
    bound = operation.bind([*good, *(good[0] | one for one in bad)])
    assert list(bound.methods) == ["template"] * 5 + ["direct"] * 5
    for point, words in enumerate(told, len(good)):
        with pytest.raises(CompileError, match=f"made, point {point}: the program fails: {words} here"):
            bound[point]


def vectors(*shapes):
    from qiskit.circuit import ParameterVector

    return [ParameterVector(name, length) for name, length in shapes]


def parameters_of(circuit):
    return [(one.name, str(one.type), one.length) for one in the_operation(circuit).signature.parameters]


def test_the_order_is_that_of_qiskit():
    """By names, a vector in the place of its elements; they are in the order of their indices, not of the digits."""
    from qiskit.circuit import Parameter

    ((phi, chi), a, psi) = vectors(("phi", 12), ("chi", 3)), Parameter("a"), Parameter("psi")
    circuit = made_of(psi, phi[10], 2 * phi[9], chi[1] - phi[2], a)
    assert [one.name for one in circuit.parameters] == ["a", "chi[1]", "phi[2]", "phi[9]", "phi[10]", "psi"]
    operation = the_operation(circuit)
    wanted = "a : Double, chi : Double[], phi : Double[], psi : Double"
    assert str(operation.signature) == f"qasm_import.made({wanted}) : Result[]"
    numbers = {"a": 0.5, "chi": [7.0, 3.0, 7.0], "phi": [0.1 * k for k in range(12)], "psi": 0.25}
    given = [numbers["psi"], 1.0, 1.8, 2.8, 0.5]
    assert [float(one) for one in angles_of(operation.compile(**numbers))] == pytest.approx(given, abs=2e-15)


def test_names_of_vectors_that_clash():
    """With other parameters, other vectors of the same name, inputs, and what Q# or the program has."""
    from qiskit import QuantumCircuit
    from qiskit.circuit import Parameter
    from qiskit.circuit.classical import types

    one, other = vectors(("phi", 6), ("phi", 3))
    circuit = made_of(one[0], other[2], one[4], Parameter("phi"), Parameter("phi[5]"))
    found = [("phi", "Double", None), ("phi_", "Double[]", 6), ("phi__", "Double[]", 3), ("phi[5]", "Double", None)]
    assert parameters_of(circuit) == found
    point = {"phi": 0.5, "phi_": [1, 7, 7, 7, 3, 7], "phi__": [7, 7, 2], "phi[5]": 0.25}
    assert list(map(float, angles_of(the_operation(circuit).compile(**point)))) == pytest.approx([1, 2, 3, 0.5, 0.25])
    circuit = QuantumCircuit(1, 1)
    circuit.add_input("phi", types.Bool())
    circuit.rx(one[0], 0)
    circuit.measure(0, 0)
    assert parameters_of(circuit) == [("phi_", "Double[]", 6), ("phi", "Bool", None)]
    names = ["operation", "Std", "made_of_values", "value_0", "Length", "θ", "a b", ""]
    circuit = made_of(*(vector[1] for vector in vectors(*((name, 2) for name in names))))
    wanted = {*names[:-1], "_parameter"}
    assert {name for name, *_ in parameters_of(circuit)} == wanted
    operation = the_operation(circuit)
    numbers = {name: [7.0, 0.1 * place] for place, name in enumerate(sorted(wanted), 1)}
    found = [round(float(one), 9) for one in angles_of(operation.compile(**numbers))]
    assert sorted(found) == pytest.approx([0.1 * place for place in range(1, 9)])


@pytest.mark.parametrize("length", [0, 3, 5])
def test_a_vector_of_another_length(length):
    """Told with the point before anything is compiled, however few elements are in use; nothing is sent."""
    (phi,) = vectors(("phi", 4))
    operation = the_operation(made_of(2 * phi[0] + phi[1].sin()))
    good, bad = {"phi": [0.5] * 4}, {"phi": [0.5] * length}
    told = rf"phi: {length} values are given, 4 are needed; give one for each element"
    with pytest.raises(qb.QsharpValueError, match=rf"^qasm_import\.made: {told}"):
        operation.expression(**bad)
    with pytest.raises(qb.QsharpValueError, match=rf"^qasm_import\.made, point 3: {told}"):
        operation.bind([good, good, good, bad])
    with qb.HybridSession(operation, qb.LocalSimulator(), shots=1) as session:
        with pytest.raises(qb.QsharpValueError, match=told):
            session(bad["phi"])
        assert len(session.results) == 0
    code = qb.literals.QsharpCode(qb.to_qsharp(bad["phi"], "Double[]"))
    with pytest.raises(CompileError, match=f"the program fails: phi has {length} values, and needs 4"):
        operation.compile(code)
    assert operation.compile(qb.literals.QsharpCode("Repeated(0.5, 4)"))


def test_arguments_for_tests_have_the_length():
    from hypothesis import find

    from qsharp_bridge import strategies

    (phi,) = vectors(("phi", 4))
    found = find(strategies.arguments(the_operation(made_of(phi[1])), max_size=2), lambda arguments: True)
    assert found == {"phi": [0.0] * 4}


def test_vectors_that_were_changed_or_stored():
    """Made shorter, assigned in part, pickled, or read from a file: the elements in use keep their places."""
    import io
    import pickle

    from qiskit import qpy

    phi, chi = vectors(("phi", 8), ("chi", 6))
    circuit = made_of(phi[6], phi[1])
    phi.resize(2)
    assert parameters_of(circuit) == [("phi", "Double[]", 7)]
    circuit = made_of(chi[1], 2 * chi[3], chi[0])
    file = io.BytesIO()
    qpy.dump(circuit, file)
    file.seek(0)
    assigned = circuit.assign_parameters({chi[0]: 0.5})
    for other in (pickle.loads(pickle.dumps(circuit)), *qpy.load(file), assigned):
        assert parameters_of(other) == [("chi", "Double[]", 6)]
    found = angles_of(the_operation(assigned).compile([7, 1, 7, 0.25, 7, 7]))
    assert [float(one) for one in found] == pytest.approx([1.0, 0.5, 0.5])


def test_vectors_under_control_flow():
    """An element that a loop counts with is the loop's; others are the operation's."""
    from qiskit import QuantumCircuit

    (phi,) = vectors(("phi", 4))
    circuit = QuantumCircuit(2, 2, name="flow")
    with circuit.for_loop(range(1, 3), phi[0]):
        circuit.rx(phi[0] * phi[1], 0)
        circuit.rx(phi[2].sin(), 0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.rx(phi[3], 1)
    circuit.measure(1, 1)
    operation = the_operation(circuit)
    assert parameters_of(circuit) == [("phi", "Double[]", 4)]
    points = [{"phi": [9.0, 0.5, 0.25 * k, 2.0]} for k in range(1, 6)]
    bound = operation.bind(points, profile="Adaptive_RI")
    assert set(bound.methods) == {"template"}, bound.report()
    for point, program in zip(points, bound, strict=True):
        assert str(program) == str(operation.compile(**point, profile="Adaptive_RI"))
        sine = math.sin(point["phi"][2])
        assert list(map(float, angles_of(program))) == pytest.approx([0.5, sine, 1.0, sine, 2.0], abs=2e-15)


def test_a_library_circuit_is_bound_as_a_whole():
    """By template, with points that are rows of one array; docs/how-to/openqasm.md has it in a session."""
    import numpy as np
    from qiskit.circuit.library import real_amplitudes

    circuit = real_amplitudes(3, reps=1)
    circuit.measure_all()
    operation = the_operation(circuit)
    assert [(one.name, one.length) for one in operation.signature.parameters] == [("θ", 6)]
    rows = np.random.default_rng(1).uniform(-4, 4, (400, 6))
    bound = operation.bind(qb.Sweep.grid(θ=rows))
    assert len(bound) == 400
    assert set(bound.methods) == {"template"}, bound.report()
    assert str(bound[200]) == str(operation.compile(rows[200]))
    assert str(bound[200]) == str(the_operation(circuit.assign_parameters(rows[200])).compile())


def test_complex_angles_are_refused():
    from qiskit.circuit import Parameter

    with pytest.raises(SourceError, match=r"expression \(1i\)\*alpha of a gate has no form in Q#"):
        qb.Program.from_qiskit(made_of(1j * Parameter("alpha")))


def test_a_loop_has_its_own_parameter():
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


def test_angles_that_are_computed_from_what_a_loop_counts():
    """In OpenQASM that is an integer, and k / 4 nothing but 0 in the first turns."""
    from qiskit import QuantumCircuit
    from qiskit.circuit import Parameter

    b, k, n = Parameter("b"), Parameter("k"), Parameter("n")
    circuit = QuantumCircuit(1, 1, name="loop")
    with circuit.for_loop(range(1, 3), k), circuit.for_loop([4, 8], n):
        circuit.rx(b + k / n, 0)
        circuit.rx(2 / (-k * b), 0)
    circuit.rx(b, 0)
    circuit.measure(0, 0)
    found = [float(one) for one in angles_of(the_operation(circuit).compile(0.5))]
    wanted = [one for k in (1, 2) for n in (4, 8) for one in (0.5 + k / n, -4 / k % (2 * math.pi))]
    assert [one % (2 * math.pi) for one in found] == pytest.approx([*wanted, 0.5], abs=2e-15)


def test_a_loop_that_counts_for_angles_and_may_end_early_is_refused():
    from qiskit import QuantumCircuit
    from qiskit.circuit import Parameter

    circuit, k = QuantumCircuit(1, 1, name="loop"), Parameter("k")
    with circuit.for_loop(range(3), k):
        circuit.rx(0.5 + k / 4, 0)
        circuit.break_loop()
    with pytest.raises(SourceError, match="depends on the variable of a loop that has a break"):
        qb.Program.from_qiskit(circuit)


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


def outcomes(circuit, shots=200, **values):
    """What the program and Qiskit's own simulator give, each as a set of bit strings in Qiskit's order."""
    from qiskit import transpile
    from qiskit.providers.basic_provider import BasicSimulator

    operation = the_operation(circuit)
    results = qb.run_sweep(operation, qb.Sweep.points([values]), qb.LocalSimulator(seed=1), shots=shots)
    ours = {"".join(filter(str.isdigit, outcome))[::-1] for outcome in results.counts[0]}
    bound = circuit.assign_parameters(values) if values else circuit
    backend = BasicSimulator()
    counts = backend.run(transpile(bound, backend), shots=shots, seed_simulator=1).result().get_counts()
    return ours, {bits.replace(" ", "") for bits in counts}


RESERVED = [
    "h",
    "cx",
    "rx",
    "Main",
    "M",
    "Std",
    "use",
    "while",
    "QsharpBridge",
    "Circuit",
    "body",
    "Zero",
    "set",
    "operation",
]


@pytest.mark.parametrize("name", ["h", "cx", "swap", "rx", "id", "Main", "Std", "use"])
def test_the_name_of_a_circuit_may_be_that_of_a_gate(name):
    from qiskit import QuantumCircuit
    from qiskit.circuit import Parameter

    for angle in (Parameter("theta"), 0.5):
        circuit = QuantumCircuit(2, 2, name=name)
        circuit.h(0)
        circuit.cx(0, 1)
        circuit.swap(0, 1)
        circuit.rx(angle, 0)
        circuit.measure([0, 1], [0, 1])
        program = qb.Program.from_qiskit(circuit)
        own = "Circuit" if name == "use" else name  # Q# cannot have it, whatever is done
        assert program.operations[0] == f"qasm_import.{own}"
        text = str(program.operation(own).compile(*[0.5] * len(circuit.parameters)))
        assert [text.count(f"call void @__quantum__qis__{gate}__body") for gate in ("h", "cx", "rx")] == [1, 1, 1]


def test_the_name_of_a_register_may_be_one_of_qsharp():
    from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
    from qiskit.circuit import Parameter

    quantum, classical = RESERVED[::2], [*RESERVED[1::2], "never_measured", "Length"]
    registers = [*(QuantumRegister(1, one) for one in quantum), *(ClassicalRegister(1, one) for one in classical)]
    circuit = QuantumCircuit(*registers, name="registers")
    circuit.rx(Parameter("theta"), range(0, 7, 2))
    circuit.measure(range(7), range(7))
    assert outcomes(circuit, theta=math.pi) == ({"001010101"}, {"001010101"})


@pytest.mark.parametrize("kind", ["QuantumRegister", "ClassicalRegister"])
def test_the_name_of_a_register_that_openqasm_reserves(kind):
    """Qiskit's exporter renames most; an error names the others. A lone underscore is renamed here."""
    import qiskit

    for name in ("true", "false", "void", "pragma"):
        circuit = qiskit.QuantumCircuit(getattr(qiskit, kind)(1, name))
        with pytest.raises(SourceError, match=f"the register '{name}' cannot be written as OpenQASM 3"):
            qb.Program.from_qiskit(circuit)
    registers = [qiskit.QuantumRegister(1, "q"), qiskit.ClassicalRegister(1, "c"), getattr(qiskit, kind)(1, "_")]
    circuit = qiskit.QuantumCircuit(*registers)
    circuit.x(-1)
    circuit.measure(-1, -1)
    assert qb.Program.from_qiskit(circuit).operation("Circuit").compile()


def two_bits(value, told=1):
    """A circuit that measures an int of two bits into a register, and has qubits and bits for what depends on it."""
    from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

    registers = QuantumRegister(2 + told), ClassicalRegister(2, "number"), ClassicalRegister(told, "told")
    circuit = QuantumCircuit(*registers)
    for bit in range(2):
        if value >> bit & 1:
            circuit.x(bit)
    circuit.measure([0, 1], [0, 1])
    return circuit, registers[1]


def test_the_int_of_a_register_is_that_of_qiskit():
    """Bit 0 is the least significant one, in conditions of every kind."""
    from qiskit.circuit.classical import expr, types

    made, number = two_bits(2, told=10)
    copied = made.add_var("copied", expr.lift(0, types.Uint(2)))
    made.store(copied, number)
    right = [(number, 2), expr.equal(number, expr.lift(2, types.Uint(2))), expr.greater(number, 1)]
    right += [expr.equal(expr.bit_and(number, 2), 2), expr.index(number, 1), expr.equal(copied, 2)]
    wrong = [(number, 1), expr.less(number, 2), expr.equal(expr.bit_and(number, 1), 1), expr.index(number, 0)]
    for place, condition in enumerate([*right, *wrong]):
        with made.if_test(condition):
            made.x(2 + place)
    made.measure(range(2, 12), range(2, 12))
    operation = the_operation(made)
    results = qb.run_sweep(operation, qb.Sweep.points([{}]), qb.LocalSimulator(), shots=5, profile="Adaptive_RI")
    (outcome,) = results.counts[0]
    assert outcome.startswith("([0, 1], [1, 1, 1, 1, 1, 1, 0, 0, 0, 0]")


def test_ints_that_would_become_others_are_refused():
    from qiskit.circuit.classical import expr, types

    for computed in (lambda number: expr.bit_not(number), lambda number: expr.shift_left(number, 1)):
        made, number = two_bits(2)
        with made.if_test((made.clbits[0], 0)), made.if_test(expr.equal(computed(number), 1)):
            made.x(2)
        with pytest.raises(SourceError, match=r"computes (BIT_NOT|SHIFT_LEFT) with ints of 2 bits, and Q# with 64"):
            the_operation(made)
    for narrow, told in (
        (lambda copied: expr.equal(expr.cast(copied, types.Uint(1)), 0), "computes a cast with ints of 1 bits"),
        (lambda copied: expr.index(copied, 1), "uses bits of an int variable"),
    ):
        made, number = two_bits(2)
        copied = made.add_var("copied", expr.lift(0, types.Uint(2)))
        made.store(copied, number)
        with made.if_test(narrow(copied)):
            made.x(2)
        with pytest.raises(SourceError, match=told):
            the_operation(made)
    made, number = two_bits(1)
    made.store(number, expr.lift(2, types.Uint(2)))
    with pytest.raises(SourceError, match="stores an int in the register 'number'"):
        the_operation(made)


def test_a_parameter_is_swept_by_its_own_name():
    from qiskit import QuantumCircuit
    from qiskit.circuit import Parameter

    names = ["x²", "while", "a b", "use", "point", "1", "_", "λ[0]", "a.b", 'quote"\\', "π", "Ω₁"]
    circuit = QuantumCircuit(12, 12, name="turn")
    for place, name in enumerate(names):
        circuit.rx(Parameter(name), place)
    circuit.measure(range(12), range(12))
    operation = the_operation(circuit)
    assert sorted(one.name for one in operation.signature.parameters) == sorted(names)
    for turned in (names[0], names[1], names[9]):
        point = {name: math.pi if name == turned else 0.0 for name in names}
        results = qb.run_sweep(operation, qb.Sweep.points([point]), qb.LocalSimulator(seed=1), shots=10)
        assert list(results.points) == [point]
        assert results.counts == [{str([int(name == turned) for name in names]): 10}]
        with pytest.raises(qb.QsharpTypeError) as caught:
            operation.expression(**(point | {turned: "x"}))
        assert caught.value.path == turned


def test_bits_that_are_never_measured_are_zero():
    """One more qubit is measured, once, however many bits there are."""
    from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

    partly = QuantumCircuit(2, 3, name="partly")
    partly.x(0)
    partly.measure(0, 1)
    assert outcomes(partly) == ({"010"}, {"010"})
    spare = QuantumCircuit(QuantumRegister(2), ClassicalRegister(20, "spare"), name="spare")
    spare.x(1)
    spare.measure_all()
    assert outcomes(spare) == ({"10" + "0" * 20}, {"10" + "0" * 20})
    for profile in ("Base", "Adaptive_RI"):
        text = str(the_operation(spare).compile(profile=profile))
        assert 'required_num_qubits"="3" "required_num_results"="3"' in text
    full = QuantumCircuit(2, name="full")
    full.measure_all()
    assert 'required_num_qubits"="2"' in str(the_operation(full).compile())


def test_a_bit_that_is_measured_in_a_branch_is_measured():
    from qiskit import QuantumCircuit

    circuit = QuantumCircuit(2, 2, name="branch")
    circuit.x(0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
        circuit.measure(1, 1)
    assert "never_measured" not in qb.Program.from_qiskit(circuit).sources.text


def test_delays_are_left_out_with_a_warning():
    from qiskit import QuantumCircuit
    from qiskit.circuit import Parameter

    ramsey = QuantumCircuit(1, 1, name="ramsey")
    ramsey.h(0)
    ramsey.delay(Parameter("wait"), 0, "s")
    ramsey.rz(Parameter("phase"), 0)
    with ramsey.for_loop(range(2)):
        ramsey.delay(100, 0, "ns")
    ramsey.h(0)
    ramsey.measure(0, 0)
    with pytest.warns(UserWarning, match="the delays of the circuit are left out"):
        operation = the_operation(ramsey)
    assert str(operation.signature) == "qasm_import.ramsey(phase : Double, wait : Double) : Result[]"
    sweep = qb.Sweep.grid(phase=[0.0, math.pi], wait=[1e-6])
    results = qb.run_sweep(operation, sweep, qb.LocalSimulator(seed=1), shots=10)
    assert results.counts == [{"[0]": 10}, {"[1]": 10}]
