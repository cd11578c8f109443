"""The time that a call may take: preparing counts."""

import asyncio

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import RunError, SweepError
from qsharp_bridge.runner.termination import Deadline

LOOP = "operation Loop(n : Int) : Result { use q = Qubit(); for _ in 1..n { H(q); } MResetZ(q) }"
SWEEP = qb.Sweep.grid(n=range(1, 300))  # each a program of its own


@pytest.fixture(scope="module")
def loop():
    return qb.Program.from_source(LOOP).operation("Loop")


def test_a_deadline():
    assert Deadline().left is None
    Deadline().check()
    assert 0 < Deadline(60).left <= 60
    Deadline(60).check()
    with pytest.raises(RunError, match="compiled and checked after 0 s, so nothing was sent"):
        Deadline(0).check()
    with pytest.raises(SweepError, match="timeout must be a number"):
        Deadline(float("nan"))


def test_a_time_that_ends_while_the_points_are_compiled(loop, service, target, tmp_path):
    journal = tmp_path / "run.db"
    with pytest.raises(RunError, match="were not all compiled and checked"):
        qb.run_sweep(loop, SWEEP, target, 10, timeout=0.01, journal=journal)
    with pytest.raises(RunError, match="were not all compiled and checked"):
        asyncio.run(qb.run_sweep_async(loop, SWEEP, target, 10, timeout=0.01, journal=journal))
    assert not journal.exists()
    assert service.requests.count("sessions.open") == 0


def test_a_resume_that_has_no_time_leaves_the_journal_to_the_next_one(loop, target, tmp_path):
    journal, sweep = tmp_path / "run.db", SWEEP[:3]
    found = qb.run_sweep(loop, sweep, target, 10, journal=journal)
    with pytest.raises(RunError, match="so nothing was sent"):
        qb.resume_sweep(journal, target, timeout=0)
    assert qb.resume_sweep(journal, target, timeout=60) == found
