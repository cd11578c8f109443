"""Shots for each point: in the plan, the jobs, the journal and the results."""

import math

import numpy as np
import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import JournalError, SweepError

TURNS = qb.Sweep.zip(theta=[0.0, math.pi] * 3)
SHOTS = [10, 10, 10, 20, 20, 5]


def test_each_point_has_its_shots_everywhere(rabi, aria, tmp_path):
    journal = tmp_path / "run.db"
    results = qb.run_sweep(rabi, TURNS, aria, SHOTS, journal=journal)
    assert results.shots == tuple(SHOTS)
    assert [row.shots for row in results] == SHOTS
    assert results.counts == [{f"[{place % 2}]": shots} for place, shots in enumerate(SHOTS)]
    assert qb.resume_sweep(journal, aria) == qb.resume_sweep(journal, aria, retry_failed=True) == results
    assert qb.SweepResults.from_journal(journal) == results
    assert qb.recover_sweep(aria.workspace, results.session_ids[0]) == results
    for write, read in (("to_json", "from_json"), ("to_csv", "from_csv"), ("to_parquet", "from_parquet")):
        path = tmp_path / f"results.{read}"
        getattr(results, write)(path)
        assert getattr(qb.SweepResults, read)(path) == results
    assert (results[:3].shots, results[2:4].shots, results.where(theta=0.0).shots) == (10, (10, 20), (10, 10, 20))
    assert results[:3] + results[3:] == results
    with pytest.raises(JournalError, match="the number of shots changed"):
        qb.run_sweep(rabi, TURNS, aria, SHOTS[::-1], journal=journal)


def test_points_of_a_job_have_equal_shots(rabi, aria):
    plan = qb.plan_sweep(rabi, TURNS, aria, SHOTS, points_per_job="most")
    assert [tuple(span) for span in plan.job_spans] == [(0, 3, 10), (3, 2, 20), (5, 1, 5)]
    assert (plan.jobs, plan.shots, plan.total_shots) == (3, tuple(SHOTS), 75)
    assert "6, 5 to 20 shots each, 75 in all" in str(plan)
    assert (
        "jobs               3: 1 job of 3 points with 10 shots, 1 job of 2 points with 20 shots, "
        "1 job of 1 point with 5 shots\n"
    ) in str(plan)
    assert qb.plan_sweep(rabi, TURNS, aria, SHOTS, points_per_job=2).jobs == 4
    results = qb.run_sweep(rabi, TURNS, aria, SHOTS, points_per_job="most")
    estimates = [job.details.cost_estimate.estimated_total for job in aria.workspace.list_jobs()]
    assert sorted(estimates) == sorted(plan.job_costs)
    assert [row.shots for row in results] == SHOTS
    assert len(set(results.job_ids)) == 3
    assert qb.recover_sweep(aria.workspace, results.session_ids[0]) == results


def test_the_price_is_that_of_the_shots_of_each_point(rabi, aria):
    mixed = qb.plan_sweep(rabi, TURNS[:2], aria, [100, 10_000])
    apart = [qb.plan_sweep(rabi, TURNS[:1], aria, shots).cost.amount for shots in (100, 10_000)]
    assert list(mixed.job_costs) == apart
    assert apart[0] < apart[1]


def test_equal_numbers_are_one(rabi):
    assert qb.plan_sweep(rabi, TURNS, qb.LocalSimulator(), [7] * 6) == qb.plan_sweep(
        rabi, TURNS, qb.LocalSimulator(), 7
    )


@pytest.mark.parametrize("executor", [None, 2])
@pytest.mark.parametrize("points_per_job", [1, 4])
def test_the_simulator_takes_them(rabi, executor, points_per_job):
    sweep = qb.Sweep.linspace("theta", 0, 3, 12)
    shots = np.repeat([30, 40, 50], 4)
    simulator = qb.LocalSimulator(seed=1, executor=executor)
    results = qb.run_sweep(rabi, sweep, simulator, shots, points_per_job=points_per_job)
    assert [row.shots for row in results] == shots.tolist()
    alone = qb.run_sweep(rabi, sweep, qb.LocalSimulator(seed=1), 40, points_per_job=points_per_job)
    assert results.counts[4:8] == alone.counts[4:8]


@pytest.mark.parametrize("wrong", [[10] * 5, [10] * 7, [], [10] * 5 + [0], [10] * 5 + [True], [10] * 5 + [math.nan]])
def test_what_does_not_fit_ends_before_a_session_is_opened(rabi, aria, service, wrong):
    with pytest.raises(SweepError, match="shots"):
        qb.run_sweep(rabi, TURNS, aria, wrong)
    assert service.requests.count("sessions.open") == 0


def test_a_loop_has_shots_for_each_point(rabi, aria, tmp_path):
    points, journal = list(TURNS), tmp_path / "loop.db"
    for _ in range(2):  # the second time from the journal
        with qb.HybridSession(rabi, aria, 10, journal=journal) as session:
            assert session.map(points[:2], [20, 30]) == [{"[0]": 20}, {"[1]": 30}]
            assert session.map(points[:2], 5) == [{"[0]": 5}, {"[1]": 5}]
            assert session(0.0) == {"[0]": 10}
            with pytest.raises(SweepError, match="shots has 1 numbers for 2 points"):
                session.map(points[:2], [5])
        assert session.results.shots == (20, 30, 5, 5, 10)
    assert len(list(aria.workspace.list_jobs())) == 5


def test_points_simulated_together_have_their_own_shots(rabi, tmp_path):
    sweep, shots = qb.Sweep.linspace("theta", 0, 3, 120), [20] * 50 + [30] * 70
    journal = tmp_path / "run.db"
    results = qb.run_sweep(rabi, sweep, qb.LocalSimulator(seed=2), shots, journal=journal)
    assert [row.shots for row in results] == shots
    assert results.counts[:50] == qb.run_sweep(rabi, sweep, qb.LocalSimulator(seed=2), 20).counts[:50]
    assert qb.resume_sweep(journal, qb.LocalSimulator(seed=2)) == results
    assert len(qb.plan_sweep(rabi, sweep, qb.LocalSimulator(), shots).job_spans) == 120
