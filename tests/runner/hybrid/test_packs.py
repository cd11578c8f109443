"""Evaluations of a loop that share jobs."""

import math

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import BudgetError, RunError, SweepError, TargetError

SOURCE = """
operation Rabi(theta : Double) : Result[] { use q = Qubit[1]; Rx(theta, q[0]); MResetEachZ(q) }
operation Left(theta : Double) : Result[] { use q = Qubit[2]; Rx(theta, q[0]); CNOT(q[0], q[1]); MeasureEachZ(q) }
operation Prepare(qubits : Qubit[], theta : Double) : Unit { Ry(theta, qubits[0]); CNOT(qubits[0], qubits[1]); }
"""
TURNS = [{"theta": angle} for angle in (0.0, math.pi, 0.0, math.pi, 0.0)]
ENDS = [{"[0]": 10}, {"[1]": 10}, {"[0]": 10}, {"[1]": 10}, {"[0]": 10}]


@pytest.fixture(scope="module")
def program() -> qb.Program:
    return qb.Program.from_source(SOURCE)


@pytest.fixture(scope="module")
def rabi(program) -> qb.Operation:
    return program.operation("Rabi")


def jobs_of(target) -> int:
    return len(list(target.workspace.list_jobs()))


def test_a_map_packs_its_points_and_the_journal_answers_each(rabi, aria, tmp_path):
    journal = tmp_path / "loop.db"
    with qb.HybridSession(rabi, aria, 10, journal=journal, points_per_job=2) as session:
        assert session.map(TURNS) == ENDS
        assert session(math.pi) == {"[1]": 10}
    assert jobs_of(aria) == 4
    results = session.results
    assert len(results) == 6
    assert [len({*results.job_ids[at : at + 2]}) for at in (0, 2)] == [1, 1]
    assert qb.SweepResults.from_journal(journal) == results
    assert qb.recover_sweep(aria.workspace, results.session_ids[0]) == results
    with qb.HybridSession(rabi, aria, 10, journal=journal) as session:  # one by one, in another order
        assert [session(math.pi), session(0.0), session(0.0)] == [{"[1]": 10}, {"[0]": 10}, {"[0]": 10}]
        assert jobs_of(aria) == 4
        # Three are answered by the journal, the last one is new.
        assert session.map([TURNS[1], TURNS[0], TURNS[1], TURNS[0]]) == [ENDS[1], ENDS[0], ENDS[1], ENDS[0]]
    assert jobs_of(aria) == 5
    assert len(session.results) == 7


def test_points_of_a_job_have_equal_shots(rabi, aria):
    with qb.HybridSession(rabi, aria, points_per_job="most") as session:
        assert session.map(TURNS[:4], [5, 5, 7, 7]) == [{"[0]": 5}, {"[1]": 5}, {"[0]": 7}, {"[1]": 7}]
    assert jobs_of(aria) == 2
    assert session.results.shots == (5, 5, 7, 7)


def test_an_estimate_is_one_job(program, aria):
    observable = qb.PauliSum({"ZZ": 0.5, "XX": 0.25})
    with qb.HybridSession(program.operation("Prepare"), aria, 100, points_per_job="most") as session:
        value = session.estimate(0.0, observable)
        assert abs(value - 0.5) <= 6 * 0.25 / math.sqrt(100)  # the mean of XX is 0, with a deviation of 1 a shot
        assert jobs_of(aria) == 1
        session.estimate(0.3, observable)
        assert jobs_of(aria) == 2


def test_a_failed_pack_is_sent_again_as_one(rabi, aria, service, tmp_path):
    options = {"journal": tmp_path / "loop.db", "points_per_job": 5}
    service.faults.add("jobs.run", "fail_job", times=1)
    with qb.HybridSession(rabi, aria, 10, **options) as session, pytest.raises(RunError, match="evaluation 0 ended as"):
        session.map(TURNS)
    with qb.HybridSession(rabi, aria, 10, retry_failed=True, **options) as session:
        assert session.map(TURNS) == ENDS
    assert jobs_of(aria) == 2


def test_what_cannot_share_a_job_leaves_nothing_on_record(program, rabi, aria, tmp_path):
    with qb.HybridSession(program.operation("Left"), aria, 10, points_per_job=2) as session:
        assert session(0.0) == {"[0, 0]": 10}
        with pytest.raises(TargetError, match="Left, point 0: qubit 0 is not certainly reset"):
            session.map([{"theta": 0.1}, {"theta": 0.2}])
        assert len(session.results) == 1
        assert session.map([{"theta": 0.0}]) == [{"[0, 0]": 10}]
    with qb.HybridSession(rabi, aria, 10, points_per_job=3, budget=100) as session:
        assert session.map(TURNS[:3]) == ENDS[:3]  # one job costs 97.50
        with pytest.raises(BudgetError):
            session.map(TURNS[:3])
    with pytest.raises(SweepError, match="points_per_job must be a whole number from 1 up, or 'most'"):
        qb.HybridSession(rabi, aria, points_per_job=0)


@pytest.mark.parametrize("profile", ["Base", "Adaptive_RI", "Adaptive"])
def test_the_simulator_takes_them(rabi, profile, tmp_path):
    journal = tmp_path / "loop.db"
    for points_per_job in (3, 1):
        simulator = qb.LocalSimulator(seed=1)
        with qb.HybridSession(
            rabi, simulator, 10, profile=profile, journal=journal, points_per_job=points_per_job
        ) as session:
            assert session.map(TURNS) == ENDS
        assert len(session.results) == 5


def test_more_shots_than_a_job_takes_are_shared_by_several_jobs(rabi, aria, service, tmp_path):
    journal = tmp_path / "loop.db"
    with qb.HybridSession(rabi, aria, 20_001, journal=journal) as session:
        assert session(math.pi) == {"[1]": 20_001}
        assert session.map([{"theta": 0.0}, {"theta": math.pi}], [3, 10_002]) == [{"[0]": 3}, {"[1]": 10_002}]
    shots = sorted(job.details.input_params["shots"] for job in aria.workspace.list_jobs())
    assert shots == [3, 5001, 5001, 6667, 6667, 6667]
    results = session.results
    assert (results.shots, len(results)) == ((20_001, 3, 10_002), 3)
    assert qb.SweepResults.from_journal(journal) == results
    assert qb.recover_sweep(aria.workspace, results.session_ids[0]) == results
    with qb.HybridSession(rabi, aria, 20_001, journal=journal) as session:  # answered from the journal
        assert session(math.pi) == {"[1]": 20_001}
        assert session.map([{"theta": math.pi}], 10_002) == [{"[1]": 10_002}]
    assert jobs_of(aria) == 6


@pytest.mark.parametrize("same_process", [True, False])
def test_of_the_jobs_of_an_evaluation_only_those_that_failed_are_sent_again(
    rabi, aria, service, tmp_path, same_process
):
    options = {"journal": tmp_path / "loop.db", "points_per_job": "most"}
    points = [{"theta": 0.0}, {"theta": math.pi}]
    service.faults.add("jobs.run", "fail_job", times=1)
    with qb.HybridSession(rabi, aria, 10_002, **options) as session:
        with pytest.raises(RunError, match=r"evaluation 0 ended as Failed: job [12] of the 2 that share the shots"):
            session.map(points)
        assert jobs_of(aria) == 2
        if same_process:
            assert session.map(points) == [{"[0]": 10_002}, {"[1]": 10_002}]
    if not same_process:
        with qb.HybridSession(rabi, aria, 10_002, retry_failed=True, **options) as session:
            assert session.map(points) == [{"[0]": 10_002}, {"[1]": 10_002}]
    assert jobs_of(aria) == 3
    assert len(session.results) == 2
