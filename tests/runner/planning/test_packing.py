"""Several points in one job: cheaper, the same results, and refused where it would not be sound."""

import json
import math
import random

import pytest
from scipy.stats import chi2_contingency, chisquare

import qsharp_bridge as qb
from qsharp_bridge.errors import BudgetError, JournalError, RunError, SweepError, TargetError
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.results.from_journal import results_of

SOURCE = """
operation Rabi(theta : Double) : Result[] { use q = Qubit[1]; Rx(theta, q[0]); MResetEachZ(q) }
operation Unreset(theta : Double) : Result[] { use q = Qubit[2]; Rx(theta, q[0]); CNOT(q[0], q[1]); MeasureEachZ(q) }
operation Array(n : Int) : Result[] { use q = Qubit[n]; for one in q { X(one); } MResetEachZ(q) }
operation Nested(n : Int) : (Result, Result[][]) {
    use (q, t) = (Qubit(), Qubit[n]); X(q); X(t[0]);
    (MResetZ(q), [MResetEachZ(t), []])
}
"""
ADAPTIVE = """
operation Counted(n : Int) : (Int, Bool) {
    use q = Qubit(); mutable k = 0;
    for i in 1..n { X(q); if MResetZ(q) == One { set k += 1; } }
    (k, k > 2)
}
operation Dynamic(n : Int) : Int {
    use q = Qubit[n]; for one in q { X(one); }
    mutable k = 0;
    for r in MResetEachZ(q) { if r == One { set k += 1; } }
    k
}
"""


@pytest.fixture(scope="module")
def program() -> qb.Program:
    return qb.Program.from_source(SOURCE)


@pytest.fixture(scope="module")
def adaptive() -> qb.Program:
    return qb.Program.from_source(SOURCE + ADAPTIVE)


@pytest.fixture
def rabi(program) -> qb.Operation:
    return program.operation("Rabi")


TURNS = qb.Sweep.zip(theta=[0.0, math.pi] * 12 + [math.pi])


def test_a_sweep_for_the_price_of_a_job(rabi, aria, service):
    plan = qb.plan_sweep(rabi, TURNS, aria, 100, points_per_job="most")
    assert (plan.jobs, plan.points, plan.qubits) == (1, 25, 25)
    assert plan.cost.amount < plan.unpacked_cost.amount / 20
    assert plan.unpacked_cost == qb.plan_sweep(rabi, TURNS, aria, 100).cost
    assert "jobs               1\n" in str(plan)
    results = qb.run_sweep(rabi, TURNS, aria, 100, points_per_job=25)
    estimates = [job.details.cost_estimate.estimated_total for job in aria.workspace.list_jobs()]
    assert estimates == list(plan.job_costs)
    assert len(set(results.job_ids)) == len(results.session_ids) == 1
    assert results.counts == [{"[0]": 100}, {"[1]": 100}] * 12 + [{"[1]": 100}]
    assert [row.index for row in results] == list(range(25))
    assert len({id(row.raw) for row in results}) == 1
    assert results.points == TURNS


CERTAIN = [
    ("Array", qb.Sweep.grid(n=[1, 3, 2, 1, 2]), "Base"),
    ("Nested", qb.Sweep.grid(n=[1, 3, 2, 1, 2]), "Base"),
    ("Nested", qb.Sweep.grid(n=[1, 3, 2, 1, 2]), "Adaptive_RI"),
    ("Counted", qb.Sweep.grid(n=[0, 3, 2, 1, 4]), "Adaptive"),
    ("Dynamic", qb.Sweep.grid(n=[1, 3, 2, 1, 2]), "Adaptive_RIF"),
    pytest.param("Array", qb.Sweep.grid(n=[2] * 9), "Adaptive_RIF", marks=pytest.mark.long),
    pytest.param("Counted", qb.Sweep.grid(n=[0, 3, 2, 1, 4]), "Adaptive_RI", marks=pytest.mark.long),
    pytest.param("Dynamic", qb.Sweep.grid(n=[1, 3, 2, 1, 2]), "Adaptive", marks=pytest.mark.long),
]


@pytest.mark.parametrize(("name", "sweep", "profile"), CERTAIN)
def test_packed_and_unpacked_are_the_same(program, adaptive, name, sweep, profile):
    operation, simulator = (program if profile == "Base" else adaptive).operation(name), qb.LocalSimulator()
    alone = qb.run_sweep(operation, sweep, simulator, 10, profile=profile)
    for points_per_job in (2, "most"):  # the second has all points of these
        packed = qb.run_sweep(operation, sweep, simulator, 10, profile=profile, points_per_job=points_per_job)
        assert packed == alone


@pytest.mark.parametrize(("name", "profile"), [("Array", "Base"), ("Nested", "Adaptive_RI")])
def test_the_service_gives_the_same(program, service, name, profile):
    operation, sweep = program.operation(name), qb.Sweep.grid(n=[1, 3, 2, 1, 2])
    with service.workspace() as workspace:
        target = workspace.get_targets("quantinuum.sim.h2-1e")
        alone = qb.run_sweep(operation, sweep, target, 10, profile=profile)
        packed = qb.run_sweep(operation, sweep, target, 10, profile=profile, points_per_job=3)
    assert packed.counts == alone.counts
    assert [row.output.outcomes for row in packed] == [row.output.outcomes for row in alone]


def test_random_outcomes_have_the_right_probabilities(rabi):
    sweep = qb.Sweep.linspace("theta", 0.3, 2.8, 40)
    results = qb.run_sweep(rabi, sweep, qb.LocalSimulator(seed=3), 2000, points_per_job=10)
    for row in results:
        one = math.sin(row.point["theta"] / 2) ** 2
        assert chisquare([row.counts["[0]"], row.counts["[1]"]], [2000 * (1 - one), 2000 * one]).pvalue > 1e-5


@pytest.mark.parametrize("profile", ["Adaptive_RI", "Adaptive_RIF", "Adaptive"])
def test_a_qubit_that_is_not_reset_is_refused_where_qubits_are_reused(program, profile):
    with pytest.raises(TargetError, match=r"Unreset, point 0: qubit 0 is not certainly reset .* ResetAll"):
        qb.plan_sweep(program.operation("Unreset"), TURNS, qb.LocalSimulator(), profile=profile, points_per_job=5)
    plan = qb.plan_sweep(program.operation("Unreset"), TURNS, qb.LocalSimulator(), profile=profile)
    assert plan.jobs == 25  # a job of its own is always right


@pytest.mark.parametrize(
    "body",
    [
        "Rx(theta, q[0]); CNOT(q[0], q[1]); MeasureEachZ(q)",  # copied to the next point's qubits
        "H(q[0]); [MResetZ(q[1])]",  # never measured, and used again
    ],
)
def test_qubits_are_carried_over_in_base_programs_too(body):
    source = f"operation Unreset(theta : Double) : Result[] {{ use q = Qubit[2]; {body} }}"
    operation = qb.Program.from_source(source).operation("Unreset")
    with pytest.raises(TargetError, match=r"Unreset, point 0: qubit 0 is not certainly reset at the end"):
        qb.plan_sweep(operation, TURNS, qb.LocalSimulator(), profile="Base", points_per_job=2)


def test_a_measurement_of_what_the_last_point_left():
    source = """operation Left(theta : Double, turn : Bool) : Result[] {
        use q = Qubit(); if turn { Rx(theta, q); return []; } [MResetZ(q)]
    }"""
    operation = qb.Program.from_source(source).operation("Left")
    sweep = qb.Sweep.zip(theta=[1.0, 1.0], turn=[True, False])
    for profile in ("Base", "Adaptive_RI"):
        with pytest.raises(TargetError, match=r"Left, point 0: qubit 0 is not certainly reset"):
            qb.plan_sweep(operation, sweep, qb.LocalSimulator(), profile=profile, points_per_job=2)


def test_measured_and_then_reset_is_right_in_base_programs():
    source = """operation Late(theta : Double) : Result[] {
        use q = Qubit[2]; Rx(theta, q[0]); CNOT(q[0], q[1]); let r = MeasureEachZ(q); ResetAll(q); r
    }"""
    operation = qb.Program.from_source(source).operation("Late")
    for profile in ("Base", "Adaptive_RI", "Adaptive"):
        results = qb.run_sweep(operation, TURNS[:6], qb.LocalSimulator(), 10, profile=profile, points_per_job=3)
        assert results.counts == [{"[0, 0]": 10}, {"[1, 1]": 10}] * 3


def test_what_does_not_fit_is_named(program, rabi, aria, target, service):
    def plan(operation, on, points_per_job, shots=100):
        return qb.plan_sweep(operation, TURNS, on, shots, points_per_job=points_per_job)

    with pytest.raises(
        TargetError, match=r"points 0 to 12 cannot share a job: together they need 26 qubits, .* has 25"
    ):
        plan(program.operation("Unreset"), aria, 13)
    with pytest.raises(TargetError, match="1000001 shots for each point"):
        plan(rabi, aria, 5, shots=1_000_001)
    with pytest.raises(TargetError, match=r"points 0 to 4 cannot share a job: ionq.simulator answers with proportions"):
        plan(rabi, target, 5)
    assert plan(rabi, target, "most").jobs == 25
    assert plan(rabi, target, 2, shots=400).jobs == 13
    assert service.requests.count("sessions.open") == 0


@pytest.mark.parametrize("wrong", [0, -1, True, False, math.nan, 2.0, "all", "", None, [2]])
def test_what_is_no_number_of_points(rabi, aria, service, wrong):
    with pytest.raises(SweepError, match="points_per_job must be a whole number from 1 up, or 'most'"):
        qb.run_sweep(rabi, TURNS, aria, points_per_job=wrong)
    assert service.requests.count("sessions.open") == 0


def test_more_points_than_there_are(rabi, aria):
    with pytest.raises(SweepError, match="points_per_job is 26, but the sweep has 25 points"):
        qb.run_sweep(rabi, TURNS, aria, points_per_job=26)


def test_the_budget_is_that_of_the_jobs(rabi, aria):
    assert qb.plan_sweep(rabi, TURNS, aria, budget=100, points_per_job=25).jobs == 1
    with pytest.raises(BudgetError, match="2 jobs would cost 195"):
        qb.plan_sweep(rabi, TURNS, aria, budget=100, points_per_job=24)


def test_a_budget_ends_a_packed_run_midway(rabi, aria, service, tmp_path):
    """Five jobs of about 97.5 tokens, of which three fail: the budget is enough for one of these again, not for all."""
    journal = tmp_path / "run.db"
    service.faults.add("jobs.run", "fail_job", times=3)
    first = qb.run_sweep(rabi, TURNS, aria, 10, points_per_job=5, budget=500, journal=journal)
    assert len(first.failures) == 15
    told = r"budget of 600 is spent: 10 points were not sent; raise the budget and resume"
    with pytest.raises(BudgetError, match=told), pytest.warns(UserWarning, match="going on in"):
        qb.resume_sweep(journal, aria, retry_failed=True, budget=600)
    assert service.requests.count("jobs.create") == 6
    midway = qb.SweepResults.from_journal(journal)
    assert sorted(midway.states) == ["Succeeded"] * 15 + ["planned"] * 10
    again = qb.resume_sweep(journal, aria, budget=800)
    assert service.requests.count("jobs.create") == 8
    assert again.counts == [{"[0]": 10}, {"[1]": 10}] * 12 + [{"[1]": 10}]
    assert len(set(again.job_ids)) == 5


def test_resume_recover_and_another_packing(rabi, aria, tmp_path):
    journal = tmp_path / "run.db"
    results = qb.run_sweep(rabi, TURNS, aria, 10, points_per_job=7, journal=journal)
    assert qb.resume_sweep(journal, aria) == results
    assert qb.SweepResults.from_journal(journal) == results
    recovered = qb.recover_sweep(aria.workspace, results.session_ids[0])
    assert recovered == results
    with pytest.raises(JournalError, match="the points of each job changed"):
        qb.run_sweep(rabi, TURNS, aria, 10, points_per_job=8, journal=journal)


def test_a_failed_pack_is_failed_points_and_is_sent_again_as_one(rabi, aria, service, tmp_path):
    journal = tmp_path / "run.db"
    service.faults.add("jobs.run", "fail_job", times=1)
    results = qb.run_sweep(rabi, TURNS, aria, 10, points_per_job=5, journal=journal)
    failed = results.failures
    assert len(failed) == 5
    assert len({(row.state, row.error, row.job_id) for row in failed}) == 1
    again = qb.resume_sweep(journal, aria, retry_failed=True)
    assert not again.failures
    assert len(set(again.job_ids)) == 5
    assert again.counts == [{"[0]": 10}, {"[1]": 10}] * 12 + [{"[1]": 10}]


def test_points_come_one_by_one_as_their_job_ends(rabi, aria):
    with qb.start_sweep(rabi, TURNS, aria, 10, points_per_job=10) as run:
        points = sorted(run.as_completed(), key=lambda row: row.index)
        assert points == list(run.results())


def test_workers_simulate_packs(rabi):
    sweep = qb.Sweep.linspace("theta", 0, 3, 23)
    here = qb.run_sweep(rabi, sweep, qb.LocalSimulator(seed=5), 50, points_per_job=4)
    there = qb.run_sweep(rabi, sweep, qb.LocalSimulator(seed=5, executor=2), 50, points_per_job=4)
    assert here == there


def test_a_result_that_cannot_be_taken_apart_is_unreadable(rabi, aria, tmp_path):
    journal = tmp_path / "run.db"
    qb.run_sweep(rabi, TURNS[:4], aria, 10, points_per_job=4, journal=journal)
    with Journal.open(journal) as record:
        ((job_id, output_format, raw),) = record.outputs()
        data = json.loads(raw)
        for row in data["Results"][0]["Histogram"]:
            row["Outcome"] = row["Outcome"][:3]
        from qsharp_bridge.journal.job_rows import JobEnd

        record.ended([JobEnd(job_id, "Succeeded", None, output_format, json.dumps(data).encode())])
        rows = results_of(record, TURNS[:4], qb.SweepResults)
    assert {row.state for row in rows} == {"Unreadable"}
    assert "the result of 4 points has a list of 3" in rows[0].error


def test_failed_jobs_stop_a_packed_run(rabi, aria, service, tmp_path):
    journal = tmp_path / "run.db"
    service.faults.add("jobs.run", "fail_job", times=None)
    with pytest.raises(RunError, match="jobs failed, so"):
        qb.run_sweep(rabi, TURNS, aria, 10, points_per_job=5, max_failures=2, max_in_flight=1, journal=journal)
    service.faults.clear()
    results = qb.SweepResults.from_journal(journal)
    assert len(results.failures) == 25
    assert len({row.job_id for row in results.failures if row.job_id}) == 2
    again = qb.resume_sweep(journal, aria, retry_failed=True)
    assert not again.failures
    assert len(set(again.job_ids)) == 5


def test_a_resumed_pack_counts_against_the_budget_as_one_job(rabi, aria, service, tmp_path):
    journal = tmp_path / "run.db"
    service.faults.add("jobs.run", "fail_job", times=1)
    first = qb.run_sweep(rabi, TURNS, aria, 10, points_per_job=13, journal=journal)
    assert len(first.failures) in (12, 13)
    with pytest.raises(BudgetError):
        qb.resume_sweep(journal, aria, retry_failed=True, budget=200)
    again = qb.resume_sweep(journal, aria, retry_failed=True, budget=300)
    assert not again.failures


def test_a_failed_pack_aborts_its_session(rabi, aria, service, tmp_path):
    service.faults.add("jobs.run", "fail_job", times=1)
    journal = tmp_path / "run.db"
    options = {"points_per_job": 5, "max_in_flight": 1, "failure_policy": "abort"}
    with pytest.raises(RunError, match="the session's policy is Abort"):
        qb.run_sweep(rabi, TURNS, aria, 10, journal=journal, **options)
    failed = [row for row in qb.SweepResults.from_journal(journal) if row.state == "Failed"]
    assert len(failed) == 5
    assert len({row.job_id for row in failed}) == 1


@pytest.mark.long
@pytest.mark.timeout(1200)  # about 800 compiles
def test_two_hundred_random_programs_agree_packed_and_unpacked():
    numbers = random.Random(16)
    values = []
    for number in range(200):
        gates = []
        for _ in range(numbers.randint(3, 8)):
            gate = numbers.choice(["Rx", "Ry", "Rz", "CNOT", "H"])
            one, two = numbers.sample(["q[0]", "q[1]"], 2)
            gates.append({"CNOT": f"CNOT({one}, {two});", "H": f"H({one});"}.get(gate, f"{gate}(a, {one});"))
        source = f"operation R(a : Double) : Result[] {{ use q = Qubit[2]; {' '.join(gates)} MResetEachZ(q) }}"
        operation = qb.Program.from_source(source).operation("R")
        sweep = qb.Sweep.zip(a=[numbers.uniform(-3, 3) for _ in range(2)])
        profile = ("Base", "Adaptive_RI", "Adaptive_RIF")[number % 3]
        shots = 2000
        alone = qb.run_sweep(operation, sweep, qb.LocalSimulator(seed=number), shots, profile=profile)
        packed = qb.run_sweep(
            operation, sweep, qb.LocalSimulator(seed=10_000 + number), shots, profile=profile, points_per_job=2
        )
        for one, other in zip(alone, packed, strict=True):
            table = [[row.counts.get(name, 0) for name in {**one.counts, **other.counts}] for row in (one, other)]
            if len(table[0]) > 1:
                values.append(chi2_contingency(table, lambda_="log-likelihood").pvalue)
    assert min(values) > 1e-6
