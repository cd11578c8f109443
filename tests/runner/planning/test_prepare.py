"""Everything is known before a session is opened."""

import math
from decimal import Decimal

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import BudgetError, QsharpTypeError, RunError, SweepError, TargetError

WIDE = "operation Wide(n : Int) : Result[] { use qs = Qubit[n]; Std.Measurement.MResetEachZ(qs) }"


@pytest.fixture(scope="module")
def wide():
    return qb.Program.from_source(WIDE).operation("Wide")


def test_what_a_plan_tells(turn, sweep, service, target):
    plan = qb.plan_sweep(turn, sweep, target, 50)
    assert (plan.points, plan.shots, plan.total_shots) == (10, 50, 500)
    assert (plan.operation, plan.target, plan.profile) == ("Turn", "ionq.simulator", "Base")
    assert plan.distinct_programs == 4  # theta 0 or pi, flip or not
    assert sum(plan.methods.values()) == 10
    assert (plan.qubits, plan.gates) == (1, 2)
    assert plan.cost.amount == 0
    told = str(plan)
    for text in (
        "Turn(theta : Double, flip : Bool) : Result",
        "10, 50 shots each, 500 in all",
        "1 qubit, 2 gates",
        "nothing",
    ):
        assert text in told
    assert service.requests.count("sessions.open") == service.requests.count("storage.sas") == 0


def test_the_cost_of_a_job_is_that_of_its_own_program(turn, service):
    with service.workspace() as workspace:
        aria = workspace.get_targets("ionq.qpu.aria-1")
        plan = qb.plan_sweep(turn, qb.Sweep.grid(theta=[1.0], flip=[False, True]), aria, 1000)
        one, two = plan.job_costs
        assert one == pytest.approx(97.5 + 0.00022 * 1000)  # Rx
        assert two == pytest.approx(97.5 + 0.00022 * 2000)  # X and Rx
        assert plan.cost.amount == pytest.approx(one + two)
        assert plan.cost.unit == "AQT"


def test_every_point_that_is_too_wide_is_named(wide, target):
    with pytest.raises(TargetError, match=r"Wide, point 1: needs 40 qubits, .* has 29; so do points 3, 4; take"):
        qb.plan_sweep(wide, qb.Sweep.grid(n=[2, 40, 3, 30, 31]), target)
    many = qb.Sweep.grid(n=[30] * 15)
    with pytest.raises(TargetError, match=r"so do points 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, \.\.\.; take"):
        qb.plan_sweep(wide, many, target)


def test_points_are_what_a_sweep_takes(turn, service):
    points = [{"theta": 0.0, "flip": True}, {"theta": 1.0, "flip": True}]
    ways = [qb.Sweep(points), points, iter(points)]
    plans = [qb.plan_sweep(turn, way, qb.LocalSimulator(), 5) for way in ways]
    assert plans[0] == plans[1] == plans[2]
    with service.workspace() as workspace:
        results = qb.run_sweep(turn, points, workspace.get_targets("ionq.simulator"), 5)
    assert results.points == qb.Sweep(points)
    with qb.start_sweep(turn, iter(points), qb.LocalSimulator(), 5) as run:
        assert run.results().points == qb.Sweep(points)


def test_no_points_no_sweep_no_operation(turn, sweep, target):
    with pytest.raises(SweepError, match="no points"):
        qb.plan_sweep(turn, qb.Sweep.points([]), target)
    with pytest.raises(SweepError, match=r"expected points, found .Turn"):
        qb.plan_sweep(turn, "Turn", target)
    with pytest.raises(QsharpTypeError, match="expected an operation, found str"):
        qb.plan_sweep("Turn", sweep, target)


def test_the_simulator_here_costs_nothing(turn, sweep):
    plan = qb.plan_sweep(turn, sweep, qb.LocalSimulator(), 5, budget=0)
    assert plan.cost.amount == 0
    assert "this machine" in str(plan)


def test_what_was_paid_counts_against_the_budget_of_a_resume(turn, service, tmp_path):
    """Two jobs of about 97.5 tokens, one of which failed and was paid for: a third needs a budget for three."""
    service.faults.add("jobs.run", "fail_job", name="Turn 0", times=2)
    sweep = qb.Sweep.grid(theta=[0.0, math.pi], flip=[False])
    with service.workspace() as workspace:
        aria = workspace.get_targets("ionq.qpu.aria-1")
        journal = tmp_path / "run.db"
        first = qb.run_sweep(turn, sweep, aria, 10, journal=journal, budget=200)
        assert first.states == ["Failed", "Succeeded"]
        with pytest.raises(BudgetError, match=r"budget of 200 is spent: 1 point was not sent"):
            qb.resume_sweep(journal, aria, retry_failed=True, budget=200)
        assert service.requests.count("jobs.create") == 2
        with pytest.warns(UserWarning, match="going on in"):
            again = qb.resume_sweep(journal, aria, budget=300)  # its one job fails as well
        assert again.states == ["Failed", "Succeeded"]
        with pytest.raises(BudgetError):
            qb.resume_sweep(journal, aria, retry_failed=True, budget=300)
        assert service.requests.count("jobs.create") == 3


def test_a_second_refusal_of_the_same_batch_sends_nothing_more(turn, sweep, service, target):
    """With the policy Abort the rest must not slip into a linked session."""
    service.faults.add("jobs.run", "fail_job", name="Turn 0")
    service.faults.add("jobs.create", "slow", seconds=0.05, times=None)
    with pytest.raises(RunError, match="policy is Abort"):
        qb.run_sweep(turn, sweep * qb.Sweep.points([{}] * 4), target, 5, failure_policy="abort", max_in_flight=4)
    assert service.requests.count("sessions.open") == 1


def test_an_operation_that_returns_nothing_is_refused(service, target):
    source = "operation Silent(n : Int) : Unit { use q = Qubit(); X(q); Reset(q) }"
    silent = qb.Program.from_source(source).operation("Silent")
    told = "Silent: the operation returns nothing, so no point would have an outcome; let it return what it measures"
    for where in (qb.LocalSimulator(), target):
        for run in (qb.plan_sweep, qb.run_sweep):
            with pytest.raises(qb.QsharpTypeError, match=told):
                run(silent, qb.Sweep.grid(n=[1, 2]), where)
        with pytest.raises(qb.QsharpTypeError, match=told):
            qb.HybridSession(silent, where)
    assert service.requests.count("sessions.open") == service.requests.count("jobs.create") == 0


def test_a_budget_of_exactly_the_price_is_enough(turn, service):
    sweep = qb.Sweep.linspace("theta", 0, 3, 10) * qb.Sweep.grid(flip=[True])
    with service.workspace() as workspace:
        aria = workspace.get_targets("ionq.qpu.aria-1")
        plan = qb.plan_sweep(turn, sweep, aria, 10)
        price = round(sum(Decimal(str(cost)) for cost in plan.job_costs), 9)
        assert plan.cost.amount > float(price)  # floats add up to a little more
        assert qb.plan_sweep(turn, sweep, aria, 10, budget=float(price)) == plan
        with pytest.raises(BudgetError):
            qb.plan_sweep(turn, sweep, aria, 10, budget=float(price) - 0.001)


@pytest.mark.parametrize("lengths", [[2], [1, 2]], ids=["one template", "two templates"])
def test_a_plan_counts_the_programs_and_gates_of_the_texts(lengths: list[int]) -> None:
    source = """operation Op(n : Int, a : Double) : Result[] {
        use q = Qubit[n]; for one in q { Rx(a, one); H(one); } MResetEachZ(q) }"""
    op = qb.Program.from_source(source).operation("Op")
    sweep = qb.Sweep.grid(n=lengths, a=[0.5, -0.0, 0.25, 0.0, 1.5, 0.25, 0.5])
    texts = [str(program) for program in op.bind(sweep, profile=qb.LocalSimulator().profile)]
    plan = qb.plan_sweep(op, sweep, qb.LocalSimulator(), shots=10)
    assert plan.distinct_programs == len(set(texts))
    assert (plan.qubits, plan.gates) == (2, 4)
