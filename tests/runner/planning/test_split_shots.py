"""More shots than a job takes: shared by several jobs of the same point, whose counts are added up."""

import math
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qsharp_bridge as qb
from qsharp_bridge.errors import BudgetError, JournalError, RunError, TargetError
from qsharp_bridge.journal.job_rows import JobSpan
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.runner.planning.packing import SinglePoints, single_points

TURNS = qb.Sweep.zip(theta=[0.0, math.pi, 0.0])


@given(st.lists(st.integers(1, 99_999), min_size=1, max_size=6))
def test_the_shots_of_the_jobs_are_those_of_the_points(shots):
    jobs = single_points(tuple(shots), "ionq.qpu.aria-1")
    for index, asked in enumerate(shots):
        parts = [job.shots for job in jobs if job.first == index]
        assert sum(parts) == asked
        assert len(parts) == math.ceil(asked / 10_000)
        assert max(parts) - min(parts) <= 1
    assert single_points(tuple(shots), "local.simulator") == SinglePoints(tuple(shots))


@pytest.mark.parametrize(
    ("shots", "points_per_job", "spans"),
    [
        ([10_001, 100, 100], 1, [(0, 1, 5001), (0, 1, 5000), (1, 1, 100), (2, 1, 100)]),
        (25_000, 2, [(0, 2, 8334), (0, 2, 8333), (0, 2, 8333), (2, 1, 8334), (2, 1, 8333), (2, 1, 8333)]),
        (10_001, "most", [(0, 3, 5001), (0, 3, 5000)]),
    ],
)
def test_counts_prices_and_journals_are_those_of_all_jobs(rabi, aria, tmp_path, shots, points_per_job, spans):
    journal = tmp_path / "run.db"
    plan = qb.plan_sweep(rabi, TURNS, aria, shots, points_per_job=points_per_job)
    assert [tuple(span) for span in plan.job_spans] == spans
    assert plan.jobs == len(spans)
    assert f"{len(spans)}: 1 job of {spans[0][1]} point" in str(plan)
    assert "; a job takes 10000 shots\n" in str(plan)
    with qb.start_sweep(rabi, TURNS, aria, shots, points_per_job=points_per_job, journal=journal) as run:
        ended = sorted(run.as_completed(), key=lambda row: row.index)
    results = run.results()
    assert ended == list(results)
    asked = [shots] * 3 if isinstance(shots, int) else shots
    assert results.counts == [{f"[{place % 2}]": each} for place, each in enumerate(asked)]
    assert [row.shots for row in results] == asked
    assert results.shots == plan.shots
    jobs = list(aria.workspace.list_jobs())
    assert sorted(job.details.cost_estimate.estimated_total for job in jobs) == sorted(plan.job_costs)
    assert [job_id is None for job_id in results.job_ids] == [each > 10_000 for each in asked]
    with closing(Journal.open(journal)) as record:
        assert {row.id for row in record.jobs()} == {job.id for job in jobs}
        assert len(list(record.outputs())) == len(spans)
    assert qb.resume_sweep(journal, aria) == qb.resume_sweep(journal, aria, retry_failed=True) == results
    assert qb.SweepResults.from_journal(journal) == results
    assert qb.recover_sweep(aria.workspace, results.session_ids[0]) == results
    assert qb.SweepResults.from_json(results.to_json()) == results
    assert len(list(aria.workspace.list_jobs())) == len(spans)


def test_one_point_a_job_is_priced_by_its_jobs(rabi, aria):
    packed = qb.plan_sweep(rabi, TURNS, aria, 10_001, points_per_job=3)
    alone = qb.plan_sweep(rabi, TURNS, aria, 10_001)
    assert (packed.unpacked_jobs, packed.unpacked_cost) == (alone.jobs, alone.cost) == (6, alone.unpacked_cost)
    assert "one point a job    6 jobs" in str(packed)
    assert "one point a job" not in str(alone)


def test_a_failed_part_is_named_and_sent_again_alone(rabi, aria, service, tmp_path):
    journal = tmp_path / "run.db"
    service.faults.add("jobs.run", "fail_job", times=1)
    results = qb.run_sweep(rabi, TURNS[:1], aria, 25_000, journal=journal)
    assert (results.states, results.counts) == (["Failed"], [{}])
    assert "of the 3 that share the shots of this point" in results[0].error
    assert aria.workspace.get_job(results.job_ids[0]).details.status == "Failed"
    again = qb.resume_sweep(journal, aria, retry_failed=True)
    assert again.counts == [{"[0]": 25_000}]
    assert len(list(aria.workspace.list_jobs())) == 4
    assert qb.recover_sweep(aria.workspace, again.session_ids[0]).counts == again.counts


def test_a_point_has_no_result_before_its_last_job(rabi, aria, tmp_path):
    with pytest.raises(BudgetError, match="4 jobs would cost 394"):
        qb.run_sweep(rabi, TURNS[:2], aria, 10_001, budget=350)
    with qb.start_sweep(rabi, TURNS[:2], aria, 10_001, journal=tmp_path / "held.db", max_in_flight=1) as run:
        next(run.as_completed())  # at least two jobs have ended
        run.stop()
    seen = run.results()
    assert [row.shots for row in seen if row.output] == [10_001] * len([row for row in seen if row.output])
    assert {row.state for row in seen} <= {"Succeeded", "planned", "sending", "sent"}
    assert qb.resume_sweep(tmp_path / "held.db", aria).counts == [{"[0]": 10_001}, {"[1]": 10_001}]


def test_recovery_says_which_shots_have_no_job(rabi, aria, service, tmp_path):
    service.faults.add("jobs.run", "fail_job", times=1)
    journal = tmp_path / "run.db"
    with pytest.raises(RunError, match="so 1 point was not sent"):
        qb.run_sweep(rabi, TURNS[:1], aria, 25_000, journal=journal, max_failures=1, max_in_flight=1)
    (session_id,) = qb.SweepResults.from_journal(journal).session_ids
    with pytest.warns(UserWarning, match="point 0: only 8334 of 25000 shots have a job"):
        found = qb.recover_sweep(aria.workspace, session_id)
    assert (found.states, found.counts, found.shots) == (["planned"], [{}], 25_000)
    assert qb.resume_sweep(journal, aria, retry_failed=True).counts == [{"[0]": 25_000}]


def test_too_many_jobs_for_a_point_are_refused(rabi, aria, service):
    assert qb.plan_sweep(rabi, TURNS[:1], aria, 1_000_000).jobs == 100
    with pytest.raises(TargetError, match=r"Rabi, point 1: 1000001 shots .* 10000 for a job, and a point may have 100"):
        qb.run_sweep(rabi, TURNS, aria, [1, 1_000_001, 1])
    assert service.requests.count("sessions.open") == 0


def test_the_simulator_takes_all_shots_at_once(rabi):
    plan = qb.plan_sweep(rabi, TURNS, qb.LocalSimulator(), 25_000)
    assert (plan.jobs, plan.unpacked_jobs) == (3, 3)
    results = qb.run_sweep(rabi, TURNS, qb.LocalSimulator(), 25_000, points_per_job=3)
    assert [row.shots for row in results] == [25_000] * 3


def test_a_journal_of_doubled_local_jobs_is_damaged(rabi, tmp_path):
    journal = tmp_path / "run.db"
    qb.run_sweep(rabi, TURNS[:1], qb.LocalSimulator(), 10, journal=journal)
    with closing(Journal.open(journal)) as record:
        manifest = record.manifest
    forged = tmp_path / "forged.db"
    Journal.create(forged, manifest, [JobSpan(0, 1, 5), JobSpan(0, 1, 5)]).close()
    with pytest.raises(JournalError, match="several jobs simulate the same points"):
        qb.resume_sweep(forged, qb.LocalSimulator())
