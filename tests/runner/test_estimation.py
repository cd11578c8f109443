"""Expectation values: against the state vector of numpy, Qiskit and Cirq, and against their own errors."""

import functools
import itertools
import math

import numpy as np
import pytest
import scipy.optimize
import scipy.stats
from qdk.qsharp import Pauli

import qsharp_bridge as qb
from qsharp_bridge.errors import QsharpValueError, SimulationError, SweepError
from qsharp_bridge.estimator import measured

ANSATZ = """
operation Ansatz(qubits : Qubit[], theta : Double[]) : Unit {
    for k in 0..1 { Ry(theta[k], qubits[k]); Rx(theta[k + 2], qubits[k]); }
    CNOT(qubits[0], qubits[1]);
    Rz(theta[4], qubits[1]);
    Ry(theta[5], qubits[0]);
}
"""
GATES = """
operation Random(qubits : Qubit[], gates : (Int, Int, Int)[], angles : Double[]) : Unit {
    for k in 0..Length(gates) - 1 {
        let (kind, a, b) = gates[k];
        if kind == 0 { H(qubits[a]); }
        elif kind == 1 { Rx(angles[k], qubits[a]); }
        elif kind == 2 { Ry(angles[k], qubits[a]); }
        elif kind == 3 { Rz(angles[k], qubits[a]); }
        elif kind == 4 { CNOT(qubits[a], qubits[b]); }
        elif kind == 5 { CZ(qubits[a], qubits[b]); }
        else { Rzz(angles[k], qubits[a], qubits[b]); }
    }
}
"""
TERMS = qb.PauliSum({"XY": 0.3, "YZ": -0.7, "ZI": 0.2, "IY": 0.5, "ZZ": 0.4, "II": 0.1})


@pytest.fixture(scope="module")
def ansatz():
    return qb.Program.from_source(ANSATZ).operation("Ansatz")


def angles(count, seed=1):
    return [{"theta": row.tolist()} for row in np.random.default_rng(seed).uniform(-3, 3, (count, 6))]


def ansatz_in_bases():
    return measured(qb.Program.from_source(ANSATZ).operation("Ansatz")).operation


def exact(operation, points, observable=TERMS):
    return qb.estimate(operation, points, observable, qb.LocalSimulator(), shots=None).values


# ------------------------------------------------------------------ exact values

H, X, Z = np.array([[1, 1], [1, -1]]) / math.sqrt(2), np.array([[0, 1], [1, 0]]), np.diag([1, -1])
Y = 1j * X @ Z


def on(qubits, operators):
    return functools.reduce(np.kron, [operators.get(k, np.eye(2)) for k in range(qubits)])


def turn(operator, angle):
    return math.cos(angle / 2) * np.eye(len(operator)) - 1j * math.sin(angle / 2) * operator


def random_circuit(chance, qubits):
    gates = [(int(chance.integers(7)), *map(int, chance.permutation(qubits)[:2])) for _ in range(4 * qubits)]
    return gates, chance.uniform(-4, 4, len(gates)).tolist()


def state_of(qubits, gates, angles):
    state = np.eye(2**qubits)[0].astype(complex)
    one = np.diag([0, 1])
    for (kind, a, b), angle in zip(gates, angles, strict=True):
        if kind == 0:
            gate = on(qubits, {a: H})
        elif kind in (1, 2, 3):
            gate = turn(on(qubits, {a: (X, Y, Z)[kind - 1]}), angle)
        elif kind in (4, 5):
            gate = np.eye(2**qubits) - on(qubits, {a: one}) + on(qubits, {a: one, b: X if kind == 4 else Z})
        else:
            gate = turn(on(qubits, {a: Z, b: Z}), angle)
        state = gate @ state
    return state


def random_sum(chance, qubits):
    return qb.PauliSum(
        {
            "".join(chance.choice(list("IXYZ"), qubits)): float(chance.normal())
            for _ in range(int(chance.integers(1, 9)))
        }
    )


def check_random_circuits(seed, count):
    chance = np.random.default_rng(seed)
    operation = qb.Program.from_source(GATES).operation("Random")
    for _ in range(count):
        qubits = int(chance.integers(2, 9))
        gates, numbers = random_circuit(chance, qubits)
        observable = random_sum(chance, qubits)
        state = state_of(qubits, gates, numbers)
        wanted = (state.conj() @ observable.matrix() @ state).real
        found = exact(operation, [{"gates": gates, "angles": numbers}], observable)
        assert found[0] == pytest.approx(wanted, abs=1e-10)


def test_random_circuits_against_numpy():
    check_random_circuits(1, 4)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10, 20))
def test_more_random_circuits_against_numpy(seed):
    check_random_circuits(seed, 30)


def test_the_order_of_qubits_is_that_of_qiskit_and_cirq_turned_round(ansatz):
    import cirq
    from qiskit import QuantumCircuit
    from qiskit.quantum_info import SparsePauliOp, Statevector

    (point,) = angles(1)
    theta = point["theta"]
    circuit = QuantumCircuit(2)
    first, second = cirq.LineQubit.range(2)
    moments = []
    for k, qubit in enumerate((first, second)):
        circuit.ry(theta[k], k)
        circuit.rx(theta[k + 2], k)
        moments += [cirq.ry(theta[k])(qubit), cirq.rx(theta[k + 2])(qubit)]
    circuit.cx(0, 1)
    circuit.rz(theta[4], 1)
    circuit.ry(theta[5], 0)
    moments += [cirq.CNOT(first, second), cirq.rz(theta[4])(second), cirq.ry(theta[5])(first)]
    of_qiskit = SparsePauliOp.from_list([("YX", 0.3), ("ZI", 0.7)])
    of_cirq = 0.3 * cirq.X(first) * cirq.Y(second) + 0.7 * cirq.Z(second)
    wanted = Statevector(circuit).expectation_value(of_qiskit).real
    (again,) = cirq.Simulator().simulate_expectation_values(cirq.Circuit(moments), [of_cirq])
    assert exact(ansatz, [point], of_qiskit)[0] == pytest.approx(wanted, abs=1e-12)
    assert exact(ansatz, [point], of_cirq)[0] == pytest.approx(again.real, abs=1e-6)
    assert wanted == pytest.approx(again.real, abs=1e-6)


@pytest.mark.parametrize("own_bases", [False, True])
def test_exact_values_of_many_points_are_those_of_each_alone(own_bases):
    body = "for k in 1..n { Ry(a, qs[0]); CNOT(qs[0], qs[1]); Rx(b, qs[1]); }"
    source = f"operation Op(qs : Qubit[], n : Int, a : Double, b : Double) : Unit {{ {body} }}"
    if own_bases:
        source = f"""operation Op(n : Int, a : Double, b : Double, bases : Pauli[]) : Result[] {{
            use qs = Qubit[2];
            {body}
            for k in 0..1 {{
                if bases[k] == PauliX {{ H(qs[k]); }}
                if bases[k] == PauliY {{ Adjoint S(qs[k]); H(qs[k]); }}
            }}
            MResetEachZ(qs)
        }}"""
    op = qb.Program.from_source(source).operation("Op")
    points = [{"n": n, "a": 0.1 + 0.3 * k, "b": 0.2 * n * k} for k in range(6) for n in (1, 2)]
    points.append({"n": 3, "a": 0.5, "b": -0.5})  # the only point of its structure
    wanted = {"first": TERMS, "second": "ZZ"}
    each = [exact(op, [point], wanted)[0] for point in points]
    assert exact(op, points, wanted) == pytest.approx(np.array(each), abs=1e-12)


def test_no_exact_value_where_a_measurement_decides():
    source = (
        "operation Prepare(qubits : Qubit[]) : Unit "
        "{ H(qubits[0]); if MResetZ(qubits[0]) == One { H(qubits[1]); } Reset(qubits[0]); }"
    )
    operation = qb.Program.from_source(source).operation("Prepare")
    with pytest.raises(SimulationError, match=r"Prepare, point 0.*sample it: give shots"):
        exact(operation, [{}], "IX")
    assert qb.estimate(operation, [{}], "IX", qb.LocalSimulator(seed=1), shots=400).values[0] == pytest.approx(
        0.5, abs=0.2
    )


def test_a_constant_needs_no_job(ansatz):
    found = qb.estimate(ansatz, angles(2), qb.PauliSum({"II": 1.5}), qb.LocalSimulator(), shots=10)
    assert (found.values.tolist(), found.errors.tolist(), found.results) == ([1.5, 1.5], [0.0, 0.0], None)


# ------------------------------------------------------------------ sampled values


def test_errors_are_right(ansatz):
    """The deviations of 1,000 estimates, in units of their errors, are normal: values, errors and covariances."""
    points = angles(1000, seed=2)
    found = qb.estimate(ansatz, points, TERMS, qb.LocalSimulator(seed=5), shots=300)
    scores = (found.values - exact(ansatz, points)) / found.errors
    assert scipy.stats.kstest(scores, "norm").pvalue > 0.01
    assert np.std(scores) == pytest.approx(1, abs=0.08)


def test_the_bases_of_a_point_in_one_job(ansatz, service):
    points = angles(3)
    bases = len(TERMS.groups())
    with service.workspace() as workspace:
        target = workspace.get_targets("quantinuum.sim.h2-1e")
        found = qb.estimate(ansatz, points, TERMS, target, shots=bases * 200, points_per_job=bases)
    assert service.requests.count("jobs.create") == 3
    assert found.shots == [bases * 200] * 3
    scores = (found.values - exact(ansatz, points)) / found.errors
    assert np.abs(scores).max() < 4


def test_a_precision_is_reached_with_a_second_round(ansatz, tmp_path):
    points, target, journal = angles(6), qb.LocalSimulator(seed=3), tmp_path / "run.db"
    found = qb.estimate(ansatz, points, TERMS, target, precision=0.02, journal=journal)
    assert found.errors.max() <= 0.02
    assert found.notes == ()
    assert len(set(found.shots)) > 1  # as many as the variance of each point calls for
    assert found.results.missing_shots == [0] * len(found.results)
    assert np.abs((found.values - exact(ansatz, points)) / found.errors).max() < 4
    again = qb.estimate(ansatz, points, TERMS, target, precision=0.02, journal=journal)
    assert again.values.tolist() == found.values.tolist()


@pytest.mark.parametrize("packs", [1, "most"])
def test_the_rounds_of_a_precision_draw_anew_also_with_a_seed(packs):
    operation = qb.Program.from_source("operation P(q : Qubit[], a : Double) : Unit { Ry(a, q[0]); }").operation("P")
    points = qb.Sweep.points([{"a": 0.8}] * 500)
    options = {"precision": 0.05, "points_per_job": packs}  # the second round has about as many shots as the first
    found = qb.estimate(operation, points, "Z", qb.LocalSimulator(seed=1), **options)
    assert 180 < np.mean(found.shots) < 400
    scores = (found.values - math.cos(0.8)) / found.errors
    assert 0.85 < scores.std() < 1.15  # 1.3 if the second round repeats the draws of the first


@pytest.mark.parametrize("packs", [1, "most"])
def test_all_rounds_of_a_precision_are_jobs_of_one_session(ansatz, service, tmp_path, packs):
    journal = tmp_path / "run.db"
    options = {"precision": 0.04, "journal": journal, "points_per_job": packs}
    with service.workspace() as workspace:
        target = workspace.get_targets("ionq.simulator")
        found = qb.estimate(ansatz, angles(2), TERMS, target, **options)
        (session,) = workspace.list_sessions()
        assert session.details.status.startswith("Succeeded")
        assert service.requests.count("sessions.open") == 1
        assert (tmp_path / "run.db.2").exists()
        jobs = service.requests.count("jobs.create")
        (tmp_path / "run.db.2").unlink()  # as if it was stopped between the rounds, and the session has ended since
        again = qb.estimate(ansatz, angles(2), TERMS, target, **options)
        assert {one.details.status for one in workspace.list_sessions()} == {"Succeeded"}
    assert service.requests.count("jobs.create") > jobs
    assert len(again.results.session_ids) == service.requests.count("sessions.open") == 2
    sent = service.requests.count()
    last = qb.estimate(ansatz, angles(2), TERMS, target, **options)
    assert last.values.tolist() == again.values.tolist()
    assert service.requests.count() == sent  # the journals have all of it
    assert found.errors.max() <= 0.04


def test_a_precision_stopped_in_its_second_round_goes_on_in_the_session(ansatz, service, tmp_path):
    points, options = angles(2), {"precision": 0.04, "journal": tmp_path / "run.db"}
    ended = []

    def stop(point):
        ended.append(point)
        if len(ended) > 2 * len(TERMS.groups()):
            raise KeyboardInterrupt

    with service.workspace() as workspace:
        target = workspace.get_targets("ionq.simulator")
        with pytest.raises(KeyboardInterrupt):
            qb.estimate(ansatz, points, TERMS, target, on_point=stop, on_interrupt="leave", **options)
        assert service.requests.count("sessions.open") == service.requests.count("sessions.close") == 1
        jobs = service.requests.count("jobs.create")
        found = qb.estimate(ansatz, points, TERMS, target, **options)
    assert found.errors.max() <= 0.04
    assert set(found.results.states) == {"Succeeded"}
    assert service.requests.count("jobs.create") <= jobs + len(points) * len(TERMS.groups())


def test_a_precision_that_is_not_reached_is_said(ansatz):
    found = qb.estimate(ansatz, angles(2), TERMS, qb.LocalSimulator(seed=3), precision=0.001, max_shots=1000)
    assert max(found.shots) <= 1000
    assert found.errors.min() > 0.001
    assert "the precision of 0.001 was not reached at 2 points, with 1000 shots a point at most" in found.notes[0]
    assert found.notes[0] in found.table()


def test_packs_keep_to_the_most_shots_of_a_point():
    operation = qb.Program.from_source("operation P(q : Qubit[], a : Double) : Unit { Ry(a, q[0]); }").operation("P")
    points = qb.Sweep.linspace("a", 0.0, 3.0, 5)
    options = {"precision": 0.001, "max_shots": 1000, "points_per_job": "most"}
    found = qb.estimate(operation, points, "Z0 + 0.1 X0", qb.LocalSimulator(seed=1), **options)
    assert 200 < max(found.shots) <= 1000
    assert "with 1000 shots a point at most" in found.notes[0]


def test_a_precision_keeps_to_the_budget(ansatz, service):
    with service.workspace() as workspace:
        target = workspace.get_targets("quantinuum.sim.h2-1e")
        cost = qb.plan_sweep(ansatz_in_bases(), [{"theta": [0.0] * 6, "basis": [Pauli.Z] * 2}], target, 100).cost.amount
        budget = cost * len(TERMS.groups()) * 2.5
        found = qb.estimate(ansatz, angles(1), TERMS, target, precision=0.001, budget=budget)
    assert "over the budget of" in found.notes[0]
    assert found.shots[0] > 100 * len(TERMS.groups())


def test_the_rounds_of_a_precision_keep_to_the_budget_where_each_job_has_a_least_price(service):
    operation = qb.Program.from_source("operation P(q : Qubit[], a : Double) : Unit { Ry(a, q[0]); }").operation("P")
    points = qb.Sweep.points([{"a": 0.2}] * 12)  # rare outcomes: the first round finds too low variances
    options = {"precision": 0.009, "max_shots": 2000}
    with service.workspace() as workspace:
        target = workspace.get_targets("ionq.qpu.aria-1")
        job = qb.plan_estimate(operation, points[:1], "Z", target, **options).jobs.cost.amount
        found = qb.estimate(operation, points, "Z", target, budget=24.5 * job, **options)
        paid = sum(one.details.cost_estimate.estimated_total for one in workspace.list_jobs())
    assert 12 * job < paid <= 24.5 * job
    assert found.errors.max() <= 0.009 or "over the budget of" in found.notes[0]


def test_on_a_service_all_bases_are_jobs_of_one_session(ansatz, service, tmp_path):
    with service.workspace() as workspace:
        target = workspace.get_targets("ionq.simulator")
        found = qb.estimate(ansatz, angles(3), {"a": TERMS, "b": "ZZ"}, target, 200, journal=tmp_path / "run.db")
        again = qb.estimate(ansatz, angles(3), {"a": TERMS, "b": "ZZ"}, target, 200, journal=tmp_path / "run.db")
    assert service.requests.count("sessions.open") == 1
    assert service.requests.count("jobs.create") == 3 * len(TERMS.groups())
    assert again.values.tolist() == found.values.tolist()
    assert found.values.shape == (3, 2)
    assert found["b"].values.tolist() == found.values[:, 1].tolist()
    scores = (found["a"].values - exact(ansatz, angles(3))) / found["a"].errors
    assert np.abs(scores).max() < 4


def test_a_failed_job_is_a_value_that_is_not_known(ansatz, service):
    service.faults.add("jobs.run", "fail_job", name="AnsatzInBasis 0", message="too late")
    with service.workspace() as workspace:
        found = qb.estimate(ansatz, angles(2), TERMS, workspace.get_targets("ionq.simulator"), 100)
    assert np.isnan(found.values).tolist() == [True, False]
    assert "nan" in found.table()


# ------------------------------------------------------------------ tables and pictures


def test_tables_and_pictures(ansatz):
    operation = qb.Program.from_source(
        "operation Turned(q : Qubit[], a : Double, b : Double) : Unit { Ry(a, q[0]); Rz(b, q[0]); }"
    ).operation("Turned")
    grid = qb.Sweep.grid(a=[0.1, 0.2, 0.3], b=[0.0, 1.0])
    found = qb.estimate(operation, grid, {"x": "X", "z": "Z"}, qb.LocalSimulator(), shots=None)
    frame = found.to_pandas()
    assert list(frame) == ["point", "a", "b", "x", "x_error", "z", "z_error"]
    data = found["z"].to_xarray()
    assert data.value.dims == ("a", "b")
    assert data.value.sel(a=0.2, b=0.0) == pytest.approx(math.cos(0.2))
    assert len(found.plot()) == 2  # a heat map for each
    data = found.to_xarray(units={"a": "rad", "z": "Ha"})
    assert [data[name].attrs.get("units") for name in ("a", "z", "z_error", "x")] == ["rad", "Ha", "Ha", None]
    assert found["x"].plot(over="a").get_ylabel() == "value"
    assert found["x"].plot(over="a", unit="Ha").get_ylabel() == "value (Ha)"
    assert (found[1].means["z"].value, len(found[:2])) == (pytest.approx(math.cos(0.1)), 2)
    assert found["z"][1].value == found[1].means["z"].value
    with pytest.raises(SweepError, match="there are several observables: x, z"):
        _ = found[0].value
    with pytest.raises(SweepError, match="there is no observable 'y'"):
        found["y"]


# ------------------------------------------------------------------ mistakes


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shots": 0}, "shots must be a whole number from 1 up"),
        ({"shots": True}, "shots must be a whole number from 1 up"),
        ({"shots": 2}, "2 shots a point are fewer than the"),
        ({"sweep": [{"thta": [0.0] * 6}]}, "the sweep has the parameters thta, the operation takes theta besides"),
        ({"allocation": "best"}, "allocation is 'best'"),
        ({"target": qb.LocalSimulator(noise={"depolarizing": 0.1}), "shots": None}, "no exact values with noise"),
    ],
)
def test_mistakes_are_found_before_anything_runs(ansatz, change, message):
    arguments = {"sweep": angles(1), "observable": TERMS, "target": qb.LocalSimulator(), "shots": 100} | change
    with pytest.raises(SweepError, match=message):
        qb.estimate(ansatz, **arguments)


@pytest.mark.parametrize("shots", [100, None])
def test_a_value_that_cannot_be_bound_is_named_by_the_point_of_the_sweep(ansatz, shots):
    points = [*angles(3), {"theta": [0.0] * 5 + [math.nan]}]
    with pytest.raises(QsharpValueError, match=r"^Ansatz, point 3: theta\[5\]: nan is not a finite Double"):
        qb.estimate(ansatz, points, TERMS, qb.LocalSimulator(), shots=shots)
    with (
        qb.HybridSession(ansatz, qb.LocalSimulator(), shots=shots) as session,
        pytest.raises(QsharpValueError, match=r"^Ansatz: theta\[5\]: nan is not a finite Double"),
    ):
        session.estimate(points[3]["theta"], TERMS)


@pytest.mark.parametrize("shots", [100, None])
def test_an_option_that_does_not_exist_is_refused(ansatz, shots):
    with pytest.raises(TypeError, match=r"estimate\(\) got an unexpected keyword argument 'max_inflight'"):
        qb.estimate(ansatz, angles(1), TERMS, qb.LocalSimulator(), shots=shots, max_inflight=3)


def test_no_exact_values_on_a_service(ansatz, target):
    with pytest.raises(SweepError, match="there are no exact values on a service"):
        qb.estimate(ansatz, angles(1), TERMS, target, shots=None)


# ------------------------------------------------------------------ in a loop

VQE = """
operation Ansatz(qubits : Qubit[], theta : Double[]) : Unit {
    for k in 0..1 { Ry(theta[k], qubits[k]); }
    CNOT(qubits[0], qubits[1]);
    Ry(theta[2], qubits[1]);
}
"""
ENERGY = qb.PauliSum({"ZI": 0.4, "IZ": 0.4, "XX": 0.3, "ZZ": 0.1})


H2 = qb.PauliSum("0.2252 + 0.3435 Z0 - 0.4347 Z1 + 0.5716 Z0 Z1 + 0.0910 X0 X1 + 0.0910 Y0 Y1")
H2_ANSATZ = """
operation Ansatz(qubits : Qubit[], theta : Double) : Unit { X(qubits[0]); Exp([PauliX, PauliY], -theta, qubits); }
"""


def test_an_optimiser_finds_the_ground_state(tmp_path):
    """The H2 molecule at 0.75 angstrom, O'Malley et al., Phys. Rev. X 6, 031007 (2016), table I."""
    operation = qb.Program.from_source(H2_ANSATZ).operation("Ansatz")
    ground = np.linalg.eigvalsh(H2.matrix())[0]

    def loop():
        with qb.HybridSession(operation, qb.LocalSimulator(seed=1), 2000, journal=tmp_path / "run.db") as session:
            found = scipy.optimize.minimize_scalar(session.objective(H2), bounds=(-1, 1), options={"maxiter": 12})
            return session.estimate(float(found.x), H2), len(session.results)

    value, evaluations = loop()
    assert abs(value - ground) < 3 * value.error
    assert loop() == (value, evaluations)  # all from the journal


def test_an_exact_loop_finds_the_ground_state_and_compiles_little(monkeypatch):
    operation = qb.Program.from_source(VQE).operation("Ansatz")
    ground = np.linalg.eigvalsh(ENERGY.matrix())[0]
    with qb.HybridSession(operation, qb.LocalSimulator(), None) as session:
        objective = session.objective(ENERGY)
        for k in range(4):
            objective([0.1 * k, 0.2, 0.3])
        monkeypatch.setattr("qsharp_bridge.programs.binding.compiles.Compiling.direct", None)  # none from here on
        found = scipy.optimize.minimize(objective, [0.1, 0.2, 0.3], method="COBYLA", options={"maxiter": 120})
        assert found.fun == pytest.approx(ground, abs=1e-3)
        assert session.estimate(found.x.tolist(), ENERGY).error == 0.0
        with pytest.raises(SweepError, match="the session has no shots"):
            session(theta=[0.0] * 3, basis=[Pauli.Z] * 2)


@pytest.mark.parametrize("points_per_job", [1, "most"])
def test_a_sampled_loop_compiles_only_at_first(monkeypatch, service, points_per_job):
    operation = qb.Program.from_source(VQE).operation("Ansatz")
    with service.workspace() as workspace:
        target = workspace.get_targets("quantinuum.sim.h2-1e")
        with qb.HybridSession(operation, target, 100, points_per_job=points_per_job) as session:
            objective = session.objective(ENERGY)
            for k in range(8):
                objective([0.1 * k, 0.2 + k, 0.3 - k])
            before = len(set(session.results.job_ids))
            monkeypatch.setattr("qsharp_bridge.programs.binding.compiles.Compiling.direct", None)  # none from here on
            for k in range(3):
                objective([0.7 * k, 1.2, 0.5 + k])
            jobs = len(set(session.results.job_ids)) - before
    assert jobs == 3 * (1 if points_per_job == "most" else len(ENERGY.groups()))


def test_gradients_are_those_of_the_exact_value():
    operation = qb.Program.from_source(VQE).operation("Ansatz")
    theta, step = np.array([0.3, -0.4, 0.9]), 1e-5
    points = [
        {"theta": (theta + sign * step * np.eye(3)[k]).tolist()} for k, sign in itertools.product(range(3), (1, -1))
    ]
    ends = exact(operation, points, ENERGY).reshape(3, 2)
    wanted = (ends[:, 0] - ends[:, 1]) / (2 * step)
    with qb.HybridSession(operation, qb.LocalSimulator(seed=1), 4000) as session:
        found = session.gradient(theta.tolist(), ENERGY)
    assert np.abs((found.values - wanted) / found.errors).max() < 4
    assert found.errors.max() < 0.03


@pytest.mark.parametrize(
    ("body", "holds"),
    [
        ("Ry(a, q[0]); Rx(a, q[0]);", False),
        ("H(q[1]); Controlled Ry([q[1]], (a, q[0]));", False),
        ("H(q[0]); H(q[1]); Rzz(a, q[0], q[1]);", True),
    ],
)
def test_the_shift_rule_is_checked(body, holds):
    operation = qb.Program.from_source(f"operation P(q : Qubit[], a : Double) : Unit {{ {body} }}").operation("P")
    with qb.HybridSession(operation, qb.LocalSimulator(seed=1), 100) as session:
        if holds:
            session.gradient(0.3, qb.PauliSum("0.5 Z0 + X0", qubits=2))
        else:
            with pytest.raises(SweepError, match="P: a: the parameter-shift rule does not hold"):
                session.gradient(0.3, "0.5 Z0 + 0.25 X0 + 0.25 X1")


def test_a_gradient_holds_what_is_no_angle():
    source = """
    operation Layers(q : Qubit[], count : Int, a : Double) : Unit { for _ in 1..count { Ry(0.2, q[0]); } Ry(a, q[0]); }
    operation Counted(q : Qubit[], count : Int) : Unit { for _ in 1..count { Ry(0.2, q[0]); } }
    operation Branch(q : Qubit[], a : Double) : Unit { Ry(a, q[0]); if M(q[0]) == One { X(q[0]); } }
    """
    program = qb.Program.from_source(source)
    with qb.HybridSession(program.operation("Layers"), qb.LocalSimulator(), shots=None) as session:
        assert session.gradient(3, 0.4, "Z").values == pytest.approx([-math.sin(1.0)])
        assert session.gradient(3, 1, "Z").values == pytest.approx([-math.sin(1.6)])  # an int is a Double here
    with (
        qb.HybridSession(program.operation("Counted"), qb.LocalSimulator(), shots=None) as session,
        pytest.raises(qb.QsharpTypeError, match="Counted: there is no angle in count : Int"),
    ):
        session.gradient(3, "Z")
    with qb.HybridSession(program.operation("Branch"), qb.LocalSimulator(seed=1), shots=100) as session:
        with pytest.raises(SimulationError, match=r"Branch: the parameter-shift rule cannot be checked: .*check=False"):
            session.gradient(0.3, "Z")
        assert session.gradient(0.3, "Z", check=False).values.tolist() == [0.0]


def test_calls_with_mistakes():
    operation = qb.Program.from_source(VQE).operation("Ansatz")
    with qb.HybridSession(operation, qb.LocalSimulator(seed=1), 100) as session:
        with pytest.raises(SweepError, match="there is no observable"):
            session.estimate()
        with pytest.raises(SweepError, match="one observable is estimated at a time"):
            session.estimate([0.0] * 3, {"a": "ZZ", "b": "XX"})
        with pytest.raises(qb.QsharpTypeError, match="is no angle"):
            session.gradient(theta=["a"], observable="ZZ")
        assert session.estimate(theta=[0.0] * 3, observable="ZZ") == 1.0


PREPARED = {
    "joined": "Ry(a, q[0]); CNOT(q[0], q[1]); Rx(b, q[1]); CNOT(q[1], q[2]);",
    "apart": "Ry(a, q[0]); Rx(b, q[2]);",
    "an ancilla": "use c = Qubit(); Ry(a, c); CNOT(c, q[0]); Rx(b, q[0]); CNOT(q[0], q[1]); Reset(c);",
    "measured on the way": "Ry(a, q[0]); CNOT(q[0], q[1]); let _ = M(q[1]); Rx(b, q[1]); H(q[2]);",
    "a branch": "Ry(a, q[0]); CNOT(q[0], q[1]); if M(q[1]) == One { Rx(b, q[2]); }",
    "diagonal at last": "H(q[0]); H(q[1]); H(q[2]); Rz(a, q[0]); CZ(q[0], q[1]); Rzz(b, q[1], q[2]);",
}


@pytest.mark.parametrize("body", PREPARED.values(), ids=PREPARED)
def test_a_loop_has_the_counts_that_each_basis_has_alone(body):
    """One program a point, turned to each basis and simulated with the others, is the program of the basis."""
    op = qb.Program.from_source(
        f"operation Prepare(q : Qubit[], a : Double, b : Double) : Unit {{ {body} }}"
    ).operation("Prepare")
    simulator, energy = qb.LocalSimulator(seed=4), qb.PauliSum({"XYZ": 0.5, "ZZI": 1.0, "YIX": -0.25})
    with qb.HybridSession(op, simulator, shots=40) as session:
        values = [session.estimate(a, 0.7, energy) for a in (0.3, 1.9)]
        rows = list(session.results)
    alone = measured(op).operation
    for row in rows:
        program = alone.compile(**row.point, profile=simulator.profile)
        assert row.counts == simulator.run(str(program), 40, row.index).counts()
    whole = qb.estimate(op, qb.Sweep.grid(a=[0.3, 1.9], b=[0.7]), energy, simulator, 120, allocation="equal")
    assert [float(value) for value in values] == whole.values.tolist()
    assert [value.error for value in values] == whole.errors.tolist()
